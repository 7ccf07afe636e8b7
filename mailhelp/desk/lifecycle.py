"""How a ticket's state follows what happens to it (design §8). Pure tables; the reasons are stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mailhelp.desk.effect import SetState
from mailhelp.desk.model import State, Ticket
from mailhelp.desk.policy import Limits

# A reply of the requester ends every wait for the requester; `checking` waits for another team and goes on.
_AFTER_REPLY = {State.PENDING: State.OPEN, State.RESOLVED: State.OPEN, State.CLOSED: State.OPEN}
# An answer does not undo what an agent has decided before: `pending`, `checking` and `resolved` stay.
_AFTER_ANSWER = {State.NEW: State.OPEN, State.CLOSED: State.OPEN}


def takes_replies(ticket: Ticket, now: datetime, limits: Limits) -> bool:
    """Whether a reply joins this ticket; a closed one takes none, except within the grace period."""
    return ticket.state is not State.CLOSED or now < ticket.changed_at + limits.reply_to_closed_grace


def after_reply(ticket: Ticket) -> Iterator[SetState]:
    """The state after a requester or a person in copy wrote."""
    yield from _move(ticket, _AFTER_REPLY.get(ticket.state, ticket.state), "the requester wrote")


def after_answer(ticket: Ticket, agent: str) -> Iterator[SetState]:
    """The state after an agent answered."""
    yield from _move(ticket, _AFTER_ANSWER.get(ticket.state, ticket.state), f"{agent} answered")


def resolved(ticket: Ticket, agent: str) -> Iterator[SetState]:
    """The state after an agent called it resolved."""
    yield from _move(ticket, State.RESOLVED, f"{agent} resolved it")


def _move(ticket: Ticket, state: State, reason: str) -> Iterator[SetState]:
    if state is not ticket.state:
        yield SetState(ticket.number, state, reason)
