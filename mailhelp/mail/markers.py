"""The lines in our mails that reading an answer goes by: above which to write, and between which to fill in.

Quote splitting looks for these texts (they survive every client that was tried, below its attribution line). They are
not the signature mark `-- `: clients hide or cut what stands under that one.
"""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 200

MARKER = {
    "id": "## Tulis balasan di atas baris ini ##",
    "en": "## Please reply above this line ##",
}
"""The marker line of each language that templates exist in."""

MARKERS = tuple(MARKER.values())
"""All marker lines, for quote splitting."""

FORM_MARKER = {
    "id": "## Isi di bawah ini ##",
    "en": "## Please fill in below ##",
}
"""The line above a block of labels that is to be filled in, by language."""

FORM_END = {
    "id": "## Akhir isian ##",
    "en": "## End of the form ##",
}
"""The line below such a block."""


def is_form_marker(line: str) -> bool:
    """Whether a block to be filled in begins with this line, whatever quote marks and spaces a client put into it."""
    return _has(line, FORM_MARKER.values())


def is_form_end(line: str) -> bool:
    """Whether such a block ends with this line."""
    return _has(line, FORM_END.values())


def _has(line: str, texts: Iterable[str]) -> bool:
    if len(line) > _LONGEST:
        return False
    words = line.replace("#", " ").strip("> \t*").casefold().split()
    return any(words == text.replace("#", " ").casefold().split() for text in texts)
