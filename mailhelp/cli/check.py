"""`mailhelp check`: try everything and print a list with remedies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import click

from mailhelp.doctor import Check, examine, probe

MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("⚠", "yellow")}


@click.command("check")
@click.option("--probe", "round_trip", is_flag=True, help="Also send a mail to the desk itself and wait for it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check_command(obj: dict[str, Path], round_trip: bool, as_json: bool) -> int:
    """Try everything that the desk will need. Exit status 1 if anything fails."""
    checks: Iterator[Check] = examine(obj["config"])
    if round_trip:
        checks = chain(checks, probe(obj["config"]))
    if as_json:
        found = list(checks)
        click.echo(json.dumps([asdict(check) for check in found], indent=2, ensure_ascii=False))
    else:
        found = [_shown(check) for check in checks]
    failed = sum(check.ok is False for check in found)
    if not as_json:
        click.echo(f"\n{failed} to mend." if failed else "\nAll is well.")
    return 1 if failed else 0


def _shown(check: Check) -> Check:
    mark, colour = MARKS[check.ok]
    click.echo(f"{click.style(mark, fg=colour)} {check.name}: {check.detail}")
    if check.remedy:
        click.echo(f"    {check.remedy}")
    return check
