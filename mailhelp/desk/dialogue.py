"""The dialogue about data: a report that lacks some waits; replies are read, and only what still lacks is asked again.

A report that waits is not told to agents: they get it when it is complete, when the rounds are over, or at once when
its requester answers in words instead of data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailhelp.desk import answers, ask, context, notify, retold, ruleact
from mailhelp.desk.category import defaults
from mailhelp.desk.effect import Ask, Assign, Effect, SendMail, SetFields, SetState, Tag
from mailhelp.desk.fold import key
from mailhelp.desk.formcheck import Finding
from mailhelp.desk.formfield import Reading
from mailhelp.desk.lacking import MISSING, Problems, asked, asked_by_rules, lacking, names
from mailhelp.desk.model import (
    Asked,
    Authority,
    End,
    MailKind,
    Participant,
    Proof,
    ProofKind,
    State,
    Ticket,
)
from mailhelp.desk.scene import Mail

KIND = ("category", "subcategory", "user_type")
"""Fields that a ticket has as columns, too."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply in the dialogue: the ticket with what it gave, and what still lacks."""

    mail: Mail
    before: Ticket
    ticket: Ticket
    person: Participant
    given: answers.Given
    lacks: tuple[Finding, ...]

    @property
    def files_only(self) -> bool:
        """Whether the reply holds nothing but files."""
        return bool(self.mail.files.taken) and not self.given.typed

    @property
    def tried(self) -> bool:
        """Whether the reply gives data, be it wrong; words alone are for a person to read."""
        return bool(self.given.fields or self.given.problems or self.files_only)


def waits(ticket: Ticket) -> bool:
    """Whether a ticket waits for data that its requester was asked for."""
    return ticket.state is State.PENDING and bool(ticket.asked)


def opening(
    mail: Mail, ticket: Ticket, problems: Problems = (), mentioned: int | str = ""
) -> tuple[Effect, ...] | None:
    """Ask for what a new report lacks; its number is told with it. None where nothing lacks or nobody is to be asked.

    `problems` are what could not be used of the mail. Where the gate lets nothing through, there is no question among
    the effects (`is_asked`).
    """
    lacks = lacking(ticket, mail.policy, mail.now, problems)
    if not lacks or not mail.policy.limits.data_rounds:
        return None
    return tuple(_asked(mail, ticket, ticket.participants[0], ask.Request(lacks, first=True, mentioned=mentioned)))


def is_asked(effects: tuple[Effect, ...] | None) -> bool:
    """Whether these effects ask the requester."""
    return any(isinstance(effect, Ask) for effect in effects or ())


def continued(mail: Mail, reading: Reading) -> tuple[Ticket, Proof] | None:
    """The waiting report that a new mail of its requester answers: people often send the whole form again.

    It must give something that was asked for and contradict nothing that stands; and the border must vouch for the
    sender, or the admin accept mail without that (design §7).
    """
    if not (mail.message.authentication.passed or mail.policy.security.accept_unauthenticated):
        return None
    for one in mail.case.recent:
        person = one.ticket.requester
        if waits(one.ticket) and person and _gives(reading, one.ticket):
            reason = f"a new mail of the requester gives what report {one.ticket.number} waits for"
            return one.ticket, Proof(ProofKind.NONE, Authority.PARTICIPANT, "data.continued", reason, person.slot)
    return None


def _gives(reading: Reading, ticket: Ticket) -> bool:
    read = {name: value.value for name, value in reading.fields.items() if value.how != "keyword"}
    other = (name for name in read if name in ticket.fields and name not in {"details", "subject"})
    if any(key(read[name]) != key(ticket.fields[name].value) for name in other if name not in ticket.asked[-1].fields):
        return False
    return any(name in read for name in ticket.asked[-1].fields)


def answered(mail: Mail, ticket: Ticket, person: Participant) -> Iterator[Effect]:
    """A reply on a ticket that waits for data; it is filed already."""
    turn = _turn(mail, ticket, person)
    if turn.given.fields:
        yield SetFields(ticket.number, turn.given.fields)
    yield from _assigned(turn)
    if turn.lacks and turn.tried and _rounds(ticket) < mail.policy.limits.data_rounds:
        request = ask.Request(turn.lacks, again=not turn.files_only, files_only=turn.files_only)
        again = tuple(_asked(mail, turn.ticket, person, request))
        yield from again
        if is_asked(again):
            reason = f"a reply; asked again for: {', '.join(request.names)}"
            yield from mail.end(End.ARTICLE, "reply.data.more", reason, ticket.number)
            return
    yield from _settled(turn)


def _turn(mail: Mail, ticket: Ticket, person: Participant) -> Turn:
    last = ticket.asked[-1].fields
    given = answers.given(mail, ticket, frozenset(last))
    fields = {**ticket.fields, **given.fields}
    category, subcategory, user_type = (
        fields[name].value if name in fields else getattr(ticket, name) for name in KIND
    )
    after = replace(ticket, fields=fields, category=category, subcategory=subcategory, user_type=user_type)
    lacks = lacking(after, mail.policy, mail.now, given.problems)
    by_agent = {name for one in _since_agent(ticket) if one.by for name in one.fields}
    wanted = by_agent.intersection(last) - set(names(lacks)) - set(given.fields)
    more = (asked(item) for item in mail.policy.form.fields if item.name in wanted)
    trace = {"given": sorted(given.fields), "lacking": sorted(names(lacks)), "round": _rounds(ticket)}
    mail.trace.data["data"] = trace
    return Turn(mail, ticket, after, person, given, (*lacks, *more))


def _rounds(ticket: Ticket) -> int:
    """How often was asked, from the last question of an agent on."""
    return len(_since_agent(ticket))


def _since_agent(ticket: Ticket) -> tuple[Asked, ...]:
    """The questions from the last one of an agent on; all where there is none."""
    first = max((at for at, one in enumerate(ticket.asked) if one.by), default=0)
    return ticket.asked[first:]


def _asked(mail: Mail, ticket: Ticket, person: Participant, request: ask.Request) -> Iterator[Effect]:
    sending = ask.mail_of(mail, ticket, person, request, MailKind.ACKNOWLEDGEMENT)
    for effect in mail.automatic(sending, mail.message):
        yield effect
        if effect is sending:
            yield Ask(ticket.number, request.names)


def _assigned(turn: Turn) -> Iterator[Effect]:
    """Category and the like as the reply has them."""
    yield from _changed(turn.before, turn.ticket, "the requester's answer")


def _changed(before: Ticket, after: Ticket, reason: str) -> Iterator[Effect]:
    columns = (*KIND, "queue", "priority")
    changed = {name: getattr(after, name) for name in columns if getattr(after, name) != getattr(before, name)}
    if changed:
        yield Assign(after.number, **changed, reason=reason)


def _settled(turn: Turn) -> Iterator[Effect]:
    """Nothing more is asked: the ticket goes on to its queue, agents get it, the requester is told."""
    mail, known = turn.mail, notify.knows(turn.ticket)
    ticket = replace(turn.ticket, state=State.OPEN if known else State.NEW)
    yield SetState(ticket.number, ticket.state, _why(turn))
    gone = frozenset(MISSING + name for name in asked_by_rules(ticket) if name in ticket.fields)
    if gone:
        yield Tag(ticket.number, remove=gone)
    ticket = replace(ticket, tags=ticket.tags - gone)
    if not known:
        routed = _routed(mail, ticket)
        yield from _changed(ticket, routed, f"category {ticket.category or 'unsorted'}")
        ticket = routed
    acted = ruleact.on(retold.whole(mail, ticket), ticket, "replied" if known else "arrived", turn.person)
    yield from acted.effects
    notice = retold.notice(mail, acted.ticket, turn.person, turn.lacks, known=known)
    yield from notify.tell(mail, acted.ticket, ruleact.told(mail, acted.ticket, notice, acted.run))
    if not any(isinstance(effect, SendMail) for effect in acted.effects):
        yield from mail.automatic(_complete(turn, acted.ticket), mail.message)
    code = "reply.data.agent" if turn.lacks else "reply.data.complete"
    yield from mail.end(End.ARTICLE, code, f"a reply: {_why(turn)}", ticket.number)


def _routed(mail: Mail, ticket: Ticket) -> Ticket:
    """The ticket where its category belongs."""
    usual = defaults(ticket.category, ticket.subcategory, mail.policy.categories)
    queue = usual.queue if usual.queue in mail.policy.team.queues else ticket.queue
    return replace(ticket, queue=queue, priority=usual.priority or ticket.priority)


def _complete(turn: Turn, ticket: Ticket) -> SendMail:
    """What the requester is told in the end; `items` are what agents will have to ask for themselves."""
    mail, person = turn.mail, turn.person
    # The clock stood still from our first question on: what had run before it is all that is gone.
    started = mail.now - (ticket.asked[0].at - ticket.opened_at)
    shown = context.acknowledgement(mail, replace(ticket, opened_at=started), person.address)
    return SendMail(
        MailKind.ACKNOWLEDGEMENT,
        "data_complete",
        person.address,
        ticket.language,
        {**shown, "items": ask.rows(mail, ticket, turn.lacks)},
        ticket.number,
        person.slot,
        person.role,
        **notify.threaded(person, mail.message.message_id),
    )


def _why(turn: Turn) -> str:
    if not turn.lacks:
        return "the data is complete"
    return f"an agent decides; still missing or wrong: {', '.join(names(turn.lacks))}"
