"""Every timeline in `cases/`, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scenario.fake_edge import FakeEdge
from scenario.runner import Player, TimelineError
from scenario.script import ScriptError, parse

CASES = sorted((Path(__file__).parent / "cases").glob("*.case"))


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[FakeEdge]:
    """A new desk for each timeline."""
    made = FakeEdge(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_timeline(path: Path, edge: FakeEdge) -> None:
    """What the first line of the case says."""
    Player(parse(path), edge).play()


def test_there_are_cases() -> None:
    """An empty folder would pass, too."""
    assert len(CASES) >= 12


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a@b.example writes "Halo"\n    Halo.\n', "nobody expected"),
        ('a@b.example writes "Halo"\n    Halo.\nexpect no mail\n', "there are mails"),
        ("expect mail to a@b.example\n", "there is no mail"),
        ("expect ticket 2164242 state new\n", "no such ticket"),
        ("expect 1 ticket\n", "there are 0"),
        ('a@b.example writes "x"\n    with Auto-Submitted: auto-replied\n    y\nexpect it to be article\n', "ignored"),
        (
            'a@b.example writes "x"\n    Halo.\nexpect mail to a@b.example\n    Halo.\n',
            "missing: Halo.",
        ),
        (
            'a@b.example writes "x"\n    Halo.\nexpect mail to a@b.example\n    not 2164242\n',
            "found: 2164242",
        ),
        ('a@b.example writes "x"\n    Halo.\nexpect mail to a@b.example from "Sari"\n', "it is from"),
        ("a@b.example replies\n    Halo.\n", "has no mail"),
        ("expect alarm gate.breaker\n", "there are []"),
    ],
)
def test_a_timeline_that_goes_otherwise_fails(text: str, words: str, edge: FakeEdge, tmp_path: Path) -> None:
    """The runner can fail: each expectation, with a sentence that names the line."""
    path = tmp_path / "wrong.case"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TimelineError, match=r"wrong\.case:\d+") as failure:
        Player(parse(path), edge).play()
    assert words in str(failure.value)


def test_a_line_that_is_not_understood_is_named(tmp_path: Path) -> None:
    """Spelling matters."""
    path = tmp_path / "typo.case"
    path.write_text("# x\n\nexpects no mail\n", encoding="utf-8")
    with pytest.raises(ScriptError, match=r"typo\.case:3: this line is not understood: expects no mail"):
        parse(path)
