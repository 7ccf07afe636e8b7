"""The text form of a mail's Markdown: marks of emphasis dropped, links as `text <target>`, tables as aligned lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from mailhelp.edge.slot import Pieces, fill, split

_MAX_COLUMN = 30
_BLANK = "\n\n"


@dataclass(frozen=True, slots=True)
class Lines:
    """A paragraph, heading or list item. `gap` stands before it, `first` and `rest` before its lines."""

    pieces: Pieces
    gap: str
    first: str = ""

    def text(self, values: list[str]) -> str:
        """The block with its values, as they are."""
        text = fill(self.pieces, values)
        return self.gap + self.first + (text.replace("\n", "\n" + " " * len(self.first)) if self.first else text)


@dataclass(frozen=True, slots=True)
class Rows:
    """A table in aligned columns; without a head and with two columns it reads `label:  value`."""

    rows: tuple[tuple[Pieces, ...], ...]
    gap: str
    labelled: bool

    def text(self, values: list[str]) -> str:
        """The table with its values; a value of several lines goes on under its column."""
        table = [[fill(cell, values) for cell in row] for row in self.rows]
        if self.labelled:
            table = [[label + ":", *rest] for label, *rest in table]
        widths = [min(max(map(len, column)), _MAX_COLUMN) for column in zip(*table, strict=True)]
        return self.gap + "\n".join(_row_text(row, widths) for row in table)


Block = Lines | Rows


def text_blocks(tokens: Sequence[Token]) -> tuple[Block, ...]:
    """The blocks of a parsed mail, in order."""
    form = _TextForm()
    for token in tokens:
        form.take(token)
    return tuple(form.blocks)


class _TextForm:
    """Walks over the parser's tokens; knows how deep in lists it is and what stands before the next line."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.gap = ""
        self.marks: list[str] = []  # one for each list around: "- ", "3. ", or blanks after its first line
        self.counts: list[int] = []
        self.table: list[list[Pieces]] | None = None

    def take(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open" | "ordered_list_open":
                self.counts.append(int(token.attrGet("start") or 1))
                self.marks.append("")
            case "list_item_open":
                self.marks[-1] = f"{self.counts[-1]}. " if token.markup in (".", ")") else "- "
                self.counts[-1] += 1
            case "bullet_list_close" | "ordered_list_close":
                self.counts.pop()
                self.marks.pop()
                self.gap = "\n" if self.counts else _BLANK
            case "paragraph_open" if not token.hidden and self.blocks:
                self.gap = _BLANK
            case "paragraph_close" if token.hidden:
                self.gap = "\n"
            case "table_open":
                self.table = []
            case "tr_open" if self.table is not None:
                self.table.append([])
            case "table_close" if self.table is not None:
                self.add(_rows(self.table, self.gap))
                self.table = None
            case "inline" if self.table is not None:
                self.table[-1].append(_inline(token))
            case "inline":
                self.add(Lines(_inline(token), self.gap, "".join(self.marks)))
            case "fence":
                self.add(Lines(split(token.content.rstrip("\n")), self.gap, "".join(self.marks)))
            case _:
                pass

    def add(self, block: Block) -> None:
        self.blocks.append(block)
        self.marks = [" " * len(mark) for mark in self.marks]
        self.gap = _BLANK


def _rows(table: list[list[Pieces]], gap: str) -> Rows:
    headless = not any(table[0])
    return Rows(tuple(map(tuple, table[1:] if headless else table)), gap, headless and len(table[0]) == 2)


def _inline(token: Token) -> Pieces:
    text = ""
    link, start = "", 0
    for child in token.children or ():
        match child.type:
            case "text" | "code_inline":
                text += child.content
            case "softbreak" | "hardbreak":
                text += "\n"
            case "link_open":
                link, start = str(child.attrGet("href")), len(text)
            case "link_close" if text[start:] not in (link, link.removeprefix("mailto:")):
                text += f" <{link}>"
            case _:
                pass
    return split(text)


def _row_text(row: Sequence[str], widths: Sequence[int]) -> str:
    line = ""
    for cell, width in zip(row, widths, strict=True):
        value = cell.replace("\n", "\n" + " " * len(line.rpartition("\n")[2])) if "\n" in cell else cell
        line += value.ljust(width) + "  "
    return line.rstrip(" ")
