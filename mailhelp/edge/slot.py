"""Places for values in a mail's Markdown: characters of private use that mean nothing to a Markdown parser."""

from __future__ import annotations

import itertools
import re

PLACE = "\ue000"
"""What a template writes in the place of each value; `numbered` gives each its number."""

_SLOT = re.compile("\ue000([0-9]+)\ue001")
_RESERVED = re.compile("[\ue000-\ue001]")

Pieces = tuple[str | int, ...]
"""Fixed text, and numbers of values."""


def without_places(source: str) -> str:
    """A template's own text, free of the characters that places are made of."""
    return _RESERVED.sub("", source)


def numbered(markdown: str) -> str:
    """The Markdown with its places numbered from 0 on."""
    numbers = itertools.count()
    return re.sub(PLACE, lambda _: f"{PLACE}{next(numbers)}\ue001", markdown)


def shifted(text: str, by: int) -> str:
    """The text with the numbers of its places raised."""
    return _SLOT.sub(lambda found: f"{PLACE}{int(found[1]) + by}\ue001", text)


def split(text: str) -> Pieces:
    """A text with numbered places as pieces."""
    pieces: list[str | int] = []
    end = 0
    for match in _SLOT.finditer(text):
        pieces += [text[end : match.start()], int(match[1])]
        end = match.end()
    return tuple(piece for piece in (*pieces, text[end:]) if piece != "")


def fill(pieces: Pieces, values: list[str]) -> str:
    """The text with its values."""
    return "".join([piece if isinstance(piece, str) else values[piece] for piece in pieces])
