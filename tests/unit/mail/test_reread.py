"""Reading our own mails back: the same as the standard library reads, and nothing but what we write."""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message as Parsed

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailhelp.mail import encode, reread
from mailhelp.mail.compose import ComposeError, File, Outgoing, compose
from mailhelp.mail.message import Address, MailKind
from mailhelp.mail.reread import RereadError, leaves

TEXT = "Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\nHalo\r\n"
ANY = st.text(max_size=400)
BITS = [
    "From",
    "To",
    "Bcc",
    "Subject",
    "X-A",
    ":",
    ": ",
    " ",
    "  ",
    "\t",
    "\r\n",
    "\r\n ",
    "\r\n\t",
    "\r",
    "\n",
    "\0",
    "\x7f",
]
WORDS = [
    "a",
    "Siti Nur",
    "a@b.example",
    "a+r1-2@b-c.example",
    "<",
    ">",
    ",",
    ";",
    "@",
    ".",
    '"',
    "\\",
    "(",
    ")",
    "[",
    "é",
]
CODED = ["=?utf-8?b?w6k=?=", "=?utf-8?q?a=40b?=", "=?", "?=", "=", "-", "_", "'", "\u202e", "\x85", "\xa0"]
PIECES = st.lists(st.sampled_from([*BITS, *WORDS, *CODED]), max_size=12).map("".join)


def mail(text: str, html: str = "", files: tuple[File, ...] = ()) -> bytes:
    """A composed mail."""
    return compose(
        Outgoing(
            kind=MailKind.ANSWER,
            sender=Address("desk@desk.example"),
            to=Address("siti@sekolah.example"),
            subject="x",
            date=datetime(2026, 11, 24, tzinfo=UTC),
            message_id="<a@desk.example>",
            desk_id="desk",
            text=text,
            html=html,
            files=files,
        )
    )


def stdlib_texts(raw: bytes) -> list[str | None]:
    """What the standard library's parser finds: texts, and None for each file."""

    def text(part: Parsed) -> str | None:
        if part.get_filename() is not None:
            return None
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        decoded = payload.decode(str(part.get_param("charset"))).replace("\r\n", "\n")
        return decoded.rstrip("\n") + "\n"

    return [text(part) for part in message_from_bytes(raw).walk() if not part.is_multipart()]


@given(text=ANY, html=ANY, content=st.binary(max_size=200), with_file=st.booleans())
def test_reads_as_the_standard_library_does(text: str, html: str, content: bytes, *, with_file: bool) -> None:
    """Whatever was written, a stranger's parser finds the same texts and as many files, and no defects."""
    raw = mail(text, html, (File("a.bin", "application/pdf", content),) if with_file else ())
    body = raw[raw.index(b"\r\nContent-Type: ") + 2 :]
    assert [leaf.text for leaf in leaves(body)] == stdlib_texts(raw) or with_file
    parsed = message_from_bytes(raw)
    assert [part.defects for part in parsed.walk() if part.defects] == []
    if with_file:
        file = parsed.get_payload()[-1]  # type: ignore[index]
        assert isinstance(file, Parsed)
        assert file.get_payload(decode=True) == content


@example([("X-A", "  a\r\n b"), ("To", "\r\n a")], "")
@example([("X-A", "a\0"), ("To", "a\tb")], "Bcc: x")
@example([("X-A", "é"), ("Bcc ", "a")], "\r\n")
@given(st.lists(st.tuples(st.sampled_from(["From", "To", "X-A", "Bcc "]), PIECES), max_size=6), PIECES)
def test_header_reads_as_the_standard_library_does(fields: list[tuple[str, str]], rest: str) -> None:
    """Whatever stands in a header, and however it ends, no field is seen otherwise than by a stranger's parser."""
    for end in ("\r\n", rest, rest + "\r\n"):
        head = ("".join(f"{name}: {value}\r\n" for name, value in fields) + end).encode()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reread, "_FIELD", re.compile("(?!)"))
            slow = reread.fields(head)
        assert reread.fields(head) == slow


@example("a\tb")
@example("a\n b")
@example("Siti  Nur <a@b.example>")
@example("Siti <a@b>, <c@d>")
@given(st.one_of(PIECES, st.builds("{} <{}>".format, PIECES, PIECES), ANY))
def test_values_read_as_the_standard_library_does(value: str) -> None:
    """The short ways to a mailbox and to a line of text find what the standard library does, and fail like it."""

    def read(what: Callable[[str], object]) -> object:
        try:
            return what(value)
        except (HeaderParseError, ValueError, LookupError) as error:
            return type(error)

    def mailbox(value: str) -> tuple[str, str]:
        name, spec = email.utils.parseaddr(value)
        return line(name), spec

    def line(value: str) -> str:
        return str(make_header(decode_header(value)))

    assert read(reread.mailbox) == read(mailbox)
    assert read(reread.line) == read(line)


@pytest.mark.parametrize(
    "part",
    [
        "no header at all",
        TEXT.replace("us-ascii", "koi8-r"),
        TEXT.replace("7bit", "x-own"),
        "Content-Type: application/pdf\r\n\r\nx",
        f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n{TEXT}',
        f'Content-Type: multipart/mixed; boundary="b"\r\n\r\npreamble\r\n--b\r\n{TEXT}--b--\r\n',
        f'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--bx\r\n{TEXT}--b--\r\n',
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b--\r\n',
    ],
)
def test_refuses_other_forms(part: str) -> None:
    """A form that we do not write is an error, never a guess."""
    with pytest.raises(RereadError):
        list(leaves(part.encode()))


def test_a_file_that_reads_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the encoder of files were wrong, no mail would be made."""
    monkeypatch.setattr(encode, "base64", lambda data: b"AAAA\r\n" if len(data) < 50 else data)
    with pytest.raises(ComposeError):
        mail("a text", "", (File("a.bin", "application/pdf", b"content"),))


def test_a_part_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the encoder of texts named an encoding that nobody knows, no mail would be made."""
    monkeypatch.setattr(encode, "body", lambda text: ("us-ascii", "unknown", text.encode()))
    with pytest.raises(ComposeError):
        mail("another text that was not composed before")
