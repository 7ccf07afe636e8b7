"""Instants, dates and office hours as requesters and agents read them, in the languages of the templates."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from mailhelp.desk.calendar import Calendar, Hours, time_words

_DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_NEAR = {
    "id": {-1: "kemarin", 0: "hari ini", 1: "besok"},
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
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
    day = long_day(local.date(), language)
    clock = f"{local:%H.%M}" if code == "id" else f"{local:%H:%M}"
    return f"{day} {'pukul' if code == 'id' else 'at'} {clock} {local.tzname()}"


def near(at: datetime, now: datetime, zone: str, language: str) -> str:
    """`hari ini 17.30 WIB`, `besok 09.00 WIB`, `Kamis 26 November 09.00 WIB`; with the year where it is another one."""
    code, local = _code(language), at.astimezone(ZoneInfo(zone))
    clock = f"{local:%H.%M}" if code == "id" else f"{local:%H:%M}"
    return f"{near_day(local.date(), now.astimezone(ZoneInfo(zone)).date(), language)} {clock} {local.tzname()}"


def near_day(day: date, today: date, language: str) -> str:
    """`hari ini`, `kemarin`, `besok`, `Kamis 26 November`; with the year where it is another one."""
    code = _code(language)
    named = _NEAR[code].get((day - today).days)
    year = f" {day.year}" if day.year != today.year else ""
    return named or f"{_DAYS[code][day.weekday()]} {day.day} {_MONTHS[code][day.month - 1]}{year}"


def long_day(day: date, language: str) -> str:
    """`Kamis, 26 November 2026`."""
    code = _code(language)
    return f"{_DAYS[code][day.weekday()]}, {day.day} {_MONTHS[code][day.month - 1]} {day.year}"


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
