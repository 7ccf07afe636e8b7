"""Conditions on the words of a mail: phrases, and patterns of admins.

A pattern condition that is given the `Patterns` of its policy is searched together with all the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mailhelp.desk.facts import Facts
from mailhelp.desk.fold import key
from mailhelp.desk.patterns import BadPatternError, Patterns, compile_pattern
from mailhelp.desk.say import listed, shown

__all__ = ["BadPatternError", "FieldMatches", "Has", "HeaderMatches", "Matches", "compile_pattern"]


@dataclass(frozen=True, slots=True)
class Has:
    """A text has one of these phrases on word boundaries; `where` is `text` or `subject`."""

    where: str
    phrases: tuple[str, ...]
    singles: frozenset[str] = field(init=False, repr=False, compare=False)
    longer: tuple[tuple[frozenset[str], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keys = [key(phrase) for phrase in self.phrases]
        object.__setattr__(self, "singles", frozenset(item for item in keys if item and " " not in item))
        object.__setattr__(self, "longer", tuple((frozenset(item.split()), item) for item in keys if " " in item))

    def holds(self, facts: Facts) -> bool:
        """Single words by a set, longer phrases only when all their words are there."""
        words = facts.words(self.where)
        if not self.singles.isdisjoint(words.known):
            return True
        return any(parts <= words.known and words.has(phrase) for parts, phrase in self.longer)

    def why(self, facts: Facts) -> str:
        """`text has 'lupa kata sandi'`, or `text has none of: lupa, reset`."""
        words = facts.words(self.where)
        if self.holds(facts):
            found = next((phrase for phrase in self.phrases if key(phrase) and words.has(key(phrase))), "")
            return f"{self.where} has {shown(found)}"
        if len(self.phrases) == 1:
            return f"{self.where} does not have {shown(self.phrases[0])}"
        return f"{self.where} has none of: {listed(self.phrases)}"


@dataclass(frozen=True, slots=True)
class Matches:
    """A text matches a pattern; `where` is `text` or `subject`. Raises `BadPatternError` when made."""

    where: str
    pattern: str
    among: Patterns | None = field(default=None, repr=False, compare=False)
    number: int = field(init=False, repr=False, compare=False, default=-1)
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", compile_pattern(self.pattern))
        if self.among is not None:
            object.__setattr__(self, "number", self.among.add(self.pattern))

    def holds(self, facts: Facts) -> bool:
        """Anywhere in it, any case."""
        if self.among is not None:
            return self.number in facts.matching(self.among, self.where)
        return self.compiled.search(facts.raw(self.where)) is not None

    def why(self, facts: Facts) -> str:
        """`text matches 'a.c' with 'abc'`, or `text does not match 'a.c'`."""
        found = self.compiled.search(facts.raw(self.where)) if self.holds(facts) else None
        if found is None:
            return f"{self.where} does not match {shown(self.pattern)}"
        return f"{self.where} matches {shown(self.pattern)} with {shown(found.group().decode(errors='replace'))}"


@dataclass(frozen=True, slots=True)
class FieldMatches:
    """A form field matches a pattern. Raises `BadPatternError` when made."""

    name: str
    pattern: str
    among: Patterns | None = field(default=None, repr=False, compare=False)
    number: int = field(init=False, repr=False, compare=False, default=-1)
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", compile_pattern(self.pattern))
        if self.among is not None:
            object.__setattr__(self, "number", self.among.add(self.pattern))

    def holds(self, facts: Facts) -> bool:
        """Anywhere in it, any case."""
        if self.among is not None:
            return self.number in facts.matching(self.among, f"field {self.name}")
        return self.compiled.search(facts.raw(f"field {self.name}")) is not None

    def why(self, facts: Facts) -> str:
        """`field NAME is 'x', it does not match 'y'`."""
        seen = f"field {self.name} is {shown(facts.fields.get(self.name, ''))}"
        return f"{seen}, it {'matches' if self.holds(facts) else 'does not match'} {shown(self.pattern)}"


@dataclass(frozen=True, slots=True)
class HeaderMatches:
    """An allow-listed header field matches a pattern. Raises `BadPatternError` when made."""

    name: str
    pattern: str
    among: Patterns | None = field(default=None, repr=False, compare=False)
    number: int = field(init=False, repr=False, compare=False, default=-1)
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", compile_pattern(self.pattern))
        if self.among is not None:
            object.__setattr__(self, "number", self.among.add(self.pattern))

    def holds(self, facts: Facts) -> bool:
        """Anywhere in it, any case."""
        if self.among is not None:
            return self.number in facts.matching(self.among, f"header {self.name}")
        return self.compiled.search(facts.raw(f"header {self.name}")) is not None

    def why(self, facts: Facts) -> str:
        """`header NAME is 'x', it does not match 'y'`."""
        seen = f"header {self.name} is {shown(facts.header(self.name))}"
        return f"{seen}, it {'matches' if self.holds(facts) else 'does not match'} {shown(self.pattern)}"
