"""Promises (desk.targets), amounts (desk.amount), and time with gaps (desk.elapsed)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailhelp.desk.amount import Amount, AmountError, read_amount, read_length
from mailhelp.desk.calendar import Calendar, DayOff, Hours
from mailhelp.desk.elapsed import Gap, Measure, Ruler, advance, merged
from mailhelp.desk.reach import Report, all_outages, patience, used_outages, watched_outages
from mailhelp.desk.targets import Promise, Target, TargetRule, Targets, due

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WEEK = (*[(Hours.read("09:00-18:00"),)] * 5, (), ())
DESK = Calendar("Asia/Jakarta", WEEK, {date(2026, 12, 25): DayOff("Hari Raya Natal", "holiday")}, version="v1")


def local(text: str) -> datetime:
    """An instant by the wall clock of Jakarta; `24 10:00` is 24 November 2026, a Tuesday."""
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"2026-11-{day}T{clock}+07:00").astimezone(UTC)


def gap(first: str, last: str = "") -> Gap:
    """A pause."""
    return Gap(local(first), local(last) if last else None, "the requester's turn")


# --- amounts


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 business day", Amount(days=1)),
        ("3 Business Days", Amount(days=3)),
        ("4 business hours", Amount(4 * HOUR, Measure.BUSINESS)),
        ("1 business hour 30 business minutes", Amount(90 * MINUTE, Measure.BUSINESS)),
        ("48h", Amount(48 * HOUR)),
        ("1h 30m", Amount(90 * MINUTE)),
        ("5x24h", Amount(120 * HOUR)),
        ("5 x 24 hours", Amount(120 * HOUR)),
        ("2 weeks", Amount(timedelta(weeks=2))),
        ("90s", Amount(90 * timedelta(seconds=1))),
    ],
)
def test_amounts_are_read(text: str, amount: Amount) -> None:
    """Each way to write an amount gives that amount, and saying it again names it."""
    assert read_amount(text) == amount
    assert str(amount)


@pytest.mark.parametrize(
    "text",
    ["", "0h", "0 business days", "5", "h", "2 fortnights", "1 business week", "-3h", "3h 2", "1.5h", "9999999d"],
)
def test_texts_that_name_no_amount_are_refused(text: str) -> None:
    """Nothing is guessed: no unit, no number, nothing at all, or a mixture without a clear meaning."""
    with pytest.raises(AmountError):
        read_amount(text)


def test_lengths_know_no_business() -> None:
    """Where only clock time makes sense, office time is refused."""
    with pytest.raises(AmountError):
        read_length("4 business hours")


# --- due times


@pytest.mark.parametrize(
    ("start", "pauses", "amount", "result"),
    [
        ("24 10:00", [], "1 business day", "25 10:00"),
        ("21 23:00", [], "1 business day", "24 09:00"),  # a Saturday night
        ("24 10:00", [], "4 business hours", "24 14:00"),
        ("24 10:00", [], "24h", "25 10:00"),
        ("24 10:00", [gap("24 11:00", "24 13:00")], "1 business day", "25 12:00"),
        ("24 10:00", [gap("24 11:00", "25 11:00")], "1 business day", "26 10:00"),
        ("24 10:00", [gap("24 19:00", "25 08:00")], "1 business day", "25 10:00"),  # a pause at night costs nothing
        ("24 10:00", [gap("24 11:00", "24 13:00"), gap("24 12:00", "24 14:00")], "8 business hours", "25 12:00"),
        ("24 10:00", [gap("24 09:00", "24 11:00")], "2h", "24 13:00"),  # only the part after the start
        ("24 10:00", [gap("24 12:00", "24 18:00")], "2h", "24 12:00"),  # begins when it was due already
        ("24 10:00", [gap("24 11:00", "24 12:00"), gap("24 12:30", "24 13:30")], "2h", "24 14:00"),
        (
            "23 09:00",
            [gap("23 10:00", "23 12:00")],
            "1 business day",
            "24 11:00",
        ),  # due at an opening, moved from there
        ("24 10:00", [gap("24 11:00")], "2h", None),
        ("24 10:00", [gap("24 13:00")], "2h", "24 12:00"),
    ],
)
def test_a_target_is_due_when_its_time_has_passed_without_the_pauses(
    start: str, pauses: list[Gap], amount: str, result: str | None
) -> None:
    """Clocks stand still while it is the requester's turn, in office time as by the clock."""
    found = due(local(start), pauses, Target.SOLUTION, Promise(solution=read_amount(amount)), DESK)
    assert found is not None
    assert found.at == (None if result is None else local(result))
    assert found.paused is (result is None)


def test_a_due_time_is_explained() -> None:
    """The story has the arrival, the promise and where it stands, the pause, the result, warning and escalation."""
    targets = Targets(
        Promise(warn_before=read_amount("2 business hours"), escalate_after=read_amount("1 business day")),
        (
            TargetRule(
                {"first_answer": read_amount("3 business hours")}, priority=("high",), place="rules/timers.yaml:9"
            ),
        ),
    )
    promise = targets.promise("", "akun", "high")
    found = due(local("24 17:00"), [gap("25 09:30", "25 10:00")], Target.FIRST_ANSWER, promise, DESK)
    assert found is not None
    assert found.explanation.lines() == [
        "first answer",
        "  start Tue 2026-11-24 17:00 WIB, when the mail reached the mail server",
        "  promised within 3 h of office time (rules/timers.yaml:9)",
        "  Tue 2026-11-24: 17:00-18:00, 1 h (together 1 h)",
        "  Wed 2026-11-25: 09:00-11:00, 2 h (together 3 h)",
        "  plus 30 min of office time: the requester's turn, Wed 2026-11-25 09:30 WIB to Wed 2026-11-25 10:00 WIB",
        "  = due Wed 2026-11-25 11:30 WIB",
        "    warning Wed 2026-11-25 09:30 WIB",
        "    escalation Thu 2026-11-26 11:30 WIB",
        "  (calendar v1, Asia/Jakarta)",
    ]
    assert found.warn_at == local("25 09:30")
    assert found.escalate_at == local("26 11:30")


def test_a_warning_is_never_before_the_start() -> None:
    """A warning that would come before the report did comes with it."""
    promise = Promise(first_answer=read_amount("1h"), warn_before=read_amount("3h"))
    found = due(local("24 10:00"), [], Target.FIRST_ANSWER, promise, DESK)
    assert found is not None
    assert found.warn_at == local("24 10:00")


def test_what_is_not_promised_is_not_due() -> None:
    """A target that is switched off has no due time; the default promises both answers within a business day."""
    assert due(local("24 10:00"), [], Target.SOLUTION, Promise(), DESK) is None
    assert Promise().amount(Target.FIRST_ANSWER) == Promise().amount(Target.NEXT_ANSWER) == Amount(days=1)


def test_later_target_rules_override_in_what_they_set() -> None:
    """Rules fit by category, queue and priority together; a later one wins for what it names, and only for that."""
    rules = (
        TargetRule({"first_answer": Amount(HOUR), "solution": Amount(9 * HOUR)}, category=("reset",), place="a"),
        TargetRule({"first_answer": None}, category=("reset", "data"), queue=("akun",), place="b"),
        TargetRule({"solution": Amount(HOUR)}, priority=("urgent",), place="c"),
    )
    targets = Targets(Promise(), rules)
    found = targets.promise("reset", "akun", "normal")
    assert (found.first_answer, found.solution, found.next_answer) == (None, Amount(9 * HOUR), Amount(days=1))
    assert found.why == {"first_answer": "b", "solution": "a"}
    assert targets.promise("reset", "umum", "urgent").solution == Amount(HOUR)
    assert targets.promise("data", "umum", "normal") == Promise()


# --- gaps

MINUTES = st.integers(0, 6000)
GAPS = st.lists(st.tuples(MINUTES, st.integers(0, 2000)), max_size=6)


@settings(max_examples=200)
@given(MINUTES, st.integers(1, 3000), GAPS)
def test_clock_time_with_gaps_agrees_with_counting_minutes(
    start: int, amount: int, gaps: list[tuple[int, int]]
) -> None:
    """By the clock, an amount with gaps is reached after that many minutes that lie in none of them."""
    base = local("24 10:00")
    found = advance(
        base + start * MINUTE,
        amount * MINUTE,
        [Gap(base + first * MINUTE, base + (first + length) * MINUTE) for first, length in gaps],
        Ruler(Measure.CLOCK, DESK),
    )
    minute, left = start, amount
    while left:
        left -= not any(first <= minute < first + length for first, length in gaps)
        minute += 1
    assert found.at == base + minute * MINUTE


def test_gaps_that_touch_are_one() -> None:
    """Overlapping and touching gaps are merged under both names; empty ones vanish; an open end swallows the rest."""
    found = merged([gap("24 12:00", "24 13:00"), gap("24 11:00", "24 12:00"), gap("24 15:00", "24 15:00")])
    assert [(item.start, item.end) for item in found] == [(local("24 11:00"), local("24 13:00"))]
    assert merged([gap("24 11:00"), gap("24 12:00", "24 13:00")])[0].end is None


# --- outages


def seen(first: str, last: str, *, up: bool = True) -> Report:
    """A span of the service log."""
    return Report(up, local(first), local(last))


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([seen("24 00:00", "24 12:00")], []),
        ([seen("24 00:00", "24 08:00"), seen("24 09:00", "24 12:00")], [("24 08:00", "24 09:00")]),  # silence
        ([seen("24 00:00", "24 08:00"), seen("24 08:09", "24 12:00")], []),  # a restart
        (
            [seen("24 00:00", "24 08:00"), seen("24 08:01", "24 08:03", up=False), seen("24 08:05", "24 12:00")],
            [("24 08:00", "24 08:05")],
        ),
        ([seen("24 00:00", "24 11:00")], [("24 11:00", None)]),
        ([seen("24 00:00", "24 11:55")], []),  # the next look is due any moment
        ([seen("24 00:00", "24 11:55"), seen("24 11:57", "24 11:59", up=False)], [("24 11:55", None)]),
        ([], [("24 06:00", None)]),  # nothing is known: nothing is proven
        ([seen("24 00:00", "24 05:50"), seen("24 06:30", "24 12:00")], [("24 06:00", "24 06:30")]),
    ],
)
def test_what_nobody_looked_at_is_an_outage(reports: list[Report], expected: list[tuple[str, str | None]]) -> None:
    """A watched service is out from its last success to its next, if it failed between or nobody looked for long."""
    found = watched_outages("the mailbox", reports, local("24 06:00"), local("24 12:00"))
    assert [(item.start, item.end) for item in found] == [
        (local(first), local(last) if last else None) for first, last in expected
    ]


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([seen(f"24 {hour:02}:20", f"24 {hour:02}:20") for hour in range(5, 12)], []),  # a look every hour
        ([seen("24 05:20", "24 06:20"), seen("24 08:20", "24 11:20")], []),  # one look was left out
        (
            [seen("24 05:20", "24 06:20"), seen("24 09:20", "24 11:20")],  # two were
            [("24 06:20", "24 09:20")],
        ),
        (
            [seen("24 05:20", "24 06:20"), seen("24 07:20", "24 07:20", up=False), seen("24 08:20", "24 11:20")],
            [("24 06:20", "24 08:20")],
        ),
        ([seen("24 05:20", "24 09:50")], [("24 09:50", None)]),
        (
            [seen("24 05:20", "27 05:20"), seen("24 09:00", "24 11:20")],
            [("24 06:00", "24 09:00")],
        ),  # the clock was ahead
    ],
)
def test_slow_polling_is_no_outage(reports: list[Report], expected: list[tuple[str, str | None]]) -> None:
    """Where a look is due every hour, an hour of silence is none; looks that are missing or fail are one as ever."""
    silence = patience(timedelta(hours=1))
    found = watched_outages("the mailbox", reports, local("24 06:00"), local("24 12:00"), silence)
    assert [(item.start, item.end) for item in found] == [
        (local(first), local(last) if last else None) for first, last in expected
    ]
    assert patience(timedelta(seconds=10)) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([], []),
        ([seen("24 00:00", "24 00:00")], []),  # nothing to send since: no outage
        ([seen("24 08:00", "24 08:30", up=False), seen("24 09:00", "24 09:00")], [("24 08:00", "24 09:00")]),
        ([seen("24 11:50", "24 11:55", up=False)], [("24 11:50", None)]),
        ([seen("24 08:00", "24 08:30", up=False)], [("24 08:00", "24 08:40")]),  # nothing was tried since
        ([seen("24 05:00", "24 05:30", up=False), seen("24 06:15", "24 07:00")], [("24 06:00", "24 06:15")]),
    ],
)
def test_a_service_used_on_occasion_is_out_until_its_next_success(
    reports: list[Report], expected: list[tuple[str, str | None]]
) -> None:
    """Sending is out from a failure to the next success; silence alone proves nothing against it."""
    found = used_outages("sending", reports, local("24 06:00"), local("24 12:00"))
    assert [(item.start, item.end) for item in found] == [
        (local(first), local(last) if last else None) for first, last in expected
    ]


def test_one_service_out_of_reach_is_enough() -> None:
    """Outages of several services are united."""
    assert len(all_outages([gap("24 08:00", "24 09:00")], [gap("24 08:30", "24 10:00")], [])) == 1


def test_a_named_target_is_for_tickets_that_a_rule_gave_it() -> None:
    """A target with a name holds only by that name, and where it fits besides."""
    rule = TargetRule({"solution": Amount(timedelta(hours=1))}, queue=("akun",), name="cepat")
    targets = Targets(rules=(rule,))
    given = [
        targets.promise("", queue, "normal", named).solution for queue, named in (("akun", ()), ("akun", ("lain",)))
    ]
    assert given == [None, None]
    assert targets.promise("", "umum", "normal", {"cepat"}).solution is None
    assert targets.promise("", "akun", "normal", {"cepat"}).solution == Amount(timedelta(hours=1))
