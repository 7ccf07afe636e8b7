"""What stands in a folder, by UID and Message-ID: the mailbox's side of the audit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from imapclient import IMAPClient

from mailhelp.edge.imap_line import Line
from mailhelp.mail.header import message_ids

PORTION = 500  # UIDs in one command
_FIELD = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message: `message_id` with angle brackets, or, where it has none, `sha256` of its bytes."""

    uidvalidity: int
    uid: int
    message_id: str
    sha256: str = ""


def entries(line: Line, folder: str) -> Iterator[Entry]:
    """All messages of a folder (a name as the server spells it). Leaves that folder selected, read-only."""

    def select(client: IMAPClient) -> int:
        return int(client.select_folder(folder, readonly=True)[b"UIDVALIDITY"])

    uidvalidity = line.run(f"selecting {folder}", select)
    last = 0
    while uids := _next_uids(line, last):
        last = uids[-1]
        found = line.run("listing", lambda client, uids=uids: client.fetch(uids, [_FIELD]))  # type: ignore[misc]
        for uid in sorted(found):
            head = next((value for key, value in found[uid].items() if key.startswith(b"BODY[HEADER.FIELDS")), b"")
            ids = message_ids((head or b"").partition(b":")[2].decode("latin-1"))
            sha256 = "" if ids else digest(line, uid)
            yield Entry(uidvalidity, uid, ids[0] if ids else "", sha256)


def _next_uids(line: Line, last: int) -> list[int]:
    """The next UIDs above `last`, at most one portion: a folder may hold more than one reply line can."""
    found = line.run("searching", lambda client: client.search(["UID", f"{last + 1}:*"]))
    return sorted(uid for uid in found if uid > last)[:PORTION]


def digest(line: Line, uid: int) -> str:
    """The SHA-256 of one mail of the selected folder, as hexadecimal digits."""
    got = line.run("reading", lambda client: client.fetch([uid], ["BODY.PEEK[]"]))
    return hashlib.sha256(got.get(uid, {}).get(b"BODY[]", b"")).hexdigest()
