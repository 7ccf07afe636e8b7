"""Text as it is compared: one spelling for case, accents, widths and spacing, so that people need not spell like us."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

MAX_FOLDED = 200_000
"""Characters of one text that comparisons look at; the rest is kept but not searched."""

_NAME = 80
"""Characters up to which a text may be a name, a label or a short value: they come again with each mail."""

_COMBINING = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_WORD = re.compile(r"\w+")


def fold(text: str) -> str:
    """Lower case, without accents, full-width forms made plain, invisible format characters gone.

    The length may change: never use it for positions in the original.
    """
    text = text[:MAX_FOLDED]
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = plain.replace("\u200b", "").replace("\u200d", "").replace("\ufeff", "").replace("\u00ad", "")
    return _COMBINING.sub("", plain)


def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded: runs of letters and digits; every other character separates."""
    return tuple(_WORD.findall(fold(text)))


def key(text: str) -> str:
    """The form in which names, labels and choices are compared: folded words with one space between."""
    return _name_key(text) if len(text) <= _NAME else " ".join(words(text))


@lru_cache(maxsize=8192)
def _name_key(text: str) -> str:
    return " ".join(words(text))


@dataclass(frozen=True, slots=True)
class Words:
    """A text made ready for many searches: the set of its words, and all of them in order (` a b c `)."""

    known: frozenset[str]
    line: str

    @classmethod
    def of(cls, text: str) -> Words:
        """Fold a text once."""
        found = words(text)
        return cls(frozenset(found), f" {' '.join(found)} ")

    def has(self, phrase: str) -> bool:
        """Whether a phrase made by `key` occurs on word boundaries."""
        return f" {phrase} " in self.line
