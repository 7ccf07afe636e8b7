"""Sending, from rows of a real store to a real server: what stands in the database agrees with what was accepted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import peewee
import pytest

from mailhelp.desk.event import SendingFailed
from mailhelp.desk.model import MailKind
from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.secret import Secrets
from mailhelp.edge.smtp import Timeouts
from mailhelp.edge.store import Store
from mailhelp.outbox import Hooks, Outbox, Pace
from mailhelp.outbox_journal import Journal
from outboxkit import START, Clock, letter, queue, rows, states
from servers import wait_until
from smtpserver import SmtpServer

ACK, ANSWER = MailKind.ACKNOWLEDGEMENT, MailKind.ANSWER
PATIENCE = 20.0


def pace(**changes: Any) -> Pace:
    """Short waits, no chance."""
    fields: dict[str, Any] = {
        "timeouts": Timeouts(command=1, data=1, end=0.3),
        "trouble": timedelta(milliseconds=20),
        "jitter": lambda: 0.5,
    }
    return Pace(**(fields | changes))


@contextmanager
def sending(
    store: Store,
    server: SmtpServer,
    clock: Clock | None = None,
    hooks: Hooks | None = None,
    pace_: Pace | None = None,
    **smtp: Any,
) -> Iterator[Outbox]:
    """A running outbox for that store and server."""
    fields: dict[str, Any] = {
        "host": "127.0.0.1", "port": server.port, "tls": "none", "timeout": 2.0, "connections": 1
    }  # fmt: skip
    config = SmtpConfig(**(fields | smtp))
    outbox = Outbox(store, config, Secrets(), clock or Clock(), hooks, pace_ or pace())
    outbox.start()
    try:
        yield outbox
    finally:
        outbox.stop(1.0)


def test_what_is_queued_is_sent(store: Store) -> None:
    """Every mail arrives once, byte for byte, and is `sent` with the server's words."""
    names = [f"m{number}" for number in range(40)]
    ids = queue(store, *names)
    with SmtpServer() as server, sending(store, server, connections=4) as outbox:
        assert outbox.drain(PATIENCE)
    assert sorted(server.ids) == sorted(ids)
    assert {mail.raw for mail in server.accepted} == {letter(name, "guru@sekolah.example").raw for name in names}
    assert {mail.envelope_from for mail in server.accepted} == {"desk+b1@desk.example"}
    assert set(states(store).values()) == {"sent"}
    assert {row["reply"] for row in rows(store).values()} == {"250 2.0.0 queued (body)"}
    assert server.connections <= 4


def test_an_answer_goes_before_reminders_and_these_before_acknowledgements(store: Store) -> None:
    """What a person wrote does not wait behind what the machine wrote."""
    queue(store, "ack", kind=ACK)
    queue(store, "reminder", kind=MailKind.REMINDER)
    queue(store, "answer", kind=ANSWER)
    with SmtpServer() as server, sending(store, server) as outbox:
        assert outbox.drain(PATIENCE)
    assert server.ids == ["<answer@desk.example>", "<reminder@desk.example>", "<ack@desk.example>"]


def test_a_kick_wakes_it(store: Store) -> None:
    """Nobody has to wait for the next look."""
    with SmtpServer() as server, sending(store, server) as outbox:
        assert outbox.drain(PATIENCE)
        queue(store, "late")
        outbox.kick()
        assert server.reached["dot"].wait(PATIENCE)


def test_a_mail_is_not_sent_before_its_time(store: Store) -> None:
    """What is due later waits, and goes when its time has come."""
    clock = Clock()
    queue(store, "later", now=START + timedelta(hours=1))
    with SmtpServer() as server, sending(store, server, clock) as outbox:
        assert outbox.drain(PATIENCE)
        assert server.connections == 0
        clock.forward(hours=1)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"later": "sent"}


@pytest.mark.parametrize(("step", "begun"), [("rcpt", False), ("data", True), ("dot", True)])
def test_that_data_begins_is_known_before_it_does(store: Store, step: str, begun: object) -> None:
    """While the server has DATA or the body in hand, the database says so; while it has RCPT, it says not."""
    queue(store, "one")
    with SmtpServer(script={step: ["HANG"]}) as server, sending(store, server):
        assert server.reached[step].wait(PATIENCE)
        assert rows(store)["one"]["data_begun"] == begun
        assert states(store) == {"one": "attempting"}


def test_a_put_off_mail_is_tried_again_by_the_table(store: Store) -> None:
    """4xx: the mail waits for the pause of the table, and then goes."""
    clock = Clock()
    queue(store, "one")
    with SmtpServer(script={"rcpt": ["450 4.2.0 greylisted"]}) as server, sending(store, server, clock) as outbox:
        assert outbox.drain(PATIENCE)
        row = rows(store)["one"]
        assert (row["state"], row["attempts"]) == ("waiting", 1)
        assert row["next_attempt_at"] == START + timedelta(minutes=1)
        assert row["reply"] == "450 4.2.0 greylisted (rcpt)"
        clock.forward(seconds=59)
        assert outbox.drain(PATIENCE)
        assert states(store) == {"one": "waiting"}
        clock.forward(seconds=1)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent"}


def test_a_refused_mail_is_told_and_never_tried_again(store: Store) -> None:
    """5xx: the mail is refused, its ticket learns of it once, and the others go on."""
    told: list[SendingFailed] = []
    clock = Clock()
    queue(store, "bad", "good")
    script = {"rcpt": ["550-5.1.1 no such|550 5.1.1 user"]}
    hooks = Hooks(on_failed=told.append)
    with SmtpServer(script=script) as server, sending(store, server, clock, hooks) as outbox:
        assert outbox.drain(PATIENCE)
        clock.forward(days=5)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"bad": "refused", "good": "sent"}
    assert [(failed.recipient, failed.kind, failed.code, failed.uncertain) for failed in told] == [
        ("guru@sekolah.example", ANSWER, 550, False)
    ]
    assert told[0].reply == "550 5.1.1 no such 5.1.1 user (rcpt)"


def test_an_answer_of_unknown_fate_is_repeated_once_with_the_same_bytes(store: Store) -> None:
    """The server took it and its reply was lost: once more after a pause, the same Message-ID and bytes, and listed."""
    told: list[SendingFailed] = []
    clock = Clock()
    queue(store, "one", kind=ANSWER)
    hooks = Hooks(on_failed=told.append)
    with SmtpServer(script={"dot": ["TAKE CLOSE"]}) as server, sending(store, server, clock, hooks) as outbox:
        assert outbox.drain(PATIENCE)
        row = rows(store)["one"]
        assert (row["state"], row["uncertain"]) == ("waiting", 1)
        assert "uncertain" in row["reply"]
        assert outbox.drain(PATIENCE)
        assert len(server.accepted) == 1
        clock.forward(minutes=2)
        assert outbox.drain(PATIENCE)
    assert server.accepted[0] == server.accepted[1]
    assert len(server.accepted) == 2
    row = rows(store)["one"]
    assert (row["state"], row["uncertain"]) == ("sent", 1)
    assert told == []


def test_a_second_lost_answer_ends_the_repeating(store: Store) -> None:
    """At most one repetition: after that the mail is uncertain for good, and a person is told."""
    told: list[SendingFailed] = []
    clock = Clock()
    queue(store, "one", kind=ANSWER)
    script = {"dot": ["TAKE CLOSE", "TAKE RESET", None]}
    with SmtpServer(script=script) as server, sending(store, server, clock, Hooks(on_failed=told.append)) as outbox:
        for _ in range(5):
            assert outbox.drain(PATIENCE)
            clock.forward(days=1)
    assert len(server.accepted) == 2
    assert states(store) == {"one": "uncertain"}
    assert [failed.uncertain for failed in told] == [True]


@pytest.mark.parametrize("kind", [ACK, MailKind.REMINDER, MailKind.STATUS, MailKind.CLOSING])
def test_a_machines_word_of_unknown_fate_is_not_repeated(store: Store, kind: MailKind) -> None:
    """One acknowledgement or reminder too few is better than one too many; it is listed and told."""
    told: list[SendingFailed] = []
    clock = Clock()
    queue(store, "one", kind=kind)
    hooks = Hooks(on_failed=told.append)
    with SmtpServer(script={"dot": ["CLOSE"]}) as server, sending(store, server, clock, hooks) as outbox:
        assert outbox.drain(PATIENCE)
        clock.forward(days=1)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "uncertain"}
    assert server.connections == 1
    assert [(failed.uncertain, failed.kind) for failed in told] == [(True, kind)]


@pytest.mark.parametrize(
    ("kind", "found", "state", "accepted"),
    [
        (ANSWER, True, "sent", 1),
        (ANSWER, False, "sent", 2),
        (ANSWER, None, "sent", 2),
        (ACK, True, "sent", 1),
        (ACK, False, "uncertain", 1),
        (ACK, None, "uncertain", 1),
    ],
)
def test_the_sent_folder_can_tell(store: Store, kind: MailKind, found: bool | None, state: str, accepted: int) -> None:  # noqa: FBT001 - a table
    """Found there: it was sent. Not found, or no telling: the rule of its kind."""
    asked: list[str] = []

    def find(message_id: str) -> bool | None:
        asked.append(message_id)
        return found

    clock = Clock()
    queue(store, "one", kind=kind)
    hooks = Hooks(find_in_sent=find)
    with SmtpServer(script={"dot": ["TAKE CLOSE"]}) as server, sending(store, server, clock, hooks) as outbox:
        assert outbox.drain(PATIENCE)
        clock.forward(minutes=2)
        assert outbox.drain(PATIENCE)
    assert asked == ["<one@desk.example>"]
    assert states(store) == {"one": state}
    assert len(server.accepted) == accepted


def test_a_sent_folder_that_fails_is_no_telling(store: Store) -> None:
    """Trouble with the mailbox does not stop a mail."""

    def fail(_message_id: str) -> bool:
        raise OSError("no connection")

    clock = Clock()
    queue(store, "one")
    hooks = Hooks(find_in_sent=fail)
    with SmtpServer(script={"dot": ["CLOSE"]}) as server, sending(store, server, clock, hooks) as outbox:
        assert outbox.drain(PATIENCE)
        clock.forward(minutes=2)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent"}


def test_a_copy_goes_to_the_sent_folder(store: Store) -> None:
    """After acceptance, and only then; a copy that cannot be stored changes nothing."""
    copies: list[bytes] = []

    def append(raw: bytes) -> None:
        copies.append(raw)
        if len(copies) == 1:
            raise OSError("quota exceeded")

    queue(store, "bad", "one", "two")
    script = {"rcpt": ["550 5.1.1 no such user"]}
    with SmtpServer(script=script) as server, sending(store, server, hooks=Hooks(append_sent=append)) as outbox:
        assert outbox.drain(PATIENCE)
    assert copies == [mail.raw for mail in server.accepted]
    assert states(store) == {"bad": "refused", "one": "sent", "two": "sent"}


@pytest.mark.parametrize(
    "script",
    [
        {"greet": ["421 4.3.2 too busy"] * 3},
        {"greet": ["CLOSE", "RESET", "GARBLE"]},
        {"ehlo": ["CLOSE", "421 4.3.2 shutting down", "CLOSE"]},
    ],
)
def test_an_account_that_is_down_costs_no_mail_anything(store: Store, script: dict[str, list[str | None]]) -> None:
    """While nobody can send, mails stay as they are; the pause grows; afterwards they go at once."""
    clock = Clock()
    queue(store, "one")
    with SmtpServer(script=script) as server, sending(store, server, clock) as outbox:
        for pause in (5, 15, 30):
            assert not outbox.drain(PATIENCE)
            assert outbox.trouble
            row = rows(store)["one"]
            assert (row["state"], row["attempts"], row["reply"]) == ("queued", 0, "")
            clock.forward(seconds=pause - 1)
            assert not outbox.drain(PATIENCE)
            clock.forward(seconds=1)
        assert outbox.drain(PATIENCE)
        assert not outbox.trouble
        assert server.connections == 4
    assert states(store) == {"one": "sent"}
    spans = store.spans("smtp", "smtp", START - timedelta(days=1))
    assert [span["up"] for span in spans] == [False, True]


def test_a_long_outage_raises_one_alarm(store: Store) -> None:
    """After some minutes the admin must know, once, with the reason."""
    clock = Clock()
    queue(store, "one")
    with SmtpServer(script={"greet": ["554 5.7.1 account blocked"] * 20}) as server:
        with sending(store, server, clock) as outbox:
            for _ in range(15):
                assert not outbox.drain(PATIENCE)
                clock.forward(minutes=1)
        alarms = store.alarms()
    assert [(alarm["code"], alarm["count"]) for alarm in alarms] == [("smtp.down", 1)]
    assert "account blocked" in alarms[0]["text"]


def test_a_short_outage_raises_none(store: Store) -> None:
    """What heals by itself within minutes is in the service log only."""
    clock = Clock()
    queue(store, "one")
    with SmtpServer(script={"greet": ["CLOSE"] * 2}) as server, sending(store, server, clock) as outbox:
        for _ in range(4):
            outbox.drain(PATIENCE)
            clock.forward(minutes=1)
    assert states(store) == {"one": "sent"}
    assert store.alarms() == []


def test_a_server_that_allows_few_connections_gets_few(store: Store) -> None:
    """Connections that are not let in wait, while the others send everything."""
    queue(store, *(f"m{number}" for number in range(30)))
    script = {"greet": [None, *["421 4.7.0 too many connections"] * 50]}
    with SmtpServer(script=script, latency=0.002) as server, sending(store, server, connections=4) as outbox:
        assert outbox.drain(PATIENCE)
    assert set(states(store).values()) == {"sent"}
    assert len(server.accepted) == 30
    assert server.connections <= 4


def test_a_used_up_account_is_no_mails_fault(store: Store) -> None:
    """When the provider says that today's quota is gone, mails wait for the account and are not refused."""
    clock = Clock()
    queue(store, "one", "two")
    script = {"mail": ["550 5.4.5 daily sending quota exceeded"] * 3}
    with SmtpServer(script=script) as server, sending(store, server, clock) as outbox:
        for pause in (5, 15, 30):
            assert not outbox.drain(PATIENCE)
            assert "quota" in outbox.trouble
            clock.forward(seconds=pause)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent", "two": "sent"}
    assert {row["attempts"] for row in rows(store).values()} == {1}


def test_claimed_mails_do_not_outlive_their_lease_in_an_outage(store: Store) -> None:
    """Mails in hand when the account went down are put back after a while, and sent when it works again."""
    clock = Clock()
    queue(store, "one", "two")
    script = {"mail": ["550 5.4.5 daily sending quota exceeded"]}
    with SmtpServer(script=script) as server, sending(store, server, clock) as outbox:
        assert not outbox.drain(PATIENCE)
        clock.forward(minutes=20)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent", "two": "sent"}
    assert {row["attempts"] for row in rows(store).values()} == {2}


def test_quotas_hold(store: Store) -> None:
    """No more than the quota in its window; the rest goes when there is room."""
    clock = Clock()
    queue(store, *(f"m{number}" for number in range(5)))
    with SmtpServer() as server, sending(store, server, clock, per_minute=2, per_hour=4) as outbox:
        for expected, seconds in ((2, 30), (2, 31), (4, 61), (4, 61), (4, 3600), (5, 0)):
            outbox.drain(PATIENCE)
            assert len(server.accepted) == expected
            clock.forward(seconds=seconds)


def test_a_restart_gives_no_new_quota(store: Store) -> None:
    """What was sent before the start counts."""
    queue(store, "one")
    with SmtpServer() as server:
        config = SmtpConfig(host="127.0.0.1", port=server.port, tls="none", per_day=2)
        times = [START - timedelta(hours=3), START - timedelta(hours=2)]
        outbox = Outbox(store, config, Secrets(), Clock(), None, pace(), times)
        outbox.start()
        assert not outbox.drain(PATIENCE)
        outbox.stop()
    assert server.accepted == []


def test_stopping_finishes_what_is_under_way_and_puts_the_rest_back(store: Store) -> None:
    """The mail whose body travels is finished and settled; the others are queued as before; nothing new is claimed."""
    queue(store, "one", "two", "three")
    with SmtpServer(script={"dot": ["SLOW 0.2"]}) as server:
        with sending(store, server, pace_=pace(timeouts=Timeouts())):
            assert server.reached["dot"].wait(PATIENCE)
        assert server.lines[-1] == "QUIT"
    assert states(store) == {"one": "sent", "two": "queued", "three": "queued"}
    assert server.ids == ["<one@desk.example>"]


def test_stopping_does_not_wait_for_ever(store: Store) -> None:
    """A server that never answers is left: what it may have taken is uncertain, as after any lost answer."""
    queue(store, "answer", kind=ANSWER)
    queue(store, "ack", kind=ACK)
    with SmtpServer(script={"dot": ["HANG", "HANG"]}) as server:
        with sending(store, server, pace_=pace(timeouts=Timeouts()), connections=2) as outbox:
            assert server.reached["dot"].wait(PATIENCE)
            while len([line for line in server.lines if line == "DATA"]) < 2:
                assert not outbox.drain(0.01)
            outbox.stop(0.05)
        assert not outbox.alive
    found = {name: (row["state"], row["uncertain"]) for name, row in rows(store).items()}
    assert found == {"answer": ("waiting", 1), "ack": ("uncertain", 1)}


def failing(times: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, except that the database is away at the first calls."""
    left = [times]

    def call(*args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise peewee.OperationalError("the database is away")
        return function(*args, **kwargs)

    return call


def test_nothing_is_sent_when_its_beginning_cannot_be_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a durable note that DATA begins there is no DATA; the mail is put back and goes later."""
    queue(store, "one")
    monkeypatch.setattr(store, "data_begun", failing(1, store.data_begun))
    with SmtpServer() as server, sending(store, server) as outbox:
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent"}
    assert server.lines.count("DATA") == 1
    assert server.connections == 2


def test_an_outcome_is_not_forgotten_while_the_database_is_away(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that was accepted is written down as soon as the database is back, and never sent twice."""
    queue(store, "one", "two")
    monkeypatch.setattr(store, "settle", failing(4, store.settle))
    with SmtpServer() as server, sending(store, server) as outbox:
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent", "two": "sent"}
    assert len(server.accepted) == 2


def test_one_row_that_cannot_be_written_does_not_hold_up_others(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that will not go away stops its own mail only, and is told."""
    settle = store.settle

    def broken(outbox_id: int, *args: Any, **kwargs: Any) -> bool:
        if outbox_id == 1:
            raise ValueError("cannot be stored")
        return settle(outbox_id, *args, **kwargs)

    queue(store, "m0", "m1", "m2", "m3")
    monkeypatch.setattr(store, "settle", broken)
    with SmtpServer() as server, sending(store, server, connections=4) as outbox:
        assert outbox.drain(PATIENCE)
    assert states(store) == {"m0": "attempting", "m1": "sent", "m2": "sent", "m3": "sent"}
    assert "cannot be stored" in caplog.text


def test_a_mistake_of_ours_does_not_end_sending(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is raised while looking for mails is logged, and the next look comes."""
    queue(store, "one")
    clock = Clock()
    left = ["once"]
    claim = store.claim

    def broken(*args: Any) -> Any:
        if left:
            left.pop()
            raise LookupError("nobody foresaw this")
        return claim(*args)

    monkeypatch.setattr(store, "claim", broken)
    with SmtpServer() as server, sending(store, server, clock) as outbox:
        outbox.drain(PATIENCE)
        assert not left
        assert outbox.alive
        clock.forward(minutes=1)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent"}


@pytest.mark.parametrize("name", ["next_due", "claim"])
def test_a_database_that_is_away_is_asked_again(store: Store, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Looking for mails survives any trouble of the database, also one that nobody foresaw."""
    queue(store, "one")
    clock = Clock()
    monkeypatch.setattr(store, name, failing(2, getattr(store, name)))
    with SmtpServer() as server, sending(store, server, clock) as outbox:
        assert not outbox.drain(PATIENCE)
        clock.forward(seconds=40)
        outbox.drain(PATIENCE)
        clock.forward(seconds=40)
        assert outbox.drain(PATIENCE)
        assert outbox.alive
    assert states(store) == {"one": "sent"}


def test_a_broken_note_does_not_lose_the_refusal(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """When telling of a failure fails, what it wrote is undone, the refusal stands, and the log has the reason."""

    def fail(failed: SendingFailed) -> None:
        queue(store, "half", now=START + timedelta(days=9))
        raise LookupError(f"no template for {failed.kind}")

    queue(store, "bad")
    script = {"rcpt": ["550 5.1.1 no such user"]}
    with SmtpServer(script=script) as server, sending(store, server, hooks=Hooks(on_failed=fail)) as outbox:
        assert outbox.drain(PATIENCE)
    assert states(store) == {"bad": "refused"}
    assert "no template for answer" in caplog.text


def test_the_note_of_a_failure_goes_out_at_once(store: Store) -> None:
    """What telling of a failure queues (the notice to the agent) is sent without waiting for the next look."""

    def note(_failed: SendingFailed) -> None:
        queue(store, "notice", kind=MailKind.NOTICE)

    queue(store, "bad")
    script = {"rcpt": ["550 5.1.1 no such user"]}
    with SmtpServer(script=script) as server, sending(store, server, hooks=Hooks(on_failed=note)) as outbox:
        assert server.reached["dot"].wait(PATIENCE)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"bad": "refused", "notice": "sent"}


def test_commits_are_shared(store: Store) -> None:
    """Several connections need fewer commits than two for each mail."""
    queue(store, *(f"m{number}" for number in range(100)))
    with SmtpServer() as server, sending(store, server, connections=8) as outbox:
        assert outbox.drain(PATIENCE)
        assert len(server.accepted) == 100
        assert outbox._journal.commits < 150


def test_what_can_never_be_written_is_told_and_let_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug that strikes before anything is taken up is answered like any other, and not tried again for ever."""

    def broken() -> NoReturn:
        raise RuntimeError("a bug")

    async def play() -> None:
        with ThreadPoolExecutor(1) as executor:
            journal = Journal(store, executor, timedelta(0))
            writer = asyncio.create_task(journal.run())
            with pytest.raises(RuntimeError, match="a bug"):
                await asyncio.wait_for(journal.commit(lambda: None), PATIENCE)
            writer.cancel()

    monkeypatch.setattr(store, "unit", broken)
    asyncio.run(play())


def test_what_comes_while_others_write_shares_the_next_commit(tmp_path: Path) -> None:
    """The journal waits for its turn to write, and takes along all that was given to it meanwhile."""
    store = Store(f"sqlite:///{tmp_path}/desk.db")
    store.open()
    written: list[int] = []

    async def play() -> int:
        with ThreadPoolExecutor(1) as executor:
            journal = Journal(store, executor, timedelta(0))
            writer = asyncio.create_task(journal.run())
            with store.unit():
                journal.write(partial(written.append, 0))
                await asyncio.to_thread(wait_until, lambda: store.wanted)
                for number in range(1, 10):
                    journal.write(partial(written.append, number))
            await journal.flushed()
            writer.cancel()
            return journal.commits

    assert asyncio.run(play()) == 1
    assert written == list(range(10))
    store.close()


def test_heavy_mails_are_claimed_a_few_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large mails are not all held in memory: after a heavy batch, one for each connection."""
    queue(store, *(f"m{number}" for number in range(12)), size=2000)
    claimed: list[int] = []
    claim = store.claim

    def counting(*args: Any) -> Sequence[Any]:
        mails = claim(*args)
        claimed.append(len(mails))
        return mails

    monkeypatch.setattr(store, "claim", counting)
    with SmtpServer() as server, sending(store, server, pace_=pace(batch=6, batch_bytes=9000), connections=2) as outbox:
        assert outbox.drain(PATIENCE)
    assert claimed[:2] == [6, 2]
    assert sum(claimed) == 12


def test_an_idle_connection_is_closed(store: Store) -> None:
    """Servers need not keep a place for a desk that has nothing to say."""
    queue(store, "one")
    with SmtpServer() as server, sending(store, server, pace_=pace(idle=timedelta(milliseconds=50))) as outbox:
        assert outbox.drain(PATIENCE)
        assert server.reached["quit"].wait(PATIENCE)
        queue(store, "two")
        assert outbox.drain(PATIENCE)
    assert server.connections == 2


def abandoned(store: Store, begun: Sequence[str], clock: Clock) -> None:
    """Claim everything as a process that then dies; DATA had begun for those named."""
    for mail in store.claim(clock(), 100, timedelta(hours=1)):
        if mail.message_id.partition("@")[0].strip("<") in begun:
            store.data_begun(mail.id)


def test_after_a_crash_only_what_had_begun_is_uncertain(store: Store) -> None:
    """Before DATA: sent at once. After it: an answer once more after a pause, an acknowledgement never; both listed."""
    clock = Clock()
    told: list[SendingFailed] = []
    queue(store, "fresh", "answer", kind=ANSWER)
    queue(store, "ack", kind=ACK)
    abandoned(store, ["answer", "ack"], clock)
    with SmtpServer() as server, sending(store, server, clock, Hooks(on_failed=told.append)) as outbox:
        assert outbox.drain(PATIENCE)
        assert states(store) == {"fresh": "sent", "answer": "waiting", "ack": "uncertain"}
        clock.forward(minutes=2)
        assert outbox.drain(PATIENCE)
    assert states(store) == {"fresh": "sent", "answer": "sent", "ack": "uncertain"}
    assert {name: row["uncertain"] for name, row in rows(store).items()} == {"fresh": 0, "answer": 1, "ack": 1}
    assert [failed.kind for failed in told] == [ACK]


def test_crash_after_crash_repeats_an_answer_once(store: Store) -> None:
    """However often we die in the middle of DATA, the mail leaves at most twice."""
    clock = Clock()
    queue(store, "one", kind=ANSWER)
    abandoned(store, ["one"], clock)
    with SmtpServer() as server:
        with sending(store, server, clock) as outbox:
            assert outbox.drain(PATIENCE)
        clock.forward(minutes=2)
        abandoned(store, ["one"], clock)
        with sending(store, server, clock) as outbox:
            clock.forward(days=1)
            assert outbox.drain(PATIENCE)
    assert server.accepted == []
    assert states(store) == {"one": "uncertain"}


def test_what_another_process_holds_is_left_alone(store: Store) -> None:
    """Where several send, only what was abandoned longer than its lease is taken back."""
    clock = Clock()
    queue(store, "one", kind=ANSWER)
    abandoned(store, [], clock)
    short = pace(alone=False, look_over=timedelta(0), idle=timedelta(0))
    with SmtpServer() as server:
        with sending(store, server, clock, pace_=short) as outbox:
            assert outbox.drain(PATIENCE)
            assert states(store) == {"one": "attempting"}
        clock.forward(hours=1)
        with sending(store, server, clock, pace_=short) as outbox:
            assert outbox.drain(PATIENCE)
    assert states(store) == {"one": "sent"}


def test_an_outbox_that_was_never_started_can_be_stopped(store: Store) -> None:
    """Stopping is always allowed."""
    outbox = Outbox(store, SmtpConfig(host="localhost", port=25, tls="none"), Secrets(), Clock())
    outbox.stop()
    assert not outbox.alive
