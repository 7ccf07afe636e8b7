"""Clocks that jump (desk.clockwatch)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mailhelp.desk.clockwatch import POLLS, ClockState, Sample, begin, look

BASE = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def sample(minutes: float, off: timedelta = timedelta(0)) -> Sample:
    """Both clocks, `minutes` after the start, the wall clock off by `off`."""
    return Sample(BASE + minutes * MINUTE + off, timedelta(hours=5) + minutes * MINUTE)


def run(state: ClockState, *samples: Sample) -> tuple[ClockState, list[str]]:
    """The state after these polls, and the alarms on the way."""
    alarms: list[str] = []
    for one in samples:
        state, text = look(state, one)
        alarms += [text] if text else []
    return state, alarms


def test_a_clock_that_runs_evenly_is_trusted() -> None:
    """Small corrections and a day of polls raise no alarm, and the time follows the wall clock."""
    state, text = begin(sample(0), None)
    assert text == ""
    state, alarms = run(state, *(sample(n, timedelta(seconds=n % 3)) for n in range(1, 1440)))
    assert (state.held, alarms) == (False, [])
    assert abs(state.now(sample(1440).boot) - sample(1440).wall) < timedelta(seconds=5)


@pytest.mark.parametrize("jump", [timedelta(minutes=6), timedelta(days=400), timedelta(minutes=-6), timedelta(days=-9)])
def test_a_jump_holds_the_timers_until_the_clock_was_even_for_some_polls(jump: timedelta) -> None:
    """Forward or back: one alarm, timers held, the time goes on evenly; after enough polls the new time counts."""
    state, _ = begin(sample(0), None)
    state, alarms = run(state, sample(1), sample(2, jump))
    assert state.held
    assert len(alarms) == 1
    assert "jumped" in alarms[0]
    assert state.now(sample(2).boot) == sample(2).wall
    state, alarms = run(state, *(sample(2 + n, jump) for n in range(1, POLLS)))
    assert (state.held, alarms) == (True, [])
    state, alarms = run(state, sample(2 + POLLS, jump))
    assert (state.held, alarms) == (False, [])
    assert state.now(sample(13).boot) == sample(13, jump).wall


def test_another_jump_while_waiting_begins_the_count_again() -> None:
    """A clock that jumps there and back is not sane before it has been even for the whole time."""
    state, _ = begin(sample(0), None)
    state, alarms = run(state, sample(1, timedelta(hours=3)), sample(2, timedelta(hours=3)), sample(3))
    assert len(alarms) == 2
    state, _ = run(state, *(sample(3 + n) for n in range(1, POLLS)))
    assert state.held
    state, _ = run(state, sample(3 + POLLS))
    assert not state.held


def test_a_suspend_is_no_jump() -> None:
    """The boot-time clock counts a suspend: eight hours without a poll are eight hours on both clocks."""
    state, _ = begin(sample(0), None)
    state, alarms = run(state, sample(1), sample(481))
    assert (state.held, alarms) == (False, [])


def test_several_small_jumps_add_up() -> None:
    """Three jumps of four minutes within an hour are as bad as one of twelve."""
    state, _ = begin(sample(0), None)
    state, alarms = run(state, *(sample(10 * n, n * timedelta(minutes=4)) for n in range(1, 4)))
    assert state.held
    assert len(alarms) == 1


def test_a_slow_correction_is_no_jump() -> None:
    """A clock that is slewed by an hour over a month is followed."""
    state, _ = begin(sample(0), None)
    state, alarms = run(state, *(sample(n * 10, n * timedelta(seconds=1)) for n in range(1, 4000)))
    assert (state.held, alarms) == (False, [])


def test_a_start_with_a_clock_behind_the_database_is_held() -> None:
    """After a power cut the clock may show last year: timers wait until it has passed what is known to be past."""
    state, text = begin(sample(0, timedelta(days=-300)), BASE)
    assert state.held
    assert "behind" in text
    state, _ = run(state, *(sample(n, timedelta(days=-300)) for n in range(1, 30)))
    assert state.held
    assert state.now(sample(30).boot) >= BASE
    state, alarms = run(state, sample(30), *(sample(30 + n) for n in range(1, POLLS + 1)))
    assert not state.held
    assert len(alarms) == 1
