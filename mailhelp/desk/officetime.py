"""The office time of one year, made once and then looked up: where it runs, and how much of it lies before an instant.

Due times ask the calendar several times for each mail, always about the same few weeks. A year here is one of UTC, so
that every instant belongs to exactly one; a local date at its edge can have office time in both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

from mailhelp.desk.zone import Stretch, year_stretches

if TYPE_CHECKING:
    from mailhelp.desk.calendar import Hours

ZERO = timedelta(0)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Piece:
    """Office time without a break: from `start` to `end` (UTC), all of it on the local date `day`."""

    day: date
    start: datetime
    end: datetime
    offset: timedelta

    @property
    def length(self) -> timedelta:
        """Real elapsed time."""
        return self.end - self.start

    def wall(self, at: datetime) -> timedelta:
        """What the wall clock shows at an instant of this piece, as time since midnight of `day`."""
        return at - (midnight(self.day) - self.offset)


def midnight(day: date) -> datetime:
    """Midnight of a date as if its clock showed UTC: less the zone's offset, it is the instant."""
    return datetime.combine(day, time(), UTC)


@dataclass(frozen=True, slots=True)
class OfficeYear:
    """All office time of a year, in order."""

    pieces: tuple[Piece, ...]
    starts: tuple[datetime, ...] = field(init=False, repr=False, compare=False)
    ends: tuple[datetime, ...] = field(init=False, repr=False, compare=False)
    totals: tuple[timedelta, ...] = field(init=False, repr=False, compare=False)
    of_day: Mapping[date, tuple[Piece, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        of_day: dict[date, tuple[Piece, ...]] = {}
        for piece in self.pieces:
            of_day[piece.day] = (*of_day.get(piece.day, ()), piece)
        object.__setattr__(self, "starts", tuple(piece.start for piece in self.pieces))
        object.__setattr__(self, "ends", tuple(piece.end for piece in self.pieces))
        object.__setattr__(self, "totals", tuple(accumulate((piece.length for piece in self.pieces), initial=ZERO)))
        object.__setattr__(self, "of_day", of_day)

    @property
    def total(self) -> timedelta:
        """The office time of the whole year."""
        return self.totals[-1]

    def after(self, at: datetime) -> Iterator[Piece]:
        """The office time from an instant on; all of it where the instant lies before the year."""
        for piece in self.pieces[bisect_right(self.ends, at) :]:
            yield piece if piece.start >= at else Piece(piece.day, at, piece.end, piece.offset)

    def before(self, at: datetime) -> Iterator[Piece]:
        """The office time before an instant, the latest piece first."""
        for piece in reversed(self.pieces[: bisect_left(self.starts, at)]):
            yield piece if piece.end <= at else Piece(piece.day, piece.start, at, piece.offset)

    def passed(self, at: datetime) -> timedelta:
        """How much office time of the year has passed at an instant, which may lie outside of it."""
        number = bisect_right(self.ends, at)
        if number < len(self.starts) and self.starts[number] < at:
            return self.totals[number] + (at - self.starts[number])
        return self.totals[number]

    def earliest(self, passed: timedelta) -> datetime:
        """The first instant at which that much has passed: more than nothing, and no more than `total`."""
        number = bisect_left(self.totals, passed) - 1
        return self.starts[number] + (passed - self.totals[number])

    def latest(self, passed: timedelta) -> datetime:
        """The last instant at which no more than that has passed: not negative, and less than `total`."""
        number = bisect_right(self.totals, passed) - 1
        return self.starts[number] + (passed - self.totals[number])


def office_year(zone: str, year: int, spans: Callable[[date], Iterable[Hours]]) -> OfficeYear:
    """The office time of a UTC year in a zone; `spans` tells the hours of a local date."""
    return OfficeYear(tuple(piece for stretch in year_stretches(zone, year) for piece in _pieces(stretch, spans)))


def _pieces(stretch: Stretch, spans: Callable[[date], Iterable[Hours]]) -> Iterator[Piece]:
    first = (stretch.start + stretch.offset).date()
    count = (stretch.end + stretch.offset - timedelta.resolution).date() - first
    for number in range(count.days + 1):
        day = first + number * DAY
        begin = midnight(day) - stretch.offset
        for span in spans(day):
            start, end = max(stretch.start, begin + span.opens), min(stretch.end, begin + span.closes)
            if start < end:
                yield Piece(day, start, end, stretch.offset)
