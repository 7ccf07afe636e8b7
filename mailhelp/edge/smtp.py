"""One SMTP connection, and what became of each mail that was handed to it (RFC 5321).

The whole point is to know whether a mail may have been accepted. The phase is noted before each command; until the
server's 354 nothing was sent, whatever went wrong; once the body travels, only a clean reply code says what happened.
That is why DATA and the body are two steps here, and why the connection is closed after anything but a clean reply: a
late reply would be paired with the next mail.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

import aiosmtplib
from aiosmtplib import SMTPResponseException

from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.configcheck import is_loopback
from mailhelp.edge.secret import Secrets
from mailhelp.edge.smtp_wire import Unsuitable, dot_stuffed, mail_options, one_line, tls_context, wire_address, words
from mailhelp.errors import UserError


class Result(StrEnum):
    """What became of a mail (design §5)."""

    SENT = "sent"
    REFUSED = "refused"  # the server will not have it: trying again is of no use
    LATER = "later"  # certainly not accepted; try again
    UNCERTAIN = "uncertain"  # the body went out and no clean answer came back
    ACCOUNT_DOWN = "account-down"  # no mail's fault: connection, TLS, login, the account's own quota


class Phase(StrEnum):
    """How far a transaction has come, noted before each step."""

    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one mail: `code` is the server's reply code (0: none), `text` what it said or what broke."""

    result: Result
    code: int = 0
    text: str = ""
    phase: Phase = Phase.CONNECT

    def __str__(self) -> str:
        """As it is stored and shown: `550 5.1.1 no such user (rcpt)`."""
        return " ".join(part for part in (str(self.code or ""), self.text, f"({self.phase})") if part)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait for replies (RFC 5321 §4.5.3.2); a body has `end` plus its size at `slowest` bytes a second."""

    command: float = 300.0
    data: float = 120.0
    end: float = 600.0
    slowest: float = 5_000.0


# Codes at MAIL that mean "log in first", and enhanced codes by which big providers say that the account's own quota is
# used up (Gmail 5.4.5; Exchange Online 5.1.90, 5.2.252, 5.7.705, 5.7.708): every mail is refused, so none is to blame.
_LOGIN_CODES = (530, 534, 535, 538)
_QUOTA = re.compile(r"^(?:5\.4\.5|5\.1\.90|5\.2\.252|5\.7\.70[58])\b")

BeforeData = Callable[[], Awaitable[None]]


class AccountDownError(Exception):
    """The account cannot be used now; the text says why, and holds no secret."""


class Connection:
    """One connection to the SMTP server, for one task: opened when needed, used for one mail after the other.

    Opening happens in `open()` (or in `deliver()`), TLS is always verified, and clear text is refused for any host but
    this machine.
    """

    def __init__(self, config: SmtpConfig, secrets: Secrets, timeouts: Timeouts | None = None) -> None:
        if config.tls == "none" and not is_loopback(config.host):
            raise UserError(f"[smtp] will not send to {config.host} in clear text.")
        self.phase = Phase.CONNECT
        self._config = config
        self._secrets = secrets
        self._timeouts = timeouts or Timeouts()
        self._client: aiosmtplib.SMTP | None = None
        self._used = False  # a transaction has run on this connection
        self._clean = True  # no transaction is half done

    @property
    def is_open(self) -> bool:
        """Whether there is a connection that nobody has closed so far."""
        return self._client is not None and self._client.is_connected

    async def open(self) -> Outcome | None:
        """Connect, secure and log in unless that is done. None, or an ACCOUNT_DOWN outcome."""
        if await self._is_ready():
            return None
        self.close()
        self.phase = Phase.CONNECT
        try:
            self._client = await self._connect()
            self.phase = Phase.LOGIN
            await self._login(self._client)
        except Exception as error:  # noqa: BLE001 - TLS, sockets, names, secrets: none is a mail's fault
            self.close()
            return self._down(error)
        except BaseException:
            self.close()
            raise
        self._used, self._clean = False, True
        return None

    async def deliver(
        self, envelope_from: str, recipient: str, raw: bytes, before_data: BeforeData | None = None
    ) -> Outcome:
        """Send one mail to one recipient. `before_data` is awaited before DATA; if it raises, nothing has been sent.

        An empty `envelope_from` is the null reverse path. A connection that turns out to be dead before anything was
        said about this mail is replaced once.
        """
        self.phase = Phase.CONNECT
        while True:  # twice at most: a new connection has not been used
            if down := await self.open():
                return down
            was_used = self._used
            outcome = await self._try(envelope_from, recipient, raw, before_data)
            stale = outcome.phase is Phase.MAIL and outcome.result is Result.LATER and not self.is_open
            if not (was_used and stale):
                return outcome

    def close(self) -> None:
        """Cut the connection without a word."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def quit(self) -> None:
        """End the connection politely (RFC 5321 §4.1.1.10)."""
        if self._client is not None and self.is_open:
            with suppress(Exception):
                await self._client.quit(timeout=min(5.0, self._config.timeout))
        self.close()

    async def _is_ready(self) -> bool:
        """Whether the connection can take a mail; what is left of a refused one is put aside (RSET)."""
        if self._client is None or not self.is_open:
            return False
        if not self._clean:
            with suppress(Exception):
                await self._client.rset(timeout=self._config.timeout)
                self._clean = True
        return self._clean and self.is_open

    async def _connect(self) -> aiosmtplib.SMTP:
        config = self._config
        client = aiosmtplib.SMTP(
            hostname=config.host,
            port=config.port,
            use_tls=config.tls == "implicit",
            start_tls=config.tls == "starttls",  # never None: that would fall back to clear text
            tls_context=None if config.tls == "none" else await asyncio.to_thread(tls_context, config.ca_file),
            local_hostname=config.helo or await asyncio.to_thread(_own_name),
            timeout=config.timeout,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return client

    async def _login(self, client: aiosmtplib.SMTP) -> None:
        user, secrets, offered = self._config.user, self._secrets, client.server_auth_methods
        if not user:
            return
        if secrets.token:
            token = await asyncio.to_thread(secrets.token)
            _need("xoauth2" in offered, "XOAUTH2", offered)
            try:
                await client.auth_xoauth2(user, token)
            except SMTPResponseException:
                if secrets.refused:
                    secrets.refused()
                raise
            return
        password = await asyncio.to_thread(secrets.password) if secrets.password else ""
        _need("plain" in offered or "login" in offered, "PLAIN or LOGIN", offered)
        await (client.auth_plain if "plain" in offered else client.auth_login)(user, password)

    def _down(self, error: Exception) -> Outcome:
        code = error.code if isinstance(error, SMTPResponseException) else 0
        return Outcome(Result.ACCOUNT_DOWN, max(code, 0), words(error), self.phase)

    async def _try(self, envelope_from: str, recipient: str, raw: bytes, before_data: BeforeData | None) -> Outcome:
        client = self._client
        assert client is not None
        self.phase = Phase.MAIL
        try:
            if failed := await self._step(self._envelope(client, envelope_from, recipient, raw)):
                return failed
            if before_data:
                await before_data()
            outcome = await self._step(self._content(client, raw))
        except BaseException:  # cancelled, or before_data failed
            self.close()
            raise
        assert outcome is not None
        return outcome

    async def _step(self, step: Awaitable[Outcome | None]) -> Outcome | None:
        """Run a part of the transaction; what went wrong in it comes back as an outcome."""
        try:
            return await step
        except Unsuitable as error:
            return Outcome(Result.REFUSED, error.code, str(error), self.phase)
        except SMTPResponseException as error:
            return self._judge(error.code, error.message)
        except (aiosmtplib.SMTPException, OSError, EOFError) as error:
            return self._broken(error)

    async def _envelope(
        self, client: aiosmtplib.SMTP, envelope_from: str, recipient: str, raw: bytes
    ) -> Outcome | None:
        """MAIL and RCPT; None when both were taken.

        Said here and not by the library's own methods, which read each address as a whole header field first.
        """
        sender, to = wire_address(envelope_from), wire_address(recipient)
        options = mail_options(client, raw, utf8=not (sender + to).isascii())
        self._used, self._clean = True, False
        await self._say(client, {250}, f"MAIL FROM:<{sender}>", *options)
        self.phase = Phase.RCPT
        await self._say(client, {250, 251}, f"RCPT TO:<{to}>")
        return None

    async def _say(self, client: aiosmtplib.SMTP, taken: AbstractSet[int], *command: str) -> None:
        """A command of the envelope, and the replies by which a server takes it (RFC 5321 §4.3.2)."""
        reply = await client.execute_command(" ".join(command).encode(), timeout=self._timeouts.command)
        if reply.code not in taken:
            raise SMTPResponseException(reply.code, reply.message)

    async def _content(self, client: aiosmtplib.SMTP, raw: bytes) -> Outcome:
        """DATA, the body and its final dot."""
        body = dot_stuffed(raw)
        self.phase = Phase.DATA
        reply = await client.execute_command(b"DATA", timeout=self._timeouts.data)
        if reply.code != 354:
            raise SMTPResponseException(reply.code, reply.message)
        self.phase = Phase.BODY
        reply = await self._body(client, body)
        self._clean = True
        return Outcome(Result.SENT, reply.code, one_line(reply.message), self.phase)

    async def _body(self, client: aiosmtplib.SMTP, body: bytes) -> aiosmtplib.SMTPResponse:
        """Send the body and its final dot, and wait for the answer; the clock starts when the body is handed over."""
        protocol = client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        protocol.write(body)
        reply = await protocol.read_response(timeout=self._timeouts.end + len(body) / self._timeouts.slowest)
        if not 200 <= reply.code < 300:
            raise SMTPResponseException(reply.code, reply.message)
        return reply

    def _judge(self, code: int, message: str) -> Outcome:
        """What a reply other than success means. Only 4xx and 5xx are clean; the rest leaves the stream in doubt."""
        text = one_line(message)
        if not 400 <= code < 600:
            return self._broken(SMTPResponseException(code, text))
        account = (self.phase is Phase.MAIL and code in _LOGIN_CODES) or _QUOTA.match(text)
        if account:
            self.close()
            return Outcome(Result.ACCOUNT_DOWN, code, text, self.phase)
        return Outcome(Result.LATER if code < 500 else Result.REFUSED, code, text, self.phase)

    def _broken(self, error: Exception) -> Outcome:
        self.close()
        result = Result.UNCERTAIN if self.phase is Phase.BODY else Result.LATER
        return Outcome(result, 0, words(error), self.phase)


def _need(condition: object, wanted: str, offered: list[str]) -> None:
    if not condition:
        raise AccountDownError(f"the server offers no login by {wanted} (offers: {', '.join(offered) or 'none'})")


def _own_name() -> str:
    name = socket.getfqdn()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"
