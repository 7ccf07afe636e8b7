"""The judge of a simulated history: says what was unfair, from what happened and never from what the rules thought.

It shares no arithmetic with the calendar or the rules: office time and outages are counted minute by minute, from the
zone's wall clock and from the outages as they were (not as the service log tells them).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from mailhelp.desk.elapsed import Measure
from mailhelp.desk.waiting import Fate, Send
from mailhelp.simulate_run import MOST_STEPS, Ours, Record
from mailhelp.simulate_world import BASE, CALENDARS, DAY, HORIZON, Block, History, Sort

UNNOTICED = 10  # minutes between two good looks (or two polls, where these are slow) that count as one
QUARTER = 15
LEEWAY = 20  # minutes that an answer may lie in the mailbox unread when a reminder leaves: ten to look, ten to send


def judge(record: Record) -> list[str]:
    """Everything that was unfair in a history, as sentences; none: it was fair."""
    return [*_reminders(record), *_distances(record), *_closing(record), *_end(record)]


@lru_cache(maxsize=len(CALENDARS))
def _office(number: int) -> bytes:
    """For each minute whether the office of a calendar is open, by looking at its wall clock.

    The wall clock is read every quarter of an hour: no zone among the calendars changes its offset between two.
    """
    calendar = CALENDARS[number]
    zone, found = ZoneInfo(calendar.zone), bytearray()
    for quarter in range(0, HORIZON + DAY, QUARTER):
        local = (BASE + timedelta(minutes=quarter)).astimezone(zone)
        clock, day = local.hour * 60 + local.minute, local.date()
        spans = () if day in calendar.closed else calendar.hours[local.weekday()]
        spans = calendar.special[day].hours if day in calendar.special else spans
        marks = [(_minutes(span.opens), _minutes(span.closes)) for span in spans]
        for minute in range(clock, clock + QUARTER):
            found.append(any(opens <= minute < closes for opens, closes in marks))
    return bytes(found)


def _open(history: History) -> bytes:
    return _office(CALENDARS.index(history.calendar))


def _time(history: History, first: int, last: int) -> bytearray:
    """For each minute between two whether it counts as the requester's: office hours if so configured, no outage."""
    if history.times.measure is Measure.BUSINESS:
        counted = bytearray(_open(history)[first:last])
    else:
        counted = bytearray(b"\1") * (last - first)
    for start, end in _unreachable(history, last):
        low, high = max(start, first) - first, min(end, last) - first
        if low < high:
            counted[low:high] = bytes(high - low)
    return counted


def _unreachable(history: History, until: int) -> Iterator[Block]:
    """Outages of mailbox, database and daemon that could be noticed up to a minute: what fails later says nothing."""
    for first, last in _union(history):
        before, after = history.last_look(first - 1), min(history.next_look(last), until)
        noticed = any(
            not history.is_down(tick, "daemon", "database")
            for start, end in history.down.get("imap", ())
            if first <= start < last and start < until
            for tick in range(-(-start // history.poll) * history.poll, end, history.poll)
        )
        if noticed or before is None or after - before > max(UNNOTICED, 2 * history.poll):
            yield first, last


def _union(history: History) -> list[Block]:
    found: list[Block] = []
    for first, last in sorted(b for name in ("daemon", "database", "imap") for b in history.down.get(name, ())):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _left(record: Record) -> list[Ours]:
    """Our mails that left, in order."""
    return [ours for ours in record.ours if ours.fate is Fate.ACCEPTED]


def _reminders(record: Record) -> Iterator[str]:
    history = record.history
    for ours in _left(record)[1:]:
        assert ours.accepted is not None
        if history.times.send is Send.OFFICE_HOURS and not _open(history)[ours.accepted]:
            yield f"reminder {ours.number} left outside office hours, minute {ours.accepted}"
        for number, mail in enumerate(history.mails):
            known = mail.sort is Sort.ANSWER and record.decided.get(number, HORIZON) < ours.accepted
            if mail.answers and (known or mail.arrives + LEEWAY < ours.accepted):
                yield f"reminder {ours.number} of minute {ours.accepted} to somebody whose answer came {mail.arrives}"


def _distances(record: Record) -> Iterator[str]:
    """Bursts: mails of ours that follow each other too soon."""
    history = record.history
    mails = _left(record)
    marks = [ours.accepted for ours in mails if ours.accepted is not None]
    marks += [record.closed] if record.closed is not None else []
    for number, (first, last) in enumerate(pairwise(marks), start=1):
        wanted = _minutes(history.times.apart) if history.times.apart and number > 1 else _configured(history, number)
        if (had := _time(history, first, last).count(1)) < wanted:
            yield f"mail {number} came {had} minutes after the one before it, not {wanted}"


def _configured(history: History, number: int) -> int:
    times = (timedelta(0), *history.times.remind, history.times.close or timedelta(0))
    return _minutes(times[number] - times[number - 1]) if number < len(times) else 0


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def _closing(record: Record) -> Iterator[str]:
    if record.closed is None:
        return
    history, closed = record.history, record.closed
    question = record.ours[0]
    if question.accepted is None or history.times.close is None:
        yield "closed although the question was never accepted, or without being configured"
        return
    if history.times.send is Send.OFFICE_HOURS and not _open(history)[closed]:
        yield f"the closing mail was written outside office hours, minute {closed}"
    yield from _unproven(record, closed)
    counted = _time(history, question.accepted, closed)
    wanted = _minutes(history.times.close)
    if counted.count(1) < wanted:
        yield f"closed after {counted.count(1)} minutes of the requester's time, not {wanted}"
        return
    deadline = _reached(counted, wanted) + question.accepted
    looked = record.looked(closed)
    if looked is None or looked < deadline:
        yield f"closed at {closed} without a look into the mailbox after the deadline {deadline}"
    for number, mail in enumerate(history.mails):
        came = looked is not None and mail.arrives <= looked
        if mail.answers and (came or record.decided.get(number, HORIZON) < closed):
            yield f"closed at {closed} although an answer came at {mail.arrives}"
        if mail.in_quarantine and record.decided.get(number, HORIZON) < closed < record.settled.get(number, HORIZON):
            yield f"closed at {closed} although the mail of {mail.arrives} stood in quarantine"


def _unproven(record: Record, closed: int) -> Iterator[str]:
    """Closing although a mail of ours did not reach the requester, as far as we could know."""
    needed = len(record.history.times.remind)
    if (left := len(_left(record)) - 1) != needed:
        yield f"closed after {left} reminders, not {needed}"
    for ours in record.ours:
        if ours.fate in (Fate.UNCERTAIN, Fate.REFUSED, Fate.QUEUED) or (ours.bounced or HORIZON) < closed:
            yield f"closed although mail {ours.number} was {ours.fate}, bounced {ours.bounced}"


def _reached(counted: bytearray, wanted: int) -> int:
    """How many minutes it took until that many had counted."""
    low, high = 0, len(counted)
    while low < high:
        middle = (low + high) // 2
        if counted.count(1, 0, middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _end(record: Record) -> Iterator[str]:
    """Waiting for ever is no fairness: a history in which nothing is in the way comes to its end."""
    history = record.history
    if record.steps >= MOST_STEPS:
        yield f"{record.steps} wake-ups"
    answered = any(mail.answers for mail in history.mails)
    lost = any(ours.fate in (Fate.UNCERTAIN, Fate.REFUSED) or ours.bounced for ours in record.ours)
    if answered or lost or record.closed is not None:
        return
    if record.stopped is None:
        yield f"never came to an end: {record.last}"
    elif history.times.close is not None:
        yield f"the waiting ended without an answer: {record.last}"
