"""What a decision about an agent's mail may know besides the ticket: read beforehand, only where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from mailhelp.desk.model import ArticleKind, State, Ticket


class Listing(StrEnum):
    """Which tickets a list holds."""

    MINE = "mine"  # open and owned by the agent
    OPEN = "open"  # open in the agent's queues
    SEARCH = "search"  # with certain words


@dataclass(frozen=True, slots=True)
class Wants:
    """What the mail of `agent` needs to know; `answers` are the ids of the mail it replies to, nearest first.

    `undo` is about the tickets that the mail may belong to; `numbers` are reports that it names; `requester` is the key
    of the address for which it opens one.
    """

    agent: str
    answers: tuple[str, ...] = ()
    undo: bool = False
    numbers: tuple[int, ...] = ()
    listings: tuple[Listing, ...] = ()
    search: str = ""
    queues: tuple[str, ...] = ()
    requester: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One ticket in a list; `slot` is the agent's place on it (0: none yet), `due_at` its next due time."""

    number: int
    state: State
    subject: str
    queue: str
    owner: str
    priority: str
    requester: str
    opened_at: datetime
    changed_at: datetime
    slot: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An article with its text, and the files of its mail (`AddArticle.attachments`)."""

    id: int
    kind: ArticleKind
    author: str
    at: datetime
    text: str
    internal: bool
    arrival: int | None = None
    attachments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A line of a ticket's history; `agent` is whose mail changed it, empty for anything else."""

    at: datetime
    what: str
    before: str
    after: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Undoable:
    """The last thing an agent did on a ticket: what it was before and after, and which of its mails still wait."""

    decision: int
    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    waiting: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class Work:
    """What was found. By report number: `articles` (oldest first), `changes` (newest first), `undo`, `others`.

    `seen_at` is when the mail that is answered was written, `seen_text` its plain text; None and empty when it is none
    of ours.
    """

    seen_at: datetime | None = None
    articles: Mapping[int, tuple[Told, ...]] = field(default_factory=dict)
    changes: Mapping[int, tuple[Change, ...]] = field(default_factory=dict)
    undo: Mapping[int, Undoable] = field(default_factory=dict)
    others: Mapping[int, Ticket] = field(default_factory=dict)
    lists: Mapping[Listing, tuple[Row, ...]] = field(default_factory=dict)
    seen_text: str = ""


@dataclass(frozen=True, slots=True)
class Absence:
    """An absence that an agent told by mail; both days included, `last` None until `#back`."""

    agent: str
    first: date
    last: date | None = None
