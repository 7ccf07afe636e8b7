"""The calendar against a slow model: office time counted minute by minute from what the wall clock shows.

Run it as a script for many cases: `python tests/tools/calendar_model.py --cases 100000 --seed 1 --jobs 2` prints the
count, the seed, and each difference. The model knows nothing of stretches and pieces: it asks for every minute (and,
where a minute is not all of one kind, for every second) whether the office is open.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

if __name__ == "__main__":  # run from a checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mailhelp.desk.calendar import Calendar, DayOff, Hours, SpecialDay
from mailhelp.desk.zone import year_stretches

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
FIRST, LAST = datetime(1970, 1, 3, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC)
ZONES = sorted(available_timezones() - {"localtime", "posixrules"})


class Model:
    """Counts office time the slow way."""

    def __init__(self, calendar: Calendar) -> None:
        self.zone = ZoneInfo(calendar.zone)
        self.hours = [[(span.opens.seconds, span.closes // SECOND) for span in spans] for spans in calendar.hours]
        self.closed = set(calendar.closed)
        self.special = {
            day: [(span.opens.seconds, span.closes // SECOND) for span in item.hours]
            for day, item in calendar.special.items()
        }

    def is_open(self, at: datetime) -> bool:
        """Whether the wall clock shows office hours."""
        return self._look(at)[0]

    def _look(self, at: datetime) -> tuple[bool, timedelta | None]:
        """Whether the wall clock shows office hours, and how far it is from UTC."""
        local = at.astimezone(self.zone)
        day = local.date()
        spans = self.special.get(day)
        if spans is None:
            spans = [] if day in self.closed else self.hours[local.weekday()]
        clock = local.hour * 3600 + local.minute * 60 + local.second
        return any(opens <= clock < closes for opens, closes in spans), local.utcoffset()

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant with `amount` of office time since `start` (the latest before it, if negative)."""
        left, at = abs(amount) // SECOND, start
        forward = amount > timedelta(0)
        while left:
            low, high = (at, at + MINUTE) if forward else (at - MINUTE, at)
            opened = self._seconds(low, high)
            if (opened >= left and opened < 60) or opened > left:
                return self._within(at, left, forward=forward)
            left -= opened
            at = high if forward else low
            if not left:
                return at
        return at

    def between(self, first: datetime, last: datetime) -> timedelta:
        """Office time between two instants, `first` not after `last`."""
        total, at = 0, first
        while at < last:
            following = min(at + MINUTE, last)
            total += self._seconds(at, following)
            at = following
        return total * SECOND

    def next_open(self, at: datetime) -> datetime:
        """The first instant that is open."""
        while not self._seconds(at, at + MINUTE):
            at += MINUTE
        while not self.is_open(at):
            at += SECOND
        return at

    def add_days(self, start: datetime, count: int) -> datetime:
        """The anchor's wall time `count` dates with office time later; start on whole minutes."""
        at = self.next_open(start)
        day, wall = self._wall(at)
        for _ in range(count):
            day += timedelta(days=1)
            while not self._minutes(day):
                day += timedelta(days=1)
        minutes = self._minutes(day)
        same = [minute for minute in minutes if self._wall(minute)[1] == wall]
        before = [minute for minute in minutes if self._wall(minute)[1] < wall]
        if same or not before:
            return (same or minutes)[0]
        return before[-1] + MINUTE

    def _wall(self, at: datetime) -> tuple[date, tuple[int, int]]:
        local = at.astimezone(self.zone)
        return local.date(), (local.hour, local.minute)

    def _minutes(self, day: date) -> list[datetime]:
        """All open minutes of a local date, in order."""
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        around = (noon + number * MINUTE for number in range(-40 * 60, 40 * 60))
        return [at for at in around if self._wall(at)[0] == day and self.is_open(at)]

    def _seconds(self, low: datetime, high: datetime) -> int:
        """Open seconds in at most a minute. Office hours change on whole minutes of the clock: two looks tell most."""
        (first, offset), (last, other) = self._look(low), self._look(high - SECOND)
        if first == last and offset == other:
            return (high - low) // SECOND if first else 0
        return sum(self.is_open(low + number * SECOND) for number in range((high - low) // SECOND))

    def _within(self, at: datetime, left: int, *, forward: bool) -> datetime:
        """Where, second by second, the rest is used up."""
        while left:
            if self.is_open(at if forward else at - SECOND):
                left -= 1
            at += SECOND if forward else -SECOND
        return at


@dataclass(frozen=True, slots=True)
class Case:
    """One random question."""

    calendar: Calendar
    start: datetime
    amount: timedelta
    other: datetime


def cases(count: int, seed: int) -> Iterator[Case]:
    """Random cases: half of them near a change of the zone's clock, where there is one."""
    dice = random.Random(seed)
    for number in range(count):
        zone = ZONES[(seed + number) % len(ZONES)]
        start = _instant(dice, zone)
        calendar = _calendar(dice, zone, start)
        seconds = int(60 * 2 ** (dice.random() * 12)) + dice.choice((0, 0, dice.randrange(60)))
        other = start + dice.randrange(-2 * 86400, 2 * 86400) * SECOND
        yield Case(calendar, start, dice.choice((1, -1)) * min(seconds, 45_000) * SECOND, other)


def _instant(dice: random.Random, zone: str) -> datetime:
    at = FIRST + dice.randrange((LAST - FIRST) // SECOND) * SECOND
    if dice.random() < 0.5 and (changes := _changes(zone)):
        at = dice.choice(changes) + dice.randrange(-3 * 86400, 3 * 86400) * SECOND
    if dice.random() < 0.7:
        at = at.replace(second=0)
    return min(max(at, FIRST), LAST)


@cache
def _changes(zone: str) -> tuple[datetime, ...]:
    """All changes of a zone's clock in the time that is tested."""
    return tuple(stretch.start for year in range(1970, 2038) for stretch in year_stretches(zone, year)[1:])


def _calendar(dice: random.Random, zone: str, start: datetime) -> Calendar:
    hours = [_spans(dice) if dice.random() < 0.8 else () for _ in range(7)]
    hours[dice.randrange(7)] = _spans(dice)
    near = [start.date() + timedelta(days=dice.randrange(-6, 7)) for _ in range(6)]
    closed: dict[date, DayOff] = {day: DayOff("x") for day in near[: dice.randrange(4)]}
    special = {day: SpecialDay(_spans(dice) if dice.random() < 0.8 else ()) for day in near[4 : 4 + dice.randrange(3)]}
    return Calendar(zone, tuple(hours), closed, special)


def _spans(dice: random.Random) -> tuple[Hours, ...]:
    """One to three spans; often at night, where clocks change, and often up to 24:00."""
    shape = dice.random()
    if shape < 0.15:
        return (Hours(timedelta(0), timedelta(days=1)),)
    marks = sorted(dice.sample(range(96), 2 * dice.choice((1, 1, 2, 3))))
    if shape < 0.4:
        marks = sorted(dice.sample(range(16), 2 * dice.choice((1, 2))))
    if dice.random() < 0.2:
        marks[-1] = 96
    quarter = timedelta(minutes=15)
    return tuple(Hours(low * quarter, high * quarter) for low, high in zip(marks[::2], marks[1::2], strict=True))


def differences(case: Case) -> list[str]:
    """Where the calendar and the model disagree about a case."""
    calendar, model, start = case.calendar, Model(case.calendar), case.start
    first, last = min(start, case.other), max(start, case.other)
    slowly = model.between(first, last)
    answers = {
        "add": (calendar.add_business(start, case.amount), model.add(start, case.amount)),
        "between": (calendar.business_between(first, last), slowly),
        "back": (calendar.business_between(last, first), -slowly),
        "open": (calendar.is_open(start), model.is_open(start)),
        "next": (calendar.next_open(start), model.next_open(start)),
    }
    if (
        start.minute % 10 == 0
        and not start.second
        and not (start.astimezone(model.zone).utcoffset() or MINUTE) % MINUTE
    ):
        answers["days"] = (calendar.add_business_days(start, 2), model.add_days(start, 2))
    return [f"{name}: {mine} is {slow} in {case}" for name, (mine, slow) in answers.items() if mine != slow]


def _part(arguments: tuple[int, int]) -> list[str]:
    count, seed = arguments
    return [found for case in cases(count, seed) for found in differences(case)]


def main() -> int:
    """Run many cases; exit status 1 when there is a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    share = 250
    parts = [(min(share, arguments.cases - done), arguments.seed * 1_000_000 + done)
             for done in range(0, arguments.cases, share)]  # fmt: skip
    found: list[str] = []
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for number, part in enumerate(pool.map(_part, parts), start=1):
            found += part
            for line in part:
                print(line, flush=True)
            if number % 40 == 0:
                print(f"{number * share} cases, {len(found)} differences", flush=True)
    seconds = time.perf_counter() - begun
    print(f"{arguments.cases} cases, seed {arguments.seed}, {len(found)} differences, {seconds:.0f} s")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
