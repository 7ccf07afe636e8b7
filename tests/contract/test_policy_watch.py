"""Rules that change while the desk works: one version a decision, the old one where the new one is wrong."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailhelp.edge.bundle import Bundle
from mailhelp.edge.policyfiles import from_data, read_files
from mailhelp.edge.store import Store
from mailhelp.errors import UserError
from mailhelp.mail.message import MailKind
from mailhelp.policy_load import Unsettled
from mailhelp.policy_watch import MOST_PROBLEMS, PolicyWatch
from rulekit import RULES, RuleDesk, reload_under_load, rule_desk, watch_over

BROKEN = "rules:\n  - {name: x, when: {kueue: akun}, then: {tag: y}}\n"
LEASE = timedelta(minutes=5)
OTHER = RULES.replace("tag: ujian", "tag: anbk")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RuleDesk]:
    """A desk whose letters are real."""
    made = rule_desk(tmp_path / "desk", real_letters=True)
    yield made
    made.store.close()


def look(watch: PolicyWatch, times: int = 2) -> None:
    """Files are judged at the second look that finds them the same."""
    for _ in range(times):
        watch.look()


def alarms(desk: RuleDesk) -> list[dict[str, object]]:
    """The mails to the admin, newest first."""
    return [row for row in desk.store.outbox(limit=100) if row["kind"] == MailKind.ALARM.value]


def write(desk: RuleDesk, text: str) -> None:
    """The routing file, as an editor writes it."""
    (desk.rules / "routing.yaml").write_text(text)


def test_changed_rules_come_into_force(desk: RuleDesk, caplog: pytest.LogCaptureFixture) -> None:
    """New rules are used once they rest for a look; the version is kept with its files; the log says so."""
    caplog.set_level(logging.INFO)
    watch = watch_over(desk)
    before = watch.bundle
    write(desk, OTHER)
    watch.look()
    assert watch.bundle is before
    watch.look()
    assert watch.bundle.version != before.version
    assert "anbk" in {tag for rule in watch.bundle.policy.rules for tag in rule.then.add_tags}
    content = desk.store.policy_content(watch.bundle.version)
    assert content
    assert from_data(content) == read_files(desk.config)
    assert f"version {watch.bundle.version} after {before.version}" in caplog.text
    assert alarms(desk) == []


def test_templates_belong_to_the_version(desk: RuleDesk) -> None:
    """A changed template makes a new version with letters of its own."""
    watch = watch_over(desk)
    before = watch.bundle
    file = desk.folder / "templates" / "id" / "acknowledgement.md"
    file.write_text(file.read_text() + "\nSalam hangat.\n")
    look(watch)
    assert watch.bundle.version != before.version
    assert watch.bundle.letters is not before.letters


def test_wrong_rules_leave_the_old_ones_and_one_mail(desk: RuleDesk, caplog: pytest.LogCaptureFixture) -> None:
    """File and line stand in the log and in one mail, however often is looked; mended files come into force."""
    watch = watch_over(desk)
    before = watch.bundle
    write(desk, BROKEN)
    look(watch, 10)
    assert watch.bundle is before
    (mail,) = alarms(desk)
    assert mail["recipient"] == "admin@desk.example"
    raw = desk.store.claim(desk.now, 10, LEASE)[0].raw.decode()
    text = re.sub(r"=\r\n", "", raw)
    assert "rules/routing.yaml:2:" in text
    assert "kueue" in text
    assert before.version in text
    assert caplog.text.count("rules/routing.yaml:2:") == 1
    assert [one["code"] for one in desk.store.alarms()] == ["rules.refused"]
    caplog.set_level(logging.INFO)
    write(desk, OTHER)
    look(watch)
    assert watch.bundle is not before
    assert "the rules can be used again" in caplog.text


def test_the_same_mistake_again_is_told_again_only_after_a_change(desk: RuleDesk) -> None:
    """Asking for a reload repeats no mail; other wrong files do."""
    watch = watch_over(desk)
    write(desk, BROKEN)
    look(watch)
    watch.look(at_once=True)
    assert len(alarms(desk)) == 1
    write(desk, BROKEN.replace("kueue", "kuwu"))
    look(watch)
    assert len(alarms(desk)) == 2


def test_a_wrong_template_is_refused_with_file_and_line(desk: RuleDesk) -> None:
    """Templates are checked with the rules: an unknown variable keeps the whole set out."""
    watch = watch_over(desk)
    before = watch.bundle
    file = desk.folder / "templates" / "en" / "alarm.md"
    file.write_text(file.read_text() + "\n{{ nobody_knows_this }}\n")
    look(watch)
    assert watch.bundle is before
    assert len(alarms(desk)) == 1
    assert "templates/en/alarm.md:" in str(desk.store.alarms()[0]["text"])


def test_a_failing_rule_test_keeps_the_old_rules(desk: RuleDesk) -> None:
    """Rules that read well and do not do what their own tests expect are refused, with the line of the test."""
    watch = watch_over(desk)
    before = watch.bundle
    test = "    tests:\n      - given: {text: halo}\n        expect: {queue: akun}\n"
    write(desk, f"rules:\n  - name: halo\n    when: {{text: halo}}\n    then: {{queue: ujian}}\n{test}")
    look(watch)
    assert watch.bundle is before
    assert "rules/routing.yaml:6" in str(desk.store.alarms()[0]["text"])


def test_a_signal_needs_no_rest(desk: RuleDesk) -> None:
    """`at_once` judges the files as they stand."""
    watch = watch_over(desk)
    write(desk, OTHER)
    before = watch.bundle
    watch.look(at_once=True)
    assert watch.bundle.version != before.version


def test_rewriting_the_same_changes_nothing(desk: RuleDesk) -> None:
    """The version is of the content: a touched file is the same policy, and the old bundle stays."""
    watch = watch_over(desk)
    before = watch.bundle
    os.utime(desk.rules / "team.yaml", ns=(1, 1))
    look(watch)
    assert watch.bundle is before


def test_config_toml_needs_a_restart(desk: RuleDesk, caplog: pytest.LogCaptureFixture) -> None:
    """A changed config.toml is told once, and nothing of it is used."""
    watch = watch_over(desk)
    path = desk.folder / "config.toml"
    path.write_text(path.read_text().replace("Layanan Bantuan", "Meja Lain"))
    look(watch, 5)
    assert caplog.text.count("config.toml has changed: it takes effect at the next restart") == 1
    assert watch.bundle.policy.desk.name == "Layanan Bantuan"


def test_files_that_do_not_rest_are_judged_later(desk: RuleDesk) -> None:
    """While somebody writes nothing is decided about the files, not even that they are wrong."""
    tries = 0

    def load() -> Bundle:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Unsettled
        return desk.load()

    watch = watch_over(desk, load)
    write(desk, OTHER)
    before = watch.bundle
    look(watch, 2)
    assert watch.bundle is before
    look(watch, 2)
    assert watch.bundle is not before
    assert alarms(desk) == []


def test_a_mistake_nobody_foresaw_keeps_the_old_rules(desk: RuleDesk) -> None:
    """Whatever reading the files raises is told as a sentence; the daemon goes on with what it has."""

    def load() -> Bundle:
        raise RecursionError("too deep")

    watch = watch_over(desk, load)
    look(watch)
    assert len(alarms(desk)) == 1
    assert "too deep" in str(desk.store.alarms()[0]["text"])


def test_many_problems_are_cut_in_the_mail(desk: RuleDesk) -> None:
    """A mail names so many problems and says how many there are besides."""
    watch = watch_over(desk)
    write(desk, "rules:\n" + "".join(f"  - {{name: x{n}, when: {{kueue: a}}, then: {{tag: y}}}}\n" for n in range(60)))
    look(watch)
    (mail,) = desk.store.claim(desk.now, 10, LEASE)
    text = mail.raw.decode()
    assert text.count("routing.yaml:") <= MOST_PROBLEMS * 2  # text and HTML
    assert "40 more" in text


def test_a_store_in_trouble_swaps_nothing(desk: RuleDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that cannot be kept is not used, and is tried again at the next look."""
    watch = watch_over(desk)
    before = watch.bundle
    write(desk, OTHER)
    watch.look()
    with monkeypatch.context() as patch:
        patch.setattr(Store, "remember_policy", _broken)
        with pytest.raises(OSError, match="gone"):
            watch.look()
    assert watch.bundle is before
    watch.look()
    assert watch.bundle is not before


def _broken(*_: object) -> None:
    raise OSError("gone")


def test_no_admin_no_mail(desk: RuleDesk) -> None:
    """Without an admin's address the alarm stands in the log and the alarm table only."""
    policy = replace(desk.bundle.policy, desk=replace(desk.bundle.policy.desk, admin=""))
    desk.bundle = Bundle(policy, desk.bundle.letters, desk.bundle.files)
    watch = watch_over(desk)
    write(desk, BROKEN)
    look(watch)
    assert alarms(desk) == []
    assert len(desk.store.alarms()) == 1


def test_reload_under_load(tmp_path: Path) -> None:
    """A thousand mails while rules change 20 times, some wrongly: each decision is of one valid version, whole."""
    told = reload_under_load(tmp_path / "desk", mails=1_000, changes=20)
    assert told.decisions == 1_000
    assert told.unknown_versions == []
    assert told.mixed == []
    assert told.versions > 8
    assert told.refused == told.alarms > 3


def test_load_bundle_names_every_problem(desk: RuleDesk) -> None:
    """What is wrong is told as the admin knows the files: relative to the folder of config.toml."""
    write(desk, BROKEN)
    with pytest.raises(UserError) as error:
        desk.load()
    assert [problem.file for problem in error.value.problems] == ["rules/routing.yaml"]
