"""Is the wall clock to be trusted? Compared at every poll with the clock that counts from boot.

Both clocks advance together, also through a suspend (the boot-time clock counts it). When the wall clock moves by more
than `LIMIT` against the other, it was set: by NTP, by hand, or wrongly after a power cut. Then timers are held until it
has run evenly for `POLLS` polls, and an alarm is raised. Within a run, times follow the boot-time clock: while the wall
clock is not trusted, `now` goes on from where it was trusted last.

A jump forward cannot make the desk unfair even when it is believed afterwards: the service log has no report from the
time that was jumped over, so it counts as an outage (`desk.reach`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailhelp.desk.timewords import length

LIMIT = timedelta(minutes=5)
POLLS = 10
ANEW = timedelta(hours=1)
"""How often the comparison starts anew: slow corrections pass, several jumps within this time add up."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Both clocks read at the same moment: aware UTC, and the time since boot (CLOCK_BOOTTIME)."""

    wall: datetime
    boot: timedelta


@dataclass(frozen=True, slots=True)
class ClockState:
    """What is known of the clock. `trusted` is the sample that counts; `latest` the one before the next.

    `sane` is how many polls in a row ran evenly since a jump (0 at the jump itself); None: the clock is trusted.
    `not_before` is a time that is known to be past: a clock that shows less is wrong.
    """

    trusted: Sample
    latest: Sample
    sane: int | None = None
    not_before: datetime | None = None

    @property
    def held(self) -> bool:
        """Whether timers must wait."""
        return self.sane is not None

    def now(self, boot: timedelta) -> datetime:
        """The time to work with: the trusted wall clock carried on by the boot-time clock."""
        return self.trusted.wall + (boot - self.trusted.boot)


def begin(sample: Sample, last_known: datetime | None) -> tuple[ClockState, str]:
    """The state at the start of a run, and the text of an alarm, or an empty text.

    `last_known` is the latest time in the store (its service log): a clock that is behind it is wrong. Then `now` goes
    on from `last_known`, the least that it can be.
    """
    if last_known is None or sample.wall >= last_known - LIMIT:
        return ClockState(sample, sample), ""
    trusted = Sample(last_known, sample.boot)
    behind = length(last_known - sample.wall)
    text = f"The clock of this machine is {behind} behind the last entry in the database. {_HELD}"
    return ClockState(trusted, sample, 0, last_known), text


def look(state: ClockState, sample: Sample) -> tuple[ClockState, str]:
    """The state after one more poll, and the text of an alarm, or an empty text."""
    step = _drift(state.latest, sample)
    if not state.held:
        drift = _drift(state.trusted, sample)
        if abs(drift) <= LIMIT and abs(step) <= LIMIT:
            anew = sample.boot - state.trusted.boot >= ANEW
            return replace(state, latest=sample, trusted=sample if anew else state.trusted), ""
        way = "forward" if drift > timedelta(0) else "back"
        text = f"The clock of this machine jumped {way} by {length(abs(drift))}. {_HELD}"
        return replace(state, latest=sample, sane=0), text
    if abs(step) > LIMIT:
        return replace(state, latest=sample, sane=0), f"The clock of this machine jumped again. {_HELD}"
    if state.not_before and sample.wall < state.not_before - LIMIT:
        return replace(state, latest=sample, sane=0), ""
    sane = (state.sane or 0) + 1
    if sane < POLLS:
        return replace(state, latest=sample, sane=sane), ""
    return ClockState(sample, sample), ""


_HELD = f"Reminders, closings and due times wait until it has run evenly for {POLLS} polls."


def _drift(first: Sample, last: Sample) -> timedelta:
    """How far the wall clock moved against the boot-time clock."""
    return (last.wall - first.wall) - (last.boot - first.boot)
