"""Pictures within the text: those that somebody put there, apart from the logos of signatures and of quoted mails.

A screenshot that is pasted into a mail and a logo look the same in MIME (RFC 2387, RFC 2392). What tells them apart is
where the HTML shows them: among the new text, or below it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailhelp.mail import header, quote

LEAST = 4_096
"""Bytes below which a picture is decoration wherever it stands: icons, smileys, lines."""

_IMG = re.compile(r"<img\b[^>]{0,4000}>", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'\s>)]{1,300})", re.IGNORECASE)
_STEM = "mhpicturemark"
_MARK = re.compile(rf"{_STEM}(\d{{1,3}})x")
_MOST = 100


def typed(html: str, markers: Sequence[str]) -> dict[str, int]:
    """Content id -> how many words of the new text stand above the picture, of the pictures within the new text.

    `markers` are those of `quote.split`. The mail is split a second time, but only where it shows pictures at all.
    """
    if "cid:" not in html.lower():
        return {}
    ids: list[str] = []

    def marked(tag: re.Match[str]) -> str:
        found = _CID.search(tag[0])
        if found is None or len(ids) >= _MOST:
            return tag[0]
        ids.append(header.decode(header.unpercent(found[1].encode())))
        return f" {_STEM}{len(ids) - 1}x "

    split = quote.split("", _IMG.sub(marked, html), markers)
    text = "\n".join(one.text for one in split.pieces if not one.quoted) or split.new_text
    found = ((int(mark[1]), mark.start()) for mark in _MARK.finditer(text))
    return {ids[number]: words(_MARK.sub(" ", text[:at])) for number, at in found if number < len(ids)}


def words(text: str) -> int:
    """How many words a text has, whatever its markup."""
    return len(re.findall(r"\w+", text))
