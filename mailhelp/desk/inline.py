"""Answers between the quoted lines of a notice: the requester gets his own words that were quoted, and the answers.

A notice shows more than the requester wrote: fields, warnings, other people's words. Of what stands quoted only lines
of the requester's own are passed on; an answer to anything else is a doubt. Pure; linear in the size of the mail,
apart from looking each quoted line up in the texts of the ticket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property

from mailhelp.desk import words
from mailhelp.mail.quotes.pieces import Piece

_MARKS = "> \t|\xa0"
_TOKEN = re.compile(r"\w+")


class Whose(Enum):
    """Where a quoted line comes from."""

    NOBODY = auto()  # blank, or only drawn
    OWN = auto()  # the requester wrote it
    FRAME = auto()  # our notice shows it around the requester's words
    OTHER = auto()  # somebody else wrote it, or an identity number stands in it


@dataclass(frozen=True)
class Known:
    """What quoted lines are compared with: the requester's texts, those of others, the mail that is answered."""

    own: Sequence[str] = ()
    others: Sequence[str] = ()
    seen: str = ""

    @cached_property
    def _own(self) -> str:
        return _flat(self.own)

    @cached_property
    def _masked(self) -> str:
        return _flat([words.mask(text) for text in self.own])

    @cached_property
    def _others(self) -> str:
        return _flat(self.others)

    @cached_property
    def _seen(self) -> str:
        return f" {' '.join(_TOKEN.findall(self.seen))} "

    def whose(self, line: str) -> Whose:
        """Where a quoted line comes from."""
        text = " ".join(line.strip(_MARKS).split())
        tokens = " ".join(_TOKEN.findall(text))
        if not tokens:
            return Whose.NOBODY
        if words.mask(text) != text:
            return Whose.OTHER
        if f" {text} " in self._own:
            return Whose.OWN
        if f" {text} " in self._masked or f" {text} " in self._others:
            return Whose.OTHER
        return Whose.FRAME if f" {tokens} " in self._seen else Whose.OTHER

    def follows(self, line: str, after: str) -> bool:
        """Whether `after` stands right below `line` in the mail that is answered."""
        return f" {' '.join(_TOKEN.findall(f'{line} {after}'))} " in self._seen

    def is_last(self, line: str) -> bool:
        """Whether the mail that is answered ends with this line."""
        return self._seen.endswith(f" {' '.join(_TOKEN.findall(line))} ")

    def shown_in(self, text: str) -> str:
        """The first line of a text that our notice shows around the requester's words; empty if there is none."""
        frames = (line for line in text.split("\n") if len(_TOKEN.findall(line)) > _FEW)
        return next((line.strip() for line in frames if self.whose(line) is Whose.FRAME), "")


_FEW = 3  # words that may stand in a notice and in an answer by chance


@dataclass
class Woven:
    """Own words and answers in order, with the first line that leaves a doubt."""

    text: str = ""
    doubt: str = ""
    typed: list[str] = field(default_factory=list)


def woven(pieces: Sequence[Piece], known: Known) -> Woven:
    """Weave answers and the words that they answer. What is quoted below the last answer is left out."""
    found, parts = Woven(), list[str]()
    for index, piece in enumerate(pieces):
        if piece.quoted:
            continue
        above = pieces[index - 1].text.split("\n") if index and pieces[index - 1].quoted else []
        below = pieces[index + 1].text.split("\n") if index + 1 < len(pieces) else []
        quoted, doubt = _context(above, below, known, earlier=bool(found.typed))
        found.doubt = found.doubt or doubt
        found.typed.append(piece.text)
        parts += [*quoted, piece.text]
    found.text = "\n\n".join(parts)
    return found


def _context(above: Sequence[str], below: Sequence[str], known: Known, *, earlier: bool) -> tuple[list[str], str]:
    """What is quoted with an answer (nothing, or one text), and the line that leaves a doubt."""
    full = [(line, known.whose(line)) for line in above if line.strip(_MARKS)]
    full = [one for one in full if one[1] is not Whose.NOBODY]
    if not full:
        return [], ""
    if earlier and not below and known.is_last(full[-1][0]):
        return list(_quoted(_run(above, known))), ""  # below the whole notice
    strange = next((line for line, whose in full if whose is Whose.OTHER), "")
    last, whose = full[-1]
    if whose is Whose.OWN:
        return list(_quoted(_run(above[::-1], known)[::-1])), strange.strip()
    greeting = next((line for line in below if known.whose(line) is not Whose.NOBODY), "")
    if known.whose(greeting) is Whose.OWN and known.follows(last, greeting):
        return [], strange.strip()  # above the requester's words, below what introduces them
    return [], (strange or last).strip()


def _run(lines: Sequence[str], known: Known) -> list[str]:
    """The first lines that are the requester's own, with blank ones between."""
    found: list[str] = []
    for line in lines:
        whose = known.whose(line)
        if whose is Whose.OWN or (found and whose is Whose.NOBODY):
            found.append(line)
        elif whose is not Whose.NOBODY:
            break
    while found and known.whose(found[-1]) is Whose.NOBODY:
        found.pop()
    return found


def _quoted(lines: Sequence[str]) -> Iterator[str]:
    text = "\n".join(line.strip(_MARKS) for line in lines).strip("\n")
    if text:
        yield "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def _flat(texts: Sequence[str]) -> str:
    """Texts in which a phrase is looked up: single spaces within each, a line break between them."""
    return "\n".join(f" {' '.join(text.split())} " for text in texts)
