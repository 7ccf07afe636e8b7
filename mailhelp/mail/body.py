"""The text of a mail: which parts a person reads as its body, and which are files (RFC 2046 §5.1, RFC 2183)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from mailhelp.mail import charset, flowed, mime, params
from mailhelp.mail.html import to_text
from mailhelp.mail.message import ReadOptions

_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,100}>")
_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_RICH = frozenset({"text/enriched", "text/richtext"})
_NOT_FOR_PEOPLE = frozenset({"text/x-amp-html", "text/watch-html", "application/applefile"})


@dataclass(slots=True)
class _Segment:
    """A stretch of the body: as plain text, as HTML, or as both (multipart/alternative)."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class _Found:
    """What a subtree holds. `files` are leaves with the media type around them."""

    segments: list[_Segment] = field(default_factory=list)
    files: list[tuple[mime.Node, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a mail. `plain` is empty if there is no plain part; `html` is raw, empty without an HTML part.

    `html` holds every stretch of the body (plain ones escaped), so that nothing is lost whichever of the two is read.
    """

    plain: str
    html: str
    html_text: str
    files: tuple[tuple[mime.Node, str], ...]

    @property
    def text(self) -> str:
        """The whole text as a person would read it."""
        return self.plain or self.html_text


def _decoded(node: mime.Node, options: ReadOptions) -> str:
    """The text of a leaf, at most as long as the options allow."""
    limit, data = options.max_text_chars * 4, bytearray()
    for piece in mime.chunks(node):
        data += piece
        if len(data) >= limit:
            break
    raw = bytes(data[:limit])
    declared = node.params.get("charset", "")
    if node.type == "text/html" and not charset.codec(declared) and (meta := _META_CHARSET.search(raw, 0, 2_048)):
        declared = meta[1].decode("ascii")
    text = charset.tidy(charset.decode(raw, declared))
    if node.params.get("format", "").lower() == "flowed" and node.type == "text/plain":
        text = flowed.unwrap(text, delsp=node.params.get("delsp", "").lower() == "yes")
    return text


def _is_body(node: mime.Node, parent: str) -> bool:
    """Whether a leaf is read as text of the mail and is no file."""
    if node.type.startswith("multipart/"):
        return True  # one without its boundary: the text is all that is left
    disposition = params.parse(node.fields.raw("content-disposition"))
    named = bool(disposition.params.get("filename") or node.params.get("name"))
    if node.type not in _BODY_TYPES or disposition.value == "attachment":
        return False
    return not named or not parent


def _segment(node: mime.Node, options: ReadOptions) -> _Segment:
    """The body text of one leaf."""
    text = _decoded(node, options)
    if node.type == "text/html":
        return _Segment(html=text)
    return _Segment(plain=_TAG.sub("", text) if node.type in _RICH else text)


def _alternative(node: mime.Node, options: ReadOptions) -> _Found:
    """One segment from the versions of the same text (RFC 2046 §5.1.4): the last HTML one, and the plain one.

    Several plain versions are all kept: mailers that send such a thing put different texts into them.
    """
    both, files = _Segment(), []
    for child in node.children:
        found = _collect(child, node.type, options)
        files += found.files
        plain = "\n".join(part.plain for part in found.segments if part.plain)
        html = "\n".join(part.html for part in found.segments if part.html)
        if plain.strip() and not (both.plain and child.type in _RICH):
            both.plain = f"{both.plain}\n{plain}" if both.plain else plain
        both.html = html if html.strip() else both.html
    return _Found([both], files)


def _collect(node: mime.Node, parent: str, options: ReadOptions) -> _Found:
    """The segments and files of a subtree, in order."""
    if node.children and node.type == "multipart/alternative":
        return _alternative(node, options)
    if node.children:
        found = _Found()
        for child in node.children:
            inside = _collect(child, node.type, options)
            found.segments += inside.segments
            found.files += inside.files
        return found
    if _is_body(node, parent):
        return _Found(segments=[_segment(node, options)])
    return _Found(files=[] if node.type in _NOT_FOR_PEOPLE else [(node, parent)])


def _whole_html(segments: list[_Segment]) -> Iterator[str]:
    """Every segment as HTML."""
    for part in segments:
        yield part.html or f"<pre>{escape(part.plain)}</pre>"


def read(root: mime.Node, options: ReadOptions) -> Body:
    """The body and the files of a mail. What is inside an attached mail is not looked at."""
    found = _collect(root, "", options)
    segments = [part for part in found.segments if part.plain.strip() or part.html.strip()]
    limit = options.max_text_chars
    html = "\n".join(_whole_html(segments)) if any(part.html for part in segments) else ""
    html = html[: limit * 4]
    html_text = charset.tidy(to_text(html))[:limit] if html else ""
    plain = ""
    if any(part.plain.strip() for part in segments):
        texts = (
            part.plain if part.plain.strip() else charset.tidy(to_text(part.html[: limit * 4])) for part in segments
        )
        plain = "\n".join(texts)[:limit]
    return Body(plain, html, html_text, tuple(found.files))
