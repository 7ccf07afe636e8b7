"""Identity numbers: hand-made cases for what one is, what is odd about one, and what another could be meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.identity import KINDS, LENGTHS, faults, fits, has_date, kinds, plain, within


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("3201014101800001", "3201014101800001"),
        ("3201 0141 0180 0001", "3201014101800001"),
        ("32.01.01.410180.0001", "3201014101800001"),
        ("3201-0141-0180-0001", "3201014101800001"),
        ("3201–0141–0180–0001", "3201014101800001"),
        ("３２０１０１４１０１８００００１", "3201014101800001"),
        ("'0101234567", "0101234567"),
        ("010\u00a0123\u20094567", "0101234567"),
        ("0101\u200b234567", "0101234567"),
        ("p1234567", "P1234567"),
        ("K 123 4567", "K1234567"),
        ("tidak tahu", "tidak tahu"),
        ("20101234 SD Contoh", "20101234 SD Contoh"),
        ("", ""),
    ],
)
def test_numbers_are_read_as_people_write_them(written: str, number: str) -> None:
    """Blanks, dots, hyphens of all kinds, full-width digits and a spreadsheet's apostrophe are no part of a number."""
    assert plain(written) == number


FAULTS = [
    # NIK: region, DDMMYY (women: day + 40), serial
    ("nik", "3201014101800001", ""),
    ("nik", "3201011712850004", ""),
    ("nik", "3201016902000004", ""),  # a woman born on 29 February 2000
    ("nik", "3201012902010004", "nik.date"),  # 2001 and 1901 are no leap years
    ("nik", "3201012902960004", ""),
    ("nik", "3201013102850004", "nik.date"),
    ("nik", "3201017102850004", "nik.date"),
    ("nik", "3201010001850004", "nik.date"),
    ("nik", "3201014001850004", "nik.date"),  # day 40 is nobody's
    ("nik", "3201017201850004", "nik.date"),
    ("nik", "3201013113850004", "nik.date"),
    ("nik", "3201013100850004", "nik.date"),
    ("nik", "0901011712850004", "nik.region"),
    ("nik", "9999999999999999", "number.repeated"),
    ("nik", "320101410180001", "nik.length"),
    ("nik", "32010141018000011", "nik.length"),
    ("nik", "320101410180000A", "nik.digits"),
    ("nik", "A320101410180000", "nik.digits"),
    ("nik", "belum punya", "nik.digits"),
    # NISN: the last three digits of the birth year, then seven
    ("nisn", "0101234567", ""),
    ("nisn", "9981234567", ""),
    ("nisn", "0001234567", ""),
    ("nisn", "0271234567", "nisn.year"),
    ("nisn", "5551234567", "nisn.year"),
    ("nisn", "0812345678", "nisn.year"),  # a telephone number
    ("nisn", "0000000000", "number.repeated"),
    ("nisn", "010123456", "nisn.length"),
    ("nisn", "01012345678", "nisn.length"),
    # NPSN: 8 digits, or P or K and 7
    ("npsn", "20101234", ""),
    ("npsn", "P1234567", ""),
    ("npsn", "K1234567", ""),
    ("npsn", "Q1234567", "npsn.digits"),
    ("npsn", "P12345678", "npsn.digits"),
    ("npsn", "2010123", "npsn.length"),
    ("npsn", "201012345", "npsn.length"),
    # NUPTK: opaque
    ("nuptk", "1234567890123456", ""),
    ("nuptk", "0000000000000001", ""),
    ("nuptk", "123456789012345", "nuptk.length"),
    ("nuptk", "12345678901234X6", "nuptk.digits"),
]


@pytest.mark.parametrize(("kind", "number", "code"), FAULTS)
def test_what_is_wrong_with_a_number(kind: str, number: str, code: str) -> None:
    """Only what cannot be such a number at all is an error; everything odd is a warning; one reason each."""
    found = faults(kind, number, 2026)
    assert [fault.code for fault in found] == ([code] if code else [])
    for fault in found:
        assert fault.severity == ("error" if code.endswith((".length", ".digits")) else "warn")


def test_a_birth_year_needs_no_clock() -> None:
    """Where the current year is not known, years long ahead are odd all the same."""
    assert faults("nisn", "0271234567") == ()
    assert [fault.code for fault in faults("nisn", "0811234567")] == ["nisn.year"]


@pytest.mark.parametrize(
    ("number", "possible"),
    [
        ("3201014101800001", ("nik", "nuptk")),
        ("1234567890123456", ("nuptk", "nik")),
        ("0101234567", ("nisn",)),
        ("20101234", ("npsn",)),
        ("P1234567", ("npsn",)),
        ("197803122005011004", ()),
        ("siti", ()),
    ],
)
def test_what_a_number_could_be(number: str, possible: tuple[str, ...]) -> None:
    """By its form; of 16 digits a possible date of birth makes the NIK likelier."""
    assert kinds(number) == possible


@pytest.mark.parametrize(
    ("kind", "text", "number"),
    [
        ("npsn", "20101234 (SD Contoh)", "20101234"),
        ("npsn", "NPSN 2010 1234 ya", "20101234"),
        ("nisn", "No. 0055443322", "0055443322"),
        ("npsn", "20101234 atau 20101235", "20101234 atau 20101235"),
        ("npsn", "20101234 / 20101234", "20101234"),
        ("nik", "20101234 SD", "20101234 SD"),
        ("nisn", "20101234567", "20101234567"),
    ],
)
def test_a_number_among_words(kind: str, text: str, number: str) -> None:
    """The one number of that kind; nothing is chosen where there are two, or where the text is a number itself."""
    assert within(kind, text) == number


@given(st.sampled_from(KINDS), st.text(max_size=30))
def test_any_text_is_judged(kind: str, text: str) -> None:
    """Whatever was written there is an answer, and what fits has no error."""
    number = plain(text)
    assert any(fault.severity == "error" for fault in faults(kind, number, 2026)) is not fits(kind, number)


@given(st.dates(), st.sampled_from([0, 40]), st.from_regex(r"[1-8][1-9][0-9]{4}", fullmatch=True), st.integers(1, 9999))
def test_every_date_of_birth_is_possible(born: object, woman: int, region: str, serial: int) -> None:
    """No NIK that is made from a real date is doubted, for men and women."""
    day, month, year = (int(part) for part in reversed(f"{born:%Y-%m-%d}".split("-")))
    number = f"{region}{day + woman:02}{month:02}{year % 100:02}{serial:04}"
    if 1901 <= year <= 2099:
        assert has_date(number)
    assert len(number) == LENGTHS["nik"]


@given(st.from_regex(r"[0-9]{16}", fullmatch=True), st.text(" .-\u00a0", max_size=3), st.integers(1, 15))
def test_gaps_change_nothing(number: str, gap: str, at: int) -> None:
    """A number with gaps anywhere is the number without them."""
    assert plain(number[:at] + gap + number[at:]) == number
