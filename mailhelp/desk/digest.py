"""The morning mail of an agent or a queue: what waits, the most pressing first, the oldest first in each part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk import context, dates
from mailhelp.desk.commands import shown
from mailhelp.desk.effect import Effect, SendMail
from mailhelp.desk.event import DigestDue
from mailhelp.desk.model import MailKind, Role, State
from mailhelp.desk.scene import Scene
from mailhelp.desk.workcase import Listing, Row, Work
from mailhelp.mail.message import Address

PARTS = {
    "overdue": ("Terlambat", "Overdue"),
    "today": ("Jatuh tempo hari ini", "Due today"),
    "unassigned": ("Belum ditangani siapa pun", "Unassigned"),
    "waiting": ("Menunggu jawaban kita", "Waiting for us"),
    "pending": ("Menunggu pelapor atau tim lain", "Waiting for the requester or another team"),
}
"""The parts in their order; a ticket stands in the first that fits."""

_TITLES = {
    "id": ("Laporan pagi untuk {name}", "Laporan pagi antrean {name}"),
    "en": ("Morning report for {name}", "Morning report of the queue {name}"),
}


def morning(scene: Scene, event: DigestDue) -> Iterator[Effect]:
    """The digest, if there is anything to tell; the rows are in the case."""
    work = scene.case.work or Work()
    rows = tuple({row.number: row for listing in Listing for row in work.lists.get(listing, ())}.values())
    name = event.agent or event.queue
    if not rows:
        scene.trace.conclude("digest.empty", f"nothing is open for {name}")
        return
    scene.trace.conclude("digest", f"the morning mail of {name}: {len(rows)} reports")
    yield from scene.automatic(_mail(scene, event, rows))


def parts(rows: Sequence[Row], now: datetime, zone: str) -> dict[str, list[Row]]:
    """The rows by part, the oldest first; empty parts are left out."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    found: dict[str, list[Row]] = {name: [] for name in PARTS}
    for row in sorted(rows, key=lambda one: (one.opened_at, one.number)):
        found[_part(row, now, midnight)].append(row)
    return {name: part for name, part in found.items() if part}


def _part(row: Row, now: datetime, midnight: datetime) -> str:
    if row.state in {State.PENDING, State.CHECKING}:
        return "pending"
    if row.due_at is not None and row.due_at < midnight:
        return "overdue" if row.due_at <= now else "today"
    return "waiting" if row.owner else "unassigned"


def _mail(scene: Scene, event: DigestDue, rows: Sequence[Row]) -> SendMail:
    desk, team = scene.policy.desk, scene.policy.team
    language = "en" if desk.language == "en" else "id"
    agent = team.agents.get(event.agent)
    to = Address(agent.address, agent.display) if agent else Address(event.address)
    title = _TITLES[language][0 if agent else 1].format(name=to.name if agent else team.queues[event.queue].title)
    sections: list[dict[str, Any]] = [
        {
            "title": PARTS[name][1 if language == "en" else 0],
            "tickets": [shown.ticket_row(one, scene.now, language, desk.timezone) for one in part],
        }
        for name, part in parts(rows, scene.now, desk.timezone).items()
    ]
    known = context.common(scene, None, to, language)
    values = {**known, "title": title, "day": dates.long_day(scene.today, language), "parts": sections}
    return SendMail(MailKind.NOTICE, "digest", to, desk.language, values, role=Role.AGENT)
