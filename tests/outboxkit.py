"""A store with mails to send, without tickets: what tests of sending begin with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mailhelp.desk.effect import Decision, SendMail
from mailhelp.desk.model import MailKind
from mailhelp.edge.store import Store
from mailhelp.mail.message import Address

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
BODY = b"Subject: x\r\n\r\n" + b"Yth. Bapak/Ibu, laporan sudah kami terima dan sedang diperiksa.\r\n"


class Clock:
    """A clock that the test moves."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail in its final form."""

    message_id: str
    envelope_from: str
    recipient: str
    subject: str
    text: str
    raw: bytes


def letter(name: str, recipient: str, size: int = 0) -> Letter:
    """A mail with the Message-ID `<name@desk.example>`."""
    message_id = f"<{name}@desk.example>"
    raw = f"Message-ID: {message_id}\r\n".encode() + BODY + (b"x" * 70 + b"\r\n") * (size // 72)
    return Letter(message_id, "desk+b1@desk.example", recipient, "x", "x", raw)


def queue(
    store: Store,
    *names: str,
    kind: MailKind = MailKind.ANSWER,
    recipient: str = "guru@sekolah.example",
    now: datetime = START,
    size: int = 0,
) -> list[str]:
    """Queue mails of these names; returns their Message-IDs."""
    letters = [letter(name, recipient, size) for name in names]
    effects = tuple(SendMail(kind, "ack", Address(recipient), "id", {}) for _ in names)
    store.apply(Decision(effects, "test", "a test"), f"test:{names[0]}", letters, "v1", now)
    return [each.message_id for each in letters]


def states(store: Store) -> dict[str, str]:
    """Each mail's name and state."""
    return {row["message_id"].partition("@")[0].strip("<"): row["state"] for row in store.outbox(limit=100_000)}


def rows(store: Store) -> dict[str, dict[str, Any]]:
    """Each mail's name and row."""
    return {row["message_id"].partition("@")[0].strip("<"): dict(row) for row in store.outbox(limit=100_000)}
