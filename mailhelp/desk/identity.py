"""Identity numbers of Indonesian schools and people: their shape, what is wrong with one, what it may be instead.

- NIK, 16 digits: 6 for the region of issue, DDMMYY with 40 added to the day for women, 4 serial. A wrong length or
  another character is an error. An impossible date is a warning only: issued numbers never change, not even wrong ones.
- NISN, 10 digits: the first three are usually the end of the birth year (`010` for 2010); otherwise a warning.
- NPSN, 8 digits, or a letter P or K and 7 digits.
- NUPTK, 16 digits without meaning; equal to the NIK it is doubtful.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

KINDS = ("nik", "nisn", "npsn", "nuptk")

_SHAPE = {
    "nik": (re.compile(r"[0-9]{16}"), "16 digits"),
    "nisn": (re.compile(r"[0-9]{10}"), "10 digits"),
    "npsn": (re.compile(r"[0-9]{8}|[PK][0-9]{7}"), "8 digits, or P or K and 7 digits"),
    "nuptk": (re.compile(r"[0-9]{16}"), "16 digits"),
}
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_NISN_YEARS = range(950, 1030)  # 950 is 1950, 1029 is 2029


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a number: `severity` is `error` or `warn`; `instead` names the kind that it looks like."""

    severity: str
    message: str
    instead: str = ""


def check(kind: str, number: str) -> tuple[Finding, ...]:
    """What is wrong with a number of that kind (one of `KINDS`), written without blanks. Empty: nothing is."""
    pattern, words = _SHAPE[kind]
    if not pattern.fullmatch(number):
        return (Finding("error", f"{kind.upper()} has {words}; {_seen(number)}", _looks_like(kind, number)),)
    if kind == "nik" and not _has_date(number):
        return (Finding("warn", "the date of birth in this NIK cannot be"),)
    if kind == "nisn" and not _has_year(number):
        return (Finding("warn", "this NISN does not begin with a year of birth"),)
    return ()


def check_together(numbers: Mapping[str, str]) -> dict[str, tuple[Finding, ...]]:
    """The findings of all numbers of a report by kind, with those that only show beside each other."""
    found = {kind: check(kind, number) for kind, number in numbers.items() if kind in _SHAPE and number}
    nik = numbers.get("nik", "")
    if nik and numbers.get("nuptk") == nik:
        found["nuptk"] = (*found["nuptk"], Finding("warn", "this NUPTK is the same number as the NIK", "nik"))
    return found


def _seen(number: str) -> str:
    if re.fullmatch(r"[0-9]+", number):
        return f"this one has {len(number)}"
    return "this one holds other characters"


def _looks_like(kind: str, number: str) -> str:
    """Another kind that this number fits, if it fits only one: numbers are often written into each other's fields."""
    fitting = [other for other, (pattern, _) in _SHAPE.items() if other != kind and pattern.fullmatch(number)]
    if fitting == ["nik", "nuptk"]:
        return "nik" if _has_date(number) else "nuptk"
    return fitting[0] if len(fitting) == 1 else ""


def _has_date(nik: str) -> bool:
    """Whether digits 7 to 12 can be a date of birth; the century is not told, so 29 February always can."""
    day, month = int(nik[6:8]), int(nik[8:10])
    day -= 40 if day > 40 else 0
    return 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def _has_year(nisn: str) -> bool:
    """Whether the first three digits can be the end of a birth year, 950 for 1950 up to 029 for 2029."""
    return (1000 + int(nisn[:3]) if nisn[0] == "0" else int(nisn[:3])) in _NISN_YEARS
