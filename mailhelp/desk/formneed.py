"""Which fields a report needs, given what it says already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    return place(item, fields, wanted(fields, categories))


def wanted(fields: Fields, categories: Mapping[str, Category]) -> tuple[str, ...]:
    """The fields that the category and subcategory of such a report require."""
    return defaults(_value(fields, "category"), _value(fields, "subcategory"), categories).required


def place(item: FormField, fields: Fields, required: Collection[str]) -> Standing:
    """What a field is for a report with these values; `required` are the fields that its category wants."""
    if item.forbidden and _any_holds(item.forbidden, fields):
        return Standing.FORBIDDEN
    if item.optional and _any_holds(item.optional, fields):
        return Standing.OPTIONAL
    if item.name in required or _any_holds(item.required, fields):
        return Standing.REQUIRED
    return Standing.OPTIONAL


def _any_holds(needs: tuple[Need, ...], fields: Fields) -> bool:
    for need in needs:  # noqa: SIM110 - a generator costs more than most needs
        if holds(need, fields):
            return True
    return False


def required(form: Form, fields: Fields, categories: Mapping[str, Category]) -> tuple[str, ...]:
    """The names of the fields that a report with these values must have, in the order of the form."""
    return tuple(item.name for item in form.fields if standing(item, fields, categories) is Standing.REQUIRED)


def holds(need: Need, fields: Fields) -> bool:
    """Whether a condition holds: all of its parts do."""
    for name, keys in need.keys:
        if key(_value(fields, name)) not in keys:
            return False
    for name in need.present:
        if not _value(fields, name):
            return False
    for name in need.missing:  # noqa: SIM110 - as above
        if _value(fields, name):
            return False
    return True


def _value(fields: Fields, name: str) -> str:
    found = fields.get(name)
    return found.value.strip() if found else ""
