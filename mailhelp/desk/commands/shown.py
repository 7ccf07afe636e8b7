"""What the mails to agents show that commands cause. The names are those of `edge.samples`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from mailhelp.desk import context, dates, heading, words
from mailhelp.desk.command import Mistake
from mailhelp.desk.commands import helping, say
from mailhelp.desk.commands.job import Job
from mailhelp.desk.label import label
from mailhelp.desk.model import ArticleKind, Ticket
from mailhelp.desk.notify import Notice
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Scene
from mailhelp.desk.timefacts import Timeline
from mailhelp.desk.workcase import Row, Told
from mailhelp.mail.message import Address

MAX_ARTICLES = 30
MAX_TEXT = 8_000


def whole(job: Job, template: str, by: str = "") -> Notice:
    """The whole report: head, fields, conversation, with what the agent writes just now."""
    articles = job.work.articles.get(job.number, ())
    if text := job.parsed.whole_text:
        kind = ArticleKind.NOTE if job.parsed.is_note else ArticleKind.ANSWER
        articles = (*articles, Told(0, kind, job.mail.sender, job.mail.now, text, job.parsed.is_note))
    return articles_of(job, job.ticket, articles, template, by)


def articles_of(
    job: Job, ticket: Ticket, articles: Sequence[Told], template: str, by: str = "", *, unmasked: bool = False
) -> Notice:
    """A report with these articles, oldest first; identity numbers masked unless the category needs them."""
    scene, language = job.mail, job.language
    category = scene.policy.categories.get(ticket.category)
    unmasked = unmasked or bool(category and category.needs_identity)
    requester = ticket.requester
    shown = {
        **context.common(scene, ticket, Address(""), language),
        "by": by,
        "requester": context.shown(requester.address) if requester else "",
        "head": list(head(scene, ticket, language, None if _answers(job) else scene.case.time.get(ticket.number))),
        "fields": list(context.rows(scene, context.not_in_head(ticket), language, unmasked=unmasked)),
        "articles": [_article(scene, one, language, unmasked=unmasked) for one in articles[-MAX_ARTICLES:]],
        "left_out": max(len(articles) - MAX_ARTICLES, 0),
    }
    return Notice(template, shown)


def _answers(job: Job) -> bool:
    """Whether the mail answers the requester just now: then the facts of time are no longer those that were read."""
    return bool(job.parsed.whole_text) and not job.parsed.is_note


def head(scene: Scene, ticket: Ticket, language: str, line: Timeline | None = None) -> Iterable[dict[str, str]]:
    """State, what is due next, queue, owner and so on, as rows."""
    yield from heading.head(scene, ticket, language, line=line)
    if ticket.tags:
        yield {"label": say.word("tags", language), "value": ", ".join(sorted(ticket.tags))}
    copies = [one.address.addr for one in ticket.participants if one.role.value == "copy"]
    if copies:
        yield {"label": say.word("copies", language), "value": ", ".join(copies)}


def _article(scene: Scene, told: Told, language: str, *, unmasked: bool) -> dict[str, Any]:
    text = told.text if unmasked else words.mask(told.text)
    names = [words.mask_name(str(one["name"])) for one in told.attachments if not one.get("inline")]
    return {
        "what": say.word(f"article.{told.kind.value}", language),
        "author": told.author,
        "at": dates.near(told.at, scene.now, scene.policy.desk.timezone, language),
        "text": text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + " …",
        "files": ", ".join(names),
    }


def transcript(scene: Scene, ticket: Ticket | None, lines: Sequence[str], *, undo: bool = False) -> Notice:
    """What was done; `undo` where `#undo` can take it back."""
    return Notice("transcript", {**_common(scene, ticket), "lines": list(lines), "can_undo": undo})


def mistakes(scene: Scene, ticket: Ticket | None, found: Sequence[Mistake], text: str) -> Notice:
    """What was wrong, line by line; nothing was done."""
    language = scene.policy.desk.language
    rows = [
        {
            "line": one.line,
            "number": one.number,
            "why": say.mistake(one.code, language),
            "allowed": _allowed(one, language),
            "example": _example(one, language),
            "nearest": one.nearest,
        }
        for one in found
    ]
    return Notice("command_error", {**_common(scene, ticket), "mistakes": rows, "text": text})


def _allowed(mistake: Mistake, language: str) -> str:
    """What is possible there; of the commands their names in the agent's language, where none is near."""
    if mistake.code != "unknown":
        return mistake.allowed
    return "" if mistake.nearest else helping.names(language)


def _example(mistake: Mistake, language: str) -> str:
    """How the command is written, where something is wrong with what stands behind it."""
    word = mistake.line.split()[0].strip("#:") if mistake.line.strip() else ""
    shows = mistake.code in _ABOUT_ARGUMENTS and not mistake.allowed
    return helping.example(word, language) if shows else ""


_ABOUT_ARGUMENTS = frozenset(
    {
        *("takes-nothing", "needs-more", "not-a-number", "not-an-address", "not-a-time", "not-a-date", "not-tags"),
        *("not-a-setting", "not-a-template"),
    }
)


def listing(scene: Scene, title: str, rows: Sequence[Row]) -> Notice:
    """Tickets, one a line; `Letters` adds the reply address of each."""
    language, zone = scene.policy.desk.language, scene.policy.desk.timezone
    found = [ticket_row(one, scene.now, language, zone) for one in rows]
    return Notice("list", {**_common(scene, None), "title": title, "tickets": found})


def ticket_row(row: Row, now: datetime, language: str, zone: str) -> dict[str, Any]:
    """One ticket in a list."""
    return {
        "number": row.number,
        "slot": row.slot,
        "subject": words.mask(row.subject),
        "state": label(row.state.value, language),
        "owner": row.owner,
        "queue": row.queue,
        "priority": label(row.priority, language),
        "requester": row.requester,
        "changed": dates.near(row.changed_at, now, zone, language),
        "due": dates.near(row.due_at, now, zone, language) if row.due_at else "",
        "reply": "",
    }


def colleague(scene: Scene, ticket: Ticket, agent: Agent, what: str, text: str) -> Notice:
    """What a colleague did, for the others of the queue."""
    language = scene.policy.desk.language
    done = {"what": say.colleague(what, agent.display or agent.name, language), "text": words.mask(text)}
    return Notice("notice_work", {**_common(scene, ticket), **done})


def _common(scene: Scene, ticket: Ticket | None) -> dict[str, Any]:
    return context.common(scene, ticket, Address(""), scene.policy.desk.language)
