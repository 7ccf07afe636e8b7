"""Identity numbers, tested against cases made by hand (no real person's)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.identity import KINDS, Finding, check, check_together


@pytest.mark.parametrize(
    ("kind", "number", "severity", "message", "instead"),
    [
        ("nik", "3201014101800001", "", "", ""),  # a woman, born on 1 January 1980
        ("nik", "3201010101800001", "", "", ""),  # a man, the same day
        ("nik", "3201017112990009", "", "", ""),  # 31 December
        ("nik", "3201012902010001", "", "", ""),  # 29 February of a year that is not told for certain
        ("nik", "3201013002000001", "warn", "the date of birth in this NIK cannot be", ""),
        ("nik", "3201010013800001", "warn", "the date of birth in this NIK cannot be", ""),
        ("nik", "3201010001800001", "warn", "the date of birth in this NIK cannot be", ""),
        ("nik", "3201014001800001", "warn", "the date of birth in this NIK cannot be", ""),
        ("nik", "3201017201800001", "warn", "the date of birth in this NIK cannot be", ""),
        ("nik", "3201010100800001", "warn", "the date of birth in this NIK cannot be", ""),
        ("nik", "320101410180001", "error", "NIK has 16 digits; this one has 15", ""),
        ("nik", "32010141018000011", "error", "NIK has 16 digits; this one has 17", ""),
        ("nik", "32010141018000O1", "error", "NIK has 16 digits; this one holds other characters", ""),
        ("nik", "0101234567", "error", "NIK has 16 digits; this one has 10", "nisn"),
        ("nik", "20100001", "error", "NIK has 16 digits; this one has 8", "npsn"),
        ("nisn", "0101234567", "", "", ""),
        ("nisn", "0051234567", "", "", ""),
        ("nisn", "9991234567", "", "", ""),
        ("nisn", "0291234567", "", "", ""),
        ("nisn", "0301234567", "warn", "this NISN does not begin with a year of birth", ""),
        ("nisn", "9491234567", "warn", "this NISN does not begin with a year of birth", ""),
        ("nisn", "1231234567", "warn", "this NISN does not begin with a year of birth", ""),
        ("nisn", "3201014101800001", "error", "NISN has 10 digits; this one has 16", "nik"),
        ("nisn", "9999999999999999", "error", "NISN has 10 digits; this one has 16", "nuptk"),
        ("nisn", "010123456", "error", "NISN has 10 digits; this one has 9", ""),
        ("npsn", "20100001", "", "", ""),
        ("npsn", "P1234567", "", "", ""),
        ("npsn", "K1234567", "", "", ""),
        ("npsn", "Q1234567", "error", "NPSN has 8 digits, or P or K and 7 digits; this one holds other characters", ""),
        ("npsn", "2010001", "error", "NPSN has 8 digits, or P or K and 7 digits; this one has 7", ""),
        ("npsn", "0101234567", "error", "NPSN has 8 digits, or P or K and 7 digits; this one has 10", "nisn"),
        ("nuptk", "1234567890123456", "", "", ""),
        ("nuptk", "12345678901234567", "error", "NUPTK has 16 digits; this one has 17", ""),
    ],
)
def test_each_number_by_itself(kind: str, number: str, severity: str, message: str, instead: str) -> None:
    """Length and characters are errors, meaning is a warning, and a number of another kind is recognised."""
    assert check(kind, number) == ((Finding(severity, message, instead),) if severity else ())


def test_numbers_side_by_side() -> None:
    """The NIK written again as NUPTK is doubtful; what is missing or no number of ours is passed over."""
    nik = "3201014101800001"
    found = check_together({"nik": nik, "nuptk": nik, "nisn": "", "phone": "08"})
    assert found == {"nik": (), "nuptk": (Finding("warn", "this NUPTK is the same number as the NIK", "nik"),)}
    assert check_together({"nuptk": "1234567890123456"}) == {"nuptk": ()}


@given(st.sampled_from(KINDS), st.text(max_size=20) | st.from_regex(r"[0-9PK]{0,18}", fullmatch=True))
def test_any_text_has_a_finding_or_is_a_number(kind: str, number: str) -> None:
    """No text makes a check fall over, and what passes has only digits behind a possible letter."""
    if not check(kind, number):
        assert number[1:].isdecimal()
        assert number.isascii()
