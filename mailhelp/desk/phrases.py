"""What the recognisers of short mails share: a mail without greetings, signature and quoted number, as folded words.

A recogniser answers only for what is certain: short, with nothing else said in it. Everything doubtful is an ordinary
reply that a person reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from mailhelp.desk import words as wording
from mailhelp.desk.fold import fold

MOST_WORDS = 40
"""A longer mail says something that a person must read."""

_WORD = re.compile(r"\w+")
_LABEL = re.compile(r"^\s*[^\W\d_][\w /()-]{1,40}\s*[:=]\s*\S", re.MULTILINE)
_TAG = re.compile(r"\[?(?<!\d)#?\d{7}(?!\d)\]?")
_LONG_NUMBER = re.compile(r"\d[\d .-]{6,}\d")
_PREFIX = re.compile(r"^(?:\s*(?:re|fw|fwd|bls|balas|trs|aw|sv)\s*(?:\[\d+\])?\s*:)+", re.IGNORECASE)
_TROUBLE = re.compile(
    r"\b(?:belum (?:bisa|dapat|berhasil|masuk|muncul|berubah)"
    r"|(?:tidak|tdk|ga|gak|nggak|tak) (?:bisa|dapat|muncul|berhasil)"
    r"|gagal|error|eror|salah|kendala|masalah baru|ditolak|still (?:can|not|no)|can ?not|can t|does ?n?o?t work|doesn t"
    r"|wrong|failed|fails|problem with|terlampir|lampiran|attached|attachment|lampirkan)\b"
)


def body(text: str) -> str:
    """The text above the signature, folded, words separated by single blanks; lines by ` | `."""
    lines = wording.without_signature(text).splitlines()
    folded = (" ".join(re.findall(r"\w+|\?", fold(line))) for line in lines)
    return " | ".join(line for line in folded if line)


def is_short(text: str, most: int = MOST_WORDS) -> bool:
    """Whether a text is short and brings no data: no filled-in labels, no long number besides a report's."""
    plain = wording.without_signature(text)
    return (
        sum(1 for _ in islice(_WORD.finditer(plain), most + 1)) <= most
        and not _LABEL.search(plain)
        and not _LONG_NUMBER.search(_TAG.sub(" ", plain))
    )


def tells_of_trouble(folded: str) -> bool:
    """Whether it says that something does not work, or that something is sent along."""
    return bool(_TROUBLE.search(folded))


def subject(text: str) -> str:
    """A subject without `Re:` and the report's number, folded."""
    return " ".join(re.findall(r"\w+", fold(_TAG.sub(" ", _PREFIX.sub("", text)))))


def listed(words: str) -> frozenset[str]:
    """Words that are written with blanks between them."""
    return frozenset(words.split())


def any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern for several phrases, on word boundaries."""
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")
