"""aerc, a full-screen mail client for the terminal; the text comes from an external editor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from clients.person import Person
from clients.terminal import Terminal

_ACCOUNT = """
[Kerja]
source = imap+insecure://{user}:{password}@{host}:{imap}
outgoing = smtp+none://{host}:{smtp}
smtp-starttls = no
default = INBOX
copy-to = Sent
from = "{name}" <{address}>
"""
_SETTINGS = """
[general]
unsafe-accounts-conf=true
[compose]
editor={editor}
[ui]
sort=
[filters]
text/plain=cat
"""
_ROW = r"\d{4}-\d\d-\d\d.*"


@dataclass(frozen=True)
class Aerc:
    """aerc in somebody's hands."""

    person: Person

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """`:compose`."""
        with self._opened(text) as terminal:
            terminal.see("INBOX")
            terminal.press(f':compose -H "To: {to}" -H "Subject: {subject}"\r')
            _sent(terminal, attach)

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """`:reply -q` quotes."""
        with self._opened(text) as terminal:
            _pick(terminal, find)
            terminal.press(":reply -q\r")
            _sent(terminal, attach)

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """`:forward`, `-F` as an attachment."""
        with self._opened(text) as terminal:
            _pick(terminal, find)
            terminal.press(f":forward {'-F ' if whole else ''}{to}\r")
            _sent(terminal, None)

    def close(self) -> None:
        """It is started anew for each mail."""

    @contextmanager
    def _opened(self, text: str) -> Iterator[Terminal]:
        person = self.person
        account = _ACCOUNT.format(
            user=quote(person.address, safe=""),
            password=person.password,
            host=person.host,
            imap=person.imap_port,
            smtp=person.smtp_port,
            name=person.name,
            address=person.address,
        )
        person.file(".config/aerc/accounts.conf", account)
        person.file(".config/aerc/aerc.conf", _SETTINGS.format(editor=person.editor()))
        with Terminal(["aerc"], person.environment(MAIL_TEXT=text)) as terminal:
            yield terminal


def _pick(terminal: Terminal, find: str) -> None:
    """The latest is the first row; the filter is refused while the list is being fetched."""
    terminal.see(_ROW + find)
    terminal.press(f":filter {find}\r")
    while "loading" in terminal.see(f"still loading|Kerja: .*{find}|{_ROW}{find}"):
        terminal.press(f":filter {find}\r")
    terminal.press(":select 0\r")


def _sent(terminal: Terminal, attach: Path | None) -> None:
    terminal.see("Send this email|y.*send")
    if attach:
        terminal.press(f":attach {attach}\r")
        terminal.see(attach.name)
    terminal.press("y")
    terminal.see("(?i)(message|mail) sent|Copying to")
