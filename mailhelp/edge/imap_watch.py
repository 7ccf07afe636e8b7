"""Watching one account: what arrives goes into the store, raw and at once; what is decided is filed in quiet moments.

A loop in a thread of its own. Whatever goes wrong with this account is noted in the service log and tried again later;
nothing of it reaches other accounts.
"""

from __future__ import annotations

import logging
import random
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Protocol

from mailhelp.desk.model import End
from mailhelp.edge.config import Folders, MailboxConfig
from mailhelp.edge.imap import DownError, FetchLimits, Folder, LoginRefusedError, Mailbox, RefusedError
from mailhelp.edge.store.records import Filing, Mark, RawMail
from mailhelp.errors import UserError

log = logging.getLogger(__name__)

BACK_OFF = tuple(map(float, (1, 2, 5, 10, 30, 60, 120, 300)))  # seconds after the n-th failure in a row
LOGIN_BACK_OFF = 60.0  # at least so long after a refused login: servers lock accounts
HEARTBEAT = timedelta(seconds=60)  # how often "all is well" is written down
FILE_AT_ONCE = 200
FILING_PAUSE = 300.0  # seconds after a refused filing
SOON = 1.0  # seconds until the next look after new mail
SLICE = 1.0  # seconds between looks at what somebody wants, while nothing is to be done
PORTION = 500  # UIDs that are looked at together
TRIES = 3  # connections that one mail may cost before it is passed over


class Ledger(Protocol):
    """What watching needs of the store."""

    def mark(self, account: str, folder: str) -> Mark | None:
        """How far a folder has been read."""

    def accept(
        self, account: str, folder: str, uidvalidity: int, mails: list[RawMail], last_uid: int, now: datetime
    ) -> list[int]:
        """Store mails and the mark in one commit."""

    def known_uids(self, account: str, folder: str, uidvalidity: int, low: int, high: int) -> set[int]:
        """Which UIDs the ledger has."""

    def unfiled(self, account: str, limit: int) -> list[Filing]:
        """What has its end and still stands in the intake folder."""

    def filed(self, ids: list[int]) -> None:
        """These have been moved."""

    def service(
        self,
        what: str,
        account: str,
        ok: bool,  # noqa: FBT001
        at: datetime,
        detail: str = "",
        *,
        gap: timedelta = ...,
    ) -> None:
        """Note that something was usable or not; equal notes at most `gap` apart are one span."""

    def alarm(self, code: str, text: str, now: datetime) -> None:
        """Let the admin know."""


def back_off(failures: int, chance: float) -> float:
    """Seconds to wait after so many failures in a row; `chance` (0 to 1) spreads them over half to all of it."""
    longest = BACK_OFF[min(max(failures, 1), len(BACK_OFF)) - 1]
    return longest * (0.5 + chance / 2)


def folder_for(end: End, folders: Folders) -> str | None:
    """Where a mail with that end is filed; None while it is held."""
    if end is End.HELD:
        return None
    return {End.IGNORED: folders.ignored, End.QUARANTINED: folders.quarantine}.get(end, folders.processed)


class AccountWatcher:
    """One account. `on_arrivals(count)` is called after each commit of new mail, in the watcher's thread."""

    def __init__(
        self,
        store: Ledger,
        mailbox: Mailbox,
        limits: FetchLimits,
        clock: Callable[[], datetime],
        on_arrivals: Callable[[int], None] = lambda _: None,
        spool: Path | None = None,
    ) -> None:
        self.config: MailboxConfig = mailbox.config
        self._store, self._mailbox, self._limits, self._clock = store, mailbox, limits, clock
        self._on_arrivals = on_arrivals
        self._spool = spool or Path(tempfile.gettempdir())
        self._failures = 0
        self._noted: tuple[bool, datetime] | None = None
        self._swept_at = float("-inf")
        self._wanted = threading.Event()  # somebody waits for a complete look
        self._filing_again_at = float("-inf")
        self._passed_over = 0
        self._costly: dict[int, int] = {}  # UID -> connections lost while it was fetched

    def run(self, stop: threading.Event) -> None:
        """Watch until `stop`; never raises. Ends within a second of `stop`, unless a command is under way."""
        while not stop.is_set():
            try:
                self._session(stop)
            except (DownError, RefusedError, UserError) as trouble:
                stop.wait(self._failed(trouble))
            except Exception:
                log.exception("watching %s failed; it is tried again", self.config.name)
                stop.wait(self._failed(RuntimeError("internal error, see the log")))
        self._mailbox.close()

    def drain(self) -> int:
        """Take everything that stands there, with a look at the whole folder; how many were new.

        Raises DownError, RefusedError, UserError.
        """
        if not self._mailbox.connected:
            self._connect()
        return self.look() + self.sweep()

    def want_sweep(self) -> None:
        """Look at the whole folder soon: a decision waits for it. Any thread may call this."""
        self._wanted.set()

    def close(self) -> None:
        """Log out."""
        self._mailbox.close()

    def look(self) -> int:
        """Accept what is new since the mark; how many."""
        folder = self._mailbox.select()
        mark = self._store.mark(self.config.name, folder.name)
        above = mark.uid if mark and mark.uidvalidity == folder.uidvalidity else 0
        if mark and mark.uidvalidity != folder.uidvalidity:
            log.warning("%s: UIDVALIDITY of %s changed; everything is read again", self.config.name, folder.name)
        new = 0
        while uids := self._mailbox.new_uids(above):
            new += self._accept(folder, uids)
            above = uids[-1]
        self._note(ok=True)
        return new

    def sweep(self) -> int:
        """Look at the whole folder and accept what the ledger does not have; how many."""
        self._wanted.clear()
        begun_at, folder = self._clock(), self._mailbox.select()
        self._passed_over = 0
        mark = self._store.mark(self.config.name, folder.name)
        new = 0
        for uids in self._mailbox.all_uids(mark.uid if mark and mark.uidvalidity == folder.uidvalidity else 0):
            for first in range(0, len(uids), PORTION):
                part = uids[first : first + PORTION]
                known = self._store.known_uids(self.config.name, folder.name, folder.uidvalidity, part[0], part[-1])
                missing = [uid for uid in part if uid not in known]
                if missing:
                    log.warning("%s: %d mails below the mark were not known", self.config.name, len(missing))
                    new += self._found(folder, missing)
        self._store.service("sweep", self.config.name, not self._passed_over, begun_at)
        self._swept_at = time.monotonic()
        return new

    def _found(self, folder: Folder, missing: list[int]) -> int:
        """Accept what should be in the ledger and is not: the admin must know."""
        new = self._accept(folder, missing)
        if new:
            text = f"Mail stood in the mailbox {self.config.name} that was not in the ledger; it was taken."
            self._store.alarm("sweep.found", text, self._clock())
        return new

    def file(self) -> int:
        """Move what has its end out of the intake folder; how many rows were settled."""
        filings = self._store.unfiled(self.config.name, FILE_AT_ONCE)
        if not filings or time.monotonic() < self._filing_again_at:
            return 0
        folder = self._mailbox.select()
        try:
            for target, group in groupby(
                sorted(filings, key=_by_end), lambda one: folder_for(one.end, self.config.folders)
            ):
                if target:
                    self._file(list(group), folder, target)
        except RefusedError as refusal:
            log.warning("%s: filing waits: %s", self.config.name, refusal)
            self._filing_again_at = time.monotonic() + FILING_PAUSE
        return len(filings)

    def _file(self, filings: list[Filing], folder: Folder, target: str) -> None:
        """Move one group. A mail of an earlier UIDVALIDITY cannot be named any more: its newer row is filed instead."""
        here = [one.uid for one in filings if (one.folder, one.uidvalidity) == (folder.name, folder.uidvalidity)]
        if here and self._mailbox.folder_name(target) != folder.name:
            self._mailbox.file(here, target)
        self._store.filed([one.arrival_id for one in filings])

    def _session(self, stop: threading.Event) -> None:
        """Connect, then look, file and wait in turn. Raises what the mailbox raises."""
        self._connect()
        quiet = False
        while not stop.is_set():
            new = self.look()
            if self._wanted.is_set() or time.monotonic() - self._swept_at > self.config.reconcile_minutes * 60:
                self.sweep()
            self._failures = 0
            while self.file() >= FILE_AT_ONCE and not stop.is_set():
                self.look()
            # Mail seldom comes alone, and some servers do not speak of what came just before IDLE: look again soon.
            self._wait(stop, self.config.poll_seconds if quiet else min(SOON, self.config.poll_seconds))
            quiet = not new

    def _wait(self, stop: threading.Event, seconds: float) -> None:
        if self.config.idle and self._mailbox.can_idle:
            self._mailbox.idle(seconds, lambda: stop.is_set() or self._wanted.is_set())
        else:
            until = time.monotonic() + seconds
            while (left := until - time.monotonic()) > 0 and not self._wanted.is_set():
                if stop.wait(min(left, SLICE)):
                    break

    def _connect(self) -> None:
        self._mailbox.connect()
        made = self._mailbox.make_folders()
        if made:
            log.info("%s: made the folders %s", self.config.name, ", ".join(made))
        self._mailbox.select(again=True)

    def _accept(self, folder: Folder, uids: list[int]) -> int:
        """Fetch and store these; those that cost connections before come one by one, and in the end are passed over."""
        new = 0
        for some in self._portions(uids):
            if len(some) == 1 and self._costly.get(some[0], 0) >= TRIES:
                self._pass_over(folder, some[0])
                continue
            try:
                new += self._store_mails(folder, some)
            except (DownError, RefusedError):
                for uid in some:
                    self._costly[uid] = self._costly.get(uid, 0) + 1
                raise
            for uid in some:
                self._costly.pop(uid, None)
        return new

    def _portions(self, uids: list[int]) -> Iterable[list[int]]:
        """UIDs to fetch together: a costly one alone."""
        for costly, group in groupby(uids, self._costly.__contains__):
            some = list(group)
            step = 1 if costly else PORTION
            yield from (some[first : first + step] for first in range(0, len(some), step))

    def _pass_over(self, folder: Folder, uid: int) -> None:
        """Go on without a mail that the server cannot give. Each sweep tries again, and the audit names it."""
        detail = f"UID {uid} cannot be fetched and is passed over"
        log.error("%s: %s", self.config.name, detail)
        now = self._clock()
        self._store.service("imap", self.config.name, False, now, detail)
        self._store.accept(self.config.name, folder.name, folder.uidvalidity, [], uid, now)
        del self._costly[uid]
        self._passed_over += 1

    def _store_mails(self, folder: Folder, uids: list[int]) -> int:
        """Fetch and store; the mark moves with each commit, also over mails that have gone meanwhile."""
        new, reached, where = 0, 0, (self.config.name, folder.name, folder.uidvalidity)
        for mails in self._mailbox.fetch(self._mailbox.standing(uids), self._limits, self._spool):
            if mails:
                reached = mails[-1].uid
                accepted = self._store.accept(*where, mails, reached, self._clock())
                new += len(accepted)
                self._on_arrivals(len(accepted))
        if reached < uids[-1]:
            self._store.accept(*where, [], uids[-1], self._clock())
        return new

    def _note(self, *, ok: bool, detail: str = "") -> None:
        """Write into the service log, when it changed or a minute has passed."""
        now = self._clock()
        if self._noted is None or self._noted[0] is not ok or now - self._noted[1] >= HEARTBEAT:
            self._store.service("imap", self.config.name, ok, now, detail, gap=self.config.patience)
            self._noted = (ok, now)

    def _failed(self, trouble: Exception) -> float:
        """Note a failure; seconds until the next try."""
        self._failures += 1
        summary = " ".join(str(trouble).split())
        log.warning("%s is not usable: %s", self.config.name, summary)
        try:
            self._note(ok=False, detail=summary)
        except Exception:
            log.exception("the service log cannot be written")
        wait = back_off(self._failures, random.random())  # noqa: S311 - no secret, only a spread
        return max(wait, LOGIN_BACK_OFF) if isinstance(trouble, LoginRefusedError) else wait


def _by_end(filing: Filing) -> str:
    return filing.end.value
