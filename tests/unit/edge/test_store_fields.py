"""Values on their way into the database and back: times, text, JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.model import State
from mailhelp.edge.store.fields import (
    MAX_KEY,
    Json,
    OptionalUtcField,
    Text,
    UtcField,
    clean,
    from_json,
    from_utc,
    index_key,
    to_db,
    to_json,
    to_utc_text,
)

NAIVE = datetime(1970, 1, 2)  # noqa: DTZ001 - hypothesis wants its bounds so
AWARE = st.datetimes(
    min_value=NAIVE, max_value=NAIVE.replace(year=2200),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-11, minutes=-30))]),
)  # fmt: skip
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(AWARE)
def test_times_come_back_as_the_same_instant(moment: datetime) -> None:
    """Whatever zone goes in, the same instant comes out, in UTC."""
    back = from_utc(to_utc_text(moment))
    assert back == moment
    assert back is not None
    assert back.tzinfo is UTC


@given(AWARE, AWARE)
def test_times_sort_as_text(one: datetime, other: datetime) -> None:
    """SQLite compares the texts: their order must be that of the instants."""
    assert (to_utc_text(one) < to_utc_text(other)) == (one < other)


def test_other_zones_come_back_as_utc() -> None:
    """PostgreSQL may answer in the session's zone."""
    moment = datetime(2026, 1, 1, 7, tzinfo=timezone(timedelta(hours=7)))
    assert str(from_utc(moment)) == "2026-01-01 00:00:00+00:00"
    assert from_utc(None) is None


@pytest.mark.parametrize("field", [UtcField(), OptionalUtcField()])
def test_fields_refuse_naive_times(field: Any) -> None:
    """A naive time could be any of 24 hours."""
    with pytest.raises(ValueError, match="naive"):
        field.db_value(NAIVE)
    assert field.db_value(None) is None
    assert field.python_value(field.db_value(datetime(2026, 1, 1, tzinfo=UTC))) == datetime(2026, 1, 1, tzinfo=UTC)


@given(ANY_TEXT)
def test_clean_text_can_be_stored(text: str) -> None:
    """No NUL, no lone surrogate; what was clean stays as it was."""
    result = clean(text)
    assert "\0" not in result
    result.encode()
    assert clean(result) == result
    if "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text):
        assert result == text


@given(PLAIN)
def test_json_is_clean_and_comes_back(value: Any) -> None:
    """Plain data comes back as it went in, but for signs that cannot be stored; the text has none of those."""
    text = to_json(value)
    text.encode()
    assert "\0" not in text
    back = from_json(text)
    assert to_json(back) == text
    assert "\0" not in json.dumps(back, ensure_ascii=False).replace("\\u0000", "\0")


def test_json_takes_what_decisions_have() -> None:
    """Times, sets, mappings, enums, dataclasses and anything else become plain data."""

    @dataclass(frozen=True)
    class Point:
        x: int

    value = {
        "at": datetime(2026, 1, 1, tzinfo=UTC), "tags": frozenset({"b", "a"}), "map": MappingProxyType({"k": 1}),
        "state": State.OPEN, "point": Point(3), "other": timedelta(hours=1), "pair": (1, 2),
    }  # fmt: skip
    assert from_json(to_json(value)) == {
        "at": "2026-01-01T00:00:00.000000+00:00", "tags": ["a", "b"], "map": {"k": 1}, "state": "open",
        "point": {"x": 3}, "other": "1:00:00", "pair": [1, 2],
    }  # fmt: skip


def test_a_written_backslash_stays() -> None:
    r"""The six signs `\u0000` in a text are no NUL."""
    assert from_json(to_json({"a": "\\u0000", "b": "x\0y"})) == {"a": "\\u0000", "b": "xy"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, None), (1, 1), (True, True), (b"\0", b"\0"), (State.NEW, "new"), ("a\0", "a"), ([1], "[1]"), (1.5, 1.5)],
)
def test_parameters(value: object, expected: object) -> None:
    """Each kind of value as the drivers take it."""
    (found,) = to_db([value])
    assert found == expected
    assert type(found) is type(expected)


@given(picks=st.lists(st.integers(0, 3), max_size=12))
def test_times_that_are_written_again_and_again(picks: list[int]) -> None:
    """In whatever order the same and equal moments come, each is written as its own text; naive ones are refused."""
    at = datetime(2026, 12, 1, 9, tzinfo=UTC)
    moments = [at, at + timedelta(microseconds=1), at.astimezone(timezone(timedelta(hours=7))), at + timedelta(hours=9)]
    assert to_db([moments[pick] for pick in picks]) == tuple(to_utc_text(moments[pick]) for pick in picks)
    with pytest.raises(ValueError, match="naive"):
        to_db([at, at.replace(tzinfo=None)])


def test_model_fields_agree_with_parameters() -> None:
    """Queries built by peewee store the same as constant statements."""
    assert Text().db_value("a\0") == "a"
    assert Text().db_value(None) is None
    assert Json().python_value(Json().db_value({"a": "\0"})) == {"a": ""}
    assert Json().db_value(None) is None
    assert Json().python_value({"already": "read"}) == {"already": "read"}


@given(ANY_TEXT)
def test_index_keys_are_bounded(text: str) -> None:
    """Any text has a key that an index takes; short clean ones are their own key."""
    key = index_key(text)
    assert len(key) <= MAX_KEY
    assert index_key("x" * 300 + text) == index_key("x" * 300 + text)
    assert len(index_key("x" * 300 + text)) <= MAX_KEY


def test_long_texts_have_different_keys() -> None:
    """The end of a long id counts, too."""
    assert index_key("x" * 300 + "a") != index_key("x" * 300 + "b")
