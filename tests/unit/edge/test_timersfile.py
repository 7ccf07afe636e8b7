"""rules/timers.yaml (edge.timersfile)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from mailhelp.desk.amount import Amount
from mailhelp.desk.elapsed import Measure
from mailhelp.desk.timepolicy import PLAIN, AfterClosing, Checking, ReplyToClosed, TimePolicy
from mailhelp.desk.waiting import Send, Sequence
from mailhelp.edge.rules_models import CategoriesFile, TeamFile
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import read_rules
from mailhelp.edge.timersfile import LoadedTimers, load_timers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROOT = Path(__file__).resolve().parents[3]
NAMES = Names(queues=frozenset({"akun", "umum"}), categories={"Reset kata sandi": frozenset()})


def load(folder: Path, text: str) -> LoadedTimers:
    """The policy of a file with that text."""
    (folder / "timers.yaml").write_text(text, encoding="utf-8")
    return load_timers(folder, "rules", PLAIN, NAMES)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    """First and next answer within a business day, reminders after 16 and 32 hours, closing after 48."""
    loaded = load_timers(tmp_path, "rules", PLAIN, NAMES)
    assert loaded.problems == ()
    assert loaded.policy == TimePolicy()
    assert loaded.policy.sequence == Sequence((16 * HOUR, 32 * HOUR), 48 * HOUR, Measure.CLOCK, Send.OFFICE_HOURS)
    assert loaded.policy.checking == Checking(5 * DAY, None)
    assert loaded.policy.targets.promise("", "", "").first_answer == Amount(days=1)
    assert loaded.policy.reply_to_closed("akun") == AfterClosing(ReplyToClosed.NEW_REPORT)


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each key arrives where the desk reads it; names of queues and categories are checked."""
    loaded = load(
        tmp_path,
        """
targets: {first_answer: 4 business hours, next_answer: never, solution: 10 business days, warn_before: 30m}
target_exceptions:
  - {category: Reset kata sandi, priority: [high, urgent], first_answer: 1h}
  - {queue: akun, solution: never, escalate_after: 2h}
waiting: {remind: 1 day, close: never, measure: business, send: any, apart: 2h}
checking: {status_question_after: 5x24h, progress_every: 3 days}
resolved_closes_after: never
reply_to_closed: {default: refuse, queues: {akun: {reopen_within: 3 days}, umum: new-report}}
""",
    )
    policy = loaded.policy
    assert loaded.problems == ()
    assert policy.sequence == Sequence((DAY,), None, Measure.BUSINESS, Send.ANY, 2 * HOUR)
    assert policy.checking == Checking(5 * DAY, 3 * DAY)
    assert policy.resolved_closes_after is None
    assert policy.reply_to_closed("akun") == AfterClosing(ReplyToClosed.REOPEN_WITHIN, 3 * DAY)
    assert policy.reply_to_closed("umum").what is ReplyToClosed.NEW_REPORT
    assert policy.reply_to_closed("other").what is ReplyToClosed.REFUSE
    promise = policy.targets.promise("Reset kata sandi", "akun", "high")
    assert (promise.first_answer, promise.next_answer, promise.solution) == (Amount(HOUR), None, None)
    assert (promise.warn_before, promise.escalate_after) == (Amount(HOUR / 2), Amount(2 * HOUR))
    assert promise.why == {
        "first_answer": "rules/timers.yaml:4",
        "solution": "rules/timers.yaml:5",
        "escalate_after": "rules/timers.yaml:5",
    }
    assert policy.targets.promise("", "", "").first_answer == Amount(4 * HOUR, Measure.BUSINESS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "waiting: {remind: [32h, 16h]}",
            (
                "rules/timers.yaml:1:19: waiting → remind: reminders must follow each other, and closing must come "
                "after the last of them. All times count from the question."
            ),
        ),
        (
            "waiting: {close: 20h}",
            (
                "rules/timers.yaml:1:18: waiting → close: reminders must follow each other, and closing must come "
                "after the last of them. All times count from the question."
            ),
        ),
        (
            "waiting: {close: 2 business days}",
            (
                "rules/timers.yaml:1:18: waiting → close: must be a length of time such as 48h, 30m, 5 days, not "
                '"2 business days"'
            ),
        ),
        (
            "waiting: {measure: clok}",
            (
                'rules/timers.yaml:1:20: waiting → measure: unknown value "clok" '
                '(allowed: clock, business; did you mean "clock"?)'
            ),
        ),
        (
            "targets: {first_answer: 1 bussiness day}",
            (
                "rules/timers.yaml:1:25: targets → first_answer: must be an amount such as 1 business day, "
                '4 business hours, 48h, not "1 bussiness day"'
            ),
        ),
        (
            "targets: {first_anser: 1h}",
            (
                'rules/timers.yaml:1:11: targets: unknown key "first_anser" (allowed: first_answer, next_answer, '
                'solution, warn_before, escalate_after; did you mean "first_answer"?)'
            ),
        ),
        (
            "target_exceptions: [{queue: akn, solution: 1h}]",
            (
                'rules/timers.yaml:1:29: target_exceptions 1 → queue: unknown queue "akn" '
                '(allowed: akun, umum; did you mean "akun"?)'
            ),
        ),
        ("target_exceptions: [{queue: akun}]", "rules/timers.yaml:1:21: target_exceptions 1: promises nothing else."),
        (
            "target_exceptions: [{solution: 1h}]",
            (
                "rules/timers.yaml:1:21: target_exceptions 1: is about every report. Name a category, queue or "
                "priority, or a name for rules, or set it for all under `targets`."
            ),
        ),
        (
            "reply_to_closed: {queues: {akn: refuse}}",
            (
                'rules/timers.yaml:1:28: reply_to_closed → queues: unknown queue "akn" '
                '(allowed: akun, umum; did you mean "akun"?)'
            ),
        ),
        (
            "reply_to_closed: {default: reopen}",
            (
                'rules/timers.yaml:1:28: reply_to_closed → default → what: unknown value "reopen" '
                "(allowed: new-report, refuse)"
            ),
        ),
        (
            "resolved_closes_after: 5",
            'rules/timers.yaml:1:24: resolved_closes_after: must be a length of time such as 48h, 30m, 5 days, not "5"',
        ),
        ("waiting:", "rules/timers.yaml:1:1: waiting: has no value. Give it one or take the key away."),
    ],
)
def test_each_mistake_is_told_with_its_place_and_what_is_allowed(tmp_path: Path, text: str, sentence: str) -> None:
    """One mistake, one sentence: file, line, column, what was found, what is allowed, the nearest."""
    assert [str(problem) for problem in load(tmp_path, text).problems] == [sentence]


def test_a_mistake_does_not_hide_the_next(tmp_path: Path) -> None:
    """Mistakes in several sections and several exceptions are told together."""
    text = "target_exceptions:\n  - {queue: akun, solution: x}\n  - {queue: akn, solution: 1h}\nwaiting: {send: now}\n"
    assert {problem.line for problem in load(tmp_path, text).problems} == {2, 3, 4}


def test_the_example_is_sound() -> None:
    """rules/timers.yaml, the working example, fits the example's own queues and categories."""
    team = read_rules(ROOT / "rules" / "team.yaml", "team.yaml", TeamFile)
    categories = read_rules(ROOT / "rules" / "categories.yaml", "categories.yaml", CategoriesFile)
    names = Names(queues=team.known["queues"], categories=dict.fromkeys(categories.known["categories"], frozenset()))
    loaded = load_timers(ROOT / "rules", "rules", PLAIN, names)
    assert loaded.problems == ()
    assert loaded.policy.targets.promise("", "", "urgent").first_answer == Amount(2 * HOUR, Measure.BUSINESS)
