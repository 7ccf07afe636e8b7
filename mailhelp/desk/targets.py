"""What the desk promises: by when a report is answered for the first time, answered again, and solved.

A clock starts at the arrival of the mail at the mail server (INTERNALDATE): not when we came to read it, and not at the
Date its sender claims. It stands still while it is the requester's turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from mailhelp.desk.amount import Amount
from mailhelp.desk.calendar import Calendar
from mailhelp.desk.elapsed import Gap, Reached
from mailhelp.desk.explanation import Explanation, Step, bounded
from mailhelp.desk.timewords import moment

ONE_DAY = Amount(days=1)


class Target(StrEnum):
    """What is promised. The values are the names of the timers, too."""

    FIRST_ANSWER = "first_answer"
    NEXT_ANSWER = "next_answer"
    SOLUTION = "solution"


SETTINGS = (*Target, "warn_before", "escalate_after")
"""What a target rule may set."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What holds for one ticket; None: not promised, not warned of, not escalated. `why` says which rule set what."""

    first_answer: Amount | None = ONE_DAY
    next_answer: Amount | None = ONE_DAY
    solution: Amount | None = None
    warn_before: Amount | None = None
    escalate_after: Amount | None = None
    why: Mapping[str, str] = field(default_factory=dict)

    def amount(self, target: Target) -> Amount | None:
        """The amount of one target."""
        match target:
            case Target.FIRST_ANSWER:
                return self.first_answer
            case Target.NEXT_ANSWER:
                return self.next_answer
            case Target.SOLUTION:
                return self.solution


TAG = "target:"
"""What the tag begins with by which a ticket remembers a target that a rule gave it."""


def named(tags: Iterable[str]) -> frozenset[str]:
    """The names of the targets that rules gave a ticket with these tags."""
    return frozenset(tag.removeprefix(TAG) for tag in tags if tag.startswith(TAG))


@dataclass(frozen=True, slots=True)
class TargetRule:
    """Other targets for some tickets: those of the categories, queues and priorities named (none named: any).

    `settings` holds only what the rule sets, by the names in SETTINGS; None switches a target off. `place` is where it
    stands, for explanations. One with a `name` holds only for tickets that a rule gave it by that name.
    """

    settings: Mapping[str, Amount | None]
    category: tuple[str, ...] = ()
    queue: tuple[str, ...] = ()
    priority: tuple[str, ...] = ()
    place: str = ""
    name: str = ""

    def fits(self, category: str, queue: str, priority: str, named: Collection[str] = ()) -> bool:
        """Whether the rule is about such a ticket; `named` are the targets that rules gave it."""
        return (
            (not self.name or self.name in named)
            and (not self.category or category in self.category)
            and (not self.queue or queue in self.queue)
            and (not self.priority or priority in self.priority)
        )


@dataclass(frozen=True, slots=True)
class Targets:
    """All promises: the general one, and rules of which a later one overrides an earlier one in what it sets."""

    general: Promise = Promise()
    rules: tuple[TargetRule, ...] = ()

    def promise(self, category: str, queue: str, priority: str, named: Collection[str] = ()) -> Promise:
        """What holds for a ticket; `named` are the targets that rules gave it by name."""
        fitting = [rule for rule in self.rules if rule.fits(category, queue, priority, named)]
        if not fitting and not self.general.why:
            return self.general
        settings: dict[str, Amount | None] = {name: getattr(self.general, name) for name in SETTINGS}
        why: dict[str, str] = {}
        for rule in fitting:
            settings.update(rule.settings)
            why.update(dict.fromkeys(rule.settings, rule.place))
        return Promise(**settings, why=why)


@dataclass(frozen=True, slots=True)
class Due:
    """When a target is due. `at` is None while the clock stands still; `warn_at` is never before the start."""

    target: Target
    promise: Promise
    reached: Reached
    warn_at: datetime | None
    escalate_at: datetime | None

    @property
    def at(self) -> datetime | None:
        """The due time."""
        return self.reached.at

    @property
    def paused(self) -> bool:
        """Whether the clock stands still."""
        return self.at is None

    @property
    def explanation(self) -> Explanation:
        """How it came about; made anew at each call."""
        calendar, start, at = self.reached.ruler.calendar, self.reached.start, self.at
        rule = self.promise.why.get(self.target, "")
        head = Step("rule", f"promised within {self.promise.amount(self.target)}" + (f" ({rule})" if rule else ""))
        begin = Step("start", f"start {moment(start, calendar.zone)}, when the mail reached the mail server", at=start)
        steps = (begin, head, *self.reached.steps, *_results(at, self.warn_at, self.escalate_at, calendar))
        name = self.target.value.replace("_", " ")
        return Explanation(name, bounded(steps), at, zone=calendar.zone, version=calendar.version)


def due(start: datetime, pauses: Iterable[Gap], target: Target, promise: Promise, calendar: Calendar) -> Due | None:
    """When a target is due; None where nothing is promised.

    `start` is the arrival of the report (of the mail that waits for its next answer, for the solution of the report
    again); `pauses` are the times in which it was the requester's turn, the last one without an end if it still is.
    """
    amount = promise.amount(target)
    if amount is None:
        return None
    reached = amount.after(start, pauses, calendar)
    at = reached.at
    warn_at = max(start, promise.warn_before.before(at, calendar)) if at and promise.warn_before else None
    escalate_at = promise.escalate_after.plain(at, calendar) if at and promise.escalate_after else None
    return Due(target, promise, reached, warn_at, escalate_at)


def _results(
    at: datetime | None, warn_at: datetime | None, escalate_at: datetime | None, calendar: Calendar
) -> Iterable[Step]:
    if at is None:
        yield Step("result", "= no due time: it is the requester's turn")
        return
    yield Step("result", f"= due {moment(at, calendar.zone)}", at=at)
    if warn_at:
        yield Step("result", f"  warning {moment(warn_at, calendar.zone)}", at=warn_at)
    if escalate_at:
        yield Step("result", f"  escalation {moment(escalate_at, calendar.zone)}", at=escalate_at)
