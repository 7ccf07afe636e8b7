"""Mails that a person passed on: the remark above, who wrote the original, and the original itself.

Only forwards inside the text; an attached message (`message/rfc822`) is a part of its own. Linear in the mail's size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from mailhelp.mail.html import MARK, to_lines
from mailhelp.mail.message import Address
from mailhelp.mail.quotes import attribution, marks

_MAX_LINES: Final = 20_000
_MAX_TRIES: Final = 2_000
_FORWARD_PREFIX: Final = re.compile(
    r"^\s*(?:fwd?|wg|tr|rv|i|enc|vs|vb|vl|pd|redir\.?|res?end|doorst|trs|ilt|továbbítás|továbbított|yönlendirilen|doorgestuurd|"
    r"videresendt|vidarebefordrat|переслать|пересл|пер|转发|轉寄|転送|전달|přep|prep|přeposláno|preposlané|prosl|proslijeđeno|"
    r"terusan|diteruskan|teruskan|fs)\s?[:：]",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"[^\s@<>()\[\]:;,\"'*]{1,80}@[^\s@<>()\[\]:;,\"'*]{2,120}")
_END: Final = re.compile(r"^-{2,}\s*end (?:of )?forwarded message\s*-{2,}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Forward:
    """A forwarded mail. `sender.addr` is empty where the client names no address; the other texts are as printed."""

    comment: str
    sender: Address
    date: str
    subject: str
    to: str
    body: str


def find(text: str, html: str = "", subject: str | None = None) -> Forward | None:
    """The forward that a mail's text holds, or None.

    `html` is used where the text is empty. Clients that print only a block of header fields do so for replies too: then
    the mail's own `subject` ("Fw: ...") decides; without one (None) such a block counts as a forward.
    """
    lines = text.replace("\0", "").replace("\r\n", "\n").split("\n", _MAX_LINES)
    if not text.strip() and html.strip():
        lines = [line for line in to_lines(html, quotes=True) if line != MARK]
    tries = 0
    first = next((index for index, line in enumerate(lines) if not _empty(line)), len(lines))
    for index, line in enumerate(lines):
        if not line or line.isspace() or len(line) > 4 * marks.MAX_LINE:
            continue
        found = _at(lines, index, subject, meant=_is_forward(subject, nothing_above=index <= first))
        if found is not None:
            return found
        tries += ":" in line or "-" in line
        if tries > _MAX_TRIES:
            return None
    return None


def _empty(line: str) -> bool:
    """Whether a line says nothing: only quote marks and space, or drawn."""
    return not line.strip("> \t\xa0") or marks.is_drawn(marks.unquoted(line))


def _at(lines: Sequence[str], index: int, subject: str | None, *, meant: bool) -> Forward | None:
    """The forward whose first mark is this line; `meant` says whether marks that replies have as well count."""
    line = marks.unquoted(lines[index]) if marks.is_quoted(lines[index]) else lines[index]
    first, *rest = marks.unroll(line)
    kind = marks.banner(first)
    if kind == "forward" or (kind == "original" and meant):
        return _after_banner(lines, index, first, rest)
    if kind or not meant:
        return None
    if attribution.begins_block(line):
        block = attribution.headers(_body(lines[index : index + attribution.MAX_HEADERS], 0), 0)
        if block and block[0].score == 2:
            return _forward(lines, index, block[1], _body(lines, index)[block[0].end :])
    return _attributed(lines, index, subject or "")


def _is_forward(subject: str | None, *, nothing_above: bool) -> bool:
    """Whether a mark that replies have as well stands for a forward here."""
    if subject is None or _FORWARD_PREFIX.match(subject):
        return True
    return nothing_above and not subject.lower().lstrip().startswith("re:")


def _after_banner(lines: Sequence[str], index: int, banner: str, rest: Sequence[str]) -> Forward | None:
    kind = marks.banner(banner)
    if kind == "original" and not rest and not _has_field(lines, index + 1):
        return None
    body = _body(lines, index + 1)
    fields = rest or body
    start = next((step for step, line in enumerate(fields) if line.strip()), 0)
    block = attribution.headers(fields, start) if fields else None
    if block:
        return _forward(lines, index, block[1], body if rest else body[block[0].end :])
    if kind != "forward":
        return None
    inner = banner.strip("-* :")
    return _forward(lines, index, {"from": _named(inner)}, body)


def _has_field(lines: Sequence[str], start: int) -> bool:
    """Whether the next line with text is a printed header field."""
    line = next((line for line in islice(lines, start, start + 5) if line.strip("> ")), "")
    return attribution.begins_block(marks.unquoted(line))


def _named(banner: str) -> str:
    """Whom "Forwarded message from NAME on DATE" names."""
    for word in (" from ", " dari ", " von ", " de "):
        _, found, name = banner.partition(word)
        if found:
            return re.split(r" on \w{3} ", name)[0]
    return ""


def _attributed(lines: Sequence[str], index: int, subject: str) -> Forward | None:
    """Outlook's second form: an attribution line above, only with a subject that says "forwarded"."""
    found = attribution.find(lines, index) if _FORWARD_PREFIX.match(subject) else None
    if not found or found.score < 2 or found.start != index:
        return None
    opening = " ".join(lines[found.start : found.end])
    named = {"from": _before_address(opening), "subject": _FORWARD_PREFIX.sub("", subject).strip()}
    return _forward(lines, index, named, [line.strip() for line in _body(lines, found.end)])


def _before_address(opening: str) -> str:
    """The last part of an attribution that ends with its address: name and address."""
    match = _ADDRESS.search(opening)
    if not match:
        return ""
    before = opening[: match.start()].rstrip(" <([")
    if before.endswith('"'):
        name = before[:-1].rpartition('"')[2]
        return f"{name} <{match[0]}>"
    words = re.split(r"\d,? |, ", before)[-1].split()
    while words and words[0].islower():
        del words[0]
    return " ".join((*words, f"<{match[0]}>"))


def _body(lines: Sequence[str], start: int) -> list[str]:
    """The lines from here on, without their quote mark if the original is quoted."""
    rest = list(lines[start:])
    first = next((line for line in rest if line.strip()), "")
    return [marks.unquoted(line) for line in rest] if marks.is_quoted(first) else rest


def _forward(lines: Sequence[str], index: int, keys: dict[str, str], body: Sequence[str]) -> Forward:
    kept = [line for line in body if not _END.match(line.strip())]
    return Forward(
        comment=_comment(lines[:index]),
        sender=_sender(keys.get("from", "")),
        date=keys.get("sent") or keys.get("date") or "",
        subject=keys.get("subject", ""),
        to=keys.get("to", ""),
        body="\n".join(kept).strip("\ufeff\u200b \n"),
    )


def _comment(lines: Sequence[str]) -> str:
    end = len(lines)
    while end and _empty(lines[end - 1]):
        end -= 1
    return "\n".join(lines[:end]).strip()


def _sender(value: str) -> Address:
    """Name and address from a printed From line; the name is for showing only."""
    found = _ADDRESS.search(value)
    if not found:
        return Address("", " ".join(value.split()).strip("*\"' <>"))
    name = " ".join(value[: found.start()].split()).strip("*\"' <>([").removesuffix("mailto:").strip("*\"' <>([")
    local, _, domain = found[0].strip(".").rpartition("@")
    return Address(f"{local}@{domain.lower()}", name)
