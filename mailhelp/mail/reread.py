"""Reading our own mails back, as strictly as can be: what is composed must read as it was meant.

Of bodies it knows only the forms that `compose` writes, and refuses all others. Plain forms of header fields it reads
itself, all others by the standard library's parser, which takes ten times as long and reads the same (the tests hold
that for any text). RFC 2046 §5.1.1, RFC 5322 §2.2.
"""

from __future__ import annotations

import email.utils
import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser

_MULTIPART = re.compile(rb'Content-Type: multipart/[a-z]+; boundary="([^"]+)"')
_TEXT = re.compile(rb"Content-Type: text/[a-z]+; charset=(us-ascii|utf-8)\r\nContent-Transfer-Encoding: ([a-z0-9-]+)")
_DECODE: dict[bytes, Callable[[bytes], bytes]] = {b"7bit": bytes, b"quoted-printable": a2b_qp, b"base64": a2b_base64}
_FIELD = re.compile(r"([A-Za-z-]+): ((?:[!-~][ -~]*(?:\r\n [ -~]*)*)?)\r\n")
_HEADER = BytesHeaderParser()
_SPEC = r"[A-Za-z0-9+_-]+(?:\.[A-Za-z0-9+_-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*"
_MAILBOX = re.compile(rf"([A-Za-z0-9]+(?: [A-Za-z0-9]+)*) <({_SPEC})>|({_SPEC})")


class RereadError(ValueError):
    """The bytes do not have the form that we write."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One part without parts: its text, or None where it is a file."""

    text: str | None


def leaves(part: bytes) -> Iterator[Leaf]:
    """The leaves of a part (its own header fields, an empty line, its body), in order; RereadError."""
    head, blank, body = part.partition(b"\r\n\r\n")
    if not blank:
        raise RereadError("a part without a body")
    if multipart := _MULTIPART.fullmatch(head):
        for inner in _parts(body, b"\r\n--" + multipart[1]):
            yield from leaves(inner)
    elif text := _TEXT.fullmatch(head):
        yield Leaf(_text(body, text[1].decode("ascii"), text[2]))
    elif b"\r\nContent-Disposition: attachment;" in head:
        yield Leaf(None)
    else:
        raise RereadError(f"an unknown head of a part: {head[:200]!r}")


def _parts(body: bytes, delimiter: bytes) -> list[bytes]:
    before, *parts, last = (b"\r\n" + body).split(delimiter)
    if before or not parts or last not in (b"--\r\n", b"--"):
        raise RereadError("boundaries that do not close")
    if not all(part.startswith(b"\r\n") for part in parts):
        raise RereadError("a boundary inside a text")
    return [part[2:] for part in parts]


def _text(body: bytes, charset: str, encoding: bytes) -> str:
    if encoding not in _DECODE:
        raise RereadError(f"an unknown encoding: {encoding!r}")
    text = _DECODE[encoding](body).decode(charset).replace("\r\n", "\n")
    return text.rstrip("\n") + "\n"  # the last line end belongs to the boundary


def fields(head: bytes) -> list[tuple[str, str]]:
    """Names and unfolded values of a header that ends with an empty line, in order; UTF-8 is read as such."""
    text = head.decode("latin-1")
    found: list[tuple[str, str]] = []
    at = 0
    while match := _FIELD.match(text, at):
        found.append((match[1], match[2].replace("\r\n", "")))
        at = match.end()
    if found and text[at:] == "\r\n":
        return found
    return [(name, _unfold(value)) for name, value in _HEADER.parsebytes(head).raw_items()]


def mailbox(value: str) -> tuple[str, str]:
    """The display name and the address of an unfolded field with one mailbox (RFC 5322 §3.4)."""
    if plain := _MAILBOX.fullmatch(value):
        return plain[1] or "", plain[2] or plain[3]
    name, spec = email.utils.parseaddr(value)
    return line(name), spec


def line(value: str) -> str:
    """An unfolded, unstructured value, its encoded words decoded (RFC 2047)."""
    if "=?" not in value and value.isascii() and value.isprintable():
        return value
    return str(make_header(decode_header(value)))


def _unfold(value: str) -> str:
    return value.replace("\r\n", "").encode("ascii", "surrogateescape").decode(errors="replace")
