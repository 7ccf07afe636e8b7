"""What systemd is told, over a real socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailhelp.edge import sdnotify


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket such as systemd listens on, by path and in the abstract namespace, named in the environment."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@mailhelp-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name[1:] if name.startswith("@") else name)
        sock.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield sock


def test_systemd_hears_each_message(systemd: socket.socket) -> None:
    """READY, STATUS, WATCHDOG and STOPPING arrive in the words of sd_notify(3); a status is one line."""
    assert sdnotify.ready("2 mailboxes\nREADY=0")
    assert systemd.recv(4096) == b"READY=1\nSTATUS=2 mailboxes READY=0"
    assert sdnotify.status("idle")
    assert systemd.recv(4096) == b"STATUS=idle"
    assert sdnotify.watchdog()
    assert systemd.recv(4096) == b"WATCHDOG=1"
    assert sdnotify.stopping()
    assert systemd.recv(4096) == b"STOPPING=1\nSTATUS=stopping"


@pytest.mark.parametrize("name", ["", "/nowhere/at/all", "@mailhelp-nobody-listens", "vsock:1:2"])
def test_without_systemd_nothing_happens(name: str) -> None:
    """No socket, or one that nobody listens on, is no error."""
    assert not sdnotify.notify("READY=1", environ={"NOTIFY_SOCKET": name})


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
    ],
)
def test_the_watchdog_is_fed_twice_in_its_time(environ: dict[str, str], seconds: float) -> None:
    """Half of systemd's limit, and only when the limit is meant for this process."""
    assert sdnotify.watchdog_seconds(environ) == seconds
