"""How fast an inbox is drained, beside the bare minimum of the same work in the same run.

    python tests/bench/bench.py [--mails 1000] [--rounds 3]

Where the measuring tools are beside the checkout (their README says what they need), they are used: the same mails
from a private Dovecot, answers to a sink, `limit` rows for the least that any program must do. Elsewhere mails of our
own are drained from a private Dovecot into a sink in Python, beside a plain loop that fetches, parses, stores, answers.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = ROOT.parent / "shared" / "bench" / "run.py"
sys.path[0] = str(HERE.parent)  # not its own folder, in which `bench` would be this file


def beside(mails: int, rounds: int) -> int:
    """The measuring tools beside the checkout, with our command put in."""
    python = sys.executable
    return subprocess.call(
        [
            python, SHARED, "--mails", str(mails), "--rounds", str(rounds), "--peers", "none",
            "--product", f"{python} -m mailhelp --config {{dir}}/config.toml run --once",
            "--product-setup", f"{python} {HERE / 'make_config.py'} {{dir}}",
        ]
    )  # fmt: skip


def ours(mails: int, rounds: int) -> int:
    """Our own mails, our own servers."""
    from bench.mails import inbox
    from crash.world import World

    raws = [mail.raw for mail in inbox(mails)]
    for name, work in (("bare minimum", minimum), ("mailhelp", lambda world: world.run_once())):
        rates, cpu = [], []
        for _ in range(rounds):
            with World(raws) as world:
                rate, seconds = timed(lambda world=world, work=work: work(world), mails)  # type: ignore[misc]
                rates.append(rate)
                cpu.append(seconds)
        middle = 1000 * statistics.median(cpu) / mails
        print(f"{name:14} {statistics.median(rates):8.1f} mails/s   {middle:6.2f} CPU s/1000")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"peak memory of the largest process: {peak:.0f} MB")
    return 0


def timed(work: Callable[[], object], mails: int) -> tuple[float, float]:
    """Mails a second, and CPU seconds of this process and its children."""
    before, started = os.times(), time.perf_counter()
    work()
    took, after = time.perf_counter() - started, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return mails / took, cpu


def minimum(world: object) -> None:
    """Fetch 50 at a time, parse, one durable row and one small answer a mail, one after the other."""
    import smtplib

    from imapclient import IMAPClient

    env = os.environ
    client = IMAPClient(env["BENCH_IMAP_HOST"], int(env["BENCH_IMAP_PORT"]), ssl=False)
    client._imap.debug = 0
    client.login(env["BENCH_IMAP_USER"], env["BENCH_IMAP_PASSWORD"])
    client.select_folder("INBOX")
    folder = Path(str(world.folder))  # type: ignore[attr-defined]
    with (
        sqlite3.connect(folder / "minimum.db", isolation_level=None) as db,
        smtplib.SMTP(env["BENCH_SMTP_HOST"], int(env["BENCH_SMTP_PORT"])) as door,
    ):
        db.execute("PRAGMA journal_mode = wal")
        db.execute("PRAGMA synchronous = full")
        db.execute("CREATE TABLE mail (id TEXT, sender TEXT, raw BLOB)")
        uids = client.search("ALL")
        for start in range(0, len(uids), 50):
            for data in client.fetch(uids[start : start + 50], ["BODY.PEEK[]"]).values():
                raw = data[b"BODY[]"]
                head = message_from_bytes(raw)
                db.execute("INSERT INTO mail VALUES (?, ?, ?)", (head["Message-ID"], head["From"], raw))
                answer = f"From: desk@helpdesk.example\r\nTo: {head['From']}\r\nSubject: Re\r\n\r\nDiterima.\r\n"
                door.sendmail("desk@helpdesk.example", ["someone@surat.example"], answer.encode())
            client.add_flags(uids[start : start + 50], [b"\\Seen"], silent=True)
    client.logout()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else "")
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--own", action="store_true", help="our own mails and servers, also where others are there")
    asked = parser.parse_args()
    run = ours if asked.own or not SHARED.exists() else beside
    return run(asked.mails, asked.rounds)


if __name__ == "__main__":
    sys.exit(main())
