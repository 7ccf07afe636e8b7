"""The people of the demo. Each has a mailbox and writes with an ordinary mail client's habits."""

from __future__ import annotations

import email
import smtplib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import format_datetime, getaddresses, make_msgid

from imapclient import IMAPClient

from mailhelp.embedded import MailHost
from mailhelp.errors import UserError


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in somebody's mailbox, with what a client shows of it."""

    raw: bytes
    message: Message

    @property
    def subject(self) -> str:
        """The decoded subject."""
        return str(make_header(decode_header(self.message["Subject"] or "")))

    @property
    def text(self) -> str:
        """The text part."""
        for part in self.message.walk():
            if part.get_content_type() == "text/plain":
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                return payload.decode(part.get_content_charset() or "utf-8", "replace").replace("\r\n", "\n")
        return ""

    @property
    def answer_to(self) -> str:
        """Where a client addresses the reply: Reply-To, else From."""
        return getaddresses([str(self.message["Reply-To"] or self.message["From"])])[0][1]


@dataclass(slots=True)
class Person:
    """Somebody with a mailbox on the demo's mail host."""

    name: str
    address: str
    password: str
    host: MailHost
    seen: set[bytes] = field(default_factory=set)

    def write(self, to: str, subject: str, text: str, headers: dict[str, str] | None = None) -> None:
        """Send a mail through the host's SMTP door, logged in under the own address."""
        mail = EmailMessage()
        mail["From"] = f"{self.name} <{self.address}>"
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = make_msgid(domain=self.address.rpartition("@")[2])
        for key, value in (headers or {}).items():
            mail[key] = value
        mail.set_content(text)
        with smtplib.SMTP(self.host.host, self.host.smtp_port, timeout=30) as door:
            door.login(self.address, self.password)
            door.send_message(mail, self.address, [to])

    def reply(self, letter: Letter, text: str, subject: str = "", headers: dict[str, str] | None = None) -> None:
        """Answer above the quote, as most clients do."""
        quote = "".join(f"> {line}\n" for line in letter.text.splitlines())
        ids = f"{letter.message['References'] or ''} {letter.message['Message-ID']}".split()
        threading = {"In-Reply-To": str(letter.message["Message-ID"]), "References": " ".join(ids)}
        attribution = f"Pada Sel, 24 Nov 2026 pukul 09.41 {letter.message['From']} menulis:"
        self.write(
            letter.answer_to,
            subject or f"Re: {letter.subject}",
            f"{text}\n\n{attribution}\n{quote}",
            threading | (headers or {}),
        )

    def letters(self) -> list[Letter]:
        """All mails in the mailbox, oldest first."""
        client = IMAPClient(self.host.host, self.host.imap_port, ssl=False, timeout=30)
        try:
            client.login(self.address, self.password)
            client.select_folder("INBOX", readonly=True)
            uids = client.search()
            found = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            raws = [found[uid][b"BODY[]"] for uid in sorted(found)]
        finally:
            client.logout()
        return [Letter(raw, email.message_from_bytes(raw)) for raw in raws]

    def wait(self, words: str, seconds: float = 30.0) -> Letter:
        """The next unseen mail with `words` in subject or text; UserError when it does not come in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for letter in self.letters():
                key = str(letter.message["Message-ID"]).encode()
                if key not in self.seen and (words in letter.subject or words in letter.text):
                    self.seen.add(key)
                    return letter
            time.sleep(0.1)
        raise UserError(f'The mail with "{words}" did not reach {self.address} within {seconds:.0f} seconds.')
