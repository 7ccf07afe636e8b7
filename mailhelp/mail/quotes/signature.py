"""Signatures, "sent from my phone" lines and disclaimers below what a person typed. In doubt they stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from mailhelp.mail.quotes import form, marks, words

_MAX_LINES: Final = 12
_MAX_BARE: Final = 6
_MAX_ROUNDS: Final = 6  # one below the other: signature, phone line, notice
_MAX_NOTICE: Final = 80  # lines of a disclaimer
_DELIMITERS: Final = frozenset(("-- ", "--", "---", "— ", "__", "___", "____"))
_LIST_FOOT: Final = re.compile(r"mailing list|mailman|unsubscribe|berhenti berlangganan|https?://|@", re.IGNORECASE)


def _last_text(lines: Sequence[str]) -> int:
    """The index after the last line that is not blank."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return end


def _names_device(text: str) -> bool:
    return any(name in f" {text.lower()} " for name in (*words.DEVICES, " hp ", " lg "))


def _phone(line: str) -> bool:
    text = marks.trim(line).strip("*_").lower()
    if not 6 < len(text) <= 160 or text.endswith("?"):
        return False
    visible = text.partition("<")[0].partition("http")[0].strip(" (.")
    if len(visible) > 90 or "," in visible or not _names_device(visible):
        return False
    return visible.startswith(words.SENT_FROM) or (len(visible) <= 50 and visible.endswith(words.SENT_LAST))


def _phone_start(lines: Sequence[str], end: int) -> int:
    """Where a "sent from" line begins that ends the text (wrapped before the program's name, perhaps), else `end`."""
    if end and _phone(lines[end - 1]):
        return end - 1
    if end < 2 or len(lines[end - 1]) > 160 or not _names_device(lines[end - 1]):
        return end
    return end - 2 if _phone(f"{lines[end - 2].strip()} {lines[end - 1].strip()}") else end


def _delimiter(lines: Sequence[str], end: int) -> int:
    """Where a signature begins that is set off by `-- ` or the like, else `end`."""
    for index in range(end - 1, max(-1, end - 2 - _MAX_LINES), -1):
        line = lines[index]
        if line in _DELIMITERS or line.strip() in ("--", "---"):
            below = [part.strip() for part in lines[index + 1 : end]]
            return index if _is_signature(line, below) else end
        if marks.is_rule(line) and set(line.strip()) <= {"_"} and _LIST_FOOT.search("\n".join(lines[index + 1 : end])):
            return index
    return end


def _is_signature(delimiter: str, below: list[str]) -> bool:
    full = [line for line in below if line]
    if delimiter == "-- ":
        return all(len(line) <= 400 for line in full)
    if len(full) > 8 or not all(len(line) <= 90 for line in full) or form.has_data(full):
        return False
    return not any(line.endswith(("?", "!")) for line in full)


def _hits(lines: Sequence[str]) -> int:
    """How many of a disclaimer's words stand in these lines."""
    text = " ".join(lines)[:8_000].lower()
    return sum(word in text for word in words.DISCLAIMER)


def _disclaimer(lines: Sequence[str], end: int) -> int:
    """Where a disclaimer begins that ends the text, else `end`."""
    start = max(0, end - _MAX_NOTICE)
    first = next((i for i in range(start, end) if _starred(lines[i]) and _hits(lines[i:end]) >= 2), end)
    if first == end:
        first = _notice(lines, start, end)
    while first < end and first and (not lines[first - 1].strip() or marks.is_rule(lines[first - 1])):
        first -= 1
    return first


def _notice(lines: Sequence[str], start: int, end: int) -> int:
    """Where the last paragraphs (from line `start` on) become a notice that begins like one, else `end`."""
    first = stop = end
    while stop > start:
        begin = stop
        while begin > start and lines[begin - 1].strip():
            begin -= 1
        hits = _hits(lines[begin:stop])
        if not hits:
            break
        if hits >= 2 and _opens_notice(lines[begin]):
            first = begin
        stop = _last_text(lines[:begin])
    return first


def _opens_notice(line: str) -> bool:
    return line.strip(" \t*_-=#\"'([").lower().startswith(words.NOTICE)


def _starred(line: str) -> bool:
    return line.count("*") >= 20 and marks.is_rule(line)


def cut(lines: Sequence[str], *, alone: bool = True) -> int:
    """How many of these lines remain when what stands below the typed text is taken off.

    `alone`: these lines are all there is, so a notice that nothing stands above is kept as text.
    """
    end = _last_text(lines)
    for _ in range(_MAX_ROUNDS):
        before = end
        first = _disclaimer(lines, end)
        end = _last_text(lines[: first if first or not alone else end])
        for look in (_phone_start, _delimiter):
            end = _last_text(lines[: look(lines, end)])
        if end == before:
            break
    return end


def is_closing(line: str) -> bool:
    """Whether a line is a closing such as "Salam," or "Best regards"."""
    text = line.strip().lower()
    return len(text) <= 45 and any(text.startswith(word) for word in words.CLOSINGS)


def has_bare(lines: Sequence[str]) -> bool:
    """Whether a block that may be a signature without a separator follows the closing and the name."""
    end = _last_text(lines)
    for index in range(end - 1, max(-1, end - 16), -1):
        if is_closing(lines[index]):
            return _is_bare_block([line.strip() for line in lines[index + 1 : end]])
    return False


def _is_bare_block(below: list[str]) -> bool:
    while below and not below[0]:
        below = below[1:]
    if "" not in below:
        return False
    rest = [line for line in below[below.index("") :] if line]
    return 0 < len(rest) <= _MAX_BARE and all(
        len(line) <= 60 and not line.endswith((".", "?", "!", ":")) for line in rest
    )
