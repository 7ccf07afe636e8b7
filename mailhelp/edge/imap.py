"""One mailbox at an IMAP server: what a desk needs of it, in a dozen methods. One object is used by one thread.

All methods raise `DownError` (the connection has been closed; call `connect` again, later) or `RefusedError` (the
server said NO; the connection is good). Nothing here depends on flags.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient

from mailhelp.edge import imap_fetch, imap_file, imap_idle, imap_list
from mailhelp.edge.config import MailboxConfig
from mailhelp.edge.imap_fetch import FetchLimits, Standing
from mailhelp.edge.imap_line import DownError, ImapError, Line, LoginRefusedError, RefusedError
from mailhelp.edge.imap_list import Entry
from mailhelp.edge.secret import Secrets
from mailhelp.edge.store.records import RawMail

__all__ = [
    "DownError",
    "FetchLimits",
    "Folder",
    "ImapError",
    "LoginRefusedError",
    "Mailbox",
    "RefusedError",
    "Standing",
]

RESELECT = 3600.0  # seconds; imaplib keeps every unsolicited word until the next SELECT
RANGE = 50_000  # UIDs in one search: imaplib gives up on answers of a million bytes


@dataclass(frozen=True, slots=True)
class Folder:
    """A selected folder as it was at SELECT; `uidnext` is 0 when the server does not tell."""

    name: str
    uidvalidity: int
    exists: int
    uidnext: int


class Mailbox:
    """The account of one `[[mailbox]]` section."""

    def __init__(self, config: MailboxConfig, secrets: Secrets) -> None:
        self.config = config
        self._line = Line(config, secrets)
        self._folder: Folder | None = None
        self._selected_at = 0.0
        self._names: dict[str, str] = {}

    @property
    def connected(self) -> bool:
        """Whether there is a connection (as far as we know)."""
        return self._line.up

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server can do, upper case; empty before `connect`."""
        return self._line.capabilities

    def connect(self) -> None:
        """Connect and log in. Raises Down, LoginRefused; UserError when a secret cannot be read."""
        self._folder = None
        self._names.clear()
        self._line.open()

    def close(self) -> None:
        """Log out and close."""
        self._folder = None
        self._line.close()

    def folder_name(self, name: str) -> str:
        """A folder name of config.toml as this server spells it."""
        if name not in self._names:
            self._names[name] = imap_file.real_name(self._line, name)
        return self._names[name]

    def make_folders(self) -> list[str]:
        """Make the configured folders that are missing; their names as the server spells them."""
        wanted = self.config.folders
        names = [
            self.folder_name(name) for name in (wanted.intake, wanted.processed, wanted.ignored, wanted.quarantine)
        ]
        return [name for name in dict.fromkeys(names) if name != "INBOX" and imap_file.make_folder(self._line, name)]

    def select(self, *, again: bool = False) -> Folder:
        """The intake folder, selected; anew when `again`, after an hour, or when another one was looked at."""
        if self._folder is None or again or not self._line.up or time.monotonic() - self._selected_at > RESELECT:
            self._folder = None
            name = self.folder_name(self.config.folders.intake)
            self._folder = self._line.run(f"selecting {name}", lambda client: _select(client, name))
            self._selected_at = time.monotonic()
        return self._folder

    def new_uids(self, above: int) -> list[int]:
        """UIDs greater than `above` in the intake folder, ascending; of a very full folder only the first so many.

        An empty answer means that there is nothing more.
        """
        folder = self.select()
        self._line.run("looking for news", imap_idle.forget_announced)
        while folder.uidnext - 1 - above > RANGE and folder.exists > RANGE:
            found = self._search(f"{above + 1}:{above + RANGE}")
            if found:
                return found
            above += RANGE
        # UID n:* names the last mail even when its UID is below n (RFC 3501 §6.4.8).
        return [uid for uid in self._search(f"{above + 1}:*") if uid > above]

    def _search(self, uids: str) -> list[int]:
        return self._line.run("searching", lambda client: sorted(client.search(["UID", uids])))

    def all_uids(self, up_to: int) -> Iterator[list[int]]:
        """All UIDs in the intake folder up to `up_to`, ascending, in lists of bounded length."""
        above = 0
        while above < up_to:
            found = [uid for uid in self.new_uids(above) if uid <= up_to]
            if not found:
                return
            above = found[-1]
            yield found

    def standing(self, uids: Sequence[int]) -> list[Standing]:
        """Size and time of arrival of those that still stand in the intake folder."""
        self.select()
        return imap_fetch.standing(self._line, uids)

    def fetch(self, found: Iterable[Standing], limits: FetchLimits, spool: Path) -> Iterator[list[RawMail]]:
        """The mails, in batches, ascending. Large ones are files in `spool`, removed when the next is asked for."""
        self.select()
        for batch in imap_fetch.batches(found, limits):
            mails = imap_fetch.fetch(self._line, batch, limits, spool)
            try:
                yield mails
            finally:
                for mail in mails:
                    if isinstance(mail.raw, Path):
                        mail.raw.unlink(missing_ok=True)

    def file(self, uids: Sequence[int], folder: str) -> int:
        """Move mails of the intake folder into another one (a name of config.toml); how many were still there."""
        self.select()
        return imap_file.move(self._line, uids, self.folder_name(folder))

    @property
    def can_idle(self) -> bool:
        """Whether the server has IDLE (RFC 2177)."""
        return "IDLE" in self.capabilities

    def idle(self, seconds: float, stop: Callable[[], bool]) -> bool:
        """Wait up to `seconds` (at most 60) for a word from the server, or until `stop`. Always look afterwards."""
        self.select()
        return imap_idle.idle(self._line, seconds, stop)

    def entries(self, folder: str) -> Iterator[Entry]:
        """What stands in a folder (a name of config.toml), for the audit."""
        self._folder = None  # another folder is selected now
        return imap_list.entries(self._line, self.folder_name(folder))

    def digest(self, folder: str, uid: int) -> str:
        """The SHA-256 of one mail in a folder (a name as the server spells it), as hexadecimal digits."""
        self._folder = None  # another folder is selected now
        self._line.run(f"selecting {folder}", lambda client: client.select_folder(folder, readonly=True))
        return imap_list.digest(self._line, uid)

    def append(self, folder: str, raw: bytes, at: datetime) -> None:
        """Put a copy of a sent mail into a folder (a name as the server shows it), marked as read."""
        name = self.folder_name(folder)
        self._line.run(f"writing to {name}", lambda client: client.append(name, raw, (b"\\Seen",), at))

    def holds(self, folder: str, message_id: str) -> bool:
        """Whether a folder holds a mail with that Message-ID."""
        name = self.folder_name(folder)
        self._folder = None  # another folder is selected now
        self._line.run(f"selecting {name}", lambda client: client.select_folder(name, readonly=True))
        return bool(self._line.run("searching", lambda client: client.search(["HEADER", "Message-ID", message_id])))


def _select(client: IMAPClient, name: str) -> Folder:
    facts = client.select_folder(name)
    if b"UIDVALIDITY" not in facts:
        raise ValueError("the server gives no UIDVALIDITY: mails cannot be told apart there")
    return Folder(name, int(facts[b"UIDVALIDITY"]), int(facts.get(b"EXISTS", 0)), int(facts.get(b"UIDNEXT", 0)))
