"""Office hours and arithmetic in office time (desk.calendar, desk.zone) and how it is told (desk.calendar_explain)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailhelp.desk.calendar import Calendar, CalendarError, DayOff, Hours, SpecialDay
from mailhelp.desk.calendar_explain import explain_add, explain_between, explain_days, explain_open
from mailhelp.desk.explanation import MOST_STEPS
from mailhelp.desk.zone import SAMPLE, year_stretches
from tools import calendar_model

HOUR = timedelta(hours=1)
NINE_TO_SIX = (Hours.read("09:00-18:00"),)
NONE: tuple[Hours, ...] = ()
WEEK = (NINE_TO_SIX,) * 5 + (NONE, NONE)
CHRISTMAS = {
    date(2026, 12, 24): DayOff("Cuti Bersama Hari Raya Natal", "joint leave"),
    date(2026, 12, 25): DayOff("Hari Raya Natal", "holiday"),
}
DESK = Calendar("Asia/Jakarta", WEEK, CHRISTMAS, years=(2025, 2026), version="v1")
NIGHT = ((Hours.read("00:00-24:00"),),) * 7


def local(text: str, zone: str = "+07:00") -> datetime:
    """An instant by the wall clock of Jakarta, or of another offset."""
    return datetime.fromisoformat(f"{text}{zone}").astimezone(UTC)


# --- the table


@pytest.mark.parametrize(
    ("start", "hours", "result"),
    [
        ("2026-11-24T10:00", 2, "2026-11-24T12:00"),
        ("2026-11-24T10:00", 8, "2026-11-24T18:00"),  # all of the day: its closing, not the next opening
        ("2026-11-24T10:00", 8.5, "2026-11-25T09:30"),
        ("2026-11-24T20:00", 1, "2026-11-25T10:00"),
        ("2026-11-27T17:30", 1, "2026-11-30T09:30"),  # over a weekend
        ("2026-12-23T17:00", 2, "2026-12-28T10:00"),  # over joint leave, a holiday and a weekend
        ("2026-12-24T11:00", 1, "2026-12-28T10:00"),
        ("2026-11-24T10:00", 0, "2026-11-24T10:00"),
        ("2026-11-22T10:00", 0, "2026-11-22T10:00"),  # nothing to add: nothing moves, also on a Sunday
        ("2026-11-24T10:00", -1, "2026-11-24T09:00"),
        ("2026-11-24T10:00", -2, "2026-11-23T17:00"),
        ("2026-11-24T09:00", -9, "2026-11-23T09:00"),
        ("2026-12-28T10:00", -2, "2026-12-23T17:00"),
    ],
)
def test_office_time_is_added_over_nights_weekends_and_holidays(start: str, hours: float, result: str) -> None:
    """Amounts of office time lead to the expected instant in both directions, and the explanation agrees."""
    amount = hours * HOUR
    assert DESK.add_business(local(start), amount) == local(result)
    assert explain_add(DESK, local(start), amount).result == local(result)


@pytest.mark.parametrize(
    ("start", "days", "result"),
    [
        ("2026-11-24T10:00", 1, "2026-11-25T10:00"),
        ("2026-11-24T17:59:59", 1, "2026-11-25T17:59:59"),
        ("2026-11-24T18:00", 1, "2026-11-26T09:00"),  # closed already: counts as the next opening
        ("2026-11-27T20:00", 1, "2026-12-01T09:00"),  # Friday night is Monday morning, so Tuesday
        ("2026-11-28T12:00", 1, "2026-12-01T09:00"),
        ("2026-12-23T10:00", 1, "2026-12-28T10:00"),
        ("2026-11-24T10:00", 0, "2026-11-24T10:00"),
        ("2026-11-24T07:00", 0, "2026-11-24T09:00"),
        ("2026-11-24T10:00", -1, "2026-11-23T10:00"),
        ("2026-11-24T20:00", -1, "2026-11-23T18:00"),  # backward, a closed hour counts as the closing before
    ],
)
def test_a_business_day_is_the_same_office_time_next_day(start: str, days: int, result: str) -> None:
    """Business days keep the wall time, begin at the anchor, and pass over days off; the explanation agrees."""
    assert DESK.add_business_days(local(start), days) == local(result)
    assert explain_days(DESK, local(start), days).result == local(result)


def test_a_business_day_that_is_shorter_or_has_a_break_ends_at_the_office_time_before() -> None:
    """Where the target day is closed at that wall time: the closing or the break before it, else the opening."""
    split = (Hours.read("08:00-12:00"), Hours.read("13:00-17:00"))
    calendar = Calendar("Asia/Jakarta", (NINE_TO_SIX, split, (Hours.read("14:00-15:00"),), *WEEK[3:]))
    assert calendar.add_business_days(local("2026-11-23T12:30"), 1) == local("2026-11-24T12:00")
    assert calendar.add_business_days(local("2026-11-23T17:30"), 1) == local("2026-11-24T17:00")
    assert calendar.add_business_days(local("2026-11-24T10:00"), 1) == local("2026-11-25T14:00")


def test_special_hours_win_over_weekday_and_holiday() -> None:
    """One-off hours open a Sunday and a holiday, shorten a day, and close one."""
    special = {
        date(2026, 11, 22): SpecialDay((Hours.read("10:00-11:00"),)),
        date(2026, 12, 25): SpecialDay((Hours.read("10:00-11:00"),)),
        date(2026, 11, 24): SpecialDay((), "Pindah kantor"),
    }
    calendar = Calendar("Asia/Jakarta", WEEK, CHRISTMAS, special)
    assert calendar.is_open(local("2026-11-22T10:30"))
    assert calendar.is_open(local("2026-12-25T10:30"))
    assert not calendar.is_open(local("2026-11-24T10:30"))
    assert "Pindah kantor" in "\n".join(explain_add(calendar, local("2026-11-23T17:00"), 2 * HOUR).lines())


def test_open_and_closed_at_the_edges() -> None:
    """The office is open at its opening and not at its closing; 24:00 runs into the next day's 00:00."""
    assert DESK.is_open(local("2026-11-24T09:00"))
    assert not DESK.is_open(local("2026-11-24T18:00"))
    assert DESK.next_open(local("2026-11-24T18:00")) == local("2026-11-25T09:00")
    assert DESK.open_until(local("2026-11-24T10:00")) == local("2026-11-24T18:00")
    assert DESK.open_until(local("2026-11-24T20:00")) == local("2026-11-24T20:00")
    days = (Hours.read("22:00-24:00"),), (Hours.read("00:00-02:00"),)
    calendar = Calendar("Asia/Jakarta", (days[0], days[1], *[NONE] * 5))
    assert calendar.open_until(local("2026-11-23T23:00")) == local("2026-11-24T02:00")
    assert calendar.add_business(local("2026-11-23T23:00"), 2 * HOUR) == local("2026-11-24T01:00")


# --- clocks that are put forward and back


def test_an_hour_that_is_skipped_counts_nothing() -> None:
    """Berlin, 29 March 2026: between 01:00 and 04:00 by the clock lie two real hours."""
    berlin = Calendar("Europe/Berlin", (*[NONE] * 6, (Hours.read("01:00-04:00"),)))
    start, end = local("2026-03-29T01:00", "+01:00"), local("2026-03-29T04:00", "+02:00")
    assert berlin.business_between(start, end) == 2 * HOUR
    assert berlin.add_business(start, 1.5 * HOUR) == local("2026-03-29T03:30", "+02:00")


def test_an_hour_that_comes_twice_counts_twice() -> None:
    """Berlin, 25 October 2026: between 01:00 and 04:00 by the clock lie four real hours."""
    berlin = Calendar("Europe/Berlin", (*[NONE] * 6, (Hours.read("01:00-04:00"),)))
    start, end = local("2026-10-25T01:00", "+02:00"), local("2026-10-25T04:00", "+01:00")
    assert berlin.business_between(start, end) == 4 * HOUR
    assert berlin.add_business(end, -4 * HOUR) == start


def test_hours_that_begin_inside_the_repeated_hour_are_open_twice() -> None:
    """Office hours from 02:30: open at 02:30 the first time, closed again when the clock goes back to 02:00."""
    berlin = Calendar("Europe/Berlin", (*[NONE] * 6, (Hours.read("02:30-05:00"),)))
    assert berlin.is_open(local("2026-10-25T02:45", "+02:00"))
    assert not berlin.is_open(local("2026-10-25T02:15", "+01:00"))
    assert berlin.is_open(local("2026-10-25T02:45", "+01:00"))
    assert berlin.business_between(local("2026-10-25T00:00", "+02:00"), local("2026-10-26T00:00", "+01:00")) == 3 * HOUR


def test_business_days_over_changed_clocks() -> None:
    """A wall time that does not exist becomes the moment of the change; one that exists twice means the first."""
    berlin = Calendar("Europe/Berlin", NIGHT)
    assert berlin.add_business_days(local("2026-03-28T02:30", "+01:00"), 1) == local("2026-03-29T01:00", "+00:00")
    assert berlin.add_business_days(local("2026-10-24T02:30", "+02:00"), 1) == local("2026-10-25T02:30", "+02:00")
    assert berlin.add_business_days(local("2026-10-24T03:00", "+02:00"), 1) == local("2026-10-25T03:00", "+01:00")


def test_a_date_that_a_zone_left_out_is_no_business_day() -> None:
    """Samoa went from 29 to 31 December 2011: Thursday plus one business day is Saturday there."""
    apia = Calendar("Pacific/Apia", NIGHT)
    assert apia.add_business_days(local("2011-12-29T12:00", "-10:00"), 1) == local("2011-12-31T12:00", "+14:00")
    assert apia.business_between(local("2011-12-29T00:00", "-10:00"), local("2012-01-01T00:00", "+14:00")) == 48 * HOUR


def test_offset_changes_are_further_apart_than_the_samples() -> None:
    """Stretches are found by sampling: no zone may change its offset twice between two samples."""
    nearest = min(
        second.start - first.start
        for zone in sorted(available_timezones())[::7]
        for first, second in pairwise(
            stretch for year in range(1970, 2038) for stretch in year_stretches(zone, year)[1:]
        )
    )
    assert nearest > 2 * SAMPLE


# --- properties and the model


def test_calendar_agrees_with_a_minute_by_minute_model() -> None:
    """300 random cases of all zones, 1970 to 2037, both directions (more: tests/tools/calendar_model.py)."""
    assert [found for case in calendar_model.cases(300, 7) for found in calendar_model.differences(case)] == []


@pytest.mark.parametrize("fault", ["naive", "holidays"])
def test_the_model_finds_planted_faults(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A calendar that ignores changes of the clock, or days off, is found out by the model."""
    if fault == "naive":
        monkeypatch.setattr("mailhelp.desk.zone.SAMPLE", timedelta(days=400))
        year_stretches.cache_clear()
    else:
        monkeypatch.setattr(Calendar, "spans", lambda self, day: self.hours[day.weekday()])
    found = [found for case in calendar_model.cases(60, 7) for found in calendar_model.differences(case)]
    year_stretches.cache_clear()
    assert found


INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2037, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds are what the strategy wants
AMOUNTS = st.integers(-200 * 3600, 200 * 3600).map(lambda seconds: timedelta(seconds=seconds))
ZONES = st.sampled_from(
    ["Asia/Jakarta", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca"]
)


@settings(max_examples=150)
@given(INSTANTS, AMOUNTS, ZONES)
def test_adding_and_measuring_are_inverse(start: datetime, amount: timedelta, zone: str) -> None:
    """As much office time lies between start and result as was added, and no instant nearer to start has that."""
    calendar = Calendar(zone, WEEK, CHRISTMAS)
    end = calendar.add_business(start, amount)
    assert calendar.business_between(start, end) == amount
    if amount:
        nearer = end - timedelta(seconds=1) if amount > timedelta(0) else end + timedelta(seconds=1)
        assert abs(calendar.business_between(start, nearer)) < abs(amount)


@settings(max_examples=100)
@given(INSTANTS, AMOUNTS, ZONES, st.integers(-9, 9))
def test_every_explanation_has_the_result_of_its_twin(start: datetime, amount: timedelta, zone: str, days: int) -> None:
    """What is told is what was computed, whatever is asked; the counted steps add up to the amount."""
    calendar = Calendar(zone, WEEK, CHRISTMAS)
    added = explain_add(calendar, start, amount)
    assert added.result == calendar.add_business(start, amount)
    assert sum((step.counted for step in added.steps), timedelta(0)) == abs(amount)
    assert explain_days(calendar, start, days).result == calendar.add_business_days(start, days)
    assert explain_open(calendar, start).result == calendar.next_open(start)
    end = start + 2 * amount
    assert explain_between(calendar, start, end).result == calendar.business_between(start, end)
    assert len(added.steps) <= MOST_STEPS


# --- explanations and refusals


def test_an_explanation_names_each_day_and_each_holiday() -> None:
    """The story of an amount over Christmas: each day counted, each day off by its name, the calendar's version."""
    lines = explain_add(DESK, local("2026-12-23T16:30"), 3 * HOUR).lines()
    assert lines == [
        "3 h of office time after Wed 2026-12-23 16:30 WIB",
        "  start Wed 2026-12-23 16:30 WIB",
        "  Wed 2026-12-23: 16:30-18:00, 1 h 30 min (together 1 h 30 min)",
        "  Thu 2026-12-24: closed, Cuti Bersama Hari Raya Natal (joint leave)",
        "  Fri 2026-12-25: closed, Hari Raya Natal (holiday)",
        "  Sat 2026-12-26: no office hours",
        "  Sun 2026-12-27: no office hours",
        "  Mon 2026-12-28: 09:00-10:30, 1 h 30 min (together 3 h)",
        "  = Mon 2026-12-28 10:30 WIB",
        "  (calendar v1, Asia/Jakarta)",
    ]


def test_an_explanation_says_where_holidays_were_not_known() -> None:
    """A time in a year without holiday data says so; the steps of a very long one are cut in the middle."""
    told = explain_days(DESK, local("2026-12-30T10:00"), 3)
    assert "the holidays of 2027 were not known when this was counted" in [step.text for step in told.steps]
    long = explain_add(DESK, local("2026-01-01T10:00"), 1500 * HOUR)
    assert len(long.steps) <= MOST_STEPS
    assert any(step.kind == "more" for step in long.steps)
    assert long.as_data()["calendar"] == "v1"


@pytest.mark.parametrize("text", ["18:00-09:00", "09:00-09:00", "09:00-24:01", "9-5", "25:00-26:00", ""])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    """Spans must be times of day that follow each other within one day."""
    with pytest.raises(CalendarError):
        Hours.read(text)


def test_calendars_that_make_no_sense_are_refused() -> None:
    """No hours at all, hours that overlap, an instant without a zone, years beyond all: an error, no endless search."""
    with pytest.raises(CalendarError):
        Calendar("Asia/Jakarta", (NONE,) * 7)
    with pytest.raises(CalendarError):
        Calendar("Asia/Jakarta", ((Hours.read("09:00-12:00"), Hours.read("11:00-13:00")), *[NONE] * 6))
    with pytest.raises(CalendarError):
        DESK.is_open(datetime(2026, 11, 24))  # noqa: DTZ001 - that is the point
    with pytest.raises(CalendarError):
        Calendar("Asia/Jakarta", ((Hours.read("09:00-09:01"),), *[NONE] * 6)).add_business(
            local("9990-01-01T00:00"), 10_000 * HOUR
        )
