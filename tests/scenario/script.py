"""The language of `*.case` files: a timeline that a desk manager can read, and the parser for it.

    person guru@sekolah.example "Sri Wahyuni"

    at 2026-11-24 09:00
    guru@sekolah.example writes "Lupa kata sandi"
        Saya lupa kata sandi.
    expect mail to guru@sekolah.example
        Selamat pagi Bapak/Ibu Sri Wahyuni
        not sari@dinas.example
    expect ticket 2164242 state new queue umum

What stands indented under a line belongs to it: the text of a mail, values for the block of a data request (after
`fills in`), or phrases that must (or, after `not`, must not) stand in one. After `answers between the lines` it is the
answers, each below a line `> ...` of the mail that is answered; all of that mail stays quoted. Lines `with ...` at the
beginning of a mail change it.
`desk NAME` chooses another desk than the usual one (the folder `desk-NAME`). Lines that begin with `#` are comments.
`the clock jumps` sets the clock of the desk's machine, while `at` and `after` go on in true time.
Mails that nobody expects fail the case.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path


class ScriptError(Exception):
    """A line that is not understood."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a timeline: `verb` with its words, the lines `with ...`, the indented text."""

    line: int
    source: str
    verb: str
    words: dict[str, str]
    changes: tuple[str, ...] = ()
    block: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A whole case: what it is about, the people's names, the steps."""

    path: Path
    title: str
    people: dict[str, str]
    desk: str = ""
    steps: tuple[Step, ...] = field(default=())


_ADDR = r"[^\s@]+@[^\s@]+"
_FACT = "(?:state|close_reason|owner|queue|tag|category|priority|requester)"
_SENTENCES = {
    "desk": r"desk (?P<desk>[a-z]+)",
    "person": rf'person (?P<who>{_ADDR}) "(?P<name>[^"]*)"',
    "at": r"at (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d)",
    "after": r"after (?P<count>\d+) (?P<unit>minute|hour|day)s?",
    "writes": rf'(?P<who>{_ADDR}) writes(?: "(?P<subject>[^"]*)")?',
    "replies": rf"(?P<who>{_ADDR}) replies(?: to the last mail of (?P<whose>{_ADDR})|(?P<before> to the mail before))?",
    "fills in": rf"(?P<who>{_ADDR}) fills in(?P<before> the mail before)?",
    "answers between": rf"(?P<who>{_ADDR}) answers between the lines(?P<before> of the mail before)?",
    "out": r"the mailbox cannot be reached for (?P<count>\d+) (?P<unit>minute|hour|day)s?",
    "day off": r'(?P<day>\d{4}-\d\d-\d\d) becomes a day off, "(?P<name>[^"]*)"',
    "jumps": r"the clock jumps (?P<way>forward|back) by (?P<count>\d+) (?P<unit>minute|hour|day)s?",
    "sleeps": r"the machine sleeps for (?P<count>\d+) (?P<unit>minute|hour|day)s?",
    "is away": rf"(?P<who>{_ADDR}) is out of office",
    "bounces": rf"the last mail to (?P<who>{_ADDR}) bounces",
    "is refused": rf"the mail server refuses mail to (?P<who>{_ADDR})",
    "returns": rf"the last mail to (?P<who>{_ADDR}) comes back",
    "again": r"the same mail arrives again",
    "unreadable": r"a mail that cannot be read arrives from (?P<who>\S+)",
    "no mail": rf"expect no mail(?: to (?P<who>{_ADDR}))?",
    "mail": rf'expect mail to (?P<who>{_ADDR})(?: from "(?P<name>[^"]*)")?(?P<thread> in the same thread)?',
    "ticket": rf"expect ticket (?P<number>\d{{7}})(?P<facts>(?: {_FACT} \S+)*)",
    "article": r"expect (?P<kind>[a-z]+) article on (?P<number>\d{7})",
    "tickets": r"expect (?P<count>\d+) tickets?",
    "end": r"expect it to be (?P<end>article|ignored|duplicate|quarantined|held)",
    "due times": r"expect the due times of (?P<number>\d{7})",
    "alarm": r"expect alarm (?P<code>\S+)",
}
_PATTERNS = {verb: re.compile(sentence) for verb, sentence in _SENTENCES.items()}
_UNITS: dict[str, Callable[[int], timedelta]] = {
    "minute": lambda count: timedelta(minutes=count),
    "hour": lambda count: timedelta(hours=count),
    "day": lambda count: timedelta(days=count),
}


def parse(path: Path) -> Script:
    """Read a case. ScriptError names the line that is not understood."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = [line.lstrip("# ") for line in lines if line.startswith("#")]
    steps = tuple(_steps(path, lines))
    people = {step.words["who"]: step.words["name"] for step in steps if step.verb == "person"}
    desk = next((step.words["desk"] for step in steps if step.verb == "desk"), "")
    return Script(path, comments[0] if comments else path.stem, people, desk, steps)


def _steps(path: Path, lines: list[str]) -> Iterator[Step]:
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line.strip() or line.startswith("#"):
            continue
        start, block = position, []
        while position < len(lines) and (not lines[position].strip() or lines[position][0] in " \t"):
            block.append(lines[position])
            position += 1
        yield _step(path, start, line.rstrip(), textwrap.dedent("\n".join(block)).strip("\n").splitlines())


def _step(path: Path, number: int, line: str, block: list[str]) -> Step:
    for verb, pattern in _PATTERNS.items():
        found = pattern.fullmatch(line)
        if found:
            changes = [one.removeprefix("with ") for one in _leading(block)]
            text = "\n".join(block[len(changes) :]).strip("\n")
            words = {name: value for name, value in found.groupdict().items() if value is not None}
            return Step(number, line, verb, words, tuple(changes), text)
    raise ScriptError(f"{path.name}:{number}: this line is not understood: {line}")


def _leading(block: list[str]) -> Iterator[str]:
    for line in block:
        if not line.startswith("with "):
            return
        yield line


def moment(text: str) -> datetime:
    """A local time of the desk, naive."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - the zone is the desk's


def span(count: str, unit: str) -> timedelta:
    """`3 hours`."""
    return _UNITS[unit](int(count))
