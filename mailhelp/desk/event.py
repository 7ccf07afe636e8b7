"""What can happen to the desk: the closed set of events that `decide` answers."""

from __future__ import annotations

from dataclasses import dataclass

from mailhelp.desk.alarmcase import Health, Raised
from mailhelp.desk.model import Arrival, MailKind
from mailhelp.desk.prepared import Prepared
from mailhelp.mail.message import Message


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message came and was read. `confirmed` is True when it was held and its agent has confirmed it since.

    `prepared` saves time and changes no decision.
    """

    arrival: Arrival
    message: Message
    confirmed: bool = False
    prepared: Prepared | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message could not be read twice, or breaks a limit: it goes to quarantine under a number."""

    arrival: Arrival
    why: str
    subject: str = ""
    sender: str = ""


@dataclass(frozen=True, slots=True)
class SendingFailed:
    """A mail of ours was refused for good, or its fate is uncertain and its kind is not repeated."""

    outbox_id: int
    ticket: int
    slot: int
    recipient: str
    kind: MailKind
    code: int
    reply: str
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class TimerDue:
    """A timer fired. It is only a wake-up: the deadline is computed again from facts."""

    timer_id: int
    ticket: int
    name: str


@dataclass(frozen=True, slots=True)
class DigestDue:
    """It is morning: the mail of an agent (by name), or that of a queue to one address."""

    agent: str = ""
    queue: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class AlarmsDue:
    """Time to look at the alarms; `waiting`: the last mail about them has not left yet, so none is written now."""

    raised: tuple[Raised, ...]
    health: Health
    waiting: bool = False


Event = Arrived | Unreadable | SendingFailed | TimerDue | DigestDue | AlarmsDue
