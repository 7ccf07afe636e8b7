"""The service log, timers and policy versions: what the desk must remember besides tickets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mailhelp.edge.store import schema
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.fields import from_utc
from mailhelp.edge.store.records import DueTimer

GAP = timedelta(minutes=10)
"""Two reports further apart than this are two spans: between them nobody knows."""
COARSE = timedelta(seconds=15)
"""A span is written forward in steps of this length; each write waits for the disk."""
SWEEP = "sweep"


class ServicePart:
    """Small records of the running desk."""

    engine: Engine

    def service(
        self,
        what: str,
        account: str,
        ok: bool,  # noqa: FBT001 - one report reads well without its names
        at: datetime,
        detail: str = "",
        *,
        gap: timedelta = GAP,
    ) -> None:
        """Report that `imap`, `smtp`, `database` or a complete `sweep` (begun at `at`) was usable, or was not.

        Equal reports at most `gap` apart extend one span, so that the log grows with changes and not with polls.
        """
        with self.engine.reading():
            if self._known_well(what, account, ok, at, detail):
                return
        with self.engine.unit():
            last = self._latest_span(what, account)
            went_back = last is not None and last.until - at > gap  # the clock was ahead, and its span is no proof
            if last is None or last.up != ok or at - last.until > gap or went_back:
                span = {"what": what, "account": account, "up": ok, "since": at, "until": at, "detail": detail}
                self.engine.insert(schema.Service, span)
            elif at > last.until or detail != last.detail:
                sql = "UPDATE service SET until = ?, detail = ? WHERE id = ?"
                self.engine.run(sql, max(at, last.until), detail, last.id)

    def _latest_span(self, what: str, account: str) -> schema.Service | None:
        tail = "WHERE what = ? AND account = ? ORDER BY id DESC LIMIT 1"
        return next(iter(self.engine.fetch(schema.Service, tail, what, account)), None)

    def _known_well(self, what: str, account: str, ok: bool, at: datetime, detail: str) -> bool:  # noqa: FBT001
        """Whether the log says so already. When a sweep began must be exact: closing for silence asks for it."""
        last = self._latest_span(what, account)
        if last is None or last.up != ok or last.detail != detail or what == SWEEP:
            return False
        return timedelta(0) <= at - last.until < COARSE

    def spans(self, what: str, account: str, since: datetime) -> list[dict[str, Any]]:
        """The spans of the service log that reach beyond `since`, oldest first."""
        tail = "WHERE what = ? AND account = ? AND until >= ? ORDER BY id"
        with self.engine.reading():
            return [dict(row.__data__) for row in self.engine.fetch(schema.Service, tail, what, account, since)]

    def due_timers(self, now: datetime, limit: int) -> list[DueTimer]:
        """Timers whose time has come, the longest overdue first. Each stays until a decision clears or moves it."""
        sql = "SELECT id, ticket, name, due_at FROM timer WHERE due_at <= ? ORDER BY due_at, id LIMIT ?"
        with self.engine.reading():
            rows = self.engine.rows(sql, now, limit)
        return [DueTimer(timer, ticket, name, from_utc(due) or now) for timer, ticket, name, due in rows]

    def remember_policy(self, version: str, content: Mapping[str, Any], now: datetime) -> bool:
        """Keep a policy under its hash; returns whether it is new."""
        values = {"version": version, "content": content, "first_seen": now}
        with self.engine.unit():
            tail = "ON CONFLICT DO NOTHING RETURNING version"
            return self.engine.insert(schema.PolicyVersion, values, tail) is not None
