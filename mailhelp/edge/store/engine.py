"""One database connection per unit of work, and the few ways in which statements are run.

Statements that run for every message are constant SQL: compiling a query costs peewee more than running it costs
SQLite, and the driver keeps statements of the same text prepared. The models give rows their types. A statement says
`?` for a value, whatever the engine.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeVar

import peewee

from mailhelp.edge.store.database import BUSY_SECONDS, engine_of, make_database
from mailhelp.edge.store.fields import Json, OptionalUtcField, UtcField, from_json, from_utc, to_db
from mailhelp.edge.store.schema import Table
from mailhelp.edge.store.turns import Turns

Row = TypeVar("Row", bound=Table)
Converter = Callable[[Any], Any]


def _converter(field: peewee.Field[Any]) -> Converter | None:
    if isinstance(field, (UtcField, OptionalUtcField)):
        return from_utc
    if isinstance(field, Json):
        return from_json
    return bool if isinstance(field, peewee.BooleanField) else None


@functools.cache
def _columns(model: type[Table]) -> tuple[tuple[str, ...], tuple[Converter | None, ...], str]:
    """Names, converters and the start of a SELECT of all columns."""
    fields = model._meta.sorted_fields  # noqa: SLF001 - peewee's documented way to a model's fields
    names = tuple(field.column_name for field in fields)
    select = f"SELECT {', '.join(names)} FROM {table_of(model)} "  # noqa: S608 - names of ours
    return names, tuple(map(_converter, fields)), select


@functools.cache
def table_of(model: type[Table]) -> str:
    """The table's name."""
    return str(model._meta.table_name)  # noqa: SLF001 - as above


@functools.cache
def _insert_sql(model: type[Table], names: tuple[str, ...], rows: int, tail: str) -> str:
    marks = f"({', '.join('?' * len(names))})"
    return f"INSERT INTO {table_of(model)} ({', '.join(names)}) VALUES {', '.join([marks] * rows)} {tail}"  # noqa: S608


def marks(values: Sequence[object]) -> str:
    """`(?, ?, ?)` for IN. The number is rounded up, so that few texts arise: pair it with `padded`."""
    return f"({', '.join('?' * _rounded(len(values)))})"


def padded(values: Sequence[Any]) -> tuple[Any, ...]:
    """The values, the last one repeated up to the number of `marks`."""
    return (*values, *([values[-1]] * (_rounded(len(values)) - len(values))))


def _rounded(count: int) -> int:
    return 1 << (count - 1).bit_length() if count else 0


class Engine:
    """A database and the transactions of the calling thread."""

    def __init__(self, url: str) -> None:
        self.database: Any = make_database(url)  # its own methods are untyped, and so is its pool
        self.name = engine_of(self.database)
        self.postgresql = self.name == "postgresql"
        self.for_update = " FOR UPDATE" if self.postgresql else ""
        self.skip_locked = " FOR UPDATE SKIP LOCKED" if self.postgresql else ""
        self._turns = Turns(BUSY_SECONDS)

    def close(self) -> None:
        """Close all connections that no thread uses."""
        self.database.close_all()

    @property
    def in_unit(self) -> bool:
        """Whether the calling thread is inside a unit."""
        return bool(self.database.in_transaction())

    @property
    def wanted(self) -> bool:
        """Whether another thread waits to write: a long unit should come to its end."""
        return self._turns.wanted

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Borrow a connection for the calling thread unless it has one; the pool replaces what is not usable."""
        opened = self.database.connect(reuse_if_open=True)
        try:
            yield
        finally:
            if opened:
                self.database.close()

    @contextmanager
    def unit(self) -> Iterator[None]:
        """One transaction; inside another one of the same thread, a part of that."""
        if self.in_unit:
            yield
            return
        turn = nullcontext() if self.postgresql else self._turns.turn()
        with turn, self.connected(), self.database.transaction():
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One consistent view without a lock that would keep writers out."""
        if self.in_unit:
            yield
            return
        kind = () if self.postgresql else ("DEFERRED",)
        with self.connected(), self.database.transaction(*kind):
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of a unit that may fail alone; RuntimeError outside a unit."""
        if not self.in_unit:
            raise RuntimeError("a savepoint needs a unit around it")
        self.run("SAVEPOINT part")  # nested ones of the same name hide each other, as they should
        try:
            yield
        except BaseException:
            self.run("ROLLBACK TO SAVEPOINT part")
            self.run("RELEASE SAVEPOINT part")
            raise
        self.run("RELEASE SAVEPOINT part")

    def run(self, sql: str, *values: Any) -> Any:
        """Run a statement and return the cursor."""
        text = sql.replace("?", "%s") if self.postgresql else sql
        return self.database.execute_sql(text, to_db(values))

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a query, as the driver gives them."""
        return list(self.run(sql, *values).fetchall())

    def value(self, sql: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.run(sql, *values).fetchone()
        return row[0] if row else None

    def changed(self, sql: str, *values: Any) -> int:
        """Run a statement and return the number of rows it changed."""
        return int(self.run(sql, *values).rowcount)

    def fetch(self, model: type[Row], tail: str, *values: Any) -> list[Row]:
        """Rows of a table as models; `tail` is everything after FROM."""
        names, converters, select = _columns(model)
        return [_instance(model, names, converters, row) for row in self.rows(select + tail, *values)]

    def insert(self, model: type[Table], values: Mapping[str, Any], tail: str = "") -> Any:
        """Insert a row; with `RETURNING column` as tail the column's value, else None."""
        cursor = self.run(_insert_sql(model, tuple(values), 1, tail), *values.values())
        if "RETURNING" not in tail:
            return None
        rows = cursor.fetchall()
        return rows[0][0] if rows else None

    def insert_many(self, model: type[Table], rows: Sequence[Mapping[str, Any]], tail: str = "") -> Any:
        """Insert rows that have the same columns, in one statement; returns the cursor."""
        flat = [value for row in rows for value in row.values()]
        return self.run(_insert_sql(model, tuple(rows[0]), len(rows), tail), *flat)


def _instance(
    model: type[Row], names: tuple[str, ...], converters: tuple[Converter | None, ...], row: tuple[Any, ...]
) -> Row:
    instance = model(__no_default__=1)
    instance.__data__ = {
        name: value if convert is None or value is None else convert(value)
        for name, convert, value in zip(names, converters, row, strict=True)
    }
    return instance
