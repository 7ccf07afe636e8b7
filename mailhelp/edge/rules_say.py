"""What is said about a mistake in a rules file: its place in words, what is allowed, the nearest known name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from mailhelp.edge.yamlfile import Loc, YamlFile
from mailhelp.errors import Problem, nearest

SHOWN_NAMES = 12
"""Known names that a sentence lists at most."""

_TYPES = {
    "string_type": "must be a text, not",
    "int_type": "must be a whole number, not",
    "float_type": "must be a number, not",
    "bool_type": "must be true or false, not",
    "tuple_type": "must be a list, not",
    "dict_type": "must be a mapping (name: ...), not",
    "mapping_type": "must be a mapping (name: ...), not",
    "model_type": "must be a mapping (key: value), not",
    "model_attributes_type": "must be a mapping (key: value), not",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def problem_at(
    yaml: YamlFile,
    loc: Loc,
    message: str,
    found: str = "",
    *,
    known: tuple[str, ...] | frozenset[str] = (),
    remedy: str = "",
    of_key: bool = False,
) -> Problem:
    """A problem at a path of a file; with `known` it lists them and names the nearest."""
    line, column = yaml.place(loc, of_key=of_key)
    names = sorted(known) if isinstance(known, frozenset) else list(known)
    return Problem(
        yaml.name,
        message,
        line=line,
        column=column,
        where=in_words(yaml.data, loc[:-1] if of_key else loc),
        found=found,
        allowed=listed_names(names, found),
        nearest=nearest(found, names),
        remedy=remedy,
    )


def listed_names(names: list[str], found: str) -> str:
    """The known names in a row; of many only those most like the one found."""
    if len(names) <= SHOWN_NAMES:
        return ", ".join(names)
    close = nearest(found, names)
    first = [close] if close else []
    first += [name for name in names if name != close]
    return ", ".join(first[:SHOWN_NAMES]) + f" and {len(names) - SHOWN_NAMES} more"


def in_words(data: Any, loc: Loc) -> str:
    """A path as people say it: `queues → akun → agents`, `rule "kata sandi" → when`."""
    words: list[str] = []
    for number, step in enumerate(loc):
        data = _step(data, step)
        if isinstance(step, str):
            words.append(step)
        elif isinstance(data, dict) and isinstance(data.get("name"), str):
            words[-1:] = [f'{_single(words[-1])} "{data["name"]}"']
        elif number + 1 < len(loc) or isinstance(data, dict):
            words[-1:] = [f"{_single(words[-1])} {step + 1}"]
    return " → ".join(words)


def _single(word: str) -> str:
    return word.removesuffix("s") if word in ("rules", "tests", "choices", "checks") else word


def _step(data: Any, step: str | int) -> Any:
    """What stands one step below; None where the path leads on into a short form."""
    if isinstance(data, dict):
        return data.get(step)
    return data[step] if isinstance(data, tuple) and isinstance(step, int) and step < len(data) else None


def shape_problem(yaml: YamlFile, model: type[BaseModel], loc: Loc, detail: Any) -> Problem:
    """Pydantic's finding as a sentence."""
    kind, context, found = detail["type"], detail.get("ctx", {}), said(detail["input"])
    of_key = loc[-1:] == ("[key]",)
    loc = loc[:-1] if of_key else loc
    match kind:
        case "extra_forbidden":
            made = problem_at(
                yaml, loc, "unknown key", str(loc[-1]), known=tuple(_keys_at(model, loc[:-1])), of_key=True
            )
        case "missing":
            made = problem_at(yaml, loc[:-1], "missing key", str(loc[-1]))
        case "choice":
            known = tuple(context["allowed"])
            what = "unknown key" if of_key else "unknown value"
            made = problem_at(yaml, loc, what, said(context["found"]), known=known, of_key=of_key)
        case "literal_error":
            made = problem_at(yaml, loc, "unknown value", found, known=_literals(context["expected"]))
        case "wrong":
            found = "" if context["message"].endswith(".") else said(context["found"])
            made = problem_at(yaml, loc, context["message"], found)
        case "too_short":
            made = problem_at(yaml, loc, "is empty.")
        case _:
            bound = next((f"{words} {context[name]:g}" for name, words in _BOUNDS.items() if name in context), "")
            message = "out of range:" if bound else _TYPES.get(kind, f"{detail['msg']}:")
            made = problem_at(yaml, loc, message, found, known=(bound,) if bound else ())
    return made


def _literals(expected: str) -> tuple[str, ...]:
    """Pydantic tells the allowed values as `'a', 'b' or 'c'`."""
    return tuple(part.strip("'") for part in expected.replace(" or ", ", ").split(", "))


def said(value: Any) -> str:
    """A value as a sentence shows it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple | list):
        return "a list"
    return str(value)[:80]


def _keys_at(model: type[BaseModel], loc: Loc) -> Iterator[str]:
    """The keys that are allowed at that path."""
    at: Any = model
    for step in loc:
        at = _inside(at, step)
        if at is None:
            return
    shape = _shape(at)
    for name, info in shape.model_fields.items() if shape else ():
        yield info.alias or name


def _inside(annotation: Any, step: str | int) -> Any:
    """The type of what stands at one step below."""
    if shape := _shape(annotation):
        return next(
            (info.annotation for name, info in shape.model_fields.items() if (info.alias or name) == step), None
        )
    for part in _parts(annotation):
        if get_origin(part) in (dict, tuple, Mapping):
            return get_args(part)[1 if get_origin(part) is not tuple else 0]
    return None


def _shape(annotation: Any) -> type[BaseModel] | None:
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None)


def _parts(annotation: Any) -> Iterator[Any]:
    """The types that an annotation is made of: through `Annotated` and unions, not into containers."""
    if hasattr(annotation, "__metadata__"):
        yield from _parts(annotation.__origin__)
    elif get_origin(annotation) in (Union, UnionType):
        for part in get_args(annotation):
            yield from _parts(part)
    else:
        yield annotation
