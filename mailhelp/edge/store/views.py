"""What people look at: tickets, one ticket with all that happened to it, outbox, quarantine, state of the desk.

Rows are dictionaries of plain data (times are aware UTC datetimes), because commands print them as tables or JSON.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from mailhelp.edge.store import schema
from mailhelp.edge.store.database import TROUBLE
from mailhelp.edge.store.engine import Engine, Row
from mailhelp.edge.store.fields import from_utc
from mailhelp.edge.store.ledger import PENDING, UNFILED

Plain = dict[str, Any]
_TICKET_COLUMNS = (
    "number", "state", "queue", "owner", "priority", "category", "subcategory", "subject", "opened_at", "changed_at",
    "requester", "name",
)  # fmt: skip
_TICKETS = (
    "SELECT t.number, t.state, t.queue, t.owner, t.priority, t.category, t.subcategory, t.subject, t.opened_at, "
    "t.changed_at, p.addr, p.name FROM ticket t LEFT JOIN participant p ON p.ticket = t.number AND p.slot = 1 WHERE "
)
_FOUND = (
    "(LOWER(t.subject) LIKE ? ESCAPE '!' OR CAST(t.number AS TEXT) LIKE ? ESCAPE '!' "
    "OR EXISTS (SELECT 1 FROM participant q WHERE q.ticket = t.number AND LOWER(q.addr) LIKE ? ESCAPE '!') "
    "OR EXISTS (SELECT 1 FROM article a WHERE a.ticket = t.number AND LOWER(a.text) LIKE ? ESCAPE '!'))"
)
_TIMES = frozenset({"opened_at", "changed_at"})


def contains(text: str) -> str:
    """A LIKE pattern for texts that contain this one, whatever signs it has (escape sign `!`)."""
    escaped = text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"


class ViewPart:
    """Read-only views; none of them keeps a writer out."""

    engine: Engine

    def tickets(self, state: str = "", queue: str = "", search: str = "", limit: int = 100) -> list[Plain]:
        """Tickets, latest change first; `search` looks into number, subject, addresses and texts."""
        conditions, values = ["1 = 1"], []
        for column, value in (("t.state", state), ("t.queue", queue)):
            if value:
                conditions.append(f"{column} = ?")
                values.append(value)
        if search:
            conditions.append(_FOUND)
            values += [contains(search)] * 4
        sql = f"{_TICKETS}{' AND '.join(conditions)} ORDER BY t.changed_at DESC, t.number DESC LIMIT ?"
        with self.engine.reading():
            rows = self.engine.rows(sql, *values, limit)
        return [_ticket(row) for row in rows]

    def show(self, number: int) -> Plain | None:
        """All that is known of one ticket; None if there is none of that number.

        Each article has the mails that its decision sent, with their fate.
        """
        with self.engine.reading():
            rows = self.engine.rows(f"{_TICKETS}t.number = ?", number)
            if not rows:
                return None
            ticket = self._all(schema.Ticket, "WHERE number = ?", number)[0]
            mails = self._mails("WHERE ticket = ? ORDER BY id", number)
            sent: defaultdict[int, list[Plain]] = defaultdict(list)
            for mail in mails:
                sent[mail["decision"]].append(mail)
            articles = self._all(schema.Article, "WHERE ticket = ? ORDER BY id", number)
            return {
                **ticket,
                **_ticket(rows[0]),
                "participants": self._all(schema.Participant, "WHERE ticket = ? ORDER BY slot", number),
                "fields": self._all(schema.Field, "WHERE ticket = ? ORDER BY name", number),
                "tags": [row["name"] for row in self._all(schema.Tag, "WHERE ticket = ? ORDER BY name", number)],
                "links": self._all(schema.Link, "WHERE ticket = ? OR other = ? ORDER BY ticket", number, number),
                "articles": [{**article, "mails": sent[article["decision"]]} for article in articles],
                "mails": mails,
                "decisions": self._decisions(number),
                "history": self._all(schema.History, "WHERE ticket = ? ORDER BY id", number),
                "timers": self._all(schema.Timer, "WHERE ticket = ? ORDER BY due_at", number),
            }

    def _decisions(self, number: int) -> list[Plain]:
        tail = "WHERE ticket = ? OR id IN (SELECT decision FROM history WHERE ticket = ?) ORDER BY id"
        return self._all(schema.Decision, tail, number, number)

    def outbox(self, state: str = "", limit: int = 100) -> list[Plain]:
        """Mails to send and sent, newest first, without their bytes.

        `uncertain` names all whose fate was ever unknown, also those that wait to be repeated or were.
        """
        if state == "uncertain":
            return self._mails("WHERE state = 'uncertain' OR uncertain > 0 ORDER BY id DESC LIMIT ?", limit)
        if state:
            return self._mails("WHERE state = ? ORDER BY id DESC LIMIT ?", state, limit)
        return self._mails("ORDER BY id DESC LIMIT ?", limit)

    def _mails(self, tail: str, *values: Any) -> list[Plain]:
        hidden = {"recipient_key", "text"}
        rows = self._all(schema.Outbox, tail, *values)
        return [{name: value for name, value in row.items() if name not in hidden} for row in rows]

    def quarantine(self, limit: int = 100) -> list[Plain]:
        """Messages that could not be read, newest first, with the report number each stands under."""
        return self._ledger("WHERE ended_as = 'quarantined' ORDER BY id DESC LIMIT ?", limit)

    def held(self, limit: int = 100) -> list[Plain]:
        """Messages that wait for an agent's confirmation, oldest first."""
        return self._ledger("WHERE ended_as = 'held' ORDER BY id LIMIT ?", limit)

    def _ledger(self, tail: str, *values: Any) -> list[Plain]:
        return [{**row, "arrival": row["id"]} for row in self._all(schema.Ledger, tail, *values)]

    def _all(self, model: type[Row], tail: str, *values: Any) -> list[Plain]:
        with self.engine.reading():
            return [dict(row.__data__) for row in self.engine.fetch(model, tail, *values)]

    def status(self) -> Plain:
        """The state of the desk: what waits where, what is uncertain, when each account was last looked into."""
        open_tickets = "SELECT queue, COUNT(*) FROM ticket WHERE state IN ('new', 'open', 'pending', 'checking')"
        with self.engine.reading():
            waiting = f"SELECT COUNT(*), MIN(received_at) FROM ledger WHERE {PENDING}"  # noqa: S608 - a constant
            pending, oldest = self.engine.rows(waiting)[0]
            return {
                "tickets": self._counts("SELECT state, COUNT(*) FROM ticket GROUP BY state"),
                "queues": self._counts(f"{open_tickets} GROUP BY queue"),
                "arrivals": self._counts(
                    "SELECT ended_as, COUNT(*) FROM ledger WHERE ended_as <> '' GROUP BY ended_as"
                ),
                "pending": pending,
                "oldest_pending_at": from_utc(oldest),
                "unfiled": self.engine.value(f"SELECT COUNT(*) FROM ledger WHERE {UNFILED}"),  # noqa: S608 - a constant
                "outbox": self._counts("SELECT state, COUNT(*) FROM outbox GROUP BY state"),
                "uncertain": self._mails("WHERE state = 'uncertain' ORDER BY id DESC LIMIT 20"),
                "refused": self.outbox("refused", 20),
                "service": self._all(
                    schema.Service, "WHERE id IN (SELECT MAX(id) FROM service GROUP BY what, account) ORDER BY id"
                ),
                "alarms": self._all(schema.Alarm, "ORDER BY over_at IS NOT NULL, last_at DESC LIMIT 20"),
            }

    def _counts(self, sql: str) -> dict[str, int]:
        return {name: int(count) for name, count in self.engine.rows(sql)}

    def alive(self) -> bool:
        """Whether the database answers just now."""
        try:
            with self.engine.reading():
                return bool(self.engine.value("SELECT 1"))
        except TROUBLE:
            return False


def _ticket(row: tuple[Any, ...]) -> Plain:
    named = zip(_TICKET_COLUMNS, row, strict=True)
    return {name: from_utc(value) if name in _TIMES else value for name, value in named}
