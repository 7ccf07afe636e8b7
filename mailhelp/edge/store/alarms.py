"""Alarms as rows: one for each code and text, counted; what the admin was mailed of them; when they were over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mailhelp.desk.alarmcase import LASTING, Health, Raised
from mailhelp.desk.effect import Alarm, AlarmOver, AlarmsTold
from mailhelp.edge.store import schema
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.fields import from_utc
from mailhelp.edge.store.ledger import PENDING

_CHARS = 500
_LATEST = "WHERE id IN (SELECT MAX(id) FROM service GROUP BY what, account) ORDER BY id"
_NAMES = ", ".join(f"'{code}'" for code in sorted(LASTING))
_DUE = (
    "WHERE count > told_count OR told_at >= ? OR over_at > told_at "
    f"OR (over_at IS NULL AND code IN ({_NAMES})) ORDER BY since, code, text"
)


class AlarmPart:
    """Raising and reading alarms."""

    engine: Engine

    def alarm(self, code: str, text: str, now: datetime) -> None:
        """Raise an alarm outside a decision (a login that fails, a breaker)."""
        with self.engine.unit():
            raise_alarm(self.engine, Alarm(code, text), now)

    def alarms(self, limit: int = 20) -> list[dict[str, Any]]:
        """The latest alarms, newest first."""
        with self.engine.reading():
            return [
                dict(row.__data__) for row in self.engine.fetch(schema.Alarm, "ORDER BY last_at DESC LIMIT ?", limit)
            ]

    def raised(self, since: datetime) -> tuple[Raised, ...]:
        """The alarms about which there may be something to tell; those that were told since then are among them."""
        with self.engine.reading():
            return tuple(Raised(**row.__data__) for row in self.engine.fetch(schema.Alarm, _DUE, since))

    def alarm_waits(self) -> bool:
        """Whether a mail to the admin has not left yet."""
        sql = "SELECT 1 FROM outbox WHERE (state = 'queued' OR state = 'waiting') AND priority = 1 AND kind = 'alarm'"
        with self.engine.reading():
            return bool(self.engine.value(f"{sql} LIMIT 1"))

    def health(self, accounts: Sequence[str]) -> Health:
        """How the desk is doing, as far as the database knows; `accounts` are the mailboxes of config.toml."""
        with self.engine.reading():
            down = [row for row in self.engine.fetch(schema.Service, _LATEST) if not row.up]
            sql = "SELECT id, kind, recipient FROM outbox WHERE state = 'uncertain' AND kind <> 'alarm' ORDER BY id"
            uncertain = self.engine.rows(sql)
            oldest = self.engine.value(f"SELECT MIN(received_at) FROM ledger WHERE {PENDING}")  # noqa: S608 - a constant
        boxes = [row for row in down if row.account in accounts]
        return Health(
            unread=tuple((row.account, row.since) for row in boxes if row.what == "imap"),
            incomplete=tuple((row.account, row.since) for row in boxes if row.what == "sweep"),
            sending=not any(row.what == "smtp" for row in down),
            uncertain=tuple(f"Mail {one} ({kind} to {to}) may or may not have arrived." for one, kind, to in uncertain),
            waiting_since=from_utc(oldest),
        )


def raise_alarm(engine: Engine, alarm: Alarm, now: datetime) -> None:
    """Count an alarm. One that the admin was told already, or never will be, counts as told."""
    values = {
        "code": alarm.code, "text": alarm.text[:_CHARS], "since": now, "last_at": now, "count": 1, "told_count": 0,
        "told_at": None, "over_at": None,
    }  # fmt: skip
    upsert = (
        "ON CONFLICT (code, text) DO UPDATE SET last_at = excluded.last_at, count = alarm.count + 1, over_at = NULL, "
        "since = CASE WHEN alarm.over_at IS NULL THEN alarm.since ELSE excluded.since END"
    )
    engine.insert(schema.Alarm, values, upsert)
    if alarm.told:
        tell(engine, AlarmsTold(((alarm.code, alarm.text),)), now)


def end_alarm(engine: Engine, effect: AlarmOver, now: datetime) -> None:
    """Its cause is gone."""
    engine.run("UPDATE alarm SET over_at = ? WHERE code = ? AND text = ?", now, effect.code, effect.text)


def tell(engine: Engine, effect: AlarmsTold, now: datetime) -> None:
    """The admin knows of all that was counted."""
    sql = "UPDATE alarm SET told_count = count, told_at = ? WHERE code = ? AND text = ?"
    for code, text in effect.alarms:
        engine.run(sql, now, code, text[:_CHARS])
