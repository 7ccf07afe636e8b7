"""rules/timers.yaml as the desk's time policy: targets, waiting for the requester, checking, and what follows closing.

A rules folder without this file has the defaults: first and next answer within one business day, two reminders, closing
48 hours after the question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mailhelp.desk.calendar import Calendar
from mailhelp.desk.elapsed import Measure
from mailhelp.desk.officetime import ZERO
from mailhelp.desk.targets import ONE_DAY, SETTINGS, Promise, TargetRule, Targets
from mailhelp.desk.timepolicy import AfterClosing, Checking, ReplyToClosed, TimePolicy
from mailhelp.desk.waiting import Send, Sequence, SequenceError
from mailhelp.edge.rules_models import Shape
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import RulesFile, read_rules
from mailhelp.edge.rules_values import Text, Texts, choices, long_form
from mailhelp.edge.time_values import AmountOrNever, Length, LengthOrNever
from mailhelp.edge.yamlfile import Loc, YamlFile
from mailhelp.errors import Problem

NAME = "timers.yaml"
USUAL = Sequence()


def _list(value: Any) -> Any:
    return value if isinstance(value, tuple) else (value,)


class WaitingShape(Shape):
    """See `desk.waiting.Sequence`."""

    remind: Annotated[tuple[Length, ...], BeforeValidator(_list)] = USUAL.remind
    close: LengthOrNever = USUAL.close
    measure: Literal["clock", "business"] = "clock"
    send: Literal["office-hours", "any"] = "office-hours"
    apart: Length | None = None


class AmountsShape(Shape):
    """See `desk.targets.Promise`."""

    first_answer: AmountOrNever = ONE_DAY
    next_answer: AmountOrNever = ONE_DAY
    solution: AmountOrNever = None
    warn_before: AmountOrNever = None
    escalate_after: AmountOrNever = None


class TargetShape(AmountsShape):
    """See `desk.targets.TargetRule`."""

    name: Text = ""
    category: Texts = ()
    queue: Texts = ()
    priority: Annotated[tuple[str, ...], choices("low", "normal", "high", "urgent")] = ()


class CheckingShape(Shape):
    """See `desk.timepolicy.Checking`."""

    status_question_after: Length = Checking().status_after
    progress_every: LengthOrNever = None


class ClosedShape(Shape):
    """See `desk.timepolicy.AfterClosing`."""

    what: Literal["new-report", "refuse"] = "new-report"
    reopen_within: Length | None = None


Closed = Annotated[ClosedShape, long_form("what")]


class ReplyShape(Shape):
    """What a reply to a closed report does, and in which queues it is otherwise."""

    usual: Closed = Field(default=ClosedShape(), alias="default")
    queues: dict[str, Closed] = Field(default_factory=dict)


class TimersFile(Shape):
    """rules/timers.yaml."""

    targets: AmountsShape = AmountsShape()
    target_exceptions: tuple[TargetShape, ...] = ()
    waiting: WaitingShape = WaitingShape()
    checking: CheckingShape = CheckingShape()
    resolved_closes_after: LengthOrNever = timedelta(days=7)
    reply_to_closed: ReplyShape = ReplyShape()


@dataclass(frozen=True, slots=True)
class LoadedTimers:
    """The policy and what is wrong with its file. With problems it is only good for reading on."""

    policy: TimePolicy
    problems: tuple[Problem, ...] = ()


def load_timers(folder: Path, shown: str, calendar: Calendar, names: Names | None = None) -> LoadedTimers:
    """The time policy of a rules folder (`shown` is its name for people). Never raises for what a person wrote.

    `names` are the queues and categories that may be named.
    """
    path = folder / NAME
    if path.exists():
        file = read_rules(path, f"{shown}/{NAME}", TimersFile)
    else:
        file = RulesFile(YamlFile(f"{shown}/{NAME}", {}), TimersFile())
    known = names or Names()
    builder = _Builder(file, file.shape or TimersFile(), Names(queues=known.queues, categories=known.categories))
    policy = builder.build(calendar)
    return LoadedTimers(policy, (*file.problems, *builder.names.problems, *builder.problems))


def target_names(folder: Path, shown: str) -> frozenset[str] | None:
    """The names of targets that rules may set; None where the file cannot be read."""
    path = folder / NAME
    if not path.exists():
        return frozenset()
    shape = read_rules(path, f"{shown}/{NAME}", TimersFile).shape
    return frozenset(item.name for item in shape.target_exceptions if item.name) if shape else None


@dataclass(slots=True)
class _Builder:
    """Makes the policy of one file."""

    file: RulesFile[TimersFile]
    shape: TimersFile
    names: Names
    problems: list[Problem] = field(default_factory=list)

    def build(self, calendar: Calendar) -> TimePolicy:
        """The policy."""
        shape = self.shape
        queues = shape.reply_to_closed.queues
        for name in queues:
            self._check(("reply_to_closed", "queues", name), "queue", name, self.names.queues, of_key=True)
        return TimePolicy(
            calendar=calendar,
            sequence=self._sequence(),
            targets=self._targets(),
            checking=Checking(shape.checking.status_question_after, shape.checking.progress_every),
            resolved_closes_after=shape.resolved_closes_after,
            after_closing=_after_closing(shape.reply_to_closed.usual),
            after_closing_by_queue={name: _after_closing(item) for name, item in queues.items()},
        )

    def _check(self, loc: Loc, kind: str, name: str, known: frozenset[str] | None, *, of_key: bool = False) -> None:
        self.names.check(self.file, loc, kind, name, known, of_key=of_key)

    def _sequence(self) -> Sequence:
        shape = self.shape.waiting
        measure, send = Measure(shape.measure), Send(shape.send)
        try:
            return Sequence(shape.remind, shape.close, measure, send, shape.apart)
        except SequenceError:
            written = self.file.yaml.data.get("waiting") or {}
            loc = ("waiting", "remind") if "remind" in written else ("waiting", "close")
            message = "reminders must follow each other, and closing must come after the last of them."
            remedy = "All times count from the question."
            self.problems.append(self.file.problem(loc, message, remedy=remedy))
            return USUAL

    def _targets(self) -> Targets:
        shape = self.shape.targets
        general = Promise(**{name: getattr(shape, name) for name in SETTINGS})
        return Targets(
            general, tuple(self._rule(number, item) for number, item in enumerate(self.shape.target_exceptions))
        )

    def _rule(self, number: int, item: TargetShape) -> TargetRule:
        loc: Loc = ("target_exceptions", self.file.index["target_exceptions"][number])
        for what, known in (("category", self.names.category_names), ("queue", self.names.queues)):
            for position, name in enumerate(getattr(item, what)):
                self._check((*loc, what, position), what, name, known)
        settings: Mapping[str, Any] = {name: getattr(item, name) for name in SETTINGS if name in item.model_fields_set}
        if not settings:
            self.problems.append(self.file.problem(loc, "promises nothing else."))
        if not (item.name or item.category or item.queue or item.priority):
            remedy = "Name a category, queue or priority, or a name for rules, or set it for all under `targets`."
            self.problems.append(self.file.problem(loc, "is about every report.", remedy=remedy))
        line, _ = self.file.yaml.place(loc)
        place = f"{self.file.yaml.name}:{line}"
        return TargetRule(settings, item.category, item.queue, item.priority, place, item.name)


def _after_closing(shape: ClosedShape) -> AfterClosing:
    if shape.reopen_within is not None:
        return AfterClosing(ReplyToClosed.REOPEN_WITHIN, shape.reopen_within)
    return AfterClosing(ReplyToClosed(shape.what), ZERO)
