"""Tell systemd how we are, over its datagram socket (sd_notify(3)). Without systemd, nothing happens."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def notify(*messages: str, environ: Mapping[str, str] | None = None) -> bool:
    """Send assignments such as `READY=1`; True when they were handed over. Never raises."""
    path = (os.environ if environ is None else environ).get("NOTIFY_SOCKET", "")
    if not path.startswith(("/", "@")):
        return False
    address = "\0" + path[1:] if path.startswith("@") else path  # @ stands for the abstract namespace
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.settimeout(1.0)
        sock.sendto("\n".join(messages).encode(), address)
        return True
    return False


def ready(status: str) -> bool:
    """Start-up is over; `status` is what `systemctl status` shows."""
    return notify("READY=1", f"STATUS={_line(status)}")


def status(text: str) -> bool:
    """What `systemctl status` shows from now on."""
    return notify(f"STATUS={_line(text)}")


def stopping() -> bool:
    """Shutting down has begun."""
    return notify("STOPPING=1", "STATUS=stopping")


def watchdog() -> bool:
    """Still alive."""
    return notify("WATCHDOG=1")


def watchdog_seconds(environ: Mapping[str, str] | None = None) -> float:
    """How often systemd wants to hear from us: half of its limit (sd_watchdog_enabled(3)); 0: never."""
    env = os.environ if environ is None else environ
    if env.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    try:
        return max(0.0, int(env.get("WATCHDOG_USEC", "0")) / 2_000_000)
    except ValueError:
        return 0.0


def _line(text: str) -> str:
    return " ".join(text.split())
