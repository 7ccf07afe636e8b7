"""Alarms by mail on a real store: mailed once, whatever ends meanwhile; repeated, ended, silent about themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskkit import POLICY as WITHOUT_ADMIN
from mailhelp.alarms import AlarmWatch
from mailhelp.desk.alarmcase import Health
from mailhelp.desk.alarms import GATHER, OUTAGE, REMIND, REPEAT
from mailhelp.desk.effect import Alarm, AlarmOver, AttachmentRef, SendMail
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.store import SendState, Store
from mailhelp.mail.message import Address, MailKind
from rulekit import RuleDesk, rule_desk
from storekit import MINUTE, NOW, Paper, acknowledgement, arrive, decide, find, open_report

POLICY = replace(WITHOUT_ADMIN, desk=replace(WITHOUT_ADMIN.desk, admin="admin@desk.example"))


class Writer:
    """Letters without templates, which are kept."""

    def __init__(self) -> None:
        self.mails: list[SendMail] = []

    def write(self, mail: SendMail, unique: str, now: datetime, load: Callable[[AttachmentRef], bytes]) -> Any:
        """A letter with an id that tells what it was made of."""
        del now, load
        self.mails.append(mail)
        return Paper(f"<{unique.replace(':', '.')}@dinas.example>", mail.to.addr)


def look(store: Store, now: datetime, *, lost: bool = False, state: Any = None) -> list[tuple[str, str]]:
    """A new watch looks, as after a restart: what its mail tells. The mail leaves, unless it is `lost` on the way."""
    writer = Writer()
    AlarmWatch(store, lambda: Bundle(POLICY, writer), ["main"], lambda: now, state=state or (lambda one: one)).look()
    if not lost:
        for mail in store.outbox("queued"):
            store.settle(mail["id"], SendState.SENT, now, "250 ok")
    return [(one["what"], one["code"]) for mail in writer.mails for one in mail.context["news"]]


def test_an_alarm_is_mailed_once_across_restarts(store: Store) -> None:
    """What was told stands in the transaction of the mail: neither a restart nor a second daemon repeats it."""
    store.alarm("confirm.no", "Somebody wrote under the name of sari.", NOW)
    assert look(store, NOW) == [("new", "confirm.no")]
    assert look(store, NOW + MINUTE) == []
    assert look(store, NOW + 3 * REMIND) == []
    assert len([mail for mail in store.outbox() if mail["kind"] == MailKind.ALARM]) == 1
    (row,) = store.alarms()
    assert (row["told_count"], row["told_at"]) == (1, NOW)


def test_a_mail_that_could_not_be_written_is_due_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The note that it was told goes with the mail, both or neither."""

    def broken(*_: object, **__: object) -> Any:
        raise OSError("no disk")

    store.alarm("confirm.no", "x", NOW)
    with monkeypatch.context() as patch:
        patch.setattr(Writer, "write", broken)
        with pytest.raises(OSError, match="no disk"):
            look(store, NOW)
    assert look(store, NOW) == [("new", "confirm.no")]


def test_repeats_are_gathered(store: Store) -> None:
    """Ten more within the hour are one more mail, an hour after the first."""
    store.alarm("mail.refused", "x", NOW)
    look(store, NOW)
    for n in range(10):
        store.alarm("mail.refused", "x", NOW + n * MINUTE)
    assert look(store, NOW + REPEAT - MINUTE) == []
    assert look(store, NOW + REPEAT) == [("again", "mail.refused")]
    assert look(store, NOW + 2 * REPEAT) == []


def test_a_mailbox_out_of_reach(store: Store) -> None:
    """Told after some minutes, once a day while it lasts, and when it is over; a mailbox of another desk is passed."""
    for box in ("main", "gone"):
        store.service("imap", box, False, NOW, "connection refused")
    assert look(store, NOW + OUTAGE - MINUTE) == []
    assert look(store, NOW + OUTAGE) == [("new", "imap.down")]
    assert look(store, NOW + REMIND) == []
    assert look(store, NOW + OUTAGE + REMIND) == [("stays", "imap.down")]
    back = NOW + 2 * REMIND
    store.service("imap", "main", True, back)
    assert look(store, back) == [("over", "imap.down")]
    assert look(store, back + REMIND) == []
    store.service("imap", "main", False, back + REMIND)
    assert look(store, back + REMIND + OUTAGE) == [("new", "imap.down")]
    (row,) = find(store.alarms(), code="imap.down")
    assert (row["count"], row["since"], row["over_at"]) == (2, back + REMIND + OUTAGE, None)


def test_while_sending_is_down_one_mail_waits(store: Store) -> None:
    """What comes meanwhile is told in the next one, as soon as the first has left."""
    store.service("smtp", "smtp", False, NOW, "421")
    store.alarm("smtp.down", "Mail cannot be sent since then: 421", NOW)
    assert look(store, NOW, lost=True) == [("new", "smtp.down")]
    store.alarm("confirm.no", "x", NOW + MINUTE)
    assert look(store, NOW + 2 * REMIND, lost=True) == []
    store.service("smtp", "smtp", True, NOW + 2 * REMIND)
    assert look(store, NOW + 2 * REMIND) == []  # only now it leaves
    assert look(store, NOW + 2 * REMIND + GATHER) == [("over", "smtp.down"), ("new", "confirm.no")]


def test_mails_of_uncertain_fate(store: Store) -> None:
    """Each is told until a person has settled it; one to the admin is not, or mails would tell of mails for ever."""
    number = open_report(store, 1)
    decide(store, acknowledgement(number), stem="a")
    decide(store, SendMail(MailKind.ALARM, "alarm", Address("admin@desk.example"), "id", {}), stem="b")
    for mail in store.claim(NOW, 10, MINUTE):
        store.settle(mail.id, SendState.UNCERTAIN, NOW, "lost")
    first = store.outbox("uncertain")[-1]["id"]
    assert len(store.health(["main"]).uncertain) == 2
    assert look(store, NOW) == [("new", "mail.uncertain")] * 2
    store.settle(first, SendState.SENT, NOW, "arrived")
    assert look(store, NOW + GATHER) == [("over", "mail.uncertain")]


def test_arrivals_that_wait(store: Store) -> None:
    """Nobody decides: that is told."""
    arrive(store, 1)
    assert look(store, NOW) == []
    assert look(store, NOW + timedelta(minutes=10)) == [("new", "arrivals.waiting")]


def test_what_the_running_daemon_knows(store: Store) -> None:
    """A clock that is not trusted yet is in no table."""
    held: list[bool] = [True]

    def state(health: Health) -> Health:
        return replace(health, clock_held=held[0])

    store.alarm("clock.jumped", "The clock jumped.", NOW)
    assert look(store, NOW, state=state) == [("new", "clock.jumped")]
    assert look(store, NOW + GATHER, state=state) == []
    held[0] = False
    assert look(store, NOW + GATHER, state=state) == [("over", "clock.jumped")]


def test_what_is_told_already_is_not_told_again(store: Store) -> None:
    """Refused rules have a mail of their own, and a mail to the admin that fails must have none at all."""
    decide(store, Alarm("rules.refused", "x", told=True), Alarm("mail.refused", "our alarm to admin", told=True))
    decide(store, Alarm("mail.refused", "our alarm to admin", told=True), key="again")
    state = lambda health: replace(health, rules_refused=True)  # noqa: E731 - one line
    assert look(store, NOW + REPEAT, state=state) == []
    assert look(store, NOW + REMIND) == [("over", "rules.refused")]


def test_an_alarm_that_is_over_comes_back_as_another(store: Store) -> None:
    """Its beginning is the new one."""
    store.alarm("smtp.down", "x", NOW)
    decide(store, AlarmOver("smtp.down", "x"), now=NOW + MINUTE)
    assert store.alarms()[0]["over_at"] == NOW + MINUTE
    store.alarm("smtp.down", "x", NOW + 2 * MINUTE)
    (row,) = store.alarms()
    assert (row["since"], row["count"], row["over_at"]) == (NOW + 2 * MINUTE, 2, None)


def test_a_quiet_look_writes_nothing(store: Store) -> None:
    """No decision is kept of a look that found nothing."""
    look(store, NOW)
    assert store.decisions_since(NOW - REMIND) == (0, 0)


# The mail itself -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RuleDesk]:
    """A desk whose letters are real."""
    made = rule_desk(tmp_path / "desk", real_letters=True)
    yield made
    made.store.close()


@pytest.mark.parametrize(("language", "words"), [("id", "Sudah beres"), ("en", "Over")])
def test_the_mail(desk: RuleDesk, language: str, words: str) -> None:
    """To the admin, automatic, about no report, in the desk's language, with the words of each alarm."""
    policy = replace(desk.bundle.policy, desk=replace(desk.bundle.policy.desk, language=language))
    store = desk.store
    store.service("imap", "main", False, desk.now - OUTAGE)
    watch = AlarmWatch(store, lambda: replace(desk.bundle, policy=policy), ["main"], lambda: desk.now)
    assert watch.look()
    (mail,) = store.claim(desk.now, 10, MINUTE)
    text = mail.raw.decode()
    assert mail.recipient == "admin@desk.example"
    assert "Auto-Submitted: auto-generated" in text
    assert "The mailbox main cannot be read." in text
    store.settle(mail.id, SendState.SENT, desk.now, "250 ok")
    store.service("imap", "main", True, desk.now)
    desk.now += GATHER
    assert watch.look()
    (mail,) = store.claim(desk.now, 10, MINUTE)
    assert f"] {words}: imap.down" in mail.raw.decode()
