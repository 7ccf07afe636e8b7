"""A small mail host inside this process: IMAP by pymap, SMTP by aiosmtpd, on loopback only.

For the demo and for tests. Mail sent to the SMTP door lands in the recipient's INBOX, `name+detail@domain` in
`name@domain` (RFC 5233); unknown recipients are refused with 550. Nothing is written to disk and nothing leaves the
machine. pymap drops custom keywords and gives each folder a new UIDVALIDITY at every start.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from argparse import Namespace
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any, Self, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import DictBackend
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

T = TypeVar("T")
# aiosmtpd warns about an attribute of its own at every login.
logging.getLogger("mail.log").setLevel(logging.ERROR)
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Travelled:
    """One mail that went through the SMTP door, as it was sent. `user` is who logged in, or empty."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    user: str
    at: datetime


def mailbox_of(address: str, delimiter: str = "+") -> str:
    """The mailbox that mail to `address` lands in: lower case, without detail (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local.split(delimiter, 1)[0]}@{domain}".lower()


class MailHost:
    """IMAP and SMTP on loopback in one thread of their own. Ports are chosen freely unless given.

    `users` maps addresses (which are the user names) to passwords. `on_mail` is called, in the host's thread, for each
    mail after it was delivered. With `authserv_id` the host adds an Authentication-Results field as a border would
    (RFC 8601): `dmarc=pass` for a sender who logged in and writes under his own address, otherwise `dmarc=none`.
    """

    def __init__(
        self,
        users: Mapping[str, str],
        *,
        imap_port: int = 0,
        smtp_port: int = 0,
        on_mail: Callable[[Travelled], None] | None = None,
        authserv_id: str = "",
    ) -> None:
        self.users = {address.lower(): password for address, password in users.items()}
        self.travelled: list[Travelled] = []
        self._ports = (imap_port, smtp_port)
        self._on_mail = on_mail
        self._authserv_id = authserv_id
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._up = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._main, name="embedded-mail", daemon=True)

    @property
    def host(self) -> str:
        """Where both servers listen."""
        return LOOPBACK

    @property
    def imap_port(self) -> int:
        """The IMAP port (no TLS)."""
        return self._ports[0]

    @property
    def smtp_port(self) -> int:
        """The SMTP port (no TLS; AUTH is offered, not demanded)."""
        return self._ports[1]

    def start(self) -> Self:
        """Start both servers; returns when they listen. Raises OSError when a port is taken."""
        self._thread.start()
        self._up.wait(30)
        if self._failure:
            raise self._failure
        return self

    def stop(self) -> None:
        """End both servers and wait for their thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def deliver(self, raw: bytes, recipient: str, sender: str = "", *, at: datetime | None = None) -> None:
        """Put a mail into a mailbox as if it had come in from outside. Raises KeyError for an unknown recipient."""
        self._call(self._deliver(raw, recipient, sender, "", at))

    def add_user(self, address: str, password: str) -> None:
        """Let another mailbox exist."""
        self._call(self._add_user(address.lower(), password))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def _main(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called start()
            self._failure = error
        finally:
            self._up.set()
            self._loop.close()

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            self._backend = await self._imap_backend()
            for address, password in list(self.users.items()):
                await self._add_user(address, password)
            imap, smtp = (_listening(port) for port in self._ports)
            self._ports = (imap.getsockname()[1], smtp.getsockname()[1])
            server = IMAPServer(self._backend.login, self._backend.config)

            async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                await server(reader, writer, SocketInfo.get(writer, ProxyResultLocal()))

            await stack.enter_async_context(await asyncio.start_server(talk, sock=imap))
            await stack.enter_async_context(await self._loop.create_server(self._smtp, sock=smtp))
            self._up.set()
            await self._stop.wait()
            await self._end_sessions()

    async def _end_sessions(self) -> None:
        """Cancel what is still connected, so that no session outlives the servers."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _imap_backend(self) -> DictBackend:
        args = Namespace(debug=False, cert=None, key=None, tls=False, host=LOOPBACK, port=0, proxy_protocol=None)
        args.__dict__.update(passlib_cfg=None, demo_data=False, demo_user="", demo_password="")
        # Clear text: these are passwords for show, and the default hash costs 0.2 s at each login.
        backend, config = await DictBackend.init(args, hash_context=Cleartext())
        config.apply_context()
        backend.login.users_dict.clear()
        return backend

    async def _add_user(self, address: str, password: str) -> None:
        config, login = self._backend.config, self._backend.login
        self.users[address] = password
        login.users_dict[address] = UserMetadata(config, address, password=password)
        config.set_cache[address] = await _mailboxes()

    def _smtp(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.localhost",
            ident="mailhelp",
            enable_SMTPUTF8=True,
            data_size_limit=100_000_000,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        del server, session, envelope, mechanism
        user = data.login.decode(errors="replace").lower()
        known = self.users.get(user)
        ok = known is not None and known.encode() == data.password
        return AuthResult(success=ok, handled=False, auth_data=user)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept known recipients (aiosmtpd's hook)."""
        del server, session, options
        if mailbox_of(address) not in self.users:
            return f"550 5.1.1 <{address}>: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver a mail (aiosmtpd's hook)."""
        del server
        raw = envelope.content
        assert isinstance(raw, bytes), "decode_data is off"
        user = str(session.auth_data) if session.authenticated else ""
        # aiosmtpd calls the null reverse path "<>".
        sender, now = (envelope.mail_from or "").strip("<>"), datetime.now(UTC)
        mail = Travelled(sender, tuple(envelope.rcpt_tos), raw, user, now)
        for recipient in mail.recipients:
            await self._deliver(raw, recipient, sender, user, now)
        self.travelled.append(mail)
        if self._on_mail:
            self._on_mail(mail)
        return f"250 2.0.0 queued as {len(self.travelled)}"

    async def _deliver(self, raw: bytes, recipient: str, sender: str, user: str, at: datetime | None) -> None:
        boxes, _ = self._backend.config.set_cache[mailbox_of(recipient)]
        inbox = await boxes.get_mailbox("INBOX")
        head = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n" + self._results(raw, user)
        await inbox.append(AppendMessage(head.encode() + raw, at or datetime.now(UTC)), recent=True)

    def _results(self, raw: bytes, user: str) -> str:
        """The border's word on the sender."""
        if not self._authserv_id:
            return ""
        head = BytesHeaderParser().parsebytes(raw[:65_536])
        addresses = [addr.lower() for _, addr in getaddresses([str(v) for v in head.get_all("From", [])])]
        verdict = "pass" if user and addresses == [user] else "none"
        domain = user.rpartition("@")[2] or "unknown.invalid"
        return f"Authentication-Results: {self._authserv_id}; dmarc={verdict} header.from={domain}\r\n"


def _listening(port: int) -> socket.socket:
    """A listening socket on loopback; its sessions send small replies at once."""
    sock = socket.create_server((LOOPBACK, port), backlog=64)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


async def _mailboxes() -> tuple[Any, Any]:
    """An empty set of folders with INBOX and Sent."""
    boxes = MailboxSet()
    await boxes.add_mailbox("Sent")
    return boxes, FilterSet()
