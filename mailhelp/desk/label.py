"""Short labels that notices to agents show, in the languages of the templates."""

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
    },
}


def label(name: str, language: str) -> str:
    """The label of that name; the name itself where there is none."""
    return _LABELS["en" if language == "en" else "id"].get(name, name)
