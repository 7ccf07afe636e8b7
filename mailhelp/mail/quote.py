"""What a person typed, apart from what the mail client quoted below, above or around it.

The plain text is read line by line for the marks that clients leave (`mailhelp.mail.quotes`); HTML helps where there is
no plain text or where the plain text leaves a doubt. The whole text is kept elsewhere; in doubt more is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mailhelp.mail.html import MARK, to_lines
from mailhelp.mail.quotes import form, marks, signature
from mailhelp.mail.quotes import head as heads
from mailhelp.mail.quotes.head import MAX_LINES, Head, fold

_STUB: Final = ("html", "tampilan web", "web browser")


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a mail's text.

    `new_text` is what the sender wrote; with `inline` it holds quotation and answers together, because the answers
    stand between the quoted lines. `how` names the mark that was found ("" for none). `sure` is False for a guess.
    """

    new_text: str
    quoted_text: str
    how: str
    sure: bool
    inline: bool


def split(text: str, html: str, markers: Sequence[str]) -> Split:
    """Separate new from quoted text.

    `html` is raw HTML or empty; `markers` are the desk's "write above this line" texts.

    Never raises and never gives an empty `new_text` when the sender typed something. Linear in the size of the mail.
    """
    known = tuple(folded for marker in markers if (folded := fold(marker)))
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
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n", MAX_LINES)


def _is_stub(text: str) -> bool:
    """Whether a plain part is empty or only says that the mail is HTML."""
    stripped = text.strip()
    return not stripped or (
        len(stripped) < 250 and stripped.count("\n") < 4 and any(w in stripped.lower() for w in _STUB)
    )


def _begins(text: str, start: str) -> bool:
    """Whether a text begins with the same words as another."""
    return fold(text).startswith(fold(start))


def _join(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line != MARK).strip("\n").rstrip()


def _typed(lines: Sequence[str], *, alone: bool = True) -> str:
    kept = [line for line in lines if line != MARK]
    return "\n".join(kept[: signature.cut(kept, alone=alone)]).strip()


def _split_lines(lines: Sequence[str], markers: Sequence[str]) -> Split:
    head, doubt = heads.find(lines, markers)
    if head is None:
        return _whole(lines, "", sure=not doubt)
    foreign = head.how in ("forward", "headers", "original") and not heads.has_marker(lines[head.end :], markers)
    if foreign and head.how == "forward":
        return Split(_join(lines), "", "forward", sure=True, inline=False)
    result = _marked(lines, head, markers) if head.mark else _unmarked(lines, head)
    # Clients print the same header fields for a reply and a forward: what is not the desk's own mail may be a report.
    return replace(result, sure=result.sure and not doubt and not (foreign and markers))


def _whole(lines: Sequence[str], how: str, *, sure: bool) -> Split:
    typed = _typed(lines)
    if not typed:
        whole = _join(lines).strip()
        return Split(whole, "", how, sure and not whole, inline=False)
    return Split(typed, "", how, sure and not signature.has_bare(typed.split("\n")), inline=False)


def _above(lines: Sequence[str], head: Head) -> str:
    end = head.start
    while end and (not lines[end - 1].strip() or marks.is_rule(lines[end - 1]) or lines[end - 1] == MARK):
        end -= 1
    return _typed(lines[:end])


def _result(lines: Sequence[str], head: Head, typed: str, *, sure: bool) -> Split:
    sure = sure and not signature.has_bare(typed.split("\n"))
    return Split(typed, _join(lines[head.start :]), head.how, sure, inline=False)


def _unmarked(lines: Sequence[str], head: Head) -> Split:
    """The quotation has no mark on its lines: all below the head belongs to it."""
    if form.filled(lines[head.end :]):
        return _inline(lines, head, sure=True)
    typed = _above(lines, head)
    below = _join(lines[head.end :])
    if typed:
        return _result(lines, head, typed, sure=True)
    if not below:
        return Split("", _join(lines), head.how, sure=True, inline=False)
    if head.how == "attribution":
        return Split(_typed(lines[head.end :]), _join(lines[head.start : head.end]), head.how, sure=False, inline=False)
    return Split(_join(lines), "", head.how, sure=False, inline=False)


def _marked(lines: Sequence[str], head: Head, markers: Sequence[str]) -> Split:
    """The quotation's lines bear a mark: what has none, between or below them, was typed."""
    typed = _above(lines, head)
    gaps, tail = _gaps(lines, head)
    if gaps:
        return _inline(lines, head, sure=head.score == 2)
    bottom = _bottom(lines, tail, markers, alone=not typed)
    quoted = [marks.unquoted(line) for line in lines[head.end : tail] if marks.is_quoted(line)]
    if form.filled(quoted):
        return _inline(lines, head, sure=True)
    if bottom:
        return _with_bottom(lines, head, tail, typed, bottom)
    bare = head.how == "quote" and head.score < 2
    if bare and (not typed or len(quoted) < 3):
        return _whole(lines, "quote", sure=False)
    return _result(lines, head, typed, sure=not bare)


def _with_bottom(lines: Sequence[str], head: Head, tail: int, typed: str, bottom: str) -> Split:
    """Text stands below the quotation: the whole answer, the end of it, or an answer to what is quoted above it."""
    if not typed and (head.how != "quote" or head.score == 2):
        return Split(bottom, _join(lines[:tail]), head.how, sure=True, inline=False)
    if typed and signature.is_closing(bottom.split("\n", maxsplit=1)[0]) and bottom.count("\n") < 4:
        return Split(f"{typed}\n\n{bottom}", _join(lines[head.start : tail]), head.how, sure=False, inline=False)
    return _inline(lines, head, sure=False)


def _inline(lines: Sequence[str], head: Head, *, sure: bool) -> Split:
    return Split(_typed(lines) or _join(lines).strip(), "", head.how, sure, inline=True)


def _gaps(lines: Sequence[str], head: Head) -> tuple[bool, int]:
    """Whether typed lines stand between quoted ones, and the index after the last quoted line."""
    last = head.end
    open_at = -1
    found = False
    for index in range(head.end, min(len(lines), MAX_LINES)):
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


def _bottom(lines: Sequence[str], tail: int, markers: Sequence[str], *, alone: bool) -> str:
    """What was typed below the quotation, up to the next older quotation."""
    head, _ = heads.find(lines, markers, tail)
    return _typed(lines[tail : head.start if head else len(lines)], alone=alone)
