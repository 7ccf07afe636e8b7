"""Agents and requesters with real mail clients, against a real Dovecot and the whole desk."""

from __future__ import annotations

import email
import email.policy
import imaplib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from clients.neomutt import Neomutt, why_no_neomutt
from mailhelp.edge.config import to_desk
from mailhelp.edge.worker import Readers
from mailhelp.home import read_options
from scenario.desk_edge import configured
from scenario.host_edge import HostEdge
from servers import LOOPBACK, PASSWORD, DovecotServer, SmtpDoor, unavailable, why_no_dovecot
from snail import Snail, why_no_snail

GURU, SARI, BUDI = "guru@sekolah.example", "sari@dinas.example", "budi@dinas.example"
TYPED = "Kata sandi sudah kami setel ulang.\nSilakan masuk dengan kata sandi sementara."
pytestmark = pytest.mark.dovecot


class World:
    """A desk on a Dovecot of its own, and a mail server that vouches for its own people."""

    def __init__(self, folder: Path, server: DovecotServer, readers: Readers) -> None:
        self.server = server
        self.door = SmtpDoor(self._deliver, known=lambda _: True).start()
        self.edge = HostEdge(folder, "", server, (self.door, self.door.port), readers, [GURU, SARI, BUDI])
        self.user = self.edge.config.mailbox[0].user

    def close(self) -> None:
        """End the desk and the mail server."""
        self.edge.close()
        self.door.stop()

    def _deliver(self, raw: bytes, recipient: str, sender: str) -> None:
        """To the desk with the word of its border, to people as it is."""
        domain = recipient.rpartition("@")[2]
        if domain == "desk.example":
            said = f"Authentication-Results: desk.example; dmarc=pass header.from={sender.rpartition('@')[2]}\r\n"
            with imaplib.IMAP4(LOOPBACK, self.server.imap_port) as client:  # as a border would: above every Received
                client.login(self.user, PASSWORD)
                client.append("INBOX", "", "", f"Delivered-To: {recipient}\r\n{said}".encode() + raw)
        else:
            self.server.deliver(raw, recipient, sender)

    def work(self) -> None:
        """The desk looks into its mailbox and does all that is due."""
        self.edge.at(datetime.now(UTC))
        self.edge.idle()

    def box(self, user: str) -> list[EmailMessage]:
        """Everything in a person's mailbox, the oldest first."""
        with imaplib.IMAP4(LOOPBACK, self.server.imap_port) as client:
            client.login(user, PASSWORD)
            client.select("INBOX", readonly=True)
            _, (found, *_rest) = client.search(None, "ALL")
            fetched = [client.fetch(number, "(BODY.PEEK[])")[1][0] for number in found.decode().split()]
        raw = [one[1] for one in fetched if isinstance(one, tuple)]
        return [email.message_from_bytes(one, policy=email.policy.default) for one in raw]


def text_of(mail: EmailMessage) -> str:
    """The text part."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """The workers that read mails."""
    config = configured()
    with Readers(read_options(config, to_desk(config)), config.limits) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path, readers: Readers) -> Iterator[World]:
    """A new one for each test."""
    if reason := why_no_dovecot():
        unavailable(reason)
    with DovecotServer() as server, closing(World(tmp_path, server, readers)) as made:
        yield made


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's password, where its configuration says."""
    monkeypatch.setenv("MAILHELP_SCENARIO_PASSWORD", PASSWORD)


CLIENTS = {"neomutt": why_no_neomutt, "s-nail": why_no_snail}


def person(client: str, world: World, folder: Path, name: str, address: str) -> Neomutt | Snail:
    """Somebody with that client; skipped with the reason where it is missing."""
    if reason := CLIENTS[client]():
        unavailable(reason)
    place = (name, address, folder / f"{client}-{name}", world.server.imap_port, world.door.port)
    return Neomutt(*place) if client == "neomutt" else Snail(*place)


@pytest.mark.parametrize("client", CLIENTS)
def test_report_answer_reply_and_resolve(client: str, world: World, tmp_path: Path) -> None:
    """The requester sees exactly what was typed, in the same thread, with the file; `#resolve` works."""
    guru, sari = person(client, world, tmp_path, "Sri", GURU), person(client, world, tmp_path, "Sari", SARI)
    guru.send(world.edge.desk, "Lupa kata sandi", "Saya lupa kata sandi.")
    world.work()
    assert "Saya lupa kata sandi." in text_of(world.box(SARI)[-1])

    file = tmp_path / "panduan.pdf"
    file.write_bytes(b"%PDF-1.4 panduan")
    if isinstance(sari, Neomutt):
        sari.reply("2164242", TYPED, attach=file)
    else:
        sari.reply("2164242", TYPED)
    world.work()
    receipt, answer = world.box(GURU)
    typed = text_of(answer).partition("Bapak/Ibu")[2].partition(",\n")[2].partition("\nJika masih ada")[0]
    assert typed.strip() == TYPED
    assert answer["In-Reply-To"] == receipt["Message-ID"]
    assert SARI not in answer.as_string()
    if isinstance(sari, Neomutt):
        assert [part.get_filename() for part in answer.iter_attachments()] == ["panduan.pdf"]

    guru.reply("2164242", "Masih belum bisa.")
    world.work()
    assert "Masih belum bisa." in text_of(world.box(SARI)[-1])
    sari.reply("2164242", "#resolve\nSudah kami perbaiki.")
    world.work()
    if isinstance(sari, Snail):  # it opens the first notice, which is older than what the teacher wrote since
        assert "belum dikirim" in text_of(world.box(SARI)[-1])
        sari.reply("Re: [#2164242", "kirim")
        world.work()
    assert "Sudah kami perbaiki." in text_of(world.box(GURU)[-1])
    assert "#resolve" not in text_of(world.box(GURU)[-1])
    shown = world.edge.show(2164242)
    assert shown is not None
    assert (shown["state"], shown["owner"]) == ("resolved", "sari")
    assert next(one["text"] for one in shown["articles"] if one["kind"] == "answer") == TYPED


def test_a_forward_opens_a_report(world: World, tmp_path: Path) -> None:
    """A mail that a teacher sent to the agent: passed on with `#forward`, answered to the teacher."""
    guru, sari = person("neomutt", world, tmp_path, "Sri", GURU), person("neomutt", world, tmp_path, "Sari", SARI)
    assert isinstance(sari, Neomutt)
    guru.send(SARI, "Akun belajar", "Akun saya tidak bisa dibuka.\n\n#spam")
    sari.forward("Akun belajar", world.edge.desk, "#forward")
    world.work()
    shown = world.edge.show(2164242)
    assert shown is not None
    assert (shown["requester"], shown["state"]) == (GURU, "new")
    report = next(one for one in shown["articles"] if one["kind"] == "report")
    assert report["text"].startswith("Akun saya tidak bisa dibuka.")
    assert "2164242" in text_of(world.box(GURU)[-1])
