"""The quota: never more than its limit in any window, whatever is asked when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk import bucket
from mailhelp.desk.bucket import Bucket

START = datetime(2026, 11, 24, 1, 2, 3, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_an_empty_bucket_lets_its_limit_through() -> None:
    """The whole quota may be used at once."""
    state = Bucket(3, MINUTE)
    for remaining in (3, 2, 1):
        assert bucket.left(state, START) == remaining
        state = bucket.take(state, START)
    assert bucket.left(state, START) == 0


def test_it_says_when_the_next_may_go() -> None:
    """The time it names is the first at which one may go, and not before."""
    state = bucket.take(Bucket(1, MINUTE), START)
    at = bucket.ready_at(state, START)
    assert MINUTE <= at - START <= MINUTE * 61 / 60
    assert bucket.left(state, at - timedelta(milliseconds=1)) == 0
    assert bucket.left(state, at) == 1


def test_a_bucket_with_room_is_ready_now() -> None:
    """Nothing waits while there is room."""
    assert bucket.ready_at(bucket.take(Bucket(2, MINUTE), START), START) == START


STEPS = st.lists(st.tuples(st.integers(0, 90_000), st.integers(0, 4)), max_size=60)


@given(st.integers(1, 5), STEPS)
def test_no_window_ever_holds_more_than_the_limit(limit: int, steps: list[tuple[int, int]]) -> None:
    """Take whatever is allowed at any times: every window of one minute holds at most the limit."""
    state, now, sent = Bucket(limit, MINUTE), START, list[datetime]()
    for milliseconds, wanted in steps:
        now += timedelta(milliseconds=milliseconds)
        for _ in range(min(wanted, bucket.left(state, now))):
            state = bucket.take(state, now)
            sent.append(now)
    for first in sent:
        assert sum(first <= at < first + MINUTE for at in sent) <= limit


@given(st.integers(1, 5), STEPS)
def test_ready_at_is_the_truth(limit: int, steps: list[tuple[int, int]]) -> None:
    """After any history, at the named time there is room for one, and a moment before there is none."""
    state, now = Bucket(limit, MINUTE), START
    for milliseconds, count in steps:
        now += timedelta(milliseconds=milliseconds)
        if count:
            state = bucket.take(state, now, count)
    at = bucket.ready_at(state, now)
    assert bucket.left(state, at) >= 1
    if at > now:
        assert bucket.left(state, at - timedelta(milliseconds=1)) == 0


@given(st.lists(st.integers(0, 200), max_size=50))
def test_a_restart_remembers_what_was_sent(ago: list[int]) -> None:
    """Refilled from stored times, the bucket has the room that it had before."""
    times = sorted(START - timedelta(seconds=seconds) for seconds in ago)
    state = Bucket(10, MINUTE)
    for at in times:
        state = bucket.take(state, at)
    again = bucket.refilled(Bucket(10, MINUTE), times, START)
    assert bucket.left(again, START) == bucket.left(state, START)


def test_times_from_the_future_count_as_now() -> None:
    """A stored time ahead of a clock that was set back does not give quota away."""
    again = bucket.refilled(Bucket(1, MINUTE), [START + timedelta(days=1)], START)
    assert bucket.left(again, START) == 0


def test_a_clock_set_back_gives_nothing_away() -> None:
    """What went out before the clock was set back still counts, and stays in order."""
    state = bucket.take(Bucket(2, MINUTE), START)
    state = bucket.take(state, START - timedelta(seconds=30))
    assert bucket.left(state, START - timedelta(seconds=30)) == 0
    assert bucket.left(state, START + timedelta(seconds=59)) == 0


def test_the_state_stays_small() -> None:
    """However many mails go, no more than one entry for each slot is kept."""
    state, now = Bucket(10**6, MINUTE), START
    for _ in range(5_000):
        now += timedelta(milliseconds=50)
        state = bucket.take(state, now)
    assert len(state.used) <= bucket.SLOTS + 1
