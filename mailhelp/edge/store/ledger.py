"""The ledger: every message that ever stood in an intake folder, its raw bytes, and where it went (design §4.2)."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from mailhelp.desk.model import Arrival, End
from mailhelp.edge.store.engine import Engine, marks, padded
from mailhelp.edge.store.fields import from_utc
from mailhelp.edge.store.records import Filing, LedgerRow, Mark, RawMail
from mailhelp.edge.store.schema import Ledger, RawChunk

CHUNK = 1_048_576
"""Bytes of a raw message in one row: what one read or write of a large mail holds in memory."""
SPOOL = 2 * CHUNK
PENDING = "ended_as = ''"
UNFILED = "filed_at IS NULL AND ended_as <> '' AND ended_as <> 'held'"
_AT_ONCE = 200
_READ_AHEAD = 500


@dataclass(frozen=True, slots=True)
class _Hashed:
    mail: RawMail
    sha256: str


def _pieces(raw: bytes | Path) -> Iterator[bytes]:
    if isinstance(raw, bytes):
        yield from (raw[start : start + CHUNK] for start in range(0, len(raw), CHUNK))
        return
    with raw.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def _hashed(mail: RawMail) -> _Hashed:
    digest = hashlib.sha256()
    for piece in _pieces(mail.raw):
        digest.update(piece)
    return _Hashed(mail, digest.hexdigest())


def to_arrival(row: Ledger) -> Arrival:
    """The desk's view of a ledger row."""
    return Arrival(
        row.id, row.account, row.folder, row.uidvalidity, row.uid, row.arrived_at, row.sha256, row.size, row.attempts,
        row.confirmed,
    )  # fmt: skip


class LedgerPart:
    """What the store knows of arrivals before and after they are decided."""

    engine: Engine

    def mark(self, account: str, folder: str) -> Mark | None:
        """How far a folder has been read; None before the first mail."""
        with self.engine.reading():
            sql = "SELECT uidvalidity, uid FROM mark WHERE account = ? AND folder = ?"
            found = self.engine.rows(sql, account, folder)
        return Mark(*found[0]) if found else None

    def accept(
        self, account: str, folder: str, uidvalidity: int, mails: Sequence[RawMail], last_uid: int, now: datetime
    ) -> list[int]:
        """Store raw mails, their ledger rows and the mark in one commit; return the new ids in the order of `mails`.

        UIDs that the ledger has already are passed over. After the return everything is durable (unless called inside
        a unit). The mark never goes back within one UIDVALIDITY.
        """
        once: dict[int, RawMail] = {}  # a server may list a UID twice
        for mail in mails:
            once.setdefault(mail.uid, mail)
        hashed = [_hashed(mail) for mail in once.values()]  # before the lock, as it takes time
        with self.engine.unit():
            ids: list[int] = []
            for start in range(0, len(hashed), _AT_ONCE):
                ids += self._enter(account, folder, uidvalidity, hashed[start : start + _AT_ONCE], now)
            self._advance(account, folder, uidvalidity, last_uid)
        return ids

    def _enter(
        self, account: str, folder: str, uidvalidity: int, hashed: Sequence[_Hashed], now: datetime
    ) -> list[int]:
        stored = self._stored(one.sha256 for one in hashed)
        rows = [
            {
                "account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": one.mail.uid,
                "arrived_at": one.mail.arrived_at, "received_at": now, "sha256": one.sha256, "size": one.mail.size,
                "truncated": one.mail.truncated, "raw_of": stored.get(one.sha256), "attempts": 0, "message_id": "",
                "identity": "", "ended_as": "", "end_reason": "", "confirmed": False,
            }
            for one in hashed
        ]  # fmt: skip
        cursor = self.engine.insert_many(Ledger, rows, "ON CONFLICT DO NOTHING RETURNING uid, id")
        new = dict(cursor.fetchall())
        for one in hashed:
            if one.mail.uid in new and one.sha256 not in stored:
                self._keep(new[one.mail.uid], one.mail.raw)
        return [new[one.mail.uid] for one in hashed if one.mail.uid in new]

    def _stored(self, digests: Iterable[str]) -> dict[str, int]:
        """The row that holds the raw bytes, for each digest known already."""
        wanted = list(dict.fromkeys(digests))
        sql = f"SELECT sha256, MIN(id) FROM ledger WHERE sha256 IN {marks(wanted)} AND raw_of IS NULL GROUP BY sha256"  # noqa: S608
        return dict(self.engine.rows(sql, *padded(wanted)))

    def _keep(self, arrival_id: int, raw: bytes | Path) -> None:
        for number, piece in enumerate(_pieces(raw)):
            self.engine.insert(RawChunk, {"arrival": arrival_id, "n": number, "data": piece})

    def _advance(self, account: str, folder: str, uidvalidity: int, uid: int) -> None:
        self.engine.run(
            "INSERT INTO mark (account, folder, uidvalidity, uid) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (account, folder) DO UPDATE SET uidvalidity = excluded.uidvalidity, uid = CASE WHEN "
            "mark.uidvalidity = excluded.uidvalidity AND mark.uid > excluded.uid THEN mark.uid ELSE excluded.uid END",
            account, folder, uidvalidity, uid,
        )  # fmt: skip

    def known_uids(self, account: str, folder: str, uidvalidity: int, low: int, high: int) -> set[int]:
        """The UIDs from `low` to `high` (both included) that the ledger has."""
        sql = "SELECT uid FROM ledger WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid BETWEEN ? AND ?"
        with self.engine.reading():
            return {uid for (uid,) in self.engine.rows(sql, account, folder, uidvalidity, low, high)}

    def pending(self, limit: int) -> list[Arrival]:
        """Arrivals without an end that wait for nobody, oldest first."""
        with self.engine.reading():
            return [to_arrival(row) for row in self.engine.fetch(Ledger, f"WHERE {PENDING} ORDER BY id LIMIT ?", limit)]

    def arrival(self, arrival_id: int) -> Arrival | None:
        """One arrival, or None."""
        with self.engine.reading():
            found = self.engine.fetch(Ledger, "WHERE id = ?", arrival_id)
        return to_arrival(found[0]) if found else None

    def begin_attempt(self, ids: Sequence[int]) -> None:
        """Count an attempt to read these messages, committed before anyone tries (design §4.3)."""
        if ids:
            sql = f"UPDATE ledger SET attempts = attempts + 1 WHERE id IN {marks(ids)}"  # noqa: S608 - marks
            with self.engine.unit():
                self.engine.run(sql, *padded(ids))

    def open_raw(self, arrival_id: int) -> BinaryIO:
        """The raw bytes as a file to read; large ones lie on the disk. KeyError for an unknown arrival."""
        file = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - it is handed out
        try:
            for piece in self._raw(arrival_id):
                file.write(piece)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return cast("BinaryIO", file)

    def raw(self, arrival_id: int) -> bytes:
        """The raw bytes, whole. KeyError for an unknown arrival."""
        return b"".join(self._raw(arrival_id))

    def _raw(self, arrival_id: int) -> Iterator[bytes]:
        """The pieces, one query each: a driver holds the whole result of a query in memory."""
        with self.engine.reading():
            holder = self.engine.value("SELECT COALESCE(raw_of, id) FROM ledger WHERE id = ?", arrival_id)
            if holder is None:
                raise KeyError(arrival_id)
            number = 0
            sql = "SELECT data FROM raw_chunk WHERE arrival = ? AND n = ?"
            while (piece := self.engine.value(sql, holder, number)) is not None:
                yield bytes(piece)
                number += 1

    def whole(self, ids: Sequence[int]) -> dict[int, tuple[bytes, bool]]:
        """Bytes, and whether they are only a part of the message, of those that lie in one piece; one query for all."""
        if not ids:
            return {}
        sql = (
            "SELECT l.id, c.data, l.truncated FROM ledger l "  # noqa: S608 - marks
            f"JOIN raw_chunk c ON c.arrival = COALESCE(l.raw_of, l.id) AND c.n = 0 WHERE l.id IN {marks(ids)}"
        )
        with self.engine.reading():
            rows = self.engine.rows(sql, *padded(ids))
        return {number: (bytes(data), bool(truncated)) for number, data, truncated in rows if len(data) < CHUNK}

    def truncated(self, arrival_id: int) -> bool:
        """Whether only a part of the message was stored. KeyError for an unknown arrival."""
        with self.engine.reading():
            found = self.engine.value("SELECT truncated FROM ledger WHERE id = ?", arrival_id)
        if found is None:
            raise KeyError(arrival_id)
        return bool(found)

    def unfiled(self, account: str, limit: int) -> list[Filing]:
        """Messages that have their end and still stand in the intake folder, oldest first."""
        sql = (
            "SELECT id, folder, uidvalidity, uid, ended_as FROM ledger "  # noqa: S608 - a constant
            f"WHERE account = ? AND {UNFILED} ORDER BY id LIMIT ?"
        )
        with self.engine.reading():
            return [
                Filing(arrival_id, folder, validity, uid, End(ended_as))
                for arrival_id, folder, validity, uid, ended_as in self.engine.rows(sql, account, limit)
            ]

    def filed(self, ids: Sequence[int], now: datetime | None = None) -> None:
        """These messages have left the intake folder (default: just now)."""
        if ids:
            sql = f"UPDATE ledger SET filed_at = ? WHERE id IN {marks(ids)}"  # noqa: S608 - marks
            with self.engine.unit():
                self.engine.run(sql, now or datetime.now(UTC), *padded(ids))

    def audit_rows(self, account: str, folder: str, uidvalidity: int) -> Iterator[LedgerRow]:
        """All rows of one folder in the order of their UIDs, read in pieces."""
        sql = (
            "SELECT id, uid, sha256, received_at, ended_as, filed_at, ticket FROM ledger "
            "WHERE account = ? AND folder = ? AND uidvalidity = ? AND uid > ? ORDER BY uid LIMIT ?"
        )
        last = -1
        while True:
            with self.engine.reading():
                rows = self.engine.rows(sql, account, folder, uidvalidity, last, _READ_AHEAD)
            yield from map(_ledger_row, rows)
            if len(rows) < _READ_AHEAD:
                return
            last = rows[-1][1]


def _ledger_row(row: tuple[Any, ...]) -> LedgerRow:
    arrival_id, uid, sha256, received_at, ended_as, filed_at, ticket = row
    received = from_utc(received_at)
    assert received is not None
    return LedgerRow(arrival_id, uid, sha256, received, End(ended_as) if ended_as else None, from_utc(filed_at), ticket)
