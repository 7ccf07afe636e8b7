"""Tickets that have to do with each other: linked, merged, split."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, notify
from mailhelp.desk.commands import shown
from mailhelp.desk.commands.job import Job, Refused, next_slot
from mailhelp.desk.effect import AddArticle, AddParticipant, Effect, Link, OpenTicket, SendMail, SetState
from mailhelp.desk.model import ArticleKind, CloseReason, MailKind, Participant, Proof, Role, State, Ticket
from mailhelp.desk.scene import Mail
from mailhelp.desk.workcase import Told

_WRITTEN = frozenset({ArticleKind.REPORT, ArticleKind.REPLY})


def link(job: Job, command: cs.Link) -> Iterator[Effect]:
    """For agents to see."""
    yield Link(job.number, _other(job, command.number).number, "mentions")
    job.say("link", number=command.number)


def merge(job: Job, command: cs.Merge) -> Iterator[Effect]:
    """This report goes on in the other one: closed as a duplicate, its words and people go along, later replies too.

    Only reports of one requester: somebody else's is nobody's business.
    """
    other, mine = _other(job, command.number), job.ticket.requester
    theirs = other.requester
    if mine is None or theirs is None or mine.address.key != theirs.address.key:
        raise Refused("other-requester")
    if other.state is State.CLOSED or job.ticket.state is State.CLOSED:
        raise Refused("is-over")
    yield Link(job.number, other.number, "merged")
    yield SetState(job.number, State.CLOSED, job.reason(f"merged into {other.number}"), CloseReason.DUPLICATE)
    for told in job.work.articles.get(job.number, ()):
        if told.kind in _WRITTEN and told.text:
            yield AddArticle(other.number, ArticleKind.NOTE, told.author, f"[#{job.number}] {told.text}", internal=True)
    slot = next_slot(other)
    for person in job.ticket.participants:
        if person.role is Role.COPY and other.find(person.address.addr) is None:
            yield AddParticipant(other.number, slot, Role.COPY, person.address)
            slot += 1
    yield from _merged(job, other, mine, theirs)
    job.say("merge", number=other.number)


def split(job: Job, command: cs.Split) -> Iterator[Effect]:
    """The requester's latest reply becomes a report of its own, with its own number; the requester is told."""
    del command
    requester = job.ticket.requester
    replies = [one for one in job.work.articles.get(job.number, ()) if one.kind is ArticleKind.REPLY]
    if requester is None or not replies:
        raise Refused("nothing-to-split")
    number = job.mail.case.next_number
    yield from _opened(job, requester, replies[-1], number)
    job.say("split", number=number)
    job.later.append(lambda now: _told(now, requester, replies[-1], number))


def followed(mail: Mail, ticket: Ticket, proof: Proof) -> tuple[Ticket, Proof]:
    """Where a reply to a merged report goes: the report in which it goes on, if the writer is known there."""
    target = mail.case.candidates.get(mail.case.merged.get(ticket.number, 0))
    writer = ticket.participant(proof.slot)
    person = target.find(writer.address.addr, Role.REQUESTER, Role.COPY) if target and writer else None
    if target is None or person is None or ticket.state is not State.CLOSED:
        return ticket, proof
    reason = f"{proof.reason}; {ticket.number} goes on in {target.number}"
    return target, replace(proof, code=f"{proof.code}.merged", reason=reason, slot=person.slot)


def _other(job: Job, number: int) -> Ticket:
    found = job.work.others.get(number)
    if found is None or number == job.number:
        raise Refused("unknown-ticket")
    return found


def _merged(job: Job, other: Ticket, mine: Participant, theirs: Participant) -> Iterator[Effect]:
    """The requester is told, in the thread of this report, with a way to answer that leads to the other one."""
    if not mine.address.addr:
        return
    place = {"references": (), "in_reply_to": "", **notify.threaded(mine)}
    sending = SendMail(
        MailKind.STATUS,
        "merged",
        mine.address,
        job.ticket.language,
        {**context.common(job.mail, job.ticket, mine.address, job.ticket.language), "other": other.number},
        other.number,
        theirs.slot,
        not_before=job.mail.now + job.mail.policy.work.answer_delay,
        **place,
    )
    yield from job.mail.automatic(sending)


def _opened(job: Job, requester: Participant, told: Told, number: int) -> Iterator[Effect]:
    ticket = job.ticket
    yield OpenTicket(
        number,
        ticket.subject,
        requester.address,
        ticket.queue,
        category=ticket.category,
        subcategory=ticket.subcategory,
        user_type=ticket.user_type,
        priority=ticket.priority,
        language=ticket.language,
        opened_at=told.at,
    )
    yield AddArticle(
        number, ArticleKind.REPORT, told.author, told.text, arrival=told.arrival, attachments=told.attachments
    )
    yield Link(number, ticket.number, "follow-up")


def _told(job: Job, requester: Participant, told: Told, number: int) -> Iterator[Effect]:
    """The agents get the new report, its requester the number."""
    fresh = replace(
        job.ticket,
        number=number,
        state=State.NEW,
        owner="",
        tags=frozenset(),
        fields={},
        participants=(Participant(1, Role.REQUESTER, requester.address),),
    )
    yield from notify.tell(job.mail, fresh, shown.articles_of(job, fresh, (told,), "handover", job.agent.display))
    sending = SendMail(
        MailKind.ACKNOWLEDGEMENT,
        "acknowledgement",
        requester.address,
        fresh.language,
        {**context.common(job.mail, fresh, requester.address, fresh.language), "understood": []},
        number,
        1,
    )
    yield from job.mail.automatic(sending)
