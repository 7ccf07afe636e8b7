"""Who may write next: the threads of one process come in the order in which they asked.

SQLite has one writer, and lets those who wait for it look again after pauses of up to 100 ms. A thread that writes one
transaction after the other lets nobody in that way: while an inbox was drained, next to nothing was sent.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import peewee


class Turns:
    """A lock that is handed on in order. Not re-entrant."""

    def __init__(self, patience: float) -> None:
        """`patience` is how many seconds a thread waits for its turn."""
        self._patience = patience
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @property
    def wanted(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for one's turn and have it; peewee.OperationalError, as for a busy database, if it does not come."""
        self._take()
        try:
            yield
        finally:
            self._hand_on()

    def _take(self) -> None:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=self._patience):
            return
        with self._mutex:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise peewee.OperationalError("another thread has been writing for too long")

    def _hand_on(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
