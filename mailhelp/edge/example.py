"""Where the working example desk lives: inside the package once installed, at the top of a checkout otherwise."""

from __future__ import annotations

from pathlib import Path

from mailhelp.errors import UserError


def example_dir() -> Path:
    """The folder that holds the example `config.toml`, `rules/` and `templates/`."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "example", package.parent):
        if (place / "config.toml").is_file() and (place / "rules").is_dir():
            return place
    raise UserError(
        "The example desk is missing from this installation.",
        remedy="Install mailhelp again: its wheel carries config.toml, rules/ and templates/.",
    )
