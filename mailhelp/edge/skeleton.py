"""A mail's Markdown, parsed once into a text and an HTML form with slots for values.

Values never meet the Markdown parser: a template writes a placeholder for each of them, and its place is filled when
the form is already fixed. So a value can neither become Markdown nor HTML, and the same form serves the next mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mailhelp.edge.plaintext import Block, text_blocks
from mailhelp.edge.slot import Pieces, Slot, as_link, split

ACCENT = "#1f74c4"
_LINE = "#8a94a2"
_FILL = "rgba(127,140,160,0.12)"
_STYLES = {
    "p": "margin:0 0 16px",
    "h1": f"margin:0 0 20px;font-size:32px;line-height:1.2;letter-spacing:1px;color:{ACCENT}",
    "h2": "margin:24px 0 8px;font-size:16px;line-height:1.4",
    "h3": "margin:16px 0 8px;font-size:15px;line-height:1.4",
    "ul": "margin:0 0 16px;padding-left:22px",
    "ol": "margin:0 0 16px;padding-left:22px",
    "li": "margin:0 0 4px",
    "table": "width:100%;border-collapse:collapse;margin:0 0 20px;font-size:15px",
    "th": f"padding:8px 12px 8px 0;border-bottom:1px solid {_LINE};text-align:left;vertical-align:top",
    "td": f"padding:8px 12px 8px 0;border-bottom:1px solid {_FILL};text-align:left;vertical-align:top",
    "blockquote": f"margin:0 0 20px;padding:14px 16px 1px;border-left:3px solid {ACCENT};background-color:{_FILL}",
    "a": f"color:{ACCENT}",
    "hr": f"border:0;border-top:1px solid {_LINE};margin:20px 0",
}
_FIRST_CELL = "width:36%;opacity:0.75"
_WEB = re.compile(r"https?://[^\s<>\"'\x00-\x1f]{1,2000}", re.IGNORECASE)
_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+", re.IGNORECASE)


class Verbatim(str):
    """A text shown with its line breaks and spaces. `links`: its web addresses may be clicked (in our own texts)."""

    __slots__ = ("links",)
    links: bool


def verbatim(value: object, links: bool = False) -> Verbatim:  # noqa: FBT001, FBT002 - a Jinja filter
    """The Jinja filter: `{{ text|verbatim }}`, `{{ text|verbatim(links=true) }}`."""
    text = Verbatim(str(value).replace("\r\n", "\n").strip("\n"))
    text.links = links
    return text


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Both forms of one mail."""

    blocks: tuple[Block, ...]
    html: Pieces

    def text_with(self, values: Sequence[object]) -> str:
        """The plain text, values as they are."""
        return "".join(block.text(values) for block in self.blocks) + "\n"

    def html_with(self, values: Sequence[object]) -> str:
        """The HTML, values escaped."""
        return "".join(piece if isinstance(piece, str) else _slot_html(piece, values) for piece in self.html)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.disable(["code", "html_block", "html_inline", "image", "reference", "lheading"])
    # Placeholders in a link's target must stay recognisable; the target is checked when it is known.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


_PARSER = _make_parser()


def build(markdown: str) -> Skeleton:
    """Parse a template's rendered Markdown, placeholders and all."""
    tokens = _PARSER.parse(markdown)
    blocks = text_blocks(tokens)  # before the tokens are styled
    return Skeleton(blocks, split(_styled_html(tokens)))


def _styled_html(tokens: list[Token]) -> str:
    cells = 0
    for token in tokens:
        if token.type == "tr_open":
            cells = 0
        style = _STYLES.get(token.tag, "") if token.nesting >= 0 else ""
        if token.type in ("td_open", "th_open"):
            cells += 1
            style += f";{_FIRST_CELL}" if cells == 1 else ""
        if style:
            token.attrSet("style", style)
        if token.tag == "blockquote":
            token.tag = "div"  # clients fold and mark real quotes as if somebody had been answered
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("style", _STYLES["a"])
                child.attrSet("href", as_link(str(child.attrGet("href"))))
    html = str(_PARSER.renderer.render(tokens, _PARSER.options, {}))
    return re.sub(r"<thead>\s*<tr>\s*(?:<th[^>]*></th>\s*)+</tr>\s*</thead>\n?", "", html)


def _slot_html(slot: Slot, values: Sequence[object]) -> str:
    value = values[slot.index]
    text = str(value)
    if slot.link:
        return escape(text if _SAFE_LINK.fullmatch(text) else quote(text, safe="@"))
    if isinstance(value, Verbatim) and value.links:
        return _with_links(text)
    return _lines_html(text, keep_spaces=isinstance(value, Verbatim))


def _with_links(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _WEB.finditer(text):
        url = match[0].rstrip(".,;:!?)]}")
        parts.append(_lines_html(text[end : match.start()], keep_spaces=True))
        parts.append(f'<a href="{escape(url)}" style="{_STYLES["a"]}">{escape(url)}</a>')
        end = match.start() + len(url)
    return "".join([*parts, _lines_html(text[end:], keep_spaces=True)])


def _lines_html(text: str, *, keep_spaces: bool) -> str:
    html = escape(text.replace("\r\n", "\n").replace("\r", "\n"))
    if keep_spaces:
        html = html.replace("\t", "    ").replace("  ", "&nbsp; ").replace("\n ", "\n&nbsp;")
    return html.replace("\n", "<br>\n")
