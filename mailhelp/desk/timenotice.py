"""What people are written because of time: reminders and closings to requesters, notices to agents."""

from __future__ import annotations

from mailhelp.desk import ask, context, dates, notify
from mailhelp.desk.dues import DueTime
from mailhelp.desk.effect import SendMail
from mailhelp.desk.formblock import fill_in_block
from mailhelp.desk.formcheck import Finding
from mailhelp.desk.lacking import asked, lacking, names
from mailhelp.desk.model import MailKind, Participant, Ticket
from mailhelp.desk.notify import Notice
from mailhelp.desk.scene import Scene
from mailhelp.desk.waiting import Next
from mailhelp.mail.message import Address


def missing(scene: Scene, ticket: Ticket) -> tuple[Finding, ...]:
    """What the requester was asked for last and has not given: only this is asked again."""
    if not ticket.asked:
        return ()
    last = ticket.asked[-1]
    wrong = {one.name: one for one in lacking(ticket, scene.policy, scene.now)}
    wanted = {name for name in last.fields if name in wrong or last.by or name not in ticket.fields}
    return tuple(wrong.get(item.name) or asked(item) for item in scene.policy.form.fields if item.name in wanted)


def request(scene: Scene, ticket: Ticket) -> context.Context:
    """What is still missing, as rows and as a block to fill in."""
    lacks = missing(scene, ticket)
    block = fill_in_block(dict.fromkeys(names(lacks), ""), scene.policy.form, ticket.language) if lacks else ""
    return {"items": ask.rows(scene, ticket, lacks), "block": block}


def reminder(scene: Scene, ticket: Ticket, person: Participant, step: Next) -> SendMail:
    """A reminder; it leaves in its time or not at all."""
    policy = scene.policy.time
    last = policy.sequence.close is not None and step.number == len(policy.sequence.remind)
    shown = {
        **context.common(scene, ticket, person.address, ticket.language),
        **request(scene, ticket),
        "count": step.number,
        "last": last,
    }
    return _mail(MailKind.REMINDER, "reminder", ticket, person, shown, step)


def closing(scene: Scene, ticket: Ticket, person: Participant) -> SendMail:
    """It is considered resolved; a new report is needed, and how, and what a reply does in its queue."""
    shown = {
        **context.common(scene, ticket, person.address, ticket.language),
        "reply": scene.policy.time.reply_to_closed(ticket.queue).what.value,
    }
    return _mail(MailKind.CLOSING, "closing", ticket, person, shown)


def _mail(
    kind: MailKind,
    template: str,
    ticket: Ticket,
    person: Participant,
    shown: context.Context,
    step: Next | None = None,
) -> SendMail:
    return SendMail(
        kind,
        template,
        person.address,
        ticket.language,
        shown,
        ticket.number,
        person.slot,
        person.role,
        not_after=step.not_after if step else None,
        **notify.threaded(person),
    )


# --- to agents


def notice(scene: Scene, ticket: Ticket, what: str, reason: str = "", **more: str) -> Notice:
    """Tell agents what time has brought: the template has the words for each `what`."""
    language = scene.policy.desk.language
    person = ticket.requester
    shown = {
        **context.common(scene, ticket, Address(""), language),
        "requester": context.shown(person.address) if person else "",
        "what": what,
        "reason": reason,
        "due": "",
        "target": "",
        "priority": ticket.priority,
        **more,
    }
    return Notice("notice_time", shown)


def target(scene: Scene, ticket: Ticket, one: DueTime) -> Notice:
    """A target that comes near or was missed."""
    language, zone = scene.policy.desk.language, scene.policy.time.calendar.zone
    due = dates.when(one.at, zone, language) if one.at else ""
    return notice(scene, ticket, one.stage, due=due, target=one.name)


def to_admin(scene: Scene, told: Notice, admin: Address) -> SendMail:
    """The same for the admin; it carries no token, so that an answer changes nothing."""
    return SendMail(MailKind.ALARM, told.template, admin, scene.policy.desk.language, told.context)
