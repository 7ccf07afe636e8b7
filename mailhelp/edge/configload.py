"""Turn a TOML file into a frozen model, or into every problem it has, each with file, line, key and remedy.

Pydantic stops at types; the checks across keys (`edge.configcheck`) want a whole model. So that one mistake never hides
another, keys that failed are set aside and replaced by harmless ones, and what is left is checked as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mailhelp.edge.configcheck import Finding
from mailhelp.edge.tomlfile import Loc, TomlFile, read_toml
from mailhelp.errors import Problem, UserError, nearest

AnyModel = TypeVar("AnyModel", bound=BaseModel)

_TYPES = {
    "string_type": "must be a text in quotes, not",
    "int_type": "must be a whole number, not",
    "int_from_float": "must be a whole number, not",
    "float_type": "must be a number, not",
    "bool_type": "must be true or false, without quotes, not",
    "tuple_type": 'must be a list, as in ["a", "b"], not',
    "model_type": "must be a section of its own, not",
}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
# Stand-ins for required keys that failed, so that the rest can be checked.
_HARMLESS: dict[str, Any] = {
    "desk": {"name": "Desk", "address": "desk@desk.example"},
    "smtp": {"host": "localhost"},
    "mailbox": (),
    "name": "stand-in",
    "address": "desk@desk.example",
    "host": "localhost",
    "client_id": "stand-in",
}


def load(path: Path, model: type[AnyModel], check: Callable[[AnyModel], Iterable[Finding]]) -> AnyModel:
    """Read `path` as `model` and `check` it as a whole. UserError with all problems when anything is wrong."""
    file = read_toml(path)
    config, findings = _validate(file.data, model)
    if config is not None:
        failed = {finding.loc for finding in findings}
        findings += [more for more in check(config) if not _about(more.loc, failed)]
    if config is None or findings:
        problems = sorted((_problem(file, finding) for finding in findings), key=lambda problem: problem.line)
        raise UserError(f"{file.name} has {_count(len(problems))}:", tuple(problems))
    return config


def _count(number: int) -> str:
    return "1 problem" if number == 1 else f"{number} problems"


def _about(loc: Loc, failed: set[Loc]) -> bool:
    """Whether a finding concerns a key that failed, what is inside it, or the section it makes incomplete."""
    return any(loc[: len(bad)] == bad or loc == bad[:-1] for bad in failed if bad)


def _validate(data: Mapping[str, Any], model: type[AnyModel]) -> tuple[AnyModel | None, list[Finding]]:
    """The model (mended where it had to be) and what was wrong; no model when mending did not help."""
    findings: list[Finding] = []
    mended = deepcopy(dict(data))
    for _ in range(3):  # a stand-in section can bring up what it hid
        try:
            return model.model_validate(mended), findings
        except ValidationError as error:
            details = error.errors(include_url=False)
        findings += _without_echoes([_finding(detail["type"], detail["loc"], detail, model) for detail in details])
        for detail in details:
            _mend(mended, detail["loc"])
    return None, findings


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """Without the missing keys that are only misspelt: the unknown key names them already."""
    meant = {(*finding.loc[:-1], finding.nearest) for finding in findings if finding.nearest}
    return [finding for finding in findings if finding.loc not in meant or not finding.message.startswith("missing")]


def _mend(data: Any, loc: Loc) -> None:
    """Take the value at `loc` (or the list it stands in) away, or put a harmless one where one is needed."""
    table, key = data, str(loc[0])
    for step in loc:
        if isinstance(data, dict):
            table, key = data, str(step)
            data = data.get(key)
        elif isinstance(data, tuple) and isinstance(step, int):
            data = data[step]
    table.pop(key, None)
    if key in _HARMLESS:
        table[key] = _HARMLESS[key]


def _finding(kind: str, loc: Loc, detail: Mapping[str, Any], model: type[BaseModel]) -> Finding:
    found = _shown(detail["input"])
    if kind == "extra_forbidden":
        return _unknown_key(loc, model)
    if kind == "missing":
        what = "section" if loc[-1] in model.model_fields and len(loc) == 1 else "key"
        return Finding(loc, f"missing {what}", _section_name(str(loc[-1])) if what == "section" else str(loc[-1]))
    if kind == "literal_error":
        allowed = _literals(detail["ctx"]["expected"])
        return Finding(loc, "unknown value", found, ", ".join(allowed), nearest(found, allowed))
    if loc[-1] == "mailbox" and kind == "tuple_type":
        return Finding(loc, "must be written [[mailbox]], with two brackets on each side.")
    for bound, words in _BOUNDS.items():
        if bound in detail.get("ctx", {}):
            return Finding(loc, "out of range:", found, f"{words} {detail['ctx'][bound]}")
    return Finding(loc, _TYPES.get(kind, detail["msg"] + ":"), found)


def _unknown_key(loc: Loc, model: type[BaseModel]) -> Finding:
    key = str(loc[-1])
    known = list(_fields_at(model, loc[:-1]))
    if len(loc) == 1:
        return Finding(loc, "unknown section or key", key, ", ".join(known), nearest(key, known))
    remedy = ""
    if key in ("password", "client_secret", "refresh_token"):
        remedy = f"Secrets never stand in this file: use {key}_file or {key}_env."
        known = [f"{key}_file", f"{key}_env"]
    return Finding(loc, "unknown key", key, ", ".join(known), "" if remedy else nearest(key, known), remedy)


def _fields_at(model: type[BaseModel], loc: Iterable[str | int]) -> Iterable[str]:
    """The keys that are allowed at that place."""
    for step in loc:
        if isinstance(step, str):
            inner = next(_models_in(model.model_fields[step].annotation), None)
            if inner is None:
                return ()
            model = inner
    return model.model_fields


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)


def _literals(expected: str) -> list[str]:
    """Pydantic tells the allowed values as `'a', 'b' or 'c'`."""
    return [part.strip("'") for part in expected.replace(" or ", ", ").split(", ")]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, tuple):
        return "a list"
    return str(value)[:80]


def _problem(file: TomlFile, finding: Finding) -> Problem:
    at_section = finding.message.startswith(("unknown key", "unknown section", "missing"))
    where = _where(file, finding.loc[:-1] if at_section else finding.loc)
    line_of = finding.loc[:-1] if finding.message.startswith("missing") else finding.loc
    return Problem(
        file.name,
        finding.message,
        line=file.line(line_of),
        where=where,
        found=finding.found,
        allowed=finding.allowed,
        nearest=finding.nearest,
        remedy=finding.remedy,
    )


def _where(file: TomlFile, loc: Loc) -> str:
    """`[smtp] port`, `[[mailbox]] "main" folders.intake`, `rules_dir`."""
    if not loc:
        return ""
    head, *rest = loc
    if head == "mailbox" and rest:
        number = int(rest.pop(0))
        name = file.data["mailbox"][number].get("name", "")
        title = f'[[mailbox]] "{name}"' if isinstance(name, str) and name else f"[[mailbox]] {number + 1}"
    elif isinstance(file.data.get(str(head)), dict):
        title = f"[{head}]"
    else:
        title = str(head)
    keys = [f"{step + 1}" if isinstance(step, int) else step for step in rest]
    return f"{title} {'.'.join(keys)}" if keys else title


def _section_name(name: str) -> str:
    return "[[mailbox]]" if name == "mailbox" else f"[{name}]"
