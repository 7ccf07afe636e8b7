"""`mailhelp explain FILE.eml`: the whole decision about a mail, without writing anything."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, BinaryIO

from mailhelp.desk.comeback import wants_time
from mailhelp.desk.decide import decide
from mailhelp.desk.effect import Decision, Effect, SendMail
from mailhelp.desk.event import Arrived, Event, Unreadable
from mailhelp.desk.model import Arrival, Case
from mailhelp.desk.policy import Policy
from mailhelp.gather import with_work
from mailhelp.mail import header
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Message, ReadOptions
from mailhelp.mail.read import read
from mailhelp.mail.thread import Evidence, evidence
from mailhelp.mail.token import Keyring

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailhelp.edge.store import Store

_HEAD = 65_536  # bytes of a mail in which its subject is looked for


def explain(
    raw: bytes, now: datetime, policy: Policy, options: ReadOptions, keyring: Keyring, store: Store | None = None
) -> dict[str, Any]:
    """What would be done with this mail if it came at `now`, as plain data with stable keys.

    Keys: `kind`, `reason`, `sender`, `subject`, `new_text`, `quoted_text`, `signature`, `attachments`, `fields`,
    `thread` (`ticket`, `proof`), `rules` (each with `fired` and `why`), `effects`. Without a store it is a desk
    that has no tickets yet.
    """
    arrival = Arrival(0, "", "", 0, 0, now, hashlib.sha256(raw).hexdigest(), len(raw))
    try:
        message = read(raw, options)
    except LimitExceeded as limit:
        return _unreadable(arrival, raw, str(limit), now, policy, store)
    proof = evidence(message, policy.desk, keyring, now)
    with _case(arrival, message, proof, now, policy, store) as case:
        decision = decide(case, Arrived(arrival, message), now, policy, proof)
    return _told(decision, message)


def head_of(raw: BinaryIO) -> tuple[str, str]:
    """Subject and From of a mail that cannot be read, as far as a short look shows them; closes the file."""
    with raw:
        head = re.split(rb"\r?\n\r?\n", raw.read(_HEAD), maxsplit=1)[0]
    return _field(head, b"subject"), _field(head, b"from")


def _field(head: bytes, name: bytes) -> str:
    found = re.search(rb"(?im)^%s:[ \t]*([^\r\n]{0,2000})" % name, head)
    return header.decode(found[1]) if found else ""


def _unreadable(
    arrival: Arrival, raw: bytes, why: str, now: datetime, policy: Policy, store: Store | None
) -> dict[str, Any]:
    subject, sender = head_of(io.BytesIO(raw))
    event: Event = Unreadable(arrival, why, subject, sender)
    with _case(arrival, None, None, now, policy, store) as case:
        decision = decide(case, event, now, policy)
    return _told(decision, None) | {"subject": subject, "sender": {"address": None, "problem": sender}}


@contextmanager
def _case(
    arrival: Arrival,
    message: Message | None,
    proof: Evidence | None,
    now: datetime,
    policy: Policy,
    store: Store | None,
) -> Iterator[Case]:
    """The case as it stands; an arrival with id 0 leaves no trace in the store."""
    if store is None:
        yield Case(next_number=policy.desk.first_number)
        return
    with store.unit():
        case = with_work(store, store.case_for(arrival, message, proof, now), message, policy, now)
        yield store.with_time(case, wants_time(message, case), {}, now)


def _told(decision: Decision, message: Message | None) -> dict[str, Any]:
    trace = decision.trace
    thread = trace.get("thread", {"ticket": None, "proof": None})
    facts = {
        "kind": trace.get("kind", ""),
        "code": decision.code,
        "reason": decision.reason,
        "sender": trace.get("sender"),
        "subject": message.subject if message else "",
        "new_text": message.new_text if message else "",
        "quoted_text": message.quoted_text if message else "",
        "signature": message.signature if message else "",
        "attachments": [asdict(one) for one in message.attachments] if message else [],
        "fields": trace.get("fields", {}),
        "thread": {"ticket": thread.get("ticket"), "proof": thread.get("proof"), **thread},
        "rules": trace.get("rules", []),
        "gate": trace.get("gate", []),
        "effects": [_effect(effect) for effect in decision.effects],
    }
    plain: dict[str, Any] = _plain(facts)
    return plain


def _effect(effect: Effect) -> dict[str, Any]:
    """An effect as plain data; of a mail what it is and to whom, not the context of its template."""
    data = {"effect": type(effect).__name__, **asdict(effect)}
    if isinstance(effect, SendMail):
        data.pop("context")
    return data


def _plain(value: Any) -> Any:
    """Plain JSON data of anything that a decision holds."""
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(map(str, value))
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)
