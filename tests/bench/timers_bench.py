"""How long a sweep for due timers takes, by how many timers stand open and how many are due; with the query's plan.

.venv/bin/python tests/bench/timers_bench.py [--open 1000000] [--due 100]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailhelp.edge.store import Store

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ROUNDS = 50
SWEEP = "SELECT id, ticket, name, due_at FROM timer WHERE due_at <= ? ORDER BY due_at, id LIMIT ?"


def fill(store: Store, count: int, due: int) -> None:
    """So many timers of as many tickets, the first ones due."""
    columns = "number, state, close_reason, subject, queue, owner, category, subcategory, user_type, priority"
    ticket = (
        f"INSERT INTO ticket ({columns}, language, requester, opened_at, changed_at) "
        "SELECT ?, 'open', '', '', 'umum', '', '', '', '', 'normal', 'id', '', ?, ?"
    )
    timer = "INSERT INTO timer (ticket, name, due_at, calendar, facts) VALUES (?, 'first_answer', ?, 'v', '{}')"
    for start in range(0, count, 20_000):
        with store.unit():
            for number in range(start, min(start + 20_000, count)):
                at = NOW - timedelta(seconds=due - number) if number < due else NOW + timedelta(seconds=number)
                store.engine.run(ticket, 3_000_000 + number, NOW, NOW)
                store.engine.run(timer, 3_000_000 + number, at)


def measure(store: Store, limit: int) -> tuple[int, float]:
    """How many are due, and the median time of finding them, in milliseconds."""
    times: list[float] = []
    found = 0
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = len(store.due_timers(NOW, limit))
        times.append(time.perf_counter() - begun)
    return found, statistics.median(times) * 1000


def main() -> None:
    """Measure with few and with many open timers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=100)
    arguments = parser.parse_args()
    for count in (arguments.due * 10, arguments.open):
        with tempfile.TemporaryDirectory() as folder:
            store = Store(f"sqlite:///{Path(folder) / 'timers.db'}")
            store.open()
            begun = time.perf_counter()
            fill(store, count, arguments.due)
            print(f"{count} open timers, {arguments.due} due (filled in {time.perf_counter() - begun:.0f} s)")
            for limit in (arguments.due // 10, arguments.due):
                found, took = measure(store, limit)
                print(f"  at most {limit}: {found} found in {took:.3f} ms (median of {ROUNDS})")
            with store.engine.reading():
                plan = store.engine.rows(f"EXPLAIN QUERY PLAN {SWEEP}", NOW, arguments.due)
            print(*(f"  plan: {row[-1]}" for row in plan), sep="\n")
            store.close()


if __name__ == "__main__":
    main()
