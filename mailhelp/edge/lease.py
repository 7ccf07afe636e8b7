"""One daemon for a desk: a lock that ends with the process that holds it, however that ends, and says who that is.

On SQLite it is a locked file beside the database, for one daemon works on it at a time. On PostgreSQL, which several
daemons may share, it is an advisory lock for each mailbox, held by a connection of its own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from mailhelp.edge.store.database import make_database, sqlite_path
from mailhelp.errors import UserError

PATIENCE = 5.0
"""Seconds until a lock is refused: that of a process that was killed this moment is let go within them."""
_PAUSE = 0.1
_CLASS = 0x6D61696C  # "mail": sets our locks apart from those of others in the same database
# A machine that lost its power says no goodbye: the server asks, and gives up after a minute.
_KEEPALIVE = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"
_HOLDER = (
    "SELECT a.pid, a.application_name, a.backend_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s AND l.objid = %s AND l.objsubid = 2 "
    "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)

Keep = Callable[[], None]
"""Call it now and then: UserError when another daemon has the lease by now."""


@contextmanager
def lease(url: str, mailboxes: Sequence[str], patience: float = PATIENCE) -> Iterator[Keep]:
    """Hold the lease of the desk at `url` inside the `with` block. UserError that says who else holds it."""
    path = sqlite_path(url)
    if path is not None:
        with _file(path, patience):
            yield lambda: None  # nothing but the end of the process can take it away
        return
    held = _Advisory(url, mailboxes)
    held.take(patience)
    try:
        yield held.keep
    finally:
        held.close()


# --- SQLite


@contextmanager
def _file(path: Path, patience: float) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".daemon").open("a+") as lock:
        if not _within(patience, lambda: _locked(lock)):
            lock.seek(0)
            raise _refused(str(path), lock.read().strip(), "End it first, or use PostgreSQL for several daemons.")
        lock.truncate(0)
        lock.write(f"{_me()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# --- PostgreSQL


class _Advisory:
    """The locks of some mailboxes; all of them are held, or none."""

    def __init__(self, url: str, mailboxes: Sequence[str]) -> None:
        make_database(url)  # UserError for an unknown kind, or without psycopg
        self._url, self._mailboxes = url, tuple(mailboxes)
        self._connection: Any = None
        self._backend = self._earlier = 0  # the server's processes for our connection and the one before
        self._missing: tuple[str, ...] = self._mailboxes

    def take(self, patience: float) -> None:
        """Connect and take the locks. UserError when one is held elsewhere, or there is no database."""
        import psycopg

        try:
            self._connect()
            self._lock(patience)
        except psycopg.Error as error:
            raise UserError(f"The database cannot be opened: {error}") from error
        finally:
            if self._missing:
                self.close()

    def keep(self) -> None:
        """See that the connection lives; where it broke, take the locks anew. While the database is away, no word."""
        import psycopg

        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self.close()
            self._missing = self._mailboxes
            with suppress(psycopg.Error):
                self._connect()
        with suppress(psycopg.Error):
            self._lock()

    def close(self) -> None:
        """Let go."""
        with suppress(Exception):
            self._connection.close()

    def _connect(self) -> None:
        import psycopg

        before = self._backend
        self._connection = psycopg.connect(self._url, autocommit=True, application_name=_me())
        self._connection.execute(_KEEPALIVE)
        self._backend, self._earlier = self._connection.info.backend_pid, before

    def _lock(self, patience: float = 0.0) -> None:
        """Take what is missing. UserError when somebody else has it; what our own broken connection has is awaited."""
        while self._missing:
            name = self._missing[0]
            if not _within(patience, lambda: self._try(name)):  # noqa: B023 - called at once
                backend, holder = self._holder(name)
                if backend and backend == self._earlier:
                    return
                raise _refused(f"the mailbox {name}", holder, "End it first: one daemon a mailbox.")
            self._missing = self._missing[1:]

    def _try(self, name: str) -> bool:
        key = self._key(name)
        signed = key - (1 << 32) if key >= 1 << 31 else key
        sql = "SELECT pg_try_advisory_lock(%s::int, %s::int)"
        return bool(self._connection.execute(sql, (_CLASS, signed)).fetchone()[0])

    def _key(self, name: str) -> int:
        """32 bits; two desks in two schemas of one database do not meet."""
        schema = self._connection.execute("SELECT current_schema()").fetchone()[0]
        return int.from_bytes(hashlib.blake2b(f"{schema} {name}".encode(), digest_size=4).digest())

    def _holder(self, name: str) -> tuple[int, str]:
        """The server's process for the one who has the lock, and who that is; nothing when it has just let go."""
        row = self._connection.execute(_HOLDER, (_CLASS, self._key(name))).fetchone()
        return (row[0], f"{row[1]} since {row[2].astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC") if row else (0, "")


# --- both


def _within(patience: float, attempt: Callable[[], bool]) -> bool:
    """Try until it works or the time is over."""
    until = time.monotonic() + patience
    while not attempt():
        if time.monotonic() >= until:
            return False
        time.sleep(_PAUSE)
    return True


def _me() -> str:
    """At most 63 bytes: more PostgreSQL does not keep of a name."""
    return f"mailhelp pid {os.getpid()} on {platform.node()}"[:63]


def _refused(what: str, holder: str, remedy: str) -> UserError:
    who = f": {holder}" if holder else ""
    return UserError(f"Another mailhelp is running on {what}{who}.", remedy=remedy)
