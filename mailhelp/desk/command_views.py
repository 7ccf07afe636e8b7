"""Commands that look at something or need no report: a part of the closed set (`desk.command_set`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


def typed(name: str, *words: object) -> str:
    """A command as it is typed; empty words are left out."""
    return " ".join((f"#{name}", *(str(word) for word in words if str(word))))


@dataclass(frozen=True, slots=True)
class Show:
    """The whole report by mail; without a number the one that the mail is about."""

    number: int = 0

    @property
    def line(self) -> str:
        """As typed."""
        return typed("show", self.number or "")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the report by mail; `words` narrow them down by name."""

    words: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return typed("files", self.words)


@dataclass(frozen=True, slots=True)
class Unmask:
    """Show one field unmasked; that is logged."""

    field: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("unmask", self.field)


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back one's last command on this ticket."""

    line = "#undo"


@dataclass(frozen=True, slots=True)
class Help:
    """What there is; with a command's name more about that one."""

    topic: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return typed("help", self.topic)


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own open tickets."""

    line = "#mine"


@dataclass(frozen=True, slots=True)
class Open:
    """The open tickets of one's queues."""

    line = "#open"


@dataclass(frozen=True, slots=True)
class Search:
    """Tickets with these words."""

    words: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("search", self.words)


@dataclass(frozen=True, slots=True)
class For:
    """Open a report for somebody."""

    address: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("for", self.address)


@dataclass(frozen=True, slots=True)
class Forward:
    """Open a report for the writer of the forwarded mail."""

    line = "#forward"


@dataclass(frozen=True, slots=True)
class Away:
    """Absent from today until that day (included), or until `#back`."""

    until: date | None = None

    @property
    def line(self) -> str:
        """As typed."""
        return typed("away", *(("until", self.until.isoformat()) if self.until else ()))


@dataclass(frozen=True, slots=True)
class Back:
    """Present again."""

    line = "#back"
