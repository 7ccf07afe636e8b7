"""What all driven mail clients have in common: a person, what that person can do, and a place to do it in."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from servers import PASSWORD

# The "editor" that a client opens on a draft: the text is put above what stands there, as most people do.
_EDITOR = """#!{python}
import os, sys
path = sys.argv[-1]
with open(path, encoding="utf-8", newline="") as file:
    draft = file.read()
with open(path, "w", encoding="utf-8", newline="") as file:
    file.write(os.environ["MAIL_TEXT"] + "\\n\\n" + draft)
"""


@dataclass(frozen=True)
class Person:
    """Somebody with a mailbox, an SMTP server to send through, and a folder for the client's files."""

    name: str
    address: str
    home: Path
    host: str
    imap_port: int
    smtp_port: int
    password: str = PASSWORD

    def file(self, name: str, text: str, mode: int = 0o600) -> Path:
        """A file in the home folder."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def editor(self) -> Path:
        """A program that puts $MAIL_TEXT above the draft it is called with."""
        return self.file("editor", _EDITOR.format(python=sys.executable), 0o700)

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of whoever runs the tests: neither language nor settings."""
        self.home.mkdir(parents=True, exist_ok=True)
        strange = ("LC_", "LANG", "XDG_", "DBUS_", "DISPLAY", "WAYLAND_", "MAIL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(strange)}
        return kept | {"HOME": str(self.home), "TMPDIR": str(self.home), "LANG": "C.UTF-8", "TERM": "xterm"} | more


class Client(Protocol):
    """A mail client in somebody's hands."""

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """Write a new mail."""

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """Open the latest mail whose subject has `find` and reply above the quote."""

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """Pass on the latest mail whose subject has `find`: in the text, or `whole` as an attachment."""

    def close(self) -> None:
        """End the client, where it is one that stays open."""


def missing(packages: str, *needs: str) -> str:
    """Which programs or files are not here and what to install, or an empty text."""
    lacking = [need for need in needs if not (shutil.which(need) or (Path(need).is_absolute() and Path(need).exists()))]
    return f"{', '.join(lacking)} is not installed (Debian: apt-get install {packages})" if lacking else ""
