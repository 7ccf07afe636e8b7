"""Rules: what admins want done with a report, in order, each with a reason why it fired or did not.

Three decisions that everything else follows from:

- **Conditions look at the facts as they came**, never at what an earlier rule has set. So a rule can be read alone, and
  two rules that set different things may change places without any effect.
- **Later rules override earlier ones.** A file then reads like a text: first what holds in general, then the
  exceptions, and a rule at the end wins. The opposite order ("first match wins") makes every exception depend on
  standing above a rule that its author may not know.
- **`stop` ends the list** for that mail: nothing below overrides, nothing below adds. That is for spam, and for the
  exception that must not be touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from mailhelp.desk.condition import ALWAYS, Condition
from mailhelp.desk.expectation import Example
from mailhelp.desk.facts import Facts
from mailhelp.desk.model import State

__all__ = ["Actions", "Answer", "Condition", "Facts", "Outcome", "Rule", "RuleRun", "RuleTrace", "run"]

ROUND_ROBIN = "round-robin"
LEAST_LOADED = "least-loaded"
PRIORITIES = ("low", "normal", "high", "urgent")


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer with a template at once; with `resolve` the ticket is resolved by it."""

    template: str
    resolve: bool = False


@dataclass(frozen=True, slots=True)
class Actions:
    """What a rule does (closed set). None or empty: the rule leaves that thing alone.

    `owner` is an agent's name, `round-robin` or `least-loaded` (of those present); `target` names an SLA target;
    `ask` lists form fields to ask for; `template` replaces the acknowledgement's template; `acknowledge` False sends
    none.
    """

    queue: str | None = None
    owner: str | None = None
    priority: str | None = None
    category: str | None = None
    subcategory: str | None = None
    target: str | None = None
    state: State | None = None
    template: str | None = None
    acknowledge: bool | None = None
    answer: Answer | None = None
    spam: bool = False
    add_tags: frozenset[str] = frozenset()
    remove_tags: frozenset[str] = frozenset()
    ask: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    copy_to: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()


SETS = ("queue", "owner", "priority", "category", "subcategory", "target", "state", "template", "acknowledge", "answer")
"""Actions with one value: a later rule replaces it. The others add up."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `file` and `line` are where it stands; `tests` are its own examples (`desk.ruletest` plays them)."""

    name: str
    then: Actions
    when: Condition = ALWAYS
    stop: bool = False
    tests: tuple[Example, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """Why a rule fired, or why not: `why` is the sentence of what matched, or of the first condition that failed."""

    name: str
    fired: bool
    why: str


@dataclass(frozen=True, slots=True)
class Outcome(Actions):
    """What all fired rules together want. `set_by` names the rule that decided each thing."""

    set_by: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class RuleRun:
    """What running rules over one mail gave. Sentences are made only when they are asked for."""

    rules: tuple[Rule, ...]
    facts: Facts
    fired: tuple[Rule, ...]
    outcome: Outcome

    @property
    def stopped_by(self) -> str:
        """The name of the rule that ended the list, or an empty text."""
        return self.fired[-1].name if self.fired and self.fired[-1].stop else ""

    @property
    def traces(self) -> tuple[RuleTrace, ...]:
        """One trace for each rule, in order; made anew at each call, so keep it."""
        return tuple(self._traces())

    def _traces(self) -> Iterable[RuleTrace]:
        names = {rule.name for rule in self.fired}
        stopped = ""
        for rule in self.rules:
            if stopped:
                yield RuleTrace(rule.name, fired=False, why=f"not looked at: rule '{stopped}' stopped the list")
                continue
            fired = rule.name in names
            yield RuleTrace(rule.name, fired, rule.when.why(self.facts))
            if fired and rule.stop:
                stopped = rule.name


def run(rules: Sequence[Rule], facts: Facts) -> RuleRun:
    """Run rules in order over the facts of one mail (see the module's text for the order of precedence)."""
    fired = []
    for rule in rules:
        if rule.when.holds(facts):
            fired.append(rule)
            if rule.stop:
                break
    return RuleRun(tuple(rules), facts, tuple(fired), merge(fired))


def merge(fired: Iterable[Rule]) -> Outcome:
    """The outcome of rules that fired, in order: single values are replaced, lists and tags add up."""
    total: dict[str, Any] = {}
    set_by: dict[str, str] = {}
    for rule in fired:
        for name, value in _spoken(rule.then):
            if name == "spam" or name in SETS:
                total[name] = value
                set_by[name] = rule.name
            elif name == "add_tags":
                total[name] = total.get(name, frozenset()) | value
                total["remove_tags"] = total.get("remove_tags", frozenset()) - value
            elif name == "remove_tags":
                total[name] = total.get(name, frozenset()) | value
                total["add_tags"] = total.get("add_tags", frozenset()) - value
            else:
                total[name] = tuple(dict.fromkeys((*total.get(name, ()), *value)))
    return Outcome(**total, set_by=MappingProxyType(set_by))


_NOTHING = {item.name: getattr(Actions(), item.name) for item in fields(Actions)}


def _spoken(actions: Actions) -> Iterable[tuple[str, Any]]:
    """The actions that a rule does take."""
    for name, silent in _NOTHING.items():
        value = getattr(actions, name)
        if value != silent:
            yield name, value
