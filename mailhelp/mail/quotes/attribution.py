"""Attribution lines ("On ... wrote:") that clients wrap over several lines, and blocks of header fields."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from mailhelp.mail.quotes import marks

MAX_HEADERS: Final = 40  # lines of a block of header fields
_MAX_SENDERS: Final = 2  # From and Sender; at the next one another block has begun
_MAX_UNKNOWN: Final = 6  # fields of a block whose names are not known
_MAX_BEFORE_FROM: Final = 12  # lines of a block before its From
_ENDS: Final = (":", "：", ">", ")", "-", "*")


@dataclass(frozen=True, slots=True)
class Found:
    """A mark found in lines `start` to `end` (not included); `score` is 1 for "maybe", 2 for "surely"."""

    start: int
    end: int
    score: int


def find(lines: Sequence[str], last: int) -> Found | None:
    """An attribution whose last line is `lines[last]`, looking back over at most four lines."""
    if len(lines[last]) > marks.MAX_LINE or not marks.trim(lines[last]).endswith(_ENDS):
        return None
    joined, below = "", ""
    best: Found | None = None
    for start in range(last, max(-1, last - marks.MAX_JOINED), -1):
        line = lines[start].strip()
        if not line and best is None:
            break
        if marks.is_quoted(line) or len(line) > marks.MAX_LINE:
            break
        if not line:
            continue
        joined = f"{line} {joined}".strip()
        score = marks.attribution(joined)
        if score and (best is None or _belongs(line, below, apart=not lines[start + 1].strip())):
            best = Found(start, last + 1, max(score, best.score if best else 0))
        elif best is not None:
            break
        if best is not None:
            if _complete(joined):
                break
            below = joined
    return best or _introduction(lines, last)


def _complete(joined: str) -> bool:
    """Whether the attribution begins as one does and says when: nothing above it can belong to it."""
    return marks.opens(joined) and (marks.has_date(joined) or marks.has_time(joined))


def _belongs(line: str, below: str, *, apart: bool) -> bool:
    """Whether a line is the first part of the attribution that goes on `below` (after an empty line, if `apart`)."""
    dated = marks.has_year(line) or marks.has_time(line)
    if line.endswith((".", "!", "?")) and not (dated and marks.opens(line)):
        return False
    if marks.opens(line) and dated:
        return True
    if apart:
        return False
    if below.startswith(("<", "(")) or marks.opens(line):
        return True
    if dated and not (marks.has_date(below) or marks.has_time(below)):
        return True
    return marks.has_email(line) and not marks.has_email(below)


def _introduction(lines: Sequence[str], last: int) -> Found | None:
    """A line of an unknown language that introduces the quoted lines which follow directly."""
    below = next((line for line in lines[last + 1 : last + 3] if line.strip()), "")
    start = introduction(lines, last) if marks.is_quoted(below) else None
    return None if start is None else Found(start, last + 1, 1)


def introduction(lines: Sequence[str], last: int) -> int | None:
    """Where words of any language begin that end in line `last` with a colon and name an address, or date and time."""
    joined = ""
    for start in range(last, max(-1, last - 3), -1):
        line = lines[start].strip()
        if not line or len(line) > marks.MAX_LINE or marks.is_quoted(line):
            return None
        joined = f"{line} {joined}".strip()
        if marks.introduces(joined) and not joined.startswith(("<", "(")):
            return start
    return None


def headers(lines: Sequence[str], start: int) -> tuple[Found, dict[str, str]] | None:
    """A block of header fields that begins at `start`: From and two more. Values may be wrapped.

    Names of fields that are not known are understood by their values: `Name <address>` first, an address, a date with a
    time of day.
    """
    keys: dict[str, str] = {}
    index, end, key = start, start, ""
    wrapped = blanks = senders = unknown = 0
    while index < len(lines) and index - start < (MAX_HEADERS if "from" in keys else _MAX_BEFORE_FROM):
        line = lines[index]
        known = marks.field(line)
        named = known or (_by_value(lines, index, keys) if unknown < _MAX_UNKNOWN else None)
        if named:
            key = named[0]
            senders += key == "from"
            unknown += known is None
            if senders > _MAX_SENDERS:
                break
            keys.setdefault(key, named[1])
            wrapped = blanks = 0
            end = index + 1
        elif not line.strip():
            blanks += 1
            if blanks > 1 or index == start:
                break
        elif not key or blanks or wrapped >= 6 or not _continues(lines, index, key, keys[key]):
            break
        else:
            wrapped += 1
            keys[key] = f"{keys[key]} {line.strip()}".strip()
            end = index + 1
        index += 1
    if "from" not in keys or len(keys.keys() - {"other"}) < 3:
        return None
    if not marks.field(lines[start]) and ("to" not in keys or keys.keys().isdisjoint(("sent", "date"))):
        return None
    return Found(start, end, _weigh(keys)), keys


def begins_block(line: str) -> bool:
    """Whether a block of header fields may begin with this line: a known field, or any name with `Name <address>`."""
    if marks.field(line):
        return True
    found = marks.labelled(line) if "@" in line else None
    return found is not None and marks.names_mailbox(found[1])


def _by_value(lines: Sequence[str], index: int, keys: Collection[str]) -> tuple[str, str] | None:
    """The key that fits the value of a field whose name is not known, and the value; None where nothing fits."""
    found = marks.labelled(lines[index])
    if found is None:
        return None
    value, dated = found[1], "sent" in keys or "date" in keys
    if "from" not in keys:
        return ("from", value) if marks.names_mailbox(value) else None
    if _is_moment(value):
        return ("other" if dated else "sent"), value
    if marks.has_email(value):
        return ("other" if "to" in keys else "to"), value
    below = lines[index + 1] if index + 1 < len(lines) else ""
    ends = not below.strip() and dated and "to" in keys
    return ("subject", value) if "subject" not in keys and (ends or _is_field(below)) else None


def _is_field(line: str) -> bool:
    """Whether a line is a header field, by its name or by its value."""
    found = marks.labelled(line)
    return marks.field(line) is not None or (found is not None and (_is_moment(found[1]) or marks.has_email(found[1])))


def _is_moment(value: str) -> bool:
    return marks.has_date(value) and marks.has_time(value)


def _continues(lines: Sequence[str], index: int, key: str, value: str) -> bool:
    """Whether a line carries on the header value above it: indented, or the value is open, or a field follows."""
    line = lines[index]
    if len(line) > marks.MAX_LINE:
        return False
    if line[:1] in " \t" or not value or value.endswith((",", ";", "<", "(")):
        return True
    follows = index + 1 < len(lines) and marks.field(lines[index + 1]) is not None
    return follows or (key != "subject" and len(value) > 55 and "@" in line)


def _weigh(keys: dict[str, str]) -> int:
    """Whether a program wrote the block: it names an address or a time, or says "Sent"."""
    address = marks.has_email(keys["from"]) or marks.has_email(keys.get("to", ""))
    dated = keys.get("sent") or keys.get("date") or ""
    return 2 if address or ("sent" in keys and marks.has_date(dated)) or marks.has_time(dated) else 1
