"""Who is on a ticket: owner, queue, requester, people in copy."""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, notify
from mailhelp.desk.commands import shown
from mailhelp.desk.commands.job import Job, Refused, next_slot
from mailhelp.desk.effect import AddParticipant, Assign, Effect, SendMail, SetRequester, SetState
from mailhelp.desk.fold import key
from mailhelp.desk.model import MailKind, Role, State
from mailhelp.desk.near import Names
from mailhelp.desk.policy import Agent
from mailhelp.errors import nearest
from mailhelp.mail.message import Address

_ME = frozenset({"me", "saya", "aku", "self"})


def take(job: Job, command: cs.Take) -> Iterator[Effect]:
    """Become the owner; a new ticket is open from then on. Whoever is the owner already stays it."""
    del command
    if job.ticket.owner != job.agent.name:
        yield from _owned(job, job.agent)
    elif job.ticket.state is State.NEW:
        yield SetState(job.number, State.OPEN, job.reason("took it"))
    job.say("take")


def assign(job: Job, command: cs.Assign) -> Iterator[Effect]:
    """Give it to an agent, who is told with the whole report."""
    agent = job.agent if key(command.agent) in _ME else _agent(job, command.agent)
    yield from _owned(job, agent)
    job.say("assign", agent=agent.display or agent.name)
    if agent.name != job.agent.name:
        job.later.append(lambda now: handover(now, (agent,)))


def queue(job: Job, command: cs.Queue) -> Iterator[Effect]:
    """Move it; an owner who does not work that queue has it no longer; its agents are told with the whole report."""
    team = job.mail.policy.team
    names = Names.of((text, one.name) for one in team.queues.values() for text in (one.name, one.title))
    found = names.exact(command.queue)
    if not found:
        raise Refused("unknown-queue", ", ".join(team.queues), nearest(command.queue, team.queues))
    stays = job.ticket.owner in team.queues[found].agents
    yield Assign(job.number, owner=None if stays else "", queue=found, reason=job.reason(f"moved it to {found}"))
    job.say("queue", queue=team.queues[found].title)
    if not any(isinstance(one, cs.Assign) for one in job.parsed.commands):  # whoever is named is told already
        job.later.append(_told_the_queue)


def requester(job: Job, command: cs.Requester) -> Iterator[Effect]:
    """Somebody else is the requester: what the old one has in hand opens nothing here any more."""
    address = Address(command.address)
    _outsider(job, address)
    if job.ticket.requester is None:
        raise Refused("no-requester")
    yield SetRequester(job.number, address)
    job.say("requester", address=address.addr)
    job.later.append(_acknowledged)


def copy(job: Job, command: cs.Copy) -> Iterator[Effect]:
    """Somebody else gets the answers."""
    address = Address(command.address)
    _outsider(job, address)
    if job.ticket.find(address.addr, Role.REQUESTER, Role.COPY):
        raise Refused("is-there-already")
    yield AddParticipant(job.number, next_slot(job.ticket), Role.COPY, address)
    job.say("cc", address=address.addr)


def handover(job: Job, agents: tuple[Agent, ...]) -> Iterator[Effect]:
    """The whole report to those who have it now."""
    notice = shown.whole(job, "handover", by=job.agent.display or job.agent.name)
    yield from notify.tell(job.mail, job.ticket, notice, agents)


def _told_the_queue(job: Job) -> Iterator[Effect]:
    agents = tuple(one for one in notify.responsible(job.mail, job.ticket) if one.name != job.agent.name)
    if agents:
        yield from handover(job, agents)


def _acknowledged(job: Job) -> Iterator[Effect]:
    """The new requester is told the number, as for a new report."""
    person = job.ticket.requester
    assert person is not None
    sending = SendMail(
        MailKind.ACKNOWLEDGEMENT,
        "acknowledgement",
        person.address,
        job.ticket.language,
        {
            **context.common(job.mail, job.ticket, person.address, job.ticket.language),
            "understood": list(context.rows(job.mail, job.ticket.fields, job.ticket.language)),
        },
        job.number,
        person.slot,
    )
    yield from job.mail.automatic(sending)


def _owned(job: Job, agent: Agent) -> Iterator[Effect]:
    if job.ticket.owner == agent.name:
        raise Refused("has-it-already")
    yield Assign(job.number, owner=agent.name, reason=job.reason(f"gave it to {agent.name}"))
    if job.ticket.state is State.NEW:
        yield SetState(job.number, State.OPEN, job.reason("it has an owner"))


def _agent(job: Job, written: str) -> Agent:
    agents = job.mail.policy.team.agents
    by_address = job.mail.policy.team.agent_at(written)
    if by_address:
        return by_address
    names = Names.of((text, one.name) for one in agents.values() for text in (one.name, one.display))
    found = names.exact(written)
    if not found:
        raise Refused("unknown-agent", ", ".join(agents), nearest(written.lower(), agents))
    return agents[found]


def _outsider(job: Job, address: Address) -> None:
    """The desk's own address would be a loop; an agent is on the ticket in another way."""
    if address.key in job.mail.policy.desk.addresses or job.mail.policy.team.agent_at(address.addr):
        raise Refused("own-address")
