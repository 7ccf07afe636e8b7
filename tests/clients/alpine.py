"""Alpine, a full-screen mail client for the terminal; the text is typed into its own composer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clients.person import Person
from clients.terminal import Terminal

_SETTINGS = """
personal-name={name}
user-domain={domain}
user-id={user}
customized-hdrs=From: {name} <{address}>
smtp-server={host}:{smtp}/notls
inbox-path={{{host}:{imap}/user={address}/notls}}INBOX
default-fcc=""
feature-list=quit-without-confirm,
    include-text-in-reply,
    disable-take-fullname-in-addresses
last-time-prune-questioned=126.12
last-version-used=9.99
disable-these-authenticators=PLAIN
"""
_SEND, _UP, _DOWN, _LAST = "\x18", "\x10", "\x0e", "\x16"


@dataclass(frozen=True)
class Alpine:
    """Alpine in somebody's hands."""

    person: Person

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """`c`: the header lines are To, Cc, Attchmnt and Subject."""
        with self._opened() as terminal:
            terminal.press("c")
            terminal.see("COMPOSE MESSAGE")
            terminal.press(f"{to}\r\r{attach or ''}\r")
            if attach:
                terminal.see("Attchmnt: *1")
            terminal.press(f"{subject}\r")
            terminal.write(text)
            _sent(terminal)

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """`r`; it asks whether to quote and whether to honour Reply-To."""
        with self._opened() as terminal:
            _pick(terminal, find)
            terminal.press("r")
            while "COMPOSE" not in (seen := terminal.see("Include original|Use .Reply-[Tt]o|Reply to all|COMPOSE")):
                terminal.press("n" if "all" in seen else "y")
                terminal.gone(seen)
            if attach:
                terminal.press(f"{_UP}{_UP}{attach}\r")
                terminal.see("Attchmnt: *1")
                terminal.press(_DOWN)
            terminal.write(f"{text}\n\n")
            _sent(terminal)

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """`f`; it asks whether as an attachment when all header lines are shown (`h`)."""
        with self._opened() as terminal:
            _pick(terminal, find)
            if whole:
                terminal.press("h")
                terminal.see("full headers is now on")
            terminal.press("f")
            if whole:
                terminal.see("(?i)forward message as an attachment")
                terminal.press("y")
            terminal.see("COMPOSE MESSAGE|FORWARD MESSAGE")
            terminal.press(f"{to}\r{_DOWN * 5}")
            terminal.write(f"{text}\n\n")
            _sent(terminal)

    def close(self) -> None:
        """It is started anew for each mail."""

    @contextmanager
    def _opened(self) -> Iterator[Terminal]:
        person = self.person
        user, _, domain = person.address.partition("@")
        settings = _SETTINGS.format(
            name=person.name,
            address=person.address,
            user=user,
            domain=domain,
            host=person.host,
            imap=person.imap_port,
            smtp=person.smtp_port,
        )
        path = person.file(".pinerc", settings)
        (person.home / "mail").mkdir(exist_ok=True)  # else it shows for four seconds that it makes one
        with Terminal(["alpine", "-p", str(path), "-i"], person.environment()) as terminal:
            terminal.see("PASSWORD:")
            terminal.press(f"{person.password}\r")
            if "Preserve" in terminal.see("Folder: INBOX|Preserve password"):
                terminal.press("n")
            terminal.see("Folder: INBOX")
            yield terminal


def _pick(terminal: Terminal, find: str) -> None:
    """The last mail of the list, by arrival; it must be one whose subject has the text."""
    terminal.press("$")
    terminal.see("Choose type of sort")
    terminal.press("a")
    terminal.gone("Choose type of sort")
    terminal.press(f"w{_LAST}")
    terminal.see(r"Message (\d+) of \1\b")
    terminal.see(rf"{find}[^\n]*\n\s*\n")


def _sent(terminal: Terminal) -> None:
    terminal.press(_SEND)
    terminal.see("Send message")
    terminal.press("y")
    terminal.see("MESSAGE INDEX|MESSAGE TEXT")
    terminal.press("q")
    terminal.end()
