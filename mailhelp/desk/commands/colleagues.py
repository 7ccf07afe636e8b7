"""Agents who do not step on each other: what changed since a mail was read, and what the others are told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, dates, notify, words
from mailhelp.desk.commands import say, shown
from mailhelp.desk.commands.job import Job
from mailhelp.desk.effect import Alarm, Effect, SendMail
from mailhelp.desk.label import label
from mailhelp.desk.model import ArticleKind, End, MailKind, Participant, Role, Ticket
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Mail
from mailhelp.desk.wording import Wording
from mailhelp.desk.workcase import Change, Told, Work
from mailhelp.mail.message import Address

CHANGED = "changed: "
"""What the reason of a mail begins with that is held because the ticket changed; a `no` to it raises no alarm."""

CONFIRMING = "dangerous: "
"""The same for a command that is asked about before it is carried out."""

DOUBTFUL = "doubtful: "
"""The same for an answer of which it is not sure what belongs to it."""

_WATCHED = frozenset({"state", "owner"})


@dataclass(frozen=True, slots=True)
class News:
    """What happened on a ticket that the agent may not have seen; oldest first."""

    articles: tuple[Told, ...] = ()
    changes: tuple[Change, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.articles or self.changes)


def news(mail: Mail, ticket: Ticket, agent: Agent) -> News:
    """What happened since the mail that the agent replies to, and what a colleague answered a moment ago.

    Where that mail is not known, only the window of the configuration counts. The agent's own doings are no news.
    """
    work = mail.case.work or Work()
    seen = work.seen_at
    window = mail.now - mail.policy.work.collision_window
    since = seen or window
    articles = tuple(one for one in work.articles.get(ticket.number, ()) if _is_news(one, agent, since))
    changes = tuple(
        one
        for one in reversed(work.changes.get(ticket.number, ()))
        if seen and one.at > seen and one.what in _WATCHED and one.agent != agent.name and one.after
    )
    return News(articles, changes)


def _is_news(one: Told, agent: Agent, since: datetime) -> bool:
    if one.at <= since or one.author.lower() in agent.addresses:
        return False
    return one.kind in {ArticleKind.REPLY, ArticleKind.ANSWER}


def held(mail: Mail, ticket: Ticket, agent: Agent, found: News, text: str) -> Iterator[Effect]:
    """The answer waits, and goes back with what changed; `kirim` sends it."""
    shown_there = {"news": _rows(mail, found), "text": text}
    yield from _asked(mail, ticket, agent, "held_changed", shown_there)
    reason = f"{CHANGED}{agent.name}'s answer waits, because something happened that {agent.name} may not have seen"
    yield from mail.end(End.HELD, "answer.held.changed", reason, ticket.number)


def doubtful(mail: Mail, ticket: Ticket, agent: Agent, said: Wording) -> Iterator[Effect]:
    """The answer waits, and the agent sees what would be sent, and what happened meanwhile; `kirim` sends just that."""
    more = {"code": said.doubt, "line": words.mask(said.line), "text": said.text, "sendable": True}
    yield from _asked(mail, ticket, agent, "held_back", {**more, "news": _rows(mail, news(mail, ticket, agent))})
    reason = f"{DOUBTFUL}{agent.name} is asked whether the text shown is what the requester is to get ({said.doubt})"
    yield from mail.end(End.HELD, f"answer.held.{said.doubt}", reason, ticket.number)


def _rows(mail: Mail, found: News) -> list[dict[str, str]]:
    """What happened, for the agent to read."""
    language, zone = mail.policy.desk.language, mail.policy.desk.timezone
    articles = [
        {
            "what": say.word(f"article.{one.kind.value}", language),
            "author": one.author,
            "at": dates.near(one.at, mail.now, zone, language),
            "text": words.mask(one.text),
        }
        for one in found.articles
    ]
    changes = [
        {
            "what": f"{label(one.what, language)}: {label(one.after, language)}",
            "author": one.agent,
            "at": dates.near(one.at, mail.now, zone, language),
            "text": "",
        }
        for one in found.changes
    ]
    return [*articles, *changes]


def dangerous(job: Job, ticket: Ticket | None, commands: Sequence[cs.Command]) -> Iterator[Effect]:
    """Commands that cannot be taken back are carried out after a `ya`; without a ticket they came in a new mail."""
    agent, typed = job.agent, zip(job.parsed.commands, job.parsed.lines, strict=True)
    lines = [line for one, line in typed if one in commands]
    shown_there = {"lines": lines, "reports": list(_named(job, commands))}
    yield from _asked(job.mail, ticket, agent, "confirm_command", shown_there)
    reason = f"{CONFIRMING}{agent.name} is asked whether {', '.join(lines)} is meant"
    yield from job.mail.end(End.HELD, "command.held", reason, ticket.number if ticket else None)


def _named(job: Job, commands: Sequence[cs.Command]) -> Iterator[str]:
    """The reports that these commands touch, as an agent knows them again."""
    numbers = dict.fromkeys(
        number
        for one in commands
        for number in (one.numbers if isinstance(one, cs.Close) else (one.number,) if isinstance(one, cs.Merge) else ())
    )
    for number in numbers:
        ticket = job.ticket if number == job.number else job.work.others.get(number)
        if ticket is not None:
            who = context.shown(ticket.requester.address) if ticket.requester else ""
            state = label(ticket.state.value, job.language)
            yield f"#{number} {words.mask(ticket.subject)} ({', '.join(part for part in (state, who) if part)})"


def _asked(
    mail: Mail, ticket: Ticket | None, agent: Agent, template: str, more: Mapping[str, object]
) -> Iterator[Effect]:
    known = notify.seat(ticket, agent) if ticket else None
    address = Address(agent.address, agent.display or agent.name)
    place = notify.threaded(known) if known else {"in_reply_to": mail.message.message_id}
    question = SendMail(
        MailKind.CONFIRM,
        template,
        address,
        mail.policy.desk.language,
        {
            **context.common(mail, ticket, address, mail.policy.desk.language),
            **({} if ticket else {"subject": mail.message.subject}),
            **more,
        },
        ticket.number if ticket else 0,
        known.slot if known else 0,
        Role.AGENT,
        confirm=mail.arrival.id,
        **place,
    )
    asked = tuple(mail.automatic(question, mail.message))
    yield from asked
    if not any(isinstance(effect, SendMail) for effect in asked):
        yield Alarm("held.unasked", f"A mail of {agent.name} is held, and {agent.address} was not asked.")


def told(
    mail: Mail, ticket: Ticket, agent: Agent, what: str, text: str, not_before: datetime | None = None
) -> Iterator[Effect]:
    """The others of the queue who know the ticket see it in its thread, unless they prefer the digest."""
    notice = shown.colleague(mail, ticket, agent, what, text)
    for person in _others(mail, ticket, agent):
        sending = SendMail(
            MailKind.NOTICE,
            notice.template,
            person.address,
            mail.policy.desk.language,
            notice.context,
            ticket.number,
            person.slot,
            Role.AGENT,
            not_before=not_before,
            **notify.threaded(person),
        )
        yield from mail.automatic(sending, mail.message)


def _others(mail: Mail, ticket: Ticket, agent: Agent) -> Iterator[Participant]:
    team = mail.policy.team
    queue = team.queues.get(ticket.queue)
    names = dict.fromkeys((*(queue.agents if queue else ()), *((ticket.owner,) if ticket.owner else ())))
    for name in names:
        other = team.agents.get(name)
        if other is None or name == agent.name or other.notify != "each" or not other.present(mail.today):
            continue
        for person, new in notify.seats(ticket, [other]):
            if not new:
                yield person
