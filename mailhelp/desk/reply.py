"""A later mail of a requester or a person in copy: it joins its report, or opens a linked one when that is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailhelp.desk import answers, comeback, context, dialogue, lifecycle, notify, ruleact
from mailhelp.desk.article import filed
from mailhelp.desk.commands import absence
from mailhelp.desk.commands.job import after
from mailhelp.desk.effect import Effect, SendMail, SetFields, SetReachable, SetState
from mailhelp.desk.model import ArticleKind, End, MailKind, Participant, Proof, Role, Ticket
from mailhelp.desk.scene import Mail


def replied(mail: Mail, ticket: Ticket, proof: Proof) -> Iterator[Effect]:
    """A participant wrote, as `proof` says."""
    person = ticket.participant(proof.slot)
    assert person is not None
    if (special := comeback.handled(mail, ticket, person, proof)) is not None:
        yield from special
        return
    yield filed(mail, ticket.number, ArticleKind.REPLY, slot=person.slot)
    for effect in absence.handed_back(mail, ticket):
        yield effect
        ticket = after(ticket, effect)
    if not person.reachable:
        yield SetReachable(ticket.number, person.slot, reachable=True, reason="wrote again")
    if dialogue.waits(ticket):
        yield from dialogue.answered(mail, ticket, person)
        return
    corrected = answers.given(mail, ticket).fields if person.role is Role.REQUESTER else {}
    if corrected:
        yield SetFields(ticket.number, corrected)
        ticket = replace(ticket, fields={**ticket.fields, **corrected})
    moved = tuple(lifecycle.after_reply(ticket))
    yield from moved
    acted = ruleact.on(mail, ticket, "replied", person)
    yield from acted.effects
    told = acted.ticket if acted.ticket.state is not ticket.state else _moved(acted.ticket, moved)
    notice = context.notice_reply(mail, told, person)
    yield from notify.tell(mail, acted.ticket, ruleact.told(mail, acted.ticket, notice, acted.run))
    if mail.message.truncated:
        yield from _too_large(mail, ticket, person)
    yield from mail.end(End.ARTICLE, "reply", f"a reply: {proof.reason}", ticket.number)


def _moved(ticket: Ticket, moved: Sequence[SetState]) -> Ticket:
    """The ticket in the state that the reply has moved it to."""
    return replace(ticket, state=moved[-1].state) if moved else ticket


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
