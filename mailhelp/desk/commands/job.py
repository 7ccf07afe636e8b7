"""What every command works on: the mail, the agent, and the ticket as it stands after the commands before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mailhelp.desk.command import Parsed
from mailhelp.desk.effect import AddParticipant, Assign, Effect, SetFields, SetRequester, SetState, Tag
from mailhelp.desk.model import Participant, Role, Ticket
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Mail
from mailhelp.desk.workcase import Work

_COLUMNS = ("owner", "queue", "priority", "category", "subcategory", "user_type", "language")


class Refused(Exception):  # noqa: N818 - no error of the program
    """A command that cannot be carried out: a stable code, what is allowed, the nearest name."""

    def __init__(self, code: str, allowed: str = "", nearest: str = "") -> None:
        super().__init__(code)
        self.code, self.allowed, self.nearest = code, allowed, nearest


@dataclass(slots=True)
class Job:
    """One agent's mail on one ticket while its commands are carried out.

    `said` are the lines of the transcript (code, values); `later` makes what is sent when the ticket stands as it will.
    `slot` is the agent's place on the ticket; `checking` the team that the answer tells of.
    """

    mail: Mail
    agent: Agent
    ticket: Ticket
    parsed: Parsed
    slot: int = 0
    said: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    later: list[Callable[[Job], Iterator[Effect]]] = field(default_factory=list)
    answered: bool = False
    checking: str = ""
    undid: int = 0

    @property
    def number(self) -> int:
        """The report number."""
        return self.ticket.number

    @property
    def work(self) -> Work:
        """What was read for this mail."""
        return self.mail.case.work or Work()

    @property
    def language(self) -> str:
        """In which language the agent is told."""
        return self.mail.policy.desk.language

    def say(self, code: str, **values: object) -> None:
        """Add a line to the transcript."""
        self.said.append((code, values))

    def reason(self, what: str) -> str:
        """Why something changes, for the history."""
        return f"{self.agent.name}: {what}"


def after(ticket: Ticket, effect: Effect) -> Ticket:  # noqa: PLR0911 - one case for each effect
    """The ticket as it stands after an effect; effects on other tickets change nothing."""
    if getattr(effect, "ticket", 0) != ticket.number:
        return ticket
    match effect:
        case Assign():
            given = {name: value for name in _COLUMNS if (value := getattr(effect, name)) is not None}
            return replace(ticket, **given)
        case SetState():
            return replace(ticket, state=effect.state, close_reason=effect.close_reason)
        case Tag():
            return replace(ticket, tags=(ticket.tags | effect.add) - effect.remove)
        case SetFields():
            merged = {**ticket.fields, **effect.fields}
            return replace(ticket, fields={name: value for name, value in merged.items() if value is not None})
        case AddParticipant():
            person = Participant(effect.slot, effect.role, effect.address)
            return replace(ticket, participants=(*ticket.participants, person))
        case SetRequester():
            return replace(ticket, participants=tuple(_renamed(one, effect) for one in ticket.participants))
        case _:
            return ticket


def _renamed(person: Participant, effect: SetRequester) -> Participant:
    if person.role is not Role.REQUESTER:
        return person
    return replace(person, address=effect.address, root_id="", last_id="", reachable=True)


def next_slot(ticket: Ticket) -> int:
    """The next free place on a ticket."""
    return max((person.slot for person in ticket.participants), default=0) + 1


def snapshot(ticket: Ticket) -> dict[str, Any]:
    """What `#undo` can put back, as plain data."""
    return {
        "state": ticket.state.value,
        "close_reason": ticket.close_reason.value if ticket.close_reason else "",
        **{name: getattr(ticket, name) for name in ("owner", "queue", "priority", "category", "subcategory")},
        "tags": sorted(ticket.tags),
        "fields": {name: {"value": one.value, "how": one.how} for name, one in sorted(ticket.fields.items())},
    }
