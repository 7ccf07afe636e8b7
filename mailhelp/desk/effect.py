"""What a decision can do: the closed set of effects. No effect touches the network.

Tickets are named by report number: `decide` knows the number of a ticket it opens from `Case.next_number`.
`edge.store` applies all effects of a decision in one transaction, in order, with one `match`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from mailhelp.desk.model import ArticleKind, CloseReason, End, FieldValue, MailKind, Role, State
from mailhelp.mail.message import Address


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """Open a ticket. Its requester is added as participant slot 1 by this effect."""

    number: int
    subject: str
    requester: Address
    queue: str
    state: State = State.NEW
    category: str = ""
    subcategory: str = ""
    user_type: str = ""
    priority: str = "normal"
    language: str = "id"
    opened_at: datetime | None = None  # default: now


@dataclass(frozen=True, slots=True)
class AddParticipant:
    """Put a person on a ticket; `slot` is the next free one."""

    ticket: int
    slot: int
    role: Role
    address: Address


@dataclass(frozen=True, slots=True)
class SetReachable:
    """Remember that mail to this participant bounces (False) or arrives again (True)."""

    ticket: int
    slot: int
    reachable: bool
    reason: str


@dataclass(frozen=True, slots=True)
class AddArticle:
    """Add an article. `arrival` is the ledger row it came from (None for notes and mails of ours).

    `text` is what people are shown; `quoted` the rest. `internal` articles are never shown to the requester.
    `slot` is the participant whose mail it is: `message_id` becomes that participant's `last_id` (and `root_id` where
    there was none), so that the next mail to that person stands under it. `attachments` have `name`, `media_type`,
    `size`, `part`, `inline`, `sha256`, and `left` (why it is not passed on, or empty).
    """

    ticket: int
    kind: ArticleKind
    author: str
    text: str
    quoted: str = ""
    arrival: int | None = None
    message_id: str = ""
    subject: str = ""
    internal: bool = False
    attachments: tuple[Mapping[str, Any], ...] = ()
    slot: int = 0


@dataclass(frozen=True, slots=True)
class SetState:
    """Change the state; `close_reason` only with CLOSED."""

    ticket: int
    state: State
    reason: str
    close_reason: CloseReason | None = None


@dataclass(frozen=True, slots=True)
class Assign:
    """Set owner, queue, priority or category; None leaves a thing as it is, an empty text clears it."""

    ticket: int
    owner: str | None = None
    queue: str | None = None
    priority: str | None = None
    category: str | None = None
    subcategory: str | None = None
    user_type: str | None = None
    language: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Tag:
    """Add and remove tags."""

    ticket: int
    add: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SetFields:
    """Set fields of the report; a None value removes one."""

    ticket: int
    fields: Mapping[str, FieldValue | None]


@dataclass(frozen=True, slots=True)
class Ask:
    """The requester is asked for these fields; `by` names the agent who wants them (empty: the desk itself)."""

    ticket: int
    fields: tuple[str, ...]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Link two tickets; `kind` is `follow-up`, `duplicate`, `merged` or `mentions`."""

    ticket: int
    other: int
    kind: str


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Set the timer of that name on a ticket (one of each name); `facts` explain the due time (calendar, ...)."""

    ticket: int
    name: str
    due_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClearTimer:
    """Clear timers: the one of that name, or all when `name` is empty."""

    ticket: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """A file to send along: part `part` of the raw message of arrival `arrival`."""

    arrival: int
    part: str
    name: str
    media_type: str


@dataclass(frozen=True, slots=True)
class SendMail:
    """Queue one mail to one recipient. It becomes an outbox row with its final bytes in the same transaction.

    `template` names `templates/LANG/NAME.md`; `context` is what it may show: plain data (text, numbers, lists, dicts).
    `ticket` and `slot` are what the reply token is bound to (0: no ticket, as for alarms and bare refusals).
    `in_reply_to` and `references` place it in the recipient's client. `sender_name` replaces the desk's display name
    (an agent's notice shows the requester "via" the desk). `confirm` is the ledger id whose release a reply to this
    mail would confirm. `not_before` delays it; after `not_after` it is withdrawn instead of sent.
    """

    kind: MailKind
    template: str
    to: Address
    language: str
    context: Mapping[str, Any]
    ticket: int = 0
    slot: int = 0
    role: Role = Role.REQUESTER
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    sender_name: str = ""
    attachments: tuple[AttachmentRef, ...] = ()
    confirm: int | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back the reminders of a ticket that have not left yet: its requester has written."""

    ticket: int


@dataclass(frozen=True, slots=True)
class EndArrival:
    """The recorded end of an arrival, or HELD. `ticket` is the report number it ended on, if any."""

    arrival: int
    end: End
    reason: str
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A held arrival was confirmed: take it up again, this time as its agent's."""

    arrival: int


@dataclass(frozen=True, slots=True)
class SetRequester:
    """Somebody else is the requester. The place stays the same: tokens of the old one fail by their owner's address."""

    ticket: int
    address: Address


@dataclass(frozen=True, slots=True)
class CancelMail:
    """Stop the `count` mails of an earlier decision that are queued and were never tried."""

    ticket: int
    decision: int
    count: int


@dataclass(frozen=True, slots=True)
class SetAbsence:
    """An agent is absent from `first` to `last` (None: until further notice), or present again (no `first`)."""

    agent: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the admin must know of: kept in the alarm table, mailed when `desk.alarms` says so.

    `told`: this decision mails it itself, or it is about a mail to the admin, of which no further mail may tell.
    """

    code: str
    text: str
    told: bool = False


@dataclass(frozen=True, slots=True)
class AlarmOver:
    """The cause of an alarm is gone."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class AlarmsTold:
    """The admin is mailed of these alarms (code and text) by this decision."""

    alarms: tuple[tuple[str, str], ...]


Effect = (
    OpenTicket
    | AddParticipant
    | SetReachable
    | AddArticle
    | SetState
    | Assign
    | Tag
    | SetFields
    | Ask
    | Link
    | SetTimer
    | ClearTimer
    | SendMail
    | Withdraw
    | EndArrival
    | Release
    | SetRequester
    | CancelMail
    | SetAbsence
    | Alarm
    | AlarmOver
    | AlarmsTold
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do and why. `reason` is a sentence; `code` is stable; `trace` is stored as JSON beside it.

    `trace` has the keys of `mailhelp explain --json`: kind, sender, thread, fields, rules, gate.
    """

    effects: tuple[Effect, ...]
    code: str
    reason: str
    trace: Mapping[str, Any] = field(default_factory=dict)
