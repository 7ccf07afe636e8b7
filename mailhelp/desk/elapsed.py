"""Time that counts: clock time or office time from a start on, without the gaps in which it stood still.

A gap is a pause (the requester's turn) or an outage (nobody could reach us). Gaps may overlap; overlapping ones count
once. A gap without an end lasts until further notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailhelp.desk.calendar import Calendar
from mailhelp.desk.calendar_explain import day_steps
from mailhelp.desk.explanation import Step
from mailhelp.desk.officetime import ZERO
from mailhelp.desk.timewords import hours, length, moment


class Measure(StrEnum):
    """What passes: real time around the clock, or office time."""

    CLOCK = "clock"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Gap:
    """Time that does not count, from `start` to `end` (None: it lasts still); `why` names it for people."""

    start: datetime
    end: datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ruler:
    """Adds and measures time of one kind."""

    measure: Measure
    calendar: Calendar

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """`start` plus an amount of this time (see `Calendar.add_business`)."""
        return start + amount if self.measure is Measure.CLOCK else self.calendar.add_business(start, amount)

    def between(self, first: datetime, last: datetime) -> timedelta:
        """How much of this time lies between two instants."""
        return last - first if self.measure is Measure.CLOCK else self.calendar.business_between(first, last)

    def words(self, amount: timedelta) -> str:
        """An amount for people."""
        return length(amount) if self.measure is Measure.CLOCK else f"{hours(amount)} of office time"

    def steps(self, start: datetime, amount: timedelta) -> list[Step]:
        """How `add` counts."""
        if self.measure is Measure.CLOCK:
            return [Step("time", f"plus {length(amount)} by the clock", amount)]
        pieces = list(self.calendar.walk(start, amount))
        return list(day_steps(self.calendar, start, self.add(start, amount), pieces))


@dataclass(frozen=True, slots=True)
class Moved:
    """A gap that moves a time on by `lost`, to `at`; where the gap lasts still, the time is not known."""

    gap: Gap
    lost: timedelta
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Reached:
    """When an amount of time is reached (None: not while the last gap lasts), and how that was counted.

    The words are made when they are asked for: most due times are only compared with those that stand.
    """

    at: datetime | None
    counted: Callable[[], Iterable[Step]]
    moved: tuple[Moved, ...]
    start: datetime
    ruler: Ruler

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it was counted; made anew at each call."""
        return (*self.counted(), *map(self._step, self.moved))

    def _step(self, one: Moved) -> Step:
        gap, zone = one.gap, self.ruler.calendar.zone
        if gap.end is None:
            return Step("gap", f"stands still since {moment(gap.start, zone)}: {gap.why or 'paused'}")
        span = f"{moment(max(gap.start, self.start), zone)} to {moment(gap.end, zone)}"
        text = f"plus {self.ruler.words(one.lost)}: {gap.why or 'paused'}, {span}"
        return Step("gap", text, one.lost, one.at)


def merged(gaps: Iterable[Gap]) -> list[Gap]:
    """Gaps in order and without overlaps; those that meet are one, named after all of them."""
    found: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: gap.start):
        last = found[-1] if found else None
        if gap.end is not None and gap.end <= gap.start:
            continue
        if last is None or (last.end is not None and gap.start > last.end):
            found.append(gap)
        else:
            end = None if last.end is None or gap.end is None else max(last.end, gap.end)
            names = dict.fromkeys(filter(None, (*last.why.split(" and "), gap.why)))
            found[-1] = Gap(last.start, end, " and ".join(names))
    return found


def advance(start: datetime, amount: timedelta, gaps: Iterable[Gap], ruler: Ruler) -> Reached:
    """When `amount` (not negative) of the ruler's time has passed since `start`, gaps left out.

    Each gap that begins before that time moves it on by the ruler's time in the gap.
    """
    return push(start, ruler.add(start, amount), gaps, ruler, lambda: ruler.steps(start, amount))


def push(
    start: datetime,
    at: datetime,
    gaps: Iterable[Gap],
    ruler: Ruler,
    counted: Callable[[], Iterable[Step]] = tuple,
) -> Reached:
    """Move a time that was counted from `start` on by the gaps that lie before it; `counted` tells how."""
    moved: list[Moved] = []
    for gap in merged(gaps):
        if gap.start >= at:
            break
        if gap.end is None:
            moved.append(Moved(gap, ZERO, None))
            return Reached(None, counted, tuple(moved), start, ruler)
        lost = ruler.between(max(gap.start, start), gap.end) if gap.end > start else ZERO
        if lost:
            at = ruler.add(at, lost)
            moved.append(Moved(gap, lost, at))
    return Reached(at, counted, tuple(moved), start, ruler)
