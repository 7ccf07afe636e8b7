"""One outgoing mail as bytes: assembled line by line, then parsed again and compared with what was meant.

`EmailMessage` costs about 2 ms a mail and folds ids and long names wrongly at 78 columns; here the set of header
fields is closed, ids and addresses are checked and never folded inside, and every text is encoded first.
Standards: RFC 5322, RFC 2045 to 2047, RFC 2231, RFC 3834 §5, RFC 6532 for addresses beyond ASCII.
"""

from __future__ import annotations

import email.utils
import functools
import re
from binascii import a2b_base64
from dataclasses import dataclass
from datetime import datetime

from mailhelp.mail import encode, reread
from mailhelp.mail.message import Address, MailKind

MAX_COLUMNS = 998
MAX_REFERENCES = 11
"""The first and the last ten: what keeps a thread together in every client that was tried."""

# Constant: they can stand in no encoded text, and a parser prepares itself for each new boundary.
ALTERNATIVE, MIXED = "=_mailhelp-alternative", "=_mailhelp-mixed"

_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_DESK_ID = re.compile(r"[A-Za-z0-9.@_-]{1,200}")
_DOT_ATOM = re.compile(r"[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,.\"]+(?:\.[^\x00-\x20\x7f-\x9f()<>\[\]:;@\\,.\"]+)*")
_QUOTED_LOCAL = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')
_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Za-z:.]+\]")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_MAX_NAME_BYTES = 200
_NOT_IN_FILE_NAME = re.compile(r"[/\\:*?\"<>|]")


class ComposeError(ValueError):
    """The mail cannot be made, or reads otherwise than it was meant. It must not be sent."""


# Auto-Submitted by kind (RFC 3834 §5); a person's answer carries none.
_AUTO_SUBMITTED = dict.fromkeys(MailKind, "auto-generated") | {
    MailKind.ACKNOWLEDGEMENT: "auto-replied",
    MailKind.ANSWER: "",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file to send along. Containers (`message/*`, `multipart/*`) go as plain bytes: they may not be base 64."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One mail to one recipient. `date` is aware; `html` may be empty; `ticket` 0 means none.

    `desk_id` is our loop mark in X-Mailhelp-Desk. Ids of other people that cannot stand in a header are left out of
    `references`; `message_id`, addresses and `desk_id` are ours and must be right.
    """

    kind: MailKind
    sender: Address
    to: Address
    subject: str
    date: datetime
    message_id: str
    desk_id: str
    text: str
    html: str = ""
    reply_to: Address | None = None
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    ticket: int = 0
    files: tuple[File, ...] = ()


def compose(mail: Outgoing) -> bytes:
    """The mail as bytes with CRLF. Raises ComposeError where an id or address is not one, or the mail reads wrong."""
    if mail.date.tzinfo is None:
        raise ComposeError("the date has no time zone")
    text = encode.clean_text(mail.text)
    html = encode.clean_text(mail.html) if mail.html else ""
    content = _with_files(_letter(text, html), (text, html), mail.files) if mail.files else _letter(text, html)
    fields = _fields(mail)
    head = ("\r\n".join(fields) + "\r\n").encode()
    _check_head(mail, fields, head + content[: content.index(b"\r\n\r\n") + 4])
    return head + content


def references(mail: Outgoing) -> tuple[str, ...]:
    """The ids in References that can stand there, the parent last, the first and the last ten (RFC 5322 §3.6.4)."""
    wanted = (*mail.references, mail.in_reply_to)
    good = [value for value in wanted if _ID.fullmatch(value)]
    # A repeated id counts where it stands last, except the root, which stays first.
    unique = list(reversed(dict.fromkeys(reversed(good[1:])))) if good else []
    ids = [*good[:1], *(value for value in unique if value != good[0])]
    return tuple(ids if len(ids) <= MAX_REFERENCES else [ids[0], *ids[-(MAX_REFERENCES - 1) :]])


def _fields(mail: Outgoing) -> list[str]:
    """The header, one folded field each: no others can be written."""
    if not _ID.fullmatch(mail.message_id):
        raise ComposeError(f"not a Message-ID: {mail.message_id!r}")
    if not _DESK_ID.fullmatch(mail.desk_id):
        raise ComposeError(f"not fit for X-Mailhelp-Desk: {mail.desk_id!r}")
    ids = references(mail)
    return [
        _mailbox("From", mail.sender),
        _mailbox("To", mail.to),
        *([_mailbox("Reply-To", mail.reply_to)] if mail.reply_to else []),
        "Subject: " + encode.unstructured(encode.one_line(mail.subject), len("Subject: ")),
        "Date: " + email.utils.format_datetime(mail.date),
        "Message-ID: " + mail.message_id,
        *(["In-Reply-To: " + mail.in_reply_to] if _ID.fullmatch(mail.in_reply_to) else []),
        *(["References: " + "\r\n ".join(ids)] if ids else []),
        *_marks(mail),
        "MIME-Version: 1.0",
    ]


def _marks(mail: Outgoing) -> list[str]:
    """What tells machines that a machine wrote this (RFC 3834 §5), and ourselves that it was us."""
    marks = ["X-Mailhelp-Desk: " + mail.desk_id]
    if mail.ticket:
        marks.append(f"X-Mailhelp-Ticket: {mail.ticket}")
    if _AUTO_SUBMITTED[mail.kind]:
        marks += ["Auto-Submitted: " + _AUTO_SUBMITTED[mail.kind], "X-Auto-Response-Suppress: All"]
    return marks


def _mailbox(field: str, address: Address) -> str:
    head = field + ": "
    spec = address_spec(address.addr)
    name = encode.one_line(address.name)
    if not name:
        return head + spec
    line = head + encode.phrase(name, len(head))
    last = line.rpartition("\r\n")[2]
    return line + ("\r\n <" if len(last) + len(spec) > 74 else " <") + spec + ">"


def address_spec(addr: str) -> str:
    """`local@domain` as it may stand in a header (RFC 5322 §3.4.1); ComposeError if it is no address.

    A domain beyond ASCII is written in its ASCII form; a local part beyond ASCII stays as it is (RFC 6532).
    """
    local, at, domain = addr.rpartition("@")
    try:
        addr.encode()
        domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise ComposeError(f"not a mail address: {addr!r}") from None
    if not at or len(addr) > 320 or not _DOMAIN.fullmatch(domain):
        raise ComposeError(f"not a mail address: {addr!r}")
    if not (_DOT_ATOM.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)):
        raise ComposeError(f"not a mail address: {addr!r}")
    return f"{local}@{domain}"


@functools.lru_cache(maxsize=32)
def _letter(text: str, html: str) -> bytes:
    """What stands below the header, without files; the same for all who are told the same, so it is kept a while."""
    part = _text_part("plain", text)
    if html:
        part = _multipart("alternative", ALTERNATIVE, [part, _text_part("html", html)])
    _check_content(part, (text, html), 0)
    return part


def _with_files(letter: bytes, texts: tuple[str, str], files: tuple[File, ...]) -> bytes:
    """Text and files in one; each is compared by itself, because parsing large files line by line takes long."""
    heads = [_file_head(file) for file in files]
    _check_content(_multipart("mixed", MIXED, [letter, *(head + b"\r\n" for head in heads)]), texts, len(files))
    bodies = [encode.base64(file.content) for file in files]
    for file, body in zip(files, bodies, strict=True):
        if a2b_base64(body) != file.content:
            raise ComposeError(f"the file {file.name!r} would be read otherwise")
    return _multipart("mixed", MIXED, [letter, *map(bytes.__add__, heads, bodies)])


def _text_part(subtype: str, text: str) -> bytes:
    charset, encoding, data = encode.body(text)
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + data


def _multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
    """`=_` can stand neither in quoted-printable nor in base 64, and text with it never travels as it is."""
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode("ascii")
    line = b"--" + boundary.encode("ascii")
    return b"".join([head, *(piece for part in parts for piece in (line, b"\r\n", part)), line, b"--\r\n"])


def _file_head(file: File) -> bytes:
    """Name in both spellings: RFC 2231, and for older clients RFC 2047 in `name` (against the letter of its §5)."""
    name = file_name(file.name)
    plain = name.replace('"', "'") if name.isascii() else "\r\n ".join(encode.encoded_words(name))
    head = (
        f'Content-Type: {_media_type(file.media_type)};\r\n name="{plain}"\r\n'
        f"Content-Disposition: attachment;\r\n {encode.parameter('filename', name)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii")


def _media_type(declared: str) -> str:
    media_type = declared.lower()
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("message/", "multipart/")):
        return "application/octet-stream"
    return media_type


def file_name(name: str) -> str:
    """A name that no system takes for a path: clean, at most 200 bytes, with its ending; never empty."""
    clean = _NOT_IN_FILE_NAME.sub("_", encode.one_line(name)).strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > 16:
        stem, ending = clean, ""
    tail = f".{ending}".encode() if ending else b""
    stem = stem.encode()[: _MAX_NAME_BYTES - len(tail)].decode(errors="ignore").rstrip(" ")
    return stem + tail.decode() or "file"


def _check_content(content: bytes, texts: tuple[str, str], files: int) -> None:
    """Read texts and files back, and refuse them where that is not what was meant."""
    try:
        found = list(reread.leaves(content))
    except ValueError as error:
        raise ComposeError(f"the mail could not be read: {error}") from error
    bodies = [leaf.text for leaf in found if leaf.text is not None]
    _compare("text", bodies, [text for text in texts if text or text is texts[0]])
    _compare("files", len(found) - len(bodies), files)


def _check_head(mail: Outgoing, written: list[str], head: bytes) -> None:
    """The same for the header: these fields, in this order, and no others."""
    parsed = reread.fields(head)
    names = [field.partition(":")[0] for field in written]
    _compare("the header", [name for name, _ in parsed if not name.startswith("Content-")], names)
    if max(map(len, head.split(b"\r\n"))) > MAX_COLUMNS:
        raise ComposeError("a line of the header is too long")
    fields = dict(parsed)
    _compare("From", _mailbox_in(fields["From"]), _meant(mail.sender))
    _compare("To", _mailbox_in(fields["To"]), _meant(mail.to))
    if mail.reply_to:
        _compare("Reply-To", _mailbox_in(fields["Reply-To"]), _meant(mail.reply_to))
    _compare("Subject", reread.line(fields["Subject"]), encode.one_line(mail.subject))
    _compare("Message-ID", fields["Message-ID"], mail.message_id)
    _compare("References", tuple(fields.get("References", "").split()), references(mail))


def _compare(what: str, read: object, meant: object) -> None:
    if read != meant:
        raise ComposeError(f"{what} would be read as {str(read)[:200]!r}, not as {str(meant)[:200]!r}")


@functools.lru_cache(maxsize=256)
def _meant(address: Address) -> tuple[str, str]:
    """The desk's own address, and its agents', stand in many mails."""
    return encode.one_line(address.name), address_spec(address.addr)


_mailbox_in = functools.lru_cache(maxsize=256)(reread.mailbox)
