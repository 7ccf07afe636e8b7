"""Forms that were filled in inside the quotation of our own mail: `> NPSN: 20101234`.

Only a block that begins with our marker line counts: our notices and acknowledgements show the fields of a report in
the same way, and a reply that merely quotes them fills in nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailhelp.mail.markers import is_form_end, is_form_marker
from mailhelp.mail.quotes import marks, words

MAX_BLOCK: Final = 2_000  # lines of a quotation that are looked at

_LINE: Final = re.compile(r"^[\s*•\-\d.)]{0,6}([^\W\d_][^:：<>@]{0,50}?)\s?[:：]\s*(.*)$")
_ONLY_IN_REPORTS: Final = frozenset(
    ("nama", "name", "npsn", "nisn", "nik", "nuptk", "kronologi", "kendala", "keterangan", "details")
)
_NOT_ASKED: Final = ("tiket", "ticket", "nomor laporan", "http", "status", "menulis", "wrote")


def _value(line: str) -> tuple[str, str] | None:
    found = _LINE.match(line) if len(line) <= marks.MAX_LINE else None
    if not found or marks.field(line) or len(found[1].split()) > 5:
        return None
    label = found[1].lower().strip(" *_")
    if label in words.KEYS or any(word in label for word in _NOT_ASKED):
        return None
    return label, found[2].strip(" *_.…")


def has_data(lines: Sequence[str]) -> bool:
    """Whether a line gives what only a report gives: a name, a school's or a person's number, a story."""
    pairs = [pair for line in lines if (pair := _value(line))]
    return any(not _ONLY_IN_REPORTS.isdisjoint(label.split()) for label, _ in pairs)


def filled(quoted: Sequence[str]) -> bool:
    """Whether quoted lines (without their mark) hold our block and something was written into it.

    As we send it, the block holds nothing but labels with a colon behind them. What is quoted once more inside the
    quotation belongs to an older mail.
    """
    inside = False
    for line in quoted[:MAX_BLOCK]:
        if marks.is_quoted(line):
            continue
        if is_form_marker(line):
            inside = True
        elif is_form_end(line):
            inside = False
        elif inside and line.strip() and not line.rstrip(" \t\xa0*_").endswith((":", "：")):
            return True
    return False
