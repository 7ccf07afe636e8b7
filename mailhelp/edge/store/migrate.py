"""Bring the schema to where the code is: numbered steps, under a lock, each in a transaction.

playhouse.migrations runs numbered files as well, but has no lock, no refusal of a newer schema and no backup, and its
steps are built from live models; with those around it nothing is saved over these lines (docs/decisions.md).
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mailhelp.edge.store.database import engine_of, in_dialect
from mailhelp.edge.store.fields import to_utc_text
from mailhelp.edge.store.migrations import (
    m0001_first,
    m0002_dialogue,
    m0003_agents,
    m0004_time,
    m0005_alarms,
    m0006_earlier,
)
from mailhelp.errors import UserError

_LOCK = 0x6D61696C68656C70  # "mailhelp": the advisory lock of PostgreSQL
_HISTORY = "CREATE TABLE IF NOT EXISTS schema_version (version INT NOT NULL PRIMARY KEY, name TEXT, applied_at UTC)"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: `steps(engine)` gives its statements."""

    version: int
    name: str
    steps: Callable[[str], list[str]]


MIGRATIONS = (
    Migration(1, "first", m0001_first.steps),
    Migration(2, "dialogue", m0002_dialogue.steps),
    Migration(3, "agents", m0003_agents.steps),
    Migration(4, "time", m0004_time.steps),
    Migration(5, "alarms", m0005_alarms.steps),
    Migration(6, "earlier", m0006_earlier.steps),
)


def migrate(database: Any, now: datetime, migrations: tuple[Migration, ...] = MIGRATIONS) -> list[int]:
    """Apply what is missing and return its numbers; call it connected, outside a transaction.

    Raises UserError when the schema is newer than the code. An existing SQLite file is copied first, to
    `FILE.before-NNNN`.
    """
    with _lock(database):
        have = _version(database)
        newest = migrations[-1].version
        if have > newest:
            raise UserError(
                f"The database has schema {have}, this mailhelp knows only {newest}.",
                remedy="Install the newer mailhelp again, or restore the backup from before its first start.",
            )
        missing = [migration for migration in migrations if migration.version > have]
        if missing and have:
            _backup(database, missing[0].version)
        for migration in missing:
            _apply(database, migration, now)
        return [migration.version for migration in missing]


def _version(database: Any) -> int:
    database.execute_sql(in_dialect(_HISTORY, engine_of(database)))
    return int(database.execute_sql("SELECT COALESCE(MAX(version), 0) FROM schema_version").fetchone()[0])


def _apply(database: Any, migration: Migration, now: datetime) -> None:
    engine = engine_of(database)
    mark = "?" if engine == "sqlite" else "%s"
    with database.transaction():
        for statement in migration.steps(engine):
            database.execute_sql(in_dialect(statement, engine))
        database.execute_sql(
            f"INSERT INTO schema_version (version, name, applied_at) VALUES ({mark}, {mark}, {mark})",  # noqa: S608 - marks
            (migration.version, migration.name, to_utc_text(now)),
        )


@contextmanager
def _lock(database: Any) -> Iterator[None]:
    """One process at a time. Both locks go when the process ends, however it ends."""
    if engine_of(database) == "postgresql":
        database.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))
        return
    descriptor = os.open(f"{database.database}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _backup(database: Any, version: int) -> None:
    """Copy the SQLite file; PostgreSQL has tools of its own for that."""
    if engine_of(database) != "sqlite":
        return
    target = Path(f"{database.database}.before-{version:04d}")
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(database.database)) as source, closing(sqlite3.connect(draft)) as copy:
        source.backup(copy)
    draft.replace(target)


def check_numbers(migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Raise ValueError unless the steps are numbered 1, 2, 3, ... without a gap."""
    numbers = [migration.version for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)) or not all(re.fullmatch(r"\w+", m.name) for m in migrations):
        raise ValueError(f"migrations are numbered without a gap, not {numbers}")
