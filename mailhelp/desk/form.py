"""Reading a report that was written along the form.

A report is `Label: value` lines (or table rows, `Label<TAB>value`) among other text. What is a field is taken out with
the place it stood and how surely it was read; what is not stays as the report's text. Nothing is guessed silently: a
value that had to be interpreted carries a doubt, and one that means nothing known is left in the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mailhelp.desk.category import UNSORTED, Telling, guess_category, guess_subcategory
from mailhelp.desk.formfield import Check, Choice, Form, FormField, Need, Reading
from mailhelp.desk.formreader import MAX_PROBLEMS, MAX_TEXT, Reader
from mailhelp.desk.model import Doubt, FieldValue
from mailhelp.desk.policy import Category
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.message import Message

__all__ = [
    "MAX_PROBLEMS",
    "MAX_TEXT",
    "Check",
    "Choice",
    "Form",
    "FormField",
    "Need",
    "Reading",
    "read_form",
    "read_message",
]

_QUOTED_SURE = 0.7


def read_message(message: Message, form: Form, categories: Mapping[str, Category]) -> Reading:
    """Read a mail as a new report: what its sender wrote, or what is quoted in it if that is all there is.

    The HTML part counts only where nothing was split off as quotation, because the quotation is in it, too. A quotation
    of one of our own mails is never read: it shows the fields of another report.
    """
    html = "" if message.quoted_text else message.html_text
    reading = read_form(message.new_text or message.text, html, form, categories, message.subject)
    own = any(marker in message.quoted_text for marker in MARKERS)
    if own or not message.quoted_text or any(value.span for value in reading.fields.values()):
        return reading
    whole = read_form(message.text, "", form, categories, message.subject)
    if not any(value.span for value in whole.fields.values()):
        return reading
    return replace(whole, fields=dict(_doubtful(whole.fields)))


def _doubtful(fields: Mapping[str, FieldValue]) -> Iterator[tuple[str, FieldValue]]:
    for name, value in fields.items():
        warnings = (*value.warnings, Doubt("quoted"))
        yield name, replace(value, sure=min(value.sure, _QUOTED_SURE), warnings=warnings)


def read_form(
    new_text: str, html_text: str, form: Form, categories: Mapping[str, Category], subject: str = ""
) -> Reading:
    """Read a report along the form. Linear in the size of the texts, of which `MAX_TEXT` characters are looked at.

    `html_text` is the HTML part as text (table rows as `cell<TAB>cell`); it is used where it holds more fields than the
    plain text, and then spans are positions in it. Categories, subcategories and choices are named as in the files.
    Where no field names the category, the phrases in subject and text may tell it (`how` is `keyword`).
    """
    plain = Reader(new_text, form, categories).read(MAX_TEXT)
    if html_text and html_text != new_text:
        table = Reader(html_text, form, categories).read(MAX_TEXT)
        if len(table.fields) > len(plain.fields):
            plain = table
    return _with_guess(plain, categories, subject)


def _with_guess(reading: Reading, categories: Mapping[str, Category], subject: str) -> Reading:
    """Add what the phrases of the text tell where no field does."""
    added = dict(_guessed(reading, categories, subject))
    return replace(reading, fields={**reading.fields, **added}) if added else reading


def _guessed(reading: Reading, categories: Mapping[str, Category], subject: str) -> Iterator[tuple[str, FieldValue]]:
    named = reading.fields.get("category")
    if named and (named.value not in categories or "subcategory" in reading.fields):
        return
    details = reading.fields.get("details")
    own_subject = reading.fields.get("subject")
    head = " ".join((subject, own_subject.value if own_subject else ""))
    text = "\n".join((reading.prose, details.value if details else ""))[:MAX_TEXT]
    told = Telling.of(head, text)
    name = named.value if named else UNSORTED
    if named is None:
        guess = guess_category(told, categories)
        name = guess.name
        if name != UNSORTED:
            doubt = Doubt("guessed", (", ".join(guess.phrases),))
            yield "category", FieldValue(name, "keyword", guess.sure, warnings=(doubt,))
    if name in categories and "subcategory" not in reading.fields:
        below = guess_subcategory(told, name, categories)
        if below.name:
            doubt = Doubt("guessed", (", ".join(below.phrases),))
            yield "subcategory", FieldValue(below.name, "keyword", below.sure, warnings=(doubt,))
