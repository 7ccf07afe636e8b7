"""The agent's own words, or a canned answer, to the requester and the people in copy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, files, notify, statusmail
from mailhelp.desk.commands.job import Job, Refused
from mailhelp.desk.effect import AttachmentRef, Effect, SendMail
from mailhelp.desk.model import MailKind, Participant, Role
from mailhelp.errors import nearest

TEXT = "text"
"""The variable of a canned answer that shows what the agent wrote."""


def sent(job: Job, text: str) -> Iterator[Effect]:
    """The text goes to the requester and the people in copy, under the desk's address, with the mail's files."""
    attached = files.refs(job.mail.files, job.mail.arrival.id)
    for person in notify.members(job.ticket):
        shown = context.answer(job.mail, job.ticket, person, text)
        if job.checking:
            shown |= statusmail.told(job.mail, job.ticket, job.checking)
        yield _mail(job, person, statusmail.CHECKING if job.checking else "answer", shown, attached)
    _tell_when(job)


def canned(job: Job, command: cs.Template) -> Iterator[Effect]:
    """A canned answer with its values. The agent gets it as it is sent."""
    needed = _needed(job, command.name)
    text, given = job.parsed.text_for_requester, dict(command.values)
    if text and TEXT not in needed:
        raise Refused("no-place-for-text")
    missing = sorted(needed - given.keys() - {TEXT})
    if missing:
        raise Refused("needs-values", ", ".join(f"{name}=..." for name in missing))
    if not notify.members(job.ticket):
        raise Refused("no-requester")
    attached = files.refs(job.mail.files, job.mail.arrival.id)
    for person in notify.members(job.ticket):
        yield _mail(job, person, command.name, _values(job, person, given, text), attached)
    job.answered = True
    job.say("template", name=command.name)
    job.later.append(lambda now: _copied(now, command, given, text))


def _needed(job: Job, name: str) -> frozenset[str]:
    known = job.mail.policy.canned.get(job.ticket.language) or job.mail.policy.canned.get(job.language) or {}
    if name not in known:
        raise Refused("unknown-template", ", ".join(sorted(known)), nearest(name, known))
    return known[name]


def _values(job: Job, person: Participant, given: dict[str, str], text: str) -> dict[str, Any]:
    return {
        **context.common(job.mail, job.ticket, person.address, job.ticket.language),
        "understood": list(context.rows(job.mail, job.ticket.fields, job.ticket.language)),
        "values": {**given, TEXT: text},
    }


def _copied(job: Job, command: cs.Template, given: dict[str, str], text: str) -> Iterator[Effect]:
    """The same to the agent: what was sent."""
    person = notify.seat(job.ticket, job.agent)
    requester = next(iter(notify.members(job.ticket)))
    if person is None:
        return
    yield SendMail(
        MailKind.NOTICE,
        command.name,
        person.address,
        job.ticket.language,
        _values(job, requester, given, text),
        job.number,
        person.slot,
        Role.AGENT,
        **notify.threaded(person),
    )


def _mail(
    job: Job, person: Participant, template: str, shown: dict[str, Any], attached: tuple[AttachmentRef, ...]
) -> SendMail:
    delay = job.mail.policy.work.answer_delay
    return SendMail(
        MailKind.ANSWER,
        template,
        person.address,
        job.ticket.language,
        shown,
        job.number,
        person.slot,
        person.role,
        attachments=attached,
        not_before=job.mail.now + delay if delay else None,
        **notify.threaded(person),
    )


def _tell_when(job: Job) -> None:
    to = ", ".join(person.address.addr for person in notify.members(job.ticket))
    seconds = int(job.mail.policy.work.answer_delay.total_seconds())
    if seconds:
        job.say("answer-later", to=to, seconds=seconds)
    else:
        job.say("answer", to=to)
