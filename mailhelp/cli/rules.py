"""`mailhelp rules ...`: everything about the files in `rules/`."""

from __future__ import annotations

from pathlib import Path

import click

from mailhelp.cli.output import print_json
from mailhelp.cli.rules_history import diff_command, history_command, rollback_command
from mailhelp.cli.rules_replay import replay_command
from mailhelp.edge.config import load
from mailhelp.edge.rules import load_policy
from mailhelp.errors import UserError


@click.group("rules")
def rules_command() -> None:
    """Check the rules."""


rules_command.add_command(replay_command)
rules_command.add_command(history_command)
rules_command.add_command(diff_command)
rules_command.add_command(rollback_command)


@rules_command.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(obj: dict[str, Path], as_json: bool) -> int:
    """Read every rule file and name every problem at once. Exit status 1 if there is any."""
    try:
        policy = load_policy(load(obj["config"]), obj["config"].absolute().parent)
    except UserError as error:
        if not as_json:
            raise
        print_json({"ok": False, "problems": [str(problem) for problem in error.problems]})
        return 1
    if as_json:
        print_json({"ok": True, "version": policy.version, "rules": [rule.name for rule in policy.rules]})
    else:
        click.echo(
            f"✓ {len(policy.rules)} rules, {len(policy.categories)} categories, {len(policy.team.queues)} queues."
        )
        click.echo(f"  Policy version {policy.version[:12]}.")
    return 0
