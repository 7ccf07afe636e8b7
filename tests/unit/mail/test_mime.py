"""The tree of a mail: every shape that real and hostile mails have, under limits that hold while it is read."""

from __future__ import annotations

import base64
import io
from email.message import Message as Mail

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail import mime, transfer
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import ReadOptions

OPTIONS = ReadOptions()


def mixed(*parts: str, boundary: str = "b") -> bytes:
    """A multipart/mixed mail of these parts (each with its own header fields)."""
    lines = [f'From: a@b.example\nContent-Type: multipart/mixed; boundary="{boundary}"\n']
    lines += [f"--{boundary}\n{part}" for part in parts]
    return "\n".join([*lines, f"--{boundary}--\n"]).encode("utf-8", "surrogateescape")


def numbers(raw: bytes) -> list[tuple[str, str]]:
    """The part numbers and media types of the leaves."""
    return [(node.part, node.type) for node in mime.leaves(mime.tree(mime.parse(raw, OPTIONS)))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "before", ["", "\ufeff", "\n\n", "From a@b Mon Jan  1 10:00:00 2024\n", "\ufeff\nFrom a@b Mon Jan  1 10:00 2024\n"]
)
def test_line_ends_and_what_stands_before_the_header(end: str, before: str) -> None:
    """LF, CRLF and CR, a byte order mark, empty lines and a mailbox line all give the same mail."""
    raw = (before + "Subject: x\nTo: a@b\n\nbody\nmore").replace("\n", end).encode()
    mail = mime.parse(raw, OPTIONS)
    assert mail["subject"] == "x"
    assert mail["to"] == "a@b"
    assert b"".join(mime.chunks(mime.tree(mail))).split() == [b"body", b"more"]


def test_obsolete_header_syntax_is_mended() -> None:
    """Blanks before the colon and >From lines do not end the header; the body is left alone."""
    mail = mime.parse(b"Subject : x\n>From a@b Mon\nTo\t: c@d\n\nnot : touched\n>From here\n", OPTIONS)
    assert (mail["subject"], mail["to"]) == ("x", "c@d")
    assert mail.get_payload() == "not : touched\n>From here\n"


def test_a_mail_without_an_empty_line() -> None:
    """A header that ends without an empty line still gives a header and a body."""
    mail = mime.parse(b"Subject: x\nthis is no field\nand this\n", OPTIONS)
    assert mail["subject"] == "x"
    assert mail.get_payload() == "this is no field\nand this\n"


def test_the_same_from_a_file_and_from_bytes() -> None:
    """A file is read in blocks, also where a block ends within a line or a line end."""
    raw = b"Subject: x\r\n\r\n" + b"0123456789" * 20_000 + b"\r\n" * 70_000
    one, two = mime.load(raw, OPTIONS), mime.load(io.BytesIO(raw), OPTIONS)
    assert (one.size, one.sha256) == (two.size, two.sha256) == (len(raw), one.sha256)
    assert one.mail.get_payload() == two.mail.get_payload()


def test_part_numbers_are_those_of_imap() -> None:
    """Parts are numbered as in RFC 3501; an attached mail is one leaf, whatever is in it."""
    inner = (
        'Content-Type: multipart/alternative; boundary="i"\n\n--i\n\nplain\n--i\nContent-Type: text/html\n\nh\n--i--\n'
    )
    attached = (
        'Content-Type: message/rfc822\n\nSubject: in\nContent-Type: multipart/mixed; boundary="z"\n\n--z\n\nx\n--z--'
    )
    assert numbers(mixed(inner, "\nsecond", attached)) == [
        ("1.1", "text/plain"),
        ("1.2", "text/html"),
        ("2", "text/plain"),
        ("3", "message/rfc822"),
    ]
    assert numbers(b"Subject: x\n\nbody") == [("1", "text/plain")]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (mixed("\none", "\ntwo")[:-7], [("1", "text/plain"), ("2", "text/plain")]),  # cut off
        (b"Content-Type: multipart/mixed\n\nno boundary", [("1", "multipart/mixed")]),
        (b'Content-Type: multipart/mixed; boundary="b"\n\nnever used', [("1", "multipart/mixed")]),
        (b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nx\n----', [("1", "text/plain")]),
        (b"Content-Type: nonsense\n\nx", [("1", "text/plain")]),
        (b"Content-Type: a b/c\n\nx", [("1", "application/octet-stream")]),
        (b"Content-Type: text/pl\xc3\xa4in\n\nx", [("1", "text/plain")]),
        (b"Content-Type: message/rfc822\n\nSubject: x\n\ny", [("1", "message/rfc822")]),
        (b"", [("1", "text/plain")]),
        (b"\n\n\n", [("1", "text/plain")]),
    ],
)
def test_broken_structures(raw: bytes, expected: list[tuple[str, str]]) -> None:
    """What is cut off or contradicts itself still gives parts."""
    assert numbers(raw) == expected


def test_a_boundary_that_begins_another() -> None:
    """Boundaries are compared as whole lines."""
    inner = 'Content-Type: multipart/mixed; boundary="bb"\n\n--bb\n\none\n--bb\n\ntwo\n--bb--'
    assert [part for part, _ in numbers(mixed(inner, "\nthree"))] == ["1.1", "1.2", "2"]


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"".join(b"X-%d: %s\n" % (n, b"x" * 1_000) for n in range(140)), "header fields of more than 131072 bytes"),
        (b"Subject: " + b"x" * 20_000 + b"\n\n", "a header field of 20010 bytes"),
        (b"Subject: " + b"x\n " * 10_000 + b"\n\n", "a header field of"),
        (b"".join(b"Subject: " + b"=?utf-8?q?a?= " * 900 + b"\n" for _ in range(3)), "encoded words"),
        (b"a:\n" * 3_000, "more than 2000 header fields"),
        (mixed(*["\nx"] * 1_001), "more than 1000 parts"),
        (b"Content-Type: message/rfc822\n\n" * 60, "nested more than 50 deep"),
        (b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(60)), "50 deep"),
        (b"Content-Type: message/delivery-status\n\n" + b"A: b\n\n" * 1_100, "more than 1000 parts"),
        (mixed(*[f"Content-Type: text/plain; a={'x' * 16_000}\n\nx"] * 80), "header fields of more than"),
        (mixed(f"Content-Type: text/plain; a={'x' * 20_000}\n\nx"), "a header field of"),
    ],
)
def test_limits(raw: bytes, why: str) -> None:
    """A mail that would cost too much is refused with the reason, in bytes or from a file."""
    with pytest.raises(LimitExceeded, match=why) as caught:
        mime.parse(raw, OPTIONS)
    assert why in caught.value.why
    with pytest.raises(LimitExceeded):
        mime.parse(io.BytesIO(raw), OPTIONS)


def test_limits_are_options() -> None:
    """The limits come from the options, and what stays below them is read."""
    raw = mixed("\none", "\ntwo")
    assert mime.parse(raw, ReadOptions(max_parts=3)).is_multipart()
    with pytest.raises(LimitExceeded):
        mime.parse(raw, ReadOptions(max_parts=2))
    with pytest.raises(LimitExceeded):
        mime.parse(raw, ReadOptions(max_depth=0))


def test_long_private_fields_are_cut_and_not_refused() -> None:
    """Servers add private fields of any length: that is no reason to refuse a person's mail."""
    mail = mime.parse(b"X-Trace: " + b"word\r\n word " * 4_000 + b"\r\nSubject: x\r\n\r\nbody", OPTIONS)
    assert mail["subject"] == "x"
    assert mail["x-trace"] == "word"


@pytest.mark.parametrize(
    ("encoding", "payload", "expected"),
    [
        ("base64", "aGFsbw==", b"halo"),
        ("base64", "aGFs\nbw==\n-- \nlist footer", b"halo"),
        ("base64", "aGFsbw", b"halo"),
        ("base64", "a!G?F*sbw==", b"halo"),
        ("base64", "aGFsb", b"hal"),
        ("base64", "", b""),
        ("quoted-printable", "a=C3=A4=\nb", b"a\xc3\xa4b"),
        ("quoted-printable", "100=% =", b"100=% "),
        ("", "h\udcc3\udca4", b"h\xc3\xa4"),
        ("8bit", "x", b"x"),
        ("nonsense", "x", b"x"),
    ],
)
def test_transfer_encodings(encoding: str, payload: str, expected: bytes) -> None:
    """Encodings are undone; what damages them costs little."""
    assert b"".join(transfer.decoded(payload, encoding)) == expected


@given(st.binary(max_size=3_000), st.integers(1, 90))
def test_base64_is_undone_exactly(data: bytes, width: int) -> None:
    """Whatever the bytes and the line length, base64 comes back."""
    text = base64.b64encode(data).decode()
    folded = "\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    assert b"".join(transfer.decoded(folded, "base64")) == data


def test_large_parts_come_in_pieces() -> None:
    """A large part is decoded in pieces, and the pieces are the whole, whatever the line length."""
    data = bytes(range(256)) * 8_000
    lines = base64.encodebytes(data).decode()
    for payload in (lines, lines.replace("\n", "")):
        pieces = list(transfer.decoded(payload, "base64"))
        assert b"".join(pieces) == data
    assert len(list(transfer.decoded(lines, "base64"))) > 5


def test_base64_ends_at_its_padding() -> None:
    """What follows the padding, the footer of a list for example, is no content, however long it is."""
    assert b"".join(transfer.decoded("aGFsbw==\n" + "footer\n" * 100_000, "base64")) == b"halo"
    assert b"".join(transfer.decoded("A" * 400_000 + "\nA=\n" + "footer\n" * 100_000, "base64")) == b"\0" * 300_000


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (" BASE64 ", "base64"),
        ("base64 (comment)", "base64"),
        ("quoted-printable; x", "quoted-printable"),
        ("B", "base64"),
        ("", ""),
    ],
)
def test_encoding_names(declared: str, expected: str) -> None:
    """Encoding names are read through comments and short forms."""
    assert transfer.name(declared) == expected


def test_text_that_is_not_bytes() -> None:
    """A payload that no bytes made is encoded all the same."""
    assert transfer.as_bytes("ä") == "ä".encode()


def test_extract() -> None:
    """One part's bytes are found again by its number; a number that is not there is a KeyError."""
    png = base64.b64encode(b"\x89PNG").decode()
    raw = mixed("\nhalo", f"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n{png}")
    assert mime.extract(raw, "1") == b"halo"
    assert mime.extract(io.BytesIO(raw), "2", OPTIONS) == b"\x89PNG"
    with pytest.raises(KeyError):
        mime.extract(raw, "3")


def test_an_attached_mail_comes_as_it_stood() -> None:
    """The bytes of an attached mail keep its header fields, 8-bit ones too, with CRLF line ends."""
    inner = "Subject: =?utf-8?q?a?=\n  folded\nX-Raw: gr\udcc3\udcbc\udcc3\udc9f\n\nbody\nFrom here\n"
    raw = mixed(f"Content-Type: message/rfc822\n\n{inner}")
    expected = inner.encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n")
    assert mime.extract(raw, "1") == expected


def test_an_attached_mail_in_base64() -> None:
    """Against the rules (RFC 2046 §5.2.1) but seen: an attached mail in base64 is decoded."""
    inner = base64.encodebytes(b"Subject: x\n\nbody").decode()
    assert (
        mime.extract(mixed(f"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n{inner}"), "1")
        == b"Subject: x\n\nbody"
    )


@pytest.mark.parametrize(
    "inner",
    [
        'Content-Type: multipart/mixed; boundary="i"\r\n\r\npre\r\n--i\r\n\r\n1\r\n--i\r\nX: y\r\n\r\n2\r\n--i--\r\n.',
        'Content-Type: multipart/mixed; boundary="i"\r\n\r\n--i\r\n\r\none\r\n--i--',
        "Content-Type: multipart/mixed; charset=utf-8\r\n\r\nno boundary \udcff",
        "Content-Type: message/rfc822\r\n\r\nSubject: deeper\r\n\r\ntext",
        "Content-Type: message/delivery-status\r\n\r\nA: b\r\n\r\nC: d\r\n",
    ],
)
def test_attached_mails_of_all_shapes(inner: str) -> None:
    """Whatever an attached mail is made of, its bytes come back."""
    raw = mixed(f"Content-Type: message/rfc822\r\n\r\n{inner}\r\n").replace(b"\r\n\n", b"\r\n")
    got = mime.extract(raw, "1")
    assert got.rstrip(b"\r\n") == inner.encode("utf-8", "surrogateescape").rstrip(b"\r\n")


def test_a_delivery_status_part_comes_back_as_text() -> None:
    """The feed parser takes such a part apart; its bytes are put together again."""
    status = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b\nAction: failed\n"
    got = mime.extract(mixed(f"Content-Type: message/delivery-status\n\n{status}"), "1")
    assert [line for line in got.decode().split("\r\n") if line] == [line for line in status.split("\n") if line]


def test_the_mail_inside() -> None:
    """`inner` is the attached mail, and nothing for other parts."""
    root = mime.tree(mime.parse(mixed("Content-Type: message/rfc822\n\nSubject: in\n\nx", "\nplain"), OPTIONS))
    first, second = mime.leaves(root)
    found = mime.inner(first)
    assert found is not None
    assert found["subject"] == "in"
    assert mime.inner(second) is None


def test_mails_made_outside_the_reader() -> None:
    """A mail without a body and a policy without a budget do no harm."""
    mail = Mail(policy=mime._Policy())
    mail["Subject"] = "x"
    assert mime.flat(mail) == b"Subject: x\r\n\r\n"
    mail.set_payload("body")
    assert mime.flat(mail) == b"Subject: x\r\n\r\nbody"
    assert mime._Policy().header_source_parse(["A: b\r\n"]) == ("A", "b")
