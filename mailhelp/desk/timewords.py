"""Instants and lengths of time in words, for explanations: the same on every machine, whatever its locale."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_words(day: date) -> str:
    """`Tue 2026-11-24`."""
    return f"{WEEKDAYS[day.weekday()]} {day.year:04}-{day.month:02}-{day.day:02}"


def moment(at: datetime, zone: str) -> str:
    """`Tue 2026-11-24 10:00 WIB`, in the zone; seconds where there are any."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day_words(local)} {_clock(local)} {local.tzname()}"


def clock(at: datetime, zone: str) -> str:
    """`10:00`, in the zone; seconds where there are any."""
    return _clock(at.astimezone(ZoneInfo(zone)))


def _clock(local: datetime) -> str:
    text = f"{local.hour:02}:{local.minute:02}"
    return f"{text}:{local.second:02}" if local.second or local.microsecond else text


def length(amount: timedelta) -> str:
    """`1 d 2 h 30 min`, `45 s`, `-3 h`: real elapsed time, a day being 24 hours."""
    if not amount:
        return "0 min"
    if amount < timedelta(0):
        return f"-{length(-amount)}"
    minutes, seconds = divmod(int(amount.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "less than 1 s"


def hours(amount: timedelta) -> str:
    """`18 h 30 min`: as `length`, without days, because a day of office time is no fixed length."""
    whole, rest = divmod(abs(amount), timedelta(hours=1))
    sign = "-" if amount < timedelta(0) else ""
    parts = [f"{whole} h"] if whole else []
    parts += [length(rest)] if rest or not whole else []
    return sign + " ".join(parts)
