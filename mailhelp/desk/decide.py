"""The one pure function: what to do about an event, and why (design §3, §4).

The order for an arriving message is fixed here and cannot be configured: own loop, duplicate, delivery report,
disposition report, other automatic mail, person. Only then do rules run.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import assert_never

from mailhelp.desk import (
    agentmail,
    alarms,
    comeback,
    confirm,
    dialogue,
    digest,
    duplicate,
    failure,
    machine,
    quarantine,
    reply,
    report,
    timing,
    wakeup,
)
from mailhelp.desk.authority import weigh
from mailhelp.desk.commands import behalf, links
from mailhelp.desk.commands.absence import with_absences
from mailhelp.desk.effect import Decision, Effect
from mailhelp.desk.event import AlarmsDue, Arrived, DigestDue, Event, SendingFailed, TimerDue, Unreadable
from mailhelp.desk.model import Authority, Case, Proof, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.scene import Mail, Scene, Trace
from mailhelp.mail.message import Kind
from mailhelp.mail.thread import Evidence


def decide(case: Case, event: Event, now: datetime, policy: Policy, evidence: Evidence | None = None) -> Decision:
    """What to do about `event` at `now` (aware UTC). `evidence` is that of an arriving message.

    Pure: the same arguments give the same decision, and nothing is changed.
    """
    trace = Trace()
    policy = with_absences(policy, case.away)
    scene = Scene(case, now, policy, trace)
    match event:
        case Arrived():
            trace.message(event.message)
            proof = evidence or Evidence()
            mail = Mail(case, now, policy, trace, event.arrival, event.message, proof, event.confirmed, event.prepared)
            effects = tuple(arrived(mail))
        case Unreadable():
            trace.data["kind"] = "unreadable"
            effects = tuple(quarantine.unreadable(scene, event))
        case SendingFailed():
            trace.data["kind"] = "sending-failed"
            effects = tuple(failure.refused(scene, event))
        case TimerDue():
            trace.data["kind"] = "timer"
            effects = tuple(wakeup.woken(scene, event))
        case DigestDue():
            trace.data["kind"] = "digest"
            effects = tuple(digest.morning(scene, event))
        case AlarmsDue():
            trace.data["kind"] = "alarms"
            effects = tuple(alarms.watched(scene, event))
        case _:
            assert_never(event)
    effects = tuple(timing.followed(scene, effects))
    return Decision(effects, trace.code, trace.reason, trace.data)


def arrived(mail: Mail) -> Iterator[Effect]:
    """What an arriving message does, in the order of design §3."""
    kind = mail.message.kind
    if kind is Kind.OWN:
        return machine.own(mail)
    if mail.case.duplicate_of is not None and not mail.confirmed:
        return machine.duplicate(mail)
    if kind is Kind.DELIVERY_REPORT:
        return failure.reported(mail)
    if kind is Kind.DISPOSITION_REPORT:
        return machine.disposition(mail)
    if kind is Kind.AUTOMATIC:
        return machine.automatic(mail)
    return person(mail)


def person(mail: Mail) -> Iterator[Effect]:
    """What a person's mail does, also one that came through a list (which is never answered automatically)."""
    if confirm.is_answer(mail) and (effects := confirm.answered(mail)) is not None:
        return effects
    ticket, proof = weigh(mail.evidence, mail.message, mail.case, mail.policy, mail.now, confirmed=mail.confirmed)
    mail.trace.thread(ticket, proof, mail.evidence)
    known = ticket is not None and proof.authority is not Authority.STRANGER
    if behalf.is_new_mail(mail, has_ticket=known):
        return behalf.worked(mail)
    if ticket and proof.authority is Authority.AGENT:
        return chain(confirm.superseded(mail), agentmail.worked(mail, ticket))
    if ticket and proof.authority is Authority.PARTICIPANT:
        return reply.replied(mail, *links.followed(mail, ticket, proof))
    if ticket and proof.authority is Authority.HOLD:
        return confirm.held(mail, ticket, proof)
    return stranger(mail, ticket, proof)


def stranger(mail: Mail, mentioned: Ticket | None, proof: Proof) -> Iterator[Effect]:
    """Anybody may open a report. What is answered does not tell whether the report that was named exists."""
    requester = mail.message.sender.address
    if requester is None:
        return quarantine.no_sender(mail)
    names_one = bool(mail.evidence.numbers or mail.evidence.claims or mail.evidence.refusals)
    if not names_one and (told := comeback.of_recent(mail)) is not None:
        return told
    reading = report.read(mail)
    if continued := dialogue.continued(mail, reading):
        return reply.replied(mail, *continued)
    if not names_one and (first := duplicate.of(mail, reading)):
        return duplicate.joined(mail, requester, first.ticket)
    opening = report.Opening(
        mentioned=mentioned,
        template="new_report_instead" if names_one else "acknowledgement",
        code=f"report.{proof.code}" if names_one else "report",
        reason=f"a new report: {proof.reason}",
    )
    return report.opened(mail, requester, opening, reading)
