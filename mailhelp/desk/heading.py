"""The head of a notice: where a report stands, what is due next, and what the same person reported before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk import dates, titles, words
from mailhelp.desk.dues import next_target, opened
from mailhelp.desk.label import label
from mailhelp.desk.model import Past, Ticket
from mailhelp.desk.scene import Mail, Scene
from mailhelp.desk.timefacts import Timeline

_MOST_EARLIER = 3
_UNCOUNTED = 100
"""Earlier reports beyond this number are not counted (`edge.store.tickets.MOST_EARLIER`)."""

Row = dict[str, Any]


def head(
    scene: Scene, ticket: Ticket, language: str, related: Ticket | None = None, line: Timeline | None = None
) -> Iterable[Row]:
    """Where a ticket stands, as rows of label and value; `line` are the facts of its time, where they are known."""
    queue = scene.policy.team.queues.get(ticket.queue)
    parts = {
        "state": label(ticket.state.value, language),
        "due": _due(scene, ticket, line, language) if line else "",
        "queue": queue.title if queue else ticket.queue,
        "owner": ticket.owner,
        "priority": label(ticket.priority, language),
        "category": titles.category(scene, ticket.category, language) or ticket.category,
        "subcategory": titles.subcategory(scene, ticket.category, ticket.subcategory, language),
        "related": f"#{related.number}" if related else "",
    }
    yield from ({"label": label(name, language), "value": value} for name, value in parts.items() if value)


def _due(scene: Scene, ticket: Ticket, line: Timeline, language: str) -> str:
    """The promise that is due next, in words."""
    found = next_target(ticket, line, scene.policy.time)
    if found is None:
        return ""
    target, at = found
    when = dates.near(at, scene.now, scene.policy.desk.timezone, language)
    sentence = label("due.over" if at <= scene.now else "due.next", language)
    return sentence.format(when=when, what=label(target.value, language))


def line(mail: Mail, ticket: Ticket) -> Timeline | None:
    """The facts of a ticket's time once this mail is decided on; None where they were not read."""
    if ticket.number == mail.case.next_number:
        return opened(ticket)
    known = mail.case.time.get(ticket.number)
    return known.heard(mail.arrival.arrived_at, mail.now, ticket.state) if known else None


def earlier(mail: Mail, ticket: Ticket) -> Row:
    """What the same address reported before, for agents alone; `unproven` where nothing vouches for the sender."""
    known, language = mail.case.earlier, mail.policy.desk.language
    requester = ticket.requester
    if requester is None or not known.address or known.address != requester.address.key:
        return {}
    others = [one for one in known.reports if one.number != ticket.number]
    count = known.count - len(known.reports) + len(others)
    return {
        "earlier": [_past(mail, one, language) for one in others[:_MOST_EARLIER]],
        "earlier_count": f"{count}" if known.count < _UNCOUNTED else f"{_UNCOUNTED - 1}+",
        "unproven": not mail.message.authentication.passed,
    }


def _past(scene: Scene, one: Past, language: str) -> Row:
    opened_on = one.opened_at.astimezone(ZoneInfo(scene.policy.desk.timezone)).date()
    return {
        "number": one.number,
        "what": words.mask(titles.category(scene, one.category, language) or one.subject),
        "state": label(one.state.value, language),
        "day": dates.near_day(opened_on, scene.today, language),
    }
