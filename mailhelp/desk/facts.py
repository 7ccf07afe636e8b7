"""What rules may look at: everything known of one mail and its ticket at the moment of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mailhelp.desk.fold import Words, fold, key
from mailhelp.desk.patterns import MAX_SEARCHED, Patterns
from mailhelp.mail.message import Attachment

EVENTS = ("arrived", "replied", "timer", "agent")
"""What a rule can act on: a new report, a requester's later message, a due time, an agent's message."""

WHERE = ("text", "subject")
"""The texts that rules can search."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one mail and its ticket, as it stands before any rule acts.

    `fields` maps form field names onto values; `sender` and `recipients` are addresses; `headers` holds the
    allow-listed header fields by name; `local_time` is aware, in the desk's time zone;
    `office_hours` says whether the desk's calendar has it open then; `open_reports` counts the
    requester's other open reports; `known_sender` says that this person wrote before. Texts are folded once and kept
    in `_made`.
    """

    event: str = "arrived"
    fields: Mapping[str, str] = field(default_factory=dict)
    category: str = ""
    subcategory: str = ""
    user_type: str = ""
    text: str = ""
    subject: str = ""
    sender: str = ""
    known_sender: bool = False
    recipients: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    queue: str = ""
    state: str = ""
    priority: str = "normal"
    tags: frozenset[str] = frozenset()
    language: str = ""
    local_time: datetime | None = None
    office_hours: bool | None = None
    open_reports: int = 0
    _made: dict[str | Patterns, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def words(self, where: str) -> Words:
        """The words of `text` or `subject`, folded once."""
        made = self._made.get(where)
        if made is None:
            made = self._made[where] = Words.of(self.text if where == "text" else self.subject)
        assert isinstance(made, Words)
        return made

    def raw(self, where: str) -> bytes:
        """`text`, `subject`, `field NAME` or `header NAME` as UTF-8 for patterns, encoded once and cut.

        Lone surrogates become question marks.
        """
        name = f"raw {where}"
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._text(where)[:MAX_SEARCHED].encode("utf-8", "replace")[:MAX_SEARCHED]
        assert isinstance(made, bytes)
        return made

    def _text(self, where: str) -> str:
        kind, _, name = where.partition(" ")
        if kind == "field":
            return self.fields.get(name, "")
        if kind == "header":
            return self.header(name)
        return self.text if where == "text" else self.subject

    def matching(self, patterns: Patterns, where: str) -> frozenset[int]:
        """Which of the patterns that look at one place match there; searched once."""
        made = self._made.get(patterns)
        if made is None:
            made = self._made[patterns] = patterns.matching(self.raw(where))
        assert isinstance(made, frozenset)
        return made

    def field_key(self, name: str) -> str:
        """The value of a form field in the form in which values are compared; empty when missing."""
        made = self._made.get("fields")
        if made is None:
            made = self._made["fields"] = {name: key(value) for name, value in self.fields.items()}
        return str(made.get(name, ""))

    def header(self, name: str) -> str:
        """A header field's value by name in any case; empty when missing."""
        made = self._made.get("headers")
        if made is None:
            made = self._made["headers"] = {name.lower(): value for name, value in self.headers.items()}
        return str(made.get(name.lower(), ""))

    @property
    def sender_key(self) -> str:
        """The sender's address in the form in which addresses are compared."""
        made = self._made.get("sender")
        if made is None:
            made = self._made["sender"] = fold(self.sender)
        return str(made)
