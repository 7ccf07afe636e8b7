"""Fetching mails: sizes first, small ones in batches, large ones in chunks into a file, oversized ones in part.

imapclient holds whole answers in memory, so what is asked for at once is bounded. Only BODY.PEEK[] is used and flags
are never asked for: an unsolicited FETCH may put them on another mail.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from mailhelp.edge.imap_line import Line
from mailhelp.edge.imap_part import fetch_text
from mailhelp.edge.store.records import RawMail

SMALL = 1_000_000  # bytes; above, a mail comes in chunks
CHUNK = 512 * 1024  # bytes
UIDS = 500  # UIDs in one command; servers refuse lines of some 64 KB


@dataclass(frozen=True, slots=True)
class Standing:
    """A mail that stands in the folder; `size` is what the server says, in bytes, and may be an estimate."""

    uid: int
    size: int
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What is held at once (`messages`, `size` bytes); of a mail above `largest` only header and text are taken."""

    messages: int = 50
    size: int = 8_000_000
    largest: int = 25_000_000


def standing(line: Line, uids: Sequence[int]) -> list[Standing]:
    """Sizes and times of arrival of those UIDs that still stand there, ascending. Raises DownError, RefusedError."""
    found: list[Standing] = []
    for first in range(0, len(uids), UIDS):
        some = list(uids[first : first + UIDS])
        found += line.run("looking at sizes", partial(_standing, uids=some))
    return sorted(found, key=lambda mail: mail.uid)


def batches(found: Iterable[Standing], limits: FetchLimits) -> Iterator[list[Standing]]:
    """Cut into runs that keep to the limits; a mail above the byte limit is a run of its own."""
    batch: list[Standing] = []
    size = 0
    for mail in found:
        if batch and (len(batch) >= limits.messages or size + mail.size > limits.size):
            yield batch
            batch, size = [], 0
        batch.append(mail)
        size += mail.size
    if batch:
        yield batch


def fetch(line: Line, batch: Sequence[Standing], limits: FetchLimits, spool: Path) -> list[RawMail]:
    """The mails of one batch that still stand there, ascending; large ones are files in `spool`, the caller's to clear.

    Raises DownError, RefusedError.
    """
    small = {mail.uid: mail for mail in batch if mail.size <= min(SMALL, limits.largest)}
    mails: list[RawMail] = []
    if small:
        answer = line.run("fetching mail", lambda client: client.fetch(list(small), ["BODY.PEEK[]"]))
        for uid, facts in answer.items():
            raw = facts.get(b"BODY[]")
            if raw is not None:
                mails.append(RawMail(uid, small[uid].arrived_at, raw, len(raw)))
    for mail in batch:
        if mail.uid not in small:
            one = _truncated(line, mail) if mail.size > limits.largest else _chunked(line, mail, spool)
            mails += [one] if one else []
    return sorted(mails, key=lambda mail: mail.uid)


def _truncated(line: Line, mail: Standing) -> RawMail | None:
    raw = line.run("fetching part of a mail", lambda client: fetch_text(client, mail.uid))
    return None if raw is None else RawMail(mail.uid, mail.arrived_at, raw, mail.size, truncated=True)


def _chunked(line: Line, mail: Standing, spool: Path) -> RawMail | None:
    """One mail as a file; None when it has gone meanwhile."""
    with tempfile.NamedTemporaryFile(dir=spool, prefix="mail-", delete=False) as file:
        path, size = Path(file.name), 0
        try:
            while True:
                chunk = line.run("fetching mail", partial(_chunk, uid=mail.uid, at=size))
                if chunk is None:
                    path.unlink()
                    return None
                file.write(chunk)
                size += len(chunk)
                # Not until RFC822.SIZE: some servers estimate it.
                if len(chunk) < CHUNK:
                    return RawMail(mail.uid, mail.arrived_at, path, size)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


def _standing(client: IMAPClient, uids: list[int]) -> list[Standing]:
    return [
        Standing(uid, int(facts[b"RFC822.SIZE"]), _utc(facts.get(b"INTERNALDATE")))
        for uid, facts in client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]).items()
        if b"RFC822.SIZE" in facts
    ]


def _chunk(client: IMAPClient, uid: int, at: int) -> bytes | None:
    """Bytes from `at` on; shorter than CHUNK at the end; None when the mail has gone."""
    facts: dict[bytes, Any] = client.fetch([uid], [f"BODY.PEEK[]<{at}.{CHUNK}>"]).get(uid, {})
    if not facts:
        return None
    # The answer's key is BODY[]<off>; one server writes <off.len>.
    found = [value for key, value in facts.items() if key.startswith(b"BODY[]<")]
    if not found:
        raise ValueError("the server does not know partial fetches")
    return found[0] or b""


def _utc(when: datetime | None) -> datetime:
    """INTERNALDATE in UTC; a server that leaves it out gets the time of asking."""
    return (when or datetime.now(UTC)).astimezone(UTC)
