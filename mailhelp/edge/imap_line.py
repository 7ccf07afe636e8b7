"""One IMAP connection, used by one thread, that is either sound or closed.

imapclient raises many families of errors, and after most of them the stream is out of step. Here there are three:
`RefusedError` (the server said NO or BAD; the connection is fine), `LoginRefusedError`, and `DownError` (anything else:
the connection has been closed, come again later).
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Callable
from imaplib import IMAP4
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import InvalidCriteriaError, LoginError

from mailhelp.edge.config import MailboxConfig
from mailhelp.edge.secret import Secrets

T = TypeVar("T")
# How imaplib and imapclient word a tagged NO or BAD; all other errors leave the stream in doubt.
_TAGGED = re.compile(r"^\w+ (?:failed: |command error: (?:NO|BAD) )")
# RFC 5530 §3: the server, not the password, is the trouble.
_TEMPORARY = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG|CONTACTADMIN)\]", re.IGNORECASE)


class ImapError(Exception):
    """What can go wrong with a mailbox; the text is a sentence for the log."""


class DownError(ImapError):
    """There is no usable connection: it could not be made, or has just been closed."""


class LoginRefusedError(DownError):
    """The server does not accept the user name or the password or token. Trying often may lock the account."""


class RefusedError(ImapError):
    """The server answered NO or BAD to one command; the connection is still good."""


def tls_context(ca_file: str) -> ssl.SSLContext:
    """A verifying context: the system's authorities, or only those in `ca_file`. Raises DownError."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise DownError(f"ca_file {ca_file} cannot be used: {error}") from error


class Line:
    """A connection that is logged in, or none. Not for use by several threads."""

    def __init__(self, config: MailboxConfig, secrets: Secrets) -> None:
        self.config = config
        self._secrets = secrets
        self._client: IMAPClient | None = None
        self.capabilities: frozenset[str] = frozenset()

    @property
    def up(self) -> bool:
        """Whether there is a connection (as far as we know)."""
        return self._client is not None

    def open(self) -> None:
        """Connect, secure and log in. Raises DownError, LoginRefusedError; UserError when the secret cannot be read."""
        self.drop()
        try:
            self._client = self._connect()
            self._log_in(self._client)
            found = self._client.capabilities()
        except ImapError:
            self.drop()
            raise
        except (IMAP4.error, OSError, ValueError) as error:
            self.drop()
            raise DownError(f"cannot connect to {self._place}: {_words(error)}") from error
        except BaseException:
            self.drop()
            raise
        self.capabilities = frozenset(name.decode("ascii", "replace").upper() for name in found)

    def run(self, doing: str, work: Callable[[IMAPClient], T]) -> T:
        """Do one command. `doing` says what, for the error. Raises RefusedError, DownError."""
        if self._client is None:
            raise DownError(f"{doing}: not connected to {self._place}")
        try:
            return work(self._client)
        except IMAP4.error as error:
            # InvalidCriteriaError is what imapclient makes of BAD to SEARCH.
            tagged = type(error) is IMAP4.error and _TAGGED.match(str(error))
            if tagged or isinstance(error, InvalidCriteriaError):
                raise RefusedError(f"{doing}: {_words(error)}") from error
            self.drop()
            raise DownError(f"{doing}: {_words(error)}") from error
        except Exception as error:
            self.drop()
            raise DownError(f"{doing}: {_words(error)}") from error
        except BaseException:
            self.drop()
            raise

    def drop(self) -> None:
        """Close the connection without a word; nothing can go wrong."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.shutdown()

    def close(self) -> None:
        """Log out politely, then close."""
        if self._client is not None:
            with contextlib.suppress(Exception):
                self._client.logout()
        self.drop()

    @property
    def _place(self) -> str:
        return f"{self.config.host}:{self.config.port}"

    def _connect(self) -> IMAPClient:
        config = self.config
        context = None if config.tls == "none" else tls_context(config.ca_file)
        client = IMAPClient(
            config.host,
            config.port,
            ssl=config.tls == "implicit",
            ssl_context=context,
            timeout=SocketTimeout(connect=config.timeout, read=config.timeout),
        )
        self._client = client  # from here on drop() closes it
        # At its own level 5 imaplib formats each line for a logger: nine tenths of the cost of a fetch.
        client._imap.debug = 0  # noqa: SLF001 - no public switch
        client.normalise_times = False  # aware times, not local ones
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if config.tls == "starttls":
            client.starttls(context)
        return client

    def _log_in(self, client: IMAPClient) -> None:
        user = self.config.user
        try:
            if self._secrets.token:
                client.oauth2_login(user, self._secrets.token())
                return
            password = self._secrets.password() if self._secrets.password else ""
            plain = not (user + password).isascii() or client.has_capability("LOGINDISABLED")
            (client.plain_login if plain else client.login)(user, password)
        except LoginError as error:
            # imapclient makes every error of a login a LoginError, a lost connection too.
            if isinstance(error.__context__, IMAP4.abort) or _TEMPORARY.search(str(error)):
                raise DownError(f"login at {self._place}: {_words(error)}") from error
            raise LoginRefusedError(f"{self._place} refuses the login of {user}: {_words(error)}") from error


def _words(error: BaseException) -> str:
    """An error as one short line."""
    text: Any = error.args[0] if error.args else ""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    text = re.sub(r"^b(['\"])(.*)\1$", r"\2", " ".join(str(text).split()))
    return (text or type(error).__name__)[:300]
