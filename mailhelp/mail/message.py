"""What a mail says, once it has been read: plain data, safe to pickle and to store.

Nothing here comes from a library object; every text is clean (no NUL, no lone surrogate, no CR, header values on one
line), every collection bounded. `mailhelp.mail.read.read` makes a `Message`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailhelp.mail.quotes.pieces import Piece


@dataclass(frozen=True, slots=True)
class Address:
    """One mail address: `addr` is `local@domain` with the domain in lower case; `name` is for showing only."""

    addr: str
    name: str = ""

    @property
    def key(self) -> str:
        """The form in which addresses are compared: all lower case (RFC 5321 §2.4 permits it in practice)."""
        return self.addr.lower()

    @property
    def domain(self) -> str:
        """The part after the last @, lower case."""
        return self.addr.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the From field names, read strictly (RFC 5322 §3.6.2).

    `address` is None when there is no From, more than one mailbox or field, or a form that readers disagree about; then
    `problem` says what was found. `claimed` holds every address that any reader might take from the field, so that a
    doubtful mail that could pass for an agent is noticed.
    """

    address: Address | None
    problem: str = ""
    claimed: tuple[str, ...] = ()


class Kind(StrEnum):
    """What sort of mail it is, in the order of precedence of design §3."""

    OWN = "own"  # our own mail came back
    DELIVERY_REPORT = "delivery-report"  # RFC 3464 and older bounces
    DISPOSITION_REPORT = "disposition-report"  # RFC 8098
    AUTOMATIC = "automatic"  # RFC 3834: out of office, notifications
    LIST = "list"  # RFC 2919, RFC 2369: sent through a mailing list
    PERSON = "person"


class MailKind(StrEnum):
    """What a mail of ours is; it decides headers, priority and what happens when its fate is uncertain (design §5)."""

    ANSWER = "answer"  # a person's words: no Auto-Submitted
    NOTICE = "notice"  # to an agent
    CONFIRM = "confirm"  # to an agent: please confirm that this was you
    REMINDER = "reminder"
    STATUS = "status"
    CLOSING = "closing"
    ACKNOWLEDGEMENT = "acknowledgement"
    ALARM = "alarm"  # to the admin


class Action(StrEnum):
    """The Action field of a delivery report (RFC 3464 §2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class FailedRecipient:
    """One recipient in a delivery report. `status` is an enhanced code such as 5.1.1 (RFC 3463), or empty."""

    addr: str
    action: Action
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a delivery report says; `original_message_id` is the mail it speaks of, or empty."""

    recipients: tuple[FailedRecipient, ...]
    original_message_id: str = ""
    original_envelope_id: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file in a mail. The bytes stay in the raw message; `part` is the path to them ("2.1", RFC 3501 §6.4.5).

    `name` is clean and never empty; `size` counts decoded bytes; `inline` marks pictures that the HTML shows (signature
    logos and the like); `media_type` is as declared, lower case; `sniffed` is what the content says, or empty.
    `above` is how many words of the new text stand above a picture that was pasted into it, None for any other file.
    """

    name: str
    media_type: str
    size: int
    part: str
    sha256: str
    content_id: str = ""
    inline: bool = False
    sniffed: str = ""
    above: int | None = None


@dataclass(frozen=True, slots=True)
class Authentication:
    """What our own border says in Authentication-Results (RFC 8601), or nothing at all.

    `trusted` is False when no field of a configured authserv-id stands where ours must; then all results are empty.
    """

    trusted: bool = False
    authserv_id: str = ""
    dmarc: str = ""
    spf: str = ""
    dkim: str = ""

    @property
    def passed(self) -> bool:
        """Whether our border vouches for the From domain."""
        return self.trusted and self.dmarc == "pass"


@dataclass(frozen=True, slots=True)
class ForwardedMail:
    """A mail that was passed on inside another one, attached (`part` is where) or within the text (`part` is empty).

    `sender.addr` is empty where the client printed no address. `comment` is what stands above it in the text, `text`
    the original's. `date` is known of attached ones, `printed_date` is as people saw it. Parts of files inside an
    attached mail are written `2/1.2`: part 1.2 of the mail that is part 2.
    """

    sender: Address
    subject: str = ""
    text: str = ""
    html_text: str = ""
    comment: str = ""
    printed_date: str = ""
    date: datetime | None = None
    message_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    part: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, read. Times are aware UTC; sizes are bytes; `headers` holds an allow-listed, decoded choice.

    `text` is the whole text a person would read (from text/plain, else from HTML), `new_text` what the sender wrote
    himself, `quoted_text` what was quoted, `signature` what was taken off below his words; `html_text` is the HTML part
    as text (table rows as `cell<TAB>cell`), kept also when there is a plain part, because forms often arrive as tables.
    `split_how` names the mark that separated new from quoted text, `split_sure` is False where the split is a guess.
    `forwarded` is looked for only where the text begins with a `#` line, which is how agents ask for it.
    """

    message_id: str  # with angle brackets; empty if the mail has none
    sender: Sender
    subject: str
    kind: Kind
    kind_reason: str
    sha256: str
    size: int
    date: datetime | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    return_path: str | None = None  # "" is the null reverse path
    delivered_to: tuple[str, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    html_text: str = ""
    new_text: str = ""
    quoted_text: str = ""
    signature: str = ""
    split_how: str = ""
    split_sure: bool = True
    inline_answers: bool = False
    bare_signature: bool = False
    pieces: tuple[Piece, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    report: DeliveryReport | None = None
    authentication: Authentication = Authentication()
    language: str = ""  # "id", "en" or empty when unsure
    truncated: bool = False  # only headers and text were read: the mail is over the limit
    defects: tuple[str, ...] = ()
    forwarded: ForwardedMail | None = None

    def header(self, name: str) -> str:
        """The first value of an allow-listed header field, or an empty text."""
        wanted = name.lower()
        return next((value for field, value in self.headers if field.lower() == wanted), "")

    @property
    def ids(self) -> tuple[str, ...]:
        """All message ids that this mail refers to, nearest first, without repeats (RFC 5322 §3.6.4)."""
        return tuple(dict.fromkeys((*reversed(self.in_reply_to), *reversed(self.references))))


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What reading needs to know of the desk: no ticket, only names and limits.

    `own_addresses` are the desk's addresses (lower case, without detail); `own_id` is the value of our
    X-Mailhelp-Desk field; `authserv_ids` are trusted in Authentication-Results; `marker_lines` are the texts of
    "please reply above this line" in all languages. Limits are bytes or counts.
    """

    own_addresses: frozenset[str] = frozenset()
    own_id: str = ""
    own_relays: frozenset[str] = frozenset()
    authserv_ids: tuple[str, ...] = ()
    marker_lines: tuple[str, ...] = ()
    max_header_bytes: int = 131_072
    max_header_field_bytes: int = 16_384
    max_parts: int = 1_000
    max_depth: int = 50
    max_text_chars: int = 400_000
