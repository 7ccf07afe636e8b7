"""The commands that an agent can give: a closed set of frozen values. `line` prints one so that it reads the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from mailhelp.desk.command_views import (
    Away,
    Back,
    Files,
    For,
    Forward,
    Help,
    Mine,
    Open,
    Search,
    Show,
    Undo,
    Unmask,
    typed,
)


@dataclass(frozen=True, slots=True)
class Note:
    """The whole text is for agents only; `text` is what stands on the command's own line."""

    text: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return typed("note", self.text)


@dataclass(frozen=True, slots=True)
class Take:
    """Become the owner."""

    line = "#take"


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the ticket to an agent."""

    agent: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("assign", self.agent)


@dataclass(frozen=True, slots=True)
class Queue:
    """Move the ticket to a queue."""

    queue: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("queue", self.queue)


@dataclass(frozen=True, slots=True)
class Category:
    """Set category and, after a slash, subcategory."""

    category: str
    subcategory: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return typed("category", self.category, *(("/", self.subcategory) if self.subcategory else ()))


@dataclass(frozen=True, slots=True)
class Priority:
    """Set the priority: low, normal, high or urgent."""

    priority: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("priority", self.priority)


@dataclass(frozen=True, slots=True)
class Tag:
    """Add and remove tags."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """As typed."""
        return typed("tag", *(f"+{name}" for name in self.add), *(f"-{name}" for name in self.remove))


@dataclass(frozen=True, slots=True)
class Field:
    """Correct a field of the report; an empty value clears it."""

    name: str
    value: str

    @property
    def line(self) -> str:
        """As typed."""
        return f"#field {self.name}={self.value}"


@dataclass(frozen=True, slots=True)
class Requester:
    """Somebody else is the requester from now on."""

    address: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("requester", self.address)


@dataclass(frozen=True, slots=True)
class Copy:
    """Somebody gets the answers too, and may reply."""

    address: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("cc", self.address)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the requester for these fields."""

    fields: tuple[str, ...]

    @property
    def line(self) -> str:
        """As typed."""
        return typed("ask", ", ".join(self.fields))


@dataclass(frozen=True, slots=True)
class Checking:
    """Another team verifies; the requester is told."""

    team: str

    @property
    def line(self) -> str:
        """As typed."""
        return typed("checking", self.team)


@dataclass(frozen=True, slots=True)
class Resolve:
    """Resolved; `text` is what stands on the command's own line and belongs to the answer."""

    text: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return typed("resolve", self.text)


@dataclass(frozen=True, slots=True)
class Close:
    """Close, with the value of a `CloseReason`: the report of the mail, or those with these numbers."""

    reason: str = "answered"
    numbers: tuple[int, ...] = ()

    @property
    def line(self) -> str:
        """As typed."""
        return typed("close", *self.numbers, self.reason)


@dataclass(frozen=True, slots=True)
class Reopen:
    """Open again."""

    line = "#reopen"


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for the requester that long, then come back to the agent."""

    time: timedelta

    @property
    def line(self) -> str:
        """As typed, in whole hours or days."""
        hours = int(self.time.total_seconds()) // 3600
        return f"#wait {hours // 24}d" if hours % 24 == 0 else f"#wait {hours}h"


@dataclass(frozen=True, slots=True)
class Link:
    """Link with another report, for agents to see."""

    number: int

    @property
    def line(self) -> str:
        """As typed."""
        return typed("link", self.number)


@dataclass(frozen=True, slots=True)
class Merge:
    """This report goes on in another one of the same requester."""

    number: int

    @property
    def line(self) -> str:
        """As typed."""
        return typed("merge", self.number)


@dataclass(frozen=True, slots=True)
class Split:
    """The requester's latest reply becomes a report of its own."""

    line = "#split"


@dataclass(frozen=True, slots=True)
class Spam:
    """Close as spam; nobody is told."""

    line = "#spam"


@dataclass(frozen=True, slots=True)
class Template:
    """Answer with a canned text."""

    name: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def line(self) -> str:
        """As typed."""
        return typed("template", self.name, *(f'{key}="{value}"' for key, value in self.values))


Command = (
    Note | Take | Assign | Queue | Category | Priority | Tag | Field | Requester | Copy | Ask | Checking | Resolve
    | Close | Reopen | Wait | Link | Merge | Split | Spam | Template | Show | Files | Unmask | Undo | Help | Mine
    | Open | Search | For | Forward | Away | Back
)  # fmt: skip

__all__ = [
    "Ask",
    "Assign",
    "Away",
    "Back",
    "Category",
    "Checking",
    "Close",
    "Command",
    "Copy",
    "Field",
    "Files",
    "For",
    "Forward",
    "Help",
    "Link",
    "Merge",
    "Mine",
    "Note",
    "Open",
    "Priority",
    "Queue",
    "Reopen",
    "Requester",
    "Resolve",
    "Search",
    "Show",
    "Spam",
    "Split",
    "Tag",
    "Take",
    "Template",
    "Undo",
    "Unmask",
    "Wait",
]
