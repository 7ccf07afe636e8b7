"""Which fields a report needs, given what it says already."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from mailhelp.desk.category import defaults
from mailhelp.desk.fold import key
from mailhelp.desk.formfield import Form, FormField, Need
from mailhelp.desk.model import FieldValue
from mailhelp.desk.policy import Category

Fields = Mapping[str, FieldValue]


class Standing(StrEnum):
    """What a field is for one report."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    FORBIDDEN = "forbidden"


def standing(item: FormField, fields: Fields, categories: Mapping[str, Category]) -> Standing:
    """What a field is for a report with these values: forbidden wins over optional, optional over required.

    A category or subcategory may require more fields than the form does.
    """
    if any(holds(need, fields) for need in item.forbidden):
        return Standing.FORBIDDEN
    if any(holds(need, fields) for need in item.optional):
        return Standing.OPTIONAL
    wanted = defaults(_value(fields, "category"), _value(fields, "subcategory"), categories).required
    if item.name in wanted or any(holds(need, fields) for need in item.required):
        return Standing.REQUIRED
    return Standing.OPTIONAL


def required(form: Form, fields: Fields, categories: Mapping[str, Category]) -> tuple[str, ...]:
    """The names of the fields that a report with these values must have, in the order of the form."""
    return tuple(item.name for item in form.fields if standing(item, fields, categories) is Standing.REQUIRED)


def holds(need: Need, fields: Fields) -> bool:
    """Whether a condition holds: all of its parts do."""
    named = {"category": need.category, "subcategory": need.subcategory, "user_type": need.user_type, **need.fields}
    return (
        all(_is_one_of(_value(fields, name), values) for name, values in named.items() if values)
        and all(_value(fields, name) for name in need.present)
        and not any(_value(fields, name) for name in need.missing)
    )


def _value(fields: Fields, name: str) -> str:
    return fields[name].value.strip() if name in fields else ""


def _is_one_of(value: str, wanted: tuple[str, ...]) -> bool:
    return key(value) in {key(item) for item in wanted}
