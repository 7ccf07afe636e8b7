"""What admins decide about time (rules/calendar.yaml, rules/timers.yaml), as one immutable part of the policy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from mailhelp.desk.calendar import Calendar, Hours
from mailhelp.desk.targets import Targets
from mailhelp.desk.waiting import Sequence

_WEEKDAY = (Hours(timedelta(hours=9), timedelta(hours=18)),)
PLAIN = Calendar("Asia/Jakarta", (*[_WEEKDAY] * 5, (), ()))
"""Monday to Friday from nine to six in Jakarta, without holidays: where no calendar was read."""


class ReplyToClosed(StrEnum):
    """What a reply to a closed report does."""

    NEW_REPORT = "new-report"  # opens a new report, linked to the closed one
    REOPEN_WITHIN = "reopen-within"  # reopens it within the grace period; a new report after that
    REFUSE = "refuse"  # is filed and answered with an explanation


@dataclass(frozen=True, slots=True)
class AfterClosing:
    """What a reply to a closed report does in one queue; `grace` counts from the closing, by the clock."""

    what: ReplyToClosed = ReplyToClosed.NEW_REPORT
    grace: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Checking:
    """While another team checks: when a status question makes sense, and how often the requester is told unasked.

    Both count by the clock, `status_after` from the mail that tells of the checking; None: no progress mails.
    """

    status_after: timedelta = timedelta(hours=120)
    progress_every: timedelta | None = None


@dataclass(frozen=True, slots=True)
class TimePolicy:
    """All of it. `resolved_closes_after` is None where resolved reports stay open for a reply for ever.

    `version` is a name for all of it: the calendar's version and a digest of the rest. It is kept beside each timer.
    """

    calendar: Calendar = PLAIN
    sequence: Sequence = field(default_factory=Sequence)
    targets: Targets = field(default_factory=Targets)
    checking: Checking = field(default_factory=Checking)
    resolved_closes_after: timedelta | None = timedelta(days=7)
    after_closing: AfterClosing = field(default_factory=AfterClosing)
    after_closing_by_queue: Mapping[str, AfterClosing] = field(default_factory=dict)
    version: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rest = (
            self.sequence, self.targets, self.checking, self.resolved_closes_after, self.after_closing,
            sorted(self.after_closing_by_queue.items()),
        )  # fmt: skip
        digest = hashlib.sha256(repr(rest).encode()).hexdigest()[:8]
        object.__setattr__(self, "version", f"{self.calendar.version}.{digest}")

    def reply_to_closed(self, queue: str) -> AfterClosing:
        """What a reply to a closed report of that queue does."""
        return self.after_closing_by_queue.get(queue, self.after_closing)
