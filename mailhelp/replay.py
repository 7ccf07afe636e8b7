"""Try other rules on the past: what would have become of each mail, beside what did. Nothing is written.

Each new report is opened again by the code that opened it (`desk.report`), with the mail as its article and its
decision tell it, at the moment of that decision. Only mails whose text stands elsewhere are read again. Of replies,
agents' mails and due times, which act on a ticket as it then stood, it is told which rules fire. Work goes to several
processes, each with a range of decisions and a connection of its own.

What cannot be had again: an owner chosen in turn or by load is compared as that; how many open reports the sender had,
and how much automatic mail had left, is taken as it was, though other rules might have changed it; the form of a report
is read again only where the files that say how have changed.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from mailhelp.desk import memory, report
from mailhelp.desk.formfield import Reading
from mailhelp.desk.model import Arrival, FieldValue, State, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.rule import run
from mailhelp.desk.scene import Mail, Trace
from mailhelp.edge.store import Store
from mailhelp.edge.store.policies import PastDecision
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Address, Message, ReadOptions
from mailhelp.mail.read import read
from mailhelp.mail.thread import Evidence

CHUNK = 500  # decisions in one task
FORM_FILES = ("rules/form.yaml", "rules/categories.yaml")


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a policy, the files it was read from, and how mails are read."""

    url: str
    policy: Policy
    files: Mapping[str, bytes]
    options: ReadOptions


@dataclass(frozen=True, slots=True)
class Difference:
    """One report, or reply to one, that would fare otherwise. `changes` maps what differs onto (before, after).

    `rules` are those that fired only once: (name, fired before, fired after, why it now does or does not).
    """

    ticket: int
    at: datetime
    subject: str
    changes: Mapping[str, tuple[Any, Any]]
    rules: tuple[tuple[str, bool, bool, str], ...]
    event: str = "arrived"


@dataclass(slots=True)
class Result:
    """Counts before and after. `reports` were opened, `others` are replies, agents' mails and due times.

    `passed_over` could not be tried, because what rules saw of them was not kept.
    """

    reports: int = 0
    others: int = 0
    passed_over: int = 0
    read_again: int = 0
    rules_before: Counter[str] = field(default_factory=Counter)
    rules_after: Counter[str] = field(default_factory=Counter)
    queues_before: Counter[str] = field(default_factory=Counter)
    queues_after: Counter[str] = field(default_factory=Counter)
    moved: Counter[tuple[str, str]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def add(self, other: Result) -> None:
        """Take in the result of further reports."""
        self.reports += other.reports
        self.others += other.others
        self.passed_over += other.passed_over
        self.read_again += other.read_again
        for name in ("rules_before", "rules_after", "queues_before", "queues_after", "moved"):
            getattr(self, name).update(getattr(other, name))
        self.differences += other.differences


def replay(
    trial: Trial, low: int, high: int, jobs: int = 0, progress: Callable[[int], object] = lambda _done: None
) -> Result:
    """Try the rules on the reports of decisions `low` up to `high` (not included), in `jobs` processes (0: one a core).

    `progress` is told how many decisions more are done.
    """
    ranges = [(start, min(start + CHUNK, high)) for start in range(low, high, CHUNK)]
    jobs = min(jobs or os.cpu_count() or 1, len(ranges) or 1)
    results: dict[int, Result] = {}
    for start, end, result in _alone(trial, ranges) if jobs == 1 else _together(trial, ranges, jobs):
        results[start] = result
        progress(end - start)
    total = Result()
    for start in sorted(results):
        total.add(results[start])
    return total


_Done = Iterator[tuple[int, int, Result]]


def _alone(trial: Trial, ranges: list[tuple[int, int]]) -> _Done:
    worker = Worker(trial)
    try:
        for start, end in ranges:
            yield start, end, worker.work(start, end)
    finally:
        worker.close()


def _together(trial: Trial, ranges: list[tuple[int, int]], jobs: int) -> _Done:
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_start, initargs=(trial,)) as pool:
        tasks: dict[Future[Result], tuple[int, int]] = {pool.submit(_work, *one): one for one in ranges}
        try:
            while tasks:
                done, _ = wait(tasks, return_when=FIRST_COMPLETED)
                for task in done:
                    yield (*tasks.pop(task), task.result())
        finally:
            pool.shutdown(cancel_futures=True)


class _Unreadable(Exception):  # noqa: N818 - it is counted
    """The mail has to be read again and cannot be: other limits hold now, or its raw bytes are gone."""


_worker: list[Worker] = []  # of this process


def _start(trial: Trial) -> None:
    _worker[:] = [Worker(trial)]


def _work(start: int, end: int) -> Result:
    return _worker[0].work(start, end)


class Worker:
    """Tries the rules on ranges of decisions."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._store = Store(trial.url)
        self._same_form: dict[str, bool] = {}

    def close(self) -> None:
        """Close the connection."""
        self._store.close()

    def work(self, start: int, end: int) -> Result:
        """The reports of decisions `start` up to `end` (not included)."""
        result = Result()
        for past in self._store.past_decisions(start, end):
            if "rules" in past.trace:
                self._one(past, result)
        return result

    def _one(self, past: PastDecision, result: Result) -> None:
        seen = past.trace.get("seen")
        try:
            if seen and "event" in seen:
                self._other(past, result)
            elif seen and "outcome" in past.trace:
                self._report(past, result)
            else:
                result.passed_over += 1
        except _Unreadable:
            result.passed_over += 1

    def _report(self, past: PastDecision, result: Result) -> None:
        """A report that was opened: rules and outcome."""
        after, tried = self._again(past, result)
        before = past.trace["outcome"]
        result.reports += 1
        result.queues_before[before["queue"]] += 1
        result.queues_after[after["queue"]] += 1
        if before["queue"] != after["queue"]:
            result.moved[before["queue"], after["queue"]] += 1
        changes = {
            name: (before.get(name, ""), after[name]) for name in memory.TOLD if before.get(name, "") != after[name]
        }
        _compare(past, tried["rules"], changes, result, "arrived")

    def _other(self, past: PastDecision, result: Result) -> None:
        """Anything else that rules acted on: which of them fire."""
        facts = memory.facts_again(past.trace["seen"])
        traces = run(self._trial.policy.rules, facts).traces
        result.others += 1
        _compare(past, [asdict(one) for one in traces], {}, result, facts.event)

    def _again(self, past: PastDecision, result: Result) -> tuple[dict[str, Any], Mapping[str, Any]]:
        """Outcome and trace of the report as it would be opened with the rules on trial."""
        kept = memory.Kept(Address(past.author), past.subject, past.text, past.trace["seen"], past.at)
        reading = self._reading(past)
        by_article = kept.seen["whole"] and (reading is not None or not kept.seen["html"])
        message = kept.message(None if by_article else self._raw(past, result))
        trace = Trace()
        arrival = Arrival(past.arrival, "", "", 0, 0, past.at, "", 0)
        mail = Mail(kept.case, past.at, self._trial.policy, trace, arrival, message, Evidence())
        if reading is not None:
            trace.fields(reading.fields)
        effects = report.opened(mail, kept.sender, _opening(past), reading)
        return memory.outcome(tuple(effects), trace.data), trace.data

    def _raw(self, past: PastDecision, result: Result) -> Message:
        result.read_again += 1
        truncated = past.trace["seen"]["truncated"]
        try:
            return read(self._store.raw(past.arrival), self._trial.options, truncated=truncated)
        except (LimitExceeded, KeyError) as error:
            raise _Unreadable from error

    def _reading(self, past: PastDecision) -> Reading | None:
        """What was read of the form then, if the files that say how it is read are still the same."""
        version = past.policy_version
        if version not in self._same_form:
            content = self._store.policy_content(version) or {}
            self._same_form[version] = bool(content) and _same_form(content["files"], self._trial.files)
        if not self._same_form[version]:
            return None
        values = past.trace.get("fields", {})
        fields = {name: FieldValue(one["value"], one["how"], one["sure"]) for name, one in values.items()}
        return Reading(fields, past.text, ())


def _same_form(kept: Mapping[str, Any], files: Mapping[str, bytes]) -> bool:
    return all(name in files and kept.get(name) == files[name].decode(errors="replace") for name in FORM_FILES)


def _opening(past: PastDecision) -> report.Opening:
    """How the report was opened: on its own, as a follow-up of a closed one, or instead of one it only named."""
    if past.earlier is not None:
        queue, category, subcategory = past.earlier
        earlier = Ticket(0, 0, State.CLOSED, "", queue, past.at, past.at, category=category, subcategory=subcategory)
        return report.Opening(earlier=earlier, template="new_report_instead", code=past.code)
    template = "acknowledgement" if past.code == "report" else "new_report_instead"
    return report.Opening(template=template, code=past.code)


def _compare(
    past: PastDecision,
    tried: Sequence[Mapping[str, Any]],
    changes: Mapping[str, tuple[Any, Any]],
    result: Result,
    event: str,
) -> None:
    """Count the rules that fired and fire, and note the decision if anything differs."""
    rules = past.trace["rules"]
    result.rules_before.update(one["name"] for one in rules if one["fired"])
    result.rules_after.update(one["name"] for one in tried if one["fired"])
    turned = tuple(_turned(rules, tried))
    if changes or turned:
        result.differences.append(Difference(past.ticket or 0, past.at, past.subject, changes, turned, event))


def _turned(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, bool, bool, str]]:
    """The rules that fired before or would now, but not both; rules that are gone say so."""
    was = {one["name"]: bool(one["fired"]) for one in before}
    now = {one["name"]: one for one in after}
    for name in dict.fromkeys((*was, *now)):
        fires = name in now and bool(now[name]["fired"])
        if was.get(name, False) != fires:
            why = str(now[name]["why"]) if name in now else "there is no rule of that name any more"
            yield name, was.get(name, False), fires, why
