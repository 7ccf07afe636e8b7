"""Timers as wake-ups: one due time after another is gathered, decided, and applied under a savepoint (design §6).

What a timer says is only when to look; every deadline is computed from facts at that moment. The cost of a round is in
proportion to what is due, not to what exists.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from mailhelp.carry_out import carry_out
from mailhelp.desk import clockwatch
from mailhelp.desk.clockwatch import ClockState, Sample
from mailhelp.desk.decide import decide
from mailhelp.desk.event import TimerDue
from mailhelp.desk.policy import Policy
from mailhelp.desk.wakeup import LOOK
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.store import TROUBLE, Conflict, DueTimer, Store

log = logging.getLogger(__name__)

BATCH = 100
AGAIN = timedelta(minutes=10)
"""How long a timer waits that could not be decided."""


class Timers:
    """Decides what is due. `run` is for one thread.

    `accounts` are the mailboxes whose availability counts, each with our patience (`desk.reach.patience`); `look` is
    called when a decision waits for a complete look into them; `kick` when mail may have been queued.
    """

    def __init__(
        self,
        store: Store,
        bundle: Callable[[], Bundle],
        accounts: Mapping[str, timedelta],
        clock: Callable[[], datetime],
        *,
        look: Callable[[], object] = lambda: None,
        kick: Callable[[], object] = lambda: None,
    ) -> None:
        self._store, self._bundle, self._accounts, self._clock = store, bundle, dict(accounts), clock
        self._look, self._kick = look, kick

    def run(self, batches: int = 20) -> int:
        """Decide up to `batches` times a hundred due timers; how many. Raises what the store raises."""
        done, looks = 0, False
        for _ in range(batches):
            now = self._clock()
            found = self._store.due_timers(now, BATCH)
            codes: list[str] = []
            self._store.share_units(found, lambda one: codes.append(self._safely(one, now)))  # noqa: B023 - called at once
            looks |= LOOK in codes
            done += len(found)
            if not found:
                break
        if looks:
            self._look()
        if done:
            self._kick()
        return done

    def _safely(self, one: DueTimer, now: datetime) -> str:
        """One timer; whatever goes wrong with it leaves the others alone. The code of the decision."""
        try:
            return self._decide(one, now)
        except TROUBLE:
            raise
        except Conflict as conflict:
            log.info("the timer %s of %d is decided again: %s", one.name, one.ticket, conflict)
        except Exception:
            log.exception("the timer %s of %d could not be decided; it waits", one.name, one.ticket)
            self._store.postpone_timer(one.id, now + AGAIN)
        return ""

    def _decide(self, one: DueTimer, now: datetime) -> str:
        """Gather, decide, apply (design §3); all of it or nothing."""
        bundle, key = self._bundle(), f"timer:{one.id}:{one.name}"
        with self._store.savepoint():
            case = self._store.case_of_ticket(one.ticket, now)
            case = self._store.with_time(case, [one.ticket], self._accounts, now)
            if not case.candidates:
                self._store.postpone_timer(one.id, now + timedelta(days=365))
                return ""
            decision = decide(case, TimerDue(one.id, one.ticket, one.name), now, bundle.policy)
            unique = f"{key}:{now.isoformat(timespec='seconds')}"
            carry_out(self._store, bundle, decision, key, now, unique)
        return decision.code


def recompute_all(store: Store, policy: Policy, now: datetime) -> int:
    """Have all open due times computed anew that were made with another calendar or other times; how many.

    They wake in the next rounds, the overdue ones first; an interruption loses nothing.
    """
    count = store.wake_timers(policy.time.version, now)
    if count:
        log.info("calendar or times have changed: %d due times are computed anew", count)
    return count


class ClockWatch:
    """Compares the wall clock with the clock that counts from boot, and says what time it is for timers."""

    def __init__(
        self,
        wall: Callable[[], datetime],
        last_known: datetime | None,
        alarm: Callable[[str], object],
        boot: Callable[[], timedelta] | None = None,
    ) -> None:
        """`last_known` is the latest time in the store; `alarm` is called with a sentence, before `held` is True."""
        self._wall, self._boot, self._alarm = wall, boot or _boot_time, alarm
        self._state, text = clockwatch.begin(self._sample(), last_known)
        if text:
            self._alarm(text)

    @property
    def held(self) -> bool:
        """Whether timers must wait."""
        return self._state.held

    @property
    def state(self) -> ClockState:
        """What is known of the clock."""
        return self._state

    def now(self) -> datetime:
        """The time that due times follow: the trusted wall clock carried on by the boot-time clock."""
        return self._state.now(self._boot())

    def poll(self) -> bool:
        """Look at both clocks; whether the wall clock was set since the last poll."""
        self._state, text = clockwatch.look(self._state, self._sample())
        if text:
            log.error("%s", text)
            self._alarm(text)
        return bool(text)

    def _sample(self) -> Sample:
        return Sample(self._wall(), self._boot())


def _boot_time() -> timedelta:
    """Time since boot, suspended time included (clock_gettime(2), CLOCK_BOOTTIME)."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return timedelta(microseconds=time.clock_gettime_ns(clock) // 1000)
