"""The demo's stage: a folder with the example desk, the mail host, and the daemon as a process of its own."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

from mailhelp.demo.people import Person
from mailhelp.edge.example import example_dir
from mailhelp.edge.keys import make_keys
from mailhelp.embedded import MailHost, Travelled

DESK = "bantuan@akun.example"
CAST = {
    "guru": ("Wahyu Prasetyo", "wahyu.prasetyo@sekolah.example"),
    "kepsek": ("Kartika Ningrum", "kartika@sekolah-lain.example"),
    "sari": ("Sari Dewi", "sari@akun.example"),
    "budi": ("Budi Santoso", "budi@akun.example"),
    "tono": ("Tono Wirawan", "tono@akun.example"),
}
CONFIG = """\
# The demo's configuration: the example desk on mail servers inside the demo's own process.
[desk]
name = "Layanan Bantuan Akun"
address = "{desk}"
admin = "{sari}"

[[mailbox]]
name = "utama"
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{desk}"
password_file = "desk.password"
poll_seconds = 1.0

[agents]
answer_delay_seconds = 0

[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
user = "{desk}"
password_file = "desk.password"

[security]
# The embedded host says in Authentication-Results who logged in, as a real border does.
authserv_ids = ["mail.akun.example"]
agent_proof = "token+dmarc"
accept_unauthenticated = false
"""


class Stage:
    """Everything the story needs; `with Stage(folder, on_mail) as stage:` brings it up and takes it down."""

    def __init__(self, folder: Path, on_mail: Callable[[Travelled], None], ports: tuple[int, int] = (0, 0)) -> None:
        self.folder = folder
        self.passwords = {address: secrets.token_hex(4) for _, address in CAST.values()} | {DESK: secrets.token_hex(4)}
        self.host = MailHost(
            self.passwords, imap_port=ports[0], smtp_port=ports[1], on_mail=on_mail, authserv_id="mail.akun.example"
        )
        self.daemon: subprocess.Popen[bytes] | None = None
        self.people = {
            key: Person(name, address, self.passwords[address], self.host) for key, (name, address) in CAST.items()
        }

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "config.toml"

    def __enter__(self) -> Self:
        self.host.start()
        self._write()
        return self

    def __exit__(self, *_: object) -> None:
        self.end_daemon(signal.SIGTERM)
        self.host.stop()

    def _write(self) -> None:
        source = example_dir()
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("rules", "templates"):
            shutil.copytree(source / name, self.folder / name, dirs_exist_ok=True)
        team = self.folder / "rules" / "team.yaml"
        # The example's agents have addresses of their own domain; in the demo they have mailboxes too.
        text = team.read_text(encoding="utf-8")
        for key in ("sari", "budi", "tono"):
            text = re.sub(rf"\b{key}@[a-z.-]+", CAST[key][1], text)
        team.write_text(text, encoding="utf-8")
        self.config.write_text(
            CONFIG.format(desk=DESK, sari=CAST["sari"][1], imap=self.host.imap_port, smtp=self.host.smtp_port),
            encoding="utf-8",
        )
        password = self.folder / "desk.password"
        password.touch(mode=0o600)
        password.write_text(self.passwords[DESK], encoding="utf-8")
        if not (self.folder / "keys.json").exists():
            make_keys(self.folder / "keys.json")

    def command(self, *words: str) -> list[str]:
        """A mailhelp command on the demo's configuration."""
        return [sys.executable, "-m", "mailhelp", "--config", str(self.config), *words]

    def start_daemon(self) -> None:
        """Start `mailhelp run`; its log goes to daemon.log in the demo's folder."""
        with (self.folder / "daemon.log").open("ab") as log:
            self.daemon = subprocess.Popen(  # noqa: S603 - our own command
                self.command("run"), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def end_daemon(self, how: signal.Signals) -> None:
        """End the daemon, politely or by SIGKILL together with its readers."""
        daemon, self.daemon = self.daemon, None
        if daemon is None or daemon.poll() is not None:
            return
        if how is signal.SIGKILL:
            os.killpg(daemon.pid, signal.SIGKILL)
        else:
            daemon.send_signal(how)
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(daemon.pid, signal.SIGKILL)
            daemon.wait(5)

    def output(self, *words: str) -> str:
        """What a mailhelp command prints."""
        done = subprocess.run(  # noqa: S603 - our own command
            self.command(*words), capture_output=True, text=True, timeout=60, check=False
        )
        return done.stdout + done.stderr
