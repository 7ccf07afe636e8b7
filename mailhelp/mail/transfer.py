"""Content transfer encodings (RFC 2045 §6), undone piece by piece so that a large file is never held twice."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

_SLICE = 1 << 18
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _BASE64)


def name(declared: str) -> str:
    """The encoding that a Content-Transfer-Encoding field means; blanks, comments and parameters are passed over."""
    word = declared.strip().lower().partition(";")[0].partition("(")[0].strip(" \t\"'")
    return {"b": "base64", "base-64": "base64", "q": "quoted-printable", "quotedprintable": "quoted-printable"}.get(
        word, word
    )


def as_bytes(text: str) -> bytes:
    """The bytes of a payload as the feed parser keeps it: ASCII with surrogate escapes."""
    try:
        return text.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _slices(payload: str) -> Iterator[bytes]:
    """The payload in pieces that end at a line end where there is one."""
    start = 0
    while start < len(payload):
        end = payload.find("\n", start + _SLICE) + 1 or len(payload)
        yield as_bytes(payload[start:end])
        start = end


def _base64(payload: str) -> Iterator[bytes]:
    """Base64 up to its padding; what is no letter of it is passed over (RFC 2045 §6.8), a cut end is used."""
    rest = b""
    for piece in _slices(payload):
        letters, padded, _ = (rest + piece.translate(None, _NOT_BASE64)).partition(b"=")
        whole = len(letters) - len(letters) % 4
        yield binascii.a2b_base64(letters[:whole])
        rest = letters[whole:]
        if padded:
            break
    if len(rest) > 1:
        yield binascii.a2b_base64(rest + b"=" * (4 - len(rest)))


def decoded(payload: str, encoding: str) -> Iterator[bytes]:
    """The bytes that a payload stands for. `encoding` is as `name` gives it; an unknown one is taken as none."""
    if encoding == "base64":
        yield from _base64(payload)
    elif encoding == "quoted-printable":
        for piece in _slices(payload):
            yield binascii.a2b_qp(piece)
    else:
        yield from _slices(payload)
