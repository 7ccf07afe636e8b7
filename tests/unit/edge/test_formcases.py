"""How well the example form reads the example reports, and the command that prints it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailhelp.cli.main import cli
from mailhelp.desk.formscore import Mistake, Score, judge
from mailhelp.desk.model import Doubt, FieldValue
from mailhelp.desk.policy import Policy
from mailhelp.edge import formcases
from mailhelp.edge.config import load
from mailhelp.edge.rules import load_policy
from mailhelp.errors import UserError

ROOT = Path(__file__).resolve().parents[3]
REPORTS = ROOT / "tests" / "data" / "forms"


@pytest.fixture(scope="module")
def policy() -> Policy:
    """The example desk."""
    return load_policy(load(ROOT / "config.toml"), ROOT)


def test_there_are_reports_of_all_shapes() -> None:
    """At least 150, at least 50 of them kept to the end, as mails, texts and pages, each with its fields."""
    parts = formcases.parts(REPORTS)
    assert set(parts) == {"kept", "writing"}
    assert len(parts["kept"]) >= 50
    assert sum(map(len, parts.values())) >= 150
    for kind in formcases.KINDS:
        assert list(REPORTS.rglob(f"*{kind}"))


@pytest.mark.parametrize(("part", "floor"), [("kept", 0.99), ("writing", 0.995)])
def test_reports_are_read_right(policy: Policy, part: str, floor: float) -> None:
    """Field F1 stays above its floor, and no value is wrong without a doubt beside it."""
    score = formcases.score(formcases.parts(REPORTS)[part], policy)
    assert score.f1 >= floor, score.mistakes
    assert score.silent == 0, [one for one in score.mistakes if one.silent]


def test_a_report_is_judged_field_by_field() -> None:
    """Right, another value, one too many, one missing; what carries a doubt is not silent; blanks do not count."""
    fields = {
        "name": FieldValue("Siti  Aminah"),
        "npsn": FieldValue("1"),
        "nik": FieldValue("2", warnings=(Doubt("x"),)),
        "city": FieldValue("Kota"),
    }
    score = judge("a/1", fields, {"name": "Siti Aminah", "npsn": "9", "nik": "9", "nisn": "9"})
    assert (score.reports, score.right, score.wrong, score.missed, score.silent) == (1, 1, 3, 3, 2)
    assert (score.precision, score.recall, score.f1) == (0.25, 0.25, 0.25)
    assert Mistake("a/1", "city", "", "Kota", silent=True) in score.mistakes
    assert (score + score).mistakes == score.mistakes * 2
    assert Score().f1 == 1.0


def score(*words: str) -> tuple[int, str]:
    """Run the command on the example desk."""
    done = CliRunner().invoke(cli, ["-c", str(ROOT / "config.toml"), "form", "score", *words], standalone_mode=False)
    if done.exception:
        raise done.exception
    return done.exit_code, done.output


def test_the_command_prints_the_figures(tmp_path: Path) -> None:
    """For each part, as a table and as JSON; mistakes only where asked for; a folder without parts is one."""
    part = tmp_path / "mine"
    part.mkdir()
    (part / "1.txt").write_text("Nama: Siti\nNPSN: 20101234\n", encoding="utf-8")
    (part / "1.yaml").write_text('subject: x\nfields: {name: Siti, npsn: "20101235"}\n', encoding="utf-8")
    code, out = score(str(tmp_path), "--json")
    assert code == 0
    assert json.loads(out)["mine"] == {
        "reports": 1, "right": 1, "wrong": 1, "missed": 1, "silent": 1, "precision": 0.5, "recall": 0.5, "f1": 0.5,
    }  # fmt: skip
    assert "0.5000" in score(str(part))[1]
    assert "20101235" not in score(str(part))[1]
    assert "20101235" in score(str(part), "--mistakes")[1]


@pytest.mark.parametrize("content", [None, "fields: [a]\n", "- a\n", "fields: {\n"])
def test_a_report_without_its_fields_cannot_be_judged(tmp_path: Path, content: str | None) -> None:
    """A missing, damaged or odd file beside a report is named."""
    shutil.copy(REPORTS / "writing" / "101-plain.txt", tmp_path / "1.txt")
    if content is not None:
        (tmp_path / "1.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        formcases.parts(tmp_path)
    assert "1.yaml" in str(caught.value.problems[0])


def test_an_empty_folder_is_no_measure(tmp_path: Path) -> None:
    """Nothing to read is said and not scored as perfect."""
    with pytest.raises(UserError, match="holds no reports"):
        formcases.parts(tmp_path)
