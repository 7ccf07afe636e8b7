"""The desk of one simulated report: the real decisions, on a ticket that is kept in memory instead of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from mailhelp.desk import dues
from mailhelp.desk.calendar import Calendar
from mailhelp.desk.effect import (
    AddArticle,
    Assign,
    ClearTimer,
    Decision,
    Effect,
    SendMail,
    SetReachable,
    SetState,
    SetTimer,
    Tag,
    Withdraw,
)
from mailhelp.desk.event import Arrived, Event, TimerDue, Unreadable
from mailhelp.desk.form import Form
from mailhelp.desk.model import Arrival, Case, CloseReason, MailKind, Participant, Role, State, Ticket
from mailhelp.desk.policy import Agent, Desk, Policy, Queue, Team
from mailhelp.desk.scene import Scene, Trace
from mailhelp.desk.targets import Promise, Targets
from mailhelp.desk.timefacts import Came, Done, Stay, Timeline, TimerRow
from mailhelp.desk.timepolicy import TimePolicy
from mailhelp.desk.timing import followed
from mailhelp.desk.waiting import Sequence
from mailhelp.mail.message import (
    Action,
    Address,
    DeliveryReport,
    FailedRecipient,
    Kind,
    Message,
    Sender,
)
from mailhelp.mail.thread import Evidence, Found
from mailhelp.mail.token import Claim, Purpose
from mailhelp.simulate_world import Sort

Decide = Callable[[Case, Event, datetime, Policy, Evidence | None], Decision]

NUMBER = 2164242
PERSON = Address("guru@sekolah.example", "Sri Wahyuni")
QUESTION = 1
"""The decision that put the question."""
_POLICY = Policy(
    version="simulation",
    desk=Desk("Layanan Bantuan", "bantuan@desk.example", "desk-1"),
    team=Team(
        {"umum": Queue("umum", "Umum", ("sari",))}, {"sari": Agent("sari", "sari@dinas.example", "Sari")}, "umum"
    ),
    categories={},
    rules=(),
    form=Form(()),
)
_PROMISED = Targets(Promise(first_answer=None, next_answer=None))
_TEXT = "Sudah saya coba dengan kata sandi yang baru, hasilnya sama."
_MESSAGE = Message(
    "<m1@sekolah.example>", Sender(PERSON), "Re: [#2164242] Lupa kata sandi", Kind.PERSON, "a person", "00", 1000,
    text=_TEXT, new_text=_TEXT, language="id",
)  # fmt: skip
_AWAY = replace(_MESSAGE, kind=Kind.AUTOMATIC, kind_reason="out of office", new_text="Saya sedang cuti.")
_BOUNCED = replace(
    _MESSAGE,
    kind=Kind.DELIVERY_REPORT,
    sender=Sender(Address("mailer-daemon@sekolah.example")),
    report=DeliveryReport((FailedRecipient(PERSON.addr, Action.FAILED, "5.1.1"),)),
)
OURS = Evidence((Found(Claim(Purpose.REPLY, NUMBER, 1, "1"), "address"),))
"""The token of the requester, as it stands in the address of each answer."""


def policy_of(times: Sequence, calendar: Calendar) -> Policy:
    """The policy of a desk that waits so."""
    return replace(_POLICY, time=TimePolicy(calendar, times, _PROMISED, resolved_closes_after=None))


def arrival(number: int, at: datetime) -> Arrival:
    """A row of the ledger."""
    return Arrival(number, "main", "INBOX", 1, number, at, "00", 1000)


def comes(number: int, sort: Sort, at: datetime) -> Event:
    """A mail of that sort, which arrived at that time."""
    if sort in {Sort.UNREADABLE, Sort.JUNK}:
        return Unreadable(arrival(number, at), "more than 1000 parts", "Re: x", PERSON.addr)
    return Arrived(arrival(number, at), _AWAY if sort is Sort.AUTOMATIC else _MESSAGE)


def bounce(number: int, at: datetime) -> Event:
    """A delivery report about a mail of ours."""
    return Arrived(arrival(number, at), _BOUNCED)


@dataclass(slots=True)
class Books:
    """The report as the store would have it, beside the mails of ours. The question is put at `asked_at`."""

    asked_at: datetime
    policy: Policy
    ticket: Ticket = field(init=False)
    stays: list[Stay] = field(init=False)
    came: list[Came] = field(default_factory=list)
    done: list[Done] = field(default_factory=list)
    timers: dict[str, TimerRow] = field(default_factory=dict)
    decisions: int = QUESTION
    withdrew: bool = False

    def __post_init__(self) -> None:
        people = (Participant(1, Role.REQUESTER, PERSON),)
        self.ticket = Ticket(
            1, NUMBER, State.PENDING, "Lupa kata sandi", "umum", self.asked_at, self.asked_at, participants=people
        )
        self.stays = [Stay(State.PENDING, self.asked_at, None, QUESTION)]
        self.timers[dues.PLAN] = TimerRow(self.asked_at, self.policy.time.version)

    def line(self, **known: Any) -> Timeline:
        """Its facts, with what the edge knows."""
        return Timeline(tuple(self.stays), came=tuple(self.came), done=tuple(self.done), timers=self.timers, **known)

    @property
    def waits(self) -> bool:
        """Whether it waits for the requester."""
        return self.ticket.state is State.PENDING

    @property
    def closed_for_silence(self) -> bool:
        """Whether that is how it ended."""
        return self.ticket.close_reason is CloseReason.SILENCE

    def agents_turn(self, now: datetime) -> None:
        """An agent has read a mail from the quarantine: the report is theirs again."""
        scene = Scene(Case(NUMBER + 1, {NUMBER: self.ticket}), now, self.policy, Trace())
        effects = tuple(followed(scene, (SetState(NUMBER, State.OPEN, "an agent read the answer"),)))
        list(self.write(Decision(effects, "agent", "an agent read the answer"), now))

    def write(self, decision: Decision, now: datetime, event: Event | None = None) -> Iterator[SendMail]:
        """Do what was decided; the mails to the requester are for the caller to send."""
        self.decisions += 1
        self.withdrew = False
        if isinstance(event, TimerDue):
            self.done.append(Done(decision.code, now))
        arrived_at = event.arrival.arrived_at if isinstance(event, Arrived) else now
        for effect in decision.effects:
            if getattr(effect, "ticket", 0) != NUMBER:
                continue
            if isinstance(effect, SendMail):
                if effect.role is Role.REQUESTER and effect.kind in {MailKind.REMINDER, MailKind.CLOSING}:
                    yield effect
            elif isinstance(effect, AddArticle):
                self.came.append(Came(effect.kind, arrived_at, now, self.decisions, decision.code))
            else:
                self._set(effect, now, arrived_at)

    def _set(self, effect: Effect, now: datetime, arrived_at: datetime) -> None:
        match effect:
            case SetState():
                start = max(arrived_at, self.stays[-1].start)
                self.stays[-1:] = [replace(self.stays[-1], end=start), Stay(effect.state, start, None, self.decisions)]
                self.ticket = replace(self.ticket, state=effect.state, close_reason=effect.close_reason, changed_at=now)
            case SetReachable():
                person = replace(self.ticket.participants[0], reachable=effect.reachable)
                self.ticket = replace(self.ticket, participants=(person,))
            case Tag():
                self.ticket = replace(self.ticket, tags=(self.ticket.tags | effect.add) - effect.remove)
            case Assign() if effect.priority:
                self.ticket = replace(self.ticket, priority=effect.priority)
            case SetTimer():
                self.timers[effect.name] = TimerRow(effect.due_at, str(effect.facts.get("calendar", "")))
            case ClearTimer():
                gone = [effect.name] if effect.name else list(self.timers)
                for name in gone:
                    self.timers.pop(name, None)
            case Withdraw():
                self.withdrew = True
            case _:
                pass
