"""Forms that were filled in inside the quotation: `> NPSN: 20101234`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailhelp.mail.quotes import marks, words

_LINE: Final = re.compile(r"^[\s*•\-\d.)]{0,6}([^\W\d_][^:：<>@]{0,50}?)\s?[:：]\s*(.*)$")
_ONLY_IN_REPORTS: Final = 10  # the first of these names
_ASKED: Final = (
    "nama", "name", "npsn", "nisn", "nik", "nuptk", "kronologi", "kendala", "keterangan", "details",
    "email", "e-mail", "surel", "sekolah", "telepon", "telp", "hp", "wa", "whatsapp", "jabatan", "alamat", "provinsi",
    "kota", "kabupaten", "kecamatan", "jenjang", "akun", "school", "phone", "position", "province", "city", "address",
    "account",
)  # fmt: skip
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
    return any(word in label.split() for label, _ in pairs for word in _ASKED[:_ONLY_IN_REPORTS])


def filled(quoted: Sequence[str], *, alone: bool) -> bool:
    """Whether quoted lines (without their mark) hold a form with values: two of the fields that desks ask for.

    `alone`: nothing was typed elsewhere; then one value is enough.
    """
    pairs = [pair for line in quoted[:2_000] if not marks.is_quoted(line) and (pair := _value(line))]
    asked = [value for label, value in pairs if any(word in label.split() for word in _ASKED)]
    return sum(bool(value) for value in asked) >= (1 if alone else 2)
