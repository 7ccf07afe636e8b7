"""Mails to the people of a ticket: who is told, where the mail stands in that person's client, what goes along."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailhelp.desk import words
from mailhelp.desk.effect import AddParticipant, Alarm, AttachmentRef, Effect, SendMail
from mailhelp.desk.model import MailKind, Participant, Role, Ticket
from mailhelp.desk.policy import Agent, Policy
from mailhelp.desk.scene import Scene
from mailhelp.mail.message import Address, Message


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail to agents: the template, what it shows, whose name it carries, the mail it was caused by."""

    template: str
    context: Mapping[str, Any]
    sender_name: str = ""
    attachments: tuple[AttachmentRef, ...] = ()
    answered: Message | None = None


def responsible(scene: Scene, ticket: Ticket) -> tuple[Agent, ...]:
    """Who is told about this ticket: its owner; else those of its queue who are present, or all of them."""
    team, day = scene.policy.team, scene.today
    owner = team.agents.get(ticket.owner)
    if owner and owner.present(day):
        return (owner,)
    queue = team.queues.get(ticket.queue) or team.queues.get(team.default_queue)
    agents = tuple(team.agents[name] for name in (queue.agents if queue else ()) if name in team.agents)
    return tuple(agent for agent in agents if agent.present(day)) or agents or ((owner,) if owner else ())


def tell(scene: Scene, ticket: Ticket, notice: Notice, agents: Sequence[Agent] = ()) -> Iterator[Effect]:
    """Send a notice to these agents (default: the responsible ones); whoever is new gets a place on the ticket."""
    chosen = tuple(agents) or responsible(scene, ticket)
    if not chosen:
        yield Alarm("team.nobody", f"No agent can be told of report {ticket.number} in queue {ticket.queue}.")
    for person, new in seats(ticket, chosen):
        if new:
            yield AddParticipant(ticket.number, person.slot, Role.AGENT, person.address)
        yield from scene.automatic(_notice(scene.policy, ticket, person, notice), notice.answered)


def knows(ticket: Ticket) -> bool:
    """Whether any agent was told of this ticket, or wrote on it."""
    return any(person.role is Role.AGENT for person in ticket.participants)


def seat(ticket: Ticket, agent: Agent) -> Participant | None:
    """The place of an agent on a ticket, also under an earlier address."""
    return next((p for p in ticket.participants if p.role is Role.AGENT and p.address.key in agent.addresses), None)


def seats(ticket: Ticket, agents: Sequence[Agent]) -> Iterator[tuple[Participant, bool]]:
    """The place of each agent and whether it is a new one; mail goes to the address registered now."""
    slot = max((person.slot for person in ticket.participants), default=0)
    for agent in agents:
        address = Address(agent.address, agent.display or agent.name)
        known = seat(ticket, agent)
        if known is None:
            slot += 1
        old = known or Participant(slot, Role.AGENT, address)
        yield Participant(old.slot, Role.AGENT, address, old.root_id, old.last_id, old.reachable), known is None


def threaded(person: Participant, message_id: str = "") -> dict[str, Any]:
    """The fields of SendMail that place a mail under the person's last one (RFC 5322 §3.6.4)."""
    last = message_id or person.last_id
    ids = tuple(dict.fromkeys(one for one in (person.root_id, person.last_id, last) if one))
    return {"in_reply_to": last, "references": ids}


def members(ticket: Ticket) -> tuple[Participant, ...]:
    """Those who get the answers: the requester and the people in copy who have an address."""
    wanted = (Role.REQUESTER, Role.COPY)
    return tuple(person for person in ticket.participants if person.role in wanted and person.address.addr)


def via(person: Address, policy: Policy) -> str:
    """The sender's name that a notice shows: the requester `via` the desk."""
    return f"{words.clean_name(person.name) or person.addr or '?'} via {policy.desk.name}"


def _notice(policy: Policy, ticket: Ticket, person: Participant, notice: Notice) -> SendMail:
    """The mail to one agent. Names of files are masked: people name a scan after the number in it."""
    files = [{**one, "name": words.mask_name(str(one["name"]))} for one in notice.context.get("files", ())]
    return SendMail(
        MailKind.NOTICE,
        notice.template,
        person.address,
        policy.desk.language,
        {**notice.context, "files": files} if files else notice.context,
        ticket.number,
        person.slot,
        Role.AGENT,
        sender_name=notice.sender_name,
        attachments=tuple(replace(one, name=words.mask_name(one.name)) for one in notice.attachments),
        **threaded(person),
    )
