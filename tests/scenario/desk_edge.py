"""The desk of the timelines, whatever servers it stands on: its configuration, store, templates and keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mailhelp.edge.config import Config, load
from mailhelp.edge.letter import Letters
from mailhelp.edge.rules import load_policy
from mailhelp.edge.store import Store
from mailhelp.edge.template import Templates
from mailhelp.mail.token import Key, Keyring
from scenario.runner import NOON

DESK = Path(__file__).resolve().parent / "desk" / "config.toml"
KEYRING = Keyring((Key("1", b"0123456789abcdef0123456789abcdef", NOON - timedelta(days=30)),), "1")


def configured() -> Config:
    """The configuration of `desk/`."""
    return load(DESK)


class DeskEdge:
    """The desk of `desk/` on a new SQLite database in `folder`, and what timelines ask of it."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.config = config
        self.policy = load_policy(config, DESK.parent)
        self.desk = self.policy.desk.address
        self.agents = frozenset(agent.address for agent in self.policy.team.agents.values())
        self.letters = Letters(Templates.load(Path(config.templates_dir)), KEYRING, self.policy.desk)
        self.store = Store(f"sqlite:///{folder / 'desk.db'}")
        self.store.open(self.policy.desk.first_number)
        self.now = NOON

    def close(self) -> None:
        """Close the database."""
        self.store.close()

    def at(self, now: datetime) -> None:
        """It is `now`."""
        self.now = now

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
