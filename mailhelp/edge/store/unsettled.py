"""Mails that a person must settle and that could be somebody's answer: in quarantine, or held until an agent confirms.

Nobody is closed for silence while one of them waits (design §2, promise 3). A mail in quarantine is settled when the
report that it opened is resolved or closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from weakref import WeakKeyDictionary

from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import index_key
from mailhelp.mail.glimpse import HEAD, Glimpse, glimpse

MOST = 200
"""Unsettled mails that are looked at, the latest ones; where there are more, none is ruled out."""
REMEMBERED = 1000
_QUARANTINED = (
    "SELECT l.id, l.ticket, COALESCE(l.raw_of, l.id) FROM ledger l LEFT JOIN ticket t ON t.number = l.ticket "
    "WHERE l.ended_as = 'quarantined' AND l.id > ? AND l.ended_at >= ? AND COALESCE(l.ticket, 0) <> ? "
    "AND COALESCE(t.state, '') NOT IN ('resolved', 'closed') ORDER BY l.id DESC LIMIT ?"
)
_FIRST = "SELECT COALESCE(MIN(arrival), 0) FROM article WHERE ticket = ?"
_HELD = (
    "SELECT l.id FROM ledger l LEFT JOIN outbox o ON o.confirm = l.id WHERE l.ended_as = 'held' "
    "AND (l.ticket = ? OR o.ticket = ? OR o.recipient_key IN {}) ORDER BY l.id LIMIT 1"
)
_PEOPLE = "SELECT addr_key FROM participant WHERE ticket = ? AND role <> 'agent'"
_HEAD = "SELECT SUBSTR(data, 1, ?) FROM raw_chunk WHERE arrival = ? AND n = 0"

_seen: WeakKeyDictionary[Engine, dict[int, Glimpse]] = WeakKeyDictionary()


def unsettled(engine: Engine, number: int, since: datetime) -> Iterator[str]:
    """Names of the mails decided on since then that could be an answer on this ticket; call it inside a reading."""
    people = [key for (key,) in engine.rows(_PEOPLE, number)] or [""]
    for (arrival,) in engine.rows(_HELD.format(marks(people)), number, number, *padded(people)):
        yield f"arrival {arrival}, held until an agent confirms it,"
    first = engine.value(_FIRST, number)
    found = engine.rows(_QUARANTINED, first, since, number, MOST)
    for arrival, ticket, holder in found:
        if len(found) == MOST or _concerns(engine, _look(engine, holder), number, frozenset(people)):
            yield f"arrival {arrival}, in quarantine as {ticket},"


def _concerns(engine: Engine, mail: Glimpse, number: int, people: frozenset[str]) -> bool:
    """Whether a mail may come from one of these people, or refers to the ticket."""
    senders = None if mail.senders is None else frozenset(map(index_key, mail.senders))
    if number in mail.tickets or Glimpse(senders).is_from(people):
        return True
    keys = [index_key(one) for one in mail.ids]
    if not keys:
        return False
    sql = f"SELECT 1 FROM message_ref WHERE ticket = ? AND message_id IN {marks(keys)} LIMIT 1"  # noqa: S608 - marks
    return bool(engine.value(sql, number, *padded(keys)))


def _look(engine: Engine, holder: int) -> Glimpse:
    """What the head of a stored mail tells; read once."""
    seen = _seen.setdefault(engine, {})
    if holder not in seen:
        if len(seen) >= REMEMBERED:
            seen.clear()
        seen[holder] = glimpse(bytes(engine.value(_HEAD, HEAD, holder) or b""))
    return seen[holder]
