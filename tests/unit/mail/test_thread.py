"""What a mail says about the ticket it belongs to."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.policy import Desk
from mailhelp.mail.message import Address, Kind, Message, Sender
from mailhelp.mail.thread import evidence, numbers
from mailhelp.mail.token import Key, Keyring, Purpose, message_id, reply_address

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
RING = Keyring((Key("1", b"k" * 32, NOW),), "1")
DESK = Desk("Bantuan", "bantuan@desk.example", "desk.example", aliases=("help@alias.example",))
OURS = message_id(RING, "desk.example", 2164242, 1, "abc")
EMPTY = Message("", Sender(None), "", Kind.PERSON, "", "", 0)


def _mail(**fields: object) -> Message:
    return dataclasses.replace(EMPTY, **fields)  # type: ignore[arg-type]


def _address(detail: str = "+", desk_address: str = "bantuan@desk.example") -> str:
    return reply_address(RING, desk_address, detail, 2164242, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"to": (Address(_address()),)},
        {"to": (Address(_address().upper()),)},
        {"cc": (Address("x@y.example"), Address(_address("-")))},
        {"to": (Address(_address("=")),)},
        {"to": (Address(_address("+", "help@alias.example")),)},
        {"delivered_to": (f"<{_address()}>",)},
        {"headers": (("X-Original-To", _address()),)},
        {"headers": (("envelope-to", _address()),)},
    ],
)
def test_token_in_an_address(fields: dict[str, object]) -> None:
    """A token is found in each field that can carry our address, in any case, after any separator, on any alias."""
    (found,) = evidence(_mail(**fields), DESK, RING, NOW).claims
    assert (found.where, found.claim.ticket, found.claim.slot) == ("address", 2164242, 1)


@pytest.mark.parametrize(
    "addr",
    [
        _address("+", "bantuan@other.example"),
        _address("+", "lain@desk.example"),
        "bantuan@desk.example",
        "bantuan+promo@desk.example",
        "bantuan+promo-2026@desk.example",
        "bantuanr1-1-1-x@desk.example",
        "no-at-sign",
        "",
    ],
)
def test_addresses_without_our_token(addr: str) -> None:
    """Other people's addresses and details that are no tokens are no evidence, and no refusals either."""
    seen = evidence(_mail(to=(Address(addr),)), DESK, RING, NOW)
    assert (seen.claims, seen.refusals) == ((), ())


def test_token_in_message_ids() -> None:
    """Our own id is found in In-Reply-To and in References, once; all other ids are kept as such, nearest first."""
    seen = evidence(_mail(in_reply_to=(OURS,), references=("<a@b>", "<c@d>", OURS)), DESK, RING, NOW)
    assert [(found.where, found.claim.ticket) for found in seen.claims] == [("message-id", 2164242)]
    assert seen.ids == ("<c@d>", "<a@b>")


def test_id_of_another_domain_is_only_an_id() -> None:
    """An id that looks like ours on a foreign domain is no token."""
    foreign = OURS.replace("@desk.example", "@evil.example")
    seen = evidence(_mail(references=(foreign,)), DESK, RING, NOW)
    assert (seen.claims, seen.ids, seen.refusals) == ((), (foreign,), ())


def test_address_comes_before_message_id() -> None:
    """The strongest claim stands first, and both are told apart."""
    seen = evidence(_mail(to=(Address(_address()),), in_reply_to=(OURS,)), DESK, RING, NOW)
    assert [found.where for found in seen.claims] == ["address", "message-id"]


def test_refusals_have_codes() -> None:
    """Forged, foreign and expired tokens are named with their code; a refused id stays as a plain id."""
    old = Keyring((Key("1", b"k" * 32, NOW, retired_at=NOW), Key("2", b"n" * 32, NOW)), "2")
    forged = Address("bantuan+r1-1-1-0000000000000000@desk.example")
    foreign = Address("bantuan+rx-1-1-0000000000000000@desk.example")
    cut = Address("bantuan+r1-221gj-1-abc@desk.example")
    later = NOW + timedelta(days=200)
    seen = evidence(_mail(to=(forged, foreign, cut), in_reply_to=(OURS,)), DESK, old, later)
    codes = [refusal.code for refusal in seen.refusals]
    assert codes == ["token.bad-mac", "token.unknown-key", "token.malformed", "token.expired-key"]
    assert seen.ids == (OURS,)
    assert evidence(_mail(in_reply_to=(OURS,)), DESK, old, later, timedelta(days=300)).claims


def test_confirm_and_bounce_tokens_keep_their_purpose() -> None:
    """The purpose comes with the claim, so that a bounce address can never be taken for a reply address."""
    addr = reply_address(RING, "bantuan@desk.example", "+", 77, 0, Purpose.CONFIRM)
    (found,) = evidence(_mail(to=(Address(addr),)), DESK, RING, NOW).claims
    assert (found.claim.purpose, found.claim.ticket) == (Purpose.CONFIRM, 77)


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [#2164242] Lupa kata sandi",
        "Re: [# 2164242] x",
        "#2164242",
        "(#2164242)",
        "tanya soal #2164242, mohon bantuan",
        "#2164242 2 siswa belum bisa",
        "nomor laporan 2164242",
        "Nomor Laporan: 2164242",
        "NO. LAPORAN 2164242",
        "No laporan : #2164242",
        "laporan no. 2164242",
        "laporan nomor 2164242.",
        "laporan 2164242",
        "tiket 2164242",
        "tiket no 2164242",
        "report number 2164242",
        "Report no. 2164242 - still broken",
        "ticket 2164242",
        "ticket #2164242",
        "Ticket\t id:   2164242",
        "Fwd: Re:  nomor   laporan   2164242",
    ],
)
def test_subject_numbers(subject: str) -> None:
    """Each way in which people and our own subjects write a report number is understood."""
    assert numbers(subject) == (2164242,)


@pytest.mark.parametrize(
    "subject",
    [
        "2164242",
        "NPSN 21642421",
        "#21642421",
        "#216424",
        "NISN #2164242123",
        "NIK #3276012164242001",
        "#3276 2164242",
        "#2164242-001",
        "#2164242.5",
        "#2164242/2026",
        "#2164242 001 0001",
        "1#2164242",
        "laporan 2164242 1234567",
        "laporan 12345678",
        "laporan no. 3276-2164242",
        "NIK laporan 3276012164242001",
        "sublaporan 2164242",
        "telepon 0812-2164242",
        "laporanku 2164242",
        "",
    ],
)
def test_other_numbers(subject: str) -> None:
    """School numbers, identity numbers, telephone numbers and parts of longer runs are never report numbers."""
    assert numbers(subject) == ()


def test_configured_tag() -> None:
    """A tag of the admin's own making is understood beside the usual forms, on digit boundaries."""
    assert numbers("Re: Kasus-2164242: x", "Kasus-{number}:") == (2164242,)
    assert numbers("Re: Kasus-21642421: x", "Kasus-{number}:") == ()
    assert numbers("Re: SubKasus-2164242: x", "Kasus-{number}:") == ()
    assert numbers("Re: <2164242>", "<{number}>") == (2164242,)
    assert numbers("Re: 2164242 x", "{number}") == ()


def test_first_five_numbers_only() -> None:
    """A subject full of numbers costs at most five look-ups, each number once."""
    subject = "#2164240 #2164240 " + " ".join(f"#{number}" for number in range(2164241, 2164261))
    assert numbers(subject) == (2164240, 2164241, 2164242, 2164243, 2164244)


@given(st.text(alphabet="#[]0123456789 .-laporntik:", max_size=200))
def test_numbers_have_seven_digits_on_boundaries(subject: str) -> None:
    """Whatever the subject, each number found stands in it as a run of exactly seven digits."""
    runs = {run for run in "".join(char if char.isdigit() else " " for char in subject).split() if len(run) == 7}
    assert all(f"{number:07}" in runs for number in numbers(subject))


def test_hostile_subject_is_cheap() -> None:
    """Long runs of label words and spaces take no more than a moment (a pattern that backtracks would hang here)."""
    assert numbers("laporan no " * 50_000 + " " * 100_000) == ()
    assert numbers("nomor" + " " * 100_000 + "x") == ()


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=50))
def test_nothing_raises(ids: list[str], text: str) -> None:
    """Evidence is collected from any mail without an exception."""
    mail = _mail(references=tuple(ids), in_reply_to=(text,), subject=text, to=(Address(text),), delivered_to=(text,))
    assert evidence(mail, DESK, RING, NOW).claims == ()
