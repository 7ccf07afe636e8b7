"""Text that was wrapped for the wire, put together again (format=flowed, RFC 3676)."""

from __future__ import annotations


def _split(line: str) -> tuple[int, str]:
    """The quote depth of a line and its content, unstuffed (RFC 3676 §4.4, §4.5)."""
    content = line.lstrip(">")
    return len(line) - len(content), content.removeprefix(" ")


def unwrap(text: str, *, delsp: bool) -> str:
    """The paragraphs of a flowed text, each on one line; quoted ones keep their marks as `>> text`.

    `delsp` is the DelSp parameter: the blank at a soft line end is no part of the text. Lines end with LF.
    """
    done: list[str] = []
    open_parts: list[str] = []
    open_depth = 0
    for line in text.split("\n"):
        depth, content = _split(line)
        signature = content == "-- "
        # An empty line ends a paragraph too, and stays: it is what the writer sees, though RFC 3676 would join it.
        if open_parts and (depth != open_depth or signature or not content):
            done.append(_marked(open_depth, "".join(open_parts).rstrip()))
            open_parts = []
        soft = content.endswith(" ") and not signature
        open_parts.append(content[:-1] if soft and delsp else content)
        open_depth = depth
        if not soft:
            done.append(_marked(depth, "".join(open_parts)))
            open_parts = []
    if open_parts:
        done.append(_marked(open_depth, "".join(open_parts).rstrip()))
    return "\n".join(done)


def _marked(depth: int, content: str) -> str:
    """A paragraph with its quote marks."""
    return f"{'>' * depth} {content}" if depth else content
