"""Reading mails in processes of their own, with limits on time and memory: it costs a worker, never the daemon.

Workers come from a fork server that has loaded the reading code once and holds no socket and no database: a new one
takes some 30 ms. Small mails go in groups; when a group's worker is lost, each of its mails is read alone, so that only
the culprit is blamed.

A worker also reads mails along the form (`desk.prepared`) and hands over the files of small ones, so that deciding need
not wait for either. Whatever goes wrong with that, the message is had without it: a mail whose worker is lost is read
once more, and then without any of this.
"""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import multiprocessing
import pickle
import resource
import traceback
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from mailhelp.desk.formfield import Form
from mailhelp.desk.policy import Category, Policy
from mailhelp.desk.prepared import Prepared, Readings, prepare
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Message, ReadOptions

log = logging.getLogger(__name__)

GROUP = 10  # mails in one task: a task costs 0.2 ms
GROUP_BYTES = 256_000
FILES_BYTES = 512_000  # decoded bytes of files that come with a reading; larger ones are had when they are wanted
MAX_FILES = 8
MAX_TASKS = 2_000  # a worker is replaced after so many: nothing it leaks lasts


@dataclass(frozen=True, slots=True)
class Source:
    """One mail to read: its ledger id, and its bytes or the file that holds them."""

    id: int
    raw: bytes | Path
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class ReadFailure:
    """Why a mail could not be read, as a sentence.

    `final` is True when it breaks a limit: trying again is of no use. `killed` says that the worker was lost with it.
    """

    why: str
    final: bool = False
    killed: bool = False


class ExtractError(Exception):
    """A part of a mail cannot be had; the text is a sentence."""


class Limits(Protocol):
    """What `[limits]` in config.toml says of reading."""

    @property
    def parse_seconds(self) -> float:
        """For one mail."""

    @property
    def parse_memory_mb(self) -> int:
        """Address space of one worker."""

    @property
    def workers(self) -> int:
        """How many processes."""


Outcome = Message | ReadFailure
Files = Mapping[str, bytes]
"""Decoded files by their part."""
_Answer = list[tuple[int, Outcome, Readings | None, Files]]
_Task = tuple[list[Source], ProcessFuture[_Answer]]


@dataclass(slots=True)
class Reading:
    """Mails that are being read, along the form of `policy` if there is one.

    Once they are, `prepared` holds by id what could be read along the form, and `files` the files of small mails.
    """

    options: ReadOptions
    tasks: list[_Task]
    policy: Policy | None = None
    prepared: dict[int, Prepared] = field(default_factory=dict)
    files: dict[int, Files] = field(default_factory=dict)


class Readers:
    """The worker processes. A context manager; `close` ends them. `options` may be replaced at any time."""

    def __init__(self, options: ReadOptions, limits: Limits) -> None:
        self.options = options
        self._limits = limits
        self._pool: ProcessPool | None = None
        self._form: tuple[Policy | None, bytes] = (None, b"")

    def start(self) -> Self:
        """Start the workers now instead of with the first mail, and wait until one answers."""
        self._schedule(_nothing, ()).result()
        return self

    def close(self) -> None:
        """End all workers; what they were reading is given up."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]  # pebble types the rest
            pool.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def read_many(self, sources: Sequence[Source]) -> dict[int, Outcome]:
        """Read mails; one outcome for each id. Never raises for a mail's sake."""
        return self.finish(self.begin(sources))

    def begin(self, sources: Sequence[Source], policy: Policy | None = None) -> Reading:
        """Hand mails to the workers and return at once; with a policy they are read along its form, too."""
        packed, options = self._packed(policy), self.options
        tasks = [(group, self._schedule(_read_group, (group, options, packed))) for group in _groups(sources)]
        return Reading(options, tasks, policy)

    def extract(self, raw: bytes | Path, part: str) -> bytes:
        """The decoded bytes of one part. Raises KeyError when there is none, ExtractError when it cannot be had."""
        try:
            return bytes(self._schedule(_extract, (raw, part, self.options)).result())
        except KeyError:
            raise
        except Exception as error:
            raise ExtractError(f"part {part} cannot be read: {type(error).__name__}: {error}") from error

    def finish(self, reading: Reading) -> dict[int, Outcome]:
        """Wait for the outcomes."""
        outcomes: dict[int, Outcome] = {}
        for group, task in reading.tasks:
            for number, outcome, readings, files in self._answer(group, task, reading):
                outcomes[number] = outcome
                reading.files[number] = files
                if reading.policy and readings:
                    reading.prepared[number] = Prepared(reading.policy.form, reading.policy.categories, readings)
        return outcomes

    def _answer(self, group: list[Source], task: ProcessFuture[_Answer], reading: Reading) -> _Answer:
        try:
            return task.result()
        except OutOfTime:
            why = f"reading it took longer than {self._limits.parse_seconds:g} seconds"
        except ProcessExpired as error:
            why = f"the process that read it ended with code {error.exitcode}"
        except Exception as error:  # noqa: BLE001 - whatever became of the worker, the mail must get an outcome
            why = f"the process that read it failed: {type(error).__name__}: {error}"
        if len(group) > 1 or reading.policy:
            alone = Reading(
                reading.options, [([one], self._schedule(_read_group, ([one], reading.options))) for one in group]
            )
            return [answer for one, task in alone.tasks for answer in self._answer(one, task, alone)]
        log.warning("arrival %d: %s", group[0].id, why)
        return [(group[0].id, ReadFailure(why, killed=True), None, {})]

    def _packed(self, policy: Policy | None) -> bytes:
        """The form as each task carries it, some kB: no worker that is made anew has to be told of it."""
        if policy is not self._form[0]:
            data = pickle.dumps((policy.form, policy.categories)) if policy else b""
            self._form = policy, zlib.compress(data)
        return self._form[1] if policy else b""

    def _schedule(self, work: Any, args: tuple[Any, ...]) -> ProcessFuture[Any]:
        if self._pool is None or not self._pool.active:
            self.close()
            self._pool = self._new_pool()
        return self._pool.schedule(work, args=args, timeout=self._limits.parse_seconds)

    def _new_pool(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, "mailhelp.mail.read"])
        return ProcessPool(
            self._limits.workers,
            max_tasks=MAX_TASKS,
            initializer=_prepare,
            initargs=(self._limits.parse_memory_mb * 1024 * 1024,),
            context=context,
        )


def _groups(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Small mails together, large ones and files alone."""
    group: list[Source] = []
    size = 0
    for one in sources:
        if isinstance(one.raw, Path) or len(one.raw) > GROUP_BYTES:
            yield [one]
            continue
        if group and (len(group) >= GROUP or size + len(one.raw) > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(one)
        size += len(one.raw)
    if group:
        yield group


def _prepare(memory: int) -> None:
    """In the worker: limit its address space and load the reading code."""
    import mailhelp.mail.read  # noqa: F401 - so that the first mail does not pay for it

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _nothing() -> None:
    """In the worker: be there."""


def _read_group(group: list[Source], options: ReadOptions, packed: bytes = b"") -> _Answer:
    """In the worker: read some mails, each for itself."""
    read = [(one, _read_one(one, options)) for one in group]
    return [
        (one.id, outcome, _prepared(outcome, packed), _files(one, outcome, options) if packed else {})
        for one, outcome in read
    ]


def _prepared(outcome: Outcome, packed: bytes) -> Readings | None:
    """A mail that was read, read along the form as well; if that cannot be done, deciding will find out why."""
    if not packed or isinstance(outcome, ReadFailure):
        return None
    with contextlib.suppress(Exception):
        return prepare(outcome, *_unpacked(packed))
    return None


def _files(source: Source, outcome: Outcome, options: ReadOptions) -> Files:
    """The files of a small mail; none where one cannot be had, which is told to whoever wants it."""
    if isinstance(outcome, ReadFailure) or isinstance(source.raw, Path):
        return {}
    files = [one for one in outcome.attachments if not one.inline]
    if len(files) > MAX_FILES or sum(one.size for one in files) > FILES_BYTES:
        return {}
    with contextlib.suppress(Exception):
        return {one.part: _extract(source.raw, one.part, options) for one in files}
    return {}


@functools.lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> tuple[Form, Mapping[str, Category]]:
    """The form that a task brought; most bring the one of the task before."""
    made: tuple[Form, Mapping[str, Category]] = pickle.loads(zlib.decompress(packed))  # noqa: S301 - the daemon's own
    return made


def _extract(raw: bytes | Path, part: str, options: ReadOptions) -> bytes:
    """In the worker: one part of a mail."""
    from mailhelp.mail.mime import extract

    with io.BytesIO(raw) if isinstance(raw, bytes) else raw.open("rb") as file:
        return extract(file, part, options)


def _read_one(source: Source, options: ReadOptions) -> Outcome:
    from mailhelp.mail.read import read

    try:
        with contextlib.ExitStack() as stack:
            raw = source.raw if isinstance(source.raw, bytes) else stack.enter_context(source.raw.open("rb"))
            return read(raw, options, truncated=source.truncated)
    except LimitExceeded as limit:
        return ReadFailure(str(limit), final=True)
    except MemoryError:
        return ReadFailure("reading it takes more memory than a worker may have")
    except Exception as error:  # noqa: BLE001 - a bug; the mail is quarantined with these words
        place = traceback.extract_tb(error.__traceback__)[-1]
        return ReadFailure(f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})")
