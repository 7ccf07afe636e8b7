"""A Dovecot full of mail, a sink, and the daemon: started, killed, started again."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Self

from bench.make_config import write
from servers import MAIL_USER, PASSWORD, DovecotServer, SmtpDoor

USER = "bantuan@helpdesk.example"


class World:
    """`with World(mails) as world:` then `run_once`, `kill_at_random`, and look at `state()` and `sent()`."""

    def __init__(self, mails: Sequence[bytes], database: str = "sqlite:///mailhelp.db") -> None:
        self.mails = list(mails)
        self.dovecot = DovecotServer([USER])
        self.door = SmtpDoor()
        self.folder = Path(tempfile.mkdtemp(prefix="mailhelp-crash-"))
        self.database = database
        self.log = self.folder / "daemon.log"

    def __enter__(self) -> Self:
        self.dovecot.start()
        self.door.start()
        self._fill()
        os.environ.update(
            BENCH_IMAP_HOST="127.0.0.1",
            BENCH_IMAP_PORT=str(self.dovecot.imap_port),
            BENCH_IMAP_USER=USER,
            BENCH_IMAP_PASSWORD=PASSWORD,
            BENCH_SMTP_HOST="127.0.0.1",
            BENCH_SMTP_PORT=str(self.door.port),
        )
        self.config = write(self.folder, database=self.database)
        return self

    def __exit__(self, *_: object) -> None:
        self.door.stop()
        self.dovecot.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _fill(self) -> None:
        """Straight into the maildir, oldest first: the UIDs follow the order of the names."""
        box = self.dovecot.dir / "mail" / USER
        for name in ("tmp", "new", "cur"):
            (box / name).mkdir(parents=True, exist_ok=True)
        at = int(time.time())
        for number, raw in enumerate(self.mails):
            (box / "new" / f"{at}.M{number:06d}P1.crash").write_bytes(raw.replace(b"\r\n", b"\n"))
        owner = pwd.getpwnam(MAIL_USER)
        for path in [box, *box.rglob("*")]:
            os.chown(path, owner.pw_uid, owner.pw_gid)

    def command(self, *words: str) -> list[str]:
        """A mailhelp command on this world's configuration."""
        return [sys.executable, "-m", "mailhelp", "--config", str(self.config), *words]

    def start(self) -> subprocess.Popen[bytes]:
        """`run --once` in a process group of its own."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command("run", "--once"), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def run_once(self, seconds: float = 300) -> int:
        """Let it run to its end; the exit status."""
        return self.start().wait(seconds)

    def kill_at_random(self, times: int, rng: random.Random) -> int:
        """Start it and kill it with everything it started, again and again, evenly over the work to be done."""
        killed = 0
        for kill in range(times):
            goal = len(self.mails) * (kill + rng.random()) / times
            process = self.start()
            while process.poll() is None and self.ended() < goal:
                time.sleep(0.01)
            time.sleep(rng.random() * 0.1)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
        return killed

    def ended(self) -> int:
        """How many arrivals have an end so far."""
        try:
            return len(self.rows("SELECT id FROM ledger WHERE ended_as <> ''"))
        except sqlite3.OperationalError:
            return 0

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What a query finds in the daemon's database."""
        with contextlib.closing(sqlite3.connect(self.folder / "mailhelp.db", timeout=30)) as db:
            return db.execute(sql).fetchall()

    def sent(self) -> Counter[str]:
        """How often each Message-ID was accepted by the sink."""
        heads = (BytesHeaderParser().parsebytes(mail.raw) for mail in self.door.travelled)
        return Counter(str(head["Message-ID"]).strip() for head in heads)

    def output(self, *words: str) -> str:
        """What a command prints."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False, timeout=120)
        return done.stdout + done.stderr


def without_numbers(text: str) -> str:
    """Report numbers are given in the order of processing: they are not compared."""
    return re.sub(r"\b2164\d{3}\b", "N", text)
