"""How commands are called: the English name first, then Indonesian ones and short forms."""

from __future__ import annotations

from difflib import get_close_matches

NAMES: dict[str, tuple[str, ...]] = {
    "note": ("catatan", "catat", "n"),
    "take": ("ambil", "own"),
    "assign": ("tugaskan", "serahkan", "a"),
    "queue": ("antrean", "antrian", "q"),
    "category": ("kategori", "kat"),
    "priority": ("prioritas", "prio", "p"),
    "tag": ("tags", "label", "t"),
    "field": ("isian", "data", "f"),
    "requester": ("pelapor",),
    "cc": ("tembusan",),
    "ask": ("minta", "tanya"),
    "checking": ("periksa", "cek", "check"),
    "resolve": ("selesai", "resolved", "r"),
    "close": ("tutup", "closed"),
    "reopen": ("buka",),
    "wait": ("tunggu", "w"),
    "template": ("templat", "tpl"),
    "merge": ("gabung", "gabungkan"),
    "split": ("pisah", "pisahkan"),
    "link": ("kait", "kaitkan"),
    "spam": ("sampah",),
    "show": ("lihat", "tampilkan"),
    "files": ("berkas", "lampiran", "file"),
    "unmask": ("bukasamaran",),
    "undo": ("urungkan", "batal"),
    "help": ("bantuan", "tolong"),
    "mine": ("tugasku", "milikku"),
    "open": ("terbuka",),
    "search": ("cari", "find"),
    "for": ("untuk",),
    "forward": ("teruskan", "terusan", "fwd"),
    "away": ("cuti", "absen"),
    "back": ("kembali", "hadir"),
}
"""English name -> its other names."""

NEVER: dict[str, str] = dict.fromkeys(("delete", "hapus", "remove", "erase"), "never-deleted")
"""Words that people try and that no command will have -> the code of the sentence that says what there is instead."""

_SPELLINGS = {other: name for name, others in NAMES.items() for other in (name, *others)}
_LONG = [other for other in _SPELLINGS if len(other) > 2]


def spelt(word: str) -> str:
    """The English name of the command with exactly this name (any case), or an empty text."""
    return _SPELLINGS.get(word.lower(), "")


def is_known(word: str) -> bool:
    """Whether somebody who begins a line with this word means a command."""
    return bool(spelt(word) or word.lower() in NEVER or near(word))


def near(word: str) -> str:
    """The command that was probably meant, in the spelling nearest to what was written; or an empty text."""
    close = get_close_matches(word.lower()[:40], _LONG, n=1, cutoff=0.72)
    return close[0] if close else ""
