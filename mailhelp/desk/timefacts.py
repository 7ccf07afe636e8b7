"""What is known of one ticket's time, gathered by the store: the facts from which every due time is computed.

Timers are only wake-ups; nothing that a deadline depends on is kept in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from mailhelp.desk.elapsed import Gap
from mailhelp.desk.model import ArticleKind, MailKind, State, Ticket
from mailhelp.desk.waiting import Facts, Fate, Heard, Sent

QUESTIONS = frozenset({MailKind.ANSWER, MailKind.ACKNOWLEDGEMENT, MailKind.STATUS})
"""Kinds of mail that can put a question."""

STATUS_ASKED = "reply.status"
"""The code of a decision that answered a status question."""

MACHINE_ANSWERED = frozenset({STATUS_ASKED, "reply.thanks", "reply.data.more", "reply.refused"})
"""Decisions about replies that leave nothing for an agent to answer."""

_OVER = frozenset({State.RESOLVED, State.CLOSED})
_TOLD = frozenset({State.CHECKING, State.RESOLVED, State.CLOSED})


@dataclass(frozen=True, slots=True)
class Stay:
    """A time in one state. It starts and ends at the arrival of the mail that caused it, if one did."""

    state: State
    start: datetime
    end: datetime | None = None
    decision: int = 0


@dataclass(frozen=True, slots=True)
class OurMail:
    """A mail of ours to the requester; `accepted_at` is when the mail server took it."""

    id: int
    kind: MailKind
    decision: int
    written_at: datetime
    fate: Fate = Fate.QUEUED
    accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """A mail on the ticket: when it arrived at the server, when it was decided on, and with which code."""

    kind: ArticleKind
    arrived_at: datetime
    decided_at: datetime
    decision: int = 0
    code: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """A decision that was made about the ticket by a timer: its code and when."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TimerRow:
    """A timer as it stands: when it wakes, and the version of the time policy it was computed with."""

    due_at: datetime
    version: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All of it, each group oldest first. `asks` are the decisions that asked for data, with their times.

    `elsewhere` are new reports of the same requester since the ticket waits; `outages`, `looked_at`, `undecided` and
    `unsettled` as in `desk.waiting.Facts`.
    """

    stays: tuple[Stay, ...] = ()
    mails: tuple[OurMail, ...] = ()
    came: tuple[Came, ...] = ()
    asks: tuple[tuple[int, datetime], ...] = ()
    elsewhere: tuple[Heard, ...] = ()
    done: tuple[Done, ...] = ()
    timers: Mapping[str, TimerRow] = field(default_factory=dict)
    outages: tuple[Gap, ...] = ()
    looked_at: datetime | None = None
    undecided: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    @property
    def stay(self) -> Stay | None:
        """The present state, and since when."""
        return self.stays[-1] if self.stays else None

    @property
    def pauses(self) -> tuple[Gap, ...]:
        """The times in which it was the requester's turn."""
        return tuple(
            Gap(one.start, one.end, f"it {'was' if one.end else 'is'} the requester's turn")
            for one in self.stays
            if one.state is State.PENDING
        )

    def was_done(self, code: str, since: datetime) -> bool:
        """Whether a timer decided so since then."""
        return any(one.code == code and one.at >= since for one in self.done)

    def heard(self, at: datetime, now: datetime, state: State) -> Timeline:
        """As it will stand when a reply that arrived `at` is decided on `now` and leaves the report in `state`."""
        stays = self.stays
        if stays and stays[-1].state is not state:
            start = max(at, stays[-1].start)
            stays = (*stays[:-1], replace(stays[-1], end=start), Stay(state, start))
        return replace(self, stays=stays, came=(*self.came, Came(ArticleKind.REPLY, at, now)))

    # --- when somebody answered

    @property
    def answered_at(self) -> datetime | None:
        """When the requester was last answered by a person, or told that the report is checked or resolved."""
        answers = [one.decided_at for one in self.came if one.kind is ArticleKind.ANSWER]
        return max([*answers, *(one.start for one in self.stays if one.state in _TOLD)], default=None)

    @property
    def unanswered_since(self) -> datetime | None:
        """The arrival of the first mail since then that waits for a person's answer; the report itself at first."""
        last = self.answered_at
        if last is None:
            return self.stays[0].start if self.stays else None
        waiting = (one.arrived_at for one in self.came if self._waits(one, last))
        return next(waiting, None)

    def _waits(self, one: Came, since: datetime) -> bool:
        return one.kind is ArticleKind.REPLY and one.decided_at > since and one.code not in MACHINE_ANSWERED

    @property
    def begun_at(self) -> datetime | None:
        """Where the time to the solution begins: the arrival, or the mail that opened the report again."""
        begun = self.stays[0].start if self.stays else None
        for before, stay in zip(self.stays, self.stays[1:], strict=False):
            if before.state in _OVER and stay.state not in _OVER:
                begun = stay.start
        return begun

    # --- waiting for the requester

    def question(self) -> tuple[OurMail, datetime] | None:
        """The mail that the requester is to answer, and when it was decided on; None when nothing was asked by mail."""
        stay = self.stay
        if stay is None or stay.state is not State.PENDING:
            return None
        decision = max([stay.decision, *(number for number, _ in self.asks)])
        # An answer to a status question repeats what is missing.
        repeats = {one.decision for one in self.came if one.code == STATUS_ASKED and one.decision > decision}
        mails = [mail for mail in self.mails if mail.decision in {decision, *repeats} and mail.kind in QUESTIONS]
        return (mails[-1], mails[-1].written_at) if mails else None

    def waiting(self, ticket: Ticket) -> Facts | None:
        """The facts of the sequence; None where nothing waits for an answer."""
        found = self.question()
        if found is None:
            return None
        question, asked_at = found
        person = ticket.requester
        bounced = person is not None and not person.reachable
        return Facts(
            asked_at=asked_at,
            question=_sent(question, bounced=bounced),
            reminders=tuple(_sent(mail) for mail in self.reminders(question)),
            heard=(*self._heard(question), *(one for one in self.elsewhere if one.arrived_at >= asked_at)),
            outages=self.outages,
            looked_at=self.looked_at,
            undecided=self.undecided,
            unsettled=self.unsettled,
        )

    def reminders(self, question: OurMail) -> Iterator[OurMail]:
        """The reminders that belong to a question."""
        return (mail for mail in self.mails if mail.kind is MailKind.REMINDER and mail.id > question.id)

    def _heard(self, question: OurMail) -> Iterator[Heard]:
        for one in self.came:
            if one.kind is ArticleKind.REPLY and one.decision > question.decision:
                yield Heard(one.arrived_at, max(one.decided_at, question.written_at))


def _sent(mail: OurMail, *, bounced: bool = False) -> Sent:
    return Sent(mail.fate, mail.accepted_at, bounced, mail.written_at)
