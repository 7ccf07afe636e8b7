"""A quota: at most so many mails in any window of time. Pure: state in, state out.

The bucket is counted in slots rather than refilled drop by drop: a refilled bucket lets twice its size through in the
first window (all that is in it, and all that drips in), and a provider's "2,000 a day" means 2,000. A mail leaves the
bucket one window after the end of its slot, so no window of that length ever holds more than `limit`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

SLOTS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most `limit` within any `window`. `used` holds (slot number, mails) pairs, oldest first."""

    limit: int
    window: timedelta
    used: tuple[tuple[int, int], ...] = ()

    @property
    def slot(self) -> timedelta:
        """The length of one slot."""
        return self.window / SLOTS


def left(bucket: Bucket, now: datetime) -> int:
    """How many mails may go now."""
    return max(0, bucket.limit - sum(count for _, count in _fresh(bucket, now)))


def take(bucket: Bucket, now: datetime, count: int = 1) -> Bucket:
    """The bucket after `count` mails went at `now`; ask `left` before. A clock set back counts as its last slot."""
    used = _fresh(bucket, now)
    slot = max(_slot(bucket, now), used[-1][0] if used else 0)
    if used and used[-1][0] == slot:
        count += used[-1][1]
        used = used[:-1]
    return replace(bucket, used=(*used, (slot, count)))


def ready_at(bucket: Bucket, now: datetime) -> datetime:
    """When at least one mail may go: now, or when the oldest that count have left."""
    used = _fresh(bucket, now)
    over = sum(count for _, count in used) - bucket.limit
    for slot, count in used:
        if over < 0:
            break
        over -= count
        if over < 0:
            return _EPOCH + (slot + 1) * bucket.slot + bucket.window
    return now


def refilled(bucket: Bucket, sent_at: Iterable[datetime], now: datetime) -> Bucket:
    """The bucket as it stands when mails went at these times: how a restarted process knows what it has used."""
    counts: dict[int, int] = {}
    for at in sent_at:
        slot = _slot(bucket, min(at, now))
        counts[slot] = counts.get(slot, 0) + 1
    return replace(bucket, used=_fresh(replace(bucket, used=tuple(sorted(counts.items()))), now))


def _slot(bucket: Bucket, at: datetime) -> int:
    return (at - _EPOCH) // bucket.slot


def _fresh(bucket: Bucket, now: datetime) -> tuple[tuple[int, int], ...]:
    """The slots that still count: those that ended less than a window ago."""
    oldest = _slot(bucket, now) - SLOTS
    return tuple((slot, count) for slot, count in bucket.used if slot >= oldest)
