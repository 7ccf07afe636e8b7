"""What requesters were asked for, and the pictures that senders have sent before.

`asked` is part of a ticket; `picture` knows a logo that comes with every mail of a person from a new screenshot.
"""

from __future__ import annotations

TABLES = """
CREATE TABLE asked (
  id AUTOKEY, ticket INT NOT NULL REFERENCES ticket (number), at UTC NOT NULL, fields JSON NOT NULL,
  by_agent TEXT NOT NULL, decision INT NOT NULL REFERENCES decision (id));
CREATE INDEX asked_ticket ON asked (ticket, id);

CREATE TABLE picture (addr_key TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (addr_key, sha256));
"""


def steps(engine: str) -> list[str]:
    """The statements, in order."""
    del engine
    return [statement.strip() for statement in TABLES.split(";") if statement.strip()]
