"""Until when a mail may leave: a reminder that could not be sent in its time is withdrawn."""

from __future__ import annotations

STEPS = ("ALTER TABLE outbox ADD COLUMN not_after UTC",)


def steps(engine: str) -> list[str]:
    """The statements, in order."""
    del engine
    return list(STEPS)
