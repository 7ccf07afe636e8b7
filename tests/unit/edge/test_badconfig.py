"""One folder per mistake: what the admin wrote, and the very sentences that must be shown (`expected.txt`).

A folder holds `config.toml` and may hold `rules/` and `templates/`. Without rules, the mistake is in config.toml.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mailhelp.edge import config
from mailhelp.edge.rules import load_policy
from mailhelp.edge.rules_check import relative
from mailhelp.edge.rules_test import failures
from mailhelp.edge.template import Templates
from mailhelp.errors import UserError

FOLDERS = sorted(path for path in (Path(__file__).parents[2] / "badconfig").iterdir() if path.is_dir())


def read_all(folder: Path) -> None:
    """What the commands do with a configuration before they use it."""
    loaded = config.load(folder / "config.toml")
    if (folder / "rules").is_dir():
        policy = load_policy(loaded, folder)
        templates = Path(loaded.templates_dir)
        wrong = Templates.load(templates).problems() if templates.is_dir() else []
        found = [
            relative(one, Path().absolute()) for one in wrong if one.message != "this template is missing." and one.line
        ]
        if problems := (*found, *failures(policy, Path(loaded.rules_dir))):
            raise UserError("", problems)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_mistake_is_told_in_its_own_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every planted mistake is found, with exactly the sentences a person was meant to read, and no others."""
    monkeypatch.chdir(folder)
    with pytest.raises(UserError) as caught:
        read_all(Path())
    expected = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert [str(problem) for problem in caught.value.problems] == expected


def test_there_are_mistakes_to_look_at() -> None:
    """The folders are found: an empty collection would prove nothing."""
    assert len(FOLDERS) >= 30
