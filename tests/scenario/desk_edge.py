"""The desk of the timelines, whatever servers it stands on: its configuration, store, templates and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from mailhelp.cli.due import told
from mailhelp.desk import dues
from mailhelp.desk.calendar import DayOff
from mailhelp.edge.config import Config, load
from mailhelp.edge.letter import Letters
from mailhelp.edge.rules import load_policy
from mailhelp.edge.store import Store
from mailhelp.edge.store.service import GAP
from mailhelp.edge.template import Templates
from mailhelp.mail.token import Key, Keyring
from mailhelp.timers import recompute_all
from scenario.runner import NOON

HERE = Path(__file__).resolve().parent
MOST_WAKES = 500
KEYRING = Keyring((Key("1", b"0123456789abcdef0123456789abcdef", NOON - timedelta(days=30)),), "1")


def configured(desk: str = "") -> Config:
    """The configuration in the folder `desk`, or `desk-NAME`."""
    return load(_path(desk))


def _path(desk: str) -> Path:
    return HERE / (f"desk-{desk}" if desk else "desk") / "config.toml"


class DeskEdge:
    """One of the desks on a new SQLite database in `folder`, and what timelines ask of it."""

    def __init__(self, folder: Path, desk: str, config: Config) -> None:
        self.config, self.path = config, _path(desk)
        self.policy = load_policy(config, self.path.parent)
        self.desk = self.policy.desk.address
        self.agents = frozenset(agent.address for agent in self.policy.team.agents.values())
        self.staff = self.agents | {self.policy.desk.admin}
        self.letters = Letters(Templates.load(Path(config.templates_dir)), KEYRING, self.policy.desk)
        self.store = self.make_store(f"sqlite:///{folder / 'desk.db'}")
        self.store.open(self.policy.desk.first_number)
        self.now = NOON
        self.lived: datetime | None = None
        self.skew = timedelta(0)  # how far the clock of the machine is ahead of true time
        self._out = self._alone = False

    @property
    def wall(self) -> datetime:
        """What the clock of the machine shows."""
        return self.now + self.skew

    def make_store(self, url: str) -> Store:
        """The store, not open yet."""
        return Store(url)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def at(self, now: datetime) -> None:
        """It is `now`."""
        self.now = now

    def live(self, work: Callable[[], None]) -> None:
        """Let the time since the last call pass: `work` is done at each due time and now; the mailbox was watched."""
        until = self.now
        if self._alone:
            self.lived = until
        if self._out:
            self.store.service("imap", "main", False, until, "out of reach", gap=timedelta(days=1000))
            self._out, self.lived = False, until
        for _ in range(MOST_WAKES if self.trusts_its_clock(until) else 0):
            due = next((row["due_at"] - self.skew for row in self.store.next_timers(1)), None)
            if self.lived is None or due is None or due > until:
                break
            self.now = max(due, self.lived)
            self._round(work)
        self.now = until
        self._round(work)

    def trusts_its_clock(self, until: datetime) -> bool:
        """Whether the clock can be trusted at `until` at the latest."""
        del until
        return True

    def day_off(self, day: date, name: str) -> None:
        """The calendar gets another day off."""
        calendar = self.policy.time.calendar
        closed = {**calendar.closed, day: DayOff(name, "own")}
        changed = replace(calendar, closed=closed, version=f"{calendar.version}.{day:%m%d}")
        self.policy = replace(self.policy, time=replace(self.policy.time, calendar=changed))
        recompute_all(self.store, self.policy, self.now)
        self.idle()

    def idle(self) -> None:
        """Time has passed."""
        raise NotImplementedError

    def sleep(self) -> None:
        """Nothing is done until the next `live`, and nothing noted."""
        self._alone = True

    def jump(self, by: timedelta) -> None:
        """The daemon is started anew for each mail: there is no run in which its clock could jump."""
        raise NotImplementedError

    def out(self, since: datetime) -> None:
        """The mailbox is out of reach from then on, until the next `live`."""
        self.store.service("imap", "main", False, since, "out of reach", gap=timedelta(days=1000))
        self._out = True

    def _round(self, work: Callable[[], None]) -> None:
        gap = GAP if self._alone else timedelta(days=1000)  # between two rounds all was watched
        self._alone = False
        for what, account in (("imap", "main"), ("database", ""), ("sweep", "main")):
            self.store.service(what, account, True, self.wall, gap=gap)
        work()
        self.lived = self.now

    def show(self, number: int) -> dict[str, Any] | None:
        """One ticket."""
        return self.store.show(number)

    def tickets(self) -> list[dict[str, Any]]:
        """All tickets."""
        return self.store.tickets()

    def last_end(self) -> tuple[str, str]:
        """The end of the latest arrival."""
        sql = "SELECT ended_as, end_reason FROM ledger ORDER BY id DESC LIMIT 1"
        with self.store.engine.reading():
            end, reason = self.store.engine.rows(sql)[0]
        return str(end), str(reason)

    def due_times(self, number: int) -> str:
        """What `mailhelp explain due` prints."""
        ticket = self.store.tickets_by_number([number])[number]
        line = self.store.timeline(number, {box.name: box.patience for box in self.config.mailbox}, self.now)
        found = list(dues.due_times(ticket, line, self.now, self.policy.time))
        return "\n".join(told(ticket, line, found, self.policy))

    def alarms(self) -> list[str]:
        """The codes of all alarms."""
        return [str(one["code"]) for one in self.store.status()["alarms"]]
