"""One history lived through: the desk's rules are asked at every wake-up and event, and what they decide is done.

The world around the rules behaves as the daemon does: it looks into the mailbox at every poll, keeps the service log,
hands mails over, withdraws a reminder that could not leave in its time or whose requester's answer was decided on.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from mailhelp.desk.calendar import Calendar
from mailhelp.desk.elapsed import Gap
from mailhelp.desk.reach import TOLERANCE, Report, all_outages, used_outages, watched_outages
from mailhelp.desk.sequence import next_step
from mailhelp.desk.waiting import Facts, Fate, Heard, Next, Sent, Sequence, StepKind
from mailhelp.simulate_world import DAY, HORIZON, History, Mail, at, minute_of

Rules = Callable[[Facts, datetime, Sequence, Calendar], Next]

UNCERTAIN, REFUSED, BOUNCES = 0.01, 0.01, 0.04  # how often, of each mail of ours
BACK_OFF = (1, 2, 4, 8, 15, 30, 60)  # minutes between attempts
MOST_STEPS = 20_000  # more wake-ups in one history are a fault by themselves


@dataclass(slots=True)
class Ours:
    """A mail of ours on its way: number 0 is the question. `not_after` is the minute before which it must leave."""

    number: int
    queued: int
    not_after: int | None = None
    fate: Fate = Fate.QUEUED
    accepted: int | None = None
    bounced: int | None = None
    tries: int = 0


@dataclass(slots=True)
class Record:
    """What happened: all mails of ours, when each of the requester's was decided on, and when it was closed."""

    history: History
    ours: list[Ours] = field(default_factory=list)
    decided: dict[int, int] = field(default_factory=dict)  # number of the requester's mail -> minute
    closed: int | None = None
    stopped: int | None = None
    last: Next | None = None
    steps: int = 0


def live(history: History, rules: Rules = next_step) -> Record:
    """Live through a history with the given rules."""
    return _Run(history, rules).run()


class _Run:
    """The state of one run."""

    def __init__(self, history: History, rules: Rules) -> None:
        self.history, self.rules = history, rules
        self.record = Record(history)
        self.luck = random.Random(history.luck)  # noqa: S311 - a simulation, and it must be repeatable
        self.events: list[tuple[int, int, Callable[[int], None]]] = []
        self.count = 0
        self.timer: int | None = None
        self.smtp: list[Report] = []
        self.reports = list(_mailbox_log(history))
        self.waiting: dict[int, tuple[int, int]] = {}  # the requester's mails: fetched, decided

    def run(self) -> Record:
        """From the question to the end."""
        history = self.history
        self._queue(Ours(0, history.asked))
        for number, mail in enumerate(history.mails):
            fetched = history.next_look(mail.arrives, complete=True)
            decided = history.next_up(fetched + mail.backlog, "daemon", "database")
            self.waiting[number] = (fetched, decided)
            self._plan(decided, lambda minute, number=number, mail=mail: self._heard(minute, number, mail))  # type: ignore[misc]
        self._wake(history.asked)
        while self.events and self.record.closed is None and self.record.steps < MOST_STEPS:
            minute, _, event = heapq.heappop(self.events)
            if minute > HORIZON:
                break
            event(minute)
        return self.record

    def _plan(self, minute: int, event: Callable[[int], None]) -> None:
        self.count += 1
        heapq.heappush(self.events, (minute, self.count, event))

    def _wake(self, minute: int) -> None:
        """Set the timer (one for the ticket)."""
        self.timer = self.history.next_up(minute, "daemon", "database")
        self._plan(self.timer, lambda now: self._decide(now) if now == self.timer else None)

    # --- the mailbox

    def _heard(self, minute: int, number: int, mail: Mail) -> None:
        self.record.decided[number] = minute
        if not mail.automatic:
            for ours in self.record.ours:
                if ours.number and ours.fate is Fate.QUEUED:
                    ours.fate = Fate.WITHDRAWN
        self._decide(minute)

    def _bounced(self, minute: int, ours: Ours) -> None:
        ours.bounced = minute
        self._decide(minute)

    # --- the outbox

    def _queue(self, ours: Ours) -> None:
        self.record.ours.append(ours)
        self._attempt_at(ours.queued + self.luck.choice((0, 0, 1, 3)), ours)

    def _attempt_at(self, minute: int, ours: Ours) -> None:
        self._plan(self.history.next_up(minute, "daemon", "database"), lambda now: self._attempt(now, ours))

    def _attempt(self, minute: int, ours: Ours) -> None:
        if ours.fate is not Fate.QUEUED:
            return
        if ours.not_after is not None and minute >= ours.not_after:
            ours.fate = Fate.WITHDRAWN
        elif self.history.is_down(minute, "smtp"):
            self._sending(minute, up=False)
            self._attempt_at(minute + BACK_OFF[min(ours.tries, len(BACK_OFF) - 1)], ours)
            ours.tries += 1
            return
        else:
            self._sending(minute, up=True)
            self._hand_over(minute, ours)
        self._decide(minute)

    def _sending(self, minute: int, *, up: bool) -> None:
        """Write the service log as the store does: equal reports close to each other are one span."""
        now = at(minute)
        last = self.smtp[-1] if self.smtp else None
        if last and last.up == up and now - last.until <= TOLERANCE:
            self.smtp[-1] = Report(up, last.since, now)
        else:
            self.smtp.append(Report(up, now, now))

    def _hand_over(self, minute: int, ours: Ours) -> None:
        chance = self.luck.random()
        if chance < UNCERTAIN:
            ours.fate = Fate.UNCERTAIN
        elif chance < UNCERTAIN + REFUSED:
            ours.fate = Fate.REFUSED
        else:
            ours.fate, ours.accepted = Fate.ACCEPTED, minute
            self.smtp = self.smtp if ours.number else []  # what was before the question is nobody's time
            if chance > 1 - BOUNCES:
                arrives = self.history.next_up(minute + self.luck.randrange(1, 2 * DAY), "imap")
                self._plan(
                    self.history.next_look(arrives, complete=True),
                    lambda now: self._bounced(now, ours),
                )

    # --- the rules

    def _decide(self, minute: int) -> None:
        """Ask the rules and do what they say."""
        if self.record.stopped is not None:
            return
        self.record.steps += 1
        found = self.rules(self._facts(minute), at(minute), self.history.times, self.history.calendar)
        self.record.last = found
        match found.kind:
            case StepKind.STOP:
                self.record.stopped = minute
            case StepKind.CLOSE:
                self.record.closed = minute
            case StepKind.REMIND:
                not_after = minute_of(found.not_after) if found.not_after else None
                self._queue(Ours(found.number, minute, not_after))
                self._wake(minute + 15)
            case StepKind.LOOK:
                self._wake(self.history.next_look(max(minute + 1, minute_of(found.again_at or at(0))), complete=True))
            case _ if found.again_at is not None:
                self._wake(max(minute + 1, minute_of(found.again_at)))

    def _facts(self, minute: int) -> Facts:
        mails = self.history.mails
        accepted = self.record.ours[0].accepted
        sent = [Sent(ours.fate, None if ours.accepted is None else at(ours.accepted), ours.bounced is not None,
                     at(ours.queued)) for ours in self.record.ours]  # fmt: skip
        looked = self.history.last_look(minute, complete=True)
        return Facts(
            asked_at=at(self.history.asked),
            question=sent[0],
            reminders=tuple(sent[1:]),
            heard=tuple(
                Heard(at(mails[number].arrives), at(decided))
                for number, decided in self.record.decided.items()
                if not mails[number].automatic
            ),
            outages=() if accepted is None else self._outages(at(accepted), minute),
            looked_at=None if looked is None else at(looked),
            undecided=tuple(
                f"arrival {number}"
                for number, (fetched, decided) in self.waiting.items()
                if fetched <= minute < decided or (decided == minute and number not in self.record.decided)
            ),
        )

    def _outages(self, since: datetime, minute: int) -> tuple[Gap, ...]:
        now = at(minute)
        return all_outages(
            watched_outages("the mailbox", list(self._seen(minute)), since, now),
            used_outages("the sending", self.smtp, since, now),
        )

    def _seen(self, minute: int) -> Iterator[Report]:
        """The mailbox's service log as it stands at a minute."""
        latest = at(minute // self.history.poll * self.history.poll)
        for report in self.reports:
            if report.since <= at(minute):
                yield Report(report.up, report.since, min(report.until, latest))


def _mailbox_log(history: History) -> Iterator[Report]:
    """All that the polls of a history will report."""
    tick = history.next_look(0)
    while tick <= HORIZON:
        end = _last_of(history, tick)
        yield Report(True, at(tick), at(end))
        following = history.next_look(end + 1)
        failed = _failing(history, end, following)
        if failed:
            yield Report(False, at(failed[0]), at(failed[1]))
        tick = following


def _last_of(history: History, tick: int) -> int:
    """The last successful look before the next outage after a successful one."""
    blocks = (block for name in ("daemon", "database", "imap") for block in history.down.get(name, ()))
    starts = [-(-first // history.poll) * history.poll for first, last in blocks
              if first > tick and -(-first // history.poll) * history.poll < last]  # fmt: skip
    return min([*starts, HORIZON + DAY]) // history.poll * history.poll - history.poll if starts else HORIZON + DAY


def _failing(history: History, first: int, last: int) -> tuple[int, int] | None:
    """The first and the last look between two minutes that failed because of the mailbox."""
    found: list[int] = []
    for begin, end in history.down.get("imap", ()):
        tick = -(-max(begin, first + 1) // history.poll) * history.poll
        while tick < min(end, last):
            up = history.next_up(tick, "daemon", "database")
            if up == tick:
                found.append(tick)
                break
            tick = -(-up // history.poll) * history.poll
        tick = (min(end, last) - 1) // history.poll * history.poll
        if found and tick > found[0] and not history.is_down(tick, "daemon", "database"):
            found.append(tick)
    return (min(found), max(found)) if found else None
