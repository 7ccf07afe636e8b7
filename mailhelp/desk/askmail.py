"""Conditions on the envelope of a mail: sender, recipients, header fields, files."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailhelp.desk.askticket import Range
from mailhelp.desk.facts import Facts
from mailhelp.desk.fold import fold, key
from mailhelp.desk.say import listed, one_of, shown


@dataclass(frozen=True, slots=True)
class SenderIs:
    """The sender writes from one of these addresses."""

    addresses: tuple[str, ...]
    keys: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(fold(item) for item in self.addresses))

    def holds(self, facts: Facts) -> bool:
        """Whole addresses, any case."""
        return facts.sender_key in self.keys

    def why(self, facts: Facts) -> str:
        """`sender is 'a@x', not b@y`."""
        seen = f"sender is {shown(facts.sender)}"
        return seen + ("" if self.holds(facts) else f", {one_of(self.addresses)}")


@dataclass(frozen=True, slots=True)
class SenderDomain:
    """The sender's domain is one of these or lies below one."""

    domains: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """`belajar.id` holds for `guru.sd.belajar.id` and not for `notbelajar.id`."""
        return in_domains(facts.sender_key, self.domains)

    def why(self, facts: Facts) -> str:
        """`sender domain is 'x', not y`."""
        seen = f"sender domain is {shown(facts.sender_key.rpartition('@')[2])}"
        return seen + ("" if self.holds(facts) else f", {one_of(self.domains)}")


def in_domains(addr: str, domains: tuple[str, ...]) -> bool:
    """Whether a folded address is in one of the domains or a subdomain of one."""
    domain = addr.rpartition("@")[2]
    return any(domain == item or domain.endswith("." + item) for item in domains)


@dataclass(frozen=True, slots=True)
class SenderKnown:
    """The sender has (or has not) written to this desk before."""

    known: bool

    def holds(self, facts: Facts) -> bool:
        """As the store says."""
        return facts.known_sender is self.known

    def why(self, facts: Facts) -> str:
        """`sender is known`."""
        return "sender is known" if facts.known_sender else "sender is not known"


@dataclass(frozen=True, slots=True)
class RecipientIs:
    """The mail was sent to one of these addresses."""

    addresses: tuple[str, ...]
    keys: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(fold(item) for item in self.addresses))

    def holds(self, facts: Facts) -> bool:
        """Whole addresses, any case."""
        return any(fold(addr) in self.keys for addr in facts.recipients)

    def why(self, facts: Facts) -> str:
        """`recipients are a@x, none of: b@y`."""
        found = [addr for addr in facts.recipients if fold(addr) in self.keys]
        if found:
            return f"recipient is {shown(found[0])}"
        return f"recipients are {listed(facts.recipients) or 'unknown'}, {one_of(self.addresses)}"


HEADERS = (
    "Auto-Submitted", "Cc", "Content-Type", "Delivered-To", "From", "Importance", "List-Id", "Organization",
    "Precedence", "Reply-To", "Return-Path", "Sender", "Subject", "To", "User-Agent", "X-Mailer", "X-Original-To",
    "X-Priority", "X-Spam-Flag", "X-Spam-Status",
)  # fmt: skip
"""Header fields that rules may look at: those that reading keeps (`mail.read`), without the machine's own."""


@dataclass(frozen=True, slots=True)
class HeaderIs:
    """An allow-listed header field has one of these phrases; with none named: it is present, or missing."""

    name: str
    phrases: tuple[str, ...] = ()
    present: bool = True

    def holds(self, facts: Facts) -> bool:
        """Folded comparison on word boundaries."""
        value = facts.header(self.name)
        if not self.phrases:
            return bool(value) is self.present
        line = f" {key(value)} "
        return any(f" {key(phrase)} " in line for phrase in self.phrases)

    def why(self, facts: Facts) -> str:
        """`header X-Form is missing`."""
        value = facts.header(self.name)
        seen = f"header {self.name} is {shown(value) if value else 'missing'}"
        return seen if self.holds(facts) or not self.phrases else f"{seen}, it has none of: {listed(self.phrases)}"


ANY = Range()
ONE_OR_MORE = Range(1)


@dataclass(frozen=True, slots=True)
class Attached:
    """The mail's files: how many there are of these media types (`image/*`; none named: any) and of this size in bytes.

    Pictures that belong to the layout do not count.
    """

    count: Range = ONE_OR_MORE
    types: tuple[str, ...] = ()
    size: Range = ANY

    def matching(self, facts: Facts) -> int:
        """The number of files of these types and sizes."""
        return sum(
            self._typed(item.sniffed or item.media_type) and item.size in self.size
            for item in facts.attachments
            if not item.inline
        )

    def _typed(self, media_type: str) -> bool:
        return not self.types or any(
            media_type.startswith(wanted[:-1]) if wanted.endswith("/*") else media_type == wanted
            for wanted in self.types
        )

    def holds(self, facts: Facts) -> bool:
        """The number of such files is within the bounds."""
        return self.matching(facts) in self.count

    def why(self, facts: Facts) -> str:
        """`1 files of image/*, not at least 2`."""
        kind = (f" of type {listed(self.types)}" if self.types else "") + (
            f" with {self.size} bytes" if self.size != ANY else ""
        )
        seen = f"{self.matching(facts)} attached files{kind}"
        return seen + ("" if self.holds(facts) else f", not {self.count}")
