"""`mailhelp keys`: the keys that sign reply addresses; `--rotate` makes a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import local, print_json, print_table
from mailhelp.edge.config import load
from mailhelp.edge.keys import load_keys, rotate_keys
from mailhelp.home import now_utc
from mailhelp.mail.token import GRACE


@click.command("keys")
@click.option("--rotate", is_flag=True, help="Make a new key and sign with it from the next start on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def keys_command(obj: dict[str, Path], rotate: bool, as_json: bool) -> None:
    """List the signing keys without their secrets. Mails signed with a retired key are believed for 180 days more."""
    config = load(obj["config"])
    path = Path(config.security.key_file)
    ring = rotate_keys(path, now_utc()) if rotate else load_keys(path)
    rows: list[dict[str, Any]] = [
        {
            "id": key.id,
            "created_at": key.created_at,
            "retired_at": key.retired_at,
            "valid_until": key.retired_at + GRACE if key.retired_at else None,
            "signs": key.id == ring.current,
        }
        for key in ring.keys
    ]
    if as_json:
        print_json(rows)
        return
    zone = config.desk.timezone
    times = ("created_at", "retired_at", "valid_until")
    cells = ((row["id"], "yes" if row["signs"] else "no", *(local(row[name], zone) for name in times)) for row in rows)
    print_table("Signing keys", ("id", "signs", "made", "retired", "believed until"), cells)
    if rotate:
        click.echo(f"Restart mailhelp to sign with key {ring.current}, and keep a copy of {path}.")
