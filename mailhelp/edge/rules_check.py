"""Everything that can be said of a rules folder that loads: templates, tests, and what is probably not meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from mailhelp.desk.policy import Policy
from mailhelp.edge.config import Config
from mailhelp.edge.rules import warnings
from mailhelp.edge.rules_test import problem, run_tests
from mailhelp.edge.template import Templates
from mailhelp.errors import Problem


def check_policy(policy: Policy, config: Config, base: Path, today: date) -> tuple[list[Problem], list[str]]:
    """Problems (templates that cannot be used, tests that fail) and warnings of a policy loaded from `base`."""
    report = run_tests(policy, Path(config.rules_dir))
    problems = [relative(one, base) for one in Templates.load(Path(config.templates_dir)).problems()]
    problems += [problem(result) for result in report.results if not result.ok]
    untested = len(report.unreached)
    told = [*warnings(policy, today), *_untested(untested)]
    return problems, told


def _untested(count: int) -> Iterator[str]:
    if count:
        yield f"no test reaches {count} {'rule' if count == 1 else 'rules'}: `mailhelp rules test` lists them."


def relative(one: Problem, base: Path) -> Problem:
    """The file as the admin knows it."""
    path = Path(one.file)
    return replace(one, file=path.relative_to(base).as_posix()) if path.is_relative_to(base) else one
