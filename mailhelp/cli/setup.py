"""`mailhelp init`: a commented working set in a folder."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from mailhelp.edge.example import example_dir
from mailhelp.edge.keys import make_keys

UNIT = """\
[Unit]
Description=mailhelp: the helpdesk in a mailbox
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
ExecStart={command} --config {folder}/config.toml run
WorkingDirectory={folder}
User=mailhelp
Restart=always
RestartSec=5
WatchdogSec=120
# The database, the keys and the secrets are all that it writes or reads outside the system.
ProtectSystem=strict
ReadWritePaths={folder}
ProtectHome=read-only
PrivateTmp=yes
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def init_command(folder: Path) -> None:
    """Write config.toml, rules/, templates/, signing keys and a systemd unit into FOLDER.

    Files that exist already are left as they are.
    """
    source = example_dir()
    folder.mkdir(parents=True, exist_ok=True)
    patterns = ("rules/*.yaml", "rules/.schema/*.json", "templates/**/*.*")
    wanted = [source / "config.toml", *(path for pattern in patterns for path in sorted(source.glob(pattern)))]
    for path in wanted:
        _say(folder / path.relative_to(source), _copy(path, folder / path.relative_to(source)))
    _make_secrets(folder)
    unit = folder / "mailhelp.service"
    if made := not unit.exists():
        unit.write_text(UNIT.format(command=Path(sys.argv[0]).resolve(), folder=folder.resolve()), encoding="utf-8")
    _say(unit, made)
    click.echo(
        f"\nNext:\n"
        f"  1. Edit {folder / 'config.toml'}: addresses, IMAP and SMTP servers.\n"
        f"  2. Put the passwords into the files it names, under {folder / 'secrets'} (one line each).\n"
        f"  3. Put your agents into {folder / 'rules' / 'team.yaml'}.\n"
        f"  4. mailhelp --config {folder / 'config.toml'} check\n"
        f"  5. mailhelp --config {folder / 'config.toml'} run"
    )


def _copy(source: Path, target: Path) -> bool:
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return True


def _make_secrets(folder: Path) -> None:
    """A folder only its owner may enter, and the signing keys (their loss makes old reply addresses void)."""
    secrets = folder / "secrets"
    made = not secrets.exists()
    secrets.mkdir(mode=0o700, exist_ok=True)
    _say(secrets, made)
    keys = folder / "keys.json"
    if made := not keys.exists():
        make_keys(keys)
    _say(keys, made)


def _say(path: Path, made: bool) -> None:
    click.echo(f"{'wrote' if made else 'kept '}  {path}")
