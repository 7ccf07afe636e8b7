"""What agents' mails need from the store: lists, conversations, what can be undone, absences, mails taken back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from contract.test_store_plans import Statement, plan, recorded, whole_reads
from mailhelp.desk.effect import (
    AddArticle,
    AddParticipant,
    Assign,
    CancelMail,
    Decision,
    EndArrival,
    Link,
    SendMail,
    SetAbsence,
    SetRequester,
    SetState,
    SetTimer,
)
from mailhelp.desk.model import ArticleKind, Case, CloseReason, End, MailKind, Role, State
from mailhelp.desk.workcase import Absence, Listing, Wants, Work
from mailhelp.edge.store import Conflict, Store
from mailhelp.mail.message import Address
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Purpose
from storekit import (
    AGENT,
    NOW,
    TEACHER,
    Paper,
    acknowledgement,
    arrive,
    claim,
    count,
    decide,
    letters,
    message,
    open_report,
)


def statements_that_read_all(store: Store, seen: list[Statement]) -> dict[str, list[str]]:
    """The statements that read a whole table; absences are a row for each agent."""
    wrong = {}
    with store.engine.connected():
        if store.engine.postgresql:
            store.engine.database.execute_sql("SET enable_seqscan = off")
        for sql, params in seen:
            if re.match(r"SELECT|UPDATE|DELETE", sql):
                lines = [line for line in whole_reads(store, plan(store, sql, params)) if "absence" not in line]
                if lines:
                    wrong[sql] = lines
    store.engine.close()
    return wrong


SARI = ("sari@dinas.example",)
ANSWER = SendMail(MailKind.ANSWER, "answer", TEACHER, "id", {}, ticket=0, slot=1, not_before=NOW + timedelta(minutes=1))


def worked(store: Store, number: int, *effects: SendMail | Assign | SetState, stem: str, **kept: object) -> None:
    """A decision about a mail of Sari's that can be undone."""
    trace = {"agent": {"name": "sari", **(kept or {"before": {"owner": ""}, "after": {"owner": "sari"}})}}
    decision = Decision((SetState(number, State.OPEN, stem), *effects), "agent.commands", "x", trace)
    with store.unit():
        store.apply(decision, stem, letters(decision, stem), "v1", NOW)


def work_of(store: Store, number: int, wants: Wants) -> Work:
    """What is known for a mail on that ticket."""
    work = case_of(store, number, wants).work
    assert work is not None
    return work


def case_of(store: Store, number: int, wants: Wants) -> Case:
    """The case of a mail on that ticket."""
    with store.unit():
        case = store.case_for(
            arrive(store, 100 + count(store, "ledger")), message(9), claim(Purpose.REPLY, number, 3), NOW
        )
        return store.with_work(case, wants, SARI)


def test_a_conversation_with_what_changed_and_when_it_was_seen(store: Store) -> None:
    """Texts, history with the agent who did it, the time of the mail that is answered."""
    number = open_report(store, 1)
    note = AddArticle(number, ArticleKind.NOTE, "sari@dinas.example", "Cek dulu.", internal=True)
    decide(store, note, replace(ANSWER, ticket=number, kind=MailKind.NOTICE), stem="n")
    worked(store, number, Assign(number, owner="sari"), stem="w")
    work = work_of(store, number, Wants("sari", answers=("<x@y>", "<n.0@dinas.example>"), numbers=(number, 1)))
    assert work.seen_at == NOW
    assert [(one.kind, one.text, one.internal) for one in work.articles[number]][1] == ("note", "Cek dulu.", True)
    assert {(one.what, one.after, one.agent) for one in work.changes[number]} >= {("owner", "sari", "sari")}
    assert set(work.others) == {number}
    assert work_of(store, number, Wants("sari", answers=("<unknown@x>",))).seen_at is None


def test_the_last_thing_that_can_be_undone(store: Store) -> None:
    """The agent's own, not a colleague's, not what was taken back; which of its mails wait."""
    number = open_report(store, 1)
    wants = Wants("sari", undo=True)
    worked(store, number, replace(ANSWER, ticket=number), stem="first")
    worked(store, number, replace(ANSWER, ticket=number), stem="second", before={}, after={})
    second = work_of(store, number, wants).undo[number]
    assert (second.waiting, second.gone, second.before) == (1, 0, {})
    worked(store, number, stem="undo", undid=second.decision)
    first = work_of(store, number, wants).undo[number]
    assert first.decision < second.decision
    for mail in store.claim(NOW + timedelta(minutes=2), 10, timedelta(1)):
        store.settle(mail.id, "sent", NOW, "250")
    first = work_of(store, number, wants).undo[number]
    assert (first.waiting, first.gone) == (0, 1)
    assert work_of(store, number, Wants("budi", undo=True)).undo == {}


def test_a_mail_that_was_taken_back_is_never_sent(store: Store) -> None:
    """And stands in nobody's thread; with another number of mails nothing is done."""
    number = open_report(store, 1)
    before = store.tickets_by_number([number])[number].participants[0]
    worked(store, number, replace(ANSWER, ticket=number), stem="answer")
    last = work_of(store, number, Wants("sari", undo=True)).undo[number]
    with pytest.raises(Conflict):
        decide(store, CancelMail(number, last.decision, 2), stem="wrong")
    decide(store, CancelMail(number, last.decision, 1), stem="cancel")
    later = NOW + timedelta(hours=1)
    assert "<answer.0@dinas.example>" not in [one.message_id for one in store.claim(later, 10, timedelta(minutes=5))]
    assert [row["message_id"] for row in store.outbox("withdrawn")] == ["<answer.0@dinas.example>"]
    person = store.tickets_by_number([number])[number].participants[0]
    assert (person.root_id, person.last_id) == (before.root_id, before.root_id)


def test_lists(store: Store) -> None:
    """Mine, my queues', found by words; with the agent's place and the promised time."""
    first, second = open_report(store, 1), open_report(store, 2)
    due = datetime(2026, 11, 24, 9, tzinfo=UTC)
    decide(
        store, Assign(first, owner="sari"), AddParticipant(first, 2, Role.AGENT, AGENT),
        SetTimer(first, "first_answer", NOW, {"result": due.isoformat()}), SetTimer(first, "plan", NOW), stem="own",
    )  # fmt: skip
    queue = store.tickets()[0]["queue"]
    wants = Wants("sari", queues=(queue,), search="SANDI")
    (mine,) = store.listed(Listing.MINE, wants, SARI)
    assert (mine.number, mine.slot, mine.due_at, mine.owner) == (first, 2, due, "sari")
    assert [row.number for row in store.listed(Listing.OPEN, wants, SARI)] == [first, second]
    assert {row.number for row in store.listed(Listing.SEARCH, wants, SARI)} == {first, second}
    assert store.listed(Listing.SEARCH, replace(wants, search="tidak ada"), SARI) == ()
    assert store.listed(Listing.MINE, Wants("budi"), ()) == ()


def test_absences_are_kept_and_end(store: Store) -> None:
    """The last one told counts."""
    decide(store, SetAbsence("sari", date(2026, 11, 23)), SetAbsence("sari", date(2026, 11, 24), date(2026, 12, 1)))
    assert store.absences() == (Absence("sari", date(2026, 11, 24), date(2026, 12, 1)),)
    decide(store, SetAbsence("budi", date(2026, 11, 23)), SetAbsence("sari"))
    assert store.absences() == (Absence("budi", date(2026, 11, 23), None),)


def test_another_requester_takes_the_place(store: Store) -> None:
    """The old one's reports are one fewer, the new one's thread begins anew."""
    number = open_report(store, 1)
    decide(store, SetRequester(number, Address("kepala@sekolah.example", "Kepala")))
    person = store.tickets_by_number([number])[number].participants[0]
    assert (person.address.addr, person.root_id, person.last_id) == ("kepala@sekolah.example", "", "")
    assert store.tickets()[0]["requester"] == "kepala@sekolah.example"


def test_a_merged_report_leads_to_the_other(store: Store) -> None:
    """Which is loaded, too."""
    first, second = open_report(store, 1), open_report(store, 2)
    decide(store, Link(first, second, "merged"), SetState(first, State.CLOSED, "x", CloseReason.DUPLICATE), stem="m")
    case = case_of(store, first, Wants("sari"))
    assert case.merged == {first: second}
    assert set(case.candidates) == {first, second}


def test_why_something_is_held(store: Store) -> None:
    """The reason of the hold comes with the confirmation."""
    held = arrive(store, 5)
    decide(store, EndArrival(held.id, End.HELD, "changed: x"))
    with store.unit():
        case = store.case_for(arrive(store, 6), message(6), claim(Purpose.CONFIRM, held.id), NOW)
        assert store.with_work(case, None, ()).held_reason == "changed: x"


def test_a_decision_is_known_by_its_key(store: Store) -> None:
    """Morning mails are made once."""
    assert not store.decided("digest:1")
    decide(store, acknowledgement(open_report(store, 1)), stem="d", key="digest:1")
    assert store.decided("digest:1")
    assert Paper("<x@y>").raw


def test_no_statement_for_an_agents_mail_reads_a_whole_table(store: Store) -> None:
    """Apart from the search for words."""
    number = open_report(store, 1)
    worked(store, number, replace(ANSWER, ticket=number), stem="a")
    decide(
        store, Link(number, open_report(store, 2), "merged"), SetState(number, State.CLOSED, "x", CloseReason.DUPLICATE)
    )
    wants = Wants(
        "sari", ("<x@y>",), undo=True, numbers=(number,), listings=(Listing.MINE, Listing.OPEN), queues=("a",)
    )
    held = arrive(store, 7)
    decide(store, EndArrival(held.id, End.HELD, "x"), key="hold")
    with recorded(store) as seen:
        with store.unit():
            evidence = Evidence((*claim(Purpose.REPLY, number, 3).claims, *claim(Purpose.CONFIRM, held.id).claims))
            store.with_work(store.case_for(arrive(store, 8), message(8), evidence, NOW), wants, SARI)
        store.decided("x")
        last = Decision(
            (SetRequester(number, AGENT), CancelMail(number, 2, 9), SetAbsence("a", date(2026, 1, 1))), "x", "x"
        )
        with pytest.raises(Conflict):
            store.apply(last, "last", (), "v1", NOW)
    assert statements_that_read_all(store, seen) == {}
