"""What stands behind a command's name: numbers, addresses, times, names. Each reader raises `BadArgument`."""

from __future__ import annotations

import re
from datetime import date, timedelta

from mailhelp.desk.command_words import NAMES, near, spelt
from mailhelp.desk.formvalue import addresses
from mailhelp.errors import nearest

PRIORITIES = {
    "low": ("rendah",),
    "normal": ("biasa", "sedang"),
    "high": ("tinggi",),
    "urgent": ("mendesak", "segera"),
}
CLOSE_REASONS = {
    "answered": ("selesai", "terjawab"),
    "withdrawn": ("dicabut", "batal"),
    "duplicate": ("ganda", "duplikat"),
    "spam": ("sampah",),
    "silence": ("diam",),
}
MAX_WAIT = timedelta(days=90)
MAX_NUMBERS = 30
"""Reports that one command closes at most."""

_NUMBER = re.compile(r"#?(\d{7})")
_TAG = re.compile(r"([+-]?)([^\W_][\w.-]{0,60})")
_SETTING = re.compile(r"([^=\s]{1,60})\s*=\s*(.*)", re.DOTALL)
_VALUE = re.compile(r'(\w{1,60})=("[^"]*"|[^\s"]+)')
_TIME = re.compile(r"(\d{1,4})\s*([a-z]+)", re.IGNORECASE)
_HOURS = {
    **dict.fromkeys(("h", "j", "jam", "hour", "hours"), 1),
    **dict.fromkeys(("d", "hari", "day", "days"), 24),
    **dict.fromkeys(("w", "m", "minggu", "pekan", "week", "weeks"), 24 * 7),
}
_UNTIL = re.compile(
    r"(?:(?:until|till|sampai|hingga|s/d)\s+)?(?:(\d{4}-\d{2}-\d{2})|(\d{1,2})([/.-])(\d{1,2})\3(\d{4}))", re.IGNORECASE
)


class BadArgument(Exception):  # noqa: N818 - a person's slip
    """Why an argument cannot be used; `code` is stable, the others are what may be said about it."""

    def __init__(self, code: str, allowed: str = "", close: str = "") -> None:
        super().__init__(code)
        self.code, self.allowed, self.nearest = code, allowed, close


def nothing(rest: str) -> None:
    """No argument at all."""
    if rest:
        raise BadArgument("takes-nothing")


def some(rest: str) -> str:
    """Words, at least one; blanks count once."""
    text = " ".join(rest.split())
    if not text:
        raise BadArgument("needs-more")
    return text


def number(rest: str) -> int:
    """A report number: `2164001`, `#2164001`."""
    found = _NUMBER.fullmatch(rest.strip())
    if not found:
        raise BadArgument("not-a-number")
    return int(found[1])


def address(rest: str) -> str:
    """Exactly one mail address; clients write `a@b <mailto:a@b>`."""
    found = addresses(rest)
    if len(found) != 1 or not found[0].rpartition("@")[2].count("."):
        raise BadArgument("not-an-address")
    local, _, domain = found[0].rpartition("@")
    return f"{local}@{domain.lower()}"


def pair(rest: str) -> tuple[str, str]:
    """`category / subcategory`, the second one optional."""
    first, slash, second = (part.strip() for part in " ".join(rest.split()).partition("/"))
    if not first or (slash and not second):
        raise BadArgument("needs-more")
    return first, second


def _choice(rest: str, known: dict[str, tuple[str, ...]]) -> str:
    word = rest.strip().lower()
    for name, others in known.items():
        if word == name or word in others:
            return name
    spellings = [text for name, others in known.items() for text in (name, *others)]
    allowed = ", ".join("/".join((name, *others[:1])) for name, others in known.items())
    raise BadArgument("not-one-of", allowed, nearest(word, spellings))


def priority(rest: str) -> str:
    """low, normal, high, urgent; rendah, biasa, tinggi, mendesak."""
    return _choice(rest, PRIORITIES)


def closing(rest: str) -> tuple[str, tuple[int, ...]]:
    """The value of a `CloseReason` (without one the report was answered), and the reports that are named, if any."""
    parts = rest.replace(",", " ").split()
    named = dict.fromkeys(number(part) for part in parts if part.lstrip("#").isdigit())
    if len(named) > MAX_NUMBERS:
        raise BadArgument("too-many-numbers", str(MAX_NUMBERS))
    reason = " ".join(part for part in parts if not part.lstrip("#").isdigit())
    return (_choice(reason, CLOSE_REASONS) if reason else "answered"), tuple(named)


def tags(rest: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`+a -b c`: what is added (sign or none) and what is removed."""
    found = [_TAG.fullmatch(word) for word in rest.replace(",", " ").split()]
    if not found or None in found:
        raise BadArgument("not-tags")
    signed = [(one[1], one[2].lower()) for one in found if one]
    add = dict.fromkeys(name for sign, name in signed if sign != "-")
    remove = dict.fromkeys(name for sign, name in signed if sign == "-")
    if add.keys() & remove.keys():
        raise BadArgument("not-tags")
    return tuple(add), tuple(remove)


def setting(rest: str) -> tuple[str, str]:
    """`name=value`; the value may be empty."""
    found = _SETTING.fullmatch(rest.strip())
    if not found:
        raise BadArgument("not-a-setting")
    return found[1], found[2].strip()


def names(rest: str) -> tuple[str, ...]:
    """Names between commas."""
    found = tuple(dict.fromkeys(name for part in rest.split(",") if (name := " ".join(part.split()))))
    if not found:
        raise BadArgument("needs-more")
    return found


def duration(rest: str) -> timedelta:
    """`3d`, `3 hari`, `12h`, `2 minggu`: at least an hour, at most 90 days."""
    found = _TIME.fullmatch(rest.strip())
    hours = _HOURS.get(found[2].lower(), 0) * int(found[1]) if found else 0
    if not 0 < hours <= MAX_WAIT.days * 24:
        raise BadArgument("not-a-time")
    return timedelta(hours=hours)


def until(rest: str) -> date | None:
    """`until 2026-12-01`, `sampai 1/12/2026` (the day first), the date alone, or nothing."""
    if not rest.strip():
        return None
    found = _UNTIL.fullmatch(" ".join(rest.split()))
    try:
        if found and found[2]:
            return date(int(found[5]), int(found[4]), int(found[2]))
        return date.fromisoformat(found[1] if found else "")
    except ValueError:
        raise BadArgument("not-a-date") from None


def template(rest: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """`NAME key=value key="two words"`."""
    name, _, more = rest.strip().partition(" ")
    if not name or _VALUE.sub("", more).strip():
        raise BadArgument("not-a-template")
    values = {key: value.strip('"') for key, value in _VALUE.findall(more)}
    return name, tuple(values.items())


def topic(rest: str) -> str:
    """The English name of a command, or nothing."""
    word = rest.strip().removeprefix("#")
    if not word:
        return ""
    name = spelt(word)
    if not name:
        raise BadArgument("unknown", ", ".join(f"#{one}" for one in NAMES), near(word))
    return name
