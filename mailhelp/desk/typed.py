"""What somebody typed above a quotation of our own mail, where reading the mail alone had to leave it in doubt.

Our notices and acknowledgements show the fields of a report, so that their quotation looks like a form that was filled
in. The desk knows better: an agent fills in no form, and a requester's is compared with what the report holds already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailhelp.desk.context import masked
from mailhelp.desk.form import read_form
from mailhelp.desk.model import Ticket
from mailhelp.desk.policy import Policy
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.message import Message
from mailhelp.mail.quote import split


def above(message: Message) -> Message:
    """The mail with only what stands above our quoted mail as its new text; unchanged where that is not sure."""
    if not message.inline_answers or message.split_sure:
        return message
    lines = message.new_text.split("\n")
    first = next((n for n, line in enumerate(lines) if line.startswith(">") and _is_marker(line)), None)
    if first is None or any(line.strip() and not line.startswith(">") for line in lines[first:]):
        return message
    result = split("\n".join(lines[: first + 1]), "", MARKERS)
    if not result.sure or result.inline or not result.new_text:
        return message
    quoted = "\n".join(lines[first:])
    return replace(message, new_text=result.new_text, quoted_text=quoted, split_sure=True, inline_answers=False)


def unless_filled_in(message: Message, ticket: Ticket, policy: Policy) -> Message:
    """The same for a requester, unless the quotation holds a field that the report does not have like that."""
    shorter = above(message)
    return message if shorter is message or _says_more(shorter.quoted_text, ticket, policy) else shorter


def _is_marker(line: str) -> bool:
    return any(marker in line for marker in MARKERS)


def _says_more(quoted: str, ticket: Ticket, policy: Policy) -> bool:
    fields = read_form(_unquoted(quoted.split("\n")), "", policy.form, policy.categories).fields
    for name, value in fields.items():
        known = ticket.fields.get(name)
        if known is None or value.value not in {known.value, masked(name, known.value).lstrip("*")}:
            return True
    return False


def _unquoted(lines: Sequence[str]) -> str:
    return "\n".join(line[1:].removeprefix(" ") for line in lines)
