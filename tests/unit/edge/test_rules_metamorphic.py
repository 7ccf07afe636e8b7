"""What must not change what rules do: names, order where they share no condition, how the YAML is written."""

from __future__ import annotations

import io
import random
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mailhelp.desk.decide import decide
from mailhelp.desk.effect import SetTimer
from mailhelp.desk.event import Arrived
from mailhelp.desk.expectation import Given, GivenFile
from mailhelp.desk.model import Arrival, Case
from mailhelp.desk.policy import Policy
from mailhelp.desk.ruletest import USUAL, decided
from mailhelp.edge.config import Config, resolve
from mailhelp.edge.rules import load_policy
from mailhelp.edge.rules_test import message_of
from mailhelp.edge.yamlfile import read_yaml
from mailhelp.mail.thread import Evidence

ROOT = Path(__file__).resolve().parents[3]
NOW = USUAL.astimezone()


def load(base: Path) -> Policy:
    """The policy of the rules and templates in that folder."""
    data = {
        "desk": {"name": "Bantuan", "address": "bantuan@sekolah.example"},
        "mailbox": ({"name": "utama", "host": "localhost"},),
        "smtp": {"host": "localhost"},
    }
    return load_policy(resolve(Config.model_validate(data), base), base)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A copy of the example desk."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return tmp_path


def mails(policy: Policy, count: int = 150) -> list[Given]:
    """Mails that differ in everything that the example's rules ask for."""
    chance = random.Random(7)
    words = (
        "siswa kami sedang ujian", "akun saya diretas", "lupa kata sandi", "jam layanan", "Mohon segera", "halo",
        "SK terlampir", "kami teruskan ke tim data", "belum aktif", "hapus akun", "was hacked", "pindah sekolah",
    )  # fmt: skip
    names = [*policy.categories, "Reset password", "tidak ada"]
    people = ["Guru", "Kepala sekolah", "Dinas pendidikan", "Siswa", "entah"]
    made = []
    for _ in range(count):
        event = chance.choice(("arrived", "arrived", "replied", "agent"))
        fields = {"category": chance.choice(names), "user_type": chance.choice(people)}
        kept = {name: value for name, value in fields.items() if chance.random() < 0.7}
        if event != "arrived":
            kept = {name: value for name, value in kept.items() if value in {*policy.categories, *people[:4]}}
        made.append(
            Given(
                event=event,
                fields=kept,
                text=". ".join(chance.sample(words, 3)),
                subject=chance.choice(words),
                sender="" if event == "agent" else chance.choice(("a@sekolah.example", "b@disdik.go.id")),
                headers={"X-Spam-Flag": "YES"} if chance.random() < 0.1 else {},
                attachments=(GivenFile("SK.pdf"),) if chance.random() < 0.3 else (),
                at=USUAL.replace(hour=chance.choice((6, 10, 18)), day=chance.choice((3, 7))),
                open_reports=chance.randrange(5),
            )
        )
    return made


def outcomes(policy: Policy, base: Path) -> list[Any]:
    """What becomes of all mails: the tickets as they end, and of new reports every effect with every word in it."""
    found: list[Any] = []
    for given in mails(policy):
        message = message_of(policy, base / "rules", given)
        seen = decided(policy, given, message)
        found.append((dict(seen.values), sorted(seen.fired)))
        if given.event == "arrived":
            arrival = Arrival(1, "test", "INBOX", 1, 1, NOW, "", 0)
            effects = decide(Case(2_000_001), Arrived(arrival, message), NOW, policy, Evidence()).effects
            # The facts of a timer name the lines of timers.yaml.
            found.append(repr([replace(one, facts={}) if isinstance(one, SetTimer) else one for one in effects]))
    assert len({str(one) for one in found}) > 60, "the mails must differ"
    return found


def test_renaming_rules_changes_only_their_names(base: Path) -> None:
    """Each rule under a new name, of another place in the alphabet: all the rest stays, word by word."""
    before = load(base)
    path = base / "rules" / "routing.yaml"
    names = {rule.name: f"{chr(122 - number)}{number:03}" for number, rule in enumerate(before.rules)}
    text = path.read_text(encoding="utf-8")
    for old, new in names.items():
        text = text.replace(f"name: {old}\n", f"name: {new}\n")
    path.write_text(text, encoding="utf-8")
    after = load(base)
    assert [rule.name for rule in after.rules] == list(names.values())
    renamed = re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    told = [
        _renamed(one, lambda text: renamed.sub(lambda found: names[found[0]], text)) for one in outcomes(before, base)
    ]
    assert told == outcomes(after, base)


def _renamed(one: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(one, str):
        return rename(one)
    values, fired = one
    return values, sorted(map(rename, fired))


SHARED = """rules:
{}
"""
ALONE = [
    f"  - name: r{number}\n    when: {{category: {category}}}\n    then: {{queue: {queue}, priority: {priority}}}"
    for number, (category, queue, priority) in enumerate(
        [
            ("Reset kata sandi", "data", "low"),
            ("Aktivasi akun", "umum", "high"),
            ("Akun ditangguhkan", "data", "urgent"),
            ("Lainnya", "akun", "high"),
            ("Penghapusan akun", "umum", "normal"),
        ]
    )
]


@pytest.mark.parametrize("seed", range(6))
def test_order_does_not_matter_where_rules_share_no_condition(base: Path, seed: int) -> None:
    """Rules of different categories that set the same things, in any order: every mail ends alike, word by word."""
    path = base / "rules" / "routing.yaml"
    path.write_text(SHARED.format("\n".join(ALONE)), encoding="utf-8")
    before = outcomes(load(base), base)
    mixed = list(ALONE)
    random.Random(seed).shuffle(mixed)
    path.write_text(SHARED.format("\n".join(mixed)), encoding="utf-8")
    assert outcomes(load(base), base) == before


def test_order_does_matter_where_rules_share_one(base: Path) -> None:
    """The contrary, so that the test above can fail: two rules for one category in another order give another queue."""
    path = base / "rules" / "routing.yaml"
    one, two = (
        ALONE[0],
        ALONE[0].replace("r0", "r9").replace("data", "akun").replace("category:", "event: arrived, category:"),
    )
    two = two.replace("}\n    then", ", subject: lupa kata sandi}\n    then")
    path.write_text(SHARED.format(f"{one}\n{two}"), encoding="utf-8")
    before = outcomes(load(base), base)
    again = ALONE[0].replace("}\n    then", ", text: halo}\n    then")
    path.write_text(SHARED.format(f"{two}\n{again}"), encoding="utf-8")
    assert outcomes(load(base), base) != before


@pytest.mark.parametrize(("flow", "indent", "width"), [(False, 2, 80), (False, 8, 4_000), (True, 2, 4_000)])
def test_writing_yaml_otherwise_changes_nothing(base: Path, flow: bool, indent: int, width: int) -> None:  # noqa: FBT001
    """All files written again by another writer, in blocks or in flow, narrow or wide, with comments between."""
    before = load(base)
    told = outcomes(before, base)
    for path in (base / "rules").glob("*.yaml"):
        writer = YAML(typ="safe", pure=True)
        writer.default_flow_style = flow
        writer.indent, writer.width = indent, width
        writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        out = io.StringIO()
        writer.dump(_lists(read_yaml(path, path.name).data), out)
        path.write_text("# written again\n\n" + out.getvalue() + "\n# the end\n", encoding="utf-8")
    after = load(base)
    assert [(rule.name, rule.when, rule.then, rule.stop, rule.tests) for rule in before.rules] == [
        (rule.name, rule.when, rule.then, rule.stop, rule.tests) for rule in after.rules
    ]
    assert (before.categories, before.form, before.team) == (after.categories, after.form, after.team)
    assert before.version != after.version
    assert outcomes(after, base) == told


def _lists(data: Any) -> Any:
    """Tuples as lists, which writers know."""
    if isinstance(data, dict):
        return {key: _lists(value) for key, value in data.items()}
    return [_lists(value) for value in data] if isinstance(data, tuple) else data
