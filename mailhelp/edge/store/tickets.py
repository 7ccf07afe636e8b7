"""Tickets as decisions see them: loaded whole, a fixed number of queries for any number of tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from mailhelp.desk.model import (
    ArticleHead,
    ArticleKind,
    Asked,
    CloseReason,
    Doubt,
    Earlier,
    FieldValue,
    Heard,
    Participant,
    Past,
    Recent,
    Role,
    State,
    Ticket,
)
from mailhelp.edge.store import schema
from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import from_json, from_utc, index_key
from mailhelp.mail.message import Address

ARTICLES = 50
MAX_TICKETS = 32
"""More candidates than this no honest mail has; references of a hostile one may name thousands."""

HEARD = 20
HEARD_CHARS = 20_000
"""How many articles of a ticket, and characters of each, are read again when its data is complete or compared."""

RECENT = 5
"""Open reports of one sender that a new one is compared with."""

_RECENT = (
    "SELECT t.number, a.text FROM ticket t JOIN article a ON a.id = "
    "(SELECT MIN(id) FROM article WHERE ticket = t.number AND kind = 'report' AND NOT internal) WHERE t.requester = ? "
    "AND t.state IN ('new', 'open', 'pending', 'checking') ORDER BY t.number DESC LIMIT ?"
)

EARLIER = 4
"""Earlier reports of one person that are read: one more than a notice shows, as the report itself may be among them."""

MOST_EARLIER = 100
"""Up to here they are counted: a form on a website may send thousands from one address."""

_EARLIER = (
    "SELECT number, subject, state, category, opened_at FROM ticket "
    "WHERE requester = ? AND close_reason <> 'duplicate' ORDER BY number DESC LIMIT ?"
)
_PARTICIPANTS = (
    "SELECT ticket, slot, role, addr, name, root_id, last_id, reachable FROM participant WHERE ticket IN {} "
    "ORDER BY ticket, slot"
)
_FIELDS = "SELECT ticket, name, value, detail FROM field WHERE ticket IN {} ORDER BY ticket, name"
"""Read without models: a ticket has a score of fields, and every mail of its requester loads them all."""
T = TypeVar("T")


def load_tickets(engine: Engine, numbers: Iterable[int], *, articles: bool = True) -> dict[int, Ticket]:
    """The tickets that exist among these numbers, by number; call it inside a unit or a reading.

    Without `articles` they have none: that saves a query for each.
    """
    wanted = list(dict.fromkeys(numbers))[:MAX_TICKETS]
    if not wanted:
        return {}
    heads = engine.fetch(schema.Ticket, f"WHERE number IN {marks(wanted)}", *padded(wanted))
    if not heads:
        return {}
    found = [head.number for head in heads]
    people = _by_ticket(_participants(engine, found))
    fields = _by_ticket(_fields(engine, found))
    tags = _by_ticket(_tags(engine, found))
    asked = _by_ticket(_asked(engine, found))
    return {
        head.number: _ticket(head, people, fields, tags, asked, _articles(engine, head.number) if articles else ())
        for head in heads
    }


def _ticket(
    head: schema.Ticket,
    people: Mapping[int, list[Participant]],
    fields: Mapping[int, list[tuple[str, FieldValue]]],
    tags: Mapping[int, list[str]],
    asked: Mapping[int, list[Asked]],
    articles: tuple[ArticleHead, ...],
) -> Ticket:
    return Ticket(
        id=head.number, number=head.number, state=State(head.state), subject=head.subject, queue=head.queue,
        opened_at=head.opened_at, changed_at=head.changed_at, owner=head.owner, category=head.category,
        subcategory=head.subcategory, user_type=head.user_type, priority=head.priority, language=head.language,
        tags=frozenset(tags[head.number]), fields=dict(fields[head.number]),
        close_reason=CloseReason(head.close_reason) if head.close_reason else None,
        participants=tuple(people[head.number]), articles=articles, asked=tuple(asked[head.number]),
    )  # fmt: skip


def _by_ticket(pairs: Iterable[tuple[int, T]]) -> defaultdict[int, list[T]]:
    made: defaultdict[int, list[T]] = defaultdict(list)
    for number, value in pairs:
        made[number].append(value)
    return made


def _participants(engine: Engine, numbers: list[int]) -> list[tuple[int, Participant]]:
    sql = _PARTICIPANTS.format(marks(numbers))
    return [
        (ticket, Participant(slot, Role(role), Address(addr, name), root_id, last_id, bool(reachable)))
        for ticket, slot, role, addr, name, root_id, last_id, reachable in engine.rows(sql, *padded(numbers))
    ]


def _fields(engine: Engine, numbers: list[int]) -> list[tuple[int, tuple[str, FieldValue]]]:
    rows = engine.rows(_FIELDS.format(marks(numbers)), *padded(numbers))
    return [(ticket, (name, to_field(value, from_json(detail)))) for ticket, name, value, detail in rows]


def _tags(engine: Engine, numbers: list[int]) -> list[tuple[int, str]]:
    sql = f"SELECT ticket, name FROM tag WHERE ticket IN {marks(numbers)}"  # noqa: S608 - marks
    return [(number, name) for number, name in engine.rows(sql, *padded(numbers))]


def _asked(engine: Engine, numbers: list[int]) -> list[tuple[int, Asked]]:
    rows = engine.fetch(schema.Asked, f"WHERE ticket IN {marks(numbers)} ORDER BY ticket, id", *padded(numbers))
    return [(row.ticket, Asked(row.at, tuple(row.fields), row.by_agent)) for row in rows]


def load_heard(engine: Engine, number: int) -> tuple[Heard, ...]:
    """What the requester and people in copy wrote on a ticket, oldest first, bounded."""
    tail = "WHERE ticket = ? AND kind IN ('report', 'reply') ORDER BY id LIMIT ?"
    return tuple(
        Heard(ArticleKind(row.kind), row.at, row.text[:HEARD_CHARS], row.arrival, tuple(row.attachments))
        for row in engine.fetch(schema.Article, tail, number, HEARD)
    )


def load_recent(engine: Engine, requester: str) -> tuple[Recent, ...]:
    """The latest open reports of a requester (the key of an address), newest first."""
    texts = dict(engine.rows(_RECENT, requester, RECENT))
    tickets = load_tickets(engine, texts, articles=False)
    return tuple(Recent(tickets[number], text[:HEARD_CHARS]) for number, text in texts.items())


def load_earlier(engine: Engine, requester: str) -> Earlier:
    """What the person of an address (its key) reported before, without reports that only repeated another one."""
    rows = engine.rows(_EARLIER, index_key(requester), MOST_EARLIER)
    reports = (
        Past(number, subject, State(state), category, _time(at))
        for number, subject, state, category, at in rows[:EARLIER]
    )
    return Earlier(requester, tuple(reports), len(rows))


def _articles(engine: Engine, number: int) -> tuple[ArticleHead, ...]:
    """The latest 50, oldest first; their texts stay in the database."""
    sql = "SELECT id, kind, author, at, message_id FROM article WHERE ticket = ? ORDER BY id DESC LIMIT ?"
    heads = [_head(*row) for row in engine.rows(sql, number, ARTICLES)]
    return tuple(reversed(heads))


def _head(article: int, kind: str, author: str, at: Any, message_id: str) -> ArticleHead:
    return ArticleHead(article, ArticleKind(kind), author, _time(at), message_id)


def _time(at: Any) -> datetime:
    moment = from_utc(at)
    assert moment is not None
    return moment


def field_detail(value: FieldValue) -> dict[str, Any]:
    """What is stored beside a field's value."""
    return {
        "how": value.how, "sure": value.sure, "span": list(value.span) if value.span else None, "raw": value.raw,
        "warnings": [{"code": one.code, "values": list(one.values)} for one in value.warnings],
    }  # fmt: skip


def to_field(value: str, detail: Mapping[str, Any]) -> FieldValue:
    """A field as the desk knows it; the inverse of `field_detail`."""
    span = detail.get("span")
    return FieldValue(
        value=value, how=detail.get("how", "label"), sure=detail.get("sure", 1.0),
        span=(span[0], span[1]) if span else None, raw=detail.get("raw", ""),
        warnings=tuple(Doubt(one["code"], tuple(one["values"])) for one in detail.get("warnings", ())),
    )  # fmt: skip
