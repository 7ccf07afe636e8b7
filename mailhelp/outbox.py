"""Send what the outbox holds: one asyncio loop in one thread, a few connections, the database in threads of its own.

The life of a mail: queued → attempting → sent | waiting | uncertain | refused (design §5). What must hold:

- a mail is claimed (attempt counted, next attempt moved, committed) before it is tried, and only while a connection is
  open, so that an account that is down costs no mail an attempt;
- that DATA begins is durable before DATA is said, so that after a crash everybody knows which mails are uncertain;
- an outcome is written as soon as it is known, and never forgotten while the process lives.

Commits are shared between sendings (`outbox_journal`); one mail's way is in `outbox_sender`, what an outcome means in
`outbox_fate`, the state of the account in `outbox_account`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ParamSpec, TypeVar

from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.secret import Secrets
from mailhelp.edge.smtp import Connection, Outcome, Result
from mailhelp.edge.store import TROUBLE, OutboxMail, Store
from mailhelp.outbox_account import Account, Quota
from mailhelp.outbox_journal import Journal
from mailhelp.outbox_sender import Hooks, Pace, Sender

__all__ = ["Hooks", "Outbox", "Pace"]

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
Claimed = tuple[OutboxMail, datetime]  # a mail, and when it was claimed

MAX_COPIES = 100
"""Mails that wait for their copy in the Sent folder; with more, sending waits for them."""


class Outbox:
    """The sending half of the desk. `start`, `kick`, `drain` and `stop` may be called from any thread."""

    def __init__(
        self,
        store: Store,
        config: SmtpConfig,
        secrets: Secrets,
        clock: Callable[[], datetime],
        hooks: Hooks | None = None,
        pace: Pace | None = None,
        sent_at: Iterable[datetime] = (),
    ) -> None:
        """`sent_at` are the times of the mails sent in the last day: a restart must not give a fresh quota."""
        self._store, self._clock = store, clock
        self._pace = pace or Pace()
        self._quota = Quota(config, sent_at, clock())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="outbox")
        self._database = ThreadPoolExecutor(2, "outbox-db")
        self._sent_folder = ThreadPoolExecutor(1, "outbox-sent")
        self._journal = Journal(store, self._database, self._pace.trouble)
        self._account = Account(store, self._journal, self._pace.jitter, self._pace.alarm_after)
        self._sender = Sender(store, self._journal, self._sent_folder, clock, hooks or Hooks(), self._pace)
        self._links = [Connection(config, secrets, self._pace.timeouts) for _ in range(config.connections)]
        self._free: asyncio.LifoQueue[Connection | None] = asyncio.LifoQueue()  # the one used last is open
        self._ready: deque[Claimed] = deque()  # not yet in hand
        self._wake = asyncio.Event()
        self._sender.changed = self._wake.set
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiters: list[asyncio.Future[bool]] = []  # who wants to know when we are through
        self._asked: list[asyncio.Future[bool]] = []  # those who asked before the present look began
        self._stopping = False
        self._through = False  # at the last look nothing was due
        self._batch = self._pace.batch
        self._used_at = self._looked_at = 0.0  # the loop's time

    # -- from any thread

    def start(self) -> None:
        """Take back what an earlier run left over, and begin to send. Errors of the database come out here."""
        self._sender.take_back(all_of_them=self._pace.alone)
        self._thread.start()
        self._call(self._begin()).result()

    def kick(self) -> None:
        """There is something to send: look now."""
        if not self._stopping:
            self._loop.call_soon_threadsafe(self._wake.set)

    def drain(self, timeout: float) -> bool:
        """Send what is due and return: True when nothing that is due is left, False when something cannot go now."""
        waiting = self._call(self._drained())
        try:
            return waiting.result(timeout)
        except TimeoutError:
            waiting.cancel()
            return False

    def stop(self, timeout: float = 30.0) -> None:
        """Claim nothing new, let mails in hand finish for `timeout` seconds, write everything down, end the thread."""
        if self._thread.is_alive():
            try:
                self._call(self._end(timeout)).result()
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                self._thread.join()
        self._database.shutdown()
        self._sent_folder.shutdown(cancel_futures=True)
        self._loop.close()

    @property
    def alive(self) -> bool:
        """Whether mails are being looked for."""
        return self._thread.is_alive() and not self._feeder.done()

    @property
    def trouble(self) -> str:
        """Why nothing can be sent now; empty when all is well."""
        return self._account.trouble

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    # -- in the loop

    async def _begin(self) -> None:
        for link in self._links:
            self._free.put_nowait(link)
        self._writer = asyncio.create_task(self._journal.run())
        self._feeder = asyncio.create_task(self._feed())

    async def _feed(self) -> None:
        """Give mails to free connections until we are stopped."""
        while not self._stopping:
            link = await self._free.get()
            if link is None:
                return
            claimed, until = await self._look(link)
            if claimed is not None:
                self._spawn(self._send(link, *claimed))
            else:
                self._free.put_nowait(link)
                await self._rest(until)

    async def _look(self, link: Connection) -> tuple[Claimed | None, datetime | None]:
        """As `_next`, whatever the database does."""
        self._asked += self._waiters
        self._waiters.clear()
        self._through = False
        try:
            return await self._next(link)
        except TROUBLE as error:
            log.warning("the database is away: %s", error)
            return None, self._clock() + self._pace.trouble
        except Exception:
            log.exception("the outbox stumbled")
            return None, self._clock() + timedelta(seconds=30)

    async def _next(self, link: Connection) -> tuple[Claimed | None, datetime | None]:
        """The next mail to send over that connection; or none, and when to look again."""
        now = self._clock()
        if self._account.paused_until is not None and now < self._account.paused_until:
            return None, self._account.paused_until
        if not self._ready:
            due = await self._in_db(self._store.next_due, now)
            if due is None or due > now:
                self._through = True
                return None, due
            if self._quota.left(now) < 1:
                return None, self._quota.ready_at(now)
        if not any(each.is_open for each in self._links) and (down := await link.open()):
            self._account.failed(down, self._clock())
            return None, self._account.paused_until
        if not self._ready:
            await self._claim()
        return self._pop(), self._clock()

    async def _claim(self) -> None:
        now = self._clock()
        count = min(self._batch, self._quota.left(now))
        mails = await self._in_db(self._store.claim, now, count, self._pace.lease)
        self._quota.take(now, len(mails))
        self._ready.extend((mail, now) for mail in mails)
        heavy = sum(len(mail.raw) for mail in mails) > self._pace.batch_bytes
        self._batch = len(self._links) if heavy else self._pace.batch

    def _pop(self) -> Claimed | None:
        """A claimed mail whose lease is good for a while."""
        while self._ready:
            mail, claimed_at = self._ready.popleft()
            if self._clock() - claimed_at < self._pace.hold:
                return mail, claimed_at
            self._release(mail, claimed_at)
        return None

    def _release(self, mail: OutboxMail, claimed_at: datetime) -> None:
        """Put a claimed mail back, unless its lease has ended: then it may be in other hands already."""
        if self._clock() - claimed_at < self._pace.lease:
            self._sender.put_back(mail)

    async def _rest(self, until: datetime | None) -> None:
        """Wait for a kick, or until then; tell who waits for us to be through."""
        self._tell(through=self._through)
        seconds = 60.0 if until is None else min((until - self._clock()).total_seconds(), 60.0)
        if any(link.is_open for link in self._links):
            seconds = min(seconds, self._idle_left())
        try:
            await asyncio.wait_for(self._wake.wait(), max(seconds, 0.001))
        except TimeoutError:
            await self._tidy()
        self._wake.clear()

    def _idle_left(self) -> float:
        return self._pace.idle.total_seconds() - (self._loop.time() - self._used_at)

    async def _tidy(self) -> None:
        """What is done when nothing else is: close idle connections, look for what other processes abandoned."""
        if not self._tasks and self._idle_left() <= 0:
            await asyncio.gather(*(link.quit() for link in self._links))
        if not self._pace.alone and self._loop.time() - self._looked_at >= self._pace.look_over.total_seconds():
            self._looked_at = self._loop.time()
            self._journal.write(partial(self._sender.take_back, all_of_them=False), self._wake.set)

    async def _send(self, link: Connection, mail: OutboxMail, claimed_at: datetime) -> None:
        outcome = await self._sender.deliver(link, mail)
        self._used_at = self._loop.time()
        if outcome is None:
            self._sender.put_back(mail)
        elif outcome.result is Result.ACCOUNT_DOWN:
            self._ready.appendleft((mail, claimed_at))
            self._lose(link, outcome)
            return
        else:
            if outcome.code:
                self._account.worked(self._clock())
            self._sender.settle(mail, outcome)
        crowded = len(self._tasks) > MAX_COPIES
        if not crowded:
            self._free.put_nowait(link)
        if outcome and outcome.result is Result.SENT:
            await self._sender.copy_to_sent(mail)
        if crowded:
            self._free.put_nowait(link)

    def _lose(self, link: Connection, outcome: Outcome) -> None:
        """Pause the account; or this connection alone while others work, as some servers allow only a few."""
        if any(each.is_open for each in self._links):
            log.info("one connection less for a while: %s", outcome)
            self._loop.call_later(self._pace.bench.total_seconds(), self._free.put_nowait, link)
            return
        self._account.failed(outcome, self._clock())
        self._free.put_nowait(link)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _in_db(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._loop.run_in_executor(self._database, partial(function, *args, **kwargs))

    # -- the end, and waiting for it

    def _tell(self, *, through: bool) -> None:
        asked, self._asked = self._asked, []
        for waiter in asked:
            if not waiter.done():
                waiter.set_result(through)

    async def _drained(self) -> bool:
        while True:
            if self._tasks:
                await asyncio.wait(self._tasks)
            await self._journal.flushed()
            waiter: asyncio.Future[bool] = self._loop.create_future()
            self._waiters.append(waiter)
            self._wake.set()
            through = await waiter
            if not self._tasks and self._journal.is_idle:
                return through

    async def _end(self, patience: float) -> None:
        self._stopping = True
        self._wake.set()
        self._free.put_nowait(None)
        await asyncio.wait([self._feeder], timeout=patience)
        self._feeder.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while self._ready:
            self._release(*self._ready.popleft())
        self._asked += self._waiters
        self._tell(through=False)
        await asyncio.wait([asyncio.ensure_future(self._journal.flushed())], timeout=10.0)
        self._writer.cancel()
        await asyncio.gather(*(link.quit() for link in self._links))
