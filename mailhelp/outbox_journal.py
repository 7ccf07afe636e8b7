"""Group commit: what several sendings want written goes into one transaction.

Each commit waits for the disk, and for its turn to write. While one does, what comes in gathers and shares the next, so
that the number of commits follows the disk and not the number of mails; nothing waits for company.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from mailhelp.edge.store import TROUBLE, Store

log = logging.getLogger(__name__)

Operation = Callable[[], object]


@dataclass(frozen=True, slots=True)
class _Entry:
    operation: Operation
    done: asyncio.Future[None] | None = None
    then: Callable[[], None] | None = None


class Journal:
    """Writes operations in order. `write` is never lost while the process lives; `commit` tells when it is durable."""

    def __init__(self, store: Store, executor: Executor, retry: timedelta) -> None:
        self._store = store
        self._executor = executor
        self._retry = retry.total_seconds()
        self._entries: deque[_Entry] = deque()
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self.commits = 0

    def write(self, operation: Operation, then: Callable[[], None] | None = None) -> None:
        """Have this written, as soon as the database lets us; `then` is called in the loop once it is durable."""
        self._add(_Entry(operation, None, then))

    async def commit(self, operation: Operation) -> None:
        """Have this written and wait until it is durable. Raises what the database raises; then it is not written."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(_Entry(operation, done))
        await done

    @property
    def is_idle(self) -> bool:
        """Whether everything that was given is written."""
        return self._idle.is_set()

    async def flushed(self) -> None:
        """Return when everything that was given is written."""
        await self._idle.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._entries:
                await self._commit([], gather=True)
            self._idle.set()

    def _add(self, entry: _Entry) -> None:
        self._entries.append(entry)
        self._idle.clear()
        self._work.set()

    async def _commit(self, batch: list[_Entry], *, gather: bool = False) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._executor, self._apply, batch, gather)
        except TROUBLE as error:
            log.warning("the database is away: %s", error)
            self._gather(batch)
            self._answer(batch, error)
            self._entries.extendleft(entry for entry in reversed(batch) if entry.done is None)
            await asyncio.sleep(self._retry)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the others
            if gather:  # it may have come before anything was taken up: what nobody takes up would be tried for ever
                self._gather(batch)
            await self._isolate(batch, error)
        else:
            self.commits += 1
            self._answer(batch, None)

    async def _isolate(self, batch: list[_Entry], error: Exception) -> None:
        """Something in the batch cannot be written at all: the others must not suffer for it."""
        if len(batch) > 1:
            for entry in batch:
                await self._commit([entry])
            return
        log.error("cannot be written to the outbox: %s", error, exc_info=error)
        self._answer(batch, error)

    def _apply(self, batch: list[_Entry], gather: bool) -> None:  # noqa: FBT001 - an executor passes no keywords
        with self._store.unit():
            if gather:  # only now: what came while others wrote goes along
                self._gather(batch)
            for entry in batch:
                entry.operation()

    def _gather(self, batch: list[_Entry]) -> None:
        while self._entries:
            batch.append(self._entries.popleft())

    @staticmethod
    def _answer(batch: list[_Entry], error: Exception | None) -> None:
        for entry in batch:
            if entry.then is not None and error is None:
                entry.then()
            if entry.done is None or entry.done.done():
                continue
            if error is None:
                entry.done.set_result(None)
            else:
                entry.done.set_exception(error)
