"""`mailhelp rules schema`: JSON Schemas of the files in rules/, for completion and inline errors in editors."""

from __future__ import annotations

from pathlib import Path

import click

from mailhelp.edge.config import load
from mailhelp.edge.rules_schema import FILES, as_text
from mailhelp.errors import UserError


@click.command("schema")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write into (default: .schema in the rules folder, where the example files look for them).",
)
@click.pass_obj
def schema_command(obj: dict[str, Path], out: Path | None) -> None:
    """Write a JSON Schema for each file in rules/.

    A file whose first lines hold `# yaml-language-server: $schema=.schema/routing.json` is then completed and checked
    by editors that speak YAML (VS Code with the YAML extension, Neovim, Emacs, JetBrains).
    """
    folder = out or Path(load(obj["config"]).rules_dir) / ".schema"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            path = folder / f"{name}.json"
            path.write_text(as_text(name), encoding="utf-8")
            click.echo(f"✓ {path}")
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written: {error.strerror}.", remedy="Name another one: --out DIR."
        ) from None
