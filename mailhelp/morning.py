"""The morning mails: once a day, from the configured hour of an office day on, each decided and written as all else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from mailhelp.carry_out import carry_out
from mailhelp.desk.decide import decide
from mailhelp.desk.event import DigestDue
from mailhelp.desk.policy import Policy
from mailhelp.desk.workcase import Listing, Wants, Work
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.store import Store
from mailhelp.gather import with_dues

log = logging.getLogger(__name__)


def due(policy: Policy, now: datetime) -> date | None:
    """The day whose morning mails are due at `now` (aware UTC); None before the hour, and on days off."""
    local = now.astimezone(ZoneInfo(policy.desk.timezone))
    if local.hour < policy.work.digest_hour or not policy.time.calendar.spans(local.date()):
        return None
    return local.date()


def wanted(policy: Policy, day: date) -> Iterator[DigestDue]:
    """Who gets a morning mail on that day: agents who asked for it and are present, and the queues' addresses."""
    for agent in policy.team.agents.values():
        if agent.digest and agent.present(day):
            yield DigestDue(agent=agent.name)
    for queue in policy.team.queues.values():
        for address in queue.digest:
            yield DigestDue(queue=queue.name, address=address)


def send(store: Store, bundle: Bundle, now: datetime, kick: Callable[[], object]) -> int:
    """Make the morning mails that were not made today; how many there were."""
    day = due(bundle.policy, now)
    if day is None:
        return 0
    made = 0
    for event in wanted(bundle.policy, day):
        key = f"digest:{day}:{event.agent or event.queue}:{event.address}"
        if store.decided(key):
            continue
        with store.unit():
            _decide(store, bundle, event, key, now)
        made += 1
    if made:
        log.info("%d morning mails", made)
        kick()
    return made


def _decide(store: Store, bundle: Bundle, event: DigestDue, key: str, now: datetime) -> None:
    policy = bundle.policy
    agent = policy.team.agents.get(event.agent)
    queues = tuple(one.name for one in policy.team.queues.values() if event.agent in one.agents) or (event.queue,)
    wants = Wants(event.agent, queues=queues)
    addresses = sorted(agent.addresses) if agent else ()
    kinds = (Listing.MINE, Listing.OPEN) if agent else (Listing.OPEN,)
    lists = with_dues(store, {kind: store.listed(kind, wants, addresses) for kind in kinds}, policy, now)
    case = replace(store.case_of_ticket(0, now), work=Work(lists=lists), away=store.absences())
    decision = decide(case, event, now, policy)
    carry_out(store, bundle, decision, key, now)
