"""A mail's Markdown, parsed once into a text and an HTML form with slots for values.

Values never meet the Markdown parser: a template writes a mark in the place of each, and the place is filled when the
form is already fixed. So a value can neither become Markdown nor HTML, and the same form serves the next mail. Each
section has a form of its own: mails differ in which sections they have more than within one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from mailhelp.edge.plaintext import Block, text_blocks
from mailhelp.edge.slot import PLACE, Pieces, fill, numbered, shifted, split

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
_HEADING = re.compile(r"\n(?=#{1,6} )")
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
    """Both forms of one section. `links`: values stand in targets of links, too."""

    count: int
    blocks: tuple[Block, ...]
    html: Pieces
    links: bool

    def text_with(self, values: list[str]) -> str:
        """The plain text, values as they are."""
        return "".join([block.text(values) for block in self.blocks])

    def html_with(self, values: list[str], shown: list[str]) -> str:
        """The HTML with the values as `escaped` has shown them."""
        return fill(self.html, [*shown, *map(_target, values)] if self.links else shown)


def sections(markdown: str) -> list[str]:
    """The Markdown cut before its headings: no paragraph, list or quotation goes on below one (CommonMark §4.2)."""
    return [markdown] if "```" in markdown or "~~~" in markdown else _HEADING.split(markdown)


def plain(values: Sequence[str]) -> list[str]:
    """The values as the text part shows them."""
    return _at_once(values, _unix)


def escaped(values: Sequence[str]) -> list[str]:
    """The values as the HTML part shows them."""
    shown = _at_once(values, _lines_html)
    for at, value in enumerate(values):
        if isinstance(value, Verbatim):
            shown[at] = _with_links(value) if value.links else _spaced_html(value)
    return shown


def _at_once(values: Sequence[str], change: Callable[[str], str]) -> list[str]:
    """Change all values as one text, which is faster; NUL, which no mail may carry, keeps them apart."""
    joined = "\0".join(values)
    if joined.count("\0") >= len(values):
        joined = "\0".join(value.replace("\0", "\ufffd") for value in values)
    return change(joined).split("\0")


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.disable(["code", "html_block", "html_inline", "image", "reference", "lheading"])
    # Placeholders in a link's target must stay recognisable; the target is checked when it is known.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return parser


_PARSER = _make_parser()


def build(markdown: str) -> Skeleton:
    """Parse a section of a template's rendered Markdown, with a `PLACE` for each value."""
    tokens = _PARSER.parse(numbered(markdown))
    blocks = text_blocks(tokens)  # before the tokens are styled
    count = markdown.count(PLACE)
    html = split(_styled_html(tokens, count))
    return Skeleton(count, blocks, html, any(isinstance(piece, int) and piece >= count for piece in html))


def _styled_html(tokens: list[Token], count: int) -> str:
    """Values in targets of links are numbered behind all others: they are shown otherwise."""
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
                child.attrSet("href", shifted(str(child.attrGet("href")), count))
    html = str(_PARSER.renderer.render(tokens, _PARSER.options, {}))
    return re.sub(r"<thead>\s*<tr>\s*(?:<th[^>]*></th>\s*)+</tr>\s*</thead>\n?", "", html)


def _target(value: str) -> str:
    return escape(value if _SAFE_LINK.fullmatch(value) else quote(value, safe="@"))


def _with_links(text: str) -> str:
    parts: list[str] = []
    end = 0
    for match in _WEB.finditer(text):
        url = match[0].rstrip(".,;:!?)]}")
        parts.append(_spaced_html(text[end : match.start()]))
        parts.append(f'<a href="{escape(url)}" style="{_STYLES["a"]}">{escape(url)}</a>')
        end = match.start() + len(url)
    return "".join([*parts, _spaced_html(text[end:])])


def _spaced_html(text: str) -> str:
    html = escape(_unix(text)).replace("\t", "    ").replace("  ", "&nbsp; ").replace("\n ", "\n&nbsp;")
    return html.replace("\n", "<br>\n")


def _lines_html(text: str) -> str:
    return escape(_unix(text)).replace("\n", "<br>\n")


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
