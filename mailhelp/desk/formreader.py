"""Reads one text along a form: the fields with what they mean, and the text that is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from mailhelp.desk import identity
from mailhelp.desk.category import Recogniser, owner_of
from mailhelp.desk.formfield import Form, FormField, Reading
from mailhelp.desk.formlabel import Fits
from mailhelp.desk.formline import Entry, entries
from mailhelp.desk.formvalue import addresses, is_nothing, marked_choice, names_within, understood
from mailhelp.desk.model import Doubt, FieldValue
from mailhelp.desk.near import Found
from mailhelp.desk.policy import Category

MAX_TEXT = 100_000
"""Characters of one text that are read as a form; the rest is text."""

PROSE = 4
"""Blanks from which a value is a sentence."""

MAX_PROBLEMS = 20
"""Doubts of one report that are told; a mail with more is not a form."""

Finder = Callable[[str, Form, Fits], list[Entry]]
"""Finds the fields of a text as written: `formline.entries` or `formline.block_entries`."""

_BETWEEN = re.compile(r"\s+[-–—]\s+|\s*[/>→»|]\s*")
_PARTS = (r"\s+/\s+", r"\s+[-–—]\s+", r"\s*[;|]\s*", r"\s*,\s+", r"\s*/\s*", r"\s+(?:dan|and|&)\s+")


@dataclass(slots=True)
class Reader:
    """Reads one text."""

    text: str
    form: Form
    categories: Mapping[str, Category]
    fields: dict[str, FieldValue] = field(default_factory=dict)
    problems: list[tuple[str, Doubt]] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)
    others: list[tuple[int, int]] = field(default_factory=list)
    kinds: Recogniser = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = Recogniser.of(self.categories)

    def read(self, limit: int = MAX_TEXT, find: Finder = entries) -> Reading:
        """The fields in order, then the two that depend on each other. `limit` counts the characters looked at."""
        waiting: dict[str, Entry] = {}
        for whole in find(self.text[:limit], self.form, self.fits):
            for entry in _parted(whole):
                item = self.form.field(entry.label.name)
                if item is None:
                    if not _is_prose(entry.value):
                        self.others.append((entry.start, entry.end))
                elif is_nothing(entry.value):
                    self.taken.append((entry.start, entry.end))
                elif item.type in ("category", "subcategory"):
                    self._first(entry, waiting)
                else:
                    self._take(entry, item)
        self._category(waiting)
        rest, prose = _without(self.text, self.taken), _without(self.text, [*self.taken, *self.others])
        return Reading(self.fields, rest, tuple(self.problems[:MAX_PROBLEMS]), prose)

    def fits(self, value: str, item: FormField, *, whole: bool) -> bool:  # noqa: PLR0911 - one answer for each type
        """Whether a value can be one of a field; with `whole` nothing else may stand beside it."""
        text = " ".join(value.split())
        if is_nothing(text):
            return bool(text) and not whole
        match item.type:
            case "text":
                return len(text) <= 120
            case "long text":
                return True
            case "category":
                return self._sorts(self.kinds.category(text), text, whole=whole)
            case "subcategory":
                return self._sorts(self.kinds.subcategory(text), text, whole=whole)
            case "choice" if whole:
                return bool(item.choice_names.exact(text))
            case "email":
                return bool(addresses(text)) and not (whole and " " in text)
            case kind if kind in identity.KINDS:
                number = identity.plain(text)
                return bool(re.fullmatch(r"[A-Z]?\d{6,20}", number if whole else identity.within(kind, number)))
        known = understood(text, item)
        return bool(known.text) and known.doubt is None if whole else bool(known.text) and known.sure > 0.5

    def _sorts(self, found: Found | None, text: str, *, whole: bool) -> bool:
        return found is not None and (found.exact or not whole) if found or whole else bool(marked_choice(text))

    def _first(self, entry: Entry, waiting: dict[str, Entry]) -> None:
        """Of a field that stands twice the first counts."""
        name = entry.label.name
        if name in waiting and waiting[name].value != entry.value:
            self.problems.append((name, Doubt("other-value", (entry.value,))))
        waiting.setdefault(name, entry)

    def _take(self, entry: Entry, item: FormField) -> None:
        """One field of a type that needs no other field."""
        if item.type == "text" and item.name == "name" and (found := addresses(entry.value)):
            entry = self._without_address(entry, found[0])
            if not entry.value:
                self.taken.append((entry.start, entry.end))
                return
        value = understood(entry.value, item)
        if not value.text:
            if value.doubt:
                self.problems.append((item.name, value.doubt))
            return
        earlier = self.fields.get(item.name)
        if earlier is None:
            self._put(entry, value.text, value.sure, value.doubt)
        elif earlier.value.casefold() == value.text.casefold():
            self.taken.append((entry.start, entry.end))
        else:
            doubt = Doubt("other-value", (value.text,))
            self.problems.append((item.name, doubt))
            self.fields[item.name] = replace(earlier, warnings=(*earlier.warnings, doubt))

    def _without_address(self, entry: Entry, address: str) -> Entry:
        """`From: Name <address>`: the address is the report's, the rest the name."""
        item = self.form.field("email")
        if item is not None and "email" not in self.fields:
            label = replace(entry.label, name="email")
            self._put(replace(entry, label=label), address, 0.9, Doubt("parted", (" ".join(entry.value.split()),)))
        name = re.sub(r"[<(\[]?(?:mailto:)?" + re.escape(address) + r"[>)\]]?", " ", entry.value)
        return replace(entry, value=name.strip(" \t\n\"'<>()[],;|/-"))

    def _put(self, entry: Entry, value: str, sure: float, *doubts: Doubt | None) -> None:
        label = entry.label
        how = "table" if label.how == "table" else "near-label" if label.near else "label"
        own = [doubt for doubt in doubts if doubt]
        if label.near:
            written = self.text[label.start : label.value_start].strip(" \t:：=*_>-•?")
            own.append(Doubt("near-label", (written,)))
        if label.how == "loose":
            own.append(Doubt("unlabelled"))
        if entry.joined:
            own.append(Doubt("joined"))
        if entry.rows > 1:
            own.append(Doubt("rows", (str(entry.rows),)))
        self.fields[label.name] = FieldValue(
            value,
            how=how,
            sure=round(label.sure * sure, 2),
            span=(label.value_start, entry.end),
            raw=self.text[label.value_start : entry.end],
            warnings=tuple(own),
        )
        self.taken.append((entry.start, entry.end))

    def _category(self, waiting: Mapping[str, Entry]) -> None:
        """Category and subcategory: each may be missing, or stand in the other's place (`Category / Subcategory`)."""
        top, below = waiting.get("category"), waiting.get("subcategory")
        category = self._named(top, "category", "") if top else ""
        if below:
            sub = self._named(below, "subcategory", category)
            if sub and not category and (owner := owner_of(sub, self.categories)):
                follows = Doubt("follows", (sub,))
                self.fields["category"] = replace(self.fields["subcategory"], value=owner, warnings=(follows,))

    def _named(self, entry: Entry, name: str, category: str) -> str:
        """Recognise one of them and put it down; returns the name found, or an empty text."""
        whole, *parts = (entry.value, *_BETWEEN.split(entry.value))
        for written in (whole, marked_choice(whole), *(parts if len(parts) > 1 else ())):
            if found := self._recognised(written, name, category):
                self._put(entry, found.name, found.sure, _near(written, found))
                if name == "category" and len(parts) > 1:
                    self._second(entry, parts[-1], found.name)
                return found.name
        inside = names_within(whole, self.kinds.names) if name == "category" and len(whole) <= 80 else []
        if len(inside) == 1:
            self._put(entry, inside[0], 0.8, Doubt("within", (whole, inside[0])))
            return inside[0]
        shown = " ".join(entry.value.split())
        code = "no-category" if name == "category" else "no-subcategory"
        known = category in self.categories and name == "subcategory"
        self.problems.append((name, Doubt(f"{code}-of", (shown, category)) if known else Doubt(code, (shown,))))
        return ""

    def _recognised(self, written: str, name: str, category: str) -> Found | None:
        return self.kinds.category(written) if name == "category" else self.kinds.subcategory(written, category)

    def _second(self, entry: Entry, written: str, category: str) -> None:
        """The subcategory behind the category on the same line."""
        found = self.kinds.subcategory(written, category)
        if found is not None and found.name != self.fields["category"].value:
            label = replace(entry.label, name="subcategory")
            self._put(replace(entry, label=label), found.name, found.sure, _near(written, found))


def _is_prose(value: str) -> bool:
    """Whether a value behind a label that is none of ours is a sentence (`Catatan: ...`) and not data."""
    return value.count(" ") >= PROSE and not any(char.isdigit() for char in value)


def _near(written: str, found: Found) -> Doubt | None:
    return None if found.exact else Doubt("near", (" ".join(written.split()), found.name))


def _parted(entry: Entry) -> Iterator[Entry]:
    """The fields of a label such as `School name / NPSN`, where its value has as many parts; else the first alone."""
    names = (entry.label.name, *entry.label.more)
    if len(names) == 1:
        yield entry
        return
    for pattern in _PARTS:
        parts = re.split(pattern, entry.value)
        if len(parts) == len(names):
            for name, part in zip(names, parts, strict=True):
                yield replace(entry, label=replace(entry.label, name=name, more=()), value=part)
            return


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without what became a field."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        if start > at:
            pieces.append(text[at:start])
        at = max(at, end)
    left = "".join((*pieces, text[at:]))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*){2,}", "\n\n", left).strip()
