"""An edge of real servers: an IMAP mailbox for each timeline, a real mail server, and the whole desk in this process.

The desk is run as `mailhelp run --once` does it, once for each mail that comes in; only the clock is the timeline's.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from mailhelp.app import App
from mailhelp.edge.config import Config
from mailhelp.edge.store import RawMail, Store
from mailhelp.edge.worker import Readers
from mailhelp.embedded import Travelled
from mailhelp.home import Home, read_options
from scenario.desk_edge import KEYRING, DeskEdge, configured
from scenario.mails import Got
from servers import LOOPBACK, PASSWORD


class Host(Protocol):
    """Where mailboxes are."""

    users: dict[str, str]

    @property
    def imap_port(self) -> int:
        """Without TLS."""

    def add_user(self, address: str, password: str) -> None:
        """Let another mailbox exist."""


class Post(Protocol):
    """Where the desk hands in its mail: for the users of the host. It records what it has taken."""

    travelled: list[Travelled]


class ClockedStore(Store):
    """A store by whose clock mails arrive: Dovecot keeps no date that lies in the future of the real clock."""

    def __init__(self, url: str, clock: Callable[[], datetime]) -> None:
        super().__init__(url)
        self.clock = clock

    def accept(
        self, account: str, folder: str, uidvalidity: int, mails: Sequence[RawMail], last_uid: int, now: datetime
    ) -> list[int]:
        """As the real one, with another time of arrival."""
        stamped = [replace(mail, arrived_at=self.clock()) for mail in mails]
        return super().accept(account, folder, uidvalidity, stamped, last_uid, now)


class HostEdge(DeskEdge):
    """A desk on a mailbox of its own. `people` have mailboxes on the host, too."""

    def __init__(
        self, folder: Path, desk: str, host: Host, post: tuple[Post, int], readers: Readers, people: Iterable[str]
    ) -> None:
        user = f"{folder.name}@host.test".lower()
        self._post, smtp_port = post
        super().__init__(folder, desk, _on(configured(desk), user, host.imap_port, smtp_port))
        self._host, self._readers = host, readers
        for address in {user, self.policy.desk.admin, *people}:
            host.add_user(address, PASSWORD)
        self._seen = len(self._post.travelled)
        options = read_options(self.config, self.policy.desk)
        self._home = Home(self.path, self.config, self.policy.desk, self.policy, KEYRING, self.letters, options)
        readers.options = options
        self._imap = imaplib.IMAP4(LOOPBACK, host.imap_port)
        self._imap.login(user, PASSWORD)

    def close(self) -> None:
        """Log out."""
        self._imap.logout()
        super().close()

    def day_off(self, day: date, name: str) -> None:
        """The next daemon finds it in its rules."""
        super().day_off(day, name)
        self._home = replace(self._home, policy=self.policy)
        self.idle()

    def send_in(self, raw: bytes) -> None:
        """A mail stands in INBOX, dated by the timeline's clock; the desk runs until nothing is left to do."""
        wire = re.sub(rb"\r?\n", b"\r\n", raw)
        answer, detail = self._imap.append("INBOX", "", imaplib.Time2Internaldate(self.now), wire)
        assert answer == "OK", detail
        self.idle()

    def idle(self) -> None:
        """Time passes: the desk runs at each due time, and now, until nothing is left to do."""
        self.live(self._run)

    def _run(self) -> None:
        with ExitStack() as stack:
            failed = App(self._home, self.store, stack, self._clock, self._readers).run_once()
        assert not failed, "the mailbox could not be read"

    def mails_out(self) -> list[Got]:
        """What the mail server has taken since the last call."""
        new = self._post.travelled[self._seen :]
        self._seen += len(new)
        made = [(self._made(mail.raw), Got(mail.recipients[0], mail.sender, mail.raw)) for mail in new]
        return [got for _, got in sorted(made, key=lambda pair: pair[0])]

    def refuse(self, recipient: str) -> None:
        """The mail server knows this recipient no more."""
        del self._host.users[recipient]

    def make_store(self, url: str) -> Store:
        """Mails arrive by the timeline's clock."""
        return ClockedStore(url, self._clock)

    def _clock(self) -> datetime:
        return self.now

    def _made(self, raw: bytes) -> int:
        """When a mail was made, by its place in the outbox."""
        found = re.search(rb"^Message-ID:\s*(<[^>]+>)", raw, re.MULTILINE | re.IGNORECASE)
        assert found, raw
        with self.store.engine.reading():
            return int(self.store.engine.value("SELECT id FROM outbox WHERE message_id = ?", found[1].decode()))


def _on(config: Config, user: str, imap_port: int, smtp_port: int) -> Config:
    """The configuration on these servers."""
    box = config.mailbox[0].model_copy(update={"port": imap_port, "user": user})
    smtp = config.smtp.model_copy(update={"port": smtp_port})
    return config.model_copy(update={"mailbox": (box,), "smtp": smtp})
