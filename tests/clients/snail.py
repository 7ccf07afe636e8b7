"""s-nail, an ordinary mail client for the terminal, driven by its own commands."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from clients.person import Person

_SETTINGS = """
set v15-compat
set from="{name} <{address}>"
set ttycharset=utf-8
set mta=smtp://{host}:{smtp} smtp-auth=none smtp-config=-all
set imap-auth=login
set record={home}/sent
set quote fullnames nosave sendwait
set EDITOR={editor} VISUAL={editor}
set headline="%m"
set term=dumb
"""


@dataclass(frozen=True)
class Snail:
    """s-nail in somebody's hands; `stock` as it is installed, where it answers From and does not look at Reply-To."""

    person: Person
    stock: bool = False

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """From the command line, as scripts and people do."""
        self._run("-s", subject, *(("-a", str(attach)) if attach else ()), to, typed=f"{text}\n")

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """`Reply` answers the sender; ~v opens the editor on the draft with the quote in it, ~. sends."""
        file = f"~@ '{attach}'\n" if attach else ""
        self._in_inbox(f"Reply {self._number(find)}\n~v\n{file}~.\nxit\n", text)

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """`forward`; `whole` is a setting."""
        setting = "set forward-as-attachment\n" if whole else ""
        self._in_inbox(f"{setting}forward {self._number(find)} {to}\n~v\n~.\nxit\n", text)

    def close(self) -> None:
        """It is started anew for each mail."""

    def _number(self, find: str) -> int:
        """Which mail is meant: the last of those whose subject has the text."""
        return int(self._in_inbox(f"from /{find}\nxit\n", "").split()[-1])

    def _in_inbox(self, commands: str, text: str) -> str:
        person = self.person
        user = quote(person.address, safe="")
        inbox = f"imap://{user}:{person.password}@{person.host}:{person.imap_port}/INBOX"
        return self._run("-#", "-f", inbox, typed=commands, MAIL_TEXT=text)

    def _run(self, *arguments: str, typed: str, **environment: str) -> str:
        person = self.person
        settings = _SETTINGS.format(
            name=person.name,
            address=person.address,
            host=person.host,
            smtp=person.smtp_port,
            home=person.home,
            editor=person.editor(),
        )
        rc = person.file("rc", settings + ("" if self.stock else "set reply-to-honour\n"))
        done = subprocess.run(
            ["s-nail", "-n", *arguments],
            input=typed,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
            cwd=person.home,
            env=person.environment(MAILRC=str(rc), **environment),
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
