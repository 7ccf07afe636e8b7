"""Decisions become rows: every effect, in one transaction, with its line in the history. On both engines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import peewee
import pytest

from mailhelp.desk.effect import (
    AddArticle,
    AddParticipant,
    Alarm,
    Assign,
    ClearTimer,
    Decision,
    EndArrival,
    Link,
    OpenTicket,
    SendMail,
    SetFields,
    SetReachable,
    SetRequester,
    SetState,
    SetTimer,
    Tag,
)
from mailhelp.desk.model import ArticleKind, CloseReason, Doubt, End, FieldValue, MailKind, Role, State
from mailhelp.edge.store import TROUBLE, Conflict, Store
from mailhelp.mail.thread import Evidence
from postgres import Cluster
from storekit import (
    AGENT,
    MINUTE,
    NOW,
    TEACHER,
    Paper,
    acknowledgement,
    arrive,
    count,
    decide,
    find,
    letters,
    message,
    new_report,
    open_report,
)

ROOT = Path(__file__).resolve().parents[2]


def give_up(store: Store, uid: int) -> None:
    """Open a report in a unit inside a unit, and let the outer one fail."""

    def work() -> None:
        with store.unit():
            with store.unit():
                open_report(store, uid)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()


def test_a_new_report_is_there_with_all_its_parts(store: Store) -> None:
    """Ticket, requester, article, field, outbox row, decision, history and the arrival's end come together."""
    number = open_report(store, 1)
    shown = store.show(number)
    assert shown is not None
    assert (shown["number"], shown["state"], shown["queue"], shown["requester"]) == (
        number,
        "new",
        "akun",
        TEACHER.addr,
    )
    assert shown["opened_at"] == shown["changed_at"] == NOW
    (person,) = shown["participants"]
    assert (person["slot"], person["role"], person["addr"]) == (1, "requester", TEACHER.addr)
    # The mail that came is the root; the acknowledgement is the latest.
    assert (person["root_id"], person["last_id"]) == ("<report1@sekolah.example>", "<ack1.0@dinas.example>")
    (article,) = shown["articles"]
    assert (article["kind"], article["text"]) == ("report", "Saya lupa kata sandi.")
    (mail,) = article["mails"]
    assert (mail["state"], mail["recipient"], mail["kind"]) == ("queued", TEACHER.addr, "acknowledgement")
    (decision,) = shown["decisions"]
    assert (decision["key"], decision["code"], decision["policy_version"]) == ("arrival:1", "new", "v1")
    assert decision["trace"] == {"kind": "person", "rules": [{"name": "sandi", "fired": True}]}
    assert [row["what"] for row in shown["history"]] == ["opened", "participant", "article", "field npsn", "mail"]
    assert store.pending(10) == []
    (row,) = store.audit_rows("main", "INBOX", 1)
    assert (row.end, row.ticket) == (End.ARTICLE, number)


def test_a_ticket_reads_back_as_it_was_written(store: Store) -> None:
    """What decisions see of a ticket is what decisions wrote: fields with their spans, people, tags, heads."""
    number = open_report(store, 1)
    decide(
        store, AddParticipant(number, 2, Role.AGENT, AGENT), Tag(number, frozenset({"urgent", "npsn"})),
        Assign(number, owner="sari", priority="high", category="akun", subcategory="sandi", user_type="guru"),
        SetState(number, State.OPEN, "taken"),
    )  # fmt: skip
    ticket = store.tickets_by_number([number])[number]
    assert (ticket.id, ticket.number, ticket.state, ticket.owner) == (number, number, State.OPEN, "sari")
    assert (ticket.priority, ticket.category, ticket.subcategory, ticket.user_type) == ("high", "akun", "sandi", "guru")
    assert ticket.tags == {"urgent", "npsn"}
    assert ticket.fields == {"npsn": FieldValue("20212345", warnings=(Doubt("not-checked", ("x",)),), span=(3, 11))}
    assert [(p.slot, p.role, p.address) for p in ticket.participants] == [
        (1, Role.REQUESTER, TEACHER),
        (2, Role.AGENT, AGENT),
    ]
    (head,) = ticket.articles
    assert (head.kind, head.author, head.at) == (ArticleKind.REPORT, TEACHER.addr, NOW)
    assert store.tickets_by_number([1]) == {}


def test_report_numbers_go_up_and_are_never_used_twice(url: str) -> None:
    """The first number is the desk's; an undone unit gives its number back; a stale one is a conflict."""
    store = Store(url)
    store.open(first_number=5_000_001)
    assert [open_report(store, uid) for uid in (1, 2)] == [5_000_001, 5_000_002]
    give_up(store, 3)
    assert open_report(store, 3) == 5_000_003
    with pytest.raises(Conflict):
        decide(store, OpenTicket(5_000_003, "x", TEACHER, "akun"))
    store.close()
    store.open(first_number=1)  # a later change of the setting does not take numbers back
    assert store.case_of_ticket(5_000_001, NOW).next_number == 5_000_004
    store.close()


def test_threads_that_open_tickets_get_different_numbers(store: Store) -> None:
    """Four threads, ten tickets each: forty numbers in a row."""
    numbers: list[int] = []

    def work(start: int) -> None:
        numbers.extend(open_report(store, uid) for uid in range(start, start + 10))

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(2164242, 2164282))


def test_state_and_assignment_leave_their_trace(store: Store) -> None:
    """Each change has a line with before, after and why; what stays as it is has none."""
    number = open_report(store, 1)
    later = NOW + MINUTE
    decide(
        store,
        Assign(number, owner="sari", queue="akun", reason="rule sandi"),
        SetState(number, State.OPEN, "taken"),
        now=later,
    )
    decide(store, SetState(number, State.CLOSED, "48 hours", CloseReason.SILENCE), key="close", now=later)
    decide(store, SetState(number, State.OPEN, "she answered"), key="reopen", now=later)
    shown = store.show(number)
    assert shown is not None
    lines = [(row["what"], row["before"], row["after"], row["reason"]) for row in shown["history"][5:]]
    assert lines == [
        ("owner", "", "sari", "rule sandi"),
        ("state", "new", "open", "taken"),
        ("state", "open", "closed", "48 hours"),
        ("close_reason", "", "silence", "48 hours"),
        ("state", "closed", "open", "she answered"),
        ("close_reason", "silence", "", "she answered"),
    ]
    assert (shown["changed_at"], shown["opened_at"]) == (later, NOW)


def test_tallies_follow_owners_and_states(store: Store) -> None:
    """Load counts the open tickets of each agent; round robin counts what each queue gave out."""
    first, second = open_report(store, 1), open_report(store, 2)
    decide(store, Assign(first, owner="sari"), Assign(second, owner="sari"), key="a")
    case = store.case_of_ticket(first, NOW)
    assert (case.load, case.round_robin) == ({"sari": 2}, {"akun": 2})
    decide(store, Assign(first, owner="budi", queue="data"), SetState(second, State.RESOLVED, "done"), key="b")
    case = store.case_of_ticket(first, NOW)
    assert ({k: v for k, v in case.load.items() if v}, case.round_robin) == ({"budi": 1}, {"akun": 2, "data": 1})
    decide(store, SetState(second, State.OPEN, "again"), Assign(first, owner=""), key="c")
    assert {k: v for k, v in store.case_of_ticket(first, NOW).load.items() if v} == {"sari": 1}
    opened = store.case_of_ticket(first, NOW).next_number
    decide(store, OpenTicket(opened, "x", TEACHER, "akun"), Assign(opened, owner="sari"), key="d")
    assert store.case_of_ticket(first, NOW).load["sari"] == 2


def test_tags_fields_links_timers_come_and_go(store: Store) -> None:
    """The small things of a ticket are set, changed and removed, and the history tells each once."""
    number, other = open_report(store, 1), open_report(store, 2)
    decide(
        store, Tag(number, add=frozenset({"a", "b"})), Link(number, other, "duplicate"),
        SetTimer(number, "remind", NOW + MINUTE, {"calendar": "2026-1", "why": "16h"}),
        SetTimer(number, "close", NOW + 2 * MINUTE),
    )  # fmt: skip
    decide(
        store, Tag(number, add=frozenset({"a"}), remove=frozenset({"b", "z"})), Link(number, other, "duplicate"),
        SetFields(number, {"npsn": None, "nisn": FieldValue("0012345678"), "name": None}),
        SetTimer(number, "remind", NOW + 3 * MINUTE), ClearTimer(number, "nothing"), key="second",
    )  # fmt: skip
    shown = store.show(number)
    assert shown is not None
    assert shown["tags"] == ["a"]
    assert [(row["name"], row["value"]) for row in shown["fields"]] == [("nisn", "0012345678")]
    assert [(row["other"], row["kind"]) for row in shown["links"]] == [(other, "duplicate")]
    assert [(row["name"], row["due_at"]) for row in shown["timers"]] == [
        ("close", NOW + 2 * MINUTE),
        ("remind", NOW + 3 * MINUTE),
    ]
    told = [(row["what"], row["before"], row["after"]) for row in shown["history"][5:]]
    assert (
        told.count(("tag", "", "a"))
        == told.count(("tag", "b", ""))
        == told.count(("link", "", f"duplicate {other}"))
        == 1
    )
    assert ("field npsn", "20212345", "") in told
    decide(store, ClearTimer(number, "remind"), key="third")
    decide(store, ClearTimer(number), key="fourth")
    after = store.show(number)
    assert after is not None
    assert after["timers"] == []
    assert [row["what"] for row in find(after["history"], after="", before="set")] == ["timer remind", "timer close"]
    linked = store.show(other)
    assert linked is not None
    assert linked["history"][-1]["after"] == f"duplicate of {number}"


def test_a_bounce_makes_a_participant_unreachable_once(store: Store) -> None:
    """SetReachable changes the person and says why; saying it again adds nothing."""
    number = open_report(store, 1)
    for key in ("a", "b"):
        decide(store, SetReachable(number, 1, reachable=False, reason="550 no such user"), key=key)
    person = store.tickets_by_number([number])[number].participants[0]
    assert not person.reachable
    shown = store.show(number)
    assert shown is not None
    assert len(find(shown["history"], what="reachable")) == 1


def test_an_answer_becomes_the_last_mail_of_its_participant(store: Store) -> None:
    """Later mails thread under the latest one exchanged; the root stays the first."""
    number = open_report(store, 1)
    answer = SendMail(MailKind.ANSWER, "answer", TEACHER, "id", {}, ticket=number, slot=1)
    decide(store, AddArticle(number, ArticleKind.ANSWER, AGENT.addr, "Sudah kami reset."), answer, stem="answer")
    person = store.tickets_by_number([number])[number].participants[0]
    assert (person.root_id, person.last_id) == ("<report1@sekolah.example>", "<answer.0@dinas.example>")


def test_a_thread_follows_the_mails_of_one_decision(store: Store) -> None:
    """Whoever comes and gets mail in one decision has the first as root and the latest as last; others keep theirs."""
    number = open_report(store, 1)
    mails = [SendMail(MailKind.NOTICE, "notice", AGENT, "id", {}, ticket=number, slot=2) for _ in range(3)]
    answer = SendMail(MailKind.ANSWER, "answer", TEACHER, "id", {}, ticket=number, slot=1)
    decide(store, AddParticipant(number, 2, Role.AGENT, AGENT), *mails, answer, stem="all")
    teacher, agent = store.tickets_by_number([number])[number].participants
    assert (agent.root_id, agent.last_id) == ("<all.0@dinas.example>", "<all.2@dinas.example>")
    assert (teacher.root_id, teacher.last_id) == ("<report1@sekolah.example>", "<all.3@dinas.example>")


def test_who_came_a_moment_ago_can_be_changed(store: Store) -> None:
    """Effects that change participants see those that came earlier in the same decision, and their mails."""
    number = open_report(store, 1)
    mail = SendMail(MailKind.NOTICE, "notice", AGENT, "id", {}, ticket=number, slot=2)
    gone = SetReachable(number, 2, reachable=False, reason="550 no such user")
    decide(store, AddParticipant(number, 2, Role.AGENT, AGENT), mail, gone, SetRequester(number, AGENT), stem="x")
    requester, agent = store.tickets_by_number([number])[number].participants
    assert (agent.reachable, agent.root_id) == (False, "<x.0@dinas.example>")
    assert (requester.address, requester.root_id, requester.last_id) == (AGENT, "", "")
    decide(store, SendMail(MailKind.ANSWER, "answer", AGENT, "id", {}, number, 1), SetRequester(number, TEACHER))
    requester = store.tickets_by_number([number])[number].participants[0]
    assert (requester.address, requester.root_id, requester.last_id) == (TEACHER, "", "")


def test_a_slot_is_given_once(store: Store) -> None:
    """Two people for one slot of a ticket are refused, in one decision as in two, and nothing of it is written."""
    number = open_report(store, 1)
    come = AddParticipant(number, 2, Role.AGENT, AGENT)
    with pytest.raises(peewee.IntegrityError):
        decide(store, come, come)
    assert len(store.tickets_by_number([number])[number].participants) == 1
    decide(store, come)
    with pytest.raises(peewee.IntegrityError):
        decide(store, come)


def test_a_message_id_leads_to_the_first_ticket_that_had_it(store: Store) -> None:
    """A stranger who reuses a stored Message-ID does not draw later replies to his own ticket."""
    number = open_report(store, 1)
    arrival = arrive(store, 2)
    thief = message(2, message_id="<ack1.0@dinas.example>")
    with store.unit():
        case = store.case_for(arrival, thief, Evidence(), NOW)
        decision = new_report(case, arrival, thief)
        store.apply(decision, "arrival:2", letters(decision, "ack2"), "v1", NOW)
    with store.unit():
        case = store.case_for(arrive(store, 3), message(3), Evidence(ids=("<ack1.0@dinas.example>",)), NOW)
    assert case.by_id == {"<ack1.0@dinas.example>": number}


def test_letters_must_fit_the_decision(store: Store) -> None:
    """A decision with a mail too few or too many is refused before anything is written."""
    number = open_report(store, 1)
    decision = Decision((acknowledgement(number),), "x", "x")
    for papers in ([], [Paper("<a@x>"), Paper("<b@x>")]):
        with pytest.raises(ValueError, match="letters were written"):
            store.apply(decision, "x", papers, "v1", NOW)
    assert count(store, "decision") == 1


def test_a_failure_in_the_middle_leaves_nothing(store: Store) -> None:
    """When the last effect fails, the ticket, the mail and the number of the first ones were never there."""
    arrival = arrive(store, 1)
    read = message()
    before = {
        table: count(store, table) for table in ("ticket", "outbox", "outbox_raw", "decision", "history", "article")
    }
    with store.unit():
        case = store.case_for(arrival, read, Evidence(), NOW)
    decision = new_report(case, arrival, read, EndArrival(arrival.id, End.IGNORED, "twice"))
    with pytest.raises(Conflict):
        store.apply(decision, "arrival:1", letters(decision, "x"), "v1", NOW)
    assert {table: count(store, table) for table in before} == before
    assert [one.id for one in store.pending(10)] == [arrival.id]
    assert store.case_of_ticket(1, NOW).next_number == 2164242


def test_one_message_of_a_batch_may_fail_alone(store: Store) -> None:
    """With a savepoint for each message the others of the unit stay, also after an error of the database."""
    arrivals = [arrive(store, uid) for uid in (1, 2, 3)]
    with store.unit():
        for arrival in arrivals:
            try:
                with store.savepoint():
                    read = message(arrival.uid)
                    case = store.case_for(arrival, read, Evidence(), NOW)
                    decision = new_report(case, arrival, read)
                    stem = "same" if arrival.uid != 3 else "other"  # the second one's Message-ID is taken
                    store.apply(decision, f"arrival:{arrival.id}", letters(decision, stem), "v1", NOW)
            except peewee.IntegrityError:
                assert arrival.uid == 2
    assert [row["number"] for row in store.tickets()] == [2164243, 2164242]
    assert [one.uid for one in store.pending(10)] == [2]


def test_a_savepoint_needs_a_unit(store: Store) -> None:
    """Outside a unit there is nothing that could be undone."""
    with pytest.raises(RuntimeError), store.savepoint():
        pass


def test_history_and_decisions_cannot_be_changed(store: Store) -> None:
    """The database itself refuses to update or delete what was decided."""
    open_report(store, 1)
    for table in ("history", "decision"):
        for statement in (f"UPDATE {table} SET reason = 'x'", f"DELETE FROM {table}"):
            with pytest.raises(peewee.PeeweeException, match="append-only"), store.unit():
                store.engine.run(statement)
    assert count(store, "history") == 5


def test_dirty_text_never_reaches_the_database(store: Store) -> None:
    """NUL and lone surrogates are removed from every column, also inside JSON, on both engines."""
    arrival = arrive(store, 1)
    dirty = "a\0b\ud800c"
    read = message(1, replace(TEACHER, name=dirty), subject=dirty, message_id=f"<{dirty}@x>")
    with store.unit():
        case = store.case_for(arrival, read, Evidence(ids=(dirty,)), NOW)
        decision = new_report(
            case, arrival, read, Tag(case.next_number, frozenset({dirty})), Alarm("x", dirty),
            SetFields(case.next_number, {dirty: FieldValue(dirty, raw=dirty, warnings=(Doubt("x", (dirty,)),))}),
            SetTimer(case.next_number, "t", NOW, {"why": dirty}),
        )  # fmt: skip
        decision = replace(decision, trace={"text": [dirty, {dirty: "kept \\u0000"}]}, reason=dirty)
        store.apply(decision, "arrival:1", [Paper("<x@x>", subject=dirty, text=dirty)], "v1", NOW)
    shown = store.show(case.next_number)
    assert shown is not None
    assert shown["subject"] == "ab�c"
    assert shown["decisions"][0]["trace"] == {"text": ["ab�c", {"ab�c": "kept \\u0000"}]}
    assert shown["fields"][0]["detail"]["warnings"] == [{"code": "x", "values": ["ab�c"]}]


def test_long_strangers_texts_can_be_indexed(store: Store) -> None:
    """Addresses and message ids of any length are stored whole and found again."""
    long_id = f"<{os.urandom(8000).hex()}@x>"
    sender = replace(TEACHER, addr=f"{os.urandom(5000).hex()}@sekolah.example")
    arrival = arrive(store, 1)
    read = message(1, sender, message_id=long_id)
    with store.unit():
        case = store.case_for(arrival, read, Evidence(), NOW)
        decision = new_report(case, arrival, read)
        store.apply(decision, "arrival:1", letters(decision, "ack"), "v1", NOW)
    with store.unit():
        again = store.case_for(arrive(store, 2), message(2, sender), Evidence(ids=(long_id,)), NOW)
    assert again.by_id == {long_id: case.next_number}
    assert (again.known_sender, again.open_reports, again.sent.to_address_day) == (True, 1, 1)
    assert again.candidates[case.next_number].find(sender.addr) is not None


def test_naive_times_are_refused(store: Store) -> None:
    """A time without a zone is a mistake of the code and never stored."""
    number = open_report(store, 1)
    with pytest.raises(ValueError, match="naive"):
        decide(store, SetTimer(number, "t", NOW.replace(tzinfo=None)))


def test_alarms_are_counted(store: Store) -> None:
    """The same alarm twice is one row that says since when and how often."""
    decide(store, Alarm("gate.breaker", "2000 within the hour"))
    store.alarm("gate.breaker", "2000 within the hour", NOW + MINUTE)
    store.alarm("smtp.login", "535", NOW)
    first, second = store.alarms()
    assert (first["count"], first["since"], first["last_at"]) == (2, NOW, NOW + MINUTE)
    assert second["code"] == "smtp.login"


KILLED = """
import os, signal, sys
from mailhelp.edge.store import Store
from mailhelp.mail.thread import Evidence
from postgres import Cluster
from storekit import NOW, arrive, letters, message, new_report
store = Store(sys.argv[1])
store.open()
with store.unit():
    arrival = arrive(store, 7)
    case = store.case_for(arrival, message(7), Evidence(), NOW)
    decision = new_report(case, arrival, message(7))
    store.apply(decision, "arrival:7", letters(decision, "killed"), "v1", NOW)
    if sys.argv[2] == "inside":
        os.kill(os.getpid(), signal.SIGKILL)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("where", "tickets"), [("inside", 1), ("after", 2)])
def test_a_killed_process_leaves_all_or_nothing(store: Store, url: str, where: str, tickets: int) -> None:
    """SIGKILL inside a unit leaves nothing of it; after it, everything."""
    open_report(store, 1)
    paths = os.pathsep.join(str(path) for path in (ROOT, ROOT / "tests"))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, url, where], check=False, timeout=60, env={**os.environ, "PYTHONPATH": paths}
    )
    assert done.returncode == -signal.SIGKILL
    assert (count(store, "ticket"), count(store, "outbox"), count(store, "raw_chunk")) == (tickets,) * 3
    assert open_report(store, 2) == 2164242 + tickets


def test_a_lost_connection_loses_one_unit_only(store: Store) -> None:
    """When the connection goes inside a unit nothing of it stays, and the next unit has a new connection."""

    def broken_unit() -> None:
        with store.unit():
            open_report(store, 1)
            store.engine.database.connection().close()
            count(store, "ticket")

    with pytest.raises((*TROUBLE, peewee.ProgrammingError)):
        broken_unit()
    assert count(store, "ticket") == 0
    assert open_report(store, 1) == 2164242


@pytest.mark.postgres
def test_a_session_that_the_server_ended_is_replaced(postgres_cluster: Cluster) -> None:
    """After a restart or a time-out of the server the next unit simply works; one that was open can be repeated."""
    store = Store(postgres_cluster.new_database())
    store.open()
    open_report(store, 1)
    end_sessions = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname <> 'postgres' AND pid IS NOT NULL"
    )
    postgres_cluster.sql(end_sessions)
    assert open_report(store, 2) == 2164243

    def broken_unit() -> None:
        with store.unit():
            open_report(store, 3)
            postgres_cluster.sql(end_sessions)
            open_report(store, 4)

    with pytest.raises(TROUBLE):
        broken_unit()
    assert open_report(store, 3) == 2164244
    store.close()


def test_ended_threads_leave_no_files_open(store: Store) -> None:
    """Thirty threads that used the store one after the other leave no more open files than one did."""

    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    open_report(store, 1)
    before = files()
    for uid in range(2, 32):
        thread = threading.Thread(target=open_report, args=(store, uid))
        thread.start()
        thread.join()
    assert files() <= before
    assert len(store.tickets(limit=100)) == 31


def test_a_unit_inside_a_unit_is_a_part_of_it(store: Store) -> None:
    """What an inner unit wrote goes with the outer one."""
    give_up(store, 1)
    assert store.tickets() == []


def test_due_times_of_mails_can_be_later(store: Store) -> None:
    """`not_before` delays a mail; one in the past does not."""
    number = open_report(store, 1)
    decide(
        store, acknowledgement(number, not_before=NOW + 5 * MINUTE), acknowledgement(number, not_before=NOW - MINUTE),
        key="later",
    )  # fmt: skip
    late, soon = sorted(store.outbox(), key=lambda row: row["next_attempt_at"], reverse=True)[:2]
    assert late["next_attempt_at"] == NOW + timedelta(minutes=5)
    assert soon["next_attempt_at"] == NOW
