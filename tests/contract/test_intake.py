"""From raw mails in the store to their ends: real store, real workers, real decisions."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

import badreaders
from deskkit import GURU, KEYRING, NOW, POLICY, SARI
from mailhelp import intake as intake_module
from mailhelp.desk import prepared
from mailhelp.desk.decide import decide
from mailhelp.desk.event import Arrived, Event, SendingFailed
from mailhelp.desk.form import read_message
from mailhelp.desk.formfield import Form, FormField, Reading
from mailhelp.desk.model import End
from mailhelp.edge import worker
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.config import LimitsConfig
from mailhelp.edge.letter import Letters
from mailhelp.edge.store import AT_LEAST, TROUBLE, RawMail, Store
from mailhelp.edge.template import Templates
from mailhelp.edge.worker import Readers
from mailhelp.intake import BATCH, BEGUN, Intake
from mailhelp.mail.message import MailKind, Message, ReadOptions

TEMPLATES = Path(__file__).parents[2] / "templates"
OPTIONS = ReadOptions(own_addresses=POLICY.desk.addresses, own_id=POLICY.desk.id, authserv_ids=("mx.desk.example",))
LIMITS = LimitsConfig(parse_seconds=1.0, parse_memory_mb=600)


def mail(number: int, sender: str = GURU.addr, text: str = "Saya lupa kata sandi.", head: str = "") -> bytes:
    """A person's mail as it stands in the mailbox; `head` holds more header lines."""
    lines = (
        f"Return-Path: <{sender}>\r\n{head}From: {sender}\r\nTo: {POLICY.desk.address}\r\nSubject: laporan {number}\r\n"
    )
    lines += f"Message-ID: <m{number}@sekolah.example>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0700\r\n\r\n{text}\r\n"
    return lines.encode()


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One pool for the file."""
    with Readers(OPTIONS, LIMITS) as pool:
        yield pool


class World:
    """A store, and the intake that works on it."""

    def __init__(self, store: Store, readers: Readers) -> None:
        self.store = store
        self.uid = 0
        self.kicks = 0
        letters = Letters(Templates.load(TEMPLATES), KEYRING, POLICY.desk)
        self.policy = replace(POLICY, gate=replace(POLICY.gate, per_address_hour=1000, per_address_day=1000))
        self.intake = Intake(store, readers, lambda: Bundle(self.policy, letters), KEYRING, lambda: NOW, kick=self.kick)

    def kick(self) -> None:
        """Count how often the outbox was woken."""
        self.kicks += 1

    def accept(self, *raws: bytes | Path) -> list[int]:
        """Let mails stand in the ledger."""
        first = self.uid + 1
        self.uid += len(raws)
        sizes = [raw.stat().st_size if isinstance(raw, Path) else len(raw) for raw in raws]
        mails = [RawMail(first + n, NOW, raw, sizes[n]) for n, raw in enumerate(raws)]
        return self.store.accept("desk", "INBOX", 7, mails, self.uid, NOW)

    def ends(self) -> dict[int, str]:
        """How each arrival ended, by id."""
        rows = self.store.audit_rows("desk", "INBOX", 7)
        return {row.arrival_id: row.end.value if row.end else "" for row in rows}

    def run(self) -> None:
        """Until nothing is left to do."""
        for _ in range(10):
            if not self.intake.run():
                return
        raise AssertionError("the intake does not come to rest")

    def sent(self) -> dict[str, list[str]]:
        """Kinds of mails queued, by recipient."""
        found: dict[str, list[str]] = {}
        for row in reversed(self.store.outbox()):
            found.setdefault(row["recipient"], []).append(str(row["kind"]))
        return found


@pytest.fixture
def world(tmp_path: Path, readers: Readers) -> Iterator[World]:
    """A new desk."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    store.open()
    yield World(store, readers)
    store.close()


def test_a_mail_becomes_a_ticket_with_its_letters(world: World) -> None:
    """One run: ticket, acknowledgement, notice to the agent, the ledger's end, the outbox woken; then nothing to do."""
    (arrival,) = world.accept(mail(1))
    assert world.intake.run() == 1
    assert world.ends() == {arrival: "article"}
    assert world.sent()[GURU.addr] == [MailKind.ACKNOWLEDGEMENT.value]
    assert MailKind.NOTICE.value in world.sent()[SARI.addr]
    assert world.kicks == 1
    assert [one.end for one in world.store.unfiled("desk", 10)] == [End.ARTICLE]
    assert world.intake.run() == 0
    assert world.kicks == 1


def test_mails_are_read_along_the_form_before_they_are_decided(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deciding process reads none itself, unless other rules came into force meanwhile; then it goes by those."""
    read: list[str] = []

    def reading(message: Message, *along: Any) -> Reading:
        read.append(message.subject)
        return read_message(message, *along)

    monkeypatch.setattr(prepared, "read_message", reading)
    text = "Nama: Sri\r\nSaya lupa kata sandi."
    world.accept(mail(1, text=text))
    world.intake.run()
    assert read == []
    reloaded = replace(world.policy, form=Form((FormField("other_name", {"id": "Nama"}),)))
    world.accept(mail(2, GURU.addr.replace("guru", "siswa"), text=text))
    batch = world.intake._begin(())
    world.policy = reloaded
    assert batch is not None
    world.intake._finish(batch)
    assert read == ["laporan 2"]
    shown = [world.store.show(one["number"]) or {} for one in world.store.tickets()]
    names = [{field["name"] for field in one["fields"]} for one in shown]
    assert sum("name" in one for one in names) == sum("other_name" in one for one in names) == 1


def test_many_mails_keep_their_order_over_batches(world: World) -> None:
    """More than a batch: each gets its number in the order of arrival."""
    world.accept(*(mail(n, f"guru{n}@sekolah.example") for n in range(BATCH * 2 + 7)))
    world.run()
    assert set(world.ends().values()) == {"article"}
    numbers = sorted((one["number"], one["subject"]) for one in world.store.tickets(limit=200))
    assert [subject.split()[-1] for _, subject in numbers] == [str(n) for n in range(BATCH * 2 + 7)]


def test_no_more_is_begun_once_it_is_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants to end waits for the batch in hand and for no other one; nothing is left half begun."""
    monkeypatch.setattr(intake_module, "BATCH", 2)
    world.accept(*(mail(n, f"guru{n}@sekolah.example") for n in range(5)))
    assert world.intake.run(lambda: True) == 2
    assert [one.attempts for one in world.store.pending(9)] == [0, 0, 0]
    assert world.intake.run() == 3


@pytest.mark.parametrize(("wanted", "kicks"), [(False, 1), (True, 3)])
def test_a_batch_ends_early_when_others_want_to_write(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    wanted: bool,  # noqa: FBT001 - a table
    kicks: int,
) -> None:
    """A sending that waits for its commit waits for a few mails; when nobody waits, a batch is one transaction."""
    monkeypatch.setattr(Store, "wanted", wanted)
    world.accept(*(mail(n) for n in range(2 * AT_LEAST + 1)))
    assert world.intake.run() == 2 * AT_LEAST + 1
    assert world.kicks == kicks
    assert set(world.ends().values()) == {"article"}


@pytest.mark.parametrize("what", ["die", "hang"])
def test_a_mail_that_breaks_its_reader_strikes_only_itself(
    world: World, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """First strike: left alone while the others end. Second: quarantined under a number, the agents told."""
    monkeypatch.setattr(worker, "_read_group", badreaders.explosive)
    before, culprit, after = world.accept(mail(1), f"{what} now".encode(), mail(2))
    monkeypatch.setattr(intake_module, "ROUNDS", 1)
    world.intake.run()
    assert world.ends() == {before: "article", culprit: "", after: "article"}
    world.intake.run()
    assert world.ends()[culprit] == "quarantined"
    assert [one["id"] for one in world.store.quarantine()] == [culprit]


def test_a_mail_that_breaks_a_limit_is_quarantined_at_once(world: World) -> None:
    """Trying again would be of no use; subject and sender are shown as far as a short look tells."""
    (arrival,) = world.accept(mail(1, head="X-Filler: " + "x" * 300_000 + "\r\n"))
    world.intake.run()
    assert world.ends() == {arrival: "quarantined"}
    (ticket,) = world.store.tickets()
    shown = world.store.show(ticket["number"])
    assert shown is not None


def break_for(subject: str) -> Any:
    """A `decide` with a bug that only one mail meets."""

    def buggy(case: Any, event: Event, *rest: Any) -> Any:
        if isinstance(event, Arrived) and event.message.subject == subject:
            raise RuntimeError("a bug")
        return decide(case, event, *rest)

    return buggy


def test_a_bug_in_deciding_strikes_only_its_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The savepoint rolls back one mail, the others of the batch stay; the second time it is quarantined."""
    monkeypatch.setattr(intake_module, "decide", break_for("laporan 2"))
    monkeypatch.setattr(intake_module, "ROUNDS", 1)
    ids = world.accept(mail(1), mail(2), mail(3))
    world.intake.run()
    assert list(world.ends().values()) == ["article", "", "article"]
    world.intake.run()
    assert world.ends()[ids[1]] == "quarantined"
    assert world.intake.run() == 0


def test_a_bug_even_in_quarantine_sets_one_mail_aside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever happens to one mail, the run comes to rest, and later mails are taken."""

    def buggy(case: Any, event: Event, *rest: Any) -> Any:
        if not isinstance(event, Arrived) or event.message.subject == "laporan 2":
            raise RuntimeError("a bug")
        return decide(case, event, *rest)

    monkeypatch.setattr(intake_module, "decide", buggy)
    world.accept(mail(1), mail(2), mail(3))
    world.run()
    world.accept(mail(4))
    world.run()
    assert list(world.ends().values()) == ["article", "", "article", "article"]


def test_a_mail_that_was_begun_too_often_is_not_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts without an end mean that the process died of it: quarantined unread, and it went alone before."""
    monkeypatch.setattr(worker, "_read_group", badreaders.explosive)
    suspect, innocent = world.accept(b"Subject: pembunuh\r\n\r\ndie now", mail(2))
    for _ in range(BEGUN):
        world.store.begin_attempt([suspect])
    batch = world.intake._begin(())
    assert batch is not None
    assert [one.id for one in batch.arrivals] == [suspect]
    assert not batch.reading.tasks
    world.intake._finish(batch)
    world.run()
    assert world.ends() == {suspect: "quarantined", innocent: "article"}


def test_an_interrupted_attempt_is_no_strike(world: World) -> None:
    """The process was killed between counting and deciding, twice: the mail is fine and ends as if nothing had been."""
    (arrival, *_) = world.accept(mail(1), mail(2))
    world.store.begin_attempt([arrival])
    world.store.begin_attempt([arrival])
    world.run()
    assert set(world.ends().values()) == {"article"}


def test_a_database_in_trouble_writes_nothing_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble of the database is no mail's fault: the batch is rolled back whole and can be run again."""
    world.accept(mail(1), mail(2))
    real, calls = world.store.apply, []

    def failing(*args: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise TROUBLE[0]("database or disk is full")
        real(*args)

    monkeypatch.setattr(world.store, "apply", failing)
    with pytest.raises(TROUBLE):
        world.intake.run()
    assert set(world.ends().values()) == {""}
    assert world.store.tickets() == []
    world.run()
    assert set(world.ends().values()) == {"article"}


def outbox_mail(world: World, recipient: str, kind: MailKind) -> dict[str, str]:
    """The newest mail of a kind to a recipient: its header fields."""
    for row in world.store.claim(NOW + timedelta(days=1), 100, timedelta(seconds=0)):
        if row.recipient == recipient and row.kind is kind:
            return {name: str(value) for name, value in message_from_bytes(row.raw).items()}
    raise AssertionError(f"no {kind} to {recipient}")


def answering(head: dict[str, str]) -> str:
    """The header lines of an answer to a mail of ours, delivered to its reply address."""
    reply_to = head["Reply-To"].split("<")[-1].strip(">")
    return f"Delivered-To: {reply_to}\r\nIn-Reply-To: {head['Message-ID']}\r\n"


def test_a_held_answer_goes_out_once_its_agent_confirms(world: World) -> None:
    """An agent's unproven answer is held, the registered address asked; a confirmation releases it in the same run."""
    world.accept(mail(1))
    world.run()
    reply_to = answering(outbox_mail(world, SARI.addr, MailKind.NOTICE))
    (answer,) = world.accept(mail(2, SARI.addr, "Sudah kami atur ulang.", head=reply_to))
    world.run()
    assert world.ends()[answer] == "held"
    assert MailKind.ANSWER.value not in world.sent().get(GURU.addr, [])
    confirming = answering(outbox_mail(world, SARI.addr, MailKind.CONFIRM))
    world.accept(mail(3, SARI.addr, "ya", head=confirming))
    world.run()
    assert world.ends()[answer] == "article"
    assert world.sent()[GURU.addr].count(MailKind.ANSWER.value) == 1


def test_a_failed_sending_is_decided_from_any_thread(world: World) -> None:
    """The outbox reports a refusal: it is noted on the ticket, once."""
    world.accept(mail(1))
    world.run()
    number = world.store.tickets()[0]["number"]
    event = SendingFailed(1, number, 1, GURU.addr, MailKind.ACKNOWLEDGEMENT, 550, "no such user")
    world.intake.decide_failure(event)
    shown = world.store.show(number)
    assert shown is not None
    assert "no such user" in json.dumps(shown, default=str)


@pytest.mark.parametrize("repeats", [4, 2000], ids=["comes with the reading", "is had when it is wanted"])
def test_files_are_sent_along(world: World, repeats: int) -> None:
    """A file of an agent's proven answer travels to the requester, byte for byte (decoded in a worker)."""
    world.accept(mail(1))
    world.run()
    notice = outbox_mail(world, SARI.addr, MailKind.NOTICE)
    head = "Authentication-Results: mx.desk.example; dmarc=pass header.from=dinas.example\r\n"
    head += f"Delivered-To: {notice['Reply-To'].split('<')[-1].strip('>')}\r\nMIME-Version: 1.0\r\n"
    head += "Content-Type: multipart/mixed; boundary=b\r\n"
    content = b"%PDF-1.7\n" + bytes(range(256)) * repeats
    text = "--b\r\nContent-Type: text/plain\r\n\r\nPanduan terlampir.\r\n--b\r\nContent-Type: application/pdf\r\n"
    text += 'Content-Disposition: attachment; filename="panduan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    text += base64.encodebytes(content).decode().replace("\n", "\r\n") + "--b--"
    world.accept(mail(2, SARI.addr, text, head))
    world.run()
    for row in world.store.claim(NOW + timedelta(days=2), 100, timedelta(seconds=0)):
        if row.recipient == GURU.addr and row.kind is MailKind.ANSWER:
            parts = [part for part in message_from_bytes(row.raw).walk() if part.get_filename() == "panduan.pdf"]
            assert [part.get_payload(decode=True) for part in parts] == [content]
            return
    raise AssertionError(f"no answer: {world.sent()} {world.ends()}")


def test_a_large_mail_goes_to_the_worker_as_a_file(world: World, tmp_path: Path) -> None:
    """Above a quarter of a megabyte the bytes do not travel through the pipe; the temporary file is gone afterwards."""
    path = tmp_path / "besar"
    path.write_bytes(mail(1, text="baris panjang sekali\r\n" * 50_000))
    (arrival,) = world.accept(path)
    batch = world.intake._begin(())
    assert batch is not None
    ((group, _),) = batch.reading.tasks
    spooled = group[0].raw
    assert isinstance(spooled, Path)
    world.intake._finish(batch)
    assert not spooled.exists()
    assert world.ends() == {arrival: "article"}


def dump(world: World) -> list[str]:
    """The whole database as text."""
    with sqlite3.connect(world.store.url.removeprefix("sqlite:///")) as connection:
        return list(connection.iterdump())


KEYS = {"kind", "reason", "sender", "subject", "new_text", "quoted_text", "attachments", "fields", "thread", "rules"}


def test_explain_tells_everything_and_writes_nothing(world: World) -> None:
    """The stable keys are there and are plain JSON; the database is the same, byte for byte."""
    world.accept(mail(1))
    world.run()
    before = dump(world)
    told = world.intake.explain(mail(2, "orang@lain.example"), NOW)
    assert dump(world) == before
    assert set(told) >= {*KEYS, "effects"}
    assert set(told["thread"]) >= {"ticket", "proof"}
    assert json.loads(json.dumps(told)) == told
    assert (told["kind"], told["subject"]) == ("person", "laporan 2")
    assert told["effects"][0]["effect"] == "OpenTicket"
    again = world.intake.explain(mail(1), NOW)
    assert "EndArrival" in [one["effect"] for one in again["effects"]]


def test_explain_of_a_mail_that_breaks_a_limit(world: World) -> None:
    """It says that the mail would be quarantined, and why."""
    told = world.intake.explain(mail(1, head="X-Filler: " + "x" * 300_000 + "\r\n"), NOW)
    assert told["kind"] == "unreadable"
    assert "quarantined" in told["reason"]


def test_what_a_failed_mail_wrote_is_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure after the writing leaves nothing of that mail behind: no ticket, no letter, and the number is free."""
    real = world.store.apply

    def failing(decision: Any, key: str, *rest: Any) -> None:
        real(decision, key, *rest)
        if key == "arrival:2":
            raise RuntimeError("a bug")

    monkeypatch.setattr(world.store, "apply", failing)
    monkeypatch.setattr(intake_module, "ROUNDS", 1)
    world.accept(*(mail(n, f"guru{n}@sekolah.example") for n in (1, 2, 3)))
    world.intake.run()
    assert sorted(one["subject"] for one in world.store.tickets()) == ["laporan 1", "laporan 3"]
    assert [one["number"] for one in world.store.tickets()] == [2164243, 2164242]
    assert "guru2@sekolah.example" not in world.sent()
