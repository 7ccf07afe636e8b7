"""What the mailbox promises, against a real Dovecot and against pymap: one suite, two servers."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from mailhelp.edge.imap import DownError, FetchLimits, LoginRefusedError, Mailbox
from mailhelp.edge.secret import Secrets
from scripted import Looks
from servers import DovecotServer, mailbox_config, unavailable, why_no_dovecot

PASSWORD = "rahasia"


class Server(Protocol):
    """What both servers can do for a test."""

    @property
    def imap_port(self) -> int:
        """Where it listens."""

    def deliver(self, raw: bytes, recipient: str, sender: str = "") -> None:
        """Put a mail into a mailbox."""

    def add_user(self, address: str, password: str) -> None:
        """Let a mailbox exist."""


@pytest.fixture(params=[pytest.param("dovecot", marks=pytest.mark.dovecot), "pymap_server"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each test runs against both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def user(server: Server, request: pytest.FixtureRequest) -> str:
    """A mailbox of the test's own."""
    address = f"t{zlib.crc32(request.node.nodeid.encode())}@desk.test"
    server.add_user(address, PASSWORD)
    return address


def open_mailbox(server: Server, user: str, password: str = PASSWORD, **more: Any) -> Mailbox:
    """A mailbox object that has not been connected."""
    return Mailbox(mailbox_config(server.imap_port, user, **more), Secrets(password=lambda: password))


@pytest.fixture
def box(server: Server, user: str) -> Iterator[Mailbox]:
    """A connected mailbox."""
    mailbox = open_mailbox(server, user)
    mailbox.connect()
    yield mailbox
    mailbox.close()


def mail(number: int, size: int = 0) -> bytes:
    """A small mail with that number, padded to about `size` bytes."""
    head = b"From: a@b.test\r\nSubject: mail %d\r\nMessage-ID: <m%d@b.test>\r\n\r\nbody %d\r\n" % (
        number,
        number,
        number,
    )
    line = b"0123456789" * 7 + b"\r\n"
    return head + line * (max(0, size - len(head)) // len(line))


def read_all(box: Mailbox, spool: Path, limits: FetchLimits | None = None, above: int = 0) -> dict[int, bytes]:
    """All mails above a UID, as bytes."""
    found = box.standing(box.new_uids(above))
    mails = {}
    for batch in box.fetch(found, limits or FetchLimits(), spool):
        for one in batch:
            mails[one.uid] = one.raw.read_bytes() if isinstance(one.raw, Path) else one.raw
    return mails


def test_new_mails_are_found_by_uid_and_come_as_they_are(
    server: Server, user: str, box: Mailbox, tmp_path: Path
) -> None:
    """Every mail above the mark is fetched byte for byte, ascending; nothing below it is named again."""
    for number in range(3):
        server.deliver(mail(number), user)
    mails = read_all(box, tmp_path)
    assert [
        b"Subject: mail %d\r\n" % n in raw and raw.endswith(b"body %d\r\n" % n) for n, raw in enumerate(mails.values())
    ]
    assert list(mails) == sorted(mails)
    assert len(mails) == 3
    assert box.new_uids(max(mails)) == []
    server.deliver(mail(9), user)
    assert [raw.count(b"mail 9") for raw in read_all(box, tmp_path, above=max(mails)).values()] == [1]


def test_sizes_and_times_of_arrival(server: Server, user: str, box: Mailbox) -> None:
    """INTERNALDATE comes as aware UTC and near to now; the size is that of the mail."""
    server.deliver(mail(1, 5000), user)
    (found,) = box.standing(box.new_uids(0))
    assert found.arrived_at.tzinfo is UTC
    assert abs(found.arrived_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert 5000 <= found.size <= 6000


def test_batches_keep_to_count_and_bytes(server: Server, user: str, box: Mailbox, tmp_path: Path) -> None:
    """No batch holds more mails or bytes than the limits say."""
    for number in range(7):
        server.deliver(mail(number, 2000), user)
    found = box.standing(box.new_uids(0))
    by_count = [len(batch) for batch in box.fetch(found, FetchLimits(messages=3), tmp_path)]
    by_bytes = [len(batch) for batch in box.fetch(found, FetchLimits(size=5000), tmp_path)]
    assert (by_count, by_bytes) == ([3, 3, 1], [2, 2, 2, 1])


def test_a_large_mail_comes_in_chunks_into_a_file(server: Server, user: str, box: Mailbox, tmp_path: Path) -> None:
    """Above 1 MB the raw mail is a file with the same bytes, and the file goes when the next batch is asked for."""
    raw = mail(1, 2_600_000)
    server.deliver(raw, user)
    found = box.standing(box.new_uids(0))
    batches = box.fetch(found, FetchLimits(), tmp_path)
    (one,) = next(batches)
    assert isinstance(one.raw, Path)
    assert one.raw.read_bytes().endswith(raw)
    assert one.size == one.raw.stat().st_size
    assert next(batches, None) is None
    assert not list(tmp_path.iterdir())


def test_an_oversized_mail_is_taken_in_part(server: Server, user: str, box: Mailbox, tmp_path: Path) -> None:
    """Above the limit: header, both texts and names of files, in the tree of the original; no file's content."""
    inner = b"--in\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSaya lupa kata sandi.\r\n"
    inner += b"--in\r\nContent-Type: text/html\r\n\r\n<p>Saya lupa</p>\r\n--in--\r\n"
    raw = (
        b"From: a@b.test\r\nSubject: besar\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\n"
    )
    raw += b"--out\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n" + inner
    raw += b'--out\r\nContent-Type: application/pdf; name="kartu.pdf"\r\nContent-Disposition: attachment\r\n\r\n'
    raw += b"PDFPDFPDF\r\n" * 20_000 + b"--out--\r\n"
    server.deliver(raw, user)
    found = box.standing(box.new_uids(0))
    ((one,),) = list(box.fetch(found, FetchLimits(largest=50_000), tmp_path))
    assert one.truncated
    assert isinstance(one.raw, bytes)
    assert len(one.raw) < 2000
    assert one.size == found[0].size > 200_000
    for piece in (
        b"Subject: besar",
        b"Saya lupa kata sandi.",
        b"<p>Saya lupa</p>",
        b"kartu.pdf",
        b"--in--",
        b"--out--",
    ):
        assert one.raw.count(piece) == 1, piece
    assert b"PDFPDF" not in one.raw


def test_a_large_plain_mail_is_cut(server: Server, user: str, box: Mailbox, tmp_path: Path) -> None:
    """A mail that is one huge text keeps its header and the beginning of the text."""
    server.deliver(mail(1, 900_000), user)
    ((one,),) = list(box.fetch(box.standing(box.new_uids(0)), FetchLimits(largest=600_000), tmp_path))
    assert isinstance(one.raw, bytes)
    assert b"Subject: mail 1" in one.raw
    assert 500_000 <= len(one.raw) < 502_000


def test_folders_are_made_once_and_filing_is_idempotent(
    server: Server, user: str, box: Mailbox, tmp_path: Path
) -> None:
    """Missing folders are made; a filed mail stands there and not in the intake folder; filing again is fine."""
    made = box.make_folders()
    assert len(made) == 3
    assert box.make_folders() == []
    for number in range(3):
        server.deliver(mail(number), user)
    uids = box.new_uids(0)
    assert box.file(uids[:2], "mailhelp/Processed") == 2
    assert box.file(uids[:2], "mailhelp/Processed") == 0
    assert box.file([*uids[:2], 4_000_000_000], "mailhelp/Ignored") == 0
    assert list(read_all(box, tmp_path)) == uids[2:]
    assert box.holds("mailhelp/Processed", "<m0@b.test>")
    assert not box.holds("mailhelp/Processed", "<m2@b.test>")
    assert box.new_uids(0) == uids[2:]  # the intake folder is selected again by itself


def test_append_and_search_in_sent(box: Mailbox) -> None:
    """A copy of a sent mail can be found by its Message-ID."""
    box.append("Sent", mail(5), datetime(2026, 11, 23, 2, 0, tzinfo=UTC))
    assert box.holds("Sent", "<m5@b.test>")
    assert not box.holds("Sent", "<m6@b.test>")


def test_idle_wakes_for_a_mail_during_the_window(server: Server, user: str, box: Mailbox) -> None:
    """A mail that arrives while we wait ends the waiting long before the window does."""
    box.new_uids(0)
    timer = threading.Timer(0.2, server.deliver, (mail(1), user))
    timer.start()
    looks = Looks()
    assert box.idle(60, looks)
    assert looks.seen < looks.most
    assert len(box.new_uids(0)) == 1


def test_idle_sees_a_mail_that_came_just_before(server: Server, user: str, box: Mailbox) -> None:
    """A mail that arrives between the last look and IDLE ends the waiting at once (it hides in a read buffer)."""
    for number in range(5):
        box.new_uids(0)
        server.deliver(mail(number), user)
        looks = Looks()
        assert box.idle(60, looks)
        assert looks.seen < looks.most


def test_idle_ends_with_its_window_and_with_stop(box: Mailbox) -> None:
    """Silence ends with the window; `stop` ends it when it is next asked; the connection is good afterwards."""
    box.new_uids(0)
    assert not box.idle(0.3, lambda: False)
    looks = Looks(2)
    assert not box.idle(60, looks)
    assert looks.seen == 3
    assert box.new_uids(0) == []


def test_a_wrong_password_is_told_apart(server: Server, user: str) -> None:
    """A refused login is not an outage: it is its own error."""
    box = open_mailbox(server, user, "salah")
    with pytest.raises(LoginRefusedError, match="refuses the login"):
        box.connect()
    assert not box.connected


def test_a_closed_port_is_down() -> None:
    """Nothing listens: the sentence names the place."""
    box = Mailbox(mailbox_config(1), Secrets(password=lambda: "x"))
    with pytest.raises(DownError, match=r"127\.0\.0\.1:1"):
        box.connect()


def test_a_mailbox_with_many_batches(box: Mailbox, tmp_path: Path) -> None:
    """Some hundreds of mails come complete, without repeats."""
    for number in range(130):
        box.append("INBOX", mail(number), datetime.now(UTC))
    mails = read_all(box, tmp_path)
    assert sorted(raw.split(b"\r\n")[1] for raw in mails.values()) == sorted(
        b"Subject: mail %d" % n for n in range(130)
    )
    assert [uid for part in box.all_uids(max(mails) - 1) for uid in part] == sorted(mails)[:-1]


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("capability", "separator", "left"),
    [("IMAP4rev1 UIDPLUS", "/", 0), ("IMAP4rev1", ".", 1), ("IMAP4rev1 MOVE NAMESPACE", ".", 0)],
)
def test_filing_without_move_or_uidplus(capability: str, separator: str, left: int) -> None:
    """COPY, flag and expunge just these; without UIDPLUS they stay, marked: nobody else's mail is expunged."""
    reason = why_no_dovecot()
    if reason:
        unavailable(reason)
    with DovecotServer(capability=capability, separator=separator) as server:
        box = open_mailbox(server, "satu@desk.test")
        box.connect()
        assert box.make_folders()[0] == f"mailhelp{separator}Processed"
        for number in range(2):
            server.deliver(mail(number), "satu@desk.test")
        uids = box.new_uids(0)
        box._line.run("marking", lambda client: client.delete_messages(uids[1:]))  # somebody else's intention
        assert box.file(uids[:1], "mailhelp/Processed") == 1
        assert box.holds("mailhelp/Processed", "<m0@b.test>")
        assert len(box.new_uids(0)) == 1 + left
        box.close()
