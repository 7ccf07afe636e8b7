"""The project's own rules: import directions, purity, docstrings of tests, a lock file without host names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mailhelp"

# Each layer may import itself and what stands below it (design §3).
LAYERS = ["mail", "desk", "edge", "middle", "app", "cli"]
MIDDLE = {
    *("alarms", "audit", "carry", "embedded", "gather", "intake", "outbox", "policy", "replay", "simulate", "timers"),
}
BELOW_ALL = {"errors", "__init__"}
IMPURE = {
    "time", "random", "secrets", "os", "socket", "logging", "threading", "subprocess", "asyncio", "tempfile", "shutil",
    "pathlib", "sqlite3", "urllib", "http", "ssl", "imapclient", "imaplib", "smtplib", "aiosmtplib", "peewee",
    "playhouse", "schedule", "pebble", "psycopg", "rich", "click",
}  # fmt: skip
CLOCKS = re.compile(r"\b(datetime\.(now|utcnow|today)|date\.today)\b")


def layer(module: str) -> str:
    """The layer a module of ours belongs to; an empty text for what stands below all."""
    first = module.split(".")[1] if "." in module else "__init__"
    if first in BELOW_ALL:
        return ""
    if first in {"mail", "desk", "edge", "cli"}:
        return first
    if first.split("_")[0] in MIDDLE:
        return "middle"
    return "cli" if first in {"demo", "__main__"} else "app"


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "mailhelp":
                yield from (f"mailhelp.{alias.name}" for alias in node.names)


def modules() -> list[tuple[str, Path]]:
    """All modules of the package by full name."""
    return [
        (".".join(path.relative_to(ROOT).with_suffix("").parts), path)
        for path in sorted(PACKAGE.rglob("*.py"))
        if "example" not in path.parts
    ]


def test_imports_go_down_only() -> None:
    """No module imports from a layer above its own: cli, app, intake/timers/outbox, edge, desk, mail."""
    wrong = [
        f"{name} imports {target}"
        for name, path in modules()
        for target in imports(path)
        if target.startswith("mailhelp.") and layer(name)
        if layer(target) and LAYERS.index(layer(target)) > LAYERS.index(layer(name))
    ]
    assert wrong == []


@pytest.mark.parametrize("part", ["mail", "desk"])
def test_pure_layers_touch_nothing_outside(part: str) -> None:
    """mail/ and desk/ import no clock, no randomness, no files, no network and no library that has them."""
    wrong = [
        f"{name} imports {target}"
        for name, path in modules()
        if layer(name) == part
        for target in imports(path)
        if target.split(".")[0] in IMPURE and target != "urllib.parse"  # only splits and joins texts
    ]
    wrong += [
        f"{name} reads the clock: {hit.group()}"
        for name, path in modules()
        if layer(name) == part
        for hit in CLOCKS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_every_test_says_what_it_proves() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert silent == []


WAITING = {
    "servers.py",
    "scenario/test_as_a_user.py",
    "clients/terminal.py",
    "clients/marionette.py",
    "clients/browser.py",
    "crash/world.py",
}
"""Where tests wait for another process: they look again and again and fail only when it hangs."""
SPEED = ("bench/", "tools/", "crash/kill.py", "rulekit.py")
"""What measures and asserts nothing."""


def test_no_test_is_timed() -> None:
    """No clock in a test: speed is measured by the bench, and tests count work (tests/work.py)."""
    wrong = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        name = path.relative_to(ROOT / "tests").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Attribute) or ast.unparse(node.value) != "time" or name.startswith(SPEED):
                continue
            if node.attr in ("process_time", "perf_counter", "thread_time", "monotonic", "time", "sleep"):
                wrong += [] if name in WAITING else [f"{name}:{node.lineno} time.{node.attr}"]
    assert wrong == []


def test_lock_file_names_no_host() -> None:
    """The locked requirements pin every package by hash and name no registry."""
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert "://" not in text
    pinned = re.findall(r"^[a-z0-9][^ ]*==", text, re.MULTILINE)
    assert len(pinned) > 30
    assert text.count("--hash=sha256:") >= len(pinned)
