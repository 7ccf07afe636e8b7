"""The article that an arriving mail becomes."""

from __future__ import annotations

from typing import Any

from mailhelp.desk.effect import AddArticle
from mailhelp.desk.model import ArticleKind
from mailhelp.desk.scene import Mail
from mailhelp.mail.message import Attachment


def filed(
    mail: Mail, ticket: int, kind: ArticleKind, *, slot: int = 0, text: str | None = None, internal: bool = False
) -> AddArticle:
    """The mail as an article; `text` replaces what its sender wrote himself, `slot` is the sender's place."""
    message = mail.message
    return AddArticle(
        ticket,
        kind,
        mail.sender,
        message.new_text if text is None else text,
        message.quoted_text,
        mail.arrival.id,
        message.message_id,
        message.subject,
        internal,
        tuple(_attachment(one, mail.files.why(one)) for one in message.attachments),
        slot,
    )


def _attachment(one: Attachment, left: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "media_type": one.media_type,
        "size": one.size,
        "part": one.part,
        "inline": one.inline,
        "sha256": one.sha256,
        "left": left,
    }
