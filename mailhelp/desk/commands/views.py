"""What an agent can look at by mail: the whole ticket, its files, a masked field, lists, the commands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mailhelp.desk import command_set as cs
from mailhelp.desk import context, notify, words
from mailhelp.desk.commands import helping, say, shown
from mailhelp.desk.commands.job import Job, Refused
from mailhelp.desk.commands.labels import find_field
from mailhelp.desk.effect import AddArticle, AttachmentRef, Effect
from mailhelp.desk.files import Why
from mailhelp.desk.model import ArticleKind
from mailhelp.desk.notify import Notice
from mailhelp.desk.workcase import Listing

_WHOLE = frozenset({"text", "teks", "isi", "laporan"})
"""What `#unmask` calls the words of the report, where an identity number stands in no field."""

_LISTINGS = {cs.Mine: Listing.MINE, cs.Open: Listing.OPEN, cs.Search: Listing.SEARCH}


def show(job: Job, command: cs.Show) -> Iterator[Effect]:
    """The whole ticket; another one by its number."""
    ticket = job.ticket
    if command.number and command.number != job.number:
        found = job.work.others.get(command.number)
        if found is None:
            raise Refused("unknown-ticket")
        ticket = found
    yield from ()
    job.later.append(lambda now: _shown(now, ticket.number))


def files(job: Job, command: cs.Files) -> Iterator[Effect]:
    """The files of the ticket as attachments, those with these words in their names; within the limits."""
    wanted = command.words.lower()
    found = [
        (one, told.arrival)
        for told in job.work.articles.get(job.number, ())
        for one in told.attachments
        if told.arrival and not one.get("inline") and wanted in str(one["name"]).lower()
    ]
    barred = [str(one["name"]) for one, _ in found if one.get("left") == Why.TYPE]
    found = [(one, arrival) for one, arrival in found if one.get("left") != Why.TYPE]
    if not found and not barred:
        raise Refused("nothing-to-show")
    limits, size = job.mail.policy.limits, 0
    taken: list[AttachmentRef] = []
    left: list[str] = []
    for one, arrival in found:
        if len(taken) < limits.max_attachments and size + int(one["size"]) <= limits.max_attachment_bytes:
            size += int(one["size"])
            taken.append(AttachmentRef(arrival or 0, str(one["part"]), str(one["name"]), str(one["media_type"])))
        else:
            left.append(str(one["name"]))
    yield from ()
    told = {"files": [one.name for one in taken], "files-left": left, "files-barred": barred}
    lines = [
        say.done(code, {"names": words.mask_name(", ".join(names))}, job.language)
        for code, names in told.items()
        if names
    ]
    job.later.append(lambda now: _sent(now, lines, tuple(taken)))


def unmask(job: Job, command: cs.Unmask) -> Iterator[Effect]:
    """One field as it is, or (`text`) the whole report; a note keeps who looked."""
    if command.field.lower() in _WHOLE:
        yield from _looked(job, "text")
        job.later.append(_whole)
        return
    found = find_field(job, command.field)
    value = job.ticket.fields.get(found.name)
    if value is None:
        raise Refused("nothing-to-show")
    title = context.field_label(job.mail, found.name, job.language)
    yield from _looked(job, found.name)
    line = say.done("unmask", {"field": title, "value": value.value}, job.language)
    job.later.append(lambda now: _tell(now, shown.transcript(now.mail, now.ticket, [line])))


def _looked(job: Job, what: str) -> Iterator[Effect]:
    """What keeps that an agent looked."""
    yield AddArticle(job.number, ArticleKind.NOTE, job.agent.name, f"#unmask {what}", internal=True)
    job.mail.trace.data["unmasked"] = what


def _whole(job: Job) -> Iterator[Effect]:
    articles = job.work.articles.get(job.number, ())
    yield from _tell(job, shown.articles_of(job, job.ticket, articles, "ticket_show", unmasked=True))


def listed(job: Job, command: cs.Mine | cs.Open | cs.Search) -> Iterator[Effect]:
    """Tickets, one a line."""
    yield from ()
    job.later.append(lambda now: _tell(now, list_notice(now, command)))


def helped(job: Job, command: cs.Help) -> Iterator[Effect]:
    """All commands."""
    yield from ()
    job.later.append(lambda now: _tell(now, help_notice(now, command)))


def list_notice(job: Job, command: cs.Mine | cs.Open | cs.Search) -> Notice:
    """The mail with the list that a command wants."""
    listing = _LISTINGS[type(command)]
    title = say.word(f"list.{listing.value}", job.language)
    if isinstance(command, cs.Search):
        title = f"{title}: {command.words}"
    return shown.listing(job.mail, title, job.work.lists.get(listing, ()))


def help_notice(job: Job, command: cs.Help) -> Notice:
    """The mail with the commands."""
    notice = shown.transcript(job.mail, job.ticket if job.number else None, ())
    return Notice("help", {**notice.context, "commands": helping.helped(job.language, command.topic)})


def _shown(job: Job, number: int) -> Iterator[Effect]:
    ticket = job.ticket if number == job.number else job.work.others[number]
    notice = shown.articles_of(job, ticket, job.work.articles.get(number, ()), "ticket_show")
    yield from notify.tell(job.mail, ticket, notice, [job.agent])


def _sent(job: Job, lines: list[str], taken: tuple[AttachmentRef, ...]) -> Iterator[Effect]:
    yield from _tell(job, replace(shown.transcript(job.mail, job.ticket, lines), attachments=taken))


def _tell(job: Job, notice: Notice) -> Iterator[Effect]:
    yield from notify.tell(job.mail, job.ticket, notice, [job.agent])
