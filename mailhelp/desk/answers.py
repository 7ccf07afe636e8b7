"""What a reply gives: values for the fields of its report, from new text and from the block that was filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from mailhelp.desk.category import Recogniser
from mailhelp.desk.formfield import FormField
from mailhelp.desk.lacking import Problems, lacking
from mailhelp.desk.model import FieldValue, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.prepared import reply_reading
from mailhelp.desk.scene import Mail

SURE = 0.8
"""How surely a field must have been read to replace a value that stands."""

BARE = 0.9
"""How sure a value is that was asked for and stands in the reply without its label."""

MAX_BARE = 20
"""Lines of a reply in which values without labels are looked for."""

_TEXTS = frozenset({"subject", "details", "email"})
"""Fields that a reply changes only when it was asked for them: words like these stand in every mail."""

_DIGITS = {"npsn": 8, "nisn": 10, "nik": 16, "nuptk": 16}
_RUN = re.compile(r"(?<![\w@.])[0-9](?:[ .-]?[0-9]){7,15}(?![\w@])")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True, slots=True)
class Given:
    """The fields that a reply sets, and what it said that could not be used."""

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    problems: Problems = ()
    typed: str = ""


def given(mail: Mail, ticket: Ticket, asked: frozenset[str] = frozenset()) -> Given:
    """The fields that a reply sets: new or other values than the report has. `asked` are those that were asked for.

    A guess counts only for what was asked. A wrong value never replaces one that was right. `typed` is what stands
    outside of all quotation and of the block.
    """
    reply = reply_reading(mail.message, mail.policy, mail.prepared)
    read = {**_bare(reply.typed, asked, mail.policy), **reply.text.fields, **reply.block.fields}
    found = {
        name: replace(value, how="reply")
        for name, value in read.items()
        if _counts(name, value, asked) and not _same(value, ticket.fields.get(name))
    }
    problems = tuple(one for one in (*reply.block.problems, *reply.text.problems) if one[0] in asked)
    return Given(_good(mail, ticket, found), problems, reply.typed)


def _good(mail: Mail, ticket: Ticket, found: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """Without values that are wrong where the ticket has a right one."""
    if ticket.fields.keys().isdisjoint(found):
        return dict(found)
    before = {one.name for one in lacking(ticket, mail.policy, mail.now)}
    after = replace(ticket, fields={**ticket.fields, **found})
    wrong = {one.name for one in lacking(after, mail.policy, mail.now)} - before
    return {name: value for name, value in found.items() if not (name in wrong and name in ticket.fields)}


def _counts(name: str, value: FieldValue, asked: frozenset[str]) -> bool:
    if name in asked:
        return True
    return value.how != "keyword" and value.sure >= SURE and name not in _TEXTS


def _same(value: FieldValue, known: FieldValue | None) -> bool:
    return known is not None and " ".join(known.value.split()) == " ".join(value.value.split())


def _bare(typed: str, asked: frozenset[str], policy: Policy) -> dict[str, FieldValue]:
    """Values that were asked for and stand there alone: a number of the right length, an address, a choice."""
    wanted = [item for item in policy.form.fields if item.name in asked]
    lines = [line.strip(" \t*_-•.") for line in typed.split("\n")[:MAX_BARE]]
    return {item.name: found for item in wanted if (found := _alone(item, wanted, lines, policy))}


def _alone(item: FormField, wanted: list[FormField], lines: list[str], policy: Policy) -> FieldValue | None:
    values = list(dict.fromkeys(_candidates(item, lines, policy)))
    rivals = [one for one in wanted if one is not item and _kind(one) == _kind(item)]
    return FieldValue(values[0], "reply", BARE) if len(values) == 1 and not rivals else None


def _kind(item: FormField) -> object:
    """What tells values of two fields apart without their labels."""
    return _DIGITS.get(item.type, item.name if item.choices else item.type)


def _candidates(item: FormField, lines: list[str], policy: Policy) -> Iterator[str]:
    if item.type in _DIGITS:
        runs = (re.sub(r"\D", "", run) for line in lines for run in _RUN.findall(line))
        yield from (run for run in runs if len(run) == _DIGITS[item.type])
    elif item.type == "email":
        yield from (address for line in lines for address in _ADDRESS.findall(line))
    elif item.type in ("category", "choice"):
        find = Recogniser.of(policy.categories).category if item.type == "category" else item.choice_names.find
        yield from (found.name for line in lines if line and (found := find(line)))
