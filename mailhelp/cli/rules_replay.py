"""`mailhelp rules replay`: what other rules would have made of the past."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import local, one_line, print_json, print_table
from mailhelp.edge.config import Config, load, to_desk
from mailhelp.edge.policyfiles import read_files
from mailhelp.edge.rules import load_policy
from mailhelp.errors import UserError
from mailhelp.home import now_utc, open_store, read_options
from mailhelp.replay import Difference, Result, Trial, replay

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@click.command("replay")
@click.option("--since", default="30d", show_default=True, help="How far back: 12h, 30d, 8w, or a date (2026-01-31).")
@click.option("--rules", "folder", type=click.Path(path_type=Path), help="Another rules folder (default: the desk's).")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True)
@click.option("--limit", default=50, show_default=True, help="How many reports the table names; 0 for all.")
@click.option("--jobs", default=0, help="How many processes (default: one for each core).")
@click.pass_obj
def replay_command(obj: dict[str, Path], since: str, folder: Path | None, form: str, limit: int, jobs: int) -> None:
    """Run the rules as they stand, or those of another folder, over past reports, and show what would differ.

    Nothing is written and nothing is sent.
    """
    config, base = load(obj["config"]), obj["config"].absolute().parent
    start = begin(since, now_utc())
    if folder is not None:
        if not folder.is_dir():
            raise UserError(
                f"There is no folder {folder}.", remedy="Name a folder with team.yaml, form.yaml and so on."
            )
        config = config.model_copy(update={"rules_dir": str(folder.absolute())})
    result, version = _run(config, base, start, jobs)
    if form == "json":
        print_json({"since": start, "version": version, **as_data(result)})
    elif form == "csv":
        click.echo(as_csv(result), nl=False)
    else:
        _print(result, config.desk.timezone, version, limit)


def _run(config: Config, base: Path, start: datetime, jobs: int) -> tuple[Result, str]:
    policy = load_policy(config, base)
    trial = Trial(config.database.url, policy, read_files(config), read_options(config, to_desk(config)))
    with open_store(config) as store:
        low, high = store.decisions_since(start)
    with _progress(high - low) as progress:
        return replay(trial, low, high, jobs, progress), policy.version


def begin(since: str, now: datetime) -> datetime:
    """When `since` was, as aware UTC. UserError for what is no span and no date."""
    if match := re.fullmatch(r"(\d{1,5})([hdw])", since.strip()):
        return now - int(match[1]) * _UNITS[match[2]]
    try:
        return datetime.fromisoformat(since.strip()).replace(tzinfo=UTC)
    except ValueError:
        raise UserError(f'--since "{since}" is no span of time.', remedy="Write 12h, 30d, 8w or 2026-01-31.") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], object]]:
    """A bar on the terminal, if there is one and it takes long enough to look at."""
    if not sys.stderr.isatty() or total < 2_000:
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Replaying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)


# --- the three forms


def as_data(result: Result) -> dict[str, Any]:
    """The result as plain data; docs/rules.md promises the keys."""
    return {
        "reports": result.reports,
        "others": result.others,
        "passed_over": result.passed_over,
        "read_again": result.read_again,
        "rules": [
            {"name": name, "before": was, "after": now}
            for name, was, now in _both(result.rules_before, result.rules_after)
        ],
        "queues": [
            {"name": name, "before": was, "after": now}
            for name, was, now in _both(result.queues_before, result.queues_after)
        ],
        "moved": [{"from": old, "to": new, "reports": n} for (old, new), n in result.moved.most_common()],
        "tickets": [_as_data(one) for one in result.differences],
    }


def _as_data(one: Difference) -> dict[str, Any]:
    return {
        "ticket": one.ticket,
        "at": one.at,
        "event": one.event,
        "subject": one.subject,
        "changes": {name: {"before": was, "after": now} for name, (was, now) in one.changes.items()},
        "rules": [{"name": name, "before": was, "after": now, "why": why} for name, was, now, why in one.rules],
    }


def as_csv(result: Result) -> str:
    """One line for each thing that differs: report, time, event, subject, what, before, after, why."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("ticket", "at", "event", "subject", "what", "before", "after", "why"))
    for one in result.differences:
        head = (one.ticket, one.at.isoformat(), one.event, _plain(one.subject))
        for name, (was, now) in one.changes.items():
            table.writerow((*head, name, _plain(_said(was)), _plain(_said(now)), ""))
        for name, before, after, why in one.rules:
            table.writerow((*head, f"rule {name}", _fired(before), _fired(after), _plain(why)))
    return text.getvalue()


def _plain(text: str) -> str:
    """A stranger's text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _print(result: Result, zone: str, version: str, limit: int) -> None:
    differing = len(result.differences)
    tried = f"{result.reports:,} reports" + (f" and {result.others:,} replies and the like" if result.others else "")
    click.echo(f"{tried} tried with version {version[:12]}: {differing:,} would fare otherwise.")
    if result.passed_over:
        click.echo(f"{result.passed_over:,} could not be tried: what rules saw of them was not kept, or is unreadable.")
    if not differing:
        return
    changed = [row for row in _both(result.rules_before, result.rules_after) if row[1] != row[2]]
    if changed:
        print_table("Rules", ("rule", "fired before", "would fire"), changed)
    if result.moved:
        print_table("Queues", ("from", "to", "reports"), [(*pair, n) for pair, n in result.moved.most_common()])
    rows = [
        (one.ticket, local(one.at, zone), one_line(one.subject or one.event, 40), _changes(one))
        for one in result.differences
    ]
    shown = rows if limit <= 0 else rows[:limit]
    print_table("Reports", ("number", "when", "subject", "what would differ"), shown)
    if len(shown) < len(rows):
        click.echo(f"… and {len(rows) - len(shown):,} more: --limit 0 shows all, --format json or csv is for programs.")


def _changes(one: Difference) -> str:
    parts = [f"{name}: {_said(was) or '–'} → {_said(now) or '–'}" for name, (was, now) in one.changes.items()]
    parts += [f"{'+' if after else '-'} {name} ({one_line(why, 80)})" for name, _, after, why in one.rules]
    return "\n".join(parts)


def _said(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _fired(fired: bool) -> str:
    return "fired" if fired else "did not fire"


def _both(before: Counter[str], after: Counter[str]) -> list[tuple[str, int, int]]:
    return [(name, before[name], after[name]) for name in sorted({*before, *after})]
