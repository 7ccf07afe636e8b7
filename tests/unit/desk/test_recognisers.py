"""Short mails that the machine may understand by itself: status questions, thanks, withdrawals. Doubt means no."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk import statusquestion, thanks, withdrawal

ASKS = [
    ("Re: [#2164242] Lupa", "Selamat pagi, bagaimana perkembangan laporan saya?\n\nSri"),
    ("Re: x", "sudah sampai mana ya?"),
    ("Re: x", "Pak, laporan saya sudah sampai mana prosesnya?"),
    ("x", "Sudah sampai mana laporan saya?"),
    ("Status laporan 2164242", ""),
    ("status", "Mohon infonya. Terima kasih"),
    ("STATUS #2164242", "Sri Wahyuni"),
    ("Re: x", "Any update?"),
    ("x", "What is the status of my report 2164242?"),
    ("x", "apakah laporan saya sudah diproses?"),
    ("x", "mohon info perkembangan laporan nomor 2164242"),
    ("x", "Bagaimana kelanjutan laporan kami? Terima kasih."),
    ("x", "When will my ticket be resolved?"),
    ("x", "Apakah sudah ada kabar?"),
    ("x", "How is my report going?"),
]
ASKS_NOT = [
    ("Status kepegawaian", "Status kepegawaian saya salah di Dapodik"),
    ("Re: x", "Masih belum bisa, sampai mana batas waktunya?"),
    ("x", "Bagaimana cara mengubah status siswa?"),
    ("Status laporan", "NPSN: 20100001"),
    ("Status PTK", ""),
    ("x", "status NUPTK belum muncul"),
    ("x", "Terima kasih"),
    ("x", ""),
    ("x", "NIK saya 3201014101800001. Bagaimana perkembangan laporan saya?"),
    ("x", "Apakah laporan saya sudah diproses? Soalnya masih gagal masuk."),
    ("Status laporan 2164242", "Kami sudah mencoba lagi tadi pagi dan sekarang muncul pesan yang baru di layar."),
    ("x", "Bagaimana perkembangan laporan saya? " + "Kami menjelaskan sesuatu yang panjang sekali. " * 10),
]
THANKS = [
    "Terima kasih 🙏🙏",
    "Terima kasih banyak Bu Dewi atas bantuannya.\n\nSri Wahyuni\nSDN 1 Cilacap",
    "makasih kak, sudah bisa",
    "Alhamdulillah sudah bisa login. Terima kasih.",
    "Thanks a lot!\nBest regards,\nSri",
    "Baik pak, terima kasih",
    "Thank you so much, it works now 😊",
    "Terima kasih\n-- \nSri\nHP 081234567890",
    "Matur nuwun 🙏",
]
THANKS_NOT = [
    "Terima kasih, tapi masih belum bisa",
    "Terima kasih. Kapan akun saya aktif?",
    "Terima kasih atas jawabannya. Berikut NPSN saya 20100001",
    "sudah bisa",
    "Terima kasih, satu lagi akun teman saya juga",
    "Mohon dibantu. Terima kasih",
    "Saya lupa kata sandi. Terima kasih.",
    "Terima kasih\nAkun siswa kami hilang semua",
    "Terima kasih\nAkun Siswa Kami Hilang",
    "",
    "Thanks, but it still does not work",
    "Terima kasih\n" + "Nama Panjang\n" * 7,
]
WITHDRAWS = [
    ("Re", "Mohon laporan saya dibatalkan saja, sudah bisa."),
    ("Re", "Saya ingin mencabut laporan ini."),
    ("Re", "please close my ticket, thanks"),
    ("Re", "laporan ini tidak perlu lagi, tolong laporan ditutup"),
    ("Re", "Please cancel my request."),
    ("Batalkan laporan 2164242", ""),
]
WITHDRAWS_NOT = [
    ("Re", "Jangan tutup laporan saya"),
    ("Re", "Kenapa laporan saya ditutup?"),
    ("Re", "Mohon jangan dibatalkan"),
    ("Re", "Data siswa saya tolong dibatalkan mutasinya"),
    ("Re", "Please do not close my ticket"),
    ("Re", "how to cancel my request"),
    ("Re", ""),
    ("Re", "Mohon laporan saya dibatalkan. " + "Penjelasan panjang. " * 30),
]


@pytest.mark.parametrize(("subject", "text"), ASKS)
def test_a_status_question_is_understood(subject: str, text: str) -> None:
    """In Indonesian and English, by text or subject, with greetings and names around it."""
    assert statusquestion.asks(subject, text)


@pytest.mark.parametrize(("subject", "text"), ASKS_NOT)
def test_what_says_more_is_no_status_question(subject: str, text: str) -> None:
    """Data, trouble, other sorts of status, or length: a person reads it."""
    assert not statusquestion.asks(subject, text)


@pytest.mark.parametrize("text", THANKS)
def test_plain_thanks_are_understood(text: str) -> None:
    """With emoji, a name, a school, a telephone number below."""
    assert thanks.is_plain(text)


@pytest.mark.parametrize("text", THANKS_NOT)
def test_thanks_with_anything_else_are_none(text: str) -> None:
    """A question, a but, another wish, or data: the report is opened again."""
    assert not thanks.is_plain(text)


@pytest.mark.parametrize(("subject", "text"), WITHDRAWS)
def test_a_withdrawal_is_understood(subject: str, text: str) -> None:
    """Plainly said, in text or subject."""
    assert withdrawal.withdraws(subject, text)


@pytest.mark.parametrize(("subject", "text"), WITHDRAWS_NOT)
def test_what_is_not_plainly_a_withdrawal_is_none(subject: str, text: str) -> None:
    """Questions, negations, other things to be cancelled."""
    assert not withdrawal.withdraws(subject, text)


@given(st.text(max_size=300), st.text(max_size=600))
def test_no_text_breaks_them(subject: str, text: str) -> None:
    """They never raise, and no mail is at once thanks and a question about the state."""
    asked = statusquestion.asks(subject, text)
    withdrawal.withdraws(subject, text)
    assert not (thanks.is_plain(text) and asked and "?" in text)


@given(st.sampled_from(THANKS), st.sampled_from(["Kapan selesai?", "Tetapi masih gagal.", "NPSN: 20100001"]))
def test_one_more_sentence_makes_thanks_a_reply(text: str, more: str) -> None:
    """Whatever the thanks are, what comes before them is read."""
    assert not thanks.is_plain(f"{more}\n{text}")
