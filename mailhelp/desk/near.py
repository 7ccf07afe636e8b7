"""Names as people write them: exact, by alias, or nearly right.

A near-miss counts only where it is near one name and clearly less near to every other: a wrong guess costs more than a
question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from mailhelp.desk.fold import key

NEAR = 0.84
"""Likeness (0 to 1) from which a word counts as a misspelt name."""

LEAD = 0.05
"""How much nearer than the second best it must be."""

SHORTEST = 4
"""Characters below which nothing is a near-miss: `NIK` and `HP` are too easily something else."""

LONGEST = 60
"""Characters above which nothing is compared: a sentence is not a misspelt name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A name that was recognised; `sure` is 1 for an exact spelling or alias, the likeness for a near-miss."""

    name: str
    sure: float

    @property
    def exact(self) -> bool:
        """Whether it was spelt as known."""
        return self.sure == 1.0


_Likely = tuple[str, str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True)
class Names:
    """Known spellings (folded by `key`) and what each stands for.

    `joined` holds them without blanks; `likely` those that may be misspelt, by their first letters, with their letters
    counted.
    """

    spellings: Mapping[str, str]
    joined: Mapping[str, str] = field(init=False, repr=False, compare=False)
    likely: Mapping[str, tuple[_Likely, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        joined = {text.replace(" ", ""): name for text, name in self.spellings.items()}
        object.__setattr__(self, "joined", {text: name for text, name in joined.items() if len(text) >= SHORTEST})
        likely: dict[str, tuple[_Likely, ...]] = {}
        for text, name in self.spellings.items():
            if len(text) >= SHORTEST:
                likely[text[0]] = (*likely.get(text[0], ()), (text, name, tuple(Counter(text).items())))
        object.__setattr__(self, "likely", likely)

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Names:
        """From (spelling, name) pairs; the first owner of a spelling keeps it."""
        spellings: dict[str, str] = {}
        for text, name in pairs:
            if folded := key(text):
                spellings.setdefault(folded, name)
        return cls(spellings)

    def exact(self, text: str) -> str:
        """The name with exactly this spelling (spaces apart), or an empty text."""
        folded = key(text[: LONGEST * 2])
        return self.spellings.get(folded) or self.joined.get(folded.replace(" ", ""), "")

    def find(self, text: str) -> Found | None:
        """What a text stands for, misspelt or not; or None."""
        if name := self.exact(text):
            return Found(name, 1.0)
        return self._near(key(text[: LONGEST * 2]))

    def _near(self, folded: str) -> Found | None:
        """The nearest name, if one is near and clearly nearer than any other name."""
        if not SHORTEST <= len(folded) <= LONGEST:
            return None
        best: dict[str, float] = {}
        length, letters = len(folded), Counter(folded)
        matcher = SequenceMatcher(None, "", folded, autojunk=False)
        for spelling, name, counted in self.likely.get(folded[0], ()):
            # The two bounds that `SequenceMatcher` has, made cheaper.
            both = length + len(spelling)
            if 2.0 * min(length, len(spelling)) / both < NEAR:
                continue
            if 2.0 * sum([min(count, letters[letter]) for letter, count in counted if letter in letters]) / both < NEAR:
                continue
            matcher.set_seq1(spelling)
            best[name] = max(best.get(name, 0.0), matcher.ratio())
        ranked = sorted(best.items(), key=lambda item: -item[1])
        if not ranked or ranked[0][1] < NEAR or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < LEAD):
            return None
        return Found(ranked[0][0], round(ranked[0][1], 2))
