"""Reading mails in processes of their own, with limits on time and memory: it costs a worker, never the daemon.

Workers come from a fork server that has loaded the reading code once and holds no socket and no database: a new one
takes some 30 ms. Small mails go in groups; when a group's worker is lost, each of its mails is read alone, so that only
the culprit is blamed.
"""

from __future__ import annotations

import contextlib
import io
import logging
import multiprocessing
import resource
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Message, ReadOptions

log = logging.getLogger(__name__)

GROUP = 10  # mails in one task: a task costs 0.2 ms
GROUP_BYTES = 256_000
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
_Answer = list[tuple[int, Outcome]]
_Task = tuple[list[Source], ProcessFuture[_Answer]]


@dataclass(slots=True)
class Reading:
    """Mails that are being read."""

    options: ReadOptions
    tasks: list[_Task]


class Readers:
    """The worker processes. A context manager; `close` ends them. `options` may be replaced at any time."""

    def __init__(self, options: ReadOptions, limits: Limits) -> None:
        self.options = options
        self._limits = limits
        self._pool: ProcessPool | None = None

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

    def begin(self, sources: Sequence[Source]) -> Reading:
        """Hand mails to the workers and return at once."""
        return Reading(self.options, [self._task(group, self.options) for group in _groups(sources)])

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
            outcomes.update(self._outcomes(group, task, reading.options))
        return outcomes

    def _outcomes(self, group: list[Source], task: ProcessFuture[_Answer], options: ReadOptions) -> dict[int, Outcome]:
        try:
            return dict(task.result())
        except OutOfTime:
            why = f"reading it took longer than {self._limits.parse_seconds:g} seconds"
        except ProcessExpired as error:
            why = f"the process that read it ended with code {error.exitcode}"
        except Exception as error:  # noqa: BLE001 - whatever became of the worker, the mail must get an outcome
            why = f"the process that read it failed: {type(error).__name__}: {error}"
        if len(group) > 1:
            return self.finish(
                Reading(options, [([one], self._schedule(_read_group, ([one], options))) for one in group])
            )
        log.warning("arrival %d: %s", group[0].id, why)
        return {group[0].id: ReadFailure(why, killed=True)}

    def _task(self, group: list[Source], options: ReadOptions) -> _Task:
        return group, self._schedule(_read_group, (group, options))

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


def _read_group(group: list[Source], options: ReadOptions) -> _Answer:
    """In the worker: read some mails, each for itself."""
    return [(one.id, _read_one(one, options)) for one in group]


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
