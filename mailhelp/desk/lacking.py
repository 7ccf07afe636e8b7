"""What a report still lacks, or has wrong so that its sender must be asked; and what only agents are told."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from mailhelp.desk.formcheck import Finding, Kind, check
from mailhelp.desk.formfield import FormField
from mailhelp.desk.label import label
from mailhelp.desk.model import Doubt, Ticket
from mailhelp.desk.policy import Policy

MISSING = "data-kurang:"
"""What the tags begin with by which a ticket remembers the fields that a rule wants asked for."""

_LANGUAGES = ("id", "en")
Problems = tuple[tuple[str, Doubt], ...]


def lacking(ticket: Ticket, policy: Policy, now: datetime, problems: Problems = ()) -> tuple[Finding, ...]:
    """What must be asked for, in the order of the form: what form, category and rules demand, and what is wrong.

    `problems` are what the reader could not use of the mail at hand (`Reading.problems`).
    """
    return tuple(one for one in findings(ticket, policy, now, problems) if one.kind is not Kind.WARNING)


def findings(ticket: Ticket, policy: Policy, now: datetime, problems: Problems = ()) -> tuple[Finding, ...]:
    """All that is to be said about the fields of a ticket: what lacks, and what agents should look at."""
    person = ticket.requester
    year = now.astimezone(ZoneInfo(policy.desk.timezone)).year
    sender = person.address.addr if person else ""
    found = check(ticket.fields, policy.form, policy.categories, sender=sender, problems=problems, year=year)
    named = {one.name for one in found if one.kind is not Kind.WARNING}
    wanted = asked_by_rules(ticket) - named - set(ticket.fields)
    order = {item.name: at for at, item in enumerate(policy.form.fields)}
    more = (asked(item) for item in policy.form.fields if item.name in wanted)
    return tuple(sorted((*found, *more), key=lambda one: order[one.name]))


def asked_by_rules(ticket: Ticket) -> frozenset[str]:
    """The fields that rules want asked for."""
    return frozenset(tag.removeprefix(MISSING) for tag in ticket.tags if tag.startswith(MISSING))


def asked(item: FormField) -> Finding:
    """A field that somebody at the desk wants, whatever the form says."""
    messages = {language: label("asked", language) for language in _LANGUAGES}
    choices = tuple(choice.name for choice in item.choices)
    return Finding(item.name, Kind.MISSING, "asked", messages=messages, example=item.example, choices=choices)


def said(finding: Finding, language: str) -> str:
    """The sentence about a field, without its label."""
    return finding.messages.get(language) or finding.messages["id"]


def names(lacks: tuple[Finding, ...]) -> tuple[str, ...]:
    """The fields, without repeats."""
    return tuple(dict.fromkeys(one.name for one in lacks))
