"""A PostgreSQL of our own for tests: a private cluster in a temporary folder, reached by a Unix socket only.

PostgreSQL refuses to run as root; then an unprivileged user of the system runs it. Where its programs are missing the
tests skip, unless MAILHELP_REQUIRE_SERVERS=1 says that they must not.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_USERS = ("postgres", "nobody")
_SECONDS = 60


@dataclass
class Cluster:
    """A running cluster; `folder` holds its socket."""

    folder: Path
    programs: Path
    user: str
    counter: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """The address of a database, for `Store`."""
        return f"postgresql:///{database}?host={self.folder}&user=mailhelp"

    def new_database(self) -> str:
        """Make an empty database and return its address."""
        name = f"desk{next(self.counter)}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def sql(self, statement: str) -> str:
        """Run a statement as the owner of the cluster and return what psql prints."""
        command = [self.programs / "psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "mailhelp"]
        return _run([*map(str, command), "-d", "postgres", "-c", statement], self.user)


def find_programs() -> Path | None:
    """The folder of initdb and pg_ctl: in PATH, else the newest one that Debian keeps."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    found = shutil.which("initdb")
    if found:
        candidates.append(Path(found).resolve().parent)
    return next((path for path in reversed(candidates) if (path / "pg_ctl").exists()), None)


def unusable(programs: Path | None) -> str:
    """Why there can be no cluster here, or an empty text."""
    if programs is None:
        return "PostgreSQL's server programs are not installed (Debian: postgresql)"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL does not run as root, and there is no unprivileged user to run it"
    return ""


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster and take it down again; skips (or fails, where servers are required) if there can be none."""
    programs = find_programs()
    reason = unusable(programs)
    if reason:
        if os.environ.get("MAILHELP_REQUIRE_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    assert programs is not None
    user = (_other_user() or "") if os.geteuid() == 0 else ""
    # The name of a socket has at most 107 bytes: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="mh-pg-", dir="/tmp") as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user)
        running = Cluster(folder, programs, user)
        try:
            _start(running)
            yield running
        finally:
            stop = [programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"]
            with suppress(subprocess.CalledProcessError):  # it may never have started
                _run(list(map(str, stop)), user)


def _start(running: Cluster) -> None:
    data = running.folder / "data"
    initdb = [
        running.programs / "initdb",
        "-D",
        data,
        "-U",
        "mailhelp",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    ]
    _run(list(map(str, initdb)), running.user)
    # Durability is PostgreSQL's own business; here only what the store says to it is tested.
    options = f"-k {running.folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off -c shared_buffers=32MB"
    start = [running.programs / "pg_ctl", "-D", data, "-l", running.folder / "log", "-o", options, "-w", "start"]
    _run(list(map(str, start)), running.user)


def _other_user() -> str | None:
    for name in _USERS:
        with suppress(KeyError):
            pwd.getpwnam(name)
            return name
    return None


def _run(command: list[str], user: str) -> str:
    """Run as `user` (empty: as we are); pg_ctl's child would keep a pipe open, so output goes to a file."""
    with tempfile.TemporaryFile() as output:
        try:
            subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, user=user or None,
                group=pwd.getpwnam(user).pw_gid if user else None, extra_groups=[] if user else None, cwd="/",
                timeout=_SECONDS, check=True,
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            output.seek(0)
            error.add_note(output.read().decode(errors="replace"))
            raise
        output.seek(0)
        return output.read().decode(errors="replace")
