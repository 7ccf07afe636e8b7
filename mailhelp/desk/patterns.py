"""Patterns of admins (RE2 syntax, linear time), compiled alone and, for a whole policy, together.

Searching a text for a thousand patterns one by one reads it a thousand times. `Patterns` reads it once: all patterns
that look at the same thing become one automaton (`re2.Set`). Such an automaton may run out of its memory on odd texts;
then it tells nothing, which is noticed by a pattern that matches everything, and the patterns are searched one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2

MAX_PATTERN_MEMORY = 1 << 20
"""Bytes that one compiled pattern may take; a pattern that needs more is refused when it is loaded."""

MAX_SET_MEMORY = 32 << 20
"""Bytes that the common automaton of many patterns may take."""

MAX_PATTERN = 1_000
"""Characters of one pattern."""

MAX_PROGRAM = 1_000
"""Instructions of one compiled pattern. Time is linear in the text, and at worst this many steps for each byte."""

MAX_SEARCHED = 100_000
"""Bytes of one text that patterns are searched in."""


class BadPatternError(ValueError):
    """A pattern that cannot be used; the text says why."""


def _options(memory: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = memory
    return options


def compile_pattern(pattern: str) -> Any:
    """Compile a user's pattern in linear-time syntax (RE2), any case. Raises `BadPatternError`.

    The compiled form takes bytes: texts are encoded once for a mail and not once for a pattern.
    """
    if len(pattern) > MAX_PATTERN:
        raise BadPatternError(f"it is longer than {MAX_PATTERN} characters")
    try:
        made = re2.compile(pattern.encode(), _options(MAX_PATTERN_MEMORY))
    except (re2.error, UnicodeError) as error:
        why = error.args[0].decode(errors="replace") if isinstance(error, re2.error) else str(error)
        raise BadPatternError(why.removesuffix(f": {pattern}")) from None
    if made.programsize > MAX_PROGRAM:
        raise BadPatternError("it repeats too much; repeat less often, or without an upper bound")
    return made


@dataclass(frozen=True, slots=True)
class _Together:
    """Some of the patterns as one automaton; `first` is the number of the first of them."""

    patterns: tuple[str, ...]
    first: int
    automaton: Any

    def matching(self, raw: bytes) -> Iterator[int]:
        """The numbers of those that match."""
        found = self.automaton.Match(raw)
        if len(self.patterns) in found:
            yield from (self.first + at for at in found if at != len(self.patterns))
            return
        for at, pattern in enumerate(self.patterns):
            if compile_pattern(pattern).search(raw):
                yield self.first + at


def _join(patterns: tuple[str, ...], first: int = 0) -> Iterator[_Together]:
    """As few automata as their memory allows."""
    made = re2.Set.SearchSet(_options(MAX_SET_MEMORY))
    for pattern in patterns:
        made.Add(pattern.encode())
    made.Add(b"")  # matches everything: its absence tells that the automaton gave up
    try:
        made.Compile()
    except re2.error:
        half = len(patterns) // 2
        if not half:
            raise BadPatternError("it needs too much memory") from None
        yield from _join(patterns[:half], first)
        yield from _join(patterns[half:], first + half)
    else:
        yield _Together(patterns, first, made)


class Patterns:
    """The patterns that look at one thing (the text, one field). Filled while rules are built, then only asked."""

    def __init__(self) -> None:
        self._patterns: list[str] = []
        self._joined: tuple[_Together, ...] | None = None

    def add(self, pattern: str) -> int:
        """Take up a pattern that compiles; its number in what `matching` tells."""
        self._patterns.append(pattern)
        self._joined = None
        return len(self._patterns) - 1

    def matching(self, raw: bytes) -> frozenset[int]:
        """The numbers of all patterns that match anywhere in a text (UTF-8)."""
        joined = self._joined
        if joined is None:
            joined = self._joined = tuple(_join(tuple(self._patterns)))
        return frozenset(number for one in joined for number in one.matching(raw))
