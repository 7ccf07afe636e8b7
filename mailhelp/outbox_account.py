"""The account that mail goes out by: whether it can be used, how much it may send, and who must know when it cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from mailhelp.desk import backoff, bucket
from mailhelp.desk.bucket import Bucket
from mailhelp.edge.config import SmtpConfig
from mailhelp.edge.smtp import Outcome
from mailhelp.edge.store import Store
from mailhelp.outbox_journal import Journal

log = logging.getLogger(__name__)

NAME = "smtp"
REPORT_EVERY = timedelta(minutes=1)


class Account:
    """Up or paused. A pause grows with each failure in a row; only a transaction that ran ends the row."""

    def __init__(self, store: Store, journal: Journal, jitter: Callable[[], float], alarm_after: timedelta) -> None:
        self._store = store
        self._journal = journal
        self._jitter = jitter
        self._alarm_after = alarm_after
        self._failures = 0
        self._down_since: datetime | None = None
        self._alarmed = False
        self._reported_at: datetime | None = None
        self.paused_until: datetime | None = None
        self.trouble = ""

    def worked(self, now: datetime) -> None:
        """A server answered to a mail, whatever it said."""
        if self._down_since is not None:
            log.info("sending works again", extra={"account": NAME})
        elif self._reported_at is not None and now - self._reported_at < REPORT_EVERY:
            return
        self._failures, self._down_since, self._alarmed = 0, None, False
        self.paused_until, self.trouble, self._reported_at = None, "", now
        self._journal.write(lambda: self._store.service("smtp", NAME, True, now))

    def failed(self, outcome: Outcome, now: datetime) -> None:
        """The account cannot be used now: pause, write it down, and after a while raise the alarm (once)."""
        self._failures += 1
        self._down_since = self._down_since or now
        self.trouble = str(outcome)
        pause = backoff.account_pause(self._failures, self._jitter())
        self.paused_until = now + pause
        words = self.trouble
        level = logging.WARNING if self._failures == 1 else logging.INFO
        log.log(level, "cannot send: %s; next try in %d s", words, pause.total_seconds(), extra={"account": NAME})
        self._journal.write(lambda: self._store.service("smtp", NAME, False, now, words))
        if not self._alarmed and now - self._down_since >= self._alarm_after:
            self._alarmed = True
            text = f"Mail cannot be sent since {self._down_since:%Y-%m-%d %H:%M} UTC: {words}"
            log.error("%s", text, extra={"account": NAME})
            self._journal.write(lambda: self._store.alarm("smtp.down", text, now))


class Quota:
    """The counts per minute, hour and day of [smtp]; without any, there is always room."""

    ROOMY = 1_000_000

    def __init__(self, config: SmtpConfig, sent_at: Iterable[datetime], now: datetime) -> None:
        limits = ((config.per_minute, 60), (config.per_hour, 3_600), (config.per_day, 86_400))
        times = tuple(sent_at)
        empty = [Bucket(limit, timedelta(seconds=seconds)) for limit, seconds in limits if limit]
        self._buckets = [bucket.refilled(each, times, now) for each in empty]

    def left(self, now: datetime) -> int:
        """How many mails may go now."""
        return min((bucket.left(each, now) for each in self._buckets), default=self.ROOMY)

    def take(self, now: datetime, count: int) -> None:
        """So many go now."""
        self._buckets = [bucket.take(each, now, count) for each in self._buckets]

    def ready_at(self, now: datetime) -> datetime:
        """When the next one may go."""
        return max((bucket.ready_at(each, now) for each in self._buckets), default=now)
