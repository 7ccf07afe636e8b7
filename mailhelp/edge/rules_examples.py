"""Build the examples that stand beside rules and categories, with every name checked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mailhelp.desk.expectation import Example, Given, GivenFile
from mailhelp.desk.model import State
from mailhelp.edge.rules_models import ExpectShape, GivenShape, TestShape
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import RulesFile
from mailhelp.edge.yamlfile import Loc


def examples(file: RulesFile[Any], shapes: tuple[TestShape, ...], loc: Loc, names: Names) -> Iterator[Example]:
    """The examples at that place of a file. Problems: unknown names, a mail file that is not there."""
    for number, shape in enumerate(shapes):
        place = (*loc, number)
        _check_given(file, shape.given, (*place, "given"), names)
        _check_expect(file, shape.expect, (*place, "expect"), names)
        line, column = file.yaml.place(place)
        yield Example(_given(shape.given), _expected(shape.expect), file.yaml.name, line, column)


def _given(shape: GivenShape) -> Given:
    return Given(
        event=shape.event,
        fields=shape.fields,
        text=shape.text,
        subject=shape.subject,
        sender=shape.sender,
        recipient=shape.recipient,
        headers=shape.header,
        attachments=tuple(GivenFile(item.name, item.type, item.size) for item in shape.attachments),
        eml=shape.eml,
        at=shape.at,
        known=shape.known,
        open_reports=shape.open_reports,
        state=State(shape.state),
        queue=shape.queue,
        owner=shape.owner,
        priority=shape.priority or "",
        tags=shape.tag,
    )


def _expected(shape: ExpectShape) -> Mapping[str, object]:
    """Only what the file names; no expectation is one, too: that the rule fires."""
    return {name: getattr(shape, name) for name in sorted(shape.model_fields_set)}


def _check_given(file: RulesFile[Any], given: GivenShape, loc: Loc, names: Names) -> None:
    for name in given.fields:
        names.check(file, (*loc, "fields", name), "field", name, names.fields, of_key=True)
    if given.queue:
        names.check(file, (*loc, "queue"), "queue", given.queue, names.queues)
    if given.owner:
        names.check(file, (*loc, "owner"), "agent", given.owner, names.agents)
    if given.eml and names.folder is not None:
        inside = (names.folder / given.eml).resolve()
        if not inside.is_relative_to(names.folder.resolve()) or not inside.is_file():
            remedy = "Name a file below the rules folder."
            names.problems.append(file.problem((*loc, "eml"), "there is no mail file", given.eml, remedy=remedy))


def _check_expect(file: RulesFile[Any], expect: ExpectShape, loc: Loc, names: Names) -> None:
    known: Mapping[str, tuple[str, frozenset[str] | None]] = {
        "queue": ("queue", names.queues),
        "owner": ("agent", names.agents),
        "category": ("category", names.category_names),
        "subcategory": ("subcategory", names.subcategory_names()),
        "user_type": ("user type", names.user_types),
        "answer": ("template", names.templates),
        "template": ("template", names.templates),
    }
    for what, (kind, allowed) in known.items():
        if value := getattr(expect, what):
            names.check(file, (*loc, what), kind, value, allowed)
    for number, name in enumerate(expect.ask):
        names.check(file, (*loc, "ask", number), "field", name, names.fields)
    for name in expect.field:
        names.check(file, (*loc, "field", name), "field", name, names.fields, of_key=True)
