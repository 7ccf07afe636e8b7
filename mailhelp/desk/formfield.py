"""The form as data: fields with labels, types, choices, checks, and when they are required."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailhelp.desk.fold import key
from mailhelp.desk.model import Doubt, FieldValue
from mailhelp.desk.near import Names

OTHER = "-"
"""What a label stands for that is none of the form's: it ends the value above it and stays in the text."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a choice field may have; `aliases` are other spellings people use."""

    name: str
    aliases: tuple[str, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Need:
    """A field is required (optional, forbidden) where all of this holds; empty tuples ask nothing.

    `fields` maps other fields onto the values that count; those in `present` have a value, those in `missing` none.
    """

    category: tuple[str, ...] = ()
    subcategory: tuple[str, ...] = ()
    user_type: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    present: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    keys: tuple[tuple[str, frozenset[str]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = {"category": self.category, "subcategory": self.subcategory, "user_type": self.user_type}
        named = ((name, values) for name, values in (own | dict(self.fields)).items() if values)
        object.__setattr__(self, "keys", tuple((name, frozenset(map(key, values))) for name, values in named))

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that this depends on."""
        asked = [name for name in ("category", "subcategory", "user_type") if getattr(self, name)]
        return tuple(dict.fromkeys((*asked, *self.fields, *self.present, *self.missing)))


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a value: `kind` says which, `arguments` with what.

    Kinds: `same_as`, `differs_from` (a field), `domain`, `not_domain` (domains, subdomains included), `min`, `max` (a
    number), `length` (characters at most), `not_before`, `not_after` (a date, ISO 8601), `matches` (RE2 patterns for
    the whole value). `severity` is `error` (ask again) or `warn` (tell the agent). `message` maps languages onto the
    sentence shown in place of the usual one.
    """

    kind: str
    arguments: tuple[str, ...]
    severity: str = "error"
    message: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the form. `labels` maps languages onto the label shown; `aliases` are others that are read.

    It is forbidden where any of those needs holds, else optional where any of those does, else required; `Need()`
    always holds. `severity` is how grave a value is that does not fit the type.
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    type: str = "text"
    choices: tuple[Choice, ...] = ()
    required: tuple[Need, ...] = ()
    optional: tuple[Need, ...] = ()
    forbidden: tuple[Need, ...] = ()
    checks: tuple[Check, ...] = ()
    severity: str = "error"
    example: str = ""
    choice_names: Names = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spelt = (
            (text, item.name) for item in self.choices for text in (item.name, *item.title.values(), *item.aliases)
        )
        object.__setattr__(self, "choice_names", Names.of(spelt))

    def label(self, language: str) -> str:
        """How the field is called in that language, or in any, or by its name."""
        return self.labels.get(language) or next(iter(self.labels.values()), self.name)


@dataclass(frozen=True, slots=True)
class Form:
    """The form: its fields in the order in which they are shown.

    `others` are labels that people write beside them and that are none of ours. `labels` are all spellings of both.
    """

    fields: tuple[FormField, ...] = ()
    others: tuple[str, ...] = ()
    labels: Names = field(init=False, repr=False, compare=False)
    longest: int = field(init=False, repr=False, compare=False)
    by_name: Mapping[str, FormField] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        spelt = ((text, item.name) for item in self.fields for text in (*item.labels.values(), *item.aliases))
        named = ((item.name.replace("_", " "), item.name) for item in self.fields)
        labels = Names.of((*spelt, *named, *((text, OTHER) for text in self.others)))
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "longest", max((len(text.split()) for text in labels.spellings), default=0))
        object.__setattr__(self, "by_name", {item.name: item for item in self.fields})

    def field(self, name: str) -> FormField | None:
        """The field of that name."""
        return self.by_name.get(name)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: fields by name, the text that is no field, and what was doubtful (each with its field's name).

    `prose` is that text without lines behind labels that are none of ours: what somebody wrote in own words. Where
    nothing tells the category, `fields` has none: the report is unsorted.
    """

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    rest: str = ""
    problems: tuple[tuple[str, Doubt], ...] = ()
    prose: str = ""
