"""Simulated histories that show whether the desk is fair, whatever happens (design §2, promise 3).

`simulate(count, seed)` lives through random histories of a question, answers, and outages of daemon, mailbox, sending
and database, and has each judged by minute-by-minute counting. A seed always gives the same histories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailhelp.desk.decide import decide
from mailhelp.desk.waiting import Fate
from mailhelp.simulate_check import judge
from mailhelp.simulate_desk import Decide
from mailhelp.simulate_run import Record, live
from mailhelp.simulate_world import Sort, invent

SPREAD = 1_000_003  # the histories of two seeds do not overlap below this count
SHOWN = 10


@dataclass(slots=True)
class Outcome:
    """What came of a simulation: counts, and of each unfair history its seed and what was unfair."""

    seed: int
    count: int = 0
    what: Counter[str] = field(default_factory=Counter)
    unfair: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    def take(self, record: Record) -> None:
        """Count one history."""
        self.count += 1
        self.what["reminders"] += sum(ours.fate is Fate.ACCEPTED for ours in record.ours[1:])
        self.what["withdrawn"] += sum(ours.fate is Fate.WITHDRAWN for ours in record.ours[1:])
        self.what["closed"] += record.closed is not None
        came = Counter(record.history.mails[number].sort for number in record.decided)
        self.what["answered"] += bool(came[Sort.ANSWER])
        self.what["out-of-office replies"] += came[Sort.AUTOMATIC]
        self.what["in quarantine"] += came[Sort.UNREADABLE] + came[Sort.JUNK]
        self.what["bounces"] += sum(ours.bounced is not None for ours in record.ours)
        for name, blocks in record.history.down.items():
            self.what[f"with outages of {name}"] += bool(blocks)
        self.what["decisions"] += record.steps
        if found := judge(record):
            self.unfair.append((record.history.seed, tuple(found)))

    def lines(self) -> Iterator[str]:
        """The outcome for people."""
        counts = ", ".join(f"{number} {name}" for name, number in self.what.items())
        yield f"{self.count} histories, seed {self.seed}: {counts}"
        yield f"{len(self.unfair)} unfair"
        for seed, found in self.unfair[:SHOWN]:
            yield f"  history {seed}: {'; '.join(found)}"


def simulate(count: int, seed: int, rules: Decide = decide) -> Outcome:
    """Live through `count` histories. `rules` may be replaced, to see that the judge finds a fault."""
    outcome = Outcome(seed)
    for number in range(count):
        outcome.take(live(invent(seed * SPREAD + number), rules))
    return outcome
