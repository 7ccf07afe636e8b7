"""Waiting for mail (IDLE, RFC 2177) without its traps.

imapclient's `idle_check` reads a socket that it made non-blocking: half a line poisons it, a closed connection looks
like silence, and what the last command left in the read buffer, or beside its answer, is not seen. So we only wait
until there is something to read, and let `idle_done` read it with the ordinary time limit; a poll follows in any case.
"""

from __future__ import annotations

import select
import ssl
import time
from collections.abc import Callable

from imapclient import IMAPClient

from mailhelp.edge.imap_line import Line

MAX_WINDOW = 60.0  # seconds; mail that came just before IDLE may only show at its end
SLICE = 0.5  # seconds between looks at `stop`


def idle(line: Line, seconds: float, stop: Callable[[], bool]) -> bool:
    """Wait up to `seconds` (at most 60) for any word from the server; True when one came.

    Raises DownError, RefusedError.
    """
    return line.run("waiting for mail", lambda client: _idle(client, min(seconds, MAX_WINDOW), stop))


def _idle(client: IMAPClient, seconds: float, stop: Callable[[], bool]) -> bool:
    if _announced(client):
        return True
    imap = client._imap  # noqa: SLF001 - imapclient's own idle() fails when a word comes before the "+"
    tag = client._idle_tag = imap._command("IDLE")  # noqa: SLF001
    came = False
    while imap._get_response() is not None:  # noqa: SLF001
        if imap.tagged_commands[tag]:
            client._checkok("idle", *imap.tagged_commands.pop(tag))  # noqa: SLF001 - raises the NO
        came = True
    came = came or _wait(client, time.monotonic() + seconds, stop)
    _, words = client.idle_done()
    return came or bool(words)


def forget_announced(client: IMAPClient) -> None:
    """Learn what is new (a search may show the folder as it was) and take it as known: the caller looks now."""
    client.noop()
    client._imap.untagged_responses.pop("EXISTS", None)  # noqa: SLF001 - imaplib keeps words beside an answer here


def _announced(client: IMAPClient) -> bool:
    """Whether a mail came since the last look: the server speaks of each only once, perhaps beside another answer."""
    client.noop()
    return "EXISTS" in client._imap.untagged_responses  # noqa: SLF001


def _wait(client: IMAPClient, until: float, stop: Callable[[], bool]) -> bool:
    """Whether there is something to read before `until` (monotonic seconds)."""
    if _buffered(client):
        return True
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    while not stop():
        left = until - time.monotonic()
        if left <= 0:
            return False
        if poller.poll(min(left, SLICE) * 1000):
            return True
    return False


def _buffered(client: IMAPClient) -> bool:
    """Whether the last read took in more than it used: then the socket stays silent about it."""
    sock = client.socket()
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        return bool(client._imap.file.peek(1))  # noqa: SLF001 - nobody else can tell
    except (BlockingIOError, ssl.SSLWantReadError):
        return False
    finally:
        sock.settimeout(timeout)
