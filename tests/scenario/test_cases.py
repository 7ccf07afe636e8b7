"""Every timeline in `cases/`: in this process, on the embedded mail host, and on Dovecot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mailhelp.edge.config import to_desk
from mailhelp.edge.worker import Readers
from mailhelp.embedded import MailHost
from mailhelp.home import read_options
from scenario.desk_edge import configured
from scenario.fake_edge import FakeEdge
from scenario.host_edge import HostEdge
from scenario.runner import Player, TimelineError
from scenario.script import ScriptError, parse
from servers import PASSWORD, DovecotServer, SmtpDoor

CASES = sorted((Path(__file__).parent / "cases").glob("*.case"))
every_case = pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
with_a_host = pytest.mark.parametrize(
    "path", [path for path in CASES if "the clock jumps" not in path.read_text("utf-8")], ids=lambda path: path.stem
)
"""There the daemon is started anew for each mail: it has no run in which a clock could jump."""


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[FakeEdge]:
    """A new desk for each timeline."""
    with closing(FakeEdge(tmp_path)) as made:
        yield made


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """The workers that read mails, shared by all timelines on real servers."""
    config = configured()
    with Readers(read_options(config, to_desk(config)), config.limits) as made:
        yield made


@pytest.fixture(scope="module")
def pymap() -> Iterator[MailHost]:
    """The embedded mail host."""
    with MailHost({}) as made:
        yield made


@pytest.fixture(scope="module")
def door(dovecot: DovecotServer) -> Iterator[SmtpDoor]:
    """The mail server in front of Dovecot."""
    with SmtpDoor.before(dovecot) as made:
        yield made


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    """The desk's password, where its configuration says."""
    monkeypatch.setenv("MAILHELP_SCENARIO_PASSWORD", PASSWORD)


@every_case
def test_timeline(path: Path, tmp_path: Path) -> None:
    """What the first line of the case says."""
    script = parse(path)
    with closing(FakeEdge(tmp_path, script.desk)) as edge:
        Player(script, edge).play()


@with_a_host
def test_timeline_on_the_embedded_host(path: Path, tmp_path: Path, pymap: MailHost, readers: Readers) -> None:
    """The same, on pymap and aiosmtpd."""
    script, post = parse(path), (pymap, pymap.smtp_port)
    with closing(HostEdge(tmp_path, script.desk, pymap, post, readers, _people(path))) as edge:
        Player(script, edge).play()


@pytest.mark.dovecot
@with_a_host
def test_timeline_on_dovecot(
    path: Path, tmp_path: Path, dovecot: DovecotServer, door: SmtpDoor, readers: Readers
) -> None:
    """The same, on Dovecot."""
    script = parse(path)
    with closing(HostEdge(tmp_path, script.desk, dovecot, (door, door.port), readers, _people(path))) as edge:
        Player(script, edge).play()


def _people(path: Path) -> list[str]:
    """Everybody whom a case names."""
    return sorted(set(re.findall(r"[\w.-]+@[\w.-]+\w", path.read_text(encoding="utf-8"))))


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
