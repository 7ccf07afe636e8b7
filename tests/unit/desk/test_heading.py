"""The head of notices: what is due next in words, and what the same person reported before."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskkit import BUDI, GURU, NOW, NUMBER, POLICY, SARI, STRANGER, case, decided, message, of, ticket, token_to
from mailhelp.desk import dates
from mailhelp.desk.amount import Amount
from mailhelp.desk.effect import SendMail
from mailhelp.desk.model import ArticleKind, Asked, Case, Earlier, Past, State, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.targets import Promise, Targets
from mailhelp.desk.timefacts import Came, Stay, Timeline
from mailhelp.desk.workcase import Work
from mailhelp.mail.message import Address, Authentication, Message

HOUR = timedelta(hours=1)
DAY = 24 * HOUR
TARGETS = Targets(Promise(first_answer=Amount(4 * HOUR), next_answer=Amount(8 * HOUR), solution=Amount(3 * DAY)))
TIMED = replace(POLICY, time=replace(POLICY.time, targets=TARGETS))
PAST = Past(2164001, "Lupa", State.RESOLVED, "reset", NOW - DAY)


def due(known: Case, mail: Message, policy: Policy = TIMED) -> str:
    """What the first notice says is due."""
    rows = {row["label"]: row["value"] for row in notice(known, mail, policy)["head"]}
    return str(rows.get("Jatuh tempo", ""))


def notice(known: Case, mail: Message, policy: Policy = TIMED) -> dict[str, Any]:
    """What the first notice to an agent shows."""
    return dict(next(one.context for one in of(decided(known, mail, policy), SendMail) if one.to in {SARI, BUDI}))


@pytest.mark.parametrize(
    ("at", "id_", "en"),
    [
        ("2026-11-24 10:30", "hari ini 17.30 WIB", "today 17:30 WIB"),
        ("2026-11-24 16:59", "hari ini 23.59 WIB", "today 23:59 WIB"),
        ("2026-11-24 17:00", "besok 00.00 WIB", "tomorrow 00:00 WIB"),
        ("2026-11-23 09:00", "kemarin 16.00 WIB", "yesterday 16:00 WIB"),
        ("2026-11-26 02:00", "Kamis 26 November 09.00 WIB", "Thursday 26 November 09:00 WIB"),
        ("2027-01-04 02:00", "Senin 4 Januari 2027 09.00 WIB", "Monday 4 January 2027 09:00 WIB"),
    ],
)
def test_near_times(at: str, id_: str, en: str) -> None:
    """The day in words as the desk's zone has it, else as a date; the year only where it is another one."""
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert dates.near(moment, NOW, "Asia/Jakarta", "id") == id_
    assert dates.near(moment, NOW, "Asia/Jakarta", "en") == en


def test_a_new_report_says_when_its_first_answer_is_due() -> None:
    """It is now 10.00, and four hours are promised."""
    assert due(case(), message()) == "hari ini 14.00 WIB (jawaban pertama)"


def test_the_nearest_promise_is_named() -> None:
    """Where the solution is promised earlier than the first answer, it is what counts."""
    promise = replace(TARGETS.general, solution=Amount(HOUR))
    policy = replace(TIMED, time=replace(TIMED.time, targets=Targets(promise)))
    assert due(case(), message(), policy) == "hari ini 11.00 WIB (penyelesaian)"


def test_without_a_promise_nothing_is_due() -> None:
    """The row is left out."""
    policy = replace(TIMED, time=replace(TIMED.time, targets=Targets(Promise(None, None, None))))
    assert due(case(), message(), policy) == ""


def replied(line: Timeline, state: State = State.OPEN) -> str:
    """What a reply's notice says is due."""
    return due(case(ticket(state), time={NUMBER: line}), message(to=(token_to(1),)))


def test_a_reply_says_when_it_is_to_be_answered() -> None:
    """An answered report: the next answer, from this reply on. One that nobody answered is late already."""
    stays = (Stay(State.NEW, NOW - DAY),)
    answered = Timeline(stays, came=(Came(ArticleKind.ANSWER, NOW - HOUR, NOW - HOUR),))
    assert replied(answered) == "hari ini 18.00 WIB (jawaban berikutnya)"
    assert replied(Timeline(stays)) == "terlambat sejak kemarin 14.00 WIB (jawaban pertama)"


def test_the_requesters_time_does_not_count() -> None:
    """Asked after one of four hours: three are left from the reply on."""
    line = Timeline((Stay(State.NEW, NOW - DAY, NOW - 23 * HOUR), Stay(State.PENDING, NOW - 23 * HOUR)))
    assert replied(line, State.PENDING) == "hari ini 13.00 WIB (jawaban pertama)"


def test_a_reply_shows_the_state_that_it_leads_to() -> None:
    """A reply to a resolved report opens it again: that is what its notice says."""
    shown = notice(case(ticket(State.RESOLVED)), message(to=(token_to(1),)))
    assert shown["head"][0] == {"label": "Status", "value": "ditangani"}


def test_a_whole_report_says_what_is_due() -> None:
    """`#show` knows it from the facts; with an answer in the same mail they are out of date."""
    line = Timeline((Stay(State.NEW, NOW - HOUR),))
    known = case(ticket(), time={NUMBER: line}, work=Work())
    ask = message(SARI, "#show", to=(token_to(3),))
    assert due(known, ask) == "hari ini 13.00 WIB (jawaban pertama)"
    both = message(SARI, "#show\n\nSudah kami setel ulang.", to=(token_to(3),))
    assert due(known, both) == ""


# --- earlier reports


def earlier(address: Address = GURU, *more: Past, count: int = 1) -> Earlier:
    """What that address reported before."""
    return Earlier(address.key, (PAST, *more), count)


def test_earlier_reports_of_the_same_person_are_named() -> None:
    """Number, category or else subject, state and day; three of them, and how many there are."""
    others = [replace(PAST, number=2164000 - n, category="", subject=f"NIK 3201234567890003 {n}") for n in range(3)]
    shown = notice(case(earlier=earlier(GURU, *others, count=9)), message())
    assert shown["earlier"] == [
        {"number": 2164001, "what": "Reset kata sandi", "state": "selesai", "day": "kemarin"},
        {"number": 2164000, "what": "NIK ************0003 0", "state": "selesai", "day": "kemarin"},
        {"number": 2163999, "what": "NIK ************0003 1", "state": "selesai", "day": "kemarin"},
    ]
    assert (shown["earlier_count"], shown["unproven"]) == ("9", False)


def test_very_many_are_not_counted() -> None:
    """The store stops counting at a hundred."""
    assert notice(case(earlier=earlier(count=100)), message())["earlier_count"] == "99+"


def test_a_sender_whom_nothing_vouches_for_is_marked() -> None:
    """A forged From shows somebody else's reports to agents alone, and they are told that it is not proven."""
    done = decided(case(earlier=earlier()), message(authentication=Authentication()), TIMED)
    told = {one.to: one.context for one in of(done, SendMail)}
    assert told[SARI]["unproven"] is True
    assert "2164001" not in str(told[GURU])
    assert "earlier" not in told[GURU]


def test_nothing_is_told_of_another_person() -> None:
    """Rows of another address than the requester's are never shown, whoever gathered them."""
    assert "earlier" not in notice(case(earlier=earlier(STRANGER)), message())


def test_a_report_opened_for_somebody_names_theirs() -> None:
    """An agent's `#for`: what the address named reported before, not what the agent did."""
    mail = message(SARI, f"#untuk {GURU.addr}\n\nTidak bisa masuk.")
    assert notice(case(earlier=earlier(), work=Work()), mail)["earlier"][0]["number"] == 2164001
    assert "earlier" not in notice(case(earlier=earlier(SARI), work=Work()), mail)


def test_a_report_is_no_earlier_one_of_itself() -> None:
    """One that waited for its data stands among the stored ones when agents are told."""
    waiting: Ticket = ticket(
        State.PENDING, participants=ticket().participants[:1], asked=(Asked(NOW - HOUR, ("npsn",)),)
    )
    known = case(waiting, earlier=earlier(GURU, replace(PAST, number=NUMBER), count=2))
    shown = notice(known, message(text="NPSN: 20100001", new_text="NPSN: 20100001", to=(token_to(1),)))
    assert [one["number"] for one in shown["earlier"]] == [2164001]
    assert shown["earlier_count"] == "1"
