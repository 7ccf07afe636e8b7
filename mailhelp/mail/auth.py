"""What our own border says about the sender: Authentication-Results (RFC 8601), and only that of our border.

Anybody can write such a field. One counts only if it names a configured authserv-id, stands above the first Received
field that is not ours (RFC 8601 §5, §7.1), and is the topmost that does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailhelp.mail import header
from mailhelp.mail.message import Authentication, ReadOptions
from mailhelp.mail.parsed import Hop

_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]+)", re.IGNORECASE)
_FROM = re.compile(r"^\s*from\s+([^\s;()]+)", re.IGNORECASE)
_RESULT = re.compile(r"\s*(dmarc|spf|dkim)(?:\s*/\s*\d+)?\s*=\s*([a-z]+)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_MAX_FIELDS = 500


def _own_hop(value: str) -> Hop:
    """A Received field read without the library, for when it gave no answer."""
    text = header.uncommented(header.as_text(value))
    by, sender = _BY.search(text), _FROM.search(text)
    return Hop(by[1].lower() if by else "", sender[1].lower() if sender else "")


def _same(name: str, names: Iterable[str]) -> bool:
    """Whether a host name is one of ours. `2002:a05:*` stands for all that begin so: some hosts number their relays."""
    host = name.rstrip(".").lower()
    return any(_fits(host, ours.lower()) for ours in names)


def _fits(host: str, ours: str) -> bool:
    return host.startswith(ours[:-1]) if ours.endswith("*") else host == ours.rstrip(".")


def _candidates(fields: Sequence[tuple[str, str]], hops: Sequence[Hop], options: ReadOptions) -> Iterable[str]:
    """The Authentication-Results fields that stand where only our servers can have written.

    That zone ends at the first Received field of a stranger, and at the second one below our border: the hop by which
    one of ours took the mail from somebody who is not ours is the last that we wrote.
    """
    number, passed_border = 0, False
    for name, value in fields[:_MAX_FIELDS]:
        field = name.lower()
        if field == "received":
            hop = hops[number] if number < len(hops) and hops[number].by else _own_hop(value)
            number += 1
            if passed_border or not _same(hop.by, options.own_relays):
                return
            passed_border = bool(hop.sender) and not _same(hop.sender, options.own_relays)
        elif field == "authentication-results":
            yield value


def _results(text: str) -> dict[str, str]:
    """The result of each method. Of several signatures one pass is enough (RFC 8601 §2.3).

    Two results for dmarc that differ mean that somebody else wrote into the field: then it is no pass.
    """
    found: dict[str, str] = {}
    for clause in text.split(";")[1:]:
        if match := _RESULT.match(clause):
            method, result = match[1].lower(), match[2].lower()
            if method not in found or (method == "dmarc") == (found[method] == "pass"):
                found[method] = result
    return found


def read(fields: Sequence[tuple[str, str]], hops: Sequence[Hop], options: ReadOptions) -> Authentication:
    """What our border found. `fields` are name and raw value from the top; `hops` its Received fields in that order.

    Without a field that counts the answer is an Authentication that is not trusted and holds no results.
    """
    if not options.authserv_ids:
        return Authentication()
    wanted = {name.lower(): name for name in options.authserv_ids}
    for value in _candidates(fields, hops, options):
        text = _QUOTED.sub(" ", header.uncommented(header.clean(header.as_text(value))))
        words = text.partition(";")[0].split()
        if not words or words[0].lower() not in wanted or len(words) > 2 or words[1:] not in ([], ["1"]):
            continue
        found = _results(text)
        return Authentication(
            trusted=True,
            authserv_id=words[0].lower(),
            dmarc=found.get("dmarc", ""),
            spf=found.get("spf", ""),
            dkim=found.get("dkim", ""),
        )
    return Authentication()
