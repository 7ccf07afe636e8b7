"""`mailhelp explain FILE.eml|NUMBER`: what would be done with a mail and why, or what was decided about a ticket."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mailhelp.cli.due import explain_due
from mailhelp.cli.explain_page import print_decisions, print_mail
from mailhelp.cli.output import print_json
from mailhelp.edge.config import Config, load, to_desk
from mailhelp.edge.keys import load_keys
from mailhelp.edge.rules import load_policy
from mailhelp.edge.store import TROUBLE, Store
from mailhelp.edge.store.database import sqlite_path
from mailhelp.errors import UserError
from mailhelp.home import now_utc, open_store, read_options
from mailhelp.intake_explain import explain

Data = Mapping[str, Any]

KEYS = (
    "kind", "reason", "sender", "subject", "new_text", "quoted_text", "signature", "attachments", "fields",
    "thread", "rules", "effects",
)  # fmt: skip
"""The keys of --json, in this order; docs/rules.md promises them."""

NOT_THERE: tuple[type[Exception], ...] = (UserError, *TROUBLE)


@click.command("explain")
@click.argument("what", metavar="FILE.eml|NUMBER|due")
@click.argument("due_number", required=False, metavar="[NUMBER]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain_command(obj: dict[str, Path], what: str, due_number: str | None, as_json: bool) -> None:
    """Explain what would be done with the mail in FILE.eml (- for standard input), or what was done about a report.

    `explain due NUMBER` prints how each due time of a report came about.

    Nothing is written and nothing is sent; no mail server is needed. Without a database the desk has no reports yet.
    """
    number = what.removeprefix("#")
    if due_number is not None:
        wanted = due_number.removeprefix("#")
        if what != "due" or not wanted.isdecimal():
            raise click.UsageError("Two words are understood as `explain due NUMBER` only.")
        explain_due(obj["config"], int(wanted), as_json)
    elif number.isdecimal() and not Path(what).exists():
        _explain_ticket(load(obj["config"]), int(number), as_json)
    else:
        _explain_mail(obj["config"], _read(what), as_json)


def _read(what: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if what == "-" else Path(what).read_bytes()
    except OSError as error:
        raise UserError(
            f"{what} cannot be read: {error.strerror}.",
            remedy="Name a file with one mail as it was received (.eml), or a report number.",
        ) from None


# --- a mail


def _explain_mail(path: Path, raw: bytes, as_json: bool) -> None:
    config = load(path)
    policy = load_policy(config, path.absolute().parent)
    keyring = load_keys(Path(config.security.key_file))
    store = _store(config)
    try:
        told = explain(raw, now_utc(), policy, read_options(config, to_desk(config)), keyring, store)
    finally:
        if store:
            store.close()
    if as_json:
        print_json(stable(told))
    else:
        print_mail(told)


def _store(config: Config) -> Store | None:
    """The desk's store, if there is one that can be read; to look is no reason to make one."""
    path = sqlite_path(config.database.url)
    if path is not None and not path.exists():
        return None
    store = Store(config.database.url)
    try:
        store.open(first_number=config.desk.first_number)
    except NOT_THERE as error:
        store.close()
        click.echo(f"Explained as for a desk without reports, because the database cannot be read: {error}", err=True)
        return None
    return store


def stable(told: Data) -> dict[str, Any]:
    """What --json promises, and no more."""
    thread = {name: told["thread"][name] for name in ("ticket", "proof")}
    return {**{key: told[key] for key in KEYS}, "thread": thread}


# --- a ticket


def _explain_ticket(config: Config, number: int, as_json: bool) -> None:
    """The stored decisions of a ticket, oldest first."""
    path = sqlite_path(config.database.url)
    if path is not None and not path.exists():
        raise UserError(f"There is no report {number}: there is no database yet.", exit_code=1)
    with open_store(config) as store:
        ticket = store.show(number)
    if ticket is None:
        raise UserError(
            f"There is no report {number}.", remedy="`mailhelp tickets --search ...` finds one.", exit_code=1
        )
    if as_json:
        print_json({"ticket": number, "decisions": ticket["decisions"]})
    else:
        print_decisions(number, ticket, config.desk.timezone)
