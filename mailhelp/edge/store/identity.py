"""What makes two messages the same one (design §4.4)."""

from __future__ import annotations

import hashlib

from mailhelp.desk.model import Arrival
from mailhelp.edge.store.fields import clean, to_utc_text
from mailhelp.mail.message import Message


def identity(arrival: Arrival, message: Message | None) -> str:
    """A key that is equal for two deliveries of one message.

    It is made of Message-ID, From and Date (RFC 5322 §3.6.4). A message that lacks one of them, or could not be read,
    is known by its bytes only: two different mails must never be taken for one.
    """
    if message is None:
        return f"raw:{arrival.sha256}"
    sender = message.sender.address.key if message.sender.address else ",".join(message.sender.claimed).lower()
    if not (message.message_id and sender and message.date):
        return f"raw:{arrival.sha256}"
    parts = "\0".join((clean(message.message_id), clean(sender), to_utc_text(message.date)))
    return "id:" + hashlib.sha256(parts.encode()).hexdigest()
