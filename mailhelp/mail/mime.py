"""The tree of a mail, made once, under limits (RFC 2045, RFC 2046).

`email.feedparser.BytesFeedParser` with the compat32 policy does the work; the limits are held while it reads, at the
two places where it asks: before a header field is stored, and before a part is made. So a mail that is built to be
dear is refused at the first field or part too many, and no later reader meets a field that could cost it much.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.feedparser import BytesFeedParser
from email.message import Message as Mail
from email.policy import Compat32
from typing import BinaryIO

from mailhelp.mail import header, params, transfer
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import ReadOptions

BLOCK = 65_536
MAX_NESTED = 4  # mails inside mails that a part may be taken from
MAX_ENCODED_WORDS = 2_000
MAX_FIELDS = 2_000
# Header fields of all parts together, as a multiple of the limit for one part.
_ALL_PARTS = 8
_PRIVATE = ("x-", "arc-", "received-spf", "authentication-results-original")
_CUT = 1_000
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,100}")
_LINE_END = re.compile(r"\r\n|\r|\n")
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*")
_HEADER_END = re.compile(rb"\r?\n\r?\n|\r\r")
_ODD = re.compile(rb"[ \t]:|>From ")
_OBSOLETE = re.compile(rb"^([\x21-\x39\x3b-\x7e]{1,80})[ \t]{1,20}:", re.MULTILINE)
_MAILBOX_LINE = re.compile(rb"^>From [^\r\n]*\r?\n", re.MULTILINE)


@dataclass(slots=True)
class _Budget:
    """What a mail has used of its limits so far."""

    options: ReadOptions
    parts: int = -1  # the feed parser makes one message more, as a trial
    fields: int = 0
    header_bytes: int = 0
    all_header_bytes: int = 0
    encoded_words: int = 0

    def part(self, depth: int) -> None:
        """Count a part that is about to be made at that depth."""
        self.parts += 1
        self.header_bytes = self.fields = 0
        if self.parts > self.options.max_parts:
            raise LimitExceeded(f"more than {self.options.max_parts} parts")
        if depth > self.options.max_depth:
            raise LimitExceeded(f"parts nested more than {self.options.max_depth} deep")

    def field(self, lines: list[str]) -> bool:
        """Count a header field that is about to be stored. False for one that is to be cut, as it is too long.

        That is so for the private fields that servers add, which may grow without anybody's ill will.
        """
        size = sum(map(len, lines))
        self.fields += 1
        self.header_bytes += size
        self.all_header_bytes += size
        self.encoded_words += sum(line.count("=?") for line in lines)
        limit = self.options.max_header_bytes
        whole = size <= self.options.max_header_field_bytes
        if not whole and not lines[0].lower().startswith(_PRIVATE):
            raise LimitExceeded(f"a header field of {size} bytes")
        if self.header_bytes > limit or self.all_header_bytes > limit * _ALL_PARTS:
            raise LimitExceeded(f"header fields of more than {limit} bytes")
        if self.fields > MAX_FIELDS:
            raise LimitExceeded(f"more than {MAX_FIELDS} header fields")
        if self.encoded_words > MAX_ENCODED_WORDS:
            raise LimitExceeded(f"more than {MAX_ENCODED_WORDS} encoded words")
        return whole


class _Policy(Compat32):
    """compat32 that holds the limits while it reads."""

    budget: _Budget | None

    def __init__(self, budget: _Budget | None = None) -> None:
        super().__init__()
        object.__setattr__(self, "budget", budget)  # policies refuse plain assignment

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Count the field, then split it as compat32 does."""
        whole = self.budget.field(sourcelines) if self.budget else True
        name, value = super().header_source_parse(sourcelines)
        return name, value if whole else value[:_CUT].partition("\n")[0].rstrip("\r")


class _Parser(BytesFeedParser):
    """The feed parser, told to ask before it makes a part."""

    def __init__(self, options: ReadOptions) -> None:
        self.budget = _Budget(options)
        super().__init__(self._counted, policy=_Policy(budget=self.budget))

    def _counted(self, policy: _Policy | None = None) -> Mail:
        """A new part, if the limits allow it. The stack of open parts has no public name."""
        self.budget.part(len(getattr(self, "_msgstack", ())))
        return Mail(policy=policy or _Policy(budget=self.budget))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A parsed mail, the number of its bytes and their SHA-256 (hex)."""

    mail: Mail
    size: int
    sha256: str


def _blocks(source: bytes | BinaryIO) -> Iterator[bytes]:
    """The source in blocks of BLOCK bytes."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    while block := stream.read(BLOCK):
        yield block


def _mended(first: bytes) -> bytes:
    """The first block without what stands before the header or in it and would end it too early.

    A byte order mark, empty lines, `>From ` lines of old mailboxes, blanks before a colon (RFC 5322 §4.5).
    """
    data = _LEADING.sub(b"", first, count=1)
    end = _HEADER_END.search(data)
    head = data[: end.start()] if end else data
    if _ODD.search(head):
        return _OBSOLETE.sub(rb"\1:", _MAILBOX_LINE.sub(b"", head)) + data[len(head) :]
    return data


def load(source: bytes | BinaryIO, options: ReadOptions) -> Loaded:
    """Parse the mail. Bare LF and CR are line ends too; a byte order mark and empty lines before the header go.

    Raises LimitExceeded.
    """
    parser, digest, size = _Parser(options), hashlib.sha256(), 0
    for block in _blocks(source):
        digest.update(block)
        parser.feed(_mended(block) if not size else block)
        size += len(block)
    return Loaded(parser.close(), size, digest.hexdigest())


def parse(source: bytes | BinaryIO, options: ReadOptions) -> Mail:
    """The mail as a tree of `email.message.Message` (compat32). Raises LimitExceeded."""
    return load(source, options).mail


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the tree: `part` is its number (RFC 3501 §6.4.5, empty for a whole multipart mail).

    `type` is the media type, lower case; `params` those of Content-Type; `fields` its header. A message/*
    part is a leaf: what is inside belongs to another mail.
    """

    part: str
    mail: Mail
    type: str
    fields: header.Fields
    params: dict[str, str]
    children: tuple[Node, ...] = ()


def _media_type(mail: Mail) -> str:
    """The media type, lower case; one that is not spelled as it must be (RFC 6838 §4.2) is bytes, or text."""
    kind = mail.get_content_type()
    if _TYPE.fullmatch(kind):
        return kind
    return "text/plain" if kind.startswith("text/") else "application/octet-stream"


def tree(mail: Mail, part: str = "") -> Node:
    """The parts of a mail with their numbers."""
    kind = _media_type(mail)
    fields = header.Fields(mail.raw_items())
    declared = params.parse(fields.raw("content-type")).params
    inside = mail.get_payload() if mail.is_multipart() and not kind.startswith("message/") else None
    if not isinstance(inside, list):
        return Node(part or "1", mail, kind, fields, declared)
    prefix = f"{part}." if part else ""
    children = tuple(
        tree(child, f"{prefix}{number}") for number, child in enumerate(inside, 1) if isinstance(child, Mail)
    )
    return Node(part, mail, kind, fields, declared, children)


def leaves(node: Node) -> Iterator[Node]:
    """The parts that hold something themselves, in order."""
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)


def chunks(node: Node) -> Iterator[bytes]:
    """The decoded bytes of a leaf, in pieces. An attached mail comes as it stood, with CRLF line ends."""
    encoding = transfer.name(node.fields.raw("content-transfer-encoding"))
    payload: object = vars(node.mail)["_payload"]  # get_payload() would first decode it by a charset
    if isinstance(payload, str):
        yield from transfer.decoded(payload, encoding)
    elif isinstance(payload, list):
        data = _flat_body(node.mail)
        yield from (transfer.decoded(data.decode("ascii", "surrogateescape"), encoding) if encoding else [data])


def inner(node: Node) -> Mail | None:
    """The mail inside a message/* leaf, or None.

    RFC 2046 §5.2.1 allows no base64 there; aerc writes it all the same, so it is decoded.
    """
    if node.mail.is_multipart() and transfer.name(node.fields.raw("content-transfer-encoding")) == "base64":
        try:
            return parse(b"".join(chunks(node)), ReadOptions())
        except LimitExceeded:
            return None
    payload = node.mail.get_payload() if node.mail.is_multipart() else None
    first = payload[0] if isinstance(payload, list) and payload else None
    return first if isinstance(first, Mail) else None


def _lines(text: str) -> bytes:
    """Text of the wire with CRLF line ends."""
    return b"\r\n".join(transfer.as_bytes(line) for line in _LINE_END.split(text))


def flat(mail: Mail) -> bytes:
    """A mail inside another one as bytes with CRLF line ends; its header fields stay as they stood.

    The generator of the standard library decodes and folds on the way, and fails on what it finds there.
    """
    head = b"".join(_lines(f"{name}: {value}\n") for name, value in mail.raw_items())
    return head + b"\r\n" + _flat_body(mail)


def _flat_body(mail: Mail) -> bytes:
    """What stands below the header of a mail or part."""
    payload: object = vars(mail)["_payload"]
    if not isinstance(payload, list):
        return _lines(payload) if isinstance(payload, str) else b""
    parts = [flat(child) for child in payload if isinstance(child, Mail)]
    if mail.get_content_maintype() != "multipart":
        return b"".join(parts)
    mark = b"--" + transfer.as_bytes(mail.get_boundary() or "")
    before = [_lines(mail.preamble)] if mail.preamble is not None else []
    after = b"\r\n" + _lines(mail.epilogue) if mail.epilogue is not None else b""
    return b"\r\n".join([*before, *(mark + b"\r\n" + part for part in parts), mark + b"--"]) + after


def extract(source: bytes | BinaryIO, part: str, options: ReadOptions | None = None) -> bytes:
    """The decoded bytes of one part; `2/1.2` is part 1.2 of the mail that is attached as part 2.

    Raises KeyError if there is no such part, LimitExceeded.
    """
    mail: Mail | None = parse(source, options or ReadOptions())
    *around, wanted = part.split("/", MAX_NESTED)
    for step in around:
        node = find(mail, step) if mail is not None else None
        mail = inner(node) if node is not None else None
    found = find(mail, wanted) if mail is not None else None
    if found is None:
        raise KeyError(part)
    return b"".join(chunks(found))


def find(mail: Mail, part: str) -> Node | None:
    """The leaf of that number."""
    return next((node for node in leaves(tree(mail)) if node.part == part), None)
