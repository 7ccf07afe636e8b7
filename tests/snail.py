"""s-nail, an ordinary mail client for the terminal, driven by script: what people at both ends of the desk use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from servers import LOOPBACK, PASSWORD

# The "editor" that s-nail opens on a reply: the text is put above the quote, as most people do.
_EDITOR = """#!{python}
import os, sys
path = sys.argv[-1]
with open(path, encoding="utf-8", newline="") as file:
    draft = file.read()
with open(path, "w", encoding="utf-8", newline="") as file:
    file.write(os.environ["MAIL_TEXT"] + "\\n\\n" + draft)
"""
_SETTINGS = """
set v15-compat
set from="{name} <{address}>"
set ttycharset=utf-8
set mta=smtp://{host}:{smtp} smtp-auth=none smtp-config=-all
set imap-auth=login
set record={home}/sent
set quote fullnames nosave sendwait
set EDITOR={home}/editor VISUAL={home}/editor
set reply-to-honour
set term=dumb
"""


def why_no_snail() -> str:
    """Why s-nail cannot be used here, or an empty text."""
    return "" if shutil.which("s-nail") else "s-nail is not installed (Debian: apt-get install s-nail)"


@dataclass(frozen=True)
class Snail:
    """One person with s-nail, a mailbox on the IMAP server and an SMTP server to send through."""

    name: str
    address: str
    home: Path
    imap_port: int
    smtp_port: int

    def send(self, to: str, subject: str, text: str) -> None:
        """Write a new mail."""
        self._run(["-s", subject, to], f"{text}\n")

    def reply(self, find: str, text: str) -> None:
        """Open the mail whose subject has `find` and reply above the quote."""
        user = quote(self.address, safe="")
        inbox = f"imap://{user}:{PASSWORD}@{LOOPBACK}:{self.imap_port}/INBOX"
        # Commands as if typed: ~v opens the editor on the draft with the quote in it, ~. sends.
        self._run(["-#", "-f", inbox], f"Reply /{find}\n~v\n~.\nxit\n", MAIL_TEXT=text)

    def _run(self, arguments: list[str], typed: str, **environment: str) -> None:
        self.home.mkdir(exist_ok=True)
        editor, settings = self.home / "editor", self.home / "rc"
        editor.write_text(_EDITOR.format(python=sys.executable))
        editor.chmod(0o755)
        settings.write_text(
            _SETTINGS.format(name=self.name, address=self.address, host=LOOPBACK, smtp=self.smtp_port, home=self.home)
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "XDG_"))}
        place = {"HOME": str(self.home), "TMPDIR": str(self.home), "MAILRC": str(settings), "LANG": "C.UTF-8"}
        done = subprocess.run(
            ["s-nail", "-n", *arguments],
            input=typed,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
            cwd=self.home,
            env=kept | place | environment,
        )
        assert done.returncode == 0, done.stdout + done.stderr
