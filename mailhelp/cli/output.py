"""Tables for people, JSON for machines. `rich` is imported only where it shows something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import click


def print_json(value: object) -> None:
    """JSON with times in ISO 8601 (UTC) and texts as they are."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as wide as the terminal; plain lines where there is none to speak of."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in {"number", "id", "when", "state"})
    count = 0
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
        count += 1
    console = Console(highlight=False)
    if count:
        console.print(table)
    else:
        console.print(f"{title}: none" if title else "none", markup=False)


def local(at: datetime | None, zone: str) -> str:
    """A time in the desk's zone, to the minute: `Tue 24 Nov 09:41`, with the year when it is long ago or ahead."""
    if at is None:
        return ""
    return at.astimezone(ZoneInfo(zone)).strftime("%a %d %b %Y %H:%M")


def one_line(text: str, width: int = 60) -> str:
    """The text on one line, cut with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"
