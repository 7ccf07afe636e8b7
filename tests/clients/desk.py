"""A desk on a Dovecot of its own, and a mail server that vouches for its own people."""

from __future__ import annotations

import email
import email.policy
import imaplib
import itertools
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from clients.person import Person
from mailhelp.edge.worker import Readers
from scenario.host_edge import HostEdge
from servers import LOOPBACK, PASSWORD, DovecotServer, SmtpDoor


class World:
    """What people with mail clients need; `people` are the addresses that have mailboxes."""

    def __init__(self, folder: Path, server: DovecotServer, readers: Readers, people: Sequence[str]) -> None:
        self.server, self._folder, self._homes = server, folder, itertools.count(1)
        self.door = SmtpDoor(self._deliver, known=lambda _: True).start()
        self.edge = HostEdge(folder, "", server, (self.door, self.door.port), readers, people)
        self.user = self.edge.config.mailbox[0].user

    def close(self) -> None:
        """End the desk and the mail server."""
        self.edge.close()
        self.door.stop()

    def person(self, name: str, address: str) -> Person:
        """Somebody with a mailbox here, at a new desk: programs find nothing that an earlier one left behind."""
        home = self._folder / f"{address.partition('@')[0]}-{next(self._homes)}"
        return Person(name, address, home, LOOPBACK, self.server.imap_port, self.door.port)

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

    def number(self, user: str) -> int:
        """Which report the latest mail in a person's mailbox is about."""
        found = re.search(r"#(\d{7})", self.box(user)[-1]["Subject"])
        assert found
        return int(found[1])

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


def text_of(mail: EmailMessage) -> str:
    """The text part."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def typed_in(answer: EmailMessage) -> str:
    """What stands between the greeting and the closing of an answer to the requester."""
    return text_of(answer).partition("Bapak/Ibu")[2].partition(",\n")[2].partition("\nJika masih ada")[0].strip()


def files_of(mail: EmailMessage) -> list[tuple[str | None, bytes]]:
    """Names and bytes of what is attached."""
    return [(part.get_filename(), part.get_payload(decode=True)) for part in mail.iter_attachments()]  # type: ignore[misc]
