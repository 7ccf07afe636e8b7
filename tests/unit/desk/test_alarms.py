"""When the admin is mailed of an alarm (desk.alarms)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskkit import NOW, case, of
from deskkit import POLICY as WITHOUT_ADMIN
from mailhelp.desk.alarmcase import Health, Raised
from mailhelp.desk.alarms import GATHER, MOST, OUTAGE, REMIND, REPEAT, WAIT
from mailhelp.desk.decide import decide
from mailhelp.desk.effect import Alarm, AlarmOver, AlarmsTold, Decision, SendMail
from mailhelp.desk.event import AlarmsDue
from mailhelp.desk.model import MailKind, SentCounts
from mailhelp.desk.policy import Policy

POLICY = replace(WITHOUT_ADMIN, desk=replace(WITHOUT_ADMIN.desk, admin="admin@desk.example"))
MINUTE = timedelta(minutes=1)
WELL = Health()
UNREAD = Health(unread=(("main", NOW - OUTAGE),))
IMAP = ("imap.down", "The mailbox main cannot be read.")


def raised(code: str = "confirm.no", **changes: Any) -> Raised:
    """An alarm of which the admin was not told yet."""
    return Raised(code, f"{code} happened", NOW - MINUTE, NOW - MINUTE, 1, **changes)


def told(code: str = "confirm.no", ago: timedelta = MINUTE, **changes: Any) -> Raised:
    """An alarm of which the admin was told so long ago."""
    return replace(raised(code), since=NOW - ago, told_count=1, told_at=NOW - ago, **changes)


def look(
    *rows: Raised, health: Health = WELL, policy: Policy = POLICY, waiting: bool = False, **known: Any
) -> Decision:
    """One look at these alarms."""
    return decide(case(**known), AlarmsDue(rows, health, waiting), NOW, policy)


def mailed(decision: Decision) -> list[tuple[str, str]]:
    """What the mail says of which alarm; empty without a mail."""
    return [(one["what"], one["code"]) for mail in of(decision, SendMail) for one in mail.context["news"]]


def test_all_is_well() -> None:
    """No effect, so nothing is written."""
    assert look().effects == ()
    assert look(told(ago=3 * REMIND)).effects == ()


def test_a_new_alarm_is_mailed_to_the_admin() -> None:
    """One mail of the kind for alarms, and the note that it was told."""
    decision = look(raised())
    (mail,) = of(decision, SendMail)
    assert (mail.kind, mail.to.addr, mail.ticket) == (MailKind.ALARM, POLICY.desk.admin, 0)
    assert mail.context["title"] == "Perlu perhatian: confirm.no"
    assert of(decision, AlarmsTold) == [AlarmsTold((("confirm.no", "confirm.no happened"),))]
    assert decision.trace["gate"][0]["ok"]


def test_several_are_one_mail() -> None:
    """What is due together is told together, the oldest first; of very many only some are named."""
    rows = [replace(raised(), text=f"number {n:02}", since=NOW - n * MINUTE) for n in range(MOST + 3)]
    decision = look(*rows)
    (mail,) = of(decision, SendMail)
    assert mail.context["news"][0]["text"] == "number 22"
    assert (len(mail.context["news"]), mail.context["left"]) == (MOST, 3)
    assert mail.context["title"] == "Perlu perhatian: 23 hal"
    assert len(of(decision, AlarmsTold)[0].alarms) == MOST + 3


@pytest.mark.parametrize(
    ("ago", "count", "wanted"),
    [
        (REPEAT - MINUTE, 9, []),
        (REPEAT, 9, [("again", "confirm.no")]),
        (REPEAT, 1, []),
        (-400 * REMIND, 9, [("again", "confirm.no")]),  # the clock was a year ahead
    ],
)
def test_what_happens_again_is_told_once_an_hour(ago: timedelta, count: int, wanted: list[tuple[str, str]]) -> None:
    """All that happened since the last mail together, with its number."""
    decision = look(told(ago=ago, count=count))
    assert mailed(decision) == wanted
    assert [one["times"] for mail in of(decision, SendMail) for one in mail.context["news"]] == [8] * len(wanted)


def test_mails_keep_a_distance() -> None:
    """Shortly after a mail even a new alarm waits for a moment, for more of them come together."""
    assert mailed(look(raised("team.nobody"), told(ago=GATHER - MINUTE))) == []
    assert mailed(look(raised("team.nobody"), told(ago=GATHER))) == [("new", "team.nobody")]


def test_nothing_is_written_while_the_last_mail_waits() -> None:
    """While sending is down one mail waits and not one a day; what is wrong is kept all the same."""
    decision = look(raised(), health=UNREAD, waiting=True)
    assert decision.effects == (Alarm(*IMAP),)


def test_what_lasts_is_told_of_once_a_day() -> None:
    """A mailbox that is still out of reach; what only happened is not told of again."""
    row = Raised(*IMAP, NOW - 2 * REMIND, NOW - 2 * REMIND, 1, 1, NOW - REMIND)
    decision = look(row, told(ago=REMIND), health=UNREAD)
    assert mailed(decision) == [("stays", "imap.down")]
    assert of(decision, SendMail)[0].context["title"] == "Masih perlu perhatian: imap.down"
    assert mailed(look(replace(row, told_at=NOW - REMIND + MINUTE), health=UNREAD)) == []


def test_what_is_over_is_told_once() -> None:
    """The mailbox can be read again: the alarm ends and the admin is told at once."""
    row = Raised(*IMAP, NOW - REMIND, NOW - REMIND, 1, 1, NOW - GATHER)
    decision = look(row)
    assert of(decision, AlarmOver) == [AlarmOver(*IMAP)]
    assert mailed(decision) == [("over", "imap.down")]
    assert look(replace(row, told_at=NOW - GATHER, over_at=NOW - 2 * GATHER)).effects == ()


def test_what_came_and_went_is_told_as_that() -> None:
    """Nobody was told in time: one line says that it was and is gone."""
    decision = look(raised("clock.jumped", over_at=NOW))
    assert mailed(decision) == [("new", "clock.jumped")]
    assert of(decision, SendMail)[0].context["news"][0]["gone"]


def test_a_mailbox_that_comes_and_goes_is_told_of_once_an_hour() -> None:
    """Out of reach again soon after it was over: counted, and told with the hour's other times."""
    row = Raised(*IMAP, NOW - REPEAT, NOW - REPEAT, 1, 1, NOW - 10 * MINUTE, NOW - 10 * MINUTE)
    decision = look(row, health=UNREAD)
    assert of(decision, Alarm) == [Alarm(*IMAP)]
    assert mailed(decision) == []
    begun = replace(row, count=2, over_at=None, told_at=NOW - REPEAT)
    assert mailed(look(begun, health=UNREAD)) == [("again", "imap.down")]


@pytest.mark.parametrize(
    ("health", "code"),
    [
        (UNREAD, "imap.down"),
        (Health(unread=(("main", NOW - OUTAGE + MINUTE),)), ""),
        (Health(incomplete=(("main", NOW),)), "sweep.incomplete"),
        (Health(waiting_since=NOW - WAIT), "arrivals.waiting"),
        (Health(waiting_since=NOW - WAIT + MINUTE), ""),
        (Health(uncertain=("Mail 7 (answer to a@b.example) may or may not have arrived.",)), "mail.uncertain"),
        (Health(sending=False, clock_held=True, rules_refused=True), ""),  # raised by those who find them out
    ],
)
def test_what_looking_finds(health: Health, code: str) -> None:
    """Each becomes an alarm, told in the same mail, once."""
    decision = look(health=health)
    assert [one.code for one in of(decision, Alarm)] == [code] * bool(code)
    assert mailed(decision) == [("new", code)] * bool(code)


@pytest.mark.parametrize(
    ("code", "health"),
    [
        ("smtp.down", Health(sending=False)),
        ("clock.jumped", Health(clock_held=True)),
        ("rules.refused", Health(rules_refused=True)),
    ],
)
def test_what_others_raise_lasts_until_its_cause_is_gone(code: str, health: Health) -> None:
    """Sending, the clock and the rules know themselves when they are well again."""
    row = told(code, ago=GATHER)
    assert look(row, health=health).effects == ()
    assert mailed(look(row)) == [("over", code)]


def test_an_outage_that_is_short_of_an_alarm_does_not_end_one() -> None:
    """The mailbox was back for a moment only: the alarm goes on, and nobody hears that it is over."""
    row = Raised(*IMAP, NOW - REPEAT, NOW - REPEAT, 1, 1, NOW - REPEAT)
    assert look(row, health=Health(unread=(("main", NOW),))).effects == ()


def test_the_gate_holds_for_alarms_and_nothing_is_lost() -> None:
    """A stopped mail leaves no trace: the same is due at the next look, and no alarm tells of the alarm."""
    full = SentCounts(global_hour=1_000_000)
    assert look(raised(), sent=full).effects == ()


def test_without_an_admin_nobody_is_mailed() -> None:
    """The alarms are kept all the same."""
    assert look(raised(), health=UNREAD, policy=WITHOUT_ADMIN).effects == (Alarm(*IMAP),)
