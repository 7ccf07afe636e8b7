"""Header fields as clean text (RFC 5322 §2.2, RFC 2047) and message ids (RFC 5322 §3.6.4).

Bounded and linear: the reading of encoded words in the standard library's `policy.default` takes seconds and gigabytes
for a field of 256 KB, so it never sees a field of somebody else's mail.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mailhelp.mail import charset

MAX_VALUE = 65_536
MAX_IDS = 100
_MAX_ID = 500
# RFC 2047 §2, with what mails really hold: blanks inside, a language tag (RFC 2231 §5), a lost last "=".
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+*'-]{1,80})\?([bBqQ])\?([^?\r\n]*)(?:\?=|\?$)")
_BLANKS = re.compile(r"\s+")
# C0, C1, the bidirectional controls (a name may not turn itself round) and the invisible marks at word joins.
_UNSHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"<([^<>]{1,2000})>")
_BARE_ID = re.compile(r"[^\s<>,;()\"]{1,400}@[^\s<>,;()\"]{1,400}")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")


class Fields:
    """The header of a mail or part: all fields in order, and by name."""

    def __init__(self, items: Iterable[tuple[str, object]]) -> None:
        """Take name and raw value pairs as `email.message.Message.raw_items` gives them."""
        self.items = tuple((name, str(value)) for name, value in items)
        self._by_name: dict[str, list[str]] = {}
        for name, value in self.items:
            self._by_name.setdefault(name.lower(), []).append(value)

    def all(self, name: str) -> list[str]:
        """The raw values of that name (lower case), topmost first."""
        return self._by_name.get(name, [])

    def raw(self, name: str) -> str:
        """The first raw value, or an empty text."""
        return next(iter(self.all(name)), "")

    def text(self, name: str) -> str:
        """The first value, decoded and clean, or an empty text."""
        return decode(self.raw(name))

    def __contains__(self, name: str) -> bool:
        return name in self._by_name


class Piece(NamedTuple):
    """A stretch of a header field: its text, and whether it was an encoded word."""

    text: str
    encoded: bool


def raw_bytes(value: str | bytes) -> bytes:
    """The bytes of a value as the feed parser keeps it (raw 8-bit as surrogate escapes)."""
    if isinstance(value, bytes):
        return value
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def as_text(value: str | bytes, declared: str = "") -> str:
    """The field's own characters: raw 8-bit read by its likely charset, encoded words left as they are."""
    if isinstance(value, str) and value.isascii():
        return value
    return charset.decode(raw_bytes(value)[:MAX_VALUE], declared)


def _unquote(body: str) -> bytes:
    """The bytes of a Q word (RFC 2047 §4.2)."""
    return binascii.a2b_qp(body.replace("_", " ").encode("utf-8", "replace"), header=False)


def _unbase64(body: str) -> bytes:
    """The bytes of a B word, whatever its padding; a rest that makes no byte is dropped."""
    data = _NOT_BASE64.sub(b"", body.encode("ascii", "ignore"))
    if len(data) % 4 == 1:
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def pieces(text: str) -> Iterator[Piece]:
    """The stretches of a field in order; encoded words that follow each other are one (RFC 2047 §6.2).

    Their bytes are joined before decoding, as many mailers cut characters in half (against RFC 2047 §5).
    """
    pending: list[bytes] = []
    declared = ""
    end = 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        name = word[1].partition("*")[0].lower()
        data = (_unbase64 if word[2] in "bB" else _unquote)(word[3])
        if pending and (between.strip() or name != declared):
            yield Piece(charset.decode(b"".join(pending), declared), encoded=True)
            pending = []
        if between.strip() or (end == 0 and between):
            yield Piece(between, encoded=False)
        pending.append(data)
        declared, end = name, word.end()
    if pending:
        yield Piece(charset.decode(b"".join(pending), declared), encoded=True)
    if end < len(text):
        yield Piece(text[end:], encoded=False)


def clean(text: str) -> str:
    """Text on one line: no controls, no bidirectional controls, no lone surrogates, single blanks, NFC."""
    text = _UNSHOWN.sub("", _BLANKS.sub(" ", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", _SURROGATES.sub("\ufffd", text))
    return _BLANKS.sub(" ", text).strip()


def decode(value: str | bytes, declared: str = "") -> str:
    """A header value for reading: decoded (RFC 2047, raw 8-bit), clean, on one line.

    `declared` is the charset of the body, a hint for raw 8-bit. At most MAX_VALUE characters are read. Never raises.
    """
    text = as_text(value[:MAX_VALUE], declared)
    if "=?" in text:
        text = "".join(piece.text for piece in pieces(_unfold(text)))
    return clean(text)


def _unfold(text: str) -> str:
    """The value without its line ends (RFC 5322 §2.2.3)."""
    return text.replace("\r", "").replace("\n", "")


def uncommented(text: str) -> str:
    """The value without comments (RFC 5322 §3.2.2), each replaced by a blank; quoted strings stay whole."""
    if "(" not in text:
        return text
    kept: list[str] = []
    depth, quoted, escaped = 0, False, False
    for char in text:
        if escaped or char == "\\":
            if not depth:
                kept.append(char)
            escaped = not escaped
        elif char == '"' and not depth:
            quoted = not quoted
            kept.append(char)
        elif char == "(" and not quoted:
            depth += 1
            kept.append(" ")
        elif char == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(char)
    return "".join(kept)


def unpercent(data: bytes) -> bytes:
    """Percent signs undone (RFC 2231 §4, RFC 2392)."""
    return _PERCENT.sub(lambda match: bytes.fromhex(match[1].decode()), data)


def message_ids(value: str | bytes) -> tuple[str, ...]:
    """The `<...>` ids of a References, In-Reply-To or Message-ID value, in order, at most the last MAX_IDS.

    Folding blanks inside an id are mended; ids without brackets are taken where no bracketed one stands; comments and
    phrases ("your message of ...") are passed over.
    """
    text = clean(as_text(value[:MAX_VALUE]))
    found = [_BLANKS.sub("", body) for body in _ID.findall(text)] or _BARE_ID.findall(uncommented(text))
    ids = [f"<{body}>" for body in found if 0 < len(body) <= _MAX_ID]
    return tuple(dict.fromkeys(ids[-MAX_IDS:]))
