"""What is kept with a decision so that other rules can be tried on the same mail later (`mailhelp rules replay`).

The mail's text and subject stand in its article. Here is the rest that rules may ask for, and what came of it.
A mail whose text the article does not tell in full (a form in the HTML part, nothing but quoted text) is marked: it has
to be read again from its raw bytes.

Of replies, agents' mails and due times all facts are kept as the rules saw them: they are few, and what a ticket was
like at that moment cannot be told from the tables later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime
from typing import Any

from mailhelp.desk.askmail import HEADERS
from mailhelp.desk.effect import (
    AddArticle,
    AddParticipant,
    Assign,
    Decision,
    Effect,
    OpenTicket,
    SetState,
    Tag,
)
from mailhelp.desk.facts import Facts
from mailhelp.desk.model import ArticleKind, Case, Role, SentCounts
from mailhelp.desk.rule import LEAST_LOADED, ROUND_ROBIN
from mailhelp.mail.message import Address, Attachment, Kind, Message, Sender

MOST_HEADERS = 4_000
"""Characters of header fields that are kept; a mail with more is read again."""

MOST_FILES = 50
"""Files that are kept; a mail with more is read again."""

MOST_TEXT = 20_000
"""Characters of text that are kept with a reply; rules are not tried again on one with more."""

_KEPT = frozenset(name.lower() for name in HEADERS)

TOLD = (
    "queue", "owner", "priority", "category", "subcategory", "user_type", "state", "close_reason", "tags", "answer",
    "notes", "copies",
)  # fmt: skip
"""What an outcome tells, in this order."""


def keep(decision: Decision, message: Message, case: Case) -> Decision:
    """The decision about a new report with `seen` and `outcome` in its trace; others as they are."""
    if "rules" not in decision.trace or not any(isinstance(effect, OpenTicket) for effect in decision.effects):
        return decision
    more = {"seen": seen(message, case), "outcome": outcome(decision.effects, decision.trace)}
    return replace(decision, trace={**decision.trace, **more})


def seen(message: Message, case: Case) -> dict[str, Any]:
    """What rules may ask for and no table holds.

    Where `whole` is False the mail has to be read again; where `html` is True, too, if its form is to be read again.
    """
    headers = {name: value for name, value in reversed(message.headers) if name.lower() in _KEPT}
    whole = bool(message.new_text)
    if sum(map(len, headers.values())) > MOST_HEADERS:
        headers, whole = {}, False
    files, whole = message.attachments, whole and len(message.attachments) <= MOST_FILES
    return {
        "whole": whole,
        "html": message.html_text not in ("", message.new_text),
        "kind": message.kind.value,
        "to": [address.addr for address in message.to],
        "cc": [address.addr for address in message.cc],
        "headers": headers,
        "language": message.language,
        "truncated": message.truncated,
        "return_path": message.return_path,
        "files": _files(files) if whole else [],
        "sent": list(astuple(case.sent)),
        "rescan": case.rescan,
        "known_sender": case.known_sender,
        "open_reports": case.open_reports,
    }


def facts_seen(facts: Facts) -> dict[str, Any] | None:
    """The facts of anything but a new report as plain data; None where the text is too long to be kept."""
    if len(facts.text) > MOST_TEXT:
        return None
    data = {item.name: getattr(facts, item.name) for item in fields(Facts) if item.init}
    data["attachments"] = _files(facts.attachments)
    data["headers"] = {name: value for name, value in facts.headers.items() if name.lower() in _KEPT}
    data["fields"], data["recipients"] = dict(facts.fields), list(facts.recipients)
    data["tags"] = sorted(facts.tags)
    data["local_time"] = facts.local_time.isoformat() if facts.local_time else None
    return data


def facts_again(seen: Mapping[str, Any]) -> Facts:
    """The inverse of `facts_seen`, after the store."""
    data = dict(seen)
    data["attachments"] = tuple(_file(*row) for row in seen["attachments"])
    data["recipients"], data["tags"] = tuple(seen["recipients"]), frozenset(seen["tags"])
    data["local_time"] = datetime.fromisoformat(seen["local_time"]) if seen["local_time"] else None
    return Facts(**data)


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail as its article tells it, and what was seen of it besides."""

    sender: Address
    subject: str
    text: str
    seen: Mapping[str, Any]
    at: datetime

    @property
    def case(self) -> Case:
        """What was known of its sender then, and how much automatic mail had left."""
        seen = self.seen
        return Case(
            next_number=0,
            sent=SentCounts(*seen["sent"]),
            rescan=seen["rescan"],
            open_reports=seen["open_reports"],
            known_sender=seen["known_sender"],
        )

    def message(self, read: Message | None = None) -> Message:
        """The mail; `read` is the same one read again from its raw bytes, where that is needed."""
        if read is not None:
            return replace(read, new_text=self.text or read.new_text)
        return Message(
            message_id="",
            sender=Sender(self.sender, claimed=(self.sender.addr,)),
            subject=self.subject,
            kind=Kind(self.seen["kind"]),
            kind_reason="",
            sha256="",
            size=0,
            date=self.at,
            to=tuple(map(Address, self.seen["to"])),
            cc=tuple(map(Address, self.seen["cc"])),
            headers=tuple(self.seen["headers"].items()),
            text=self.text,
            new_text=self.text,
            attachments=tuple(_file(*row) for row in self.seen["files"]),
            return_path=self.seen["return_path"],
            language=self.seen["language"],
            truncated=self.seen["truncated"],
        )


def _files(files: Iterable[Attachment]) -> list[list[Any]]:
    return [[one.name, one.media_type, one.size, one.sniffed, one.inline] for one in files]


def _file(name: str, media_type: str, size: int, sniffed: str, inline: bool) -> Attachment:  # noqa: FBT001 - a row
    return Attachment(name, media_type, size, "", "", inline=inline, sniffed=sniffed)


def outcome(effects: Iterable[Effect], trace: Mapping[str, Any]) -> dict[str, Any]:
    """What rules and categories made of a mail, as plain data that can be compared (`TOLD`).

    An owner who was chosen in turn or by load is told as that: who it was depends on the tickets before.
    """
    told: dict[str, Any] = {"notes": [], "copies": []}
    tags: set[str] = set()
    for effect in effects:
        match effect:
            case OpenTicket():
                told |= {name: str(getattr(effect, name)) for name in TOLD[:7] if name != "owner"}
                told["answer"] = _answer(trace, effect.requester.addr)
            case Assign(owner=str(owner), reason=reason):
                told["owner"] = next((way for way in (ROUND_ROBIN, LEAST_LOADED) if reason.endswith(f": {way}")), owner)
            case SetState():
                told["state"] = effect.state.value
                told["close_reason"] = effect.close_reason.value if effect.close_reason else ""
            case Tag():
                tags = (tags | effect.add) - effect.remove
            case AddArticle(kind=ArticleKind.NOTE):
                told["notes"].append(effect.text)
            case AddParticipant(role=Role.COPY):
                told["copies"].append(effect.address.addr)
            case _:
                pass
    told["tags"] = sorted(tags)
    return {name: told.get(name, "") for name in TOLD}


def _answer(trace: Mapping[str, Any], requester: str) -> str:
    """The template that the sender was to be answered with, whether or not the gate let it through."""
    told = [str(verdict.get("template", "")) for verdict in trace.get("gate", ()) if verdict.get("to") == requester]
    return told[-1] if told else ""
