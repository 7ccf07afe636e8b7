"""The daemon: one thread a mailbox, one that decides, one that sends, and a metronome that keeps them going.

`schedule` only beats time (intake, timers, outbox, housekeeping); no ticket's time is one of its jobs. Each job is
wrapped, because an exception in a job would skip the jobs after it and run it again at once.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from schedule import Scheduler

from mailhelp import morning
from mailhelp.alarms import AlarmWatch
from mailhelp.desk.alarmcase import Health
from mailhelp.desk.event import SendingFailed
from mailhelp.edge import metrics, sdnotify
from mailhelp.edge.config import MailboxConfig
from mailhelp.edge.imap import Mailbox
from mailhelp.edge.imap_fetch import FetchLimits
from mailhelp.edge.imap_line import ImapError
from mailhelp.edge.imap_watch import AccountWatcher
from mailhelp.edge.lease import Keep, lease
from mailhelp.edge.store import Store
from mailhelp.edge.worker import Readers
from mailhelp.errors import UserError
from mailhelp.home import Home, account_secrets, is_alone, now_utc, open_store
from mailhelp.intake import Intake
from mailhelp.outbox import Hooks, Outbox, Pace
from mailhelp.policy_watch import PolicyWatch
from mailhelp.timers import ClockWatch, Timers, recompute_all

log = logging.getLogger(__name__)

BEAT = 1.0  # seconds between two looks of the metronome when nothing happens
DRAIN = 3600.0  # seconds that `run --once` gives the outbox
CLOCK_POLL = 15.0  # seconds between two looks at the clocks
RUNS = 25  # of the intake in one go before the metronome is looked at again


class App:
    """One desk at work. `run()` until a signal; `run_once()` until everything that stands there is done."""

    def __init__(
        self,
        home: Home,
        store: Store,
        stack: ExitStack,
        clock: Callable[[], datetime] = now_utc,
        readers: Readers | None = None,
    ) -> None:
        """`stack` ends what is started here; `readers` that are given are somebody else's and are not ended."""
        self.home, self.store, self.clock = home, store, clock
        config = home.config
        self.stop = threading.Event()
        self._wake = threading.Event()
        self._reload = False  # no Event: a signal handler must not wait for a lock
        self._ending = ""  # the signal that ends us
        self._keep: Keep = lambda: None
        self._lost: UserError | None = None
        self._spool = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mailhelp-spool-")))
        self.readers = readers or stack.enter_context(Readers(home.options, config.limits))
        keeps_copies = bool(config.smtp.sent_folder)
        self.outbox = Outbox(
            store,
            config.smtp,
            account_secrets(config.smtp, "[smtp]", clock),
            clock,
            Hooks(
                on_failed=self._sending_failed,
                find_in_sent=self._find_in_sent if keeps_copies else None,
                append_sent=self._append_sent if keeps_copies else None,
            ),
            Pace(alone=is_alone(config)),
            store.sent_since(clock() - timedelta(days=1)),
        )
        self.policies = PolicyWatch(
            home.bundle, home.load_bundle, (home.path, config), store, clock, kick=self.outbox.kick
        )
        self.policies.begin()
        self.intake = Intake(
            store, self.readers, lambda: self.policies.bundle, home.keyring, clock, kick=self.outbox.kick
        )
        self.watchers = [self._watcher(box) for box in config.mailbox]
        began = clock()
        self.clock_watch = ClockWatch(
            clock,
            store.last_known(),
            lambda text: store.alarm("clock.jumped", text, store.last_known() or clock()),
            None if clock is now_utc else lambda: clock() - began,  # another clock is both of them
        )
        self.timers = Timers(
            store,
            lambda: self.policies.bundle,
            {box.name: box.patience for box in config.mailbox},
            self.clock_watch.now,
            look=self._look_everywhere,
            kick=self.outbox.kick,
        )
        self.alarms = AlarmWatch(
            store,
            lambda: self.policies.bundle,
            [box.name for box in config.mailbox],
            lambda: min(clock(), self.clock_watch.now()),  # a clock that jumped ahead must not put off what comes later
            state=self._with_own_state,
            kick=self.outbox.kick,
        )
        self._timed_for = ""

    def _with_own_state(self, health: Health) -> Health:
        return replace(health, clock_held=self.clock_watch.held, rules_refused=self.policies.refused)

    def _look_everywhere(self) -> None:
        for watcher in self.watchers:
            watcher.want_sweep()

    def _tick(self) -> None:
        """Decide what is due, unless the clock cannot be trusted; another calendar moves all due times first."""
        if self.clock_watch.held:
            return
        policy = self.policies.bundle.policy
        if self._timed_for != policy.time.version:
            recompute_all(self.store, policy, self.clock_watch.now())
            self._timed_for = policy.time.version
        self.timers.run()

    def _morning(self) -> None:
        if not self.clock_watch.held:
            morning.send(self.store, self.policies.bundle, self.clock_watch.now(), self.outbox.kick)

    def _watcher(self, box: MailboxConfig) -> AccountWatcher:
        limits = self.home.config.limits
        return AccountWatcher(
            self.store,
            Mailbox(box, account_secrets(box, f"[[mailbox]] {box.name}", self.clock)),
            FetchLimits(
                messages=limits.batch_messages,
                size=int(limits.batch_mb * 1_000_000),
                largest=int(limits.max_message_mb * 1_000_000),
            ),
            self.clock,
            lambda _count: self._wake.set(),
            self._spool,
        )

    # --- the daemon

    def run(self, keep: Keep = lambda: None) -> None:
        """Work until SIGTERM or SIGINT; then finish what is in hand and return.

        The same when `keep`, which is called now and then, says by a UserError that the lease is lost; it is raised.
        """
        self._keep = keep
        with self._signals(), self._sending():
            threads = [
                threading.Thread(target=watcher.run, args=(self.stop,), name=f"imap-{watcher.config.name}")
                for watcher in self.watchers
            ]
            for thread in threads:
                thread.start()
            sdnotify.ready(f"watching {len(threads)} mailboxes")
            log.info("ready: %s", ", ".join(watcher.config.name for watcher in self.watchers))
            try:
                self._beat(self._metronome())
            finally:
                self.stop.set()
                sdnotify.stopping()
                for thread in threads:
                    thread.join(30)
        if self._lost:
            raise self._lost
        log.info("stopped")

    def _beat(self, scheduler: Scheduler) -> None:
        polled_at = time.monotonic()
        while not self._over:
            self._wake.wait(BEAT)
            if time.monotonic() - polled_at >= CLOCK_POLL:
                polled_at = time.monotonic()
                if self._clock_was_set():
                    scheduler = self._metronome()  # its jobs are due by a wall clock that was set
            woken = self._wake.is_set()
            self._wake.clear()
            if woken:
                self._guarded("intake", self._take_in)
            if self._reload:
                self._reload = False
                self._guarded("rules", lambda: self.policies.look(at_once=True))
            scheduler.run_pending()

    def _clock_was_set(self) -> bool:
        """Look at the clocks; an alarm that cannot be written is in the log."""
        try:
            return self.clock_watch.poll()
        except Exception:
            log.exception("looking at the clocks failed; they are looked at again")
            return False

    def _metronome(self) -> Scheduler:
        scheduler = Scheduler()
        for seconds, name, job in (
            (2, "intake", self._take_in),
            (2, "rules", self.policies.look),
            (5, "outbox", self.outbox.kick),
            (5, "lease", self._keep_lease),
            (15, "timers", self._tick),
            (60, "alarms", self.alarms.look),
            (60, "morning mails", self._morning),
            (30, "watchdog", self._watchdog),
        ):
            scheduler.every(seconds).seconds.do(self._guarded, name, job)
        return scheduler

    def _guarded(self, name: str, job: Callable[[], object]) -> None:
        """Run a job; whatever it raises is logged and ends this run of it only."""
        try:
            job()
        except Exception:
            log.exception("the job %s failed; it runs again at its next time", name)

    def _take_in(self) -> None:
        for _ in range(RUNS):
            if self._over or not self.intake.run(lambda: self._over):
                return
        self._wake.set()  # there is more: come back after the other jobs have had their turn

    def _keep_lease(self) -> None:
        try:
            self._keep()
        except UserError as lost:
            log.error("%s This one ends.", lost.summary)  # noqa: TRY400 - a sentence, no traceback
            self._lost = lost
            self.stop.set()

    def _watchdog(self) -> None:
        sdnotify.watchdog()
        self.store.service("database", "", True, self.clock())

    @contextlib.contextmanager
    def _sending(self) -> Iterator[None]:
        self.outbox.start()
        try:
            yield
        finally:
            self.outbox.stop()

    @property
    def _over(self) -> bool:
        """Whether it is time to end; asked by the main thread, where signals arrive."""
        if self._ending and not self.stop.is_set():
            log.info("%s: ending", self._ending)
            self.stop.set()
        return self.stop.is_set()

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT end the daemon politely, a second one at once; SIGHUP has it read its rules anew."""

        def end(number: int, _frame: FrameType | None) -> None:
            if self._ending:
                raise KeyboardInterrupt
            self._ending = signal.Signals(number).name

        def reload(_number: int, _frame: FrameType | None) -> None:
            self._reload = True

        before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, reload)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    # --- once

    def run_once(self) -> int:
        """Drain the mailboxes, decide, send what is due, file; the number of accounts that could not be read."""
        failed: list[str] = []
        with self._signals(), self._sending():
            threads = [
                threading.Thread(target=self._drain, args=(watcher, failed), name=f"imap-{watcher.config.name}")
                for watcher in self.watchers
            ]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads) and not self._over:
                self._wake.wait(0.05)
                self._wake.clear()
                self.intake.run(lambda: self._over)
            while not self._over and self.intake.run(lambda: self._over):
                pass
            self._tick()
            self.outbox.drain(DRAIN)
            if self.alarms.look():  # sending may have failed
                self.outbox.drain(DRAIN)
        for watcher in self.watchers:
            if watcher.config.name not in failed:
                self._file(watcher)
            watcher.close()
        return len(failed)

    def _drain(self, watcher: AccountWatcher, failed: list[str]) -> None:
        try:
            watcher.drain()
        except Exception as error:
            log.error("%s could not be read: %s", watcher.config.name, error)  # noqa: TRY400 - a sentence, no traceback
            log.debug("the traceback", exc_info=True)
            failed.append(watcher.config.name)
        finally:
            self._wake.set()

    def _file(self, watcher: AccountWatcher) -> None:
        try:
            while watcher.file():
                pass
        except ImapError as error:
            log.warning("%s: filing waits for the next run: %s", watcher.config.name, error)

    # --- what the outbox asks for

    def _sending_failed(self, event: SendingFailed) -> None:
        self.intake.decide_failure(event)

    def _find_in_sent(self, message_id: str) -> bool | None:
        with self._sent_mailbox() as mailbox:
            return mailbox.holds(self.home.config.smtp.sent_folder, message_id)

    def _append_sent(self, raw: bytes) -> None:
        with self._sent_mailbox() as mailbox:
            mailbox.append(self.home.config.smtp.sent_folder, raw, self.clock())

    @contextlib.contextmanager
    def _sent_mailbox(self) -> Iterator[Mailbox]:
        """A connection of its own: the watchers' belong to their threads."""
        config = self.home.config
        box = next(box for box in config.mailbox if box.name == config.smtp.sent_mailbox)
        mailbox = Mailbox(box, account_secrets(box, f"[[mailbox]] {box.name}", self.clock))
        mailbox.connect()
        try:
            yield mailbox
        finally:
            mailbox.close()


def run_daemon(home: Home) -> None:
    """Run the desk until a signal. UserError when another daemon runs on the same SQLite file, or on a mailbox."""
    with _leased(home) as keep, open_store(home.config) as store, ExitStack() as stack:
        stack.enter_context(metrics.served(home.config.metrics.listen, store.status, now_utc))
        App(home, store, stack).run(keep)


def drain(home: Home) -> int:
    """Drain the inbox, send what is due and return; the number of mailboxes that could not be read.

    UserError when a daemon runs on the same SQLite file, or on a mailbox.
    """
    started = time.monotonic()
    with _leased(home), open_store(home.config) as store, ExitStack() as stack:
        failed = App(home, store, stack).run_once()
    log.info("done in %.2f s", time.monotonic() - started)
    return failed


def _leased(home: Home) -> AbstractContextManager[Keep]:
    return lease(home.config.database.url, [box.name for box in home.config.mailbox])
