"""The hand that writes one decision: what it touches is read once, collected, and written together at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mailhelp.edge.store import schema
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.fields import index_key

OPEN_STATES = frozenset({"new", "open", "pending", "checking"})
LOAD = "load"
ROUND_ROBIN = "round-robin"


class Conflict(Exception):  # noqa: N818 - nothing is wrong, somebody was faster
    """The decision was made on facts that hold no more (another daemon was faster): gather and decide again."""


@dataclass(slots=True)
class Held:
    """A ticket while it is written to: `before` is what the database has of the changed columns."""

    row: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    fresh: bool = False


@dataclass(slots=True)
class Pen:
    """One decision being written. `now` is aware UTC; `decision` is the id of its row."""

    engine: Engine
    decision: int
    now: datetime
    tickets: dict[int, Held] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    refs: dict[str, int] = field(default_factory=dict)
    people: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    threads: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    raws: list[dict[str, Any]] = field(default_factory=list)
    tally: Counter[tuple[str, str]] = field(default_factory=Counter)

    def ticket(self, number: int) -> Held:
        """The ticket, read on first use; Conflict if it does not exist."""
        held = self.tickets.get(number)
        if held is None:
            found = self.engine.fetch(schema.Ticket, "WHERE number = ?", number)
            if not found:
                raise Conflict(f"ticket {number} does not exist")
            held = self.tickets[number] = Held(dict(found[0].__data__))
        return held

    def opened(self, values: dict[str, Any]) -> None:
        """A ticket was inserted with these values."""
        self.tickets[values["number"]] = Held(values, fresh=True)

    def change(self, number: int, column: str, value: str, reason: str) -> bool:
        """Change one column of a ticket, with its line in the history; False if it has that value already."""
        held = self.ticket(number)
        old = held.row[column]
        if old == value:
            return False
        held.before.setdefault(column, old)
        held.row[column] = value
        self.note(number, column, old, value, reason)
        return True

    def note(self, number: int, what: str, before: str, after: str, reason: str = "") -> None:
        """A line in the ticket's history."""
        self.ticket(number)
        self.history.append(
            {
                "ticket": number, "at": self.now, "what": what, "before": before, "after": after, "reason": reason,
                "decision": self.decision,
            }
        )  # fmt: skip

    def refer(self, message_id: str, number: int) -> None:
        """From now on this message id leads to this ticket, unless it leads to another one already."""
        if message_id and number:
            self.refs.setdefault(index_key(message_id), number)

    def joined(self, values: dict[str, Any]) -> None:
        """A person has come to a ticket: the row of a participant."""
        key = values["ticket"], values["slot"]
        if key in self.people:
            self.seat()  # so that the database refuses the second one
        self.people[key] = values

    def exchanged(self, number: int, slot: int, message_id: str) -> None:
        """A mail came from or goes to this participant: the next one to that person stands under it."""
        first, _ = self.threads.get((number, slot), (message_id, ""))
        self.threads[number, slot] = first, message_id

    def seat(self) -> None:
        """Write what was collected of participants; call it before their rows are read or changed."""
        for key, (first, last) in self.threads.items():
            if key in self.people:
                self.people[key] |= {"root_id": first, "last_id": last}
                continue
            self.engine.run(
                "UPDATE participant SET root_id = CASE WHEN root_id = '' THEN ? ELSE root_id END, last_id = ? "
                "WHERE ticket = ? AND slot = ?",
                first, last, *key,
            )  # fmt: skip
        if self.people:
            self.engine.insert_many(schema.Participant, list(self.people.values()))
        self.people, self.threads = {}, {}

    def flush(self) -> None:
        """Write what was collected."""
        for number, held in self.tickets.items():
            self._write_ticket(number, held)
        self.seat()
        if self.raws:
            self.engine.insert_many(schema.OutboxRaw, self.raws)
        if self.history:
            self.engine.insert_many(schema.History, self.history)
        if self.refs:
            rows = [{"message_id": key, "ticket": number} for key, number in self.refs.items()]
            self.engine.insert_many(schema.MessageRef, rows, "ON CONFLICT DO NOTHING")
        counts = [{"kind": kind, "name": name, "value": n} for (kind, name), n in sorted(self.tally.items()) if n]
        if counts:
            upsert = "ON CONFLICT (kind, name) DO UPDATE SET value = tally.value + excluded.value"
            self.engine.insert_many(schema.Tally, counts, upsert)

    def _write_ticket(self, number: int, held: Held) -> None:
        row, before = held.row, held.before
        self._count_load(row, before, fresh=held.fresh)
        if held.fresh and not before:
            return
        columns = sorted(before)
        sets = ", ".join(f"{column} = ?" for column in (*columns, "changed_at"))
        self.engine.run(
            f"UPDATE ticket SET {sets} WHERE number = ?",  # noqa: S608 - names of columns, from the code
            *(row[column] for column in columns), self.now, number,
        )  # fmt: skip

    def _count_load(self, row: dict[str, Any], before: dict[str, Any], *, fresh: bool) -> None:
        owner, state = before.get("owner", row["owner"]), before.get("state", row["state"])
        if owner and state in OPEN_STATES and not fresh:
            self.tally[LOAD, owner] -= 1
        if row["owner"] and row["state"] in OPEN_STATES:
            self.tally[LOAD, row["owner"]] += 1
