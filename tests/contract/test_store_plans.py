"""The statements that run for every message use indexes; none of them reads a whole table. On both engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from mailhelp.desk.effect import (
    Ask,
    Assign,
    ClearTimer,
    EndArrival,
    Release,
    SetFields,
    SetReachable,
    SetState,
    SetTimer,
    Tag,
)
from mailhelp.desk.model import End, FieldValue, State
from mailhelp.edge.store import Store
from mailhelp.mail.message import Action, Attachment, DeliveryReport, FailedRecipient
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Purpose
from storekit import MINUTE, NOW, TEACHER, arrive, claim, decide, letters, message, new_report, open_report

# What is looked at whole must be small by nature (a row for each folder, agent or queue), or an index that holds only
# the few rows still to be worked on.
SMALL = {"counter", "tally", "mark"}
PARTIAL = {"ledger_pending", "ledger_unfiled", "outbox_due", "outbox_attempting"}

Statement = tuple[str, tuple[Any, ...]]


@contextmanager
def recorded(store: Store) -> Iterator[list[Statement]]:
    """All statements that run inside."""
    seen: list[Statement] = []

    def hook(event: Any) -> None:
        seen.append((event.sql, tuple(event.params or ())))

    store.engine.database.query_hooks.append(hook)
    try:
        yield seen
    finally:
        store.engine.database.query_hooks.remove(hook)


def work(store: Store) -> None:
    """One of each thing that happens for a message, a sending or a timer."""
    number = open_report(store, 1)
    arrival = arrive(store, 2)
    report = DeliveryReport((FailedRecipient(TEACHER.addr, Action.FAILED),), "<unknown@x>")
    found = Evidence(
        claim(Purpose.BOUNCE, number, 1).claims, ("<a@x>", "<b@x>", "<ack1.0@dinas.example>"), (number, 1234567)
    )
    held = arrive(store, 3)
    decide(store, EndArrival(held.id, End.HELD, "x"), key="hold")
    with store.unit():
        store.case_for(arrive(store, 4), message(4), claim(Purpose.CONFIRM, held.id), NOW)
        read = message(2, report=report)
        case = store.case_for(arrival, read, found, NOW)
        decision = new_report(
            case, arrival, read, SetState(number, State.OPEN, "x"), Assign(number, owner="sari"),
            SetFields(number, {"npsn": None, "name": FieldValue("x")}), Tag(number, frozenset({"a"}), frozenset({"b"})),
            SetTimer(number, "t", NOW), ClearTimer(number, "t"), SetReachable(number, 1, reachable=False, reason="x"),
            Release(held.id), Ask(number, ("npsn",)), SetState(number, State.PENDING, "x"),
        )  # fmt: skip
        store.apply(decision, "arrival:2", letters(decision, "ack2"), "v1", NOW)
    picture = Attachment("a.png", "image/png", 9, "2", "a" * 64)
    with store.unit():
        store.case_for(arrive(store, 5), message(5, attachments=(picture,)), Evidence(), NOW)
    store.case_of_ticket(number, NOW)
    store.begin_attempt([arrival.id])
    store.pending(50)
    store.known_uids("main", "INBOX", 1, 1, 100)
    store.unfiled("main", 50)
    store.filed([arrival.id], NOW)
    store.mark("main", "INBOX")
    store.raw(arrival.id)
    store.due_timers(NOW, 50)
    for mail in store.claim(NOW, 20, timedelta(minutes=5)):
        store.data_begun(mail.id)
        store.settle(mail.id, "sent", NOW, "250")
    store.next_due(NOW)
    store.requeue_abandoned(NOW)
    store.service("imap", "main", True, NOW)
    store.service("imap", "main", True, NOW + MINUTE)


def plan(store: Store, sql: str, params: tuple[Any, ...]) -> list[str]:
    """The lines of the engine's plan for a statement."""
    explain = "EXPLAIN " if store.engine.postgresql else "EXPLAIN QUERY PLAN "
    rows = store.engine.database.execute_sql(explain + sql, params).fetchall()
    return [str(row[0] if store.engine.postgresql else row[3]) for row in rows]


def whole_reads(store: Store, lines: list[str]) -> list[str]:
    """The lines that read a table, or an index of all its rows, from end to end."""
    if store.engine.postgresql:
        named = [(line, re.search(r"Seq Scan on (\w+)", line)) for line in lines]
        return [line for line, match in named if match and match[1] not in SMALL]
    found = []
    for line in lines:
        match = re.match(r"SCAN (?:TABLE )?(\w+)(?:.* USING (?:COVERING )?INDEX (\w+))?", line)
        if match and "CONSTANT ROW" not in line and match[1] not in SMALL and match[2] not in PARTIAL:
            found.append(line)
    return found


def test_no_statement_for_a_message_reads_a_whole_table(store: Store) -> None:
    """Every SELECT, UPDATE and DELETE of a message's way has an index; claims and pending need no sorting either."""
    with recorded(store) as seen:
        work(store)
    # Plans of INSERT name scans of child tables that SQLite makes only for an open deferred key: never here.
    statements = {sql: params for sql, params in seen if re.match(r"SELECT|UPDATE|DELETE", sql)}
    assert len(statements) > 40
    wrong = {}
    with store.engine.connected():
        if store.engine.postgresql:
            store.engine.database.execute_sql("SET enable_seqscan = off")  # tables are small here; is there an index?
        for sql, params in statements.items():
            lines = plan(store, sql, params)
            if whole_reads(store, lines):
                wrong[sql] = lines
            if (
                re.search(r"FROM (ledger|outbox) WHERE.*ORDER BY (id|next_attempt_at)", sql)
                and not store.engine.postgresql
            ):
                assert not [line for line in lines if "ORDER BY" in line], sql
    store.engine.close()  # the setting goes with its connection
    assert wrong == {}


def test_earlier_reports_are_found_in_their_order(store: Store) -> None:
    """However many one address has sent: the index gives the latest ones, and nothing is sorted."""
    open_report(store, 1)
    with recorded(store) as seen, store.unit():
        store.case_for(arrive(store, 2), message(2), Evidence(), NOW)
    ((sql, params),) = [one for one in seen if "close_reason <> 'duplicate' ORDER BY number DESC" in one[0]]
    with store.engine.connected():
        if store.engine.postgresql:
            store.engine.database.execute_sql("SET enable_seqscan = off")
        lines = plan(store, sql, params)
    store.engine.close()
    assert any("ticket_person" in line for line in lines)
    assert not [line for line in lines if "ORDER BY" in line or "Sort" in line]


@pytest.mark.parametrize(
    "sql", ["SELECT id FROM outbox WHERE text = ?", "UPDATE ledger SET attempts = 0 WHERE end_reason = ?"]
)
def test_the_check_sees_a_missing_index(store: Store, sql: str) -> None:
    """A statement without an index is found out, so the test above can fail."""
    mark = "%s" if store.engine.postgresql else "?"
    with store.engine.connected():
        if store.engine.postgresql:
            store.engine.database.execute_sql("SET enable_seqscan = off")
        assert whole_reads(store, plan(store, sql.replace("?", mark), ("x",)))
    store.engine.close()


def test_the_number_of_statements_for_a_report_is_small(store: Store) -> None:
    """Gathering and writing one new report takes at most 30 statements, whatever else the database holds."""
    for uid in range(1, 4):
        open_report(store, uid)
    arrival = arrive(store, 9)
    read = message(9)
    with recorded(store) as seen, store.unit():
        case = store.case_for(arrival, read, Evidence(), NOW)
        decision = new_report(case, arrival, read)
        store.apply(decision, "arrival:9", letters(decision, "ack9"), "v1", NOW)
    assert len(seen) <= 30
