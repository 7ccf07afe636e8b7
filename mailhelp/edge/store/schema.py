"""The tables as peewee models: one declaration of columns for reading; `migrations/` makes the tables.

Tickets are known by their report number everywhere. Columns that hold another row's id are plain numbers here and
foreign keys in the database. No model is bound to a database: `Engine` binds per query.
"""

from __future__ import annotations

from peewee import AutoField, BlobField, BooleanField, CompositeKey, IntegerField, Model

from mailhelp.edge.store.fields import Json, OptionalUtcField, Text, UtcField


class Table(Model):
    """What all tables have in common."""

    class Meta:
        """Names of tables: `RawChunk` is `raw_chunk`."""

        legacy_table_names = False


class Counter(Table):
    """Numbers that are given out once: `ticket` is the next report number."""

    name = Text(primary_key=True)
    value = IntegerField()


class Tally(Table):
    """Running counts for rules: (`load`, agent) open tickets owned; (`round-robin`, queue) tickets given out."""

    kind = Text()
    name = Text()
    value = IntegerField()

    class Meta:
        """The key."""

        primary_key = CompositeKey("kind", "name")


class Mark(Table):
    """Per folder the last UID whose mail is stored, and the UIDVALIDITY it belongs to."""

    account = Text()
    folder = Text()
    uidvalidity = IntegerField()
    uid = IntegerField()

    class Meta:
        """The key."""

        primary_key = CompositeKey("account", "folder")


class Ledger(Table):
    """Every message that ever stood in an intake folder.

    `ended_as` is empty while nothing is decided, `held` while a confirmation is awaited, else the end. `raw_of` is the
    row whose raw bytes this one shares (the same bytes came before). `identity` and `message_id` (bounded) are filled
    when it is first decided.
    """

    id = AutoField()
    account = Text()
    folder = Text()
    uidvalidity = IntegerField()
    uid = IntegerField()
    arrived_at = UtcField()
    received_at = UtcField()
    sha256 = Text()
    size = IntegerField()
    truncated = BooleanField()
    raw_of = IntegerField(null=True)
    attempts = IntegerField()
    message_id = Text()
    identity = Text()
    ended_as = Text()
    end_reason = Text()
    ended_at = OptionalUtcField()
    ticket = IntegerField(null=True)
    confirmed = BooleanField()
    filed_at = OptionalUtcField()


class RawChunk(Table):
    """The raw bytes of a message, in pieces of at most 1 MiB counted from 0."""

    arrival = IntegerField()
    n = IntegerField()
    data = BlobField()

    class Meta:
        """The key."""

        primary_key = CompositeKey("arrival", "n")


class Ticket(Table):
    """A ticket; `number` is its report number and its key."""

    number = IntegerField(primary_key=True)
    state = Text()
    close_reason = Text()
    subject = Text()
    queue = Text()
    owner = Text()
    category = Text()
    subcategory = Text()
    user_type = Text()
    priority = Text()
    language = Text()
    requester = Text()
    opened_at = UtcField()
    changed_at = UtcField()


class Participant(Table):
    """A person on a ticket; `addr_key` is the address as compared, bounded."""

    ticket = IntegerField()
    slot = IntegerField()
    role = Text()
    addr = Text()
    addr_key = Text()
    name = Text()
    root_id = Text()
    last_id = Text()
    reachable = BooleanField()

    class Meta:
        """The key."""

        primary_key = CompositeKey("ticket", "slot")


class Article(Table):
    """A message received or sent, or a note."""

    id = AutoField()
    ticket = IntegerField()
    kind = Text()
    author = Text()
    at = UtcField()
    subject = Text()
    text = Text()
    quoted = Text()
    arrival = IntegerField(null=True)
    message_id = Text()
    internal = BooleanField()
    attachments = Json()
    decision = IntegerField()


class Field(Table):
    """A field of a report; `detail` has `how`, `sure`, `span`, `raw`, `warnings`."""

    ticket = IntegerField()
    name = Text()
    value = Text()
    detail = Json()

    class Meta:
        """The key."""

        primary_key = CompositeKey("ticket", "name")


class Tag(Table):
    """A tag of a ticket."""

    ticket = IntegerField()
    name = Text()

    class Meta:
        """The key."""

        primary_key = CompositeKey("ticket", "name")


class Link(Table):
    """A link between two tickets."""

    ticket = IntegerField()
    other = IntegerField()
    kind = Text()

    class Meta:
        """The key."""

        primary_key = CompositeKey("ticket", "other", "kind")


class Asked(Table):
    """The requester was asked for fields of a report; `by_agent` is who wanted them, empty for the desk itself."""

    id = AutoField()
    ticket = IntegerField()
    at = UtcField()
    fields = Json()
    by_agent = Text()
    decision = IntegerField()


class Picture(Table):
    """A picture that came with a mail of this sender: the next time it is no news."""

    addr_key = Text()
    sha256 = Text()

    class Meta:
        """The key."""

        primary_key = CompositeKey("addr_key", "sha256")


class Absence(Table):
    """An absence that an agent told by mail: ISO days, both included; `last_day` is empty until further notice."""

    agent = Text(primary_key=True)
    first_day = Text()
    last_day = Text()


class MessageRef(Table):
    """Which ticket a message id, received or sent, belongs to. The first to use an id keeps it."""

    message_id = Text(primary_key=True)
    ticket = IntegerField()


class History(Table):
    """What changed on a ticket. Append-only: the database itself refuses changes."""

    id = AutoField()
    ticket = IntegerField()
    at = UtcField()
    what = Text()
    before = Text()
    after = Text()
    reason = Text()
    decision = IntegerField()


class Decision(Table):
    """What was decided and why; append-only. `key` names the event (`arrival:17`), `ticket` the first one touched."""

    id = AutoField()
    key = Text()
    at = UtcField()
    code = Text()
    reason = Text()
    trace = Json()
    policy_version = Text()
    ticket = IntegerField(null=True)


class Timer(Table):
    """A wake-up for a ticket, one of each name; `calendar` is the version of the calendar it was computed with."""

    id = AutoField()
    ticket = IntegerField()
    name = Text()
    due_at = UtcField()
    calendar = Text()
    facts = Json()


class Outbox(Table):
    """A mail to send. `automatic` ones count against the gate's budgets; `uncertain` counts how often its fate was."""

    id = AutoField()
    kind = Text()
    recipient = Text()
    recipient_key = Text()
    envelope_from = Text()
    message_id = Text()
    subject = Text()
    text = Text()
    ticket = IntegerField(null=True)
    slot = IntegerField()
    decision = IntegerField()
    confirm = IntegerField(null=True)
    automatic = BooleanField()
    priority = IntegerField()
    state = Text()
    attempts = IntegerField()
    uncertain = IntegerField()
    data_begun = BooleanField()
    next_attempt_at = UtcField()
    created_at = UtcField()
    changed_at = UtcField()
    reply = Text()
    not_after = OptionalUtcField()


class OutboxRaw(Table):
    """The final bytes of a mail to send; apart, so that a change of state does not rewrite them."""

    outbox = IntegerField(primary_key=True)
    data = BlobField()


class Service(Table):
    """When something was usable and when not: one row for each unbroken span of `up` or down."""

    id = AutoField()
    what = Text()
    account = Text()
    up = BooleanField()
    since = UtcField()
    until = UtcField()
    detail = Text()


class Alarm(Table):
    """Something the admin must know of, counted per code and text; `told_count` of it was mailed, last at `told_at`."""

    code = Text()
    text = Text()
    since = UtcField()
    last_at = UtcField()
    count = IntegerField()
    told_count = IntegerField()
    told_at = OptionalUtcField()
    over_at = OptionalUtcField()

    class Meta:
        """The key."""

        primary_key = CompositeKey("code", "text")


class PolicyVersion(Table):
    """A policy that was in force, by its hash."""

    version = Text(primary_key=True)
    content = Json()
    first_seen = UtcField()


TABLES: tuple[type[Table], ...] = (
    Counter, Tally, Mark, Ledger, RawChunk, Ticket, Participant, Article, Field, Tag, Link, Asked, Picture, Absence,
    MessageRef, History, Decision, Timer, Outbox, OutboxRaw, Service, Alarm, PolicyVersion,
)  # fmt: skip
