"""The article that an arriving mail becomes."""

from __future__ import annotations

from mailhelp.desk.effect import AddArticle
from mailhelp.desk.model import ArticleKind
from mailhelp.desk.scene import Mail


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
        tuple(
            {"name": one.name, "media_type": one.media_type, "size": one.size, "part": one.part, "inline": one.inline}
            for one in message.attachments
        ),
        slot,
    )
