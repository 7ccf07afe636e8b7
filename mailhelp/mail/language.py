"""Which of the desk's languages a text is written in, by its small words."""

from __future__ import annotations

import re

_MAX_CHARS = 4_000
_WORD = re.compile(r"[a-z]{2,15}")
_ID_WORDS = (
    "yang dan di ke dari untuk dengan pada ini itu tidak bisa saya kami anda akan sudah belum ada adalah atau juga "
    "karena oleh dalam mohon terima kasih selamat pagi siang sore malam bapak ibu pak bu akun sandi kata lupa "
    "bagaimana apakah kenapa mengapa tolong bantu bantuan sekolah guru siswa yth hormat salam telah masih sebagai "
    "agar namun tetapi seperti lagi sangat nomor nama kepada dapat tersebut maaf gak nggak tdk yg dgn utk sdh blm "
    "masuk surel laporan jika bila kalau maka perlu harus saja balas hari"
)
_EN_WORDS = (
    "the and of to in is for with on this that not can my we you your will have has been are was or also because "
    "by please thank thanks hello dear good morning afternoon evening password account forgot how what why when "
    "help school teacher student regards best still as but like very number name from could would cannot it be "
    "at an if do does did there their our just need should any all which login email"
)
_INDONESIAN = frozenset(_ID_WORDS.split())
_ENGLISH = frozenset(_EN_WORDS.split())


def guess(text: str) -> str:
    """`id` or `en` where one of them is clearly ahead, else an empty text. Quoted lines do not count."""
    own = "\n".join(line for line in text[:_MAX_CHARS].split("\n") if not line.startswith(">"))
    words = _WORD.findall(own.lower())
    indonesian = sum(word in _INDONESIAN for word in words)
    english = sum(word in _ENGLISH for word in words)
    least = 1 if len(words) <= 6 else 2
    if max(indonesian, english) < least or abs(indonesian - english) * 3 < indonesian + english:
        return ""
    return "id" if indonesian > english else "en"
