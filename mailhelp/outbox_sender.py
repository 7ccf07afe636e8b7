"""One mail on its way: hand it to a connection, understand the outcome, have it written, tell whom it concerns."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from mailhelp.desk.event import SendingFailed
from mailhelp.edge.smtp import Connection, Outcome, Phase, Result, Timeouts
from mailhelp.edge.store import TROUBLE, OutboxMail, SendState, Store
from mailhelp.outbox_fate import REPEATED, Fate, fate, uncertain
from mailhelp.outbox_journal import Journal

log = logging.getLogger(__name__)

ABANDONED = "uncertain: abandoned after DATA had begun"
NOT_REPEATED = Outcome(Result.UNCERTAIN, 0, "not repeated: only people's words are", Phase.BODY)
FOUND = Outcome(Result.SENT, 0, "found in the Sent folder", Phase.BODY)


def _ignore(_event: SendingFailed) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the outbox asks of others.

    `on_failed` is called in a database thread, inside the transaction that records the failure, so that the note on the
    ticket and the state of the mail are one; what it raises is logged and undone alone. `find_in_sent` looks for a
    Message-ID in the Sent folder (None: cannot tell), `append_sent` puts a copy there; both in a thread of their own.
    """

    on_failed: Callable[[SendingFailed], None] = _ignore
    find_in_sent: Callable[[str], bool | None] | None = None
    append_sent: Callable[[bytes], None] | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """Times and sizes. `alone`: no other process sends from this database, so all that is left over is ours."""

    alone: bool = True
    lease: timedelta = timedelta(hours=1)  # longer than any sending takes
    hold: timedelta = timedelta(minutes=15)  # claimed mails wait so long for an account that is down
    again: timedelta = timedelta(minutes=2)  # before a mail of unknown fate is looked at once more
    idle: timedelta = timedelta(seconds=30)  # then an unused connection is closed
    look_over: timedelta = timedelta(minutes=5)  # between looks for what other processes abandoned
    alarm_after: timedelta = timedelta(minutes=5)
    bench: timedelta = timedelta(minutes=1)  # for a connection that the server does not want beside the others
    trouble: timedelta = timedelta(seconds=2)  # before a database that is away is asked again
    batch: int = 32
    batch_bytes: int = 2_000_000  # after a heavier batch, only as many mails are claimed as there are connections
    timeouts: Timeouts = field(default_factory=Timeouts)
    jitter: Callable[[], float] = random.random


class Sender:
    """Sends single mails; all but `take_back` is called in the loop."""

    def __init__(
        self,
        store: Store,
        journal: Journal,
        sent_folder: Executor,
        clock: Callable[[], datetime],
        hooks: Hooks,
        pace: Pace,
    ) -> None:
        self._store, self._journal, self._sent_folder = store, journal, sent_folder
        self._clock, self._hooks, self._pace = clock, hooks, pace
        self.changed: Callable[[], None] = lambda: None  # called when something may have become due

    async def deliver(self, link: Connection, mail: OutboxMail) -> Outcome | None:
        """Send one mail; None when it has to be put back. Cancelling is understood and answered with an outcome."""
        under_way = False
        if mail.not_after is not None and self._clock() > mail.not_after:
            return None  # put back, and withdrawn by the next claim
        try:
            if known := await self._earlier(mail):
                return known
            begin = partial(self._journal.commit, partial(self._store.data_begun, mail.id))
            under_way = True
            return await link.deliver(mail.envelope_from, mail.recipient, mail.raw, begin)
        except asyncio.CancelledError:  # nobody cancels but the end of the outbox, which waits for us
            result = Result.UNCERTAIN if under_way and link.phase is Phase.BODY else Result.LATER
            return Outcome(result, 0, "the desk was stopped", link.phase) if under_way else None
        except Exception as error:  # noqa: BLE001 - the database would not note that DATA begins: nothing was sent
            log.warning("mail %d is put back: %s", mail.id, error)
            return None

    def settle(self, mail: OutboxMail, outcome: Outcome) -> None:
        """Have the outcome written, and those told whom it concerns."""
        now = self._clock()
        result = fate(mail, outcome, now, self._pace.jitter(), self._again(mail))
        level = logging.INFO if outcome.result is Result.SENT else logging.WARNING
        log.log(level, "mail %d to %s: %s", mail.id, mail.recipient, result.reply, extra=_about(mail))
        then = None if outcome.result is Result.SENT else self.changed
        self._journal.write(partial(self._record, mail, result, now), then)

    def put_back(self, mail: OutboxMail) -> None:
        """Let go of a claimed mail that was certainly not sent."""
        now = self._clock()
        write = partial(self._store.settle, mail.id, SendState.QUEUED, now, "put back unsent", now)
        self._journal.write(write, self.changed)

    async def copy_to_sent(self, mail: OutboxMail) -> None:
        """Put a copy into the Sent folder, where one is wanted; a copy that fails is no failure of the mail."""
        if self._hooks.append_sent is None:
            return
        try:
            await asyncio.get_running_loop().run_in_executor(self._sent_folder, self._hooks.append_sent, mail.raw)
        except Exception as error:  # noqa: BLE001 - whatever a mailbox can do wrong
            log.warning("no copy in the Sent folder: %s", error, extra=_about(mail))

    def take_back(self, *, all_of_them: bool) -> None:
        """Queue what was abandoned before DATA, and treat as uncertain what was abandoned after it. One transaction."""
        now = self._clock()
        with self._store.unit():
            for outbox_id in self._store.requeue_abandoned(now, all_of_them=all_of_them):
                mail = self._store.outbox_mail(outbox_id)
                assert mail is not None
                log.warning("mail %d to %s: %s", mail.id, mail.recipient, ABANDONED, extra=_about(mail))
                result = uncertain(mail, mail.uncertain - 1, ABANDONED, now, self._again(mail))
                self._record(mail, Fate(result.steps[1:], result.reply, result.failed), now)

    async def _earlier(self, mail: OutboxMail) -> Outcome | None:
        """What is known of a mail whose fate was uncertain before; None: send it (again)."""
        if not mail.uncertain:
            return None
        if await self._is_in_sent(mail):
            return FOUND
        return None if mail.kind in REPEATED else NOT_REPEATED

    async def _is_in_sent(self, mail: OutboxMail) -> bool:
        if self._hooks.find_in_sent is None:
            return False
        loop = asyncio.get_running_loop()
        try:
            return bool(await loop.run_in_executor(self._sent_folder, self._hooks.find_in_sent, mail.message_id))
        except Exception as error:  # noqa: BLE001 - whatever a mailbox can do wrong
            log.warning("the Sent folder cannot be searched: %s", error, extra=_about(mail))
            return False

    def _again(self, mail: OutboxMail) -> timedelta | None:
        """When a mail of unknown fate is looked at once more: never, where nothing could follow from it."""
        return self._pace.again if mail.kind in REPEATED or self._hooks.find_in_sent else None

    def _record(self, mail: OutboxMail, result: Fate, now: datetime) -> None:
        """Write the states and tell of a failure, inside the transaction of the caller, in a database thread."""
        counted = [self._store.settle(mail.id, state, now, result.reply, at) for state, at in result.steps]
        if not all(counted) or result.failed is None:
            return
        try:
            with self._store.savepoint():
                self._hooks.on_failed(result.failed)
        except TROUBLE:
            raise
        except Exception:
            log.exception("the failure of mail %d could not be told", mail.id, extra=_about(mail))


def _about(mail: OutboxMail) -> dict[str, int | None]:
    return {"ticket": mail.ticket or None}
