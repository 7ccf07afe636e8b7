"""The outbox as a queue: who may try what and when, and what became of it (design §5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from mailhelp.desk.model import MailKind
from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import from_utc
from mailhelp.edge.store.letters import PRIORITY
from mailhelp.edge.store.records import OutboxMail, SendState

_WAITING = "(state = 'queued' OR state = 'waiting')"
_PRIORITIES = sorted(set(PRIORITY.values()))
_CLAIMED = (
    "SELECT o.id, o.kind, o.recipient, o.envelope_from, o.message_id, r.data, o.attempts, COALESCE(o.ticket, 0), "
    "o.slot, o.priority, o.uncertain, o.not_after FROM outbox o JOIN outbox_raw r ON r.outbox = o.id WHERE o.id IN "
)


class OutboxPart:
    """Claiming and settling mails to send."""

    engine: Engine

    def claim(self, now: datetime, limit: int, lease: timedelta) -> list[OutboxMail]:
        """Take up to `limit` mails that are due, most urgent first, each group oldest first.

        Their attempts are counted and their next attempt moved to the end of the lease, committed before this returns:
        no other claim gives them out meanwhile.
        """
        due = self.next_due(now)
        if due is None or due > now or limit < 1:
            return []  # without taking the write lock
        with self.engine.unit():
            self._withdraw_late(now)
            ids = self._due_ids(now, limit)
            if not ids:
                return []
            self.engine.run(
                "UPDATE outbox SET state = 'attempting', attempts = attempts + 1, data_begun = ?, "  # noqa: S608 - marks
                f"next_attempt_at = ?, changed_at = ? WHERE id IN {marks(ids)}",
                False, now + lease, now, *padded(ids),
            )  # fmt: skip
            rows = {row[0]: row for row in self.engine.rows(_CLAIMED + marks(ids), *padded(ids))}
        return [_outbox_mail(rows[outbox_id]) for outbox_id in ids]

    def _withdraw_late(self, now: datetime) -> None:
        """Reminders that could not leave in their time."""
        sql = (
            "UPDATE outbox SET state = 'withdrawn', changed_at = ?, reply = 'could not leave in its time' "  # noqa: S608
            f"WHERE {_WAITING} AND priority = ? AND next_attempt_at <= ? AND not_after < ?"
        )
        self.engine.run(sql, now, PRIORITY[MailKind.REMINDER], now, now)

    def _due_ids(self, now: datetime, limit: int) -> list[int]:
        ids: list[int] = []
        sql = (
            f"SELECT id FROM outbox WHERE {_WAITING} AND priority = ? AND next_attempt_at <= ? "  # noqa: S608 - constants
            f"ORDER BY next_attempt_at, id LIMIT ?{self.engine.skip_locked}"
        )
        for priority in _PRIORITIES:
            if len(ids) < limit:
                ids += [row[0] for row in self.engine.rows(sql, priority, now, limit - len(ids))]
        return ids

    def next_due(self, now: datetime) -> datetime | None:
        """When the next mail is due (not after `now`: at once); None when nothing waits."""
        sql = f"SELECT MIN(next_attempt_at) FROM outbox WHERE {_WAITING} AND priority = ?"  # noqa: S608 - a constant
        first: datetime | None = None
        with self.engine.reading():
            for priority in _PRIORITIES:
                due = from_utc(self.engine.value(sql, priority))
                if due is not None and due <= now:
                    return due
                first = min(filter(None, (first, due)), default=None)
        return first

    def data_begun(self, outbox_id: int) -> None:
        """Commit, before DATA is sent, that from here on the fate of this try may become uncertain."""
        with self.engine.unit():
            self.engine.run("UPDATE outbox SET data_begun = ? WHERE id = ? AND state = 'attempting'", True, outbox_id)

    def settle(
        self, outbox_id: int, state: str, now: datetime, reply: str, next_attempt_at: datetime | None = None
    ) -> bool:
        """Record what became of a try; `reply` is the server's. Returns whether it counted.

        `sent` always counts. Anything else counts only for a mail being tried, or one uncertain that is queued again:
        the word of a try whose lease ended long ago does not undo a later one.
        """
        state = SendState(state)
        sets, values = "state = ?, reply = ?, changed_at = ?", [state.value, reply, now]
        if next_attempt_at is not None:
            sets, values = f"{sets}, next_attempt_at = ?", [*values, next_attempt_at]
        elif state is SendState.QUEUED:
            sets, values = f"{sets}, next_attempt_at = ?", [*values, now]
        if state is SendState.UNCERTAIN:
            sets += ", uncertain = uncertain + 1"
        allowed = "state <> 'sent'" if state is SendState.SENT else "(state = 'attempting' OR state = 'uncertain')"
        sql = f"UPDATE outbox SET {sets} WHERE id = ? AND {allowed}"  # noqa: S608 - constants
        with self.engine.unit():
            return self.engine.changed(sql, *values, outbox_id) == 1

    def requeue_abandoned(self, now: datetime, *, all_of_them: bool = False) -> list[int]:
        """Take back mails whose try was abandoned; returns the ids of those whose fate is uncertain.

        Abandoned are those whose lease ended, or, when the only daemon starts, `all_of_them`. Before DATA nothing was
        sent and they are queued; after it they are uncertain.
        """
        attempting = "state = 'attempting'" + ("" if all_of_them else " AND next_attempt_at <= ?")
        when: Sequence[Any] = () if all_of_them else (now,)
        with self.engine.unit():
            lost = self.engine.rows(
                "UPDATE outbox SET state = 'uncertain', uncertain = uncertain + 1, changed_at = ?, "  # noqa: S608
                f"reply = 'abandoned after DATA had begun' WHERE {attempting} AND data_begun RETURNING id",
                now, *when,
            )  # fmt: skip
            self.engine.run(
                "UPDATE outbox SET state = 'queued', next_attempt_at = ?, changed_at = ?, "  # noqa: S608 - constants
                f"reply = 'abandoned before DATA' WHERE {attempting}",
                now, now, *when,
            )  # fmt: skip
        return sorted(row[0] for row in lost)

    def sent_since(self, since: datetime) -> list[datetime]:
        """When each mail sent after `since` was accepted: what counts against the day's quota."""
        sql = "SELECT changed_at FROM outbox WHERE state = 'sent' AND changed_at >= ?"
        with self.engine.reading():
            return [at for (value,) in self.engine.rows(sql, since) if (at := from_utc(value)) is not None]

    def outbox_mail(self, outbox_id: int) -> OutboxMail | None:
        """One mail with its bytes, whatever its state."""
        with self.engine.reading():
            rows = self.engine.rows(_CLAIMED + "(?)", outbox_id)
        return _outbox_mail(rows[0]) if rows else None


def _outbox_mail(row: tuple[Any, ...]) -> OutboxMail:
    outbox_id, kind, recipient, envelope_from, message_id, raw, attempts, ticket, slot, priority, uncertain, late = row
    return OutboxMail(
        outbox_id, MailKind(kind), recipient, envelope_from, message_id, bytes(raw), attempts, ticket, slot, priority,
        uncertain, from_utc(late),
    )  # fmt: skip
