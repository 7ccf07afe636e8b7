"""A mail inside another one, for people who pass reports on: attached (`message/rfc822`), or inside the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message as Mail
from email.utils import parsedate_to_datetime

from mailhelp.mail import address, attach, body, charset, forward, header, language, mime, pictures
from mailhelp.mail.message import Address, Attachment, ForwardedMail, ReadOptions

_MAX_SUBJECT = 1_000
_MAX_FILES = 100
_MAILS = frozenset({"message/rfc822", "message/global"})


def read(
    content: body.Body, files: Sequence[tuple[mime.Node, str]], subject: str, options: ReadOptions
) -> ForwardedMail | None:
    """The first mail that is passed on; None where the text does not begin with a `#` line, or there is no such mail.

    Every mail is read, few are passed on: nothing else is looked for.
    """
    if not content.text.lstrip("\ufeff\u200b\xa0 \t\r\n").startswith("#"):
        return None
    attached = next((node for node, _ in files if node.type in _MAILS), None)
    inside = mime.inner(attached) if attached is not None else None
    if attached is not None and inside is not None:
        return _attached(attached.part, inside, options)
    return _inline(content, subject)


def _attached(part: str, mail: Mail, options: ReadOptions) -> ForwardedMail:
    root = mime.tree(mail)
    content = body.read(root, options)
    cids, typed = attach.shown(content.html), pictures.typed(content.html, options.marker_lines)
    ids = header.message_ids(root.fields.raw("message-id"))
    printed = header.decode(root.fields.raw("date"))[:200]
    files = tuple(_moved(part, attach.read(node, parent, cids, typed)) for node, parent in content.files[:_MAX_FILES])
    return ForwardedMail(
        sender=address.read_from(root.fields.all("from")).address or Address(""),
        subject=header.decode(root.fields.raw("subject"))[:_MAX_SUBJECT],
        text=content.text,
        html_text=content.html_text,
        printed_date=printed,
        date=_date(printed),
        message_id=next(iter(ids), ""),
        attachments=files,
        part=part,
        language=language.guess(content.text),
    )


def _inline(content: body.Body, subject: str) -> ForwardedMail | None:
    found = forward.find(content.plain, content.html, subject)
    if found is None:
        return None
    return ForwardedMail(
        sender=found.sender,
        subject=header.clean(found.subject)[:_MAX_SUBJECT],
        text=charset.tidy(found.body),
        comment=charset.tidy(found.comment),
        printed_date=header.clean(found.date)[:200],
        language=language.guess(found.body),
    )


def _moved(part: str, one: Attachment) -> Attachment:
    """The same file, with its place as seen from the outer mail."""
    return replace(one, part=f"{part}/{one.part}")


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
