"""The embedded mail host: what a demo and tests may rely on."""

from __future__ import annotations

import smtplib
import socket
import threading

import pytest

from mailhelp.edge.imap import FetchLimits, Mailbox
from mailhelp.edge.secret import Secrets
from mailhelp.embedded import MailHost, Travelled, mailbox_of
from servers import PASSWORD, mailbox_config

RAW = b"From: Sari <sari@desk.test>\r\nTo: help@desk.test\r\nSubject: halo\r\n\r\n.titik\r\nisi\r\n"


def inbox(host: MailHost, user: str) -> list[bytes]:
    """The raw mails in somebody's INBOX."""
    from pathlib import Path

    box = Mailbox(mailbox_config(host.imap_port, user), Secrets(password=lambda: PASSWORD))
    box.connect()
    found = box.standing(box.new_uids(0))
    mails = [one.raw for batch in box.fetch(found, FetchLimits(), Path()) for one in batch]
    box.close()
    return [raw for raw in mails if isinstance(raw, bytes)]


def test_mail_is_delivered_as_it_was_sent(pymap_server: MailHost) -> None:
    """Byte for byte below the trace fields; the detail of the address stays in Delivered-To."""
    with smtplib.SMTP(pymap_server.host, pymap_server.smtp_port) as smtp:
        smtp.sendmail("sari@desk.test", ["help+r1-abc@desk.test", "BUDI@desk.test"], RAW)
    (mail,) = inbox(pymap_server, "help@desk.test")
    assert mail == b"Return-Path: <sari@desk.test>\r\nDelivered-To: help+r1-abc@desk.test\r\n" + RAW
    assert len(inbox(pymap_server, "budi@desk.test")) == 1
    assert [(one.sender, one.recipients, one.raw) for one in pymap_server.travelled] == [
        ("sari@desk.test", ("help+r1-abc@desk.test", "BUDI@desk.test"), RAW)
    ]


def test_unknown_people_and_wrong_passwords_are_refused(pymap_server: MailHost) -> None:
    """550 for a recipient who is not there, 535 for a wrong password."""
    with smtplib.SMTP(pymap_server.host, pymap_server.smtp_port) as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("sari@desk.test", ["siapa@desk.test"], RAW)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login("sari@desk.test", "salah")


@pytest.mark.parametrize(
    ("user", "raw", "verdict"),
    [
        ("sari@desk.test", RAW, b"dmarc=pass header.from=desk.test"),
        ("budi@desk.test", RAW, b"dmarc=none"),
        ("", RAW, b"dmarc=none"),
        ("sari@desk.test", RAW.replace(b"To:", b"From: budi@desk.test\r\nTo:"), b"dmarc=none"),
    ],
)
def test_the_border_vouches_only_for_who_logged_in(user: str, raw: bytes, verdict: bytes) -> None:
    """With an authserv-id, `pass` needs a login and exactly one From address, that of the login."""
    people = dict.fromkeys(("help@desk.test", "sari@desk.test", "budi@desk.test"), PASSWORD)
    with (
        MailHost(people, authserv_id="mx.desk.test") as host,
        smtplib.SMTP(host.host, host.smtp_port) as smtp,
    ):
        if user:
            smtp.login(user, PASSWORD)
        smtp.sendmail("sari@desk.test", ["help@desk.test"], raw)
        (mail,) = inbox(host, "help@desk.test")
    assert b"Authentication-Results: mx.desk.test; " + verdict in mail


def test_who_asks_is_told_of_each_mail() -> None:
    """`on_mail` sees every mail that went through the door, after it was delivered."""
    seen: list[Travelled] = []
    came = threading.Event()

    def note(mail: Travelled) -> None:
        seen.append(mail)
        came.set()

    with MailHost({"help@desk.test": PASSWORD}, on_mail=note) as host:
        with smtplib.SMTP(host.host, host.smtp_port) as smtp:
            smtp.sendmail("", ["help@desk.test"], RAW)
        assert came.wait(5)
    assert [one.sender for one in seen] == [""]


def test_a_taken_port_is_an_error() -> None:
    """Starting on a port that somebody else has raises at once."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        MailHost({}, imap_port=taken.getsockname()[1]).start()


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [("Help+r1-x@Desk.Test", "help@desk.test"), ("help@desk.test", "help@desk.test"), ("a+b+c@d", "a@d")],
)
def test_details_are_cut(address: str, mailbox: str) -> None:
    """Mail to `name+detail` lands with `name` (RFC 5233)."""
    assert mailbox_of(address) == mailbox
