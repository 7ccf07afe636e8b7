"""What an agent's mail needs to know besides the case, who is absent, and reports that go on in another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from mailhelp.desk.model import ArticleKind, Case, CloseReason, State, Ticket
from mailhelp.desk.targets import Target
from mailhelp.desk.workcase import Absence, Change, Listing, Row, Told, Undoable, Wants, Work
from mailhelp.edge.store import schema
from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import from_json, from_utc, index_key
from mailhelp.edge.store.tickets import load_earlier, load_tickets
from mailhelp.edge.store.views import contains

MAX_TICKETS = 3
"""Of the tickets that a mail points at, those looked at for its commands."""

MAX_ARTICLES = 100
MAX_CHANGES = 50
MAX_DECISIONS = 30
MAX_ROWS = 60

_OPEN = "('new', 'open', 'pending', 'checking')"
_WAITING = "state = 'queued' AND attempts = 0"
_ROWS = (
    "SELECT t.number, t.state, t.subject, t.queue, t.owner, t.priority, t.requester, t.opened_at, t.changed_at, "
    "(SELECT MIN(slot) FROM participant p WHERE p.ticket = t.number AND p.role = 'agent' "
    "AND p.addr_key IN {addresses}) FROM ticket t WHERE "
)


class AgentPart:
    """Reading for agents' mails."""

    engine: Engine

    def with_work(self, case: Case, wants: Wants | None, addresses: Sequence[str]) -> Case:
        """The case with what agents told of absences, merged reports, and what `wants` names.

        `addresses` are the agent's. Call it inside the unit in which the case was gathered.
        """
        with self.engine.unit():
            case = self._with_merged(replace(case, away=self.absences()))
            if case.held is not None:
                reason = self.engine.value("SELECT end_reason FROM ledger WHERE id = ?", case.held.id)
                case = replace(case, held_reason=str(reason or ""))
            if wants is None:
                return case
            if wants.requester:
                case = replace(case, earlier=load_earlier(self.engine, wants.requester))
            return replace(case, work=self._work(case, wants, addresses))

    def tickets_of(self, numbers: Sequence[int]) -> dict[int, Ticket]:
        """The tickets of these numbers."""
        with self.engine.reading():
            return load_tickets(self.engine, numbers)

    def absences(self) -> tuple[Absence, ...]:
        """All absences that agents told by mail."""
        with self.engine.reading():
            rows = self.engine.rows("SELECT agent, first_day, last_day FROM absence ORDER BY agent")
        return tuple(
            Absence(agent, date.fromisoformat(first), date.fromisoformat(last) if last else None)
            for agent, first, last in rows
        )

    def _with_merged(self, case: Case) -> Case:
        closed = [one.number for one in case.candidates.values() if one.close_reason is CloseReason.DUPLICATE]
        if not closed:
            return case
        sql = f"SELECT ticket, other FROM link WHERE ticket IN {marks(closed)} AND kind = 'merged'"  # noqa: S608 - marks
        merged = dict(self.engine.rows(sql, *padded(closed)))
        missing = [number for number in merged.values() if number not in case.candidates]
        candidates = {**case.candidates, **load_tickets(self.engine, missing)}
        return replace(case, candidates=candidates, merged=merged)

    def _work(self, case: Case, wants: Wants, addresses: Sequence[str]) -> Work:
        near = list(case.candidates)[:MAX_TICKETS]
        others = load_tickets(self.engine, wants.numbers)
        seen_at, seen_text = self._seen(wants.answers)
        return Work(
            seen_at=seen_at,
            seen_text=seen_text,
            articles={number: self._told(number) for number in dict.fromkeys((*near, *others))},
            changes={number: self._changes(number) for number in near},
            undo=dict(self._undoable(near, wants.agent)) if wants.undo else {},
            others=others,
            lists={listing: self.listed(listing, wants, addresses) for listing in wants.listings},
        )

    def _seen(self, ids: Iterable[str]) -> tuple[datetime | None, str]:
        """When the mail that is answered was written, and its text."""
        for message_id in ids:
            for created, text in self.engine.rows(
                "SELECT created_at, text FROM outbox WHERE message_id = ?", message_id
            ):
                return from_utc(created), text
        return None, ""

    def _told(self, number: int) -> tuple[Told, ...]:
        sql = (
            "SELECT id, kind, author, at, text, internal, arrival, attachments FROM article WHERE ticket = ? "
            "ORDER BY id DESC LIMIT ?"
        )
        return tuple(reversed([_told(row) for row in self.engine.rows(sql, number, MAX_ARTICLES)]))

    def _changes(self, number: int) -> tuple[Change, ...]:
        sql = (
            "SELECT h.at, h.what, h.before, h.after, d.trace FROM history h JOIN decision d ON d.id = h.decision "
            "WHERE h.ticket = ? ORDER BY h.id DESC LIMIT ?"
        )
        return tuple(_change(*row) for row in self.engine.rows(sql, number, MAX_CHANGES))

    def _undoable(self, numbers: Iterable[int], agent: str) -> Iterable[tuple[int, Undoable]]:
        """The agent's last decision on each ticket that was not taken back yet."""
        sql = "SELECT id, at, trace FROM decision WHERE ticket = ? ORDER BY id DESC LIMIT ?"
        for number in numbers:
            undone: set[int] = set()
            for decision, at, trace in self.engine.rows(sql, number, MAX_DECISIONS):
                kept = from_json(trace).get("agent") or {}
                if kept.get("name") != agent:
                    continue
                if "undid" in kept:
                    undone.add(kept["undid"])
                elif "before" in kept and decision not in undone:
                    yield number, self._last(decision, at, kept)
                    break

    def _last(self, decision: int, at: Any, kept: Mapping[str, Any]) -> Undoable:
        sql = (
            f"SELECT COALESCE(SUM(CASE WHEN {_WAITING} THEN 1 ELSE 0 END), 0), COUNT(*) FROM outbox "  # noqa: S608
            "WHERE decision = ? AND kind NOT IN ('notice', 'confirm', 'alarm') AND state <> 'withdrawn'"
        )
        waiting, everything = self.engine.rows(sql, decision)[0]
        moment = from_utc(at)
        assert moment is not None
        return Undoable(decision, moment, kept["before"], kept["after"], int(waiting), int(everything) - int(waiting))

    def listed(self, listing: Listing, wants: Wants, addresses: Sequence[str]) -> tuple[Row, ...]:
        """The tickets of a list, the oldest first (of a search: the latest change first)."""
        keys = [index_key(one) for one in addresses] or [""]
        start = _ROWS.format(addresses=marks(keys))
        given = padded(keys)
        with self.engine.reading():
            if listing is Listing.MINE:
                tail = f"t.owner = ? AND t.state IN {_OPEN} ORDER BY t.opened_at, t.number LIMIT ?"
                rows = self.engine.rows(start + tail, *given, wants.agent, MAX_ROWS)
            elif listing is Listing.OPEN:
                queues = list(wants.queues) or [""]
                tail = f"t.queue IN {marks(queues)} AND t.state IN {_OPEN} ORDER BY t.opened_at, t.number LIMIT ?"
                rows = self.engine.rows(start + tail, *given, *padded(queues), MAX_ROWS)
            else:
                tail = (
                    "(LOWER(t.subject) LIKE ? ESCAPE '!' OR CAST(t.number AS TEXT) LIKE ? ESCAPE '!' "
                    "OR t.requester LIKE ? ESCAPE '!' OR EXISTS (SELECT 1 FROM article a WHERE a.ticket = t.number "
                    "AND LOWER(a.text) LIKE ? ESCAPE '!')) ORDER BY t.changed_at DESC LIMIT ?"
                )
                rows = self.engine.rows(start + tail, *given, *([contains(wants.search)] * 4), MAX_ROWS)
            due = self._due([row[0] for row in rows])
        return tuple(_row(row, due.get(row[0])) for row in rows)

    def _due(self, numbers: Sequence[int]) -> dict[int, datetime]:
        """The nearest promise of each ticket; the timer itself may fire earlier, to warn."""
        if not numbers:
            return {}
        names = list(map(str, Target))
        sql = f"SELECT ticket, facts FROM timer WHERE ticket IN {marks(numbers)} AND name IN {marks(names)}"  # noqa: S608
        due: dict[int, datetime] = {}
        for ticket, facts in self.engine.rows(sql, *padded(numbers), *padded(names)):
            result = from_json(facts).get("result")
            at = from_utc(result) if isinstance(result, str) else None
            if at is not None:
                due[ticket] = min(at, due.get(ticket, at))
        return due

    def decided(self, key: str) -> bool:
        """Whether a decision about an event of that key was made."""
        with self.engine.reading():
            return bool(self.engine.value("SELECT 1 FROM decision WHERE key = ? LIMIT 1", key))


def cancel(engine: Engine, decision: int, now: datetime) -> list[tuple[int | None, str, str]]:
    """Withdraw the mails of a decision that wait and were never tried; their (ticket, Message-ID, kind)."""
    sql = (
        f"UPDATE outbox SET state = 'withdrawn', changed_at = ?, reply = 'taken back' WHERE decision = ? "  # noqa: S608
        f"AND {_WAITING} RETURNING ticket, message_id, kind"
    )
    return [(ticket, message_id, kind) for ticket, message_id, kind in engine.rows(sql, now, decision)]


def set_absence(engine: Engine, agent: str, first: date | None, last: date | None) -> None:
    """Note an absence; without `first` the agent is present."""
    engine.run("DELETE FROM absence WHERE agent = ?", agent)
    if first is not None:
        values = {"agent": agent, "first_day": first.isoformat(), "last_day": last.isoformat() if last else ""}
        engine.insert(schema.Absence, values)


def _told(row: tuple[Any, ...]) -> Told:
    article, kind, author, at, text, internal, arrival, attachments = row
    moment = from_utc(at)
    assert moment is not None
    files = tuple(from_json(attachments))
    return Told(article, ArticleKind(kind), author, moment, text, bool(internal), arrival, files)


def _change(at: Any, what: str, before: str, after: str, trace: Any) -> Change:
    moment = from_utc(at)
    assert moment is not None
    return Change(moment, what, before, after, str((from_json(trace).get("agent") or {}).get("name", "")))


def _row(row: tuple[Any, ...], due_at: datetime | None) -> Row:
    number, state, subject, queue, owner, priority, requester, opened_at, changed_at, slot = row
    opened, changed = from_utc(opened_at), from_utc(changed_at)
    assert opened is not None
    assert changed is not None
    return Row(
        number, State(state), subject, queue, owner, priority, requester, opened, changed, slot or 0, due_at
    )  # fmt: skip
