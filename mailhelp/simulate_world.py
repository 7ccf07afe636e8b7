"""Invented histories for the simulation: a question, answers that come or not, and everything that goes wrong between.

All times are whole minutes since `BASE`. A history is plain data made from a seed; what happens in it is decided
before the desk's rules are asked anything.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from mailhelp.desk.calendar import Calendar, DayOff, Hours, SpecialDay
from mailhelp.desk.elapsed import Measure
from mailhelp.desk.waiting import Send
from mailhelp.desk.waiting import Sequence as Times

BASE = datetime(2026, 1, 1, tzinfo=UTC)
HOUR, DAY = 60, 1440
ASKED_BEFORE = 60 * DAY  # questions are put within this time
HORIZON = 200 * DAY
LONGEST = 30 * DAY  # of an outage
SHORTEST = 6
POLLS = (1, 2, 5, 5, 20, 60)
GIVES_UP = 5 * DAY  # the requester's own server, RFC 5321 §4.5.4.1

Block = tuple[int, int]


def at(minute: int) -> datetime:
    """The instant of a minute."""
    return BASE + timedelta(minutes=minute)


def minute_of(instant: datetime) -> int:
    """The first whole minute that is not before an instant."""
    return -((BASE - instant) // timedelta(minutes=1))


_DAY = (Hours.read("09:00-18:00"),)
_SPLIT = (Hours.read("08:00-12:00"), Hours.read("13:00-17:00"))
_LEBARAN = {date(2026, 3, day): DayOff("Idul Fitri", "joint leave") for day in (18, 19, 20, 23, 24)}
_SHORT = {date(2026, 2, 20): SpecialDay((Hours.read("09:00-12:00"),)), date(2026, 4, 4): SpecialDay(_DAY)}
CALENDARS = (
    Calendar("Asia/Jakarta", (_DAY,) * 5 + ((), ()), _LEBARAN, _SHORT, version="jakarta"),
    Calendar("Asia/Jayapura", (_SPLIT,) * 6 + ((),), _LEBARAN, version="jayapura"),
    Calendar("Europe/Berlin", (_SPLIT,) * 5 + ((), ()), version="berlin"),
    Calendar("America/New_York", (_DAY,) * 7, version="new-york"),
    Calendar("Australia/Lord_Howe", ((Hours.read("00:00-24:00"),),) * 3 + ((),) * 4, version="lord-howe"),
    Calendar("Africa/Casablanca", ((),) * 2 + ((Hours.read("01:30-03:15"), Hours.read("22:00-24:00")),) * 5),
)


class Sort(StrEnum):
    """What a mail is that comes while we wait."""

    ANSWER = "answer"
    AUTOMATIC = "automatic"  # an out-of-office reply
    UNREADABLE = "unreadable"  # an answer that ends in quarantine
    JUNK = "junk"  # ends in quarantine and is nobody's answer


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of the requester (or of a machine, or of somebody else): sent when, in the mailbox when, what sort it is.

    `backlog` is how long after it was fetched it is decided on, `settled_after` how long it stands in quarantine then.
    """

    sent: int
    arrives: int
    sort: Sort = Sort.ANSWER
    backlog: int = 0
    settled_after: int = 0

    @property
    def answers(self) -> bool:
        """Whether it is the requester's answer."""
        return self.sort in {Sort.ANSWER, Sort.UNREADABLE}

    @property
    def in_quarantine(self) -> bool:
        """Whether a person must settle it."""
        return self.sort in {Sort.UNREADABLE, Sort.JUNK}


@dataclass(frozen=True, slots=True)
class History:
    """One history. Outages are blocks of minutes, the end not included; `poll` is the time between two looks."""

    seed: int
    calendar: Calendar
    times: Times
    asked: int
    poll: int
    down: Mapping[str, tuple[Block, ...]] = field(default_factory=dict)  # daemon, database, imap, smtp
    mails: tuple[Mail, ...] = ()
    incomplete: int = 0  # every so many looks one is not complete; 0: all are
    luck: int = 0  # the seed of what happens to each mail of ours

    def is_down(self, minute: int, *services: str) -> bool:
        """Whether one of these services is down."""
        return any(first <= minute < last for name in services for first, last in self.down.get(name, ()))

    def next_up(self, minute: int, *services: str) -> int:
        """The first minute, from this one on, at which all of them are up."""
        moved = True
        while moved:
            moved = False
            for first, last in (block for name in services for block in self.down.get(name, ())):
                if first <= minute < last:
                    minute, moved = last, True
        return minute

    def next_look(self, minute: int, *, complete: bool = False) -> int:
        """The first successful look into the mailbox from a minute on."""
        while True:
            tick = -(-minute // self.poll) * self.poll
            up = self.next_up(tick, "daemon", "database", "imap")
            if up == tick and not (complete and self.is_incomplete(tick)):
                return tick
            minute = max(up, tick + 1) if up == tick else up

    def last_look(self, minute: int, *, complete: bool = False) -> int | None:
        """The last successful look up to a minute."""
        tick = minute // self.poll * self.poll
        while tick >= 0:
            block = next(
                (first for name in ("daemon", "database", "imap") for first, last in self.down.get(name, ())
                 if first <= tick < last), None,
            )  # fmt: skip
            if block is not None:
                tick = (block - 1) // self.poll * self.poll
            elif complete and self.is_incomplete(tick):
                tick -= self.poll
            else:
                return tick
        return None

    def is_incomplete(self, tick: int) -> bool:
        """Whether that look passed something over."""
        return bool(self.incomplete) and (tick // self.poll) % self.incomplete == 0


def invent(seed: int) -> History:
    """The history of a seed."""
    dice = random.Random(seed)  # noqa: S311 - a simulation, and it must be repeatable
    calendar = dice.choice(CALENDARS)
    times = _times(dice)
    asked = dice.randrange(DAY, ASKED_BEFORE)
    down = {name: _outages(dice, asked) for name in ("daemon", "database", "imap", "smtp")}
    bare = History(
        seed, calendar, times, asked, dice.choice(POLLS), down,
        incomplete=dice.choice((0, 0, 3, 7)), luck=dice.getrandbits(48),
    )  # fmt: skip
    mails = tuple(found for sent in _answers(dice, bare) if (found := _delivered(dice, bare, sent)))
    return History(
        seed, calendar, times, asked, bare.poll, down, mails, bare.incomplete, bare.luck
    )  # fmt: skip


def _times(dice: random.Random) -> Times:
    hours = timedelta(hours=1)
    measure, send = dice.choice(tuple(Measure)), dice.choice(tuple(Send))
    if dice.random() < 0.4:
        return Times(measure=measure, send=send)
    steps = sorted(dice.sample(range(1, 120), dice.randrange(1, 5)))
    apart = dice.choice((None, None, timedelta(hours=dice.randrange(1, 24))))
    close = steps[-1] * hours if dice.random() < 0.9 else None
    return Times(tuple(hour * hours for hour in steps[:-1]), close, measure, send, apart)


def _outages(dice: random.Random, asked: int) -> tuple[Block, ...]:
    """Up to three, of six minutes to thirty days, most of them short."""
    found: list[Block] = []
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 3))):
        length = int(SHORTEST * (LONGEST / SHORTEST) ** (dice.random() ** 1.5))
        start = asked + dice.randrange(-2 * DAY, 10 * DAY)
        found.append((max(start, 0), max(start, 0) + length))
    return tuple(sorted(found))


def _answers(dice: random.Random, history: History) -> Sequence[tuple[int, Sort]]:
    """When the requester (or a machine, or somebody) writes: often near a time at which something is due."""
    near: list[Callable[[], int]] = [lambda: dice.randrange(0, 12 * DAY)]
    near += [lambda due=due: int(due.total_seconds() // 60) + dice.randrange(-90, 90) for due in history.times.times]  # type: ignore[misc]
    ends = [last for blocks in history.down.values() for _, last in blocks]
    near += [lambda end=end: end - history.asked + dice.randrange(-240, 240) for end in ends]  # type: ignore[misc]
    sorts = [dice.choice((Sort.ANSWER, Sort.ANSWER, Sort.UNREADABLE)) for _ in range(dice.choice((0, 0, 0, 1, 1, 2)))]
    sorts += [Sort.AUTOMATIC] * dice.choice((0, 0, 1, 2)) + [Sort.JUNK] * dice.choice((0, 0, 0, 0, 1))
    return sorted((history.asked + dice.choice(near)(), sort) for sort in sorts)


def _delivered(dice: random.Random, history: History, sent: tuple[int, Sort]) -> Mail | None:
    """A mail in our mailbox; None when it was sent before the question, or the sender's server gave up."""
    minute, sort = sent
    arrives, wait = minute, dice.randrange(15, 4 * HOUR)
    while history.is_down(arrives, "imap"):
        arrives += wait
    backlog = dice.choice((0, 0, 0, 0, dice.randrange(1, 40)))
    lost = arrives - minute > GIVES_UP
    settled = dice.randrange(30, dice.choice((DAY, DAY, 12 * DAY))) if sort in {Sort.UNREADABLE, Sort.JUNK} else 0
    return None if lost or minute <= history.asked else Mail(minute, arrives, sort, backlog, settled)
