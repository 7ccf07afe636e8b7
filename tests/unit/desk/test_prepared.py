"""Reading along the form ahead of the decision: it saves time, and never changes what is decided."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskkit import GURU, NUMBER, POLICY, SARI, STRANGER, case, decided, message, of, ticket, token_to
from mailhelp.desk.effect import Decision, OpenTicket, SetFields
from mailhelp.desk.form import Reading
from mailhelp.desk.model import Asked, Case, FieldValue, State
from mailhelp.desk.policy import Category, Policy
from mailhelp.desk.prepared import Prepared, Readings, prepare
from mailhelp.mail.markers import FORM_END, FORM_MARKER, MARKER
from mailhelp.mail.message import Address, Kind, Message

LINES = (
    "Nama: Sri Wahyuni", "NPSN: 20100001", "NPSN: 123", "NIK : 3201010101010001", "Surel: a@b.example",
    "Kategori Masalah: Reset kata sandi", "Kategori: resett kata sandi / akun guru", "Subkategori: Akun guru",
    "Detail Pertanyaan: saya tidak bisa masuk", "Saya lupa kata sandi.", "20100001", "a@b.example", "",
    "> Nama: Budi", "> NPSN: 20100009", "-- ", "Terima kasih", "Nama\tNPSN", "Budi\t20100001", MARKER["id"],
    f"> {MARKER['id']}", FORM_MARKER["id"], FORM_END["id"], f"> {FORM_MARKER['id']}", f"> {FORM_END['id']}",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(LINES), max_size=12).map("\n".join)
KNOWN = (
    case(),
    case(ticket()),
    case(ticket(State.PENDING, owner="", asked=(Asked(ticket().opened_at, ("name", "npsn")),))),
    case(ticket(State.CLOSED, fields={"npsn": FieldValue("20100002")})),
)
LEARNT = replace(POLICY, categories={**POLICY.categories, "lain": Category("lain", keywords={"lupa": 3.0})})


def made(mail: Message, policy: Policy) -> Prepared:
    """A preparation as it comes from another process."""
    readings = prepare(mail, policy.form, policy.categories)
    return Prepared(policy.form, policy.categories, pickle.loads(pickle.dumps(readings)))


@st.composite
def mails(draw: st.DrawFn) -> Message:
    """Reports, replies and automatic mails, of the requester, an agent or a stranger, with and without HTML."""
    new, quoted = draw(TEXTS), draw(TEXTS)
    return message(
        draw(st.sampled_from([GURU, SARI, STRANGER])),
        text=f"{new}\n{quoted}",
        new_text=new,
        quoted_text=quoted,
        html_text=draw(TEXTS),
        kind=draw(st.sampled_from(list(Kind))),
        subject=draw(st.sampled_from(["Lupa kata sandi", f"Re: [#{NUMBER}] Laporan"])),
        to=(draw(st.sampled_from([token_to(1), token_to(3), Address("bantuan@desk.example")])),),
        in_reply_to=draw(st.sampled_from([(), ("<n1@desk.example>",)])),
    )


@settings(max_examples=300)
@given(mail=mails(), known=st.sampled_from(KNOWN), policy=st.sampled_from([POLICY, LEARNT]))
def test_a_preparation_changes_no_decision(mail: Message, known: Case, policy: Policy) -> None:
    """With it and without it the same effects, reason and trace come of every mail."""
    assert decided(known, mail, policy, prepared=made(mail, policy)) == decided(known, mail, policy)


def name_of(decision: Decision) -> str:
    """The name that a decision sets."""
    value = of(decision, SetFields)[0].fields["name"]
    return value.value if value else ""


WRONG = Reading({"name": FieldValue("Orang Lain")})


@pytest.mark.parametrize("other", ["form", "categories"])
def test_a_preparation_of_other_rules_is_not_used(other: str) -> None:
    """Rules that were loaded between reading and deciding are those that count, even where they say the same."""
    reloaded = replace(POLICY, **{other: copy.deepcopy(getattr(POLICY, other))})
    mail = message(text="Nama: Sri")
    stale = Prepared(reloaded.form, reloaded.categories, Readings(WRONG))
    assert decided(case(), mail, prepared=stale) == decided(case(), mail)
    assert name_of(decided(case(), mail, reloaded, prepared=stale)) == "Orang Lain"


def test_a_report_and_a_reply_are_not_read_again() -> None:
    """What was read beforehand is what the decision works with."""
    report, reply = message(text="Nama: Sri"), message(text="NPSN: 20100001", in_reply_to=("<n1@desk.example>",))
    assert prepare(report, POLICY.form, POLICY.categories).reply is None
    ready = prepare(reply, POLICY.form, POLICY.categories)
    assert ready.reply is not None
    assert ready.report is not None
    other = Readings(WRONG, replace(ready.reply, text=WRONG))
    prepared = Prepared(POLICY.form, POLICY.categories, other)
    opened = decided(case(), report, prepared=prepared)
    assert of(opened, OpenTicket)
    assert name_of(opened) == "Orang Lain"
    joined = decided(case(ticket()), replace(reply, to=(token_to(1),)), prepared=prepared)
    assert name_of(joined) == "Orang Lain"


@pytest.mark.parametrize("kind", [Kind.OWN, Kind.DELIVERY_REPORT, Kind.DISPOSITION_REPORT])
def test_what_is_never_read_along_the_form_is_not_prepared(kind: Kind) -> None:
    """Our own mail and reports about it cost no time."""
    assert prepare(message(kind=kind), POLICY.form, POLICY.categories) == Readings()
