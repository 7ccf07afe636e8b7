"""`mailhelp tickets | outbox | quarantine | status`: what stands where."""

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
from mailhelp.home import open_store

__all__ = ["outbox_command", "quarantine_command", "show_command", "status_command", "tickets_command"]

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
@Limit
@Json
@click.pass_obj
def outbox_command(obj: dict[str, Path], state: str | None, everything: bool, limit: int, as_json: bool) -> None:
    """List outgoing mail that is not sent, or whose fate is uncertain."""
    config = load(obj["config"])
    with open_store(config) as store:
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
    """What is not sent or was ever uncertain, each mail once."""
    states = (one for one in SendState if one is not SendState.SENT)
    return list({row["id"]: row for state in states for row in store.outbox(state.value, limit)}.values())


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


@click.command("status")
@Json
@click.pass_obj
def status_command(obj: dict[str, Path], as_json: bool) -> int:
    """How the desk is doing: tickets, waiting mail, accounts, alarms. Exit status 1 when something needs a person."""
    config = load(obj["config"])
    with open_store(config) as store:
        found = store.status()
    if as_json:
        print_json(found)
    else:
        _print_status(found, config.desk.timezone)
    return 1 if found["alarms"] or found["uncertain"] or any(not row["up"] for row in found["service"]) else 0


def _print_status(found: dict[str, Any], zone: str) -> None:
    for title, key in (("Tickets", "tickets"), ("In queues", "queues"), ("Arrivals", "arrivals"), ("Outbox", "outbox")):
        counts = ", ".join(f"{count} {name}" for name, count in sorted(found[key].items())) or "none"
        click.echo(f"{title + ':':12} {counts}")
    oldest = f", the oldest since {local(found['oldest_pending_at'], zone)}" if found["pending"] else ""
    click.echo(f"{'Undecided:':12} {found['pending']}{oldest}; {found['unfiled']} not filed yet")
    rows = (
        (
            row["what"],
            row["account"],
            "up" if row["up"] else "DOWN",
            local(row["until"], zone),
            one_line(row["detail"], 70),
        )
        for row in found["service"]
    )
    print_table("Service", ("what", "account", "state", "last seen", "detail"), rows)
    for key, title in (("uncertain", "Uncertain mails"), ("refused", "Refused mails")):
        if found[key]:
            mails = (
                (row["id"], row["kind"], row["recipient"], row["ticket"] or "", row["reply"]) for row in found[key]
            )
            print_table(title, ("id", "kind", "to", "ticket", "what the server said"), mails)
    if found["alarms"]:
        alarms = ((local(row["last_at"], zone), row["code"], row["count"], row["text"]) for row in found["alarms"])
        print_table("Alarms", ("when", "code", "times", "text"), alarms)
