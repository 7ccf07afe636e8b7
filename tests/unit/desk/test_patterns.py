"""Patterns of admins: searched together they tell the same as one by one, in linear time, whatever is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
import re2
from hypothesis import given, settings
from hypothesis import strategies as st

import hostile
from mailhelp.desk import patterns
from mailhelp.desk.asktext import FieldMatches, HeaderMatches, Matches
from mailhelp.desk.facts import Facts
from mailhelp.desk.patterns import BadPatternError, Patterns, compile_pattern

PIECES = st.sampled_from(["a", "b", "[ab]", "a+", "b*", "(ab|ba)", "^", "$", ".", "a{2,5}", r"\d", "é", ".*", r"\bab"])
PATTERNS = st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), min_size=1, max_size=12)
TEXTS = st.text("abAB1é \n", max_size=40)


def together(written: list[str]) -> Patterns:
    """These patterns, searched together."""
    made = Patterns()
    for pattern in written:
        made.add(pattern)
    return made


def usable(written: list[str]) -> list[str]:
    """Those that compile."""
    found = []
    for pattern in written:
        try:
            compile_pattern(pattern)
        except BadPatternError:
            continue
        found.append(pattern)
    return found


@given(PATTERNS, TEXTS)
def test_together_as_one_by_one(written: list[str], text: str) -> None:
    """The common automaton finds exactly what the single patterns find."""
    written = usable(written)
    raw = text.encode()
    assert together(written).matching(raw) == alone(written, raw)


def alone(written: list[str], raw: bytes) -> set[int]:
    """What the single patterns find."""
    return {number for number, pattern in enumerate(written) if compile_pattern(pattern).search(raw)}


HUNGRY = [f"[ab]*a[ab]{{{n}}}c" for n in range(8, 40)]
HUNGRY_TEXT = b"abbaababbabaabbabababbaabbab" * 20 + b"aaaaaaaaaac"


class Silent:
    """An automaton that ran out of memory: it tells nothing."""

    def Match(self, raw: bytes) -> list[int]:  # noqa: N802 - the library's name
        """Nothing."""
        del raw
        return []


def test_an_automaton_that_gives_up_is_noticed() -> None:
    """A silent automaton does not pass for a text without matches: each pattern is searched by itself."""
    made = together(HUNGRY)
    made.matching(b"")
    assert made._joined is not None
    made._joined = tuple(replace(one, automaton=Silent()) for one in made._joined)
    assert made.matching(HUNGRY_TEXT) == alone(HUNGRY, HUNGRY_TEXT) != set()


@pytest.mark.parametrize("memory", [11_000, 13_000, 15_000, 20_000, 40_000, 80_000])
def test_too_many_patterns_for_one_automaton_are_shared_out(memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With little memory there are several automata, some of which may give up; what is found is the same."""
    monkeypatch.setattr(patterns, "MAX_SET_MEMORY", memory)
    made = together(HUNGRY)
    assert made.matching(HUNGRY_TEXT) == alone(HUNGRY, HUNGRY_TEXT)
    assert made._joined is not None
    assert len(made._joined) > 1 or memory > 20_000


def test_a_pattern_too_large_even_alone_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """That cannot happen to patterns that compiled by themselves; if it does, it is said."""
    monkeypatch.setattr(patterns, "MAX_SET_MEMORY", 100)
    with pytest.raises(BadPatternError, match="too much memory"):
        together(["a{100}"]).matching(b"a")


def test_conditions_with_and_without_company_agree() -> None:
    """A condition alone and one among others tell the same, of text, subject, fields and header fields."""
    facts = Facts(text="kode 12", subject="Halo", fields={"npsn": "201"}, headers={"List-Id": "<x>"})
    for make in (
        lambda company: Matches("text", r"KODE \d+", company),
        lambda company: Matches("subject", "lo$", company),
        lambda company: FieldMatches("npsn", "^2", company),
        lambda company: FieldMatches("nik", ".", company),
        lambda company: HeaderMatches("List-Id", "x", company),
    ):
        company = Patterns()
        company.add("zzz")
        single, among = make(None), make(company)
        assert single.holds(facts) is among.holds(facts)
        assert single.why(facts) == among.why(facts)
        assert single == among


@pytest.mark.parametrize("pattern", hostile.PATTERNS)
def test_evil_patterns_are_refused_or_linear(pattern: str) -> None:
    """Each is refused when it is loaded, or is RE2's, which is linear, and has so few states that linear is quick."""
    try:
        made = compile_pattern(pattern)
    except BadPatternError:
        return
    assert type(made).__module__ == "re2"
    assert made.programsize <= patterns.MAX_PROGRAM
    made.search(b"a" * patterns.MAX_SEARCHED + b"!")


def test_patterns_that_repeat_too_much_are_refused() -> None:
    """Linear time with a thousand states is slow enough to stop a desk; a hundred repeats are fine."""
    with pytest.raises(BadPatternError, match="repeats too much"):
        compile_pattern(".{0,900}x")
    assert compile_pattern(r"(kode|nomor).{0,80}\d{4}")


def test_long_texts_are_cut_for_patterns() -> None:
    """What is searched is bounded, also where a character takes several bytes."""
    facts = Facts(text="é" * 400_000, subject="\ud800", fields={"npsn": "x" * 300_000})
    assert len(facts.raw("text")) == len(facts.raw("field npsn")) == patterns.MAX_SEARCHED
    assert facts.raw("subject") == b"?"


def test_evil_patterns_together_are_linear() -> None:
    """All that are taken become automata of RE2 within their memory, and get through the longest text."""
    made = together(usable(list(hostile.PATTERNS)))
    made.matching(b"a" * patterns.MAX_SEARCHED + b"!")
    assert made._joined is not None
    assert {type(one.automaton) for one in made._joined} == {re2.Set}


@settings(max_examples=50)
@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(pattern: str) -> None:
    """Nothing that an admin writes raises anything but the one error; a long one is refused."""
    if usable([pattern]):
        together([pattern]).matching(b"x")
    with pytest.raises(BadPatternError, match="longer than 1000"):
        compile_pattern("a" * 1001)
