"""Signed tokens: what ties a mail to a ticket and a participant (design §4.5, §7).

A token is `<purpose><key id>-<ticket>-<slot>-<mac>` in lower case, for example `r1-221kj-1-6c8xq0v3m5d2k9ht`: short
enough for an address detail (RFC 5233) and a Message-ID, safe where hosts change case. Numbers and the code are
written in Crockford's base 32 (no i, l, o, u). The code is HMAC-SHA256 cut to 80 bits. A token alone proves nothing
about who sends it: it leaks when somebody forwards our mail, so it counts only together with its owner as sender.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_TOKEN = 40
MAX_MESSAGE_ID = 77
GRACE = timedelta(days=180)
"""How long tokens of a retired key stay valid after `retired_at`, unless the caller says otherwise."""

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_MAC_BITS = 80
_MAC_CHARS = _MAC_BITS // 5
_CONTEXT = b"mailhelp token 1\0"
_KEY_ID = re.compile(r"[a-z0-9]{1,8}")
_TOKEN = re.compile(
    rf"([rcb])([a-z0-9]{{1,8}})-([{_DIGITS}]{{1,7}})-([{_DIGITS}]{{1,3}})-([{_DIGITS}]{{{_MAC_CHARS}}})"
)
_UNIQUE = re.compile(r"[a-z0-9]{1,16}")
_MAX_TICKET = 32**7
_MAX_SLOT = 32**3


class Purpose(StrEnum):
    """What a token is for. CONFIRM names a held arrival in place of the ticket, with slot 0."""

    REPLY = "r"
    CONFIRM = "c"
    BOUNCE = "b"


@dataclass(frozen=True, slots=True)
class Key:
    """One signing key. `id` has 1 to 8 characters a-z0-9; `secret` at least 16 bytes; times are aware UTC."""

    id: str
    secret: bytes
    created_at: datetime
    retired_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what could never be read back (ValueError)."""
        if not _KEY_ID.fullmatch(self.id):
            raise ValueError(f"a key id has 1 to 8 characters a-z and 0-9, not {self.id!r}")
        if len(self.secret) < 16:
            raise ValueError(f"the secret of key {self.id} is shorter than 16 bytes")

    def __repr__(self) -> str:
        return f"Key(id={self.id!r}, retired_at={self.retired_at!r})"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says, once its code is known to be right."""

    purpose: Purpose
    ticket: int
    slot: int
    key_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a token does not count: `token.malformed`, `token.unknown-key`, `token.expired-key` or `token.bad-mac`."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Keyring:
    """All keys; `current` is the id of the one that signs. Raises ValueError when it is not among them."""

    keys: tuple[Key, ...]
    current: str

    def __post_init__(self) -> None:
        """Refuse a ring that cannot sign, or in which an id means two keys (ValueError)."""
        if self.find(self.current) is None:
            raise ValueError(f"the current key {self.current!r} is not in the ring")
        if len({key.id for key in self.keys}) != len(self.keys):
            raise ValueError("two keys have the same id")

    def find(self, key_id: str) -> Key | None:
        """The key with that id."""
        return next((key for key in self.keys if key.id == key_id), None)

    def sign(self, ticket: int, slot: int, purpose: Purpose) -> str:
        """A token for a ticket (or, for CONFIRM, a held arrival) and a participant's slot; ValueError out of range."""
        if not (0 <= ticket < _MAX_TICKET and 0 <= slot < _MAX_SLOT):
            raise ValueError(f"no token can carry ticket {ticket}, slot {slot}")
        key = self.find(self.current)
        assert key is not None
        body = f"{purpose.value}{key.id}-{_encode(ticket)}-{_encode(slot)}"
        return f"{body}-{_mac(key, body)}"


def verify(keyring: Keyring, token: str, now: datetime, grace: timedelta = GRACE) -> Claim | Refusal:
    """Read a token, in any case. Codes are compared in constant time; nothing raises, whatever the text."""
    match = _TOKEN.fullmatch(token.lower()) if len(token) <= MAX_TOKEN else None
    if match is None:
        return Refusal("token.malformed", "it does not have the form of a token")
    purpose, key_id, ticket, slot, mac = match.groups()
    key = keyring.find(key_id)
    if key is None:
        return Refusal("token.unknown-key", f"it is signed with key {key_id}, which this desk does not have")
    if not hmac.compare_digest(mac, _mac(key, match.string[: match.start(5) - 1])):
        return Refusal("token.bad-mac", "its code does not fit: it was changed or made by somebody else")
    if key.retired_at is not None and now > key.retired_at + grace:
        until = (key.retired_at + grace).date().isoformat()
        return Refusal("token.expired-key", f"its key {key_id} was retired and counted only until {until}")
    return Claim(Purpose(purpose), _decode(ticket), _decode(slot), key_id)


def named(text: str) -> frozenset[int]:
    """The ticket of everything in a text that looks like its token; no code is checked, so nothing is proven."""
    return frozenset(_decode(found[3]) for found in _TOKEN.finditer(text.lower()) if found[1] != Purpose.CONFIRM)


def reply_address(
    keyring: Keyring, desk_address: str, detail: str, ticket: int, slot: int, purpose: Purpose = Purpose.REPLY
) -> str:
    """The desk's address with a token as its detail; bare where the host has no details (`detail` empty)."""
    if not detail:
        return desk_address
    local, _, domain = desk_address.rpartition("@")
    return f"{local}{detail}{keyring.sign(ticket, slot, purpose)}@{domain}"


def message_id(
    keyring: Keyring, domain: str, ticket: int, slot: int, unique: str, purpose: Purpose = Purpose.REPLY
) -> str:
    """A Message-ID that carries a token: `<mh.TOKEN.UNIQUE@domain>`; without a token when `ticket` is 0.

    `unique` is kept when it has 1 to 16 characters a-z0-9 and all fits into 77 characters, else a digest of it takes
    its place: of 50 to 80 bits, by the room that there is. Only a domain of more than 33 characters makes it longer.
    """
    head = f"<mh.{keyring.sign(ticket, slot, purpose)}." if ticket else "<mh."
    tail = f"@{domain}>"
    room = MAX_MESSAGE_ID - len(head) - len(tail)
    if not _UNIQUE.fullmatch(unique) or len(unique) > room:
        width = min(16, max(10, room))
        digest = hashlib.sha256(unique.encode("utf-8", "surrogatepass")).digest()
        unique = _encode(int.from_bytes(digest, "big") % 32**width, width)
    return head + unique + tail


@functools.lru_cache(maxsize=16)
def _keyed(secret: bytes) -> hmac.HMAC:
    """HMAC-SHA256, ready to be copied. Unlike `hmac.digest` it keeps the interpreter, which busy threads wait for."""
    return hmac.new(secret, digestmod="sha256")


def _mac(key: Key, body: str) -> str:
    code = _keyed(key.secret).copy()
    code.update(_CONTEXT + body.encode())
    digest = code.digest()
    return _encode(int.from_bytes(digest, "big") >> (256 - _MAC_BITS), _MAC_CHARS)


def _encode(number: int, width: int = 1) -> str:
    digits: list[str] = []
    while number or len(digits) < width:
        number, digit = divmod(number, 32)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _decode(text: str) -> int:
    number = 0
    for char in text:
        number = number * 32 + _DIGITS.index(char)
    return number
