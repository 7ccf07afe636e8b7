"""Folders: making those that are missing, and filing mails into them. Filing is idempotent: what has gone is fine."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Sequence

from imapclient import IMAPClient

from mailhelp.edge.imap_line import Line, RefusedError

log = logging.getLogger(__name__)
UIDS = 500  # UIDs in one command


def real_name(line: Line, name: str) -> str:
    """The folder name as this server spells it: its own separator for `/`, below its personal namespace (RFC 2342).

    Raises DownError, RefusedError.
    """
    if name.upper() == "INBOX":
        return "INBOX"
    prefix, separator = line.run("looking at namespaces", _namespace)
    name = name.replace("/", separator) if separator else name
    return name if not prefix or name.startswith(prefix) else prefix + name


def _namespace(client: IMAPClient) -> tuple[str, str]:
    """Prefix and separator of one's own folders."""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        if personal:
            return str(personal[0][0]), str(personal[0][1] or "")
    for _, separator, _ in client.list_folders("", ""):
        return "", (separator or b"").decode("ascii", "replace")
    return "", ""


def make_folder(line: Line, name: str) -> bool:
    """Make and subscribe a folder unless it is there; whether it was made. Raises DownError, RefusedError."""
    if line.run(f"looking for folder {name}", lambda client: bool(client.folder_exists(name))):
        return False
    try:
        line.run(f"making folder {name}", lambda client: client.create_folder(name))
    except RefusedError as refusal:
        if "ALREADYEXISTS" not in str(refusal).upper():  # somebody was quicker
            raise
    with contextlib.suppress(RefusedError):  # only so that people see it in their client
        line.run(f"subscribing to {name}", lambda client: client.subscribe_folder(name))
    return True


def move(line: Line, uids: Sequence[int], folder: str) -> int:
    r"""Move mails from the selected folder; how many were moved (others had gone already).

    MOVE (RFC 6851) where the server has it, else COPY, \Deleted and UID EXPUNGE (RFC 4315) of just these. A server
    without UIDPLUS keeps them marked \Deleted: a bare EXPUNGE would take other people's mails along.
    Raises DownError; RefusedError when some still stand there.
    """
    moved = 0
    for first in range(0, len(uids), UIDS):
        moved += _move(line, list(uids[first : first + UIDS]), folder)
    return moved


def _move(line: Line, uids: list[int], folder: str) -> int:
    there = _still_there(line, uids)
    if not there:
        return 0
    line.run(f"moving to {folder}", lambda client: client._imap.untagged_responses.pop("COPYUID", None))  # noqa: SLF001
    if "MOVE" in line.capabilities:
        line.run(f"moving to {folder}", lambda client: client.move(there, folder))
    else:
        line.run(f"copying to {folder}", lambda client: client.copy(there, folder))
        line.run("marking as deleted", lambda client: client.delete_messages(there, silent=True))
        if "UIDPLUS" not in line.capabilities:
            return len(there)
        line.run("expunging", lambda client: client.uid_expunge(there))
    left = _still_there(line, there)
    if left:
        raise RefusedError(f"moving to {folder}: {len(left)} of {len(there)} mails still stand in the intake folder")
    copied = line.run("reading COPYUID", _copied)
    if copied is not None and copied != len(there):
        log.warning("moved %d mails to %s, of which the server copied %d", len(there), folder, copied)
    return len(there)


def _still_there(line: Line, uids: list[int]) -> list[int]:
    """Which of these UIDs stand in the selected folder."""
    found = line.run("looking for mails", lambda client: client.search(["UID", ",".join(map(str, uids))]))
    return sorted(set(found) & set(uids))


def _copied(client: IMAPClient) -> int | None:
    """How many mails the last COPYUID speaks of (RFC 4315 §3), or None when the server sent none."""
    lines = client._imap.untagged_responses.get("COPYUID")  # noqa: SLF001 - imapclient's move() throws it away
    return sum(_count(line.split()[1]) for line in lines) if lines else None


def _count(uid_set: bytes) -> int:
    """The number of UIDs in a set such as `4,7:9`."""
    spans = re.findall(rb"(\d+)(?::(\d+))?", uid_set)
    return sum(abs(int(last or first) - int(first)) + 1 for first, last in spans)
