"""The fields of a text as written: each label with the value beside it, below it, or running on over lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from mailhelp.desk.formfield import OTHER, Form, FormField
from mailhelp.desk.formlabel import Fits, Label, LabelFinder
from mailhelp.mail.quotes import marks
from mailhelp.mail.quotes.signature import is_closing

WRAP = 72
"""Mail clients break lines at this width: a line whose next word would not have fitted goes on below."""

LONGEST_WRAP = 80
"""A longer line was not broken by a mail client."""

SENTENCE = 3
"""Blanks from which a line that ends like a sentence is one, and not the rest of a value."""

MAX_CLOSING = 8
"""Lines of a closing with the names below it."""

MAX_JOINED = 6
"""Lines that one short value may run over."""

FOOTERS = re.compile(
    r"\s*(?:sent (?:from|via|by)|submitted (?:at|on|from|via|by|\d)|reply directly|powered by|create your own|"
    r"this (?:e-?mail|message|is a notification|form)\b.{0,80}(?:sent|submitted)|you(?:'re| are) receiving|"
    r"you can (?:edit|view)|view (?:this|all|your)|buat google formulir|buat formulir|dikirim (?:dari|melalui|pada)|"
    r"terkirim (?:dari|pada)|log in to|login to view|user agent|page url|remote ip|entry id|"
    r"submission (?:id|date)|referrer|terima kasih telah)",
    re.IGNORECASE,
)
"""What form-to-mail tools write below the last field."""

_SIGNATURE = re.compile(r"-- ?")
_DRAWN = re.compile(r"[\s>]*\|[^|]*\|(?:[^|]*\|)+\s*")
_RULE = re.compile(r"[-_=*~—─]{3,}")
_END = re.compile(
    r"\s*(?:demikian|atas (?:perhatian|bantuan|kerja ?sama|respon|waktu)|sekian|thank you for|thanks for|many thanks|"
    r"thanks in advance|wassalam|hormat (?:saya|kami)|[^:]{0,60}\b(?:terima ?kasih|makasih|thank you|thanks)\W*$)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?: ?>)+ ?")
_MARKS = re.compile(r"[\s>]*")
_BOX = re.compile(r"[\s>]*(?:[-*] )?(?:\[\s?\S?\s?\]|\(\s?[xXvV✓✔•●*]?\s?\)|[☐□○◯☑☒✅✓✔■●◉])")


@dataclass(frozen=True, slots=True)
class Entry:
    """A label with its value as written: the text between `start` and `end` belongs to the field.

    `joined`: the value was put together from a line and its continuation. `rows` counts the rows of a table with one
    column for each field.
    """

    label: Label
    value: str
    start: int
    end: int
    joined: bool = False
    rows: int = 1


@dataclass(slots=True)
class Lines:
    """A text as lines, and the labels found in them (each line is looked at once)."""

    finder: LabelFinder
    lines: list[tuple[str, int]]
    headers: frozenset[int]
    made: dict[int, list[Label]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str, form: Form, fits: Fits) -> Lines:
        """Cut a text into lines."""
        lines = list(_lines(text))
        return cls(LabelFinder(form, fits), lines, frozenset(_header_lines([line for line, _ in lines])))

    def __len__(self) -> int:
        return len(self.lines)

    def text(self, number: int) -> str:
        """One line."""
        return self.lines[number][0]

    def labels(self, number: int) -> list[Label]:
        """The labels of one line, those of other desks' forms too. Loose ones count beside other fields only."""
        if number in self.headers:
            return []
        if number not in self.made:
            line, offset = self.lines[number]
            self.made[number] = self.finder.in_line(line, offset)
        found = self.made[number]
        if found and found[0].how == "loose" and self._is_text(found[0]) and not self._has_neighbour(number):
            return []
        return found

    def _is_text(self, label: Label) -> bool:
        item = self.finder.form.field(label.name)
        return item is not None and item.type in ("text", "long text")

    def _has_neighbour(self, number: int) -> bool:
        """Whether a line above or below has a label that is beyond doubt."""
        for step in (-1, 1):
            at = number + step
            if 0 <= at < len(self) and self.text(at).strip():
                if at not in self.made:
                    self.made[at] = self.finder.in_line(*self.lines[at])
                if any(label.how != "loose" or not self._is_text(label) for label in self.made[at]):
                    return True
        return False


def entries(text: str, form: Form, fits: Fits) -> list[Entry]:
    """All fields of a text in order of appearance, with their values as written; labels of no field as `OTHER`."""
    lines = Lines.of(text, form, fits)
    found: list[Entry] = []
    number = 0
    while number < len(lines):
        if columns := lines.finder.cells(lines.text(number)) if "\t" in lines.text(number) else []:
            taken = list(_columns(lines, number, columns))
            if taken:
                found += taken
                number += 1 + taken[0].rows
                continue
        labels = lines.labels(number)
        if not labels:
            number += 1
            continue
        made = _on_line(text, lines, number, labels)
        number, made[-1] = _Continued(text, lines, fits).end(made[-1], number)
        found += [entry for entry in made if not (entry.label.alone and not entry.value)]
    return found


def block_entries(text: str, form: Form, fits: Fits) -> list[Entry]:
    """The fields of a block of our own making: each value runs to the next label, whatever lines it was broken into."""
    finder = LabelFinder(form, fits)
    labels = [label for line, offset in _lines(text) if (label := finder.at_start(line, offset))]
    made = []
    for label, following in zip_longest(labels, labels[1:]):
        end = following.start if following else len(text)
        made.append(Entry(label, _unquoted(text[label.value_start : end]), label.start, end))
    return made


def _lines(text: str) -> Iterator[tuple[str, int]]:
    offset = 0
    for line in text.split("\n"):
        # A row of a table drawn with bars is one with tabs; the positions stay.
        yield (line.replace("|", "\t") if _DRAWN.fullmatch(line) else line), offset
        offset += len(line) + 1


def _header_lines(lines: list[str]) -> Iterator[int]:
    """The numbers of lines that are the header fields of a forwarded mail: no web form writes all of them."""
    run: dict[int, str] = {}
    for number, line in enumerate((*lines, "")):
        if found := marks.field(line):
            run[number] = found[0]
            continue
        if {"from", "to"} <= set(run.values()) and {"date", "sent"} & set(run.values()):
            yield from run
        run = {}


def _on_line(text: str, lines: Lines, number: int, labels: list[Label]) -> list[Entry]:
    """The fields of one line, each up to the next."""
    line, offset = lines.lines[number]
    made = []
    for label, following in zip_longest(labels, labels[1:]):
        end = following.start if following else offset + len(line)
        value = text[label.value_start : end]
        value = value.rstrip(" \t,;|*_") if following else value
        made.append(Entry(label, _tidy(value), label.start, end))
    return made


def _columns(lines: Lines, number: int, columns: list[str]) -> Iterator[Entry]:
    """The fields of a table whose first row names them; of several rows below the first one counts."""
    rows = 0
    while number + 1 + rows < len(lines) and _is_row(lines.text(number + 1 + rows), columns, lines.finder):
        rows += 1
    if not rows:
        return
    line, offset = lines.lines[number + 1]
    start = offset
    for name, cell in zip(columns, line.split("\t"), strict=False):
        end = start + len(cell)
        if cell.strip() and name != OTHER:
            begin = start + len(cell) - len(cell.lstrip(" >"))
            yield Entry(Label(name, begin, begin, 1.0, "table"), _tidy(cell.lstrip(" >")), begin, end, rows=rows)
        start = end + 1


def _is_row(line: str, columns: list[str], finder: LabelFinder) -> bool:
    cells = line.split("\t")
    return 1 < len(cells) <= len(columns) and not finder.cells(line) and not finder.form.labels.exact(cells[0])


@dataclass(slots=True)
class _Continued:
    """Gives the last entry of a line what stands below it."""

    text: str
    lines: Lines
    fits: Fits

    def end(self, entry: Entry, number: int) -> tuple[int, Entry]:
        """The line to go on with, and the entry with all of its value."""
        item = self.lines.finder.form.field(entry.label.name)
        if item is None or entry.label.more:
            return number + 1, entry
        if item.type == "long text":
            return self._long(entry, number)
        if entry.value:
            return self._wrapped(entry, number, item)
        return self._below(entry, number, item)

    def _long(self, entry: Entry, number: int) -> tuple[int, Entry]:
        """A long text runs to the next label, to a drawn line, a signature, a closing or the footer of a tool."""
        last = number
        if entry.label.how != "table" or not entry.value:
            last = self._last_of_long(entry, number)
        value = _unquoted(self.text[entry.label.value_start : self._stop(last)])
        drawn = value.removesuffix("|").rstrip() if entry.label.how == "table" else value
        return last + 1, replace(entry, value=drawn, end=self._stop(last))

    def _last_of_long(self, entry: Entry, number: int) -> int:
        last = at = number
        while at + 1 < len(self.lines):
            at += 1
            line = self.lines.text(at)
            bare = _MARKS.sub("", line, count=1)
            if _SIGNATURE.fullmatch(line) or _RULE.fullmatch(bare.strip()) or FOOTERS.match(bare):
                break
            if line.strip() and self._ends_long(entry, at):
                break
            if line.strip():
                last = at
        return self._before_closing(number, last)

    def _ends_long(self, entry: Entry, at: int) -> bool:
        """Whether a label on this line ends the long text above: one without a separator only in a form of such."""
        labels = self.lines.labels(at)
        if not labels:
            return False
        first = labels[0]
        if first.how in ("alone", "loose"):
            return first.how == entry.label.how
        return first.how == "table" or not first.near

    def _before_closing(self, first: int, last: int) -> int:
        """The last line without the closing and the name below it."""
        for at in range(last, max(first, last - MAX_CLOSING), -1):
            line = _MARKS.sub("", self.lines.text(at), count=1)
            if _closes(line):
                last = at - 1
            elif len(line) > 45:
                break
        while last > first and not self.lines.text(last).strip("> \t"):
            last -= 1
        return last

    def _below(self, entry: Entry, number: int, item: FormField) -> tuple[int, Entry]:
        """A field without a value takes the next line, unless that is a label, a row of a table, or cannot be one."""
        at = number + 1
        while at < len(self.lines) and not self.lines.text(at).strip("> \t") and at - number < 3:
            at += 1
        if at >= len(self.lines) or "\t" in self.lines.text(at) or self.lines.labels(at):
            return number + 1, entry
        last = at
        while item.type != "text" and _BOX.match(self.lines.text(last)) and last + 1 < len(self.lines):
            if not _BOX.match(self.lines.text(last + 1)) or last - at > MAX_JOINED:
                break
            last += 1
        value = _unquoted(self.text[self.lines.lines[at][1] : self._stop(last)])
        apart = at > number + 1 and not entry.label.alone and item.type == "text"
        if apart or not value or is_closing(value) or not self.fits(value, item, whole=False):
            return number + 1, entry
        made = replace(entry, value=_tidy(value), end=self._stop(last))
        return (last + 1, made) if last > at else self._wrapped(made, last, item)

    def _wrapped(self, entry: Entry, number: int, item: FormField) -> tuple[int, Entry]:
        """A short value goes on below where the next line hangs under it, or where the line was full."""
        last = number
        guessed = False
        while item.type in ("text", "choice", "category", "subcategory") and last + 1 < len(self.lines):
            how = self._goes_on(number, last)
            if not how or entry.label.how == "table" or last - number >= MAX_JOINED:
                break
            guessed |= how == "full"
            last += 1
        if last == number:
            return number + 1, entry
        value = _unquoted(f"{entry.value}\n{self.text[self._stop(number) + 1 : self._stop(last)]}")
        return last + 1, replace(entry, value=_tidy(" ".join(value.split())), end=self._stop(last), joined=guessed)

    def _goes_on(self, first: int, last: int) -> str:
        """Whether the value goes on below this line: `hangs`, `full`, or not at all."""
        above, below = _unmarked(self.lines.text(last)), _unmarked(self.lines.text(last + 1))
        if not below.strip() or "\t" in below or self.lines.labels(last + 1):
            return ""
        if _indent(below) >= _indent(_unmarked(self.lines.text(first))) + 2:
            return "hangs"
        word = below.split(maxsplit=1)[0]
        if below.endswith((".", "!", "?")) and below.count(" ") >= SENTENCE:
            return ""
        if len(above) <= LONGEST_WRAP and len(above) + 1 + len(word) > WRAP and not is_closing(below):
            return "full"
        return ""

    def _stop(self, number: int) -> int:
        line, offset = self.lines.lines[number]
        return offset + len(line)


def _closes(line: str) -> bool:
    """Whether a line is a closing: a short one, or the long sentence that letters end with."""
    return is_closing(line) or (len(line) <= 160 and bool(_END.match(line)))


def _unmarked(line: str) -> str:
    """A line without quote marks."""
    found = _QUOTED.match(line) if ">" in line[:2] else None
    return (line[found.end() :] if found else line).rstrip()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _tidy(value: str) -> str:
    return value.strip(" \t\n\r\u00a0*_|")


def _unquoted(value: str) -> str:
    """A value over several lines without quote marks at their beginnings."""
    return "\n".join(line.lstrip("> \t").rstrip() for line in value.split("\n")).strip()
