"""`mailhelp rules history|diff|rollback|replay` as a person types them."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import rulekit
from clikit import Desk
from mailhelp.cli.rules_history import unified
from mailhelp.cli.rules_replay import begin
from mailhelp.edge.config import load
from mailhelp.edge.policyfiles import digest, from_data, read_files, to_data, write_files
from mailhelp.edge.store import Store
from mailhelp.errors import UserError
from rulekit import OTHER_RULES, RULES, RuleDesk, rule_desk


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> RuleDesk:
    """A desk that took in some mails with its first rules; then other rules came into force."""
    made = rule_desk(tmp_path_factory.mktemp("past") / "desk", now=datetime.now(UTC) - timedelta(days=2))
    made.take(list(rulekit.mails(40)), step=timedelta(minutes=1), batch=40)
    (made.rules / "routing.yaml").write_text(OTHER_RULES)
    made.use(made.load())
    made.store.close()
    return made


@pytest.fixture
def desk(past: RuleDesk, tmp_path: Path) -> Iterator[RuleDesk]:
    """A copy of it."""
    folder = Path(shutil.copytree(past.folder, tmp_path / "desk"))
    config = load(folder / "config.toml")
    made = replace(past, folder=folder, config=config, store=Store(config.database.url))
    yield made
    made.store.close()


@pytest.fixture
def run(desk: RuleDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The command line on that desk."""
    return Desk(desk.folder, monkeypatch, capsys)


def versions(run: Desk) -> list[dict[str, object]]:
    """The history as data."""
    found = run("rules", "history", "--json").json
    assert isinstance(found, list)
    return found


def test_history_lists_versions_and_what_was_decided(run: Desk) -> None:
    """Oldest first, with the number of decisions; the files as they are now are marked."""
    first, second = versions(run)
    assert (first["current"], second["current"]) == (False, True)
    assert first["decisions"] == 40
    assert second["decisions"] == 0
    shown = run("rules", "history")
    assert shown.status == 0
    assert f"* {second['version']}" in shown.out
    assert str(first["version"]) in shown.out


def test_diff_shows_each_file_that_differs(run: Desk, desk: RuleDesk) -> None:
    """From an old version to the present files, and from one version to another; the beginning of a version will do."""
    first, second = (str(one["version"]) for one in versions(run))
    shown = run("rules", "diff", first[:6])
    assert "+++ current/rules/routing.yaml" in shown.out
    assert "+  - {name: pagi" in shown.out
    assert "team.yaml" not in shown.out
    assert run("rules", "diff", first, second).out == shown.out.replace("current/", f"{second}/").replace(
        f"{first[:6]}/", f"{first}/"
    )
    (desk.rules / "more.yaml").write_text("rules: []\n")
    assert "--- /dev/null" in run("rules", "diff", second).out
    (desk.rules / "more.yaml").unlink()
    same = run("rules", "diff", second)
    assert (same.out, same.status) == ("", 0)
    assert "No file differs" in same.err


def test_an_unknown_version_is_a_sentence(run: Desk) -> None:
    """No version, or several, begin so: the known ones are named."""
    wrong = run("rules", "diff", "zzz")
    assert wrong.status == 2
    assert 'No version begins with "zzz"' in wrong.err
    assert str(versions(run)[0]["version"]) in wrong.err
    assert "Several versions begin with" in run("rules", "rollback", "").err


def test_rollback_writes_the_files_and_keeps_the_present_ones(run: Desk, desk: RuleDesk) -> None:
    """The old version is there again byte by byte, files that it did not have are gone; and back again."""
    first, second = (str(one["version"]) for one in versions(run))
    (desk.rules / "routing-new.yaml").write_text("rules:\n  - {name: baru, then: {tag: baru}}\n")
    (desk.rules / "contoh.eml").write_text("Subject: x\n\nx\n")
    third = desk.load().version
    done = run("rules", "rollback", first, "--yes")
    assert done.status == 0, done.err
    assert "rules/routing-new.yaml, rules/routing.yaml" in done.out
    assert (desk.rules / "routing.yaml").read_text() == RULES
    assert not (desk.rules / "routing-new.yaml").exists()
    assert (desk.rules / "contoh.eml").exists()
    assert desk.load().version == first
    assert {str(one["version"]) for one in versions(run)} == {first, second, third}
    assert "already" in run("rules", "rollback", first, "--yes").out
    assert run("rules", "rollback", third, "--yes").status == 0
    assert desk.load().version == third


def test_files_that_make_no_policy_are_kept_too(run: Desk, desk: RuleDesk) -> None:
    """Going back from a mess saves the mess, under a name that says it was never in force."""
    first = str(versions(run)[0]["version"])
    mess = b"rules: [\n\xff\0"
    (desk.rules / "routing.yaml").write_bytes(mess)
    assert "cannot be used" in run("rules", "history").out
    done = run("rules", "rollback", first, "--yes")
    assert done.status == 0, done.err
    (saved,) = (str(one["version"]) for one in versions(run) if str(one["version"]).startswith("unchecked-"))
    content = desk.store.policy_content(saved)
    assert content
    assert from_data(content)["rules/routing.yaml"] == mess


def test_rollback_refuses_what_could_not_be_used(run: Desk, desk: RuleDesk) -> None:
    """A version whose files do not check any more is named with its problems, and nothing is touched."""
    desk.store.remember_policy(
        "feed", to_data({**read_files(desk.config), "rules/team.yaml": b"agents: {}\n"}), desk.now
    )
    before = read_files(desk.config)
    done = run("rules", "rollback", "feed", "--yes")
    assert done.status == 2
    assert "rules/team.yaml:1" in done.err
    assert "Nothing was changed" in done.err
    assert read_files(desk.config) == before


def test_rollback_asks(run: Desk, desk: RuleDesk) -> None:
    """Without --yes and without an answer nothing is written."""
    first = str(versions(run)[0]["version"])
    before = read_files(desk.config)
    assert run("rules", "rollback", first).status != 0
    assert read_files(desk.config) == before


def test_replay_prints_what_would_differ(run: Desk, desk: RuleDesk) -> None:
    """The present rules on the past, as table, JSON and CSV; the rules that decided then change nothing."""
    data = run("rules", "replay", "--since", "30d", "--format", "json").json
    assert data["reports"] == 40
    assert data["passed_over"] == 0
    assert data["tickets"]
    assert {one["name"] for one in data["rules"]} >= {"npsn ada", "npsn kurang", "dinas"}
    gone = next(one for one in data["rules"] if one["name"] == "npsn ada")
    assert gone["before"] > 0 == gone["after"]
    assert sum(one["after"] for one in data["queues"]) == 40
    table = run("rules", "replay").out
    assert f"{len(data['tickets'])} would fare otherwise" in table
    assert "would fire" in table
    assert str(data["tickets"][0]["ticket"]) in table
    rows = list(csv.DictReader(io.StringIO(run("rules", "replay", "--format", "csv").out)))
    assert {int(row["ticket"]) for row in rows} == {one["ticket"] for one in data["tickets"]}
    old = desk.folder / "old"
    old.mkdir()
    for file in desk.rules.iterdir():
        (old / file.name).write_bytes(file.read_bytes())
    (old / "routing.yaml").write_text(RULES)
    assert "0 would fare otherwise" in run("rules", "replay", "--rules", str(old)).out
    assert run("rules", "replay", "--since", "1h").out.startswith("0 reports")


def test_replay_explains_each_rule_that_turned(run: Desk) -> None:
    """For a rule that fires now and did not then, or no more, its own words say why."""
    data = run("rules", "replay", "--format", "json").json
    turned = [rule for one in data["tickets"] for rule in one["rules"]]
    assert turned
    assert all(rule["before"] != rule["after"] and rule["why"] for rule in turned)
    assert "there is no rule of that name any more" in json.dumps(turned)


def test_replay_mistakes_are_sentences(run: Desk, tmp_path: Path) -> None:
    """A span that is none, a folder that is none, rules that do not check."""
    assert "is no span of time" in run("rules", "replay", "--since", "often").err
    assert "There is no folder" in run("rules", "replay", "--rules", str(tmp_path / "nothing")).err
    (tmp_path / "empty").mkdir()
    assert "team.yaml" in run("rules", "replay", "--rules", str(tmp_path / "empty")).err


def test_cells_are_no_formulas(run: Desk) -> None:
    """What strangers write as a subject cannot calculate in a spreadsheet."""
    from mailhelp.cli.rules_replay import as_csv
    from mailhelp.replay import Difference, Result

    changes = {"queue": ("umum", "akun")}
    one = Difference(2164242, datetime(2026, 1, 1, tzinfo=UTC), "=HYPERLINK(1)", changes, ())
    assert "'=HYPERLINK(1)" in as_csv(Result(differences=[one]))
    assert run.folder.exists()


@pytest.mark.parametrize(
    ("text", "ago"), [("12h", timedelta(hours=12)), ("30d", timedelta(days=30)), ("2w", timedelta(days=14))]
)
def test_spans(text: str, ago: timedelta) -> None:
    """Hours, days, weeks; or a date."""
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert begin(text, now) == now - ago
    assert begin("2026-01-31", now) == datetime(2026, 1, 31, tzinfo=UTC)
    for wrong in ("30", "d", "-3d", "3.5d", "2026-13-01"):
        with pytest.raises(UserError):
            begin(wrong, now)


def test_files_survive_the_store(desk: RuleDesk, tmp_path: Path) -> None:
    """Any bytes come back as they were, line ends and bytes that are no text among them."""
    files = {
        "rules/a.yaml": b"a\r\nb\n",
        "rules/b.yaml": b"\xff\xfe",
        "templates/id/c.md": "ä\0".encode(),
        "rules/d.yaml": b"",
    }
    assert from_data(json.loads(json.dumps(to_data(files)))) == files
    assert digest(files) != digest({**files, "rules/a.yaml": b"a\nb\n"})
    with pytest.raises(ValueError, match="does not stand in"):
        write_files(desk.config, {"rules/../../evil.yaml": b""})
    assert list(unified(files, {**files, "rules/a.yaml": b"a\nb\n"}, ("A", "B")))[-1].startswith("(only")
    assert tmp_path.exists()


def test_a_file_that_cannot_be_written_leaves_no_rest(desk: RuleDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replacing is one step: when it fails the old file is whole and no half one lies beside it."""

    def full(*_: object) -> None:
        raise OSError("disk full")

    before = read_files(desk.config)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_files(desk.config, {**before, "rules/routing.yaml": b"rules: []\n"})
    assert read_files(desk.config) == before
    assert [path.name for path in desk.rules.iterdir() if path.name.startswith(".")] == []
