"""Where the quotation begins: the first mark that a client left above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailhelp.mail.html import MARK
from mailhelp.mail.quotes import attribution, marks

MAX_LINES: Final = 20_000  # nobody types more above or between a quotation
_MAX_TRIES: Final = 2_000  # lines that might be a mark and are looked at closely


@dataclass(frozen=True, slots=True)
class Head:
    """Lines `start` to `end` (not included) introduce the quotation.

    `score` is 1 for "maybe" and 2 for "surely"; `how` names the kind of mark; `mark` is the sign that the quoted lines
    below begin with, or empty.
    """

    start: int
    end: int
    score: int
    how: str
    mark: str = ""


def fold(text: str) -> str:
    """A text in the form in which words are compared: one space between them, no quote marks around, no case."""
    return " ".join(text.split()).strip("> ").casefold()


def find(lines: Sequence[str], markers: Sequence[str], start: int = 0) -> tuple[Head | None, bool]:
    """The first mark of a quotation, and whether a doubtful one was passed over or the search given up."""
    doubt = False
    tries = 0
    for index in range(start, min(len(lines), MAX_LINES)):
        line = lines[index]
        if not line or line.isspace():
            continue
        tries += line[-1] in _WORTH_END or line[0] in "-*F"
        if tries > _MAX_TRIES:
            return None, True
        head = _at(lines, index, markers)
        if head is None:
            continue
        if head.score == 2 or head.how == "quote" or _followed_by_quote(lines, head.end):
            return _with_mark(lines, head), doubt
        doubt = True
    return None, doubt or len(lines) > MAX_LINES


_WORTH_END: Final = frozenset(":：>)-* \t")


def _at(lines: Sequence[str], index: int, markers: Sequence[str]) -> Head | None:
    line = lines[index]
    if line == MARK:
        return _container(lines, index)
    if len(line) > marks.MAX_LINE:
        return None
    if marks.is_quoted(line):
        return Head(index, index, _quote_score(lines, index, markers), "quote", ">")
    if markers and marker_at(lines, index, markers):
        return _above_marker(lines, index)
    return _banner(lines, index) or _attribution(lines, index) or _headers(lines, index)


def _banner(lines: Sequence[str], index: int) -> Head | None:
    first, *rest = marks.unroll(lines[index])
    kind = marks.banner(first)
    if not kind:
        return None
    return Head(index, index + 1 if rest else _after_headers(lines, index + 1), 2, kind)


def _attribution(lines: Sequence[str], index: int) -> Head | None:
    found = attribution.find(lines, index)
    return Head(found.start, found.end, found.score, "attribution") if found else None


def _headers(lines: Sequence[str], index: int) -> Head | None:
    block = attribution.headers(lines, index) if attribution.begins_block(lines[index]) else None
    return Head(index, block[0].end, block[0].score, "headers") if block else None


def _container(lines: Sequence[str], index: int) -> Head:
    """A known client's reply container begins; what introduces the quotation inside belongs to it."""
    after = _skip_blank(lines, index + 1)
    for step in range(after, min(after + marks.MAX_JOINED, len(lines))):
        if marks.is_quoted(lines[step]):
            return Head(index, step, 2, "container")
        inner = _banner(lines, step) or _attribution(lines, step)
        if inner and inner.start >= after:
            return Head(index, inner.end, 2, inner.how if inner.how == "forward" else "container")
    return Head(index, _after_headers(lines, index + 1), 2, "container")


def _after_headers(lines: Sequence[str], start: int) -> int:
    start = _skip_blank(lines, start)
    block = attribution.headers(lines, start) if start < len(lines) else None
    return block[0].end if block else start


def _skip_blank(lines: Sequence[str], index: int) -> int:
    while index < len(lines) and (not lines[index].strip() or lines[index] == MARK):
        index += 1
    return index


def marker_at(lines: Sequence[str], index: int, markers: Sequence[str]) -> bool:
    """Whether one of the desk's (folded) marker texts stands here, possibly wrapped into the next line."""
    here = fold(lines[index])
    if not here:
        return False
    if any(marker in here for marker in markers):
        return True
    following = fold(lines[index + 1]) if index + 1 < len(lines) and len(lines[index + 1]) < marks.MAX_LINE else ""
    return any(marker.startswith(here[:12]) and marker in f"{here} {following}" for marker in markers)


def has_marker(lines: Sequence[str], markers: Sequence[str]) -> bool:
    """Whether one of the desk's marker texts stands in the first 400 lines."""
    near = lines[:400]
    return bool(markers) and any(
        marker_at(near, index, markers) for index, line in enumerate(near) if len(line) < marks.MAX_LINE
    )


def _above_marker(lines: Sequence[str], index: int) -> Head:
    """The marker, with a line of any language directly above it that introduces the quotation."""
    last = index - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    start = attribution.introduction(lines, last) if last >= 0 else None
    return Head(index if start is None else start, index + 1, 2, "marker")


def _quote_score(lines: Sequence[str], index: int, markers: Sequence[str]) -> int:
    """2 if the first quoted lines introduce themselves: an attribution, header fields or the marker inside."""
    inner = [marks.unquoted(line) for line in lines[index : index + 14] if marks.is_quoted(line)]
    head, _ = find([line for line in inner if not marks.is_quoted(line)], markers)
    return 2 if head is not None and head.score == 2 else 1


def _followed_by_quote(lines: Sequence[str], index: int) -> bool:
    index = _skip_blank(lines, index)
    return index < len(lines) and (marks.is_quoted(lines[index]) or lines[index][0] == "\t")


def _with_mark(lines: Sequence[str], head: Head) -> Head:
    """The head with the quote mark of the first line below it: `>`, `|`, a tab, or nothing."""
    index = _skip_blank(lines, head.end)
    if head.mark or index >= len(lines):
        return head
    if marks.is_quoted(lines[index]):
        return replace(head, mark=">")
    first = lines[index][0]
    return replace(head, mark=first) if first in "|\t" and head.how in ("attribution", "marker") else head
