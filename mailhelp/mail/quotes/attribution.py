"""Attribution lines ("On ... wrote:") that clients wrap over several lines, and blocks of header fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mailhelp.mail.quotes import marks

_ENDS = (":", "：", ">", ")", "-", "*")


@dataclass(frozen=True, slots=True)
class Found:
    """A mark found in lines `start` to `end` (not included); `score` is 1 for "maybe", 2 for "surely"."""

    start: int
    end: int
    score: int
    how: str


def find(lines: Sequence[str], last: int) -> Found | None:
    """An attribution whose last line is `lines[last]`, looking back over at most four lines."""
    if not lines[last].rstrip().endswith(_ENDS) or len(lines[last]) > marks.MAX_LINE:
        return None
    joined = ""
    best: Found | None = None
    for start in range(last, max(-1, last - marks.MAX_JOINED), -1):
        line = lines[start].strip()
        if (not line and start == last) or marks.is_quoted(line) or len(line) > marks.MAX_LINE:
            break
        if not line and (best is None or start < last - 3):
            break
        joined = f"{line} {joined}".strip()
        if not line:
            continue
        better = _better(joined, line, start, last, best)
        if better is not None:
            best = better
        if best is not None and marks.opens(lines[best.start]) and best.start == start:
            break
    return best


def _better(joined: str, line: str, start: int, last: int, best: Found | None) -> Found | None:
    """The attribution that reaches up to this line, if taking it in is an improvement."""
    score = marks.attribution(joined)
    if not score:
        return None
    if best is None:
        return Found(start, last + 1, score, "attribution")
    begins = marks.opens(line) and (marks.has_date(joined) or marks.has_time(joined))
    if begins and not line.endswith((".", "!", "?")):
        return Found(start, last + 1, max(score, best.score), "attribution")
    return None


def headers(lines: Sequence[str], start: int) -> tuple[Found, dict[str, str]] | None:
    """A block of header fields that begins at `start`: From and two more. Values may be wrapped."""
    keys: dict[str, str] = {}
    index, end, key = start, start, ""
    wrapped = blanks = 0
    while index < len(lines) and index - start < 40:
        line = lines[index]
        named = marks.field(line)
        if named:
            key = named[0]
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
    return Found(start, end, _weigh(keys), "headers"), keys


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
