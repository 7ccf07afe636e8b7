"""Absences that agents told by mail; both days included, without a last day until further notice."""

from __future__ import annotations

TABLES = """
CREATE TABLE absence (agent TEXT NOT NULL PRIMARY KEY, first_day TEXT NOT NULL, last_day TEXT NOT NULL);

CREATE INDEX ticket_owner ON ticket (owner, state);
"""


def steps(engine: str) -> list[str]:
    """The statements, in order."""
    del engine
    return [statement.strip() for statement in TABLES.split(";") if statement.strip()]
