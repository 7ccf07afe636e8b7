"""Short ways to make mails, letters and decisions for tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from mailhelp.desk.effect import AddArticle, Decision, Effect, EndArrival, OpenTicket, SendMail, SetFields
from mailhelp.desk.model import Arrival, ArticleKind, Case, Doubt, End, FieldValue, MailKind
from mailhelp.edge.store import RawMail, Store
from mailhelp.mail.message import Address, Kind, Message, Sender
from mailhelp.mail.thread import Evidence, Found
from mailhelp.mail.token import Claim, Purpose

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TEACHER = Address("ani@sekolah.example", "Ani")
AGENT = Address("sari@dinas.example", "Sari")


@dataclass(frozen=True)
class Paper:
    """A letter as `edge.letter` would make it."""

    message_id: str
    recipient: str = TEACHER.addr
    envelope_from: str = "desk+b1-x@dinas.example"
    subject: str = "[#2164242] Terima kasih"
    text: str = "Yth. Ibu Ani"
    raw: bytes = b"Subject: x\r\n\r\nYth. Ibu Ani\r\n"


def raw_mail(uid: int, raw: bytes | None = None, **more: Any) -> RawMail:
    """A small mail; its bytes differ by UID unless given."""
    content = b"Subject: lupa sandi\r\n\r\nmail %d\r\n" % uid if raw is None else raw
    return RawMail(uid, NOW, content, len(content), **more)


def arrive(store: Store, uid: int, raw: bytes | None = None, uidvalidity: int = 1) -> Arrival:
    """Accept one mail into main/INBOX and return its arrival."""
    (arrival_id,) = store.accept("main", "INBOX", uidvalidity, [raw_mail(uid, raw)], uid, NOW)
    arrival = store.arrival(arrival_id)
    assert arrival is not None
    return arrival


def message(number: int = 1, sender: Address | Sender = TEACHER, **more: Any) -> Message:
    """A report as it was read."""
    read_from = Sender(sender) if isinstance(sender, Address) else sender
    values: dict[str, Any] = {
        "message_id": f"<report{number}@sekolah.example>", "sender": read_from, "subject": "lupa sandi",
        "kind": Kind.PERSON, "kind_reason": "", "sha256": "0" * 64, "size": 10, "date": NOW,
    }  # fmt: skip
    return Message(**{**values, **more})


def new_report(case: Case, arrival: Arrival, read: Message, *more: Effect) -> Decision:
    """The decision for a new report: ticket, article, fields, an acknowledgement, the end."""
    number = case.next_number
    sender = read.sender.address or TEACHER
    effects = (
        OpenTicket(number, read.subject, sender, "akun"),
        AddArticle(
            number, ArticleKind.REPORT, sender.addr, "Saya lupa kata sandi.", arrival=arrival.id,
            message_id=read.message_id, slot=1,
        ),
        SetFields(number, {"npsn": FieldValue("20212345", warnings=(Doubt("not-checked", ("x",)),), span=(3, 11))}),
        acknowledgement(number, sender),
        *more,
        EndArrival(arrival.id, End.ARTICLE, "a new report", number),
    )  # fmt: skip
    return Decision(effects, "new", "A new report.", {"kind": "person", "rules": [{"name": "sandi", "fired": True}]})


def acknowledgement(number: int, to: Address = TEACHER, **more: Any) -> SendMail:
    """An acknowledgement to the participant with slot 1."""
    return SendMail(MailKind.ACKNOWLEDGEMENT, "acknowledgement", to, "id", {}, ticket=number, slot=1, **more)


def letters(decision: Decision, stem: str) -> list[Paper]:
    """A letter for each mail of a decision; `stem` makes their ids unique."""
    mails = [effect for effect in decision.effects if isinstance(effect, SendMail)]
    return [Paper(f"<{stem}.{number}@dinas.example>", mail.to.addr) for number, mail in enumerate(mails)]


def open_report(store: Store, uid: int, *more: Effect, sender: Address = TEACHER, now: datetime = NOW) -> int:
    """Let a mail arrive, open a ticket for it and return the report number."""
    arrival = arrive(store, uid)
    read = message(uid, sender)
    with store.unit():
        case = store.case_for(arrival, read, Evidence(), now)
        decision = new_report(case, arrival, read, *more)
        store.apply(decision, f"arrival:{arrival.id}", letters(decision, f"ack{uid}"), "v1", now)
    return case.next_number


def decide(store: Store, *effects: Effect, stem: str = "", now: datetime = NOW, key: str = "test") -> None:
    """Apply these effects as one decision."""
    decision = Decision(tuple(effects), "test", "Because the test says so.", {"why": "test"})
    with store.unit():
        store.apply(decision, key, letters(decision, stem or key), "v1", now)


def find(rows: Sequence[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    """The rows with these values."""
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def count(store: Store, table: str) -> int:
    """How many rows a table has."""
    with store.engine.reading():
        return int(store.engine.value(f"SELECT COUNT(*) FROM {table}"))


def claim(purpose: Purpose, ticket: int, slot: int = 0) -> Evidence:
    """Evidence that is one genuine token."""
    made = cast("Claim", SimpleNamespace(purpose=purpose, ticket=ticket, slot=slot, key_id="1"))
    return Evidence(claims=(Found(made, "address"),))
