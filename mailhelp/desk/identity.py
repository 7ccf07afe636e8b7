"""Indonesian identity numbers: NIK (persons), NISN (students), NPSN (schools), NUPTK (teaching staff).

Issued numbers never change, whatever was wrong with the data they were made from: only a number that cannot be one at
all (its length, its signs) is an error, everything else a warning.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

KINDS = ("npsn", "nisn", "nik", "nuptk")
"""The kinds of number, which are also types of form fields."""

LENGTHS = {"npsn": 8, "nisn": 10, "nik": 16, "nuptk": 16}
"""How many digits each has."""

_GAPS = re.compile(r"[\s.,\-‐-―_/'’`\u200b-\u200f\u2060\ufeff]+")
_NPSN = re.compile(r"[0-9]{8}|[PK][0-9]{7}")
_NUMBER = re.compile(r"[A-Z]?[0-9]+")
_RUN = re.compile(r"(?<![A-Za-z0-9])[PKpk]?\d(?:[\s.\-]?\d){6,19}(?![A-Za-z0-9])")
_OLDEST = 1940
"""Digits that would mean an earlier birth year mean one of this century."""

_NEWEST = 2040
"""No pupil of the next years is born later; used where the current year is not known."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a number. `code` is a key of `desk.formwords`; `severity` is `error` or `warn`."""

    code: str
    severity: str
    values: tuple[str, ...] = ()


def plain(text: str) -> str:
    """A number without what people put between its digits (blanks, dots, hyphens), full-width digits made plain.

    What is no number is given back as it is.
    """
    folded = unicodedata.normalize("NFKC", text).strip()
    joined = _GAPS.sub("", folded).upper()
    return joined if _NUMBER.fullmatch(joined) else folded


def within(kind: str, text: str) -> str:
    """The one number of that kind among other words (`20101234 (SD Contoh)`); the text itself where there is none."""
    found = [number for match in _RUN.finditer(text) if fits(kind, number := plain(match[0]))]
    return found[0] if len(set(found)) == 1 and not _NUMBER.fullmatch(text) else text


def fits(kind: str, value: str) -> bool:
    """Whether a value has the form of a number of that kind."""
    if kind == "npsn":
        return bool(_NPSN.fullmatch(value))
    return value.isascii() and value.isdigit() and len(value) == LENGTHS[kind]


def kinds(value: str) -> tuple[str, ...]:
    """The kinds of number that a value could be, the likelier first: 16 digits with a possible date are a NIK."""
    found = [kind for kind in KINDS if fits(kind, value)]
    if found == ["nik", "nuptk"] and not has_date(value):
        found.reverse()
    return tuple(found)


def faults(kind: str, value: str, year: int = 0) -> tuple[Fault, ...]:
    """What is wrong with a number of that kind, made plain before. `year` is the current one; 0: not known."""
    if not fits(kind, value):
        digits = sum(char.isdigit() for char in value)
        if not _NUMBER.fullmatch(value) or not value[0].isdigit():
            return (Fault(f"{kind}.digits", "error", (value,)),)
        return (Fault(f"{kind}.length", "error", (value, str(digits), str(LENGTHS[kind]))),)
    if len(set(value)) == 1:
        return (Fault("number.repeated", "warn", (value,)),)
    return tuple(_doubts(kind, value, year))


def _doubts(kind: str, value: str, year: int) -> Iterator[Fault]:
    """What is odd about a number of the right form: at most one thing."""
    if kind == "nik" and not has_date(value):
        yield Fault("nik.date", "warn", (value[6:12],))
    elif kind == "nik" and value[:2] < "11":
        yield Fault("nik.region", "warn", (value[:2],))
    elif kind == "nisn" and not _is_birth_year(value[:3], year):
        yield Fault("nisn.year", "warn", (value[:3],))


def has_date(nik: str) -> bool:
    """Whether the six digits after the region can be a date of birth: DDMMYY, for women with 40 added to the day.

    The century is not told, so the 29th of February counts in every year that is a leap year in either.
    """
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    day -= 40 if day > 40 else 0
    if not 1 <= month <= 12:
        return False
    return 1 <= day <= max(monthrange(century + year, month)[1] for century in (1900, 2000))


def _is_birth_year(digits: str, year: int) -> bool:
    """Whether three digits can be the end of a birth year: 998 is 1998, 010 is 2010."""
    born = int(digits) + (1000 if int(digits) >= _OLDEST - 1000 else 2000)
    return born <= (year or _NEWEST)
