"""What the store takes and gives besides the desk's own nouns. Times are aware UTC, sizes bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from mailhelp.desk.model import End, MailKind


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail fetched from a mailbox: its bytes, or the spool file that holds them; `truncated` when only a part."""

    uid: int
    arrived_at: datetime
    raw: bytes | Path
    size: int
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """The last UID of a folder whose mail is stored (RFC 9051 §2.3.1.1)."""

    uidvalidity: int
    uid: int


@dataclass(frozen=True, slots=True)
class Filing:
    """A message that stands in an intake folder and has its end: where it is to be moved follows from `end`."""

    arrival_id: int
    folder: str
    uidvalidity: int
    uid: int
    end: End


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the ledger as the audit needs it; `end` is None while there is none."""

    arrival_id: int
    uid: int
    sha256: str
    received_at: datetime
    end: End | None
    filed_at: datetime | None
    ticket: int | None


class SendState(StrEnum):
    """The state of a mail to send (design §5)."""

    QUEUED = "queued"
    ATTEMPTING = "attempting"
    SENT = "sent"
    WAITING = "waiting"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # taken back before it was tried


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail that was claimed for sending. `attempts` counts this try; `uncertain` how often its fate was unknown."""

    id: int
    kind: MailKind
    recipient: str
    envelope_from: str
    message_id: str
    raw: bytes
    attempts: int
    ticket: int
    slot: int
    priority: int
    uncertain: int = 0
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer whose time has come."""

    id: int
    ticket: int
    name: str
    due_at: datetime


class Letter(Protocol):
    """A mail of ours in its final form (`edge.letter.Letter`)."""

    @property
    def message_id(self) -> str:
        """With angle brackets."""

    @property
    def envelope_from(self) -> str:
        """The reverse path (RFC 5321 §4.1.1.2)."""

    @property
    def recipient(self) -> str:
        """The one recipient."""

    @property
    def subject(self) -> str:
        """As people see it."""

    @property
    def text(self) -> str:
        """The text part."""

    @property
    def raw(self) -> bytes:
        """The bytes that go out."""
