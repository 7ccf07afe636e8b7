"""The pauses between tries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk import backoff

JITTERS = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 1), (2, 2), (3, 5), (4, 15), (5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 480), (19, 480)],
)
def test_the_table(attempts: int, minutes: int) -> None:
    """Each try is followed by the pause that is written in the documents, with no jitter in its middle."""
    assert backoff.retry_after(attempts, 0.5) == timedelta(minutes=minutes)


def test_it_gives_up_after_four_days() -> None:
    """The pauses add up to four days, and then there is no further try."""
    assert timedelta(days=3, hours=20) < sum(backoff.STEPS, timedelta()) < timedelta(days=4, hours=4)
    assert backoff.retry_after(len(backoff.STEPS) + 1, 0.5) is None


@given(st.integers(0, len(backoff.STEPS)), JITTERS)
def test_jitter_stays_within_its_share(attempts: int, jitter: float) -> None:
    """Chance moves a pause by a quarter at most, so that the table remains true."""
    pause = backoff.retry_after(attempts, jitter)
    step = backoff.STEPS[max(attempts, 1) - 1]
    assert pause is not None
    assert step * 0.75 <= pause <= step * 1.25


def test_jitter_spreads() -> None:
    """Two mails put off together come back at different times."""
    assert backoff.retry_after(3, 0.1) != backoff.retry_after(3, 0.9)


@given(st.integers(0, 10_000), JITTERS)
def test_an_account_is_asked_again_within_minutes_for_ever(failures: int, jitter: float) -> None:
    """An account never gives up, and is tried at least every six and a quarter minutes."""
    assert timedelta(seconds=3) < backoff.account_pause(failures, jitter) <= timedelta(seconds=375)
