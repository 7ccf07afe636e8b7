"""The shape of rules/form.yaml: what keys there are and what each may hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mailhelp.edge.rules_models import Shape
from mailhelp.edge.rules_values import Domains, Language, Text, Texts, long_form, wrong

Severity = Literal["error", "warn"]


def _tests(value: Any) -> Any:
    """What other fields must hold: values, or `present` or `missing`."""
    if not isinstance(value, dict):
        return value
    return {name: test if isinstance(test, tuple) else (test,) for name, test in value.items()}


class NeedShape(Shape):
    """See `desk.formfield.Need`. `field` maps a field onto values, or onto `present` or `missing`."""

    category: Texts = ()
    subcategory: Texts = ()
    user_type: Texts = ()
    field: Annotated[dict[str, Texts], BeforeValidator(_tests)] = Field(default_factory=dict)


def _needs(value: Any) -> Any:
    """`true` is always, `false` never; one condition may stand without a list."""
    if isinstance(value, bool):
        return ({},) if value else ()
    return value if isinstance(value, tuple) else (value,)


Needs = Annotated[tuple[NeedShape, ...], BeforeValidator(_needs)]


class ChoiceShape(Shape):
    """See `desk.formfield.Choice`."""

    name: Text
    title: dict[Language, Text] = Field(default_factory=dict)
    aliases: Texts = ()


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong("must be a number, not", value)
    return value


def _day(value: Any) -> Any:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise wrong("must be a date such as 2026-01-31, not", value) from None


Number = Annotated[float, BeforeValidator(_number)]
Day = Annotated[str, BeforeValidator(_day)]


class CheckShape(Shape):
    """One check: exactly one of the kinds, how grave its failure is, and what is said instead of the usual."""

    same_as: Text = ""
    differs_from: Text = ""
    domain: Domains = ()
    not_domain: Domains = ()
    min: Number | None = None
    max: Number | None = None
    length: Annotated[int, Field(ge=1)] | None = None
    not_before: Day = ""
    not_after: Day = ""
    matches: Texts = ()
    severity: Severity = "error"
    message: dict[Language, Text] = Field(default_factory=dict)


class FieldShape(Shape):
    """See `desk.formfield.FormField`."""

    labels: dict[Language, Text] = Field(min_length=1)
    aliases: Texts = ()
    type: Literal[
        "text",
        "long text",
        "email",
        "phone",
        "choice",
        "date",
        "number",
        "category",
        "subcategory",
        "npsn",
        "nisn",
        "nik",
        "nuptk",
    ] = "text"
    choices: tuple[Annotated[ChoiceShape, long_form("name")], ...] = ()
    required: Needs = ()
    optional: Needs = ()
    forbidden: Needs = ()
    checks: tuple[CheckShape, ...] = ()
    severity: Severity = "error"
    example: Text = ""


class FormFile(Shape):
    """rules/form.yaml."""

    fields: dict[str, FieldShape] = Field(min_length=1)
    other_labels: Texts = ()
