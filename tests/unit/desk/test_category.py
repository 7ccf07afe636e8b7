"""Which category a report belongs to: names, aliases, slips of the pen, and phrases in free text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.category import (
    UNSORTED,
    Defaults,
    defaults,
    find_category,
    find_subcategory,
    guess_category,
    guess_subcategory,
    owner_of,
)
from mailhelp.desk.near import Found, Names
from mailhelp.desk.policy import Category, Subcategory

RESET = Category(
    "Reset kata sandi",
    title={"en": "Password reset"},
    aliases=("Lupa password",),
    keywords={"lupa kata sandi": 3, "kata sandi": 1.5, "sandi": 1, "password": 1.5, "tidak bisa masuk": 1},
    subcategories={
        "Akun sendiri": Subcategory("Akun sendiri", ("Sendiri",), {"akun saya": 2.0}),
        "Akun siswa": Subcategory(
            "Akun siswa", (), {"siswa": 2.0}, "massal", "high", ("nisn",), "https://b.example", "t2"
        ),
    },
    queue="akun",
    required=("npsn", "nisn"),
    article="https://a.example",
)
ACTIVATION = Category(
    "Aktivasi akun", aliases=("Aktifasi",), keywords={"aktivasi": 3, "tidak bisa masuk": 1}, queue="akun"
)
DATA = Category(
    "Data tidak sesuai",
    keywords={"dapodik": 1.5, "salah nama": 2},
    subcategories={"Nama": Subcategory("Nama")},
)
ALL = {item.name: item for item in (RESET, ACTIVATION, DATA)}


@pytest.mark.parametrize(
    ("written", "name", "exact"),
    [
        ("Reset kata sandi", "Reset kata sandi", True),
        ("  RESET  KATA-SANDI. ", "Reset kata sandi", True),
        ("Resetkatasandi", "Reset kata sandi", True),
        ("password reset", "Reset kata sandi", True),
        ("lupa pasword", "Reset kata sandi", False),
        ("Reset kata sandhi", "Reset kata sandi", False),
        ("aktivsi akun", "Aktivasi akun", False),
        ("Aktivasi", "Aktivasi akun", False),
        ("kata", "", False),
        ("sandi reset", "", False),
        ("", "", False),
        ("Data", "", False),
        ("Saya ingin melaporkan bahwa kata sandi saya tidak dapat direset sejak hari Senin yang lalu", "", False),
    ],
)
def test_a_category_is_found_by_its_name(written: str, name: str, exact: bool) -> None:  # noqa: FBT001
    """Spelling, case and spacing do not matter; a near-miss is found and says that it was one; the rest is nothing."""
    found = find_category(written, ALL)
    if not name:
        assert found is None
    else:
        assert found is not None
        assert (found.name, found.exact) == (name, exact)


def test_a_slip_between_two_names_is_no_answer() -> None:
    """Where a misspelt word is about as near to two names, neither is taken."""
    names = Names.of([("mutasi guru", "a"), ("mutasi gurb", "b"), ("penghapusan", "c")])
    assert names.find("mutasi gurx") is None
    assert names.find("penghapusen") == Found("c", 0.91)


def test_short_names_have_no_near_misses() -> None:
    """`NIK` for `NIS`, or `HP` for `KP`, would be a wrong value taken silently."""
    names = Names.of([("NIK", "nik"), ("HP", "phone")])
    assert (names.find("nis"), names.find("kp"), names.find("Nik")) == (None, None, Found("nik", 1.0))


def test_a_subcategory_is_looked_for_in_its_category() -> None:
    """Within a known category only its own; without one in all of them; the owner follows where it is one."""
    assert find_subcategory("sendiri", "Reset kata sandi", ALL) == Found("Akun sendiri", 1.0)
    assert find_subcategory("nama", "Reset kata sandi", ALL) is None
    assert find_subcategory("nama", "", ALL) == Found("Nama", 1.0)
    assert owner_of("Nama", ALL) == "Data tidak sesuai"
    assert owner_of("Nama", {**ALL, "x": Category("x", subcategories={"Nama": Subcategory("Nama")})}) == ""


@pytest.mark.parametrize(
    ("subject", "text", "name"),
    [
        ("", "Pak, saya lupa kata sandi akun saya", "Reset kata sandi"),
        ("Password", "tidak bisa masuk", "Reset kata sandi"),
        ("", "Mohon aktivasi", "Aktivasi akun"),
        ("", "tidak bisa masuk", UNSORTED),
        ("", "dapodik", UNSORTED),
        ("Dapodik", "", "Data tidak sesuai"),
        ("", "Salah nama di Dapodik", "Data tidak sesuai"),
        ("", "lupa kata sandi setelah aktivasi", UNSORTED),
        ("", "sandiwara dan passwords", UNSORTED),
        ("", "", UNSORTED),
    ],
)
def test_free_text_is_sorted_by_its_phrases(subject: str, text: str, name: str) -> None:
    """Weighted phrases on word boundaries; the subject counts more; below the threshold or between two: unsorted."""
    assert guess_category(subject, text, ALL).name == name


def test_a_phrase_inside_a_longer_one_counts_once() -> None:
    """`lupa kata sandi` is not also `kata sandi` and `sandi`."""
    guess = guess_category("", "lupa kata sandi", ALL)
    assert guess.phrases == ("lupa kata sandi",)
    assert 0 < guess.sure < 1


def test_a_subcategory_is_guessed_only_where_clear() -> None:
    """One that leads is taken, two alike are not."""
    assert guess_subcategory("", "akun saya", RESET).name == "Akun sendiri"
    assert guess_subcategory("", "siswa", RESET).name == "Akun siswa"
    assert guess_subcategory("", "entah", RESET).name == ""
    assert guess_subcategory("", "apa", ACTIVATION).name == ""


def test_a_subcategory_has_the_last_word() -> None:
    """Its own queue, priority, article and template win; required fields add up; unknown names say nothing."""
    assert defaults("Reset kata sandi", "Akun siswa", ALL) == Defaults(
        "massal", "high", ("npsn", "nisn"), "https://b.example", "t2"
    )
    assert defaults("Reset kata sandi", "", ALL) == Defaults("akun", "", ("npsn", "nisn"), "https://a.example", "")
    assert defaults("x", "y", ALL) == Defaults()


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_has_an_answer(subject: str, text: str) -> None:
    """A known category or unsorted, with a sureness between 0 and 1; repeating the text changes nothing."""
    guess = guess_category(subject, text, ALL)
    assert guess.name in {*ALL, UNSORTED}
    assert 0 <= guess.sure <= 1
    assert guess_category(subject, f"{text} . {text}", ALL).name in {*ALL, UNSORTED}
