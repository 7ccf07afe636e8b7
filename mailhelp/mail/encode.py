"""Header values and bodies on the wire: RFC 2047 words, RFC 2231 parameters, quoted-printable and base64 bodies.

Texts are made clean first (`one_line`, `clean_text`), so nothing that a sender wrote can end a header line.
"""

from __future__ import annotations

import binascii
import re
from urllib.parse import quote

_SURROGATES = re.compile("[\ud800-\udfff]")
# Control characters, and the marks that turn the direction of what follows: in a name or subject they can only mislead.
_NOT_IN_A_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LINE = 76
_WORD_BYTES = 45  # in base 64 these are 60 characters; with `=?utf-8?b?` and `?=` 72 (RFC 2047 §2: at most 75)


def one_line(text: str) -> str:
    """The text as a header value may carry it: one line, no control or direction marks, no lone surrogates."""
    if text.isprintable():  # then it has none of these
        return " ".join(text.split())
    return " ".join(_SURROGATES.sub("\ufffd", _NOT_IN_A_LINE.sub(" ", text)).split())


def clean_text(text: str) -> str:
    """The text as a body may carry it: lines end in LF, no other control characters but TAB, one LF at the end."""
    if text.replace("\n", "").isprintable():  # then there are none, nor surrogates
        return text.rstrip("\n") + "\n"
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _NOT_IN_TEXT.sub("\ufffd", lines)).rstrip("\n") + "\n"


def unstructured(value: str, used: int) -> str:
    """A clean line as an unstructured value (RFC 5322 §2.2.1), folded; `used` columns are taken on the first line.

    Words before the first one that needs it stay readable, the rest is encoded.
    """
    words = value.split(" ")
    plain: list[str] = []
    for word in words:
        if not _is_plain(word):
            break
        plain.append(word)
    rest = " ".join(words[len(plain) :])
    return _fold([*plain, *(encoded_words(rest, 1 if plain else used) if rest else [])], used)


def phrase(value: str, used: int) -> str:
    """A clean line as a display name (RFC 5322 §3.2.5): atoms, a quoted string, or encoded words."""
    if len(value) + used < _LINE and "=?" not in value and value.isascii():
        if _ATOMS.fullmatch(value):
            return value
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _fold(encoded_words(value, used), used)


def encoded_words(value: str, used: int = 1) -> list[str]:
    """RFC 2047 §2 words, cut between characters. Base 64: right in every position.

    Each leaves its line within 76 columns, of which `used` are taken before the first one.
    """
    words: list[str] = []
    chunk = b""
    room = min(_WORD_BYTES, (_LINE - used - len("=?utf-8?b??=")) // 4 * 3)
    for char in value:
        piece = char.encode()
        if len(chunk) + len(piece) > room:
            words.append(_encoded_word(chunk))
            chunk, room = b"", _WORD_BYTES
        chunk += piece
    return [*words, _encoded_word(chunk)]


def parameter(name: str, value: str) -> str:
    """`name="value"`, or with characters beyond ASCII `name*=utf-8''...` (RFC 2231 §4)."""
    if value.isascii():
        return f'{name}="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{name}*=utf-8''" + quote(value, safe="")


def body(text: str) -> tuple[str, str, bytes]:
    """(charset, transfer encoding, bytes with CRLF) of a clean text: as it is, quoted-printable or base 64."""
    if text.isascii() and _travels_untouched(text):
        return "us-ascii", "7bit", text.encode("ascii").replace(b"\n", b"\r\n")
    data = text.encode()
    # A byte beyond ASCII takes three characters in quoted-printable, and one and a third in base 64.
    if (len(data) - len(text)) * 4 < len(data):
        return "utf-8", "quoted-printable", quoted_printable(data)
    return "utf-8", "base64", base64(data.replace(b"\n", b"\r\n"))


def quoted_printable(data: bytes) -> bytes:
    """Lines of at most 76 columns ending in CRLF (RFC 2045 §6.7); `From ` at a line's start is hidden from mbox."""
    lines = binascii.b2a_qp(data, istext=True)
    if lines.startswith(b"From ") or b"\nFrom " in lines:
        lines = re.sub(rb"(?m)^From ", b"=46rom=\n ", lines)
    return lines.replace(b"\n", b"\r\n")


def base64(data: bytes) -> bytes:
    """Lines of 76 columns ending in CRLF (RFC 2045 §6.8)."""
    encoded = binascii.b2a_base64(data, newline=False)
    return b"\r\n".join([encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)]) + b"\r\n"


def _is_plain(word: str) -> bool:
    return len(word) < _LINE - 10 and "=?" not in word and all("!" <= char <= "~" for char in word)


def _travels_untouched(text: str) -> bool:
    return (
        "=_" not in text
        and not text.startswith("From ")
        and "\nFrom " not in text
        and " \n" not in text
        and "\t\n" not in text
        and max(map(len, text.split("\n"))) <= 78
    )


def _encoded_word(chunk: bytes) -> str:
    return "=?utf-8?b?" + binascii.b2a_base64(chunk, newline=False).decode("ascii") + "?="


def _fold(words: list[str], used: int) -> str:
    """The words with a space or a folded space between them, in lines of at most 76 columns where that is possible."""
    line = ""
    lines: list[str] = []
    for word in words:
        if line and used + len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line, used = word, 1
        else:
            line = f"{line} {word}" if line else word
    return "\r\n ".join([*lines, line])
