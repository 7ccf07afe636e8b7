"""JSON Schemas of the files in rules/, for completion and inline errors in editors.

The shapes know only the long forms; how else a value may be written is known to the functions that read it. So each of
these has its entry here, and one without an entry is a mistake that the tests find. The schemas are looser than
`mailhelp rules check`: they know no names of queues or categories, and not what belongs together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from mailhelp.desk.askmail import HEADERS
from mailhelp.edge.calendarfile import CalendarFile
from mailhelp.edge.form_models import FormFile
from mailhelp.edge.rules_models import CategoriesFile, RoutingFile, TeamFile
from mailhelp.edge.rules_schema_words import WORDS
from mailhelp.edge.rules_values import Choices, LongForm
from mailhelp.edge.timersfile import TimersFile

FILES: Mapping[str, type[BaseModel]] = {
    "team": TeamFile,
    "categories": CategoriesFile,
    "form": FormFile,
    "routing": RoutingFile,
    "calendar": CalendarFile,
    "timers": TimersFile,
}
"""The models of `NAME.yaml`; of `routing*.yaml` and what they include for `routing`."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def _text(pattern: str = "", *examples: str) -> dict[str, Any]:
    return {
        "type": "string",
        **({"pattern": pattern} if pattern else {}),
        **({"examples": [*examples]} if examples else {}),
    }


def _many(item: dict[str, Any]) -> dict[str, Any]:
    """One, or a list of them."""
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


TEXT: dict[str, Any] = {"type": ["string", "integer"]}
ADDRESS = _text(r"^\s*[^\s@]+@[^\s@]+\s*$")
LINK = _text(r"^\s*https?://\S+\s*$")
TIME = _text(r"^([01]?\d|2[0-4]):[0-5]\d$", "08:30")
LENGTH = _text(r"^[\d\s]", "48h", "5 days")
AMOUNT = _text(r"^[\d\s]", "1 business day", "4 business hours", "48h")
NEVER: dict[str, Any] = {"const": "never"}
WEEKDAY = _text(r"^\s*[A-Za-z]+day(-[A-Za-z]+day)?\s*$")
WEEKDAY["examples"] = ["monday-friday", "saturday"]
HOURS = _text(r"^\s*\d{1,2}:\d\d\s*-\s*\d{1,2}:\d\d\s*$", "09:00-18:00")
DATES = _text(r"^\s*\d{4}-\d\d-\d\d(\s*\.\.\s*\d{4}-\d\d-\d\d)?\s*$", "2026-12-31", "2026-12-28..2026-12-31")
DAY = _text(r"^\d{4}-\d\d-\d\d$", "2026-01-31")

WRITTEN: Mapping[str, dict[str, Any]] = {
    "_text": TEXT,
    "_text_or_none": TEXT,
    "_texts": _many(TEXT),
    "_address": ADDRESS,
    "_addresses": _many(ADDRESS),
    "_domains": _many(_text(r"^\s*@?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+\s*$")),
    "_day": DAY,
    "_minutes": TIME,
    "_moment": _text("", "2026-02-07 19:30", "saturday 19:30", "19:30"),
    "_link": LINK,
    "_links": _many(LINK),
    "_size": {"anyOf": [{"type": "integer", "minimum": 0}, _text(r"^\s*\d+(\.\d+)?\s*[KkMm]?[Bb]\s*$", "5 MB")]},
    "_days": _many(WEEKDAY),
    "_language": {"enum": ["id", "en"]},
    "_number": {"type": "number"},
    "_length": LENGTH,
    "_length_or_never": {"anyOf": [LENGTH, NEVER]},
    "_amount": AMOUNT,
    "_amount_or_never": {"anyOf": [AMOUNT, NEVER]},
    "_hours": {"anyOf": [{"const": "closed"}, *_many(HOURS)["anyOf"]]},
    "_dates": DATES,
    "_date_lists": _many(DATES),
}
"""How values are written, by the name of the function that reads them."""

_COUNT = {"type": "integer", "minimum": 0}
_VALUE = [{"enum": ["present", "missing"]}, *_many(TEXT)["anyOf"]]
ALSO: Mapping[str, list[dict[str, Any]]] = {
    "_exact": [_COUNT],
    "_value_test": _VALUE,
    "_needs": [{"type": "boolean"}],
    "_fires": [{"enum": ["fires", "does not fire"]}],
    "_tests": [],
}
"""What may stand in place of a long form, by the name of the function that reads it."""

ONE_OF_ITEMS = frozenset({"_one_or_more", "_list", "_needs"})
"""Functions that take a single item for a list of one."""


_SHORT = "x-short"
"""Marks where the schema of one key of the shape may stand for the whole, until all shapes are known."""


class _Schemas(GenerateJsonSchema):
    """Pydantic's schemas with the short spellings, without defaults and invented titles."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """What a reader takes."""
        reader = schema["function"]["function"]
        if isinstance(reader, Choices):
            return _many({"enum": list(reader.allowed)})
        name = getattr(reader, "__qualname__", "")
        if name in WRITTEN:
            return deepcopy(WRITTEN[name])
        inner = self.generate_inner(schema["schema"])
        if isinstance(reader, LongForm):
            return {"anyOf": [inner], _SHORT: reader.name}
        if name not in ALSO and name not in ONE_OF_ITEMS:
            raise LookupError(f"how is written what {name or reader!r} reads?")
        items = [inner["items"]] if name in ONE_OF_ITEMS else []
        return {"anyOf": [inner, *items, *deepcopy(ALSO.get(name, []))]}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys that can only be some words are told, too."""
        made = super().dict_schema(schema)
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        return {**made, "propertyNames": keys} if "enum" in keys else made

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Defaults are data, not spellings: they stay out."""
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A key without a value is a mistake: null is nothing that can be written."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        """No titles made of names."""
        return False


def _filled(node: Any, shapes: Mapping[str, Any]) -> Any:
    """The schema with the short forms put in: only now are all shapes known."""
    if isinstance(node, list):
        return [_filled(one, shapes) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: _filled(one, shapes) for key, one in node.items() if key != _SHORT}
    if _SHORT in node:
        long = shapes[node["anyOf"][0]["$ref"].rpartition("/")[2]]
        short = _filled(long["properties"][node[_SHORT]], shapes)
        made["anyOf"] = [*made["anyOf"], *short.get("anyOf", [short])]
    return made


def schema(name: str) -> dict[str, Any]:
    """The schema of one of `FILES`."""
    raw = FILES[name].model_json_schema(schema_generator=_Schemas, mode="validation")
    made = _filled(raw, raw.get("$defs", {}))
    for title, shape in (("", made), *made.get("$defs", {}).items()):
        _in_words(title or FILES[name].__name__, shape)
    return {"$schema": DRAFT, "title": f"rules/{name}.yaml of mailhelp", **made}


def _in_words(title: str, shape: dict[str, Any]) -> None:
    """Put what admins are told of each key in place of what is written for programmers."""
    shape.pop("title", None)
    shape.pop("description", None)
    for key, inner in shape.get("properties", {}).items():
        if words := WORDS.get(f"{title}.{key}") or WORDS.get(key):
            inner["description"] = words
        if key == "header":
            inner["propertyNames"] = {"anyOf": [{"enum": list(HEADERS)}, {"type": "string"}]}


def as_text(name: str) -> str:
    """The schema of one of `FILES` as the text of its file."""
    return json.dumps(schema(name), indent=1, ensure_ascii=False, sort_keys=False) + "\n"
