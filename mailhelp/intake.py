"""From the raw mails in the store to decisions: read in workers, decide, write, in batches (design §4.3 to §4.6).

An arrival that cannot be read, or breaks the code that decides, is left where it stands once and quarantined the second
time; the others of its batch go on without it. Attempts are counted before anything is tried, so that a mail that ends
the whole process is found out, too: it is taken alone at the next start, and not at all after the fifth.
"""

from __future__ import annotations

import functools
import logging
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from mailhelp.desk.comeback import wants_time
from mailhelp.desk.decide import decide
from mailhelp.desk.effect import AttachmentRef, Decision, SendMail
from mailhelp.desk.event import Arrived, Event, SendingFailed, Unreadable
from mailhelp.desk.memory import keep
from mailhelp.desk.model import Arrival, Case
from mailhelp.desk.prepared import Prepared
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.recent_files import RecentFiles
from mailhelp.edge.store import TROUBLE, Conflict, Store
from mailhelp.edge.worker import Outcome, Readers, ReadFailure, Reading, Source
from mailhelp.gather import with_work
from mailhelp.intake_explain import explain, head_of
from mailhelp.mail.message import Message
from mailhelp.mail.thread import Evidence, evidence
from mailhelp.mail.token import Keyring

log = logging.getLogger(__name__)

BATCH = 25  # arrivals that are read together, and at most in one transaction
ROUNDS = 64  # batches in one run
STRIKES = 2  # failures after which a mail is quarantined
BEGUN = 5  # attempts that never came to an end: the mail ends the process
IN_MEMORY = 512_000  # bytes; larger mails go to the workers as files
RAW = "raw"  # the part that means the whole message


@dataclass(slots=True)
class _Batch:
    """Arrivals that are being read; `files` holds the large ones until they are."""

    arrivals: list[Arrival]
    reading: Reading
    failed: dict[int, ReadFailure]
    files: ExitStack


class Intake:
    """Takes pending arrivals to their end; `kick` is called when mail may have been queued. `run` is for one thread.

    `bundle` is asked once for each decision: rules, templates and the version that is stored are always one set.
    """

    def __init__(
        self,
        store: Store,
        readers: Readers,
        bundle: Callable[[], Bundle],
        keyring: Keyring,
        clock: Callable[[], datetime],
        *,
        kick: Callable[[], object] = lambda: None,
    ) -> None:
        self._store, self._readers, self._bundle = store, readers, bundle
        self._keyring, self._clock, self._kick = keyring, clock, kick
        self._files = RecentFiles()  # a notice also sends along what came with earlier mails
        self._aside: set[int] = set()  # even quarantining these failed: not again before the next start

    def run(self, over: Callable[[], bool] = lambda: False) -> int:
        """Take up some hundred pending arrivals; how many were looked at. 0 means that there is nothing to do.

        Once `over` says so, no more are begun; what is begun comes to its end.

        Raises what the store raises when it is not usable (`edge.store.TROUBLE`); then nothing of the batch is written.
        """
        done = 0
        batch = self._begin(())
        for round_ in range(ROUNDS):
            if batch is None:
                break
            # While this batch is decided, the workers read the next one.
            following = None if over() or round_ == ROUNDS - 1 else self._begin(batch.arrivals)
            done += self._finish(batch)
            batch = following
        return done

    def decide_failure(self, event: SendingFailed) -> None:
        """Decide what the desk does about a mail of ours that failed. Raises as `run` does. Any thread may call it."""
        now, bundle = self._clock(), self._bundle()
        with self._store.unit():
            case = self._store.case_of_ticket(event.ticket, now)
            self._apply(decide(case, event, now, bundle.policy), f"outbox:{event.outbox_id}", bundle, now)
        self._kick()

    def explain(self, raw: bytes, now: datetime) -> dict[str, Any]:
        """What would be done with this mail, and why; writes nothing. See `intake_explain.explain`."""
        return explain(raw, now, self._bundle().policy, self._readers.options, self._keyring, self._store)

    def _begin(self, busy: Sequence[Arrival]) -> _Batch | None:
        """Count an attempt at the next arrivals and hand them to the workers."""
        passed = self._aside.union(one.id for one in busy)
        found = [one for one in self._store.pending(BATCH + len(passed)) if one.id not in passed]
        if not found:
            return None
        # One that was begun before and did not come to its end goes alone: it can only harm itself.
        fresh = next((n for n, one in enumerate(found) if one.attempts), BATCH)
        batch = found[: max(min(fresh, BATCH), 1)]
        failed = {one.id: _never_ended(one) for one in batch if one.attempts >= BEGUN}
        with ExitStack() as stack:
            with self._store.unit():
                self._store.begin_attempt([one.id for one in batch])
                sources = self._sources([one for one in batch if one.id not in failed], stack)
            return _Batch(batch, self._readers.begin(sources, self._bundle().policy), failed, stack.pop_all())

    def _sources(self, arrivals: Sequence[Arrival], stack: ExitStack) -> list[Source]:
        """The raw mails as bytes; large ones as files, which are there as long as `stack` is."""
        small = self._store.whole([one.id for one in arrivals if one.size <= IN_MEMORY])
        return [
            Source(one.id, *small[one.id])
            if one.id in small
            else Source(one.id, stack.enter_context(self._file(one.id)), self._store.truncated(one.id))
            for one in arrivals
        ]

    @contextmanager
    def _file(self, arrival_id: int) -> Iterator[Path]:
        """The raw mail as a file."""
        with tempfile.NamedTemporaryFile(prefix="mailhelp-") as file:
            with self._store.open_raw(arrival_id) as raw:
                shutil.copyfileobj(raw, file, 1 << 20)
            file.flush()
            yield Path(file.name)

    def _finish(self, batch: _Batch) -> int:
        """Decide and write: a savepoint for each arrival, and one transaction for as many as nobody else waits for."""
        with batch.files:
            outcomes: dict[int, Outcome] = {**self._readers.finish(batch.reading), **batch.failed}
        prepared = batch.reading.prepared
        for number, files in batch.reading.files.items():
            self._files.put(number, files)
        self._store.share_units(
            batch.arrivals,
            lambda arrival: self._take(arrival, outcomes[arrival.id], prepared.get(arrival.id)),
            self._kick,
        )
        return len(batch.arrivals)

    def _take(self, arrival: Arrival, outcome: Outcome, prepared: Prepared | None) -> None:
        """One arrival: decided, quarantined, or left for a second try."""
        second = arrival.attempts + 1 >= STRIKES
        why = ""
        if isinstance(outcome, Message):
            try:
                self._decide(arrival, outcome, prepared)
            except TROUBLE:
                raise
            except Conflict as conflict:
                log.info("arrival %d is decided again: %s", arrival.id, conflict)
            except Exception as error:
                log.exception("arrival %d could not be decided", arrival.id)
                why = f"deciding failed: {type(error).__name__}: {error}"
        else:
            log.warning("arrival %d could not be read: %s", arrival.id, outcome.why)
            why, second = outcome.why, second or outcome.final
        if why and second:
            self._quarantine(arrival, why)

    def _decide(self, arrival: Arrival, message: Message, prepared: Prepared | None) -> None:
        bundle = self._bundle()
        proof = evidence(message, bundle.policy.desk, self._keyring, self._clock())
        event = Arrived(arrival, message, confirmed=arrival.confirmed, prepared=prepared)
        self._settle(arrival, event, bundle, message, proof)

    def _quarantine(self, arrival: Arrival, why: str) -> None:
        """End an arrival as unreadable; if even that fails, leave it until the next start."""
        try:
            subject, sender = head_of(self._store.open_raw(arrival.id))
            self._settle(arrival, Unreadable(arrival, why, subject, sender), self._bundle())
        except TROUBLE:
            raise
        except Exception:
            log.exception("arrival %d could not be quarantined; it waits for the next start", arrival.id)
            self._aside.add(arrival.id)

    def _settle(
        self,
        arrival: Arrival,
        event: Event,
        bundle: Bundle,
        message: Message | None = None,
        proof: Evidence | None = None,
    ) -> None:
        """Gather, decide, apply (design §3); all of it or nothing."""
        now = self._clock()
        key = f"arrival:{arrival.id}" + (":confirmed" if arrival.confirmed else "")
        with self._store.savepoint():
            case = self._store.case_for(arrival, message, proof, now)
            case = self._with_held(with_work(self._store, case, message, bundle.policy, now))
            case = self._store.with_time(case, wants_time(message, case), {}, now)
            decision = decide(case, event, now, bundle.policy, proof)
            self._apply(keep(decision, message, case) if message else decision, key, bundle, now)

    def _with_held(self, case: Case) -> Case:
        """The case with the message that a confirmation speaks of, read again (it could be read when it was held)."""
        if case.held is None:
            return case
        with ExitStack() as stack:
            outcome = self._readers.read_many(self._sources([case.held], stack))[case.held.id]
        return replace(case, held_message=outcome if isinstance(outcome, Message) else None)

    def _apply(self, decision: Decision, key: str, bundle: Bundle, now: datetime) -> None:
        mails = [effect for effect in decision.effects if isinstance(effect, SendMail)]
        load = functools.cache(self._part)  # each file is decoded once, however many letters carry it
        letters = [bundle.letters.write(mail, f"{key}:{number}", now, load) for number, mail in enumerate(mails)]
        self._store.apply(decision, key, letters, bundle.version, now)

    def _part(self, ref: AttachmentRef) -> bytes:
        if ref.part == RAW:
            return self._store.raw(ref.arrival)
        if (known := self._files.get(ref.arrival, ref.part)) is not None:
            return known
        # The workers read the next mails already: this one waits until one of them is free.
        with self._file(ref.arrival) as path:
            return self._readers.extract(path, ref.part)


def _never_ended(arrival: Arrival) -> ReadFailure:
    why = f"it was begun {arrival.attempts} times and never came to an end: it may end the whole process"
    return ReadFailure(why, final=True)
