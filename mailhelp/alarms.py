"""Alarms by mail: looks at what is wrong, and has the admin mailed of it (`desk.alarms` says when of what)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from mailhelp.carry_out import carry_out
from mailhelp.desk.alarmcase import Health
from mailhelp.desk.alarms import REPEAT
from mailhelp.desk.decide import decide
from mailhelp.desk.event import AlarmsDue
from mailhelp.desk.model import Case
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.store import Store

State = Callable[[Health], Health]


class AlarmWatch:
    """Looks once for each call of `look`, which is for one thread.

    `accounts` are the mailboxes of config.toml; `state` adds what only the running daemon knows; `kick` is called when
    mail has been queued.
    """

    def __init__(
        self,
        store: Store,
        bundle: Callable[[], Bundle],
        accounts: Sequence[str],
        clock: Callable[[], datetime],
        *,
        state: State = lambda health: health,
        kick: Callable[[], object] = lambda: None,
    ) -> None:
        self._store, self._bundle, self._accounts, self._clock = store, bundle, tuple(accounts), clock
        self._state, self._kick = state, kick

    def look(self) -> bool:
        """Raise, end and tell what is due; whether there was anything. Raises what the store raises.

        What the admin was told is written together with the mail, so that a restart repeats nothing.
        """
        now, bundle = self._clock(), self._bundle()
        if not decide(Case(0), self._event(now), now, bundle.policy).effects:
            return False  # without taking the write lock
        with self._store.unit():
            case = self._store.case_of_ticket(0, now)
            decision = decide(case, self._event(now), now, bundle.policy)
            key = f"alarms:{now.isoformat(timespec='seconds')}"
            mails = carry_out(self._store, bundle, decision, key, now) if decision.effects else 0
        if mails:
            self._kick()
        return bool(decision.effects)

    def _event(self, now: datetime) -> AlarmsDue:
        health = self._state(self._store.health(self._accounts))
        return AlarmsDue(self._store.raised(now - REPEAT), health, self._store.alarm_waits())
