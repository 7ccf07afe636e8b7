"""Gather all that a decision may know about an event, in the transaction that will apply it (design §3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from mailhelp.desk.files import is_picture
from mailhelp.desk.model import Arrival, Case, Earlier, MailKind, Original, SentCounts, State, Ticket
from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import index_key
from mailhelp.edge.store.identity import identity
from mailhelp.edge.store.ledger import to_arrival
from mailhelp.edge.store.pen import LOAD, ROUND_ROBIN
from mailhelp.edge.store.schema import Ledger
from mailhelp.edge.store.tickets import load_earlier, load_heard, load_recent, load_tickets
from mailhelp.mail.message import Message
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Claim, Purpose

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MAX_IDS = 64
"""Of the ids that a mail refers to, nearest first; a mail may name thousands (RFC 5322 §3.6.4 sets no limit)."""
_OPEN = "(SELECT COUNT(*) FROM ticket WHERE requester = ? AND state IN ('new', 'open', 'pending', 'checking'))"
_KNOWN = "EXISTS (SELECT 1 FROM participant WHERE addr_key = ? AND role <> 'agent')"
_TO_PERSON = "(SELECT COUNT(*) FROM outbox WHERE recipient_key = ? AND created_at > ? AND automatic)"
_TO_ALL = "(SELECT COUNT(*) FROM outbox WHERE created_at > ? AND automatic)"
_SAME = "(SELECT MIN(id) FROM ledger WHERE identity = ? AND identity <> '' AND id <> ?)"
_RESCAN = "EXISTS (SELECT 1 FROM ledger WHERE sha256 = ? AND account = ? AND folder = ? AND uidvalidity <> ?)"
_PERSON = f"SELECT {_OPEN}, {_KNOWN}, {_TO_PERSON}, {_TO_PERSON}, {_TO_ALL}"
_ARRIVED = f"{_PERSON}, {_SAME}, {_RESCAN}"
"""What is counted and looked up for every mail, in one statement: each costs more than what it looks for."""
_ORIGINAL = "SELECT id, COALESCE(ticket, 0), slot, recipient, kind FROM outbox WHERE "


class _Seen(NamedTuple):
    """The row of `_PERSON` or `_ARRIVED`."""

    open_reports: int
    known: bool
    hour: int
    day: int
    everywhere: int
    same: int | None = None
    rescan: bool = False


class CasePart:
    """Cases for arrivals and for tickets."""

    engine: Engine

    def case_for(self, arrival: Arrival, message: Message | None, evidence: Evidence | None, now: datetime) -> Case:
        """The case for an arriving message; `message` is None for one that cannot be read.

        Call it inside the unit (and savepoint) that applies the decision: it takes the next report number and notes the
        message's identity in the ledger. On PostgreSQL it holds the row of the counter until the unit ends, so that
        decisions of several daemons follow each other. An arrival with id 0 is not in the ledger: nothing is noted.
        """
        with self.engine.unit():
            evidence = evidence or Evidence()
            claims = [found.claim for found in evidence.claims]
            number = self._next_number()
            by_id = self._numbers_of(evidence.ids)
            original = self._original(message, claims)
            named = _named(claims, by_id.values(), evidence.numbers)
            candidates = load_tickets(self.engine, [*([original.ticket] if original else ()), *named])
            address = message.sender.address.key if message and message.sender.address else ""
            key = identity(arrival, message)
            seen = self._looked_up(address, now, arrival, key)
            same, same_ticket = self._same(seen.same)
            self._note(arrival, message, key)
            turns, load = self._tallies()
            recent = load_recent(self.engine, index_key(address)) if seen.open_reports and not candidates else ()
            asked = (*candidates.values(), *(one.ticket for one in recent))
            waiting = [one.number for one in asked if one.asked and one.state is State.PENDING]
            return Case(
                next_number=number, candidates=candidates, by_id=by_id, duplicate_of=same, duplicate_ticket=same_ticket,
                rescan=seen.rescan, original=original,
                sent=self._sent(seen, candidates, now), open_reports=seen.open_reports,
                known_sender=seen.known, earlier=load_earlier(self.engine, address) if seen.known else Earlier(),
                held=self._held(claims), round_robin=turns, load=load, known_files=self._pictures(address, message),
                recent=recent, heard={number: load_heard(self.engine, number) for number in waiting},
            )  # fmt: skip

    def case_of_ticket(self, number: int, now: datetime) -> Case:
        """The case for a timer or a failed sending; without candidates when the ticket does not exist."""
        with self.engine.unit():
            next_number, (turns, load) = self._next_number(), self._tallies()
            candidates = load_tickets(self.engine, [number])
            requester = candidates[number].requester if candidates else None
            address = requester.address.key if requester else ""
            seen = self._looked_up(address, now)
            return Case(
                next_number=next_number, candidates=candidates, sent=self._sent(seen, candidates, now),
                open_reports=seen.open_reports, known_sender=bool(address),
                round_robin=turns, load=load,
            )  # fmt: skip

    def tickets_by_number(self, numbers: Iterable[int]) -> dict[int, Ticket]:
        """Tickets as the desk knows them, those that exist."""
        with self.engine.reading():
            return load_tickets(self.engine, numbers)

    def _next_number(self) -> int:
        sql = f"SELECT value FROM counter WHERE name = 'ticket'{self.engine.for_update}"  # noqa: S608 - a constant
        return int(self.engine.value(sql))

    def _numbers_of(self, ids: Sequence[str]) -> dict[str, int]:
        """The ticket of each stored message id."""
        keys = {index_key(message_id): message_id for message_id in reversed(ids[:MAX_IDS])}
        if not keys:
            return {}
        sql = f"SELECT message_id, ticket FROM message_ref WHERE message_id IN {marks(list(keys))}"  # noqa: S608 - marks
        return {keys[key]: number for key, number in self.engine.rows(sql, *padded(list(keys)))}

    def _looked_up(self, address: str, now: datetime, arrival: Arrival | None = None, key: str = "") -> _Seen:
        """What is known of an address (the key of one; it may be empty), and of an arrival with that identity."""
        who, hour, day = index_key(address), now - HOUR, now - DAY
        values = (who, who, who, hour, who, day, hour)
        if arrival is None:
            found = _Seen(*self.engine.rows(_PERSON, *values)[0])
        else:
            place = (arrival.sha256, arrival.account, arrival.folder, arrival.uidvalidity)
            found = _Seen(*self.engine.rows(_ARRIVED, *values, key, arrival.id, *place)[0])
        found = found._replace(known=bool(found.known), rescan=bool(found.rescan))
        return found if address else found._replace(open_reports=0, known=False, hour=0, day=0)

    def _same(self, earlier: int | None) -> tuple[int | None, int | None]:
        """The earlier arrival that is the same message, and its ticket."""
        if earlier is None:
            return None, None
        return earlier, self.engine.value("SELECT ticket FROM ledger WHERE id = ?", earlier)

    def _note(self, arrival: Arrival, message: Message | None, key: str) -> None:
        """Note the identity of an arrival that is in the ledger."""
        if arrival.id:
            self.engine.run(
                "UPDATE ledger SET identity = ?, message_id = ? WHERE id = ?",
                key, index_key(message.message_id) if message else "", arrival.id,
            )  # fmt: skip

    def _original(self, message: Message | None, claims: Sequence[Claim]) -> Original | None:
        """Our mail that a delivery report speaks of: by its id, else the last one to the participant of the token."""
        if message and message.report and message.report.original_message_id:
            found = self.engine.rows(_ORIGINAL + "message_id = ?", message.report.original_message_id)
            if found:
                return _to_original(*found[0])
        for claim in claims:
            if claim.purpose is Purpose.BOUNCE:
                tail = "ticket = ? AND slot = ? ORDER BY created_at DESC, id DESC LIMIT 1"
                found = self.engine.rows(_ORIGINAL + tail, claim.ticket, claim.slot)
                if found:
                    return _to_original(*found[0])
        return None

    def _held(self, claims: Sequence[Claim]) -> Arrival | None:
        """The arrival that a confirmation speaks of, while it is held."""
        ids = [claim.ticket for claim in claims if claim.purpose is Purpose.CONFIRM]
        if not ids:
            return None
        found = self.engine.fetch(Ledger, "WHERE id = ? AND ended_as = 'held'", ids[0])
        return to_arrival(found[0]) if found else None

    def _sent(self, seen: _Seen, candidates: Iterable[int], now: datetime) -> SentCounts:
        """Automatic mail within the gate's windows; for several candidates the count of the busiest."""
        sql = "SELECT COUNT(*) FROM outbox WHERE ticket = ? AND created_at > ? AND automatic"
        ticket = max((int(self.engine.value(sql, number, now - DAY)) for number in candidates), default=0)
        return SentCounts(seen.hour, seen.day, ticket, seen.everywhere)

    def _pictures(self, address: str, message: Message | None) -> frozenset[str]:
        """The digests of this mail's pictures that came before from this sender."""
        digests = [one.sha256 for one in message.attachments if is_picture(one.media_type)] if message else []
        if not (digests and address):
            return frozenset()
        sql = f"SELECT sha256 FROM picture WHERE addr_key = ? AND sha256 IN {marks(digests)}"  # noqa: S608 - marks
        return frozenset(row[0] for row in self.engine.rows(sql, index_key(address), *padded(digests)))

    def _tallies(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many each queue has given out in turn, and how many each agent has."""
        rows = self.engine.rows("SELECT kind, name, value FROM tally")
        turns = {name: value for kind, name, value in rows if kind == ROUND_ROBIN}
        return turns, {name: value for kind, name, value in rows if kind == LOAD}


def _named(claims: Iterable[Claim], by_id: Iterable[int], numbers: Iterable[int]) -> list[int]:
    """The report numbers that the evidence names, strongest proof first."""
    tokens = (claim.ticket for claim in claims if claim.purpose is not Purpose.CONFIRM)
    return list(dict.fromkeys((*tokens, *by_id, *numbers)))


def _to_original(outbox_id: int, ticket: int, slot: int, recipient: str, kind: str) -> Original:
    return Original(outbox_id, ticket, slot, recipient, MailKind(kind))
