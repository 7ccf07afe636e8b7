"""The due times of one ticket, computed from facts: what wakes next, what is then to be done, and the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mailhelp.desk.explanation import Explanation, Step
from mailhelp.desk.model import MailKind, State, Ticket
from mailhelp.desk.sequence import next_step
from mailhelp.desk.targets import Due, Target, due, named
from mailhelp.desk.timefacts import Stay, Timeline
from mailhelp.desk.timepolicy import TimePolicy
from mailhelp.desk.timewords import length, moment
from mailhelp.desk.waiting import Next, StepKind

SEQUENCE = "sequence"
RESOLVED = "resolved"
PROGRESS = "progress"
PLAN = "plan"
"""Something changed: all due times of the ticket are computed anew."""
WAIT = "wait"
"""An agent wanted the report back at that time."""

MANAGED = (*Target, SEQUENCE, RESOLVED, PROGRESS)
"""Timers that follow from the facts; `wait` is set by an agent alone."""

WARNING, ESCALATION = "warning", "escalation"


@dataclass(frozen=True, slots=True)
class DueTime:
    """One due time. `wake_at` is when there is something to decide next (None: nothing to wait for).

    `stage` is what is then done about a target; `step` is the next step of the waiting sequence. `why` tells how it
    came about, or knows how to.
    """

    name: str
    at: datetime | None
    wake_at: datetime | None
    why: Explanation | Due
    stage: str = ""
    step: Next | None = None

    @property
    def explanation(self) -> Explanation:
        """How it came about."""
        return self.why.explanation if isinstance(self.why, Due) else self.why


def due_times(ticket: Ticket, line: Timeline, now: datetime, time: TimePolicy) -> Iterator[DueTime]:
    """All due times that a ticket has at `now`."""
    yield from _targets(ticket, line, time)
    yield from _sequence(ticket, line, now, time)
    yield from _resolved(line, time)
    yield from _progress(line, time)


def target_due(ticket: Ticket, line: Timeline, target: Target, time: TimePolicy) -> tuple[datetime, Due] | None:
    """Where a target's clock began and when it is due; None where it does not run for this ticket."""
    start = _start(ticket, line, target)
    if start is None:
        return None
    promise = time.targets.promise(ticket.category, ticket.queue, ticket.priority, named(ticket.tags))
    found = due(start, line.pauses, target, promise, time.calendar)
    return None if found is None else (start, found)


def opened(ticket: Ticket) -> Timeline:
    """The facts of a report that is new."""
    return Timeline(stays=(Stay(ticket.state, ticket.opened_at),))


def next_target(ticket: Ticket, line: Timeline, time: TimePolicy) -> tuple[Target, datetime] | None:
    """The promise that is due first, and when; None where no clock runs."""
    found = ((target, target_due(ticket, line, target, time)) for target in Target)
    known = [(one[1].at, target) for target, one in found if one is not None and one[1].at is not None]
    return (min(known)[1], min(known)[0]) if known else None


def first_answer(ticket: Ticket, time: TimePolicy) -> datetime | None:
    """When a new report will be answered; None where nothing is promised."""
    found = target_due(ticket, opened(ticket), Target.FIRST_ANSWER, time)
    return found[1].at if found else None


def _start(ticket: Ticket, line: Timeline, target: Target) -> datetime | None:
    if ticket.state in {State.RESOLVED, State.CLOSED}:
        return None
    if target is Target.SOLUTION:
        return line.begun_at
    answered = line.answered_at is not None
    return line.unanswered_since if answered is (target is Target.NEXT_ANSWER) else None


def _targets(ticket: Ticket, line: Timeline, time: TimePolicy) -> Iterator[DueTime]:
    for target in Target:
        if (found := target_due(ticket, line, target, time)) is not None:
            start, one = found
            wake_at, stage = _stage(line, target, start, one)
            yield DueTime(target.value, one.at, wake_at, one, stage)


def _stage(line: Timeline, target: Target, start: datetime, one: Due) -> tuple[datetime | None, str]:
    """What is done next about a target, and when: a warning, unless it was given; then the escalation."""
    if one.at is None or line.was_done(done_code(target.value, ESCALATION), start):
        return None, ""
    warned = line.was_done(done_code(target.value, WARNING), start)
    if one.warn_at and not warned:
        return one.warn_at, WARNING
    return one.escalate_at, ESCALATION if one.escalate_at else ""


def done_code(name: str, stage: str) -> str:
    """The code of the decision that did something about a target."""
    return f"target.{name}.{stage}"


def _sequence(ticket: Ticket, line: Timeline, now: datetime, time: TimePolicy) -> Iterator[DueTime]:
    facts = line.waiting(ticket)
    if facts is None or WAIT in line.timers:
        return
    step = next_step(facts, now, time.sequence, time.calendar)
    yield DueTime(SEQUENCE, step.again_at, _wake(step, now), step.explanation, step=step)


def _wake(step: Next, now: datetime) -> datetime | None:
    """When the sequence has to be looked at: now, where there is something to do."""
    if step.code == "sequence.open-ended":
        return None
    acts = step.kind in {StepKind.REMIND, StepKind.CLOSE, StepKind.STOP} or step.again_at is None
    return now if acts else step.again_at


def _resolved(line: Timeline, time: TimePolicy) -> Iterator[DueTime]:
    stay, after = line.stay, time.resolved_closes_after
    if stay and stay.state is State.RESOLVED and after is not None:
        yield _plain(RESOLVED, "the report was resolved", stay.start, after, time)


def _progress(line: Timeline, time: TimePolicy) -> Iterator[DueTime]:
    stay, every = line.stay, time.checking.progress_every
    if stay and stay.state is State.CHECKING and every is not None:
        yield _plain(PROGRESS, "the requester was told last", told_at(line) or stay.start, every, time)


def told_at(line: Timeline) -> datetime | None:
    """When the requester was last told something in the present state: the acceptance of our mail, or its writing."""
    stay = line.stay
    kinds = {MailKind.ANSWER, MailKind.STATUS}
    mails = [mail for mail in line.mails if stay and mail.kind in kinds and mail.decision >= stay.decision]
    return (mails[-1].accepted_at or mails[-1].written_at) if mails else None


def asks_again_at(line: Timeline, time: TimePolicy) -> datetime | None:
    """From when a status question makes sense while another team checks: the date in our mail that told of it.

    It counts from the writing of that mail, however long it took to leave: what was said holds.
    """
    stay = line.stay
    if stay is None or stay.state is not State.CHECKING:
        return None
    told = next((mail for mail in line.mails if mail.decision == stay.decision), None)
    return (told.written_at if told else stay.start) + time.checking.status_after


def _plain(name: str, what: str, start: datetime, amount: timedelta, time: TimePolicy) -> DueTime:
    """A due time that is counted by the clock."""
    calendar, at = time.calendar, start + amount
    steps = (
        Step("start", f"start {moment(start, calendar.zone)}, when {what}", at=start),
        Step("time", f"plus {length(amount)} by the clock", amount),
        Step("result", f"= {moment(at, calendar.zone)}", at=at),
    )
    return DueTime(name, at, at, Explanation(name, steps, at, calendar.zone, calendar.version))
