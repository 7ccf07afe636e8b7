"""Watching an account: nothing is lost or doubled, whatever the server does; both servers, and a scripted one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailhelp.desk.effect import Decision, EndArrival
from mailhelp.desk.model import End
from mailhelp.edge import imap_watch
from mailhelp.edge.imap import DownError, FetchLimits, LoginRefusedError, Mailbox, RefusedError
from mailhelp.edge.imap_watch import BACK_OFF, AccountWatcher, back_off
from mailhelp.edge.secret import Secrets
from mailhelp.edge.store import Store
from mailhelp.embedded import MailHost
from mailhelp.errors import UserError
from scripted import Script, ScriptedImap
from servers import PASSWORD, DovecotServer, mailbox_config, wait_until

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def mail(number: int) -> bytes:
    """A small mail with that number."""
    return b"From: a@b.test\r\nSubject: mail %d\r\nMessage-ID: <m%d@b.test>\r\n\r\nbody\r\n" % (number, number)


class Desk:
    """One account, its store, and a watcher that can be run in a thread."""

    def __init__(self, port: int, user: str, folder: Path, **config: Any) -> None:
        self.store = Store(f"sqlite:///{folder}/desk.db")
        self.store.open()
        self.now = NOW
        self.arrivals: list[int] = []
        more: dict[str, Any] = {"poll_seconds": 0.1, "timeout": 5.0, **config}
        self.box = Mailbox(mailbox_config(port, user, **more), Secrets(password=lambda: PASSWORD))
        self.watcher = AccountWatcher(
            self.store, self.box, FetchLimits(messages=20), lambda: self.now, self.arrivals.append, folder
        )
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.watcher.run, args=(self.stop,))

    def close(self) -> None:
        """End the watcher and the store."""
        self.stop.set()
        if self.thread.is_alive():
            self.thread.join(10)
            assert not self.thread.is_alive(), "the watcher did not end"
        self.watcher.close()
        self.store.close()

    def subjects(self) -> list[str]:
        """The subjects of all mails in the ledger, in the order of the ledger."""
        found = []
        for arrival in self.store.pending(10_000):
            lines = self.store.raw(arrival.id).split(b"\r\n")
            found += [line.decode().removeprefix("Subject: ") for line in lines if line.startswith(b"Subject: ")]
        return found

    def end_all(self, end: End) -> list[int]:
        """Give every pending arrival its end."""
        ids = [one.id for one in self.store.pending(1000)]
        with self.store.unit():
            for one in ids:
                decision = Decision((EndArrival(one, end, "test"),), "test", "test")
                self.store.apply(decision, f"arrival:{one}", (), "v", NOW)
        return ids

    def spans(self, what: str) -> list[dict[str, Any]]:
        """The service log of this account."""
        return self.store.spans(what, "desk", NOW - timedelta(days=1))


MakeDesk = Callable[..., Desk]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeDesk]:
    """Desks that are closed after the test."""
    made: list[Desk] = []

    def desk(port: int, user: str = "help@desk.test", **config: Any) -> Desk:
        folder = tmp_path / f"desk{len(made)}"
        folder.mkdir()
        made.append(Desk(port, user, folder, **config))
        return made[-1]

    yield desk
    for one in made:
        one.close()


@pytest.fixture(params=[pytest.param("dovecot", marks=pytest.mark.dovecot), "pymap_server"])
def server(request: pytest.FixtureRequest) -> Any:
    """Each test runs against both."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def user(server: DovecotServer | MailHost, tmp_path: Path) -> str:
    """A mailbox of the test's own."""
    address = f"{tmp_path.name.lower().replace('_', '-')}@desk.test"
    server.add_user(address, PASSWORD)
    return address


def test_drain_takes_everything_once(server: Any, user: str, make: MakeDesk) -> None:
    """Two drains of a full mailbox give each mail once, in the order of their UIDs, with a sweep in the log."""
    desk = make(server.imap_port, user)
    for number in range(45):
        server.deliver(mail(number), user)
    assert desk.watcher.drain() == 45
    assert desk.watcher.drain() == 0
    assert desk.subjects() == [f"mail {n}" for n in range(45)]
    assert sum(desk.arrivals) == 45
    (sweep,) = desk.spans("sweep")
    assert sweep["up"]
    assert sweep["until"] == NOW


def test_mail_is_accepted_as_it_comes(server: Any, user: str, make: MakeDesk) -> None:
    """The loop takes a mail within moments of its arrival and ends promptly when told to."""
    desk = make(server.imap_port, user, poll_seconds=60.0)  # `wait_until` gives up before
    desk.thread.start()
    server.deliver(mail(1), user)
    wait_until(lambda: desk.subjects() == ["mail 1"])
    server.deliver(mail(2), user)
    wait_until(lambda: desk.subjects() == ["mail 1", "mail 2"])
    desk.stop.set()
    desk.thread.join(30)
    assert not desk.thread.is_alive()


def test_a_look_that_is_waited_for_does_not_wait_for_a_slow_poll(server: Any, user: str, make: MakeDesk) -> None:
    """An hour between two polls, and a decision needs a complete look: it begins within moments."""
    desk = make(server.imap_port, user, idle=False, poll_seconds=3600.0)
    desk.thread.start()
    wait_until(lambda: bool(desk.spans("sweep")))
    desk.now = NOW + timedelta(minutes=90)
    desk.watcher.want_sweep()
    wait_until(lambda: desk.spans("sweep")[-1]["until"] == desk.now)
    assert len(desk.spans("imap")) == 1, "a pause that the polls explain is no new span"


def test_polling_works_without_idle(server: Any, user: str, make: MakeDesk) -> None:
    """With IDLE off, the poll finds mail."""
    desk = make(server.imap_port, user, idle=False)
    desk.thread.start()
    wait_until(lambda: bool(desk.spans("imap")))
    server.deliver(mail(1), user)
    wait_until(lambda: desk.subjects() == ["mail 1"])


def test_decided_mail_is_filed(server: Any, user: str, make: MakeDesk) -> None:
    """Each end has its folder; filing twice, or of mail that somebody took away, settles the rows just the same."""
    desk = make(server.imap_port, user)
    for number, end in enumerate((End.ARTICLE, End.DUPLICATE, End.IGNORED, End.QUARANTINED, End.HELD)):
        server.deliver(mail(number), user)
        desk.watcher.drain()
        desk.end_all(end)
    assert desk.watcher.file() == 4
    assert desk.watcher.file() == 0
    place = {0: "Processed", 1: "Processed", 2: "Ignored", 3: "Quarantine"}
    assert all(desk.box.holds(f"mailhelp/{folder}", f"<m{n}@b.test>") for n, folder in place.items())
    assert len(desk.box.new_uids(0)) == 1, "a held mail stays where it is"
    server.deliver(mail(9), user)
    desk.watcher.drain()
    desk.box.file(desk.box.new_uids(0), "mailhelp/Processed")  # somebody else was quicker
    desk.end_all(End.ARTICLE)
    assert desk.watcher.file() == 1
    assert desk.store.unfiled("desk", 10) == []


def test_a_mail_below_the_mark_is_found_by_the_sweep(server: Any, user: str, make: MakeDesk, tmp_path: Path) -> None:
    """Should a server ever show a mail late, the look at the whole folder finds it, and only it."""
    desk = make(server.imap_port, user)
    for number in range(4):
        server.deliver(mail(number), user)
    desk.watcher.drain()
    uids = desk.box.new_uids(0)
    other = make(server.imap_port, user)
    other.box.connect()
    folder = other.box.select()
    other.store.accept("desk", folder.name, folder.uidvalidity, [], uids[-1], NOW)  # a mark that ran ahead
    (mails,) = desk.box.fetch(desk.box.standing(uids[:1]), FetchLimits(), tmp_path)
    other.store.accept("desk", folder.name, folder.uidvalidity, mails, uids[0], NOW)
    assert other.watcher.look() == 0
    assert other.watcher.sweep() == 3
    assert other.watcher.sweep() == 0
    assert sorted(other.subjects()) == [f"mail {n}" for n in range(4)]


def test_a_server_that_forgets_its_uids_is_read_again_by_identity(pymap_server: MailHost, make: MakeDesk) -> None:
    """After a new UIDVALIDITY every mail gets a new row (the store knows it for the same), and none is missed."""
    desk = make(pymap_server.imap_port)
    pymap_server.deliver(mail(1), "help@desk.test")
    desk.watcher.drain()
    with MailHost({"help@desk.test": PASSWORD}) as reborn:
        again = make(reborn.imap_port)
        reborn.deliver(mail(1), "help@desk.test")
        reborn.deliver(mail(2), "help@desk.test")
        again.watcher.close()
        watcher = AccountWatcher(desk.store, again.box, FetchLimits(), lambda: NOW)
        watcher._connect()
        assert watcher.look() == 2
        assert watcher.sweep() == 0
        desk.end_all(End.ARTICLE)
        assert watcher.file() == 3
        assert again.box.new_uids(0) == []


def test_a_lost_connection_is_made_again(
    server: Any, user: str, make: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session is lost between two mails: both are taken, and the service log tells of the gap."""
    monkeypatch.setattr(imap_watch, "BACK_OFF", (0.05,))
    desk = make(server.imap_port, user, poll_seconds=5.0)
    desk.thread.start()
    server.deliver(mail(1), user)
    wait_until(lambda: len(desk.subjects()) == 1)
    client = desk.box._line._client
    assert client is not None
    client.socket().shutdown(socket.SHUT_RDWR)
    wait_until(lambda: any(not span["up"] for span in desk.spans("imap")))
    server.deliver(mail(2), user)
    wait_until(lambda: desk.subjects() == ["mail 1", "mail 2"])


FAULTS: dict[str, dict[str, list[bytes | None]]] = {
    "bye at once": {"SELECT": [b"* BYE busy\r\n"] * 3},
    "closed while searching": {"SEARCH": [None, None]},
    "stalled while fetching": {"FETCH": [b"* 1 FETCH (UID 1 BODY[] {99999}\r\nhalf"] * 2},
    "refused idle": {"IDLE": [b"{tag} NO not now\r\n"] * 3},
    "refused folders": {"LIST": [b"{tag} NO no\r\n"] * 2},
    "garbage": {"FETCH": [b"\xff\xfe\r\n"] * 2},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_faults_delay_and_lose_nothing(
    fault: dict[str, list[bytes | None]], make: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server does for a while, in the end every mail is taken exactly once."""
    monkeypatch.setattr(imap_watch, "BACK_OFF", (0.01,))
    script = Script(
        mails={n: mail(n) for n in range(1, 8)}, answers={name: list(words) for name, words in fault.items()}
    )
    with ScriptedImap(script) as server:
        desk = make(server.port, timeout=0.3)
        desk.thread.start()
        wait_until(lambda: len(desk.subjects()) == 7 and not any(script.answers.values()))
        assert desk.subjects() == [f"mail {n}" for n in range(1, 8)]


def poisoned(uid: int) -> type[ScriptedImap]:
    """A server that dies whenever one certain mail is fetched."""

    class Poisoned(ScriptedImap):
        def _fetched(self, found: int, rest: str) -> bytes:
            if found == uid and "BODY" in rest:
                raise OSError("died of it")
            return super()._fetched(found, rest)

    return Poisoned


def test_a_mail_that_kills_the_connection_does_not_block_the_others(
    make: MakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is fetched alone, three times, then passed over with an entry in the log; the sweep is not called complete."""
    monkeypatch.setattr(imap_watch, "BACK_OFF", (0.01,))
    with poisoned(4)(Script(mails={n: mail(n) for n in range(1, 8)})) as server:
        desk = make(server.port)
        desk.thread.start()
        wait_until(lambda: len(desk.subjects()) == 6)
        assert desk.subjects() == [f"mail {n}" for n in (1, 2, 3, 5, 6, 7)]
        wait_until(lambda: bool(desk.spans("sweep")))
        assert not desk.spans("sweep")[-1]["up"]
        assert any("UID 4" in span["detail"] for span in desk.spans("imap"))


def test_a_refused_filing_waits_and_does_not_stop_the_intake(make: MakeDesk) -> None:
    """NO to MOVE (quota): new mail is still taken; filing is not tried at each round."""
    script = Script(mails={1: mail(1)}, answers={"MOVE": [b"{tag} NO [OVERQUOTA] full\r\n"] * 99})
    with ScriptedImap(script) as server:
        desk = make(server.port)
        desk.watcher.drain()
        desk.end_all(End.ARTICLE)
        assert desk.watcher.file() == 1
        assert desk.watcher.file() == 0
        script.mails[2] = mail(2)
        assert desk.watcher.look() == 1
        assert len([line for line in script.seen if "MOVE" in line]) == 1
        assert len(desk.store.unfiled("desk", 10)) == 1


def test_one_bad_account_never_stops_another(make: MakeDesk, pymap_server: MailHost) -> None:
    """An account that cannot even connect goes on failing beside one that works."""
    bad, good = make(1), make(pymap_server.imap_port)
    for desk in (bad, good):
        desk.thread.start()
    pymap_server.deliver(mail(1), "help@desk.test")
    wait_until(lambda: good.subjects() == ["mail 1"])
    wait_until(lambda: [span["up"] for span in bad.spans("imap")] == [False])
    assert "127.0.0.1:1" in bad.spans("imap")[0]["detail"]


def test_a_refused_login_waits_longer(make: MakeDesk) -> None:
    """A wrong password is tried once a minute at most: servers lock accounts."""
    watcher = make(1).watcher
    assert watcher._failed(LoginRefusedError("no")) >= 60
    assert watcher._failed(DownError("no")) <= 2


def test_whatever_goes_wrong_the_loop_goes_on(make: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal, a missing secret, trouble in the store: each is waited out."""
    monkeypatch.setattr(imap_watch, "BACK_OFF", (0.001,))
    troubles: list[Exception] = [RefusedError("no"), UserError("no secret"), RuntimeError("the store is gone")]
    desk = make(1)

    def session(stop: threading.Event) -> None:
        if troubles:
            raise troubles.pop()
        stop.set()

    monkeypatch.setattr(desk.watcher, "_session", session)
    desk.watcher.run(desk.stop)
    assert not troubles


@pytest.mark.parametrize("failures", [0, 1, 2, 5, 8, 9, 1000])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_back_off_grows_to_five_minutes(failures: int, chance: float) -> None:
    """Between half and all of the table's entry, never more than 300 seconds, never less than half a second."""
    wait = back_off(failures, chance)
    assert 0.5 <= wait <= 300
    assert BACK_OFF[-1] == 300
    assert back_off(failures + 1, chance) >= wait
