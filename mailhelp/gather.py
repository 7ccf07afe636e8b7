"""What a case holds besides what every mail needs: absences, merged reports, what an agent's commands ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mailhelp.desk.dues import next_target
from mailhelp.desk.model import Case
from mailhelp.desk.policy import Policy
from mailhelp.desk.wants import wants
from mailhelp.desk.workcase import Listing, Row
from mailhelp.edge.store import Store
from mailhelp.mail.message import Message


def with_work(store: Store, case: Case, message: Message | None, policy: Policy, now: datetime) -> Case:
    """The case with all of that; inside the unit in which it was gathered."""
    wanted = wants(message, policy) if message is not None else None
    agent = policy.team.agents.get(wanted.agent) if wanted else None
    case = store.with_work(case, wanted, sorted(agent.addresses) if agent else ())
    if case.work is None or not case.work.lists:
        return case
    return replace(case, work=replace(case.work, lists=with_dues(store, case.work.lists, policy, now)))


def with_dues(
    store: Store, lists: Mapping[Listing, Sequence[Row]], policy: Policy, now: datetime
) -> dict[Listing, tuple[Row, ...]]:
    """The lists with the nearest promise of each ticket.

    A timer knows it only as long as there is something left to do about it: not where nobody is warned, and not after
    the escalation, which is when a list has to show it most. The others are computed from the facts.
    """
    unknown = {row.number for rows in lists.values() for row in rows if row.due_at is None}
    dues: dict[int, datetime] = {}
    for number, ticket in store.tickets_of(sorted(unknown)).items():
        found = next_target(ticket, store.timeline(number, {}, now), policy.time)
        if found is not None:
            dues[number] = found[1]
    return {
        listing: tuple(replace(row, due_at=row.due_at or dues.get(row.number)) for row in rows)
        for listing, rows in lists.items()
    }
