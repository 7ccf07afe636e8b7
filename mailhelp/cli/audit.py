"""`mailhelp audit`: prove that every message in the mailboxes has a recorded end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from mailhelp.audit import Listed, audit
from mailhelp.cli.output import print_json
from mailhelp.edge.config import Config, load
from mailhelp.edge.imap import Mailbox
from mailhelp.edge.imap_line import ImapError
from mailhelp.errors import UserError
from mailhelp.home import account_secrets, now_utc, open_store


@click.command("audit")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def audit_command(obj: dict[str, Path], as_json: bool) -> int:
    """Compare every message in the mailboxes with the ledger. Exit status 1 when something is not accounted for."""
    config = load(obj["config"])
    with open_store(config) as store:
        report = audit(store, list(listing(config)), now_utc())
    if as_json:
        print_json({"ok": report.ok, **asdict(report)})
    else:
        click.echo("\n".join(report.lines))
    return 0 if report.ok else 1


def listing(config: Config) -> Iterator[Listed]:
    """What stands in the folders of all mailboxes; the folders are those of config.toml."""
    for box in config.mailbox:
        mailbox = Mailbox(box, account_secrets(box, f"[[mailbox]] {box.name}"))
        folders = box.folders
        try:
            mailbox.connect()
            mailbox.make_folders()
            for name in dict.fromkeys((folders.intake, folders.processed, folders.ignored, folders.quarantine)):
                intake = name == folders.intake
                for entry in mailbox.entries(name):
                    yield Listed(
                        account=box.name,
                        folder=mailbox.folder_name(name),
                        uidvalidity=entry.uidvalidity,
                        uid=entry.uid,
                        intake=intake,
                        message_id=entry.message_id,
                        sha256=entry.sha256,
                    )
        except ImapError as error:
            raise UserError(f"The mailbox {box.name} cannot be read: {error}", exit_code=3) from error
        finally:
            mailbox.close()
