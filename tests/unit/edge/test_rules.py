"""The rules folder as a policy: the example desk, the version, includes, warnings, and what is not a mistake."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mailhelp.desk.condition import All, AnyOf, FieldIs, Has, Is, LocalTime, Matches, Not
from mailhelp.desk.policy import Policy
from mailhelp.desk.rule import Actions, Answer
from mailhelp.edge.config import Config, resolve
from mailhelp.edge.rules import load_policy, warnings
from mailhelp.edge.rules_test import failures, run_tests
from mailhelp.errors import UserError

ROOT = Path(__file__).resolve().parents[3]


def config(base: Path) -> Config:
    """A smallest configuration whose files stand in `base`."""
    data = {
        "desk": {"name": "Bantuan", "address": "bantuan@sekolah.example"},
        "mailbox": ({"name": "utama", "host": "localhost"},),
        "smtp": {"host": "localhost"},
    }
    return resolve(Config.model_validate(data), base)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """A copy of the example desk's rules and templates."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return tmp_path


def load(base: Path) -> Policy:
    """The policy in that folder."""
    return load_policy(config(base), base)


def problems(base: Path) -> list[str]:
    """The sentences about the policy in that folder."""
    with pytest.raises(UserError) as caught:
        load(base)
    return [str(problem) for problem in caught.value.problems]


def routing(base: Path, text: str, name: str = "routing.yaml") -> None:
    """Write a routing file."""
    path = base / "rules" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_the_example_desk_is_whole(example: Path) -> None:
    """Nine categories with subcategories, queue and article, all fields of the form, and no warning."""
    policy = load(example)
    assert len(policy.categories) == 9
    assert all(item.article and item.queue for item in policy.categories.values())
    assert all(item.subcategories and item.required and item.answers for item in policy.categories.values())
    assert all(item.title["en"] for item in policy.categories.values())
    wanted = (
        "email subject category subcategory user_type name personal_email account_email school_level school_name npsn "
        "nisn nik nuptk phone position province city details"
    )
    assert {field.name for field in policy.form.fields} == set(wanted.split())
    assert set(policy.team.queues) == {"akun", "data", "umum"}
    assert list(warnings(policy, date(2026, 11, 24))) == []


def test_the_example_says_that_it_is_one() -> None:
    """Every file of the example desk is labelled as an example in its first line of words."""
    for path in (ROOT / "rules").glob("*.yaml"):
        assert "example" in path.read_text(encoding="utf-8").split("\n")[1].lower(), path  # below the editor's line


def test_the_example_desk_passes_its_own_tests(example: Path) -> None:
    """What stands under `tests` in the example comes true, and every rule and category has a test that reaches it."""
    policy = load(example)
    report = run_tests(policy, example / "rules")
    assert [str(problem) for problem in failures(policy, example / "rules")] == []
    assert report.unreached == ()
    assert all(rule.tests for rule in policy.rules)
    assert all(item.tests for item in policy.categories.values())


def test_the_version_follows_the_content(example: Path) -> None:
    """The same files give the same version wherever they stand; a changed byte anywhere gives another."""
    first = load(example).version
    moved = example.rename(example.parent / "moved")
    assert load(moved).version == first
    team = moved / "rules" / "team.yaml"
    team.write_text(team.read_text(encoding="utf-8") + "\n# a word\n", encoding="utf-8")
    second = load(moved).version
    (moved / "templates" / "id" / "acknowledgement.md").write_text("---\nsubject: x\n---\nHalo\n", encoding="utf-8")
    third = load(moved).version
    other = config(moved)
    other = other.model_copy(update={"desk": other.desk.model_copy(update={"name": "Lain"})})
    assert len({first, second, third, load_policy(other, moved).version}) == 4


def test_writing_the_same_differently_changes_nothing(example: Path) -> None:
    """The rules rewritten by another YAML writer, in other styles and without comments, are the same rules."""
    before = load(example)
    for path in (example / "rules").glob("*.yaml"):
        data = YAML(typ="safe", pure=True).load(
            path.read_text(encoding="utf-8").replace("17:00, to: 07:00", "'17:00', to: '07:00'")
        )
        writer = YAML(typ="safe", pure=True)
        writer.default_flow_style = False
        writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        writer.dump(plain(data), path)
    after = load(example)
    assert [(rule.name, rule.when, rule.then, rule.stop) for rule in before.rules] == [
        (rule.name, rule.when, rule.then, rule.stop) for rule in after.rules
    ]
    assert (before.categories, before.form, before.team) == (after.categories, after.form, after.team)


def plain(data: Any) -> Any:
    """Dates as the texts they were written as."""
    if isinstance(data, dict):
        return {key: plain(value) for key, value in data.items()}
    if isinstance(data, list):
        return [plain(value) for value in data]
    return data.isoformat() if isinstance(data, date) else data


WHENS: list[tuple[str, object]] = [
    ("category: [Lainnya, Reset kata sandi]", Is("category", ("Lainnya", "Reset kata sandi"))),
    ("text: [a b, c]", Has("text", ("a b", "c"))),
    (
        "text: {has: a, matches: [x, y]}",
        All((Has("text", ("a",)), AnyOf((Matches("text", "x"), Matches("text", "y"))))),
    ),
    ("field: {npsn: 20100001}", FieldIs("npsn", ("20100001",))),
    ("field: {npsn: [NO, 012, '017']}", FieldIs("npsn", ("NO", "012", "017"))),
    ("not: {state: [open, pending]}", Not(Is("state", ("open", "pending")))),
    ("time: {from: 17:00, to: 8:30}", LocalTime(start=1020, end=510)),
    ("time: {days: [saturday-monday]}", LocalTime(frozenset({5, 6, 0}))),
    ("any: [{tag: x}, {language: en}]", None),
    ("all: [{tag: x}, {tag: y}]", None),
    ("sender: {domain: '@belajar.id', known: true}", None),
    ("attachments: 0", None),
    ("attachments: {type: [image/*], size: {min: 5 MB}, count: {max: 3}}", None),
    ("recipient: a@b.example\n      open_reports: {min: 2}", None),
    ("header: {list-id: missing, X-Mailer: {matches: form}}", None),
]


@pytest.mark.parametrize(("written", "condition"), WHENS, ids=lambda case: str(case)[:40])
def test_conditions_in_all_their_spellings(example: Path, written: str, condition: object) -> None:
    """Short and long forms are read; without an `event` a rule is about new reports."""
    routing(example, f"rules:\n  - name: a\n    when:\n      {written}\n    then: {{tag: x}}\n")
    when = load(example).rules[0].when
    assert isinstance(when, All)
    assert when.parts[0] == Is("event", ("arrived",))
    if condition is not None:
        parts = condition.parts if isinstance(condition, All) else (condition,)
        assert when.parts[1:] == parts


def test_a_rule_that_names_its_event_is_left_alone(example: Path) -> None:
    """Also deep inside, an event said is an event meant."""
    routing(example, "rules:\n  - name: a\n    when: {any: [{event: replied}, {tag: x}]}\n    then: {tag: y}\n")
    assert load(example).rules[0].when == AnyOf((Is("event", ("replied",)), load(example).rules[0].when.parts[1]))  # type: ignore[union-attr]


def test_all_actions_are_read(example: Path) -> None:
    """Every action of the closed set, in long and short form."""
    routing(
        example,
        """rules:
  - name: a
    then:
      queue: akun
      owner: round-robin
      priority: urgent
      category: Mutasi ke sekolah lain
      subcategory: Mutasi siswa
      tag: [+a, b, -c]
      target: ujian
      state: checking
      ask: npsn
      answer: {template: answer, resolve: true}
      note: [satu, dua]
      copy_to: kepala@dinas.example
      article: https://panduan.dinas.example/a
      acknowledge: false
      spam: true
      template: acknowledgement
""",
    )
    assert load(example).rules[0].then == Actions(
        queue="akun",
        owner="round-robin",
        priority="urgent",
        category="Mutasi ke sekolah lain",
        subcategory="Mutasi siswa",
        target="ujian",
        state=load(example).rules[0].then.state,
        template="acknowledgement",
        acknowledge=False,
        answer=Answer("answer", resolve=True),
        spam=True,
        add_tags=frozenset({"a", "b"}),
        remove_tags=frozenset({"c"}),
        ask=("npsn",),
        notes=("satu", "dua"),
        copy_to=("kepala@dinas.example",),
        articles=("https://panduan.dinas.example/a",),
    )


RULE = "rules:\n  - {{name: {0}, when: {{text: {0}}}, then: {{tag: x}}}}\n"


def test_files_are_read_in_the_order_of_their_names_and_includes_first(example: Path) -> None:
    """routing*.yaml by name; what a file includes comes before its own rules, once, however often it is named."""
    (example / "rules" / "routing.yaml").unlink()
    routing(example, "include: [more/a.yaml, routing-2.yaml]\n" + RULE.format("one"), "routing-1.yaml")
    routing(example, "include: more/a.yaml\n" + RULE.format("two"), "routing-2.yaml")
    routing(example, "include: more/a.yaml\n" + RULE.format("deep"), "more/a.yaml")
    assert [rule.name for rule in load(example).rules] == ["deep", "two", "one"]
    assert load(example).rules[0].file == "rules/more/a.yaml"


def test_a_desk_without_rules_works(example: Path) -> None:
    """A routing file may hold no rules: categories and the default queue decide; no routing file is a mistake."""
    routing(example, "rules: []\n")
    assert load(example).rules == ()
    (example / "rules" / "routing.yaml").unlink()
    assert problems(example) == [
        "rules/routing.yaml: there is no such file. `mailhelp init DIR` writes a working set of files to start from."
    ]


def test_a_broken_file_does_not_blame_the_others(example: Path) -> None:
    """While team.yaml cannot be read, queues and agents in other files are not called unknown."""
    (example / "rules" / "team.yaml").write_text("agents: [\n", encoding="utf-8")
    assert problems(example) == ["rules/team.yaml:2:1: a bracket is not closed."]


def test_an_entry_set_aside_keeps_its_name(example: Path) -> None:
    """A queue that is wrong in shape is told once, and stays a queue that others may name."""
    path = example / "rules" / "team.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("    title: Akun dan kata sandi\n", ""), encoding="utf-8")
    assert problems(example) == ['rules/team.yaml:28:5: queues → akun: missing key "title"']


def test_a_folder_elsewhere_is_named_in_full(example: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Rules outside the configuration's folder are shown with their whole path."""
    away = tmp_path_factory.mktemp("away")
    settings = config(example).model_copy(update={"rules_dir": str(away)})
    with pytest.raises(UserError) as caught:
        load_policy(settings, example)
    assert len(caught.value.problems) == 4
    assert {str(Path(problem.file).parent) for problem in caught.value.problems} == {str(away)}


def test_doubtful_things_are_warnings(example: Path) -> None:
    """A category without a queue, an idle queue and an idle agent are told, and do not stop the desk."""
    rules = example / "rules"
    for name, old, new in (
        ("categories.yaml", "    queue: umum\n", ""),
        ("team.yaml", "agents: [sari, budi, tono]", "agents: [tono]"),
        ("team.yaml", "agents: [sari, budi]", "agents: [budi]"),
    ):
        text = (rules / name).read_text(encoding="utf-8")
        assert old in text
        (rules / name).write_text(text.replace(old, new), encoding="utf-8")
    assert list(warnings(load(example), date(2026, 12, 21))) == [
        'category "Lainnya" has no queue: its reports go to "umum".',
        'queue "umum": no agent is present on 2026-12-21.',
        'agent "sari" works no queue.',
    ]


def test_agents_are_present_as_their_file_says(example: Path) -> None:
    """Working days and absences of the example: Tono is off on Fridays and from 21 to 31 December."""
    tono = load(example).team.agents["tono"]
    days = [date(2026, 11, 26), date(2026, 11, 27), date(2026, 12, 21), date(2026, 12, 31), date(2027, 1, 4)]
    assert [tono.present(day) for day in days] == [True, False, False, False, True]
