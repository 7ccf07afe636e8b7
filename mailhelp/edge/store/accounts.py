"""What the audit asks: is everything that stands in a mailbox in the ledger, and does the ledger add up?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import from_utc, index_key

_AT_ONCE = 200
# Not `delivery`: what the SMTP server says of a mail of ours is an article, too, and came in no mail.
_RECEIVED = "('report', 'reply', 'automatic')"


class AccountsPart:
    """Questions over the whole database; none of them is asked for each message."""

    engine: Engine

    def known_content(self, account: str, values: Sequence[str], *, by: str) -> set[str]:
        """Which of these message ids (`by="message_id"`) or digests (`by="sha256"`) the ledger has for an account."""
        column = {"message_id": "message_id", "sha256": "sha256"}[by]
        keys = {index_key(value): value for value in values if value}
        known: set[str] = set()
        wanted = list(keys)
        with self.engine.reading():
            for start in range(0, len(wanted), _AT_ONCE):
                part = wanted[start : start + _AT_ONCE]
                found = f"{column} IN {marks(part)} AND {column} <> ''"
                sql = f"SELECT DISTINCT {column} FROM ledger WHERE {found} AND account = ?"  # noqa: S608 - marks
                known |= {keys[key] for (key,) in self.engine.rows(sql, *padded(part), account)}
        return known

    def balance(self) -> dict[str, Any]:
        """Counts and contradictions of the whole database, for `audit`.

        `without_end` are arrivals (id, received_at) that nobody decided yet; the three lists after it must be empty.
        """
        with self.engine.reading():
            pending = self.engine.rows("SELECT id, received_at FROM ledger WHERE ended_as = '' ORDER BY id")
            return {
                "ends": self._counted("SELECT ended_as, COUNT(*) FROM ledger WHERE ended_as <> '' GROUP BY ended_as"),
                "without_end": [(arrival, from_utc(at)) for arrival, at in pending],
                "tickets_without_articles": self._numbers(
                    "SELECT number FROM ticket t WHERE NOT EXISTS (SELECT 1 FROM article a WHERE a.ticket = t.number)"
                ),
                "articles_without_arrival": self._numbers(
                    f"SELECT id FROM article WHERE arrival IS NULL AND kind IN {_RECEIVED}"  # noqa: S608 - a constant
                ),
                "ends_without_article": self._numbers(
                    "SELECT id FROM ledger l WHERE ended_as = 'article' "
                    "AND NOT EXISTS (SELECT 1 FROM article a WHERE a.arrival = l.id)"
                ),
                "outbox": self._counted("SELECT state, COUNT(*) FROM outbox GROUP BY state"),
            }

    def _numbers(self, sql: str) -> list[int]:
        return [row[0] for row in self.engine.rows(f"{sql} ORDER BY 1")]

    def _counted(self, sql: str) -> dict[str, int]:
        return {name: int(count) for name, count in self.engine.rows(sql)}
