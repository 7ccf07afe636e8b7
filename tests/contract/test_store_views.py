"""What people look at, the service log, timers and policy versions. On both engines."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from mailhelp.desk.effect import Assign, ClearTimer, EndArrival, SetState, SetTimer
from mailhelp.desk.model import End, State
from mailhelp.edge.store import DueTimer, Store
from mailhelp.edge.store.views import contains
from mailhelp.mail.message import Address
from storekit import MINUTE, NOW, arrive, count, decide, open_report


def numbers(store: Store, **filters: Any) -> list[int]:
    """The report numbers a filter finds."""
    return sorted(row["number"] for row in store.tickets(**filters))


def test_tickets_are_filtered_and_found(store: Store) -> None:
    """By state, queue and text: number, subject, address, article; any case; signs of LIKE are plain signs."""
    first = open_report(store, 1)
    second = open_report(store, 2, sender=Address("Budi_100%@sekolah.example", "Budi"))
    decide(store, SetState(second, State.OPEN, "x"), Assign(second, queue="data"), now=NOW + MINUTE)
    assert [row["number"] for row in store.tickets()] == [second, first]
    assert numbers(store, state="open") == [second]
    assert numbers(store, queue="akun") == [first]
    assert numbers(store, search="LUPA") == [first, second]
    assert numbers(store, search="budi_100%@") == [second]
    assert numbers(store, search="kata sandi.") == [first, second]
    assert numbers(store, search=str(first)[-3:]) == [first]
    assert numbers(store, search="%") == [second]
    assert numbers(store, search="_") == [second]
    assert numbers(store, search="'; DROP TABLE ticket; --") == []
    assert len(store.tickets(limit=1)) == 1


@pytest.mark.parametrize(("text", "pattern"), [("a", "%a%"), ("50%", "%50!%%"), ("a_b!", "%a!_b!!%"), ("", "%%")])
def test_search_signs_are_escaped(text: str, pattern: str) -> None:
    """`%`, `_` and `!` are looked for as they stand."""
    assert contains(text) == pattern


def test_there_is_no_ticket_of_that_number(store: Store) -> None:
    """An unknown number is None, not an error."""
    assert store.show(1) is None


def test_a_decision_about_two_tickets_shows_on_both(store: Store) -> None:
    """Whatever changed a ticket can be asked for there."""
    first, second = open_report(store, 1), open_report(store, 2)
    decide(store, SetState(first, State.OPEN, "x"), SetState(second, State.OPEN, "x"), key="both")
    for number in (first, second):
        shown = store.show(number)
        assert shown is not None
        assert shown["decisions"][-1]["key"] == "both"


def test_quarantine_lists_what_could_not_be_read(store: Store) -> None:
    """Each with the report number it stands under and why."""
    number = open_report(store, 1)
    arrival = arrive(store, 2)
    decide(store, EndArrival(arrival.id, End.QUARANTINED, "two strikes", number))
    (row,) = store.quarantine()
    assert (row["arrival"], row["ticket"], row["end_reason"], row["uid"]) == (arrival.id, number, "two strikes", 2)


def test_status_counts_everything(store: Store) -> None:
    """Tickets by state, open ones by queue, arrivals, outbox, service and alarms."""
    first, second = open_report(store, 1), open_report(store, 2)
    decide(store, SetState(second, State.CLOSED, "x"))
    arrive(store, 3)
    store.claim(NOW, 1, MINUTE)
    store.service("imap", "main", ok=True, at=NOW)
    store.alarm("x", "y", NOW)
    status = store.status()
    assert status["tickets"] == {"new": 1, "closed": 1}
    assert status["queues"] == {"akun": 1}
    assert status["arrivals"] == {"article": 2}
    assert (status["pending"], status["oldest_pending_at"], status["unfiled"]) == (1, NOW, 2)
    assert status["outbox"] == {"queued": 1, "attempting": 1}
    assert [(row["what"], row["up"], row["until"]) for row in status["service"]] == [("imap", True, NOW)]
    assert [row["code"] for row in status["alarms"]] == ["x"]
    assert first
    assert store.alive()


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all/desk.db", "postgresql:///desk?host=/nowhere/at/all"])
def test_an_unreachable_database_is_not_alive(url: str) -> None:
    """Readiness says no instead of raising."""
    assert not Store(url).alive()


def test_the_service_log_grows_with_changes_only(store: Store) -> None:
    """A day of polls every ten seconds is one span; an outage makes three."""
    for step in range(0, 60, 10):
        store.service("imap", "main", True, NOW + timedelta(seconds=step))
    store.service("imap", "main", False, NOW + MINUTE, "connection refused")
    store.service("imap", "main", False, NOW + 2 * MINUTE, "connection refused")
    store.service("imap", "main", True, NOW + 3 * MINUTE)
    store.service("imap", "other", True, NOW + 3 * MINUTE)
    spans = [(row["up"], row["since"], row["until"], row["detail"]) for row in store.spans("imap", "main", NOW)]
    assert spans == [
        (True, NOW, NOW + timedelta(seconds=40), ""),  # written forward in steps of 15 s
        (False, NOW + MINUTE, NOW + 2 * MINUTE, "connection refused"),
        (True, NOW + 3 * MINUTE, NOW + 3 * MINUTE, ""),
    ]
    assert len(store.spans("imap", "main", NOW + MINUTE + MINUTE)) == 2


def test_a_silent_time_is_not_counted_as_up(store: Store) -> None:
    """Between two reports far apart nobody knows: two spans, unless the caller polls that seldom."""
    store.service("imap", "main", True, NOW)
    store.service("imap", "main", True, NOW + timedelta(hours=1))
    store.service("imap", "main", True, NOW + timedelta(hours=2), gap=timedelta(hours=2))
    spans = [(row["since"], row["until"]) for row in store.spans("imap", "main", NOW)]
    assert spans == [(NOW, NOW), (NOW + timedelta(hours=1), NOW + timedelta(hours=2))]


def test_a_sweep_is_recorded_to_the_second(store: Store) -> None:
    """When the last complete look began must be exact; other reports may lag by some seconds; time never runs back."""
    second = timedelta(seconds=1)
    for what in ("sweep", "imap"):
        for at in (NOW, NOW + second, NOW - second):
            store.service(what, "main", True, at)
    (sweep,) = store.spans("sweep", "main", NOW)
    (imap,) = store.spans("imap", "main", NOW)
    assert sweep["until"] == NOW + second
    assert NOW <= imap["until"] <= NOW + second


def test_timers_come_when_due(store: Store) -> None:
    """Overdue ones first, none before its time, until a decision clears them."""
    first, second = open_report(store, 1), open_report(store, 2)
    decide(
        store, SetTimer(first, "remind", NOW + MINUTE), SetTimer(second, "remind", NOW, {"calendar": "c1"}),
        SetTimer(second, "close", NOW + 9 * MINUTE),
    )  # fmt: skip
    due = store.due_timers(NOW + MINUTE, 10)
    assert [(one.ticket, one.name, one.due_at) for one in due] == [
        (second, "remind", NOW),
        (first, "remind", NOW + MINUTE),
    ]
    assert isinstance(due[0], DueTimer)
    assert len(store.due_timers(NOW + MINUTE, 1)) == 1
    decide(store, ClearTimer(second, "remind"), key="fired")
    assert [one.ticket for one in store.due_timers(NOW + MINUTE, 10)] == [first]


def test_a_policy_is_kept_once(store: Store) -> None:
    """The same hash is known already; a new one is new."""
    assert store.remember_policy("abc", {"rules": []}, NOW)
    assert not store.remember_policy("abc", {"rules": []}, NOW + MINUTE)
    assert store.remember_policy("def", {}, NOW)
    assert count(store, "policy_version") == 2


def test_views_do_not_wait_for_a_writer(store: Store) -> None:
    """While a unit is open elsewhere, people still see what was committed before."""
    number = open_report(store, 1)
    seen: list[object] = []
    with store.unit():
        store.engine.run("UPDATE ticket SET subject = 'changed'")

        def look() -> None:
            shown = store.show(number)
            seen.append(shown and shown["subject"])

        thread = threading.Thread(target=look)
        thread.start()
        thread.join(10)
    assert seen == ["lupa sandi"]
