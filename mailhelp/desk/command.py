"""Commands in an agent's mail: lines that begin with `#` at the top of the mail, or as its last block.

Reading them is pure and all or nothing: `parse` gives every command and the text for the requester, or every mistake
with its line, what is allowed and the nearest command. Whether a name is known is judged later (`desk.commands`).
What somebody else wrote, quoted or forwarded, is never a command; neither is `#2164242`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mailhelp.desk import command_args as args
from mailhelp.desk import words
from mailhelp.desk.command_set import (
    Ask,
    Assign,
    Away,
    Back,
    Category,
    Checking,
    Close,
    Command,
    Copy,
    Field,
    Files,
    For,
    Forward,
    Help,
    Link,
    Merge,
    Mine,
    Note,
    Open,
    Priority,
    Queue,
    Reopen,
    Requester,
    Resolve,
    Search,
    Show,
    Spam,
    Split,
    Tag,
    Take,
    Template,
    Undo,
    Unmask,
    Wait,
)
from mailhelp.desk.command_words import NAMES, NEVER, is_known, near, spelt
from mailhelp.mail import forward
from mailhelp.mail.quotes import marks

MAX_COMMANDS = 30
"""Commands in one mail; more is a mistake."""

_LINE = re.compile(r"#([^\W\d_][\w-]{0,60}):?(?=\s|$)[ \t]*(.*)", re.DOTALL)
_INVISIBLE = "\ufeff\u200b\u200e\u200f\xa0"


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a line is not obeyed: `number` counts from 1, the first line with text; `allowed` and `nearest` may be empty.

    `code` is stable and names the sentence that the agent reads (`desk.commands.say`).
    """

    line: str
    number: int
    code: str
    allowed: str = ""
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a mail asks for. Where `errors` has anything, nothing may be done and nothing sent."""

    commands: tuple[Command, ...] = ()
    text: str = ""
    errors: tuple[Mistake, ...] = ()
    lines: tuple[str, ...] = field(default=(), compare=False)  # of the commands, as written
    numbers: tuple[int, ...] = field(default=(), compare=False)  # of these lines

    @property
    def is_note(self) -> bool:
        """Whether the text is for agents only."""
        return any(isinstance(one, Note) for one in self.commands)

    @property
    def whole_text(self) -> str:
        """The text with what was written on the lines of `#note` and `#resolve` before it."""
        inline = [one.text for one in self.commands if isinstance(one, (Note, Resolve))]
        return "\n".join(part for part in (*inline, self.text) if part)

    @property
    def text_for_requester(self) -> str:
        """What the requester gets; empty where the mail is a note."""
        return "" if self.is_note else self.whole_text

    def __str__(self) -> str:
        """The same again in English, one command a line; parsing it gives the same."""
        return "\n".join([*(one.line for one in self.commands), *(("", self.text) if self.text else ())])


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that looks like a command."""

    word: str
    rest: str
    text: str
    number: int


def parse(text: str) -> Parsed:
    """The commands of a mail's new text; never raises. Linear in the length of the text."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    lines = words.without_signature(plain).split("\n")
    end = _own(lines)
    top, start = _top(lines, end)
    bottom, stop, mistakes = _bottom(lines, start, end)
    obeyed, errors = _read([*top, *bottom])
    rest = _stripped("\n".join(lines[start:stop]))
    return Parsed(
        tuple(command for command, _ in obeyed),
        rest,
        (*errors, *mistakes),
        tuple(line.text for _, line in obeyed),
        tuple(line.number for _, line in obeyed),
    )


def begins_with(text: str) -> bool:
    """Whether the first line of a text is a command, or nearly one: what tells a command mail from a report."""
    first = next((line for line in text.split("\n") if line.strip(_INVISIBLE + " \t\r")), "")
    found = _command_line(first, 1)
    return found is not None and is_known(found.word)


def _stripped(text: str) -> str:
    """Without blanks and invisible signs around it, however they are mixed."""
    while (shorter := text.strip().strip(_INVISIBLE)) != text:
        text = shorter
    return text


def _own(lines: Sequence[str]) -> int:
    """Where what somebody else wrote begins: the first line of a forward inside the text, or the end."""
    found = forward.find("\n".join(lines))
    if found is None:
        return len(lines)
    above = len(found.comment.split("\n")) if found.comment else 0
    first = next((n for n, line in enumerate(lines) if line.strip()), 0)
    return min(first + above, len(lines)) if above else first


def _command_line(line: str, number: int) -> _Line | None:
    stripped = line.strip(_INVISIBLE + " \t\r")
    found = _LINE.fullmatch(stripped)
    return _Line(found[1].lower(), found[2].strip(_INVISIBLE + " \t"), stripped, number) if found else None


def _top(lines: Sequence[str], end: int) -> tuple[list[_Line], int]:
    """The command lines at the top, and the index of the first other line. Blank lines between them are passed over."""
    found: list[_Line] = []
    for index in range(end):
        if not lines[index].strip(_INVISIBLE + " \t\r"):
            continue
        line = _command_line(lines[index], index + 1)
        if line is None:
            return found, index
        found.append(line)
    return found, end


def _bottom(lines: Sequence[str], start: int, end: int) -> tuple[list[_Line], int, list[Mistake]]:
    """The command lines of the last blocks, and where the text above them ends.

    Below quoted lines they are a mistake: whether they were typed there cannot be told surely. In a mail with a forward
    nothing stands below that is the sender's own for sure.
    """
    found: list[_Line] = []
    stop = len(lines)
    if end < len(lines):
        return found, stop, []
    while (block := _last_block(lines, start, stop)) is not None:
        first, commands = block
        found, stop = [*commands, *found], first
    if attached := _attached(lines, start, stop):
        return found, stop, [attached]
    if found and any(marks.is_quoted(line) for line in lines[start:stop]):
        return [], stop, [Mistake(one.text, one.number, "below-quote") for one in found]
    return found, stop, []


def _attached(lines: Sequence[str], start: int, stop: int) -> Mistake | None:
    """A known command right below the last line of the text: it was hardly meant for the requester."""
    last = next((n for n in range(stop - 1, start - 1, -1) if lines[n].strip(_INVISIBLE + " \t\r")), start)
    line = _command_line(lines[last], last + 1) if start < stop else None
    return (
        Mistake(line.text, line.number, "stands-alone") if line and (spelt(line.word) or line.word in NEVER) else None
    )


def _last_block(lines: Sequence[str], start: int, stop: int) -> tuple[int, list[_Line]] | None:
    """The last lines without a blank one between, if all look like commands and one is known or nearly so.

    Anything else is prose: people end mails with words like `#SalamLiterasi`.
    """
    last = stop
    while last > start and not lines[last - 1].strip(_INVISIBLE + " \t\r"):
        last -= 1
    first = last
    while first > start and lines[first - 1].strip(_INVISIBLE + " \t\r") and last - first <= MAX_COMMANDS:
        first -= 1
    block = [_command_line(lines[index], index + 1) for index in range(first, last)]
    commands = [one for one in block if one is not None]
    if not commands or len(commands) < len(block) or not any(is_known(one.word) for one in commands):
        return None
    return first, commands


def _read(lines: Sequence[_Line]) -> tuple[list[tuple[Command, _Line]], list[Mistake]]:
    """Commands with their lines, and mistakes, in order."""
    commands: list[tuple[Command, _Line]] = []
    mistakes: list[Mistake] = []
    for line in lines[:MAX_COMMANDS]:
        name = spelt(line.word)
        if line.word in NEVER:
            mistakes.append(Mistake(line.text, line.number, NEVER[line.word]))
            continue
        if not name:
            allowed = ", ".join(f"#{one}" for one in NAMES)
            mistakes.append(Mistake(line.text, line.number, "unknown", allowed, f"#{near(line.word)}"))
            continue
        try:
            commands.append((_made(name, line.rest), line))
        except args.BadArgument as bad:
            mistakes.append(Mistake(line.text, line.number, bad.code, bad.allowed, bad.nearest))
    if len(lines) > MAX_COMMANDS:
        line = lines[MAX_COMMANDS]
        mistakes.append(Mistake(line.text, line.number, "too-many", str(MAX_COMMANDS)))
    return commands, [_without_empty_mark(one) for one in mistakes]


def _without_empty_mark(mistake: Mistake) -> Mistake:
    return mistake if mistake.nearest != "#" else Mistake(mistake.line, mistake.number, mistake.code, mistake.allowed)


_BARE: dict[str, Callable[[], Command]] = {
    "take": Take, "reopen": Reopen, "split": Split, "spam": Spam, "undo": Undo, "mine": Mine, "open": Open,
    "back": Back, "forward": Forward,
}  # fmt: skip
_READERS: dict[str, Callable[[str], Command]] = {
    "note": Note,
    "resolve": Resolve,
    "assign": lambda rest: Assign(args.some(rest)),
    "queue": lambda rest: Queue(args.some(rest)),
    "category": lambda rest: Category(*args.pair(rest)),
    "priority": lambda rest: Priority(args.priority(rest)),
    "tag": lambda rest: Tag(*args.tags(rest)),
    "field": lambda rest: Field(*args.setting(rest)),
    "requester": lambda rest: Requester(args.address(rest)),
    "cc": lambda rest: Copy(args.address(rest)),
    "for": lambda rest: For(args.address(rest)),
    "ask": lambda rest: Ask(args.names(rest)),
    "checking": lambda rest: Checking(args.some(rest)),
    "close": lambda rest: Close(*args.closing(rest)),
    "wait": lambda rest: Wait(args.duration(rest)),
    "link": lambda rest: Link(args.number(rest)),
    "merge": lambda rest: Merge(args.number(rest)),
    "template": lambda rest: Template(*args.template(rest)),
    "show": lambda rest: Show(args.number(rest) if rest else 0),
    "files": Files,
    "unmask": lambda rest: Unmask(args.some(rest)),
    "help": lambda rest: Help(args.topic(rest)),
    "search": lambda rest: Search(args.some(rest)),
    "away": lambda rest: Away(args.until(rest)),
}


def _made(name: str, rest: str) -> Command:
    """One command from its name and the rest of its line. Raises BadArgument."""
    if name in _BARE:
        args.nothing(rest)
        return _BARE[name]()
    return _READERS[name](rest)
