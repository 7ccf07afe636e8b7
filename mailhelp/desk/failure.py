"""Mails of ours that did not arrive: delivery reports (RFC 3464) and refusals by the mail server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailhelp.desk import context, notify
from mailhelp.desk.article import filed
from mailhelp.desk.effect import AddArticle, Alarm, Effect, SetReachable
from mailhelp.desk.event import SendingFailed
from mailhelp.desk.model import ArticleKind, End, MailKind, Ticket
from mailhelp.desk.scene import Mail, Scene
from mailhelp.mail.message import Action, FailedRecipient

_TO_AGENTS = frozenset({MailKind.NOTICE, MailKind.CONFIRM, MailKind.ALARM})


@dataclass(frozen=True, slots=True)
class Failed:
    """A mail of ours that did not arrive (or, `uncertain`, may not have); `reply` is what the server said.

    `final` says that nobody tries any more, `permanent` that trying again would be of no use.
    """

    slot: int
    recipient: str
    kind: MailKind
    reply: str
    final: bool = True
    permanent: bool = True
    uncertain: bool = False


def reported(mail: Mail) -> Iterator[Effect]:
    """A delivery report: matched to the mail it speaks of, or ignored."""
    original = mail.case.original
    ticket = mail.case.candidates.get(original.ticket) if original else None
    if original is None:
        yield from mail.end(End.IGNORED, "delivery.unmatched", "a delivery report about a mail that is not ours")
        return
    if ticket is None:
        reason = f"a delivery report about a mail to {original.recipient} that belongs to no report"
        to_admin = original.kind is MailKind.ALARM
        yield Alarm("mail.undelivered", f"A mail to {original.recipient} was not delivered.", told=to_admin)
        yield from mail.end(End.IGNORED, "delivery.no-ticket", reason)
        return
    recipients = mail.message.report.recipients if mail.message.report else ()
    failed = any(one.action is Action.FAILED for one in recipients)
    text = "\n".join(_line(one, original.recipient) for one in recipients) or mail.message.text
    yield filed(mail, ticket.number, ArticleKind.DELIVERY, text=text, internal=True)
    yield from _consequences(
        mail, ticket, Failed(original.slot, original.recipient, original.kind, text, failed, failed)
    )
    reason = f"a delivery report about our {original.kind.value} to {original.recipient}"
    yield from mail.end(End.ARTICLE, "delivery.failed" if failed else "delivery.report", reason, ticket.number)


def refused(scene: Scene, event: SendingFailed) -> Iterator[Effect]:
    """The mail server refused a mail for good, or its fate stays uncertain."""
    ticket = scene.case.candidates.get(event.ticket)
    what = f"our {event.kind.value} to {event.recipient}"
    if ticket is None or event.kind in _TO_AGENTS:
        yield Alarm("mail.refused", f"{what}: {event.code} {event.reply}", told=event.kind is MailKind.ALARM)
        scene.trace.conclude("sending.alarm", f"{what} did not leave: only the admin can help")
        return
    verdict = "may or may not have arrived" if event.uncertain else f"was refused: {event.code} {event.reply}"
    yield AddArticle(ticket.number, ArticleKind.DELIVERY, "mailhelp", f"{what} {verdict}", internal=True)
    permanent = 500 <= event.code < 600 and not event.uncertain
    reply = f"{event.code} {event.reply}".strip()
    failed = Failed(event.slot, event.recipient, event.kind, reply, True, permanent, event.uncertain)
    yield from _consequences(scene, ticket, failed)
    scene.trace.conclude("sending.uncertain" if event.uncertain else "sending.refused", f"{what} {verdict}")


def _consequences(scene: Scene, ticket: Ticket, failed: Failed) -> Iterator[Effect]:
    """Remember who cannot be reached; an answer that failed is told to agents, a notice that failed to the admin.

    A notice about a failed notice would be a loop, so there is none.
    """
    if failed.permanent and ticket.participant(failed.slot):
        yield SetReachable(ticket.number, failed.slot, reachable=False, reason=failed.reply)
    if not failed.final:
        return
    if failed.kind in _TO_AGENTS:
        text = f"Our {failed.kind.value} to {failed.recipient} failed: {failed.reply}"
        yield Alarm("agent.unreachable", text, told=failed.kind is MailKind.ALARM)
    elif failed.kind is MailKind.ANSWER:
        notice = context.failure(scene, ticket, failed.recipient, failed.reply, "", uncertain=failed.uncertain)
        yield from notify.tell(scene, ticket, notice)


def _line(one: FailedRecipient, recipient: str) -> str:
    parts = (f"{one.addr or recipient}: {one.action.value}", one.status, one.diagnostic)
    return " ".join(part for part in parts if part)
