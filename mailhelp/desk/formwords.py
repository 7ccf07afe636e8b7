"""What is said about the values of a form: doubts for agents, findings for requesters, in both languages.

Each text has places `{0}`, `{1}`, ... for the values of its code. Texts about a field do not repeat its label: whoever
shows them puts it before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mailhelp.desk.model import Doubt

LANGUAGES: Final = ("id", "en")

_DOUBTS: Final = {
    "near-label": ("label tertulis “{0}”", "the label was written “{0}”"),
    "near": ("tertulis “{0}”, dibaca {1}", "written “{0}”, read as {1}"),
    "within": ("tertulis “{0}”, dibaca {1}", "written “{0}”, read as {1}"),
    "follows": ("mengikuti subkategori “{0}”", "follows from the subcategory “{0}”"),
    "guessed": ("ditebak dari: {0}", "guessed from: {0}"),
    "other-value": ("nilai lain juga tertulis: “{0}”", "another value was given as well: “{0}”"),
    "unlabelled": ("tidak ada titik dua setelah label", "there is no colon behind the label"),
    "joined": ("disambung dari dua baris", "put together from two lines"),
    "parted": ("satu baris berisi beberapa data: “{0}”", "one line held several values: “{0}”"),
    "several": ("ada beberapa: {0}", "there are several: {0}"),
    "rows": ("tabelnya berisi {0} baris, dibaca baris pertama", "the table has {0} rows, the first one was read"),
    "quoted": ("terbaca dari kutipan", "read from quoted text"),
    "day-first": ("tertulis “{0}”, dibaca hari lebih dulu", "written “{0}”, read with the day first"),
    "not-an-address": ("“{0}” bukan alamat email", "“{0}” is not a mail address"),
    "not-a-phone": ("“{0}” bukan nomor telepon", "“{0}” is not a phone number"),
    "not-a-date": ("“{0}” bukan tanggal", "“{0}” is not a date"),
    "not-a-number": ("“{0}” bukan angka", "“{0}” is not a number"),
    "not-a-choice": ("“{0}” tidak ada dalam pilihan: {1}", "“{0}” is none of the choices: {1}"),
    "no-category": ("“{0}” bukan kategori layanan ini", "“{0}” is no category of this desk"),
    "no-subcategory": ("“{0}” bukan subkategori layanan ini", "“{0}” is no subcategory of this desk"),
    "no-subcategory-of": ("“{0}” bukan subkategori dari {1}", "“{0}” is no subcategory of {1}"),
}

_FINDINGS: Final = {
    "missing": ("belum diisi", "is missing"),
    "unsorted": ("belum dapat kami tentukan", "could not be told from your report"),
    "not-needed": ("tidak diperlukan untuk laporan ini", "is not needed for this report"),
    "nik.length": ("NIK terdiri atas {2} angka; yang tertulis {1} angka", "a NIK has {2} digits; this one has {1}"),
    "nisn.length": ("NISN terdiri atas {2} angka; yang tertulis {1} angka", "a NISN has {2} digits; this one has {1}"),
    "npsn.length": (
        "NPSN terdiri atas {2} angka, atau huruf P atau K dan 7 angka; yang tertulis {1} angka",
        "an NPSN has {2} digits, or the letter P or K and 7 digits; this one has {1}",
    ),
    "nuptk.length": (
        "NUPTK terdiri atas {2} angka; yang tertulis {1} angka",
        "a NUPTK has {2} digits; this one has {1}",
    ),
    "nik.digits": ("NIK hanya terdiri atas 16 angka", "a NIK is made of 16 digits only"),
    "nisn.digits": ("NISN hanya terdiri atas 10 angka", "a NISN is made of 10 digits only"),
    "npsn.digits": (
        "NPSN terdiri atas 8 angka, atau huruf P atau K dan 7 angka",
        "an NPSN has 8 digits, or the letter P or K and 7 digits",
    ),
    "nuptk.digits": ("NUPTK hanya terdiri atas 16 angka", "a NUPTK is made of 16 digits only"),
    "nik.date": ("tanggal lahir di dalam NIK ini tidak mungkin", "the date of birth in this NIK cannot be"),
    "nik.region": ("kode wilayah {0} di dalam NIK ini tidak dikenal", "the region {0} in this NIK is not known"),
    "nisn.year": ("NISN ini tidak diawali tahun lahir", "this NISN does not begin with a year of birth"),
    "number.repeated": ("semua angkanya sama", "all its digits are the same"),
    "nuptk.nik": ("NUPTK ini sama dengan NIK", "this NUPTK is the same number as the NIK"),
    "exchanged": ("tertukar dengan {0}", "was exchanged with {0}"),
    "looks-like": ("ini tampaknya {0}", "this looks like {0}"),
    "same-as": ("harus sama dengan {0}", "must be the same as {0}"),
    "differs-from": ("tidak boleh sama dengan {0}", "must not be the same as {0}"),
    "domain": ("harus beralamat di {0}", "must be an address at {0}"),
    "not-domain": ("tidak boleh beralamat di {0}", "must not be an address at {0}"),
    "min": ("paling sedikit {0}", "must be at least {0}"),
    "max": ("paling banyak {0}", "must be at most {0}"),
    "length": ("paling panjang {0} huruf", "must have at most {0} characters"),
    "not-before": ("tidak boleh sebelum {0}", "must not be before {0}"),
    "not-after": ("tidak boleh setelah {0}", "must not be after {0}"),
    "matches": ("bentuknya tidak sesuai", "does not have the expected form"),
    "report-email": ("alamat email laporan ini", "the address of this report"),
}

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    code: dict(zip(LANGUAGES, texts, strict=True)) for code, texts in (_DOUBTS | _FINDINGS).items()
}
"""Code -> language -> text."""

MAX_SHOWN: Final = 80
"""Characters of one value that a sentence shows."""


def text(code: str, values: Sequence[str], language: str) -> str:
    """The text of a code in a language (Indonesian where it is not known); the code itself where there is no text."""
    known = TEXTS.get(code)
    if known is None:
        return " ".join((code, *values))
    shown = [value if len(value) <= MAX_SHOWN else f"{value[:MAX_SHOWN]}…" for value in values]
    return known["en" if language == "en" else "id"].format(*shown, *("",) * 3)


def said(doubt: Doubt, language: str) -> str:
    """A doubt as a sentence in that language."""
    return text(doubt.code, doubt.values, language)
