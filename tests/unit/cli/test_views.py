"""`tickets`, `show`, `outbox`, `quarantine` and `status`: tables for people, JSON for machines, never a traceback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from clikit import Desk
from mailhelp.cli.status import PATIENCE, attention
from mailhelp.desk.effect import AddArticle, Alarm, EndArrival, Link, OpenTicket, SendMail, SetState, Tag
from mailhelp.desk.model import ArticleKind, CloseReason, End, MailKind, State
from mailhelp.edge.config import load
from mailhelp.mail.message import Address
from storekit import AGENT, NOW, TEACHER, arrive, decide, open_report

NUMBER = 2164242


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A desk with an answered report, a quarantined mail, and an uncertain, a refused and a waiting mail."""
    store = desk.store()
    open_report(store, 1, Tag(NUMBER, add=frozenset({"ujian"})))
    answer = SendMail(MailKind.ANSWER, "answer", TEACHER, "id", {}, ticket=NUMBER, slot=1)
    notice = SendMail(MailKind.NOTICE, "notice", AGENT, "id", {}, ticket=NUMBER, slot=1)
    decide(
        store,
        AddArticle(NUMBER, ArticleKind.ANSWER, AGENT.addr, "Sudah kami reset."),
        SetState(NUMBER, State.OPEN, "sari answered"),
        answer,
        notice,
        key="arrival:9",
    )
    bad = arrive(store, 2, b"Subject: rusak\r\n\r\nx\r\n")
    decide(
        store,
        OpenTicket(NUMBER + 1, "Pesan rusak", Address(""), "umum"),
        Link(NUMBER + 1, NUMBER, "mentions"),
        EndArrival(bad.id, End.QUARANTINED, "it breaks the reader", NUMBER + 1),
        key="arrival:2",
    )
    mails = store.claim(NOW, 3, timedelta(minutes=5))
    store.settle(mails[0].id, "uncertain", NOW, "no answer after the final dot")
    store.settle(mails[1].id, "refused", NOW, "550 no such user")
    store.settle(mails[2].id, "waiting", NOW, "451 later", NOW + timedelta(minutes=5))
    store.service("imap", "utama", True, NOW)
    store.close()
    return desk


def test_tickets(filled: Desk) -> None:
    """Reports stand in a table, the latest change first, and in JSON with plain times."""
    done = filled("tickets")
    assert done.status == 0
    assert "2164242" in done.out
    assert "ani@sekolah.example" in done.out
    rows = filled("tickets", "--json").json
    assert {row["number"] for row in rows} == {NUMBER, NUMBER + 1}
    assert rows[0]["opened_at"].startswith("2026-11-23T")


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("--state", "open"), [NUMBER]),
        (("--state", "closed"), []),
        (("--queue", "umum"), [NUMBER + 1]),
        (("--search", "ANI@"), [NUMBER]),
        (("--search", "reset"), [NUMBER]),
        (("--limit", "1", "--queue", "akun"), [NUMBER]),
    ],
)
def test_tickets_are_narrowed_down(filled: Desk, words: tuple[str, ...], numbers: list[int]) -> None:
    """Each option narrows the list; an empty list is no error."""
    assert [row["number"] for row in filled("tickets", *words, "--json").json] == numbers
    assert filled("tickets", *words).status == 0


def test_tickets_refuses_an_unknown_state(filled: Desk) -> None:
    """A state that does not exist is named, with those that do."""
    done = filled("tickets", "--state", "opened")
    assert done.status == 2
    assert "pending" in done.err


def test_show(filled: Desk) -> None:
    """One report with people, fields, conversation, reasons and the fate of each mail."""
    done = filled("show", str(NUMBER))
    assert done.status == 0
    wanted = ("#2164242", "Ani <ani@sekolah.example>", "20212345", "ujian", "Sudah kami reset.", "A new report.")
    fates = ("uncertain", "550 no such user", "not-checked", "Link")
    assert [word for word in (*wanted, *fates) if word not in done.out] == []
    shown = filled("show", str(NUMBER), "--json").json
    assert [one["kind"] for one in shown["articles"]] == ["report", "answer"]
    assert {one["state"] for one in shown["mails"]} == {"uncertain", "refused", "waiting"}


def test_show_a_closed_one(filled: Desk) -> None:
    """A closed report says why it is closed."""
    store = filled.store()
    decide(store, SetState(NUMBER, State.CLOSED, "spam", CloseReason.SPAM), key="close")
    store.close()
    assert "closed (spam)" in filled("show", str(NUMBER)).out


def test_show_an_unknown_number(filled: Desk) -> None:
    """A number that does not exist is a sentence with a remedy and status 1."""
    done = filled("show", "9999999")
    assert (done.status, done.out) == (1, "")
    assert "There is no ticket 9999999." in done.err
    assert "--search" in done.err


def test_outbox_shows_what_is_not_sent(filled: Desk) -> None:
    """Each mail that is not sent stands there once, with what the server said."""
    done = filled("outbox")
    assert [word for word in ("550 no such user", "451 later", "no answer after") if word not in done.out] == []
    rows = filled("outbox", "--json").json
    assert sorted(row["state"] for row in rows) == ["refused", "uncertain", "waiting"]
    assert [row["state"] for row in filled("outbox", "--state", "refused", "--json").json] == ["refused"]
    assert "raw" not in rows[0]


def test_outbox_does_not_double_a_mail_that_was_uncertain(filled: Desk) -> None:
    """A mail that was uncertain and waits for its second try is one line."""
    store = filled.store()
    [row] = store.status()["uncertain"]
    store.settle(row["id"], "waiting", NOW, "once more", NOW + timedelta(hours=1))
    store.close()
    rows = filled("outbox", "--json").json
    assert [one["id"] for one in rows].count(row["id"]) == 1


def test_an_uncertain_mail_is_settled_by_a_person(filled: Desk) -> None:
    """`--arrived` ends the matter; `--all` and `--state uncertain` still tell of it."""
    [row] = filled("outbox", "--state", "uncertain", "--json").json
    done = filled("outbox", "--arrived", str(row["id"]), "--json")
    assert row["id"] not in {one["id"] for one in done.json}
    [again] = filled("outbox", "--state", "uncertain", "--json").json
    assert (again["state"], again["reply"]) == ("sent", "an admin says that it arrived")
    assert filled("status", "--json").json["uncertain"] == []


def test_an_uncertain_mail_is_sent_once_more(filled: Desk) -> None:
    """`--again` queues it, under the same Message-ID."""
    [row] = filled("outbox", "--state", "uncertain", "--json").json
    [again] = [one for one in filled("outbox", "--again", str(row["id"]), "--json").json if one["id"] == row["id"]]
    assert (again["state"], again["message_id"]) == ("queued", row["message_id"])


@pytest.mark.parametrize("option", ["--arrived", "--again"])
def test_only_uncertain_mails_are_settled(filled: Desk, option: str) -> None:
    """A mail that is refused, waits or does not exist is left alone, with a sentence."""
    for row in filled("outbox", "--json").json:
        if row["state"] != "uncertain":
            done = filled("outbox", option, str(row["id"]))
            assert done.status == 1
            assert "is not uncertain" in done.err
    assert filled("outbox", option, "4711").status == 1


def test_quarantine(filled: Desk) -> None:
    """What could not be read, with its report number; `--raw` prints the bytes as they came."""
    done = filled("quarantine")
    assert "it breaks the reader" in done.out
    [row] = filled("quarantine", "--json").json
    assert row["ticket"] == NUMBER + 1
    assert "Subject: rusak" in filled("quarantine", "--raw", str(row["arrival"])).out
    assert "There is no arrival 4711" in filled("quarantine", "--raw", "4711").err


def test_status(filled: Desk) -> None:
    """Counts, accounts and what needs a person; status 1 because of the uncertain mail."""
    with time_machine.travel(NOW, tick=False):
        done = filled("status")
        found = filled("status", "--json").json
    assert done.status == 1
    assert [
        word for word in ("1 open", "1 quarantined", "imap", "Uncertain mails", "Refused") if word not in done.out
    ] == []
    assert found["tickets"] == {"open": 1, "new": 1}
    assert len(found["attention"]) == 1
    assert "may or may not have arrived" in found["attention"][0]


def test_status_of_a_quiet_desk(desk: Desk) -> None:
    """A desk with nothing to complain of has status 0."""
    done = desk("status")
    assert done.status == 0
    assert "!" not in done.out


def _status(**more: Any) -> dict[str, Any]:
    return {"service": [], "pending": 0, "oldest_pending_at": None, "uncertain": [], "alarms": []} | more


def _service(
    what: str = "imap", account: str = "utama", *, up: bool = True, ago: timedelta = timedelta()
) -> dict[str, Any]:
    return {"what": what, "account": account, "up": up, "until": NOW - ago, "detail": "refused"}


def _alarm(code: str, text: str, days: int = 0, over_at: datetime | None = None) -> dict[str, Any]:
    return {"code": code, "text": text, "last_at": NOW - timedelta(days=days), "over_at": over_at}


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (_status(), ""),
        (_status(service=[_service()]), ""),
        (_status(service=[_service(up=False)]), "imap utama is down: refused"),
        (_status(service=[_service(ago=PATIENCE * 2)]), "Does mailhelp run?"),
        (_status(service=[_service("database", "", ago=PATIENCE * 2)]), "Does mailhelp run?"),
        (_status(service=[_service("smtp", ago=PATIENCE * 2)]), ""),
        (_status(service=[_service(account="lama", ago=PATIENCE * 2)]), ""),
        (_status(pending=3, oldest_pending_at=NOW - PATIENCE * 2), "3 arrivals wait"),
        (_status(pending=3, oldest_pending_at=NOW - PATIENCE / 2), ""),
        (_status(alarms=[_alarm("gate.breaker", "stop")]), "Alarm gate.breaker: stop"),
        (_status(alarms=[_alarm("x", "old", days=2)]), ""),
        (_status(alarms=[_alarm("clock.jumped", "held", days=2)]), "Alarm clock.jumped: held"),
        (_status(alarms=[_alarm("clock.jumped", "held", over_at=NOW)]), ""),
        (_status(alarms=[_alarm("imap.down", "told by the mailbox itself")]), ""),
    ],
)
def test_what_needs_a_person(desk: Desk, found: dict[str, Any], says: str) -> None:
    """Each thing that needs somebody is one sentence; what is past, or of a mailbox that is gone, is none."""
    told = list(attention(found, load(desk.config), NOW))
    assert ([] if not says else [True]) == [says in line for line in told]


def test_a_mailbox_with_slow_polls_is_waited_for(desk: Desk) -> None:
    """With an hour between two looks, an hour without one needs nobody; more than two do."""
    config = load(desk.config)
    slow = config.model_copy(update={"mailbox": (config.mailbox[0].model_copy(update={"poll_seconds": 3600.0}),)})
    said = [list(attention(_status(service=[_service(ago=timedelta(hours=n))]), slow, NOW)) for n in (1, 3)]
    assert [len(one) for one in said] == [0, 1]


def test_alarms_are_shown(desk: Desk) -> None:
    """An alarm stands in the table and counts for the exit status."""
    store = desk.store()
    decide(store, Alarm("gate.breaker", "Automatic mail is stopped."), now=datetime.now(UTC))
    store.close()
    done = desk("status")
    assert done.status == 1
    assert "Automatic mail is stopped." in done.out


def test_empty_lists_say_none(desk: Desk) -> None:
    """A new desk shows empty lists and no empty tables."""
    for command in ("tickets", "outbox", "quarantine"):
        assert "none" in desk(command).out
        assert desk(command, "--json").json == []
