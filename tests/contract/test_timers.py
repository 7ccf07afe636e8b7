"""Timers on a real store: gathered, decided, applied; a bad one leaves the others alone; the clock that jumps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from deskkit import POLICY
from mailhelp.desk.amount import Amount
from mailhelp.desk.effect import (
    AddArticle,
    AttachmentRef,
    EndArrival,
    OpenTicket,
    SendMail,
    SetState,
    SetTimer,
    Withdraw,
)
from mailhelp.desk.model import ArticleKind, End, MailKind, State
from mailhelp.desk.reach import TOLERANCE
from mailhelp.desk.targets import Promise, Targets
from mailhelp.desk.timepolicy import TimePolicy
from mailhelp.desk.waiting import Fate
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.store import Store
from mailhelp.mail.message import Address
from mailhelp.timers import ClockWatch, Timers, recompute_all
from storekit import AGENT, MINUTE, NOW, TEACHER, Paper, arrive, decide, open_report

HOUR = timedelta(hours=1)
TIME = TimePolicy(targets=Targets(Promise(first_answer=Amount(2 * HOUR), warn_before=Amount(HOUR))))
MAIN = {"main": TOLERANCE}
TIMED = replace(POLICY, time=TIME)


class Writer:
    """Letters without templates."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, mail: SendMail, unique: str, now: datetime, load: Callable[[AttachmentRef], bytes]) -> Any:
        """A letter with a new id."""
        del unique, now, load
        self.count += 1
        return Paper(f"<timer{self.count}@dinas.example>", mail.to.addr)


def timers(store: Store, now: datetime, **more: Any) -> Timers:
    """Timers at a time."""
    bundle = Bundle(TIMED, Writer())
    return Timers(store, lambda: bundle, MAIN, lambda: now, **more)


def row(store: Store, number: int) -> Mapping[str, Any]:
    """The timers of a ticket by name."""
    return {one["name"]: one for one in store.next_timers(100) if one["ticket"] == number}


def test_a_wake_up_computes_everything_again(store: Store) -> None:
    """`plan` becomes the timers that the facts want, with version and arithmetic; a second round has nothing to do."""
    number = open_report(store, 1)
    decide(store, SetTimer(number, "plan", NOW))
    assert timers(store, NOW).run() >= 1
    (name,) = row(store, number)
    assert name == "first_answer"
    kept = row(store, number)[name]
    assert kept["due_at"] == NOW + HOUR
    assert kept["calendar"] == TIME.version
    assert timers(store, NOW).run() == 0


def test_another_calendar_wakes_all_due_times(store: Store) -> None:
    """And only those that were made with another one."""
    number = open_report(store, 1)
    decide(store, SetTimer(number, "plan", NOW))
    timers(store, NOW).run()
    assert recompute_all(store, TIMED, NOW) == 0
    other = replace(TIMED, time=replace(TIME, resolved_closes_after=None))
    assert recompute_all(store, other, NOW) == 1
    assert row(store, number)["first_answer"]["due_at"] == NOW


def test_a_timer_that_cannot_be_decided_waits_and_the_others_go_on(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever breaks is logged; it is tried again ten minutes later."""
    first, second = open_report(store, 1), open_report(store, 2)
    decide(store, SetTimer(first, "plan", NOW), SetTimer(second, "plan", NOW))
    gather = store.timeline

    def broken(number: int, *rest: Any) -> Any:
        if number == first:
            raise ValueError("planted")
        return gather(number, *rest)

    monkeypatch.setattr(store, "timeline", broken)
    timers(store, NOW).run()
    assert row(store, first)["plan"]["due_at"] == NOW + 10 * MINUTE
    assert "plan" not in row(store, second)


def test_a_look_is_asked_for(store: Store) -> None:
    """A resolved report that is to be closed needs a look into the mailbox that began after it was due."""
    number = open_report(store, 1)
    decide(store, SetState(number, State.RESOLVED, "x"), SetTimer(number, "resolved", NOW))
    asked: list[bool] = []
    later = NOW + timedelta(days=8)
    timers(store, later, look=lambda: asked.append(True)).run()
    assert asked == [True]
    store.service("sweep", "main", True, later + MINUTE)
    timers(store, later + 2 * MINUTE).run()
    shown = store.show(number)
    assert shown is not None
    assert (shown["state"], shown["close_reason"]) == ("closed", "answered")


def test_the_facts_of_a_waiting_report(store: Store) -> None:
    """States, mails with their fate, what came, outages from the service log, other reports of the same person."""
    number = open_report(store, 1)
    mail = SendMail(MailKind.ANSWER, "answer", TEACHER, "id", {}, ticket=number, slot=1)
    decide(store, mail, SetState(number, State.PENDING, "asked"), key="ask", now=NOW + HOUR)
    for sent in store.claim(NOW + HOUR, 10, HOUR):
        store.settle(sent.id, "sent", NOW + HOUR + MINUTE, "250 ok")
    store.service("imap", "main", True, NOW)
    store.service("imap", "main", False, NOW + 2 * HOUR)
    store.service("imap", "main", True, NOW + 4 * HOUR)
    store.service("database", "", True, NOW, gap=10 * HOUR)
    store.service("database", "", True, NOW + 4 * HOUR, gap=10 * HOUR)
    line = store.timeline(number, MAIN, NOW + 4 * HOUR + MINUTE)
    assert [stay.state for stay in line.stays] == [State.NEW, State.PENDING]
    found = line.question()
    assert found is not None
    assert (found[0].fate, found[0].accepted_at) == (Fate.ACCEPTED, NOW + HOUR + MINUTE)
    assert line.outages
    assert line.outages[-1].end == NOW + 4 * HOUR
    assert line.looked_at is None
    assert not line.undecided
    store.service("sweep", "main", True, NOW + HOUR)
    assert store.timeline(number, MAIN, NOW + 5 * HOUR).looked_at == NOW + HOUR
    assert store.timeline(number, {**MAIN, "other": TOLERANCE}, NOW + 5 * HOUR).looked_at is None
    open_report(store, 2, now=NOW + 5 * HOUR)
    assert store.timeline(number, MAIN, NOW + 6 * HOUR).elsewhere


def test_what_a_clock_noted_that_was_ahead_is_no_proof(store: Store) -> None:
    """A look of a time to come does not count, and after the clock was set right looks are noted again."""
    number = open_report(store, 1)
    decide(store, SetState(number, State.PENDING, "asked"), key="ask", now=NOW + HOUR)
    store.service("sweep", "main", True, NOW)
    store.service("sweep", "main", True, NOW + 72 * HOUR)
    store.service("imap", "main", True, NOW, gap=100 * HOUR)
    store.service("imap", "main", True, NOW + 72 * HOUR, gap=100 * HOUR)
    line = store.timeline(number, MAIN, NOW + 3 * HOUR)
    assert line.looked_at == NOW
    assert line.outages
    store.service("sweep", "main", True, NOW + 3 * HOUR)
    assert store.timeline(number, MAIN, NOW + 3 * HOUR).looked_at == NOW + 3 * HOUR


SETTLED = (State.RESOLVED, State.CLOSED)


@pytest.mark.parametrize(
    ("head", "counts"),
    [
        (b"From: Ani <ANI@sekolah.example>", True),
        (b"From: nobody at all", True),
        (b"Subject: no From", True),
        (b"From: x@y.example\r\nTo: desk+r1-221gk-1-0123456789abcdef@dinas.example", False),  # another ticket
        (b"From: x@y.example\r\nTo: desk+r1-221gj-1-0123456789abcdef@dinas.example", True),
        (b"From: x@y.example\r\nReferences: <report1@sekolah.example>", True),
        (b"From: x@y.example\r\nIn-Reply-To: <other@sekolah.example>", False),
        (b"From: x@y.example", False),
    ],
)
def test_a_mail_in_quarantine_counts_until_it_is_settled(store: Store, head: bytes, counts: bool) -> None:  # noqa: FBT001
    """By sender, token or reference, or when nobody can tell whose it is; until the report that it opened is closed."""
    number = open_report(store, 1)
    decide(store, SetState(number, State.PENDING, "asked"), key="ask", now=NOW + HOUR)
    quarantined = arrive(store, 2, head + b"\r\n\r\nbroken")
    nobody = Address("")
    decide(
        store,
        OpenTicket(number + 1, "x", nobody, "umum"),
        EndArrival(quarantined.id, End.QUARANTINED, "x", number + 1),
        key="quarantine",
        now=NOW + 2 * HOUR,
    )
    line = store.timeline(number, MAIN, NOW + 3 * HOUR)
    assert bool(line.unsettled) is counts
    assert not line.undecided
    if counts:
        assert line.unsettled == (f"arrival {quarantined.id}, in quarantine as {number + 1},",)
    decide(store, SetState(number, State.PENDING, "asked again"), key="again", now=NOW + 3 * HOUR)
    for state in SETTLED:
        decide(store, SetState(number + 1, state, "seen"), key=state, now=NOW + 3 * HOUR)
        assert not store.timeline(number, MAIN, NOW + 4 * HOUR).unsettled


def test_what_was_in_quarantine_before_the_question_is_no_answer(store: Store) -> None:
    """And a report that waits for nobody asks for nothing."""
    number = open_report(store, 1)
    quarantined = arrive(store, 2, b"Subject: no From\r\n\r\nbroken")
    end = EndArrival(quarantined.id, End.QUARANTINED, "x", number + 1)
    decide(store, OpenTicket(number + 1, "x", Address(""), "umum"), end, key="quarantine", now=NOW + HOUR)
    assert not store.timeline(number, MAIN, NOW + HOUR).unsettled
    decide(store, SetState(number, State.PENDING, "asked"), key="ask", now=NOW + 2 * HOUR)
    assert not store.timeline(number, MAIN, NOW + 3 * HOUR).unsettled


@pytest.mark.parametrize("about", ["the report", "another report", "nothing of theirs"])
def test_a_held_mail_counts_until_it_is_settled(store: Store, about: str) -> None:
    """One that claims to be an agent's, on this report; or on any, where the agent is the requester."""
    number = open_report(store, 1, sender=AGENT if about == "another report" else TEACHER)
    decide(store, SetState(number, State.PENDING, "asked"), key="ask", now=NOW + HOUR)
    other = open_report(store, 3)
    held = arrive(store, 2)
    on = number if about == "the report" else other
    confirm = SendMail(MailKind.CONFIRM, "confirm", AGENT, "id", {}, ticket=on, slot=0, confirm=held.id)
    decide(store, confirm, EndArrival(held.id, End.HELD, "claims", on), key="held", now=NOW + 2 * HOUR)
    found = store.timeline(number, MAIN, NOW + 3 * HOUR).unsettled
    assert len(found) == (about != "nothing of theirs")
    decide(store, EndArrival(held.id, End.IGNORED, "no", None), key="no", now=NOW + 3 * HOUR)
    assert not store.timeline(number, MAIN, NOW + 4 * HOUR).unsettled


def test_reminders_are_taken_back_or_run_out(store: Store) -> None:
    """What waits when the requester writes, and what could not leave in its time, is withdrawn."""
    number = open_report(store, 1)
    for sent in store.claim(NOW, 10, HOUR):
        store.settle(sent.id, "sent", NOW, "250 ok")
    mail = SendMail(
        MailKind.REMINDER, "reminder", TEACHER, "id", {}, ticket=number, slot=1, not_after=NOW + 10 * MINUTE
    )
    decide(store, mail, key="first")
    assert store.claim(NOW + 11 * MINUTE, 10, HOUR) == []
    decide(store, mail, key="second")
    decide(store, AddArticle(number, ArticleKind.NOTE, "x", "y"), Withdraw(number), key="third")
    assert store.claim(NOW, 10, HOUR) == []
    line = store.timeline(number, {}, NOW)
    assert [one.fate for one in line.mails if one.kind is MailKind.REMINDER] == [Fate.WITHDRAWN] * 2


def test_a_clock_that_jumps_holds_the_timers(store: Store) -> None:
    """More than five minutes against the boot-time clock: an alarm, and nothing is decided until it has run evenly."""
    wall, boot = [NOW], [timedelta(0)]
    alarms: list[str] = []
    watch = ClockWatch(lambda: wall[0], None, alarms.append, lambda: boot[0])
    assert not watch.held

    def held() -> bool:
        return watch.held

    def pass_time(real: timedelta, shown: timedelta) -> bool:
        boot[0] += real
        wall[0] += shown
        return watch.poll()

    assert not pass_time(MINUTE, MINUTE)
    assert pass_time(MINUTE, 6 * HOUR)
    assert held()
    assert watch.now() == NOW + 2 * MINUTE
    assert "forward" in alarms[0]
    for _ in range(9):
        pass_time(MINUTE, MINUTE)
        assert held()
    pass_time(MINUTE, MINUTE)
    assert not held()
    assert watch.now() == wall[0]
    store.service("database", "", True, NOW)
    behind = ClockWatch(lambda: NOW - HOUR, store.last_known(), alarms.append)
    assert behind.held
    assert behind.state.not_before == NOW
    assert len(alarms) == 2
