"""What a ticket is about: category, priority, tags, fields."""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import command_set as cs
from mailhelp.desk import context
from mailhelp.desk.commands.job import Job, Refused
from mailhelp.desk.effect import Assign, Effect, SetFields, Tag
from mailhelp.desk.formfield import FormField
from mailhelp.desk.formvalue import understood
from mailhelp.desk.label import label
from mailhelp.desk.model import FieldValue
from mailhelp.desk.near import Names
from mailhelp.desk.policy import Category, Subcategory
from mailhelp.errors import nearest


def category(job: Job, command: cs.Category) -> Iterator[Effect]:
    """Set category and subcategory; the old subcategory goes unless it belongs to the new category too."""
    found = find_category(job, command.category)
    below = _subcategory(found, command.subcategory) if command.subcategory else ""
    if not below and job.ticket.subcategory in found.subcategories:
        below = job.ticket.subcategory
    yield Assign(job.number, category=found.name, subcategory=below, reason=job.reason("sorted it"))
    title = found.title.get(job.language) or found.name
    job.say("category", category=" / ".join(part for part in (title, below) if part))


def priority(job: Job, command: cs.Priority) -> Iterator[Effect]:
    """Set the priority."""
    yield Assign(job.number, priority=command.priority, reason=job.reason("set the priority"))
    job.say("priority", priority=label(command.priority, job.language))


def tag(job: Job, command: cs.Tag) -> Iterator[Effect]:
    """Add and remove tags."""
    yield Tag(job.number, frozenset(command.add), frozenset(command.remove))
    job.say("tag", tags=" ".join((*(f"+{name}" for name in command.add), *(f"-{name}" for name in command.remove))))


def field(job: Job, command: cs.Field) -> Iterator[Effect]:
    """Correct a field; what stands there is read as in a form, and an empty value removes the field."""
    found = find_field(job, command.name)
    title = context.field_label(job.mail, found.name, job.language)
    if not command.value:
        yield SetFields(job.number, {found.name: None})
        job.say("field-removed", field=title)
        return
    value = _value(job, found, command.value)
    yield SetFields(job.number, {found.name: FieldValue(value, how="agent", raw=command.value)})
    if found.name in {"category", "subcategory"}:
        changed = {found.name: value}
        yield Assign(job.number, **changed, reason=job.reason("corrected it"))
    job.say("field", field=title, value=context.masked(found.name, value))


def find_field(job: Job, written: str) -> FormField:
    """The field of the form with that name or label. Refused when there is none."""
    form = job.mail.policy.form
    names = Names.of((text, one.name) for one in form.fields for text in (one.name, *one.labels.values(), *one.aliases))
    found = form.field(names.exact(written))
    if found is None:
        known = [one.name for one in form.fields]
        raise Refused("unknown-field", ", ".join(known), nearest(written.lower(), known))
    return found


def find_category(job: Job, written: str) -> Category:
    """The category with that name, title or alias. Refused when there is none."""
    known = job.mail.policy.categories
    names = Names.of(
        (text, one.name) for one in known.values() for text in (one.name, *one.title.values(), *one.aliases)
    )
    found = known.get(names.exact(written))
    if found is None:
        raise Refused("unknown-category", ", ".join(known), nearest(written.lower(), known))
    return found


def _subcategory(found: Category, written: str) -> str:
    names = Names.of((text, one.name) for one in found.subcategories.values() for text in (one.name, *one.aliases))
    name = names.exact(written)
    if not name:
        known: dict[str, Subcategory] = dict(found.subcategories)
        raise Refused("unknown-subcategory", ", ".join(known), nearest(written.lower(), known))
    return name


def _value(job: Job, found: FormField, written: str) -> str:
    if found.type == "category":
        return find_category(job, written).name
    if found.type == "subcategory":
        return _subcategory(find_category(job, job.ticket.category or ""), written)
    value = understood(written, found)
    if not value.text or value.sure < 0.8:
        allowed = ", ".join(one.name for one in found.choices) or found.example
        raise Refused("not-a-value", allowed)
    return value.text
