"""How many steps a regular expression takes: a backtracking matcher like the standard library's that counts.

A clock says how fast a machine is; steps say how a pattern behaves, and they are the same everywhere. The matcher tries
in the same order as `re`, without its short cuts, so it counts at least what `re` does up to a constant factor;
`tests/unit/test_work.py` holds that both find the same. Texts should be short: it is some hundred times slower.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

# The standard library's own parser: it has no public name, and patterns must be read exactly as `re` reads them.
_compiler: Any = importlib.import_module("re._compiler")
_parser: Any = importlib.import_module("re._parser")

LIMIT = 1_000_000
"""Steps after which a search is given up: nothing that is meant takes so many."""

Then = Callable[[int], int]
Nodes = Sequence[tuple[Any, Any]]
_SINGLE = {"LITERAL", "NOT_LITERAL", "ANY", "IN"}


class EndlessError(AssertionError):
    """More than LIMIT steps for one text."""


def count(pattern: re.Pattern[Any], how: str, text: Any, start: int = 0, end: int = sys.maxsize) -> int:
    """The steps of `pattern.how(text, start, end)`; `sub`, `split`, `findall` and `finditer` look for all matches."""
    with _deep():
        matcher = _Matcher(pattern, text, min(end, len(text)))
        if how in ("match", "fullmatch"):
            matcher.match(start, whole=how == "fullmatch")
        elif how == "search":
            matcher.search(start)
        else:
            while start <= len(text) and (found := matcher.search(start)):
                start = found[1] + (found[0] == found[1])
    return matcher.steps


def span(pattern: re.Pattern[Any], text: Any) -> tuple[int, int] | None:
    """Where `pattern` is found first, as this matcher sees it."""
    with _deep():
        return _Matcher(pattern, text, len(text)).search(0)


@contextmanager
def _deep() -> Iterator[None]:
    """Repetitions of groups are recursion here."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


@cache
def _parsed(pattern: re.Pattern[Any]) -> Any:
    return _parser.parse(pattern.pattern, pattern.flags)


@cache
def _atom(op: Any, av: str, flags: int, text: type[Any], node: Any) -> re.Pattern[Any]:
    """A pattern that is only this one node: `re` itself says what it matches."""
    del op, av
    state = _parser.State()
    state.flags, state.str = flags, text()
    made = _compiler.compile(_parser.SubPattern(state, [node.value]), flags)
    assert isinstance(made, re.Pattern)
    return made


class _Node:
    """A node of the parser's tree, equal to every other: the cache tells nodes apart by what stands beside it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Node)

    def __hash__(self) -> int:
        return 0


class _Matcher:
    def __init__(self, pattern: re.Pattern[Any], text: Any, end: int) -> None:
        tree = _parsed(pattern)
        self.nodes: Nodes = list(tree)
        self.flags = pattern.flags
        self.text, self.end = text, end
        self.kind: type = str if isinstance(text, str) else bytes
        self.groups: dict[int, tuple[int, int]] = {}
        self.steps = 0
        self._known: dict[tuple[int, int, Any], bool] = {}

    def search(self, start: int) -> tuple[int, int] | None:
        for at in range(start, self.end + 1):
            if (end := self.match(at)) >= 0:
                return at, end
        return None

    def match(self, start: int, *, whole: bool = False) -> int:
        self.groups = {}
        return self._run(self.nodes, 0, self.flags, start, self._whole if whole else _done)

    def _whole(self, at: int) -> int:
        return at if at == self.end else -1

    def _step(self) -> None:
        self.steps += 1
        if self.steps > LIMIT:
            raise EndlessError(f"more than {LIMIT} steps")

    def _is(self, node: Any, flags: int, at: int) -> bool:
        """Whether a node of one character matches here."""
        self._step()
        if at >= self.end:
            return False
        key = (id(node), flags, self.text[at])
        if key not in self._known:
            atom = _atom(node[0], repr(node[1]), flags, self.kind, _Node(node))
            self._known[key] = atom.match(self.text, at, self.end) is not None
        return self._known[key]

    def _run(self, nodes: Nodes, number: int, flags: int, at: int, then: Then) -> int:
        """Match the nodes from `number` on, then go on with `then`; where that ended, or -1."""
        while number < len(nodes) and str(nodes[number][0]) in _SINGLE:
            if not self._is(nodes[number], flags, at):
                return -1
            number, at = number + 1, at + 1
        if number == len(nodes):
            return then(at)
        self._step()
        op, av = nodes[number]
        return int(getattr(self, f"_{str(op).lower()}")(
            nodes[number], av, flags, at, lambda to: self._run(nodes, number + 1, flags, to, then)
        ))  # fmt: skip

    def _at(self, node: Any, av: Any, flags: int, at: int, then: Then) -> int:
        atom = _atom(node[0], repr(av), flags, self.kind, _Node(node))
        return then(at) if atom.match(self.text, at, self.end) else -1

    def _branch(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        return next((end for one in av[1] if (end := self._run(one, 0, flags, at, then)) >= 0), -1)

    def _subpattern(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        group, more, less, nodes = av

        def close(to: int) -> int:
            before = self.groups.get(group)
            if group is not None:
                self.groups[group] = (at, to)
            if (end := then(to)) < 0 and group is not None:
                if before is None:
                    del self.groups[group]
                else:
                    self.groups[group] = before
            return end

        return self._run(nodes, 0, (flags | more) & ~less, at, close)

    def _max_repeat(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        least, most, nodes = av
        if len(nodes) == 1 and str(nodes[0][0]) in _SINGLE:
            return next(
                (end for to in reversed(self._stretch(av, flags, at)) if (end := self._then(then, to)) >= 0), -1
            )

        def again(to: int, times: int, before: int) -> int:
            if times < most and (to != before or times < least):
                end = self._run(nodes, 0, flags, to, lambda further: again(further, times + 1, to))
                if end >= 0:
                    return end
            return self._then(then, to) if times >= least else -1

        return again(at, 0, -1)

    def _min_repeat(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        least, most, nodes = av

        def again(to: int, times: int, before: int) -> int:
            if times >= least and (end := self._then(then, to)) >= 0:
                return end
            if times < most and (to != before or times < least):
                return self._run(nodes, 0, flags, to, lambda further: again(further, times + 1, to))
            return -1

        return again(at, 0, -1)

    def _stretch(self, av: Any, flags: int, at: int) -> range:
        """Where a repeated single character may end, the nearest first."""
        least, most, nodes = av
        most, to = min(int(most), self.end - at), at
        while to - at < most and self._is(nodes[0], flags, to):
            to += 1
        return range(at + least, to + 1)

    def _then(self, then: Then, at: int) -> int:
        self._step()
        return then(at)

    def _possessive_repeat(self, node: Any, av: Any, flags: int, at: int, then: Then) -> int:
        to = self._max_repeat(node, av, flags, at, _done)
        return then(to) if to >= 0 else -1

    def _atomic_group(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        to = self._run(av, 0, flags, at, _done)
        return then(to) if to >= 0 else -1

    def _assert(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        return then(at) if self._around(av, flags, at) else -1

    def _assert_not(self, _: Any, av: Any, flags: int, at: int, then: Then) -> int:
        return -1 if self._around(av, flags, at) else then(at)

    def _around(self, av: Any, flags: int, at: int) -> bool:
        direction, nodes = av
        start = at if direction > 0 else at - int(nodes.getwidth()[0])
        return start >= 0 and self._run(nodes, 0, flags, start, _done) >= 0

    def _groupref(self, _: Any, group: int, flags: int, at: int, then: Then) -> int:
        del flags
        if group not in self.groups:
            return -1
        start, end = self.groups[group]
        seen = self.text[start:end]
        self.steps += len(seen)
        to = at + len(seen)
        return then(to) if to <= self.end and self.text[at:to].lower() == seen.lower() else -1


def _done(at: int) -> int:
    return at
