"""The nouns of waiting for a requester's answer: configured times, facts, and what is to be done next.

The rules that join them are in `desk.sequence`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from mailhelp.desk.elapsed import Gap, Measure
from mailhelp.desk.explanation import Explanation
from mailhelp.desk.officetime import ZERO


class SequenceError(ValueError):
    """Times that do not follow each other."""


class Send(StrEnum):
    """When reminders and closing mails may leave."""

    OFFICE_HOURS = "office-hours"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Sequence:
    """The configured times, each counted from the question: reminders in order, then closing (None: never).

    `apart` is the least distance between two mails of ours; None keeps the distances that the times themselves have.
    """

    remind: tuple[timedelta, ...] = (timedelta(hours=16), timedelta(hours=32))
    close: timedelta | None = timedelta(hours=48)
    measure: Measure = Measure.CLOCK
    send: Send = Send.OFFICE_HOURS
    apart: timedelta | None = None

    def __post_init__(self) -> None:
        times = (ZERO, *self.times)
        if any(first >= second for first, second in pairwise(times)):
            raise SequenceError("reminders and closing must follow each other")

    @property
    def times(self) -> tuple[timedelta, ...]:
        """The time of each mail of ours since the question: the reminders, and the closing if there is one."""
        return self.remind if self.close is None else (*self.remind, self.close)

    def distance(self, number: int) -> timedelta:
        """The least time between mail `number` (1: the first reminder) and the one before it."""
        own = self.times[number - 1] - (self.times[number - 2] if number > 1 else ZERO)
        return own if self.apart is None else self.apart


class Fate(StrEnum):
    """What became of a mail of ours (design §5)."""

    QUEUED = "queued"  # on its way: queued, attempting or waiting
    ACCEPTED = "accepted"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # not handed over in its time, or taken back before it left


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of ours. `accepted_at` is when the mail server took it; `bounced` that a delivery report came since.

    `written_at` is when it was decided on; of a withdrawn one that is all that matters.
    """

    fate: Fate
    accepted_at: datetime | None = None
    bounced: bool = False
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """A mail of the requester (a person's, not automatic): when it arrived at the server and when we decided on it."""

    arrived_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one waiting ticket, gathered by the store in one transaction.

    `asked_at` is when the agent put the question; `reminders` those that belong to it, in order, withdrawn ones
    included; `outages` since the question (`desk.reach`), one that lasts without an end; `looked_at` when the
    latest complete look into all mailboxes began; `undecided` names arrivals that are not decided on yet, `unsettled`
    those that wait for a person (in quarantine, or held) and could be the answer.
    """

    asked_at: datetime
    question: Sent
    reminders: tuple[Sent, ...] = ()
    heard: tuple[Heard, ...] = ()
    outages: tuple[Gap, ...] = ()
    looked_at: datetime | None = None
    undecided: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()


class StepKind(StrEnum):
    """What to do."""

    REMIND = "remind"  # send reminder `number` now
    CLOSE = "close"  # close for silence now
    WAIT = "wait"  # nothing before `again_at`
    LOOK = "look"  # a complete look into the mailbox is needed first, begun from `again_at` on
    HOLD = "hold"  # something must be settled first; look again at `again_at`, or (None) after an agent has acted
    STOP = "stop"  # the sequence is over


@dataclass(frozen=True, slots=True)
class Next:
    """The next step. `code` is stable; `reason` is a sentence; `not_after` bounds a reminder's departure (rule 8)."""

    kind: StepKind
    code: str
    reason: str
    explanation: Explanation
    again_at: datetime | None = None
    number: int = 0
    not_after: datetime | None = None
