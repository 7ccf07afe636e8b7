"""The same report twice: from one person, with the same numbers and nearly the same words, within a short time.

People send a report again when no answer came at once. It must not become a second case for a second agent; nor may two
reports be taken for one that differ in a single number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailhelp.desk import context, notify, words
from mailhelp.desk.article import filed
from mailhelp.desk.effect import Effect, Link, OpenTicket, SendMail, SetState
from mailhelp.desk.fold import key
from mailhelp.desk.formfield import Reading
from mailhelp.desk.model import ArticleKind, CloseReason, End, MailKind, Participant, Recent, Role, State, Ticket
from mailhelp.desk.scene import Mail
from mailhelp.mail.message import Address

ALIKE = 0.9
"""How much of two texts must be the same (`alike`)."""

SHINGLE = 3
"""Words in a row that are compared."""

LEAST_WORDS = 3
"""A shorter text tells nothing."""

_NUMBER = re.compile(r"\d(?:[\s.-]?\d){3,}")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def of(mail: Mail, reading: Reading) -> Recent | None:
    """The open report of the same sender that this one repeats, if there is one."""
    window = mail.policy.limits.duplicate_window
    if not window or mail.message.truncated:
        return None
    text = mail.message.new_text or mail.message.text
    values = {name: value.value for name, value in reading.fields.items()}
    return next((one for one in mail.case.recent if _within(mail, one) and same(text, values, one)), None)


def _within(mail: Mail, earlier: Recent) -> bool:
    return mail.arrival.arrived_at - earlier.ticket.opened_at <= mail.policy.limits.duplicate_window


def same(text: str, fields: Mapping[str, str], earlier: Recent) -> bool:
    """Whether a report says the same as an earlier one; one that gives a field which that one lacks says more."""
    known = {name: value.value for name, value in earlier.ticket.fields.items()}
    if any(key(value) != key(known.get(name, "")) for name, value in fields.items() if name != "details"):
        return False
    return marks(text) == marks(earlier.text) and alike(text, earlier.text) >= ALIKE


def marks(text: str) -> frozenset[str]:
    """What sets reports of the same wording apart: numbers of four digits and more, mail addresses."""
    numbers = {"".join(filter(str.isdigit, found)) for found in _NUMBER.findall(text)}
    return frozenset(numbers | {found.lower().rstrip(".") for found in _ADDRESS.findall(text)})


def alike(first: str, second: str) -> float:
    """How alike two texts are, from 0 to 1: the share of common word triples (Jaccard), whatever case and signs."""
    one, two = key(first).split(), key(second).split()
    if min(len(one), len(two)) < LEAST_WORDS:
        return 0.0
    left, right = _shingles(one), _shingles(two)
    return len(left & right) / len(left | right)


def _shingles(text: list[str]) -> set[tuple[str, ...]]:
    return {tuple(text[at : at + SHINGLE]) for at in range(len(text) - SHINGLE + 1)}


def joined(mail: Mail, requester: Address, first: Ticket) -> Iterator[Effect]:
    """The report is kept under a number of its own that is closed at once; what it says stands on the first one.

    Its sender is told once, under the first one's number; agents only where it brings files that they have not seen.
    """
    number, language = mail.case.next_number, first.language
    subject = words.clean_subject(mail.message.subject, mail.policy.desk.language)
    place = first.requester or Participant(1, Role.REQUESTER, requester)
    # The first to use a message id keeps it: what answers this mail belongs to the first report.
    yield filed(mail, first.number, ArticleKind.REPLY, slot=place.slot)
    yield OpenTicket(number, subject, requester, first.queue, language=language, opened_at=mail.arrival.arrived_at)
    yield filed(mail, number, ArticleKind.REPORT, slot=1)
    yield Link(number, first.number, "duplicate")
    yield SetState(number, State.CLOSED, f"it repeats {first.number}", CloseReason.DUPLICATE)
    if mail.files.taken:
        yield from notify.tell(mail, first, context.notice_reply(mail, first, place))
    yield from mail.automatic(_answer(mail, first, place), mail.message)
    reason = f"it repeats report {first.number} of the same sender: the same numbers, nearly the same words"
    yield from mail.end(End.ARTICLE, "report.duplicate", reason, first.number)


def _answer(mail: Mail, first: Ticket, to: Participant) -> SendMail:
    return SendMail(
        MailKind.ACKNOWLEDGEMENT,
        "duplicate_report",
        to.address,
        first.language,
        context.acknowledgement(mail, first, to.address),
        first.number,
        to.slot,
        **notify.threaded(to, mail.message.message_id),
    )
