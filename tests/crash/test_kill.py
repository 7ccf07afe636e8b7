"""The daemon is killed again and again while it drains a mailbox on a real Dovecot: nothing is lost or doubled."""

from __future__ import annotations

import pytest

from bench.mails import inbox
from crash import kill
from crash.kill import Result
from servers import unavailable, why_no_dovecot


@pytest.fixture(autouse=True)
def _needs_dovecot() -> None:
    reason = why_no_dovecot()
    if reason:
        unavailable(reason)


@pytest.mark.dovecot
@pytest.mark.xdist_group("crash")
def test_kills_change_nothing() -> None:
    """SIGKILL at ten random moments: same ends and mails, each sent once or listed as uncertain; the audit agrees."""
    mails = [mail.raw for mail in inbox(150)]
    calm, stormy = kill.drain(mails, 0, 1), kill.drain(mails, 10, 1)
    assert kill.differences(calm, stormy) == []
    assert stormy.killed >= 3
    assert len(calm.ends) == len(mails)


def test_the_comparison_sees_what_must_not_happen() -> None:
    """A lost arrival, another end, a doubled mail, an unsent one and an audit that complains are all told."""
    calm = Result([(1, "a", "article", "report", "x"), (2, "b", "ignored", "", "")], [], {}, [], set(), 0, GOOD, 1)
    lost = Result([(1, "a", "ignored", "", "")], [("answer", "x")], {"<m>": 3}, ["<n> queued "], set(), 9, "", 1)
    told = "\n".join(kill.differences(calm, lost))
    for word in ("end of UID 1", "2 arrivals became 1", "mails of ours differ", "sent 3 times", "never sent", "<n>"):
        assert word in told


GOOD = "Everything is accounted for."
