"""The documents name things that exist: functions, files, commands, conditions, actions; their examples work."""

from __future__ import annotations

import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from mailhelp.cli.explain import KEYS
from mailhelp.cli.main import COMMANDS
from mailhelp.edge import form_models, rules_models
from mailhelp.edge.config import load
from mailhelp.edge.rules import load_policy

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
TOP = {path.stem for path in (ROOT / "mailhelp").iterdir() if path.suffix == ".py" or path.is_dir()}
CODES = {"mail.refused", "mail.undelivered", "mail.uncertain", "mail.quarantined"}
"""Codes of alarms that look like names of modules."""
FILE = re.compile(r"\.(?:toml|yaml|md|json|py|eml|db|service|pem|html|png|lock|case)$")


def text(name: str) -> str:
    """A document of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def names(document: str) -> list[str]:
    """The names of our modules, classes and functions that stand between backticks."""
    found = re.findall(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?:\(\))?`", document)
    return [name for name in found if name.partition(".")[0] in TOP and not FILE.search(name) and name not in CODES]


def resolves(name: str) -> bool:
    """Whether `name` below mailhelp is a module, or something inside one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(["mailhelp", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_names_exist(path: Path) -> None:
    """Every `module.function` in a document is there."""
    assert [name for name in names(path.read_text(encoding="utf-8")) if not resolves(name)] == []


def test_the_check_of_names_can_fail() -> None:
    """A name that does not exist is noticed, and the flow names many."""
    assert names("see `desk.decide.decide` and `config.toml`") == ["desk.decide.decide"]
    assert not resolves("desk.decide.undecided")
    assert not resolves("edge.nothing.at_all")
    assert len(names(text("flow.md"))) > 40


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link and picture inside the project is there."""
    links = re.findall(r"\]\(([^)#\s]+)|<img[^>]* src=\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    inside = [link for pair in links for link in pair if link and "://" not in link]
    assert [link for link in inside if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_tests_and_files_exist(path: Path) -> None:
    """Every file of ours that is named with its folder is there."""
    named = re.findall(r"`((?:tests|mailhelp|docs|\.ci)/[\w./-]+\.\w+)`", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(path: Path) -> None:
    """Every `mailhelp command` is one."""
    words = re.findall(
        r"(?:`|^ +|&& )mailhelp (?:(?:--config|-c) \S+ )?([a-z]+)\b", path.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [word for word in words if word not in COMMANDS] == []


def test_every_key_of_explain_is_told() -> None:
    """docs/rules.md names each key of `explain --json`."""
    assert [key for key in KEYS if f"`{key}`" not in text("rules.md")] == []


@pytest.mark.parametrize(
    "shape",
    [
        "WhenShape",
        "ThenShape",
        "RuleShape",
        "AgentShape",
        "QueueShape",
        "CategoryShape",
        "SubcategoryShape",
        "FieldShape",
    ],
)
def test_every_key_of_the_rules_is_told(shape: str) -> None:
    """docs/rules.md names each key that the files may hold."""
    fields = getattr(form_models if shape.startswith("Field") else rules_models, shape).model_fields
    keys = [field.alias or name for name, field in fields.items()]
    assert [key for key in keys if f"`{key}`" not in text("rules.md")] == []


def test_examples_of_rules_work(tmp_path: Path) -> None:
    """The rules in docs/rules.md can be used as they stand, together with the example desk."""
    for name in ("rules", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "config.toml", tmp_path)
    blocks = re.findall(r"```yaml\n(- name:.*?)```", text("rules.md"), re.DOTALL)
    assert len(blocks) > 10
    (tmp_path / "rules" / "routing.yaml").write_text("rules:\n" + "".join(blocks))
    assert len(load_policy(load(tmp_path / "config.toml"), tmp_path).rules) >= len(blocks)
