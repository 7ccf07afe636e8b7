"""Find the labels of a form in a text: line by line, where each stands and what follows it.

Linear in the text: each line is looked at once, each separator in it looks back over a bounded number of characters,
and only a bounded number of unknown labels is compared with the known ones for likeness.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from mailhelp.desk.formfield import Form
from mailhelp.desk.near import LONGEST

MAX_NEAR = 150
"""Unknown labels of one text that are compared for likeness."""

MAX_BREAKS = 6
"""Commas and the like within one label on a line with several."""

# What may stand before a label: quote marks, table bars, bullets, numbering, emphasis.
_DECORATION = re.compile(r"[\s>|*_#•·▪‣◦●○■□–—+-]*(?:\(?(?:\d{1,2}|[a-zA-Z])[.)]\s*)?[*_\s]*")
_SEPARATOR = re.compile(r"[:：﹕=\t]")
_MORE = re.compile(r"[,;|\t]|\s{2,}")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_SIGNATURE = re.compile(r"-- ?")


@dataclass(frozen=True, slots=True)
class Label:
    """A label in a text: of which field, how surely, where it begins (bullets and all) and where its value does."""

    name: str
    start: int
    value_start: int
    sure: float = 1.0
    table: bool = False
    alone: bool = False  # on its own line without a separator


@dataclass(frozen=True, slots=True)
class Entry:
    """A label with its value as written: the text between `start` and `end` belongs to the field."""

    label: Label
    value: str
    start: int
    end: int


@dataclass(slots=True)
class LabelFinder:
    """Finds labels of one form in one text."""

    form: Form
    seen: dict[str, tuple[str, float]] = field(default_factory=dict)

    def in_line(self, line: str, offset: int) -> Iterator[Label]:
        """The labels of a line that begins at `offset`: one at its beginning, then others after commas."""
        decoration = _DECORATION.match(line)
        begin = decoration.end() if decoration else 0
        separator = _SEPARATOR.search(line, begin, begin + LONGEST + 20)
        if separator is None:
            yield from self._alone(line, begin, offset)
            return
        name, sure = self._known(line[begin : separator.start()], near=separator[0] != "=")
        if not name:
            return
        value_at = _after(line, separator.end())
        yield Label(name, offset, offset + value_at, sure, table=separator[0] == "\t")
        yield from self._further(line, value_at, offset)

    def _alone(self, line: str, begin: int, offset: int) -> Iterator[Label]:
        """A label that is a line of its own, exactly spelt."""
        name = self.form.labels.exact(_bare(line[begin:])) if len(line) - begin <= LONGEST else ""
        if name and line[begin:].strip():
            yield Label(name, offset, offset + len(line), 0.9, alone=True)

    def _further(self, line: str, begin: int, offset: int) -> Iterator[Label]:
        """More labels on the same line; only exactly spelt ones, because values may hold colons."""
        parted = [match.end() for match in _MORE.finditer(line, begin)]
        for separator in _SEPARATOR.finditer(line, begin) if parted else ():
            low, high = bisect_left(parted, separator.start() - LONGEST), bisect_left(parted, separator.start())
            for at in parted[max(low, high - MAX_BREAKS) : high]:
                start = _after(line, at)
                if name := self.form.labels.exact(_bare(line[start : separator.start()])):
                    yield Label(name, offset + start, offset + _after(line, separator.end()))
                    break

    def _known(self, written: str, *, near: bool) -> tuple[str, float]:
        """The field that a label means. What stands in brackets may be left out."""
        bare = _bare(written)
        for text in (bare, _BRACKETS.sub(" ", bare)):
            if name := self.form.labels.exact(text):
                return name, 1.0
        if not near:
            return "", 0.0
        if bare not in self.seen:
            found = self.form.labels.find(bare) if len(self.seen) < MAX_NEAR else None
            self.seen[bare] = (found.name, found.sure) if found else ("", 0.0)
        return self.seen[bare]


def _bare(written: str) -> str:
    return written.strip(" \t*_`\"'“”")


def _after(line: str, at: int) -> int:
    """The position of what follows a separator: blanks and closing emphasis passed over."""
    while at < len(line) and (line[at] in " \t\u00a0*_:" or (line[at] == "=" and at > 0)):
        at += 1
    return at


def entries(text: str, form: Form) -> list[Entry]:
    """All fields of a text in order of appearance, with their values as written."""
    finder = LabelFinder(form)
    found: list[Entry] = []
    lines = list(_lines(text))
    number = 0
    while number < len(lines):
        line, offset = lines[number]
        labels = list(finder.in_line(line, offset))
        for label, following in zip_longest(labels, labels[1:]):
            end = following.start if following else offset + len(line)
            value = text[label.value_start : end].rstrip(" \t,;|*_") if following else text[label.value_start : end]
            found.append(Entry(label, value.strip().rstrip("*_").strip(), label.start, end))
        number += 1
        if labels:
            number = _continued(found, lines, number, finder, text)
    return found


def _lines(text: str) -> Iterator[tuple[str, int]]:
    offset = 0
    for line in text.split("\n"):
        yield line, offset
        offset += len(line) + 1


def _continued(found: list[Entry], lines: list[tuple[str, int]], number: int, finder: LabelFinder, text: str) -> int:
    """Give the last entry of a line what stands below it; returns the number of the line to go on with.

    Long texts run to the next label or to the signature. A field without a value takes the next line that is not empty,
    unless that is a label too; a label without a separator is none where nothing follows it.
    """
    last = found[-1]
    item = finder.form.field(last.label.name)
    is_long = item is not None and item.type == "long text"
    if last.value and not is_long:
        return number
    taken = number
    end = last.end
    while taken < len(lines):
        line, offset = lines[taken]
        if _SIGNATURE.fullmatch(line) or (line.strip() and next(finder.in_line(line, offset), None)):
            break
        taken += 1
        if line.strip():
            end = offset + len(line)
            if not is_long:
                break
        elif not is_long and taken - number > 1:
            break
    value = text[last.label.value_start : end]
    if last.label.alone and not value.strip():
        found.pop()
        return number
    found[-1] = Entry(last.label, _unquoted(value), last.start, end)
    return taken if end > last.end else number


def _unquoted(value: str) -> str:
    """A value over several lines without quote marks at their beginnings."""
    return "\n".join(line.lstrip("> \t").rstrip() for line in value.split("\n")).strip()
