"""What the service log says of a simulated mailbox: what each poll saw, and when nobody polled."""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk.reach import Report
from mailhelp.simulate_world import DAY, HORIZON, History, at


def mailbox_log(history: History) -> Iterator[Report]:
    """All that the polls of a history will report."""
    tick = history.next_look(0)
    while tick <= HORIZON:
        end = _last_of(history, tick)
        yield Report(True, at(tick), at(end))
        following = history.next_look(end + 1)
        failed = _failing(history, end, following)
        if failed:
            yield Report(False, at(failed[0]), at(failed[1]))
        tick = following


def _last_of(history: History, tick: int) -> int:
    """The last successful look before the next outage after a successful one."""
    blocks = (block for name in ("daemon", "database", "imap") for block in history.down.get(name, ()))
    starts = [-(-first // history.poll) * history.poll for first, last in blocks
              if first > tick and -(-first // history.poll) * history.poll < last]  # fmt: skip
    return min([*starts, HORIZON + DAY]) // history.poll * history.poll - history.poll if starts else HORIZON + DAY


def _failing(history: History, first: int, last: int) -> tuple[int, int] | None:
    """The first and the last look between two minutes that failed because of the mailbox."""
    found: list[int] = []
    for begin, end in history.down.get("imap", ()):
        tick = -(-max(begin, first + 1) // history.poll) * history.poll
        while tick < min(end, last):
            up = history.next_up(tick, "daemon", "database")
            if up == tick:
                found.append(tick)
                break
            tick = -(-up // history.poll) * history.poll
        tick = (min(end, last) - 1) // history.poll * history.poll
        if found and tick > found[0] and not history.is_down(tick, "daemon", "database"):
            found.append(tick)
    return (min(found), max(found)) if found else None
