"""A new report: what it says, what the rules want done with it, who is told, what its sender is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mailhelp.desk import context, dialogue, notify, ruleact, words
from mailhelp.desk.article import filed
from mailhelp.desk.effect import (
    AddArticle,
    AddParticipant,
    Assign,
    Effect,
    Link,
    OpenTicket,
    SendMail,
    SetFields,
    SetState,
    Tag,
)
from mailhelp.desk.form import Reading
from mailhelp.desk.formcheck import has_story
from mailhelp.desk.model import (
    ArticleKind,
    CloseReason,
    End,
    FieldValue,
    MailKind,
    Participant,
    Role,
    State,
    Ticket,
)
from mailhelp.desk.policy import Category, Subcategory
from mailhelp.desk.prepared import report_reading
from mailhelp.desk.rule import Outcome, RuleRun
from mailhelp.desk.scene import Mail
from mailhelp.mail.message import Address

_OWN_WORDS = frozenset({"subject", "details"})
"""Fields that are each report's own."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a report is opened: `earlier` is the closed report it follows, `mentioned` one that it only names.

    `template` is what its sender is answered with where no rule says otherwise.
    """

    earlier: Ticket | None = None
    mentioned: Ticket | None = None
    template: str = "acknowledgement"
    code: str = "report"
    reason: str = "a new report"


@dataclass(frozen=True, slots=True)
class _Report:
    """A report while it is opened: the ticket as it will stand, what was read, what the rules want."""

    ticket: Ticket
    reading: Reading
    rules: RuleRun

    @property
    def outcome(self) -> Outcome:
        """What the rules want."""
        return self.rules.outcome


def read(mail: Mail) -> Reading:
    """The fields of a mail; they are traced."""
    reading = report_reading(mail.message, mail.policy, mail.prepared)
    mail.trace.fields(reading.fields)
    return reading


def opened(mail: Mail, requester: Address, opening: Opening, reading: Reading | None = None) -> Iterator[Effect]:
    """Open a report, tell the agents, answer the sender (through the gate)."""
    new = _judge(mail, requester, opening, reading or read(mail))
    asked = _data_request(mail, new, opening)
    if dialogue.is_asked(asked):
        new = _waiting(new)
    yield from _opened(mail, new, requester)
    yield from _links(new.ticket.number, opening)
    if new.outcome.spam:
        yield SetState(new.ticket.number, State.CLOSED, "a rule says spam", CloseReason.SPAM)
    elif asked is not None and dialogue.is_asked(asked):
        yield from asked
    else:
        yield from _announced(mail, new, opening)
        yield from _answered(mail, new, opening) if asked is None else asked
        yield from ruleact.closed(new.ticket, new.outcome)
    yield from mail.end(End.ARTICLE, opening.code, opening.reason, new.ticket.number)


def _data_request(mail: Mail, new: _Report, opening: Opening) -> tuple[Effect, ...] | None:
    """The question for what the report lacks: in place of the acknowledgement, unless a rule has its own answer."""
    outcome = new.outcome
    if outcome.spam or outcome.answer or outcome.acknowledge is False:
        return None
    return dialogue.opening(mail, new.ticket, new.reading.problems, _named(mail, opening))


def _waiting(new: _Report) -> _Report:
    """The report while it waits: nobody is given it, and what rules want more is done when it goes on."""
    rules, want = new.rules, new.outcome
    if want.owner or want.notes or want.copy_to:
        rules = replace(rules, outcome=replace(want, owner=None, notes=(), copy_to=()))
    return _Report(replace(new.ticket, state=State.PENDING, owner=""), new.reading, rules)


def _named(mail: Mail, opening: Opening) -> int | str:
    """The number that the sender named, whether or not there is such a report."""
    if opening.template == "acknowledgement":
        return ""
    return opening.earlier.number if opening.earlier else next(iter(mail.evidence.numbers), "")


def _known(mail: Mail, opening: Opening, reading: Reading) -> Mapping[str, FieldValue]:
    """The fields: what the closed report that this one follows had already is not asked again.

    A story told outside of any field is the report's `details`.
    """
    earlier = opening.earlier.fields if opening.earlier else {}
    fields = {**{name: value for name, value in earlier.items() if name not in _OWN_WORDS}, **reading.fields}
    if "details" not in fields and mail.policy.form.field("details") and has_story(reading.rest):
        fields["details"] = FieldValue(reading.rest, "text")
    return fields


def _judge(mail: Mail, requester: Address, opening: Opening, reading: Reading) -> _Report:
    fields = _known(mail, opening, reading)
    values = {name: value.value for name, value in fields.items()}
    done = ruleact.judged(mail, "arrived", values)
    outcome = done.outcome
    category, subcategory = _kind(mail, values, outcome, opening.earlier)
    queue = _first(outcome.queue, subcategory.queue, category.queue, opening.earlier.queue if opening.earlier else None)
    if queue not in mail.policy.team.queues:
        queue = mail.policy.team.default_queue
    ticket = Ticket(
        id=0,
        number=mail.case.next_number,
        state=State.NEW if outcome.state in {None, State.CLOSED} else outcome.state,
        subject=words.clean_subject(mail.message.subject, mail.policy.desk.language),
        queue=queue,
        opened_at=mail.arrival.arrived_at,
        changed_at=mail.now,
        owner=ruleact.owner(mail, outcome.owner or "", queue),
        category=category.name,
        subcategory=subcategory.name,
        user_type=values.get("user_type", ""),
        priority=_first(outcome.priority, subcategory.priority, category.priority) or "normal",
        language=mail.message.language or mail.policy.desk.language,
        tags=ruleact.tags(outcome),
        fields=fields,
        participants=(Participant(1, Role.REQUESTER, requester, mail.message.message_id, mail.message.message_id),),
    )
    return _Report(ticket, reading, done)


def _kind(
    mail: Mail, values: Mapping[str, str], outcome: Outcome, earlier: Ticket | None
) -> tuple[Category, Subcategory]:
    """Category and subcategory: a rule's, else what was read, else that of the report it follows."""
    name, below = outcome.category or values.get("category", ""), outcome.subcategory or values.get("subcategory", "")
    if not name and earlier:
        name, below = earlier.category, earlier.subcategory
    category = mail.policy.categories.get(name) or Category(name)
    return category, category.subcategories.get(below) or Subcategory(below)


def _opened(mail: Mail, new: _Report, requester: Address) -> Iterator[Effect]:
    ticket = new.ticket
    yield OpenTicket(
        ticket.number,
        ticket.subject,
        requester,
        ticket.queue,
        ticket.state,
        ticket.category,
        ticket.subcategory,
        ticket.user_type,
        ticket.priority,
        ticket.language,
        ticket.opened_at,
    )
    yield filed(mail, ticket.number, ArticleKind.REPORT, slot=1)
    if ticket.fields:
        yield SetFields(ticket.number, ticket.fields)
    if ticket.tags:
        yield Tag(ticket.number, add=ticket.tags)
    if ticket.owner:
        yield Assign(ticket.number, owner=ticket.owner, reason=_why_owner(new.outcome))
    for note in new.outcome.notes:
        yield AddArticle(ticket.number, ArticleKind.NOTE, "rules", note, internal=True)
    for slot, addr in enumerate(new.outcome.copy_to, start=2):
        yield AddParticipant(ticket.number, slot, Role.COPY, Address(addr))


def _why_owner(outcome: Outcome) -> str:
    return f"rule {outcome.set_by.get('owner', '')}: {outcome.owner}"


def _links(number: int, opening: Opening) -> Iterator[Effect]:
    """Links are seen by agents only: whether a report with some number exists is nobody else's business."""
    if opening.earlier:
        yield Link(number, opening.earlier.number, "follow-up")
    if opening.mentioned:
        yield Link(number, opening.mentioned.number, "mentions")


def _announced(mail: Mail, new: _Report, opening: Opening) -> Iterator[Effect]:
    """The notice to the owner, or to each present agent of the queue."""
    copies = tuple(
        Participant(slot, Role.COPY, Address(addr)) for slot, addr in enumerate(new.outcome.copy_to, start=2)
    )
    ticket = replace(new.ticket, participants=new.ticket.participants + copies)
    notice = context.notice(mail, ticket, opening.earlier or opening.mentioned)
    yield from notify.tell(mail, ticket, ruleact.told(mail, ticket, notice, new.rules))


def _answered(mail: Mail, new: _Report, opening: Opening) -> Iterator[Effect]:
    """The acknowledgement: to the sender alone, never to Reply-To, and without a word of the mail."""
    if new.outcome.acknowledge is False and not new.outcome.answer:
        mail.trace.data["gate"].append({"ok": False, "code": "rule.acknowledge", "reason": "a rule says so"})
        return
    ticket, kind = new.ticket, _template(mail, new, opening)
    requester = ticket.participants[0]
    named = opening.earlier.number if opening.earlier else next(iter(mail.evidence.numbers), "")
    links = ruleact.articles(mail, ticket, new.outcome)
    shown = {**context.acknowledgement(mail, ticket, requester.address, named), "articles": links}
    sending = SendMail(
        MailKind.ACKNOWLEDGEMENT,
        kind,
        requester.address,
        ticket.language,
        shown,
        ticket.number,
        requester.slot,
        **notify.threaded(requester),
    )
    sent = tuple(mail.automatic(sending, mail.message))
    yield from sent
    yield from ruleact.resolved(ticket, kind, new.outcome, sent)


def _template(mail: Mail, new: _Report, opening: Opening) -> str:
    """The template of the answer: the mail's size and threading come before what rules and categories wish."""
    if mail.message.truncated:
        return "too_large"
    if opening.template != "acknowledgement":
        return opening.template
    if new.outcome.answer:
        return new.outcome.answer.template
    category = mail.policy.categories.get(new.ticket.category, Category(""))
    below = category.subcategories.get(new.ticket.subcategory, Subcategory(""))
    return _first(new.outcome.template, below.template, category.template) or opening.template


def _first(*texts: str | None) -> str:
    return next((text for text in texts if text), "")


def sure(fields: Mapping[str, FieldValue], enough: float = 0.8) -> frozenset[str]:
    """The names of the fields that were read with sureness."""
    return frozenset(name for name, value in fields.items() if value.sure >= enough and value.value.strip())
