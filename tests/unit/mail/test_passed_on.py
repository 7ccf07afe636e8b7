"""Mails that are passed on: attached or inside the text, with their files; looked for only where it is asked."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from mailhelp.mail.message import Address, Message, ReadOptions
from mailhelp.mail.mime import extract
from mailhelp.mail.read import read


def original() -> EmailMessage:
    """A teacher's mail with a file."""
    mail = EmailMessage()
    mail["From"] = "Sri Wahyuni <guru@sekolah.example>"
    mail["Subject"] = "Akun belajar"
    mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0700"
    mail["Message-ID"] = "<asli@sekolah.example>"
    mail.set_content("Akun saya tidak bisa dibuka.\n\n#spam\n")
    mail.add_attachment(b"%PDF-1.4 surat", maintype="application", subtype="pdf", filename="surat.pdf")
    return mail


def passed_on(text: str, inside: EmailMessage | None) -> bytes:
    """An agent's mail with another one attached."""
    mail = EmailMessage()
    mail["From"] = "sari@dinas.example"
    mail["Subject"] = "Fwd: Akun belajar"
    mail.set_content(text)
    if inside is not None:
        mail.add_attachment(inside)
    return mail.as_bytes()


def opened(raw: bytes) -> Message:
    """The mail, read."""
    return read(raw, ReadOptions())


def test_an_attached_mail() -> None:
    """Its sender, subject, date, text, id and files; the files can be taken out."""
    raw = passed_on("#forward\nDari komentar.\n", original())
    found = opened(raw).forwarded
    assert found is not None
    assert (found.sender, found.subject) == (Address("guru@sekolah.example", "Sri Wahyuni"), "Akun belajar")
    assert (found.message_id, found.part) == ("<asli@sekolah.example>", "2")
    assert found.date == datetime(2026, 11, 23, 3, tzinfo=UTC)
    assert found.text.startswith("Akun saya tidak bisa dibuka.")
    (file,) = found.attachments
    assert (file.name, file.part) == ("surat.pdf", "2/2")
    assert extract(raw, file.part) == b"%PDF-1.4 surat"


def test_an_attached_mail_that_was_encoded() -> None:
    """RFC 2046 forbids it and aerc does it: it is read all the same, and its files can be taken out."""
    coded = base64.encodebytes(original().as_bytes())
    head = b'From: sari@dinas.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n'
    kind = b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    raw = head + b"--x\nContent-Type: text/plain\n\n#forward\n--x\n" + kind + coded + b"\n--x--\n"
    found = opened(raw).forwarded
    assert found is not None
    assert found.sender == Address("guru@sekolah.example", "Sri Wahyuni")
    assert found.text.startswith("Akun saya tidak bisa dibuka.")
    assert extract(raw, found.attachments[0].part) == b"%PDF-1.4 surat"


@pytest.mark.parametrize("part", ["2/9", "9/1", "2/2/1", "2/"])
def test_a_part_that_is_not_there(part: str) -> None:
    """KeyError, as for any other."""
    with pytest.raises(KeyError):
        extract(passed_on("#forward", original()), part)


def test_a_mail_inside_the_text() -> None:
    """What stands above is a comment."""
    text = (
        "#forward\n\nDari komentar.\n\n---------- Forwarded message ---------\n"
        "From: Sri Wahyuni <guru@sekolah.example>\nDate: Mon, 23 Nov 2026\nSubject: Akun\n\nTerkunci.\n"
    )
    found = opened(passed_on(text, None)).forwarded
    assert found is not None
    assert (found.sender.addr, found.subject, found.text, found.part) == (
        "guru@sekolah.example",
        "Akun",
        "Terkunci.",
        "",
    )
    assert (found.comment, found.printed_date) == ("#forward\n\nDari komentar.", "Mon, 23 Nov 2026")


def test_nothing_is_looked_for_without_a_command() -> None:
    """Every mail is read; few are passed on."""
    assert opened(passed_on("Mohon dibantu.", original())).forwarded is None
    assert opened(passed_on("#for a@b.example\nHalo.", None)).forwarded is None


@pytest.mark.parametrize("date", ["", "kemarin", "Mon, 99 Foo 9999 99:99:99 +9999"])
def test_an_original_without_a_usable_date_or_sender(date: str) -> None:
    """Empty, never an error."""
    inside = EmailMessage()
    inside["Subject"] = "x"
    if date:
        inside["Date"] = date
    inside.set_content("Halo.")
    found = opened(passed_on("#forward", inside)).forwarded
    assert found is not None
    assert (found.sender.addr, found.date) == ("", None)
