"""The files in a mail: safe names, true sizes, what they are, and which are only decoration."""

from __future__ import annotations

import base64
import hashlib
import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail.attach import MAX_NAME, clean_name, shown, sniff
from mailhelp.mail.message import Attachment, ReadOptions
from mailhelp.mail.read import read


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("foto.jpg", "foto.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\foto.jpg", "foto.jpg"),
        ("/", "part"),
        ("", "part"),
        ("...", "part"),
        ("  .foto.jpg. ", "foto.jpg"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.doc", "_com1.doc"),
        ("console.txt", "console.txt"),
        ("e\u0301.txt", "é.txt"),
        ("\ud800.txt", "\ufffd.txt"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("a" * 300, "a" * 120),
        ("a." + "b" * 300, "a." + "b" * 118),
    ],
)
def test_names_are_made_safe(name: str, expected: str) -> None:
    """No path, no control or direction characters, no reserved name, a bounded length, the ending kept."""
    assert clean_name(name, "part") == expected


@given(st.text())
def test_any_name_becomes_safe(name: str) -> None:
    """Whatever the sender calls a file, the name can be shown and saved."""
    got = clean_name(name, "part")
    assert 0 < len(got) <= MAX_NAME
    assert not set(got) & set('/\\<>:"|?*\0\r\n')
    assert got.strip(". ") == got
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in got)


def office(kind: str) -> bytes:
    """A small zip file as office programs make them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(f"{kind}/document.xml", "<x/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        (b"RIFF\0\0\0\0nope", ""),
        (office("word"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (office("xl"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (office("other"), "application/zip"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\0\0\x14ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"MZ\x90\0", "application/x-msdownload"),
        (b"halo\n", "text/plain"),
        ("grüß".encode(), "text/plain"),
        (b"  <!DOCTYPE html><p>", "text/html"),
        (b"\0\1\2\3", ""),
        (b"", ""),
    ],
)
def test_content_says_what_it_is(head: bytes, expected: str) -> None:
    """The first bytes decide, not the name."""
    assert sniff(head) == expected


PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


def part(fields: str, content: bytes) -> str:
    """A part in base64."""
    return f"{fields}Content-Transfer-Encoding: base64\n\n{base64.encodebytes(content).decode()}"


def files(*parts: str, kind: str = "mixed", outer: str = "") -> tuple[Attachment, ...]:
    """The attachments of a multipart mail of these parts."""
    body = "".join(f"--b\n{one}\n" for one in parts)
    raw = f'From: a@b.example\nContent-Type: multipart/{kind}; boundary="b"\n{outer}\n{body}--b--\n'
    return read(raw.encode("utf-8", "surrogateescape"), ReadOptions()).attachments


def test_an_attachment_in_full() -> None:
    """Name, declared and sniffed type, size and digest of the decoded bytes, and the way to them."""
    fields = 'Content-Type: Application/Octet-Stream; name="x"\nContent-Disposition: attachment; filename="foto.png"\n'
    (found,) = files("\nhalo", part(fields, PNG))
    assert found == Attachment(
        name="foto.png",
        media_type="application/octet-stream",
        size=len(PNG),
        part="2",
        sha256=hashlib.sha256(PNG).hexdigest(),
        sniffed="image/png",
    )


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("Content-Disposition: attachment; filename*=utf-8''B%C3%A4r.pdf\n", "Bär.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?q?B=C3=A4r.pdf?="\n', "Bär.pdf"),
        ('Content-Disposition: attachment; filename="B\udcc3\udca4r.pdf"\n', "Bär.pdf"),
        ("Content-Disposition: attachment\nContent-Type: application/pdf; name==?utf-8?q?B=C3=A4r.pdf?=\n", "Bär.pdf"),
        ("Content-Type: application/pdf\n", "part-2.pdf"),
        ("Content-Type: text/calendar\n", "part-2.ics"),
        ("Content-Type: application/x-unknown\n", "part-2"),
        ("Content-Type: application/ms-tnef; name=winmail.dat\n", "winmail.dat"),
        ("Content-Type: text/plain\nContent-Disposition: attachment\n", "part-2.txt"),
    ],
)
def test_names_from_all_places(fields: str, expected: str) -> None:
    """The disposition's name, the type's name, or one made from number and type."""
    assert [found.name for found in files("\nhalo", part(fields, b"x"))] == [expected]


def test_attached_mails_are_named_after_their_subject() -> None:
    """A forwarded mail is a file with its subject as name; slashes in it are no path."""
    one = "Content-Type: message/rfc822\n\nSubject: =?utf-8?q?Re:_a/b?=\n\ninner text"
    two = "Content-Type: message/rfc822\n\nFrom: x@y\n\ninner text"
    three = "Content-Type: message/rfc822; name=fwd.eml\n\nSubject: z\n\ninner text"
    found = files("\nhalo", one, two, three)
    assert [file.name for file in found] == ["Re_ a_b.eml", "message.eml", "fwd.eml"]
    assert {file.sniffed for file in found} == {"message/rfc822"}
    assert all(file.size > 10 for file in found)


IMAGE = "Content-Type: image/png; name=logo.png\nContent-ID: <logo@x>\n"


@pytest.mark.parametrize(
    ("html", "fields", "kind", "inline"),
    [
        ('<img src="cid:logo@x">', IMAGE, "related", True),
        ('<img src="CID:logo%40x">', IMAGE, "related", True),
        ('<img src="cid:logo@x">', IMAGE, "mixed", True),
        ("<p>none", IMAGE, "related", False),
        ("<p>none", IMAGE + "Content-Disposition: inline\n", "related", True),
        ("<p>none", IMAGE + "Content-Disposition: inline\n", "mixed", False),
        ('<img src="cid:other@x">', IMAGE + "Content-Disposition: attachment\n", "mixed", False),
        ('<a href="cid:logo@x">', "Content-Type: application/pdf\nContent-ID: <logo@x>\n", "related", False),
    ],
)
def test_decoration_is_told_from_files(html: str, fields: str, kind: str, *, inline: bool) -> None:
    """A picture that the HTML shows is inline; one that a telephone puts between the text is a file."""
    (found,) = files(f"Content-Type: text/html\n\n{html}", part(fields, PNG), kind=kind)
    assert found.inline is inline


def test_content_ids_in_html() -> None:
    """The ids are found in any attribute and their percent signs undone."""
    assert shown("<img src='cid:a%20b'><td background=cid:c>") == {"a b", "c"}
    assert shown("<p>nothing") == frozenset()
