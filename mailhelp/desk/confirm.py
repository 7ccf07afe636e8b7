"""Mail that claims to be an agent's without an agent's proof: held until the registered address has confirmed it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailhelp.desk import context, notify, words
from mailhelp.desk.authority import claimed_agent
from mailhelp.desk.commands.colleagues import CHANGED, CONFIRMING, DOUBTFUL
from mailhelp.desk.effect import Alarm, Effect, EndArrival, Release, SendMail
from mailhelp.desk.model import End, MailKind, Proof, Role, Ticket
from mailhelp.desk.policy import Agent
from mailhelp.desk.scene import Mail
from mailhelp.mail.message import Address
from mailhelp.mail.token import Purpose

_WORD = re.compile(r"[^\W\d_]+")
_YES = frozenset(
    {
        *("ya", "iya", "ok", "oke", "benar", "betul", "setuju", "kirim", "kirimkan", "jalankan", "lanjut", "lanjutkan"),
        *("yes", "y", "yep", "okay", "send", "confirm", "proceed"),
    }
)
_NO = frozenset({"tidak", "bukan", "jangan", "batal", "batalkan", "no", "not", "nope", "cancel", "deny"})
_FEW = 3
"""Words of a line that says yes or no and is no answer to a requester."""
_FILLING = frozenset(
    {
        *("saja", "aja", "sekarang", "tetap", "tolong", "mohon", "silakan", "itu", "jawaban", "suratnya", "terima"),
        *("kasih", "it", "please", "now", "anyway", "the", "answer", "that", "thanks", "just", "go", "ahead", "dong"),
    }
)
"""Words that add nothing to a yes or no, however many there are."""


def held(mail: Mail, ticket: Ticket, proof: Proof) -> Iterator[Effect]:
    """Hold a mail and ask the agent's registered address; nothing else happens."""
    agent = claimed_agent(mail.message, mail.policy)
    assert agent is not None
    yield from mail.end(End.HELD, f"held.{proof.code}", f"held: {proof.reason}", ticket.number)
    asked = tuple(mail.automatic(_question(mail, ticket, agent, proof.code), mail.message))
    yield from asked
    if not any(isinstance(effect, SendMail) for effect in asked):
        yield Alarm(
            "held.unasked", f"A mail that claims to be {agent.name} is held, and {agent.address} was not asked."
        )


def _question(mail: Mail, ticket: Ticket, agent: Agent, code: str) -> SendMail:
    to = Address(agent.address, agent.display or agent.name)
    person = notify.seat(ticket, agent)
    place = notify.threaded(person) if person else {}
    return SendMail(
        MailKind.CONFIRM,
        "confirm",
        to,
        mail.policy.desk.language,
        context.confirm(mail, ticket, to, code),
        ticket.number,
        person.slot if person else 0,
        Role.AGENT,
        confirm=mail.arrival.id,
        **place,
    )


def is_answer(mail: Mail) -> bool:
    """Whether the mail carries the token of a confirmation request."""
    return any(found.claim.purpose is Purpose.CONFIRM for found in mail.evidence.claims)


def answered(mail: Mail) -> Iterator[Effect] | None:
    """What an answer to a confirmation request does; None when its sender is not the agent who was asked."""
    arrival, message = mail.case.held, mail.case.held_message
    sender = mail.policy.team.agent_at(mail.sender) if mail.sender else None
    if sender is None:
        return None
    if arrival is None or message is None:
        return mail.end(End.IGNORED, "confirm.nothing-held", "an answer to a question that is settled already")
    asked = claimed_agent(message, mail.policy)
    if asked is None or asked.name != sender.name or _is_rewritten(mail):
        return None
    return _settled(mail, arrival.id, sender)


def superseded(mail: Mail) -> Iterator[Effect]:
    """The answer that waits is dropped when its agent writes another one instead of a word about it."""
    if is_answer(mail) and mail.case.held is not None and _is_rewritten(mail):
        yield EndArrival(mail.case.held.id, End.IGNORED, "its agent wrote another answer instead", None)


def _is_rewritten(mail: Mail) -> bool:
    """Whether an answer that waits is answered by more than a word; a signature may stand below the word."""
    return mail.case.held_reason.startswith((DOUBTFUL, CHANGED)) and not _is_word(mail.message.new_text)


def _is_word(text: str) -> bool:
    """Whether the first line says yes or no and hardly more: `kirim saja`, `Ya, tolong dikirim`."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    said = _WORD.findall(first.lower())
    few = len(said) <= _FEW or all(word in _YES | _NO | _FILLING for word in said)
    return bool(said) and said[0] in _YES | _NO and few


def _settled(mail: Mail, held_id: int, agent: Agent) -> Iterator[Effect]:
    found = _WORD.search(mail.message.new_text)
    word = found[0].lower() if found else ""
    if word in _YES:
        yield Release(held_id)
        yield from mail.end(End.IGNORED, "confirm.yes", f"confirmation: {agent.name} vouches for the held mail")
    elif word in _NO and mail.case.held_reason.startswith((CHANGED, CONFIRMING, DOUBTFUL)):
        yield EndArrival(held_id, End.IGNORED, f"{agent.name} took it back", None)
        yield from mail.end(End.IGNORED, "confirm.withdrawn", f"{agent.name} took the held mail back")
    elif word in _NO:
        yield EndArrival(held_id, End.IGNORED, f"{agent.name} says that this mail was not sent by them")
        yield Alarm("confirm.no", f"Somebody wrote under the name of {agent.name}; the mail was not taken.")
        yield from mail.end(End.IGNORED, "confirm.no", f"confirmation refused: {agent.name} did not send the held mail")
    else:
        yield from mail.automatic(_again(mail, held_id, agent), mail.message)
        reason = "neither yes nor no: the held mail stays held, and they are asked again"
        yield from mail.end(End.IGNORED, "confirm.unclear", f"confirmation: {agent.name} answered, {reason}")


def _again(mail: Mail, held_id: int, agent: Agent) -> SendMail:
    """The question once more, below an answer that says neither yes nor no."""
    message, language = mail.message, mail.policy.desk.language
    to = Address(agent.address, agent.display or agent.name)
    ids = (message.message_id,) if message.message_id else ()
    shown = {**context.common(mail, None, to, language), "subject": message.subject}
    held = mail.case.held_message
    text = words.mask(held.new_text or held.text) if held else ""
    return SendMail(
        MailKind.CONFIRM,
        "confirm_again",
        to,
        language,
        {**shown, "text": text},
        role=Role.AGENT,
        confirm=held_id,
        in_reply_to=message.message_id,
        references=(*message.ids[:1], *ids),
    )
