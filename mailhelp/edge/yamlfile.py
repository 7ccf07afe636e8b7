"""A YAML file as plain data with the place of every key and value, read so that it can neither surprise nor harm.

The parser is ruamel.yaml's; the data is built here straight from its events, because that is where it can be refused:
aliases, tags and several documents are mistakes in a rules file, size and depth are bounded before anything is built,
and a key that stands twice is named. Plain values mean what they look like: `true`, `false`, `null`, whole and decimal
numbers without tricks; everything else is text (`NO`, `on`, `012`, `17:00`, `2026-01-31`). Lists come as tuples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from mailhelp.errors import Problem

Loc = tuple[str | int, ...]
Place = tuple[int, int]

MAX_BYTES = 2_000_000
MAX_DEPTH = 20
MAX_VALUES = 200_000

_INIT = "`mailhelp init DIR` writes a working set of files to start from."
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "~": None, "": None}


class BadYamlError(Exception):
    """The file cannot be used; `problems` says why, each with its place."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class YamlFile:
    """What a YAML file holds. `name` is its path as the admin knows it; places are line and column, from 1."""

    name: str
    data: Any
    values: Mapping[Loc, Place] = field(default_factory=dict)
    keys: Mapping[Loc, Place] = field(default_factory=dict)

    def place(self, loc: Loc, *, of_key: bool = False) -> Place:
        """Where the value (or the key) at that path stands, or the nearest thing around it; (1, 1) for the file."""
        if of_key and loc in self.keys:
            return self.keys[loc]
        while loc:
            if loc in self.values:
                return self.values[loc]
            loc = loc[:-1]
        return self.values.get((), (1, 1))


def read_yaml(path: Path, name: str) -> YamlFile:
    """Read a file. BadYamlError when it is missing, too large, not UTF-8, not YAML, or not plain."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise BadYamlError(Problem(name, "there is no such file.", remedy=_INIT)) from None
    except OSError as error:
        raise BadYamlError(Problem(name, f"cannot be read: {error.strerror}.")) from None
    return parse_yaml(raw, name)


def parse_yaml(raw: bytes, name: str) -> YamlFile:
    """Read the bytes of a file; BadYamlError as in `read_yaml`. An empty file holds None."""
    if len(raw) > MAX_BYTES:
        raise BadYamlError(Problem(name, f"is larger than {MAX_BYTES // 1_000_000} MB."))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"byte 0x{raw[error.start]:02x} is not UTF-8."
        raise BadYamlError(Problem(name, message, line=line, remedy="Save the file as UTF-8.")) from None
    builder = _Builder(name)
    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            builder.take(event)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = Problem(
            name, f"has a character that YAML does not allow: U+{ord(text[error.position]):04X}", line=line
        )
        raise BadYamlError(problem) from None
    except MarkedYAMLError as error:
        raise BadYamlError(*builder.problems, _syntax(error, name)) from None
    except YAMLError as error:
        raise BadYamlError(*builder.problems, Problem(name, " ".join(str(error).split()))) from None
    if builder.problems:
        raise BadYamlError(*builder.problems)
    return YamlFile(name, builder.data, builder.values, builder.keys)


_SAID = {
    "found character '\\t' that cannot start any token": "a tab stands where only spaces may indent.",
    "mapping values are not allowed here": "a second colon: texts that hold `: ` stand in quotes.",
    "found unexpected end of stream": "the quotes of this text are not closed.",
    "expected the node content": "a bracket is not closed.",
}


def _syntax(error: MarkedYAMLError, name: str) -> Problem:
    """The parser's complaint in words for people who have not read the YAML standard."""
    mark = error.problem_mark or error.context_mark
    what = " ".join(str(error.problem or error.context or error).split())
    said = next((words for start, words in _SAID.items() if what.startswith(start)), f"not valid YAML: {what}.")
    return Problem(name, said, line=mark.line + 1 if mark else 0, column=mark.column + 1 if mark else 0)


@dataclass(slots=True)
class _Open:
    """A collection that is being built: its path, and for a mapping the key that waits for its value."""

    loc: Loc
    items: dict[str, Any] | list[Any]
    place: Place
    key: str | None = None


class _Builder:
    """Takes the parser's events one by one; stops the parser by an exception where reading on could harm."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.data: Any = None
        self.values: dict[Loc, Place] = {}
        self.keys: dict[Loc, Place] = {}
        self.problems: list[Problem] = []
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        """One event."""
        if isinstance(event, DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._stop(event, "a second document begins; a file holds one.")
        elif isinstance(event, NodeEvent):
            self._node(event)
        elif isinstance(event, CollectionEndEvent):
            self._close()

    def _node(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent) or event.anchor:
            self._stop(event, "anchors and aliases (& and *) are not allowed.", "Write the value out.")
        if len(self.values) + len(self.keys) > MAX_VALUES:
            self._stop(event, f"has more than {MAX_VALUES} values.")
        if len(self._open) >= MAX_DEPTH:
            self._stop(event, f"is nested more than {MAX_DEPTH} levels deep.")
        if tag := getattr(event, "tag", None):
            self._say(event, "tags are not allowed:", str(tag))
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.items, dict) and top.key is None:
            self._key(event, top)
        elif isinstance(event, ScalarEvent):
            self._add(_scalar(event), _place(event))
        else:
            assert isinstance(event, MappingStartEvent | SequenceStartEvent)
            items: dict[str, Any] | list[Any] = {} if isinstance(event, MappingStartEvent) else []
            self._open.append(_Open(self._loc(), items, _place(event)))

    def _key(self, event: NodeEvent, top: _Open) -> None:
        """A mapping's key; keys are texts whatever they look like."""
        if not isinstance(event, ScalarEvent):
            self._stop(event, "a key must be a word or a text.")
        key = str(event.value)
        if key in top.items:
            first = self.keys[(*top.loc, key)][0]
            self._say(event, f"this key stands here already, in line {first}:", key)
        self.keys.setdefault((*top.loc, key), _place(event))
        top.key = key

    def _loc(self) -> Loc:
        """The path of the value that comes next."""
        if not self._open:
            return ()
        top = self._open[-1]
        return (*top.loc, top.key if isinstance(top.items, dict) and top.key is not None else len(top.items))

    def _add(self, value: Any, place: Place) -> None:
        self.values.setdefault(self._loc(), place)
        if not self._open:
            self.data = value
            return
        top = self._open[-1]
        if isinstance(top.items, list):
            top.items.append(value)
        else:
            assert top.key is not None
            top.items.setdefault(top.key, value)
            top.key = None

    def _close(self) -> None:
        done = self._open.pop()
        self._add(tuple(done.items) if isinstance(done.items, list) else done.items, done.place)

    def _say(self, event: NodeEvent, message: str, found: str = "", remedy: str = "") -> None:
        line, column = _place(event)
        self.problems.append(Problem(self.name, message, line=line, column=column, found=found, remedy=remedy))

    def _stop(self, event: Event, message: str, remedy: str = "") -> NoReturn:
        line, column = _place(event)
        problem = Problem(self.name, message, line=line, column=column, remedy=remedy)
        raise BadYamlError(*self.problems, problem)


def _place(event: Event) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _scalar(event: ScalarEvent) -> Any:
    """The value of a scalar: only plain ones (not in quotes, not blocks) can be anything but text."""
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
