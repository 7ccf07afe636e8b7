"""`rules check`, `rules test`, `rules schema`: everything wrong at once, tests as a runner prints them, schemas."""

from __future__ import annotations

import json
from pathlib import Path

from clikit import Desk

GOOD = """rules:
  - name: satu
    when: {text: halo}
    then: {queue: data}
    tests:
      - given: halo
        expect: {queue: data}
  - name: dua
    when: {text: xyzzy}
    then: {queue: umum}
"""
BAD = GOOD.replace("expect: {queue: data}", "expect: {queue: akun}")


def routing(desk: Desk, text: str) -> None:
    """Replace the example's rules."""
    (desk.folder / "rules" / "routing.yaml").write_text(text, encoding="utf-8")


def test_a_fresh_desk_is_well(desk: Desk) -> None:
    """What `mailhelp init` writes passes its own check and tests, without a warning."""
    done = desk("rules", "check", "--json")
    assert (done.status, done.json["ok"]) == (0, True)
    assert [one for one in done.json["warnings"] if "agent is present" not in one] == []
    assert desk("rules", "check").out.startswith("✓ ")
    assert desk("rules", "test").status == 0


def test_failing_tests_are_problems(desk: Desk) -> None:
    """`rules check` tells them with file and line, and in JSON, with exit status 1."""
    routing(desk, BAD)
    done = desk("rules", "check")
    assert done.status == 1
    assert 'rules/routing.yaml:6:9: rule "satu" → test 1: does not come true: queue: expected "akun"' in done.err
    told = desk("rules", "check", "--json").json
    assert not told["ok"]
    assert (told["problems"][0]["file"], told["problems"][0]["line"]) == ("rules/routing.yaml", 6)


def test_mistakes_come_before_tests(desk: Desk) -> None:
    """Rules that cannot be read are told with exit status 1, too."""
    routing(desk, GOOD.replace("queue: umum", "queue: nowhere"))
    assert desk("rules", "check").status == 1
    assert desk("rules", "check", "--json").json["problems"][0]["found"] == "nowhere"


def test_a_template_with_an_unknown_variable_is_a_problem(desk: Desk) -> None:
    """Templates are rendered; the file is named as the admin knows it."""
    path = desk.folder / "templates" / "id" / "answer_head.md"
    path.write_text(path.read_text(encoding="utf-8") + "\n{{ nobody }}\n", encoding="utf-8")
    done = desk("rules", "check")
    assert done.status == 1
    assert "templates/id/answer_head.md:" in done.err
    assert str(desk.folder) not in done.err


def test_rules_without_tests_are_a_warning(desk: Desk) -> None:
    """They are allowed, and told."""
    routing(desk, GOOD)
    done = desk("rules", "check")
    assert done.status == 0
    assert "! no test reaches 1 rule: `mailhelp rules test` lists them." in done.out


def test_tests_are_printed_as_a_runner_does(desk: Desk) -> None:
    """Each with a mark and its line, what failed and why, the rules no test reaches, and a count."""
    routing(desk, BAD)
    done = desk("rules", "test", "satu", "dua")
    assert done.status == 1
    assert done.out.splitlines() == [
        'rules/routing.yaml  rule "satu"',
        "  ✗ test 1 (line 6)",
        '      queue: expected "akun", found "data" (set by rule "satu")',
        "      no other rule fired",
        "",
        "1 failed, 0 passed.",
    ]
    whole = desk("rules", "test").out
    assert 'No test reaches 1 of 2 rules:\n  rules/routing.yaml:8: rule "dua"' in whole


def test_tests_as_json(desk: Desk) -> None:
    """The keys that docs/rules.md promises."""
    routing(desk, GOOD)
    done = desk("rules", "test", "satu", "--json")
    assert (done.status, set(done.json)) == (0, {"ok", "tests", "unreached"})
    assert done.json["tests"] == [
        {
            "subject": 'rule "satu"',
            "test": 1,
            "ok": True,
            "file": "rules/routing.yaml",
            "line": 6,
            "failures": [],
            "fired": ["satu"],
        }
    ]
    assert done.json["unreached"] == [{"rule": "dua", "file": "rules/routing.yaml", "line": 8}]


def test_schemas_are_written_beside_the_rules(desk: Desk, tmp_path: Path) -> None:
    """Where the files of a fresh desk look for them, or where one says."""
    written = desk.folder / "rules" / ".schema"
    fresh = {path.name: path.read_text(encoding="utf-8") for path in written.glob("*.json")}
    assert set(fresh) == {f"{name}.json" for name in ("team", "categories", "form", "routing", "calendar", "timers")}
    (written / "team.json").unlink()
    assert desk("rules", "schema").status == 0
    assert {path.name: path.read_text(encoding="utf-8") for path in written.glob("*.json")} == fresh
    assert desk("rules", "schema", "--out", str(tmp_path / "s")).out.count("✓") == 6
    assert json.loads((tmp_path / "s" / "team.json").read_text(encoding="utf-8"))["$defs"]


def test_a_folder_that_cannot_be_written_is_a_sentence(desk: Desk, tmp_path: Path) -> None:
    """No traceback where the folder's name is a file's."""
    (tmp_path / "file").write_text("")
    done = desk("rules", "schema", "--out", str(tmp_path / "file" / "x"))
    assert done.status == 2
    assert "cannot be written" in done.err
