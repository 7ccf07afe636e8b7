"""Asking a requester for data: one mail that lists what lacks and why, with a block to fill in under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailhelp.desk import context, notify, titles
from mailhelp.desk.effect import Ask, Effect, SendMail, SetState
from mailhelp.desk.formblock import fill_in_block
from mailhelp.desk.formcheck import Finding
from mailhelp.desk.formfield import FormField
from mailhelp.desk.lacking import asked, lacking, names, said
from mailhelp.desk.model import MailKind, Participant, State, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.scene import Mail, Scene

TEMPLATE = "data_request"


@dataclass(frozen=True, slots=True)
class Request:
    """What a data request says. `first`: it tells the number of a new report; `again`: a part was given meanwhile.

    `files_only`: the last answer held nothing but files. `mentioned` is a report number that the sender wrote (see
    `context.acknowledgement`).
    """

    lacks: tuple[Finding, ...]
    first: bool = False
    again: bool = False
    files_only: bool = False
    mentioned: int | str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The fields, without repeats."""
        return names(self.lacks)


def ask(scene: Scene, ticket: Ticket, wanted: Sequence[str], agent: str) -> Iterator[Effect]:
    """An agent (by name) asks the requester for these fields, also for such as have a value already.

    It is a person's question, so it does not go through the gate; the ticket waits for the answer. Names that are none
    of the form's are passed over (`unknown` finds them); nothing happens where no name is left or nobody can be asked.
    """
    person = ticket.requester
    wrong = {one.name: one for one in lacking(ticket, scene.policy, scene.now)}
    lacks = tuple(wrong.get(item.name) or asked(item) for item in scene.policy.form.fields if item.name in wanted)
    if not lacks or person is None or not person.address.addr:
        return
    request = Request(lacks)
    yield mail_of(scene, ticket, person, request, MailKind.ANSWER)
    yield Ask(ticket.number, request.names, agent)
    if ticket.state is not State.PENDING:
        yield SetState(ticket.number, State.PENDING, f"{agent} asked for {', '.join(request.names)}")


def unknown(policy: Policy, wanted: Sequence[str]) -> tuple[str, ...]:
    """The names that are no field of the form."""
    return tuple(name for name in wanted if policy.form.field(name) is None)


def mail_of(scene: Scene, ticket: Ticket, person: Participant, request: Request, kind: MailKind) -> SendMail:
    """The data request as a mail: an acknowledgement answers the mail of the scene."""
    answered = scene if isinstance(scene, Mail) and kind is MailKind.ACKNOWLEDGEMENT else None
    return SendMail(
        kind,
        TEMPLATE,
        person.address,
        ticket.language,
        {**_common(scene, answered, ticket, person), **_shown(scene, ticket, request)},
        ticket.number,
        person.slot,
        person.role,
        **notify.threaded(person, answered.message.message_id if answered else ""),
    )


def rows(scene: Scene, ticket: Ticket, lacks: Sequence[Finding]) -> list[context.Context]:
    """What lacks, for people: label, reason, example, choices; a wrong value is shown masked."""
    return [_row(scene, ticket, lack) for lack in lacks]


def _common(scene: Scene, answered: Mail | None, ticket: Ticket, person: Participant) -> context.Context:
    if answered:
        shown = context.acknowledgement(answered, ticket, person.address)
        return shown if answered.message.truncated else {**shown, "limit": ""}
    return {
        **context.common(scene, ticket, person.address, ticket.language),
        "understood": list(context.rows(scene, ticket.fields, ticket.language)),
    }


def _shown(scene: Scene, ticket: Ticket, request: Request) -> context.Context:
    return {
        "items": rows(scene, ticket, request.lacks),
        "block": fill_in_block(dict.fromkeys(request.names, ""), scene.policy.form, ticket.language),
        "first": request.first,
        "again": request.again,
        "files_only": request.files_only,
        "mentioned": request.mentioned,
    }


def _row(scene: Scene, ticket: Ticket, lack: Finding) -> context.Context:
    language = ticket.language
    item = scene.policy.form.field(lack.name) or FormField(lack.name)
    given = ticket.fields.get(lack.name)
    choices = [titles.choice(scene, item, name, ticket.category, language) for name in lack.choices]
    return {
        "label": context.field_label(scene, lack.name, language),
        "why": said(lack, language),
        "value": context.masked(lack.name, given.value) if given and lack.code != "asked" else "",
        "example": "" if choices else lack.example,
        "choices": choices,
    }
