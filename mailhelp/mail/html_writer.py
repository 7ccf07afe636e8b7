"""Writes the text of an HTML tree as lines, while `mailhelp.mail.html` walks over it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborNode


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MARK: Final = "\0quote"
"""A line that no document can hold (a NUL is never in its text): a mail client's reply container begins here."""

_DROPPED: Final = _words(
    """
    head title style script template iframe noframes noembed object embed applet audio video canvas -comment !doctype
    """
)
_LINES: Final = _words(
    """
    div section article header footer main aside nav address center form fieldset figure figcaption tbody thead tfoot
    tr caption legend details summary body html option title dl dir menu li
    """
)
_GAPS: Final = _words(
    """
    p h1 h2 h3 h4 h5 h6 pre blockquote xmp listing plaintext table ul ol dl
    """
)
_PRE: Final = _words(
    """
    pre xmp listing plaintext textarea
    """
)
_CELLS: Final = _words(
    """
    td th dt dd
    """
)
_MAX_CELL_DEPTH: Final = 30
_MAX_URL: Final = 1_000
_MAX_QUOTE_DEPTH: Final = 9
_RULE: Final = "_" * 32
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u200e\u200f"))
_START_IDS: Final = (
    "appendonsend", "divrplyfwdmsg", "stopspelling", "olk_src_body_section", "mail-editor-reference-message-container",
    "replysplit", "yahoo_quoted", "isreplycontent", "reply-intro", "origbody",
)  # fmt: skip
_START_CLASSES: Final = (
    "gmail_quote", "gmail_extra", "moz-cite-prefix", "protonmail_quote", "zmail_extra",
    "tutanota_quote", "yahoo_quoted", "outlookmessageheader", "quoted_html", "quotedmessage",
)  # fmt: skip


@dataclass(slots=True)
class Block:
    """Text being written: the body, or one table cell. `depth` counts citing block quotes around the pen."""

    lines: list[str] = field(default_factory=list)
    pen: list[str] = field(default_factory=list)
    bullet: str = ""
    depth: int = 0
    gap: bool = False
    table: bool = False  # holds a table or list of its own: a layout cell, not a value

    def write(self, text: str) -> None:
        """Add running text; white space has been folded to single spaces."""
        if not self.pen:
            text = text.lstrip(" ")
            if not text:
                return
            self.open_line()
        self.pen.append(text)

    def open_line(self) -> None:
        """Before the first text of a line: leave the empty line that was asked for, write the bullet."""
        if self.gap and self.lines and self.lines[-1].strip("> "):
            above = len(self.lines[-1]) - len(self.lines[-1].lstrip(">"))
            self.lines.append(">" * min(self.depth, above, _MAX_QUOTE_DEPTH))
        self.gap = False
        if self.bullet:
            self.pen.append(self.bullet)
            self.bullet = ""

    def push(self, line: str) -> None:
        """Finish a line with this text."""
        prefix = ">" * min(self.depth, _MAX_QUOTE_DEPTH)
        self.lines.append(f"{prefix} {line}".rstrip(" ") if prefix else line)

    def end_line(self) -> None:
        """Finish the line that is being written, if there is one."""
        if self.pen:
            self.push("".join(self.pen).rstrip(" "))
            self.pen.clear()

    def break_line(self) -> None:
        """A `br`: finish the line, or leave an empty one (never two in a row)."""
        if self.pen:
            self.end_line()
        else:
            self.blank()

    def blank(self) -> None:
        """Ask for an empty line before the next text."""
        self.end_line()
        self.gap = True

    def add(self, lines: list[str]) -> None:
        """Take over finished lines, such as a table's."""
        self.end_line()
        for line in lines:
            if line or not self.lines or self.lines[-1]:
                if not self.pen and line:
                    self.open_line()
                self.pen.append(line)
                self.push("".join(self.pen))
                self.pen.clear()

    def flat(self) -> str:
        """All text on one line, as a value in a row of cells."""
        self.end_line()
        return " ".join(" ".join(self.lines).split())


@dataclass(slots=True)
class _Open:
    """An element whose end has not been reached."""

    tag: str
    pre: bool = False
    cite: bool = False
    cell: bool = False
    gap: bool = False
    href: str = ""


@dataclass(slots=True)
class Writer:
    """Turns the events of the walk into lines. `quotes`: mark citations with `>` and reply containers with `MARK`."""

    quotes: bool
    blocks: list[Block] = field(default_factory=lambda: [Block()])
    opened: list[_Open] = field(default_factory=list)
    rows: list[list[Block]] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)  # the next number, or 0 for a list without
    terms: list[str] = field(default_factory=list)
    pre: int = 0
    link: list[str] | None = None
    marked: bool = False

    @property
    def block(self) -> Block:
        """Where text goes now."""
        return self.blocks[-1]

    def text(self, text: str) -> None:
        """A text node."""
        text = text.translate(_INVISIBLE)
        if self.link is not None:
            self.link.append(text)
        if not self.pre:
            folded = " ".join(text.split())
            if folded:
                folded = (" " if text[0].isspace() else "") + folded + (" " if text[-1].isspace() else "")
            elif text:
                folded = " "
            if folded and not (folded[0] == " " and self.block.pen and self.block.pen[-1].endswith(" ")):
                self.block.write(folded)
            elif folded:
                self.block.write(folded[1:])
            return
        self._verbatim(text.replace("\xa0", " ").replace("\r\n", "\n").replace("\r", "\n"))

    def _verbatim(self, text: str) -> None:
        first, *rest = text.split("\n")
        block = self.block
        if first:
            if not block.pen:
                block.open_line()
            block.pen.append(first)
        for line in rest:
            block.push("".join(block.pen).rstrip())
            block.pen.clear()
            if line:
                block.pen.append(line)

    def enter(self, node: LexborNode) -> bool:
        """An element begins; False where it and all in it is passed over."""
        tag = node.tag or ""
        if tag in _DROPPED:
            return False
        attributes = node.attributes
        style = (attributes.get("style") or "").lower().replace(" ", "")
        if "display:none" in style or "visibility:hidden" in style or "mso-hide:all" in style or "hidden" in attributes:
            return False
        self._mark(tag, attributes, style)
        opened = _Open(tag, pre=tag in _PRE or "white-space:pre" in style.replace("white-space:pre-line", ""))
        self.opened.append(opened)
        self.pre += opened.pre
        self._begin(opened, attributes)
        return True

    def _mark(self, tag: str, attributes: dict[str, str | None], style: str) -> None:
        """Note where a mail client says that its quotation begins."""
        if not self.quotes or self.marked or not attributes or any(block.depth for block in self.blocks):
            return
        names = f"{attributes.get('class') or ''} ".lower()
        own_id = (attributes.get("id") or "").lower()
        if (
            any(name in names for name in _START_CLASSES)
            or any(own_id.endswith(name) for name in _START_IDS)
            or ("border-top:solid#" in style and _is_outlook_line(style))
        ) and not (tag == "blockquote" or any(opened.tag in ("dt", "dd") for opened in self.opened)):
            self.marked = True
            self.block.end_line()
            self.block.lines.append(MARK)

    def _begin(self, opened: _Open, attributes: dict[str, str | None]) -> None:
        tag = opened.tag
        if tag == "br":
            self.block.break_line()
        elif tag == "img":
            self._image(attributes.get("alt") or "")
        elif tag == "hr":
            self.block.end_line()
            self.block.write(_RULE)
            self.block.end_line()
        elif tag == "a":
            opened.href = (attributes.get("href") or "").strip()
            self.link = []
        elif tag in _CELLS and len(self.blocks) < _MAX_CELL_DEPTH:
            opened.cell = True
            self.blocks.append(Block())
        elif tag in ("ul", "ol", "li", "table", "tr", "dl"):
            self._begin_structure(tag, attributes)
        elif tag in _GAPS or tag in _LINES or tag in _CELLS:
            opened.gap = tag in _GAPS and "MsoNormal" not in (attributes.get("class") or "")
            self.block.end_line()
            self.block.gap |= opened.gap
        if tag == "blockquote" and self.quotes and _cites(attributes):
            opened.cite = True
            self.block.depth += 1

    def _begin_structure(self, tag: str, attributes: dict[str, str | None]) -> None:
        block = self.block
        if tag in ("ul", "ol"):
            block.end_line() if self.lists else block.blank()
            start = (attributes.get("start") or "1").strip()
            self.lists.append(0 if tag == "ul" else int(start) if start.isdigit() and len(start) < 7 else 1)
        elif tag == "li":
            block.end_line()
            number = self.lists[-1] if self.lists else 0
            block.bullet = "  " * min(len(self.lists) - 1, 8) + (f"{number}. " if number else "- ")
            if number:
                self.lists[-1] += 1
        elif tag == "tr":
            self.rows.append([])
        else:
            block.blank()
            block.table = True

    def _image(self, alt: str) -> None:
        alt = " ".join(alt.translate(_INVISIBLE).split())
        if alt:
            self.text(f"[{alt}]" if any(c.isascii() and c.isalnum() for c in alt) else alt)

    def leave(self) -> None:
        """The innermost open element ends."""
        opened = self.opened.pop()
        tag = opened.tag
        self.pre -= opened.pre
        if opened.cite:
            self.block.end_line()
            self.block.depth -= 1
        if tag == "a":
            self._end_link(opened.href)
        elif opened.cell:
            self._end_cell(tag)
        elif tag == "tr":
            self._end_row(self.rows.pop() if self.rows else [])
        elif tag in ("ul", "ol"):
            self.lists.pop()
            self.block.end_line()
            self.block.gap |= not self.lists
        elif tag == "li":
            self.block.end_line()
            self.block.bullet = ""
        elif tag == "dl":
            self._end_term()
            self.block.gap = True
        elif tag in _GAPS or tag in _LINES or tag in _CELLS:
            self.block.end_line()
            self.block.gap |= opened.gap or tag == "table"

    def _end_link(self, href: str) -> None:
        shown, self.link = " ".join("".join(self.link or ()).split()), None
        bare = re.sub(r"^(?:mailto:|tel:|https?://(?:www\.)?)", "", href, count=1, flags=re.IGNORECASE).rstrip("/")
        if not href.lower().startswith(("http://", "https://", "mailto:", "tel:")) or not bare or not shown:
            return
        if bare.lower() in shown.lower() or len(href) > _MAX_URL or shown.lower() in bare.lower()[: len(shown)]:
            return
        target = bare if href.lower().startswith(("mailto:", "tel:")) else href
        self.block.write(f" <{''.join(target.split())}>")

    def _end_cell(self, tag: str) -> None:
        cell = self.blocks.pop()
        cell.end_line()
        if tag == "dt":
            self._end_term()
            self.terms.append(cell.flat())
        elif tag == "dd":
            term = self.terms.pop() if self.terms else ""
            self.block.add([f"{term}\t{cell.flat()}".rstrip()] if not cell.table else [term, *cell.lines])
        elif self.rows:
            self.rows[-1].append(cell)
        else:
            self.block.add(cell.lines)
        self.block.table |= tag in ("td", "th")

    def _end_term(self) -> None:
        while self.terms:
            self.block.add([self.terms.pop()])

    def _end_row(self, cells: list[Block]) -> None:
        """One row: cells of values go on one line, a layout's cells below each other."""
        self.block.end_line()
        full = [cell for cell in cells if any(line.strip() for line in cell.lines)]
        if len(full) == 1 and full[0] is not cells[0]:
            self.block.add(full[0].lines)
        elif len(full) > 1 and not any(cell.table or any(MARK in line for line in cell.lines) for cell in cells):
            self.block.add(["\t".join(cell.flat() for cell in cells).rstrip("\t")])
        else:
            for cell in full:
                self.block.add(cell.lines)

    def finish(self) -> list[str]:
        """All lines, the last one ended."""
        self._end_term()
        self.block.end_line()
        return self.block.lines


def _is_outlook_line(style: str) -> bool:
    return any(f"border-top:solid#{colour}1.0pt" in style for colour in ("e1e1e1", "b5c4df"))


def _cites(attributes: dict[str, str | None]) -> bool:
    """Whether a block quote is a mail client's citation and not an indent."""
    if (attributes.get("type") or "").lower() == "cite" or attributes.get("cite") is not None:
        return True
    names = (attributes.get("class") or "").lower()
    style = (attributes.get("style") or "").lower().replace(" ", "")
    return "quote" in names or "cite" in names or "border-left:" in style or "border-left-" in style
