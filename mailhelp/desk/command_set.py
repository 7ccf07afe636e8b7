"""The commands that an agent can give: a closed set of frozen values. `line` prints one so that it reads the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


def _line(name: str, *words: object) -> str:
    return " ".join((f"#{name}", *(str(word) for word in words if str(word))))


@dataclass(frozen=True, slots=True)
class Note:
    """The whole text is for agents only; `text` is what stands on the command's own line."""

    text: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return _line("note", self.text)


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
        return _line("assign", self.agent)


@dataclass(frozen=True, slots=True)
class Queue:
    """Move the ticket to a queue."""

    queue: str

    @property
    def line(self) -> str:
        """As typed."""
        return _line("queue", self.queue)


@dataclass(frozen=True, slots=True)
class Category:
    """Set category and, after a slash, subcategory."""

    category: str
    subcategory: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return _line("category", self.category, *(("/", self.subcategory) if self.subcategory else ()))


@dataclass(frozen=True, slots=True)
class Priority:
    """Set the priority: low, normal, high or urgent."""

    priority: str

    @property
    def line(self) -> str:
        """As typed."""
        return _line("priority", self.priority)


@dataclass(frozen=True, slots=True)
class Tag:
    """Add and remove tags."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """As typed."""
        return _line("tag", *(f"+{name}" for name in self.add), *(f"-{name}" for name in self.remove))


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
        return _line("requester", self.address)


@dataclass(frozen=True, slots=True)
class Copy:
    """Somebody gets the answers too, and may reply."""

    address: str

    @property
    def line(self) -> str:
        """As typed."""
        return _line("cc", self.address)


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask the requester for these fields."""

    fields: tuple[str, ...]

    @property
    def line(self) -> str:
        """As typed."""
        return _line("ask", ", ".join(self.fields))


@dataclass(frozen=True, slots=True)
class Checking:
    """Another team verifies; the requester is told."""

    team: str

    @property
    def line(self) -> str:
        """As typed."""
        return _line("checking", self.team)


@dataclass(frozen=True, slots=True)
class Resolve:
    """Resolved; `text` is what stands on the command's own line and belongs to the answer."""

    text: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return _line("resolve", self.text)


@dataclass(frozen=True, slots=True)
class Close:
    """Close, with the value of a `CloseReason`."""

    reason: str = "answered"

    @property
    def line(self) -> str:
        """As typed."""
        return _line("close", self.reason)


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
        return _line("link", self.number)


@dataclass(frozen=True, slots=True)
class Merge:
    """This report goes on in another one of the same requester."""

    number: int

    @property
    def line(self) -> str:
        """As typed."""
        return _line("merge", self.number)


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
        return _line("template", self.name, *(f'{key}="{value}"' for key, value in self.values))


@dataclass(frozen=True, slots=True)
class Show:
    """The whole report by mail; without a number the one that the mail is about."""

    number: int = 0

    @property
    def line(self) -> str:
        """As typed."""
        return _line("show", self.number or "")


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the report by mail; `words` narrow them down by name."""

    words: str = ""

    @property
    def line(self) -> str:
        """As typed."""
        return _line("files", self.words)


@dataclass(frozen=True, slots=True)
class Unmask:
    """Show one field unmasked; that is logged."""

    field: str

    @property
    def line(self) -> str:
        """As typed."""
        return _line("unmask", self.field)


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
        return _line("help", self.topic)


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
        return _line("search", self.words)


@dataclass(frozen=True, slots=True)
class For:
    """Open a report for somebody."""

    address: str

    @property
    def line(self) -> str:
        """As typed."""
        return _line("for", self.address)


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
        return _line("away", *(("until", self.until.isoformat()) if self.until else ()))


@dataclass(frozen=True, slots=True)
class Back:
    """Present again."""

    line = "#back"


Command = (
    Note | Take | Assign | Queue | Category | Priority | Tag | Field | Requester | Copy | Ask | Checking | Resolve
    | Close | Reopen | Wait | Link | Merge | Split | Spam | Template | Show | Files | Unmask | Undo | Help | Mine
    | Open | Search | For | Forward | Away | Back
)  # fmt: skip
