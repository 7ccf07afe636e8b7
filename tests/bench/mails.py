"""An inbox of our own making, for runs where no other is beside the checkout: deterministic, nobody in it is real."""

from __future__ import annotations

import random
from dataclasses import dataclass

DESK = "bantuan@helpdesk.example"
CATEGORIES = {
    "Reset kata sandi": ["Lupa kata sandi", "Kata sandi ditolak"],
    "Aktivasi akun": ["Belum pernah masuk"],
    "Akun tidak ditemukan": ["Guru baru", "Siswa baru"],
    "Lainnya": ["Pertanyaan umum"],
}
NAMES = ("Adi Santoso", "Budi Wijaya", "Citra Lestari", "Dewi Kusuma", "Eka Putra", "Fajar Hidayat", "Gita Permata")
SENTENCES = (
    "Saya sudah mencoba masuk sejak kemarin tetapi selalu gagal.",
    "Muncul pesan kesalahan setelah menekan tombol kirim.",
    "Mohon bantuannya karena besok batas akhir pengumpulan.",
    "Teman sejawat di sekolah yang sama tidak mengalami masalah ini.",
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: what it is, its bytes, who sent it."""

    kind: str
    raw: bytes
    sender: str


def inbox(count: int, seed: int = 1, first: int = 2164242) -> list[Mail]:
    """70 % reports, 25 % replies by the reporters, 5 % automatic; oldest first."""
    rng = random.Random(seed)
    reports: list[tuple[int, str, str, str]] = []
    made: list[Mail] = []
    for index in range(count):
        roll = rng.random()
        if not reports or roll < 0.70:
            made.append(_report(rng, index, first + len(reports), reports))
        elif roll < 0.95:
            made.append(_reply(rng, index, rng.choice(reports)))
        else:
            made.append(_automatic(index, rng.choice(reports)))
    return made


def _report(rng: random.Random, index: int, number: int, reports: list[tuple[int, str, str, str]]) -> Mail:
    name = rng.choice(NAMES)
    sender = f"{name.lower().replace(' ', '.')}{index}@surat.example"
    category = rng.choice(list(CATEGORIES))
    text = (
        f"Kategori Masalah: {category}\r\nSubkategori: {rng.choice(CATEGORIES[category])}\r\nTipe Pengguna: Guru\r\n"
        f"Nama: {name}\r\nNPSN: {rng.randint(10_000_000, 69_999_999)}\r\n"
        f"Detail Pertanyaan: {' '.join(rng.choices(SENTENCES, k=3))}\r\n"
    )
    mid = f"<report-{index}@surat.example>"
    reports.append((number, name, sender, mid))
    return Mail("report", _mail(f"{name} <{sender}>", f"Laporan: {category}", mid, text), sender)


def _reply(rng: random.Random, index: int, report: tuple[int, str, str, str]) -> Mail:
    number, name, sender, mid = report
    text = f"{rng.choice(SENTENCES)}\r\n\r\nPada 8 Januari 2024 {DESK} menulis:\r\n> Laporan Anda kami terima.\r\n"
    extra = f"In-Reply-To: {mid}\r\nReferences: {mid}\r\n"
    subject = f"Re: [#{number}] Laporan"
    return Mail("reply", _mail(f"{name} <{sender}>", subject, f"<reply-{index}@surat.example>", text, extra), sender)


def _automatic(index: int, report: tuple[int, str, str, str]) -> Mail:
    _, name, sender, mid = report
    extra = f"Auto-Submitted: auto-replied\r\nIn-Reply-To: {mid}\r\n"
    text = "Saya sedang cuti.\r\n"
    raw = _mail(f"{name} <{sender}>", "Balasan otomatis", f"<auto-{index}@surat.example>", text, extra)
    return Mail("auto", raw, sender)


def _mail(sender: str, subject: str, mid: str, text: str, extra: str = "") -> bytes:
    return (
        f"From: {sender}\r\nTo: {DESK}\r\nSubject: {subject}\r\nDate: Mon, 08 Jan 2024 01:00:00 +0000\r\n"
        f"Message-ID: {mid}\r\n{extra}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n{text}"
    ).encode()
