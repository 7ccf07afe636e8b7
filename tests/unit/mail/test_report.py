"""Delivery reports: who was not reached, which mail it was, and which mails are no reports."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail import mime, report
from mailhelp.mail.message import Action, DeliveryReport, ReadOptions
from mailhelp.mail.read import read

OPTIONS = ReadOptions()
DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\nSubject: Undelivered Mail Returned to Sender\n"
RETURNED = "Content-Type: message/rfc822\n\nMessage-ID: <ours@desk.example>\nSubject: x\n\nold text"
STATUS = (
    "Final-Recipient: rfc822; guru@sekolah.example\nAction: failed\nStatus: 5.1.1\n"
    "Diagnostic-Code: smtp; 550 no such user\n"
)


def dsn(status: str, *more: str, header: str = DAEMON, kind: str = "report; report-type=delivery-status") -> str:
    """A delivery report with this status part."""
    parts = ["Content-Type: text/plain\n\nIt failed.", f"Content-Type: message/delivery-status\n\n{status}", *more]
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f'{header}Content-Type: multipart/{kind}; boundary="b"\n\n{body}--b--\n'


def found(raw: str) -> DeliveryReport:
    """The report that a mail is read as."""
    message = read(raw.encode(), OPTIONS)
    assert message.report is not None, (message.kind, message.kind_reason)
    return message.report


def test_a_standard_report() -> None:
    """RFC 3464: recipient, action, status, diagnostic text, the returned mail's id and the envelope id."""
    raw = dsn(f"Reporting-MTA: dns; mx.example\nOriginal-Envelope-Id: QQ7\n\n{STATUS}", RETURNED)
    got = found(raw)
    (one,) = got.recipients
    assert (one.addr, one.action, one.status) == ("guru@sekolah.example", Action.FAILED, "5.1.1")
    assert one.diagnostic == "smtp; 550 no such user"
    assert (got.original_message_id, got.original_envelope_id) == ("<ours@desk.example>", "QQ7")
    assert report.delivery_report(mime.parse(raw.encode(), OPTIONS)) == got


def test_several_recipients_with_their_own_fate() -> None:
    """Each recipient keeps his own action; a repeated one counts once."""
    later = "Final-Recipient: rfc822; b@x.example\nAction: delayed\nStatus: 4.4.1\n"
    done = "Final-Recipient: rfc822; c@x.example\nAction: delivered\n"
    got = found(dsn(f"Reporting-MTA: dns; mx\n\n{STATUS}\n{later}\n{done}\n{STATUS}"))
    assert [(one.addr, one.action) for one in got.recipients] == [
        ("guru@sekolah.example", Action.FAILED),
        ("b@x.example", Action.DELAYED),
        ("c@x.example", Action.DELIVERED),
    ]


def test_the_address_we_wrote_to_comes_first() -> None:
    """Where the mail was forwarded on the way, the address that we used is the one reported."""
    got = found(dsn(f"Original-Recipient: rfc822;us@x.example\n{STATUS}"))
    assert [one.addr for one in got.recipients] == ["us@x.example"]


@pytest.mark.parametrize(
    ("block", "action", "status"),
    [
        ("Final-Recipient: rfc822;a@b.example\nAction: failed", Action.FAILED, ""),
        ("Final-Recipient: RFC822; <a@b.example>\nAction: FAILED (bad)\nStatus: 5.0.0 (x)", Action.FAILED, "5.0.0"),
        ("Final-Recipient: a@b.example\nAction: failure", Action.FAILED, ""),
        ("Final-Recipient: rfc822;a@b.example\nAction: relayed", Action.RELAYED, ""),
        ("Final-Recipient: rfc822;a@b.example\nAction: expanded", Action.EXPANDED, ""),
        ("Final-Recipient: rfc822;a@b.example\nStatus: 4.2.2", Action.DELAYED, "4.2.2"),
        ("Final-Recipient: rfc822;a@b.example\nDiagnostic-Code: smtp; 550 5.7.1 no", Action.FAILED, "5.7.1"),
        ("Final-Recipient: rfc822;a@b.example\nAction: odd", Action.FAILED, ""),
        ("Final-Recipient: rfc822;a@b.example\nAction: odd\nStatus: 2.0.0", Action.DELIVERED, "2.0.0"),
        ("X-Actual-Recipient: rfc822;\n a@b.example\nAction: failed", Action.FAILED, ""),
    ],
)
def test_forms_of_recipient_fields(block: str, action: Action, status: str) -> None:
    """Case, comments, folding, missing and strange actions are understood; the status decides in doubt."""
    (one,) = found(dsn(f"Reporting-MTA: dns; mx\n\n{block}\n")).recipients
    assert (one.addr, one.action, one.status) == ("a@b.example", action, status)


@pytest.mark.parametrize(
    "returned",
    [
        "Content-Type: text/rfc822-headers\n\nSubject: x\nMessage-ID:\n <ours@desk.example>\n",
        "Content-Type: message/rfc822-headers\n\nMessage-Id: <ours@desk.example>\n",
        "Content-Type: message/global\n\nMessage-ID: <ours@desk.example>\n\nx",
        "Content-Type: text/plain\n\n--- Original message ---\n> Message-ID: <ours@desk.example>\n",
    ],
)
def test_the_returned_mail_in_all_forms(returned: str) -> None:
    """The id of the mail is found in a whole mail, in its header alone, and in a copy within the text."""
    assert found(dsn(STATUS, returned)).original_message_id == "<ours@desk.example>"


def test_status_parts_that_the_parser_does_not_open() -> None:
    """A status part in base64 and one of the international kind are read too."""
    encoded = base64.encodebytes(STATUS.encode()).decode()
    raw = dsn(STATUS).replace(
        "message/delivery-status\n\n" + STATUS,
        f"message/delivery-status\nContent-Transfer-Encoding: base64\n\n{encoded}",
    )
    assert found(raw).recipients[0].addr == "guru@sekolah.example"
    assert (
        found(dsn(STATUS).replace("message/delivery-status", "message/global-delivery-status")).recipients[0].status
        == "5.1.1"
    )


def test_recipients_from_the_text_where_the_status_names_none() -> None:
    """A report without a usable recipient takes it from its wording, and is a report even without one."""
    raw = dsn("Reporting-MTA: dns; mx\n").replace("It failed.", "It failed.\n\n<guru@sekolah.example>: user unknown")
    assert found(raw).recipients[0].addr == "guru@sekolah.example"
    assert found(dsn("Reporting-MTA: dns; mx\n")).recipients == ()


QMAIL = (
    "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to the "
    "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
    "<guru@sekolah.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n"
    "--- Below this line is a copy of the message.\n\nReturn-Path: <help@desk.example>\n"
    "Message-ID: <ours@desk.example>\nTo: somebody@else.example\n"
)
EXIM = (
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
    "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
    "  guru@sekolah.example\n    host mx.sekolah.example [192.0.2.20]: 550 unknown user\n\n"
    "------ This is a copy of the message, including all the headers. ------\n\nMessage-ID: <ours@desk.example>\n"
)
EXCHANGE = (
    "Your message\n\n  To:      Guru\n  Subject: Laporan\n\ndid not reach the following recipient(s):\n\n"
    "guru@sekolah.example on Fri, 14 Sep 2007 18:52:54 +0300\n    The recipient name is not recognized\n"
)
ODD = "The letter for guru@sekolah.example is back: mailbox full.\n\n--- Header of source mail ---\nX: y@z.example"
WARNING = (
    "THIS IS A WARNING MESSAGE ONLY.\nYOU DO NOT NEED TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient "
    "has been delayed:\n\n     guru@sekolah.example\n\nMessage will be retried for 2 more day(s)\n"
)
INDONESIAN = "Pesan Anda gagal dikirim ke <guru@sekolah.example>: kotak surat penuh\n"


@pytest.mark.parametrize("text", [QMAIL, EXIM, EXCHANGE, ODD, INDONESIAN])
def test_reports_in_words_alone(text: str) -> None:
    """qmail, Exim, Exchange and others have no machine-readable part: their words are read."""
    got = found(f"{DAEMON}Return-Path: <>\n\n{text}")
    assert [(one.addr, one.action) for one in got.recipients] == [("guru@sekolah.example", Action.FAILED)]
    assert got.original_message_id == ("<ours@desk.example>" if "ours@" in text else "")


def test_a_report_without_anything_around() -> None:
    """A mail that is nothing but the machine-readable part is a report, even without a sender."""
    raw = f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n{STATUS}"
    assert found(raw).recipients[0].addr == "guru@sekolah.example"


def test_a_warning_is_no_failure() -> None:
    """A mail that is still being tried is delayed."""
    got = found(f"{DAEMON}\n{WARNING}")
    assert [(one.addr, one.action) for one in got.recipients] == [("guru@sekolah.example", Action.DELAYED)]


def test_the_header_of_exim_names_the_recipients() -> None:
    """X-Failed-Recipients is the surest source."""
    got = found(f"{DAEMON}X-Failed-Recipients: a@b.example, c@d.example\n\n{EXIM}")
    assert [one.addr for one in got.recipients] == ["a@b.example", "c@d.example"]


@pytest.mark.parametrize(
    "sender",
    [
        "From: <>\nSubject: Mail failure",
        "From: Jetmail System <>\nSubject: Mail Error",
        "From: postmaster@mx.example\nReturn-Path: <>\nSubject: Undeliverable: Laporan",
        "From: postmaster@mx.example\nSubject: failure notice",
        "From: robot@mx.example\nAuto-Submitted: auto-replied\nSubject: Returned mail: see transcript",
        "From: System Administrator <postmaster@mx.example>\nReturn-Path: <>\nSubject: E",
        "From: robot@mx.example\nAuto-Submitted: auto-replied\nSubject: Nedoručitelné: Laporan",
        "From: robot@mx.example\nReturn-Path: <>\nSubject: Onbestelbaar: Laporan",
        "From: robot@mx.example\nReturn-Path: <MAILER-DAEMON@mx.example>\nSubject: Mail could not be delivered",
    ],
)
def test_senders_of_bounces(sender: str) -> None:
    """A mail server is known by its name, by an empty address, or by its subject and one more sign."""
    assert found(f"{sender}\n\n{QMAIL}").recipients[0].addr == "guru@sekolah.example"


@pytest.mark.parametrize(
    "header",
    [
        "From: kepala@sekolah.example\nSubject: Undelivered Mail Returned to Sender",  # the subject alone
        "From: kepala@sekolah.example\nSubject: Fwd: failure notice\nPrecedence: bulk",  # passed on by a person
        "From: kepala@sekolah.example\nSubject: Re: Mail delivery failed\nAuto-Submitted: auto-replied",
        "From: kepala@sekolah.example\nSubject: tolong",
        "From: postmaster@sekolah.example\nSubject: surel kami ditolak",  # a person who looks after the mail
        "From: kepala@sekolah.example\nReturn-Path: <>\nSubject: halo",
    ],
)
def test_people_who_write_about_bounces(header: str) -> None:
    """Somebody who asks about a bounce or passes one on is no mail server."""
    assert read(f"{header}\n\n{QMAIL}".encode(), OPTIONS).report is None


def test_a_bounce_that_a_person_attaches() -> None:
    """A forwarded report inside a mail of a person is not looked into."""
    inner = dsn(STATUS)
    outer = 'From: guru@sekolah.example\nSubject: x\nContent-Type: multipart/mixed; boundary="o"\n\n--o\n\nini\n'
    raw = f"{outer}--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    message = read(raw.encode(), OPTIONS)
    assert message.report is None
    assert message.kind == "person"


def test_a_daemon_that_names_nobody_still_reports() -> None:
    """A bounce whose recipient cannot be found is a report without recipients; other mail of a server is none."""
    assert found(f"{DAEMON}\nsome text about nothing").recipients == ()
    assert read(b"From: MAILER-DAEMON@x.example\nSubject: hello\n\njust words", OPTIONS).report is None


def test_long_bounces_do_without_the_library() -> None:
    """A very long mail is not given to the library; its own words are still read."""
    got = found(f"{DAEMON}\n{QMAIL}{'x ' * 200_000}")
    assert got.recipients[0].addr == "guru@sekolah.example"


def test_a_library_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where flufl.bounce raises, the wording decides; where it answers, its addresses come first."""

    def broken(_mail: object) -> None:
        raise AttributeError

    monkeypatch.setattr("flufl.bounce.all_failures", broken)
    assert found(f"{DAEMON}\n{QMAIL}").recipients[0].addr == "guru@sekolah.example"
    monkeypatch.setattr(
        "flufl.bounce.all_failures", lambda _mail: (set(), {b"other@x.example", "no address", b"guru@sekolah.example"})
    )
    assert [one.addr for one in found(f"{DAEMON}\n{QMAIL}").recipients] == ["guru@sekolah.example"]
    assert [one.addr for one in found(f"{DAEMON}\nfailed").recipients] == ["guru@sekolah.example", "other@x.example"]


LINES = st.sampled_from(
    ["Final-Recipient: rfc822; a@b.example", "Action: failed", "Status: 5.0.0", "", "Original-Recipient:", " folded",
     "Reporting-MTA: dns", "<a@b.example>: x", "Diagnostic-Code: x; 5.1.1", "--b", "--b--", "Message-ID: <x@y>",
     "\0", "é"]
)  # fmt: skip


@given(st.lists(LINES, max_size=20).map("\n".join))
def test_no_status_part_makes_it_raise(status: str) -> None:
    """Whatever stands in the status part, the mail is read, and recipients have an address."""
    message = read(dsn(status).encode(), OPTIONS)
    assert message.report is None or all("@" in one.addr for one in message.report.recipients)
