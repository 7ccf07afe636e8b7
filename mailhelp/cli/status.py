"""`mailhelp status`: how the desk is doing, for people and for monitoring."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import local, one_line, print_json, print_table
from mailhelp.desk.alarmcase import ARRIVALS, IMAP, LASTING, SWEEP, UNCERTAIN
from mailhelp.edge.config import Config, load
from mailhelp.home import now_utc, open_store

PATIENCE = timedelta(minutes=10)
"""How long the database may go without a word, and an arrival without a decision; a mailbox has its own patience."""
SAID = frozenset({IMAP, SWEEP, ARRIVALS, UNCERTAIN})
"""Alarms whose causes are told anyway."""
RECENT = timedelta(days=1)
"""How long an alarm of what happened once counts. It stays listed for longer."""


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status_command(obj: dict[str, Path], as_json: bool) -> int:
    """How the desk is doing: tickets, waiting mail, accounts, alarms. Exit status 1 when something needs a person."""
    config = load(obj["config"])
    with open_store(config) as store:
        found = store.status()
    found["attention"] = list(attention(found, config, now_utc()))
    if as_json:
        print_json(found)
    else:
        _print_status(found, config.desk.timezone)
    return 1 if found["attention"] else 0


def attention(found: dict[str, Any], config: Config, now: datetime) -> Iterator[str]:
    """What needs a person now, as sentences; `found` is what the store's `status` gave."""
    boxes = {box.name: box.patience for box in config.mailbox}
    for row in found["service"]:
        if row["what"] == "imap" and row["account"] not in boxes:
            continue  # a mailbox that config.toml names no more
        who = f"{row['what']} {row['account']}".strip()
        if not row["up"]:
            yield f"{who} is down: {one_line(row['detail'], 100)}"
        elif row["what"] in {"imap", "database"} and now - row["until"] > boxes.get(row["account"], PATIENCE):
            yield f"{who}: nothing was heard since {local(row['until'], config.desk.timezone)}. Does mailhelp run?"
    if found["pending"] and now - found["oldest_pending_at"] > PATIENCE:
        yield f"{found['pending']} arrivals wait for a decision for more than {PATIENCE.seconds // 60} minutes."
    for row in found["uncertain"]:
        yield f"Mail {row['id']} to {row['recipient']} may or may not have arrived."
    for row in found["alarms"]:
        counts = row["code"] in LASTING or now - row["last_at"] <= RECENT
        if counts and row["over_at"] is None and row["code"] not in SAID:
            yield f"Alarm {row['code']}: {one_line(row['text'], 120)}"


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
        alarms = (
            (
                local(row["last_at"], zone),
                row["code"],
                row["count"],
                local(row["told_at"], zone) if row["told_at"] else "",
                local(row["over_at"], zone) if row["over_at"] else "",
                row["text"],
            )
            for row in found["alarms"]
        )
        print_table("Alarms", ("when", "code", "times", "mailed", "over", "text"), alarms)
    for line in found["attention"]:
        click.echo(f"! {line}")
