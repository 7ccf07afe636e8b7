"""Values as people write them, and what they mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.formfield import Choice, FormField
from mailhelp.desk.formvalue import addresses, is_nothing, marked_choice, understood

USER = FormField(
    "user_type",
    type="choice",
    choices=(
        Choice("Guru", ("Pendidik",), {"en": "Teacher"}),
        Choice("Siswa", ("Murid",)),
        Choice("Orang tua", ("Wali murid", "Orang tua siswa")),
    ),
)


def field(kind: str) -> FormField:
    """A field of that type."""
    return USER if kind == "choice" else FormField("x", type=kind)


@pytest.mark.parametrize(
    ("kind", "written", "value", "doubt"),
    [
        ("text", "  Siti \n Aminah, ", "Siti Aminah", ""),
        ("text", "S.Pd.", "S.Pd.", ""),
        ("long text", " satu\n dua ", "satu\n dua", ""),
        ("phone", "0812-3344-5566", "081233445566", ""),
        ("phone", "(+62) 812 3344 5566", "+6281233445566", ""),
        ("phone", "+62 (812) 3344.5566", "+6281233445566", ""),
        ("phone", "(021) 555 0100", "0215550100", ""),
        ("phone", "021/5550100", "0215550100", ""),
        ("phone", "０８１２３３４４５５６６", "081233445566", ""),
        ("phone", "081200001111 / 085200002222", "081200001111", "several"),
        ("phone", "081200001111 atau 081200001111", "081200001111", ""),
        ("phone", "tidak tahu", "tidak tahu", "not-a-phone"),
        ("date", "2026-01-31", "2026-01-31", ""),
        ("date", "31-01-2026", "2026-01-31", ""),
        ("date", "31/1/26", "2026-01-31", ""),
        ("date", "31.01.1985", "1985-01-31", ""),
        ("date", "31-1-85", "1985-01-31", ""),
        ("date", "5/5/2026", "2026-05-05", ""),
        ("date", "3/4/2026", "2026-04-03", "day-first"),
        ("date", "17 Agustus 1990", "1990-08-17", ""),
        ("date", "Sukamaju, 17 Agt 1990", "", "not-a-date"),
        ("date", "Sukamaju, 17 Agu 1990", "1990-08-17", ""),
        ("date", "August 17, 1990", "1990-08-17", ""),
        ("date", "17 Aug 1990", "1990-08-17", ""),
        ("date", "31 Februari 1990", "", "not-a-date"),
        ("date", "kemarin", "", "not-a-date"),
        ("number", "12", "12", ""),
        ("number", "1.250", "1250", ""),
        ("number", "1,250 siswa", "1250", ""),
        ("number", "1.250.000,50", "1250000.50", ""),
        ("number", "2,5", "2.5", ""),
        ("number", "-3", "-3", ""),
        ("number", "+3", "3", ""),
        ("number", "12 atau 13", "12", "several"),
        ("number", "banyak", "", "not-a-number"),
        ("choice", "guru", "Guru", ""),
        ("choice", "TEACHER", "Guru", ""),
        ("choice", "pendidk", "Guru", "near"),
        ("choice", "Guru kelas 4", "Guru", "within"),
        ("choice", "orang tua siswa kelas 2", "Orang tua", "within"),
        ("choice", "guru dan wali murid", "", "not-a-choice"),
        ("choice", "dosen", "", "not-a-choice"),
        ("choice", "[x] Guru [ ] Siswa", "Guru", ""),
        ("choice", "☐ Guru ☑ Siswa", "Siswa", ""),
        ("choice", "( ) Guru ( ) Siswa", "", "not-a-choice"),
        ("choice", "[x] Guru [x] Siswa", "", "not-a-choice"),
        ("email", "A@surat.example", "A@surat.example", ""),
        ("email", "ａ@surat.example", "a@surat.example", ""),
        ("npsn", "2010 1234", "20101234", ""),
        ("npsn", "20101234 - SD Contoh", "20101234", "within"),
        ("npsn", "12 34", "1234", ""),
        ("nik", "tidak tahu", "tidak tahu", ""),
    ],
)  # fmt: skip
def test_a_value_means(kind: str, written: str, value: str, doubt: str) -> None:
    """What was written, as the value it stands for; whatever had to be interpreted carries a doubt."""
    found = understood(written, field(kind))
    assert (found.text, found.doubt.code if found.doubt else "") == (value, doubt)
    assert (found.sure < 1) is bool(doubt)


@pytest.mark.parametrize(
    "written", ["", " ", "-", "...", "____", "Tidak ada", "N/A", "none", "belum ada", "-- nihil --"]
)
def test_ways_of_writing_nothing(written: str) -> None:
    """Blanks, dashes, dots and the words for it."""
    assert is_nothing(written)
    assert not is_nothing(f"{written} satu")


def test_boxes_without_a_choice() -> None:
    """Text without boxes, or with a bracket in the middle, marks nothing."""
    assert marked_choice("Guru") == ""
    assert marked_choice("Guru kelas (x)") == ""
    assert marked_choice("(x) Guru") == "Guru"


def test_addresses_are_found_once() -> None:
    """In any case, in order, without what clients put around them."""
    assert addresses("A@x.example <mailto:a@x.example>, b@y.example.") == ["a@x.example", "b@y.example"]


@given(st.sampled_from(["date", "number", "phone", "email", "choice", "npsn", "text"]), st.text(max_size=60))
def test_any_text_is_understood_somehow(kind: str, written: str) -> None:
    """Nothing falls over; a value that is not there has a reason."""
    found = understood(written, field(kind))
    assert found.text or found.doubt or not written.strip(" ,;\t\n") or kind in ("text", "npsn")
    assert 0 <= found.sure <= 1


@given(st.dates(), st.sampled_from(["%d-%m-%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y"]))
def test_every_date_is_read(day: object, form: str) -> None:
    """In the forms that people use, with the day first."""
    if int(f"{day:%Y}") >= 1000:
        assert understood(format(day, form), field("date")).text == f"{day:%Y-%m-%d}"
