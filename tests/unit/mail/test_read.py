"""Reading whole mails: everything is filled, everything is clean, and nothing but a limit is ever raised."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mailhelp.mail import parsed
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Address, Kind, Message, ReadOptions
from mailhelp.mail.read import read

OPTIONS = ReadOptions(
    own_addresses=frozenset({"help@desk.example"}),
    own_id="desk-7",
    own_relays=frozenset({"mx.desk.example"}),
    authserv_ids=("mx.desk.example",),
    marker_lines=("-- Balas di atas baris ini --",),
)

WHOLE = b"""\
Return-Path: <guru@sekolah.example>\r
Delivered-To: HELP@desk.example\r
Authentication-Results: mx.desk.example; dmarc=pass; spf=pass\r
Received: from mail.sekolah.example (x [192.0.2.1]) by mx.desk.example with ESMTPS id 1;\r
 Mon, 1 Jan 2024 10:00:02 +0700\r
Received: from laptop by mail.sekolah.example with ESMTPSA id 2; Mon, 1 Jan 2024 10:00:01 +0700\r
From: =?utf-8?q?Siti_Am=C3=ADnah?= <Guru@Sekolah.example>\r
To: Help <help@desk.example>, budi@desk.example\r
Cc: kepala@sekolah.example\r
Reply-To: siti@lain.example\r
Subject: Re: =?utf-8?q?Laporan_=232164242?=\r
Date: Mon, 1 Jan 2024 10:00:00 +0700\r
Message-ID: <abc@sekolah.example>\r
In-Reply-To: <r2@desk.example>\r
References: <r1@desk.example>\r
 <r2@desk.example>\r
X-Secret: not kept\r
X-Mailer: Test 1\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="m"\r
\r
--m\r
Content-Type: multipart/alternative; boundary="a"\r
\r
--a\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: quoted-printable\r
\r
Selamat pagi, saya masih belum bisa masuk.=20\r
\r
On Mon, 1 Jan 2024, Help <help@desk.example> wrote:\r
> Sudah bisa?\r
--a\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Selamat pagi, saya <b>masih</b> belum bisa masuk.</p><img src="cid:logo@x">\r
--a--\r
--m\r
Content-Type: image/png; name="logo.png"\r
Content-ID: <logo@x>\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgo=\r
--m--\r
"""


def test_a_whole_mail() -> None:
    """Every part of a mail finds its place in the message."""
    got = read(WHOLE, OPTIONS)
    assert got.message_id == "<abc@sekolah.example>"
    assert got.sender.address == Address("Guru@sekolah.example", "Siti Amínah")
    assert (got.subject, got.kind, got.language) == ("Re: Laporan #2164242", Kind.PERSON, "id")
    assert (got.sha256, got.size) == (hashlib.sha256(WHOLE).hexdigest(), len(WHOLE))
    assert got.date == datetime(2024, 1, 1, 3, 0, tzinfo=UTC)
    assert [one.addr for one in got.to] == ["help@desk.example", "budi@desk.example"]
    assert [one.addr for one in (*got.cc, *got.reply_to)] == ["kepala@sekolah.example", "siti@lain.example"]
    assert (got.return_path, got.delivered_to) == ("guru@sekolah.example", ("help@desk.example",))
    assert (got.in_reply_to, got.references) == (("<r2@desk.example>",), ("<r1@desk.example>", "<r2@desk.example>"))
    assert got.ids == ("<r2@desk.example>", "<r1@desk.example>")
    assert "masih belum bisa masuk." in got.text
    assert "Sudah bisa?" in got.text
    assert got.new_text.strip() == "Selamat pagi, saya masih belum bisa masuk."
    assert "Sudah bisa?" in got.quoted_text
    assert "masih belum bisa" in got.html_text
    assert [(one.name, one.inline, one.part) for one in got.attachments] == [("logo.png", True, "2")]
    assert got.authentication.passed
    assert got.report is None
    assert not got.truncated


def test_headers_are_an_allow_list() -> None:
    """Only the named header fields are kept, decoded, in order."""
    got = read(WHOLE, OPTIONS)
    assert got.header("x-secret") == ""
    assert got.header("X-Mailer") == "Test 1"
    assert got.header("subject") == "Re: Laporan #2164242"
    assert "Received" not in {name for name, _ in got.headers}


def test_headers_are_bounded() -> None:
    """A kept value has at most 1000 characters and a name at most five values."""
    raw = b"".join(b"X-Mailer: %d%s\n" % (n, b"x" * 2_000) for n in range(9))
    kept = read(raw + b"\nx", OPTIONS).headers
    assert [value[0] for _, value in kept] == list("01234")
    assert {len(value) for _, value in kept} == {1_000}


def test_a_file_and_a_truncated_source() -> None:
    """A file reads as bytes do; a cut source says so and keeps what is there."""
    assert read(io.BytesIO(WHOLE), OPTIONS) == read(WHOLE, OPTIONS)
    cut = read(WHOLE[: WHOLE.index(b"KGgo=")], OPTIONS, truncated=True)
    assert cut.truncated
    assert "Selamat pagi" in cut.new_text
    assert cut.attachments == ()


def test_a_message_travels_between_processes() -> None:
    """The result is plain data: it can be pickled and is equal afterwards."""
    got = read(WHOLE, OPTIONS)
    assert pickle.loads(pickle.dumps(got)) == got


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Date: Mon, 1 Jan 2024 10:00:00 +0700", datetime(2024, 1, 1, 3, tzinfo=UTC)),
        ("Date: 1 Jan 2024 10:00 GMT", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("Date: Mon, 01 Jan 2024 10:00:00 -0000", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("Date: Mon Jan  1 10:00:00 2024", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        ("Date: Mon, 1 Jan 2024 10:00:00 (WIB)", None),
        ("Date: 32 Foo 2024", None),
        ("Date: ", None),
        ("X: y", None),
    ],
)
def test_dates(header: str, expected: datetime | None) -> None:
    """Dates are aware UTC; what is no date is None, never an error."""
    got = read(f"{header}\n\nx".encode(), OPTIONS).date
    assert got == expected or (expected is None and got is not None and got.tzinfo is UTC and "WIB" in header)


def test_the_return_path_has_three_states() -> None:
    """Unknown, null and an address are told apart."""
    assert read(b"Subject: x\n\ny", OPTIONS).return_path is None
    assert read(b"Return-Path: <>\n\ny", OPTIONS).return_path == ""
    assert read(b"Return-Path: <a@b.example>\n\ny", OPTIONS).return_path == "a@b.example"


def test_ids_of_odd_mails() -> None:
    """Several id fields are joined, a bare id gets its brackets, none stays empty."""
    raw = b"Message-ID: bare@x.example\nIn-Reply-To: <a@b>\nIn-Reply-To: <c@d>\nReferences:\n\nx"
    got = read(raw, OPTIONS)
    assert (got.message_id, got.in_reply_to, got.references) == ("<bare@x.example>", ("<a@b>", "<c@d>"), ())
    assert read(b"\n\n", OPTIONS).message_id == ""


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where mail-parser fails on everything, the mail is read all the same, verdict and date included."""

    def broken(_mail: object) -> None:
        raise RecursionError

    whole = read(WHOLE, OPTIONS)
    monkeypatch.setattr("mailhelp.mail.parsed.mailparser.MailParser", broken)
    got = read(WHOLE, OPTIONS)
    assert got.defects == ("mail-parser: RecursionError",)
    assert dataclasses.replace(got, defects=whole.defects) == whole


# Not closed outside, never opened inside: what a cut mail looks like.
CUT = b"""\
Content-Type: multipart/mixed; boundary="A"
Date: Mon, 1 Jan 2024 10:00:00 +0700

--A
Content-Type: multipart/alternative; boundary="B"

nothing
"""
NUL = b"""\
Date: Mon, 1 Jan 2024 10:00:00 +0700
Content-Type: text/plain; charset="utf-8\0"
Content-Transfer-Encoding: base64

aGFsbw==
"""


@pytest.mark.parametrize(
    "raw",
    [
        CUT,
        NUL,
    ],
)
def test_mails_that_the_library_fails_on(raw: bytes) -> None:
    """The library's known failures cost its opinion on the body only: the header is read by it again."""
    got = read(raw, OPTIONS)
    assert got.date == datetime(2024, 1, 1, 3, tzinfo=UTC)


def test_a_large_mail_is_not_given_to_the_library_whole() -> None:
    """Above a limit the library sees the header alone; hops, date and files are still there."""
    raw = WHOLE.replace(b"iVBORw0KGgo=", b"iVBORw0KGgo" + b"A" * 1_200_001)
    got = read(raw, OPTIONS)
    assert got.date == datetime(2024, 1, 1, 3, tzinfo=UTC)
    assert got.authentication.passed
    assert got.attachments[0].size > 900_000


def test_hops_are_in_the_order_of_the_header() -> None:
    """Our own server's Received field is the first hop."""
    from mailhelp.mail import mime

    hops = parsed.facts(mime.parse(WHOLE, OPTIONS), len(WHOLE)).hops
    assert hops == (
        parsed.Hop("mx.desk.example", "mail.sekolah.example"),
        parsed.Hop("mail.sekolah.example", "laptop"),
    )


def texts(value: Any) -> list[str]:
    """Every text anywhere in a message."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, (tuple, frozenset)):
        return [text for item in value for text in texts(item)]
    if dataclasses.is_dataclass(value):
        return [text for field in dataclasses.fields(value) for text in texts(getattr(value, field.name))]
    return []


def assert_clean(message: Message) -> None:
    """What `Message` promises of its texts and sizes."""
    for text in texts(message):
        text.encode()
        assert not set(text) & {"\0", "\r"}
    one_line = [message.subject, message.message_id, message.kind_reason, *message.references, *message.sender.claimed]
    one_line += [value for _, value in message.headers]
    one_line += [text for one in message.attachments for text in (one.name, one.media_type, one.content_id)]
    assert not any("\n" in text for text in one_line)
    assert all(one.name for one in message.attachments)
    assert len(message.text) <= OPTIONS.max_text_chars
    assert message.date is None or message.date.tzinfo is UTC


BOUNCE = b"From: MAILER-DAEMON@x.example\nSubject: failure notice\nReturn-Path: <>\n\n<a@b.example>:\nno such user\n"
REPORT = b"""\
From: a@b.example
Content-Type: multipart/report; report-type=delivery-status; boundary="r"

--r

failed
--r
Content-Type: message/delivery-status

Reporting-MTA: dns; x

Final-Recipient: rfc822; a@b.example
Action: failed

--r
Content-Type: message/rfc822

Message-ID: <x@y>

old
--r--
"""
FLOWED = b"Content-Type: text/plain; charset=utf-7; format=flowed; delsp=yes\n\n> a \n> b\n-- \nx +AGE- \n"
TABLE = b'Content-Type: text/html; charset="iso-2022-jp"\n\n<table><tr><td>a<td>b</table><blockquote>q'
SEEDS = [WHOLE, BOUNCE, REPORT, FLOWED, TABLE]
SPLICES = [
    b"\n", b"\r", b"\r\n\r\n", b"--m", b"--m--\r\n", b"\0", b"\xff", b"\xed\xa0\x80", b"=?utf-8?b?", b"?=", b'"', b"(",
    b"Content-Type: message/rfc822\r\n\r\n", b"Content-Type: multipart/mixed; boundary=m\r\n\r\n", b";charset=hz",
    b"Content-Transfer-Encoding: base64\r\n", b"From ", b"<", b"\x1b$B", b"Content-Type: message/delivery-status\n\n",
    b"&#xd800;", b"<![CDATA[", b" :", b"; filename*0*=x'",
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A seed mail after some cuts, splices, doublings and changed bytes."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["splice", "cut", "double", "byte", "end"])):
            case "splice":
                data[at:at] = draw(st.sampled_from(SPLICES))
            case "cut":
                del data[at : at + draw(st.integers(1, 200))]
            case "double":
                data[at:at] = data[at : at + draw(st.integers(1, 400))]
            case "byte":
                data[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case _:
                del data[at:]
    return bytes(data)


@settings(max_examples=400)
@given(mutated())
@example(b"")
@example(b"\n\n")
@example(b"\xff\xfe")
def test_damaged_mails_are_read(raw: bytes) -> None:
    """Whatever happened to a mail on its way, reading gives clean data or says which limit it passes."""
    try:
        message = read(raw, OPTIONS)
    except LimitExceeded:
        return
    assert_clean(message)


@given(st.binary(max_size=2_000))
def test_any_bytes_are_read(raw: bytes) -> None:
    """No bytes at all make reading raise."""
    assert_clean(read(raw, OPTIONS))
