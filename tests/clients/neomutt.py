"""neomutt, a mail client for the terminal, driven by script."""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from servers import LOOPBACK, PASSWORD

# The "editor" that neomutt opens: the text is put above what stands there, as most people do.
_EDITOR = """#!{python}
import os, sys
path = sys.argv[-1]
with open(path, encoding="utf-8", newline="") as file:
    draft = file.read()
with open(path, "w", encoding="utf-8", newline="") as file:
    file.write(os.environ["MAIL_TEXT"] + "\\n\\n" + draft)
"""
_SETTINGS = """
set realname="{name}"
set from="{address}" use_from=yes
set folder="imap://{host}:{imap}/" spool_file="+INBOX" record="" postponed="+Drafts"
set imap_user="{address}" imap_pass="{password}"
set smtp_url="smtp://{host}:{smtp}/"
set ssl_starttls=no ssl_force_tls=no
set editor="{home}/editor"
set include=yes reply_to=yes fast_reply=yes abort_unmodified=no abort_nosubject=no edit_headers=no copy=no
set move=no quit=yes sleep_time=0 timeout=2 wait_key=no mime_forward=no
"""


def why_no_neomutt() -> str:
    """Why neomutt cannot be used here, or an empty text."""
    return "" if shutil.which("neomutt") else "neomutt is not installed (Debian: apt-get install neomutt)"


@dataclass(frozen=True)
class Neomutt:
    """One person with neomutt, a mailbox on the IMAP server and an SMTP server to send through."""

    name: str
    address: str
    home: Path
    imap_port: int
    smtp_port: int

    def send(self, to: str, subject: str, text: str) -> None:
        """Write a new mail."""
        settings = self._settings("")
        command = ["neomutt", "-F", str(settings), "-s", subject, "--", to]
        subprocess.run(
            command, input=f"{text}\n", text=True, check=True, capture_output=True, timeout=60, env=self._environment()
        )

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """Open the latest mail whose subject has `find` and reply above the quote."""
        self._drive(find, "<reply>" + (f"<attach-file>{attach}<enter>" if attach else ""), text)

    def forward(self, find: str, to: str, text: str) -> None:
        """Pass on the latest mail whose subject has `find`, inside the text."""
        self._drive(find, f"<forward-message>{to}<enter>", text)

    def _drive(self, find: str, keys: str, text: str) -> None:
        """Keys are read by the client as soon as it is idle, one after the other."""
        typed = f"push '<limit>~s \"{find}\"<enter><last-entry>{keys}<send-message><quit>'\n"
        settings = self._settings(typed)
        main, other = pty.openpty()
        command = ["neomutt", "-F", str(settings)]
        process = subprocess.Popen(
            command, stdin=other, stdout=other, stderr=other, env=self._environment(MAIL_TEXT=text), cwd=self.home
        )
        os.close(other)
        screen = _until_it_ends(process, main)
        os.close(main)
        assert process.returncode == 0, screen[-2000:]

    def _settings(self, more: str) -> Path:
        self.home.mkdir(exist_ok=True)
        editor, settings = self.home / "editor", self.home / "rc"
        editor.write_text(_EDITOR.format(python=sys.executable))
        editor.chmod(0o755)
        place = {"host": LOOPBACK, "imap": self.imap_port, "smtp": self.smtp_port, "password": PASSWORD}
        settings.write_text(_SETTINGS.format(name=self.name, address=self.address, home=self.home, **place) + more)
        return settings

    def _environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "XDG_"))}
        place = {"HOME": str(self.home), "TMPDIR": str(self.home), "LANG": "C.UTF-8", "TERM": "xterm"}
        return kept | place | more


def _until_it_ends(process: subprocess.Popen[bytes], terminal: int, seconds: float = 60) -> str:
    """What it shows until it ends; killed when it takes too long."""
    shown, end = b"", time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > end:
            process.kill()
            process.wait()
        if select.select([terminal], [], [], 0.05)[0]:
            try:
                shown += os.read(terminal, 65_536)
            except OSError:  # Linux says so when the other end of the terminal is closed
                process.wait(10)
    return shown.decode(errors="replace")
