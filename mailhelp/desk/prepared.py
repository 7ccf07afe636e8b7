"""What a mail gives along the form, read before it is decided: in the process that reads the mail itself.

A preparation counts only for the very form and categories that it was made along; with any others, and where there is
none, the mail is read when it is asked for. Either way the same functions read, and the decision is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailhelp.desk.form import read_form, read_message
from mailhelp.desk.formblock import read_block
from mailhelp.desk.formfield import Form, Reading
from mailhelp.desk.policy import Category, Policy
from mailhelp.mail.markers import MARKERS, is_form_end, is_form_marker
from mailhelp.mail.message import Kind, Message

_NEVER_READ = frozenset({Kind.OWN, Kind.DELIVERY_REPORT, Kind.DISPOSITION_REPORT})


@dataclass(frozen=True, slots=True)
class ReplyReading:
    """A mail read as a reply: what stands outside of all quotation and of the block, what is in each."""

    typed: str
    text: Reading
    block: Reading


@dataclass(frozen=True, slots=True)
class Readings:
    """One mail, read in the ways that its decision may ask for; None where that was not thought likely."""

    report: Reading | None = None
    reply: ReplyReading | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Readings of one mail, and what they were made along."""

    form: Form
    categories: Mapping[str, Category]
    readings: Readings

    def counts(self, policy: Policy) -> bool:
        """Whether a decision by this policy may use them."""
        return self.form is policy.form and self.categories is policy.categories


def prepare(message: Message, form: Form, categories: Mapping[str, Category]) -> Readings:
    """Read a mail in the ways that its decision may ask for: what refers to no other mail is no reply."""
    if message.kind in _NEVER_READ:
        return Readings()
    if not (message.in_reply_to or message.references or any(marker in message.text for marker in MARKERS)):
        return Readings(read_message(message, form, categories))
    if message.kind is Kind.AUTOMATIC:
        return Readings()
    return Readings(read_message(message, form, categories), read_reply(message, form, categories))


def report_reading(message: Message, policy: Policy, prepared: Prepared | None = None) -> Reading:
    """The mail as a new report (`form.read_message`)."""
    ready = prepared.readings.report if prepared and prepared.counts(policy) else None
    return ready or read_message(message, policy.form, policy.categories)


def reply_reading(message: Message, policy: Policy, prepared: Prepared | None = None) -> ReplyReading:
    """The mail as a reply (`read_reply`)."""
    ready = prepared.readings.reply if prepared and prepared.counts(policy) else None
    return ready or read_reply(message, policy.form, policy.categories)


def read_reply(message: Message, form: Form, categories: Mapping[str, Category]) -> ReplyReading:
    """Read a mail as a reply: the HTML part counts only where nothing was typed into the text."""
    typed = typed_text(message.new_text)
    text = read_form(typed, "" if typed else message.html_text, form, categories)
    return ReplyReading(typed, text, read_block(message.text, form, categories))


def typed_text(text: str) -> str:
    """What stands outside the quotation: above our own mail, or between lines that bear a quotation mark."""
    kept, inside = [], False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        if any(marker in line for marker in MARKERS) and not quoted:
            break
        inside = (inside or is_form_marker(line)) and not is_form_end(line)
        if not (quoted or inside or is_form_end(line)):
            kept.append(line)
    return "\n".join(kept).strip()
