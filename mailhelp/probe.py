"""The round trip of `mailhelp check --probe`: does a mail to a tagged address of ours come back, tag and all?"""

from __future__ import annotations

import asyncio
import secrets
import time
from datetime import datetime

from mailhelp.desk.policy import Desk
from mailhelp.edge.config import Config
from mailhelp.edge.imap import Mailbox
from mailhelp.edge.smtp import Connection, Result
from mailhelp.home import account_secrets
from mailhelp.mail.compose import Outgoing, compose
from mailhelp.mail.message import Address, MailKind
from mailhelp.mail.token import Keyring, message_id, reply_address

Verdict = tuple[bool | None, str, str]


def round_trip(config: Config, desk: Desk, keyring: Keyring, now: datetime, seconds: float) -> Verdict:
    """Send one marked mail and look for it; (ok, detail, remedy). Raises ImapError and UserError of the connections."""
    tagged = reply_address(keyring, desk.address, desk.detail, desk.first_number, 0)
    mid = message_id(keyring, desk.domain, desk.first_number, 0, secrets.token_hex(6))
    raw = compose(
        Outgoing(
            kind=MailKind.ALARM,
            sender=Address(desk.address, desk.name),
            to=Address(tagged),
            reply_to=Address(desk.address),
            subject="mailhelp check",
            date=now,
            message_id=mid,
            desk_id=desk.id,
            text="A round trip by `mailhelp check --probe`. It needs no answer.",
            html="",
        )
    )
    outcome = asyncio.run(_send(config, desk.address, tagged, raw))
    if outcome:
        remedy = 'The mail host refuses tagged addresses: set detail = "" under [desk].' if desk.detail else ""
        return False, f"the mail to {tagged} was not accepted: {outcome}", remedy
    return _look(config, mid, tagged, seconds)


async def _send(config: Config, sender: str, recipient: str, raw: bytes) -> str:
    connection = Connection(config.smtp, account_secrets(config.smtp, "[smtp]"))
    outcome = await connection.deliver(sender, recipient, raw)
    await connection.quit()
    return "" if outcome.result is Result.SENT else str(outcome)


def _look(config: Config, mid: str, tagged: str, seconds: float) -> Verdict:
    """Look into the folders where it may stand by now: the intake, or where a running daemon filed it."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        for box in config.mailbox:
            mailbox = Mailbox(box, account_secrets(box, f"[[mailbox]] {box.name}"))
            mailbox.connect()
            try:
                mailbox.make_folders()
                if any(mailbox.holds(name, mid) for name in (box.folders.intake, box.folders.ignored)):
                    return True, f"{tagged} came back after {time.monotonic() - started:.1f} s", ""
            finally:
                mailbox.close()
        time.sleep(1)
    remedy = 'Does the mail host deliver plus addresses to this mailbox? If not, set detail = "" under [desk].'
    return False, f"the mail to {tagged} did not arrive within {seconds:.0f} s", remedy
