"""Examples beside rules and categories: what is given, what is expected. Plain data; `desk.ruletest` plays them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mailhelp.desk.model import State


@dataclass(frozen=True, slots=True)
class GivenFile:
    """One attached file: its media type (by its name where none is said) and size in bytes."""

    name: str
    type: str = ""
    size: int = 1_000


@dataclass(frozen=True, slots=True)
class Given:
    """The mail of an example, and the moment at which it comes.

    `eml` is a path below rules/ to a mail; then only `event`, `at`, `known`, `open_reports` and the ticket's own facts
    are added. `fields` are written into the mail as `Label: value` lines, as a person would fill in the form. `at` is
    the local time (without a zone); None is an ordinary office morning. For events other than `arrived` there is a
    ticket: `state`, `queue`, `priority`, `tags` and `owner` are its, and `fields` stand on it already.
    """

    event: str = "arrived"
    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    subject: str = ""
    sender: str = ""
    recipient: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[GivenFile, ...] = ()
    eml: str = ""
    at: datetime | None = None
    known: bool = False
    open_reports: int = 0
    state: State = State.OPEN
    queue: str = ""
    owner: str = ""
    priority: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """One example. `expect` maps what is expected (names of `EXPECTABLE`) onto its value.

    `file`, `line` and `column` are where it stands.
    """

    given: Given
    expect: Mapping[str, object] = field(default_factory=dict)
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)
    column: int = field(default=0, compare=False)


EXPECTABLE = (
    "fires", "stops", "queue", "owner", "priority", "category", "subcategory", "user_type", "language", "state", "tag",
    "no_tag", "ask", "answer", "template", "acknowledge", "copy_to", "note", "article", "spam", "field",
)  # fmt: skip
"""What an example can expect. The ticket is looked at as it stands in the end, defaults of its category included."""
