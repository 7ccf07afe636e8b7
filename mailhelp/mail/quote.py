"""What a person typed, apart from what the mail client quoted below, above or around it.

The plain text is read line by line for the marks that clients leave (`mailhelp.mail.quotes`); HTML helps where there is no
plain text or where the plain text leaves a doubt. The whole text is kept elsewhere; here more is kept when in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailhelp.mail.html import MARK, to_lines
from mailhelp.mail.quotes import attribution, form, marks, signature

_MAX_LINES: Final = 20_000
_STUB: Final = ("html", "tampilan web", "web browser")


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a mail's text.

    `new_text` is what the sender wrote; with `inline` it holds quotation and answers together, because the answers stand
    between the quoted lines. `how` names the mark that was found ("" for none). `sure` is False where it is a guess.
    """

    new_text: str
    quoted_text: str
    how: str
    sure: bool
    inline: bool


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the quotation begins: lines `start` to `end` introduce it; `mark` is the quote mark of the lines below."""

    start: int
    end: int
    score: int
    how: str
    mark: str = ""


def split(text: str, html: str, markers: Sequence[str]) -> Split:
    """Separate new from quoted text. `html` is raw HTML or empty; `markers` are the desk's "write above this line" texts.

    Never raises and never gives an empty `new_text` when the sender typed something. Linear in the size of the mail.
    """
    known = tuple(folded for marker in markers if (folded := _fold(marker)))
    plain = _split_lines(_lines(text), known)
    if not html.strip():
        return plain
    if not _is_stub(text) and plain.sure and plain.how:
        return plain
    rich = _split_lines(to_lines(html, quotes=True), known)
    if _is_stub(text):
        return rich if rich.new_text or rich.quoted_text or not text.strip() else plain
    if rich.sure and rich.how and rich.new_text and _begins(plain.new_text, rich.new_text):
        return replace(rich, how=f"html {rich.how}")
    return plain


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n", _MAX_LINES)


def _is_stub(text: str) -> bool:
    """Whether a plain part is empty or only says that the mail is HTML."""
    stripped = text.strip()
    return not stripped or (
        len(stripped) < 250 and stripped.count("\n") < 4 and any(w in stripped.lower() for w in _STUB)
    )


def _begins(text: str, start: str) -> bool:
    """Whether a text begins with the same words as another."""
    return _fold(text).startswith(_fold(start))


def _fold(text: str) -> str:
    return " ".join(text.split()).strip("> ").casefold()


def _join(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line != MARK).strip("\n").rstrip()


def _typed(lines: Sequence[str]) -> str:
    kept = [line for line in lines if line != MARK]
    return "\n".join(kept[: signature.cut(kept)]).strip()


def _split_lines(lines: Sequence[str], markers: Sequence[str]) -> Split:
    head, doubt = _find_head(lines, markers)
    if head is None:
        return _whole(lines, "", sure=not doubt)
    if head.how == "forward" and not _has_marker(lines[head.end :], markers):
        return Split(_join(lines), "", "forward", sure=True, inline=False)
    head = _with_mark(lines, head)
    result = _marked(lines, head, markers) if head.mark else _unmarked(lines, head)
    return replace(result, sure=result.sure and not doubt)


def _whole(lines: Sequence[str], how: str, *, sure: bool) -> Split:
    typed = _typed(lines)
    return Split(typed, "", how, sure and not signature.has_bare(typed.split("\n")), inline=False)


# --- where the quotation begins ------------------------------------------------------------------------------------


def _find_head(lines: Sequence[str], markers: Sequence[str], start: int = 0) -> tuple[_Head | None, bool]:
    """The first mark of a quotation, and whether a weaker one was passed over."""
    doubt = False
    for index in range(start, min(len(lines), _MAX_LINES)):
        line = lines[index]
        if not line or line.isspace():
            continue
        head = _head_at(lines, index, markers)
        if head is None:
            continue
        if head.score < 2 and head.how != "quote" and not _followed_by_quote(lines, head.end):
            doubt = True
            continue
        return head, doubt
    return None, doubt or len(lines) > _MAX_LINES


def _head_at(lines: Sequence[str], index: int, markers: Sequence[str]) -> _Head | None:
    line = lines[index]
    if line == MARK:
        return _container(lines, index)
    if len(line) > marks.MAX_LINE:
        return None
    if marks.is_quoted(line):
        return _Head(index, index, _quote_score(lines, index, markers), "quote", ">")
    if markers and _marker_at(lines, index, markers):
        return _above_marker(lines, index)
    kind = marks.banner(line)
    if kind:
        return _Head(index, _after_headers(lines, index + 1), 2, kind)
    found = attribution.find(lines, index)
    if found:
        return _Head(found.start, found.end, found.score, found.how)
    if marks.field(line):
        block = attribution.headers(lines, index)
        if block:
            return _Head(index, block[0].end, block[0].score, "headers")
    return None


def _container(lines: Sequence[str], index: int) -> _Head:
    """The beginning of a known client's reply container; what introduces the quotation inside belongs to it."""
    after = _skip_blank(lines, index + 1)
    for step in range(after, min(after + marks.MAX_JOINED, len(lines))):
        kind = marks.banner(lines[step])
        if kind:
            return _Head(index, _after_headers(lines, step + 1), 2, kind)
        found = attribution.find(lines, step)
        if found and found.start >= after:
            return _Head(index, found.end, 2, "container")
        if marks.is_quoted(lines[step]):
            return _Head(index, step, 2, "container")
    return _Head(index, _after_headers(lines, index + 1), 2, "container")


def _after_headers(lines: Sequence[str], start: int) -> int:
    start = _skip_blank(lines, start)
    block = attribution.headers(lines, start) if start < len(lines) else None
    return block[0].end if block else start


def _skip_blank(lines: Sequence[str], index: int) -> int:
    while index < len(lines) and (not lines[index].strip() or lines[index] == MARK):
        index += 1
    return index


def _marker_at(lines: Sequence[str], index: int, markers: Sequence[str]) -> bool:
    """Whether the desk's marker stands here, possibly wrapped into the next line."""
    here = _fold(lines[index])
    if not here:
        return False
    if any(marker in here for marker in markers):
        return True
    following = _fold(lines[index + 1]) if index + 1 < len(lines) and len(lines[index + 1]) < marks.MAX_LINE else ""
    return any(marker.startswith(here[:12]) and marker in f"{here} {following}" for marker in markers)


def _has_marker(lines: Sequence[str], markers: Sequence[str]) -> bool:
    return bool(markers) and any(
        _marker_at(lines, index, markers) for index, line in enumerate(lines[:400]) if len(line) < marks.MAX_LINE
    )


def _above_marker(lines: Sequence[str], index: int) -> _Head:
    """The marker, with a line of an unknown language directly above it that introduces the quotation."""
    last = index - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    start = index
    joined = ""
    for first in range(last, max(-1, last - 3), -1):
        if not lines[first].strip() or len(lines[first]) > marks.MAX_LINE:
            break
        joined = f"{lines[first].strip()} {joined}".strip()
        if joined.endswith((":", "：")) and (
            marks.has_email(joined) or (marks.has_date(joined) and marks.has_time(joined))
        ):
            start = first
            break
    return _Head(start, index + 1, 2, "marker")


def _quote_score(lines: Sequence[str], index: int, markers: Sequence[str]) -> int:
    """2 if the first quoted lines introduce themselves: an attribution, header fields or the marker inside the quotation."""
    inner = [marks.unquoted(line) for line in lines[index : index + 14] if marks.is_quoted(line)]
    head, _ = _find_head([line for line in inner if not marks.is_quoted(line)], markers)
    return 2 if head is not None and head.score == 2 else 1


def _followed_by_quote(lines: Sequence[str], index: int) -> bool:
    index = _skip_blank(lines, index)
    return index < len(lines) and (marks.is_quoted(lines[index]) or lines[index][0] == "\t")


def _with_mark(lines: Sequence[str], head: _Head) -> _Head:
    """The head with the quote mark of the first line below it: `>`, `|`, a tab, or nothing."""
    if head.mark:
        return head
    index = _skip_blank(lines, head.end)
    if index >= len(lines):
        return head
    if marks.is_quoted(lines[index]):
        return replace(head, mark=">")
    first = lines[index][0]
    return replace(head, mark=first) if first in "|\t" and head.how in ("attribution", "marker") else head


# --- what is new ---------------------------------------------------------------------------------------------------


def _above(lines: Sequence[str], head: _Head) -> str:
    end = head.start
    while end and (not lines[end - 1].strip() or marks.is_rule(lines[end - 1]) or lines[end - 1] == MARK):
        end -= 1
    return _typed(lines[:end])


def _result(lines: Sequence[str], head: _Head, typed: str, *, sure: bool) -> Split:
    sure = sure and not signature.has_bare(typed.split("\n"))
    return Split(typed, _join(lines[head.start :]), head.how, sure, inline=False)


def _unmarked(lines: Sequence[str], head: _Head) -> Split:
    """The quotation has no mark on its lines: all below the head belongs to it."""
    typed = _above(lines, head)
    below = _join(lines[head.end :])
    if typed:
        return _result(lines, head, typed, sure=True)
    if not below:
        return Split("", _join(lines), head.how, sure=True, inline=False)
    if head.how == "attribution":
        return Split(_typed(lines[head.end :]), _join(lines[head.start : head.end]), head.how, sure=False, inline=False)
    return Split(_join(lines), "", head.how, sure=False, inline=False)


def _marked(lines: Sequence[str], head: _Head, markers: Sequence[str]) -> Split:
    """The quotation's lines bear a mark: what has none, between or below them, was typed."""
    typed = _above(lines, head)
    gaps, tail = _gaps(lines, head)
    bottom = _bottom(lines, tail, markers)
    if gaps:
        return _inline(lines, head, sure=head.score == 2)
    if bottom and not typed:
        if head.score < 2 and head.how == "quote":
            return _inline(lines, head, sure=False)
        return Split(bottom, _join(lines[:tail]), head.how, sure=True, inline=False)
    if bottom:
        if signature.is_closing(bottom.split("\n")[0]) and bottom.count("\n") < 4:
            return replace(
                _result(lines, head, f"{typed}\n\n{bottom}", sure=False), quoted_text=_join(lines[head.start : tail])
            )
        return _inline(lines, head, sure=False)
    quoted = [marks.unquoted(line) for line in lines[head.end : tail] if marks.is_quoted(line)]
    if form.filled(quoted, alone=not typed):
        return _inline(lines, head, sure=False)
    if not typed and head.how == "quote" and head.score < 2:
        return _whole(lines, "quote", sure=False)
    return _result(lines, head, typed, sure=head.score == 2 or head.how != "quote")


def _inline(lines: Sequence[str], head: _Head, *, sure: bool) -> Split:
    return Split(_typed(lines), "", head.how, sure, inline=True)


def _gaps(lines: Sequence[str], head: _Head) -> tuple[bool, int]:
    """Whether typed lines stand between quoted ones, and the index after the last quoted line."""
    last = head.end
    open_at = -1
    found = False
    for index in range(head.end, min(len(lines), _MAX_LINES)):
        line = lines[index]
        if not line.strip() or line == MARK:
            continue
        if _bears(line, head.mark):
            found = found or (open_at >= 0 and not _wrapped(lines, open_at, index))
            open_at, last = -1, index + 1
        elif open_at < 0:
            open_at = index
    return found, last


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


def _bottom(lines: Sequence[str], tail: int, markers: Sequence[str]) -> str:
    """What was typed below the quotation, up to the next older quotation."""
    head, _ = _find_head(lines, markers, tail)
    return _typed(lines[tail : head.start if head else len(lines)])
