"""A later mail of a requester or a person in copy: it joins its report, or opens a linked one when that is closed."""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import context, lifecycle, notify, report, ruleact
from mailhelp.desk.article import filed
from mailhelp.desk.effect import Effect, SendMail, SetReachable
from mailhelp.desk.model import ArticleKind, End, MailKind, Participant, Proof, Ticket
from mailhelp.desk.scene import Mail


def replied(mail: Mail, ticket: Ticket, proof: Proof) -> Iterator[Effect]:
    """A participant wrote, as `proof` says."""
    person = ticket.participant(proof.slot)
    assert person is not None
    if not lifecycle.takes_replies(ticket, mail.now, mail.policy.limits):
        reason = f"a reply to {ticket.number}, which is closed ({proof.reason})"
        opening = report.Opening(earlier=ticket, template="new_report_instead", code="report.follow-up", reason=reason)
        yield from report.opened(mail, mail.message.sender.address or person.address, opening)
        return
    yield filed(mail, ticket.number, ArticleKind.REPLY, slot=person.slot)
    if not person.reachable:
        yield SetReachable(ticket.number, person.slot, reachable=True, reason="wrote again")
    yield from lifecycle.after_reply(ticket)
    acted = ruleact.on(mail, ticket, "replied", person)
    yield from acted.effects
    notice = context.notice_reply(mail, acted.ticket, person)
    yield from notify.tell(mail, acted.ticket, ruleact.told(mail, acted.ticket, notice, acted.run))
    if mail.message.truncated:
        yield from _too_large(mail, ticket, person)
    yield from mail.end(End.ARTICLE, "reply", f"a reply: {proof.reason}", ticket.number)


def _too_large(mail: Mail, ticket: Ticket, person: Participant) -> Iterator[Effect]:
    """Only headers and text were taken: the sender has to know."""
    shown = context.acknowledgement(mail, ticket, person.address)
    sending = SendMail(
        MailKind.ACKNOWLEDGEMENT,
        "too_large",
        person.address,
        ticket.language,
        shown,
        ticket.number,
        person.slot,
        person.role,
        **notify.threaded(person, mail.message.message_id),
    )
    yield from mail.automatic(sending, mail.message)
