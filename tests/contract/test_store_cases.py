"""What a decision is given to know: identity, candidates, budgets, held mail, originals. On both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from mailhelp.desk.effect import AddArticle, AddParticipant, EndArrival, SendMail, SetState
from mailhelp.desk.model import Arrival, ArticleKind, Case, CloseReason, Earlier, End, MailKind, Role, SentCounts, State
from mailhelp.edge.store import Store
from mailhelp.edge.store.identity import identity
from mailhelp.edge.store.tickets import ARTICLES, MAX_TICKETS
from mailhelp.mail.message import Action, Address, DeliveryReport, FailedRecipient, Message, Sender
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Purpose
from storekit import AGENT, MINUTE, NOW, TEACHER, acknowledgement, arrive, claim, decide, message, open_report


def gather(
    store: Store, arrival: Arrival, read: Message | None, evidence: Evidence | None = None, now: datetime = NOW
) -> Case:
    """The case of an arrival."""
    with store.unit():
        return store.case_for(arrival, read, evidence, now)


def test_a_first_report_has_an_empty_case(store: Store) -> None:
    """Nothing is known of a stranger but the next number."""
    case = gather(store, arrive(store, 1), message())
    assert case == Case(next_number=2164242)


SAME: list[tuple[str, dict[str, Any], dict[str, Any], bool]] = [
    ("all three the same", {}, {}, True),
    ("another date", {}, {"date": NOW + MINUTE}, False),
    ("another sender", {}, {"sender": Sender(AGENT)}, False),
    ("sender in other case", {}, {"sender": Sender(Address("ANI@SEKOLAH.example"))}, True),
    ("another id", {}, {"message_id": "<other@x>"}, False),
    ("no id in both", {"message_id": ""}, {"message_id": ""}, False),
    ("no date in both", {"date": None}, {"date": None}, False),
    ("no sender in both", {"sender": Sender(None)}, {"sender": Sender(None)}, False),
    (
        "the same doubtful sender",
        {"sender": Sender(None, "two", ("a@x", "b@x"))},
        {"sender": Sender(None, "two", ("a@x", "b@x"))},
        True,
    ),
]


@pytest.mark.parametrize(("first", "second", "same"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_what_counts_as_the_same_message(
    store: Store,
    first: dict[str, Any],
    second: dict[str, Any],
    same: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Other bytes with the same Message-ID, From and Date are a duplicate; anything less is another message."""
    one, two = arrive(store, 1, b"first"), arrive(store, 2, b"second")
    assert gather(store, one, message(**first)).duplicate_of is None
    decide(store, EndArrival(one.id, End.ARTICLE, "x", 2164242))
    case = gather(store, two, message(**second))
    assert (case.duplicate_of, case.duplicate_ticket) == ((one.id, 2164242) if same else (None, None))


def test_a_message_without_an_id_is_known_by_its_bytes(store: Store) -> None:
    """The same bytes again are a duplicate also where Message-ID and Date are missing, or nothing could be read."""
    one, two, three = (arrive(store, uid, b"same bytes") for uid in (1, 2, 3))
    read = message(message_id="", date=None)
    assert gather(store, one, read).duplicate_of is None
    assert gather(store, two, read).duplicate_of == one.id
    assert gather(store, three, None).duplicate_of == one.id


def test_a_duplicate_is_found_whichever_was_decided_first(store: Store) -> None:
    """Of two copies the one that is decided second is the duplicate, even if it arrived first."""
    early, late = arrive(store, 1, b"a"), arrive(store, 2, b"b")
    assert gather(store, late, message()).duplicate_of is None
    assert gather(store, early, message()).duplicate_of == late.id


def test_a_message_is_no_duplicate_of_itself(store: Store) -> None:
    """A message that is taken up again (after a crash, or confirmed) does not meet itself."""
    arrival = arrive(store, 1)
    for _ in range(2):
        assert gather(store, arrival, message()).duplicate_of is None


def test_looking_without_an_arrival_notes_nothing(store: Store) -> None:
    """`explain` of a file gathers a case for an arrival that is not in the ledger."""
    arrival = arrive(store, 1)
    fake = replace(arrival, id=0)
    assert gather(store, fake, message()).duplicate_of is None
    assert gather(store, arrival, message()).duplicate_of is None
    assert gather(store, fake, message()).duplicate_of == arrival.id


def test_identity_separates_its_parts() -> None:
    """No shift of characters between Message-ID and From makes two messages one."""
    arrival = Arrival(1, "a", "b", 1, 1, NOW, "00", 1)
    first = identity(arrival, message(message_id="<a@x>b", sender=Address("c@x")))
    second = identity(arrival, message(message_id="<a@x>", sender=Address("bc@x")))
    assert first != second


def test_a_changed_uidvalidity_is_noticed(store: Store) -> None:
    """The same bytes under another UIDVALIDITY of the folder are a rescan; a new UID or folder is not."""
    first = arrive(store, 1, b"bytes")
    assert not gather(store, first, message()).rescan
    assert not gather(store, arrive(store, 2, b"bytes"), message()).rescan
    again = arrive(store, 1, b"bytes", uidvalidity=2)
    case = gather(store, again, message())
    assert (case.rescan, case.duplicate_of) == (True, first.id)
    assert not gather(store, replace(first, folder="Other"), message()).rescan


def test_candidates_come_from_all_evidence(store: Store) -> None:
    """Tickets named by token, stored id or number are loaded; unknown ones are left out."""
    numbers = [open_report(store, uid) for uid in range(1, 5)]
    found = Evidence(
        claims=claim(Purpose.REPLY, numbers[0], 1).claims, ids=("<ack2.0@dinas.example>", "<nobody@x>"),
        numbers=(numbers[2], 9999999),
    )  # fmt: skip
    case = gather(store, arrive(store, 9), message(9), found)
    assert set(case.candidates) == set(numbers[:3])
    assert case.by_id == {"<ack2.0@dinas.example>": numbers[1]}
    assert case.known_sender
    assert case.open_reports == 4


def test_hostile_evidence_is_bounded(store: Store) -> None:
    """Thousands of references and numbers load a bounded number of tickets."""
    numbers = [open_report(store, uid) for uid in range(1, MAX_TICKETS + 4)]
    ids = tuple(f"<x{n}@x>" for n in range(5000))
    case = gather(store, arrive(store, 99), message(99), Evidence(ids=ids, numbers=tuple(numbers)))
    assert len(case.candidates) == MAX_TICKETS


def test_only_the_latest_articles_are_loaded(store: Store) -> None:
    """A ticket with a long story comes with its latest heads, oldest first."""
    number = open_report(store, 1)
    decide(store, *(AddArticle(number, ArticleKind.NOTE, f"agent{n}", "x") for n in range(ARTICLES + 5)))
    heads = store.tickets_by_number([number])[number].articles
    assert [head.author for head in heads] == [f"agent{n}" for n in range(5, ARTICLES + 5)]


def test_automatic_mail_is_counted_for_the_gate(store: Store) -> None:
    """Counts are by address (any case), ticket and everywhere, by hour and by day; people's mail does not count."""
    number = open_report(store, 1)  # an acknowledgement at NOW
    other = open_report(store, 2, sender=AGENT)
    decide(store, acknowledgement(number, replace(TEACHER, addr="ANI@sekolah.example")), key="again")
    answer = SendMail(MailKind.ANSWER, "answer", TEACHER, "id", {}, ticket=number, slot=1)
    notice = SendMail(MailKind.NOTICE, "notice", TEACHER, "id", {}, ticket=number)
    decide(store, answer, notice, key="people")
    at = NOW + timedelta(hours=2)
    decide(store, acknowledgement(number), key="later", now=at)
    reply = claim(Purpose.REPLY, number, 1)
    assert gather(store, arrive(store, 3), message(3), reply, NOW + MINUTE).sent == SentCounts(3, 3, 3, 4)
    assert gather(store, arrive(store, 4), message(4), reply, at).sent == SentCounts(1, 3, 3, 1)
    assert gather(store, arrive(store, 5), message(5), None, at).sent == SentCounts(1, 3, 0, 1)
    assert store.case_of_ticket(other, NOW).sent == SentCounts(1, 1, 1, 4)
    assert store.case_of_ticket(number, at + timedelta(days=2)).sent == SentCounts()


def test_open_reports_leave_out_finished_ones(store: Store) -> None:
    """Resolved and closed tickets are not open; a person in copy is known, an agent is not a known sender."""
    numbers = [open_report(store, uid) for uid in (1, 2, 3)]
    decide(
        store, SetState(numbers[0], State.RESOLVED, "x"), SetState(numbers[1], State.CHECKING, "x"),
        AddParticipant(numbers[0], 2, Role.COPY, Address("head@sekolah.example")),
        AddParticipant(numbers[0], 3, Role.AGENT, AGENT),
    )  # fmt: skip
    assert gather(store, arrive(store, 5), message(5)).open_reports == 2
    copied = gather(store, arrive(store, 6), message(6, Address("Head@sekolah.example")))
    assert (copied.open_reports, copied.known_sender) == (0, True)
    assert not gather(store, arrive(store, 7), message(7, AGENT)).known_sender
    nobody = gather(store, arrive(store, 8), message(8, sender=TEACHER, message_id="<q@x>"))
    assert nobody.known_sender


def test_earlier_reports_are_those_of_one_address(store: Store) -> None:
    """The latest first, in any state, at most four, and how many there are; no repeated ones, no other people's."""
    numbers = [open_report(store, uid) for uid in range(1, 7)]
    open_report(store, 9, sender=AGENT)
    decide(store, SetState(numbers[4], State.CLOSED, "x", CloseReason.DUPLICATE), key="a")
    decide(store, SetState(numbers[5], State.RESOLVED, "x"), key="b")
    found = gather(store, arrive(store, 20), message(20, Address("ANI@Sekolah.example"))).earlier
    assert [one.number for one in found.reports] == [numbers[at] for at in (5, 3, 2, 1)]
    assert (found.reports[0].state, found.count, found.address) == (State.RESOLVED, 5, TEACHER.key)
    assert gather(store, arrive(store, 21), message(21, Address("baru@sekolah.example"))).earlier == Earlier()


def test_a_doubtful_sender_has_no_reports(store: Store) -> None:
    """Without a strictly read From nothing is counted for anybody."""
    open_report(store, 1)
    case = gather(store, arrive(store, 2), replace(message(2), sender=Sender(None, "two addresses")))
    assert (case.open_reports, case.known_sender, case.sent.to_address_day) == (0, False, 0)


def test_a_confirmation_finds_the_held_message(store: Store) -> None:
    """The token of a confirmation leads to the arrival it holds, as long as it is held; it names no ticket."""
    number = open_report(store, 1)
    held = arrive(store, 2)
    evidence = claim(Purpose.CONFIRM, held.id)
    assert gather(store, arrive(store, 3), message(3), evidence).held is None
    decide(store, EndArrival(held.id, End.HELD, "claims to be Sari", number))
    case = gather(store, arrive(store, 4), message(4), evidence)
    assert case.held is not None
    assert (case.held.id, case.candidates) == (held.id, {})


def test_a_delivery_report_finds_our_mail(store: Store) -> None:
    """By the id it quotes, else by the bounce token: the latest mail to that participant."""
    number = open_report(store, 1)
    decide(store, acknowledgement(number), key="second", now=NOW + MINUTE)
    failed = (FailedRecipient(TEACHER.addr, Action.FAILED, "5.1.1"),)
    quoted = message(5, report=DeliveryReport(failed, "<ack1.0@dinas.example>"))
    original = gather(store, arrive(store, 2), quoted).original
    assert original is not None
    assert (original.ticket, original.slot, original.recipient) == (number, 1, TEACHER.addr)
    assert original.kind is MailKind.ACKNOWLEDGEMENT
    bare = message(6, report=DeliveryReport(failed, "<unknown@x>"))
    by_token = gather(store, arrive(store, 3), bare, claim(Purpose.BOUNCE, number, 1)).original
    assert by_token is not None
    assert by_token.outbox_id == original.outbox_id + 1
    assert gather(store, arrive(store, 4), bare, claim(Purpose.BOUNCE, number, 2)).original is None


def test_a_case_of_a_ticket_that_is_not_there(store: Store) -> None:
    """A timer of a ticket that nobody knows gets an empty case."""
    assert store.case_of_ticket(1234567, NOW) == Case(next_number=2164242)


def test_nobody_is_not_a_person(store: Store) -> None:
    """What stands in the store without an address says nothing about a mail without a sender."""
    open_report(store, 1, sender=Address(""))
    case = gather(store, arrive(store, 2), message(2, sender=Sender(None)))
    assert (case.open_reports, case.known_sender, case.sent.to_address_hour, case.sent.to_address_day) == (
        0,
        False,
        0,
        0,
    )
