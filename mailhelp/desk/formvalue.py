"""What was written for a field, as the value it means: choices by name, addresses alone, numbers without blanks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from mailhelp.desk.formfield import FormField
from mailhelp.desk.near import Names

IDENTITY = ("npsn", "nisn", "nik", "nuptk")
"""The types of field that hold an identity number."""

MAX_VALUE = 500
"""Characters of a value that is not a long text."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_GAPS = re.compile(r"[\s.\-–/]+")
_NOTHING = {"", "tidak ada", "tdk ada", "kosong", "n a", "none", "nihil"}


@dataclass(frozen=True, slots=True)
class Value:
    """A value; empty where nothing was written. `problem` says what is doubtful."""

    text: str
    sure: float = 1.0
    problem: str = ""


def is_nothing(written: str) -> bool:
    """Whether this is a way of writing nothing: blank, dashes, dots, `tidak ada`."""
    return " ".join(re.findall(r"\w+", written.lower())) in _NOTHING


def understood(written: str, field: FormField) -> Value:
    """The value of a field of any type but category and subcategory."""
    if field.type == "long text":
        return Value(written.strip())
    text = " ".join(written.split())[:MAX_VALUE]
    if field.type == "choice":
        return choice(text, field)
    if field.type == "email":
        return _email(text)
    if field.type in IDENTITY:
        return Value(_number(text))
    return Value(text)


def choice(text: str, field: FormField) -> Value:
    """The choice that a text means; nothing, with a problem, where it means none."""
    names = Names.of(
        (spelling, item.name) for item in field.choices for spelling in (item.name, *item.title.values(), *item.aliases)
    )
    found = names.find(text)
    if found is None:
        return Value("", 0.0, f"{field.name} '{text}' is none of: {', '.join(item.name for item in field.choices)}")
    problem = "" if found.exact else f"{field.name} '{text}' was read as {found.name}"
    return Value(found.name, found.sure, problem)


def _email(text: str) -> Value:
    """The one address in the text: clients write `a@b <mailto:a@b>` and the like."""
    found = {match.rstrip(".").lower(): match.rstrip(".") for match in _ADDRESS.findall(text.replace("mailto:", ""))}
    if not found:
        return Value(text, 0.5, f"'{text}' is not a mail address")
    first = next(iter(found.values()))
    return Value(first) if len(found) == 1 else Value(first, 0.5, f"several mail addresses: {', '.join(found)}")


def _number(text: str) -> str:
    """Digits without what people put between them; anything else as it is. Full-width digits become plain ones."""
    plain = unicodedata.normalize("NFKC", text)
    joined = _GAPS.sub("", plain)
    return joined.upper() if re.fullmatch(r"[A-Za-z]?[0-9]+", joined) else plain
