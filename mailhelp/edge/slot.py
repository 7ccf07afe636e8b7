"""Places for values in a mail's Markdown: characters of private use that mean nothing to a Markdown parser."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SLOT = re.compile("\ue000([0-9]+)\ue001")
_ANY_SLOT = re.compile("(?:\ue000([0-9]+)\ue001|\ue002([0-9]+)\ue003)")
_RESERVED = re.compile("[\ue000-\ue003]")


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value; `link` when it is (a part of) a link's target."""

    index: int
    link: bool = False


Pieces = tuple[str | Slot, ...]


def placeholder(index: int) -> str:
    """What a template writes in the place of value number `index`."""
    return f"\ue000{index}\ue001"


def without_placeholders(source: str) -> str:
    """A template's own text, free of the characters that placeholders are made of."""
    return _RESERVED.sub("", source)


def as_link(target: str) -> str:
    """A link's target with its placeholders marked as such, so that they are filled by the rules for links."""
    return _SLOT.sub("\ue002\\1\ue003", target)


def split(text: str) -> Pieces:
    """The text as fixed pieces and slots."""
    pieces: list[str | Slot] = []
    end = 0
    for match in _ANY_SLOT.finditer(text):
        pieces.append(text[end : match.start()])
        pieces.append(Slot(int(match[1] or match[2]), link=match[2] is not None))
        end = match.end()
    return tuple(piece for piece in (*pieces, text[end:]) if piece != "")
