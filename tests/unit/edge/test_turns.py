"""Whose turn it is to write: in the order of asking, and never for ever."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import peewee
import pytest

from mailhelp.edge.store import Store
from mailhelp.edge.store.turns import Turns
from servers import wait_until

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_turns_come_in_the_order_of_asking() -> None:
    """Who asks while others write comes after those who asked before, and before one who comes back for more."""
    turns, had = Turns(20.0), list[str]()

    def write(name: str) -> None:
        with turns.turn():
            had.append(name)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("first", "second", "third")]
    with turns.turn():
        for count, thread in enumerate(threads, 1):
            thread.start()
            wait_until(lambda count=count: len(turns._waiting) == count)  # type: ignore[misc]
        assert turns.wanted
    write("again")
    for thread in threads:
        thread.join()
    assert had == ["first", "second", "third", "again"]
    assert not turns.wanted


def test_a_turn_that_does_not_come_is_a_busy_database() -> None:
    """Then the place in the line is given up, and the next one has a free lock."""
    turns = Turns(0.0)
    with turns.turn(), pytest.raises(peewee.OperationalError), turns.turn():
        raise AssertionError("two at a time")
    with turns.turn():
        assert not turns.wanted


def test_a_turn_that_ends_in_an_error_is_handed_on() -> None:
    """Whatever a unit raises, the next one can begin."""
    turns = Turns(0.0)
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn():
        pass


def test_a_unit_knows_that_another_thread_waits(tmp_path: Path) -> None:
    """Long units ask whether they are wanted to end; the waiting one then gets its turn; nested units ask for none."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    store.open()
    other = threading.Thread(target=lambda: store.alarm("test", "written", NOW))
    with store.unit(), store.unit():
        assert not store.wanted
        other.start()
        wait_until(lambda: store.wanted)
    with store.unit():  # asks after the other one
        assert [alarm["code"] for alarm in store.alarms()] == ["test"]
    other.join()
    store.close()
