"""An edge inside this process: the real intake, store and templates; mailbox, mail server and clock are pretended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailhelp.edge.config import Config, load, to_desk
from mailhelp.edge.letter import Letters
from mailhelp.edge.rules import load_policy
from mailhelp.edge.smtp import Outcome, Result
from mailhelp.edge.store import RawMail, Store
from mailhelp.edge.template import Templates
from mailhelp.edge.worker import Readers
from mailhelp.home import read_options
from mailhelp.intake import Intake
from mailhelp.mail.token import Key, Keyring
from mailhelp.outbox_fate import fate
from scenario.mails import Got
from scenario.runner import NOON

HERE = Path(__file__).resolve().parent
DESK = HERE / "desk" / "config.toml"
KEYRING = Keyring((Key("1", b"0123456789abcdef0123456789abcdef", NOON - timedelta(days=30)),), "1")


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


class FakeEdge:
    """The desk of `desk/` on a new SQLite database in `folder`."""

    def __init__(self, folder: Path, config: Config | None = None) -> None:
        self.config = config or load(DESK)
        self.policy = load_policy(self.config, DESK.parent)
        desk = to_desk(self.config)
        self.desk = desk.address
        self.agents = frozenset(agent.address for agent in self.policy.team.agents.values())
        self.store = Store(f"sqlite:///{folder / 'desk.db'}")
        self.store.open(desk.first_number)
        self.now = NOON
        self.refused: set[str] = set()
        self.uid = 0
        readers = InProcess(read_options(self.config, desk), self.config.limits)
        letters = Letters(Templates.load(Path(self.config.templates_dir)), KEYRING, desk)
        self.intake = Intake(self.store, readers, letters, lambda: self.policy, KEYRING, lambda: self.now)

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def at(self, now: datetime) -> None:
        """It is `now`."""
        self.now = now

    def send_in(self, raw: bytes) -> None:
        """A mail stands in the intake folder; the desk takes it, and what it releases."""
        self.uid += 1
        self.store.accept("main", "INBOX", 1, [RawMail(self.uid, self.now, raw, len(raw))], self.uid, self.now)
        while self.intake.run():
            pass

    def mails_out(self) -> list[Got]:
        """All that is due leaves now, or is refused."""
        sent: list[tuple[int, Got]] = []
        while mails := self.store.claim(self.now, 100, timedelta(minutes=5)):
            for mail in mails:
                refused = mail.recipient in self.refused
                outcome = (
                    Outcome(Result.REFUSED, 550, "5.1.1 unknown user") if refused else Outcome(Result.SENT, 250, "ok")
                )
                end = fate(mail, outcome, self.now, 0.5, None)
                for state, again in end.steps:
                    self.store.settle(mail.id, state, self.now, end.reply, again)
                if end.failed:
                    self.intake.decide_failure(end.failed)
                else:
                    sent.append((mail.id, Got(mail.recipient, mail.envelope_from, mail.raw)))
        return [got for _, got in sorted(sent, key=lambda pair: pair[0])]

    def refuse(self, recipient: str) -> None:
        """The mail server refuses this recipient."""
        self.refused.add(recipient)

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

    def alarms(self) -> list[str]:
        """The codes of all alarms."""
        return [str(one["code"]) for one in self.store.status()["alarms"]]
