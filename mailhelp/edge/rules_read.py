"""One rules file: read, checked for its shape, and every problem in it told with its place.

A mistake must not hide another one: an entry (a rule, a queue, a category, a field) that is wrong in shape is told and
set aside, its name stays known, and the rest is checked on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from mailhelp.edge.rules_say import in_words, problem_at, shape_problem
from mailhelp.edge.yamlfile import BadYamlError, Loc, YamlFile, read_yaml
from mailhelp.errors import Problem

AnyShape = TypeVar("AnyShape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RulesFile(Generic[AnyShape]):
    """A file as read: its shape (None where nothing could be saved), and its problems.

    `known` are the names of all entries of each section, also of those set aside. `index` translates the position of
    an entry in a list of the shape into its position in the file.
    """

    yaml: YamlFile
    shape: AnyShape | None = None
    problems: tuple[Problem, ...] = ()
    known: Mapping[str, frozenset[str]] = field(default_factory=dict)
    index: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    def problem(self, loc: Loc, message: str, found: str = "", **more: Any) -> Problem:
        """A problem at that path; `of_key` places it at the key instead of the value."""
        return problem_at(self.yaml, loc, message, found, **more)


def read_rules(path: Path, name: str, model: type[AnyShape]) -> RulesFile[AnyShape]:
    """Read one file as `model`. Never raises for what a person wrote: problems are part of the result."""
    try:
        yaml = read_yaml(path, name)
    except BadYamlError as error:
        return RulesFile(YamlFile(name, None), None, error.problems)
    if yaml.data is None:
        return RulesFile(yaml, None, (Problem(name, "is empty."),))
    if not isinstance(yaml.data, dict):
        return RulesFile(yaml, None, (problem_at(yaml, (), "must be a mapping (key: value) at its top."),))
    problems = [_no_value(yaml, loc) for loc in _nulls(yaml.data)]
    bad = {loc[:2] for loc in _nulls(yaml.data)}
    for _ in range(3):
        data, index = _without(yaml.data, bad)
        try:
            shape = model.model_validate(data)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                loc = _in_file(detail["loc"], index)
                problems += [] if loc[:2] in bad else [shape_problem(yaml, model, loc, detail)]
            bad |= {_in_file(detail["loc"], index)[:2] for detail in error.errors(include_url=False)}
        else:
            return RulesFile(yaml, shape, _without_echoes(problems), _known(yaml.data), index)
    return RulesFile(yaml, None, _without_echoes(problems), _known(yaml.data))


def _without_echoes(problems: list[Problem]) -> tuple[Problem, ...]:
    """Without the missing keys that are only misspelt: the unknown key names them already."""
    meant = {(problem.where, problem.nearest) for problem in problems if problem.message == "unknown key"}
    return tuple(
        problem
        for problem in problems
        if problem.message != "missing key" or (problem.where, problem.found) not in meant
    )


def _nulls(data: Any, loc: Loc = ()) -> Iterator[Loc]:
    """The paths of all values that are not there: a key with nothing behind it is never meant."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, tuple) else ()
    for step, value in items:
        if value is None:
            yield (*loc, step)
        else:
            yield from _nulls(value, (*loc, step))


def _no_value(yaml: YamlFile, loc: Loc) -> Problem:
    line, column = yaml.place(loc, of_key=True)
    remedy = "Give it one or take the key away."
    return Problem(yaml.name, "has no value.", line, column, where=in_words(yaml.data, loc), remedy=remedy)


def _without(data: Mapping[str, Any], bad: set[Loc]) -> tuple[dict[str, Any], dict[str, tuple[int, ...]]]:
    """The data without entries that are wrong, and where the entries of lists stand in the file."""
    kept: dict[str, Any] = {}
    index: dict[str, tuple[int, ...]] = {}
    for section, value in data.items():
        if (section,) in bad:
            continue
        if isinstance(value, dict):
            kept[section] = {key: item for key, item in value.items() if (section, key) not in bad}
        elif isinstance(value, tuple):
            index[section] = tuple(number for number in range(len(value)) if (section, number) not in bad)
            kept[section] = tuple(value[number] for number in index[section])
        else:
            kept[section] = value
    return kept, index


def _in_file(loc: Loc, index: Mapping[str, tuple[int, ...]]) -> Loc:
    """The path in the file of a path in the data that was checked."""
    if len(loc) > 1 and isinstance(loc[1], int) and (places := index.get(str(loc[0]))):
        return (loc[0], places[loc[1]], *loc[2:])
    return loc


def _known(data: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    return {section: frozenset(map(str, value)) for section, value in data.items() if isinstance(value, dict)}
