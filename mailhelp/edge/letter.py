"""From the decision to send a mail to its final bytes: template, addresses, tokens, headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk.effect import AttachmentRef, SendMail
from mailhelp.desk.model import Role
from mailhelp.desk.policy import Desk
from mailhelp.desk.words import clean_name, clean_subject, salutation
from mailhelp.edge.template import Templates
from mailhelp.mail.compose import File, Outgoing, compose
from mailhelp.mail.encode import one_line
from mailhelp.mail.message import Address
from mailhelp.mail.token import Keyring, Purpose, message_id, reply_address

_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, ready for the outbox. `raw` are the bytes that will travel, however often they are tried."""

    message_id: str
    envelope_from: str
    recipient: str
    subject: str
    text: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes the mails of one desk."""

    templates: Templates
    keyring: Keyring
    desk: Desk

    def write(self, mail: SendMail, unique: str, now: datetime, load: Callable[[AttachmentRef], bytes]) -> Letter:
        """Write one mail; the same arguments give the same bytes.

        `unique` sets its Message-ID apart (letters a-z and digits, at most 16, else a digest of it is used); `load`
        gives the decoded bytes of a file to send along. ComposeError, LookupError or jinja2.TemplateError when it
        cannot be made.
        """
        context = self._context(mail, now)
        done = self.templates.render(mail.template, mail.language, context)
        new_id = self._message_id(mail, unique)
        outgoing = Outgoing(
            kind=mail.kind,
            sender=Address(self.desk.address, one_line(mail.sender_name or self.desk.name)[:_MAX_NAME]),
            to=Address(mail.to.addr, one_line(mail.to.name)[:_MAX_NAME]),
            reply_to=Address(self._reply_to(mail), one_line(self.desk.name)[:_MAX_NAME]),
            subject=done.subject,
            date=now.astimezone(ZoneInfo(self.desk.timezone)),
            message_id=new_id,
            desk_id=self.desk.id,
            text=done.text,
            html=done.html,
            in_reply_to=mail.in_reply_to,
            references=mail.references,
            ticket=mail.ticket,
            files=tuple(File(ref.name, ref.media_type, load(ref)) for ref in mail.attachments),
        )
        raw = compose(outgoing)
        return Letter(new_id, self._envelope_from(mail), mail.to.addr, one_line(done.subject), done.text, raw)

    def _context(self, mail: SendMail, now: datetime) -> dict[str, Any]:
        """What every mail can show, unless the decision says otherwise; the subject without `Re:` and our tag."""
        tag = self.desk.subject_tag.replace("{number}", str(mail.ticket)) if mail.ticket else ""
        common: Mapping[str, Any] = {
            "desk_name": self.desk.name,
            "desk_address": self.desk.address,
            "number": mail.ticket or "",
            "tag": tag,
            "name": clean_name(mail.to.name),
            "salutation": salutation(mail.to.name, now, self.desk, mail.language),
            "signature": self.desk.name,
        }
        subject = clean_subject(str(mail.context.get("subject", "")), mail.language)
        if tag and tag in subject:
            subject = clean_subject(subject.replace(tag, " "), mail.language)
        return {**common, **mail.context, "subject": subject, **self._reply_addresses(mail)}

    def _reply_addresses(self, mail: SendMail) -> dict[str, Any]:
        """Lists of tickets get a reply address for each one on which the recipient has a place."""
        if mail.role is not Role.AGENT or not self.desk.detail:
            return {}
        found: dict[str, Any] = {}
        if "tickets" in mail.context:
            found["tickets"] = [self._answerable(row) for row in mail.context["tickets"]]
        if "parts" in mail.context:
            parts = mail.context["parts"]
            found["parts"] = [{**one, "tickets": [self._answerable(row) for row in one["tickets"]]} for one in parts]
        return found

    def _answerable(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A ticket in a list, with its reply address."""
        if not row["slot"]:
            return dict(row)
        address, detail = self.desk.address, self.desk.detail
        reply = reply_address(self.keyring, address, detail, row["number"], row["slot"], Purpose.REPLY)
        return {**row, "reply": reply}

    def _message_id(self, mail: SendMail, unique: str) -> str:
        if mail.confirm is not None:
            return message_id(self.keyring, self.desk.domain, mail.confirm, 0, unique, Purpose.CONFIRM)
        return message_id(self.keyring, self.desk.domain, mail.ticket, mail.slot, unique)

    def _reply_to(self, mail: SendMail) -> str:
        address, detail = self.desk.address, self.desk.detail
        if mail.confirm is not None:
            return reply_address(self.keyring, address, detail, mail.confirm, 0, Purpose.CONFIRM)
        if not mail.ticket:
            return address
        return reply_address(self.keyring, address, detail, mail.ticket, mail.slot, Purpose.REPLY)

    def _envelope_from(self, mail: SendMail) -> str:
        """Where delivery reports go (RFC 5321 §4.4 reverse path)."""
        address, detail = self.desk.address, self.desk.detail
        return reply_address(self.keyring, address, detail, mail.ticket, mail.slot, Purpose.BOUNCE)
