"""When to try again: a pure table. Chance comes as an argument, so that a test can name it.

Only tries that a server answered count (an account that cannot log in costs no mail anything), so four days here are
four days of asking.
"""

from __future__ import annotations

from datetime import timedelta

_MINUTES = (1, 2, 5, 15, 30, 60, 120, 240)
_LAST = timedelta(hours=8)
SPREAD = 0.25
"""How far jitter moves a pause, as a share of it, to either side: mails refused together do not come back together."""

STEPS: tuple[timedelta, ...] = (*(timedelta(minutes=minutes) for minutes in _MINUTES), *(_LAST,) * 11)
"""The pause after the first try, the second, ...: 1 m, 2 m, 5 m, 15 m, 30 m, 1 h, 2 h, 4 h, then 8 h; four days in all.

RFC 5321 §4.5.4.1 asks for at least four to five days and for pauses that grow.
"""

ACCOUNT_STEPS: tuple[timedelta, ...] = tuple(timedelta(seconds=seconds) for seconds in (5, 15, 30, 60, 120, 300))
"""The pauses of an account whose server is away or refuses the login; the last one is repeated."""


def retry_after(attempts: int, jitter: float) -> timedelta | None:
    """How long a mail waits after its `attempts`-th try (from 1) was put off; None: give up. `jitter` is in [0, 1)."""
    if attempts > len(STEPS):
        return None
    return _spread(STEPS[max(attempts, 1) - 1], jitter)


def account_pause(failures: int, jitter: float) -> timedelta:
    """How long an account pauses after `failures` failed connections in a row (from 1). `jitter` is in [0, 1)."""
    return _spread(ACCOUNT_STEPS[min(max(failures, 1), len(ACCOUNT_STEPS)) - 1], jitter)


def _spread(step: timedelta, jitter: float) -> timedelta:
    return step * (1 - SPREAD + 2 * SPREAD * jitter)
