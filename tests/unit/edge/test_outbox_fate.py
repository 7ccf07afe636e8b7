"""What follows from an outcome, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.backoff import STEPS
from mailhelp.desk.model import MailKind
from mailhelp.edge.smtp import Outcome, Phase, Result
from mailhelp.edge.store import OutboxMail, SendState
from mailhelp.outbox_fate import REPEATED, fate

NOW = datetime(2026, 11, 24, tzinfo=UTC)
AGAIN = timedelta(minutes=2)


def mail(attempts: int = 1, uncertain: int = 0, kind: MailKind = MailKind.ANSWER) -> OutboxMail:
    """A claimed mail."""
    return OutboxMail(7, kind, "guru@sekolah.example", "d@x", "<1@x>", b"", attempts, 2164242, 1, 0, uncertain)


def test_sent_is_sent() -> None:
    """Nothing more follows."""
    result = fate(mail(), Outcome(Result.SENT, 250, "queued", Phase.BODY), NOW, 0.5, AGAIN)
    assert result.steps == ((SendState.SENT, None),)
    assert result.reply == "250 queued (body)"
    assert result.failed is None


def test_four_days_of_later_end_in_a_refusal_with_the_reason() -> None:
    """After the last pause the mail is given up, and the words say after how many tries and why."""
    outcome = Outcome(Result.LATER, 450, "4.2.0 greylisted", Phase.RCPT)
    last = fate(mail(len(STEPS)), outcome, NOW, 0.5, AGAIN)
    assert last.steps == ((SendState.WAITING, NOW + timedelta(hours=8)),)
    over = fate(mail(len(STEPS) + 1), outcome, NOW, 0.5, AGAIN)
    assert over.steps == ((SendState.REFUSED, None),)
    assert over.reply == "given up after 20 tries; the last: 450 4.2.0 greylisted (rcpt)"
    assert over.failed is not None
    assert (over.failed.code, over.failed.ticket, over.failed.uncertain) == (450, 2164242, False)


@pytest.mark.parametrize("kind", list(MailKind))
@pytest.mark.parametrize("again", [None, AGAIN])
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_lost_answer_is_looked_at_once_more_at_most(kind: MailKind, again: timedelta | None, before: int) -> None:
    """The first time, and only where something can follow; otherwise it stays uncertain and is told."""
    outcome = Outcome(Result.UNCERTAIN, 0, "Connection lost", Phase.BODY)
    result = fate(mail(uncertain=before, kind=kind), outcome, NOW, 0.5, again)
    assert result.steps[0] == (SendState.UNCERTAIN, None)
    if before == 0 and again:
        assert result.steps[1:] == ((SendState.WAITING, NOW + AGAIN),)
        assert result.failed is None
    else:
        assert result.steps[1:] == ()
        assert result.failed is not None
        assert result.failed.uncertain


def test_what_is_repeated_is_what_people_wrote_or_agents_need() -> None:
    """Requesters never get two acknowledgements or reminders; an answer is never lost."""
    assert {MailKind.ANSWER, MailKind.NOTICE, MailKind.CONFIRM, MailKind.ALARM} == REPEATED


@given(
    st.sampled_from([Result.SENT, Result.LATER, Result.REFUSED, Result.UNCERTAIN]),
    st.integers(1, 30),
    st.integers(0, 3),
    st.sampled_from(list(MailKind)),
    st.floats(0, 1, exclude_max=True),
)
def test_every_mail_ends_or_waits(result: Result, attempts: int, uncertain: int, kind: MailKind, jitter: float) -> None:
    """Each outcome leads to an end, or to a time in the future; and whoever waits is not told as failed."""
    got = fate(mail(attempts, uncertain, kind), Outcome(result, 0, "x"), NOW, jitter, AGAIN)
    state, at = got.steps[-1]
    assert (at is not None and at > NOW) == (state is SendState.WAITING)
    assert (got.failed is not None) == (state in (SendState.REFUSED, SendState.UNCERTAIN))
