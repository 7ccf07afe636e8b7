"""A desk without servers for the commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from clikit import Desk


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A desk as `mailhelp init` makes it."""
    made = Desk(tmp_path / "desk", monkeypatch, capsys)
    assert made.run("init", str(made.folder)).status == 0
    return made
