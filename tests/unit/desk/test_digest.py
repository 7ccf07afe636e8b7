"""The morning mail: who gets it, when, and in which part each ticket stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from deskkit import NOW, POLICY, SARI, case, mails, of
from mailhelp import morning
from mailhelp.desk.decide import decide
from mailhelp.desk.digest import parts
from mailhelp.desk.effect import SendMail
from mailhelp.desk.event import DigestDue
from mailhelp.desk.model import State
from mailhelp.desk.workcase import Listing, Row, Work

ROW = Row(2164242, State.OPEN, "Lupa", "umum", "sari", "normal", "guru@sekolah.example", NOW, NOW, 3)
HOUR = timedelta(hours=1)


def test_each_ticket_stands_in_one_part() -> None:
    """The most pressing one that fits; the oldest first; empty parts are left out."""
    rows = [
        replace(ROW, number=1, due_at=NOW - HOUR),
        replace(ROW, number=2, due_at=NOW + HOUR, owner=""),
        replace(ROW, number=3, owner="", due_at=NOW + 48 * HOUR),
        replace(ROW, number=4),
        replace(ROW, number=5, opened_at=NOW - HOUR),
        replace(ROW, number=6, state=State.CHECKING, due_at=NOW - HOUR),
    ]
    found = parts(rows, NOW, "Asia/Jakarta")
    assert {name: [row.number for row in part] for name, part in found.items()} == {
        "overdue": [1],
        "today": [2],
        "unassigned": [3],
        "waiting": [5, 4],
        "pending": [6],
    }
    assert list(parts(rows[:1], NOW, "Asia/Jakarta")) == ["overdue"]


def test_an_agents_morning_mail_has_own_and_queue_tickets_once() -> None:
    """With a way to answer each; nothing where nothing is open."""
    lists = {Listing.MINE: (ROW,), Listing.OPEN: (ROW, replace(ROW, number=1, owner=""))}
    decision = decide(case(work=Work(lists=lists)), DigestDue(agent="sari"), NOW, POLICY)
    (mail,) = of(decision, SendMail)
    assert (mail.to.addr, mail.template) == (SARI.addr, "digest")
    assert [len(part["tickets"]) for part in mail.context["parts"]] == [1, 1]
    assert decide(case(work=Work()), DigestDue(agent="sari"), NOW, POLICY).code == "digest.empty"


def test_a_queues_morning_mail_goes_to_its_address() -> None:
    """Which need not be an agent's."""
    work = Work(lists={Listing.OPEN: (ROW,)})
    decision = decide(case(work=work), DigestDue(queue="akun", address="tim@dinas.example"), NOW, POLICY)
    assert mails(decision) == {"tim@dinas.example": ["digest"]}


def test_when_the_morning_mail_is_due() -> None:
    """From the hour on, on office days."""
    tuesday = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)  # 07:30 in Jakarta
    assert str(morning.due(POLICY, tuesday)) == "2026-11-24"
    assert morning.due(POLICY, tuesday - HOUR) is None
    assert morning.due(POLICY, tuesday - timedelta(days=2)) is None


def test_who_gets_a_morning_mail() -> None:
    """Agents who asked for it and are there, queues with an address."""
    sari, budi = POLICY.team.agents.values()
    away = ((NOW.date(), NOW.date()),)
    agents = {"sari": replace(sari, digest=True), "budi": replace(budi, digest=True, away=away)}
    queues = {"akun": replace(POLICY.team.queues["akun"], digest=("tim@dinas.example",))}
    policy = replace(POLICY, team=replace(POLICY.team, agents=agents, queues=queues))
    assert list(morning.wanted(policy, NOW.date())) == [
        DigestDue(agent="sari"),
        DigestDue(queue="akun", address="tim@dinas.example"),
    ]
    assert list(morning.wanted(POLICY, NOW.date())) == []
