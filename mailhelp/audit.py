"""The audit: every message that stands in a mailbox has its row in the ledger, and the ledger adds up (design §2).

It prints nothing and touches nothing; `mailhelp audit` shows the report.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mailhelp.edge.store import Store

PATIENCE = timedelta(minutes=10)
"""How long a message may wait for its end before the audit complains."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """One message as it stands in a mailbox.

    In an intake folder (`intake`) it is known by folder, UIDVALIDITY and UID; elsewhere, where filing gave it another
    UID, by `message_id` (with angle brackets) or, for those without, by the SHA-256 of its bytes.
    """

    account: str
    folder: str
    uidvalidity: int
    uid: int
    intake: bool
    message_id: str = ""
    sha256: str = ""

    def __str__(self) -> str:
        """`main: INBOX UID 12 <id@host>`."""
        return f"{self.account}: {self.folder} UID {self.uid} {self.message_id}".rstrip()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An arrival without an end, and for how long."""

    arrival: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit found. `missing` stand in a mailbox and not in the ledger; `overdue` wait for too long.

    The lists of numbers name tickets, articles and arrivals that contradict each other; all are empty in a sound desk.
    """

    listed: int
    missing: tuple[Listed, ...]
    waiting: tuple[Waiting, ...]
    overdue: tuple[Waiting, ...]
    ends: Mapping[str, int]
    outbox: Mapping[str, int]
    tickets_without_articles: tuple[int, ...] = ()
    articles_without_arrival: tuple[int, ...] = ()
    ends_without_article: tuple[int, ...] = ()
    folders: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether everything is accounted for. Uncertain mails are listed, they are no contradiction."""
        return not (
            self.missing
            or self.overdue
            or self.tickets_without_articles
            or self.articles_without_arrival
            or self.ends_without_article
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """The report in sentences, the verdict last."""
        verdict = "Everything is accounted for." if self.ok else "Something is NOT accounted for."
        return (*self._counted(), *self._problems(), verdict)

    def _counted(self) -> Iterable[str]:
        yield f"{self.listed} messages stand in the mailboxes" + _in_words(self.folders, " (", ")") + "."
        yield f"{sum(self.ends.values())} arrivals are decided" + _in_words(self.ends, ": ") + "."
        yield f"{len(self.waiting)} arrivals wait for a decision."
        yield f"{sum(self.outbox.values())} mails of ours" + _in_words(self.outbox, ": ") + "."

    def _problems(self) -> Iterable[str]:
        yield from _some("not in the ledger", list(map(str, self.missing)))
        yield from _some("without an end", [f"arrival {one.arrival} for {one.age}" for one in self.overdue])
        yield from _some("ticket without an article", list(map(str, self.tickets_without_articles)))
        yield from _some("article without its arrival", list(map(str, self.articles_without_arrival)))
        yield from _some("ended as an article that is not there", list(map(str, self.ends_without_article)))


def audit(store: Store, listing: Iterable[Listed], now: datetime, patience: timedelta = PATIENCE) -> AuditReport:
    """Compare what stands in the mailboxes with the ledger, and the ledger with the tickets.

    `listing` has every message of the intake, processed, ignored and quarantine folders; it must have been taken before
    this is called, as mail that comes later is no business of it. `now` is aware UTC.
    """
    listed = tuple(listing)
    balance = store.balance()
    waiting = tuple(Waiting(arrival, now - received) for arrival, received in balance["without_end"])
    folders: defaultdict[str, int] = defaultdict(int)
    for one in listed:
        folders[one.folder] += 1
    return AuditReport(
        listed=len(listed),
        missing=tuple(_missing(store, listed)),
        waiting=waiting,
        overdue=tuple(one for one in waiting if one.age > patience),
        ends=balance["ends"],
        outbox=balance["outbox"],
        tickets_without_articles=tuple(balance["tickets_without_articles"]),
        articles_without_arrival=tuple(balance["articles_without_arrival"]),
        ends_without_article=tuple(balance["ends_without_article"]),
        folders=dict(folders),
    )


def _missing(store: Store, listed: Sequence[Listed]) -> Iterable[Listed]:
    intake: defaultdict[tuple[str, str, int], list[Listed]] = defaultdict(list)
    filed: defaultdict[str, list[Listed]] = defaultdict(list)
    for one in listed:
        if one.intake:
            intake[one.account, one.folder, one.uidvalidity].append(one)
        else:
            filed[one.account].append(one)
    for place, messages in intake.items():
        known = {row.uid for row in store.audit_rows(*place)}
        yield from (one for one in messages if one.uid not in known)
    for account, messages in filed.items():
        ids = store.known_content(account, [one.message_id for one in messages], by="message_id")
        digests = store.known_content(account, [one.sha256 for one in messages], by="sha256")
        yield from (one for one in messages if one.message_id not in ids and one.sha256 not in digests)


def _in_words(counts: Mapping[str, int], before: str, after: str = "") -> str:
    words = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    return f"{before}{words}{after}" if words else ""


def _some(what: str, items: list[str]) -> Iterable[str]:
    """One line for each of the first items, and how many more there are."""
    yield from (f"{what}: {item}" for item in items[:_SHOWN])
    if len(items) > _SHOWN:
        yield f"{what}: {len(items) - _SHOWN} more"
