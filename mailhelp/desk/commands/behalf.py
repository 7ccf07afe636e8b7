"""An agent's new mail with commands: a report for somebody else, lists, absences. No ticket is needed for these.

The table of proofs (design §7) speaks of what an agent may do on a ticket. What stands here touches none: lists go to
the registered address only, absences are the agent's own, and anyone may open a report. So an authenticated From of a
listed agent is enough; anything weaker is held until the registered address has confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, report
from mailhelp.desk.authority import claimed_agent
from mailhelp.desk.command import Mistake, Parsed, begins_with, parse
from mailhelp.desk.commands import absence, colleagues, run, say, shown, states, views
from mailhelp.desk.commands.job import Job, Refused
from mailhelp.desk.effect import AddArticle, Alarm, Effect, EndArrival, SendMail
from mailhelp.desk.model import ArticleKind, End, MailKind, Role, State, Ticket
from mailhelp.desk.notify import Notice
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Mail
from mailhelp.mail import pictures
from mailhelp.mail.message import Address, Attachment, ForwardedMail, Message, Sender

_OPENING = (cs.For, cs.Forward)
_WITHOUT_TICKET = (cs.Help, cs.Mine, cs.Open, cs.Search, cs.Away, cs.Back, cs.Show)


def is_new_mail(mail: Mail, *, has_ticket: bool) -> bool:
    """Whether this is an agent's mail to the desk itself: it begins with a command, and belongs to no ticket.

    `#for` and `#forward` never belong to one: a forwarded mail carries the references of its thread along.
    """
    if claimed_agent(mail.message, mail.policy) is None or not begins_with(mail.message.new_text):
        return False
    commands = parse(mail.message.new_text).commands
    return not has_ticket or any(isinstance(one, _OPENING) for one in commands)


def worked(mail: Mail) -> Iterator[Effect]:
    """What such a mail does."""
    agent = claimed_agent(mail.message, mail.policy)
    assert agent is not None
    if mail.message.sender.address is None or not (mail.confirmed or mail.message.authentication.passed):
        yield from _held(mail, agent)
        return
    mail.trace.data["agent"] = {"name": agent.name}
    parsed = parse(mail.message.new_text)
    if parsed.errors:
        yield from _refused(mail, agent, parsed.errors)
    elif opening := next((one for one in parsed.commands if isinstance(one, _OPENING)), None):
        yield from _opened(mail, agent, parsed, opening)
    else:
        yield from _asked(mail, agent, parsed)


# --- a report for somebody


def _opened(mail: Mail, agent: Agent, parsed: Parsed, command: cs.For | cs.Forward) -> Iterator[Effect]:
    """The report as if its writer had sent it; what the agent wrote above a forwarded mail is a note."""
    forwarded = mail.message.forwarded
    try:
        requester = _requester(mail, parsed, command)
    except Refused as refused:
        yield from _refused(mail, agent, [Mistake(parsed.lines[0], 1, refused.code, refused.allowed, refused.nearest)])
        return
    theirs = replace(mail, message=_as_written(mail, requester, forwarded, parsed.text))
    number = mail.case.next_number
    opening = report.Opening(code="report.forwarded", reason=f"{agent.name} opened it for {requester.addr}")
    for effect in report.opened(theirs, requester, opening):
        if isinstance(effect, EndArrival):
            yield from _noted(mail, agent, number, forwarded, parsed.text)
            line = say.done("opened", {"number": number, "address": requester.addr}, mail.policy.desk.language)
            yield from _tell(mail, agent, shown.transcript(mail, None, [line]))
        yield effect


def _requester(mail: Mail, parsed: Parsed, command: cs.For | cs.Forward) -> Address:
    """For whom the report is. Refused where that is not clear, or there is nothing to report."""
    forwarded = mail.message.forwarded
    if len(parsed.commands) > 1:
        raise Refused("stands-for-itself")
    if forwarded is None and not parsed.text:
        raise Refused("nothing-to-open")
    if isinstance(command, cs.For):
        known = forwarded.sender if forwarded is not None and forwarded.sender.key == command.address.lower() else None
        requester = known or Address(command.address)
    elif forwarded is None or not forwarded.sender.addr:
        raise Refused("no-forward")
    else:
        requester = forwarded.sender
    if requester.key in mail.policy.desk.addresses or mail.policy.team.agent_at(requester.addr):
        raise Refused("own-address")
    return requester


def _as_written(mail: Mail, requester: Address, forwarded: ForwardedMail | None, text: str) -> Message:
    """The mail as its requester would have sent it. Its own message id, if it is known, keeps later mails together."""
    message = mail.message
    sender = Sender(requester, claimed=(requester.addr,))
    if forwarded is None:
        return replace(message, sender=sender, message_id="", text=text, new_text=text, html_text="")
    return replace(
        message,
        sender=sender,
        message_id=forwarded.message_id,
        subject=forwarded.subject or message.subject,
        text=forwarded.text,
        new_text=forwarded.text,
        html_text=forwarded.html_text,
        quoted_text="",
        signature="",
        date=forwarded.date or message.date,
        language=forwarded.language or message.language,
        attachments=tuple(_passed_on(message, forwarded)) + forwarded.attachments,
    )


def _passed_on(message: Message, forwarded: ForwardedMail) -> Iterator[Attachment]:
    """The files around the forwarded mail; pictures within its text are its writer's, small ones apart."""
    for one in message.attachments:
        if one.part != forwarded.part:
            theirs = not forwarded.part and one.size >= pictures.LEAST
            yield replace(one, inline=one.inline and not theirs)


def _noted(mail: Mail, agent: Agent, number: int, forwarded: ForwardedMail | None, text: str) -> Iterator[Effect]:
    """Who opened it, when the original was written, and what the agent remarked."""
    date = forwarded.printed_date if forwarded is not None else ""
    lines = [f"{agent.display or agent.name}: #{'for' if forwarded is None else 'forward'}", date]
    if forwarded is not None:
        lines.append(text if forwarded.part else parse(forwarded.comment).text)
    note = "\n".join(line for line in lines if line)
    yield AddArticle(number, ArticleKind.NOTE, mail.sender, note, internal=True)


# --- everything else


def _asked(mail: Mail, agent: Agent, parsed: Parsed) -> Iterator[Effect]:
    """Lists, help, absences: each command that can stand alone."""
    job = Job(mail, agent, _no_ticket(mail), parsed)
    placed = zip(parsed.commands, parsed.lines, strict=True)
    wrong = [line for one, line in placed if not _stands_alone(one)]
    if wrong or parsed.text:
        lines = wrong or [parsed.text.split("\n", 1)[0]]
        yield from _refused(mail, agent, [Mistake(line, 0, "needs-a-ticket") for line in lines])
        return
    try:
        effects, notices = _answers(job)
    except Refused as refused:
        yield from _refused(mail, agent, [Mistake(parsed.lines[0], 0, refused.code, refused.allowed, refused.nearest)])
        return
    dangerous = [one for one in parsed.commands if run.asks_first(job, one)]
    if dangerous and not mail.confirmed:
        yield from colleagues.dangerous(job, None, dangerous)
        return
    yield from effects
    for notice in notices:
        yield from _tell(mail, agent, notice)
    yield from mail.end(End.IGNORED, "agent.desk", f"{agent.name}: {', '.join(parsed.lines)}")


def _stands_alone(command: cs.Command) -> bool:
    """Whether a command can be obeyed in a new mail."""
    return isinstance(command, _WITHOUT_TICKET) or (isinstance(command, cs.Close) and bool(command.numbers))


def _answers(job: Job) -> tuple[list[Effect], list[Notice]]:
    effects: list[Effect] = []
    notices: list[Notice] = []
    for command in job.parsed.commands:
        match command:
            case cs.Away():
                effects += absence.away(job, command)
            case cs.Back():
                effects += absence.back(job, command)
            case cs.Mine() | cs.Open() | cs.Search():
                notices.append(views.list_notice(job, command))
            case cs.Close():
                effects += states.close(job, command)
            case cs.Show():
                notices.append(_whole(job, command.number))
            case _:
                notices.append(views.help_notice(job, cs.Help(getattr(command, "topic", ""))))
    lines = run.lines(job)
    return effects, [*([shown.transcript(job.mail, None, lines)] if lines else []), *notices]


def _whole(job: Job, number: int) -> Notice:
    ticket = job.work.others.get(number)
    if ticket is None:
        raise Refused("unknown-ticket")
    return shown.articles_of(job, ticket, job.work.articles.get(number, ()), "ticket_show")


def _no_ticket(mail: Mail) -> Ticket:
    return Ticket(0, 0, State.NEW, "", "", mail.now, mail.now)


def _refused(mail: Mail, agent: Agent, mistakes: Sequence[Mistake]) -> Iterator[Effect]:
    yield from _tell(mail, agent, shown.mistakes(mail, None, mistakes, mail.message.new_text))
    why = "; ".join(f"{one.line}: {one.code}" for one in mistakes)
    yield from mail.end(End.IGNORED, "command.refused", f"nothing was done, {agent.name} was told: {why}")


def _tell(mail: Mail, agent: Agent, notice: Notice) -> Iterator[Effect]:
    """A mail to the agent's registered address, in the thread of what the agent wrote."""
    to = Address(agent.address, agent.display or agent.name)
    place = mail.message.message_id
    sending = SendMail(
        MailKind.NOTICE,
        notice.template,
        to,
        mail.policy.desk.language,
        {**notice.context, "subject": notice.context.get("subject") or mail.message.subject},
        role=Role.AGENT,
        in_reply_to=place,
        references=(place,) if place else (),
        attachments=notice.attachments,
    )
    yield from mail.automatic(sending, mail.message)


def _held(mail: Mail, agent: Agent) -> Iterator[Effect]:
    """Nothing vouches for the sender: the registered address is asked."""
    to = Address(agent.address, agent.display or agent.name)
    language = mail.policy.desk.language
    question = SendMail(
        MailKind.CONFIRM,
        "confirm",
        to,
        language,
        context.confirm(mail, None, to, "token.unauthenticated"),
        role=Role.AGENT,
        confirm=mail.arrival.id,
    )
    yield from mail.end(End.HELD, "held.command.unauthenticated", f"held: it claims to be {agent.name}'s")
    asked = tuple(mail.automatic(question, mail.message))
    yield from asked
    if not any(isinstance(one, SendMail) for one in asked):
        yield Alarm(
            "held.unasked", f"A mail that claims to be {agent.name} is held, and {agent.address} was not asked."
        )
