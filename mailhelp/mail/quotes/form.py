"""Forms that were filled in inside the quotation: `> NPSN: 20101234`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailhelp.mail.quotes import marks, words

_LINE: Final = re.compile(r"^[\s*•\-\d.)]{0,6}([^\W\d_][^:：<>@]{0,50}?)\s?[:：]\s*(.*)$")
_ASKED: Final = (
    "nama", "npsn", "nisn", "nik", "nuptk", "email", "e-mail", "surel", "sekolah", "telepon", "telp", "hp", "wa",
    "whatsapp", "jabatan", "alamat", "provinsi", "kota", "kabupaten", "kecamatan", "kronologi", "kendala", "keterangan",
    "jenjang", "akun", "name", "school", "phone", "position", "province", "city", "address", "details", "account",
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


def filled(quoted: Sequence[str], *, alone: bool) -> bool:
    """Whether quoted lines (without their mark) hold a form with values: two of the fields that desks ask for.

    `alone`: nothing was typed elsewhere; then one value is enough.
    """
    pairs = [pair for line in quoted[:2_000] if not marks.is_quoted(line) and (pair := _value(line))]
    asked = [value for label, value in pairs if any(word in label.split() for word in _ASKED)]
    return sum(bool(value) for value in asked) >= (1 if alone else 2)
