"""What each mail template may show, with sample values: the contract between decisions and templates.

`CONTEXT[name]` has every variable of `templates/LANG/name.md`; checks and pictures are made from the samples. What is
in `OPTIONAL` may be left out by the writer of a context and is then empty; a variable not named here is a mistake.
A list of rows is a list of dicts `{"label": ..., "value": ...}`; files are dicts `{"name", "size", "why"}`, all text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mailhelp.edge import samples_time

_FIELDS = [
    {"label": "Kategori", "value": "Akun belajar.id"},
    {"label": "Subkategori", "value": "Reset kata sandi"},
    {"label": "Nama", "value": "Siti Nurhaliza"},
    {"label": "NPSN", "value": "20100001"},
    {"label": "NIK", "value": "************0003"},
]
_TEXT = (
    "Selamat pagi,\n\nSaya tidak bisa masuk ke akun belajar.id sejak hari Senin. Kata sandi sudah saya ganti, "
    "tetapi selalu ditolak.\n\n  1. buka https://belajar.id\n  2. muncul tulisan <b>salah</b>\n\nTerima kasih,\nSiti"
)
_FILES = [
    {"name": "tangkapan layar.png", "size": "184 kB", "why": ""},
    {"name": "surat tugas.pdf", "size": "1,2 MB", "why": ""},
]
_NOT_TAKEN = [{"name": "rekaman.mp4", "size": "48 MB", "why": "lebih besar dari 20 MB"}]

COMMON: Mapping[str, Any] = {
    "desk_name": "Layanan Bantuan Data",
    "desk_address": "bantuan@desk.example",
    "number": 2164242,  # or "" where there is no report
    "tag": "[#2164242]",  # the number as the desk writes it in subjects, or ""
    "subject": "Lupa kata sandi akun belajar.id",  # without Re: and tag
    "salutation": "Selamat pagi Bapak/Ibu Siti Nurhaliza",  # without the comma
    "name": "Siti Nurhaliza",
    "signature": "Layanan Bantuan Data",
}
_RECEIVED: Mapping[str, Any] = {
    "understood": _FIELDS,
    "office_hours": "Senin sampai Jumat, pukul 08.00 sampai 16.00 WIB",
    "expected": "paling lambat Kamis, 26 November 2026 pukul 16.00 WIB",
    "not_taken": _NOT_TAKEN,
    "articles": ["https://panduan.dinas.example/akun/reset-kata-sandi"],  # help pages, web addresses
}
_ITEMS = [
    {
        "label": "NPSN",
        "why": "NPSN terdiri atas 8 angka; yang tertulis 7 angka",
        "value": "2010000",
        "example": "20100001",
        "choices": [],
    },
    {"label": "Kategori", "why": "belum dapat kami tentukan", "value": "", "example": "", "choices": ["Akun", "Data"]},
]
_NOTICE: Mapping[str, Any] = {
    "requester": "Siti Nurhaliza <siti@sekolah.example>",
    "head": [
        {"label": "Status", "value": "baru"},
        {"label": "Jatuh tempo", "value": "besok 10.00 WIB (jawaban pertama)"},
        {"label": "Antrean", "value": "Akun"},
        {"label": "Prioritas", "value": "tinggi"},
        {"label": "Kategori", "value": "Akun belajar.id"},
        {"label": "Subkategori", "value": "Reset kata sandi"},
    ],
    "fields": _FIELDS[2:],
    "warnings": ["NIK: tanggal lahir di dalamnya tidak mungkin (31 Februari)."],
    "why": 'aturan "kata sandi": subkategori adalah "Reset kata sandi"',
    "articles": ["https://panduan.dinas.example/akun/reset-kata-sandi"],
    "answers": ["answer_password"],  # canned answers that fit, by template name
    "text": _TEXT,
    "files": _FILES,
    "on_request": True,  # `#files` sends what is not attached
}

_EARLIER: Mapping[str, Any] = {
    "earlier": [  # of the same address, the latest ones first; `what` is the category or else the subject
        {"number": 2164001, "what": "Aktivasi akun", "state": "selesai", "day": "kemarin"},
        {"number": 2163377, "what": "Akun tidak ditemukan", "state": "ditutup", "day": "Senin 3 Agustus"},
    ],
    "earlier_count": "2",  # of all of them; or "99+"
    "unproven": True,  # the mail server does not vouch for the sender
}
_WHOLE: Mapping[str, Any] = {
    "by": "Sari",
    "requester": "Siti Nurhaliza <siti@sekolah.example>",
    "head": _NOTICE["head"],
    "fields": _FIELDS,
    "articles": [
        {
            "what": "Laporan",
            "author": "siti@sekolah.example",
            "at": "hari ini 10.00 WIB",
            "text": _TEXT,
            "files": "tangkapan layar.png",
        }
    ],
    "left_out": 2,  # older articles that are not shown
}
_TICKETS = [
    {
        "number": 2164242,
        "slot": 3,
        "subject": "Lupa kata sandi akun belajar.id",
        "state": "ditangani",
        "owner": "sari",
        "queue": "akun",
        "priority": "tinggi",
        "requester": "siti@sekolah.example",
        "changed": "hari ini 10.00 WIB",
        "due": "besok 16.00 WIB",  # or ""
        "reply": "bantuan+r1-2164242-3-abcdef@desk.example",  # or ""
    }
]


class Values(dict[str, str]):
    """The values of `#template`: what was not given is empty."""

    def __missing__(self, key: str) -> str:
        return ""


CONTEXT: Mapping[str, Mapping[str, Any]] = {
    "acknowledgement": {**COMMON, **_RECEIVED, "values": Values({"text": "Silakan dicoba."})},
    "new_report_instead": {**COMMON, **_RECEIVED, "mentioned": 2164001},
    "answer": {
        **COMMON,
        "agent": "Sari",
        "text": "Kata sandi akun Anda sudah kami setel ulang.\n\nSilakan masuk lewat https://belajar.id dan buat "
        "kata sandi baru. Jika masih gagal, balas surel ini.",
    },
    "data_request": {
        **COMMON,
        **_RECEIVED,
        "items": _ITEMS,
        "block": "NPSN:\nKategori:",
        "first": True,  # the number of a new report is told with it
        "again": False,  # a part was given meanwhile
        "files_only": False,  # the last answer held nothing but files
        "mentioned": "",  # as in new_report_instead, or ""
        "limit": "",  # as in too_large, or ""
    },
    "data_complete": {**COMMON, **_RECEIVED, "items": _ITEMS[:1], "limit": ""},
    "duplicate_report": {**COMMON, **_RECEIVED},
    "too_large": {**COMMON, **_RECEIVED, "limit": "25 MB"},
    "notice": {**COMMON, **_NOTICE, **_EARLIER},
    "notice_reply": {**COMMON, **_NOTICE},
    "failure": {
        **COMMON,
        "recipient": "siti@sekolah.example",
        "reply": "550 5.1.1 <siti@sekolah.example>: Recipient address rejected: User unknown",
        "uncertain": False,  # True: it may have arrived
        "text": "Kata sandi akun Anda sudah kami setel ulang.",
    },
    "held_back": {
        **COMMON,
        # empty, inline, unsure, signature, address, truncated, attachments or no-address
        "code": "inline",
        "line": "NIK: ************0001",
        "sendable": True,  # `kirim` sends the text as it is shown
        "news": [
            {"what": "Jawaban", "author": "budi@dinas.example", "at": "hari ini 10.00 WIB", "text": "Sudah."},
        ],
        "text": "> Saya lupa kata sandi.\n\nKata sandi akun Anda sudah kami setel ulang.",
    },
    "confirm": {
        **COMMON,
        "agent": "sari",
        "sender": "Sari <sari@corp.example>",
        "reason": "tanda pengaman laporan ini tidak ada di dalamnya",
        "action": "jawaban dikirim kepada Siti Nurhaliza pada laporan 2164242",
        "text": "Kata sandi akun Anda sudah kami setel ulang.\nSilakan dicoba.",
    },
    "confirm_again": {**COMMON, "text": "#merge 2164001"},
    "transcript": {**COMMON, "lines": ["Laporan ini sekarang Anda tangani.", "Prioritas: tinggi."], "can_undo": True},
    "command_error": {
        **COMMON,
        "mistakes": [
            {
                "line": "#selesia",
                "number": 1,
                "why": "Perintah ini tidak dikenal.",
                "allowed": "#catatan, #ambil, #selesai",
                "example": "",
                "nearest": "#selesai",
            }
        ],
        "text": "#selesia\nKata sandi akun Anda sudah kami setel ulang.",
    },
    "ticket_show": {**COMMON, **_WHOLE},
    "handover": {**COMMON, **_WHOLE},
    "list": {**COMMON, "title": "Laporan yang Anda tangani", "tickets": _TICKETS},
    "digest": {
        **COMMON,
        "title": "Laporan pagi untuk Sari",
        "day": "Rabu, 25 November 2026",
        "parts": [{"title": "Jatuh tempo hari ini", "tickets": _TICKETS}],
    },
    "help": {
        **COMMON,
        "commands": [
            # `group` is the title above the first command of a group; `names` are told of a command asked for alone
            {"example": "#selesai", "what": "menyelesaikan laporan", "group": "Menjawab", "names": ""},
            {"example": "#tunggu 3 hari", "what": "tunggu, lalu kembali", "group": "", "names": "#wait, #tunggu, #w"},
        ],
    },
    "notice_work": {**COMMON, "what": "Budi menjawab laporan ini.", "text": "Sudah kami setel ulang."},
    "held_changed": {
        **COMMON,
        "news": [
            {"what": "Jawaban", "author": "budi@dinas.example", "at": "hari ini 10.00 WIB", "text": "Sudah."},
            {"what": "Status: selesai", "author": "budi", "at": "hari ini 10.00 WIB", "text": ""},
        ],
        "text": "Kata sandi akun Anda sudah kami setel ulang.",
    },
    "confirm_command": {
        **COMMON,
        "lines": ["#merge 2164001"],
        "reports": ["#2164001 Akun terkunci (baru, Siti Nurhaliza <siti@sekolah.example>)"],
    },
    "merged": {**COMMON, "other": 2164001},
    "quarantine_notice": {
        **COMMON,
        "sender": "siti@sekolah.example",
        "why": "pesan itu tidak selesai dibaca dalam 20 detik",
    },
    "alarm": {
        **COMMON,
        "code": "gate.breaker",
        "text": "Dalam satu jam sudah 2000 surel otomatis terkirim. Surel otomatis berikutnya ditahan.",
        "at": "25 November 2026 10.42 WIB",
    },
    "alarms": {
        **COMMON,
        "title": "Perlu perhatian: 2 hal",
        "news": [
            {
                "what": "new",
                "code": "imap.down",
                "text": "The mailbox main cannot be read.",
                "at": "2026-11-25 10:42 WIB",
                "times": 1,
                "gone": False,
            },
            {
                "what": "over",
                "code": "smtp.down",
                "text": "Mail cannot be sent since 2026-11-25 02:10 UTC: 421 try again later",
                "at": "2026-11-25 10:40 WIB",
                "times": 0,
                "gone": True,
            },
        ],
        "left": 3,
    },
    **samples_time.contexts(COMMON, _ITEMS),
}

OPTIONAL: frozenset[str] = frozenset(
    {
        *("first", "again", "files_only"),
        *("values", "by", "left_out", "tickets"),
        *COMMON,
        *_RECEIVED,
        *_EARLIER,
        *("requester", "head", "fields", "warnings", "why", "files", "answers"),
        *("on_request", "can_undo", "reports"),
        *("agent", "uncertain", "reason", "action", "at", "sender"),
    }
)
"""Variables that may be left out and are then empty. The others must be given: they are what the mail is for."""

CUSTOM = "acknowledgement"
"""Templates with names of their own (named by rules) may show what this one shows."""


def known(name: str) -> Mapping[str, Any]:
    """The variables of the template of that name, with samples."""
    return CONTEXT.get(name, CONTEXT[CUSTOM])


def filled(name: str, context: Mapping[str, Any]) -> dict[str, Any]:
    """The context with the optional variables that were left out added, empty."""
    missing = ((key, sample) for key, sample in known(name).items() if key in OPTIONAL and key not in context)
    made = {**{key: "" if isinstance(sample, int) else type(sample)() for key, sample in missing}, **context}
    return {**made, "values": Values(made["values"])} if "values" in made else made


def least(name: str) -> dict[str, Any]:
    """The samples of the least that a mail of that name is given: nothing optional, and a recipient without a name."""
    return {key: value for key, value in known(name).items() if key not in OPTIONAL} | {**COMMON, "name": ""}
