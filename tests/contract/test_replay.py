"""Other rules tried on the past: what replay foretells is what the desk would have done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import rulekit
from mailhelp.edge.policyfiles import read_files
from mailhelp.edge.rules import load_policy
from mailhelp.home import read_options
from mailhelp.replay import Result, Trial, replay
from rulekit import OTHER_RULES, RULES, START, RuleDesk, rule_desk

COUNT = 1_000


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RuleDesk, RuleDesk]]:
    """Two desks with different rules, to which the same thousand mails came at the same times."""
    made = [rule_desk(tmp_path_factory.mktemp("desk") / "it", rules) for rules in (RULES, OTHER_RULES)]
    for desk in made:
        desk.take(list(rulekit.mails(COUNT)))
    yield made[0], made[1]
    for desk in made:
        desk.store.close()


def tried(desk: RuleDesk, rules: Path, jobs: int = 1) -> Result:
    """Rules of a folder tried on all that came to a desk."""
    config = desk.config.model_copy(update={"rules_dir": str(rules)})
    policy = load_policy(config, desk.folder)
    trial = Trial(config.database.url, policy, read_files(config), read_options(config, policy.desk))
    return replay(trial, *desk.store.decisions_since(START), jobs)


def test_the_same_rules_change_nothing(desks: tuple[RuleDesk, RuleDesk]) -> None:
    """Rules and their replay agree with live processing on a thousand mails: no difference, the same counts."""
    for desk in desks:
        result = tried(desk, desk.rules)
        assert (result.reports, result.passed_over) == (len(desk.outcomes()), 0)
        assert result.reports > COUNT * 0.9
        assert result.differences == []
        assert result.rules_before == result.rules_after
        assert result.queues_before == result.queues_after
        assert len(result.rules_before) > 5


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_replay_foretells_what_the_other_rules_did(desks: tuple[RuleDesk, RuleDesk], order: tuple[int, int]) -> None:
    """The rules of the one desk tried on the past of the other give what the one desk really did, report by report."""
    past, other = (desks[number] for number in order)
    result = tried(past, other.rules)
    foretold = {number: dict(outcome) for number, outcome in past.outcomes().items()}
    for one in result.differences:
        foretold[one.ticket].update({name: after for name, (_, after) in one.changes.items()})
    real = other.outcomes()
    assert foretold.keys() == real.keys()
    wrong = {number: (foretold[number], real[number]) for number in real if foretold[number] != real[number]}
    assert not wrong
    assert len(result.differences) > COUNT * 0.2
    assert result.moved.total() > COUNT * 0.02


def test_a_changed_form_is_read_again(desks: tuple[RuleDesk, RuleDesk], tmp_path: Path) -> None:
    """Where form or categories differ the report is read again, from its raw bytes where the form stood in HTML."""
    past = desks[0]
    rules = tmp_path / "rules"
    rules.mkdir()
    for file in past.rules.iterdir():
        (rules / file.name).write_bytes(file.read_bytes())
    categories = rules / "categories.yaml"
    categories.write_text(categories.read_text() + "\n# the same, said otherwise\n")
    same = tried(past, rules)
    assert same.differences == []
    assert same.read_again > COUNT * 0.1
    categories.write_text(rulekit.CATEGORIES.replace("  mutasi:\n", "  pindah:\n"))
    changed = {
        one.ticket: one.changes["category"] for one in tried(past, rules).differences if "category" in one.changes
    }
    was = {number for number, outcome in past.outcomes().items() if outcome["category"] == "mutasi"}
    assert changed == dict.fromkeys(was, ("mutasi", "pindah"))
    assert len(was) > COUNT * 0.1


def test_several_processes_find_the_same(desks: tuple[RuleDesk, RuleDesk]) -> None:
    """How the work is divided does not show in the result."""
    past, other = desks
    assert tried(past, other.rules, jobs=2) == tried(past, other.rules, jobs=1)


def test_nothing_is_written(desks: tuple[RuleDesk, RuleDesk]) -> None:
    """The tables are the same before and after."""
    past, other = desks

    def rows() -> list[object]:
        with past.store.engine.reading():
            return [past.store.engine.rows(f"SELECT COUNT(*), MAX({key}) FROM {table}") for table, key in
                    (("decision", "id"), ("ticket", "number"), ("outbox", "id"), ("history", "id"), ("ledger", "id"),
                     ("policy_version", "version"))]  # fmt: skip

    before = rows()
    tried(past, other.rules)
    assert rows() == before


def test_only_what_lies_in_the_span_is_tried(desks: tuple[RuleDesk, RuleDesk]) -> None:
    """`--since` is a time of decisions: later ones are counted, earlier ones are not."""
    past, _ = desks
    low, high = past.store.decisions_since(past.now - timedelta(hours=9))
    assert high - low == 100  # ten times ten
    assert past.store.decisions_since(past.now + timedelta(days=1)) == (0, 0)


REPLY_RULES = """
rules:
  - {name: balasan, when: {event: replied, text: terima kasih}, then: {tag: puas}}
  - {name: mendesak, when: {event: replied, queue: akun, tag: npsn}, then: {priority: urgent}}
  - {name: npsn, when: {event: arrived, field: {npsn: {present: true}}}, then: {queue: akun, tag: npsn}}
"""


def test_replies_are_tried_on_the_ticket_as_it_was(tmp_path: Path) -> None:
    """Of a reply it is told which rules fire: by its text, and by queue and tags that the ticket had at that moment."""
    desk = rule_desk(tmp_path / "desk", REPLY_RULES)
    desk.take([rulekit.small_mail(1, "NPSN: 20212345\n\nSaya lupa kata sandi."), rulekit.small_mail(2, "Halo.")])
    desk.take([rulekit.small_mail(3, "Terima kasih.", to=1), rulekit.small_mail(4, "Masih gagal.", to=2)])
    same = tried(desk, desk.rules)
    assert (same.reports, same.others, same.passed_over) == (2, 2, 0)
    assert same.differences == []
    assert same.rules_before == {"npsn": 1, "balasan": 1, "mendesak": 1}
    other = tmp_path / "other"
    other.mkdir()
    for file in desk.rules.iterdir():
        (other / file.name).write_text(file.read_text().replace("text: terima kasih", "text: gagal"))
    told = tried(desk, other).differences
    assert [(one.event, one.rules[0][:3]) for one in told] == [
        ("replied", ("balasan", True, False)),
        ("replied", ("balasan", False, True)),
    ]
    desk.store.close()
