"""`#away` and `#back`: absences that agents tell by mail stand beside those of `rules/team.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from mailhelp.desk import command_set as cs
from mailhelp.desk.commands.job import Job, Refused
from mailhelp.desk.effect import Assign, Effect, SetAbsence
from mailhelp.desk.model import Ticket
from mailhelp.desk.policy import Agent, Policy
from mailhelp.desk.scene import Scene
from mailhelp.desk.workcase import Absence


def away(job: Job, command: cs.Away) -> Iterator[Effect]:
    """Absent from today."""
    today = job.mail.today
    if command.until and command.until < today:
        raise Refused("in-the-past")
    yield SetAbsence(job.agent.name, today, command.until)
    if command.until:
        job.say("away", **{"from": today.isoformat(), "until": command.until.isoformat()})
    else:
        job.say("away-open", **{"from": today.isoformat()})


def back(job: Job, command: cs.Back) -> Iterator[Effect]:
    """Present again."""
    del command
    yield SetAbsence(job.agent.name)
    job.say("back")


def with_absences(policy: Policy, absences: Iterable[Absence]) -> Policy:
    """The policy in which these agents are absent, too."""
    told = {one.agent: (one.first, one.last or date.max) for one in absences}
    known = policy.team.agents
    if not any(name in known for name in told):
        return policy
    agents = {
        name: replace(agent, away=(*agent.away, told[name])) if name in told else agent for name, agent in known.items()
    }
    return replace(policy, team=replace(policy.team, agents=agents))


def is_absent(agent: Agent, day: date) -> bool:
    """Whether an agent is away on that day: not merely off duty, as on a weekend."""
    return any(first <= day <= last for first, last in agent.away)


def handed_back(scene: Scene, ticket: Ticket) -> Iterator[Effect]:
    """An open ticket of an absent owner falls back to its queue, also of one who is not listed any more."""
    owner = scene.policy.team.agents.get(ticket.owner)
    if ticket.owner and (owner is None or is_absent(owner, scene.today)):
        yield Assign(ticket.number, owner="", reason=f"{ticket.owner} is absent")
