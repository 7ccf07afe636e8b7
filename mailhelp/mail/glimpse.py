"""What a short look at the head of a mail tells, for mails that cannot be read: whose it may be, and what it answers.

Nothing here is a proof, and nothing is done in a sender's name for it: it only says what must not be ruled out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailhelp.mail.address import read_from
from mailhelp.mail.header import message_ids
from mailhelp.mail.token import named

HEAD = 262_144
"""Bytes of a mail that are looked at."""
FROM = 8_000
"""Characters of From that are read; what is longer could be anybody's."""
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_IDS = ("in-reply-to", "references")


@dataclass(frozen=True, slots=True)
class Glimpse:
    """`senders` are all addresses that stand in From, lower case; None: it could be anybody's.

    `ids` are the Message-IDs that it refers to, `tickets` the report numbers in anything that looks like a token.
    """

    senders: frozenset[str] | None = None
    ids: tuple[str, ...] = ()
    tickets: frozenset[int] = frozenset()

    def is_from(self, addresses: frozenset[str]) -> bool:
        """Whether it may come from one of these addresses (lower case)."""
        return self.senders is None or bool(self.senders & addresses)


def glimpse(raw: bytes) -> Glimpse:
    """Look at the head of a mail (RFC 5322 §2.2), of which `raw` is the beginning. Never raises; linear."""
    head = _END.split(raw[:HEAD], maxsplit=1)[0].decode("utf-8", "surrogateescape")
    lines = _FOLD.sub(" ", head).splitlines()
    fields = [(name.strip().lower(), value) for name, colon, value in (line.partition(":") for line in lines) if colon]
    values = [value for name, value in fields if name == "from"]
    claimed = frozenset(read_from(values).claimed if sum(map(len, values)) <= FROM else ())
    ids = (found for name, value in fields if name in _IDS for found in message_ids(value))
    return Glimpse(claimed or None, tuple(dict.fromkeys(ids)), named(head))
