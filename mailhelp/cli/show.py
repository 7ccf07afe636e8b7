"""`mailhelp show NUMBER`: one ticket as a conversation, with the reason of every decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.output import local, one_line, print_json
from mailhelp.desk.dues import PLAN
from mailhelp.desk.formwords import text
from mailhelp.edge.config import load
from mailhelp.errors import UserError
from mailhelp.home import open_store

Row = Mapping[str, Any]


@click.command("show")
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show_command(obj: dict[str, Path], number: int, as_json: bool) -> None:
    """Show one ticket: who, what, the conversation, and why the desk did what it did."""
    config = load(obj["config"])
    with open_store(config) as store:
        ticket = store.show(number)
    if ticket is None:
        raise UserError(
            f"There is no ticket {number}.", remedy="`mailhelp tickets --search ...` finds one.", exit_code=1
        )
    if as_json:
        print_json(ticket)
    else:
        _print(ticket, config.desk.timezone)


def _print(ticket: Row, zone: str) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(f"#{ticket['number']}  {ticket['subject']}", style="bold"))
    head = Table.grid(padding=(0, 2))
    for name, value in _pairs(ticket, zone):
        head.add_row(Text(name), Text(one_line(value, 150)))  # what has several lines stands in the conversation below
    console.print(head)
    decisions = {row["id"]: row for row in ticket["decisions"]}
    for article in ticket["articles"]:
        console.print()
        mark = " (internal)" if article["internal"] else ""
        console.print(
            Text(f"{local(article['at'], zone)}  ", style="dim").append(
                f"{article['kind']}{mark} by {article['author'] or 'the desk'}", style="bold cyan"
            )
        )
        console.print(Padding(Text(article["text"].strip() or "(no text)"), (0, 0, 0, 4)))
        for line in _below(article, decisions.pop(article["decision"], None)):
            console.print(Padding(Text(line, style="dim"), (0, 0, 0, 4)))
    for decision in decisions.values():
        console.print(Text(f"\n{local(decision['at'], zone)}  {decision['code']}: {decision['reason']}", style="dim"))


def _pairs(ticket: Row, zone: str) -> Iterator[tuple[str, str]]:
    """The head of the page as names and values."""
    state = ticket["state"] + (f" ({ticket['close_reason']})" if ticket["close_reason"] else "")
    yield "State", f"{state}, queue {ticket['queue']}, owner {ticket['owner'] or '-'}, priority {ticket['priority']}"
    if ticket["category"]:
        yield "Category", ticket["category"] + (f" / {ticket['subcategory']}" if ticket["subcategory"] else "")
    yield "Opened", f"{local(ticket['opened_at'], zone)}, last change {local(ticket['changed_at'], zone)}"
    for person in ticket["participants"]:
        name = f"{person['name']} <{person['addr']}>" if person["name"] else person["addr"]
        yield person["role"].capitalize(), name + ("" if person["reachable"] else "  (mail to this address bounces)")
    if ticket["tags"]:
        yield "Tags", ", ".join(ticket["tags"])
    for link in ticket["links"]:
        yield "Link", f"{link['kind']} {link['other'] if link['ticket'] == ticket['number'] else link['ticket']}"
    timers = (
        f"{one['name'].replace('_', ' ')} {local(one['due_at'], zone)}"
        for one in ticket["timers"]
        if one["name"] != PLAN
    )
    if wakes := ", ".join(timers):
        yield "Wakes", f"{wakes} (mailhelp explain due {ticket['number']})"
    for row in ticket["fields"]:
        doubts = (text(one["code"], one["values"], "en") for one in row["detail"].get("warnings", ()))
        yield f"  {row['name']}", row["value"] + "".join(f"  ! {doubt}" for doubt in doubts)


def _below(article: Row, decision: Row | None) -> Iterator[str]:
    """Files, the reason, rules that fired, and the mails that went out for it."""
    for file in article["attachments"]:
        yield f"[file] {file.get('name', '?')} ({file.get('size', 0):,} bytes)"
    if decision:
        yield f"why: {decision['reason']} [{decision['code']}]"
        for rule in decision["trace"].get("rules", ()):
            if rule.get("fired"):
                yield f"rule “{rule['name']}” fired: {rule.get('why', '')}"
    for mail in article["mails"]:
        yield f"→ {mail['kind']} to {mail['recipient']}: {mail['state']}" + (
            f" ({mail['reply']})" if mail["reply"] else ""
        )
