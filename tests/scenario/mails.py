"""The mails of a timeline as real clients write them, and what people see of the mails they get."""

from __future__ import annotations

import email
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import format_datetime, formataddr, getaddresses
from functools import cached_property

FILES = {
    "pdf": ("application", "pdf", b"%PDF-1.4 "),
    "png": ("image", "png", b"\x89PNG\r\n\x1a\n"),
    "exe": ("application", "octet-stream", b"MZ\x00\x01"),
}
"""What files are by the end of their name: declared type, and how their content begins."""


@dataclass(frozen=True)
class Got:
    """A mail of ours as it left: envelope and bytes."""

    recipient: str
    envelope_from: str
    raw: bytes

    @cached_property
    def message(self) -> Message:
        """The parsed mail."""
        return email.message_from_bytes(self.raw)

    def header(self, name: str) -> str:
        """A header field as people see it, or an empty text."""
        return str(make_header(decode_header(str(self.message[name] or ""))))

    @property
    def text(self) -> str:
        """The text part."""
        for part in self.message.walk():
            if part.get_content_type() == "text/plain" and not part.get_filename():
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                return payload.decode(part.get_content_charset() or "utf-8").replace("\r\n", "\n")
        return ""

    @property
    def files(self) -> list[str]:
        """The names of attached files."""
        return [name for part in self.message.walk() if (name := part.get_filename())]

    @property
    def answer_to(self) -> str:
        """Where a client addresses the reply."""
        return getaddresses([self.header("Reply-To") or self.header("From")])[0][1]

    @property
    def ids(self) -> list[str]:
        """The references that a reply carries (RFC 5322 §3.6.4)."""
        return [*self.header("References").split(), self.header("Message-ID")]


@dataclass(slots=True)
class Draft:
    """A mail that somebody of the timeline writes; `changes` are the lines `with ...`."""

    sender: str
    name: str
    to: str
    subject: str
    text: str
    at: datetime
    unique: str
    headers: dict[str, str] = field(default_factory=dict)
    authenticated: bool = True
    return_path: str | None = None
    files: list[str] = field(default_factory=list)

    def change(self, changes: tuple[str, ...], desk: str) -> None:
        """Apply the lines `with ...`; ValueError for one that is not understood."""
        for one in changes:
            name, colon, value = one.partition(": ")
            if one == "no authentication":
                self.authenticated = False
            elif one == "no token":
                self.to, self.headers = desk, {}
            elif one.startswith("file "):
                self.files.append(one.removeprefix("file "))
            elif colon and name.lower() == "subject":
                self.subject = value
            elif colon:
                self.headers[name] = value
            else:
                raise ValueError(f"with {one}: not understood")

    @property
    def message_id(self) -> str:
        """Its Message-ID, under the sender's domain."""
        return f"<{self.unique}@{self.sender.rpartition('@')[2]}>"

    def raw(self) -> bytes:
        """The bytes as the mail server would hand them over."""
        mail = EmailMessage()
        mail["Return-Path"] = f"<{self.sender if self.return_path is None else self.return_path}>"
        mail["Delivered-To"] = self.to
        domain = self.sender.rpartition("@")[2]
        verdict = "pass" if self.authenticated else "none"
        mail["Authentication-Results"] = f"desk.example; dmarc={verdict} header.from={domain}"
        mail["From"] = formataddr((self.name, self.sender))
        mail["To"] = self.to
        mail["Subject"] = self.subject
        mail["Date"] = format_datetime(self.at)
        mail["Message-ID"] = self.message_id
        for name, value in self.headers.items():
            del mail[name]
            mail[name] = value
        mail.set_content(self.text + "\n")
        for name in self.files:
            maintype, subtype, start = FILES[name.rpartition(".")[2]]
            mail.add_attachment(
                start + f"content of {name}".encode(), maintype=maintype, subtype=subtype, filename=name
            )
        return mail.as_bytes()


def filled_in(values: str, answered: Got, at: datetime) -> str:
    """The quotation of a mail with values behind its labels; `values` are lines `Label: value`.

    ValueError when the mail has no line with that label alone.
    """
    lines = answered.text.splitlines()
    for value in values.splitlines():
        label = value.partition(":")[0] + ":"
        if label not in lines:
            raise ValueError(f"there is nothing to fill in at {label} in\n{answered.text}")
        lines[lines.index(label)] = value
    return quoted("", answered, at, lines).lstrip("\n")


def quoted(text: str, answered: Got, at: datetime, lines: Sequence[str] | None = None) -> str:
    """A reply above the quote, as most clients write it."""
    quote = "".join(f"{line}\n" for line in _quote(answered.text.splitlines() if lines is None else lines))
    return f"{text}\n\n{_attribution(answered, at)}\n{quote}"


def woven(answers: str, answered: Got, at: datetime) -> str:
    """Answers between the quoted lines; in `answers` a line `> ...` says below which line the next ones stand.

    ValueError when the mail has no such line.
    """
    rest, lines = answered.text.splitlines(), list[str]()
    for line in answers.splitlines():
        if not line.startswith("> "):
            lines.append(line)
            continue
        if line.removeprefix("> ") not in rest:
            raise ValueError(f"there is no line {line} below the answers before in\n{answered.text}")
        end = rest.index(line.removeprefix("> ")) + 1
        lines += [*_quote(rest[:end]), ""]
        rest = rest[end:]
    return "\n".join([_attribution(answered, at), *lines, "", *_quote(rest)])


def _quote(lines: Sequence[str]) -> list[str]:
    return [f"> {line}".rstrip() for line in lines]


def _attribution(answered: Got, at: datetime) -> str:
    return f"Pada Sel, {at.day} Nov 2026 pukul {at:%H.%M} {answered.header('From')} menulis:"


def bounce(failed: Got, reason: str, at: datetime, unique: str) -> bytes:
    """A delivery report about a mail of ours (RFC 3464)."""
    status = next((word for word in reason.split() if word.count(".") == 2), "5.0.0")
    return f"""Return-Path: <>
Delivered-To: {failed.envelope_from}
From: MAILER-DAEMON@mx.example
To: {failed.envelope_from}
Subject: Undelivered Mail Returned to Sender
Date: {format_datetime(at)}
Message-ID: <{unique}@mx.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {failed.recipient}
Action: {"failed" if status.startswith("5") else "delayed"}
Status: {status}
Diagnostic-Code: smtp; {reason}

--b
Content-Type: text/rfc822-headers

Message-ID: {failed.header("Message-ID")}

--b--
""".replace("\n", "\r\n").encode()
