"""Gather the facts of a ticket's time, and the timers: what is due, what must be computed anew (design §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from mailhelp.desk.elapsed import Gap
from mailhelp.desk.model import ArticleKind, Case, MailKind, State
from mailhelp.desk.reach import TOLERANCE, Report, all_outages, used_outages, watched_outages
from mailhelp.desk.timefacts import Came, Done, OurMail, Stay, Timeline, TimerRow
from mailhelp.desk.waiting import Fate, Heard
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.fields import from_json, from_utc
from mailhelp.edge.store.records import DueTimer
from mailhelp.edge.store.unsettled import unsettled

Accounts = Mapping[str, timedelta]
"""Mailboxes by name, each with how long nobody may have looked into it before that counts as an outage."""
MOST = 200
"""Rows of one kind that are looked at for one ticket, the latest ones."""
SMTP = "smtp"
"""The one account that mail leaves by, as the service log names it."""

_STAYS = (
    "SELECT h.what, h.at, h.after, h.decision, l.arrived_at, t.opened_at FROM history h "
    "JOIN ticket t ON t.number = h.ticket "
    "LEFT JOIN article a ON a.decision = h.decision AND a.ticket = h.ticket AND a.kind = 'reply' "
    "LEFT JOIN ledger l ON l.id = a.arrival "
    "WHERE h.ticket = ? AND (h.what = 'state' OR h.what = 'opened') ORDER BY h.id DESC LIMIT ?"
)
_MAILS = (
    "SELECT o.id, o.kind, o.decision, o.created_at, o.state, o.changed_at FROM outbox o "
    "JOIN participant p ON p.ticket = o.ticket AND p.slot = o.slot AND p.role = 'requester' "
    "WHERE o.ticket = ? ORDER BY o.id DESC LIMIT ?"
)
_CAME = (
    "SELECT a.kind, a.at, a.decision, l.arrived_at, d.code FROM article a JOIN decision d ON d.id = a.decision "
    "LEFT JOIN ledger l ON l.id = a.arrival WHERE a.ticket = ? AND a.kind IN ('report', 'reply', 'answer') "
    "ORDER BY a.id DESC LIMIT ?"
)
_DONE = "SELECT code, at FROM decision WHERE ticket = ? AND SUBSTR(key, 1, 6) = 'timer:' ORDER BY id DESC LIMIT ?"
_ELSEWHERE = (
    "SELECT t.opened_at FROM ticket t JOIN ticket own ON own.requester = t.requester "
    "WHERE own.number = ? AND t.requester <> '' AND t.number <> own.number AND t.opened_at >= ? "
    "AND t.close_reason <> 'spam' ORDER BY t.number LIMIT ?"
)
_NEXT = (
    "SELECT m.ticket, m.name, m.due_at, m.calendar, m.facts, t.state, t.queue, t.owner, t.priority, t.subject "
    "FROM timer m JOIN ticket t ON t.number = m.ticket "
)
_LOOKED = "SELECT MAX(until) FROM service WHERE what = 'sweep' AND account = ? AND up AND until <= ?"
_FATES = {
    "sent": Fate.ACCEPTED, "refused": Fate.REFUSED, "uncertain": Fate.UNCERTAIN, "withdrawn": Fate.WITHDRAWN,
}  # fmt: skip
_LOG = {"imap": "the mailbox", "database": "the desk", "smtp": "sending"}


class TimelinePart:
    """Facts about time."""

    engine: Engine

    def with_time(self, case: Case, numbers: Sequence[int], accounts: Accounts, now: datetime) -> Case:
        """The case with the facts of time of these tickets. Call it where the case was gathered."""
        known = {number: self.timeline(number, accounts, now) for number in numbers}
        return replace(case, time={**case.time, **known})

    def timeline(self, number: int, accounts: Accounts, now: datetime) -> Timeline:
        """The facts of one ticket; `accounts` are the mailboxes that are watched now."""
        with self.engine.reading():
            stays = tuple(self._stays(number))
            mails = tuple(self._mails_of(number))
            since = stays[-1].start if stays else now
            waits = bool(stays) and stays[-1].state is State.PENDING
            resolved = bool(stays) and stays[-1].state is State.RESOLVED
            asks = "SELECT decision, at FROM asked WHERE ticket = ? ORDER BY id"
            return Timeline(
                stays=stays,
                mails=mails,
                came=tuple(self._came(number)),
                asks=tuple((int(one), _time(at)) for one, at in self.engine.rows(asks, number)),
                elsewhere=tuple(self._elsewhere(number, since)) if waits else (),
                done=tuple(Done(code, _time(at)) for code, at in reversed(self.engine.rows(_DONE, number, MOST))),
                timers=self._timers(number),
                outages=self._outages(accounts, since, now) if waits else (),
                looked_at=self._looked_at(accounts, now),
                undecided=tuple(self._undecided()),
                unsettled=tuple(unsettled(self.engine, number, since)) if waits or resolved else (),
            )

    def _stays(self, number: int) -> Iterator[Stay]:
        """The states, each until the next one."""
        rows = list(reversed(self.engine.rows(_STAYS, number, MOST)))
        begun: list[Stay] = []
        for what, at, state, decision, arrived, opened in rows:
            start = from_utc(opened if what == "opened" else arrived) or _time(at)
            if begun and start < begun[-1].start:
                start = begun[-1].start
            if not begun or begun[-1].decision != decision or begun[-1].state != state:
                begun.append(Stay(State(state), start, None, int(decision)))
        for stay, following in zip(begun, [*begun[1:], None], strict=True):
            yield replace(stay, end=following.start) if following else stay

    def _mails_of(self, number: int) -> Iterator[OurMail]:
        for outbox, kind, decision, written, state, changed in reversed(self.engine.rows(_MAILS, number, MOST)):
            fate = _FATES.get(state, Fate.QUEUED)
            accepted = _time(changed) if fate is Fate.ACCEPTED else None
            yield OurMail(int(outbox), MailKind(kind), int(decision), _time(written), fate, accepted)

    def _came(self, number: int) -> Iterator[Came]:
        for kind, at, decision, arrived, code in reversed(self.engine.rows(_CAME, number, MOST)):
            yield Came(ArticleKind(kind), from_utc(arrived) or _time(at), _time(at), int(decision), code)

    def _elsewhere(self, number: int, since: datetime) -> Iterator[Heard]:
        for (opened,) in self.engine.rows(_ELSEWHERE, number, since, MOST):
            yield Heard(_time(opened), _time(opened))

    def _timers(self, number: int) -> dict[str, TimerRow]:
        rows = self.engine.rows("SELECT name, due_at, calendar FROM timer WHERE ticket = ?", number)
        return {name: TimerRow(_time(due), version) for name, due, version in rows}

    def _outages(self, accounts: Accounts, since: datetime, now: datetime) -> tuple[Gap, ...]:
        watched = [*(("imap", name, silence) for name, silence in accounts.items()), ("database", "", TOLERANCE)]
        parts = [
            watched_outages(_LOG[what], self._reports(what, name, since), since, now, silence)
            for what, name, silence in watched
        ]
        return all_outages(*parts, used_outages(_LOG["smtp"], self._reports("smtp", SMTP, since), since, now))

    def _reports(self, what: str, account: str, since: datetime) -> list[Report]:
        sql = "SELECT up, since, until FROM service WHERE what = ? AND account = ? AND until >= ? ORDER BY id"
        return [
            Report(bool(up), _time(first), _time(last))
            for up, first, last in self.engine.rows(sql, what, account, since)
        ]

    def _looked_at(self, accounts: Accounts, now: datetime) -> datetime | None:
        """When the latest complete look into all mailboxes began; one of a time to come was noted by a wrong clock."""
        latest = now + TOLERANCE
        found = [from_utc(self.engine.value(_LOOKED, account, latest)) for account in accounts]
        times = [at for at in found if at is not None]
        return min(times) if times and len(times) == len(found) else None

    def _undecided(self) -> Iterator[str]:
        for (arrival,) in self.engine.rows("SELECT id FROM ledger WHERE ended_as = '' ORDER BY id LIMIT 1"):
            yield f"arrival {arrival}"

    # --- timers as rows

    def wake_timers(self, version: str, now: datetime) -> int:
        """Wake all timers that were computed with another time policy; how many. What is overdue keeps its place."""
        sql = "UPDATE timer SET due_at = ? WHERE calendar <> ? AND calendar <> '' AND due_at > ?"
        with self.engine.unit():
            return int(self.engine.changed(sql, now, version, now))

    def postpone_timer(self, timer_id: int, until: datetime) -> None:
        """Let a timer wait that could not be decided, so that the others have their turn."""
        with self.engine.unit():
            self.engine.run("UPDATE timer SET due_at = ? WHERE id = ?", until, timer_id)

    def next_timers(self, limit: int, queue: str = "") -> list[dict[str, Any]]:
        """What is due next, with the facts of its due time and the ticket it belongs to."""
        where = "WHERE t.queue = ? " if queue else ""
        sql = f"{_NEXT}{where}ORDER BY m.due_at, m.id LIMIT ?"
        names = ("ticket", "name", "due_at", "calendar", "facts", "state", "queue", "owner", "priority", "subject")
        with self.engine.reading():
            rows = self.engine.rows(sql, *([queue] if queue else []), limit)
        made = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**row, "due_at": from_utc(row["due_at"]), "facts": from_json(row["facts"])} for row in made]

    def last_known(self) -> datetime | None:
        """The latest time in the service log: a clock that shows less is wrong."""
        with self.engine.reading():
            return from_utc(self.engine.value("SELECT MAX(until) FROM service"))

    def timer_due(self, number: int, name: str) -> DueTimer | None:
        """One timer of a ticket."""
        sql = "SELECT id, ticket, name, due_at FROM timer WHERE ticket = ? AND name = ?"
        with self.engine.reading():
            rows = self.engine.rows(sql, number, name)
        return DueTimer(rows[0][0], rows[0][1], rows[0][2], _time(rows[0][3])) if rows else None


def _time(value: Any) -> datetime:
    at = from_utc(value)
    assert at is not None
    return at
