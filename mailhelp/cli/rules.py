"""`mailhelp rules ...`: everything about the files in `rules/`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from mailhelp.cli.output import print_json
from mailhelp.cli.rules_history import diff_command, history_command, rollback_command
from mailhelp.cli.rules_replay import replay_command
from mailhelp.cli.rules_schema import schema_command
from mailhelp.cli.rules_test import test_command
from mailhelp.desk.policy import Policy
from mailhelp.edge.config import load
from mailhelp.edge.rules import load_policy
from mailhelp.edge.rules_check import check_policy
from mailhelp.errors import Problem, UserError
from mailhelp.home import now_utc


@click.group("rules")
def rules_command() -> None:
    """Check and test the rules."""


rules_command.add_command(test_command)
rules_command.add_command(replay_command)
rules_command.add_command(history_command)
rules_command.add_command(diff_command)
rules_command.add_command(rollback_command)
rules_command.add_command(schema_command)


@rules_command.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def check(obj: dict[str, Path], as_json: bool) -> int:
    """Read every rule file, render every template, play every test, and name every problem at once.

    Exit status 1 if there is any.
    """
    try:
        policy, doubts = _checked(obj["config"])
    except UserError as error:
        if not as_json:
            raise UserError(error.summary, error.problems, error.remedy, exit_code=1) from None
        print_json({"ok": False, "problems": [_as_data(problem) for problem in error.problems]})
        return 1
    if as_json:
        rules = [rule.name for rule in policy.rules]
        print_json({"ok": True, "version": policy.version, "rules": rules, "warnings": doubts})
        return 0
    click.echo(f"✓ {len(policy.rules)} rules, {len(policy.categories)} categories, {len(policy.team.queues)} queues.")
    click.echo(f"  Policy version {policy.version[:12]}.")
    for doubt in doubts:
        click.echo(f"{click.style('!', fg='yellow')} {doubt}")
    return 0


def _checked(path: Path) -> tuple[Policy, list[str]]:
    """The policy and its warnings; UserError carries every problem."""
    config, base = load(path), path.absolute().parent
    policy = load_policy(config, base)
    today = now_utc().astimezone(ZoneInfo(policy.desk.timezone)).date()
    problems, doubts = check_policy(policy, config, base, today)
    if problems:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise UserError(f"The rules can be read, and have {count}:", tuple(problems))
    return policy, doubts


def _as_data(problem: Problem) -> dict[str, object]:
    return {"sentence": str(problem), **asdict(problem)}
