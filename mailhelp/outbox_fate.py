"""What an outcome means for a mail: its next state, when it is tried again, whom to tell. Pure (design §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mailhelp.desk import backoff
from mailhelp.desk.event import SendingFailed
from mailhelp.desk.model import MailKind
from mailhelp.edge.smtp import Outcome, Result
from mailhelp.edge.store import OutboxMail, SendState

REPEATED = frozenset({MailKind.ANSWER, MailKind.NOTICE, MailKind.CONFIRM, MailKind.ALARM})
"""Kinds that are sent once more when nobody knows whether they arrived: a doubled answer is better than a lost one.

Machines' words (acknowledgements, reminders, states, closings) are not: one too few is better than one too many.
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """The states a mail goes through (each with the next attempt, if any), the words kept with them, whom to tell."""

    steps: tuple[tuple[SendState, datetime | None], ...]
    reply: str
    failed: SendingFailed | None = None


def fate(mail: OutboxMail, outcome: Outcome, now: datetime, jitter: float, again: timedelta | None) -> Fate:
    """What follows from an outcome other than ACCOUNT_DOWN.

    `again` is the pause after which a mail of unknown fate is looked at once more; None when it would not be.
    """
    match outcome.result:
        case Result.SENT:
            return Fate(((SendState.SENT, None),), str(outcome))
        case Result.UNCERTAIN:
            return uncertain(mail, mail.uncertain, f"uncertain: {outcome}", now, again)
        case Result.LATER if (pause := backoff.retry_after(mail.attempts, jitter)) is not None:
            return Fate(((SendState.WAITING, now + pause),), str(outcome))
        case Result.LATER:
            words = f"given up after {mail.attempts} tries; the last: {outcome}"
            return Fate(((SendState.REFUSED, None),), words, failure(mail, words, outcome.code))
        case _:
            return Fate(((SendState.REFUSED, None),), str(outcome), failure(mail, str(outcome), outcome.code))


def uncertain(mail: OutboxMail, before: int, words: str, now: datetime, again: timedelta | None) -> Fate:
    """The fate of a mail whose answer was lost, `before` times earlier already: once more at most, always listed."""
    if before == 0 and again is not None:
        return Fate(((SendState.UNCERTAIN, None), (SendState.WAITING, now + again)), words)
    return Fate(((SendState.UNCERTAIN, None),), words, failure(mail, words, uncertain=True))


def failure(mail: OutboxMail, words: str, code: int = 0, *, uncertain: bool = False) -> SendingFailed:
    """The event that the desk decides about."""
    return SendingFailed(mail.id, mail.ticket, mail.slot, mail.recipient, mail.kind, code, words, uncertain)
