"""mutt and neomutt, mail clients for the terminal, driven by keys that they read as soon as they are idle."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from clients.person import Person
from clients.terminal import Terminal

_SETTINGS = """
set realname="{name}"
set from="{address}" use_from=yes
set folder="imap://{host}:{imap}/" spoolfile="+INBOX" record="" postponed="+Drafts"
set imap_user="{address}" imap_pass="{password}"
set smtp_url="smtp://{host}:{smtp}/"
set ssl_starttls=no ssl_force_tls=no
set editor="{editor}"
set include=yes reply_to=yes fast_reply=yes abort_unmodified=no abort_nosubject=no edit_headers=no copy=no
set move=no quit=yes sleep_time=0 timeout=2 wait_key=no mime_forward={whole}
"""


@dataclass(frozen=True)
class Mutt:
    """One of the two in somebody's hands."""

    program: str
    person: Person

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """From the command line, as scripts and people do."""
        command = [self.program, "-F", str(self._settings()), "-s", subject, *(("-a", str(attach)) if attach else ())]
        environment = self.person.environment()
        typed = f"{text}\n".encode()
        subprocess.run([*command, "--", to], input=typed, check=True, capture_output=True, timeout=60, env=environment)

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """`r`, then `a` in the compose menu."""
        name = str(attach).replace(" ", "<quote-char> ")  # a bare space names the next folder with new mail
        self._drive(find, "<reply>" + (f"<attach-file>{name}<enter>" if attach else ""), text)

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """`f`; `whole` is a setting."""
        self._drive(find, f"<forward-message>{to}<enter>", text, whole=whole)

    def close(self) -> None:
        """It is started anew for each mail."""

    def _drive(self, find: str, keys: str, text: str, *, whole: bool = False) -> None:
        typed = f"push '<limit>~s \"{find}\"<enter><last-entry>{keys}<send-message><quit>'\n"
        settings = self._settings(typed, whole=whole)
        with Terminal([self.program, "-F", str(settings)], self.person.environment(MAIL_TEXT=text)) as terminal:
            terminal.end()

    def _settings(self, more: str = "", *, whole: bool = False) -> Path:
        person = self.person
        settings = _SETTINGS.format(
            name=person.name,
            address=person.address,
            host=person.host,
            imap=person.imap_port,
            smtp=person.smtp_port,
            password=person.password,
            editor=person.editor(),
            whole="yes" if whole else "no",
        )
        return person.file("rc", settings + more)
