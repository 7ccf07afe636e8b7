"""Rules on a live desk: what they may look at, and what is done about what they want.

New reports are opened with it (`desk.report`); replies, agents' mails and due times change a ticket that exists
(`on`). Whatever is sent goes through the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk import because, context, notify, targets
from mailhelp.desk.category import defaults
from mailhelp.desk.effect import AddArticle, AddParticipant, Assign, Effect, SendMail, SetState, Tag
from mailhelp.desk.lacking import MISSING
from mailhelp.desk.memory import facts_seen
from mailhelp.desk.model import ArticleKind, CloseReason, MailKind, Participant, Role, State, Ticket
from mailhelp.desk.notify import Notice
from mailhelp.desk.policy import Agent
from mailhelp.desk.rule import LEAST_LOADED, ROUND_ROBIN, Facts, Outcome, RuleRun, run
from mailhelp.desk.scene import Mail, Scene
from mailhelp.mail.message import Address


def judged(scene: Scene, event: str, fields: Mapping[str, str], ticket: Ticket | None = None) -> RuleRun:
    """Run the rules over what is known at this moment, and trace why each fired or did not."""
    done = run(scene.policy.rules, facts(scene, event, fields, ticket))
    if ticket:
        scene.trace.data["seen"] = facts_seen(done.facts)
    scene.trace.data["rules"] = [{"name": one.name, "fired": one.fired, "why": one.why} for one in done.traces]
    return done


def facts(scene: Scene, event: str, fields: Mapping[str, str], ticket: Ticket | None = None) -> Facts:
    """What rules may look at: of a new report its own fields, else those of its ticket as it stood before."""
    return Facts(
        event=event,
        fields=fields,
        queue=ticket.queue if ticket else scene.policy.team.default_queue,
        state=ticket.state.value if ticket else State.NEW.value,
        priority=ticket.priority if ticket else "normal",
        tags=ticket.tags if ticket else frozenset(),
        category=ticket.category if ticket else fields.get("category", ""),
        subcategory=ticket.subcategory if ticket else fields.get("subcategory", ""),
        user_type=ticket.user_type if ticket else fields.get("user_type", ""),
        local_time=scene.now.astimezone(ZoneInfo(scene.policy.desk.timezone)),
        office_hours=scene.policy.time.calendar.is_open(scene.now),
        open_reports=scene.case.open_reports,
        known_sender=scene.case.known_sender,
        **_told(scene, ticket),
    )


def _told(scene: Scene, ticket: Ticket | None) -> dict[str, Any]:
    """What the mail says, where one came; else what its ticket keeps of it."""
    language = ticket.language if ticket else ""
    if not isinstance(scene, Mail):
        return {"language": language, "subject": ticket.subject if ticket else ""}
    message = scene.message
    return {
        "text": message.new_text or message.text,
        "subject": message.subject,
        "sender": scene.sender,
        "recipients": tuple(address.addr for address in (*message.to, *message.cc)),
        "headers": dict(reversed(message.headers)),
        "attachments": message.attachments,
        "language": message.language or language,
    }


def owner(scene: Scene, wanted: str, queue: str) -> str:
    """The owner a rule names, or one of the queue's present agents in turn or by load; empty where there is none."""
    team = scene.policy.team
    if wanted not in {ROUND_ROBIN, LEAST_LOADED}:
        return wanted if wanted in team.agents else ""
    names = [name for name in team.queues[queue].agents if team.agents[name].present(scene.today)]
    if not names:
        return ""
    if wanted == ROUND_ROBIN:
        return names[scene.case.round_robin.get(queue, 0) % len(names)]
    return min(names, key=lambda name: scene.case.load.get(name, 0))


# --- a report that is being opened


def tags(outcome: Outcome) -> frozenset[str]:
    """The tags of a new report: those a rule gives, its target, and the fields to ask for."""
    target = {targets.TAG + outcome.target} if outcome.target else set()
    return outcome.add_tags | target | {MISSING + name for name in outcome.ask}


def resolved(ticket: Ticket, template: str, outcome: Outcome, sent: Iterable[Effect]) -> Iterator[Effect]:
    """An answer resolves a report only when it was really sent, and was that answer."""
    answer = outcome.answer
    if answer and answer.resolve and template == answer.template and any(isinstance(one, SendMail) for one in sent):
        yield SetState(ticket.number, State.RESOLVED, f"rule {outcome.set_by.get('answer', '')} answered it")


def closed(ticket: Ticket, outcome: Outcome) -> Iterator[Effect]:
    """A rule may close a report right away; it is opened all the same, so that it has a number and its mails."""
    if outcome.state is State.CLOSED:
        yield SetState(ticket.number, State.CLOSED, _by(outcome, "state"), CloseReason.ANSWERED)


def articles(scene: Scene, ticket: Ticket, outcome: Outcome) -> list[str]:
    """The help pages for this report: those that rules link, and that of its category."""
    usual = defaults(ticket.category, ticket.subcategory, scene.policy.categories).article
    return list(dict.fromkeys((*outcome.articles, *((usual,) if usual else ()))))


def told(scene: Scene, ticket: Ticket, notice: Notice, done: RuleRun) -> Notice:
    """The notice with what concerns rules: why, in the notice's language, help pages, canned answers that fit."""
    fitting = defaults(ticket.category, ticket.subcategory, scene.policy.categories).answers
    more = {
        "why": because.why(done, scene.policy.desk.language),
        "articles": articles(scene, ticket, done.outcome),
        "answers": list(fitting),
    }
    return replace(notice, context={**notice.context, **more})


# --- a ticket that exists


@dataclass(frozen=True, slots=True)
class Acted:
    """What rules did on a ticket: the effects in order, and the ticket as it stands after them."""

    ticket: Ticket
    run: RuleRun
    effects: tuple[Effect, ...] = ()


def on(scene: Scene, ticket: Ticket, event: str, person: Participant | None = None) -> Acted:
    """Run the rules for a reply, an agent's mail or a due time, and do what they want.

    `person` is answered where a rule answers (default: the requester).
    """
    done = judged(scene, event, {name: value.value for name, value in ticket.fields.items()}, ticket)
    after = _after(scene, ticket, done.outcome)
    effects = (*_changes(ticket, after, done.outcome), *_answer(scene, after, done.outcome, person))
    state = next((one.state for one in reversed(effects) if isinstance(one, SetState)), after.state)
    return Acted(replace(after, state=state), done, effects)


def on_agent(mail: Mail, ticket: Ticket, agent: Agent) -> Iterator[Effect]:
    """Run the rules for an agent's mail; an agent who comes new to the ticket has taken the next place already."""
    yield from on(mail, _seated(ticket, [agent]), "agent").effects


def on_timer(scene: Scene, ticket: Ticket) -> Iterator[Effect]:
    """Run the rules for a due time of which those responsible have just been told."""
    yield from on(scene, _seated(ticket, notify.responsible(scene, ticket)), "timer").effects


def _seated(ticket: Ticket, agents: Sequence[Agent]) -> Ticket:
    """The ticket with the places that these agents have got already."""
    new = tuple(person for person, is_new in notify.seats(ticket, agents) if is_new)
    return replace(ticket, participants=ticket.participants + new)


def _after(scene: Scene, ticket: Ticket, want: Outcome) -> Ticket:
    """The ticket as the rules want it, without what is sent."""
    queue = want.queue if want.queue in scene.policy.team.queues else ticket.queue
    kept = {tag for tag in ticket.tags if not (want.target and tag.startswith(targets.TAG))}
    slot = max((one.slot for one in ticket.participants), default=0)
    new = [addr for addr in want.copy_to if ticket.find(addr) is None]
    copies = tuple(Participant(slot + number, Role.COPY, Address(addr)) for number, addr in enumerate(new, start=1))
    return replace(
        ticket,
        queue=queue or ticket.queue,
        owner=(owner(scene, want.owner, queue or ticket.queue) if want.owner else "") or ticket.owner,
        priority=want.priority or ticket.priority,
        category=want.category or ticket.category,
        subcategory=want.subcategory or ("" if want.category else ticket.subcategory),
        tags=frozenset(kept | tags(want)) - want.remove_tags,
        state=want.state or ticket.state,
        participants=ticket.participants + copies,
    )


def _changes(before: Ticket, after: Ticket, want: Outcome) -> Iterator[Effect]:
    number = before.number
    names = ("owner", "queue", "priority", "category", "subcategory")
    changed = {name: getattr(after, name) for name in names if getattr(after, name) != getattr(before, name)}
    if changed:
        yield Assign(number, **changed, reason=_by(want, *changed))
    if after.tags != before.tags:
        yield Tag(number, after.tags - before.tags, before.tags - after.tags)
    for note in want.notes:
        yield AddArticle(number, ArticleKind.NOTE, "rules", note, internal=True)
    for person in after.participants[len(before.participants) :]:
        yield AddParticipant(number, person.slot, person.role, person.address)
    if want.state:  # also where it stays: a reply or an answer has moved it by itself
        close = CloseReason.ANSWERED if after.state is State.CLOSED else None
        yield SetState(number, after.state, _by(want, "state"), close)


def _by(want: Outcome, *things: str) -> str:
    names = dict.fromkeys(want.set_by[thing] for thing in things if thing in want.set_by)
    return f"rule {', '.join(names)}"


def _answer(scene: Scene, ticket: Ticket, want: Outcome, person: Participant | None) -> Iterator[Effect]:
    """A canned answer: to a mail as its acknowledgement, at other times as a message of its own."""
    to = person if person and person.role is not Role.AGENT else ticket.requester
    if want.answer is None or to is None:
        return
    message = scene.message if isinstance(scene, Mail) and to is person else None
    sending = SendMail(
        MailKind.ACKNOWLEDGEMENT if message else MailKind.STATUS,
        want.answer.template,
        to.address,
        ticket.language,
        {**_shown(scene, ticket, to), "articles": articles(scene, ticket, want)},
        ticket.number,
        to.slot,
        to.role,
        **notify.threaded(to, message.message_id if message else ""),
    )
    sent = tuple(scene.automatic(sending, message))
    yield from sent
    yield from resolved(ticket, want.answer.template, want, sent)


def _shown(scene: Scene, ticket: Ticket, to: Participant) -> context.Context:
    known = context.common(scene, ticket, to.address, ticket.language)
    return {**known, "understood": list(context.rows(scene, ticket.fields, ticket.language))}
