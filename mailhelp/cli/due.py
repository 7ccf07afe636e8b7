"""`mailhelp due`: what is due next; and the arithmetic of one report's due times (`mailhelp explain due NUMBER`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import local, one_line, print_json, print_table
from mailhelp.desk import dues
from mailhelp.desk.dues import DueTime
from mailhelp.desk.model import State, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.timefacts import Timeline
from mailhelp.desk.timewords import moment
from mailhelp.edge.config import Config, load
from mailhelp.edge.rules import load_policy
from mailhelp.edge.store.database import sqlite_path
from mailhelp.errors import UserError
from mailhelp.home import now_utc, open_store

WHAT = {
    dues.PLAN: "due times anew",
    dues.SEQUENCE: "waiting: next step",
    dues.RESOLVED: "resolved: closing",
    dues.PROGRESS: "progress mail",
    dues.WAIT: "back from #wait",
}
"""What a timer does, where its name does not say it."""


@click.command("due")
@click.option("--queue", default="", help="Only this queue.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many rows.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def due_command(obj: dict[str, Path], queue: str, limit: int, as_json: bool) -> None:
    """List what is due next: promises, reminders, closings. Overdue ones come first."""
    config = load(obj["config"])
    with open_store(config) as store:
        rows = store.next_timers(limit, queue)
    if as_json:
        print_json(rows)
        return
    zone = config.desk.timezone
    cells = (
        (
            local(row["due_at"], zone),
            WHAT.get(row["name"], row["name"].replace("_", " ")),
            row["ticket"],
            row["owner"] or row["queue"],
            one_line(row["subject"], 40),
        )
        for row in rows
    )
    print_table("Due", ("when", "what", "ticket", "who", "subject"), cells)


def explain_due(path: Path, number: int, as_json: bool) -> None:
    """Print how each due time of a report came about. UserError when there is no such report."""
    config = load(path)
    policy = load_policy(config, path.absolute().parent)
    ticket, line = _facts(config, number)
    found = list(dues.due_times(ticket, line, now_utc(), policy.time))
    if as_json:
        print_json({"ticket": number, "due": [_data(one, line) for one in found]})
        return
    for text in told(ticket, line, found, policy):
        click.echo(text)


def told(ticket: Ticket, line: Timeline, found: list[DueTime], policy: Policy) -> Iterator[str]:
    """All of it as lines."""
    zone = policy.time.calendar.zone
    yield f"{ticket.number}: {ticket.state.value}, queue {ticket.queue}, priority {ticket.priority}"
    for stay in line.stays:
        until = f" until {moment(stay.end, zone)}" if stay.end else ""
        yield f"  {stay.state.value} since {moment(stay.start, zone)}{until}"
    if not found:
        yield "Nothing is due: no promise runs, and nothing is waited for."
    for one in found:
        yield ""
        yield from one.explanation.lines()
        row = line.timers.get(one.name)
        if row is not None:
            old = "" if row.version == policy.time.version else " (made with another calendar: computed anew soon)"
            yield f"  looked at again {moment(row.due_at, zone)}{old}"
    if dues.WAIT in line.timers and ticket.state is State.PENDING:
        yield ""
        yield f"An agent wants it back at {moment(line.timers[dues.WAIT].due_at, zone)} (#wait)."


def _facts(config: Config, number: int) -> tuple[Ticket, Timeline]:
    path = sqlite_path(config.database.url)
    if path is not None and not path.exists():
        raise UserError(f"There is no report {number}: there is no database yet.", exit_code=1)
    accounts = {box.name: box.patience for box in config.mailbox}
    with open_store(config) as store:
        ticket = store.tickets_by_number([number]).get(number)
        if ticket is None:
            raise UserError(
                f"There is no report {number}.", remedy="`mailhelp tickets --search ...` finds one.", exit_code=1
            )
        return ticket, store.timeline(number, accounts, now_utc())


def _data(one: DueTime, line: Timeline) -> dict[str, Any]:
    row = line.timers.get(one.name)
    return {
        "name": one.name,
        "at": one.at,
        "wakes_at": row.due_at if row else None,
        "stage": one.stage,
        **one.explanation.as_data(),
    }
