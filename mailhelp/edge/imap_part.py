"""The header and the text of a mail that is too large to be taken whole.

By BODYSTRUCTURE (RFC 3501 §7.4.2) the tree of the mail is written again with its own header fields and boundaries: text
parts with their content, everything else with its fields and an empty body, so that the reader sees which files there
were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient

HEADER = 262_144  # bytes of the header block: above what reading accepts, so that it can refuse
TEXT = 500_000  # bytes of each text part
TEXTS = 6  # text parts taken
PARTS = 100  # parts described
DEPTH = 20


@dataclass(frozen=True, slots=True)
class _Part:
    """One part: `path` as in RFC 3501 §6.4.5, `boundary` when it is a multipart, whether its text is wanted."""

    path: str
    boundary: bytes
    children: tuple[_Part, ...]
    wanted: bool


def fetch_text(client: IMAPClient, uid: int) -> bytes | None:
    """The mail with its header and text parts only; None when it has gone meanwhile."""
    facts = _facts(client, uid, "BODYSTRUCTURE", f"BODY.PEEK[HEADER]<0.{HEADER}>")
    if b"BODY[HEADER]" not in facts:
        return None
    top = _part(facts[b"BODYSTRUCTURE"], "", DEPTH) if facts.get(b"BODYSTRUCTURE") else None
    head: bytes = facts[b"BODY[HEADER]"] or b"\r\n"
    return head + (_body(client, uid, top) if top else b"")


def _body(client: IMAPClient, uid: int, top: _Part) -> bytes:
    if not top.boundary:
        return _facts(client, uid, f"BODY.PEEK[1]<0.{TEXT}>").get(b"BODY[1]") or b"" if top.wanted else b""
    parts = list(_walk(top))[1 : PARTS + 1]
    items = [f"BODY.PEEK[{part.path}.MIME]" for part in parts]
    items += [f"BODY.PEEK[{part.path}]<0.{TEXT}>" for part in [p for p in parts if p.wanted][:TEXTS]]
    return b"".join(_written(top, _facts(client, uid, *items))) if items else b""


def _written(part: _Part, facts: dict[bytes, Any]) -> Iterator[bytes]:
    """The body of a part: its children between boundaries, or its text."""
    for child in part.children:
        mime = facts.get(b"BODY[%s.MIME]" % child.path.encode())
        if mime is not None:
            yield b"\r\n--" + part.boundary + b"\r\n" + (mime or b"\r\n")
            yield from _written(child, facts)
    if part.boundary:
        yield b"\r\n--" + part.boundary + b"--\r\n"
    else:
        yield facts.get(b"BODY[%s]" % part.path.encode()) or b""


def _walk(part: _Part) -> Iterator[_Part]:
    yield part
    for child in part.children:
        yield from _walk(child)


def _part(node: Any, path: str, depth: int) -> _Part:
    """A node of BODYSTRUCTURE as imapclient gives it: a multipart starts with a list of its parts."""
    if isinstance(node[0], list):
        children = enumerate(node[0], 1) if depth else ()
        below = f"{path}." if path else ""
        return _Part(
            path, _boundary(node), tuple(_part(child, f"{below}{i}", depth - 1) for i, child in children), wanted=False
        )
    text = _lower(node[0]) == b"text" and _lower(node[1]) in (b"plain", b"html")
    return _Part(path, b"", (), wanted=text and not any(_attached(item) for item in node[7:]))


def _boundary(node: Any) -> bytes:
    """The boundary of a multipart; a word that no mail uses when the server does not tell."""
    params = node[2] if len(node) > 2 and isinstance(node[2], tuple) else ()
    pairs = {_lower(name): value for name, value in zip(params[::2], params[1::2], strict=False)}
    value = pairs.get(b"boundary", b"mailhelp-unknown-boundary")
    return value if isinstance(value, bytes) else str(value).encode()


def _attached(item: Any) -> bool:
    """Whether this item of a leaf is the disposition `attachment` (one server sends it as a text)."""
    word = item[0] if isinstance(item, tuple) and item else item
    return isinstance(word, bytes) and word.lower().startswith(b"attachment")


def _facts(client: IMAPClient, uid: int, *items: str) -> dict[bytes, Any]:
    """Items of one mail by name, without the `<offset>` that servers add to partial ones."""
    found: dict[bytes, Any] = client.fetch([uid], list(items)).get(uid, {})
    return {key.partition(b"<")[0] if key.startswith(b"BODY[") else key: value for key, value in found.items()}


def _lower(value: Any) -> bytes:
    return value.lower() if isinstance(value, bytes) else b""
