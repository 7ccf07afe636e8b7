"""How times are written in rules/calendar.yaml and rules/timers.yaml: lengths, amounts, office hours, dates.

Readers as in `edge.rules_values`: each takes what YAML gave, and returns plain data or raises a finding.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BeforeValidator

from mailhelp.desk.amount import Amount as DeskAmount
from mailhelp.desk.amount import AmountError, read_amount, read_length
from mailhelp.desk.calendar import CalendarError
from mailhelp.desk.calendar import Hours as DeskHours
from mailhelp.edge.rules_values import Days, wrong

NEVER = "never"
LONGEST_RANGE = 400
"""Days that a range of dates may have: a year and a bit."""

_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*\.\.\s*(\d{4}-\d\d-\d\d))?")


def _length(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    try:
        return read_length(value)
    except (AmountError, AttributeError, TypeError):
        raise wrong("must be a length of time such as 48h, 30m, 5 days, not", value) from None


def _amount(value: Any) -> Any:
    if isinstance(value, DeskAmount):
        return value
    try:
        return read_amount(value)
    except (AmountError, AttributeError, TypeError):
        raise wrong("must be an amount such as 1 business day, 4 business hours, 48h, not", value) from None


def _hours(value: Any) -> Any:
    """Spans in order: one text, or a list of them; `closed` for none."""
    if value == "closed":
        return ()
    items = value if isinstance(value, tuple) else (value,)
    spans: list[DeskHours] = []
    for item in items:
        try:
            spans.append(DeskHours.read(item))
        except (CalendarError, AttributeError, TypeError):
            raise wrong("must be office hours such as 09:00-18:00, or closed, not", item) from None
    for first, second in pairwise(spans):
        if first.closes > second.opens:
            raise wrong("begins before the hours before it end:", str(second))
    return tuple(spans)


def _dates(value: Any) -> Any:
    """One date, or a range `2026-02-18..2026-03-19`: all its dates."""
    if isinstance(value, tuple):
        return value
    match = _RANGE.fullmatch(value.strip()) if isinstance(value, str) else None
    try:
        first = date.fromisoformat(match[1]) if match else None
        last = date.fromisoformat(match[2] or match[1]) if match else None
    except ValueError:
        first = last = None
    if first is None or last is None:
        raise wrong("must be a date such as 2026-01-31, or a range such as 2026-02-18..2026-03-19, not", value)
    if not 0 <= (last - first).days < LONGEST_RANGE:
        raise wrong("the range must end after it begins, within a year:", value)
    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def _date_lists(value: Any) -> Any:
    return value if isinstance(value, tuple) else (_dates(value),)


def _length_or_never(value: Any) -> Any:
    return None if value == NEVER else _length(value)


def _amount_or_never(value: Any) -> Any:
    return None if value == NEVER else _amount(value)


Length = Annotated[timedelta, BeforeValidator(_length)]
LengthOrNever = Annotated[timedelta | None, BeforeValidator(_length_or_never)]
AmountOrNever = Annotated[DeskAmount | None, BeforeValidator(_amount_or_never)]
OfficeHours = Annotated[tuple[DeskHours, ...], BeforeValidator(_hours)]
Dates = Annotated[tuple[date, ...], BeforeValidator(_dates)]
DateLists = Annotated[tuple[Dates, ...], BeforeValidator(_date_lists)]
Weekdays = Days
