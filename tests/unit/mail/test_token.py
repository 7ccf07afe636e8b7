"""Signed tokens: what they carry, and everything that must be refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail.token import (
    MAX_TOKEN,
    Claim,
    Key,
    Keyring,
    Purpose,
    Refusal,
    message_id,
    reply_address,
    verify,
)

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
KEY = Key("1", b"k" * 32, NOW)
RING = Keyring((KEY,), "1")
TICKETS = st.integers(0, 32**7 - 1)
SLOTS = st.integers(0, 32**3 - 1)


def _code(verdict: Claim | Refusal) -> str:
    return verdict.code if isinstance(verdict, Refusal) else "ok"


@given(TICKETS, SLOTS, st.sampled_from(Purpose))
def test_round_trip(ticket: int, slot: int, purpose: Purpose) -> None:
    """What was signed is read back, in any case of letters, from a text that fits an address detail."""
    token = RING.sign(ticket, slot, purpose)
    assert re.fullmatch(r"[a-z0-9-]+", token)
    assert len(token) <= MAX_TOKEN
    for form in (token, token.upper()):
        assert verify(RING, form, NOW) == Claim(purpose, ticket, slot, "1")


def test_tokens_of_earlier_versions_still_count() -> None:
    """A fixed token, worked out apart from this code: mails that people have are answerable after an upgrade."""
    ring = Keyring((Key("k1", b"sixteen bytes or more", NOW),), "k1")
    assert ring.sign(2164242, 1, Purpose.REPLY) == "rk1-221gj-1-t1mdzbzkn153trbn"


def test_longest_key_id_still_fits() -> None:
    """The longest key id with the highest numbers stays within an address detail."""
    ring = Keyring((Key("a1b2c3d4", b"k" * 16, NOW),), "a1b2c3d4")
    assert len(ring.sign(32**7 - 1, 32**3 - 1, Purpose.REPLY)) <= MAX_TOKEN


@given(st.integers(0, 200), st.sampled_from("0123456789abcdefghjkmnpqrstvwxyz-"))
def test_one_changed_character_is_refused(position: int, char: str) -> None:
    """No single changed character of a token leaves it valid."""
    token = RING.sign(2164242, 1, Purpose.REPLY)
    position %= len(token)
    forged = token[:position] + char + token[position + 1 :]
    verdict = verify(RING, forged, NOW)
    assert forged == token or isinstance(verdict, Refusal)


@pytest.mark.parametrize(("ticket", "slot", "purpose"), [(2164243, 1, "r"), (2164242, 2, "r"), (2164242, 1, "c")])
def test_code_of_one_token_does_not_fit_another(ticket: int, slot: int, purpose: str) -> None:
    """The code binds ticket, participant and purpose: it cannot be moved to another of them."""
    mine = RING.sign(2164242, 1, Purpose.REPLY).rpartition("-")[2]
    other = RING.sign(ticket, slot, Purpose(purpose)).rpartition("-")[0]
    assert _code(verify(RING, f"{other}-{mine}", NOW)) == "token.bad-mac"


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    """Whatever stands where a token might, it is refused with a reason and nothing raises."""
    verdict = verify(RING, text, NOW)
    assert isinstance(verdict, Refusal)
    assert verdict.reason


@pytest.mark.parametrize(
    "text", ["", "r1", "support", "x1-1-1-" + "0" * 16, "r1-1-1-" + "0" * 15, "r1-1-1-" + "u" * 16]
)
def test_malformed(text: str) -> None:
    """What does not have the form of a token is called malformed, not forged."""
    assert _code(verify(RING, text, NOW)) == "token.malformed"


def test_unknown_key() -> None:
    """A token of a key that is not in the ring is refused by name of the key."""
    other = Keyring((Key("9", b"x" * 32, NOW),), "9")
    verdict = verify(RING, other.sign(2164242, 1, Purpose.REPLY), NOW)
    assert _code(verdict) == "token.unknown-key"


def test_same_key_id_other_secret() -> None:
    """Another desk's key with the same id does not open this one."""
    other = Keyring((Key("1", b"x" * 32, NOW),), "1")
    assert _code(verify(RING, other.sign(2164242, 1, Purpose.REPLY), NOW)) == "token.bad-mac"


def test_retired_key_counts_for_its_grace_only() -> None:
    """After a rotation old tokens stay valid until `retired_at` and the grace have passed, to the second."""
    token = RING.sign(2164242, 1, Purpose.REPLY)
    ring = Keyring((Key("1", KEY.secret, NOW, retired_at=NOW), Key("2", b"n" * 32, NOW)), "2")
    grace = timedelta(days=30)
    assert _code(verify(ring, token, NOW + grace, grace)) == "ok"
    assert _code(verify(ring, token, NOW + grace + timedelta(seconds=1), grace)) == "token.expired-key"
    assert _code(verify(ring, token, NOW + timedelta(days=179))) == "ok"
    assert ring.sign(1, 1, Purpose.REPLY).startswith("r2-")


def test_forged_token_of_expired_key_is_called_forged() -> None:
    """An expired key tells nobody whether a guessed code would have fitted: the code is judged first."""
    ring = Keyring((Key("1", KEY.secret, NOW, retired_at=NOW), Key("2", b"n" * 32, NOW)), "2")
    assert _code(verify(ring, "r1-1-1-" + "0" * 16, NOW + timedelta(days=999))) == "token.bad-mac"


@pytest.mark.parametrize(("ticket", "slot"), [(-1, 0), (32**7, 0), (1, -1), (1, 32**3)])
def test_numbers_out_of_range(ticket: int, slot: int) -> None:
    """What a token cannot carry is refused when it is signed."""
    with pytest.raises(ValueError, match="no token can carry"):
        RING.sign(ticket, slot, Purpose.REPLY)


@pytest.mark.parametrize("key_id", ["", "A", "123456789", "a-b", "é"])
def test_key_ids_that_could_not_be_read_back(key_id: str) -> None:
    """A key id must fit into a token."""
    with pytest.raises(ValueError, match="key id"):
        Key(key_id, b"k" * 32, NOW)


def test_weak_or_confused_rings() -> None:
    """Short secrets, a current key that is missing and doubled ids are refused."""
    with pytest.raises(ValueError, match="shorter"):
        Key("1", b"k" * 15, NOW)
    with pytest.raises(ValueError, match="not in the ring"):
        Keyring((KEY,), "2")
    with pytest.raises(ValueError, match="same id"):
        Keyring((KEY, KEY), "1")


def test_secret_is_never_printed() -> None:
    """A key or ring in a log line shows no secret."""
    ring = Keyring((Key("1", b"top-secret-secret", NOW),), "1")
    assert "top-secret" not in repr(ring)
    assert "id='1'" in repr(ring)


def test_reply_address() -> None:
    """The token is the detail of the desk's address; a host without details gets the bare address."""
    token = RING.sign(2164242, 1, Purpose.REPLY)
    assert reply_address(RING, "bantuan@desk.example", "+", 2164242, 1) == f"bantuan+{token}@desk.example"
    assert reply_address(RING, "bantuan@desk.example", "", 2164242, 1) == "bantuan@desk.example"


@given(st.text(max_size=40), st.sampled_from(["d.example", "bantuan.kementerian.go.id"]))
def test_message_ids_stay_short(unique: str, domain: str) -> None:
    """A Message-ID never passes 77 characters on ordinary domains, and has only harmless characters."""
    value = message_id(RING, domain, 2164242, 1, unique)
    assert re.fullmatch(rf"<mh\.[a-z0-9-]+\.[a-z0-9]+@{re.escape(domain)}>", value)
    assert len(value) <= 77


def test_message_id_keeps_a_fitting_unique_part() -> None:
    """The caller's own mark is kept where it fits, and a digest of it stands there where it does not."""
    assert ".abc123@" in message_id(RING, "desk.example", 2164242, 1, "abc123")
    long_domain = "d" * 25 + ".example"
    one, two = (message_id(RING, long_domain, 2164242, 1, unique) for unique in ("a" * 16, "b" * 16))
    assert one != two
    assert len(one) == 77
    assert one == message_id(RING, long_domain, 2164242, 1, "a" * 16)


def test_message_id_without_a_ticket() -> None:
    """A mail that belongs to no ticket carries no token."""
    assert message_id(RING, "desk.example", 0, 0, "abc") == "<mh.abc@desk.example>"
