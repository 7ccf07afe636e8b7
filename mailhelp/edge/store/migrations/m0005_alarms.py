"""What the admin was mailed of each alarm, and when its cause was gone; earlier ones are not told now."""

from __future__ import annotations

STEPS = (
    "ALTER TABLE alarm ADD COLUMN told_count INT NOT NULL DEFAULT 0",
    "ALTER TABLE alarm ADD COLUMN told_at UTC",
    "ALTER TABLE alarm ADD COLUMN over_at UTC",
    "UPDATE alarm SET told_count = count, told_at = last_at",
    "UPDATE alarm SET over_at = last_at WHERE code IN ('smtp.down', 'clock.jumped', 'rules.refused')",
)


def steps(engine: str) -> list[str]:
    """The statements, in order."""
    del engine
    return list(STEPS)
