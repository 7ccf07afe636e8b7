"""Outgoing mail: what it carries, and that nothing a sender wrote can change what it is."""

from __future__ import annotations

import dataclasses
import email.policy
import email.utils
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail import encode
from mailhelp.mail.compose import ComposeError, File, Outgoing, compose, file_name, references
from mailhelp.mail.encode import clean_text, one_line
from mailhelp.mail.message import Address, MailKind

ANY_TEXT = st.text(st.characters(), max_size=300)  # with lone surrogates, controls, direction marks, emoji
NASTY = st.lists(
    st.sampled_from(
        [
            "\r\nBcc: x@evil.example",
            "\n",
            "\r",
            "\0",
            "=?utf-8?b?",
            "?=",
            "\u202e",
            "\ud800",
            "\U0001f469\u200d\U0001f4bb",
            "From ",
            "\n.\n",
            "--=_",
            "-- ",
            "é",
            "ا",
            "a" * 90,
            " ",
            "\t",
            "\x85",
            "\u2028",
            '"',
            "\\",
            ",",
            "<",
            "@",
        ]
    ),
    max_size=30,
).map("".join)
BASE = Outgoing(
    kind=MailKind.ANSWER,
    sender=Address("bantuan@desk.example", "Layanan Bantuan"),
    to=Address("siti@sekolah.example", "Siti Nurhaliza"),
    subject="Re: [#2164242] Lupa kata sandi",
    date=datetime(2026, 11, 24, 3, 0, tzinfo=UTC),
    message_id="<mh.r1-221gj-1-tsb6tgfnb2497zts.abc@desk.example>",
    desk_id="desk.example",
    text="Selamat pagi.\n",
)


def _mail(**fields: object) -> Outgoing:
    return dataclasses.replace(BASE, **fields)  # type: ignore[arg-type]


def _read(**fields: object) -> EmailMessage:
    """The mail as the standard library's modern reader, which is not the one used for comparing, understands it."""
    message = message_from_bytes(compose(_mail(**fields)), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _text(mail: EmailMessage) -> str:
    """The text part, without its last line ends."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").rstrip("\n")


def _head(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (MailKind.ACKNOWLEDGEMENT, "auto-replied"),
        (MailKind.REMINDER, "auto-generated"),
        (MailKind.STATUS, "auto-generated"),
        (MailKind.CLOSING, "auto-generated"),
        (MailKind.NOTICE, "auto-generated"),
        (MailKind.CONFIRM, "auto-generated"),
        (MailKind.ALARM, "auto-generated"),
        (MailKind.ANSWER, None),
    ],
)
def test_header_sets(kind: MailKind, expected: str | None) -> None:
    """Each kind of mail says of itself what RFC 3834 asks for, and an answer says nothing of the sort."""
    mail = _read(kind=kind, ticket=2164242)
    assert mail["Auto-Submitted"] == expected
    assert mail["X-Auto-Response-Suppress"] == ("All" if expected else None)
    assert mail["X-Mailhelp-Desk"] == "desk.example"
    assert mail["X-Mailhelp-Ticket"] == "2164242"
    assert "Precedence" not in mail


def test_every_kind_has_a_header_set() -> None:
    """A kind that is added later cannot be forgotten: composing one of each works."""
    for kind in MailKind:
        assert compose(_mail(kind=kind))


def test_all_fields() -> None:
    """The closed set of header fields, once each, with the values that were given."""
    mail = _read(
        reply_to=Address("bantuan+r1@desk.example", "Layanan Bantuan"),
        in_reply_to="<parent@x.example>",
        references=("<root@x.example>", "<parent@x.example>"),
        html="<p>Selamat pagi.</p>",
    )
    assert mail.keys() == [
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
        *("X-Mailhelp-Desk", "MIME-Version", "Content-Type"),
    ]
    assert mail["From"] == "Layanan Bantuan <bantuan@desk.example>"
    assert mail["Reply-To"].addresses[0].addr_spec == "bantuan+r1@desk.example"
    assert mail["Date"].datetime == BASE.date
    assert mail["References"].split() == ["<root@x.example>", "<parent@x.example>"]
    assert mail["In-Reply-To"] == "<parent@x.example>"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@given(st.one_of(ANY_TEXT, NASTY), st.one_of(ANY_TEXT, NASTY), st.one_of(ANY_TEXT, NASTY))
def test_any_words(subject: str, name: str, text: str) -> None:
    """Any subject, name and text arrive as meant, in short clean lines, and add no header field and no recipient."""
    fields = {"subject": subject, "to": Address("siti@sekolah.example", name), "text": text, "html": f"<p>{text}</p>"}
    raw = compose(_mail(**fields))
    assert b"\0" not in raw
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 78
    assert not re.search(rb"(?m)^From ", raw)
    names = re.findall(rb"(?m)^([A-Za-z-]+):", _head(raw))
    assert len(names) == len(set(names)) == 8
    mail = message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    assert [each.addr_spec for each in mail["To"].addresses] == ["siti@sekolah.example"]
    assert _text(mail) == clean_text(text).rstrip("\n")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_ordinary_words_are_not_changed(text: str) -> None:
    """Cleaning touches nothing but control characters and lone surrogates: other texts come out as they went in."""
    assert clean_text(text) == text + "\n"


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "Re: [#2164242] x",
        "a" * 70,
        "a" * 2000,
        "kata " * 300,
        "é" * 500,
        "[#2164242] 日本語 dan lagi",
        "=?utf-8?q?x?=",
    ],
)
def test_subjects(subject: str) -> None:
    """Short, long, foreign and deceptive subjects are read back exactly, whatever had to be encoded or folded."""
    raw = compose(_mail(subject=subject))
    assert max(map(len, _head(raw).split(b"\r\n"))) <= 76
    parsed = message_from_bytes(raw, policy=email.policy.default)
    assert str(parsed["Subject"]) == one_line(subject)


def test_number_in_subject_stays_readable() -> None:
    """The words before the first foreign character are not encoded: filters and people can find the number."""
    raw = compose(_mail(subject="Re: [#2164242] Lupa kata sandi – é"))
    assert b"\r\nSubject: Re: [#2164242] Lupa kata sandi =?utf-8?b?" in raw


@pytest.mark.parametrize(
    "name",
    [
        "Siti",
        "Siti, S.Pd.",
        'Siti "Nur" \\ x',
        "Divisi Pengadaan, Perlengkapan, Pemeliharaan, dan Urusan Umum Kementerian Pendidikan",
        "Sìti",
        "é" * 100,
        "=?utf-8?q?evil=40x.example?=",
        "evil@x.example",
        "<evil@x.example>",
        "a;b:c",
    ],
)
def test_names(name: str) -> None:
    """A display name is one recipient's name, whatever is in it."""
    raw = compose(_mail(to=Address("siti@sekolah.example", name), reply_to=Address("bantuan@desk.example", name)))
    assert max(map(len, _head(raw).split(b"\r\n"))) <= 76
    parsed = message_from_bytes(raw)
    for field, addr in (("To", "siti@sekolah.example"), ("Reply-To", "bantuan@desk.example")):
        # The modern reader of the standard library keeps the blank between two encoded words of a name.
        ((phrase, spec),) = email.utils.getaddresses([parsed[field]])
        assert (str(make_header(decode_header(phrase))), spec) == (name, addr)


@pytest.mark.parametrize(
    "addr",
    [
        "",
        "siti",
        "@sekolah.example",
        "siti@",
        "a b@sekolah.example",
        "a@b@sekolah.example",
        "a\r\nBcc: x@y.example",
        "siti@sekolah.example\r\nBcc: x@evil.example",
        "siti@sekolah.example, x@evil.example",
        "siti@sekolah.example>",
        "<siti@sekolah.example",
        "siti..x@sekolah.example",
        "siti@-.\ud800",
        "siti@" + "d" * 400,
        "\ud800@sekolah.example",
        "siti@seko lah.example",
        '"si\nti"@sekolah.example',
    ],
)
def test_addresses_that_are_none(addr: str) -> None:
    """What is no single address never stands in a header."""
    for field in ("to", "sender", "reply_to"):
        with pytest.raises(ComposeError, match="not a mail address"):
            compose(_mail(**{field: Address(addr)}))


def test_unusual_addresses() -> None:
    """Quoted local parts, domain literals and foreign domains are addresses; foreign local parts go by RFC 6532."""
    assert _read(to=Address('"siti nur"@sekolah.example'))["To"].addresses[0].addr_spec == '"siti nur"@sekolah.example'
    assert b"To: siti@[192.0.2.1]\r\n" in compose(_mail(to=Address("siti@[192.0.2.1]")))
    assert b"To: siti@xn--bcher-kva.example\r\n" in compose(_mail(to=Address("siti@bücher.example")))
    assert "To: sìti@sekolah.example\r\n".encode() in compose(_mail(to=Address("sìti@sekolah.example")))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_id", "x@y"),
        ("message_id", "<x@y>\r\nBcc: z@evil.example"),
        ("message_id", "<x y@z>"),
        ("message_id", ""),
        ("desk_id", "a\r\nBcc: x"),
        ("desk_id", ""),
        ("date", datetime(2026, 1, 1)),  # noqa: DTZ001 - a time without a zone is what must be refused
    ],
)
def test_our_own_values_must_be_right(field: str, value: object) -> None:
    """A wrong Message-ID, loop mark or date is a fault of ours and stops the mail."""
    with pytest.raises(ComposeError):
        compose(_mail(**{field: value}))


def test_references_are_capped() -> None:
    """The first and the last ten ids stay, the parent last, none twice."""
    many = tuple(f"<{n}@x.example>" for n in range(40))
    ids = references(_mail(references=(*many, many[5]), in_reply_to=many[39]))
    assert ids == (many[0], *many[31:39], many[5], many[39])
    assert references(_mail(references=many[:3], in_reply_to=many[0])) == (many[0], many[1], many[2])
    assert references(_mail()) == ()


def test_foreign_ids() -> None:
    """Long ids as Exchange makes them are never encoded or folded; what is no id is left out."""
    long_id = "<" + "A" * 120 + "=B+c/d@" + "e" * 60 + ".example>"
    raw = compose(_mail(in_reply_to=long_id, references=("<a b@c>", "x", "<é@x>", "<a@b>\r\nBcc: x", long_id)))
    assert f"In-Reply-To: {long_id}\r\nReferences: {long_id}\r\n".encode() in raw
    assert b"Bcc" not in raw
    assert b"In-Reply-To" not in compose(_mail(in_reply_to="<a b@c>"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Selamat pagi.", b"7bit"),
        ("Selamat – pagi.", b"quoted-printable"),
        ("-- \nSari", b"quoted-printable"),
        ("x=_y", b"quoted-printable"),
        ("a" * 79, b"quoted-printable"),
        ("From me", b"quoted-printable"),
        ("a\nFrom me", b"quoted-printable"),
        ("tab\t\nx", b"quoted-printable"),
        ("日本語" * 50, b"base64"),
    ],
)
def test_transfer_encoding(text: str, encoding: bytes) -> None:
    """Plain text travels as it is where that is safe, and is encoded in the shorter way where it is not."""
    raw = compose(_mail(text=text))
    assert b"Content-Transfer-Encoding: " + encoding + b"\r\n" in raw
    assert _text(_read(text=text)) == text


def test_boundary_in_the_text() -> None:
    """A text that contains our boundary line cannot end its part early."""
    raw = compose(_mail(html="<p>x</p>"))
    match = re.search(rb'boundary="([^"]+)"', raw)
    assert match
    line = f"--{match[1].decode()}--\nnot hidden"
    mail = _read(html=f"<p>{line}</p>", text=line)
    assert _text(mail) == line
    assert len(list(mail.iter_parts())) == 2


def test_attachments() -> None:
    """Files arrive with name, type and bytes; containers go as plain bytes; a foreign name is written in both ways."""
    files = (
        File("surat.pdf", "application/pdf", bytes(range(256)) * 10),
        File("laporan é 日本.docx", "application/msword", b"x"),
        File("asli.eml", "message/rfc822", b"Subject: x\r\n\r\nx"),
        File("../../etc/passwd", "no type\r\nBcc: x", b""),
    )
    mail = _read(files=files, html="<p>x</p>")
    seen = [(part.get_filename(), part.get_content_type(), part.get_content()) for part in mail.iter_attachments()]
    assert seen == [
        ("surat.pdf", "application/pdf", files[0].content),
        ("laporan é 日本.docx", "application/msword", b"x"),
        ("asli.eml", "application/octet-stream", files[2].content),
        ("_.._etc_passwd", "application/octet-stream", b""),
    ]
    raw = compose(_mail(files=files))
    assert b"filename*=utf-8''laporan%20%C3%A9" in raw
    assert b'name="=?utf-8?b?' in raw
    assert b"Bcc" not in raw


@given(st.one_of(ANY_TEXT, NASTY))
def test_file_names(name: str) -> None:
    """Any file name becomes one that is no path, not empty, not too long, and arrives the same."""
    shown = file_name(name)
    assert shown
    assert len(shown.encode()) <= 200
    assert not set(shown) & set('/\\:*?"<>|\r\n\0')
    part = next(_read(files=(File(name, "text/plain", b"x"),)).iter_attachments())
    assert part.get_filename() == shown


def test_long_file_name_keeps_its_ending() -> None:
    """Cutting a name leaves its ending, which tells the reader's system what it is."""
    assert file_name("é" * 300 + ".pdf").endswith("é.pdf")
    assert file_name("a" * 199 + " b") == "a" * 199
    assert file_name(".") == "file"
    assert file_name("a." + "b" * 300) == "a." + "b" * 198


@pytest.mark.parametrize(
    ("module", "broken"),
    [
        ("unstructured", lambda value, used: value + "\r\nBcc: x@evil.example"),  # noqa: ARG005
        ("unstructured", lambda value, used: "other"),  # noqa: ARG005
        ("unstructured", lambda value, used: value + "x" * 1200),  # noqa: ARG005
        ("phrase", lambda value, used: "a <x@evil.example>, b"),  # noqa: ARG005
        ("body", lambda text: ("utf-8", "7bit", b"other")),  # noqa: ARG005
    ],
)
def test_comparison_catches_faults(monkeypatch: pytest.MonkeyPatch, module: str, broken: object) -> None:
    """Whatever goes wrong while assembling, a mail that would be read otherwise than meant is not made."""
    monkeypatch.setattr(encode, module, broken)
    with pytest.raises(ComposeError):
        compose(_mail(text=f"a text that was never composed before: {module}"))


def test_same_mail_same_bytes() -> None:
    """Composing has no clock and no chance in it."""
    mail = _mail(html="<p>x</p>", files=(File("a.txt", "text/plain", b"x"),))
    assert compose(mail) == compose(mail)
