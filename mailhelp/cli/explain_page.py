"""How `mailhelp explain` looks: a decision, told to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mailhelp.cli.output import local, one_line
from mailhelp.cli.sentences import sentence

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Data = Mapping[str, Any]

KINDS = {
    "own": "mail of our own that came back",
    "delivery-report": "a delivery report",
    "disposition-report": "a receipt",
    "automatic": "automatic mail",
    "list": "a person's mail that came through a mailing list",
    "person": "a person's mail",
    "unreadable": "a mail that cannot be read",
}
SHOWN = 6  # lines of the text


def print_mail(told: Data) -> None:
    """What would be done with a mail, from what `mailhelp.intake_explain.explain` tells."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False)
    _print_facts(console, list(_head(told)))
    _print_fields(console, told["fields"])
    rules = [(rule["fired"], f"{rule['name']}: {rule.get('why', '')}") for rule in told["rules"]]
    _print_judged(console, "Rules", rules)
    _print_judged(console, "Automatic answers", [(one["ok"], _verdict(one)) for one in told["gate"]])
    _title(console, "What would be done")
    _print_list(console, [sentence(effect) for effect in told["effects"]])
    _line(console, "\nNothing was written.", style="dim")


def _head(told: Data) -> Iterator[tuple[str, str]]:
    yield "It is", KINDS.get(told["kind"]) or str(told["kind"])
    yield "From", _sender(told["sender"] or {})
    yield "Subject", told["subject"] or "(none)"
    yield "Belongs to", _thread(told["thread"])
    yield "Decision", f"{told['reason']} [{told['code']}]"
    lines = told["new_text"].splitlines()
    if lines:
        more = f"\n… {len(lines) - SHOWN} more lines" if len(lines) > SHOWN else ""
        yield "New text", "\n".join(lines[:SHOWN]) + more
    if told["quoted_text"]:
        yield "Quoted", f"{len(told['quoted_text'].splitlines())} lines, not taken as new"
    if told["signature"]:
        yield "Taken off", "\n".join(told["signature"].splitlines()[:SHOWN])
    for file in told["attachments"]:
        yield "File", f"{file['name']} ({file['media_type']}, {file['size']:,} bytes)"


def _sender(sender: Data) -> str:
    if not sender.get("address"):
        return f"nobody to be sure of: {sender.get('problem') or 'no From'}"
    sure = "authenticated by a trusted server" if sender.get("authenticated") else "not authenticated"
    return f"{sender['address']} ({sure})"


def _thread(thread: Data) -> str:
    proof = thread["proof"]
    where = f"report {thread['ticket']}" if thread["ticket"] else "no report"
    if not proof:
        return f"{where}: its sort of mail is decided before that is asked"
    refused = "".join(f"\n  refused: {one['reason']} [{one['code']}]" for one in thread.get("refusals", ()))
    return f"{where}, as {proof['authority']}: {proof['reason']} [{proof['kind']}, {proof['code']}]{refused}"


def _verdict(one: Data) -> str:
    mail = f"{one['template']} to {one['to']}: " if "to" in one else ""
    return f"{mail}{one['reason']} [{one['code']}]"


def _print_fields(console: Console, fields: Data) -> None:
    if fields:
        _title(console, "Fields")
        _print_facts(console, [(f"  {name}", _field(field)) for name, field in fields.items()])


def _field(field: Data) -> str:
    sure = "" if field["sure"] >= 1 else f", {field['sure']:.0%} sure"
    warnings = "".join(f"\n! {warning}" for warning in field["warnings"])
    return f"{one_line(field['value'], 70)}  ({field['how']}{sure}){warnings}"


def print_decisions(number: int, ticket: Data, zone: str) -> None:
    """The decisions of a ticket as the store shows it, oldest first; times in `zone`."""
    from rich.console import Console

    console = Console(highlight=False, emoji=False)
    _line(console, f"#{number}  {ticket['subject']}", style="bold")
    for decision in ticket["decisions"]:
        trace = decision["trace"]
        _title(console, f"{local(decision['at'], zone)}  {decision['reason']} [{decision['code']}]")
        _print_facts(console, list(_stored(decision, trace)))
        _print_fields(console, trace.get("fields") or {})
        rules = [(rule["fired"], f"{rule['name']}: {rule.get('why', '')}") for rule in trace.get("rules", ())]
        _print_judged(console, "Rules", rules)
        _print_judged(console, "Automatic answers", [(one["ok"], _verdict(one)) for one in trace.get("gate", ())])
        changes = [row for row in ticket["history"] if row["decision"] == decision["id"]]
        _print_list(console, [f"{row['what']}: {one_line(_change(row), 120)}" for row in changes])


def _stored(decision: Data, trace: Data) -> Iterator[tuple[str, str]]:
    if kind := str(trace.get("kind") or ""):
        yield "It was", KINDS.get(kind) or kind
    if sender := trace.get("sender"):
        yield "From", _sender(sender)
    if thread := trace.get("thread"):
        yield "Belongs to", _thread(thread)
    yield "Event", f"{decision['key']}, policy {decision['policy_version'][:12]}"


def _change(row: Data) -> str:
    change = " → ".join(part for part in (row["before"], row["after"]) if part)
    return f"{change} ({row['reason']})" if row["reason"] else change


# --- how it looks


def _title(console: Console, text: str) -> None:
    _line(console, f"\n{text}", style="bold")


def _line(console: Console, text: str, style: str = "") -> None:
    from rich.text import Text

    console.print(Text(text, style=style))


def _print_facts(console: Console, facts: list[tuple[str, str]]) -> None:
    from rich.text import Text

    _print_grid(console, [(Text(name, style="dim"), Text(value)) for name, value in facts])


def _print_judged(console: Console, title: str, judged: list[tuple[bool, str]]) -> None:
    from rich.text import Text

    if judged:
        _title(console, title)
    marks = {True: Text("✓", style="green"), False: Text("✗", style="red")}
    _print_grid(console, [(marks[ok], Text(text, style="" if ok else "dim")) for ok, text in judged])


def _print_list(console: Console, lines: list[str]) -> None:
    from rich.text import Text

    _print_grid(console, [(Text("→", style="dim"), Text(line)) for line in lines])


def _print_grid(console: Console, rows: list[tuple[Text, Text]]) -> None:
    """Two columns; long texts go on below their own beginning."""
    from rich.table import Table

    if rows:
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
