"""Parameters of Content-Type and Content-Disposition (RFC 2045 §5.1, RFC 2183, RFC 2231), read as mailers write them.

Beside the standard: encoded words inside quotes, raw 8-bit, values with blanks and no quotes. Linear and bounded.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from mailhelp.mail import charset, header

_MAX_PARAMS = 200
_PARAM = re.compile(r";\s*([^\s=;\"]{1,100})\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;]*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\\\"])")
_SECTION = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?")


class Field(NamedTuple):
    """A structured MIME field: its first word (lower case) and its parameters (names lower case)."""

    value: str
    params: dict[str, str]


class _Section(NamedTuple):
    """One piece of a continued parameter (RFC 2231 §3)."""

    number: int
    text: str
    percent: bool


def parse(value: str, declared: str = "") -> Field:
    """The field; `declared` is a charset hint for raw 8-bit. Never raises."""
    text = header.uncommented(header.as_text(value, declared).replace("\r", "").replace("\n", ""))
    found: dict[str, str] = {}
    sections: dict[str, list[_Section]] = {}
    for number, match in enumerate(_PARAM.finditer(text)):
        if number >= _MAX_PARAMS:
            break
        name, body = match[1].lower(), _unquoted(match[2])
        section = _SECTION.fullmatch(name)
        if section:
            piece = _Section(int(section[2] or 0), body, percent=bool(section[3]) or not section[2])
            sections.setdefault(section[1], []).append(piece)
        else:
            found.setdefault(name, header.decode(body) if "=?" in body else body)
    # An extended value wins over a plain one of the same name (RFC 6266 §4.3 says what mail readers do as well).
    found.update((name, _joined(pieces)) for name, pieces in sections.items())
    return Field(text.partition(";")[0].strip(" \t\"'").lower(), found)


def _unquoted(body: str) -> str:
    """The value without its quotes; backslashes go only where they guard a quote or a backslash."""
    body = body.strip()
    if not body.startswith('"'):
        return body
    return _ESCAPED.sub(r"\1", body[1:-1] if body.endswith('"') and len(body) > 1 else body[1:])


def _joined(pieces: list[_Section]) -> str:
    """The text of a parameter in pieces, its percent signs undone in the charset that the first piece names."""
    pieces.sort(key=lambda piece: piece.number)
    declared, first = "", pieces[0]
    if first.percent and first.text.count("'") >= 2:
        declared, _, rest = first.text.split("'", 2)
        pieces[0] = first._replace(text=rest)
    if not any(piece.percent for piece in pieces):
        text = "".join(piece.text for piece in pieces)
        return header.decode(text) if "=?" in text else text
    data = b"".join(
        header.unpercent(header.raw_bytes(piece.text)) if piece.percent else header.raw_bytes(piece.text)
        for piece in pieces
    )
    return charset.decode(data, declared)
