"""Every raw mail of the collection beside the checkout, through a real Dovecot and the real daemon."""

from __future__ import annotations

from collections import Counter

import pytest

import corpus
from crash.world import World
from servers import unavailable, why_no_dovecot


@corpus.needs_corpus
@pytest.mark.corpus
@pytest.mark.dovecot
@pytest.mark.xdist_group("crash")
def test_every_mail_comes_to_an_end() -> None:
    """No mail crashes the intake; each ends on a ticket, as a duplicate, ignored or quarantined; the audit agrees."""
    reason = why_no_dovecot()
    if reason:
        unavailable(reason)
    mails = [path.read_bytes() for path in corpus.raw_mails()]
    with World(mails) as world:
        assert world.run_once() == 0
        ends = Counter(str(row[0]) for row in world.rows("SELECT ended_as FROM ledger"))
        reasons = [row for row in world.rows("SELECT end_reason FROM ledger WHERE ended_as = 'ignored'") if not row[0]]
        audit = world.output("audit")
        log = world.log.read_text()
    assert sum(ends.values()) == len(mails)
    assert set(ends) <= {"article", "duplicate", "ignored", "quarantined"}
    assert not reasons
    assert "Everything is accounted for." in audit
    assert "Traceback" not in log
