"""What is missing or wrong in a report, said in both languages: what the mail that asks for data is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailhelp.desk import formtest
from mailhelp.desk.category import UNSORTED
from mailhelp.desk.fold import words
from mailhelp.desk.formfield import Form, FormField
from mailhelp.desk.formneed import Fields, Standing, place, wanted
from mailhelp.desk.formtest import Fault
from mailhelp.desk.formwords import LANGUAGES, text
from mailhelp.desk.model import Doubt, FieldValue
from mailhelp.desk.policy import Category

ENOUGH_WORDS = 4
"""Words besides greetings that make what stands around the fields a report's text."""

_POLITE = frozenset(
    """yth kepada bapak ibu bpk admin tim min kak dear sir madam hi hello halo hai selamat pagi siang sore malam good
    morning afternoon evening assalamualaikum assalamu alaikum wr wb warahmatullahi wabarakatuh wassalamualaikum
    wassalam salam hormat saya kami terima kasih terimakasih thanks thank you best kind regards mohon bantuannya
    bantuan dibantu dengan berikut data datanya laporan di bawah ini sebagai please help the for your from sent my
    demikian atas perhatiannya kerjasamanya ucapkan sebelumnya layanan helpdesk""".split()  # noqa: SIM905 - a word list
)
"""Words of greetings and closings."""


class Kind(StrEnum):
    """What a finding asks for: a value, another value, or an agent's attention."""

    MISSING = "missing"
    WRONG = "wrong"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the field `name`. `messages` maps languages onto the sentence about it, without its label.

    `code` and `values` are those of `desk.formwords`; `example` shows a good value; `choices` are the names of what can
    be chosen; `swap` names the field that the value seems to belong to.
    """

    name: str
    kind: Kind
    code: str
    values: tuple[str, ...] = ()
    messages: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    choices: tuple[str, ...] = ()
    swap: str = ""


def check(
    fields: Fields,
    form: Form,
    categories: Mapping[str, Category],
    *,
    sender: str = "",
    rest: str = "",
    problems: tuple[tuple[str, Doubt], ...] = (),
    year: int = 0,
) -> tuple[Finding, ...]:
    """All findings about a report, in the order of the form.

    `sender` is the address it came from (a form's `email` where it has none of its own), `rest` its text outside the
    fields (a report's story need not stand behind a label), `problems` what the reader could not use, `year` the
    current year (0: not known).
    """
    return tuple(_Checker(fields, form, categories, sender, rest, dict(reversed(problems)), year).findings())


@dataclass(frozen=True, slots=True)
class _Checker:
    fields: Fields
    form: Form
    categories: Mapping[str, Category]
    sender: str
    rest: str
    problems: Mapping[str, Doubt]
    year: int

    def findings(self) -> Iterator[Finding]:
        swaps = formtest.exchanges(self.form, self.fields, self.sender)
        required = wanted(self.fields, self.categories)
        for item in self.form.fields:
            standing = place(item, self.fields, required)
            value = self.fields.get(item.name)
            if value is None or not value.value.strip():
                if standing is Standing.REQUIRED and not self._told_elsewhere(item):
                    yield self._missing(item)
            elif standing is Standing.FORBIDDEN:
                yield self._said(item, Kind.WARNING, Fault("not-needed", "warn"))
            else:
                yield from self._value(item, value, swaps)

    def _missing(self, item: FormField) -> Finding:
        """A field without a value: there was none, or one that means nothing known."""
        if item.name in self.problems:
            doubt = self.problems[item.name]
            return self._said(item, Kind.WRONG, Fault(doubt.code, "error", doubt.values))
        code = UNSORTED if item.type == "category" else "missing"
        return self._said(item, Kind.MISSING, Fault(code, "error"))

    def _told_elsewhere(self, item: FormField) -> bool:
        """The report's text may stand outside the fields, its address in the mail's From."""
        if item.type == "long text":
            return has_story(self.rest)
        return item.name == "email" and bool(self.sender)

    def _value(self, item: FormField, value: FieldValue, swaps: Mapping[str, str]) -> Iterator[Finding]:
        faults = list(formtest.faults(item, value.value, self.form, self.fields, self.sender, self.year))
        if item.name in swaps:
            grave = max((fault.severity for fault in faults), key=("warn", "error").index, default="warn")
            swap = swaps[item.name]
            other = self.fields.get(swap)
            code = "exchanged" if other and other.value.strip() and swaps.get(swap) == item.name else "looks-like"
            yield self._said(item, _kind(grave), Fault(code, grave), swap)
            return
        for fault in faults:
            yield self._said(item, _kind(fault.severity), fault)

    def _said(self, item: FormField, kind: Kind, fault: Fault, swap: str = "") -> Finding:
        messages = {
            language: fault.message.get(language) or text(fault.code, self._shown(fault, swap, language), language)
            for language in LANGUAGES
        }
        choices = () if kind is Kind.WARNING else self._choices(item)
        values = (swap,) if swap else fault.values
        return Finding(item.name, kind, fault.code, values, messages, item.example, choices, swap)

    def _shown(self, fault: Fault, swap: str, language: str) -> tuple[str, ...]:
        """The values as a sentence shows them: other fields by their labels."""
        names = (swap,) if swap else fault.values
        if not (swap or fault.names_field):
            return fault.values
        return tuple(self._label(name, language) for name in names)

    def _label(self, name: str, language: str) -> str:
        item = self.form.field(name)
        if name == "email" and "email" not in self.fields:
            return text("report-email", (), language)
        return item.label(language) if item else name

    def _choices(self, item: FormField) -> tuple[str, ...]:
        if item.type == "category":
            return tuple(self.categories)
        if item.type == "subcategory":
            named = self.fields.get("category")
            known = self.categories.get(named.value) if named else None
            return tuple(known.subcategories) if known else ()
        return tuple(choice.name for choice in item.choices)


def _kind(severity: str) -> Kind:
    return Kind.WRONG if severity == "error" else Kind.WARNING


def has_story(rest: str) -> bool:
    """Whether the text around the fields says something besides greetings, closings and names below them."""
    return sum(word not in _POLITE and not word.isdigit() for word in words(rest)) >= ENOUGH_WORDS
