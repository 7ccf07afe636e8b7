"""Mails of participants that are no ordinary replies: questions about the state, thanks, withdrawals, replies too late.

Each is recognised only where it is certain (`desk.statusquestion`, `desk.thanks`, `desk.withdrawal`); everything else
is a reply that a person reads.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import (
    answers,
    context,
    dialogue,
    lifecycle,
    notify,
    report,
    statusmail,
    statusquestion,
    thanks,
    timenotice,
    withdrawal,
)
from mailhelp.desk.article import filed
from mailhelp.desk.effect import Effect, SendMail, SetReachable, SetState
from mailhelp.desk.model import ArticleKind, Case, CloseReason, End, MailKind, Participant, Proof, Role, State, Ticket
from mailhelp.desk.scene import Mail
from mailhelp.desk.timefacts import STATUS_ASKED, Timeline
from mailhelp.desk.timepolicy import ReplyToClosed
from mailhelp.desk.wakeup import raised
from mailhelp.mail.message import Kind, Message

_OVER = frozenset({State.RESOLVED, State.CLOSED})


def wants_time(message: Message | None, case: Case) -> tuple[int, ...]:
    """The reports whose facts of time the decision about this mail will ask for."""
    if message is None or message.kind is not Kind.PERSON:
        return ()
    if _asks(message):
        return (*case.candidates, *(one.ticket.number for one in case.recent))
    sender = message.sender.address.addr if message.sender.address else ""
    near = [one.number for one in case.candidates.values() if one.state is State.CLOSED or one.find(sender)]
    near += case.work.others if case.work else ()
    return (*near, *(one.ticket.number for one in case.recent if one.ticket.state is State.PENDING))


def handled(mail: Mail, ticket: Ticket, person: Participant, proof: Proof) -> Iterator[Effect] | None:
    """What this mail does; None where it is an ordinary reply."""
    if _asks(mail.message) and not _gives(mail, ticket):
        return _state_told(mail, ticket, person, (), proof.reason)
    text = mail.message.new_text
    if ticket.state in _OVER and not mail.message.attachments and thanks.is_plain(text):
        return _thanked(mail, ticket, person)
    requester = person.role is Role.REQUESTER
    if requester and ticket.state is not State.CLOSED and withdrawal.withdraws(mail.message.subject, text):
        return _withdrawn(mail, ticket, person)
    if ticket.state is State.CLOSED and not joins(mail, ticket):
        return _too_late(mail, ticket, person, proof)
    return None


def joins(mail: Mail, ticket: Ticket) -> bool:
    """Whether a reply to a closed report opens it again: within the grace period of its queue, from the closing on."""
    rule = mail.policy.time.reply_to_closed(ticket.queue)
    line = mail.case.time.get(ticket.number)
    closed_at = line.stay.start if line and line.stay else ticket.changed_at
    again = rule.what is ReplyToClosed.REOPEN_WITHIN and mail.now < closed_at + rule.grace
    return again or lifecycle.takes_replies(ticket, mail.now, mail.policy.limits)


def of_recent(mail: Mail) -> Iterator[Effect] | None:
    """A new mail that asks for the state: about its sender's open reports, where the border vouches for the sender."""
    vouched = mail.message.authentication.passed or mail.policy.security.accept_unauthenticated
    if not (vouched and mail.case.recent and _asks(mail.message)):
        return None
    ticket, *others = (one.ticket for one in mail.case.recent)
    person = ticket.requester
    if person is None or person.address.key != mail.sender.lower():
        return None
    return _state_told(mail, ticket, person, others, "a question of its requester about the state, with no number")


def _asks(message: Message) -> bool:
    return not message.attachments and statusquestion.asks(message.subject, message.new_text)


def _gives(mail: Mail, ticket: Ticket) -> bool:
    """Whether the mail also gives what the report waits for: data comes first."""
    if not dialogue.waits(ticket):
        return False
    given = answers.given(mail, ticket, frozenset(ticket.asked[-1].fields))
    return bool(given.fields or given.problems)


def _heard(mail: Mail, ticket: Ticket, person: Participant) -> Iterator[Effect]:
    yield filed(mail, ticket.number, ArticleKind.REPLY, slot=person.slot)
    if not person.reachable:
        yield SetReachable(ticket.number, person.slot, reachable=True, reason="wrote again")


def _state_told(
    mail: Mail, ticket: Ticket, person: Participant, others: list[Ticket] | tuple[Ticket, ...], why: str
) -> Iterator[Effect]:
    """The machine answers. After the time from which asking makes sense, agents are told and the priority rises.

    Where the report waits for its requester, the answer repeats what is missing and is the question from then on: the
    time begins anew (`Timeline.question`), and no round of the dialogue about data is used up.
    """
    line = mail.case.time.get(ticket.number, Timeline())
    yield from _heard(mail, ticket, person)
    yield from statusmail.answer(mail, ticket, line, person, others)
    again_at = statusmail.again(ticket, line, mail)
    late = again_at is not None and again_at <= mail.now
    if late:
        yield from raised(ticket, "the requester asks for the state, and the time is over")
        yield from notify.tell(mail, ticket, timenotice.notice(mail, ticket, "status-asked"))
    reason = f"a question about the state, answered by the machine{' and told to agents' if late else ''}: {why}"
    yield from mail.end(End.ARTICLE, STATUS_ASKED, reason, ticket.number)


def _thanked(mail: Mail, ticket: Ticket, person: Participant) -> Iterator[Effect]:
    yield from _heard(mail, ticket, person)
    yield from notify.tell(mail, ticket, timenotice.notice(mail, ticket, "thanks", mail.message.new_text.strip()))
    reason = f"a plain thank-you: filed, and the report stays {ticket.state.value}"
    yield from mail.end(End.ARTICLE, "reply.thanks", reason, ticket.number)


def _withdrawn(mail: Mail, ticket: Ticket, person: Participant) -> Iterator[Effect]:
    yield from _heard(mail, ticket, person)
    yield SetState(ticket.number, State.CLOSED, "the requester withdrew it", CloseReason.WITHDRAWN)
    yield from mail.automatic(_answer("withdrawn", mail, ticket, person), mail.message)
    if notify.knows(ticket):
        notice = timenotice.notice(mail, ticket, "withdrawn", mail.message.new_text.strip())
        yield from notify.tell(mail, ticket, notice)
    yield from mail.end(End.ARTICLE, "reply.withdrawn", "the requester withdrew the report", ticket.number)


def _too_late(mail: Mail, ticket: Ticket, person: Participant, proof: Proof) -> Iterator[Effect]:
    """A reply to a closed report: a new one that follows it, or a refusal that explains."""
    if mail.policy.time.reply_to_closed(ticket.queue).what is ReplyToClosed.REFUSE:
        yield from _heard(mail, ticket, person)
        yield from mail.automatic(_answer("reply_refused", mail, ticket, person), mail.message)
        reason = f"a reply to {ticket.number}, which is closed: refused with an explanation ({proof.reason})"
        yield from mail.end(End.ARTICLE, "reply.refused", reason, ticket.number)
        return
    reason = f"a reply to {ticket.number}, which is closed ({proof.reason})"
    opening = report.Opening(earlier=ticket, template="new_report_instead", code="report.follow-up", reason=reason)
    yield from report.opened(mail, mail.message.sender.address or person.address, opening)


def _answer(template: str, mail: Mail, ticket: Ticket, person: Participant) -> SendMail:
    return SendMail(
        MailKind.ACKNOWLEDGEMENT,
        template,
        person.address,
        ticket.language,
        context.common(mail, ticket, person.address, ticket.language),
        ticket.number,
        person.slot,
        person.role,
        **notify.threaded(person, mail.message.message_id),
    )
