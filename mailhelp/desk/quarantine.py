"""Mail that could not be read, or names no sender: a numbered ticket for the agents, and no answer to anybody."""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import context, notify, words
from mailhelp.desk.article import filed
from mailhelp.desk.effect import AddArticle, Alarm, AttachmentRef, Effect, EndArrival, OpenTicket, Tag
from mailhelp.desk.event import Unreadable
from mailhelp.desk.model import Arrival, ArticleKind, End, Participant, Role, State, Ticket
from mailhelp.desk.scene import Mail, Scene
from mailhelp.mail.message import Address

_NOBODY = Address("")


def unreadable(scene: Scene, event: Unreadable) -> Iterator[Effect]:
    """A mail that broke a limit or the reader, twice: the raw message goes to the agents."""
    ticket = _ticket(scene, event.arrival, event.subject)
    author = " ".join(event.sender.split())[:200]
    yield from _opened(ticket, "quarantine")
    yield AddArticle(ticket.number, ArticleKind.REPORT, author, event.why, arrival=event.arrival.id, internal=True)
    yield from _told(scene, ticket, event.arrival, author, event.why)
    scene.trace.conclude("quarantine.unreadable", f"quarantined: {event.why}")
    yield EndArrival(event.arrival.id, End.QUARANTINED, scene.trace.reason, ticket.number)


def no_sender(mail: Mail) -> Iterator[Effect]:
    """A mail without exactly one sender: taken for the agents, and nobody is answered."""
    ticket = _ticket(mail, mail.arrival, mail.message.subject)
    why = f"no single sender: {mail.message.sender.problem or 'there is no From field'}"
    yield from _opened(ticket, "no-sender")
    yield filed(mail, ticket.number, ArticleKind.REPORT)
    yield from _told(mail, ticket, mail.arrival, ", ".join(mail.message.sender.claimed)[:200], why)
    yield from mail.end(End.QUARANTINED, "quarantine.no-sender", f"quarantined: {why}", ticket.number)


def _ticket(scene: Scene, arrival: Arrival, subject: str) -> Ticket:
    desk = scene.policy.desk
    return Ticket(
        id=0,
        number=scene.case.next_number,
        state=State.NEW,
        subject=words.clean_subject(subject, desk.language),
        queue=scene.policy.team.default_queue,
        opened_at=arrival.arrived_at,
        changed_at=scene.now,
        language=desk.language,
        participants=(Participant(1, Role.REQUESTER, _NOBODY),),
    )


def _opened(ticket: Ticket, tag: str) -> Iterator[Effect]:
    yield OpenTicket(
        ticket.number,
        ticket.subject,
        _NOBODY,
        ticket.queue,
        language=ticket.language,
        opened_at=ticket.opened_at,
    )
    yield Tag(ticket.number, add=frozenset({tag}))


def _told(scene: Scene, ticket: Ticket, arrival: Arrival, sender: str, why: str) -> Iterator[Effect]:
    raw = AttachmentRef(arrival.id, "raw", "message.eml", "message/rfc822")
    fits = arrival.size <= scene.policy.limits.max_attachment_bytes
    shown = context.quarantined(scene, ticket, sender, why)
    notice = notify.Notice("quarantine_notice", shown, attachments=(raw,) if fits else ())
    yield from notify.tell(scene, ticket, notice)
    yield Alarm("mail.quarantined", "Mail stands in quarantine; `mailhelp quarantine` lists it.")
