"""How values are shown in the sentences of traces."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 80
"""Characters of a value that a sentence shows."""


def shown(value: str) -> str:
    """A value as sentences show it: quoted, on one line, shortened; `empty` for nothing."""
    flat = " ".join(value.split())
    if not flat:
        return "empty"
    return f"'{flat[: SHOWN - 1]}…'" if len(flat) > SHOWN else f"'{flat}'"


def listed(values: Iterable[object]) -> str:
    """Values in a row."""
    return ", ".join(str(value) for value in values)


def one_of(values: tuple[str, ...]) -> str:
    """`not X`, or `not one of: X, Y`."""
    return f"not {values[0]}" if len(values) == 1 else f"not one of: {listed(values)}"
