"""The form as data: fields with labels, types, choices, and when they are required."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailhelp.desk.model import FieldValue
from mailhelp.desk.near import Names


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a choice field may have; `aliases` are other spellings people use."""

    name: str
    aliases: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """A field is required (or forbidden) where all of this holds; empty tuples ask nothing.

    `fields` maps other fields onto the values that count.
    """

    category: tuple[str, ...] = ()
    subcategory: tuple[str, ...] = ()
    user_type: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a value: `same_as` or `differs_from` a field, in a `domain` or not (`not_domain`), as `kind` says.

    `severity` is `error` (ask again) or `warn` (tell the agent).
    """

    kind: str
    arguments: tuple[str, ...]
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form. `labels` maps languages onto the label shown; `aliases` are others that are read.

    It is required (forbidden) where any of the needs holds; `Need()` always does. `severity` is how grave a value is
    that does not fit the type.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    type: str = "text"
    choices: tuple[Choice, ...] = ()
    required: tuple[Need, ...] = ()
    forbidden: tuple[Need, ...] = ()
    checks: tuple[Check, ...] = ()
    severity: str = "error"
    example: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """The form: its fields in the order in which they are shown. `labels` are all spellings of their labels."""

    fields: tuple[FormField, ...] = ()
    labels: Names = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spelt = ((text, item.name) for item in self.fields for text in (*item.labels.values(), *item.aliases))
        named = ((item.name.replace("_", " "), item.name) for item in self.fields)
        object.__setattr__(self, "labels", Names.of((*spelt, *named)))

    def field(self, name: str) -> FormField | None:
        """The field of that name."""
        return next((item for item in self.fields if item.name == name), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: fields by name, the text that is no field, and sentences about what was doubtful."""

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    rest: str = ""
    problems: tuple[str, ...] = ()
