"""The desk's nouns: ticket, article, participant, proof, case. Plain data; times are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from mailhelp.mail.message import Address, MailKind, Message

if TYPE_CHECKING:
    from mailhelp.desk.timefacts import Timeline
    from mailhelp.desk.workcase import Absence, Work

__all__ = [
    "Arrival",
    "ArticleHead",
    "ArticleKind",
    "Asked",
    "Authority",
    "Case",
    "CloseReason",
    "Doubt",
    "Earlier",
    "End",
    "FieldValue",
    "Heard",
    "MailKind",
    "Original",
    "Participant",
    "Past",
    "Proof",
    "ProofKind",
    "Recent",
    "Role",
    "SentCounts",
    "State",
    "Ticket",
]


class State(StrEnum):
    """The state of a ticket (design §8)."""

    NEW = "new"  # nobody has answered
    OPEN = "open"  # an agent is on it
    PENDING = "pending"  # we asked; the requester's turn
    CHECKING = "checking"  # another team verifies; the requester was told
    RESOLVED = "resolved"  # answered; a reply reopens
    CLOSED = "closed"  # a reply opens a new linked report


class CloseReason(StrEnum):
    """Why a ticket was closed."""

    ANSWERED = "answered"
    SILENCE = "silence"
    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    SPAM = "spam"


class Role(StrEnum):
    """What a participant is on one ticket."""

    REQUESTER = "requester"
    AGENT = "agent"
    COPY = "copy"  # gets the answers, may reply


class ArticleKind(StrEnum):
    """What an article of a ticket is."""

    REPORT = "report"  # the first message
    REPLY = "reply"  # a later message of the requester or a person in copy
    ANSWER = "answer"  # an agent's answer
    NOTE = "note"  # seen by agents only
    AUTOMATIC = "automatic"  # an out-of-office reply and the like, filed and answered by nobody
    DELIVERY = "delivery"  # a delivery report about one of our mails
    SENT = "sent"  # a mail of ours to the requester that the machine wrote (acknowledgement, reminder, ...)


class End(StrEnum):
    """The recorded end of an arrival (design §2, promise 1). HELD is not an end: it waits for a confirmation."""

    ARTICLE = "article"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"
    HELD = "held"


class ProofKind(StrEnum):
    """How a mail was tied to a ticket (design §4.5), strongest first."""

    TOKEN_ADDRESS = "token-address"  # noqa: S105 - a name, not a secret
    TOKEN_MESSAGE_ID = "token-message-id"  # noqa: S105
    REFERENCE = "reference"
    SUBJECT_NUMBER = "subject-number"
    NONE = "none"


class Authority(StrEnum):
    """What the sender may do on the ticket that was found (design §7)."""

    AGENT = "agent"
    PARTICIPANT = "participant"
    HOLD = "hold"  # claims to be an agent; ask the registered address
    STRANGER = "stranger"  # may only open a report


@dataclass(frozen=True, slots=True)
class Proof:
    """Why this mail belongs to this ticket, and what its sender may do there; `reason` is a sentence for people.

    `code` is a stable reason code (`token.ok`, `token.other-sender`, `token.bad-mac`, `reference.participant`, ...).
    `slot` is the participant who acts.
    """

    kind: ProofKind
    authority: Authority
    code: str
    reason: str
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Participant:
    """A person on one ticket. `slot` counts from 1 within the ticket and is what tokens are bound to.

    `root_id` and `last_id` are the first and the latest Message-ID exchanged with this person on this ticket: mails to
    a person are threaded in that person's client only.
    """

    slot: int
    role: Role
    address: Address
    root_id: str = ""
    last_id: str = ""
    reachable: bool = True


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a value may be wrong: a stable code and what the sentence about it shows (`desk.formwords.said`)."""

    code: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field of a report: the value, where it was read (`span` in the text), and how surely.

    `how` is `label`, `near-label`, `table`, `subject`, `keyword`, `text`, `agent` or `reply`; `sure` runs from 0 to 1;
    `warnings` say why the value may be wrong: they are told to the agent, in the agent's language.
    """

    value: str
    how: str = "label"
    sure: float = 1.0
    span: tuple[int, int] | None = None
    raw: str = ""
    warnings: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleHead:
    """The head of a stored article, as much as decisions need."""

    id: int
    kind: ArticleKind
    author: str
    at: datetime
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The requester was asked for these fields; `by` is the agent who wanted them, or empty: the desk itself."""

    at: datetime
    fields: tuple[str, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as stored. `number` is its report number; `owner` and `queue` are names from `rules/team.yaml`."""

    id: int
    number: int
    state: State
    subject: str
    queue: str
    opened_at: datetime
    changed_at: datetime
    owner: str = ""
    category: str = ""
    subcategory: str = ""
    user_type: str = ""
    priority: str = "normal"
    language: str = "id"
    tags: frozenset[str] = frozenset()
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    close_reason: CloseReason | None = None
    participants: tuple[Participant, ...] = ()
    articles: tuple[ArticleHead, ...] = ()  # the latest 50, oldest first
    asked: tuple[Asked, ...] = ()  # oldest first

    def participant(self, slot: int) -> Participant | None:
        """The participant with that slot."""
        return next((person for person in self.participants if person.slot == slot), None)

    def find(self, addr: str, *roles: Role) -> Participant | None:
        """The first participant with that address (any case), in one of `roles` if any are named."""
        return next(
            (p for p in self.participants if p.address.key == addr.lower() and (not roles or p.role in roles)),
            None,
        )

    @property
    def requester(self) -> Participant | None:
        """The requester."""
        return next((person for person in self.participants if person.role is Role.REQUESTER), None)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that stood in an intake folder; `id` is its row in the ledger.

    `arrived_at` is the server's INTERNALDATE: clocks of promises start there. `confirmed` says that it was held and its
    agent has confirmed it since.
    """

    id: int
    account: str
    folder: str
    uidvalidity: int
    uid: int
    arrived_at: datetime
    sha256: str
    size: int
    attempts: int = 0
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class SentCounts:
    """Automatic mail already sent or queued, for the gate: counts within the windows the gate names."""

    to_address_hour: int = 0
    to_address_day: int = 0
    ticket_day: int = 0
    global_hour: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What a requester wrote before: the text of an article and the files of its mail (see `AddArticle`)."""

    kind: ArticleKind
    at: datetime
    text: str
    arrival: int | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Recent:
    """An open report of the same sender and its text; its ticket comes without articles."""

    ticket: Ticket
    text: str


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier report, as much as agents are reminded of."""

    number: int
    subject: str
    state: State
    category: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Earlier:
    """What one address (its key) reported before: the latest reports, newest first, and how many there are."""

    address: str = ""
    reports: tuple[Past, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class Original:
    """The outgoing mail that a delivery report speaks of."""

    outbox_id: int
    ticket: int
    slot: int
    recipient: str
    kind: MailKind


@dataclass(frozen=True, slots=True)
class Case:
    """All that a decision may know besides the event, read beforehand in the same transaction.

    `candidates` are the tickets that the mail's evidence points at (tokens, stored ids, numbers), loaded whole;
    `by_id` maps the message ids the mail refers to onto report numbers; `next_number` is what a new ticket would get;
    `duplicate_of` is the earlier arrival with the same identity, `duplicate_ticket` the ticket it ended on.
    `known_files` are the digests of this mail's pictures that came before from the same sender; `recent` the sender's
    latest open reports, newest first; `heard` what was written on candidates that wait for data, oldest first;
    `earlier` what the person who will be the requester reported before, whatever became of it.
    """

    next_number: int
    candidates: Mapping[int, Ticket] = field(default_factory=dict)
    by_id: Mapping[str, int] = field(default_factory=dict)
    duplicate_of: int | None = None
    duplicate_ticket: int | None = None
    rescan: bool = False  # met again because UIDVALIDITY changed: no acknowledgements
    original: Original | None = None
    sent: SentCounts = SentCounts()
    open_reports: int = 0
    known_sender: bool = False
    # For a reply to a confirmation request: the arrival held for it.
    held: Arrival | None = None
    held_message: Message | None = None
    round_robin: Mapping[str, int] = field(default_factory=dict)  # queue -> how many were given out
    load: Mapping[str, int] = field(default_factory=dict)  # agent -> open tickets owned
    known_files: frozenset[str] = frozenset()
    recent: tuple[Recent, ...] = ()
    earlier: Earlier = Earlier()
    heard: Mapping[int, tuple[Heard, ...]] = field(default_factory=dict)
    work: Work | None = None  # for a mail that could be an agent's
    away: tuple[Absence, ...] = ()  # what agents told by mail
    merged: Mapping[int, int] = field(default_factory=dict)  # candidate -> the candidate in which it goes on
    held_reason: str = ""  # why `held` is held
    time: Mapping[int, Timeline] = field(default_factory=dict)  # of candidates, where time matters
