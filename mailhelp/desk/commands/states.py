"""What state a ticket is in: resolved, closed, open again, waiting, checked by another team, spam."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mailhelp.desk import ask as asking
from mailhelp.desk import command_set as cs
from mailhelp.desk import context, dates, lifecycle, notify, statusmail
from mailhelp.desk.commands.job import Job, Refused
from mailhelp.desk.commands.labels import find_field
from mailhelp.desk.effect import ClearTimer, Effect, SetState, SetTimer, Withdraw
from mailhelp.desk.model import CloseReason, State

WAIT = "wait"
"""The timer of `#wait`."""

_OVER = frozenset({State.RESOLVED, State.CLOSED})


def resolve(job: Job, command: cs.Resolve) -> Iterator[Effect]:
    """Answered; a reply reopens."""
    del command
    yield from lifecycle.resolved(job.ticket, job.agent.name)
    yield ClearTimer(job.number, WAIT)
    job.say("resolve")


def close(job: Job, command: cs.Close) -> Iterator[Effect]:
    """Closed; a reply opens a new report. With numbers: all of those, which is asked about first."""
    reason = CloseReason(command.reason)
    if command.numbers and command.numbers != (job.number,):
        yield from _closed_all(job, command.numbers, reason)
        return
    yield SetState(job.number, State.CLOSED, job.reason("closed it"), reason)
    yield ClearTimer(job.number, WAIT)
    job.say("close")


def _closed_all(job: Job, numbers: Sequence[int], reason: CloseReason) -> Iterator[Effect]:
    """Close the reports of these numbers; those that are closed already are passed over."""
    found = [job.ticket if number == job.number else job.work.others.get(number) for number in numbers]
    tickets = [one for one in found if one is not None]
    if len(tickets) < len(numbers):
        raise Refused("unknown-ticket", ", ".join(str(one.number) for one in tickets))
    if job.parsed.text_for_requester:
        raise Refused("close-many-text")
    still = [one.number for one in tickets if one.state is not State.CLOSED]
    if not still:
        raise Refused("is-closed")
    for number in still:
        yield SetState(number, State.CLOSED, job.reason(f"closed it with {len(still) - 1} others"), reason)
        yield ClearTimer(number)
        yield Withdraw(number)
    job.say("close-many", count=len(still), numbers=", ".join(map(str, still)))


def spam(job: Job, command: cs.Spam) -> Iterator[Effect]:
    """Closed as spam; nobody outside is told, so there may be no text."""
    del command
    if job.parsed.text_for_requester:
        raise Refused("spam-with-text")
    yield SetState(job.number, State.CLOSED, job.reason("it is spam"), CloseReason.SPAM)
    yield ClearTimer(job.number, WAIT)
    job.say("spam")


def reopen(job: Job, command: cs.Reopen) -> Iterator[Effect]:
    """Open again."""
    del command
    if job.ticket.state not in _OVER:
        raise Refused("is-open")
    yield SetState(job.number, State.OPEN, job.reason("reopened it"))
    job.say("reopen")


def wait(job: Job, command: cs.Wait) -> Iterator[Effect]:
    """It waits for the requester, and comes back to the agents at that time unless something happened before."""
    if job.ticket.state in _OVER:
        raise Refused("is-over")
    due = job.mail.now + command.time
    if job.ticket.state is not State.PENDING:
        yield SetState(job.number, State.PENDING, job.reason("waits"))
    yield SetTimer(job.number, WAIT, due, {"by": job.agent.name})
    job.say("wait", until=dates.near(due, job.mail.now, job.mail.policy.desk.timezone, job.language))


def checking(job: Job, command: cs.Checking) -> Iterator[Effect]:
    """Another team verifies. The requester is told who checks and from when to ask, in one mail with the agent's words.

    Without such words, or beside a canned answer, which has no place for it, by a mail of its own.
    """
    if job.ticket.state in _OVER:
        raise Refused("is-over")
    # Also where another team checks already: a new checking begins, and its time with it.
    yield SetState(job.number, State.CHECKING, job.reason(f"{command.team} checks"))
    job.say("checking", team=command.team)
    canned = any(isinstance(one, cs.Template) for one in job.parsed.commands)
    if job.parsed.text_for_requester and not canned:
        job.checking = command.team
    else:
        yield from _status(job, command.team)


def ask(job: Job, command: cs.Ask) -> Iterator[Effect]:
    """The data request for these fields."""
    fields = tuple(find_field(job, name).name for name in command.fields)
    if job.ticket.state is State.CLOSED:
        raise Refused("is-over")
    if not notify.members(job.ticket):
        raise Refused("no-requester")
    yield from asking.ask(job.mail, job.ticket, fields, job.agent.name)
    job.answered = True
    job.say("ask", fields=", ".join(context.field_label(job.mail, name, job.language) for name in fields))


def _status(job: Job, team: str) -> Iterator[Effect]:
    not_before = job.mail.now + job.mail.policy.work.answer_delay
    yield from statusmail.checking(job.mail, job.ticket, team, not_before)
