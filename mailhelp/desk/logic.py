"""What can be said of rules without any mail: a condition that can never hold, a rule that another one hides.

All answers are sound and none complete: True is proved, False means "not seen to be so".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from mailhelp.desk.condition import (
    All,
    AnyOf,
    Attached,
    Condition,
    FieldIs,
    FieldPresent,
    Has,
    Is,
    LocalTime,
    Not,
    OfficeHours,
    OpenReports,
    Range,
    RecipientIs,
    SenderDomain,
    SenderIs,
    SenderKnown,
    Tagged,
)
from mailhelp.desk.rule import SETS, Rule


def parts(condition: Condition) -> tuple[Condition, ...]:
    """What a condition demands all of, flat."""
    if isinstance(condition, All):
        return tuple(inner for part in condition.parts for inner in parts(part))
    return (condition,)


def implies(narrow: Condition, broad: Condition) -> bool:
    """Whether `broad` holds wherever `narrow` does."""
    if narrow == broad:
        return True
    if isinstance(broad, All):
        return all(implies(narrow, part) for part in broad.parts)
    if isinstance(narrow, AnyOf):
        return all(implies(part, broad) for part in narrow.parts)
    if isinstance(broad, AnyOf) and any(implies(narrow, part) for part in broad.parts):
        return True
    if isinstance(narrow, All):
        return any(implies(part, broad) for part in narrow.parts)
    return _simple(narrow, broad)


def _simple(narrow: Condition, broad: Condition) -> bool:  # noqa: PLR0911 - one answer for each kind
    match narrow, broad:
        case Is(what, names), Is(other, more):
            return what == other and set(names) <= set(more)
        case Tagged(names), Tagged(more):
            return set(names) <= set(more)
        case FieldIs(name, _), FieldIs(other, _):
            return name == other and narrow.keys <= broad.keys
        case FieldIs(name, _), FieldPresent(other, True):
            return name == other and "" not in narrow.keys
        case Has(where, _), Has(other, _):
            return where == other and set(narrow.phrases) <= set(broad.phrases)
        case SenderIs(_), SenderIs(_):
            return narrow.keys <= broad.keys
        case SenderDomain(domains), SenderDomain(more):
            return set(domains) <= set(more)
        case RecipientIs(_), RecipientIs(_):
            return narrow.keys <= broad.keys
        case OpenReports(count), OpenReports(other):
            return _within(count, other)
        case Not(part), Not(other):
            return implies(other, part)
        case _:
            return False


def _within(inner: Range, outer: Range) -> bool:
    low_fits = outer.low is None or (inner.low is not None and inner.low >= outer.low)
    return low_fits and (outer.high is None or (inner.high is not None and inner.high <= outer.high))


def never(condition: Condition) -> str:
    """Why a condition can never hold, as the end of a sentence; an empty text where that is not seen."""
    if isinstance(condition, AnyOf):
        reasons = [never(part) for part in condition.parts]
        return reasons[0] if reasons and all(reasons) else ""
    flat = parts(condition)
    for part in flat:
        if reason := _empty(part):
            return reason
    return next((reason for first, second in combinations(flat, 2) if (reason := _clash(first, second))), "")


def _empty(part: Condition) -> str:
    """Why one simple condition can never hold."""
    match part:
        case OpenReports(Range(low, high)) | Attached(Range(low, high)) if low is not None and high is not None:
            return f"no count is at least {low} and at most {high}" if low > high else ""
        case Attached(_, _, Range(low, high)) if low is not None and high is not None and low > high:
            return f"no size is at least {low} and at most {high}"
        case LocalTime(_, start, end) if start == end:
            return "the time span is empty"
        case AnyOf():
            return never(part)
        case _:
            return ""


def _clash(first: Condition, second: Condition) -> str:  # noqa: PLR0911 - one answer for each kind
    """Why two conditions can never hold together."""
    match first, second:
        case Is(what, names), Is(other, more) if what == other and set(names).isdisjoint(more):
            return f"{what.replace('_', ' ')} cannot be {names[0]} and {more[0]} at once"
        case FieldIs(name, values), FieldIs(other, more) if name == other and first.keys.isdisjoint(second.keys):
            return f"field {name} cannot be {values[0]} and {more[0]} at once"
        case FieldPresent(name, present), FieldPresent(other, also) if name == other and present is not also:
            return f"field {name} cannot be present and missing at once"
        case (FieldPresent(name, False), FieldIs(other, _)) | (FieldIs(other, _), FieldPresent(name, False)):
            return f"field {name} cannot be missing and have a value at once" if name == other else ""
        case SenderKnown(known), SenderKnown(also) if known is not also:
            return "a sender cannot be known and unknown at once"
        case OfficeHours(within), OfficeHours(also) if within is not also:
            return "it cannot be within and outside office hours at once"
        case (Not(excluded), wanted) | (wanted, Not(excluded)) if implies(wanted, excluded):
            return "it excludes what it demands"
        case _:
            return ""


def hidden(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Rules that never fire, each with the earlier rule whose `stop` hides it."""
    stops: list[Rule] = []
    for rule in rules:
        hider = next((earlier for earlier in stops if implies(rule.when, earlier.when)), None)
        if hider is not None:
            yield rule, hider
        elif rule.stop:
            stops.append(rule)


def overridden(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule, str]]:
    """What a rule sets in vain: whenever it fires, a later rule fires too and sets the same thing to something else.

    Yields the rule, the first such later one and the thing. A general rule followed by its exception is how rules are
    meant to be written; the exception followed by the general rule is what this finds.
    """
    setters: dict[str, list[_Setter]] = {what: [] for what in SETS}
    for later in rules:
        marks = _marks(later.when)
        for what in SETS:
            value = getattr(later.then, what)
            if value is None:
                continue
            left = []
            for setter in setters[what]:
                if not (marks <= setter.marks and implies(setter.rule.when, later.when)):
                    left.append(setter)
                elif getattr(setter.rule.then, what) != value:
                    yield setter.rule, later, what
            setters[what] = [*left, _Setter(later, _marks(later.when, narrow=True))]
        if later.stop:  # where it fires, what was set before stays
            setters = {what: [] for what in SETS}


@dataclass(frozen=True, slots=True)
class _Setter:
    """A rule that sets something, with what its condition asks about."""

    rule: Rule
    marks: frozenset[object]


def _marks(condition: Condition, *, narrow: bool = False) -> frozenset[object]:
    """What a condition asks about, as far as that tells quickly that it cannot follow from another one.

    Of a broad condition only plain questions: each must be asked by the narrow one, too.
    """
    found: set[object] = set()
    for part in parts(condition):
        match part:
            case Is(what, (name,)):
                found |= {what, (what, name)} if narrow else {(what, name)}
            case Is(what, _):
                found.add(what)
            case FieldIs(name, _):
                found |= {("field", name), ("present", name)} if narrow else {("field", name)}
            case FieldPresent(name, True):
                found.add(("present", name))
            case Tagged() | SenderIs() | SenderDomain() | RecipientIs() | OpenReports():
                found.add(type(part))
            case Has(where, _):
                found.add(("has", where))
    return frozenset(found)
