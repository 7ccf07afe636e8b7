"""Instants, dates and office hours as requesters and agents read them, in the languages of the templates."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from mailhelp.desk.calendar import Calendar, Hours, time_words

_DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ),
}  # fmt: skip


def when(at: datetime, zone: str, language: str) -> str:
    """`Kamis, 26 November 2026 pukul 16.00 WIB`, `Thursday, 26 November 2026 at 16:00 WIB`; whole minutes."""
    code, local = _code(language), at.astimezone(ZoneInfo(zone))
    day = f"{_DAYS[code][local.weekday()]}, {local.day} {_MONTHS[code][local.month - 1]} {local.year}"
    clock = f"{local:%H.%M}" if code == "id" else f"{local:%H:%M}"
    return f"{day} {'pukul' if code == 'id' else 'at'} {clock} {local.tzname()}"


def office_hours(calendar: Calendar, now: datetime, language: str) -> str:
    """`Senin sampai Jumat, pukul 09.00 sampai 18.00 WIB`; several groups of days follow each other."""
    code = _code(language)
    zone = now.astimezone(ZoneInfo(calendar.zone)).tzname()
    days = [(number, calendar.hours[number]) for number in range(7) if calendar.hours[number]]
    groups = [list(group) for _, group in groupby(enumerate(days), lambda pair: (pair[1][0] - pair[0], pair[1][1]))]
    return "; ".join(f"{_span(code, [one for _, one in group])} {zone}" for group in groups)


def _span(code: str, group: list[tuple[int, tuple[Hours, ...]]]) -> str:
    to = "sampai" if code == "id" else "to"
    first, last = _DAYS[code][group[0][0]], _DAYS[code][group[-1][0]]
    names = first if first == last else f"{first} {to} {last}"
    spans = (f"{_clock(code, span.opens)} {to} {_clock(code, span.closes)}" for span in group[0][1])
    at = "pukul " if code == "id" else ""
    return f"{names}, {at}{(' dan ' if code == 'id' else ' and ').join(spans)}"


def _clock(code: str, at: timedelta) -> str:
    text = time_words(at)
    return text.replace(":", ".") if code == "id" else text


def _code(language: str) -> str:
    return "en" if language == "en" else "id"
