"""An index for the latest reports of one person, however many there are."""

from __future__ import annotations

STEPS = ("CREATE INDEX ticket_person ON ticket (requester, number)",)


def steps(engine: str) -> list[str]:
    """The statements, in order."""
    del engine
    return list(STEPS)
