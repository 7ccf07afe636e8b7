"""HTML as text, and HTML made harmless.

The structure is read by lexbor (selectolax), which builds the same tree as a browser in linear time; the tree is walked
without recursion, so neither deep nesting nor a broken tag loses a word. What agents are shown passes through nh3.
"""

from __future__ import annotations

import re
from typing import Final

import nh3
from selectolax.lexbor import LexborHTMLParser

from mailhelp.mail.html_writer import MARK, Writer

__all__ = ["MARK", "clean", "to_lines", "to_text"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]*)")
_UNCOUNTED: Final = _words(
    """
    p li td th tr dt dd option br img hr meta link input col base wbr area source
    """
)
_MAX_DEPTH: Final = 2_000


def _mend(html: str) -> str:
    """Open up a comment that never ends, which would swallow the rest of the mail, and bound the nesting.

    Parsers look through all open elements at each tag: tags past `_MAX_DEPTH` open ones are taken out, text stays.
    """
    start = html.find("<!--", html.rfind("-->") + 1)
    if start >= 0:
        html = html[:start] + html[start:].replace("<!--", " ")
    if html.count("<") <= _MAX_DEPTH:
        return html
    depth = dropped = 0

    def keep(found: re.Match[str]) -> str:
        nonlocal depth, dropped
        if found[2].lower() in _UNCOUNTED:
            return found[0]
        if found[1]:
            if dropped:
                dropped -= 1
                return "<wbr "
            depth = max(0, depth - 1)
            return found[0]
        if depth >= _MAX_DEPTH:
            dropped += 1
            return "<wbr "
        depth += 1
        return found[0]

    return _TAG.sub(keep, html)


def to_lines(html: str, *, quotes: bool = False) -> list[str]:
    """The text of an HTML document as lines.

    With `quotes`, lines that a mail client cites begin with `>`, and a line with `MARK` alone stands where the first
    reply container of a known client begins.
    """
    root = LexborHTMLParser(_mend(html)).root
    writer = Writer(quotes)
    node = root
    while node is not None:
        if node.tag == "-text":
            writer.text(node.text_content or "")
        elif writer.enter(node):
            child = node.child
            if child is not None:
                node = child
                continue
            writer.leave()
        following = node.next
        while following is None and writer.opened:
            node = node.parent
            writer.leave()
            if node is None or not writer.opened:
                break
            following = node.next
        node = following
    return writer.finish()


def to_text(html: str) -> str:
    """The text of an HTML document as a person would read it; linear in its length.

    Rows of a table are lines of `cell<TAB>cell`, lists have `- ` or `1. `, a link's target follows in `<>` where it
    differs from its text, pictures are their alt text in brackets. Hidden elements are left out.
    """
    return "\n".join(to_lines(html)).strip("\n")


_TAGS: Final = _words(
    """
    a abbr b blockquote br caption center cite code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img
    ins li ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr tt u ul
    """
)
_ATTRIBUTES: Final = {
    "*": {"style", "dir", "lang", "title", "align", "valign"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width"},
    "th": {"colspan", "rowspan", "width"},
    "table": {"width", "border", "cellpadding", "cellspacing"},
    "font": {"color", "size"},
    "ol": {"start"},
}
_STYLES: Final = _words(
    """
    color background-color font-weight font-style font-size text-align text-decoration margin-left padding-left border
    border-left border-collapse white-space width vertical-align
    """
)


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if value.lower().startswith("cid:") else None
    if name == "style" and any(sign in value.lower() for sign in ("url", "expression", "\\", "@", "/*")):
        return None
    return value


def clean(html: str) -> str:
    """HTML that may be shown to an agent: no script, form, remote picture or style that loads anything."""
    return nh3.clean(
        _mend(html),
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_keep_attribute,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        filter_style_properties=set(_STYLES),
        link_rel="noopener noreferrer nofollow",
    )
