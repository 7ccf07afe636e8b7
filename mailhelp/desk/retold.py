"""A report that has waited for its data, retold for agents: everything its requester wrote and sent so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from mailhelp.desk import context
from mailhelp.desk.effect import AttachmentRef
from mailhelp.desk.formcheck import Finding
from mailhelp.desk.label import label
from mailhelp.desk.model import ArticleKind, Heard, Participant, Ticket
from mailhelp.desk.notify import Notice
from mailhelp.desk.scene import Mail


def whole(mail: Mail, ticket: Ticket) -> Mail:
    """The reply as if all that was written on its ticket stood in it: what rules look at."""
    message = replace(mail.message, new_text=_text(mail, ticket), subject=ticket.subject)
    return replace(mail, message=message)


def notice(mail: Mail, ticket: Ticket, person: Participant, lacks: Sequence[Finding], *, known: bool) -> Notice:
    """The notice to agents; a report that they do not know yet is a new one to them."""
    told = replace(mail, message=replace(mail.message, new_text=_text(mail, ticket)))
    made = context.notice_reply(mail, ticket, person) if known else context.notice(told, ticket)
    warnings = dict.fromkeys((*made.context["warnings"], *context.said_of(mail, lacks)))
    made = replace(made, context={**made.context, "warnings": list(warnings)})
    return made if known else _with_files(mail, ticket, made)


def _text(mail: Mail, ticket: Ticket) -> str:
    """What was written, oldest first; of replies only what stands outside the quotation."""
    heard = (*mail.case.heard.get(ticket.number, ()), Heard(ArticleKind.REPLY, mail.now, mail.message.new_text))
    return "\n\n".join(_part(mail, one) for one in heard if one.text.strip())


def _part(mail: Mail, one: Heard) -> str:
    if one.kind is ArticleKind.REPORT:
        return one.text.strip()
    lines = (line for line in one.text.strip().split("\n") if not line.startswith(">"))
    return f"{label('replied', mail.policy.desk.language)} {_moment(mail, one.at)}\n" + "\n".join(lines).strip()


def _moment(mail: Mail, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(mail.policy.desk.timezone)):%Y-%m-%d %H:%M}:"


def _with_files(mail: Mail, ticket: Ticket, made: Notice) -> Notice:
    """The notice with the files of the earlier mails, as far as the limits let them through together."""
    limits, language = mail.policy.limits, mail.policy.desk.language
    size, refs, rows = sum(one.size for one in mail.files.taken), list(made.attachments), list(made.context["files"])
    on_request = bool(made.context["on_request"])
    for ref, bytes_ in _earlier(mail.case.heard.get(ticket.number, ())):
        fits = len(refs) < limits.max_attachments and size + bytes_ <= limits.max_attachment_bytes
        why = "" if fits else label("file.earlier", language)
        rows.append({"name": ref.name, "size": context.size(bytes_, language), "why": why})
        on_request = on_request or not fits
        if fits:
            refs.append(ref)
            size += bytes_
    return replace(made, context={**made.context, "files": rows, "on_request": on_request}, attachments=tuple(refs))


def _earlier(heard: Sequence[Heard]) -> Iterator[tuple[AttachmentRef, int]]:
    for one in heard:
        for row in one.attachments:
            if one.arrival is not None and not row["inline"] and not row.get("left"):
                yield AttachmentRef(one.arrival, row["part"], row["name"], row["media_type"]), row["size"]
