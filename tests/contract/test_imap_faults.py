"""A server that misbehaves: every fault ends in a closed connection or a refusal, never in a stream out of step."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailhelp.edge.imap import DownError, FetchLimits, ImapError, LoginRefusedError, Mailbox, RefusedError
from mailhelp.edge.imap_fetch import CHUNK
from mailhelp.edge.secret import Secrets
from scripted import Looks, Script, ScriptedImap
from servers import DovecotServer, mailbox_config

RAW = b"Subject: satu\r\n\r\nbody\r\n"


@contextmanager
def talking(script: Script, timeout: float = 0.5) -> Iterator[tuple[Mailbox, ScriptedImap]]:
    """A mailbox connected to a server with that script."""
    with ScriptedImap(script) as server:
        box = Mailbox(mailbox_config(server.port, timeout=timeout), Secrets(password=lambda: "rahasia"))
        box.connect()
        yield box, server
        box.close()


def script(**answers: list[bytes | None]) -> Script:
    """Two mails; the named commands answer as given."""
    return Script(mails={3: RAW, 8: RAW.replace(b"satu", b"dua")}, answers=answers)


def fetch_all(box: Mailbox, spool: Path) -> list[int]:
    """The UIDs of all mails that can be fetched."""
    found = box.standing(box.new_uids(0))
    return [mail.uid for batch in box.fetch(found, FetchLimits(), spool) for mail in batch]


def test_the_fake_is_sound(tmp_path: Path) -> None:
    """Without a fault the scripted server gives both mails: the faults below are the script's."""
    with talking(script()) as (box, _):
        assert fetch_all(box, tmp_path) == [3, 8]
        assert box.new_uids(8) == []
        assert box.file([3], "INBOX.Processed") == 1
        assert box.new_uids(0) == [8]


FAULTS = {
    "closed in SEARCH": script(SEARCH=[None]),
    "bye": script(SEARCH=[b"* BYE shutting down\r\n"]),
    "stalled answer": script(SEARCH=[b"* SEARCH 3"]),
    "stalled literal": script(FETCH=[b"* 1 FETCH (UID 3 BODY[] {500}\r\nSubject: half"]),
    "garbage": script(SEARCH=[b"\x00\xff not imap at all\r\n{tag} OK done\r\n"]),
    "garbage in FETCH": script(FETCH=[b"* 1 FETCH (UID 3 RFC822.SIZE (((\r\n{tag} OK done\r\n"]),
    "a number that is none": script(FETCH=[b"* 1 FETCH (UID 3 RFC822.SIZE viele)\r\n{tag} OK done\r\n"]),
    "somebody else's tag": script(SEARCH=[b"ZZZZ9 OK done\r\n"]),
    "a line without end": script(SEARCH=[b"* SEARCH " + b"1 " * 600_000]),
    "no UIDVALIDITY": script(SELECT=[b"* 2 EXISTS\r\n{tag} OK done\r\n"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_closes_the_connection_and_the_next_one_is_sound(name: str, tmp_path: Path) -> None:
    """After any doubtful answer the connection is gone, and a new one reads everything; only silence is waited for."""
    waited = name.startswith("stalled")
    with talking(FAULTS[name], timeout=0.5 if waited else 60) as (box, _):
        with pytest.raises(DownError) as caught:
            fetch_all(box, tmp_path)
        assert ("timed out" in str(caught.value)) is waited
        assert not box.connected
        with pytest.raises(DownError, match="not connected"):
            box.new_uids(0)
        box.connect()
        assert fetch_all(box, tmp_path) == [3, 8]
    assert not list(tmp_path.iterdir())


REFUSALS = {
    "NO to SEARCH": script(SEARCH=[b"{tag} NO [SERVERBUG] not now\r\n"]),
    "BAD to SEARCH": script(SEARCH=[b"{tag} BAD what?\r\n"]),
    "NO to FETCH": script(FETCH=[b"{tag} NO [EXPUNGEISSUED] some are gone\r\n"]),
    "BAD to FETCH": script(FETCH=[b"{tag} BAD no\r\n"]),
    "NO to SELECT": script(SELECT=[b"{tag} NO [NONEXISTENT] no such folder\r\n"]),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_tagged_refusal_keeps_the_connection(refusal: Script, tmp_path: Path) -> None:
    """NO and BAD are answers: the stream is in step and goes on."""
    with talking(refusal) as (box, _):
        with pytest.raises(RefusedError):
            fetch_all(box, tmp_path)
        assert box.connected
        assert fetch_all(box, tmp_path) == [3, 8]


def test_no_to_move_leaves_the_mail_and_says_so() -> None:
    """A refused MOVE is a refusal; the mail still stands there and can be filed later."""
    with talking(script(MOVE=[b"{tag} NO [OVERQUOTA] full\r\n"])) as (box, _):
        with pytest.raises(RefusedError, match="full"):
            box.file([3], "mailhelp/Processed")
        assert box.file([3], "mailhelp/Processed") == 1


def test_a_move_that_did_nothing_is_noticed() -> None:
    """OK to MOVE proves nothing: when the mail still stands there, filing was refused."""
    with (
        talking(script(MOVE=[b"{tag} OK done\r\n"])) as (box, _),
        pytest.raises(RefusedError, match="1 of 1 mails still stand"),
    ):
        box.file([3], "mailhelp/Processed")


def test_an_unsolicited_fetch_does_not_hide_a_mail(tmp_path: Path) -> None:
    """A FETCH with flags of another mail, or without UID, is passed over (the bodies are all there)."""
    noise = b"* 2 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (FLAGS (\\Seen) UID 3)\r\n"
    bodies = b"".join(b"* %d FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (n, u, len(RAW), RAW) for n, u in ((1, 3), (2, 8)))
    sizes = b'* 1 FETCH (UID 3 RFC822.SIZE 23 INTERNALDATE "23-Nov-2026 09:00:00 +0700")\r\n'
    sizes += sizes.replace(b"1 FETCH (UID 3", b"2 FETCH (UID 8")
    fault = script(FETCH=[noise + sizes + b"{tag} OK done\r\n", noise + bodies + b"{tag} OK done\r\n"])
    with talking(fault) as (box, _):
        assert fetch_all(box, tmp_path) == [3, 8]


def test_a_mail_that_vanishes_meanwhile_is_passed_over(tmp_path: Path) -> None:
    """Expunged between SEARCH and FETCH, or between two chunks: the others come, no file is left behind."""
    large = b"Subject: besar\r\n\r\n" + b"x" * (3 * CHUNK)
    with talking(Script(mails={1: large, 2: RAW, 3: RAW}), timeout=5) as (box, server):
        found = box.standing(box.new_uids(0))
        first = b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n{tag} OK done\r\n" % (CHUNK, large[:CHUNK])
        bodies = b"* 3 FETCH (UID 3 BODY[] {%d}\r\n%s)\r\n{tag} OK done\r\n" % (len(RAW), RAW)
        server.script.answers["FETCH"] = [bodies, first, b"{tag} OK done\r\n"]
        ((one,),) = list(box.fetch(found, FetchLimits(), tmp_path))
        assert one.uid == 3
    assert not list(tmp_path.iterdir())


def test_a_date_that_is_none_is_the_time_of_asking() -> None:
    """A server with a broken INTERNALDATE does not block the mailbox."""
    answer = b'* 1 FETCH (UID 3 RFC822.SIZE 9 INTERNALDATE "gestern")\r\n{tag} OK done\r\n'
    with talking(script(FETCH=[answer])) as (box, _):
        (found,) = box.standing([3])
        assert abs(found.arrived_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_size_that_was_only_estimated_does_not_cut_the_mail(tmp_path: Path) -> None:
    """Chunks are taken until one is short: a mail larger than RFC822.SIZE said comes whole."""
    large = b"Subject: besar\r\n\r\n" + b"y" * (2 * CHUNK)
    size = b'* 1 FETCH (UID 1 RFC822.SIZE 1000001 INTERNALDATE "23-Nov-2026 09:00:00 +0700")\r\n{tag} OK done\r\n'
    with talking(Script(mails={1: large}, answers={"FETCH": [size]}), timeout=5) as (box, _):
        ((one,),) = list(box.fetch(box.standing(box.new_uids(0)), FetchLimits(), tmp_path))
        assert one.size == len(large)


def test_half_a_line_in_idle_is_waited_for() -> None:
    """A word in two packets is one word: the connection stays."""
    with talking(script(), timeout=5) as (box, server):
        box.new_uids(0)
        threading.Timer(0.1, server.push, (b"* 4 EXI", b"STS\r\n")).start()
        assert box.idle(10, lambda: False)
        assert box.connected


def test_a_connection_closed_in_idle_is_noticed_at_once() -> None:
    """The server goes away while we wait: DownError long before the window ends, and no busy loop."""
    with talking(script(), timeout=5) as (box, server):
        box.new_uids(0)
        threading.Timer(0.2, server.__exit__, ()).start()
        looks = Looks()
        with pytest.raises(DownError):
            box.idle(60, looks)
        assert looks.seen < looks.most


def test_words_before_the_plus_of_idle_wake_us() -> None:
    """A server may speak before its continuation: that is news, not an error."""
    with talking(script(IDLE=[b"* 3 EXISTS\r\n+ idling\r\n"]), timeout=5) as (box, _):
        box.new_uids(0)
        assert box.idle(10, lambda: False)
        assert box.connected


def test_words_right_behind_the_plus_of_idle_wake_us() -> None:
    """They arrive in one packet with the continuation and lie in a buffer where the socket does not show them."""
    with talking(script(IDLE=[b"+ idling\r\n* 3 EXISTS\r\n"]), timeout=5) as (box, _):
        box.new_uids(0)
        looks = Looks()
        assert box.idle(60, looks)
        assert looks.seen == 0


def test_a_refused_idle_keeps_the_connection() -> None:
    """NO to IDLE is an answer like any other."""
    with talking(script(IDLE=[b"{tag} NO not here\r\n"]), timeout=5) as (box, _):
        box.new_uids(0)
        with pytest.raises(RefusedError, match="not here"):
            box.idle(10, lambda: False)
        assert box.new_uids(0) == [3, 8]


def test_many_uids_are_searched_in_ranges() -> None:
    """In a very full folder no search asks for more than 50 000 UIDs; the last one is open-ended."""
    full = b"* 90000 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 120001] ok\r\n{tag} OK done\r\n"
    with talking(script(SELECT=[full]), timeout=5) as (box, server):
        assert box.new_uids(60_000) == []
        assert box.new_uids(0) == [3, 8]
        searches = [line for line in server.script.seen if "SEARCH" in line]
        assert searches == ["UID SEARCH UID 60001:110000", "UID SEARCH UID 110001:*", "UID SEARCH UID 1:50000"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"{tag} NO [AUTHENTICATIONFAILED] wrong\r\n", LoginRefusedError),
        (b"{tag} NO [UNAVAILABLE] the user database is down\r\n", DownError),
        (None, DownError),
        (b"* BYE busy\r\n", DownError),
    ],
)
def test_only_a_real_refusal_of_the_login_is_one(answer: bytes | None, error: type[ImapError]) -> None:
    """A server in trouble (RFC 5530) or a lost connection is an outage; only NO speaks of the password."""
    fault = Script(answers={"LOGIN": [answer]})
    with ScriptedImap(fault) as server:
        box = Mailbox(mailbox_config(server.port, timeout=1), Secrets(password=lambda: "x"))
        with pytest.raises(error) as caught:
            box.connect()
        assert type(caught.value) is error


def test_xoauth2_sends_the_token() -> None:
    """With a token source the login is AUTHENTICATE XOAUTH2; the token is asked for at each connection."""
    asked: list[int] = []

    def token() -> str:
        asked.append(1)
        return "segredo"

    with ScriptedImap(Script()) as server:
        box = Mailbox(mailbox_config(server.port), Secrets(token=token))
        box.connect()
        sent = next(line for line in server.script.seen if " " not in line and line != "CAPABILITY")
        assert base64.b64decode(sent) == b"user=help@desk.test\x01auth=Bearer segredo\x01\x01"
        assert asked == [1]
        box.close()


@pytest.mark.dovecot
@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_is_verified(dovecot: DovecotServer, tls: str) -> None:
    """With our authority both kinds of TLS work; without it, or under another name, nothing is sent."""
    port = dovecot.imaps_port if tls == "implicit" else dovecot.imap_port
    for ca_file, host, works in (
        (str(dovecot.ca_file), "127.0.0.1", True),
        (str(dovecot.ca_file), "localhost", True),
        ("", "127.0.0.1", False),
        (str(dovecot.ca_file), "127.0.0.2", False),
    ):
        asked: list[str] = []
        config = mailbox_config(port, host=host, tls=tls, ca_file=ca_file)
        box = Mailbox(config, Secrets(password=lambda asked=asked: asked.append("") or "rahasia"))  # type: ignore[misc]
        if works:
            box.connect()
            assert box.new_uids(0) == []
            assert box.idle(0.2, lambda: False) is False
            box.close()
        else:
            with pytest.raises(DownError):
                box.connect()
            assert not asked, "the password was about to be sent to a server that is not verified"


def test_starttls_that_is_not_offered_is_an_error() -> None:
    """A server (or a man in the middle) without STARTTLS gets no password."""
    with ScriptedImap(Script()) as server:
        box = Mailbox(mailbox_config(server.port, tls="starttls"), Secrets(password=lambda: "rahasia"))
        with pytest.raises(DownError):
            box.connect()
        assert not [line for line in server.script.seen if "LOGIN" in line]
