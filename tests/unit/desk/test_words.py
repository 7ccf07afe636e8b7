"""Words for people: salutations, names, subjects, masked numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskkit import POLICY
from mailhelp.desk import words
from mailhelp.desk.context import masked, size


def jakarta(hour: int, minute: int = 0) -> datetime:
    """That time in Jakarta (UTC+7) as UTC."""
    return datetime(2026, 11, 24, (hour - 7) % 24, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "minute", "indonesian", "english"),
    [
        (0, 0, "Selamat malam", "Good evening"),
        (3, 59, "Selamat malam", "Good evening"),
        (4, 0, "Selamat pagi", "Good morning"),
        (10, 59, "Selamat pagi", "Good morning"),
        (11, 0, "Selamat siang", "Good morning"),
        (12, 0, "Selamat siang", "Good afternoon"),
        (14, 59, "Selamat siang", "Good afternoon"),
        (15, 0, "Selamat sore", "Good afternoon"),
        (17, 59, "Selamat sore", "Good afternoon"),
        (18, 0, "Selamat malam", "Good evening"),
        (23, 59, "Selamat malam", "Good evening"),
    ],
)
def test_the_greeting_follows_the_clock_of_the_desk(hour: int, minute: int, indonesian: str, english: str) -> None:
    """Each greeting at its first and its last minute, on the desk's clock and not in UTC."""
    at = jakarta(hour, minute)
    assert words.salutation("Sri", at, POLICY.desk, "id") == f"{indonesian} Bapak/Ibu Sri"
    assert words.salutation("Sri", at, POLICY.desk, "en") == f"{english} Sri"


def test_the_greeting_is_that_of_the_desks_own_zone() -> None:
    """Jayapura is two hours ahead of Jakarta."""
    desk = replace(POLICY.desk, timezone="Asia/Jayapura")
    assert words.salutation("", jakarta(9), desk, "id") == "Selamat siang Bapak/Ibu"


@pytest.mark.parametrize(
    ("name", "salutation"),
    [
        ("Sri Wahyuni", "Selamat pagi Bapak/Ibu Sri Wahyuni"),
        ('"Sri Wahyuni"', "Selamat pagi Bapak/Ibu Sri Wahyuni"),
        ("Ibu Sri Wahyuni", "Selamat pagi Ibu Sri Wahyuni"),
        ("Bpk. Budi", "Selamat pagi Bpk. Budi"),
        ("Budi (SMP 1)", "Selamat pagi Bapak/Ibu Budi"),
        ("Ibuki", "Selamat pagi Bapak/Ibu Ibuki"),
        ("guru@sekolah.example", "Selamat pagi Bapak/Ibu"),
        ("https://evil.example", "Selamat pagi Bapak/Ibu"),
        ("www.evil.example", "Selamat pagi Bapak/Ibu"),
        ("12345", "Selamat pagi Bapak/Ibu"),
        ("Sri\u202eeliF\r\nBcc: x", "Selamat pagi Bapak/Ibu Sri eliF Bcc: x"),
        ("", "Selamat pagi Bapak/Ibu"),
    ],
)
def test_names_are_addressed_as_people_write_them(name: str, salutation: str) -> None:
    """Titles are not doubled; addresses, links and numbers are no names; nothing invisible stays."""
    assert words.salutation(name, jakarta(9), POLICY.desk, "id") == salutation


def test_a_long_name_is_cut_between_words() -> None:
    """A name field may hold a whole letter."""
    assert words.clean_name("Sri " * 40) == " ".join(["Sri"] * 15)


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("Lupa kata sandi", "Lupa kata sandi"),
        ("Re: Bls: FWD: Lupa", "Lupa"),
        ("Re[2]: Lupa", "Lupa"),
        ("  Lupa \t kata  ", "Lupa kata"),
        ("", "(tanpa subjek)"),
        ("Re:", "(tanpa subjek)"),
        ("...", "(tanpa subjek)"),
        ("x", "(tanpa subjek)"),
        ("Rekap data", "Rekap data"),
    ],
)
def test_the_subject_a_report_is_kept_under(subject: str, kept: str) -> None:
    """Prefixes go, a nearly empty subject is named as missing."""
    assert words.clean_subject(subject) == kept


def test_a_missing_subject_in_english() -> None:
    """The words follow the language."""
    assert words.clean_subject("Fw: ", "en") == "(no subject)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("NIK 3201234567890003.", "NIK ************0003."),
        ("3201 2345 6789 0003", "************0003"),
        ("3201-2345-6789-0003", "************0003"),
        ("NISN 0051234567", "NISN ******4567"),
        ("NPSN 20100001", "NPSN 20100001"),
        ("laporan 2164242", "laporan 2164242"),
        ("32012345678900031", "32012345678900031"),
        ("a3201234567890003b", "a************0003b"),
    ],
)
def test_identity_numbers_show_their_last_four_digits(text: str, shown: str) -> None:
    """16 and 10 digits are identity numbers, 8 (schools) and 7 (reports) are public."""
    assert words.mask(text) == shown


@given(st.integers(0, 10**16 - 1), st.text(alphabet="ab \n:", max_size=5), st.text(alphabet="ab \n:", max_size=5))
def test_no_identity_number_survives_masking(number: int, before: str, after: str) -> None:
    """Whatever stands around it."""
    digits = f"{number:016}"
    assert digits not in words.mask(before + digits + after)


@given(st.text())
def test_words_never_raise(text: str) -> None:
    """Texts of strangers go through these functions."""
    words.mask(text)
    words.clean_subject(text)
    words.without_signature(text)
    assert len(words.clean_name(text)) <= 60


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("nik", "320123456789000", "***********9000"),
        ("nik", "12", "12"),
        ("npsn", "20100001", "20100001"),
        ("details", "NIK 3201234567890003", "NIK ************0003"),
    ],
)
def test_a_wrong_identity_number_is_masked_too(name: str, value: str, shown: str) -> None:
    """A NIK with one digit missing is nearly as secret as the right one."""
    assert masked(name, value) == shown


@pytest.mark.parametrize(
    ("count", "indonesian", "english"),
    [
        (0, "1 kB", "1 kB"),
        (184_000, "184 kB", "184 kB"),
        (1_200_000, "1,2 MB", "1.2 MB"),
        (20_000_000, "20 MB", "20 MB"),
    ],
)
def test_sizes_for_people(count: int, indonesian: str, english: str) -> None:
    """Decimal commas in Indonesian."""
    assert (size(count, "id"), size(count, "en")) == (indonesian, english)


def test_what_stands_below_the_signature_mark_is_cut() -> None:
    """RFC 3676: dash, dash, blank; some clients lose the blank."""
    assert words.without_signature("Halo\n\n-- \nSari\n-- \nHP") == "Halo"
    assert words.without_signature("Halo\n--\nSari") == "Halo"
    assert words.without_signature("a -- b\n--- x") == "a -- b\n--- x"
