"""Mail servers for tests, all on loopback: a private Dovecot, and an SMTP door in front of it.

The embedded pymap comes from `mailhelp.embedded`. Nothing outside a folder of its own is touched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from mailhelp.edge.config import MailboxConfig
from mailhelp.embedded import Travelled, mailbox_of

LOOPBACK = "127.0.0.1"
MAIL_USER = "mail"
PASSWORD = "rahasia"

_CONFIG = """
base_dir = {dir}/run
state_dir = {dir}/run
log_path = {dir}/dovecot.log
instance_name = {name}
protocols = imap lmtp
listen = 127.0.0.1
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
mail_location = maildir:{dir}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
first_valid_uid = {uid}
first_valid_gid = {gid}
mail_max_userip_connections = 100
recipient_delimiter = +
lmtp_save_to_detail_mailbox = no
{tls}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = {has_tls}
  }}
}}
# No growing delay after a refused login: tests refuse some.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service lmtp {{
  unix_listener lmtp {{
    mode = 0600
  }}
}}
protocol imap {{
  imap_capability = {capability}
}}
"""


def free_port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        return int(sock.getsockname()[1])


def unavailable(reason: str) -> None:
    """Skip with the reason; fail instead where MAILHELP_REQUIRE_SERVERS=1 says that all servers must be there."""
    if os.environ.get("MAILHELP_REQUIRE_SERVERS") == "1":
        pytest.fail(f"MAILHELP_REQUIRE_SERVERS is set, but {reason}")
    pytest.skip(reason)


def why_no_dovecot() -> str:
    """Why Dovecot cannot be started here, or an empty text."""
    if not shutil.which("dovecot") and not Path("/usr/sbin/dovecot").exists():
        return "Dovecot is not installed (Debian: apt-get install dovecot-imapd dovecot-lmtpd)"
    return "" if os.geteuid() == 0 else "a private Dovecot needs root"


class DovecotServer:
    """A private Dovecot: any user may log in with PASSWORD; `name+detail@domain` is delivered to `name@domain`.

    `tls` adds a certificate of an authority of its own (`ca_file`) for `localhost` and 127.0.0.1. `capability` replaces
    what the server says it can do; `separator` is its hierarchy separator.
    """

    def __init__(
        self, users: Iterable[str] = (), *, tls: bool = False, separator: str = ".", capability: str = ""
    ) -> None:
        self.users = dict.fromkeys(users, PASSWORD)
        self.dir = Path(tempfile.mkdtemp(prefix="mailhelp-dovecot-"))
        self.imap_port, self.imaps_port = free_port(), free_port() if tls else 0
        self.ca_file = self.dir / "ca.pem"
        self._tls, self._separator, self._capability = tls, separator, capability
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """Where it listens."""
        return LOOPBACK

    def start(self) -> Self:
        """Start; returns when it answers."""
        owner = pwd.getpwnam(MAIL_USER)
        self.dir.chmod(0o755)
        for name in ("run", "mail"):
            (self.dir / name).mkdir(exist_ok=True)
        os.chown(self.dir / "mail", owner.pw_uid, owner.pw_gid)
        (self.dir / "dovecot.conf").write_text(self._config(owner))
        path = os.environ.get("PATH", "") + ":/usr/sbin"
        self._process = subprocess.Popen(
            ["dovecot", "-F", "-c", self.dir / "dovecot.conf"],
            env={**os.environ, "PATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: listens(self.imap_port) and self.lmtp_socket.exists(), self._log)
        return self

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)
            self._process = None
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def lmtp_socket(self) -> Path:
        """Where mail is handed in."""
        return self.dir / "run" / "lmtp"

    def deliver(self, raw: bytes, recipient: str, sender: str = "") -> None:
        """Put a mail into a mailbox as if it had come in from outside (LMTP)."""
        with smtplib.LMTP(str(self.lmtp_socket)) as lmtp:
            lmtp.sendmail(sender, [recipient], raw, mail_options=["BODY=8BITMIME"])

    def add_user(self, address: str, password: str = PASSWORD) -> None:
        """Let another mailbox exist for the door in front: each test its own."""
        assert password == PASSWORD
        self.users[address] = password

    def kick(self, user: str) -> None:
        """End all IMAP sessions of a user."""
        subprocess.run(["doveadm", "-c", self.dir / "dovecot.conf", "kick", user], check=False, capture_output=True)

    def _config(self, owner: pwd.struct_passwd) -> str:
        tls = "ssl = no"
        if self._tls:
            make_certificate(self.dir)
            tls = f"ssl = yes\nssl_cert = <{self.dir}/server.pem\nssl_key = <{self.dir}/server.key"
        return _CONFIG.format(
            dir=self.dir,
            name=self.dir.name,
            password=PASSWORD,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            imap=self.imap_port,
            imaps=self.imaps_port,
            has_tls="yes" if self._tls else "no",
            tls=tls,
            separator=self._separator,
            capability=self._capability,
        )

    def _log(self) -> str:
        log = self.dir / "dovecot.log"
        return log.read_text() if log.exists() else "no log"


def make_certificate(folder: Path) -> None:
    """An authority (ca.pem) and a certificate of it for localhost and 127.0.0.1 (server.pem, server.key)."""

    def openssl(*args: str) -> None:
        subprocess.run(["openssl", *args], cwd=folder, check=True, capture_output=True)

    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    new = ("req", "-newkey", "rsa:2048", "-nodes", "-days", "3650")
    openssl(*new, "-x509", "-subj", "/CN=mailhelp test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(
        "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"
    )
    sign = (
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "3650",
    )
    openssl(*sign, "-extfile", "names", "-out", "server.pem")


class SmtpDoor:
    """An SMTP server that records every mail and hands it to `deliver(raw, recipient, sender)`.

    Without `deliver` it is a mere sink. `known` says which recipients exist (all, by default).
    """

    def __init__(
        self,
        deliver: Callable[[bytes, str, str], None] | None = None,
        *,
        known: Callable[[str], bool] = lambda _: True,
        users: Mapping[str, str] | None = None,
    ) -> None:
        self.travelled: list[Travelled] = []
        self._deliver, self._known, self._users = deliver, known, users or {}
        self._controller = Controller(
            self,
            hostname=LOOPBACK,
            port=free_port(),
            enable_SMTPUTF8=True,
            data_size_limit=100_000_000,
            authenticator=self._authenticate,
            auth_require_tls=False,
        )

    @classmethod
    def before(cls, server: DovecotServer) -> SmtpDoor:
        """A door that delivers to the users of a Dovecot."""
        return cls(server.deliver, known=lambda addr: mailbox_of(addr) in server.users, users=server.users)

    @property
    def port(self) -> int:
        """Where it listens (no TLS)."""
        return int(self._controller.port)

    def start(self) -> Self:
        """Start; returns when it answers."""
        self._controller.start()
        return self

    def stop(self) -> None:
        """End it."""
        self._controller.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        del server, session, envelope, mechanism
        user = data.login.decode(errors="replace")
        ok = self._users.get(user, "").encode() == data.password
        return AuthResult(success=ok, handled=False, auth_data=user)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept known recipients."""
        del server, session, options
        if not self._known(address):
            return f"550 5.1.1 <{address}>: no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Record and deliver."""
        del server
        raw = envelope.content
        assert isinstance(raw, bytes)
        user = str(session.auth_data) if session.authenticated else ""
        mail = Travelled((envelope.mail_from or "").strip("<>"), tuple(envelope.rcpt_tos), raw, user, datetime.now(UTC))
        if self._deliver:
            for recipient in mail.recipients:
                self._deliver(raw, recipient, mail.sender)
        self.travelled.append(mail)
        return "250 2.0.0 queued"


def mailbox_config(port: int, user: str = "help@desk.test", **more: Any) -> MailboxConfig:
    """A `[[mailbox]]` section for a server on loopback without TLS."""
    return MailboxConfig(**{"name": "desk", "host": LOOPBACK, "port": port, "tls": "none", "user": user, **more})


def wait_until(ready: Callable[[], bool], log: Callable[[], str] = lambda: "", seconds: float = 50) -> None:
    """Look every few milliseconds until `ready()`; raises TimeoutError with `log()`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(log())
        time.sleep(0.005)


def listens(port: int) -> bool:
    """Whether somebody listens on that port."""
    with socket.socket() as sock:
        sock.settimeout(0.5)
        return sock.connect_ex((LOOPBACK, port)) == 0
