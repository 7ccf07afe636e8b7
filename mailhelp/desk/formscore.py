"""How well reports are read: what was read beside what a person says is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailhelp.desk.model import FieldValue


@dataclass(frozen=True, slots=True)
class Mistake:
    """One field that was not read as it should be; an empty text stands for no value."""

    report: str
    name: str
    wanted: str
    found: str
    silent: bool


@dataclass(frozen=True, slots=True)
class Score:
    """Counts over fields: read right, read though wrong (or not there at all), not read though there.

    `silent` counts the wrong values that carry no doubt. A field read with another value is both wrong and missed.
    """

    reports: int = 0
    right: int = 0
    wrong: int = 0
    missed: int = 0
    silent: int = 0
    mistakes: tuple[Mistake, ...] = ()

    def __add__(self, other: Score) -> Score:
        return Score(
            self.reports + other.reports,
            self.right + other.right,
            self.wrong + other.wrong,
            self.missed + other.missed,
            self.silent + other.silent,
            self.mistakes + other.mistakes,
        )

    @property
    def precision(self) -> float:
        """Of the values read, the share that is right (0 to 1)."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Of the values there, the share that was read right (0 to 1)."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)


def judge(report: str, fields: Mapping[str, FieldValue], wanted: Mapping[str, str]) -> Score:
    """The score of one report by name. White space counts for nothing; everything else does."""
    score = Score(reports=1)
    for name in {**wanted, **fields}:
        found, right = fields.get(name), wanted.get(name, "")
        if found is not None and _plain(found.value) == _plain(right):
            score += Score(right=1)
            continue
        silent = found is not None and not found.warnings
        mistake = Mistake(report, name, right, found.value if found else "", silent)
        score += Score(0, 0, int(found is not None), int(bool(right)), int(silent), (mistake,))
    return score


def _plain(text: str) -> str:
    return " ".join(text.split())


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
