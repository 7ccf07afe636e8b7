"""The counters that take the place of clocks: they see what they must see, and the steps follow the real engine."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import steps
import work

ATOMS = st.sampled_from(["a", "b", "[ab]", "[^a]", ".", r"\w", r"\b", "^", "$", "(?=a)", "(?<=b)", "(?!b)", "é", r"\s"])
PATTERNS = st.recursive(
    ATOMS,
    lambda part: st.one_of(
        st.lists(part, min_size=1, max_size=3).map("".join),
        st.tuples(part, part).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(part, st.sampled_from(["*", "+?", "{1,3}", "?", "*?", "*+"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
        part.map(lambda one: f"({one})"),
        part.map(lambda one: f"(?>{one})"),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abAé \n", max_size=12), st.sampled_from([0, re.IGNORECASE, re.DOTALL, re.MULTILINE]))
def test_the_counting_matcher_finds_what_the_engine_finds(pattern: str, text: str, flags: re.RegexFlag) -> None:
    """Steps are those of the same search: for any pattern and text it ends at the same place."""
    made = re.compile(pattern, flags)
    found = made.search(text)
    assert steps.span(made, text) == (found.span() if found else None)


def test_a_group_is_found_again() -> None:
    """References to groups are followed, in any case, in texts and in bytes."""
    for made, text in ((re.compile(r"(?i)(a.)-\1"), "xAb-aB"), (re.compile(rb"(a.)-\1"), b"xab-ab")):
        assert steps.span(made, text) == (1, 6)


@pytest.mark.parametrize(
    ("pattern", "grows"), [("a", 2), ("a+b", 4), (r"\s+$", 4), ("(?:a|b)*c", 4), ("a*a*a*b", 16), ("^a+$", 2)]
)
def test_steps_show_how_a_pattern_behaves(pattern: str, grows: int) -> None:
    """On twice the text, searches in proportion take twice the steps, others more."""
    made = re.compile(pattern)
    piece = " " if pattern.startswith(r"\s") else "a"
    first, second = (steps.count(made, "search", piece * size + "!") for size in (20, 40))
    assert grows * 0.7 < second / first < grows * 1.3 or pattern == "a"


def test_a_pattern_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exponential patterns end the count instead of the test run."""
    monkeypatch.setattr(steps, "LIMIT", 20_000)
    with pytest.raises(steps.EndlessError):
        steps.count(re.compile("(a+)+$"), "search", "a" * 40 + "!")


FAULTS = {
    "loop": "def read(text):\n    for one in text:\n        for two in text:\n            pass\n",
    "while": "def read(text):\n    at = 0\n    while at < len(text) ** 2:\n        at += 1\n",
    "comprehension": "def read(text):\n    return [one for one in text for two in text]\n",
    "slices": "def read(text):\n    while text:\n        text = text[1:]\n",
    "sum": "def read(text):\n    out = ''\n    for one in text:\n        out = out + one\n",
    "find": "def read(text):\n    return [text.find('!') for one in text]\n",
    "in": "def read(text):\n    return ['!' in text for one in text]\n",
    "copies": "def read(text):\n    return [list(text) for one in text]\n",
    "pattern": "import re\nBAD = re.compile('a+b')\ndef read(text):\n    BAD.search(text)\n",
    "pattern in place": "import re\ndef read(text):\n    re.sub('a+b', '', text)\n",
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_quadratic_work_is_seen(fault: str, module: Callable[[str], Callable[[str], object]]) -> None:
    """Each way to be slow on a long text fails the check."""
    with pytest.raises(AssertionError, match="with twice the text"):
        work.check(module(fault), "a")


def test_work_in_proportion_passes(module: Callable[[str], Callable[[str], object]]) -> None:
    """Loops, slices, searches and patterns that look at each place a few times are no fault; too often is one."""
    read = module(
        "import re\nGOOD = re.compile('a')\ndef read(text):\n    return [GOOD.sub('b', one[0:]) for one in text]\n"
    )
    work.check(read, "a")
    with pytest.raises(AssertionError, match="more of"):
        work.check(read, "a", per_character=3)


def test_the_real_modules_stay_as_they_are() -> None:
    """Loading a double leaves the modules of everybody else alone, and its values can be made of the real ones."""
    from mailhelp.mail import forward
    from mailhelp.mail.message import Address

    counted = work.load("mailhelp.mail.forward")
    assert counted is not forward
    assert sys.modules["mailhelp.mail.forward"] is forward
    assert "_work_call" not in vars(forward)
    twin = work.double((Address("a@x.example"),))[0]
    assert type(twin) is not Address
    assert twin.addr == "a@x.example"


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], Callable[[str], object]]:
    """Makes `read` of a counting module with that code."""

    def make(code: str) -> Callable[[str], object]:
        path = tmp_path / "fault.py"
        path.write_text(code)
        return cast("Callable[[str], object]", work.read_module("fault", path).read)

    return make
