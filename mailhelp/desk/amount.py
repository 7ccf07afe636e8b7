"""A length of time as promises name it: clock time (`48h`), office time (`8 business hours`), or `1 business day`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailhelp.desk.calendar import Calendar
from mailhelp.desk.calendar_explain import explain_days
from mailhelp.desk.elapsed import Gap, Measure, Reached, Ruler, advance, push
from mailhelp.desk.officetime import ZERO
from mailhelp.desk.timewords import hours, length

_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_PART = re.compile(r"(\d{1,5})\s*([a-z]+)")
_TIMES = re.compile(r"(\d{1,3})\s*x\s*(.+)")
LONGEST = timedelta(days=3660)


class AmountError(ValueError):
    """A text that names no length of time."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Either `days` business days, or `length` of clock or office time; never negative.

    A business day is the same office time on the next business day (`Calendar.add_business_days`), however long the
    days are; business hours count office time.
    """

    length: timedelta = ZERO
    measure: Measure = Measure.CLOCK
    days: int = 0

    def __str__(self) -> str:
        if self.days:
            return f"{self.days} business day{'s' if self.days > 1 else ''}"
        return length(self.length) if self.measure is Measure.CLOCK else f"{hours(self.length)} of office time"

    def after(self, start: datetime, gaps: Iterable[Gap], calendar: Calendar) -> Reached:
        """When this amount has passed since `start`, gaps left out. Business days move by the office time in gaps."""
        if not self.days:
            return advance(start, self.length, gaps, Ruler(self.measure, calendar))
        at = calendar.add_business_days(start, self.days)
        ruler = Ruler(Measure.BUSINESS, calendar)
        return push(start, at, gaps, ruler, lambda: explain_days(calendar, start, self.days).steps[1:-1])

    def plain(self, start: datetime, calendar: Calendar) -> datetime:
        """When this amount has passed since `start`, without any gaps."""
        if self.days:
            return calendar.add_business_days(start, self.days)
        return Ruler(self.measure, calendar).add(start, self.length)

    def before(self, at: datetime, calendar: Calendar) -> datetime:
        """The instant this much before another (a warning before a due time)."""
        if self.days:
            return calendar.add_business_days(at, -self.days)
        return Ruler(self.measure, calendar).add(at, -self.length)


def read_length(text: str) -> timedelta:
    """`48h`, `1h 30m`, `5 days`, `5x24h`, `90 min`: more than nothing. AmountError for anything else."""
    folded = text.strip().lower()
    if times := _TIMES.fullmatch(folded):
        return _checked(int(times[1]) * read_length(times[2]), text)
    total, end = ZERO, 0
    for match in _PART.finditer(folded):
        if folded[end : match.start()].strip() or match[2] not in _UNITS:
            raise AmountError(text)
        total += int(match[1]) * _UNITS[match[2]]
        end = match.end()
    if folded[end:].strip():
        raise AmountError(text)
    return _checked(total, text)


def read_amount(text: str) -> Amount:
    """A length, or `1 business day`, `4 business hours`, `30 business minutes`. AmountError for anything else."""
    folded = " ".join(text.lower().split())
    if match := re.fullmatch(r"(\d{1,3}) business days?", folded):
        if not int(match[1]):
            raise AmountError(text)
        return Amount(days=int(match[1]))
    if " business " in folded:
        plain = folded.replace("business ", "")
        if re.search(r"\d\s*(d|w)", plain):
            raise AmountError(text)  # a business week, or business days and hours mixed, has no clear meaning
        return Amount(read_length(plain), Measure.BUSINESS)
    return Amount(read_length(folded))


def _checked(amount: timedelta, text: str) -> timedelta:
    if not ZERO < amount <= LONGEST:
        raise AmountError(text)
    return amount
