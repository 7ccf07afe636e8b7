"""How single values in the rules files are written: times, sizes, days, addresses, lists of names.

Each reader takes what YAML gave and returns plain data, or raises a finding that `edge.rules_read` shows with its
place. A single value may stand where a list is expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from mailhelp.desk.askticket import DAYS

ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB)", re.IGNORECASE)
_UNITS = {"B": 1, "KB": 1_000, "MB": 1_000_000}


def wrong(message: str, found: Any) -> PydanticCustomError:
    """A finding: `message` ends where the found value follows."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "found": found})


def _text(value: Any) -> Any:
    """Whole numbers may stand for texts (they look the same); what else looks like something is put in quotes."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        raise wrong("must be a text, not", value)
    return value.strip()


def _text_or_none(value: Any) -> Any:
    """As a text; an empty one says that there is to be nothing."""
    return "" if value == "" else _text(value)


def _texts(value: Any) -> Any:
    items = value if isinstance(value, tuple) else (value,)
    if not items:
        raise wrong("is an empty list.", value)
    return tuple(_text(item) for item in items)


def _address(value: Any) -> Any:
    text = _text(value)
    if not ADDRESS.fullmatch(text):
        raise wrong("not a mail address:", text)
    return text


def _addresses(value: Any) -> Any:
    return tuple(_address(item) for item in _texts(value))


def _domains(value: Any) -> Any:
    domains = tuple(item.lower().removeprefix("@") for item in _texts(value))
    for item in domains:
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", item):
            raise wrong("not a domain:", item)
    return domains


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise wrong("must be a date such as 2026-01-31, not", value) from None


def _minutes(value: Any) -> Any:
    match = re.fullmatch(r"([01]?\d|2[0-4]):([0-5]\d)", value) if isinstance(value, str) else None
    if match is None or (total := int(match[1]) * 60 + int(match[2])) > 1440:
        raise wrong("must be a time of day such as 08:30, not", value)
    return total


_WEEK = date(2026, 2, 2)
"""The Monday of the week in which tests play that name only a weekday or a time: an ordinary one."""


def _moment(value: Any) -> Any:
    """`2026-02-07 19:30`, `saturday 19:30`, or `19:30`: a local time."""
    day, _, time = value.strip().lower().rpartition(" ") if isinstance(value, str) else ("", "", "")
    try:
        minutes = timedelta(minutes=_minutes(time))
        if day in DAYS:
            first = _WEEK + timedelta(days=DAYS.index(day))
        else:
            first = date.fromisoformat(day) if day else _WEEK + timedelta(days=1)
    except (PydanticCustomError, ValueError):
        raise wrong("must be a moment such as 2026-02-07 19:30 or saturday 19:30, not", value) from None
    return datetime(first.year, first.month, first.day) + minutes  # noqa: DTZ001 - local time, its zone is the desk's


def _link(value: Any) -> Any:
    text = _text(value)
    if not re.fullmatch(r"https?://[^\s<>\"]+", text):
        raise wrong("not a web address (https://...):", text)
    return text


def _links(value: Any) -> Any:
    return tuple(_link(item) for item in _texts(value))


def _size(value: Any) -> Any:
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        return int(float(match[1]) * _UNITS[match[2].upper()])
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise wrong("must be a size such as 5 MB, not", value)
    return value


def _days(value: Any) -> Any:
    """Weekdays by name, or `monday-friday`."""
    found: list[int] = []
    for item in _texts(value):
        first, dash, last = item.lower().partition("-")
        start, end = (DAYS.index(_among(name, DAYS)) for name in (first, last if dash else first))
        found += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    return frozenset(found)


@dataclass(frozen=True)
class LongForm:
    """Reads a value that is no mapping as the key `name` of one."""

    name: str

    def __call__(self, value: Any) -> Any:
        """The long form."""
        return value if isinstance(value, dict | BaseModel) else {self.name: value}


def long_form(name: str) -> BeforeValidator:
    """A value that is no mapping stands for the key `name` of one."""
    return BeforeValidator(LongForm(name))


def _language(value: Any) -> Any:
    return _among(value, ("id", "en"))


Text = Annotated[str, BeforeValidator(_text)]
TextOrNone = Annotated[str, BeforeValidator(_text_or_none)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Address = Annotated[str, BeforeValidator(_address)]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_addresses)]
Domains = Annotated[tuple[str, ...], BeforeValidator(_domains)]
Day = Annotated[date, BeforeValidator(_day)]
Minutes = Annotated[int, BeforeValidator(_minutes)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Days = Annotated[frozenset[int], BeforeValidator(_days)]
Link = Annotated[str, BeforeValidator(_link)]
Links = Annotated[tuple[str, ...], BeforeValidator(_links)]
Size = Annotated[int, BeforeValidator(_size)]
Count = Annotated[int, Field(ge=0)]
Priority = Literal["low", "normal", "high", "urgent"]
StateName = Literal["new", "open", "pending", "checking", "resolved", "closed"]
EventName = Literal["arrived", "replied", "timer", "agent"]
Language = Annotated[str, BeforeValidator(_language)]
Weight = Annotated[float, Field(gt=0, le=100)]


@dataclass(frozen=True)
class Choices:
    """Reads one of these words, or a list of them."""

    allowed: tuple[str, ...]

    def __call__(self, value: Any) -> Any:
        """The words, always as a list."""
        return tuple(_among(item, self.allowed) for item in _texts(value))


def choices(*allowed: str) -> BeforeValidator:
    """One of these words, or a list of them."""
    return BeforeValidator(Choices(allowed))


def _among(value: Any, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise PydanticCustomError("choice", "unknown value", {"found": value, "allowed": allowed})
    return str(value)
