"""Reading a report that was written along the form.

A report is `Label: value` lines (or table rows, `Label<TAB>value`) among other text. What is a field is taken out with
the place it stood and how surely it was read; what is not stays as the report's text. Nothing is guessed silently: a
value that had to be interpreted carries a warning, and one that means nothing known is left in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mailhelp.desk.category import (
    UNSORTED,
    find_category,
    find_subcategory,
    guess_category,
    guess_subcategory,
    owner_of,
)
from mailhelp.desk.formfield import Check, Choice, Form, FormField, Need, Reading
from mailhelp.desk.formline import Entry, entries
from mailhelp.desk.formvalue import is_nothing, understood
from mailhelp.desk.model import FieldValue
from mailhelp.desk.policy import Category

__all__ = ["Check", "Choice", "Form", "FormField", "Need", "Reading", "read_form"]

MAX_TEXT = 100_000
"""Characters of one text that are read as a form; the rest is text."""

MAX_PROBLEMS = 20
"""Doubts of one report that are told; a mail with more is not a form."""

_BETWEEN = re.compile(r"\s+[-–—]\s+|\s*[/>→»|]\s*")


def read_form(
    new_text: str, html_text: str, form: Form, categories: Mapping[str, Category], subject: str = ""
) -> Reading:
    """Read a report along the form. Linear in the size of the texts, of which `MAX_TEXT` characters are looked at.

    `html_text` is the HTML part as text (table rows as `cell<TAB>cell`); it is used where it holds more fields than the
    plain text, and then spans are positions in it. Categories, subcategories and choices are named as in the files.
    Where no field names the category, the phrases in subject and text may tell it (`how` is `keyword`).
    """
    plain = _Reader(new_text, form, categories).read()
    if html_text and html_text != new_text:
        table = _Reader(html_text, form, categories).read()
        if len(table.fields) > len(plain.fields):
            plain = table
    return _with_guess(plain, categories, subject)


@dataclass(slots=True)
class _Reader:
    """Reads one text."""

    text: str
    form: Form
    categories: Mapping[str, Category]
    fields: dict[str, FieldValue] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    taken: list[tuple[int, int]] = field(default_factory=list)

    def read(self) -> Reading:
        """The fields in order, then the two that depend on each other."""
        waiting: dict[str, Entry] = {}
        for entry in entries(self.text[:MAX_TEXT], self.form):
            item = self.form.field(entry.label.name)
            if item is None or is_nothing(entry.value):
                self.taken.append((entry.start, entry.end))
            elif item.type in ("category", "subcategory"):
                self._first(entry, waiting)
            else:
                self._take(entry, item)
        self._category(waiting)
        return Reading(self.fields, _without(self.text, self.taken), tuple(self.problems[:MAX_PROBLEMS]))

    def _first(self, entry: Entry, waiting: dict[str, Entry]) -> None:
        """Of a field that stands twice the first counts."""
        name = entry.label.name
        if name in waiting and waiting[name].value != entry.value:
            self.problems.append(f"{name} stands twice: '{waiting[name].value}' and '{entry.value}'")
        waiting.setdefault(name, entry)

    def _take(self, entry: Entry, item: FormField) -> None:
        """One field of a type that needs no other field."""
        value = understood(entry.value, item)
        if value.problem:
            self.problems.append(value.problem)
        if not value.text:
            return
        earlier = self.fields.get(item.name)
        if earlier is not None:
            if earlier.value != value.text:
                self.problems.append(f"{item.name} stands twice: '{earlier.value}' and '{value.text}'")
                warning = f"another value was given as well: '{value.text}'"
                self.fields[item.name] = replace(earlier, warnings=(*earlier.warnings, warning))
            return
        self._put(entry, value.text, value.sure, value.problem)

    def _put(self, entry: Entry, value: str, sure: float, *warnings: str) -> None:
        label = entry.label
        how = "table" if label.table else "near-label" if label.sure < 1 and not label.alone else "label"
        if how == "near-label":
            written = self.text[label.start : label.value_start].strip(" \t:=*_>-•")
            warnings = (*warnings, f"the label '{written}' was read as {label.name}")
        self.fields[label.name] = FieldValue(
            value,
            how=how,
            sure=round(label.sure * sure, 2),
            span=(label.value_start, entry.end),
            raw=self.text[label.value_start : entry.end],
            warnings=tuple(warning for warning in warnings if warning),
        )
        self.taken.append((entry.start, entry.end))

    def _category(self, waiting: Mapping[str, Entry]) -> None:
        """Category and subcategory: each may be missing, or stand in the other's place (`Category / Subcategory`)."""
        top, below = waiting.get("category"), waiting.get("subcategory")
        category = self._named(top, "category", "") if top else ""
        if below:
            sub = self._named(below, "subcategory", category)
            if sub and not category and (owner := owner_of(sub, self.categories)):
                warning = f"the category follows from the subcategory '{sub}'"
                self.fields["category"] = replace(self.fields["subcategory"], value=owner, warnings=(warning,))

    def _named(self, entry: Entry, name: str, category: str) -> str:
        """Recognise one of them and put it down; returns the name found, or an empty text."""
        whole, *parts = (entry.value, *_BETWEEN.split(entry.value))
        for written in (whole, *(parts if len(parts) > 1 else ())):
            found = (
                find_category(written, self.categories)
                if name == "category"
                else find_subcategory(written, category, self.categories)
            )
            if found is None:
                continue
            warning = "" if found.exact else f"'{written}' was read as {found.name}"
            self._put(entry, found.name, found.sure, warning)
            if name == "category" and len(parts) > 1:
                self._second(entry, parts[-1], found.name)
            return found.name
        known = "" if name == "category" or category not in self.categories else f" of {category}"
        self.problems.append(f"'{' '.join(entry.value.split())[:80]}' is no {name}{known} of this desk")
        return ""

    def _second(self, entry: Entry, written: str, category: str) -> None:
        """The subcategory behind the category on the same line."""
        found = find_subcategory(written, category, self.categories)
        if found is not None:
            warning = "" if found.exact else f"'{written}' was read as {found.name}"
            label = replace(entry.label, name="subcategory")
            self._put(replace(entry, label=label), found.name, found.sure, warning)


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """The text without what became a field."""
    pieces, at = [], 0
    for start, end in sorted(spans):
        if start > at:
            pieces.append(text[at:start])
        at = max(at, end)
    left = "".join((*pieces, text[at:]))
    return re.sub(r"\n[ \t]*(?:\n[ \t]*){2,}", "\n\n", left).strip()


def _with_guess(reading: Reading, categories: Mapping[str, Category], subject: str) -> Reading:
    """Add what the phrases of the text tell where no field does."""
    added = dict(_guessed(reading, categories, subject))
    return replace(reading, fields={**reading.fields, **added}) if added else reading


def _guessed(reading: Reading, categories: Mapping[str, Category], subject: str) -> Iterator[tuple[str, FieldValue]]:
    details = reading.fields.get("details")
    own_subject = reading.fields.get("subject")
    head = " ".join((subject, own_subject.value if own_subject else ""))
    text = "\n".join((reading.rest, details.value if details else ""))[:MAX_TEXT]
    named = reading.fields.get("category")
    name = named.value if named else UNSORTED
    if named is None:
        guess = guess_category(head, text, categories)
        name = guess.name
        if name != UNSORTED:
            warning = f"guessed from: {', '.join(guess.phrases)}"
            yield "category", FieldValue(name, "keyword", guess.sure, warnings=(warning,))
    if name in categories and "subcategory" not in reading.fields:
        below = guess_subcategory(head, text, categories[name])
        if below.name:
            warning = f"guessed from: {', '.join(below.phrases)}"
            yield "subcategory", FieldValue(below.name, "keyword", below.sure, warnings=(warning,))
