"""How values cross the border to the database: aware UTC times, clean text, JSON.

SQLite and PostgreSQL get the same values: times as text of fixed width that sorts by time (PostgreSQL reads it into
`timestamptz`), text without NUL and lone surrogates (PostgreSQL refuses the one, both refuse the other), JSON as text
whose keys keep their order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import peewee

if TYPE_CHECKING:  # generic for type checkers only
    _TimeField = peewee.Field[datetime]
    _OptionalTimeField = peewee.Field[datetime | None]
    _TextField = peewee.Field[str]
    _AnyField = peewee.Field[Any]
else:
    _TimeField = _OptionalTimeField = _AnyField = peewee.Field
    _TextField = peewee.TextField

MAX_KEY = 255
"""Texts that strangers write (addresses, message ids) are indexed up to this many characters, longer ones by hash."""


def clean(text: str) -> str:
    """The text without NUL, lone surrogates replaced by U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def index_key(text: str) -> str:
    """The form in which a text of a stranger's is indexed: bounded, because an index entry of PostgreSQL is."""
    text = clean(text)
    return text if len(text) <= MAX_KEY else "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def to_utc_text(value: datetime) -> str:
    """`2026-11-23T10:00:00.000000+00:00`; raises ValueError for a naive time."""
    if value.tzinfo is None:
        raise ValueError(f"times are aware UTC, {value!r} is naive")
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat(timespec="microseconds")


class _LastTime:
    """The text of the time that was written last: one decision writes the same moment dozens of times."""

    def __init__(self) -> None:
        self._kept: tuple[datetime | None, str] = None, ""

    def text(self, value: datetime) -> str:
        """As `to_utc_text`."""
        last, text = self._kept  # read and replaced in one step each: threads may share it
        if value is not last:
            text = to_utc_text(value)
            self._kept = value, text
        return text


def from_utc(value: Any) -> datetime | None:
    """An aware UTC time from what the database returned: text on SQLite, a datetime on PostgreSQL."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def _plain(value: Any) -> Any:
    """What the json module cannot write by itself."""
    if isinstance(value, datetime):
        return to_utc_text(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return sorted(value)
    return str(value)


def _scrub(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(key)): _scrub(item) for key, item in value.items()}
    return [_scrub(item) for item in value] if isinstance(value, list) else value


_encode = json.JSONEncoder(ensure_ascii=False, default=_plain, separators=(",", ":")).encode


def to_json(value: Any) -> str:
    """JSON text, clean; times become text, sets sorted lists, dataclasses objects."""
    text = _encode(value)
    if "\\u0000" in text or clean(text) != text:
        text = json.dumps(_scrub(json.loads(text)), ensure_ascii=False, separators=(",", ":"))
    return text


def from_json(value: Any) -> Any:
    """The value of a JSON column: text on SQLite, read already on PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value


_time_text = _LastTime().text
_BY_TYPE: dict[type, Callable[[Any], Any] | None] = {
    **dict.fromkeys((type(None), int, bool, bytes)),
    str: clean,
    datetime: _time_text,
    dict: to_json,
    list: to_json,
}
_BY_KIND: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (Enum, attrgetter("value")),
    (str, clean),
    (datetime, to_utc_text),
    *((kind, to_json) for kind in (Mapping, list, tuple, AbstractSet)),
)


def _of_kind(value: Any) -> Any:
    convert = next((convert for kind, convert in _BY_KIND if isinstance(value, kind)), None)
    return convert(value) if convert else value


def to_db(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values as parameters of a statement."""
    return tuple(
        [value if (convert := _BY_TYPE.get(type(value), _of_kind)) is None else convert(value) for value in values]
    )


class UtcField(_TimeField):
    """An aware UTC time; a naive one is refused with ValueError."""

    field_type = "UTC"

    def db_value(self, value: Any) -> Any:
        """Fixed-width text."""
        return to_utc_text(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        """An aware UTC time."""
        return from_utc(value)


class OptionalUtcField(_OptionalTimeField):
    """As `UtcField`, for what may not have happened yet."""

    field_type = "UTC"

    def __init__(self) -> None:
        super().__init__(null=True)

    def db_value(self, value: Any) -> Any:
        """Fixed-width text, or NULL."""
        return to_utc_text(value) if isinstance(value, datetime) else value

    def python_value(self, value: Any) -> Any:
        """An aware UTC time, or None."""
        return from_utc(value)


class Text(_TextField):
    """Text that is cleaned on its way in."""

    def db_value(self, value: Any) -> Any:
        """Clean text."""
        return clean(value) if isinstance(value, str) else value


class Json(_AnyField):
    """JSON kept as it was written; peewee's own JSONField becomes `jsonb` on PostgreSQL, which sorts the keys."""

    field_type = "JSON"

    def db_value(self, value: Any) -> Any:
        """JSON text."""
        return None if value is None else to_json(value)

    def python_value(self, value: Any) -> Any:
        """Plain data."""
        return from_json(value)
