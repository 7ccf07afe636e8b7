"""What templates may show: plain data, one function for each kind of mail. The names are those of `edge.samples`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mailhelp.desk import dates, heading, lacking, notify, titles, words
from mailhelp.desk.dues import first_answer
from mailhelp.desk.files import Why
from mailhelp.desk.files import refs as file_refs
from mailhelp.desk.formcheck import Finding
from mailhelp.desk.formwords import said
from mailhelp.desk.label import label
from mailhelp.desk.model import FieldValue, Participant, State, Ticket
from mailhelp.desk.notify import Notice
from mailhelp.desk.scene import Mail, Scene
from mailhelp.mail.message import Address, Attachment

Context = dict[str, Any]
_MAX_VALUE = 80
_TEXTS = frozenset({"subject", "details"})
_IDENTITY_FIELDS = frozenset({"nik", "nisn", "nuptk"})


def common(scene: Scene, ticket: Ticket | None, to: Address, language: str) -> Context:
    """What every mail may show; `to` is the recipient."""
    desk = scene.policy.desk
    number = ticket.number if ticket else ""
    return {
        "desk_name": desk.name,
        "desk_address": desk.address,
        "number": number,
        "tag": desk.subject_tag.format(number=number) if ticket else "",
        "subject": ticket.subject if ticket else "",
        "salutation": words.salutation(to.name, scene.now, desk, language),
        "name": words.clean_name(to.name),
        "signature": desk.name,
    }


def acknowledgement(mail: Mail, ticket: Ticket, to: Address, mentioned: int | str = "") -> Context:
    """The answer to a new report; also of `too_large` and `new_report_instead`.

    `mentioned` is the number that the sender wrote, whether or not it exists, or of the sender's own closed report.
    """
    language = ticket.language
    return {
        **common(mail, ticket, to, language),
        "understood": list(rows(mail, ticket.fields, language)),
        "not_taken": not_taken(mail, language),
        "mentioned": mentioned,
        "limit": size(mail.policy.limits.max_attachment_bytes, language),
        **promised(mail, ticket),
    }


def promised(scene: Scene, ticket: Ticket) -> Context:
    """By when a new report is answered, and the office hours."""
    calendar, at = scene.policy.time.calendar, first_answer(ticket, scene.policy.time)
    zone, language = calendar.zone, ticket.language
    by = "by" if language == "en" else "paling lambat"
    due = f"{by} {dates.when(at, zone, language)}" if at and ticket.state is State.NEW else ""
    return {"expected": due, "office_hours": dates.office_hours(calendar, scene.now, language)}


def answer(mail: Mail, ticket: Ticket, person: Participant, text: str) -> Context:
    """An agent's answer. The agent's address and full name stay out of it."""
    return {**common(mail, ticket, person.address, ticket.language), "text": text}


def notice(mail: Mail, ticket: Ticket, related: Ticket | None = None) -> Notice:
    """A new report, for the agents."""
    made = _notice(mail, ticket, ticket.participants[0], "notice", related)
    return replace(made, context={**made.context, **heading.earlier(mail, ticket)})


def notice_reply(mail: Mail, ticket: Ticket, person: Participant) -> Notice:
    """A later message of a participant, for the agents."""
    return _notice(mail, ticket, person, "notice_reply", None)


def failure(scene: Scene, ticket: Ticket, recipient: str, reply: str, text: str, *, uncertain: bool = False) -> Notice:
    """A mail that did not reach somebody, for the agents; `reply` is the server's or our own reason."""
    desk = scene.policy.desk
    context = {
        **common(scene, ticket, Address(""), desk.language),
        "recipient": recipient,
        "reply": reply,
        "uncertain": uncertain,
        "text": text,
    }
    return Notice("failure", context)


def held_back(scene: Scene, ticket: Ticket, code: str, line: str, text: str) -> Notice:
    """An agent's mail that was not sent, for that agent; the template says why by the code."""
    desk = scene.policy.desk
    context = {**common(scene, ticket, Address(""), desk.language), "code": code, "line": line, "text": text}
    return Notice("held_back", {**context, "sendable": False, "news": []})


def quarantined(scene: Scene, ticket: Ticket, sender: str, why: str) -> Context:
    """A mail that nobody could be answered for."""
    desk = scene.policy.desk
    return {**common(scene, ticket, Address(""), desk.language), "sender": sender, "why": why}


def confirm(mail: Mail, ticket: Ticket | None, to: Address, code: str) -> Context:
    """The question whether a mail is really its agent's."""
    language = mail.policy.desk.language
    action = {"id": "perintah di dalamnya dijalankan", "en": "the commands in it are obeyed"}
    if ticket:
        action = {
            "id": f"diproses sebagai pesan agen pada laporan {ticket.number}",
            "en": f"taken as an agent's message on report {ticket.number}",
        }
    return {
        **common(mail, ticket, to, language),
        "agent": to.name,
        "sender": mail.sender or ", ".join(mail.message.sender.claimed),
        "reason": label(code, language),
        "action": action.get(language, action["id"]),
        "text": words.mask(mail.message.new_text),
    }


def _notice(mail: Mail, ticket: Ticket, person: Participant, template: str, related: Ticket | None) -> Notice:
    language = mail.policy.desk.language
    sorted_files = mail.files
    category = mail.policy.categories.get(ticket.category)
    unmasked = bool(category and category.needs_identity)
    text = mail.message.new_text or mail.message.text
    context = {
        **common(mail, ticket, Address(""), language),
        "requester": shown(person.address),
        "head": list(heading.head(mail, ticket, language, related, heading.line(mail, ticket))),
        "fields": list(rows(mail, not_in_head(ticket), language, unmasked=unmasked)),
        "warnings": [words.mask(one) for one in _warnings(mail, ticket, language)],
        "why": words.mask(
            "; ".join(f"{one['name']}: {one['why']}" for one in mail.trace.data.get("rules", ()) if one["fired"])
        ),
        "text": text if unmasked else words.mask(text),
        "files": [
            *(_file(one, "", language) for one in sorted_files.taken),
            *(_file(one, _why(why, mail, language), language) for one, why in sorted_files.left),
        ],
        "on_request": any(why is not Why.TYPE for _, why in sorted_files.left),
    }
    refs = file_refs(sorted_files, mail.arrival.id)
    return Notice(template, context, notify.via(person.address, mail.policy), refs, mail.message)


def not_in_head(ticket: Ticket) -> dict[str, FieldValue]:
    """The fields that the head does not show."""
    shown = {"category": ticket.category, "subcategory": ticket.subcategory}
    return {name: value for name, value in ticket.fields.items() if value.value != shown.get(name)}


def _warnings(mail: Mail, ticket: Ticket, language: str) -> Iterable[str]:
    for name, value in ticket.fields.items():
        yield from (f"{field_label(mail, name, language)}: {said(warning, language)}" for warning in value.warnings)
    yield from said_of(mail, lacking.findings(ticket, mail.policy, mail.now))
    if mail.message.truncated:
        yield label("truncated", language)


def said_of(scene: Scene, findings: Iterable[Finding]) -> Iterable[str]:
    """What is to be said about fields, for agents."""
    language = scene.policy.desk.language
    yield from (f"{field_label(scene, one.name, language)}: {lacking.said(one, language)}" for one in findings)


def rows(scene: Scene, fields: Mapping[str, FieldValue], language: str, *, unmasked: bool = False) -> Iterable[Context]:
    """Fields as rows of label and value, identity numbers by their last four digits.

    The report's text is none of them: agents see it whole, and to an address that may be forged it is not sent back.
    """
    for name in fields:
        if name not in _TEXTS:
            text = titles.value(scene, name, fields, language)
            text = " ".join((text if unmasked else masked(name, text)).split())
            shown = text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "…"
            yield {"label": field_label(scene, name, language), "value": shown}


def masked(name: str, value: str) -> str:
    """The value of a field for showing: a wrong identity number is as secret as a right one."""
    text = words.mask(value)
    if name in _IDENTITY_FIELDS and text == value and len(value) > 4:
        return "*" * (len(value) - 4) + value[-4:]
    return text


def field_label(scene: Scene, name: str, language: str) -> str:
    """How a field is called in that language."""
    form = scene.policy.form.field(name)
    return (form.labels.get(language) if form else "") or name


def not_taken(mail: Mail, language: str) -> list[Context]:
    """The files of a mail that are not passed on, with the reason, for its sender."""
    return [_file(one, _why(why, mail, language), language) for one, why in mail.files.refused]


def _file(one: Attachment, why: str, language: str) -> Context:
    return {"name": one.name, "size": size(one.size, language), "why": why}


def _why(why: Why, mail: Mail, language: str) -> str:
    limits = mail.policy.limits
    most = str(limits.max_attachments) if why is Why.COUNT else size(limits.max_attachment_bytes, language)
    return label(f"file.{why.value}", language).format(most=most)


def size(count: int, language: str) -> str:
    """A size for people: `184 kB`, `1,2 MB`."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    text = f"{count / 1_000_000:.1f}".removesuffix(".0")
    return (text if language == "en" else text.replace(".", ",")) + " MB"


def shown(address: Address) -> str:
    """A person for agents: `Name <addr>`."""
    name = words.clean_name(address.name)
    return f"{name} <{address.addr}>" if name and address.addr else address.addr or name
