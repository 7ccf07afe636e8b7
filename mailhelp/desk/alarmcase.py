"""What a decision about alarms may know: those that were raised, and how the desk is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

IMAP, SWEEP, SMTP = "imap.down", "sweep.incomplete", "smtp.down"
CLOCK, RULES = "clock.jumped", "rules.refused"
ARRIVALS, UNCERTAIN = "arrivals.waiting", "mail.uncertain"

LASTING = frozenset({IMAP, SWEEP, SMTP, CLOCK, RULES, ARRIVALS, UNCERTAIN})
"""Alarms that stay until their cause is gone. The others tell of something that happened."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm as it is kept: raised `count` times, `told_count` of which the admin was mailed, the last at `told_at`.

    `over_at` is when its cause was gone; None while it stays, and for what merely happened.
    """

    code: str
    text: str
    since: datetime
    last_at: datetime
    count: int
    told_count: int = 0
    told_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.code, self.text


@dataclass(frozen=True, slots=True)
class Health:
    """How the desk is doing now. `unread` and `incomplete` are mailboxes and since when they are so (aware UTC).

    `uncertain` are mails as sentences; `waiting_since` is when the oldest arrival came that is not decided.
    """

    unread: tuple[tuple[str, datetime], ...] = ()
    incomplete: tuple[tuple[str, datetime], ...] = ()
    sending: bool = True
    uncertain: tuple[str, ...] = ()
    waiting_since: datetime | None = None
    clock_held: bool = False
    rules_refused: bool = False
