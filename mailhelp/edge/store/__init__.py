"""The store: mail, tickets, outbox, history and timers in one database (SQLite or PostgreSQL).

One unit of work is one transaction of one thread. What it raises when the database is busy or gone is in `TROUBLE`:
run the whole unit again. `Conflict` says that another daemon was faster: gather and decide again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import peewee

from mailhelp.edge.store.accounts import AccountsPart
from mailhelp.edge.store.agentwork import AgentPart
from mailhelp.edge.store.alarms import AlarmPart
from mailhelp.edge.store.apply import ApplyPart
from mailhelp.edge.store.cases import CasePart
from mailhelp.edge.store.database import TROUBLE, prepare_file, sqlite_path
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.ledger import LedgerPart
from mailhelp.edge.store.migrate import migrate
from mailhelp.edge.store.outbox_rows import OutboxPart
from mailhelp.edge.store.pen import Conflict
from mailhelp.edge.store.policies import PolicyPart
from mailhelp.edge.store.records import (
    DueTimer,
    Filing,
    LedgerRow,
    Letter,
    Mark,
    OutboxMail,
    RawMail,
    SendState,
)
from mailhelp.edge.store.service import ServicePart
from mailhelp.edge.store.timeline import TimelinePart
from mailhelp.edge.store.views import ViewPart
from mailhelp.errors import UserError

__all__ = [
    "TROUBLE",
    "Conflict",
    "DueTimer",
    "Filing",
    "LedgerRow",
    "Letter",
    "Mark",
    "OutboxMail",
    "RawMail",
    "SendState",
    "Store",
]

T = TypeVar("T")

AT_LEAST, AT_MOST = 5, 25
"""Decisions in one unit: so many even if others wait to write, and so many if nobody does."""


class Store(
    LedgerPart,
    CasePart,
    ApplyPart,
    OutboxPart,
    ServicePart,
    ViewPart,
    AccountsPart,
    PolicyPart,
    AgentPart,
    TimelinePart,
    AlarmPart,
):
    """The store at `url` (`sqlite:///FILE` or `postgresql://...`); safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = Engine(url)

    def open(self, first_number: int = 2164242) -> None:
        """Connect and bring the schema up to date; `first_number` is the first report number of a new database.

        Raises UserError when the schema is newer than the code, or the database cannot be reached.
        """
        path = sqlite_path(self.url)
        if path is not None:
            prepare_file(path)
        try:
            with self.engine.connected():
                migrate(self.engine.database, datetime.now(UTC))
            with self.engine.unit():
                sql = "INSERT INTO counter (name, value) VALUES ('ticket', ?) ON CONFLICT DO NOTHING"
                self.engine.run(sql, first_number)
        except (peewee.DatabaseError, peewee.InterfaceError) as error:
            raise UserError(f"The database cannot be opened: {error}") from error

    def close(self) -> None:
        """Close all connections; the store can be opened again."""
        self.engine.close()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """One transaction (BEGIN IMMEDIATE on SQLite); inside another one of the same thread, a part of that."""
        with self.engine.unit():
            yield

    @property
    def wanted(self) -> bool:
        """Whether another thread of this process waits to write: a long unit should come to its end."""
        return self.engine.wanted

    def share_units(
        self, items: Iterable[T], work: Callable[[T], object], then: Callable[[], object] = lambda: None
    ) -> None:
        """Do `work` for each item; some share a unit, which ends early where another thread waits to write.

        `then` is called after each commit. Raises what `work` raises; the units before it are written.
        """
        left = deque(items)
        while left:
            with self.unit():
                for count in range(1, min(len(left), AT_MOST) + 1):
                    work(left.popleft())
                    if count >= AT_LEAST and self.wanted:
                        break
            then()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a unit that may fail alone: what it wrote is undone, the rest stays."""
        with self.engine.savepoint():
            yield
