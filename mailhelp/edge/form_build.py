"""Build the form from the shape of rules/form.yaml, with every name in it checked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailhelp.desk.asktext import BadPatternError, compile_pattern
from mailhelp.desk.fold import key
from mailhelp.desk.formfield import Check, Choice, Form, FormField, Need
from mailhelp.edge.form_models import CheckShape, FieldShape, FormFile, NeedShape
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import RulesFile
from mailhelp.edge.yamlfile import Loc

_NEEDS = ("required", "optional", "forbidden")
_OF_TYPES: Mapping[str, tuple[str, ...]] = {
    "domain": ("email",),
    "not_domain": ("email",),
    "min": ("number",),
    "max": ("number",),
    "not_before": ("date",),
    "not_after": ("date",),
}


def form(file: RulesFile[FormFile], names: Names) -> Form:
    """The form. Problems: unknown names, a spelling used twice, choices of no use, conditions in a circle."""
    taken: dict[str, str] = {}
    fields: list[FormField] = []
    if file.shape is None:
        return Form()
    for name, shape in file.shape.fields.items():
        loc: Loc = ("fields", name)
        _spellings(file, name, shape, loc, taken, names)
        _choices(file, shape, loc, names)
        fields.append(_field(file, name, shape, loc, names))
    for number, label in enumerate(file.shape.other_labels):
        if owner := taken.get(key(label)):
            remedy = "Take it away here: it is read as that field."
            loc = ("other_labels", number)
            names.problems.append(file.problem(loc, f'is also a label of "{owner}":', label, remedy=remedy))
    _circles(file, fields, names)
    return Form(tuple(fields), file.shape.other_labels)


def _spellings(
    file: RulesFile[FormFile], name: str, shape: FieldShape, loc: Loc, taken: dict[str, str], names: Names
) -> None:
    """Refuse a spelling that already means another field, and an alias that stands twice."""
    for text in (name.replace("_", " "), *shape.labels.values()):
        _owned(file, name, text, loc, taken, names, of_key=text not in shape.labels.values())
    known = {key(text) for text in shape.labels.values()}
    for number, text in enumerate(shape.aliases):
        place = (*loc, "aliases", number)
        if key(text) in known:
            names.problems.append(file.problem(place, "stands twice in this field:", text, remedy="Take one away."))
        else:
            _owned(file, name, text, place, taken, names)
        known.add(key(text))


def _owned(
    file: RulesFile[FormFile],
    name: str,
    text: str,
    loc: Loc,
    taken: dict[str, str],
    names: Names,
    *,
    of_key: bool = False,
) -> None:
    owner = taken.setdefault(key(text), name)
    if owner != name:
        message = f'this spelling already means "{owner}":'
        names.problems.append(file.problem(loc, message, text, remedy="Keep it in one place.", of_key=of_key))


def _choices(file: RulesFile[FormFile], shape: FieldShape, loc: Loc, names: Names) -> None:
    if (shape.type == "choice") is not bool(shape.choices):
        message = "has no choices." if shape.type == "choice" else "has choices, but its type is"
        names.problems.append(file.problem(loc, message, "" if shape.type == "choice" else shape.type))
    taken: dict[str, str] = {}
    for number, choice in enumerate(shape.choices):
        place = (*loc, "choices", number)
        for text in (choice.name, *choice.title.values(), *choice.aliases):
            _owned(file, choice.name, text, place, taken, names, of_key=text == choice.name)


def _field(file: RulesFile[FormFile], name: str, shape: FieldShape, loc: Loc, names: Names) -> FormField:
    return FormField(
        name,
        labels=shape.labels,
        aliases=shape.aliases,
        type=shape.type,
        choices=tuple(Choice(item.name, item.aliases, item.title) for item in shape.choices),
        required=tuple(_needs(file, shape.required, (*loc, "required"), names)),
        optional=tuple(_needs(file, shape.optional, (*loc, "optional"), names)),
        forbidden=tuple(_needs(file, shape.forbidden, (*loc, "forbidden"), names)),
        checks=tuple(
            check
            for number, item in enumerate(shape.checks)
            for check in _checks(file, item, shape.type, (*loc, "checks", number), names)
        ),
        severity=shape.severity,
        example=shape.example,
    )


def _checks(file: RulesFile[FormFile], shape: CheckShape, kind: str, loc: Loc, names: Names) -> Iterator[Check]:
    """What one entry asks for, in the desk's form; problems where it asks for nothing or for what cannot be."""
    asked = [name for name in CheckShape.model_fields if name in shape.model_fields_set]
    asked = [name for name in asked if name not in ("severity", "message")]
    if not asked:
        known = ", ".join(name for name in CheckShape.model_fields if name not in ("severity", "message"))
        names.problems.append(file.problem(loc, "checks nothing.", remedy=f"Name one of: {known}."))
    for name in asked:
        value = getattr(shape, name)
        if name in ("same_as", "differs_from"):
            names.check(file, (*loc, name), "field", value, names.fields)
        if kind not in _OF_TYPES.get(name, (kind,)):
            wanted = " or ".join(_OF_TYPES[name])
            remedy = f"Only a field of type {wanted} can be checked so."
            names.problems.append(
                file.problem((*loc, name), "cannot be checked: the field's type is", kind, remedy=remedy)
            )
        for number, pattern in enumerate(value if name == "matches" else ()):
            _pattern(file, pattern, (*loc, name, number), names)
        values = value if isinstance(value, tuple) else (f"{value:g}" if isinstance(value, float) else str(value),)
        yield Check(name, values, shape.severity, shape.message)


def _pattern(file: RulesFile[FormFile], pattern: str, loc: Loc, names: Names) -> None:
    try:
        compile_pattern(pattern)
    except BadPatternError as error:
        remedy = "Patterns are in RE2 syntax: no look-around, no back-references."
        names.problems.append(file.problem(loc, f"bad pattern, {error}:", pattern, remedy=remedy))


def _needs(file: RulesFile[FormFile], shapes: tuple[NeedShape, ...], loc: Loc, names: Names) -> Iterator[Need]:
    for number, shape in enumerate(shapes):
        place = (*loc, number) if len(shapes) > 1 else loc
        known = {
            "category": names.category_names,
            "subcategory": names.subcategory_names(shape.category),
            "user_type": names.user_types,
        }
        for what, allowed in known.items():
            for item in getattr(shape, what):
                names.check(file, (*place, what), what.replace("_", " "), item, allowed)
        for other, values in shape.field.items():
            if names.check(file, (*place, "field", other), "field", other, names.fields, of_key=True):
                _values(file, other, values, (*place, "field", other), names)
        tests = {other: values for other, values in shape.field.items() if values not in (("present",), ("missing",))}
        present, missing = (
            tuple(other for other, values in shape.field.items() if values == (word,))
            for word in ("present", "missing")
        )
        yield Need(shape.category, shape.subcategory, shape.user_type, tests, present, missing)


def _values(file: RulesFile[FormFile], other: str, values: tuple[str, ...], loc: Loc, names: Names) -> None:
    """A condition on a choice that does not exist could never hold."""
    shape = file.shape.fields.get(other) if file.shape else None
    if shape is None or shape.type != "choice" or values in (("present",), ("missing",)):
        return
    for value in values:
        names.check(file, loc, f"choice of {other}", value, frozenset(choice.name for choice in shape.choices))


def _circles(file: RulesFile[FormFile], fields: list[FormField], names: Names) -> None:
    """Refuse fields whose conditions lead back to themselves: none of them could be decided first."""
    graph = {
        item.name: [name for what in _NEEDS for need in getattr(item, what) for name in need.names] for item in fields
    }
    told: set[str] = set()
    for start in graph:
        way = _way_back(start, graph) if start not in told else ()
        if way:
            told.update(way)
            remedy = "Take one of these conditions away."
            what = next(what for what in _NEEDS if any(way[1] in need.names for need in _of(fields, start, what)))
            shown = " → ".join(way)
            message = "depends on itself:"
            names.problems.append(file.problem(("fields", start, what), message, shown, remedy=remedy))


def _of(fields: list[FormField], name: str, what: str) -> tuple[Need, ...]:
    needs: tuple[Need, ...] = next(getattr(item, what) for item in fields if item.name == name)
    return needs


def _way_back(start: str, graph: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from a field over its conditions back to it; empty where there is none."""
    ways: list[tuple[str, ...]] = [(start, name) for name in graph[start]]
    seen: set[str] = set()
    for way in ways:
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [(*way, name) for name in graph.get(way[-1], ())]
    return ()
