"""Which category a report belongs to: names, aliases, slips of the pen, and phrases in free text."""

from __future__ import annotations

from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.category import (
    UNSORTED,
    Defaults,
    Recogniser,
    Telling,
    defaults,
    find_category,
    find_subcategory,
    guess_category,
    guess_subcategory,
    owner_of,
)
from mailhelp.desk.fold import key
from mailhelp.desk.near import LEAD, NEAR, SHORTEST, Found, Names
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
    assert guess_category(Telling.of(subject, text), ALL).name == name


def test_a_phrase_inside_a_longer_one_counts_once() -> None:
    """`lupa kata sandi` is not also `kata sandi` and `sandi`."""
    guess = guess_category(Telling.of("", "lupa kata sandi"), ALL)
    assert guess.phrases == ("lupa kata sandi",)
    assert 0 < guess.sure < 1


def test_a_subcategory_is_guessed_only_where_clear() -> None:
    """One that leads is taken, two alike are not."""
    assert guess_subcategory(Telling.of("", "akun saya"), RESET.name, ALL).name == "Akun sendiri"
    assert guess_subcategory(Telling.of("", "siswa"), RESET.name, ALL).name == "Akun siswa"
    assert guess_subcategory(Telling.of("", "entah"), RESET.name, ALL).name == ""
    assert guess_subcategory(Telling.of("", "apa"), ACTIVATION.name, ALL).name == ""


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
    guess = guess_category(Telling.of(subject, text), ALL)
    assert guess.name in {*ALL, UNSORTED}
    assert 0 <= guess.sure <= 1
    assert guess_category(Telling.of(subject, f"{text} . {text}"), ALL).name in {*ALL, UNSORTED}


def plainly(names: Names, text: str) -> Found | None:
    """The nearest name as it is defined: every spelling with the same first letter is compared."""
    folded = key(text)
    likeness = [
        (SequenceMatcher(None, spelling, folded, autojunk=False).ratio(), name)
        for spelling, name in names.spellings.items()
        if min(len(spelling), len(folded)) >= SHORTEST and spelling[0] == folded[0]
    ]
    best, name = max(likeness, key=lambda one: one[0], default=(0.0, ""))
    second = max((one for one, other in likeness if other != name), default=0.0)
    return Found(name, round(best, 2)) if best >= NEAR and (second < NEAR or best - second >= LEAD) else None


SPELT = Names.of(
    (text, text[:12]) for text in ("Nama sekolah", "Nama sekola asal", "Nama guru", "Nomor induk", "Surel")
)


@given(
    st.sampled_from(list(SPELT.spellings)),
    st.lists(st.tuples(st.integers(0, 15), st.sampled_from("anmk ")), max_size=4),
)
def test_what_is_left_out_of_the_comparison_was_not_near(spelling: str, slips: list[tuple[int, str]]) -> None:
    """Bounds save comparing, and find what comparing with every spelling finds."""
    written = spelling
    for at, letter in slips:
        written = written[:at] + letter + written[at + 1 :]
    known = SPELT.exact(written)
    assert SPELT.find(written) == (Found(known, 1.0) if known else plainly(SPELT, written))


def test_other_categories_are_recognised_by_their_own_names() -> None:
    """What was folded for some categories is used for the very same ones only."""
    assert Recogniser.of(ALL) is Recogniser.of(ALL)
    other = dict(ALL) | {"Baru": Category("Baru", aliases=("Dapodik baru",), keywords={"dapodik": 5})}
    assert find_category("Dapodik baru", ALL) is None
    assert find_category("Dapodik baru", other) == Found("Baru", 1.0)
    assert guess_category(Telling.of("", "dapodik"), other).name == "Baru"
    assert guess_category(Telling.of("", "dapodik"), ALL).name == UNSORTED
