"""How much memory a very large mail takes: `python tests/bench/memory_bench.py [--mb 50]`.

A small mail alone, then the small and a large one, are taken from a private Dovecot by `mailhelp run --once`, with
`max_message_mb` as it is and above the mail's size. Printed are the peaks (VmHWM, proc(5)) of the daemon and of the
largest of its other processes, and how the large mail ended.
"""

from __future__ import annotations

import argparse
import base64
import random
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent)  # not its own folder, in which `bench` would be bench.py

from crash.world import World  # noqa: E402 - found by the path above

SMALL = b"From: guru@surat.example\r\nTo: bantuan@helpdesk.example\r\nSubject: Akun\r\n"
LARGE = (
    b"From: sekolah@surat.example\r\nTo: bantuan@helpdesk.example\r\nSubject: Video\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=batas\r\n\r\n--batas\r\nContent-Type: text/plain\r\n\r\nTerlampir.\r\n"
    b"--batas\r\nContent-Type: video/mp4; name=v.mp4\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=v.mp4\r\n\r\n"
)


def large(megabytes: int) -> bytes:
    """A mail of about that size (10**6 bytes), nearly all of it one file."""
    body = base64.encodebytes(random.Random(1).randbytes(megabytes * 740_000)).replace(b"\n", b"\r\n")
    return LARGE + body + b"--batas--\r\n"


def peaks(process: subprocess.Popen[bytes]) -> tuple[int, int]:
    """Peak kilobytes of the daemon, and of the largest other process of its session, until it ends."""
    seen: dict[int, int] = {}
    while process.poll() is None:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                number, peak = int(entry.name), _peak(entry, process.pid)
                seen[number] = max(peak, seen.get(number, 0))
        time.sleep(0.02)
    return seen.pop(process.pid, 0), max(seen.values(), default=0)


def _peak(entry: Path, session: int) -> int:
    try:
        if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) != session:
            return 0
        status = (entry / "status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mb", type=int, default=50)
    asked = parser.parse_args()
    small = SMALL + b"\r\nSaya lupa kata sandi.\r\n"
    for what, mails, limit in (
        ("a small mail", [small], ""),
        (f"and one of {asked.mb} MB, max_message_mb = 25", [small, large(asked.mb)], ""),
        (f"and one of {asked.mb} MB, max_message_mb = {2 * asked.mb}", [small, large(asked.mb)], str(2 * asked.mb)),
    ):
        with World(mails) as world:
            if limit:
                with world.config.open("a", encoding="utf-8") as file:
                    file.write(f"\n[limits]\nmax_message_mb = {limit}\n")
            daemon, other = peaks(world.start())
            ends = world.rows("SELECT ended_as, truncated FROM ledger ORDER BY id")
        print(f"{what:42} daemon {daemon / 1024:4.0f} MB, reader {other / 1024:4.0f} MB, ends {ends}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
