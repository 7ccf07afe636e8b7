"""The audit finds what is missing, waiting or contradictory, and says so in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailhelp.audit import AuditReport, Listed, Waiting, audit
from mailhelp.desk.effect import EndArrival, OpenTicket
from mailhelp.desk.model import End
from mailhelp.edge.store import Store
from storekit import MINUTE, NOW, TEACHER, arrive, decide, open_report

INTAKE = Listed("main", "INBOX", 1, 1, intake=True)
PROCESSED = Listed("main", "mailhelp/Processed", 9, 44, intake=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with one report (UID 1) that is accounted for."""
    made = Store(f"sqlite:///{tmp_path}/desk.db")
    made.open()
    open_report(made, 1)
    yield made
    made.close()


def test_a_sound_desk(store: Store) -> None:
    """Mail in the intake folder is known by UID, filed mail by Message-ID; the counts are told."""
    filed = replace(PROCESSED, message_id="<report1@sekolah.example>")
    report = audit(store, [INTAKE, filed], NOW + MINUTE)
    assert report.ok
    assert (report.listed, report.ends, report.outbox) == (2, {"article": 1}, {"queued": 1})
    assert report.lines == (
        "2 messages stand in the mailboxes (1 INBOX, 1 mailhelp/Processed).",
        "1 arrivals are decided: 1 article.",
        "0 arrivals wait for a decision.",
        "1 mails of ours: 1 queued.",
        "Everything is accounted for.",
    )


@pytest.mark.parametrize(
    ("listed", "known"),
    [
        (INTAKE, True),
        (replace(INTAKE, uid=2), False),
        (replace(INTAKE, uidvalidity=2), False),
        (replace(INTAKE, account="other"), False),
        (replace(INTAKE, uid=2, message_id="<report1@sekolah.example>"), False),
        (replace(PROCESSED, message_id="<report1@sekolah.example>"), True),
        (replace(PROCESSED, message_id="<report1@sekolah.example>", account="other"), False),
        (replace(PROCESSED, message_id="<other@sekolah.example>"), False),
        (PROCESSED, False),
    ],
)
def test_what_counts_as_known(store: Store, listed: Listed, known: bool) -> None:  # noqa: FBT001 - a column of the table
    """A second copy in the intake folder is not known by its Message-ID; elsewhere the UID says nothing."""
    report = audit(store, [listed], NOW)
    assert report.ok is known
    assert report.missing == (() if known else (listed,))


def test_mail_without_an_id_is_known_by_its_bytes(store: Store) -> None:
    """Filed mail that has no Message-ID is looked up by its digest; two lists of a thousand are no trouble."""
    arrival = arrive(store, 2, b"no header at all")
    decide(store, EndArrival(arrival.id, End.IGNORED, "x"))
    assert audit(store, [replace(PROCESSED, sha256=arrival.sha256)], NOW).ok
    many = [replace(PROCESSED, uid=uid, sha256=f"{uid:064}") for uid in range(1000)]
    assert len(audit(store, many, NOW).missing) == 1000


def test_waiting_becomes_overdue(store: Store) -> None:
    """An arrival may wait a little; then it is told which and for how long."""
    arrival = arrive(store, 2)
    soon = audit(store, [], NOW + MINUTE)
    assert soon.ok
    assert soon.waiting == (Waiting(arrival.id, MINUTE),)
    late = audit(store, [], NOW + timedelta(hours=2))
    assert not late.ok
    assert f"without an end: arrival {arrival.id} for 2:00:00" in late.lines
    assert late.lines[-1] == "Something is NOT accounted for."


def test_contradictions_are_found(store: Store) -> None:
    """A ticket without articles, an end as an article that is not there, an article that came from nowhere."""
    number = store.case_of_ticket(1, NOW).next_number
    arrival = arrive(store, 2)
    decide(store, OpenTicket(number, "x", TEACHER, "akun"), EndArrival(arrival.id, End.ARTICLE, "x", number))
    with store.unit():
        store.engine.run("UPDATE article SET arrival = NULL")
    report = audit(store, [], NOW)
    assert not report.ok
    assert report.tickets_without_articles == (number,)
    assert report.ends_without_article == (1, arrival.id)
    assert report.articles_without_arrival == (1,)


def test_long_lists_are_cut() -> None:
    """The first twenty are named, the rest is counted."""
    missing = tuple(replace(INTAKE, uid=uid, message_id=f"<{uid}@x>") for uid in range(1, 31))
    report = AuditReport(30, missing, (), (), {}, {})
    assert "not in the ledger: main: INBOX UID 1 <1@x>" in report.lines
    assert "not in the ledger: 10 more" in report.lines
    assert not report.ok
