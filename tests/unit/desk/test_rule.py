"""Rules: order, overriding, stop, traces, the sound little logic, and speed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import work
from mailhelp.desk import logic
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
    Matches,
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
from mailhelp.desk.facts import Facts
from mailhelp.desk.fold import Words
from mailhelp.desk.model import State
from mailhelp.desk.patterns import Patterns
from mailhelp.desk.rule import Actions, Answer, Rule, RuleTrace, run

A, B = Is("category", ("A",)), Is("category", ("B",))


def names(rules: tuple[Rule, ...], facts: Facts) -> list[str]:
    """The names of the rules that fired."""
    return [rule.name for rule in run(rules, facts).fired]


def test_a_later_rule_overrides_and_says_so() -> None:
    """Single values come from the last rule that speaks of them; `set_by` names it; the others stay."""
    rules = (
        Rule("general", Actions(queue="umum", priority="low", state=State.OPEN), A),
        Rule("other", Actions(queue="data"), B),
        Rule("exception", Actions(queue="akun", acknowledge=False, answer=Answer("t", resolve=True)), A),
    )
    outcome = run(rules, Facts(category="A")).outcome
    assert (outcome.queue, outcome.priority, outcome.state) == ("akun", "low", State.OPEN)
    assert (outcome.acknowledge, outcome.answer) == (False, Answer("t", resolve=True))
    assert dict(outcome.set_by) == {
        "queue": "exception",
        "priority": "general",
        "state": "general",
        "acknowledge": "exception",
        "answer": "exception",
    }


def test_lists_and_tags_add_up() -> None:
    """Notes, questions and links are kept once each; a later removal undoes an earlier tag and vice versa."""
    rules = (
        Rule("1", Actions(add_tags=frozenset("xy"), remove_tags=frozenset("z"), ask=("npsn",), notes=("a",))),
        Rule("2", Actions(add_tags=frozenset("z"), remove_tags=frozenset("y"), ask=("nik", "npsn"), notes=("b",))),
    )
    outcome = run(rules, Facts()).outcome
    assert outcome.add_tags == frozenset("xz")
    assert outcome.remove_tags == frozenset("y")
    assert outcome.ask == ("npsn", "nik")
    assert outcome.notes == ("a", "b")


def test_stop_ends_the_list() -> None:
    """Nothing below a rule with `stop` fires, and each of them says why."""
    rules = (
        Rule("spam", Actions(spam=True), A, stop=True),
        Rule("later", Actions(queue="x")),
        Rule("last", Actions(queue="y"), A),
    )
    done = run(rules, Facts(category="A"))
    assert (done.outcome.spam, done.outcome.queue, done.stopped_by) == (True, None, "spam")
    assert done.traces == (
        RuleTrace("spam", fired=True, why="category is 'A'"),
        RuleTrace("later", fired=False, why="not looked at: rule 'spam' stopped the list"),
        RuleTrace("last", fired=False, why="not looked at: rule 'spam' stopped the list"),
    )
    assert names(rules, Facts(category="B")) == ["later"]


def test_conditions_look_at_the_facts_as_they_came() -> None:
    """A tag or category that an earlier rule sets does not make a later rule fire."""
    rules = (
        Rule("sets", Actions(category="B", add_tags=frozenset({"t"})), A),
        Rule("looks", Actions(queue="x"), AnyOf((B, Tagged(("t",))))),
    )
    assert names(rules, Facts(category="A")) == ["sets"]


def test_every_rule_leaves_a_trace() -> None:
    """One trace for each rule in order, also where nothing fired."""
    rules = (Rule("a", Actions(), A), Rule("b", Actions(), B))
    assert [trace.why for trace in run(rules, Facts(category="C")).traces] == [
        "category is 'C', not A",
        "category is 'C', not B",
    ]


SETTERS = [
    Rule("q", Actions(queue="akun"), A),
    Rule("p", Actions(priority="high"), A),
    Rule("t", Actions(add_tags=frozenset({"t"})), B),
    Rule("n", Actions(state=State.CHECKING), Has("text", ("halo",))),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_order_does_not_matter_for_rules_that_set_different_things(order: tuple[int, ...]) -> None:
    """Rules may change places when they set different things: the outcome is the same."""
    facts = Facts(category="A", text="halo")
    rules = tuple(SETTERS[number] for number in order)
    assert run(rules, facts).outcome == run(tuple(SETTERS), facts).outcome


def test_a_new_name_changes_only_the_name() -> None:
    """Renaming a rule changes who is named, not what is done."""
    facts = Facts(category="A", text="halo")
    renamed = tuple(replace(rule, name=f"new {rule.name}") for rule in SETTERS)
    before, after = run(tuple(SETTERS), facts).outcome, run(renamed, facts).outcome
    assert replace(before, set_by={}) == replace(after, set_by={})


# --- logic

FIELD = FieldIs("npsn", ("1",))
NEVER = [
    (All((A, B)), "category cannot be A and B at once"),
    (
        All((FieldPresent("npsn"), FieldPresent("npsn", present=False))),
        "field npsn cannot be present and missing at once",
    ),
    (All((FIELD, FieldIs("npsn", ("2",)))), "field npsn cannot be 1 and 2 at once"),
    (All((FieldPresent("npsn", present=False), FIELD)), "field npsn cannot be missing and have a value at once"),
    (All((SenderKnown(True), All((SenderKnown(False),)))), "a sender cannot be known and unknown at once"),
    (
        All((OfficeHours(open=True), OfficeHours(open=False))),
        "it cannot be within and outside office hours at once",
    ),
    (All((A, Not(Is("category", ("A", "B"))))), "it excludes what it demands"),
    (OpenReports(Range(3, 2)), "no count is at least 3 and at most 2"),
    (Attached(Range(2, 1)), "no count is at least 2 and at most 1"),
    (Attached(Range(1), (), Range(9, 8)), "no size is at least 9 and at most 8"),
    (LocalTime(start=60, end=60), "the time span is empty"),
    (All((A, AnyOf((All((A, B)), LocalTime(start=1, end=1))))), "category cannot be A and B at once"),
]


@pytest.mark.parametrize(("condition", "reason"), NEVER, ids=lambda case: str(case)[:50])
def test_contradictions_are_seen(condition: Condition, reason: str) -> None:
    """Each kind of contradiction has its reason."""
    assert logic.never(condition) == reason


@pytest.mark.parametrize(
    "condition",
    [
        All(),
        All((A, Is("subcategory", ("B",)))),
        All((Tagged(("a",)), Tagged(("b",)))),
        All((Has("text", ("a",)), Not(Has("text", ("b",))))),
        AnyOf((All((A, B)), A)),
        All((SenderDomain(("a.example",)), SenderDomain(("b.a.example",)))),
        OpenReports(Range(2, 2)),
        Not(All((A, B))),
    ],
    ids=str,
)
def test_what_can_hold_is_not_called_a_contradiction(condition: Condition) -> None:
    """No false alarm: an admin would lose faith in the check."""
    assert not logic.never(condition)


IMPLIES = [
    (A, Is("category", ("A", "B"))),
    (Tagged(("a",)), Tagged(("a", "b"))),
    (FieldIs("npsn", ("A",)), FieldIs("npsn", ("a", "b"))),
    (FIELD, FieldPresent("npsn")),
    (Has("text", ("a",)), Has("text", ("a", "b"))),
    (SenderIs(("a@b.example",)), SenderIs(("A@b.example", "c@d.example"))),
    (SenderDomain(("a.example",)), SenderDomain(("a.example", "b.example"))),
    (RecipientIs(("a@b.example",)), RecipientIs(("a@b.example", "c@d.example"))),
    (OpenReports(Range(3, 4)), OpenReports(Range(2))),
    (All((A, FIELD)), A),
    (All((A, FIELD)), All((FIELD, A))),
    (AnyOf((A, All((A, FIELD)))), A),
    (A, AnyOf((B, A))),
    (Not(Is("category", ("A", "B"))), Not(A)),
    (A, All()),
]


@pytest.mark.parametrize(("narrow", "broad"), IMPLIES, ids=str)
def test_what_is_narrower_is_seen(narrow: Condition, broad: Condition) -> None:
    """The broad condition holds wherever the narrow one does; the other way round it is not claimed, unless equal."""
    assert logic.implies(narrow, broad)
    if {*logic.parts(narrow)} != {*logic.parts(broad)} and not isinstance(narrow, AnyOf):
        assert not logic.implies(broad, narrow)


def conditions() -> st.SearchStrategy[Condition]:
    """Small conditions over few values, so that they meet."""
    leaf: st.SearchStrategy[Condition] = st.one_of(
        st.builds(Is, st.just("category"), st.lists(st.sampled_from("AB"), min_size=1, max_size=2).map(tuple)),
        st.builds(Tagged, st.lists(st.sampled_from("xy"), min_size=1, max_size=2).map(tuple)),
        st.builds(FieldIs, st.just("f"), st.lists(st.sampled_from("12"), min_size=1, max_size=2).map(tuple)),
        st.builds(FieldPresent, st.just("f"), st.booleans()),
        st.builds(Has, st.just("text"), st.lists(st.sampled_from(["ha", "lo"]), min_size=1, max_size=2).map(tuple)),
        st.builds(OpenReports, st.builds(Range, st.integers(0, 2), st.integers(0, 2) | st.none())),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(All, st.lists(inner, max_size=3).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=5,
    )


FACTS = st.builds(
    Facts,
    category=st.sampled_from(["A", "B", "C", ""]),
    tags=st.frozensets(st.sampled_from("xyz"), max_size=2),
    fields=st.sampled_from([{}, {"f": "1"}, {"f": "2"}, {"f": "3"}]),
    text=st.sampled_from(["", "ha", "lo", "ha lo"]),
    open_reports=st.integers(0, 3),
)


@given(conditions(), conditions(), st.lists(FACTS, min_size=1, max_size=12))
def test_the_logic_is_sound(first: Condition, second: Condition, many: list[Facts]) -> None:
    """Whatever it claims is true of every mail; a condition and its contrary never agree."""
    for facts in many:
        if logic.never(first):
            assert not first.holds(facts)
        if logic.implies(first, second) and first.holds(facts):
            assert second.holds(facts)
        assert Not(first).holds(facts) is not first.holds(facts)


def test_hidden_rules_are_found_and_others_left_alone() -> None:
    """Only a rule that an earlier `stop` covers completely is called hidden."""
    rules = [
        Rule("wide", Actions(), Is("category", ("A", "B")), stop=True),
        Rule("inside", Actions(), All((A, FIELD))),
        Rule("outside", Actions(), Is("category", ("B", "C"))),
        Rule("all", Actions()),
    ]
    assert [(rule.name, by.name) for rule, by in logic.hidden(rules)] == [("inside", "wide")]


def test_setting_in_vain_is_found() -> None:
    """Equal conditions that set one thing to two values: the first is in vain; equal values and exceptions are fine."""
    rules = [
        Rule("first", Actions(queue="a", priority="low"), A),
        Rule("exception", Actions(queue="b"), All((A, FIELD))),
        Rule("same", Actions(priority="low"), A),
        Rule("second", Actions(queue="c"), A),
    ]
    found = [(rule.name, later.name, what) for rule, later, what in logic.overridden(rules)]
    assert found == [("first", "second", "queue"), ("exception", "second", "queue")]


def test_an_exception_before_the_general_rule_is_in_vain() -> None:
    """Later rules override: who writes the exception first has it overridden whenever it fires."""
    rules = [
        Rule("exception", Actions(queue="b"), All((A, FIELD))),
        Rule("general", Actions(queue="a"), A),
        Rule("stopped", Actions(queue="c"), All((B, FIELD)), stop=True),
        Rule("other", Actions(queue="d"), B),
    ]
    assert [(rule.name, later.name) for rule, later, _ in logic.overridden(rules)] == [("exception", "general")]


def test_unrelated_rules_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for rules in vain among a thousand of different categories compares no two conditions."""
    arrived = Is("event", ("arrived",))
    rules = [Rule(f"r{n}", Actions(queue=f"q{n}"), All((arrived, Is("category", (f"c{n}",))))) for n in range(1_000)]
    counts: Counter[str] = Counter()
    monkeypatch.setattr(logic, "implies", _counting(counts, "compared", logic.implies))
    assert list(logic.overridden(rules)) == []
    assert list(logic.hidden(rules)) == []
    assert counts["compared"] <= len(rules)


def test_a_stop_in_between_keeps_what_was_set() -> None:
    """Where the stopping rule fires, the later rule does not: the earlier one is not in vain."""
    rules = [
        Rule("first", Actions(queue="a"), A),
        Rule("stop", Actions(priority="low"), FIELD, stop=True),
        Rule("second", Actions(queue="b"), A),
    ]
    assert list(logic.overridden(rules)) == []


def test_a_value_in_between_hides_nothing() -> None:
    """Of three rules with one condition, the first two are each told when the last sets their thing again."""
    rules = [Rule("1", Actions(queue="a"), A), Rule("2", Actions(priority="low"), A), Rule("3", Actions(queue="b"), A)]
    assert [(rule.name, later.name) for rule, later, _ in logic.overridden(rules)] == [("1", "3")]


# --- work


def many(count: int) -> tuple[Rule, ...]:
    """Rules of the kinds that desks have, none of which fires."""
    arrived = Is("event", ("arrived",))
    kinds: list[tuple[Condition, ...]] = [
        (Is("category", ("nowhere",)),),
        (Has("text", ("lupa sekali", "belum pernah", "mohon bantuan anda")),),
        (FieldIs("npsn", ("0",)),),
        (SenderDomain(("a.example", "b.example")),),
        (Is("category", ("A",)), Tagged(("none",))),
    ]
    together = Patterns()

    def one(number: int) -> Condition:
        if number % 6 == 5:
            return All((arrived, Matches("text", rf"kode[- ]?{number}\d{{3}}|lupa.{{0,20}}rute{number}", together)))
        return All((arrived, *kinds[number % 6]))

    return tuple(Rule(f"r{number}", Actions(queue=f"q{number}"), one(number)) for number in range(count))


def a_mail() -> Facts:
    """A mail of 4 KB whose texts have not been folded yet."""
    text = "halo, saya lupa password mohon bantuan. " * 100
    return Facts(category="A", text=text, fields={"npsn": "1"}, sender="a@c.example")


def test_a_rule_costs_a_few_calls() -> None:
    """1,000 rules over one mail are a dozen calls each, patterns among them, and 4,000 are four times that."""
    thousand, four = (work.calls(partial(run, many(count), a_mail())) for count in (1_000, 4_000))
    assert thousand < 12_000
    assert four < 4.2 * thousand


def test_a_text_is_prepared_once_for_all_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many rules look at a text, it is folded once, and searched once for all patterns together."""
    counts: Counter[str] = Counter()
    monkeypatch.setattr(Words, "of", _counting(counts, "folded", Words.of))
    monkeypatch.setattr(Patterns, "matching", _counting(counts, "searched", Patterns.matching))
    run(many(1_000), a_mail())
    assert counts == {"folded": 1, "searched": 1}


def _counting(counts: Counter[str], name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*args: Any) -> Any:
        counts[name] += 1
        return real(*args)

    return counted
