"""A small desk for tests: its policy, tickets, messages, and the evidence they would give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from mailhelp.desk.decide import decide
from mailhelp.desk.effect import Decision, Effect, EndArrival, SendMail
from mailhelp.desk.event import Arrived
from mailhelp.desk.form import Form, FormField
from mailhelp.desk.model import Arrival, Case, Participant, Role, State, Ticket
from mailhelp.desk.policy import Agent, Category, Desk, Policy, Queue, Subcategory, Team, Working
from mailhelp.mail.message import Address, Authentication, Kind, Message, Sender
from mailhelp.mail.thread import Evidence, evidence
from mailhelp.mail.token import Key, Keyring, Purpose

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Jakarta
GURU = Address("guru@sekolah.example", "Sri Wahyuni")
COPY = Address("kepala@sekolah.example", "Kepala Sekolah")
SARI = Address("sari@dinas.example", "Sari")
BUDI = Address("budi@dinas.example", "Budi")
STRANGER = Address("orang@lain.example", "Orang Lain")
NUMBER = 2164242

KEYRING = Keyring((Key("1", b"0123456789abcdef0123456789abcdef", NOW - timedelta(days=30)),), "1")
FOREIGN = Keyring((Key("1", b"another-secret-another-secret-00", NOW - timedelta(days=30)),), "1")

POLICY = Policy(
    version="test",
    desk=Desk("Layanan Bantuan", "bantuan@desk.example", "desk-1"),
    team=Team(
        queues={
            "umum": Queue("umum", "Umum", ("sari", "budi")),
            "akun": Queue("akun", "Akun", ("sari",)),
        },
        agents={
            "sari": Agent("sari", SARI.addr, "Sari", aliases=("sari@rumah.example",), notify="digest"),
            "budi": Agent("budi", BUDI.addr, "Budi", notify="digest"),
        },
        default_queue="umum",
    ),
    categories={
        "reset": Category(
            "reset",
            title={"id": "Reset kata sandi"},
            aliases=("Reset kata sandi",),
            queue="akun",
            subcategories={"guru": Subcategory("guru", aliases=("Akun guru",), priority="high")},
        ),
    },
    rules=(),
    form=Form(
        (
            FormField("category", {"id": "Kategori Masalah"}, type="category"),
            FormField("subcategory", {"id": "Subkategori"}, type="subcategory"),
            FormField("email", {"id": "Surel"}, type="email"),
            FormField("name", {"id": "Nama"}),
            FormField("npsn", {"id": "NPSN"}, type="npsn"),
            FormField("nik", {"id": "NIK"}, type="nik"),
            FormField("details", {"id": "Detail Pertanyaan"}, type="long text"),
        )
    ),
    work=Working(transcript="errors"),
)
PASSED = Authentication(trusted=True, authserv_id="desk.example", dmarc="pass")


def arrival(number: int = 1, **changes: Any) -> Arrival:
    """A row of the ledger."""
    return replace(Arrival(number, "main", "INBOX", 1, number, NOW, "00", 1000), **changes)


def message(sender: Address | None = GURU, text: str = "Saya lupa kata sandi.", **changes: Any) -> Message:
    """A person's mail, vouched for by the border."""
    base = Message(
        message_id="<m1@sekolah.example>",
        sender=Sender(sender, claimed=(sender.addr,) if sender else ()),
        subject="Lupa kata sandi",
        kind=Kind.PERSON,
        kind_reason="nothing speaks for a machine",
        sha256="00",
        size=1000,
        to=(Address("bantuan@desk.example"),),
        text=text,
        new_text=text,
        language="id",
        authentication=PASSED,
    )
    return replace(base, **changes)


def ticket(state: State = State.OPEN, number: int = NUMBER, **changes: Any) -> Ticket:
    """A ticket of the teacher: slot 1; a person in copy in slot 2; the agents Sari and Budi in slots 3 and 4."""
    base = Ticket(
        id=1,
        number=number,
        state=state,
        subject="Lupa kata sandi",
        queue="umum",
        opened_at=NOW - timedelta(days=1),
        changed_at=NOW - timedelta(days=1),
        owner="sari",
        participants=(
            Participant(1, Role.REQUESTER, GURU, "<m0@sekolah.example>", "<m0b@sekolah.example>"),
            Participant(2, Role.COPY, COPY),
            Participant(3, Role.AGENT, SARI, "<n1@desk.example>", "<n2@desk.example>"),
            Participant(4, Role.AGENT, BUDI),
        ),
    )
    return replace(base, **changes)


def case(*tickets: Ticket, **changes: Any) -> Case:
    """A case that knows these tickets."""
    return replace(Case(next_number=2164300, candidates={one.number: one for one in tickets}), **changes)


def token_to(slot: int, number: int = NUMBER, purpose: Purpose = Purpose.REPLY, keyring: Keyring = KEYRING) -> Address:
    """The desk's address with a token as its detail."""
    return Address(f"bantuan+{keyring.sign(number, slot, purpose)}@desk.example")


def found(mail: Message) -> Evidence:
    """The evidence of a mail, as the real reader sees it."""
    return evidence(mail, POLICY.desk, KEYRING, NOW)


def decided(known: Case, mail: Message, policy: Policy = POLICY, **event: Any) -> Decision:
    """The decision about an arriving mail."""
    return decide(known, Arrived(arrival(), mail, **event), NOW, policy, found(mail))


AnEffect = TypeVar("AnEffect", bound=Effect)


def of(decision: Decision, kind: type[AnEffect]) -> list[AnEffect]:
    """The effects of one kind."""
    return [effect for effect in decision.effects if isinstance(effect, kind)]


def mails(decision: Decision) -> dict[str, list[str]]:
    """Who gets which templates."""
    sent: dict[str, list[str]] = {}
    for mail in of(decision, SendMail):
        sent.setdefault(mail.to.addr, []).append(mail.template)
    return sent


def end(decision: Decision) -> EndArrival:
    """The one end of the arrival."""
    ends = [one for one in of(decision, EndArrival) if one.arrival == 1]
    assert len(ends) == 1
    return ends[0]


def gate_codes(decision: Decision) -> list[str]:
    """What the gate said, in order."""
    rows: list[Mapping[str, Any]] = decision.trace["gate"]
    return [str(row["code"]) for row in rows]
