"""The calendar's arithmetic told step by step. Each function has the result of its twin in `desk.calendar`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from mailhelp.desk.calendar import Calendar, time_words
from mailhelp.desk.explanation import Explanation, Step, bounded
from mailhelp.desk.officetime import DAY, ZERO, Piece
from mailhelp.desk.timewords import clock, day_words, hours, moment


def explain_add(calendar: Calendar, start: datetime, amount: timedelta) -> Explanation:
    """The twin of `Calendar.add_business`."""
    pieces = list(calendar.walk(start, amount))
    at = calendar.add_business(start, amount)
    way = "after" if amount >= ZERO else "before"
    question = f"{hours(abs(amount))} of office time {way} {moment(start, calendar.zone)}"
    return _told(calendar, question, start, [*day_steps(calendar, start, at, pieces), _result(calendar, at)], at)


def explain_between(calendar: Calendar, first: datetime, last: datetime) -> Explanation:
    """The twin of `Calendar.business_between`; its result is a length."""
    low, high = min(first, last), max(first, last)
    found = calendar.business_between(first, last)
    question = f"office time from {moment(first, calendar.zone)} to {moment(last, calendar.zone)}"
    steps = list(day_steps(calendar, low, high, calendar.between(low, high)))
    return _told(calendar, question, first, [*steps, Step("result", f"= {hours(found)}")], found)


def explain_open(calendar: Calendar, at: datetime) -> Explanation:
    """The twin of `Calendar.next_open`; the result is `at` itself when the office is open then."""
    found = calendar.next_open(at)
    question = f"next office time from {moment(at, calendar.zone)}"
    return _told(calendar, question, at, [*day_steps(calendar, at, found, ()), _result(calendar, found)], found)


def explain_days(calendar: Calendar, start: datetime, count: int) -> Explanation:
    """The twin of `Calendar.add_business_days`."""
    at = calendar.add_business_days(start, count)
    day, wall = calendar.anchor(start, forward=count >= 0)
    steps = [Step("day", f"counted from {day_words(day)} {time_words(wall)}")]
    steps += _business_days(calendar, day, count)
    question = f"{count} business day{'s' if abs(count) != 1 else ''} from {moment(start, calendar.zone)}"
    return _told(calendar, question, start, [*steps, _result(calendar, at)], at)


def _business_days(calendar: Calendar, day: date, count: int) -> Iterator[Step]:
    """Each business day after (before) a date, those that follow each other as one, and why others are none."""
    step, run = (1 if count > 0 else -1), list[date]()
    for number in range(1, abs(count) + 1):
        following = calendar.next_business_day(day, step)
        skipped = list(_skipped(calendar, _days(day, following, step)))
        if skipped and run:
            yield _run(run, number - 1, count)
            run = []
        yield from skipped
        run.append(following)
        day = following
    if run:
        yield _run(run, abs(count), count)


def _run(days: list[date], last: int, count: int) -> Step:
    """Business days in a row, of which the last one is number `last`."""
    if len(days) == 1:
        return Step("day", f"{day_words(days[0])}: business day {last} of {abs(count)}")
    first = last - len(days) + 1
    return Step(
        "day", f"{day_words(days[0])} to {day_words(days[-1])}: business days {first} to {last} of {abs(count)}"
    )


def day_steps(calendar: Calendar, start: datetime, end: datetime, pieces: Iterable[Piece]) -> Iterator[Step]:
    """A step for each date from `start` to `end` (either way round): office time counted, or why there is none."""
    zone = ZoneInfo(calendar.zone)
    step = 1 if end >= start else -1
    done: date | None = None
    total = ZERO
    for day, group in groupby(pieces, key=lambda piece: piece.day):
        if done is None:
            done = start.astimezone(zone).date() - step * DAY
        yield from _skipped(calendar, _days(done, day, step))
        found = sorted(group, key=lambda piece: piece.start)
        counted = sum((piece.length for piece in found), ZERO)
        total += counted
        spans = ", ".join(f"{clock(p.start, calendar.zone)}-{_end(p)}" for p in _joined(found))
        yield Step("day", f"{day_words(day)}: {spans}, {hours(counted)} (together {hours(total)})", counted)
        done = day
    first = start.astimezone(zone).date() - step * DAY if done is None else done
    yield from _skipped(calendar, _days(first, end.astimezone(zone).date(), step))


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces that touch on the same clock, as one (stretches of the zone are cut at each new year)."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].end == piece.start and found[-1].offset == piece.offset:
            found[-1] = Piece(piece.day, found[-1].start, piece.end, piece.offset)
        else:
            found.append(piece)
    return found


def _end(piece: Piece) -> str:
    """The end of a piece on the clock it began with, so that 24:00 is told as such."""
    return time_words(piece.wall(piece.end))


def _days(after: date, before: date, step: int) -> Iterator[date]:
    """The dates strictly between two dates."""
    day = after + step * DAY
    while (before - day) * step > ZERO:
        yield day
        day += step * DAY


def _skipped(calendar: Calendar, days: Iterable[date]) -> Iterator[Step]:
    """Why nothing was counted on these dates."""
    for day in days:
        if day in calendar.special:
            special = calendar.special[day]
            if not special.hours:
                yield Step("closed", f"{day_words(day)}: closed, {special.name or 'by special hours'}")
        elif day in calendar.closed:
            off = calendar.closed[day]
            kind = "" if off.kind == "own" else f" ({off.kind})"
            doubt = ", the date is an estimate" if off.estimated and "(" not in off.name else ""
            yield Step("closed", f"{day_words(day)}: closed, {off.name}{kind}{doubt}")
        elif not calendar.spans(day):
            yield Step("weekend", f"{day_words(day)}: no office hours")


def _result(calendar: Calendar, at: datetime) -> Step:
    return Step("result", f"= {moment(at, calendar.zone)}", at=at)


def _told(
    calendar: Calendar, question: str, start: datetime, steps: list[Step], result: datetime | timedelta
) -> Explanation:
    """The whole explanation, with a word about holidays that nobody knows yet."""
    end = result if isinstance(result, datetime) else start + result
    years = {at.astimezone(ZoneInfo(calendar.zone)).date() for at in (start, end)}
    unknown = sorted({day.year for day in years if calendar.years[0] and not calendar.knows(day)})
    if unknown:
        names = " and ".join(map(str, unknown))
        steps.insert(-1, Step("unknown", f"the holidays of {names} were not known when this was counted"))
    first = Step("start", f"start {moment(start, calendar.zone)}", at=start)
    return Explanation(question, bounded([first, *steps]), result, calendar.zone, calendar.version)
