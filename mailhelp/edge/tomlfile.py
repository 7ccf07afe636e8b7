"""A TOML file with the line of every key, so that a mistake can be named by its place.

`tomllib` knows no positions once it has read a file. The scanner here knows just enough of the syntax (TOML 1.0: table
headers, keys, multi-line strings) to find them again; where it is not sure it gives the line of what surrounds a key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailhelp.errors import Problem, UserError

Loc = tuple[str | int, ...]

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]")
_ASSIGN = re.compile(rf"^\s*({_DOTTED})\s*=")
_POSITION = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")

# What tomllib says, in words for people who have not read the TOML standard.
_SAID = {
    "Invalid value": "not a value (text values stand in quotes)",
    "Illegal character '\\n'": "the quotes of this text are not closed",
    "Cannot overwrite a value": "this key stands here a second time",
    "Cannot declare": "this section stands here a second time",
    "Expected '=' after a key": "neither key = value nor a [section]",
    "Expected newline or end of document": "there is something left over behind the value",
}


@dataclass(frozen=True, slots=True)
class TomlFile:
    """What a TOML file holds; `name` is its path as the admin wrote it, `lines` maps a key's path onto its line."""

    name: str
    data: dict[str, Any]
    lines: Mapping[Loc, int]

    def line(self, loc: Loc) -> int:
        """The line of that key, or of the nearest thing around it; 0 when there is none."""
        while loc and loc not in self.lines:
            loc = loc[:-1]
        return self.lines.get(loc, 0)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file. Lists come as tuples (frozen models want them). UserError when it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        data = tomllib.loads(text)
    except FileNotFoundError:
        raise UserError(
            f"There is no file {path}.", remedy="`mailhelp init DIR` writes a working set of files to start from."
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise _unreadable(Problem(str(path), _not_utf8(path, error), remedy="Save the file as UTF-8.")) from None
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(_syntax_problem(path, text, str(error))) from None
    return TomlFile(str(path), _tuples(data), dict(_places(text)))


def _unreadable(problem: Problem) -> UserError:
    return UserError(f"{problem.file} is not valid TOML:", (problem,))


def _not_utf8(path: Path, error: UnicodeDecodeError) -> str:
    line = path.read_bytes().count(b"\n", 0, error.start) + 1
    return f"byte 0x{error.object[error.start]:02x} in line {line} is not UTF-8."


def _syntax_problem(path: Path, text: str, message: str) -> Problem:
    match = _POSITION.search(message)
    what = _POSITION.sub("", message).rstrip(".")
    if match is None or match[1] is None:
        return Problem(str(path), f"{what} at the end of the file", line=text.count("\n") + 1)
    line, column = int(match[1]), int(match[2])
    shown = text.split("\n")[line - 1].strip()
    said = next((words for start, words in _SAID.items() if what.startswith(start)), what)
    return Problem(str(path), f"{said}:", line=line, column=column, found=shown[:80])


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _places(text: str) -> Iterator[tuple[Loc, int]]:
    """Each table header and each key with its line, in order of appearance."""
    table: Loc = ()
    counts: dict[Loc, int] = {}
    inside = ""
    for number, line in enumerate(text.split("\n"), 1):
        if inside or line.lstrip().startswith("#"):
            inside = _string_after(line, inside)
            continue
        if header := _HEADER.match(line):
            table = _enter(header[2], header[1] == "[[", counts)
            yield table, number
        elif assign := _ASSIGN.match(line):
            yield (*table, *_keys(assign[1])), number
        inside = _string_after(line, inside)


def _enter(dotted: str, is_array: bool, counts: dict[Loc, int]) -> Loc:  # noqa: FBT001 - two kinds of header
    """The path that a table header stands for: `[a.b]` below the latest `[[a]]` is `a, n, b`."""
    path: Loc = ()
    keys = _keys(dotted)
    for depth, key in enumerate(keys, 1):
        path = (*path, key)
        if is_array and depth == len(keys):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _keys(dotted: str) -> tuple[str, ...]:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))


def _string_after(line: str, inside: str) -> str:
    """Which multi-line string, if any, is still open at the end of this line."""
    for quote in ('"""', "'''"):
        if inside in ("", quote) and line.count(quote) % 2:
            return "" if inside else quote
    return inside
