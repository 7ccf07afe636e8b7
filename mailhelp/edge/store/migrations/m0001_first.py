"""The first schema.

Written once for both engines; words in capitals stand for a type of the engine: AUTOKEY, UTC, BYTES, JSON, BOOL, INT.
`ended_as` is part of the conditions of partial indexes: queries must spell these conditions in the same way.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value INT NOT NULL);

CREATE TABLE tally (kind TEXT NOT NULL, name TEXT NOT NULL, value INT NOT NULL, PRIMARY KEY (kind, name));

CREATE TABLE mark (
  account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INT NOT NULL, uid INT NOT NULL,
  PRIMARY KEY (account, folder));

CREATE TABLE ledger (
  id AUTOKEY,
  account TEXT NOT NULL, folder TEXT NOT NULL, uidvalidity INT NOT NULL, uid INT NOT NULL,
  arrived_at UTC NOT NULL, received_at UTC NOT NULL,
  sha256 TEXT NOT NULL, size INT NOT NULL, truncated BOOL NOT NULL, raw_of INT REFERENCES ledger (id),
  attempts INT NOT NULL, message_id TEXT NOT NULL, identity TEXT NOT NULL,
  ended_as TEXT NOT NULL, end_reason TEXT NOT NULL, ended_at UTC, ticket INT, confirmed BOOL NOT NULL, filed_at UTC);
CREATE UNIQUE INDEX ledger_place ON ledger (account, folder, uidvalidity, uid);
CREATE INDEX ledger_sha256 ON ledger (sha256);
CREATE INDEX ledger_identity ON ledger (identity) WHERE identity <> '';
CREATE INDEX ledger_pending ON ledger (id) WHERE ended_as = '';
CREATE INDEX ledger_unfiled ON ledger (account, id) WHERE filed_at IS NULL AND ended_as <> '' AND ended_as <> 'held';
CREATE INDEX ledger_message_id ON ledger (message_id) WHERE message_id <> '';
CREATE INDEX ledger_ended ON ledger (ended_as, id);

CREATE TABLE raw_chunk (
  arrival INT NOT NULL REFERENCES ledger (id), n INT NOT NULL, data BYTES NOT NULL, PRIMARY KEY (arrival, n));

CREATE TABLE ticket (
  number INT NOT NULL PRIMARY KEY, state TEXT NOT NULL, close_reason TEXT NOT NULL, subject TEXT NOT NULL,
  queue TEXT NOT NULL, owner TEXT NOT NULL, category TEXT NOT NULL, subcategory TEXT NOT NULL,
  user_type TEXT NOT NULL, priority TEXT NOT NULL, language TEXT NOT NULL, requester TEXT NOT NULL,
  opened_at UTC NOT NULL, changed_at UTC NOT NULL);
CREATE INDEX ticket_state ON ticket (state, queue, number);
CREATE INDEX ticket_queue ON ticket (queue, number);
CREATE INDEX ticket_requester ON ticket (requester, state);

CREATE TABLE decision (
  id AUTOKEY, key TEXT NOT NULL, at UTC NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL, trace JSON NOT NULL,
  policy_version TEXT NOT NULL, ticket INT);
CREATE INDEX decision_key ON decision (key);
CREATE INDEX decision_ticket ON decision (ticket, id);

CREATE TABLE participant (
  ticket INT NOT NULL REFERENCES ticket (number), slot INT NOT NULL, role TEXT NOT NULL,
  addr TEXT NOT NULL, addr_key TEXT NOT NULL, name TEXT NOT NULL,
  root_id TEXT NOT NULL, last_id TEXT NOT NULL, reachable BOOL NOT NULL, PRIMARY KEY (ticket, slot));
CREATE INDEX participant_addr ON participant (addr_key, role);

CREATE TABLE article (
  id AUTOKEY, ticket INT NOT NULL REFERENCES ticket (number), kind TEXT NOT NULL, author TEXT NOT NULL,
  at UTC NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL, quoted TEXT NOT NULL,
  arrival INT REFERENCES ledger (id), message_id TEXT NOT NULL, internal BOOL NOT NULL, attachments JSON NOT NULL,
  decision INT NOT NULL REFERENCES decision (id));
CREATE INDEX article_ticket ON article (ticket, id);
CREATE INDEX article_arrival ON article (arrival);

CREATE TABLE field (
  ticket INT NOT NULL REFERENCES ticket (number), name TEXT NOT NULL, value TEXT NOT NULL, detail JSON NOT NULL,
  PRIMARY KEY (ticket, name));

CREATE TABLE tag (ticket INT NOT NULL REFERENCES ticket (number), name TEXT NOT NULL, PRIMARY KEY (ticket, name));

CREATE TABLE link (
  ticket INT NOT NULL REFERENCES ticket (number), other INT NOT NULL REFERENCES ticket (number), kind TEXT NOT NULL,
  PRIMARY KEY (ticket, other, kind));
CREATE INDEX link_other ON link (other);

CREATE TABLE message_ref (message_id TEXT NOT NULL PRIMARY KEY, ticket INT NOT NULL REFERENCES ticket (number));

CREATE TABLE history (
  id AUTOKEY, ticket INT NOT NULL REFERENCES ticket (number), at UTC NOT NULL, what TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL, reason TEXT NOT NULL, decision INT NOT NULL REFERENCES decision (id));
CREATE INDEX history_ticket ON history (ticket, id);

CREATE TABLE timer (
  id AUTOKEY, ticket INT NOT NULL REFERENCES ticket (number), name TEXT NOT NULL, due_at UTC NOT NULL,
  calendar TEXT NOT NULL, facts JSON NOT NULL);
CREATE UNIQUE INDEX timer_name ON timer (ticket, name);
CREATE INDEX timer_due ON timer (due_at);

CREATE TABLE outbox (
  id AUTOKEY, kind TEXT NOT NULL, recipient TEXT NOT NULL, recipient_key TEXT NOT NULL,
  envelope_from TEXT NOT NULL, message_id TEXT NOT NULL, subject TEXT NOT NULL, text TEXT NOT NULL,
  ticket INT REFERENCES ticket (number), slot INT NOT NULL, decision INT NOT NULL REFERENCES decision (id),
  confirm INT REFERENCES ledger (id), automatic BOOL NOT NULL, priority INT NOT NULL, state TEXT NOT NULL,
  attempts INT NOT NULL, uncertain INT NOT NULL, data_begun BOOL NOT NULL, next_attempt_at UTC NOT NULL,
  created_at UTC NOT NULL, changed_at UTC NOT NULL, reply TEXT NOT NULL);
CREATE UNIQUE INDEX outbox_message_id ON outbox (message_id);
CREATE INDEX outbox_due ON outbox (priority, next_attempt_at) WHERE state = 'queued' OR state = 'waiting';
CREATE INDEX outbox_attempting ON outbox (next_attempt_at) WHERE state = 'attempting';
CREATE INDEX outbox_state ON outbox (state, id);
CREATE INDEX outbox_sent ON outbox (changed_at) WHERE state = 'sent';
CREATE INDEX outbox_ticket ON outbox (ticket, slot, created_at);
CREATE INDEX outbox_decision ON outbox (decision);
CREATE INDEX outbox_address ON outbox (recipient_key, created_at) WHERE automatic;
CREATE INDEX outbox_automatic ON outbox (created_at) WHERE automatic;

CREATE TABLE outbox_raw (outbox INT NOT NULL PRIMARY KEY REFERENCES outbox (id), data BYTES NOT NULL);

CREATE TABLE service (
  id AUTOKEY, what TEXT NOT NULL, account TEXT NOT NULL, up BOOL NOT NULL, since UTC NOT NULL, until UTC NOT NULL,
  detail TEXT NOT NULL);
CREATE INDEX service_latest ON service (what, account, id);

CREATE TABLE alarm (
  code TEXT NOT NULL, text TEXT NOT NULL, since UTC NOT NULL, last_at UTC NOT NULL, count INT NOT NULL,
  PRIMARY KEY (code, text));
CREATE INDEX alarm_last ON alarm (last_at);

CREATE TABLE policy_version (version TEXT NOT NULL PRIMARY KEY, content JSON NOT NULL, first_seen UTC NOT NULL);
"""

APPEND_ONLY = ("history", "decision")

SQLITE_GUARD = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
"""

POSTGRESQL_GUARD = """
CREATE FUNCTION mailhelp_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'history and decisions are append-only'; END $$;
"""

POSTGRESQL_GUARDED = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION mailhelp_append_only();
"""


def steps(engine: str) -> list[str]:
    """The statements for `sqlite` or `postgresql`, in order."""
    made = [statement for statement in TABLES.split(";\n") if statement.strip()]
    if engine == "sqlite":
        return made + [
            SQLITE_GUARD.format(table=table, verb=verb) for table in APPEND_ONLY for verb in ("UPDATE", "DELETE")
        ]
    return [*made, POSTGRESQL_GUARD, *(POSTGRESQL_GUARDED.format(table=table) for table in APPEND_ONLY)]
