"""Bounces without a machine-readable part: qmail, Exim, Exchange and the many others, whose wording is their format.

Only mails that already look automatic are read here, and of those only the notice above the returned mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import flufl.bounce
import flufl.bounce._scan

from mailhelp.mail import address, header, mime
from mailhelp.mail import bounce_words as words
from mailhelp.mail.message import Action, FailedRecipient

_MAX_NOTICE = 20_000
_MAX_FLUFL = 300_000

# The library writes what its detectors raise as an error of the program; here it is only one opinion.
flufl.bounce._scan.log.disabled = True  # noqa: SLF001 - its logger has no public name


def _local_part(text: str) -> str:
    """The local part of the first address in a text, or the whole text."""
    return next(iter(address.addresses_in(text)), text).partition("@")[0].strip(" <>\"'")


def from_daemon(fields: header.Fields) -> bool:
    """Whether the sender is surely a mail server, by its local part, its name or an empty address."""
    shown = fields.text("from").lower()
    if shown.endswith("<>") and "@" not in shown:
        return True
    return bool(words.DAEMON.match(_local_part(shown)) or words.DAEMON_NAME.search(shown))


def null_path(fields: header.Fields) -> bool:
    """Whether the envelope sender was empty (RFC 5321 §4.5.5)."""
    return any(value.strip() == "<>" for value in fields.all("return-path"))


def is_passed_on(subject: str) -> bool:
    """Whether a subject (lower case) begins as that of an answer or a forward."""
    return bool(words.PASSED_ON.match(subject))


def subject_says_so(fields: header.Fields) -> bool:
    """Whether the subject is one that servers write; forwarded and answered ones are a person's."""
    subject = fields.text("subject").lower()
    return bool(words.SUBJECT.search(subject)) and not is_passed_on(subject)


def _automatic(fields: header.Fields) -> bool:
    """Whether something beside the subject says that a machine sent this."""
    path = fields.text("return-path").lower()
    return (
        null_path(fields)
        or fields.text("auto-submitted").lower() not in ("", "no")
        or fields.text("precedence").lower() in ("bulk", "junk")
        or bool(words.DAEMON.match(_local_part(path)))
        or bool(words.MAYBE_DAEMON.match(_local_part(fields.text("from").lower())))
    )


def looks_automatic(fields: header.Fields) -> bool:
    """Whether this may be a bounce: by its sender, or by its subject and one more sign. A subject alone never does.

    A postmaster who writes with an empty return path is no person either (RFC 5321 §4.5.5).
    """
    if "x-failed-recipients" in fields or from_daemon(fields):
        return True
    if null_path(fields) and words.MAYBE_DAEMON.match(_local_part(fields.text("from").lower())):
        return True
    return subject_says_so(fields) and _automatic(fields)


def notice(text: str) -> str:
    """The part of a bounce that the server wrote: what stands above the returned mail, lower case."""
    lower = text[:_MAX_NOTICE].lower()
    for cut in words.RETURNED.finditer(lower):
        if lower[: cut.start()].strip():
            return lower[: cut.start()]
    return lower


def _flufl(root: mime.Node, size: int) -> tuple[str, ...]:
    """The addresses that flufl.bounce finds; none where it fails, as on some mails, or where the mail is long."""
    if size > _MAX_FLUFL:
        return ()
    try:
        temporary, permanent = flufl.bounce.all_failures(root.mail)
    except Exception:  # noqa: BLE001 - a detector met a mail it was not made for
        return ()
    return tuple(dict.fromkeys((*_names(permanent), *_names(temporary))))


def _names(raw: Iterable[object]) -> Iterator[str]:
    """The library's addresses as text, only those that are addresses, in a fixed order."""
    for text in sorted(item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in raw):
        yield from address.addresses_in(text)[:1]


def _told(found: tuple[str, ...], text: str, own: frozenset[str]) -> tuple[str, ...]:
    """Those addresses that the notice itself names; all but our own if it names none (it may be in another part)."""
    others = tuple(addr for addr in found if addr not in own)
    return tuple(addr for addr in others if addr in text) or others


def _listed(text: str, own: frozenset[str]) -> tuple[str, ...]:
    """The addresses that the notice names as failed, by the surest form of line that gives any."""
    for pattern in words.LINES:
        found = (next(iter(address.addresses_in(match)), "") for match in pattern.findall(text))
        good = tuple(dict.fromkeys(addr for addr in found if addr and addr not in own and not words.NEVER.search(addr)))
        if good:
            return good
    return ()


def _action(subject: str, text: str) -> Action:
    """Whether the server gave up or still tries."""
    delayed = words.DELAY.search(subject) or (words.DELAY.search(text) and not words.FINAL.search(text))
    return Action.DELAYED if delayed else Action.FAILED


def is_failure(fields: header.Fields, text: str) -> bool:
    """Whether the mail says that something was not delivered."""
    return subject_says_so(fields) or bool(words.FAILURE.search(notice(text)))


def recipients(root: mime.Node, fields: header.Fields, text: str) -> Iterator[FailedRecipient]:
    """The recipients that a bounce speaks of, best source first: its header, flufl.bounce, its wording."""
    told = notice(text)
    action = _action(fields.text("subject").lower(), told)
    own = frozenset(address.addresses_in(" ".join(fields.text(name) for name in ("from", "to", "delivered-to"))))
    sources: tuple[Callable[[], tuple[str, ...]], ...] = (
        lambda: address.addresses_in(fields.text("x-failed-recipients")),
        lambda: _told(_flufl(root, len(text)), told, own),
        lambda: _listed(told, own),
    )
    for source in sources:
        if found := source():
            yield from (FailedRecipient(addr, action) for addr in found)
            return
