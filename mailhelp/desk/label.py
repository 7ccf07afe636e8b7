"""Short texts that mails to agents show, in the languages of the templates."""

from __future__ import annotations

_LABELS = {
    "id": {
        "state": "Status",
        "queue": "Antrean",
        "owner": "Penanggung jawab",
        "priority": "Prioritas",
        "category": "Kategori",
        "subcategory": "Subkategori",
        "related": "Laporan terkait",
        "new": "baru",
        "open": "ditangani",
        "pending": "menunggu pelapor",
        "checking": "diperiksa tim lain",
        "resolved": "selesai",
        "closed": "ditutup",
        "low": "rendah",
        "normal": "biasa",
        "high": "tinggi",
        "urgent": "mendesak",
        "truncated": "Surel ini melebihi batas: hanya kepala surat dan teksnya yang diambil.",
        "token.unauthenticated": "server surel kami tidak dapat memastikan pengirimnya",
        "token.other-sender": "tanda pengaman di dalamnya milik orang lain",
        "token.not-an-agent": "tanda pengaman di dalamnya milik agen yang tidak terdaftar lagi",
        "token.unknown-participant": "tanda pengaman di dalamnya bukan milik siapa pun",
        "reference.stranger": "tanda pengaman laporan ini tidak ada di dalamnya",
        "reference.unauthenticated": "tanda pengaman laporan ini tidak ada di dalamnya",
        "number.stranger": "tanda pengaman laporan ini tidak ada di dalamnya",
        "number.unauthenticated": "tanda pengaman laporan ini tidak ada di dalamnya",
    },
    "en": {
        "state": "State",
        "queue": "Queue",
        "owner": "Owner",
        "priority": "Priority",
        "category": "Category",
        "subcategory": "Subcategory",
        "related": "Related report",
        "truncated": "This mail is over the limit: only its headers and its text were taken.",
        "token.unauthenticated": "our mail server cannot vouch for its sender",
        "token.other-sender": "the security token in it belongs to somebody else",
        "token.not-an-agent": "the security token in it belongs to an agent who is not listed any more",
        "token.unknown-participant": "the security token in it belongs to nobody",
        "reference.stranger": "the security token of this report is missing",
        "reference.unauthenticated": "the security token of this report is missing",
        "number.stranger": "the security token of this report is missing",
        "number.unauthenticated": "the security token of this report is missing",
    },
}


def label(name: str, language: str) -> str:
    """The label of that name; the name itself where there is none."""
    return _LABELS["en" if language == "en" else "id"].get(name, name)
