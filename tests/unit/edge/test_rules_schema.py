"""The JSON Schemas for editors: as written beside the examples, judged by an independent validator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from mailhelp.edge.rules_schema import FILES, as_text, schema

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = sorted((ROOT / "rules").rglob("*.yaml"))


def plain(path: Path) -> Any:
    """A YAML file as another reader sees it."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def json_like(data: Any) -> Any:
    """Dates and the like as the texts that editors see."""
    if isinstance(data, dict):
        return {str(key): json_like(value) for key, value in data.items()}
    if isinstance(data, list):
        return [json_like(value) for value in data]
    return data if data is None or isinstance(data, str | int | float) else str(data)


def schema_of(path: Path) -> dict[str, Any]:
    """The schema that the file's modeline names."""
    line = path.read_text(encoding="utf-8").splitlines()[0]
    assert line.startswith("# yaml-language-server: $schema="), path
    target = path.parent / line.partition("=")[2]
    made: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    return made


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_valid(path: Path) -> None:
    """Each example file names its schema, and an independent validator finds nothing wrong."""
    errors = Draft202012Validator(schema_of(path)).iter_errors(json_like(plain(path)))
    assert [f"{list(error.path)}: {error.message[:200]}" for error in errors] == []


@pytest.mark.parametrize("name", FILES)
def test_the_written_schemas_are_those_of_the_code(name: str) -> None:
    """`rules/.schema` holds what `mailhelp rules schema` writes, and it is a schema."""
    Draft202012Validator.check_schema(schema(name))
    written = (ROOT / "rules" / ".schema" / f"{name}.json").read_text(encoding="utf-8")
    assert written == as_text(name), "write them again: mailhelp rules schema"


RULE = {"name": "a", "then": {"tag": "x"}}
GOOD: list[tuple[str, Any]] = [
    ("routing", {"rules": [{**RULE, "when": {"text": "a"}}]}),
    ("routing", {"rules": [{**RULE, "when": {"text": ["a", 12]}}]}),
    ("routing", {"rules": [{**RULE, "when": {"text": {"has": "a", "matches": ["b"]}}}]}),
    ("routing", {"rules": [{**RULE, "when": {"open_reports": 2, "attachments": 0}}]}),
    ("routing", {"rules": [{**RULE, "when": {"attachments": {"count": {"min": 1}, "size": {"max": "5 MB"}}}}]}),
    ("routing", {"rules": [{**RULE, "when": {"field": {"npsn": "missing", "nik": {"matches": "^3"}}}}]}),
    ("routing", {"rules": [{**RULE, "when": {"not": {"tag": "x"}, "any": [{"tag": "x"}, {"all": {"tag": "y"}}]}}]}),
    ("routing", {"rules": [{**RULE, "when": {"event": ["replied", "agent"], "state": "open"}}]}),
    ("routing", {"rules": [{"name": "a", "then": {"answer": "t", "tag": ["-x", "y"], "note": "n"}}]}),
    ("routing", {"rules": [{"name": "a", "then": {"answer": {"template": "t", "resolve": True}}}]}),
    ("routing", {"rules": [{**RULE, "tests": [{"given": "halo", "expect": "does not fire"}]}]}),
    ("routing", {"rules": [{**RULE, "tests": [{"given": {"at": "saturday 10:00", "attachments": "a.png"}}]}]}),
    ("team", {"agents": {"a": {"address": "a@b.example", "days": ["monday"]}}, "queues": {}, "default_queue": "q"}),
    ("form", {"fields": {"npsn": {"labels": {"id": "NPSN"}, "required": {"category": "A"}}}}),
    ("form", {"fields": {"npsn": {"labels": {"id": "NPSN"}, "required": True, "choices": ["a", {"name": "b"}]}}}),
]


@pytest.mark.parametrize(("name", "data"), GOOD, ids=str)
def test_short_spellings_are_known(name: str, data: Any) -> None:
    """What the loader takes, editors do not mark as wrong."""
    data = {**data, "queues": {"q": {"title": "t", "agents": "a"}}} if name == "team" else data
    assert [error.message for error in Draft202012Validator(schema(name)).iter_errors(data)] == []


BAD: list[tuple[str, Any]] = [
    ("routing", {"rules": [{**RULE, "wen": {}}]}),
    ("routing", {"rules": [{**RULE, "when": {"text": True}}]}),
    ("routing", {"rules": [{**RULE, "when": {"state": "opened"}}]}),
    ("routing", {"rules": [{**RULE, "when": {"time": {"from": "25:99"}}}]}),
    ("routing", {"rules": [{**RULE, "when": {"any": [{"event": "never"}]}}]}),
    ("routing", {"rules": [{"name": "a", "then": {"priority": "extreme"}}]}),
    ("routing", {"rules": [{"name": "a", "then": {"spam": "yes"}}]}),
    ("routing", {"rules": [{"name": "a", "then": {"queue": None}}]}),
    ("routing", {"rules": [{"then": {"tag": "x"}}]}),
    ("form", {"fields": {"npsn": {"labels": {"fr": "NPSN"}}}}),
    ("form", {"fields": {"npsn": {"labels": {"id": "NPSN"}, "type": "txt"}}}),
    ("categories", {"categories": {"A": {"keywords": {"a": "much"}}}}),
    ("calendar", {"hours": {"monday-friday": "nine to five"}}),
    ("timers", {"targets": {"first_answer": "soon"}}),
]


@pytest.mark.parametrize(("name", "data"), BAD, ids=str)
def test_mistakes_are_marked(name: str, data: Any) -> None:
    """What the loader refuses for its shape, editors mark."""
    assert list(Draft202012Validator(schema(name)).iter_errors(data))


def test_patterns_are_what_editors_understand() -> None:
    """Patterns hold no inline flags: those are none in the language of JSON Schema (ECMA-262)."""
    assert "(?i" not in "".join(as_text(name) for name in FILES)
