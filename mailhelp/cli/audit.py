"""`mailhelp audit`: prove that every message in the mailboxes has a recorded end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import click

from mailhelp.audit import Listed, audit
from mailhelp.cli.output import print_json
from mailhelp.edge.config import Config, MailboxConfig, load
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
        listed = list(listing(config))
        report = audit(store, listed, now_utc())
        if report.missing:
            # A damaged Message-ID reads otherwise in a list than in the whole mail: their bytes decide.
            listed = with_digests(config, listed, report.missing)
            report = audit(store, listed, now_utc())
    if as_json:
        print_json({"ok": report.ok, **asdict(report)})
    else:
        click.echo("\n".join(report.lines))
    return 0 if report.ok else 1


def with_digests(config: Config, listed: Sequence[Listed], doubtful: Sequence[Listed]) -> list[Listed]:
    """The same list, with the SHA-256 of the bytes of those that were filed and not found by Message-ID."""
    wanted = {one for one in doubtful if not one.intake}
    done: dict[Listed, Listed] = {}
    for box in config.mailbox:
        places = {(one.folder, one.uid): one for one in wanted if one.account == box.name}
        if places:
            with opened(box) as mailbox:
                for (folder, uid), one in places.items():
                    done[one] = replace(one, sha256=mailbox.digest(folder, uid))
    return [done.get(one, one) for one in listed]


@contextmanager
def opened(box: MailboxConfig) -> Iterator[Mailbox]:
    """A mailbox with its folders made. UserError when it cannot be read."""
    mailbox = Mailbox(box, account_secrets(box, f"[[mailbox]] {box.name}"))
    try:
        mailbox.connect()
        mailbox.make_folders()
        yield mailbox
    except ImapError as error:
        raise UserError(f"The mailbox {box.name} cannot be read: {error}", exit_code=3) from error
    finally:
        mailbox.close()


def listing(config: Config) -> Iterator[Listed]:
    """What stands in the folders of all mailboxes; the folders are those of config.toml."""
    for box in config.mailbox:
        folders = box.folders
        with opened(box) as mailbox:
            for name in dict.fromkeys((folders.intake, folders.processed, folders.ignored, folders.quarantine)):
                for entry in mailbox.entries(name):
                    yield Listed(
                        account=box.name,
                        folder=mailbox.folder_name(name),
                        uidvalidity=entry.uidvalidity,
                        uid=entry.uid,
                        intake=name == folders.intake,
                        message_id=entry.message_id,
                        sha256=entry.sha256,
                    )
