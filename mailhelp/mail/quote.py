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
from mailhelp.mail.quotes.pieces import Gaps, Piece, between, gaps

_STUB: Final = ("html", "tampilan web", "web browser")


@dataclass(frozen=True, slots=True)
class Split:
    """The parts of a mail's text.

    `new_text` is what the sender wrote; with `inline` it holds quotation and answers together, because the answers
    stand between the quoted lines; `pieces` are the same apart and in order, where the quoted lines bear marks. `how`
    names the mark that was found ("" for none). `sure` is False for a guess; with `bare` the only doubt is whether the
    last lines are a signature, because nothing sets them apart. `signature` is what was taken off below the typed text:
    a signature, a phone's line, a notice. Each line of the mail stands in one of the three texts.
    """

    new_text: str
    quoted_text: str
    how: str
    sure: bool
    inline: bool
    bare: bool = False
    pieces: tuple[Piece, ...] = ()
    signature: str = ""


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


@dataclass(frozen=True, slots=True)
class _Typed:
    """What a person typed, and the signature, phone line or notice that was taken off below."""

    text: str
    foot: str = ""


def _typed(lines: Sequence[str], *, alone: bool = True) -> _Typed:
    kept = [line for line in lines if line != MARK]
    end = signature.cut(kept, alone=alone)
    return _Typed("\n".join(kept[:end]).strip(), _join(kept[end:]))


def _split_lines(lines: Sequence[str], markers: Sequence[str]) -> Split:
    head, doubt = heads.find(lines, markers)
    if head is None:
        return _whole(lines, "", sure=not doubt)
    foreign = head.how in ("forward", "headers", "original") and not heads.has_marker(lines[head.end :], markers)
    if foreign and head.how == "forward":
        return Split(_join(lines), "", "forward", sure=True, inline=False)
    result = _marked(lines, head, markers) if head.mark else _unmarked(lines, head)
    # Clients print the same header fields for a reply and a forward: what is not the desk's own mail may be a report.
    clear = not doubt and not (foreign and markers)
    return replace(result, sure=result.sure and clear, bare=result.bare and clear)


def _whole(lines: Sequence[str], how: str, *, sure: bool) -> Split:
    typed = _typed(lines)
    if not typed.text:
        whole = _join(lines).strip()
        return Split(whole, "", how, sure and not whole, inline=False)
    return _told(Split(typed.text, "", how, sure, inline=False, signature=typed.foot), typed.text)


def _above(lines: Sequence[str], head: Head) -> tuple[_Typed, int]:
    """What was typed above a head, and where the quotation begins with the rules that are drawn above the head."""
    end = head.start
    drawn = marks.is_drawn if head.how == "headers" else marks.is_rule
    while end and (not lines[end - 1].strip() or drawn(lines[end - 1]) or lines[end - 1] == MARK):
        end -= 1
    return _typed(lines[:end]), end


def _result(lines: Sequence[str], head: Head, typed: _Typed, start: int, *, sure: bool) -> Split:
    result = Split(typed.text, _join(lines[start:]), head.how, sure, inline=False, signature=typed.foot)
    return _told(result, typed.text)


def _told(result: Split, typed: str) -> Split:
    """The same, in doubt where a signature that nothing sets apart may end the typed text."""
    bare = result.sure and signature.has_bare(typed.split("\n"))
    return replace(result, sure=result.sure and not bare, bare=bare)


def _unmarked(lines: Sequence[str], head: Head) -> Split:
    """The quotation has no mark on its lines: all below the head belongs to it."""
    if form.filled(lines[head.end :]):
        return _inline(lines, head, sure=True)
    typed, start = _above(lines, head)
    below = _join(lines[head.end :])
    if typed.text:
        return _result(lines, head, typed, start, sure=True)
    if not below:
        return Split("", _join(lines), head.how, sure=True, inline=False)
    if head.how == "attribution":
        under = _typed(lines[head.end :])
        foot = under.foot if under.text else ""
        quoted = _join(lines[: head.end])
        return Split(under.text or below.strip(), quoted, head.how, sure=False, inline=False, signature=foot)
    return Split(_join(lines), "", head.how, sure=False, inline=False)


def _marked(lines: Sequence[str], head: Head, markers: Sequence[str]) -> Split:
    """The quotation's lines bear a mark: what has none, between or below them, was typed."""
    (typed, start), stretches = _above(lines, head), gaps(lines, head)
    bottom, older = _bottom(lines, stretches.tail, markers, alone=not typed.text)
    if stretches.found:
        return _answers(lines, head, typed, stretches, bottom)
    quoted = [marks.unquoted(line) for line in lines[head.end : stretches.tail] if marks.is_quoted(line)]
    if form.filled(quoted):
        return _inline(lines, head, sure=True)
    if bottom.text:
        around = _join([*lines[start : stretches.tail], *lines[older:]])
        return _with_bottom(lines, head, stretches, typed, bottom, around)
    bare = head.how == "quote" and head.score < 2
    if bare and (not typed.text or len(quoted) < 3):
        return _whole(lines, "quote", sure=False)
    return _result(lines, head, typed, start, sure=not bare)


def _with_bottom(
    lines: Sequence[str], head: Head, stretches: Gaps, typed: _Typed, bottom: _Typed, quoted: str
) -> Split:
    """Text stands below the quotation: the whole answer, the end of it, or an answer to what is quoted above it."""
    foot = "\n\n".join(filter(None, (typed.foot, bottom.foot)))
    whole = Split(bottom.text, quoted, head.how, sure=True, inline=False, signature=foot)
    if not typed.text and (head.how != "quote" or head.score == 2):
        return whole
    first = bottom.text.split("\n", maxsplit=1)[0]
    if typed.text and signature.is_closing(first) and bottom.text.count("\n") < 4:
        return replace(whole, new_text=f"{typed.text}\n\n{bottom.text}", sure=False)
    return replace(_answers(lines, head, typed, stretches, bottom), sure=False, bare=False)


def _answers(lines: Sequence[str], head: Head, typed: _Typed, stretches: Gaps, bottom: _Typed) -> Split:
    """Answers between the quoted lines, with what stands above and below them."""
    inner = tuple(between(lines, head, stretches))
    pieces = (*_some(typed.text), *inner, *_some(bottom.text))
    last = next(one.text for one in reversed(pieces) if not one.quoted)
    return replace(_told(_inline(lines, head, sure=head.score == 2), last), pieces=pieces)


def _some(text: str) -> tuple[Piece, ...]:
    return (Piece(text),) if text else ()


def _inline(lines: Sequence[str], head: Head, *, sure: bool) -> Split:
    typed = _typed(lines)
    foot = typed.foot if typed.text else ""
    return Split(typed.text or _join(lines).strip(), "", head.how, sure, inline=True, signature=foot)


def _bottom(lines: Sequence[str], tail: int, markers: Sequence[str], *, alone: bool) -> tuple[_Typed, int]:
    """What was typed below the quotation, and where the next older quotation begins."""
    head, _ = heads.find(lines, markers, tail)
    older = head.start if head else len(lines)
    return _typed(lines[tail:older], alone=alone), older
