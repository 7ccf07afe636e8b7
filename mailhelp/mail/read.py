"""Reading one mail: raw bytes in, a `Message` out. The only failure is LimitExceeded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from mailhelp.mail import (
    address,
    attach,
    auth,
    body,
    charset,
    classify,
    header,
    language,
    mime,
    parsed,
    passed_on,
    pictures,
    quote,
    report,
)
from mailhelp.mail.message import Kind, Message, ReadOptions

_MAX_HEADER = 1_000
_MAX_REPEATS = 5
_MAX_SUBJECT = 1_000
_MAX_ATTACHMENTS = 1_000
_KEPT = (
    "Subject", "From", "To", "Cc", "Reply-To", "Date", "Message-ID", "List-Id", "Auto-Submitted", "Precedence",
    "X-Mailer", "User-Agent", "X-Priority", "Importance", "X-Spam-Flag", "X-Spam-Status", "X-Original-To",
    "Delivered-To", "Return-Path", "Content-Type", "X-Mailhelp-Desk", "Sender", "Organization",
)  # fmt: skip
_KEPT_NAMES = {name.lower(): name for name in _KEPT}


def _kept(fields: header.Fields) -> tuple[tuple[str, str], ...]:
    """The allow-listed fields, decoded, in the order of the mail; the first few of a name."""
    found: list[tuple[str, str]] = []
    seen: dict[str, int] = {}
    for raw_name, value in fields.items:
        name = _KEPT_NAMES.get(raw_name.lower())
        if name and seen.get(name, 0) < _MAX_REPEATS:
            seen[name] = seen.get(name, 0) + 1
            found.append((name, header.decode(value)[:_MAX_HEADER]))
    return tuple(found)


def _date(fields: header.Fields, facts: parsed.Facts) -> datetime | None:
    """The Date field as aware UTC: mail-parser's reading, else the standard library's, else None."""
    if facts.date is not None:
        return facts.date
    try:
        found = parsedate_to_datetime(fields.text("date")[:200])
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None


def _return_path(fields: header.Fields) -> str | None:
    """The reverse path: None if unknown, empty if null (RFC 5321 §4.4)."""
    if "return-path" not in fields:
        return None
    found = address.read_list(fields.all("return-path")[:1])
    return found[0].addr if found else ""


def _delivered_to(fields: header.Fields) -> tuple[str, ...]:
    """Where the mail was delivered to, as our own servers noted it, lower case."""
    values = [
        value
        for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
        for value in fields.all(name)
    ]
    return tuple(found.key for found in address.read_list(values[:20]))


def _ids(fields: header.Fields, name: str) -> tuple[str, ...]:
    """The message ids of all fields of that name."""
    found = [found for value in fields.all(name)[:_MAX_REPEATS] for found in header.message_ids(value)]
    return tuple(dict.fromkeys(found[-header.MAX_IDS :]))


def _defects(root: mime.Node, facts: parsed.Facts) -> tuple[str, ...]:
    """What is odd about the mail, from both parsers."""
    own = (type(defect).__name__ for node in (root, *mime.leaves(root)) for defect in node.mail.defects)
    return tuple(dict.fromkeys((*facts.defects, *own)))[: parsed.MAX_DEFECTS]


def _whole_files(root: mime.Node, content: body.Body, *, truncated: bool) -> list[tuple[mime.Node, str]]:
    """The files of the mail; of a truncated one not the last part, which may be cut."""
    last = list(mime.leaves(root))[-1].part if truncated else ""
    return [(node, parent) for node, parent in content.files if node.part != last][:_MAX_ATTACHMENTS]


def read(source: bytes | BinaryIO, options: ReadOptions, *, truncated: bool = False) -> Message:
    """Read a mail from bytes or a binary file. `truncated` says that the source is only the beginning of one.

    Raises LimitExceeded where a mail would cost too much; nothing else.
    """
    loaded = mime.load(source, options)
    root = mime.tree(loaded.mail)
    fields = root.fields
    facts = parsed.facts(loaded.mail, loaded.size)
    content = body.read(root, options)
    sender = address.read_from(fields.all("from"))
    found_report = report.read(root, fields, content.text)
    split = quote.split(content.plain, content.html, options.marker_lines)
    view = classify.View(
        fields,
        sender,
        fields.text("subject").lower(),
        frozenset(node.type for node in mime.leaves(root)),
        root.params.get("report-type", "").lower(),
        content.text,
        split.new_text,
        found_report,
    )
    kind, reason = classify.classify(view, options)
    cids, typed = attach.shown(content.html), pictures.typed(content.html, options.marker_lines)
    files = _whole_files(root, content, truncated=truncated)
    return Message(
        message_id=next(iter(_ids(fields, "message-id")), ""),
        sender=sender,
        subject=header.decode(fields.raw("subject"))[:_MAX_SUBJECT],
        kind=kind,
        kind_reason=reason,
        sha256=loaded.sha256,
        size=loaded.size,
        date=_date(fields, facts),
        to=address.read_list(fields.all("to")),
        cc=address.read_list(fields.all("cc")),
        reply_to=address.read_list(fields.all("reply-to")),
        return_path=_return_path(fields),
        delivered_to=_delivered_to(fields),
        in_reply_to=_ids(fields, "in-reply-to"),
        references=_ids(fields, "references"),
        headers=_kept(fields),
        text=content.text,
        html_text=content.html_text,
        new_text=charset.tidy(split.new_text),
        quoted_text=charset.tidy(split.quoted_text),
        signature=charset.tidy(split.signature),
        split_how=split.how,
        split_sure=split.sure,
        inline_answers=split.inline,
        bare_signature=split.bare,
        pieces=tuple(replace(one, text=charset.tidy(one.text)) for one in split.pieces),
        attachments=tuple(attach.read(node, parent, cids, typed) for node, parent in files),
        report=found_report if kind is Kind.DELIVERY_REPORT else None,
        authentication=auth.read(fields.items, facts.hops, options),
        language=language.guess(split.new_text or content.text),
        truncated=truncated,
        defects=_defects(root, facts),
        forwarded=passed_on.read(content, files, header.decode(fields.raw("subject"))[:_MAX_SUBJECT], options),
    )
