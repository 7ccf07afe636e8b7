"""An agent's mail on a ticket: an answer, a note, commands, or something that is better held back than sent wrongly.

All or nothing: one line that cannot be obeyed and nothing happens, nothing goes to the requester, and the agent is
told. Answers that may cross a colleague's, and commands that cannot be taken back, wait for a word from the agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, files, lifecycle, notify, ruleact, wording
from mailhelp.desk.article import filed
from mailhelp.desk.authority import claimed_agent
from mailhelp.desk.command import Mistake, parse
from mailhelp.desk.commands import answering, colleagues, run, shown
from mailhelp.desk.commands.job import Job, after, snapshot
from mailhelp.desk.effect import AddArticle, AddParticipant, Assign, Effect
from mailhelp.desk.model import ArticleKind, End, Role, Ticket
from mailhelp.desk.scene import Mail
from mailhelp.desk.wording import Wording
from mailhelp.mail import pictures
from mailhelp.mail.message import Attachment


def worked(mail: Mail, ticket: Ticket) -> Iterator[Effect]:
    """What an agent's mail does."""
    agent = claimed_agent(mail.message, mail.policy)
    assert agent is not None
    person, new = next(notify.seats(ticket, [agent]))
    seated = replace(ticket, participants=(*ticket.participants, person)) if new else ticket
    said = wording.read(mail, ticket, agent)
    attached = tuple(_kept_files(mail, said))
    mail = replace(mail, message=replace(mail.message, new_text=said.text, attachments=attached))
    job = Job(mail, agent, seated, parse(said.text), person.slot)
    mail.trace.data["agent"] = {"name": agent.name}
    errors = [*job.parsed.errors, *_misplaced(said)]
    done, mistakes = run.carry_out(job)
    if errors:
        mistakes = sorted([*errors, *filter(_stands, mistakes)], key=lambda one: one.number)
    if mistakes:
        yield from _refused(job, ticket, mistakes)
    elif problem := next(_problems(job, said), None):
        yield from _held_back(job, ticket, problem)
    elif said.doubt and not mail.confirmed:
        yield from colleagues.doubtful(mail, ticket, agent, said)
    elif not mail.confirmed and (waits := tuple(_waits(job, ticket))):
        yield from waits
    else:
        if new:
            yield AddParticipant(ticket.number, person.slot, Role.AGENT, person.address)
        yield from _done(job, ticket, seated, done)


def _kept_files(mail: Mail, said: Wording) -> Iterator[Attachment]:
    """The files of the mail; a picture below the text, in the signature that was cut off, is decoration.

    Right above the cut it may be the answer's last word or the signature's first: a logo has been seen before. The
    agent's card carries the address that no requester sees.
    """
    end, cut = pictures.words(said.text), said.text != mail.message.new_text
    for one in mail.message.attachments:
        if one.above is None:
            yield replace(one, inline=one.inline or files.is_card(one))
        else:
            logo = cut and one.above == end and one.sha256 in mail.case.known_files
            yield replace(one, inline=one.above > end or logo)


def _stands(mistake: Mistake) -> bool:
    """Whether a mistake is one whatever the other lines of the mail should have been."""
    return mistake.code.startswith("unknown-") or mistake.code == "not-a-value"


def _misplaced(said: Wording) -> Iterator[Mistake]:
    """A command between quoted lines: whether it was typed there cannot be told surely."""
    if said.command:
        number = said.text[: said.text.find(said.command)].count("\n") + 1
        yield Mistake(said.command, number, "below-quote")


_DOUBTS = {
    "inline": "The answers stand between quoted lines that are not all the requester's own words.",
    "unsure": "It is not clear where your text ends and the quoted mail begins.",
    "signature": "The last lines may be your signature.",
}
"""Why a text is not sure, by the code of `Wording.doubt`."""


def _problems(job: Job, said: Wording) -> Iterator[tuple[str, str]]:
    """Why this is not sent, each as a code and a sentence; nothing when it can be, or when the agent is asked first."""
    message, text = job.mail.message, job.parsed.text_for_requester
    if message.truncated:
        yield "truncated", "The mail is larger than the limit, so that it could not be taken whole."
    if said.doubt and not said.sendable:
        yield said.doubt, _DOUBTS[said.doubt]
    if not text and not job.parsed.commands:
        yield "empty", "There is no text above the quoted mail."
    if any(addr in text.lower() for addr in job.agent.addresses):
        yield "address", "Your own address stands in the text, and requesters do not see it."
    if job.mail.files.left:
        yield "attachments", "There are more, larger or other attachments than the limits let through."
    if text and not notify.members(job.ticket):
        yield "no-address", "No address of the requester is known."


def _waits(job: Job, ticket: Ticket) -> Iterator[Effect]:
    """What has to be confirmed first."""
    dangerous = [one for one in job.parsed.commands if run.asks_first(job, one)]
    if dangerous:
        yield from colleagues.dangerous(job, ticket, dangerous)
    elif job.parsed.text_for_requester or job.answered:
        found = colleagues.news(job.mail, ticket, job.agent)
        if found:
            text = job.mail.message.new_text
            yield from colleagues.held(job.mail, ticket, job.agent, found, text)


def _refused(job: Job, ticket: Ticket, mistakes: Sequence[Mistake]) -> Iterator[Effect]:
    """Nothing is done; the text is kept as a note, and the agent gets every mistake."""
    notice = shown.mistakes(job.mail, ticket, mistakes, job.mail.message.new_text)
    yield from notify.tell(job.mail, ticket, notice, [job.agent])
    yield _kept(job, job.mail.message.new_text)
    why = "; ".join(f"{one.line}: {one.code}" for one in mistakes)
    reason = f"nothing was done, {job.agent.name} was told: {why}"
    yield from job.mail.end(End.ARTICLE, "answer.held.command", f"held back: {reason}", ticket.number)


def _held_back(job: Job, ticket: Ticket, problem: tuple[str, str]) -> Iterator[Effect]:
    """Nothing is sent: the text is kept as a note, and the agent is told."""
    code, why = problem
    message = job.mail.message
    rows = context.not_taken(job.mail, job.language) if code == "attachments" else []
    line = "\n".join(f"{row['name']} ({row['size']}): {row['why']}" for row in rows)
    notice = context.held_back(job.mail, ticket, code, line, message.new_text)
    yield from notify.tell(job.mail, ticket, notice, [job.agent])
    yield _kept(job, message.new_text or message.text)
    reason = f"held back, {job.agent.name} was told: {why}"
    yield from job.mail.end(End.ARTICLE, f"answer.held.{code}", reason, ticket.number)


def _kept(job: Job, text: str) -> AddArticle:
    return filed(job.mail, job.number, ArticleKind.NOTE, slot=job.slot, text=text, internal=True)


def _done(job: Job, ticket: Ticket, seated: Ticket, commanded: Sequence[Effect]) -> Iterator[Effect]:
    """Everything, in the order in which a person would tell it."""
    text = job.parsed.text_for_requester
    yield _article(job, text)
    yield from commanded
    if text and not _is_canned(job):
        yield from answering.sent(job, text)
        job.answered = True
    yield from _moved(job, _followed(job, ticket))
    yield from ruleact.on_agent(job.mail, ticket, job.agent)
    yield from _others(job, ticket, text)
    yield from run.afterwards(job)
    yield from _transcript(job)
    _remember(job, seated)
    code, reason = _told(job)
    yield from job.mail.end(End.ARTICLE, code, reason, ticket.number)


def _is_canned(job: Job) -> bool:
    """Whether a canned answer carries the text."""
    return any(isinstance(one, cs.Template) for one in job.parsed.commands)


def _article(job: Job, text: str) -> AddArticle:
    if text:
        return filed(job.mail, job.number, ArticleKind.ANSWER, slot=job.slot, text=text)
    return _kept(job, job.parsed.whole_text or "\n".join(job.parsed.lines))


def _followed(job: Job, before: Ticket) -> Iterator[Effect]:
    """What an answer changes by itself, unless the commands have said otherwise."""
    if not job.answered:
        return
    if not job.ticket.owner and not before.owner:
        yield Assign(job.number, owner=job.agent.name, reason=f"{job.agent.name} answered first")
    if job.ticket.state is before.state:
        yield from lifecycle.after_answer(job.ticket, job.agent.name)


def _moved(job: Job, effects: Iterator[Effect]) -> Iterator[Effect]:
    """The same effects; the job's ticket follows them."""
    for effect in effects:
        job.ticket = after(job.ticket, effect)
        yield effect


def _others(job: Job, before: Ticket, text: str) -> Iterator[Effect]:
    """Colleagues see answers and takings."""
    delay = job.mail.policy.work.answer_delay
    if job.answered:
        due = job.mail.now + delay if delay else None
        yield from colleagues.told(job.mail, job.ticket, job.agent, "answer", text, due)
    elif job.ticket.owner == job.agent.name != before.owner:
        yield from colleagues.told(job.mail, job.ticket, job.agent, "take", "")


def _transcript(job: Job) -> Iterator[Effect]:
    """What was done, for the agent: not for a plain answer, unless the admin wants it always or never."""
    lines, wanted = run.lines(job), job.mail.policy.work.transcript
    if not lines or wanted == "errors" or (wanted == "changes" and not job.parsed.commands):
        return
    if not job.parsed.commands or any(not isinstance(one, run.QUIET) for one in job.parsed.commands):
        notice = shown.transcript(job.mail, job.ticket, lines, undo=_can_undo(job))
        yield from notify.tell(job.mail, job.ticket, notice, [job.agent])


def _can_undo(job: Job) -> bool:
    """Whether `#undo` would find something of this mail."""
    kept = (one for one in job.parsed.commands if not run.asks_first(job, one))
    return job.answered or any(not isinstance(one, (*run.QUIET, cs.Note, cs.Undo)) for one in kept)


def _remember(job: Job, before: Ticket) -> None:
    """What `#undo` needs, kept with the decision."""
    kept: dict[str, Any] = {"name": job.agent.name, "commands": list(job.parsed.lines)}
    if job.undid:
        kept["undid"] = job.undid
    else:
        kept |= {"before": snapshot(before), "after": snapshot(job.ticket)}
    job.mail.trace.data["agent"] = kept


def _told(job: Job) -> tuple[str, str]:
    """Code and reason of the decision."""
    commands, name = job.parsed.commands, job.agent.name
    kinds = {type(one) for one in commands}
    if not commands:
        return "agent.answer", f"answered by {name}"
    if kinds == {cs.Note}:
        return "agent.note", f"a note of {name}"
    if kinds == {cs.Resolve}:
        return "agent.resolve", f"resolved by {name}"
    return "agent.commands", f"{name}: {', '.join(one.line for one in commands)}"
