"""`mailhelp tickets | outbox | quarantine`: what stands where."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import local, one_line, print_json, print_table
from mailhelp.cli.show import show_command
from mailhelp.desk.model import State
from mailhelp.edge.config import load
from mailhelp.edge.store import SendState, Store
from mailhelp.errors import UserError
from mailhelp.home import now_utc, open_store

__all__ = ["outbox_command", "quarantine_command", "show_command", "tickets_command"]

Json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
Limit = click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many rows.")


@click.command("tickets")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only this state.")
@click.option("--queue", default="", help="Only this queue.")
@click.option("--search", default="", help="In number, subject, addresses and texts.")
@Limit
@Json
@click.pass_obj
def tickets_command(
    obj: dict[str, Path], state: str | None, queue: str, search: str, limit: int, as_json: bool
) -> None:
    """List tickets, the latest change first."""
    config = load(obj["config"])
    with open_store(config) as store:
        rows = store.tickets(state or "", queue, search, limit)
    if as_json:
        print_json(rows)
        return
    columns = ("number", "state", "queue", "owner", "priority", "requester", "subject", "changed")
    cells = (
        (
            row["number"],
            row["state"],
            row["queue"],
            row["owner"] or "-",
            row["priority"],
            row["requester"] or "",
            one_line(row["subject"]),
            local(row["changed_at"], config.desk.timezone),
        )
        for row in rows
    )
    print_table("Tickets", columns, cells)


@click.command("outbox")
@click.option("--state", type=click.Choice([state.value for state in SendState]), help="Only this state.")
@click.option("--all", "everything", is_flag=True, help="Also what was sent.")
@click.option("--arrived", type=int, metavar="ID", help="Record that an uncertain mail did arrive.")
@click.option("--again", type=int, metavar="ID", help="Send an uncertain mail once more, under the same Message-ID.")
@Limit
@Json
@click.pass_obj
def outbox_command(
    obj: dict[str, Path],
    state: str | None,
    everything: bool,
    arrived: int | None,
    again: int | None,
    limit: int,
    as_json: bool,
) -> None:
    """List outgoing mail that is not sent yet, or whose fate is uncertain.

    --state uncertain lists every mail whose fate was ever uncertain. --arrived and --again settle one of them.
    """
    config = load(obj["config"])
    with open_store(config) as store:
        if arrived is not None:
            _settle(store, arrived, SendState.SENT, "an admin says that it arrived")
        if again is not None:
            _settle(store, again, SendState.QUEUED, "an admin wants it sent once more")
        rows = store.outbox(state or "", limit) if state or everything else _unsent(store, limit)
    if as_json:
        print_json(rows)
        return
    columns = ("id", "state", "kind", "to", "ticket", "tries", "next", "what the server said")
    cells = (
        (
            row["id"],
            row["state"],
            row["kind"],
            row["recipient"],
            row["ticket"] or "",
            row["attempts"],
            local(row["next_attempt_at"], config.desk.timezone) if row["state"] in {"queued", "waiting"} else "",
            one_line(row["reply"] or "", 80),
        )
        for row in rows
    )
    print_table("Outbox", columns, cells)


def _unsent(store: Store, limit: int) -> list[dict[str, Any]]:
    """What is not sent, each mail once: a mail that waits may have been uncertain before."""
    states = (one for one in SendState if one is not SendState.SENT)
    rows = {row["id"]: row for state in states for row in store.outbox(state.value, limit)}
    return [row for row in rows.values() if row["state"] != SendState.SENT]


def _settle(store: Store, outbox_id: int, state: SendState, words: str) -> None:
    """Settle an uncertain mail as a person says."""
    known = store.outbox(SendState.UNCERTAIN.value, 10_000)
    if outbox_id not in {row["id"] for row in known if row["state"] == SendState.UNCERTAIN}:
        raise UserError(
            f"Mail {outbox_id} is not uncertain.", remedy="`mailhelp outbox` lists those that are.", exit_code=1
        )
    store.settle(outbox_id, state, now_utc(), words)


@click.command("quarantine")
@click.option("--raw", type=int, metavar="ARRIVAL", help="Print the raw message of one arrival.")
@Limit
@Json
@click.pass_obj
def quarantine_command(obj: dict[str, Path], raw: int | None, limit: int, as_json: bool) -> None:
    """List messages that could not be read, with the report number each stands under."""
    config = load(obj["config"])
    with open_store(config) as store:
        if raw is not None:
            _print_raw(store, raw)
            return
        rows = store.quarantine(limit)
    if as_json:
        print_json(rows)
        return
    zone = config.desk.timezone
    cells = (
        (
            row["arrival"],
            local(row["arrived_at"], zone),
            row["ticket"] or "",
            row["size"],
            one_line(row["end_reason"], 80),
        )
        for row in rows
    )
    print_table("Quarantine", ("arrival", "when", "ticket", "bytes", "why"), cells)


def _print_raw(store: Store, arrival: int) -> None:
    try:
        with store.open_raw(arrival) as source:
            sys.stdout.buffer.write(source.read())
    except KeyError:
        raise click.ClickException(f"There is no arrival {arrival}.") from None
