"""What is missing or wrong in a report: conditions, checks, swaps, and how it is said in both languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from formkit import CATEGORIES, FORM, given
from mailhelp.desk.formcheck import Finding, Kind, check, has_story
from mailhelp.desk.formfield import Check, Form, FormField, Need
from mailhelp.desk.formneed import Standing, holds, required, standing
from mailhelp.desk.formwords import LANGUAGES, TEXTS, said, text
from mailhelp.desk.model import Doubt

SENDER = "sri@surat.example"
WHOLE = {
    "category": "Reset kata sandi",
    "user_type": "Guru",
    "name": "Sri Wahyuni",
    "account_email": "sri1@guru.sd.belajar.id",
    "school_name": "SD Contoh",
    "npsn": "20101234",
    "nik": "3201014101800001",
    "details": "Saya lupa kata sandi.",
}


def findings(**changes: str) -> dict[str, Finding]:
    """The findings about a whole report with some values changed; an empty value takes the field away."""
    values = {name: value for name, value in {**WHOLE, **changes}.items() if value}
    return {one.name: one for one in check(given(**values), FORM, CATEGORIES, sender=SENDER, year=2026)}


def codes(**changes: str) -> dict[str, tuple[str, str]]:
    """The same as kind and code."""
    return {name: (one.kind.value, one.code) for name, one in findings(**changes).items()}


def test_a_whole_report_has_no_findings() -> None:
    """Nothing is asked of somebody who gave everything; optional fields are nobody's duty."""
    assert findings() == {}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"name": ""}, {"name": ("missing", "missing")}),
        ({"category": ""}, {"category": ("missing", "unsorted")}),
        ({"account_email": ""}, {"account_email": ("missing", "missing")}),
        ({"account_email": "", "category": "Lainnya"}, {}),
        ({"account_email": "", "subcategory": "Reset massal", "phone": "081234567890", "count": "30"}, {}),
        ({"subcategory": "Reset massal"}, {"phone": ("missing", "missing"), "count": ("missing", "missing")}),
        ({"subcategory": "Reset massal", "phone": "081234567890", "npsn": ""}, {"npsn": ("missing", "missing")}),
        ({"nik": ""}, {"nik": ("missing", "missing")}),
        ({"nik": "", "nuptk": "1234567890123456"}, {}),
        ({"nik": "", "nuptk": "1234567890123456", "category": "Aktivasi akun"}, {"nik": ("missing", "missing")}),
        ({"user_type": "Siswa"}, {"nisn": ("missing", "missing")}),
        ({"user_type": "Non Satuan Pendidikan", "npsn": ""}, {"school_name": ("warning", "not-needed")}),
        ({"user_type": "Non Satuan Pendidikan", "npsn": "", "school_name": ""}, {}),
        # what the types say
        ({"npsn": "2010"}, {"npsn": ("wrong", "npsn.length")}),
        ({"nik": "3201014101800"}, {"nik": ("wrong", "nik.length")}),
        ({"nik": "3201013102800001"}, {"nik": ("warning", "nik.date")}),
        ({"nisn": "5551234567"}, {"nisn": ("warning", "nisn.year")}),
        ({"nuptk": "12345"}, {"nuptk": ("warning", "nuptk.length")}),
        ({"nuptk": WHOLE["nik"]}, {"nuptk": ("warning", "nuptk.nik")}),
        ({"phone": "12"}, {"phone": ("warning", "not-a-phone")}),
        ({"email": "sri"}, {"email": ("wrong", "not-an-address")}),
        ({"born": "kemarin"}, {"born": ("wrong", "not-a-date")}),
        ({"count": "banyak"}, {"count": ("wrong", "not-a-number")}),
        ({"user_type": "Dosen"}, {"user_type": ("wrong", "not-a-choice")}),
        # what the checks say
        ({"personal_email": "lain@surat.example"}, {"personal_email": ("wrong", "same-as")}),
        ({"personal_email": "SRI@surat.example"}, {}),
        ({"email": "a@surat.example", "personal_email": "a@surat.example"}, {}),
        ({"account_email": "sri@notbelajar.id"}, {"account_email": ("wrong", "domain")}),
        ({"account_email": "sri@belajar.id.example"}, {"account_email": ("wrong", "domain")}),
        ({"account_email": "sri@BELAJAR.ID"}, {}),
        ({"born": "1939-12-31"}, {"born": ("wrong", "not-before")}),
        ({"born": "2031-01-01"}, {"born": ("warning", "not-after")}),
        ({"count": "0"}, {"count": ("wrong", "min")}),
        ({"count": "501"}, {"count": ("warning", "max")}),
        ({"code": "AB12"}, {}),
        ({"code": "zAB12"}, {"code": ("wrong", "matches")}),
        ({"code": "AB1234"}, {"code": ("wrong", "length")}),
        # values in each other's fields
        (
            {"nisn": "3201014101800001", "nik": "0101234567"},
            {"nik": ("wrong", "exchanged"), "nisn": ("wrong", "exchanged")},
        ),
        ({"npsn": "0101234567", "nisn": "20101234"}, {"npsn": ("wrong", "exchanged"), "nisn": ("wrong", "exchanged")}),
        (
            {"personal_email": "sri1@guru.sd.belajar.id", "account_email": SENDER},
            {"personal_email": ("wrong", "exchanged"), "account_email": ("wrong", "exchanged")},
        ),
        (
            {"name": "sri1@guru.sd.belajar.id", "account_email": "Sri Wahyuni"},
            {"name": ("warning", "exchanged"), "account_email": ("wrong", "exchanged")},
        ),
        ({"nisn": "3201014101800001", "nik": ""}, {"nisn": ("wrong", "looks-like"), "nik": ("missing", "missing")}),
        ({"nisn": "20101234", "npsn": ""}, {"nisn": ("wrong", "looks-like"), "npsn": ("missing", "missing")}),
        ({"name": "siti@surat.example"}, {"name": ("warning", "looks-like")}),
        ({"name": "3201014101800001"}, {"name": ("warning", "looks-like")}),
    ],
)  # fmt: skip
def test_what_is_found(changes: dict[str, str], found: dict[str, tuple[str, str]]) -> None:
    """Missing by condition, wrong by type, wrong by check, exchanged: one finding for each reason, and no other."""
    assert codes(**changes) == found


def test_a_swap_names_the_other_field() -> None:
    """In both languages, by its label; the values of a finding are names that code can use."""
    one = findings(nisn="3201014101800001", nik="0101234567")["nisn"]
    assert (one.swap, one.values) == ("nik", ("nik",))
    assert one.messages == {"id": "tertukar dengan NIK", "en": "was exchanged with NIK"}
    mails = findings(personal_email="sri1@guru.sd.belajar.id", account_email=SENDER)
    assert mails["personal_email"].messages["id"] == "tertukar dengan Akun belajar.id"
    assert mails["account_email"].messages["en"] == "was exchanged with Personal email"


def test_a_finding_says_what_would_be_right() -> None:
    """Reason, example and choices; the admin's own words win; the sender's address stands for the report's."""
    found = findings(personal_email="lain@surat.example", count="600", user_type="", category="", subcategory="")
    assert found["personal_email"].messages == {
        "id": "harus sama dengan alamat email laporan ini",
        "en": "must be the same as the address of this report",
    }
    assert found["personal_email"].example == "siti@surat.example"
    assert found["count"].messages == {"id": "terlalu banyak", "en": "too many"}
    assert found["user_type"].choices == ("Guru", "Siswa", "Orang tua", "Non Satuan Pendidikan")
    assert found["category"].choices == tuple(CATEGORIES)
    assert (
        findings(email="lain@surat.example", personal_email=SENDER)["personal_email"]
        .messages["en"]
        .endswith("Email address")
    )


def test_subcategories_to_choose_are_those_of_the_category() -> None:
    """Of a known category its own; of an unknown one none."""
    form = Form((*FORM.fields[:2], FormField("subcategory", {"id": "Sub"}, (), "subcategory", required=(Need(),))))
    known = check(given(category="Reset kata sandi"), form, CATEGORIES)
    assert [one.choices for one in known] == [("Akun sendiri", "Reset massal")]
    assert [one.choices for one in check({}, form, CATEGORIES)] == [tuple(CATEGORIES), ()]


def test_what_the_reader_could_not_use_is_wrong_and_not_missing() -> None:
    """Somebody who wrote a choice that is none is told so instead of being asked as if nothing had been written."""
    values = {name: value for name, value in WHOLE.items() if name != "user_type"}
    problems = (("user_type", Doubt("not-a-choice", ("Dosen", "Guru, Siswa"))),)
    found = check(given(**values), FORM, CATEGORIES, problems=problems)
    assert [(one.name, one.kind, one.code) for one in found] == [("user_type", Kind.WRONG, "not-a-choice")]
    assert found[0].messages["en"] == "“Dosen” is none of the choices: Guru, Siswa"


@pytest.mark.parametrize(
    ("rest", "enough"),
    [
        ("", False),
        ("Yth. Admin,\n\nTerima kasih", False),
        ("Selamat pagi Bapak/Ibu, mohon bantuannya.\nHormat kami", False),
        ("Dear Sir or Madam, thank you", False),
        ("12345678 2026", False),
        ("Akun saya tidak bisa dibuka.", True),
        ("Yth. Admin, kata sandi selalu ditolak sistem. Terima kasih", True),
    ],
)
def test_a_story_may_stand_outside_the_fields(rest: str, *, enough: bool) -> None:
    """A report that was told in free words is not asked for its details; greetings alone are no story."""
    assert has_story(rest) is enough
    values = {name: value for name, value in WHOLE.items() if name != "details"}
    found = check(given(**values), FORM, CATEGORIES, rest=rest)
    assert [one.name for one in found] == ([] if enough else ["details"])


def test_the_sender_is_the_reports_address() -> None:
    """A required address is not asked of somebody whose mail has one."""
    form = Form((FormField("email", {"id": "Surel"}, (), "email", required=(Need(),)),))
    assert check({}, form, {}, sender=SENDER) == ()
    assert [one.code for one in check({}, form, {})] == ["missing"]
    assert [one.code for one in check(given(email=" "), form, {})] == ["missing"]


def test_conditions_are_all_of_their_parts() -> None:
    """A condition that asks nothing holds; values compare without case; present and missing are about values."""
    fields = given(category="Reset Kata Sandi", name="Sri", empty=" ")
    assert holds(Need(), {})
    assert holds(Need(category=("reset kata sandi",), present=("name",), missing=("npsn", "empty")), fields)
    assert not holds(Need(category=("Lainnya",)), fields)
    assert not holds(Need(present=("empty",)), fields)
    assert not holds(Need(missing=("name",)), fields)
    assert not holds(Need(fields={"name": ("Budi",)}), fields)
    assert Need(category=("a",), fields={"x": ("1",)}, present=("y",), missing=("x",)).names == ("category", "x", "y")


def test_forbidden_wins_over_optional_and_optional_over_required() -> None:
    """Where several conditions hold at once."""
    item = FormField("x", required=(Need(),))
    assert standing(item, {}, {}) is Standing.REQUIRED
    assert standing(replace(item, optional=(Need(),)), {}, {}) is Standing.OPTIONAL
    assert standing(replace(item, optional=(Need(),), forbidden=(Need(),)), {}, {}) is Standing.FORBIDDEN
    assert required(FORM, given(category="Aktivasi akun"), CATEGORIES) == (
        "category",
        "user_type",
        "name",
        "nik",
        "details",
    )


def test_an_unknown_kind_of_check_finds_nothing() -> None:
    """A policy that was stored by a newer version does not stop an older one."""
    form = Form((FormField("x", {"id": "X"}, checks=(Check("colour", ("red",)),)),))
    assert check(given(x="blue"), form, {}) == ()


def test_a_wrong_number_that_only_warns_is_not_compared() -> None:
    """What is no number has no size; one in another spelling is compared by what it means."""
    bounds = (Check("min", ("1000",)), Check("max", ("2000.5",)))
    form = Form((FormField("x", {"id": "X"}, (), "number", checks=bounds, severity="warn"),))
    assert [(one.code, one.kind) for one in check(given(x="banyak"), form, {})] == [("not-a-number", Kind.WARNING)]
    assert check(given(x="1.250"), form, {}) == ()
    assert [one.code for one in check(given(x="12,5"), form, {})] == ["min"]


def test_labels_fall_back() -> None:
    """A label of the language, else any, else the name; of a field that is not in the form its name."""
    assert FormField("x", {"id": "Iks"}).label("en") == "Iks"
    assert FormField("x").label("en") == "x"
    form = Form((FormField("x", {"id": "X"}, checks=(Check("same_as", ("gone",)),)),))
    assert check(given(x="1", gone="2"), form, {})[0].messages["en"] == "must be the same as gone"


@pytest.mark.parametrize("code", TEXTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_can_be_said(code: str, language: str) -> None:
    """In both languages, with as many values as there are, and not the same in both."""
    shown = text(code, ("satu", "dua", "tiga"), language)
    assert shown
    assert "{" not in shown
    assert TEXTS[code]["id"] != TEXTS[code]["en"]
    assert text(code, (), language)


def test_doubts_are_said_in_the_language_of_the_reader() -> None:
    """Indonesian where the language is not known; long values cut; a code without text shows itself."""
    doubt = Doubt("guessed", ("lupa kata sandi",))
    assert said(doubt, "id") == "ditebak dari: lupa kata sandi"
    assert said(doubt, "en") == "guessed from: lupa kata sandi"
    assert said(doubt, "") == said(doubt, "id")
    assert len(said(Doubt("near-label", ("x" * 500,)), "en")) < 130
    assert said(Doubt("own-code", ("a", "b")), "en") == "own-code a b"
    assert said(Doubt("near-label", ("{0} {x}",)), "en") == "the label was written “{0} {x}”"


@drawn(st.dictionaries(st.sampled_from([item.name for item in FORM.fields]), st.text(max_size=40)))
def test_any_values_are_checked(values: dict[str, str]) -> None:
    """Whatever was written there is an answer with a sentence in each language, and nothing is found twice."""
    found = check(given(**values), FORM, CATEGORIES, sender=SENDER)
    for one in found:
        assert all(one.messages[language] for language in LANGUAGES)
    assert len({(one.name, one.code) for one in found}) == len(found)
