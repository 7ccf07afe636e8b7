"""Find the labels of a form in one line of text, and where their values begin.

Linear in the line: separators are found once, each looks back over a bounded number of words, and only a bounded number
of unknown labels of a text is compared with the known ones for likeness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from mailhelp.desk.fold import key
from mailhelp.desk.formfield import OTHER, Form, FormField
from mailhelp.desk.near import LONGEST

MAX_NEAR = 150
"""Unknown labels of one text that are compared for likeness."""

MAX_SEPARATORS = 4
"""Signs of one line that may end its first label."""

FILLED = 0.95
"""How sure a label is that stands among filling words (`Siapa nama Anda?`)."""

TRANSPOSED = 0.75
"""How sure a short label is in which two neighbouring letters are exchanged (`NSIN`)."""

# What may stand before a label: quote marks, table bars, bullets, numbering, emphasis.
_DECORATION = re.compile(r"[\s>|*_#•·▪‣◦●○■□–—+-]*(?:\(?(?:\d{1,2}|[a-zA-Z])[.)\t][\s.)]*)?[*_\s]*")
_STRONG = re.compile(r"[:：﹕=\t]|\?(?=\s)")
_WEAK = re.compile(r"\s+(?:[-–—]|->|=>|→|⇒|[-–]>)\s+|\s{3,}|[ \u00a0]{2}")
_COLON = re.compile("[:：]")
_NUMBERED = re.compile(r"[\s>|]*\d{1,3}\.?\s*\t\s*")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_BREAK = re.compile(r"[,;|\s]+")
_HARD = re.compile(r"[;|\t]|\s{2,}")
_AND = (
    re.compile(r"\s+(?:[/&+]|[-–—]|dan|and)\s+"),
    re.compile(r"\s*,\s*"),
    re.compile(r"\s*[/&+,]\s*"),
)
_NUMBER = frozenset({"no", "nomor", "number"})
_SPACES = " \t\u00a0*_"
_NONE = ("", 0.0, False)
_BEFORE = frozenset(
    """apa apakah siapa siapakah berapa berapakah mana which what whats s is are the your please enter choose select
    pilih masukkan isi isikan tulis tuliskan sebutkan mohon silakan no nomor nomer kode""".split()  # noqa: SIM905 - words
)
"""Words that may stand before a label, as in a question."""

_BEHIND = frozenset(
    """anda kamu saya kami bapak ibu wajib diisi required optional opsional yang bisa dapat dihubungi aktif benar
    lengkap your number""".split()  # noqa: SIM905 - a word list
)
"""Words that may stand behind a label."""


@dataclass(frozen=True, slots=True)
class Label:
    """A label in a text: of which field, how surely, where it begins (bullets and all) and where its value does.

    `name` is `OTHER` for a label that is none of the form's. `how` tells its dress: `line` (with a separator), `table`,
    `alone` (on a line of its own) or `loose` (only a blank before the value). `more` are further fields of a label
    such as `School name / NPSN`.
    """

    name: str
    start: int
    value_start: int
    sure: float = 1.0
    how: str = "line"
    near: bool = False
    more: tuple[str, ...] = ()

    @property
    def alone(self) -> bool:
        """On its own line without a separator."""
        return self.how == "alone"


class Fits(Protocol):
    """Tells whether a value can be one of a field; with `whole` nothing else may stand beside it."""

    def __call__(self, value: str, item: FormField, *, whole: bool) -> bool:
        """The answer for one value."""
        ...


@dataclass(slots=True)
class LabelFinder:
    """Finds labels of one form in one text."""

    form: Form
    fits: Fits
    seen: dict[str, tuple[str, float, bool]] = field(default_factory=dict)

    def in_line(self, line: str, offset: int) -> list[Label]:
        """The labels of a line that begins at `offset`: one at its beginning, then others on the same line."""
        decoration = _DECORATION.match(line)
        begin = decoration.end() if decoration else 0
        if begin >= len(line):
            return []
        first = self._first(line, begin, offset)
        if first is None and (behind := _unnumbered(line)):
            first = self._first(line, behind, offset)
        if first is None:
            return self._alone(line, begin, offset) or self._loose(line, begin, offset)
        item = self.form.field(first.name)
        return [first, *self._further(line, first.value_start - offset, offset, item)]

    def at_start(self, line: str, offset: int) -> Label | None:
        """The label that a line of a block begins with: ours, exactly spelt or nearly, before a colon."""
        decoration = _DECORATION.match(line)
        begin = decoration.end() if decoration else 0
        found = _some(_COLON, line, begin)
        if not found:
            return None
        label = self._exact(line, begin, found[0], offset) or self._nearly(line, begin, found[0], offset)
        return None if label is None or label.name == OTHER or label.more else label

    def cells(self, line: str) -> list[str]:
        """The fields that a row of cells names, if every cell names one; else nothing: the head of a table."""
        cells = [_bare(cell) for cell in line.split("\t")]
        if len(cells) < 2 or not all(cells):
            return []
        names = []
        for cell in cells:
            name = self._named(cell) or (OTHER if key(cell) in _NUMBER else "")
            if not name:
                return []
            names.append(name)
        known = [name for name in names if name != OTHER]
        return names if known and len(set(known)) == len(known) else []

    def _first(self, line: str, begin: int, offset: int) -> Label | None:
        """The label at the beginning: exactly spelt before any separator, else nearly before a strong one."""
        strong = _some(_STRONG, line, begin)
        for end in strong:
            if label := self._exact(line, begin, end, offset):
                return label
        for end in _some(_WEAK, line, begin):
            if _ends_label(line[end.start() - 1]) and (label := self._exact(line, begin, end, offset)):
                return label
        for end in strong:
            if end[0] != "=":
                return self._nearly(line, begin, end, offset)
        return None

    def _nearly(self, line: str, begin: int, end: re.Match[str], offset: int) -> Label | None:
        """The field that this label nearly means, or among filling words."""
        name, sure, near = self._near(_bare(line[begin : end.start()]))
        value_at = _after(line, end.end())
        if not name or name == OTHER or not self._suits(name, line[value_at:]):
            return None
        how = "table" if end[0] == "\t" else "line"
        return Label(name, offset, offset + value_at, sure, how, near=near)

    def _exact(self, line: str, begin: int, found: re.Match[str], offset: int) -> Label | None:
        """The field, or fields, that exactly this label means. What stands in brackets may be left out."""
        bare = _bare(line[begin : found.start()])
        value_at = _after(line, found.end())
        how = "table" if "\t" in found[0] else "line"
        if name := self._named(bare):
            return Label(name, offset, offset + value_at, how=how)
        for pattern in _AND if len(bare) < LONGEST else ():
            written = pattern.split(bare)
            parts = [self.form.labels.exact(_bare(part)) for part in written] if len(written) > 1 else [""]
            if not all(parts):
                continue
            if len(set(parts)) == 1:
                return Label(parts[0], offset, offset + value_at, how=how)
            if OTHER not in parts and len(set(parts)) == len(parts):
                return Label(parts[0], offset, offset + value_at, how=how, more=tuple(parts[1:]))
        return None

    def _named(self, written: str) -> str:
        """The field with exactly this label, whole or without what stands in brackets."""
        return self.form.labels.exact(written) or (
            self.form.labels.exact(_BRACKETS.sub(" ", written)) if "(" in written or "[" in written else ""
        )

    def _alone(self, line: str, begin: int, offset: int) -> list[Label]:
        """A label that is a line of its own, exactly spelt or among filling words."""
        if len(line) - begin > LONGEST + 20 or "\t" in line[begin:].strip():
            return []
        bare = _bare(line[begin:]).rstrip("?")
        if name := self._named(bare):
            return [Label(name, offset, offset + len(line), 0.9, "alone")]
        asks = line.rstrip().endswith(("?", "*")) or any(char.isdigit() for char in line[:begin])
        name = self._filled(key(bare)) if asks else ""
        return [Label(name, offset, offset + len(line), 0.9, "alone")] if name else []

    def _loose(self, line: str, begin: int, offset: int) -> list[Label]:
        """An exactly spelt label with only a blank before a value that can be one of its field."""
        words = list(re.finditer(r"\S+", line[begin : begin + LONGEST * 2]))
        for count in range(min(self.form.longest, len(words) - 1), 0, -1):
            name = self.form.labels.spellings.get(key(line[begin : begin + words[count - 1].end()]), "")
            if not name or not words[count - 1][0][-1].isalnum():
                continue
            item, value_at = self.form.field(name), begin + words[count].start()
            if item and _value_like(line[value_at:], item) and self.fits(line[value_at:], item, whole=True):
                return [Label(name, offset, offset + value_at, 0.85, "loose")]
            return []
        return []

    def _further(self, line: str, begin: int, offset: int, item: FormField | None) -> Iterator[Label]:
        """More labels on the same line; only exactly spelt ones, because values may hold colons.

        Behind a long text only signs that part (`;`, `|`, wide gaps) can begin one, else also a comma or a blank.
        """
        is_long = item is not None and item.type == "long text"
        for separator in _STRONG.finditer(line, begin):
            if separator.start() <= begin or (is_long and not _HARD.search(line, begin, separator.start())):
                continue
            start = self._label_before(line, begin, separator.start(), hard=is_long)
            if start < 0:
                continue
            name = self.form.labels.exact(_bare(line[start : separator.start()]))
            begin = _after(line, separator.end())
            yield Label(name, offset + start, offset + begin, how="table" if separator[0] == "\t" else "line")

    def _label_before(self, line: str, begin: int, end: int, *, hard: bool) -> int:
        """Where the longest label begins that ends at `end`, or -1."""
        pattern = _HARD if hard else _BREAK
        starts = [found.end() for found in pattern.finditer(line, max(begin, end - LONGEST), end)]
        for start in starts[-self.form.longest - 1 :]:
            at = _after(line, start)
            if at < end and self.form.labels.exact(_bare(line[at:end])):
                return at
        return -1

    def _suits(self, name: str, value: str) -> bool:
        """Whether a nearly spelt label may be believed: its value, where it has one on the line, fits the field."""
        item = self.form.field(name)
        return item is not None and (not value.strip() or self.fits(value, item, whole=False))

    def _near(self, bare: str) -> tuple[str, float, bool]:
        """The field that a label nearly means, how surely, and whether it is misspelt."""
        if bare not in self.seen:
            self.seen[bare] = self._likened(bare) if len(self.seen) < MAX_NEAR else _NONE
        return self.seen[bare]

    def _likened(self, bare: str) -> tuple[str, float, bool]:
        if len(bare) > LONGEST + 20:
            return _NONE
        for text in (bare, _BRACKETS.sub(" ", bare)) if "(" in bare or "[" in bare else (bare,):
            if name := self._filled(key(text)):
                return name, FILLED, False
        if name := self._transposed(key(bare)):
            return name, TRANSPOSED, True
        found = self.form.labels.find(bare)
        return (found.name, found.sure, True) if found else _NONE

    def _filled(self, folded: str) -> str:
        """The field whose label stands among filling words: `nomor npsn sekolah anda`."""
        words = folded.split()
        while words:
            if name := self.form.labels.spellings.get(" ".join(words)):
                return "" if name == OTHER else name
            if words[-1] in _BEHIND:
                words.pop()
            elif words[0] in _BEFORE:
                words.pop(0)
            else:
                return ""
        return ""

    def _transposed(self, folded: str) -> str:
        """The field whose short label this is with two neighbouring letters exchanged."""
        if not 4 <= len(folded) <= 6 or self.form.labels.spellings.get(folded):
            return ""
        swapped = (folded[:at] + folded[at + 1] + folded[at] + folded[at + 2 :] for at in range(len(folded) - 1))
        names = {name for text in swapped if (name := self.form.labels.spellings.get(text))}
        return names.pop() if len(names) == 1 else ""


def _some(pattern: re.Pattern[str], line: str, begin: int) -> list[re.Match[str]]:
    """The first few matches near the beginning of a line."""
    found = islice(pattern.finditer(line, begin, begin + LONGEST + 30), MAX_SEPARATORS)
    return [one for one in found if one.start() > begin]


def _ends_label(char: str) -> bool:
    """Whether a label may end so before a weak separator: what ends in a full stop is a sentence."""
    return char.isalnum() or char in ")]*"


def _unnumbered(line: str) -> int:
    """Where the second cell of a row begins whose first one is only a number; else 0."""
    found = _NUMBERED.match(line) if "\t" in line else None
    return found.end() if found else 0


def _value_like(text: str, item: FormField) -> bool:
    """Whether what follows a label without a separator looks like a value and not like the rest of a sentence."""
    value = text.strip()
    if item.type not in ("text", "long text"):
        return True
    return bool(value) and (value[0].isupper() or value[0].isdigit()) and (item.type != "text" or _short(value))


def _short(value: str) -> bool:
    return len(value) <= LONGEST and not value.endswith(("?", "!")) and ". " not in value.replace("Dr. ", "")


def _bare(written: str) -> str:
    return written.strip(" \t\u00a0*_`\"'“”|–—-").rstrip(":：")


def _after(line: str, at: int) -> int:
    """The position of what follows a separator: blanks and closing emphasis passed over."""
    while at < len(line) and (line[at] in _SPACES or line[at] in ":：="):
        at += 1
    return at
