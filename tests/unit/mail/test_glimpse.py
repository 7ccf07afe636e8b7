"""What a short look at a mail that cannot be read tells (mail.glimpse)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailhelp.mail.glimpse import FROM, HEAD, Glimpse, glimpse
from mailhelp.mail.token import Key, Keyring, Purpose, named

RING = Keyring((Key("1", b"0123456789abcdef0123456789abcdef", datetime(2026, 1, 1, tzinfo=UTC)),), "1")
REPLY, BOUNCE, CONFIRM = (
    RING.sign(2164242, 1, purpose) for purpose in (Purpose.REPLY, Purpose.BOUNCE, Purpose.CONFIRM)
)


@pytest.mark.parametrize(
    ("head", "senders"),
    [
        (b"From: Guru <Guru@Sekolah.example>", {"guru@sekolah.example"}),
        (b"from:guru@sekolah.example", {"guru@sekolah.example"}),
        (b"From: a@b.example, c@d.example", {"a@b.example", "c@d.example"}),
        (b"From: a@b.example\r\nFrom: c@d.example", {"a@b.example", "c@d.example"}),
        (b"From: Guru\r\n <guru@sekolah.example>", {"guru@sekolah.example"}),
        (b"From: =?utf-8?q?guru=40sekolah=2Eexample?= <x@y.example>", {"guru@sekolah.example", "x@y.example"}),
        (b"From: guru", None),
        (b"From:", None),
        (b"Subject: x", None),
        (b"", None),
        (b"From: " + b"x" * FROM + b" <guru@sekolah.example>", None),
        (b"X: " + b"y" * HEAD + b"\r\nFrom: a@b.example", None),
        (b"X: y\r\n\r\nFrom: a@b.example", None),
    ],
)
def test_whose_it_may_be(head: bytes, senders: set[str] | None) -> None:
    """Every address in From; where there is none, or it stands beyond what is looked at, it could be anybody's."""
    found = glimpse(head).senders
    assert found == (None if senders is None else frozenset(senders))


@pytest.mark.parametrize(
    ("head", "tickets", "ids"),
    [
        (f"To: bantuan+{REPLY}@desk.example", {2164242}, ()),
        (f"To: BANTUAN+{REPLY.upper()}@DESK.EXAMPLE", {2164242}, ()),
        (f"Delivered-To: bantuan+{BOUNCE}@desk.example", {2164242}, ()),
        (f"In-Reply-To: <mh.{REPLY}.x1@desk.example>", {2164242}, (f"<mh.{REPLY}.x1@desk.example>",)),
        ("References: <a@b.example>\r\n\t<c@d.example>", set(), ("<a@b.example>", "<c@d.example>")),
        (f"To: bantuan+{CONFIRM}@desk.example", set(), ()),
        (f"Subject: x\r\n\r\nbantuan+{REPLY}@desk.example", set(), ()),
    ],
)
def test_what_it_may_answer(head: str, tickets: set[int], ids: tuple[str, ...]) -> None:
    """Tokens in addresses and ids (not one that names a held mail), and the ids it refers to; the body is not read."""
    found = glimpse(head.encode())
    assert (found.tickets, found.ids) == (frozenset(tickets), ids)


@settings(deadline=None)
@given(st.binary(max_size=400), st.sampled_from((b"From: ", b"References: <", b"To: b+r1-", b"\r\n ", b"\0")))
def test_nothing_breaks_it(noise: bytes, field: bytes) -> None:
    """Whatever the bytes are."""
    found = glimpse(field + noise)
    assert found.senders is None or all("@" in one for one in found.senders)


def test_anybody_is_everybody() -> None:
    """Without a sender no address is ruled out; with one only its own counts."""
    addresses = frozenset({"guru@sekolah.example"})
    assert Glimpse().is_from(addresses)
    assert Glimpse(addresses).is_from(addresses)
    assert not Glimpse(frozenset({"x@y.example"})).is_from(addresses)
    assert named("no token here: r1-221kj-1-short") == frozenset()
