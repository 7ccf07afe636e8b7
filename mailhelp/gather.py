"""What a case holds besides what every mail needs: absences, merged reports, what an agent's commands ask for."""

from __future__ import annotations

from mailhelp.desk.model import Case
from mailhelp.desk.policy import Policy
from mailhelp.desk.wants import wants
from mailhelp.edge.store import Store
from mailhelp.mail.message import Message


def with_work(store: Store, case: Case, message: Message | None, policy: Policy) -> Case:
    """The case with all of that; inside the unit in which it was gathered."""
    wanted = wants(message, policy) if message is not None else None
    agent = policy.team.agents.get(wanted.agent) if wanted else None
    return store.with_work(case, wanted, sorted(agent.addresses) if agent else ())
