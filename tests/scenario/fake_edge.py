"""An edge inside this process: the real intake, store and templates; mailbox, mail server and clock are pretended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailhelp.alarms import AlarmWatch
from mailhelp.desk.reach import TOLERANCE
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.config import Config
from mailhelp.edge.smtp import Outcome, Result
from mailhelp.edge.store import RawMail
from mailhelp.edge.worker import Readers
from mailhelp.home import read_options
from mailhelp.intake import Intake
from mailhelp.outbox_fate import fate
from mailhelp.timers import ClockWatch, Timers
from scenario.desk_edge import KEYRING, DeskEdge, configured
from scenario.mails import Got
from scenario.runner import NOON

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class _Done:
    """A result that is there already."""

    value: Any

    def result(self) -> Any:
        """It."""
        return self.value


class InProcess(Readers):
    """Readers without processes."""

    def _schedule(self, work: Any, args: tuple[Any, ...]) -> Any:
        return _Done(work(*args))


class FakeEdge(DeskEdge):
    """A desk without any server."""

    def __init__(self, folder: Path, desk: str = "", config: Config | None = None) -> None:
        super().__init__(folder, desk, config or configured(desk))
        self.refused: set[str] = set()
        self.uid = 0
        readers = InProcess(read_options(self.config, self.policy.desk), self.config.limits)
        self._sent: list[Got] = []
        self.clock_watch = ClockWatch(lambda: self.wall, None, self._clock_alarm, lambda: self.now - NOON)
        self.timers = Timers(self.store, self._bundle, {"main": TOLERANCE}, self.clock_watch.now)
        self.alarm_watch = AlarmWatch(
            self.store,
            self._bundle,
            ("main",),
            lambda: min(self.wall, self.clock_watch.now()),
            state=lambda health: replace(health, clock_held=self.clock_watch.held),
        )
        self.intake = Intake(self.store, readers, self._bundle, KEYRING, lambda: self.wall)

    def send_in(self, raw: bytes) -> None:
        """A mail stands in the intake folder; the desk takes it, and what it releases."""
        self.uid += 1
        self.store.accept("main", "INBOX", 1, [RawMail(self.uid, self.now, raw, len(raw))], self.uid, self.wall)
        self.idle()

    def idle(self) -> None:
        """Time passes: what is due by itself is done at its time."""
        self.live(self._work)

    def jump(self, by: timedelta) -> None:
        """The clock of the machine is set; the daemon sees it at its next look."""
        self.skew += by
        self._alone = True  # of the time that was jumped over nothing is noted
        self.clock_watch.poll()
        self.idle()

    def trusts_its_clock(self, until: datetime) -> bool:
        """Look at the clock every minute while it is not trusted."""
        while self.lived and self.clock_watch.held and self.lived + MINUTE <= until:
            self.now = self.lived = self.lived + MINUTE
            self.clock_watch.poll()
        self.now = until
        return not self.clock_watch.held

    def _bundle(self) -> Bundle:
        return Bundle(self.policy, self.letters)

    def _clock_alarm(self, text: str) -> None:
        self.store.alarm("clock.jumped", text, self.store.last_known() or self.wall)

    def mails_out(self) -> list[Got]:
        """All that has left since the last call."""
        sent, self._sent = self._sent, []
        return sent

    def _work(self) -> None:
        while self.intake.run():
            pass
        if not self.clock_watch.held:
            self.timers.run()
        self._sent += self._send()
        if self.alarm_watch.look():
            self._sent += self._send()

    def _send(self) -> list[Got]:
        """All that is due leaves now, or is refused."""
        sent: list[tuple[int, Got]] = []
        while mails := self.store.claim(self.wall, 100, timedelta(minutes=5)):
            for mail in mails:
                refused = mail.recipient in self.refused
                outcome = (
                    Outcome(Result.REFUSED, 550, "5.1.1 unknown user") if refused else Outcome(Result.SENT, 250, "ok")
                )
                end = fate(mail, outcome, self.wall, 0.5, None)
                for state, again in end.steps:
                    self.store.settle(mail.id, state, self.wall, end.reply, again)
                if end.failed:
                    self.intake.decide_failure(end.failed)
                else:
                    sent.append((mail.id, Got(mail.recipient, mail.envelope_from, mail.raw)))
        return [got for _, got in sorted(sent, key=lambda pair: pair[0])]

    def refuse(self, recipient: str) -> None:
        """The mail server refuses this recipient."""
        self.refused.add(recipient)
