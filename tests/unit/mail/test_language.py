"""Guessing the language from small words."""

from __future__ import annotations

import pytest

from mailhelp.mail.language import guess


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Selamat pagi Bapak/Ibu, saya lupa kata sandi akun belajar.id. Mohon bantuannya, terima kasih.", "id"),
        ("masih belum bisa", "id"),
        ("Tolong reset kata sandi", "id"),
        ("Yth. admin, akun sy tdk bisa masuk sejak kemarin", "id"),
        ("Good morning, I forgot my password and cannot log in. Please help.", "en"),
        ("Thank you very much!", "en"),
        ("Still not working", "en"),
        ("saya tidak bisa login, the error is invalid password", ""),
        ("12345678", ""),
        ("", ""),
        ("Sehr geehrte Damen und Herren, wir hätten gern ein Angebot", ""),
        ("> please help me with this account and the password\nsudah bisa, terima kasih", "id"),
    ],
)
def test_guess(text: str, expected: str) -> None:
    """Indonesian and English are told apart; mixed, foreign and empty texts give no answer; quotes do not count."""
    assert guess(text) == expected


def test_only_the_beginning_is_read() -> None:
    """A long text costs no more than a short one."""
    assert guess("x " * 3_000 + "terima kasih saya tidak bisa" * 1_000) == ""
