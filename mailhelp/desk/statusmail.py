"""The state of a report in plain words: asked for by mail, told unasked when another team checks, and on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mailhelp.desk import context, dates, dues, notify, timenotice
from mailhelp.desk.effect import Effect, SendMail
from mailhelp.desk.model import MailKind, Participant, State, Ticket
from mailhelp.desk.scene import Mail, Scene
from mailhelp.desk.targets import Target
from mailhelp.desk.timefacts import Timeline

ANSWER = "status_answer"
CHECKING = "status_checking"
CHANGED = "status_changed"


def answer(
    mail: Mail, ticket: Ticket, line: Timeline, person: Participant, others: Sequence[Ticket] = ()
) -> Iterator[Effect]:
    """The machine's answer to a status question; `others` are further open reports of the same person."""
    again_at = again(ticket, line, mail)
    shown = {
        **described(mail, ticket, line, person),
        "too_early": bool(again_at and again_at > mail.now),
        "alerted": bool(again_at and again_at <= mail.now),
        "others": [{"number": str(one.number), "subject": one.subject, "state": one.state.value} for one in others],
    }
    sending = _mail(ANSWER, ticket, person, shown, mail.message.message_id)
    yield from mail.automatic(sending, mail.message)


def checking(scene: Scene, ticket: Ticket, team: str = "", not_before: datetime | None = None) -> Iterator[Effect]:
    """Tell the requester and people in copy that another team checks, and from when a status question makes sense."""
    for person in notify.members(ticket):
        common = context.common(scene, ticket, person.address, ticket.language)
        mail = _mail(CHECKING, ticket, person, {**common, **told(scene, ticket, team), "text": ""})
        yield from scene.automatic(replace(mail, not_before=not_before))


def told(scene: Scene, ticket: Ticket, team: str) -> context.Context:
    """Who begins to check now, and from when a status question makes sense: the date of `dues.asks_again_at`."""
    time = scene.policy.time
    again_at = scene.now + time.checking.status_after
    return {"team": team, "again": dates.when(again_at, time.calendar.zone, ticket.language)}


def progress(scene: Scene, ticket: Ticket, line: Timeline) -> Iterator[Effect]:
    """The same from time to time, unasked."""
    for person in notify.members(ticket):
        shown = {**described(scene, ticket, line, person), "before": State.CHECKING.value}
        yield from scene.automatic(_mail(CHANGED, ticket, person, shown))


def changed(scene: Scene, ticket: Ticket, state: State) -> Iterator[Effect]:
    """The checking is over, and no agent has written: the requester is told the new state."""
    for person in notify.members(ticket):
        common = context.common(scene, ticket, person.address, ticket.language)
        shown = {**common, "state": state.value, "since": "", "expected": "", "again": "", "before": ticket.state.value}
        yield from scene.automatic(_mail(CHANGED, ticket, person, shown))


def described(scene: Scene, ticket: Ticket, line: Timeline, person: Participant) -> context.Context:
    """State, since when, what is expected when, and from when it may be asked again."""
    zone, language = scene.policy.time.calendar.zone, ticket.language
    stay, again_at = line.stay, again(ticket, line, scene)
    expected = _expected(ticket, line, scene)
    return {
        **context.common(scene, ticket, person.address, language),
        **timenotice.request(scene, ticket),
        "state": ticket.state.value,
        "since": dates.when(stay.start if stay else ticket.opened_at, zone, language),
        "expected": dates.when(expected, zone, language) if expected else "",
        "again": dates.when(again_at, zone, language) if again_at else "",
    }


def again(ticket: Ticket, line: Timeline, scene: Scene) -> datetime | None:
    """From when a status question makes sense: while checking by the configured time, else when an answer is due."""
    return dues.asks_again_at(line, scene.policy.time) or _expected(ticket, line, scene)


def _expected(ticket: Ticket, line: Timeline, scene: Scene) -> datetime | None:
    """When the next answer is promised."""
    found = (
        dues.target_due(ticket, line, target, scene.policy.time) for target in (Target.FIRST_ANSWER, Target.NEXT_ANSWER)
    )
    return next((one[1].at for one in found if one and one[1].at), None)


def _mail(template: str, ticket: Ticket, person: Participant, shown: context.Context, answered: str = "") -> SendMail:
    return SendMail(
        MailKind.STATUS,
        template,
        person.address,
        ticket.language,
        shown,
        ticket.number,
        person.slot,
        person.role,
        **notify.threaded(person, answered),
    )
