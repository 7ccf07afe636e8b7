"""The tests beside rules: what they reach, what they see, and what is said where they fail."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mailhelp.desk.ruletest import Report
from mailhelp.edge.config import Config, resolve
from mailhelp.edge.rules import load_policy
from mailhelp.edge.rules_test import failures, run_tests
from mailhelp.errors import UserError

ROOT = Path(__file__).resolve().parents[3]
EML = (
    b"From: =?utf-8?q?Sri?= <sri@sekolah.go.id>\r\nTo: bantuan@sekolah.example\r\nSubject: Lupa kata sandi\r\n"
    b"Message-ID: <1@x.example>\r\nDate: Tue, 03 Feb 2026 10:00:00 +0700\r\n\r\n"
    b"Kategori masalah: Reset kata sandi\r\n\r\nSaya lupa.\r\n"
)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The example desk's files, with routing of its own to come."""
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    return tmp_path


def report(base: Path, rules: str) -> Report:
    """The report of these rules on the example desk."""
    (base / "rules" / "routing.yaml").write_text("rules:\n" + rules, encoding="utf-8")
    data = {
        "desk": {"name": "Bantuan", "address": "bantuan@sekolah.example"},
        "mailbox": ({"name": "utama", "host": "localhost"},),
        "smtp": {"host": "localhost"},
    }
    return run_tests(load_policy(resolve(Config.model_validate(data), base), base), base / "rules")


def of_rules(done: Report) -> list[tuple[str, ...]]:
    """The failures of each test beside a rule."""
    return [result.failures for result in done.results if result.subject.rule]


GIVEN = [
    # when, given, expect
    ("field: {npsn: '20100001'}", "{fields: {npsn: 20100001}}", "{field: {npsn: '20100001'}}"),
    ("subject: halo", "{subject: Halo semua}", "fires"),
    ("sender: a@b.example", "{sender: A@b.example}", "{}"),
    ("recipient: help@sekolah.example", "{recipient: help@sekolah.example}", "{}"),
    ("header: {X-Spam-Flag: 'yes'}", "{header: {X-Spam-Flag: 'Yes, 9.9'}}", "{}"),
    ("attachments: {type: image/*, size: {min: 2 MB}}", "{attachments: {name: a.png, size: 3 MB}}", "{}"),
    ("attachments: 2", "{attachments: [a.pdf, b.pdf]}", "{}"),
    ("attachments: 0", "halo", "{}"),
    ("time: {days: sunday}", "{at: sunday 10:00}", "{}"),
    ("time: {from: 11:00, to: 11:01}", "{at: 2026-03-04 11:00}", "{}"),
    ("office_hours: false", "{at: sunday 10:00}", "{}"),
    ("sender: {known: true}", "{known: true}", "{}"),
    ("open_reports: {min: 2}", "{open_reports: 2}", "{}"),
    ("sender: {domain: go.id}", "{eml: mails/satu.eml}", "{category: Reset kata sandi, queue: akun}"),
    ("{event: replied, state: pending}", "{event: replied, state: pending, text: ya}", "{state: open}"),
    ("{event: replied, queue: data, tag: x}", "{event: replied, queue: data, tag: x, text: ya}", "{tag: [x, y]}"),
    ("{event: replied, category: Lainnya}", "{event: replied, fields: {category: Lainnya}, text: ya}", "{}"),
    ("{event: agent, text: sudah}", "{event: agent, text: Sudah selesai}", "{state: open}"),
    ("{event: timer, priority: urgent}", "{event: timer, priority: urgent}", "{tag: y}"),
]


@pytest.mark.parametrize(("when", "given", "expect"), GIVEN)
def test_everything_that_can_be_given_reaches_its_condition(base: Path, when: str, given: str, expect: str) -> None:
    """Each kind of given makes the condition hold that asks for it, and leaves it unfulfilled when not given."""
    (base / "rules" / "mails").mkdir()
    (base / "rules" / "mails" / "satu.eml").write_bytes(EML)
    event = when.partition("event: ")[2].partition(",")[0] or "arrived"
    when = when if when.startswith("{") else "{" + when + "}"
    rule = f"""  - name: a
    when: {when}
    then: {{tag: y}}
    tests:
      - {{given: {given}, expect: {expect}}}
      - {{given: {{event: {event}, text: lain, attachments: x.bin}}, expect: does not fire}}
"""
    assert of_rules(report(base, rule)) == [(), ()]


ACTIONS = [
    ("{queue: data, priority: high, tag: [a, b]}", "{queue: data, priority: high, tag: b}"),
    ("{owner: tono}", "{owner: tono}"),
    ("{queue: akun, owner: round-robin}", "{owner: sari}"),
    ("{category: Mutasi ke sekolah lain, subcategory: Mutasi siswa}", "{queue: data, subcategory: Mutasi siswa}"),
    ("{state: checking}", "{state: checking}"),
    ("{state: closed}", "{state: closed, spam: false}"),
    ("{answer: answer_password}", "{answer: answer_password, template: answer_password, acknowledge: true}"),
    ("{answer: {template: answer_password, resolve: true}}", "{state: resolved}"),
    ("{answer: answer_password, acknowledge: false}", "{template: answer_password}"),
    ("{acknowledge: false}", "{acknowledge: false, template: ''}"),
    ("{note: [satu, dua]}", "{note: dua}"),
    ("{copy_to: k@sekolah.example}", "{copy_to: k@sekolah.example}"),
    ("{article: https://a.example/b}", "{article: https://a.example/b}"),
    ("{spam: true}", "{spam: true, acknowledge: false, state: closed}"),
    ("{target: ujian}", "{tag: 'target:ujian'}"),
    ("{ask: [npsn, nik]}", "{ask: nik}"),
]


@pytest.mark.parametrize(("then", "expect"), ACTIONS)
def test_every_action_is_done_and_can_be_expected(base: Path, then: str, expect: str) -> None:
    """Each action shows in the ticket or the mails; without its rule the expectation does not come true."""
    rule = "  - name: a\n    when: {{text: halo}}\n    then: {0}\n    tests: [{{given: {1}, expect: {2}}}]\n"
    assert of_rules(report(base, rule.format(then, "halo", expect))) == [()]
    without = expect.replace("{", "{fires: false, ", 1)
    assert of_rules(report(base, rule.format(then, "lain", without)))[0]


def test_a_failure_tells_what_fired_instead_and_why(base: Path) -> None:
    """The first condition that failed with what it saw; which rule set the value; the other rules that fired."""
    rules = """  - name: satu
    when: {text: halo}
    then: {queue: data}
    tests:
      - given: lain sekali
        expect: {queue: data}
      - given: halo semua
        expect: {queue: data, tag: [x], owner: budi}
  - name: dua
    when: {text: semua}
    then: {queue: umum}
"""
    assert of_rules(report(base, rules)) == [
        (
            "it did not fire: text does not have 'halo'",
            'queue: expected "data", found "umum"',
            "no other rule fired",
        ),
        (
            'owner: expected "budi", found nothing',
            'queue: expected "data", found "umum" (set by rule "dua")',
            'tag: expected "x", found none',
            "other rules that fired: \"dua\": event is 'arrived' and text has 'semua'",
        ),
    ]


def test_a_failure_tells_of_fields_that_were_not_read(base: Path) -> None:
    """A value that the form does not understand is named: the mistake is most often there."""
    rules = """  - name: satu
    when: {user_type: Guru}
    then: {tag: x}
    tests: [{given: {fields: {user_type: Penyihir}}}]
"""
    (failed,) = of_rules(report(base, rules))
    assert 'the form does not read "Penyihir" as user_type' in failed


def test_an_automatic_mail_reaches_no_rule(base: Path) -> None:
    """Safety comes before rules, also in tests, and the failure says so."""
    rules = """  - name: satu
    then: {tag: x}
    tests: [{given: {header: {Auto-Submitted: auto-replied}, text: Saya cuti}}]
"""
    (failed,) = of_rules(report(base, rules))
    assert failed[0] == "it did not fire"
    assert failed[1].startswith("rules were not asked: ")


def test_unreached_rules_are_listed(base: Path) -> None:
    """A rule is reached when any test makes it fire; a test that it stays silent does not count."""
    rules = """  - {name: a, when: {text: halo}, then: {tag: x}, tests: [{given: halo}]}
  - {name: b, when: {text: halo}, then: {tag: y}}
  - {name: c, when: {text: xyzzy}, then: {tag: z}, tests: [{given: halo, expect: does not fire}]}
"""
    done = report(base, rules)
    assert done.ok
    assert [rule.name for rule in done.unreached] == ["c"]


def test_a_failure_is_a_problem_with_file_and_line(base: Path) -> None:
    """`rules check` and the daemon name the place."""
    (base / "rules" / "routing.yaml").write_text(
        "rules:\n  - name: a\n    when: {text: x}\n    then: {tag: x}\n    tests:\n      - given: halo\n",
        encoding="utf-8",
    )
    data = {
        "desk": {"name": "Bantuan", "address": "bantuan@sekolah.example"},
        "mailbox": ({"name": "utama", "host": "localhost"},),
        "smtp": {"host": "localhost"},
    }
    policy = load_policy(resolve(Config.model_validate(data), base), base)
    (problem,) = failures(policy, base / "rules")
    told = "does not come true: it did not fire: text does not have 'x'; no other rule fired."
    assert str(problem) == f'rules/routing.yaml:6:9: rule "a" → test 1: {told}'


def test_a_broken_mail_file_is_no_crash(base: Path) -> None:
    """A test may name a mail that breaks every limit: it is played as one that no rule sees anything of."""
    (base / "rules" / "aneh.eml").write_bytes(b"X: y\r\n" * 60_000)
    rules = "  - {name: a, when: {text: halo}, then: {tag: x}, tests: [{given: {eml: aneh.eml}}]}\n"
    assert of_rules(report(base, rules))[0]


@pytest.mark.parametrize("name", ["../x.eml", "nothing.eml", "mails"])
def test_a_mail_file_must_be_there(base: Path, name: str) -> None:
    """A path out of the rules folder, to nothing, or to a folder is told when the rules are read."""
    (base / "x.eml").write_bytes(EML)
    (base / "rules" / "mails").mkdir()
    rule = f"  - {{name: a, when: {{text: halo}}, then: {{tag: x}}, tests: [{{given: {{eml: {name}}}}}]}}\n"
    with pytest.raises(UserError, match="there is no mail file"):
        report(base, rule)
