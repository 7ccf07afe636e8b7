"""The list of commands that `#help` sends: in groups, each with an example in the agent's language."""

from __future__ import annotations

from collections.abc import Mapping

from mailhelp.desk.command_words import NAMES, spelt

_GROUPS = (
    ("Menjawab", "Answering", ("resolve", "wait", "template", "ask", "checking", "note", "undo")),
    ("Siapa yang menangani", "Who handles it", ("take", "assign", "queue")),
    ("Isi laporan", "What is in the report", ("category", "priority", "tag", "field", "requester", "cc")),
    ("Menutup dan menyatukan", "Closing and joining", ("close", "reopen", "spam", "merge", "split", "link")),
    ("Melihat", "Looking", ("show", "files", "unmask", "mine", "open", "search", "help")),
    ("Surel baru ke layanan", "In a new e-mail to the desk", ("for", "forward", "away", "back")),
)
_HELP: Mapping[str, tuple[str, str, str, str]] = {  # example and what it does, in Indonesian and in English
    "note": ("#catatan ...", "hanya dilihat agen", "#note ...", "only agents see it"),
    "take": ("#ambil", "Anda yang menangani", "#take", "you handle it"),
    "assign": ("#serahkan budi", "agen lain yang menangani", "#assign budi", "another agent handles it"),
    "queue": ("#antrean data", "pindah antrean", "#queue data", "move to another queue"),
    "category": ("#kategori NAMA / SUB", "ganti kategori", "#category NAME / SUB", "change the category"),
    "priority": ("#prioritas tinggi", "rendah, biasa, tinggi, mendesak", "#priority high", "low, normal, high, urgent"),
    "tag": ("#label +ujian -lama", "beri dan hapus label", "#tag +exam -old", "add and remove tags"),
    "field": ("#isian npsn=12345678", "perbaiki isian", "#field npsn=12345678", "correct a field"),
    "requester": ("#pelapor ALAMAT", "ganti pelapor", "#requester ADDRESS", "change the requester"),
    "cc": ("#tembusan ALAMAT", "tembusan jawaban", "#cc ADDRESS", "copies of the answers"),
    "ask": ("#minta npsn, nik", "minta data kepada pelapor", "#ask npsn, nik", "ask the requester for data"),
    "checking": (
        "#periksa TIM",
        "tim lain memeriksa; pelapor diberi tahu",
        "#checking TEAM",
        "another team checks; the requester is told",
    ),
    "resolve": ("#selesai", "jawaban ini menyelesaikan laporan", "#resolve", "this answer resolves the report"),
    "close": (
        "#tutup",
        "tutup laporan; #tutup 2164001 2164002: beberapa sekaligus",
        "#close",
        "close the report; #close 2164001 2164002: several at once",
    ),
    "reopen": ("#buka", "buka kembali", "#reopen", "open it again"),
    "wait": (
        "#tunggu 3 hari",
        "tunggu pelapor, lalu kembali kepada Anda (juga 12 jam, 2 minggu)",
        "#wait 3d",
        "wait for the requester, then it comes back to you (also 12h, 2w)",
    ),
    "template": ("#templat NAMA kunci=nilai", "jawaban siap pakai", "#template NAME key=value", "a canned answer"),
    "merge": ("#gabung 2164001", "gabungkan ke laporan lain", "#merge 2164001", "go on in another report"),
    "split": ("#pisah", "balasan terakhir jadi laporan baru", "#split", "the latest reply becomes a new report"),
    "link": ("#kait 2164001", "kaitkan dengan laporan lain", "#link 2164001", "link with another report"),
    "spam": ("#sampah", "tutup tanpa memberi tahu", "#spam", "close, nobody is told"),
    "show": ("#lihat", "seluruh laporan melalui surel", "#show", "the whole report by e-mail"),
    "files": ("#berkas NAMA", "berkas laporan melalui surel", "#files NAME", "its files by e-mail"),
    "unmask": (
        "#bukasamaran nik",
        "tampilkan isian (atau teks) tanpa samaran; tercatat",
        "#unmask nik",
        "show a field (or text) unmasked; logged",
    ),
    "undo": ("#batal", "tarik perintah terakhir Anda", "#undo", "take back your last command"),
    "help": ("#bantuan tunggu", "tentang satu perintah", "#help wait", "about one command"),
    "mine": ("#tugasku", "laporan yang Anda tangani", "#mine", "the reports you handle"),
    "open": ("#terbuka", "laporan terbuka di antrean Anda", "#open", "the open reports of your queues"),
    "search": ("#cari kata", "cari laporan", "#search words", "search reports"),
    "for": ("#untuk ALAMAT", "buka laporan untuk seseorang", "#for ADDRESS", "open a report for somebody"),
    "forward": (
        "#teruskan",
        "buka laporan untuk pengirim surel terusan",
        "#forward",
        "open a report for a forwarded sender",
    ),
    "away": ("#cuti sampai 2026-12-01", "tidak hadir", "#away until 2026-12-01", "absent"),
    "back": ("#kembali", "hadir kembali", "#back", "present again"),
}


def helped(language: str, topic: str = "") -> list[dict[str, str]]:
    """All commands in groups, the first of each with the group's title; or the one of that name, with its names."""
    if topic:
        names = ", ".join(f"#{one}" for one in (topic, *NAMES[topic]))
        return [{**_row(topic, language), "group": "", "names": names}]
    rows: list[dict[str, str]] = []
    for indonesian, english, members in _GROUPS:
        title = english if _english(language) else indonesian
        for name in members:
            rows.append({**_row(name, language), "group": title, "names": ""})
            title = ""
    return rows


def example(word: str, language: str) -> str:
    """How the command of that name, in any spelling, is written; empty where there is none."""
    name = spelt(word)
    return _row(name, language)["example"] if name else ""


def names(language: str) -> str:
    """All commands, by their name in that language."""
    return ", ".join(example(name, language).split()[0] for name in NAMES)


def _row(name: str, language: str) -> dict[str, str]:
    indonesian, what, english, meaning = _HELP[name]
    return {"example": english, "what": meaning} if _english(language) else {"example": indonesian, "what": what}


def _english(language: str) -> bool:
    return language == "en"
