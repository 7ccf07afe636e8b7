"""The desk's calendar: when the office is open, and arithmetic in office time. Pure, exact, in both directions.

**Open** is a property of an instant: the desk is open when its wall clock, in its zone, shows a time within the office
hours of the date it shows. Everything follows from this. Where the clock is put forward, the hour that is skipped
counts nothing; where it is put back, an hour inside office hours counts twice; a date that a zone leaves out has no
office time. Amounts are real elapsed time. All instants are aware; results are in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from mailhelp.desk.officetime import DAY, ZERO, OfficeYear, Piece, office_year
from mailhelp.desk.zone import FIRST_YEAR, LAST_YEAR

AROUND = 2 * DAY
"""No local date reaches as far as this beyond the same date in UTC."""

MOST_YEARS, MOST_DAYS = 100, 4096
"""Years and counted dates that are kept at hand; no desk asks for more, and a sum that leads astray must not."""

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?")


class CalendarError(ValueError):
    """Hours that make no sense, an instant without a time zone, or an amount that leads out of all years."""


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """One span of office hours as the wall clock shows it: times since local midnight; `closes` may be 24:00."""

    opens: timedelta
    closes: timedelta

    def __post_init__(self) -> None:
        if not ZERO <= self.opens < self.closes <= DAY:
            raise CalendarError(f"office hours must end after they begin, within one day: {self}")

    @classmethod
    def read(cls, text: str) -> Hours:
        """From `09:00-18:00` (seconds allowed, a dash may stand for the hyphen). CalendarError for anything else."""
        first, _, last = text.replace("–", "-").partition("-")
        return cls(read_time(first), read_time(last))

    def __str__(self) -> str:
        return f"{time_words(self.opens)}-{time_words(self.closes)}"


def read_time(text: str) -> timedelta:
    """A time of day (`08:30`, `24:00`) since midnight. CalendarError for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise CalendarError(f"not a time of day: {text.strip()}")
    return timedelta(hours=int(match[1]), minutes=int(match[2]), seconds=int(match[3] or 0))


def time_words(at: timedelta) -> str:
    """A time since midnight as a clock shows it: `09:00`, `24:00`, `09:00:30`."""
    minutes, seconds = divmod(int(at.total_seconds()), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")


@dataclass(frozen=True, slots=True)
class DayOff:
    """A date on which the office is closed. `kind` is `holiday`, `joint leave` or `own`."""

    name: str
    kind: str = "own"
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A date with its own office hours, whatever weekday or holiday it is; no hours: closed."""

    hours: tuple[Hours, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Office hours in one zone.

    `hours` has the spans of each weekday, Monday first. `closed` are dates off; `special` dates with hours of their
    own, which win over everything. `years` are the first and the last year whose holidays are known (0: none).
    `version` changes whenever a result could.
    """

    zone: str
    hours: tuple[tuple[Hours, ...], ...]
    closed: Mapping[date, DayOff] = field(default_factory=dict)
    special: Mapping[date, SpecialDay] = field(default_factory=dict)
    years: tuple[int, int] = (0, 0)
    version: str = ""
    _years: dict[int, OfficeYear] = field(default_factory=dict, init=False, repr=False, compare=False)
    _days: dict[tuple[date, int], date] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.hours) != 7 or not any(self.hours):
            raise CalendarError("a calendar has seven weekdays, and office hours on one of them at least")
        for spans in (*self.hours, *(day.hours for day in self.special.values())):
            if any(first.closes > second.opens for first, second in pairwise(spans)):
                raise CalendarError(f"office hours of one day must follow each other: {', '.join(map(str, spans))}")

    def spans(self, day: date) -> tuple[Hours, ...]:
        """The office hours of a date."""
        if day in self.special:
            return self.special[day].hours
        return () if day in self.closed else self.hours[day.weekday()]

    # --- office time as pieces

    def _year(self, year: int) -> OfficeYear:
        """The office time of a UTC year, made once."""
        made = self._years.get(year)
        if made is None:
            if len(self._years) >= MOST_YEARS:
                self._years.clear()
            made = self._years[year] = office_year(self.zone, year, self.spans)
        return made

    def open_after(self, at: datetime) -> Iterator[Piece]:
        """All office time from an instant on, in order."""
        at = _utc(at)
        for year in range(max(at.year, FIRST_YEAR), LAST_YEAR + 1):
            yield from self._year(year).after(at)

    def open_before(self, at: datetime) -> Iterator[Piece]:
        """All office time before an instant, the latest piece first."""
        at = _utc(at)
        for year in range(min(at.year, LAST_YEAR), FIRST_YEAR - 1, -1):
            yield from self._year(year).before(at)

    def pieces_of(self, day: date) -> tuple[Piece, ...]:
        """The office time of a local date, in order."""
        if 1 < day.month < 12:
            return self._year(day.year).of_day.get(day, ())
        first, last = max((day - AROUND).year, FIRST_YEAR), min((day + AROUND).year, LAST_YEAR)
        return tuple(piece for year in range(first, last + 1) for piece in self._year(year).of_day.get(day, ()))

    # --- questions

    def is_open(self, at: datetime) -> bool:
        """Whether the office is open at that instant; at the closing time it is not."""
        return self.next_open(at) == at

    def next_open(self, at: datetime) -> datetime:
        """The first instant, from `at` on, at which the office is open."""
        return _first(self.open_after(at)).start

    def open_until(self, at: datetime) -> datetime:
        """Where the office time that holds `at` ends; `at` itself when the office is closed."""
        end = _utc(at)
        for piece in self.open_after(at):
            if piece.start > end:
                break
            end = piece.end
        return end

    def walk(self, start: datetime, amount: timedelta) -> Iterator[Piece]:
        """The office time that makes up `amount` from `start` (backward if negative): the last piece is cut to fit."""
        left = abs(amount)
        if not left:
            return
        for piece in self.open_after(start) if amount > ZERO else self.open_before(start):
            if piece.length >= left:
                if amount > ZERO:
                    yield Piece(piece.day, piece.start, piece.start + left, piece.offset)
                else:
                    yield Piece(piece.day, piece.end - left, piece.end, piece.offset)
                return
            left -= piece.length
            yield piece
        raise _too_far(amount, start)

    def add_business(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant by which `amount` of office time has passed since `start`.

        So a whole day's worth from the opening ends at the closing, not at the next opening. A negative amount gives
        the latest instant that has as much office time before `start`; zero gives `start`.
        """
        at, left = _utc(start), amount
        if amount > ZERO:
            for year in range(max(at.year, FIRST_YEAR), LAST_YEAR + 1):
                made = self._year(year)
                wanted = made.passed(at) + left
                if wanted <= made.total:
                    return made.earliest(wanted)
                left = wanted - made.total
        elif amount < ZERO:
            for year in range(min(at.year, LAST_YEAR), FIRST_YEAR - 1, -1):
                made = self._year(year)
                left += made.passed(at)
                if left >= ZERO:
                    return made.latest(left)
        if amount:
            raise _too_far(amount, start)
        return at

    def business_between(self, first: datetime, last: datetime) -> timedelta:
        """Office time from one instant to another; negative when `last` comes first."""
        if last < first:
            return -self.business_between(last, first)
        begin, end = _utc(first), _utc(last)
        years = map(self._year, range(max(begin.year, FIRST_YEAR), min(end.year, LAST_YEAR) + 1))
        return sum((year.passed(end) - year.passed(begin) for year in years), ZERO)

    def between(self, first: datetime, last: datetime) -> Iterator[Piece]:
        """The office time between two instants, in order."""
        end = _utc(last)
        for piece in self.open_after(first):
            if piece.start >= end:
                return
            yield piece if piece.end <= end else Piece(piece.day, piece.start, end, piece.offset)

    def add_business_days(self, start: datetime, count: int) -> datetime:
        """The same office time, `count` business days later (negative: earlier); 0 gives the anchor.

        1. The *anchor* is `start` if the office is open then, else the next opening (for a negative count: the
           previous closing). A report of Friday night counts as one of Monday morning.
        2. A *business day* is a local date on which the office is open at all. The target is the `count`-th such date
           after (before) the anchor's date.
        3. The result is the anchor's wall time on the target date. If the office is closed at that time, it is the
           latest office time of that date before it (a closing, the beginning of a break); if there is none, the
           opening. A wall time that exists twice means the first.
        """
        day, wall = self.anchor(start, forward=count >= 0)
        return self._at_wall(self._business_day(day, count), wall)

    def _business_day(self, day: date, count: int) -> date:
        """The date so many business days after (before) a date; the same dates are asked for all day long."""
        found = self._days.get((day, count))
        if found is None:
            found = day
            for _ in range(abs(count)):
                found = self.next_business_day(found, 1 if count > 0 else -1)
            if len(self._days) >= MOST_DAYS:
                self._days.clear()
            self._days[day, count] = found
        return found

    def anchor(self, start: datetime, *, forward: bool = True) -> tuple[date, timedelta]:
        """Where counting business days begins: a local date and the time since its midnight that the clock shows."""
        piece = _first(self.open_after(start))
        if forward or piece.start == _utc(start):
            return piece.day, piece.wall(piece.start)
        piece = _first(self.open_before(start))
        return piece.day, piece.wall(piece.end)

    def next_business_day(self, day: date, step: int) -> date:
        """The next date with office time after (`step` 1) or before (-1) a date."""
        day += step * DAY
        while not self.pieces_of(day):
            day += step * DAY
        return day

    def _at_wall(self, day: date, wall: timedelta) -> datetime:
        pieces = self.pieces_of(day)
        best = pieces[0].start
        for piece in pieces:
            if piece.wall(piece.start) <= wall < piece.wall(piece.end):
                return piece.start + (wall - piece.wall(piece.start))
            if piece.wall(piece.end) <= wall:
                best = piece.end
        return best

    def knows(self, day: date) -> bool:
        """Whether the holidays of that date's year were known when the calendar was made."""
        return self.years[0] <= day.year <= self.years[1]


def _utc(at: datetime) -> datetime:
    if at.tzinfo is UTC:
        return at
    if at.utcoffset() is None:
        raise CalendarError(f"an instant needs a time zone: {at}")
    return at.astimezone(UTC)


def _too_far(amount: timedelta, start: datetime) -> CalendarError:
    return CalendarError(f"{amount} of office time from {start} leads out of all years")


def _first(pieces: Iterator[Piece]) -> Piece:
    found = next(pieces, None)
    if found is None:
        raise CalendarError("no office time in any year")
    return found
