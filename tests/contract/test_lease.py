"""One daemon for a desk: on SQLite for the file, on PostgreSQL for each mailbox; let go by the end of the process."""

from __future__ import annotations

import functools
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

import postgres
from clikit import Desk
from mailhelp import app
from mailhelp.app import App
from mailhelp.edge.lease import lease
from mailhelp.errors import UserError
from mailhelp.home import open_home

HOLD = """
import sys
from mailhelp.edge.lease import lease
with lease(sys.argv[1], sys.argv[2:]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another(url: str, *mailboxes: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lease."""
    command = [sys.executable, "-c", HOLD, url, *mailboxes]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.fixture
def pg_url(postgres_cluster: postgres.Cluster) -> str:
    """An empty database of PostgreSQL."""
    return postgres_cluster.new_database()


def end_connections(url: str) -> None:
    """The server ends all connections but this one."""
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ended, (connection.info.backend_pid,))


def test_a_second_one_is_refused_and_told_who_holds_it(url: str) -> None:
    """Machine, process and since when; it ends with the block."""
    with lease(url, ["main"]):
        with pytest.raises(UserError, match="Another mailhelp is running on") as refused, lease(url, ["main"], 0):
            pytest.fail("two at a time")
        assert f"mailhelp pid {os.getpid()} on {platform.node()}"[:63] in str(refused.value)
        assert " since 2" in str(refused.value)
    with lease(url, ["main"]):  # a server needs a moment to notice
        pass


def test_a_killed_process_has_let_go(url: str) -> None:
    """SIGKILL, and the next daemon starts at once."""
    with another(url, "main") as process:
        with pytest.raises(UserError, match=f"pid {process.pid} "), lease(url, ["main"], 0):
            pytest.fail("two at a time")
        process.send_signal(signal.SIGKILL)
        process.wait()
        with lease(url, ["main"]):
            pass


@pytest.mark.postgres
def test_daemons_with_other_mailboxes_share_postgresql(pg_url: str) -> None:
    """Each mailbox has one; whoever cannot have all of its own has none."""
    with lease(pg_url, ["b"]):
        with lease(pg_url, ["c"], 0):
            pass
        with pytest.raises(UserError, match="the mailbox b"), lease(pg_url, ["a", "b"], 0):
            pytest.fail("two at a time")
        with lease(pg_url, ["a"]):
            pass


def test_a_sqlite_file_has_one_daemon(tmp_path: Path) -> None:
    """Whatever its mailboxes are."""
    url = f"sqlite:///{tmp_path}/new/desk.db"
    with lease(url, ["a"]) as keep:
        keep()
        with pytest.raises(UserError, match=r"desk\.db"), lease(url, ["b"], 0):
            pytest.fail("two at a time")


@pytest.mark.postgres
def test_a_broken_connection_is_made_anew(pg_url: str) -> None:
    """The server ended it: the lease is taken again, and others are refused as before."""
    with lease(pg_url, ["main"]) as keep:
        keep()
        end_connections(pg_url)
        keep()
        with pytest.raises(UserError), lease(pg_url, ["main"], 0):
            pytest.fail("two at a time")


@pytest.mark.postgres
def test_a_lease_that_somebody_else_took_is_lost(pg_url: str) -> None:
    """Between the break and the next look another daemon was faster: this one must end."""
    with lease(pg_url, ["main"]) as keep:
        end_connections(pg_url)
        with another(pg_url, "main"), pytest.raises(UserError, match="the mailbox main: mailhelp pid"):
            keep()


@pytest.mark.postgres
def test_while_the_database_is_away_nothing_is_lost(pg_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can work then, so nobody has to end; afterwards the lease is taken again."""

    def away(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("connection refused")

    with lease(pg_url, ["main"]) as keep:
        end_connections(pg_url)
        with monkeypatch.context() as patch:
            patch.setattr(psycopg, "connect", away)
            keep()
            keep()
        keep()
        with pytest.raises(UserError), lease(pg_url, ["main"], 0):
            pytest.fail("two at a time")


@pytest.mark.postgres
def test_our_own_broken_connection_is_awaited(pg_url: str) -> None:
    """The server has not noticed yet that the line is cut: what it still keeps for us is not somebody else's."""
    with lease(pg_url, ["main"]) as keep:
        held = keep.__self__  # type: ignore[attr-defined]
        old, held._connection = held._connection, psycopg.connect(pg_url)
        held._connection.close()
        keep()  # the old one still has it
        old.close()
        held._lock(10.0)
        with pytest.raises(UserError), lease(pg_url, ["main"], 0):
            pytest.fail("two at a time")


def test_an_address_that_nobody_knows() -> None:
    """A sentence, as from every command."""
    with pytest.raises(UserError, match="is not one that mailhelp knows"), lease("mysql://x/y", ["main"]):
        pytest.fail("there is no such engine")
    with pytest.raises(UserError, match="cannot be opened"), lease("postgresql:///x?host=/nowhere", ["main"]):
        pytest.fail("there is no server")


# Commands ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk as `mailhelp init` makes it."""
    made = Desk(tmp_path / "desk", monkeypatch, capsys)
    assert made.run("init", str(made.folder)).status == 0
    return made


def test_run_and_run_once_are_refused_and_reading_is_not(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a daemon runs, a second one ends with a sentence; `status` looks at the same desk."""
    monkeypatch.setattr(app, "lease", functools.partial(lease, patience=0))
    with lease(f"sqlite:///{desk.folder}/mailhelp.db", ["main"]):
        for words in (("run",), ("run", "--once")):
            done = desk(*words)
            assert done.status == 2
            assert f"mailhelp pid {os.getpid()} on" in done.err
        assert "Tickets" in desk("status").out
        assert desk("tickets").status == 0


def test_a_daemon_that_lost_its_lease_ends(desk: Desk) -> None:
    """It finishes what is in hand and says why."""

    def lost() -> None:
        raise UserError("Another mailhelp is running on the mailbox main.")

    store = desk.store()
    with ExitStack() as stack:
        stack.callback(store.close)
        made = App(open_home(desk.config), store, stack)
        made._keep = lost
        made._keep_lease()
        with pytest.raises(UserError, match="on the mailbox main"):
            made.run(lost)
