"""What became of a mail, for every way in which an SMTP server can behave (design §5)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.secret import Secrets
from mailhelp.edge.smtp import Connection, Outcome, Phase, Result, Timeouts
from mailhelp.edge.smtp_wire import dot_stuffed
from mailhelp.errors import UserError
from smtpserver import TLS_FOLDER, Accepted, SmtpServer

FAST = Timeouts(command=0.3, data=0.3, end=0.3)
RAW = b"Message-ID: <1@desk.example>\r\nSubject: x\r\n\r\n.dot\r\n..\r\nbody\r\n"
SENDER, TO = "bantuan+b1@sekolah.example", "guru@sekolah.example"


def config(server: SmtpServer, **changes: Any) -> SmtpConfig:
    """[smtp] for that server."""
    fields: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "tls": "none", "timeout": 0.5}
    return SmtpConfig(**(fields | changes))


def connection(server: SmtpServer, secrets: Secrets | None = None, **changes: Any) -> Connection:
    """A connection to that server, with short time-outs."""
    return Connection(config(server, **changes), secrets or Secrets(), FAST)


def send(link: Connection, times: int = 1, **changes: Any) -> list[Outcome]:
    """Send so many mails over one connection."""

    async def run() -> list[Outcome]:
        fields: dict[str, Any] = {"envelope_from": SENDER, "recipient": TO, "raw": RAW} | changes
        outcomes = [await link.deliver(**fields) for _ in range(times)]
        await link.quit()
        return outcomes

    return asyncio.run(run())


def test_a_mail_arrives_as_it_is() -> None:
    """Envelope and bytes arrive unchanged, lines that begin with a dot too, and the reply is kept."""
    with SmtpServer() as server:
        (outcome,) = send(connection(server))
    assert outcome == Outcome(Result.SENT, 250, "2.0.0 queued", Phase.BODY)
    assert server.accepted == [Accepted(SENDER, TO, RAW, f"SIZE={len(RAW)}")]
    assert server.lines[-1] == "QUIT"


def test_one_connection_serves_many_mails() -> None:
    """The connection is kept, and no command is said twice for nothing."""
    with SmtpServer() as server:
        outcomes = send(connection(server), times=3)
    assert [outcome.result for outcome in outcomes] == [Result.SENT] * 3
    assert server.connections == 1
    assert [line.split()[0] for line in server.lines] == ["EHLO", *["MAIL", "RCPT", "DATA"] * 3, "QUIT"]


# step, action, expected result, code, phase
BEHAVIOURS: list[tuple[str, str, Result, int, Phase]] = [
    # before anything is said about a mail: no mail's fault
    ("greet", "CLOSE", Result.ACCOUNT_DOWN, 0, Phase.CONNECT),
    ("greet", "RESET", Result.ACCOUNT_DOWN, 0, Phase.CONNECT),
    ("greet", "HANG", Result.ACCOUNT_DOWN, 0, Phase.CONNECT),
    ("greet", "GARBLE", Result.ACCOUNT_DOWN, 0, Phase.CONNECT),
    ("greet", "421 4.3.2 too many connections", Result.ACCOUNT_DOWN, 421, Phase.CONNECT),
    ("greet", "554 5.7.1 go away", Result.ACCOUNT_DOWN, 554, Phase.CONNECT),
    ("ehlo", "CLOSE", Result.ACCOUNT_DOWN, 0, Phase.CONNECT),
    ("ehlo", "HANG", Result.ACCOUNT_DOWN, 0, Phase.CONNECT),
    ("ehlo", "421 4.3.2 shutting down", Result.ACCOUNT_DOWN, 421, Phase.CONNECT),
    # before 354: certainly not accepted
    ("mail", "451 4.3.0 try later", Result.LATER, 451, Phase.MAIL),
    ("mail", "550 5.1.8 bad sender", Result.REFUSED, 550, Phase.MAIL),
    ("mail", "530 5.7.0 authentication required", Result.ACCOUNT_DOWN, 530, Phase.MAIL),
    ("mail", "550 5.4.5 daily sending quota exceeded", Result.ACCOUNT_DOWN, 550, Phase.MAIL),
    ("mail", "CLOSE", Result.LATER, 0, Phase.MAIL),
    ("mail", "HANG", Result.LATER, 0, Phase.MAIL),
    ("mail", "GARBLE", Result.LATER, 0, Phase.MAIL),
    ("rcpt", "450 4.2.0 greylisted", Result.LATER, 450, Phase.RCPT),
    ("rcpt", "550-5.1.1 no such|550 5.1.1 user", Result.REFUSED, 550, Phase.RCPT),
    ("rcpt", "421 4.4.5 busy", Result.LATER, 421, Phase.RCPT),
    ("rcpt", "CLOSE", Result.LATER, 0, Phase.RCPT),
    ("rcpt", "RESET", Result.LATER, 0, Phase.RCPT),
    ("rcpt", "HANG", Result.LATER, 0, Phase.RCPT),
    ("rcpt", "GARBLE", Result.LATER, 0, Phase.RCPT),
    ("data", "451 4.3.5 not now", Result.LATER, 451, Phase.DATA),
    ("data", "554 5.5.1 no valid recipients", Result.REFUSED, 554, Phase.DATA),
    ("data", "250 fine", Result.LATER, 0, Phase.DATA),
    ("data", "CLOSE", Result.LATER, 0, Phase.DATA),
    ("data", "RESET", Result.LATER, 0, Phase.DATA),
    ("data", "HANG", Result.LATER, 0, Phase.DATA),
    ("data", "GARBLE", Result.LATER, 0, Phase.DATA),
    # once the body travels, only a clean reply is believed
    ("body", "CLOSE", Result.UNCERTAIN, 0, Phase.BODY),
    ("body", "RESET", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "CLOSE", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "RESET", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "HANG", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "TAKE CLOSE", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "TAKE GARBLE", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "TAKE 354 more?", Result.UNCERTAIN, 0, Phase.BODY),
    ("dot", "451 4.3.0 queue full", Result.LATER, 451, Phase.BODY),
    ("dot", "421 4.3.2 shutting down", Result.LATER, 421, Phase.BODY),
    ("dot", "554 5.6.0 looks like spam", Result.REFUSED, 554, Phase.BODY),
    ("dot", "552 5.7.708 tenant exceeded threshold", Result.ACCOUNT_DOWN, 552, Phase.BODY),
    ("dot", "250-2.0.0 queued|250 as 4F2A1B", Result.SENT, 250, Phase.BODY),
    ("dot", "251 2.0.0 forwarded", Result.SENT, 251, Phase.BODY),
    ("dot", "SLOW 0.1", Result.SENT, 250, Phase.BODY),
    ("rcpt", "SLOW 0.1", Result.SENT, 250, Phase.BODY),
]


@pytest.mark.parametrize(("step", "action", "result", "code", "phase"), BEHAVIOURS, ids=str)
def test_each_behaviour_has_its_outcome(step: str, action: str, result: Result, code: int, phase: Phase) -> None:
    """For each step and each way to fail there: what became of the mail, how far it came, and what the server said."""
    with SmtpServer(script={step: [action]}) as server:
        (outcome,) = send(connection(server))
    assert (outcome.result, outcome.code, outcome.phase) == (result, code, phase)
    assert outcome.text
    if result is Result.SENT:
        assert len(server.accepted) == 1
    if result in (Result.LATER, Result.REFUSED, Result.ACCOUNT_DOWN):
        assert server.accepted == []


@pytest.mark.parametrize(
    ("step", "action"), [(step, action) for step, action, _, _, phase in BEHAVIOURS if phase is not Phase.CONNECT]
)
def test_no_reply_is_ever_taken_for_another_mail(step: str, action: str) -> None:
    """Whatever happened to one mail, the next one over the same `Connection` gets its own answer."""
    with SmtpServer(script={step: [action]}) as server:
        first, second = send(connection(server), times=2)
    assert second.result is Result.SENT, (first, second)
    assert server.accepted[-1].raw == RAW


def test_a_late_answer_is_not_believed() -> None:
    """An answer that comes after we gave up belongs to nobody: the connection is gone by then."""
    with SmtpServer(script={"dot": ["SLOW 0.5", "554 5.6.0 this one is refused"]}) as server:
        first, second = send(connection(server), times=2)
    assert first.result is Result.UNCERTAIN
    assert second.result is Result.REFUSED
    assert server.connections == 2


def test_a_refused_mail_leaves_the_connection_usable() -> None:
    """After a clean refusal the connection is reset, not replaced."""
    with SmtpServer(script={"rcpt": ["550 5.1.1 no such user", "450 4.2.0 busy"]}) as server:
        outcomes = send(connection(server), times=3)
    assert [outcome.result for outcome in outcomes] == [Result.REFUSED, Result.LATER, Result.SENT]
    assert server.connections == 1
    assert server.lines.count("RSET") == 2


@pytest.mark.parametrize("action", ["CLOSE", "421 4.7.0 enough for now", "502 5.5.1 never heard of it"])
def test_a_connection_that_cannot_be_reset_is_replaced(action: str) -> None:
    """Trouble with RSET is no mail's fault."""
    with SmtpServer(script={"rcpt": ["550 5.1.1 no such user"], "rset": [action]}) as server:
        outcomes = send(connection(server), times=2)
    assert [outcome.result for outcome in outcomes] == [Result.REFUSED, Result.SENT]
    assert server.connections == 2


@pytest.mark.parametrize("action", ["CLOSE", "RESET", "421 4.4.2 too many mails"])
def test_a_connection_that_has_become_stale_is_replaced(action: str) -> None:
    """A server that ends a used connection at the next MAIL costs the mail nothing."""
    with SmtpServer(script={"mail": [None, action]}) as server:
        outcomes = send(connection(server), times=2)
    assert [outcome.result for outcome in outcomes] == [Result.SENT, Result.SENT]
    assert server.connections == 2


def test_a_server_that_always_closes_is_not_asked_for_ever() -> None:
    """A stale connection is replaced once; after that the mail is put off."""
    with SmtpServer(script={"mail": [None, "CLOSE", "CLOSE", "CLOSE"]}) as server:
        outcomes = send(connection(server), times=2)
    assert outcomes[1].result is Result.LATER
    assert server.connections == 2


def test_an_idle_connection_that_was_cut_is_replaced() -> None:
    """A connection cut while nothing was sent is noticed before the next mail."""

    async def run(server: SmtpServer) -> Outcome:
        link = connection(server)
        await link.deliver(SENDER, TO, RAW)
        await asyncio.to_thread(server.kick)
        return await link.deliver(SENDER, TO, RAW)

    with SmtpServer() as server:
        assert asyncio.run(run(server)).result is Result.SENT


def test_before_data_is_awaited_between_rcpt_and_data() -> None:
    """What must be durable before the body travels is asked for at the last safe moment."""
    with SmtpServer() as server:
        seen: list[str] = []

        async def note() -> None:
            seen.append(server.lines[-1].split()[0])

        send(connection(server), before_data=note)
    assert seen == ["RCPT"]


def test_when_before_data_fails_nothing_is_sent() -> None:
    """A database that is away means no DATA; the error comes back as it is, and the connection is not used on."""
    with SmtpServer() as server:
        link = connection(server)

        async def fail() -> None:
            raise ConnectionError("the database is away")

        async def run() -> None:
            with pytest.raises(ConnectionError, match="the database is away"):
                await link.deliver(SENDER, TO, RAW, fail)
            assert not link.is_open
            assert (await link.deliver(SENDER, TO, RAW)).result is Result.SENT

        asyncio.run(run())
    assert len(server.accepted) == 1


def test_a_cancelled_sending_closes_its_connection() -> None:
    """A cancelled mail leaves no reply behind that another mail could get, and says how far it came."""

    async def run(server: SmtpServer) -> None:
        link = Connection(config(server), Secrets(), Timeouts(end=30))
        task = asyncio.ensure_future(link.deliver(SENDER, TO, RAW))
        await asyncio.to_thread(server.reached["dot"].wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not link.is_open
        assert link.phase is Phase.BODY
        assert (await link.deliver(SENDER, TO, RAW)).code == 250

    with SmtpServer(script={"dot": ["SLOW 0.3"]}) as server:
        asyncio.run(run(server))
    assert server.connections == 2


def test_a_mail_that_is_too_big_is_not_even_begun() -> None:
    """The server's SIZE is believed: the mail is refused here, and the connection stays clean."""
    with SmtpServer(extensions=["SIZE 20"]) as server:
        outcomes = send(connection(server), times=2)
    assert [(outcome.result, outcome.code) for outcome in outcomes] == [(Result.REFUSED, 552)] * 2
    assert not any(line.startswith("MAIL") for line in server.lines)


@pytest.mark.parametrize("extensions", [["SIZE 0"], ["SIZE"], []])
def test_a_server_without_a_limit_gets_any_mail(extensions: list[str]) -> None:
    """SIZE without a number, or no SIZE at all, is no limit (RFC 1870 §3)."""
    with SmtpServer(extensions=extensions) as server:
        assert send(connection(server))[0].result is Result.SENT


def test_extensions_are_used_only_where_needed_and_offered() -> None:
    """8BITMIME for 8-bit bodies, SMTPUTF8 for such addresses, and neither for others."""
    eight_bit = RAW + "é\r\n".encode()
    with SmtpServer() as server:
        send(connection(server), raw=eight_bit)
        send(connection(server), recipient="gurú@sekolah.example")
    assert server.accepted[0].options == f"SIZE={len(eight_bit)} BODY=8BITMIME"
    assert server.accepted[1].options == f"SIZE={len(RAW)} SMTPUTF8"
    assert server.accepted[1].recipient == "gurú@sekolah.example"
    with SmtpServer(extensions=[]) as server:
        assert send(connection(server), raw=eight_bit)[0].result is Result.SENT
        (outcome,) = send(connection(server), recipient="gurú@sekolah.example")
    assert (outcome.result, outcome.code) == (Result.REFUSED, 553)


def test_a_domain_outside_ascii_travels_in_ascii() -> None:
    """Where only the domain is not ASCII, every server can take the mail (RFC 5891)."""
    with SmtpServer(extensions=[]) as server:
        send(connection(server), recipient="guru@bücher.example")
    assert server.accepted[0].recipient == "guru@xn--bcher-kva.example"


@pytest.mark.parametrize("addr", ["a@b\r\nRCPT TO:<c@d>", "a b@c.example", "<a@b>", "nobody", "@b", "a@"])
def test_no_address_can_smuggle_a_command(addr: str) -> None:
    """What is not an address is refused before anything is said."""
    with SmtpServer() as server:
        (outcome,) = send(connection(server), recipient=addr)
    assert outcome.result is Result.REFUSED
    assert [line for line in server.lines if not line.startswith(("EHLO", "QUIT"))] == []


def test_the_null_reverse_path_is_possible() -> None:
    """An empty sender is said as <>."""
    with SmtpServer() as server:
        send(connection(server), envelope_from="")
    assert server.accepted[0].envelope_from == ""


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_tls_is_verified(tls: str) -> None:
    """A certificate of our own authority is good, an unknown one is not, and a password never goes out before that."""
    with SmtpServer(tls=tls, users={"desk": "rahasia"}) as server:
        options = {"tls": tls, "host": "localhost", "user": "desk"}
        secrets = Secrets(password=lambda: "rahasia")
        (good,) = send(connection(server, secrets, ca_file=str(TLS_FOLDER / "localhost.pem"), **options))
        sent = len([line for line in server.lines if line.startswith("AUTH")])
        (bad,) = send(connection(server, secrets, **options))
        assert len([line for line in server.lines if line.startswith("AUTH")]) == sent == 1
    assert good.result is Result.SENT
    assert bad.result is Result.ACCOUNT_DOWN
    assert "certificate verify failed" in bad.text


def test_a_certificate_for_another_name_is_not_good() -> None:
    """The name is checked, not only who signed."""
    with SmtpServer(tls="implicit") as server:
        ca_file = str(TLS_FOLDER / "localhost.pem")
        (outcome,) = send(connection(server, tls="implicit", host="127.0.0.1", ca_file=ca_file))
    assert outcome.result is Result.ACCOUNT_DOWN
    assert "IP address mismatch" in outcome.text


@pytest.mark.parametrize("script", [{}, {"starttls": ["454 4.7.0 not available"]}, {"starttls": ["CLOSE"]}])
def test_without_starttls_no_password_goes_out(script: dict[str, list[str | None]]) -> None:
    """A server that does not offer TLS, or takes it back, gets neither password nor mail."""
    offered = "starttls" if script else "none"
    with SmtpServer(tls=offered, users={"desk": "rahasia"}, script=script) as server:
        secrets = Secrets(password=lambda: "rahasia")
        (outcome,) = send(connection(server, secrets, tls="starttls", user="desk"))
    assert outcome.result is Result.ACCOUNT_DOWN
    assert not any(line.startswith(("AUTH", "MAIL")) for line in server.lines)


def test_clear_text_to_another_machine_is_impossible() -> None:
    """Even a configuration that was made in code cannot send in clear text to another host."""
    with pytest.raises(UserError, match="clear text"):
        Connection(SmtpConfig(host="mail.example", tls="none"), Secrets())


def login(server: SmtpServer, secrets: Secrets) -> Outcome:
    """Send one mail after a login as `desk`."""
    return send(connection(server, secrets, user="desk"))[0]


def fixed(value: str) -> Callable[[], str]:
    """A secret that never changes."""
    return lambda: value


def test_login_by_password() -> None:
    """PLAIN with the right password, also outside ASCII; a wrong one is the account's trouble and is not shown."""
    with SmtpServer(users={"desk": "rahasía"}) as server:
        assert login(server, Secrets(password=fixed("rahasía"))).result is Result.SENT
        bad = login(server, Secrets(password=fixed("salah123")))
    assert (bad.result, bad.code, bad.phase) == (Result.ACCOUNT_DOWN, 535, Phase.LOGIN)
    assert "salah123" not in str(bad)
    assert len([line for line in server.lines if line.startswith("AUTH")]) == 2


def test_login_by_the_older_method() -> None:
    """Where only LOGIN is offered, LOGIN it is."""
    with SmtpServer(users={"desk": "rahasia"}, script={"ehlo": ["250-scripted.example|250 AUTH LOGIN"]}) as server:
        assert login(server, Secrets(password=fixed("rahasia"))).result is Result.SENT


def test_login_by_token() -> None:
    """XOAUTH2 with a good token; a refused one is reported to its source, and its challenge is answered."""
    refused: list[bool] = []
    with SmtpServer(tokens={"desk": "ya29.good"}) as server:
        assert login(server, Secrets(token=fixed("ya29.good"))).result is Result.SENT
        bad = login(server, Secrets(token=fixed("ya29.old"), refused=lambda: refused.append(True)))
    assert (bad.result, bad.code) == (Result.ACCOUNT_DOWN, 535)
    assert refused == [True]


def no_secret() -> str:
    """A secret that is not there."""
    raise UserError("A secret is missing.")


@pytest.mark.parametrize("secrets", [Secrets(password=no_secret), Secrets(token=no_secret)])
def test_a_missing_secret_is_the_accounts_trouble(secrets: Secrets) -> None:
    """A file that is not there costs no mail anything, and is told."""
    with SmtpServer(users={"desk": "rahasia"}) as server:
        outcome = login(server, secrets)
    assert outcome.result is Result.ACCOUNT_DOWN
    assert "A secret is missing." in outcome.text


@pytest.mark.parametrize("secrets", [Secrets(password=fixed("x")), Secrets(token=fixed("x"))])
def test_a_server_that_offers_no_login_is_told(secrets: Secrets) -> None:
    """When the way we log in is not offered, the words say what is."""
    with SmtpServer() as server:
        outcome = login(server, secrets)
    assert outcome.result is Result.ACCOUNT_DOWN
    assert "offers no login by" in outcome.text


@pytest.mark.parametrize("action", ["454 4.7.0 temporary failure", "CLOSE", "HANG", "GARBLE"])
def test_trouble_at_the_login_is_the_accounts(action: str) -> None:
    """Whatever goes wrong there, no mail is to blame."""
    with SmtpServer(users={"desk": "rahasia"}, script={"auth": [action]}) as server:
        outcome = login(server, Secrets(password=fixed("rahasia")))
    assert (outcome.result, outcome.phase) == (Result.ACCOUNT_DOWN, Phase.LOGIN)
    assert server.accepted == []


def test_a_server_that_is_not_there_is_the_accounts_trouble() -> None:
    """A refused connection is told with the system's words."""
    link = Connection(SmtpConfig(host="127.0.0.1", port=1, tls="none"), Secrets())
    (outcome,) = send(link)
    assert outcome.result is Result.ACCOUNT_DOWN
    assert "refused" in outcome.text.lower() or "Connect call failed" in outcome.text


def test_a_slow_line_does_not_break_a_large_mail() -> None:
    """The time for the last answer grows with the mail, as it begins before the body has gone."""
    with SmtpServer(script={"dot": ["SLOW 0.4"]}) as server:
        limits = Timeouts(end=0.1, slowest=100_000)
        big = RAW + b"x" * 60 + (b"y" * 70 + b"\r\n") * 1000
        (outcome,) = send(Connection(config(server), Secrets(), limits), raw=big)
    assert outcome.result is Result.SENT


@given(st.lists(st.sampled_from([b".", b"..", b"\r\n", b"\n", b"\r", b"a", b"\r\n.\r\n"]), max_size=30))
def test_no_body_can_end_the_mail_before_its_end(pieces: list[bytes]) -> None:
    """Whatever the bytes are, only the final dot is one, line ends are CRLF, and unstuffing gives the lines back."""
    raw = b"".join(pieces)
    wire = dot_stuffed(raw)
    *lines, last, rest = wire.split(b"\r\n")
    assert (last, rest) == (b".", b"")
    assert b"." not in lines
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    back = [line[1:] if line.startswith(b".") else line for line in lines]
    normal = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    assert back in (normal, normal[:-1])


def test_no_thread_is_left_behind() -> None:
    """Servers and connections of these tests end with them."""
    assert not [thread for thread in threading.enumerate() if thread.name == "smtp-server"]
