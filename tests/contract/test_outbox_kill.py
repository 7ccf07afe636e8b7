"""A sending process that is killed at the worst moments: nothing is lost, nothing comes twice without being listed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from mailhelp.desk.model import MailKind
from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.secret import Secrets
from mailhelp.edge.store import Store
from mailhelp.outbox import Outbox, Pace
from outboxkit import queue, rows
from smtpserver import SmtpServer

CHILD = """
import sys
from datetime import UTC, datetime, timedelta
from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.secret import Secrets
from mailhelp.edge.store import Store
from mailhelp.outbox import Outbox, Pace

store = Store(sys.argv[1])
store.open()
config = SmtpConfig(host="127.0.0.1", port=int(sys.argv[2]), tls="none", connections=4)
outbox = Outbox(store, config, Secrets(), lambda: datetime.now(UTC), None, Pace(again=timedelta(0)))
outbox.start()
outbox.drain(60)
outbox.stop()
"""
# The step and its occurrence (over all lives of the process) at which the process dies.
MOMENTS = [("mail", 2), ("rcpt", 9), ("data", 15), ("dot", 20), ("dot", 27), ("data", 40), ("dot", 48), ("dot", 55)]


class Victim:
    """A sending process, born anew after each death."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.process: subprocess.Popen[bytes] | None = None

    def live(self, port: int) -> int:
        """Run until killed or done; the exit status."""
        self.process = subprocess.Popen([sys.executable, "-c", CHILD, self.url, str(port)])
        return self.process.wait(90)

    def kill(self) -> None:
        """SIGKILL, and only return when it is dead: what it was sending is cut off at this very step."""
        if self.process is not None:
            self.process.kill()


def test_killed_at_the_worst_moments(store: Store, url: str) -> None:
    """At most one mail more for each unanswered dot, all of these listed; what is not listed came exactly once."""
    answers = [f"answer{number}" for number in range(40)]
    acks = [f"ack{number}" for number in range(40)]
    now = datetime.now(UTC)
    queue(store, *answers, kind=MailKind.ANSWER, now=now)
    queue(store, *acks, kind=MailKind.ACKNOWLEDGEMENT, now=now)
    victim = Victim(url)
    with SmtpServer(at=dict.fromkeys(MOMENTS, victim.kill), latency=0.002) as server:
        deaths = 0
        while victim.live(server.port) == -signal.SIGKILL:
            deaths += 1
        finish(store, server.port)
        times = Counter(message_id.partition("@")[0].strip("<") for message_id in server.ids)
    assert deaths == len(MOMENTS)
    found = rows(store)
    for name in answers + acks:
        came, state, uncertain = times[name], found[name]["state"], found[name]["uncertain"]
        assert came <= 1 + uncertain, name
        assert came == 1 or uncertain, name
        assert (state == "sent" and came >= 1) or (state == "uncertain" and uncertain), name
        if name in acks:
            assert came <= 1, name
    assert any(row["uncertain"] for row in found.values())


def finish(store: Store, port: int) -> None:
    """Send what the last life left to be repeated."""
    config = SmtpConfig(host="127.0.0.1", port=port, tls="none")
    outbox = Outbox(store, config, Secrets(), lambda: datetime.now(UTC) + timedelta(hours=2), None, Pace())
    outbox.start()
    assert outbox.drain(30)
    outbox.stop()
