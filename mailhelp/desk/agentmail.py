"""An agent's mail on a ticket: an answer, a note, or something that is better held back than sent wrongly.

Only `#note` and `#resolve` are known at the top of a mail; any other `#word` there holds the mail back, so that a
command with a typing error is never sent to a requester.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailhelp.desk import context, lifecycle, notify, ruleact, words
from mailhelp.desk.article import filed
from mailhelp.desk.authority import claimed_agent
from mailhelp.desk.effect import AddParticipant, Assign, Effect, SendMail
from mailhelp.desk.model import ArticleKind, End, MailKind, Participant, Role, Ticket
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Mail

_COMMAND = re.compile(r"#([^\W\d_][\w-]*)")
_NOTE = frozenset({"note", "catatan"})
_RESOLVE = frozenset({"resolve", "selesai"})


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent wrote: the command at the top without its mark (lower case, or empty), its line, the rest."""

    command: str
    line: str
    text: str


def parse(text: str) -> Draft:
    """Split off a first line that begins with `#word`; the signature below `-- ` is no part of the text."""
    body = words.without_signature(text)
    line, _, rest = body.partition("\n")
    found = _COMMAND.match(line)
    if not found:
        return Draft("", "", body)
    command = found[1].lower()
    after = line[found.end() :].strip()
    return Draft(command, line.strip(), "\n".join(part for part in (after, rest.strip()) if part))


def worked(mail: Mail, ticket: Ticket) -> Iterator[Effect]:
    """What an agent's mail does."""
    agent = claimed_agent(mail.message, mail.policy)
    assert agent is not None
    draft = parse(mail.message.new_text)
    if draft.command in _NOTE:
        yield from _seated(ticket, agent)
        yield filed(mail, ticket.number, ArticleKind.NOTE, slot=_slot(ticket, agent), text=draft.text, internal=True)
        yield from ruleact.on_agent(mail, ticket, agent)
        yield from mail.end(End.ARTICLE, "agent.note", f"a note of {agent.name}", ticket.number)
        return
    problem = next(_problems(mail, ticket, draft), None)
    if problem:
        yield from _held_back(mail, ticket, agent, draft, problem)
        return
    yield from _seated(ticket, agent)
    yield from _answer(mail, ticket, agent, draft)


def _problems(mail: Mail, ticket: Ticket, draft: Draft) -> Iterator[tuple[str, str]]:
    """Why this is not sent, each reason as a code and a sentence; nothing when it can be."""
    message = mail.message
    if draft.command and draft.command not in _RESOLVE:
        yield "command", f"The line “{draft.line}” is not a command that is known."
    if message.truncated:
        yield "truncated", "The mail is larger than the limit, so that it could not be taken whole."
    if message.inline_answers:
        yield "inline", "The answers stand between the quoted lines, where they cannot be told apart surely."
    if not message.split_sure:
        yield "unsure", "It is not clear where your text ends and the quoted mail begins."
    if not draft.text and not draft.command:
        yield "empty", "There is no text above the quoted mail."
    if notify.files(message, mail.arrival, mail.policy.limits)[1]:
        yield "attachments", "There are more or larger attachments than the limits let through."
    if draft.text and not notify.members(ticket):
        yield "no-address", "No address of the requester is known."


def _held_back(mail: Mail, ticket: Ticket, agent: Agent, draft: Draft, problem: tuple[str, str]) -> Iterator[Effect]:
    """Nothing is sent: the text is kept as a note, and the agent is told."""
    code, why = problem
    text = mail.message.new_text or mail.message.text
    notice = context.held_back(mail, ticket, code, draft.line, mail.message.new_text)
    yield from notify.tell(mail, ticket, notice, [agent])
    yield filed(mail, ticket.number, ArticleKind.NOTE, slot=_slot(ticket, agent), text=text, internal=True)
    yield from mail.end(End.ARTICLE, f"answer.held.{code}", f"held back, {agent.name} was told: {why}", ticket.number)


def _answer(mail: Mail, ticket: Ticket, agent: Agent, draft: Draft) -> Iterator[Effect]:
    """The agent's words go to the requester and the people in copy, under the desk's address."""
    if draft.text:
        yield filed(mail, ticket.number, ArticleKind.ANSWER, slot=_slot(ticket, agent), text=draft.text)
        if not ticket.owner:
            yield Assign(ticket.number, owner=agent.name, reason=f"{agent.name} answered first")
        for person in notify.members(ticket):
            yield _sent(mail, ticket, person, draft)
    else:
        slot = _slot(ticket, agent)
        yield filed(mail, ticket.number, ArticleKind.NOTE, slot=slot, text=draft.line, internal=True)
    if draft.command in _RESOLVE:
        yield from lifecycle.resolved(ticket, agent.name)
    else:
        yield from lifecycle.after_answer(ticket, agent.name)
    yield from ruleact.on_agent(mail, ticket, agent)
    code = "agent.resolve" if draft.command else "agent.answer"
    yield from mail.end(
        End.ARTICLE, code, f"{'resolved' if draft.command else 'answered'} by {agent.name}", ticket.number
    )


def _sent(mail: Mail, ticket: Ticket, person: Participant, draft: Draft) -> SendMail:
    return SendMail(
        MailKind.ANSWER,
        "answer",
        person.address,
        ticket.language,
        context.answer(mail, ticket, person, draft.text),
        ticket.number,
        person.slot,
        person.role,
        attachments=notify.files(mail.message, mail.arrival, mail.policy.limits)[0],
        **notify.threaded(person),
    )


def _slot(ticket: Ticket, agent: Agent) -> int:
    return next(person.slot for person, _ in notify.seats(ticket, [agent]))


def _seated(ticket: Ticket, agent: Agent) -> Iterator[Effect]:
    """An agent who comes new to a ticket gets a place on it."""
    for person, new in notify.seats(ticket, [agent]):
        if new:
            yield AddParticipant(ticket.number, person.slot, Role.AGENT, person.address)
