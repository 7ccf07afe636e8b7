"""From the decision to send to the bytes in the outbox."""

from __future__ import annotations

import dataclasses
import email.policy
from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from mailhelp.desk.effect import AttachmentRef, SendMail
from mailhelp.desk.policy import Desk
from mailhelp.edge.letter import Letter, Letters
from mailhelp.edge.template import Templates
from mailhelp.mail.compose import ComposeError
from mailhelp.mail.message import Address, Kind, MailKind, Message, Sender
from mailhelp.mail.thread import evidence
from mailhelp.mail.token import Claim, Key, Keyring, Purpose

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
RING = Keyring((Key("1", b"k" * 32, NOW),), "1")
DESK = Desk("Layanan Bantuan Data", "bantuan@desk.example", "desk.example")
TEMPLATES = Templates.load(Path(__file__).resolve().parents[3] / "templates")
SITI = Address("siti@sekolah.example", "Siti Nurhaliza")
ANSWER = SendMail(
    MailKind.ANSWER,
    "answer",
    SITI,
    "id",
    {"subject": "Lupa kata sandi", "text": "Sudah kami setel ulang."},
    ticket=2164242,
    slot=1,
    in_reply_to="<a@sekolah.example>",
    references=("<a@sekolah.example>",),
)


def _write(mail: SendMail, desk: Desk = DESK, unique: str = "abc", files: Mapping[str, bytes] | None = None) -> Letter:
    return Letters(TEMPLATES, RING, desk).write(mail, unique, NOW, lambda ref: (files or {})[ref.part])


def _answer(**changes: Any) -> SendMail:
    return dataclasses.replace(ANSWER, **changes)


def _read(letter: Letter) -> EmailMessage:
    message = message_from_bytes(letter.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _claims(letter: Letter, desk: Desk = DESK) -> list[tuple[str, Claim]]:
    """What a reply to this letter, addressed as clients do it, proves."""
    reply_to = Address(_read(letter)["Reply-To"].addresses[0].addr_spec)
    reply = Message("", Sender(None), "", Kind.PERSON, "", "", 0, to=(reply_to,), in_reply_to=(letter.message_id,))
    return [(found.where, found.claim) for found in evidence(reply, desk, RING, NOW).claims]


def test_answer() -> None:
    """An answer goes out under the desk's name, in the requester's thread, with her name and the number."""
    letter = _write(ANSWER)
    mail = _read(letter)
    assert mail["From"] == "Layanan Bantuan Data <bantuan@desk.example>"
    assert mail["To"] == "Siti Nurhaliza <siti@sekolah.example>"
    assert letter.recipient == "siti@sekolah.example"
    assert letter.subject == mail["Subject"] == "Re: [#2164242] Lupa kata sandi"
    assert mail["In-Reply-To"] == mail["References"] == "<a@sekolah.example>"
    assert mail["Message-ID"] == letter.message_id
    assert mail["X-Mailhelp-Ticket"] == "2164242"
    assert "Auto-Submitted" not in mail
    assert "Selamat pagi Bapak/Ibu Siti Nurhaliza," in letter.text
    assert "Sudah kami setel ulang." in letter.text


def test_date_is_in_the_desks_zone() -> None:
    """People see the desk's clock, whatever the server's."""
    assert _read(_write(ANSWER))["Date"] == "Tue, 24 Nov 2026 10:00:00 +0700"


def test_reply_proves_ticket_and_participant() -> None:
    """A reply carries the token twice, by address and by Message-ID; a bounce comes to an address of its own."""
    letter = _write(ANSWER)
    claim = Claim(Purpose.REPLY, 2164242, 1, "1")
    assert _claims(letter) == [("address", claim), ("message-id", claim)]
    bounce = Message("", Sender(None), "", Kind.PERSON, "", "", 0, to=(Address(letter.envelope_from),))
    (found,) = evidence(bounce, DESK, RING, NOW).claims
    assert found.claim == Claim(Purpose.BOUNCE, 2164242, 1, "1")


def test_host_without_details() -> None:
    """Where the mail host has no plus addresses, the Message-ID alone carries the token."""
    desk = dataclasses.replace(DESK, detail="")
    letter = _write(ANSWER, desk)
    assert [where for where, _ in _claims(letter, desk)] == ["message-id"]
    assert letter.envelope_from == "bantuan@desk.example"


def test_confirmation_request() -> None:
    """A reply to a confirmation request names the held arrival, and is no reply token for the ticket."""
    context = {"subject": "x", "text": "Sudah."}
    letter = _write(_answer(kind=MailKind.CONFIRM, template="confirm", context=context, confirm=77))
    claim = Claim(Purpose.CONFIRM, 77, 0, "1")
    assert _claims(letter) == [("address", claim), ("message-id", claim)]


def test_mail_without_a_ticket() -> None:
    """An alarm carries no token for any ticket, no tag and no number."""
    context = {"code": "gate.breaker", "text": "Banyak surel."}
    letter = _write(SendMail(MailKind.ALARM, "alarm", Address("admin@desk.example"), "id", context))
    mail = _read(letter)
    assert _claims(letter) == []
    assert mail["Reply-To"].addresses[0].addr_spec == "bantuan@desk.example"
    assert "X-Mailhelp-Ticket" not in mail
    assert letter.subject == "[Layanan Bantuan Data] Perlu perhatian: gate.breaker"


@pytest.mark.parametrize(
    "subject",
    [
        "Lupa kata sandi",
        "Re: Lupa kata sandi",
        "Re: [#2164242] Lupa kata sandi",
        "Bls: [#2164242] Re: [#2164242] Lupa kata sandi",
        "[#2164242]  Lupa kata\r\n sandi",
    ],
)
def test_one_subject_for_one_ticket(subject: str) -> None:
    """Whatever prefixes and tags the subject had gathered, the requester sees one and the same, the number once."""
    assert _write(_answer(context={"subject": subject, "text": "x"})).subject == "Re: [#2164242] Lupa kata sandi"


def test_hostile_words() -> None:
    """A name and a subject full of header and Markdown marks change neither header nor form of the mail."""
    to = Address("siti@sekolah.example", "Siti\r\nBcc: x@evil.example, <y@evil.example>" + "a" * 500)
    letter = _write(_answer(to=to, context={"subject": "x\r\nBcc: y@evil.example\0", "text": "<b>*x*</b>"}))
    mail = _read(letter)
    assert [each.addr_spec for each in mail["To"].addresses] == ["siti@sekolah.example"]
    assert "Bcc" not in mail
    assert letter.subject == "Re: [#2164242] x Bcc: y@evil.example"
    html = mail.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;*x*&lt;/b&gt;" in html.get_content()


def test_sender_name_and_context_win() -> None:
    """A notice shows the requester "via" the desk; what the decision says stands before what is filled in."""
    context = {"subject": "x", "text": "y", "salutation": "Halo"}
    letter = _write(_answer(sender_name="Siti (via Layanan Bantuan)", context=context))
    assert _read(letter)["From"] == '"Siti (via Layanan Bantuan)" <bantuan@desk.example>'
    assert "Halo," in letter.text


def test_attachments_are_loaded() -> None:
    """Files come from the raw message they were sent in."""
    ref = AttachmentRef(5, "2", "surat.pdf", "application/pdf")
    mail = _read(_write(_answer(attachments=(ref,)), files={"2": b"%PDF"}))
    (part,) = mail.iter_attachments()
    assert (part.get_filename(), part.get_content()) == ("surat.pdf", b"%PDF")


def test_own_tag() -> None:
    """The admin's own form of the tag is used, whatever braces are in it."""
    desk = dataclasses.replace(DESK, subject_tag="{x} no. {number}")
    assert _write(ANSWER, desk).subject == "Re: {x} no. 2164242 Lupa kata sandi"


def test_same_arguments_same_bytes() -> None:
    """A letter that is written again is the same, and another mark gives another Message-ID."""
    assert _write(ANSWER) == _write(ANSWER)
    assert _write(ANSWER).message_id != _write(ANSWER, unique="abd").message_id


def test_recipient_that_is_none() -> None:
    """A recipient that is no address stops the letter before it can become a row."""
    with pytest.raises(ComposeError):
        _write(_answer(to=Address("siti")))
