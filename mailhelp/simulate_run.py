"""One history lived through: the desk decides at every wake-up and event, and what it decides is done.

The decisions are those of `desk.decide`, as intake, outbox and timers ask for them. The world around them behaves as
the daemon does: it looks into the mailbox at every poll and when a decision waits for that, keeps the service log,
hands mails over, withdraws a reminder that could not leave in its time.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from mailhelp.desk.decide import decide
from mailhelp.desk.effect import SendMail
from mailhelp.desk.elapsed import Gap
from mailhelp.desk.event import Event, SendingFailed, TimerDue
from mailhelp.desk.model import Case, MailKind, Original
from mailhelp.desk.reach import TOLERANCE, Report, all_outages, patience, used_outages, watched_outages
from mailhelp.desk.timefacts import OurMail, Timeline
from mailhelp.desk.waiting import Fate
from mailhelp.desk.wakeup import LOOK
from mailhelp.mail.thread import Evidence
from mailhelp.simulate_desk import NUMBER, OURS, PERSON, QUESTION, Books, Decide, bounce, comes, policy_of
from mailhelp.simulate_log import mailbox_log
from mailhelp.simulate_world import DAY, HORIZON, History, Sort, at, minute_of

UNCERTAIN, REFUSED, BOUNCES = 0.01, 0.01, 0.04  # how often, of each mail of ours
BACK_OFF = (1, 2, 4, 8, 15, 30, 60)  # minutes between attempts
MOST_STEPS = 20_000  # more decisions in one history are a fault by themselves


@dataclass(slots=True)
class Ours:
    """A mail of ours on its way: number 0 is the question. `not_after` is the minute before which it must leave."""

    number: int
    queued: int
    decision: int = QUESTION
    not_after: int | None = None
    fate: Fate = Fate.QUEUED
    accepted: int | None = None
    bounced: int | None = None
    tries: int = 0


@dataclass(slots=True)
class Record:
    """What happened: all mails of ours, when each of the requester's was decided on, and when it was closed.

    `looks` are the complete looks beside the polls; `settled` when a person had settled each mail in quarantine.
    """

    history: History
    ours: list[Ours] = field(default_factory=list)
    decided: dict[int, int] = field(default_factory=dict)  # number of the requester's mail -> minute
    settled: dict[int, int] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)
    closed: int | None = None
    stopped: int | None = None
    last: str = ""
    steps: int = 0

    def looked(self, minute: int) -> int | None:
        """The latest complete look up to a minute."""
        polled = self.history.last_look(minute, complete=True)
        return max((look for look in (*self.looks, polled) if look is not None and look <= minute), default=None)


def live(history: History, rules: Decide = decide) -> Record:
    """Live through a history; `rules` decide."""
    return _Run(history, rules).run()


class _Run:
    """The state of one run."""

    def __init__(self, history: History, rules: Decide) -> None:
        self.history, self.rules = history, rules
        self.record = Record(history)
        self.policy = policy_of(history.times, history.calendar)
        self.books = Books(at(history.asked), self.policy)
        self.luck = random.Random(history.luck)  # noqa: S311 - a simulation, and it must be repeatable
        self.events: list[tuple[int, int, Callable[[int], None]]] = []
        self.count = 0
        self.timer: int | None = None
        self.smtp: list[Report] = []
        self.reports = list(mailbox_log(history))
        self.fetched: dict[int, int] = {}  # the requester's mails
        self.silence = patience(timedelta(minutes=history.poll))

    def run(self) -> Record:
        """From the question to the end."""
        history = self.history
        self._queue(Ours(0, history.asked))
        for number, mail in enumerate(history.mails):
            polled = history.next_look(mail.arrives, complete=True)
            self._plan(polled, lambda minute, number=number: self._fetch(minute, number))  # type: ignore[misc]
        self._wake()
        while self.events and self.record.closed is None and self.record.steps < MOST_STEPS:
            minute, _, event = heapq.heappop(self.events)
            if minute > HORIZON:
                break
            event(minute)
        return self.record

    def _plan(self, minute: int, event: Callable[[int], None]) -> None:
        self.count += 1
        heapq.heappush(self.events, (minute, self.count, event))

    # --- the mailbox

    def _fetch(self, minute: int, number: int) -> None:
        """A mail of the requester is in the store; it is decided on later."""
        if number not in self.fetched:
            self.fetched[number] = minute
            decided = self.history.next_up(minute + self.history.mails[number].backlog, "daemon", "database")
            self._plan(decided, lambda now: self._comes(now, number))

    def _comes(self, minute: int, number: int) -> None:
        mail = self.history.mails[number]
        self.record.decided[number] = minute
        self._decide(minute, comes(number, mail.sort, at(mail.arrives)), OURS)
        if mail.in_quarantine:
            settled = self.history.next_up(minute + mail.settled_after, "daemon", "database")
            self._plan(settled, lambda now: self._settled(now, number))

    def _settled(self, minute: int, number: int) -> None:
        """A person has looked at a mail in quarantine: it was the answer, or it was none."""
        self.record.settled[number] = minute
        if self.history.mails[number].sort is Sort.UNREADABLE and self.books.waits:
            self.books.agents_turn(at(minute))
            self._after(minute)

    def _look(self, minute: int) -> None:
        """A complete look that a decision waits for."""
        history = self.history
        spoilt = history.incomplete and self.luck.random() < 1 / history.incomplete
        if spoilt or history.is_down(minute, "daemon", "database", "imap"):
            return
        self.record.looks.append(minute)
        for number, mail in enumerate(history.mails):
            if mail.arrives <= minute:
                self._fetch(minute, number)

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
        else:
            self._sending(minute, up=True)
            self._hand_over(minute, ours)

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
            self._failed(minute, ours, Fate.UNCERTAIN)
        elif chance < UNCERTAIN + REFUSED:
            self._failed(minute, ours, Fate.REFUSED)
        else:
            ours.fate, ours.accepted = Fate.ACCEPTED, minute
            if chance > 1 - BOUNCES:
                arrives = self.history.next_up(minute + self.luck.randrange(1, 2 * DAY), "imap")
                fetched = self.history.next_look(arrives, complete=True)
                self._plan(fetched, lambda now: self._bounced(now, ours, arrives))

    def _failed(self, minute: int, ours: Ours, fate: Fate) -> None:
        ours.fate = fate
        code = 550 if fate is Fate.REFUSED else 0
        kind = MailKind.REMINDER if ours.number else MailKind.ANSWER
        uncertain = fate is Fate.UNCERTAIN
        self._decide(minute, SendingFailed(ours.number, NUMBER, 1, PERSON.addr, kind, code, "", uncertain))

    def _bounced(self, minute: int, ours: Ours, arrives: int) -> None:
        ours.bounced = minute
        original = Original(ours.number, NUMBER, 1, PERSON.addr, MailKind.REMINDER if ours.number else MailKind.ANSWER)
        self._decide(minute, bounce(1000 + ours.number, at(arrives)), original=original)

    # --- the timers

    def _wake(self) -> None:
        """Plan the next wake-up."""
        self.timer = None
        if self.books.timers:
            due = minute_of(min(row.due_at for row in self.books.timers.values()))
            self.timer = self.history.next_up(max(due, self.history.asked), "daemon", "database")
            self._plan(self.timer, lambda now: self._due(now) if now == self.timer else None)

    def _due(self, minute: int) -> None:
        """All timers whose time has come, the longest overdue first."""
        now, looks = at(minute), False
        due = sorted((row.due_at, name) for name, row in self.books.timers.items() if row.due_at <= now)
        for _, name in due:
            if name in self.books.timers and self.record.closed is None:
                looks |= self._decide(minute, TimerDue(1, NUMBER, name)) == LOOK
        if looks:
            self._look(minute)
        self._wake()

    # --- the desk

    def _decide(
        self, minute: int, event: Event, evidence: Evidence | None = None, original: Original | None = None
    ) -> str:
        """Gather, decide, write; the code of the decision."""
        self.record.steps += 1
        now = at(minute)
        case = Case(NUMBER + 1, {NUMBER: self.books.ticket}, original=original, time={NUMBER: self._facts(minute)})
        decision = self.rules(case, event, now, self.policy, evidence)
        for mail in self.books.write(decision, now, event):
            if mail.kind is MailKind.REMINDER:
                self._remind(minute, mail)
        self.record.last = decision.reason
        self._after(minute)
        return decision.code

    def _remind(self, minute: int, mail: SendMail) -> None:
        number = sum(ours.fate is not Fate.WITHDRAWN for ours in self.record.ours)
        not_after = minute_of(mail.not_after) if mail.not_after else None
        self._queue(Ours(number, minute, self.books.decisions, not_after))

    def _after(self, minute: int) -> None:
        """What follows from what was written."""
        books, record = self.books, self.record
        if books.withdrew:
            for ours in record.ours:
                if ours.number and ours.fate is Fate.QUEUED:
                    ours.fate = Fate.WITHDRAWN
        if books.closed_for_silence:
            record.closed = minute
        elif record.stopped is None and (not books.waits or not books.timers):
            record.stopped = minute
        self._wake()

    def _facts(self, minute: int) -> Timeline:
        accepted, looked = self.record.ours[0].accepted, self.record.looked(minute)
        return self.books.line(
            mails=tuple(map(_as_stored, self.record.ours)),
            outages=() if accepted is None else self._outages(minute),
            looked_at=None if looked is None else at(looked),
            undecided=tuple(
                f"arrival {number}"
                for number, fetched in self.fetched.items()
                if fetched <= minute and number not in self.record.decided
            ),
            unsettled=tuple(
                f"arrival {number}, in quarantine,"
                for number in self.record.decided
                if self.history.mails[number].in_quarantine and number not in self.record.settled
            ),
        )

    def _outages(self, minute: int) -> tuple[Gap, ...]:
        """As the store reads them from the service log, since the question was put."""
        since, now = at(self.history.asked), at(minute)
        return all_outages(
            watched_outages("the mailbox", list(self._seen(minute)), since, now, self.silence),
            used_outages("sending", self.smtp, since, now),
        )

    def _seen(self, minute: int) -> Iterator[Report]:
        """The mailbox's service log as it stands at a minute."""
        latest = at(minute // self.history.poll * self.history.poll)
        for report in self.reports:
            if report.since <= at(minute):
                yield Report(report.up, report.since, min(report.until, latest))


def _as_stored(ours: Ours) -> OurMail:
    """A mail of ours as the store tells of it."""
    kind = MailKind.REMINDER if ours.number else MailKind.ANSWER
    accepted = None if ours.accepted is None else at(ours.accepted)
    return OurMail(ours.number + 1, kind, ours.decision, at(ours.queued), ours.fate, accepted)
