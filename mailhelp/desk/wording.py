"""What an agent's mail says to the requester, and whether that is sure.

Not sure is where the quotation begins, whose words are answered, or whether the last lines are a signature. What is
known better here than in the mail itself: the signature in rules/team.yaml, and what the requester wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailhelp.desk.command import begins_with
from mailhelp.desk.inline import Known, woven
from mailhelp.desk.model import ArticleKind, Ticket
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Mail
from mailhelp.desk.workcase import Work
from mailhelp.mail.quotes import signature
from mailhelp.mail.quotes.pieces import Piece

_DELIMITERS = "-_—*~ \t"
_FROM_REQUESTER = (ArticleKind.REPORT, ArticleKind.REPLY)


@dataclass(frozen=True, slots=True)
class Wording:
    """The text for the requester (commands and all).

    `doubt` is `inline`, `unsure` or `signature`, or empty where all is sure; `line` the line in question, if it is one.
    `sendable` says that the text may be sent when the agent has seen it: nothing of our notice stands in it. `command`
    is a command between quoted lines, which is a mistake.
    """

    text: str
    doubt: str = ""
    line: str = ""
    sendable: bool = True
    command: str = ""


def read(mail: Mail, ticket: Ticket, agent: Agent) -> Wording:
    """The words of an agent's mail on a ticket."""
    message, known = mail.message, _known(mail, ticket)
    if not message.inline_answers:
        return _checked(_above(mail, agent), known)
    pieces = _signed(message.pieces, agent)
    if not pieces:
        return Wording(message.new_text, "inline", sendable=False)
    if [one.quoted for one in pieces] == [False, True]:  # below the quotation stood nothing but the signature
        return Wording(pieces[0].text)
    return _between(mail, ticket, pieces, known)


def _above(mail: Mail, agent: Agent) -> Wording:
    """Text apart from the quotation."""
    message = mail.message
    text = unsigned(message.new_text, agent)
    if message.split_sure or (message.bare_signature and text != message.new_text):
        named = text == message.new_text and _named_block(text, mail)
        return Wording(text, "signature" if named else "")
    return Wording(text, "signature" if message.bare_signature else "unsure")


def _checked(wording: Wording, known: Known) -> Wording:
    """A text cut at a guess may not be offered for sending where something of our notice is left in it."""
    shown = known.shown_in(wording.text) if wording.doubt in ("unsure", "inline") else ""
    return replace(wording, line=shown, sendable=False) if shown else wording


def _between(mail: Mail, ticket: Ticket, pieces: Sequence[Piece], known: Known) -> Wording:
    """Answers between quoted lines. Whoever else gets the answer has not written what is quoted."""
    found = woven(pieces, known)
    command = next((line.strip() for text in found.typed[1:] for line in text.split("\n") if begins_with(line)), "")
    message = mail.message
    alone = all(one.role.value != "copy" for one in ticket.participants)
    quotes = any(line.startswith("> ") for line in found.text.split("\n"))
    cut = pieces != message.pieces
    if found.doubt or (quotes and not alone):
        return Wording(found.text, "inline", found.doubt, command=command)
    if not (message.split_sure or (message.bare_signature and cut)):
        return _checked(
            Wording(found.text, "signature" if message.bare_signature else "inline", command=command), known
        )
    named = not cut and _named_block(found.typed[-1], mail)
    return Wording(found.text, "signature" if named else "", command=command)


def _known(mail: Mail, ticket: Ticket) -> Known:
    work, requester = mail.case.work or Work(), ticket.requester
    articles = work.articles.get(ticket.number, ())
    key = requester.address.key if requester else ""
    own = [one for one in articles if one.kind in _FROM_REQUESTER and key and one.author.lower() == key]
    others = [one.text for one in articles if one not in own]
    return Known([one.text for one in own], others, f"{mail.policy.desk.name}\n{work.seen_text}")


def unsigned(text: str, agent: Agent) -> str:
    """The text without the agent's signature below it, whatever line sets it apart."""
    lines = text.rstrip().split("\n")
    for sign in agent.signature:
        wanted = _words(sign)
        for start in range(len(lines) - 1, -1, -1):
            below = _words("\n".join(lines[start:]))
            if below == wanted:
                return _without_delimiter(lines[:start])
            if len(below) > len(wanted):
                break
    return text


def _signed(pieces: Sequence[Piece], agent: Agent) -> tuple[Piece, ...]:
    """The pieces without the signature at the end of the last typed one."""
    last = next((n for n in range(len(pieces) - 1, -1, -1) if not pieces[n].quoted), -1)
    if last < 0:
        return ()
    text = unsigned(pieces[last].text, agent)
    kept = (Piece(text),) if text.strip() else ()
    return (*pieces[:last], *kept, *pieces[last + 1 :])


def _words(text: str) -> list[str]:
    return [word for part in text.split() if (word := part.strip("*_"))]


def _without_delimiter(lines: Sequence[str]) -> str:
    end = len(lines)
    while end and not lines[end - 1].strip(_DELIMITERS):
        end -= 1
    return "\n".join(lines[:end])


def _named_block(text: str, mail: Mail) -> bool:
    """Whether the last paragraph begins with the agent's name as in From, and goes on: it is hardly the answer's."""
    sender = mail.message.sender.address
    name = " ".join(sender.name.split()).casefold() if sender else ""
    block = text.rstrip().split("\n\n")[-1].strip("\n").split("\n")
    first = " ".join(block[0].strip("*_ ").split()).casefold()
    apart = "\n\n" in text.strip() and len(block) > 1
    return bool(name) and " " in name and apart and first == name and not signature.is_closing(block[0])
