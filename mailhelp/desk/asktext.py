"""Conditions on the words of a mail: phrases, and patterns of admins (RE2 syntax, linear time)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import re2

from mailhelp.desk.facts import Facts
from mailhelp.desk.fold import key
from mailhelp.desk.say import listed, shown


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
        found = next((phrase for phrase in self.phrases if key(phrase) and words.has(key(phrase))), "")
        if found:
            return f"{self.where} has {shown(found)}"
        if len(self.phrases) == 1:
            return f"{self.where} does not have {shown(self.phrases[0])}"
        return f"{self.where} has none of: {listed(self.phrases)}"


MAX_PATTERN_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take; a pattern that needs more is refused when it is loaded."""


class BadPatternError(ValueError):
    """A pattern that cannot be used; the text says why."""


def compile_pattern(pattern: str) -> Any:
    """Compile a user's pattern in linear-time syntax (RE2), any case. Raises `BadPatternError`.

    The compiled form takes bytes: texts are encoded once for a mail and not once for a pattern.
    """
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = MAX_PATTERN_MEMORY
    try:
        return re2.compile(pattern.encode(), options)
    except (re2.error, UnicodeError) as error:
        why = error.args[0].decode(errors="replace") if isinstance(error, re2.error) else str(error)
        raise BadPatternError(why.removesuffix(f": {pattern}")) from None


@dataclass(frozen=True, slots=True)
class Matches:
    """A text matches a pattern; `where` is `text` or `subject`. Raises `BadPatternError` when made."""

    where: str
    pattern: str
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", compile_pattern(self.pattern))

    def holds(self, facts: Facts) -> bool:
        """Anywhere in it, any case."""
        return self.compiled.search(facts.raw(self.where)) is not None

    def why(self, facts: Facts) -> str:
        """`text matches 'a.c' with 'abc'`, or `text does not match 'a.c'`."""
        found = self.compiled.search(facts.raw(self.where))
        if found is None:
            return f"{self.where} does not match {shown(self.pattern)}"
        return f"{self.where} matches {shown(self.pattern)} with {shown(found.group().decode(errors='replace'))}"


@dataclass(frozen=True, slots=True)
class FieldMatches:
    """A form field matches a pattern. Raises `BadPatternError` when made."""

    name: str
    pattern: str
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", compile_pattern(self.pattern))

    def holds(self, facts: Facts) -> bool:
        """Anywhere in it, any case."""
        return self.compiled.search(facts.fields.get(self.name, "").encode("utf-8", "replace")) is not None

    def why(self, facts: Facts) -> str:
        """`field NAME is 'x', it does not match 'y'`."""
        seen = f"field {self.name} is {shown(facts.fields.get(self.name, ''))}"
        return f"{seen}, it {'matches' if self.holds(facts) else 'does not match'} {shown(self.pattern)}"


@dataclass(frozen=True, slots=True)
class HeaderMatches:
    """An allow-listed header field matches a pattern. Raises `BadPatternError` when made."""

    name: str
    pattern: str
    compiled: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", compile_pattern(self.pattern))

    def holds(self, facts: Facts) -> bool:
        """Anywhere in it, any case."""
        return self.compiled.search(facts.header(self.name).encode("utf-8", "replace")) is not None

    def why(self, facts: Facts) -> str:
        """`header NAME is 'x', it does not match 'y'`."""
        seen = f"header {self.name} is {shown(facts.header(self.name))}"
        return f"{seen}, it {'matches' if self.holds(facts) else 'does not match'} {shown(self.pattern)}"
