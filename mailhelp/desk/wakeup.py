"""A timer fired: compute the ticket's due times again from facts, and do what is due now.

If nothing is, the only effects are timers: where a deadline has moved, the timer moves with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from mailhelp.desk import dues, notify, ruleact, statusmail, timenotice
from mailhelp.desk.dues import DueTime
from mailhelp.desk.effect import Assign, ClearTimer, Effect, SendMail, SetState, SetTimer, Tag
from mailhelp.desk.event import TimerDue
from mailhelp.desk.model import CloseReason, MailKind, Participant, State, Ticket
from mailhelp.desk.scene import Scene
from mailhelp.desk.timefacts import Timeline
from mailhelp.desk.timewords import moment
from mailhelp.desk.waiting import Next, StepKind
from mailhelp.mail.message import Address

SOON = timedelta(minutes=1)
"""When a timer wakes again that had something to do, or waits for a look into the mailbox."""
AFTER_SENDING = timedelta(minutes=15)
LATER = timedelta(hours=1)
"""When it is tried again after the gate let a mail not through."""
DAILY = timedelta(days=1)

LOOK = "sequence.look"
"""The code of a decision that needs a complete look into the mailbox first."""
UNREACHABLE = "unreachable"
"""The tag of reports whose requester cannot be reached by mail."""

_HIGHER = {"low": "normal", "normal": "high", "high": "urgent"}
_NEVER = frozenset({"gate.no-address", "gate.own-address", "gate.role-address"})


def woken(scene: Scene, event: TimerDue) -> Iterator[Effect]:
    """What the timer of that name does."""
    ticket, line = scene.case.candidates.get(event.ticket), scene.case.time.get(event.ticket)
    if ticket is None or line is None:
        scene.trace.conclude("timer.no-ticket", f"report {event.ticket} does not exist: nothing to do")
        return
    found = {one.name: one for one in dues.due_times(ticket, line, scene.now, scene.policy.time)}
    acted = tuple(_acted(scene, ticket, line, event.name, found.get(event.name)))
    if acted:
        yield from acted
        return
    yield from planned(scene, ticket, line, event.name, found)


def raised(ticket: Ticket, reason: str) -> Iterator[Assign]:
    """The next higher priority."""
    if ticket.priority in _HIGHER:
        yield Assign(ticket.number, priority=_HIGHER[ticket.priority], reason=reason)


def planned(
    scene: Scene, ticket: Ticket, line: Timeline, fired: str, found: dict[str, DueTime]
) -> Iterator[SetTimer | ClearTimer]:
    """The timers as the facts want them: only those that differ are set or cleared."""
    version = scene.policy.time.version
    if not scene.trace.code:
        scene.trace.conclude("timer.planned", f"the due times of {ticket.number} were computed again ({fired})")
    for name in dict.fromkeys((*dues.MANAGED, fired)):
        one, row = found.get(name), line.timers.get(name)
        wake_at = one.wake_at if one else None
        if one is None or wake_at is None:
            if row is not None:
                yield ClearTimer(ticket.number, name)
            continue
        if wake_at <= scene.now:  # what is due this moment is done by its own timer, which fires next
            wake_at = scene.now + SOON if name == fired else scene.now
        if row is None or name == fired or (row.due_at, row.version) != (wake_at, version):
            yield timer(ticket.number, one, wake_at, version)
    if dues.WAIT in line.timers and ticket.state is not State.PENDING:
        yield ClearTimer(ticket.number, dues.WAIT)  # an answer came: a later question has times of its own


def timer(number: int, one: DueTime, wake_at: datetime, version: str) -> SetTimer:
    """A due time as a timer; its facts tell how it came about."""
    return SetTimer(number, one.name, wake_at, {**one.explanation.as_data(), "calendar": version})


def _acted(scene: Scene, ticket: Ticket, line: Timeline, name: str, one: DueTime | None) -> Iterator[Effect]:
    """What is due now about this timer; nothing where it is not its time."""
    if name == dues.WAIT:
        yield from _wait_is_over(scene, ticket)
        return
    if one is None or one.wake_at is None or one.wake_at > scene.now:
        return
    if one.step is not None:
        yield from _sequence(scene, ticket, line, one, one.step)
    elif one.stage:
        yield from _target(scene, ticket, one)
    elif name == dues.RESOLVED:
        yield from _close_resolved(scene, ticket, line, one)
    elif name == dues.PROGRESS:
        yield from _progress(scene, ticket, line, one)


def _again(scene: Scene, ticket: Ticket, one: DueTime, after: timedelta) -> SetTimer:
    return timer(ticket.number, one, scene.now + after, scene.policy.time.version)


# --- waiting for the requester


def _sequence(scene: Scene, ticket: Ticket, line: Timeline, one: DueTime, step: Next) -> Iterator[Effect]:
    person = ticket.requester
    if step.kind is StepKind.REMIND and person:
        yield from _remind(scene, ticket, person, one, step)
    elif step.kind is StepKind.CLOSE and person:
        yield from _close(scene, ticket, person, one, step)
    elif step.kind is StepKind.STOP:
        yield from _back(scene, ticket, "elsewhere", step.code, step.reason)
    elif step.code == "sequence.unreachable":
        yield Tag(ticket.number, add=frozenset({UNREACHABLE}))
        yield from _back(scene, ticket, UNREACHABLE, step.code, f"unreachable: {step.reason}")
    elif step.code == "sequence.uncertain":
        yield from _uncertain(scene, ticket, line, one, step)
    elif step.kind is StepKind.LOOK or step.code == "sequence.unsettled":
        scene.trace.conclude(step.code, step.reason)


def _remind(scene: Scene, ticket: Ticket, person: Participant, one: DueTime, step: Next) -> Iterator[Effect]:
    mail = timenotice.reminder(scene, ticket, person, step)
    scene.trace.conclude(step.code, step.reason)
    yield from _sent_or_later(scene, ticket, one, mail)


def _close(scene: Scene, ticket: Ticket, person: Participant, one: DueTime, step: Next) -> Iterator[Effect]:
    """The closing mail and the closing are one: where the mail may not leave, nothing is closed."""
    mail = timenotice.closing(scene, ticket, person)
    effects = tuple(scene.automatic(mail))
    scene.trace.conclude(step.code, step.reason)
    if mail not in effects:
        yield from _not_let_through(scene, ticket, one, effects)
        return
    yield mail
    yield SetState(ticket.number, State.CLOSED, step.reason, CloseReason.SILENCE)


def _sent_or_later(scene: Scene, ticket: Ticket, one: DueTime, mail: SendMail) -> Iterator[Effect]:
    effects = tuple(scene.automatic(mail))
    if mail in effects:
        yield mail
        yield _again(scene, ticket, one, AFTER_SENDING)
    else:
        yield from _not_let_through(scene, ticket, one, effects)


def _not_let_through(scene: Scene, ticket: Ticket, one: DueTime, effects: tuple[Effect, ...]) -> Iterator[Effect]:
    """The gate says no: for good, then an agent has to find another way; or for now."""
    verdict = scene.trace.data["gate"][-1]
    yield from effects
    if verdict["code"] in _NEVER:
        yield Tag(ticket.number, add=frozenset({UNREACHABLE}))
        yield from _back(scene, ticket, UNREACHABLE, "sequence.unreachable", f"unreachable: {verdict['reason']}")
        return
    scene.trace.conclude("timer.gate", f"held back by the gate: {verdict['reason']}")
    yield _again(scene, ticket, one, LATER)


def _back(scene: Scene, ticket: Ticket, what: str, code: str, reason: str) -> Iterator[Effect]:
    """The waiting is over without an answer: it is the agents' turn."""
    yield SetState(ticket.number, State.OPEN if notify.knows(ticket) else State.NEW, reason)
    yield ClearTimer(ticket.number, dues.SEQUENCE)
    yield from notify.tell(scene, ticket, timenotice.notice(scene, ticket, what, reason))
    scene.trace.conclude(code, reason)


def _uncertain(scene: Scene, ticket: Ticket, line: Timeline, one: DueTime, step: Next) -> Iterator[Effect]:
    """An agent is told once for each question, and must look; the sequence holds meanwhile."""
    question = line.question()
    if question and not line.was_done(step.code, question[1]):
        yield from notify.tell(scene, ticket, timenotice.notice(scene, ticket, "uncertain", step.reason))
        scene.trace.conclude(step.code, step.reason)
    else:
        scene.trace.conclude("sequence.still-uncertain", step.reason)
    yield _again(scene, ticket, one, DAILY)


def _wait_is_over(scene: Scene, ticket: Ticket) -> Iterator[Effect]:
    """The time that an agent gave the requester has passed."""
    yield ClearTimer(ticket.number, dues.WAIT)
    if ticket.state is State.PENDING:
        reason = "the time to wait for the requester is over"
        yield SetState(ticket.number, State.OPEN, reason)
        yield from notify.tell(scene, ticket, timenotice.notice(scene, ticket, "wait", reason))
        yield from ruleact.on_timer(scene, ticket)
        scene.trace.conclude("wait.over", reason)
    else:
        scene.trace.conclude("wait.void", "the report does not wait any more")


# --- promises


def _target(scene: Scene, ticket: Ticket, one: DueTime) -> Iterator[Effect]:
    """A warning to those responsible; or the escalation to them and the admin, with a higher priority."""
    escalates = one.stage == dues.ESCALATION
    zone = scene.policy.time.calendar.zone
    due = moment(one.at, zone) if one.at else ""
    verb = "was missed" if escalates else "comes near"
    reason = f"the target {one.name.replace('_', ' ')} of {ticket.number}, due {due}, {verb}"
    scene.trace.conclude(dues.done_code(one.name, one.stage), reason)
    notice = timenotice.target(scene, ticket, one)
    yield from notify.tell(scene, ticket, notice)
    if escalates:
        yield from raised(ticket, reason)
        if scene.policy.desk.admin:
            yield from scene.automatic(timenotice.to_admin(scene, notice, Address(scene.policy.desk.admin)))
    yield from ruleact.on_timer(scene, ticket)
    yield _again(scene, ticket, one, SOON)


# --- resolved, checking


def _close_resolved(scene: Scene, ticket: Ticket, line: Timeline, one: DueTime) -> Iterator[Effect]:
    """Nobody came back: it is closed as answered, unless a mail that is not read yet could be a reply."""
    if line.unsettled:
        scene.trace.conclude("resolved.unsettled", f"a person must settle {line.unsettled[0]} which could be a reply")
        yield _again(scene, ticket, one, LATER)
        return
    if one.at is None or line.looked_at is None or line.looked_at < one.at:
        scene.trace.conclude(LOOK, "a complete look into the mailbox is needed before the report is closed")
        return
    if line.undecided:
        scene.trace.conclude("resolved.undecided", f"{line.undecided[0]} could be a reply")
        return
    reason = "resolved, and nobody came back to it"
    yield SetState(ticket.number, State.CLOSED, reason, CloseReason.ANSWERED)
    scene.trace.conclude("resolved.closed", reason)


def _progress(scene: Scene, ticket: Ticket, line: Timeline, one: DueTime) -> Iterator[Effect]:
    """The requester is told that another team still checks."""
    effects = tuple(statusmail.progress(scene, ticket, line))
    scene.trace.conclude("checking.progress", "the requester is told how the checking goes")
    yield from effects
    sent = any(isinstance(effect, SendMail) and effect.kind is MailKind.STATUS for effect in effects)
    yield _again(scene, ticket, one, AFTER_SENDING if sent else LATER)
