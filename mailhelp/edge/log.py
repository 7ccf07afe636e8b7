"""Logging to stderr, as text for people or JSON for machines, with identity numbers and secrets masked.

Say what a line concerns by `extra`: `log.info("...", extra={"ticket": 2164242})`; known fields are `ticket`, `arrival`
and `account`. Everything that leaves, tracebacks of libraries too, goes through `mask`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Literal, TextIO

FIELDS = ("ticket", "arrival", "account")

_LONGEST = 10_000
"""Characters of a message that are kept; what follows is of no use in a log."""

# Every repetition is bounded, so that hostile text costs no more than other text.
_SECRETS = re.compile(
    r"""(?ix)
    \b(?P<key> [\w-]{0,40}(?:password|passwd|secret|token) | kata[ ]sandi ) ["']?
      \s{0,5} [=:] \s{0,5} (?P<quote>["']?) (?!//) [^\s"',;&]+
    | \b(?P<scheme> Authorization:\s?\w{1,20} | Bearer | AUTH\s(?:XOAUTH2|OAUTHBEARER|PLAIN|LOGIN) )
      \s [A-Za-z0-9+/=._~-]{4,}
    | (?P<sasl> user=[^\x01\s]{0,320}\x01auth= ) [^\x01]+
    | (?P<url> \b[a-z][a-z0-9+]{1,20}://[^\s:/@]{0,100} : ) [^\s/@]{1,200} (?=@)
    """
)
# A signed token (mail.token): its last part is the proof, the others only name the ticket and the person.
_TOKENS = re.compile(r"(?i)\b([rcb][a-z0-9]{1,8}-[0-9a-z]{1,7}-[0-9a-z]{1,3}-)[0-9a-z]{16}(?![0-9a-z])")
# XOAUTH2 as it travels: base64 of "user=".
_BASE64 = re.compile(r"dXNlcj[0-9A-Za-z+/]{8,}={0,2}")
# NIK and NUPTK have 16 digits, NISN 10; a phone number begins with +62, 62 or 0. Report numbers (7) and NPSN (8) stay,
# and so do digits inside words and Message-IDs.
_NUMBERS = re.compile(
    r"(?<![\w<.])(?:(?:\+62|62|0)[ .-]?8\d{1,2}(?:[ .-]?\d{2,5}){2,3}|\d{4}([ .-]?)\d{4}\1\d{4}\1\d{4}|\d{10})"
    r"(?![\w.]{0,80}@)(?!\w)"
)


def mask(text: str) -> str:
    """The text without secrets and identity numbers; of a number its last three digits stay. Linear in its length."""
    text = _SECRETS.sub(_hide_secret, text)
    text = _TOKENS.sub(r"\1***", text)
    text = _BASE64.sub("***", text)
    return _NUMBERS.sub(_hide_number, text)


def _hide_secret(match: re.Match[str]) -> str:
    if match["key"]:
        return f"{match['key']}={match['quote']}***"
    kept = match["scheme"] or match["sasl"] or match["url"]
    return f"{kept} ***" if match["scheme"] else f"{kept}***"


def _hide_number(match: re.Match[str]) -> str:
    return "***" + match[0][-3:]


class TextFormatter(logging.Formatter):
    """One line a record, its fields behind it: `2026-11-24 01:02:03Z warning smtp: ... (account=smtp)`."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text, masked."""
        at = datetime.fromtimestamp(record.created, UTC)
        fields = " ".join(f"{name}={value}" for name, value in _fields(record).items())
        line = f"{at:%Y-%m-%d %H:%M:%S}Z {record.levelname.lower()} {_area(record)}: {_message(record)}"
        return mask(line + (f" ({fields})" if fields else "") + _trouble(self, record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: at, level, area, message, the fields, and `trouble` for a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as JSON, masked before it is encoded."""
        data: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "area": _area(record),
            "message": mask(_message(record)),
            **_fields(record),
        }
        if trouble := _trouble(self, record):
            data["trouble"] = mask(trouble).strip()
        return json.dumps(data, ensure_ascii=False, default=str)


def set_up(form: Literal["text", "json"] = "text", level: str = "info", stream: TextIO | None = None) -> None:
    """Send all logging of this process to `stream` (default: stderr), replacing what was there."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for chatty in ("schedule", "asyncio", "imapclient", "mailparser", "peewee", "pymap", "mail.log"):  # peewee: all SQL
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _area(record: logging.LogRecord) -> str:
    """`mailhelp.edge.smtp` is `smtp` to people."""
    return record.name.rpartition(".")[2] if record.name.startswith("mailhelp") else record.name


def _fields(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}


def _message(record: logging.LogRecord) -> str:
    """The message on one line: no text from a mail or a server can forge a line of the log."""
    text = record.getMessage()
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
    return text if text.isprintable() else "".join(char if char.isprintable() else " " for char in text)


def _trouble(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return "\n" + formatter.formatException(record.exc_info) if record.exc_info else ""
