"""Policies that were in force, and what was decided with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mailhelp.edge.store import schema
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.fields import from_json, from_utc

_READ_AHEAD = 500
_PAST = (
    "SELECT d.id, d.at, d.code, d.trace, d.policy_version, d.ticket, a.author, a.subject, a.text, "
    "a.arrival, o.queue, o.category, o.subcategory "
    "FROM decision d LEFT JOIN article a ON a.ticket = d.ticket AND a.decision = d.id AND a.kind = 'report' "
    "LEFT JOIN link l ON l.ticket = d.ticket AND l.kind = 'follow-up' LEFT JOIN ticket o ON o.number = l.other "
    "WHERE d.id >= ? AND d.id < ? ORDER BY d.id LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision as it was stored. If it opened a report: its `author` (else empty), subject, text and arrival.

    `earlier` is (queue, category, subcategory) of the closed report that a new one follows.
    """

    decision: int
    at: datetime
    code: str
    trace: Mapping[str, Any]
    policy_version: str
    ticket: int | None
    author: str
    subject: str
    text: str
    arrival: int
    earlier: tuple[str, str, str] | None


class PolicyPart:
    """Reading versions and what was decided with them."""

    engine: Engine

    def policy_versions(self) -> list[dict[str, Any]]:
        """Each version that is kept: `version`, `first_seen`, `decisions` and when the `last` was; oldest first."""
        with self.engine.reading():
            sql = "SELECT policy_version, COUNT(*), MAX(at) FROM decision GROUP BY policy_version"
            counts = {version: (count, from_utc(last)) for version, count, last in self.engine.rows(sql)}
            kept = self.engine.rows("SELECT version, first_seen FROM policy_version ORDER BY first_seen, version")
        return [
            {"version": version, "first_seen": from_utc(first), "decisions": count, "last": last}
            for version, first in kept
            for count, last in [counts.get(version, (0, None))]
        ]

    def policy_content(self, version: str) -> Mapping[str, Any] | None:
        """What was kept under that version; None when nothing was."""
        with self.engine.reading():
            found = self.engine.fetch(schema.PolicyVersion, "WHERE version = ?", version)
        return dict(found[0].content) if found else None

    def decisions_since(self, since: datetime) -> tuple[int, int]:
        """The ids of decisions from `since` on, as a half-open range."""
        with self.engine.reading():
            sql = "SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), -1) + 1 FROM decision WHERE at >= ?"
            low, high = self.engine.rows(sql, since)[0]
        return int(low), int(high)

    def past_decisions(self, low: int, high: int) -> Iterator[PastDecision]:
        """The decisions with ids from `low` up to `high` (not included), in order, read in pieces."""
        while low < high:
            with self.engine.reading():
                rows = self.engine.rows(_PAST, low, high, _READ_AHEAD)
            yield from map(_past, rows)
            if len(rows) < _READ_AHEAD:
                return
            low = rows[-1][0] + 1


def _past(row: tuple[Any, ...]) -> PastDecision:
    decision, at, code, trace, version, ticket, author, subject, text, arrival, *earlier = row
    moment = from_utc(at)
    assert moment is not None
    queue, category, subcategory = earlier
    return PastDecision(
        decision, moment, code, from_json(trace), version, ticket, author or "", subject or "", text or "",
        arrival or 0, None if queue is None else (queue, category, subcategory),
    )  # fmt: skip
