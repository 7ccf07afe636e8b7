"""How a due time came about, step by step: what `mailhelp explain due` prints and the store keeps beside the time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MOST_STEPS = 60
"""An explanation shows no more steps; what is left out in the middle is said in one of them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the arithmetic.

    `kind` is stable: `start`, `day` (office time counted), `time` (clock time counted), `closed` (a day off with its
    name), `weekend` (a day without office hours), `gap` (a pause or an outage), `rule` (a rule that moved the time),
    `unknown` (holidays not known), `more` (steps left out), `result`. `counted` is the time that the step contributes;
    `at` an instant where it has one.
    """

    kind: str
    text: str
    counted: timedelta = timedelta(0)
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The arithmetic of one time: what was asked, the steps, and the calendar (`zone`, `version`) it was done with."""

    question: str
    steps: tuple[Step, ...]
    result: datetime | timedelta | None
    zone: str
    version: str

    def lines(self) -> list[str]:
        """For people: the question, one line a step, the calendar last."""
        calendar = f"calendar {self.version or 'without a version'}, {self.zone}"
        return [self.question, *(f"  {step.text}" for step in self.steps), f"  ({calendar})"]

    def as_data(self) -> Mapping[str, Any]:
        """For the store: plain data that can be written as JSON."""
        result = self.result
        return {
            "question": self.question,
            "steps": [step.text for step in self.steps],
            "result": result.isoformat() if isinstance(result, datetime) else result and result.total_seconds(),
            "zone": self.zone,
            "calendar": self.version,
        }


def bounded(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps, those in the middle told as one where there are too many."""
    found = tuple(steps)
    if len(found) <= MOST_STEPS:
        return found
    head, tail = MOST_STEPS // 2, MOST_STEPS // 2 - 1
    left_out = found[head:-tail]
    counted = sum((step.counted for step in left_out), timedelta(0))
    hours = counted / timedelta(hours=1)
    return (
        *found[:head],
        Step("more", f"... {len(left_out)} more steps, {hours:g} h counted", counted),
        *found[-tail:],
    )
