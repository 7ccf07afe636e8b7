"""Answers between the lines of a quotation: which lines were typed, which are quoted, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailhelp.mail.html import MARK
from mailhelp.mail.quotes import marks
from mailhelp.mail.quotes.head import MAX_LINES, Head


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a mail: typed by its sender, or `quoted` (without the first quote mark of each line)."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Gaps:
    """Typed stretches between quoted lines, each from a line to another (not included); `tail` is after the last."""

    found: tuple[tuple[int, int], ...]
    tail: int


def gaps(lines: Sequence[str], head: Head) -> Gaps:
    """Where typed lines stand between the quoted lines below a head."""
    last, open_at = head.end, -1
    found: list[tuple[int, int]] = []
    for index in range(head.end, min(len(lines), MAX_LINES)):
        line = lines[index]
        if not line.strip() or line == MARK:
            continue
        if _bears(line, head.mark):
            if open_at >= 0 and not _wrapped(lines, open_at, index):
                found.append((open_at, index))
            open_at, last = -1, index + 1
        elif open_at < 0:
            open_at = index
    return Gaps(tuple(found), last)


def between(lines: Sequence[str], head: Head, stretches: Gaps) -> Iterator[Piece]:
    """The quoted and typed stretches from the head down to the last quoted line; empty ones are left out."""
    start = head.end
    for first, end in (*stretches.found, (stretches.tail, stretches.tail)):
        yield from _piece([_bare(line, head.mark) for line in lines[start:first]], quoted=True)
        yield from _piece(lines[first:end], quoted=False)
        start = end


def _piece(lines: Sequence[str], *, quoted: bool) -> Iterator[Piece]:
    text = "\n".join(line for line in lines if line != MARK).strip("\n").rstrip()
    if text.strip():
        yield Piece(text, quoted)


def _bare(line: str, mark: str) -> str:
    return marks.unquoted(line) if mark == ">" else line.removeprefix(mark)


def _bears(line: str, mark: str) -> bool:
    return marks.is_quoted(line) if mark == ">" else line.startswith(mark)


def _wrapped(lines: Sequence[str], start: int, end: int) -> bool:
    """Whether unmarked lines amid a quotation are the rest of a quoted line that was too long."""
    if (
        end - start > 2
        or start == 0
        or not lines[start - 1].strip()
        or any(not line.strip() for line in lines[start:end])
    ):
        return False
    before, here = lines[start - 1].rstrip(), lines[start].strip()
    broken_link = "http" in before and before.count("(") + before.count("<") > before.count(")") + before.count(">") - 1
    return here.endswith(">") or len(before) >= 66 or (broken_link and "http" in before.rsplit(" ", 1)[-1])
