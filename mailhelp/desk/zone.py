"""The stretches of time in which a zone's clock runs evenly: between two changes of its offset from UTC.

A wall clock that is put forward or back makes local times that do not exist or exist twice. Inside one stretch there is
neither: a wall time there is an instant plus a fixed offset. All arithmetic of the calendar goes stretch by stretch.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

SAMPLE = timedelta(hours=24)
"""Offsets are compared this far apart. The tz database has no two changes closer than a week (a test holds it)."""

SECOND = timedelta(seconds=1)
FIRST_YEAR, LAST_YEAR = 2, 9998  # a year short of what `datetime` can hold, so that no offset leads out of it


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end` (UTC instants, `end` not included) the zone's clock shows UTC plus `offset`."""

    start: datetime
    end: datetime
    offset: timedelta


def offset_at(zone: str, at: datetime) -> timedelta:
    """The zone's offset from UTC at an instant."""
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset


@lru_cache(maxsize=8192)
def year_stretches(zone: str, year: int) -> tuple[Stretch, ...]:
    """The stretches of one UTC year, in order and without holes. ZoneInfoNotFoundError for an unknown zone."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found: list[Stretch] = []
    begin, offset, low = start, offset_at(zone, start), start
    while low < end:
        high = min(low + SAMPLE, end)
        if offset_at(zone, high) != offset:
            change = _change(zone, low, high, offset)
            if change < end:
                found.append(Stretch(begin, change, offset))
                begin, offset = change, offset_at(zone, change)
        low = high
    return (*found, Stretch(begin, end, offset))


def _change(zone: str, low: datetime, high: datetime, offset: timedelta) -> datetime:
    """The first instant after `low` whose offset is another; changes happen at whole seconds."""
    while high - low > SECOND:
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if offset_at(zone, middle) == offset:
            low = middle
        else:
            high = middle
    return high
