"""The story of the demo, scene by scene. Each scene waits for what must happen, and fails aloud if it does not."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from mailhelp.demo.people import Letter
from mailhelp.demo.stage import DESK, Stage
from mailhelp.errors import UserError

REPORT = """\
Kategori Masalah: Reset kata sandi
Subkategori: Lupa kata sandi
Tipe Pengguna: Guru
Nama (sesuai Dapodik): Wahyu Prasetyo
Email pribadi: wahyu.prasetyo@sekolah.example
Akun belajar.id: wahyu.prasetyo@guru.smp.belajar.id
Nama sekolah: SMP Negeri 1 Contoh
NPSN: 20104567
Detail Pertanyaan: Saya tidak bisa masuk ke akun belajar.id sejak hari Senin. Kata sandi selalu ditolak.
Mohon bantuannya.
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: a title, and what the spectator should notice."""

    title: str
    remark: str


def play(stage: Stage) -> Iterator[Scene]:
    """Play the story; each scene is yielded before it happens, so that it can be announced."""
    guru, kepsek = stage.people["guru"], stage.people["kepsek"]
    yield Scene("A teacher reports", "An ordinary mail with a few labelled lines.")
    guru.write(DESK, "Lupa kata sandi akun belajar.id", REPORT)
    receipt = guru.wait("sudah kami terima")
    number = _number(receipt)

    yield Scene("The agents of the queue get a notice", "Routed by rules/; one of them answers from the mail client.")
    agent = stage.people["sari"]
    notice = agent.wait(str(number))
    _need("wahyu.prasetyo@sekolah.example" not in notice.answer_to, "a notice is answered to the desk")
    agent.reply(
        notice,
        "Kata sandi sudah kami reset. Silakan masuk dengan kata sandi sementara yang ada di operator sekolah,\n"
        "lalu ganti dengan yang baru.\n\n-- \nSari Dewi\nTim Akun, meja 4",
    )
    answer = guru.wait("sudah kami reset")
    _need(agent.address not in answer.raw.decode("utf-8", "replace"), "the agent's address never reaches the teacher")
    _need("meja 4" not in answer.text, "the agent's signature never reaches the teacher")

    yield Scene("She replies: it joins the same ticket", "And reaches the same agent.")
    guru.reply(answer, "Masih belum bisa, muncul pesan “akun terkunci”.")
    agent.wait("akun terkunci")

    yield Scene(
        "The daemon is killed, and mail keeps coming", "SIGKILL; a mail comes while it is down; it starts again."
    )
    stage.end_daemon(signal.SIGKILL)
    guru.write(
        DESK,
        f"Automatic reply: Re: [#{number}] Laporan diterima",
        "Saya sedang cuti sampai tanggal 30.",
        {"Auto-Submitted": "auto-replied", "In-Reply-To": str(answer.message["Message-ID"])},
    )
    kepsek.write(DESK, f"Re: #{number}", "Selamat siang, bagaimana dengan laporan ini? Akun saya juga terkunci.")
    stage.start_daemon()

    yield Scene(
        "A stranger wrote the number into the subject",
        "He gets a report of his own, and learns nothing about the other.",
    )
    own = kepsek.wait("laporan baru")
    _need(_number(own) != number, "a stranger gets his own report")
    _need("Wahyu" not in own.text, "a stranger learns nothing")
    _need(
        sum("sudah kami terima" in letter.text for letter in guru.letters()) == 1,
        "the teacher has one acknowledgement only",
    )


def _number(letter: Letter) -> int:
    match = re.search(r"#(\d{7})", letter.subject)
    if match is None:
        raise UserError(f"The demo found no report number in the subject “{letter.subject}”.")
    return int(match[1])


def _need(holds: bool, what: str) -> None:  # noqa: FBT001 - a fact, not a switch
    if not holds:
        raise UserError(f"The demo went wrong: {what} — but it was not so.")
