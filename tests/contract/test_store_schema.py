"""Migrations: under a lock, whole or not at all, with a backup, never backwards; and models that fit the tables."""

from __future__ import annotations

import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mailhelp.edge.store import Store
from mailhelp.edge.store.database import in_dialect, make_database
from mailhelp.edge.store.engine import table_of
from mailhelp.edge.store.migrate import MIGRATIONS, Migration, check_numbers, migrate
from mailhelp.edge.store.schema import TABLES
from mailhelp.errors import UserError
from postgres import Cluster
from storekit import NOW, count, open_report

NEXT = len(MIGRATIONS) + 1
SECOND = Migration(NEXT, "second", lambda _: ["CREATE TABLE extra (id INT)", "INSERT INTO extra VALUES (7)"])
BROKEN = Migration(NEXT, "broken", lambda _: ["CREATE TABLE extra (id INT)", "NONSENSE"])


def run(store: Store, *more: Migration) -> list[int]:
    """Migrate an open store with further steps."""
    with store.engine.connected():
        return migrate(store.engine.database, NOW, (*MIGRATIONS, *more))


def test_the_steps_are_numbered() -> None:
    """The released steps have no gap; a gap or a number twice is refused."""
    check_numbers()
    for wrong in ((SECOND,), (*MIGRATIONS, SECOND, SECOND)):
        with pytest.raises(ValueError, match="without a gap"):
            check_numbers(wrong)


def test_the_models_fit_the_tables(store: Store) -> None:
    """Every model has exactly the columns that the migrations made, and can be read."""
    for model in TABLES:
        columns = {column.name for column in _columns(store, table_of(model))}
        assert columns == {field.column_name for field in model._meta.sorted_fields}, table_of(model)
        with store.engine.reading():
            assert store.engine.fetch(model, "LIMIT 1") is not None


def _columns(store: Store, table: str) -> list[Any]:
    with store.engine.connected():
        found: list[Any] = store.engine.database.get_columns(table)
        return found


def test_opening_twice_changes_nothing(store: Store, url: str) -> None:
    """A second start finds everything done."""
    number = open_report(store, 1)
    again = Store(url)
    again.open()
    assert again.show(number) is not None
    again.close()
    assert run(store) == []


def test_a_newer_schema_is_refused(store: Store, url: str) -> None:
    """A database that a newer mailhelp has migrated is not touched, and the admin is told what to do."""
    assert run(store, SECOND) == [NEXT]
    with pytest.raises(UserError, match=f"schema {NEXT}, this mailhelp knows only {NEXT - 1}") as caught:
        Store(url).open()
    assert "newer mailhelp" in caught.value.remedy


def test_a_step_that_fails_leaves_nothing(store: Store) -> None:
    """Its first statement is undone with the others, and the next try begins at the same place."""
    with pytest.raises(Exception, match=r"(?i)syntax error"):
        run(store, BROKEN)
    assert run(store, SECOND) == [NEXT]
    assert count(store, "extra") == 1
    assert count(store, "schema_version") == NEXT


def test_four_starts_at_once_migrate_once(url: str) -> None:
    """Processes that start together on an empty database all come up, on one schema."""
    stores = [Store(url) for _ in range(4)]
    failed: list[Exception] = []

    def start(store: Store) -> None:
        try:
            store.open()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failed.append(error)

    threads = [threading.Thread(target=start, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert count(stores[0], "schema_version") == len(MIGRATIONS)
    for store in stores:
        store.close()


def test_sqlite_is_copied_before_a_migration(tmp_path: Path) -> None:
    """The copy has the state from before, is whole, and is the owner's only; a first start makes none."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    store.open()
    number = open_report(store, 1)
    assert not list(tmp_path.glob("desk.db.before-*"))
    run(store, SECOND)
    copy = tmp_path / f"desk.db.before-{NEXT:04d}"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as old:
        assert old.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert old.execute("SELECT number FROM ticket").fetchone() == (number,)
        assert old.execute("SELECT MAX(version) FROM schema_version").fetchone() == (len(MIGRATIONS),)
    assert not list(tmp_path.glob("*.part"))
    store.close()


def test_sqlite_is_durable_and_private(tmp_path: Path) -> None:
    """WAL with full synchronisation, foreign keys on, a file that only its owner can read."""
    store = Store(f"sqlite:///{tmp_path}/new/folder/desk.db")
    store.open()
    with store.engine.reading():
        settings = {
            name: store.engine.value(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert stat.S_IMODE((tmp_path / "new/folder/desk.db").stat().st_mode) == 0o600
    store.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite:///:memory:", "sqlite:///", "desk.db"])
def test_other_databases_are_refused(url: str) -> None:
    """Only a file or a PostgreSQL will do, and the message says so."""
    with pytest.raises(UserError, match=r"\[database\] url"):
        Store(url)


def test_a_folder_that_cannot_be_written_is_a_user_error(tmp_path: Path) -> None:
    """No traceback where the path is wrong."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="cannot be opened"):
        Store(f"sqlite:///{tmp_path}/file/desk.db").open()


def test_a_file_that_is_no_database_is_a_user_error(tmp_path: Path) -> None:
    """Something else under that name is not overwritten."""
    path = tmp_path / "desk.db"
    path.write_text("these are my notes, not a database. " * 40)
    with pytest.raises(UserError, match="cannot be opened"):
        Store(f"sqlite:///{path}").open()
    assert path.read_text().startswith("these are my notes")


def test_a_postgresql_that_is_not_there_is_a_user_error() -> None:
    """The reason is told."""
    with pytest.raises(UserError, match="cannot be opened"):
        Store("postgresql:///desk?host=/nowhere/at/all").open()


def test_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """RETURNING came with 3.35."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(UserError, match="too old"):
        make_database("sqlite:///x.db")


def test_missing_psycopg_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names PostgreSQL without its driver is told what to install."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(UserError, match="psycopg is not installed") as caught:
        make_database("postgresql://x/y")
    assert "mailhelp[postgres]" in caught.value.remedy


@pytest.mark.postgres
def test_the_short_name_of_postgresql_works(postgres_cluster: Cluster) -> None:
    """`postgres://` is what many hosts print."""
    store = Store(postgres_cluster.new_database().replace("postgresql://", "postgres://"))
    store.open()
    assert open_report(store, 1) == 2164242
    store.close()


def test_types_are_words_of_their_own() -> None:
    """Only whole words are replaced."""
    assert in_dialect("a INT, POINT INTO", "postgresql") == "a BIGINT, POINT INTO"
