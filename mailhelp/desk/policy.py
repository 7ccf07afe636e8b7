"""The policy: everything admins decide, as checked and immutable data. `edge.rules` builds it from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from mailhelp.desk.timepolicy import TimePolicy

if TYPE_CHECKING:
    from mailhelp.desk.expectation import Example
    from mailhelp.desk.form import Form
    from mailhelp.desk.rule import Rule


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's own names (from `[desk]` in config.toml).

    `address` is the public address, `aliases` further ones that reach the same mailbox; `detail` is the separator of
    plus addresses, empty where the mail host has none; `id` names this installation in X-Mailhelp-Desk. `addresses` are
    all of its addresses, lower case.
    """

    name: str
    address: str
    id: str
    aliases: tuple[str, ...] = ()
    language: str = "id"
    timezone: str = "Asia/Jakarta"
    first_number: int = 2164242
    subject_tag: str = "[#{number}]"
    detail: str = "+"
    admin: str = ""
    addresses: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "addresses", frozenset(addr.lower() for addr in (self.address, *self.aliases)))

    @property
    def domain(self) -> str:
        """The domain of the public address."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Security:
    """What counts as proof (design §7).

    `agent_proof` is `token+dmarc`, or `token` when the admin accepts a token alone; `accept_unauthenticated` lets a
    participant's reply count by stored reference or subject number without DMARC.
    """

    agent_proof: str = "token+dmarc"
    accept_unauthenticated: bool = False


@dataclass(frozen=True, slots=True)
class GateLimits:
    """Budgets of automatic mail. Exceeding one is a reason not to send, never an error."""

    per_address_hour: int = 5
    per_address_day: int = 20
    per_ticket_day: int = 10
    global_hour: int = 2_000


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent: `name` is the short name used in rules and commands; `address` where notices go.

    `aliases` are other addresses that agent writes from. `days` are weekdays worked (0 Monday), `away` spans of absence
    (both ends included). `notify` says whether colleagues' answers and takings are told one by one (`each`) or only
    stand in the digest (`digest`); `digest` asks for the morning mail. `signature` are the texts that the agent's mail
    programs put below a mail: they are cut off. `addresses` are `address` and `aliases`, lower case.
    """

    name: str
    address: str
    display: str = ""
    aliases: tuple[str, ...] = ()
    days: frozenset[int] = frozenset(range(7))
    away: tuple[tuple[date, date], ...] = ()
    notify: str = "each"
    digest: bool = False
    signature: tuple[str, ...] = ()
    addresses: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "addresses", frozenset(addr.lower() for addr in (self.address, *self.aliases)))

    def present(self, day: date) -> bool:
        """Whether the agent works on that day (in the desk's zone)."""
        return day.weekday() in self.days and not any(first <= day <= last for first, last in self.away)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue and the agents (by name) who work it; `digest` are addresses that get its morning mail."""

    name: str
    title: str
    agents: tuple[str, ...]
    digest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Team:
    """Queues and agents by name. `default_queue` takes what nothing else does."""

    queues: Mapping[str, Queue]
    agents: Mapping[str, Agent]
    default_queue: str

    def agent_at(self, addr: str) -> Agent | None:
        """The agent who writes from that address."""
        wanted = addr.lower()
        return next((agent for agent in self.agents.values() if wanted in agent.addresses), None)


@dataclass(frozen=True, slots=True)
class Subcategory:
    """A subcategory. `aliases` are other names people write; `keywords` weighted phrases for free text."""

    name: str
    aliases: tuple[str, ...] = ()
    keywords: Mapping[str, float] = field(default_factory=dict)
    queue: str = ""
    priority: str = ""
    required: tuple[str, ...] = ()
    article: str = ""
    template: str = ""
    answers: tuple[str, ...] = ()  # canned answers that fit, by template name
    tests: tuple[Example, ...] = ()
    title: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Category:
    """A category with its subcategories; `needs_identity` lets agents see identity numbers unmasked."""

    name: str
    title: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    keywords: Mapping[str, float] = field(default_factory=dict)
    subcategories: Mapping[str, Subcategory] = field(default_factory=dict)
    queue: str = ""
    priority: str = ""
    required: tuple[str, ...] = ()
    article: str = ""
    template: str = ""
    needs_identity: bool = False
    answers: tuple[str, ...] = ()
    tests: tuple[Example, ...] = ()


ATTACHMENT_TYPES = (
    "application/pdf",
    "image/*",
    "text/plain",
    "text/calendar",
    "text/vcard",
    "text/xml",
    "message/rfc822",
    "video/mp4",
    "application/rtf",
    "application/x-ole-storage",  # .doc, .xls, .ppt, .msg
    "application/vnd.oasis.opendocument.*",
    "application/vnd.openxmlformats-officedocument.*",
    "application/zip",  # also what an office file is taken for whose kind stands too far inside
)
"""The types of files that are passed on, by their content; `*` at the end stands for anything."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one mail may bring along, and on how often the desk asks back.

    `data_rounds` is how often a requester is asked for missing data before an agent decides; a report that repeats an
    open one of the same sender within `duplicate_window` joins it (zero: never).
    """

    max_attachments: int = 5
    max_attachment_bytes: int = 20_000_000
    reply_to_closed_grace: timedelta = timedelta(0)
    attachment_types: tuple[str, ...] = ATTACHMENT_TYPES
    data_rounds: int = 3
    duplicate_window: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Working:
    """How agents work by mail.

    Answers leave after `answer_delay`, so that `#undo` can stop them; it works for `undo_time`. A second agent's answer
    within `collision_window` of a colleague's is held. `transcript` is `changes` (when something else than a plain
    answer happened), `always` or `errors`. The morning mail is made at `digest_hour` of the desk's day.
    """

    answer_delay: timedelta = timedelta(0)
    undo_time: timedelta = timedelta(minutes=30)
    collision_window: timedelta = timedelta(minutes=10)
    transcript: str = "changes"
    digest_hour: int = 7


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. `version` is a hash of the content and is stored with each decision.

    `canned` are the answers that `#template` knows: language -> name -> the values that it needs (`text` among them:
    what the agent wrote).
    """

    version: str
    desk: Desk
    team: Team
    categories: Mapping[str, Category]
    rules: tuple[Rule, ...]
    form: Form
    security: Security = Security()
    gate: GateLimits = GateLimits()
    limits: Limits = Limits()
    time: TimePolicy = field(default_factory=TimePolicy)
    templates: Mapping[str, frozenset[str]] = field(default_factory=dict)  # language -> template names
    work: Working = Working()
    canned: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
