"""Run commands inside the test's process, as `mailhelp` on the command line would."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mailhelp.cli.main import entry
from mailhelp.edge.store import Store


@contextmanager
def _own_logging() -> Iterator[None]:
    """What `mailhelp run` sets up for logging ends with the command."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@dataclass(frozen=True)
class Done:
    """What a command printed and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """A desk made by `mailhelp init`, without servers."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def config(self) -> Path:
        """Its config.toml."""
        return self.folder / "config.toml"

    def __call__(self, *words: str) -> Done:
        """Run a command on this desk."""
        return self.run("--config", str(self.config), *words)

    def run(self, *words: str) -> Done:
        """Run a command; nobody but `--debug` may see a traceback."""
        self.monkeypatch.setattr(sys, "argv", ["mailhelp", *words])
        self.monkeypatch.setenv("TZ", "UTC")  # `entry` sets it, and it must not stay
        self.monkeypatch.setenv("COLUMNS", "200")
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended, _own_logging():
            entry()
        out, err = self.capsys.readouterr()
        assert "--debug" in words or "Traceback" not in out + err, out + err
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    def store(self) -> Store:
        """Its store, open."""
        store = Store(f"sqlite:///{self.folder}/mailhelp.db")
        store.open()
        return store

    def edit(self, old: str, new: str) -> None:
        """Replace a text of config.toml."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")
