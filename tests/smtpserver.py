"""A scripted SMTP server on loopback: well-behaved by default, and exactly as bad as a test wants at any step.

`script` maps a step onto the actions for its first, second, ... occurrence over all connections; `None` and what is not
scripted mean the normal answer. Steps: greet, ehlo, starttls, auth, mail, rcpt, data, body, dot, rset, quit.

Actions: `CLOSE` (end of file), `RESET` (connection reset), `HANG` (no answer until the server stops), `SLOW 0.2`
(normal answer after so many seconds), `GARBLE` (a line that is no reply), `TAKE ...` (at dot: accept the mail, then do
as the rest says), anything else is sent as the reply, `|` standing for a line break.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Self

TLS_FOLDER = Path(__file__).parent / "data" / "tls"
EXTENSIONS = ("SIZE 1000000", "8BITMIME", "SMTPUTF8")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail for which the server took responsibility: the envelope as sent, and the bytes with dots unstuffed."""

    envelope_from: str
    recipient: str
    raw: bytes
    options: str = ""

    @property
    def message_id(self) -> str:
        """The mail's Message-ID."""
        return str(BytesHeaderParser().parsebytes(self.raw)["Message-ID"])


class _GoneError(Exception):
    """The script says that this connection ends here."""


@dataclass
class SmtpServer:
    """The server; `accepted`, `lines`, `connections` and `reached` may be read from the test's thread.

    `at` names what is called, in the server's thread, when a step is reached for the n-th time (from 0), before any
    answer or acceptance.
    """

    script: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    extensions: Sequence[str] = EXTENSIONS
    users: Mapping[str, str] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    tls: str = "none"
    latency: float = 0.0
    accepted: list[Accepted] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    reached: dict[str, threading.Event] = field(default_factory=lambda: defaultdict(threading.Event))
    at: Mapping[tuple[str, int], Callable[[], object]] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-server")
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *_exc: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def kick(self) -> None:
        """Cut all connections, as an idle time-out or a restart does; new ones are welcome."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(10)

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was accepted, in order."""
        return [mail.message_id for mail in self.accepted]

    async def _listen(self) -> None:
        self._stop = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        context = _context() if self.tls == "implicit" else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _end(self) -> None:
        self._stop.set()
        self._server.close()
        await self._cut()
        await asyncio.sleep(0)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        with contextlib.suppress(_GoneError, OSError, asyncio.IncompleteReadError, ValueError):
            await _Session(self, reader, writer).run()
        self._writers.discard(writer)
        writer.close()

    def next_action(self, step: str) -> str | None:
        """What the script says for this occurrence of a step."""
        self.reached[step].set()
        number = self._counts.get(step, 0)
        self._counts[step] = number + 1
        self.at.get((step, number), lambda: None)()
        actions = self.script.get(step, ())
        return actions[number] if number < len(actions) else None


class _Session:
    """One connection."""

    def __init__(self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.envelope: tuple[str, str, str] = ("", "", "")
        self.secure = server.tls == "implicit"

    async def run(self) -> None:
        await self.answer("greet", "220 scripted.example ESMTP")
        while line := await self.reader.readline():
            text = line.decode("utf-8").rstrip("\r\n")
            self.server.lines.append(text)
            verb, _, rest = text.partition(" ")
            handler = getattr(self, f"on_{verb.lower()}", None)
            if handler is None:
                await self.send("500 what?")
            else:
                await handler(rest)

    async def send(self, text: str) -> None:
        if self.server.latency:
            await asyncio.sleep(self.server.latency)
        self.writer.write(text.replace("|", "\r\n").encode() + b"\r\n")
        await self.writer.drain()

    async def answer(self, step: str, normal: str) -> bool:
        """Answer a step as scripted; True when it succeeded."""
        return await self.act(self.server.next_action(step), normal)

    async def act(self, action: str | None, normal: str) -> bool:
        word, _, rest = (action or "").partition(" ")
        if word in ("CLOSE", "RESET", "HANG"):
            await self.vanish(word)
        if word == "SLOW":
            await asyncio.sleep(float(rest))
            action = None
        if word == "GARBLE":
            action = "!! this is no reply"
        await self.send(action or normal)
        if action and action.startswith("421"):
            raise _GoneError
        return action is None or action[0] in "23"

    async def vanish(self, how: str) -> None:
        if how == "HANG":
            await self.server._stop.wait()
        elif how == "RESET":
            self.writer.transport.abort()
        raise _GoneError

    async def on_ehlo(self, _name: str) -> None:
        offers = list(self.server.extensions)
        if self.server.tls == "starttls" and not self.secure:
            offers.append("STARTTLS")
        elif self.server.users:
            offers.append("AUTH PLAIN")
        elif self.server.tokens:
            offers.append("AUTH XOAUTH2")
        lines = ["scripted.example", *offers]
        await self.answer("ehlo", "|".join([f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]))

    on_helo = on_ehlo

    async def on_starttls(self, _rest: str) -> None:
        if await self.answer("starttls", "220 go ahead"):
            await self.writer.start_tls(_context())
            self.secure = True

    async def on_auth(self, rest: str) -> None:
        method, _, encoded = rest.partition(" ")
        if method == "LOGIN":
            await self.send("334 UGFzc3dvcmQ6")
            password = base64.b64decode(await self.reader.readline()).decode()
            good = self.server.users.get(base64.b64decode(encoded).decode()) == password
        elif method == "PLAIN":
            _, user, password = base64.b64decode(encoded).decode().split("\0")
            good = self.server.users.get(user) == password
        else:
            good = await self.check_token(base64.b64decode(encoded).decode())
        await self.answer("auth", "235 welcome" if good else "535 5.7.8 authentication failed")

    async def check_token(self, text: str) -> bool:
        user, token = text.removesuffix("\x01\x01").removeprefix("user=").split("\x01auth=Bearer ")
        if self.server.tokens.get(user) == token:
            return True
        await self.send("334 eyJzdGF0dXMiOiI0MDEifQ==")  # the challenge with the reason; an empty line is the answer
        self.server.lines.append((await self.reader.readline()).decode().rstrip())
        return False

    async def on_mail(self, rest: str) -> None:
        address, _, options = rest.partition(" ")
        self.envelope = (address[len("FROM:<") : -1], "", options)
        await self.answer("mail", "250 2.1.0 ok")

    async def on_rcpt(self, rest: str) -> None:
        self.envelope = (self.envelope[0], rest[len("TO:<") : -1], self.envelope[2])
        await self.answer("rcpt", "250 2.1.5 ok")

    async def on_data(self, _rest: str) -> None:
        if not await self.answer("data", "354 go ahead"):
            return
        lines: list[bytes] = []
        if action := self.server.next_action("body"):
            await self.reader.readline()
            await self.vanish(action)
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise _GoneError
            lines.append(line[1:] if line.startswith(b".") else line)
        await self.on_dot(b"".join(lines))

    async def on_dot(self, raw: bytes) -> None:
        action = self.server.next_action("dot")
        mail = Accepted(self.envelope[0], self.envelope[1], raw, self.envelope[2])
        takes = action is None or action.startswith(("2", "SLOW", "TAKE"))
        if takes:
            self.server.accepted.append(mail)
        await self.act((action or "").removeprefix("TAKE ") or None, "250 2.0.0 queued")

    async def on_rset(self, _rest: str) -> None:
        await self.answer("rset", "250 2.0.0 ok")

    async def on_quit(self, _rest: str) -> None:
        await self.answer("quit", "221 2.0.0 bye")
        raise _GoneError


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS_FOLDER / "localhost.pem", TLS_FOLDER / "localhost.key")
    return context
