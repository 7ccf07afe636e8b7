"""Mail that no person wrote just now: our own, duplicates, receipts, automatic replies. Nobody is answered."""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import report
from mailhelp.desk.article import filed
from mailhelp.desk.authority import weigh
from mailhelp.desk.effect import Effect
from mailhelp.desk.form import Reading
from mailhelp.desk.model import ArticleKind, Authority, End, Ticket
from mailhelp.desk.scene import Mail
from mailhelp.mail.message import Address, Kind

_ENOUGH_FIELDS = 3


def own(mail: Mail) -> Iterator[Effect]:
    """Our own mail came back: recorded, and nothing else, or two desks would talk for ever."""
    yield from mail.end(End.IGNORED, "loop.own", f"our own mail: {mail.message.kind_reason}")


def duplicate(mail: Mail) -> Iterator[Effect]:
    """The same mail was taken before: no second article and no second answer."""
    reason = f"the same mail as arrival {mail.case.duplicate_of}"
    yield from mail.end(End.DUPLICATE, "duplicate", reason, mail.case.duplicate_ticket)


def disposition(mail: Mail) -> Iterator[Effect]:
    """A receipt (RFC 8098): filed where it belongs, else ignored."""
    ticket = _ticket(mail)
    if ticket is None:
        yield from mail.end(End.IGNORED, "disposition.unmatched", "a receipt that belongs to no report")
        return
    yield filed(mail, ticket.number, ArticleKind.AUTOMATIC, internal=True)
    yield from mail.end(End.ARTICLE, "disposition", "a receipt for one of our mails", ticket.number)


def automatic(mail: Mail) -> Iterator[Effect]:
    """Out of office and the like (RFC 3834): filed on its ticket, where agents see it; it is no answer.

    Automatic mail on no ticket is ignored, unless it is a web form's: then it opens a report.
    """
    ticket = _ticket(mail)
    if ticket:
        yield filed(mail, ticket.number, ArticleKind.AUTOMATIC)
        reason = f"automatic mail, filed and not answered: {mail.message.kind_reason}"
        yield from mail.end(End.ARTICLE, "automatic.filed", reason, ticket.number)
        return
    reading = report.read(mail)
    names = report.sure(reading.fields)
    if mail.sender and "details" in names and len(names) >= _ENOUGH_FIELDS:
        reason = f"automatic mail with a filled-in form ({len(names)} fields)"
        opening = report.Opening(code="report.form", reason=reason)
        yield from report.opened(mail, _writer(mail, reading), opening, reading)
        return
    reason = f"automatic mail that belongs to no report: {mail.message.kind_reason}"
    yield from mail.end(End.IGNORED, "automatic.ignored", reason)


def _ticket(mail: Mail) -> Ticket | None:
    """The ticket, where the sender has proven to be one of its people; automatic mail is never asked to confirm."""
    ticket, proof = weigh(mail.evidence, mail.message, mail.case, mail.policy, mail.now)
    mail.trace.thread(ticket, proof, mail.evidence)
    return ticket if proof.authority in {Authority.AGENT, Authority.PARTICIPANT} else None


def _writer(mail: Mail, reading: Reading) -> Address:
    """Who filled in a web form: its e-mail field; the sender is only the form's machine."""
    email, name = reading.fields.get("email"), reading.fields.get("name")
    local, _, domain = (email.value if email and email.sure >= 0.8 else "").strip().rpartition("@")
    if local and "." in domain and not any(char.isspace() or char in '<>,;"()' for char in local + domain):
        return Address(f"{local}@{domain.lower()}", name.value if name else "")
    assert mail.message.sender.address is not None
    assert mail.message.kind is Kind.AUTOMATIC
    return mail.message.sender.address
