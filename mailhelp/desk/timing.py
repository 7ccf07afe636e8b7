"""What a decision means for the clocks of the tickets it touches: one pass over its effects, whatever made them.

Nobody else sets these timers: commands, rules, replies and delivery reports say what happens, and this module adds the
wake-ups. A new report gets its timers at once. Of any other ticket the facts are in the store, so its timer `plan`
wakes now, and all due times are computed from what then stands there (`desk.wakeup`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mailhelp.desk import dues, statusmail
from mailhelp.desk.effect import (
    AddArticle,
    Ask,
    Assign,
    CancelMail,
    ClearTimer,
    Effect,
    EndArrival,
    OpenTicket,
    SendMail,
    SetReachable,
    SetState,
    SetTimer,
    Tag,
    Withdraw,
)
from mailhelp.desk.elapsed import Ruler
from mailhelp.desk.explanation import Explanation, Step
from mailhelp.desk.model import ArticleKind, MailKind, Role, State, Ticket
from mailhelp.desk.scene import Scene
from mailhelp.desk.timefacts import Stay, Timeline
from mailhelp.desk.timewords import moment
from mailhelp.desk.wakeup import UNREACHABLE, timer

_HEARD = frozenset({ArticleKind.REPLY, ArticleKind.ANSWER, ArticleKind.DELIVERY})
_FROM_REQUESTER = frozenset({ArticleKind.REPLY})


@dataclass(slots=True)
class _Touched:
    """One ticket and what the effects do to it. `before` is None for a new one."""

    number: int
    before: Ticket | None
    opened: OpenTicket | None = None
    state: State = State.NEW
    changes: bool = False  # something that a due time depends on
    wrote: bool = False  # the requester, or a person in copy
    asked: bool = False
    told: bool = False  # a mail goes to the requester
    undone: bool = False  # mails that had not left were taken back
    category: str = ""
    queue: str = ""
    priority: str = "normal"

    def take(self, effect: Effect) -> None:
        """Look at one effect on the ticket."""
        match effect:
            case OpenTicket():
                self.opened, self.state = effect, effect.state
                self.category, self.queue, self.priority = effect.category, effect.queue, effect.priority
            case SetState():
                self.changes |= effect.state is not self.state
                self.state = effect.state
            case Ask():
                self.asked = self.changes = True
            case AddArticle():
                self.changes |= effect.kind in _HEARD
                self.wrote |= effect.kind in _FROM_REQUESTER
            case Assign():
                self._assigned(effect)
            case SetReachable():
                self.changes = True
            case CancelMail():
                self.undone = True
            case SendMail():
                self.told |= effect.role is not Role.AGENT and effect.kind in {MailKind.ANSWER, MailKind.STATUS}
            case _:
                pass

    def _assigned(self, effect: Assign) -> None:
        for name in ("category", "queue", "priority"):
            value = getattr(effect, name)
            if value is not None:
                self.changes = True
                setattr(self, name, value)


def followed(scene: Scene, effects: Iterable[Effect]) -> Iterator[Effect]:
    """The effects, and what follows from them for timers, reminders that wait, and people who wait for another team."""
    touched: dict[int, _Touched] = {}
    ends: list[EndArrival] = []  # they stand last
    for effect in effects:
        if isinstance(effect, EndArrival):
            ends.append(effect)
            continue
        yield effect
        number = effect.number if isinstance(effect, OpenTicket) else getattr(effect, "ticket", 0)
        if number:
            if number not in touched:
                touched[number] = _begun(scene, number)
            touched[number].take(effect)
    for one in touched.values():
        yield from _consequences(scene, one)
    yield from ends


def _begun(scene: Scene, number: int) -> _Touched:
    before = scene.case.candidates.get(number)
    made = _Touched(number, before)
    return made if before is None else replace(made, state=before.state)


def _consequences(scene: Scene, one: _Touched) -> Iterator[Effect]:
    if one.opened:
        yield from _opened(scene, one)
    elif one.before is None:
        # A ticket that was not read beforehand (the other end of a link or merge).
        if one.changes:
            yield SetTimer(one.number, dues.PLAN, scene.now, {"calendar": scene.policy.time.version})
    elif one.state is State.CLOSED and one.before.state is not State.CLOSED:
        yield ClearTimer(one.number)
        yield Withdraw(one.number)
    elif one.changes and one.state is not State.CLOSED:
        if one.wrote and UNREACHABLE in one.before.tags:
            yield Tag(one.number, remove=frozenset({UNREACHABLE}))
        if one.wrote or one.asked or one.state is not State.PENDING:
            yield Withdraw(one.number)
        yield from _checking(scene, one, one.before)
        yield SetTimer(one.number, dues.PLAN, scene.now, {"calendar": scene.policy.time.version})


def _checking(scene: Scene, one: _Touched, before: Ticket) -> Iterator[Effect]:
    """Who waits for another team is told when that begins and ends, unless somebody has written anyway."""
    if one.told or one.state is before.state or one.wrote or one.undone:
        return
    if one.state is State.CHECKING:
        yield from statusmail.checking(scene, before)
    elif before.state is State.CHECKING:
        yield from statusmail.changed(scene, before, one.state)


def _opened(scene: Scene, one: _Touched) -> Iterator[SetTimer]:
    """The first due times of a new report."""
    effect, time = one.opened, scene.policy.time
    assert effect is not None
    start = effect.opened_at or scene.now
    ticket = Ticket(
        0, one.number, one.state, effect.subject, one.queue, start, scene.now,
        category=one.category, priority=one.priority,
    )  # fmt: skip
    if one.state is State.PENDING:
        yield from _first_wake(scene, one.number)
        return
    line = Timeline(stays=(Stay(one.state, start),))
    for due in dues.due_times(ticket, line, scene.now, time):
        if due.wake_at is not None:
            yield timer(one.number, due, max(due.wake_at, scene.now), time.version)


def _first_wake(scene: Scene, number: int) -> Iterator[SetTimer]:
    """When the first step after a question can be due at the earliest: had the mail server taken it this moment."""
    time = scene.policy.time
    times = time.sequence.times
    if times:
        at = Ruler(time.sequence.measure, time.calendar).add(scene.now, times[0])
        zone = time.calendar.zone
        steps = (
            Step("start", f"the question was written {moment(scene.now, zone)}", at=scene.now),
            Step("result", f"looked at again {moment(at, zone)}, counted from its acceptance then", at=at),
        )
        told = Explanation("waiting for the requester", steps, at, zone, time.calendar.version)
        yield timer(number, dues.DueTime(dues.SEQUENCE, at, at, told), at, time.version)
