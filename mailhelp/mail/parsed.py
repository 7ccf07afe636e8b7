"""The one place that knows the mail-parser library.

It reads Received hops, the date and header defects, where it is better than the standard library. It may fail on
any mail (a truncated multipart is enough), so each call is guarded and nothing depends on its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message as Mail
from typing import Any

import mailparser
import mailparser.core
import mailparser.utils

from mailhelp.mail import header

MAX_DEFECTS = 20
# Above this the library gets the header alone: it holds a second copy of each attachment as base64.
_WHOLE_BYTES = 1_000_000

# The library reports what it finds odd in somebody's mail as warnings of the program; they are kept as defects.
mailparser.core.log.disabled = True
mailparser.utils.log.disabled = True


@dataclass(frozen=True, slots=True)
class Hop:
    """One Received field: who took the mail (`by`) and from whom, as written, lower case, first word only."""

    by: str
    sender: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What mail-parser says. `hops` are in the order of the header (our own server first)."""

    date: datetime | None = None
    hops: tuple[Hop, ...] = ()
    defects: tuple[str, ...] = ()


def _header_alone(mail: Mail) -> Mail:
    """The same header without a body, and without the fields that speak of one."""
    alone = Mail(policy=mail.policy)
    for name, value in mail.raw_items():
        if not name.lower().startswith("content-"):
            alone.set_raw(name, value)
    alone.set_payload("")
    return alone


def _first_word(value: object) -> str:
    """The host name that begins a clause."""
    words = str(value or "").split()
    return words[0].strip("()[];,").lower() if words else ""


def _defects(parser: Any) -> tuple[str, ...]:
    """The defects as short sentences, without repeats."""
    found = (header.clean(str(text)[:200]) for entry in parser.defects for text in next(iter(entry.values()), ()))
    return tuple(dict.fromkeys(found))[:MAX_DEFECTS]


def _utc(value: object) -> datetime | None:
    """The date as aware UTC."""
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _facts(mail: Mail) -> Facts:
    """What the library says of this tree. Raises whatever it raises."""
    parser = mailparser.MailParser(mail)
    hops = tuple(Hop(_first_word(hop.get("by")), _first_word(hop.get("from"))) for hop in reversed(parser.received))
    return Facts(_utc(parser.date), hops, _defects(parser))


def facts(mail: Mail, size: int) -> Facts:
    """What mail-parser says of a mail of `size` bytes; where it fails, what it says of the header; else nothing."""
    failures: list[str] = []
    for tree in [mail, None] if size <= _WHOLE_BYTES else [None]:
        try:
            found = _facts(_header_alone(mail) if tree is None else tree)
        except Exception as error:  # noqa: BLE001 - any mail may make the library raise anything
            failures.append(f"mail-parser: {type(error).__name__}")
        else:
            return Facts(found.date, found.hops, (*failures, *found.defects))
    return Facts(defects=tuple(failures))
