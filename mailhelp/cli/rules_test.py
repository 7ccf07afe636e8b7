"""`mailhelp rules test`: play the tests beside rules and categories, and print them as a test runner does."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import print_json
from mailhelp.desk.rule import Rule
from mailhelp.desk.ruletest import Report, Result
from mailhelp.edge.config import load
from mailhelp.edge.rules import load_policy
from mailhelp.edge.rules_test import run_tests


@click.command("test")
@click.argument("names", nargs=-1, metavar="[RULE]...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def test_command(obj: dict[str, Path], names: tuple[str, ...], as_json: bool) -> int:
    """Play the tests beside rules and categories (of RULEs or categories only, by parts of their names).

    Exit status 1 if any fails.
    """
    config = load(obj["config"])
    policy = load_policy(config, obj["config"].absolute().parent)
    report = run_tests(policy, Path(config.rules_dir))
    results = tuple(result for result in report.results if _wanted(result, names))
    if as_json:
        print_json(_told(results, report))
    else:
        _print(results, report.unreached if not names else (), len(policy.rules))
    return 0 if all(result.ok for result in results) else 1


def _wanted(result: Result, names: tuple[str, ...]) -> bool:
    return not names or any(name.lower() in result.subject.title.lower() for name in names)


def _told(results: Iterable[Result], report: Report) -> dict[str, Any]:
    """Keys that docs/rules.md promises."""
    rows = [
        {
            "subject": result.subject.title,
            "test": result.number,
            "ok": result.ok,
            "file": result.example.file,
            "line": result.example.line,
            "failures": list(result.failures),
            "fired": list(result.fired),
        }
        for result in results
    ]
    unreached = [{"rule": rule.name, "file": rule.file, "line": rule.line} for rule in report.unreached]
    return {"ok": all(row["ok"] for row in rows), "tests": rows, "unreached": unreached}


def _print(results: tuple[Result, ...], unreached: tuple[Rule, ...], rules: int) -> None:
    subject = ""
    for result in results:
        if result.subject.title != subject:
            subject = result.subject.title
            click.echo(click.style(f"{result.example.file}  {subject}", bold=True))
        _print_one(result)
    failed = sum(not result.ok for result in results)
    if unreached:
        click.echo(f"\nNo test reaches {len(unreached)} of {rules} rules:")
        for rule in unreached:
            click.echo(f'  {rule.file}:{rule.line}: rule "{rule.name}"')
    passed = f"{len(results) - failed} passed"
    told = f"{failed} failed, {passed}" if failed else f"{passed}"
    click.echo("\n" + click.style(told + ".", fg="red" if failed else "green"))


def _print_one(result: Result) -> None:
    mark = click.style("✓", fg="green") if result.ok else click.style("✗", fg="red")
    click.echo(f"  {mark} test {result.number} (line {result.example.line})")
    for failure in result.failures:
        click.echo(f"      {failure}")
