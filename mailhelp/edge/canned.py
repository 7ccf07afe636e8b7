"""Canned answers: the templates with names of their own, and the values that each wants from `#template`."""

from __future__ import annotations

import re
from pathlib import Path

from mailhelp.edge.samples import CONTEXT

_VALUE = re.compile(r"\bvalues\.(\w+)|\bvalues\[[\"'](\w+)[\"']\]")


def canned_answers(folder: Path) -> dict[str, dict[str, frozenset[str]]]:
    """Language -> name -> the values needed, of all templates below `folder` that are not the desk's own."""
    found: dict[str, dict[str, frozenset[str]]] = {}
    for path in sorted(folder.glob("*/*.md")):
        if path.stem not in CONTEXT:
            text = path.read_text(encoding="utf-8", errors="replace")
            names = frozenset(one or other for one, other in _VALUE.findall(text))
            found.setdefault(path.parent.name, {})[path.stem] = names
    return found
