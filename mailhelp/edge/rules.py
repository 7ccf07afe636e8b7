"""Read everything admins decide in rules/ as one checked, immutable policy; or tell everything that is wrong with it.

Files: `team.yaml`, `categories.yaml`, `form.yaml`, and `routing*.yaml` in the order of their names. What a routing file
includes comes before its own rules: the general before the particular.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mailhelp.desk import logic
from mailhelp.desk.policy import Policy, Team
from mailhelp.desk.rule import Rule
from mailhelp.desk.timepolicy import TimePolicy
from mailhelp.edge import form_build, rules_build
from mailhelp.edge.calendarfile import load_calendar
from mailhelp.edge.canned import canned_answers
from mailhelp.edge.config import Config, to_desk, to_gate, to_limits, to_security, to_working
from mailhelp.edge.form_models import FormFile
from mailhelp.edge.rules_models import CategoriesFile, RoutingFile, TeamFile
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import AnyShape, RulesFile, read_rules
from mailhelp.edge.timersfile import load_timers, target_names
from mailhelp.errors import Problem, UserError

MAX_FILES = 200


def load_policy(config: Config, base: Path, today: date | None = None) -> Policy:
    """The policy of a configuration whose files stand in `base`. UserError carries every problem found.

    Holidays are those of the years around `today`.
    """
    folder = base / config.rules_dir
    files = _Files(folder, _shown(folder, base))
    files.read()
    names = _names(files, Path(base / config.templates_dir), config.desk.language)
    team = rules_build.team(files.team, names)
    categories = rules_build.categories(files.categories, names)
    form = form_build.form(files.form, names)
    rules = tuple(rule for file in files.routing for rule in rules_build.rules(file, names))
    time, wrong = _time(folder, _shown(folder, base), config.desk.timezone, names, today)
    problems = [*files.problems, *names.problems, *_doubtful(rules), *wrong]
    if team is None or problems:
        raise UserError(f"The rules in {_shown(folder, base)}/ have {_count(len(problems))}:", _in_order(problems))
    limits = to_limits(config)
    parts = (to_desk(config), to_security(config), to_gate(config), limits, to_working(config))
    settings = repr((*parts, time.calendar.version))
    return Policy(
        version=_version(settings, folder, base / config.templates_dir),
        desk=to_desk(config),
        team=team,
        categories=categories,
        rules=rules,
        form=form,
        security=to_security(config),
        gate=to_gate(config),
        limits=limits,
        time=time,
        templates=_templates(base / config.templates_dir),
        work=to_working(config),
        canned=canned_answers(base / config.templates_dir),
    )


def _time(
    folder: Path, shown: str, zone: str, names: Names, today: date | None
) -> tuple[TimePolicy, tuple[Problem, ...]]:
    """Calendar and timers, and what is wrong with their files."""
    day = today or datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    calendar = load_calendar(folder, shown, zone=zone, today=day)
    timers = load_timers(folder, shown, calendar.calendar, names)
    return timers.policy, (*calendar.problems, *timers.problems)


def warnings(policy: Policy, today: date) -> Iterator[str]:
    """What is allowed and probably not meant, as sentences: categories without a queue, queues nobody works today."""
    for category in policy.categories.values():
        subs = category.subcategories.values()
        if not category.queue and not (subs and all(sub.queue for sub in subs)):
            yield f'category "{category.name}" has no queue: its reports go to "{policy.team.default_queue}".'
    for queue in policy.team.queues.values():
        if not any(policy.team.agents[name].present(today) for name in queue.agents):
            yield f'queue "{queue.name}": no agent is present on {today:%Y-%m-%d}.'
    yield from _useless(policy.team)


def _useless(team: Team) -> Iterator[str]:
    for agent in team.agents.values():
        if not any(agent.name in queue.agents for queue in team.queues.values()):
            yield f'agent "{agent.name}" works no queue.'


@dataclass(slots=True)
class _Files:
    """The files of a rules folder, as read."""

    folder: Path
    shown: str
    problems: list[Problem] = field(default_factory=list)
    team: RulesFile[TeamFile] = field(init=False)
    categories: RulesFile[CategoriesFile] = field(init=False)
    form: RulesFile[FormFile] = field(init=False)
    routing: list[RulesFile[RoutingFile]] = field(default_factory=list)
    _seen: set[Path] = field(default_factory=set)

    def read(self) -> None:
        """Read them all, and collect what is wrong with each by itself."""
        self.team = self._one("team.yaml", TeamFile)
        self.categories = self._one("categories.yaml", CategoriesFile)
        self.form = self._one("form.yaml", FormFile)
        found = sorted(path.name for path in self.folder.glob("routing*.yaml"))
        for name in found or ["routing.yaml"]:
            self._routing(name)

    def _one(self, name: str, model: type[AnyShape]) -> RulesFile[AnyShape]:
        file = read_rules(self.folder / name, f"{self.shown}/{name}", model)
        self.problems += file.problems
        return file

    def _routing(self, name: str) -> None:
        path = (self.folder / name).resolve()
        if path in self._seen or len(self._seen) >= MAX_FILES:
            return
        self._seen.add(path)
        file = self._one(name, RoutingFile)
        for number, included in enumerate(file.shape.include if file.shape else ()):
            inside = (self.folder / included).resolve()
            if not inside.is_relative_to(self.folder.resolve()) or inside.suffix != ".yaml":
                remedy = f"Name a .yaml file below {self.shown}/."
                self.problems.append(file.problem(("include", number), "cannot be included:", included, remedy=remedy))
            elif not inside.is_file():
                known = frozenset(
                    str(item.relative_to(self.folder)) for item in sorted(self.folder.rglob("*.yaml"))[:MAX_FILES]
                ) - {"team.yaml", "categories.yaml", "form.yaml", "calendar.yaml", "timers.yaml", name}
                self.problems.append(file.problem(("include", number), "there is no file", included, known=known))
            else:
                self._routing(included)
        self.routing.append(file)


def _names(files: _Files, templates: Path, language: str) -> Names:
    categories = files.categories
    subs: dict[str, frozenset[str]] | None = None
    if "categories" in categories.known:
        shapes = categories.shape.categories if categories.shape else {}
        subs = {
            name: frozenset(shapes[name].subcategories) if name in shapes else frozenset()
            for name in categories.known["categories"]
        }
    known_fields = files.form.known.get("fields")
    user_type = files.form.shape.fields.get("user_type") if files.form.shape else None
    return Names(
        queues=files.team.known.get("queues"),
        agents=files.team.known.get("agents"),
        categories=subs,
        fields=known_fields,
        user_types=frozenset(choice.name for choice in user_type.choices) if user_type else None,
        templates=_templates(templates).get(language),
        targets=target_names(files.folder, files.shown),
        folder=files.folder,
    )


def _templates(folder: Path) -> dict[str, frozenset[str]]:
    """The names of the templates of each language."""
    names: dict[str, set[str]] = {}
    for path in sorted(folder.glob("*/*.md")):
        names.setdefault(path.parent.name, set()).add(path.stem)
    return {language: frozenset(found) for language, found in names.items()}


def _doubtful(rules: tuple[Rule, ...]) -> Iterator[Problem]:
    """What is wrong with rules that are each well formed."""
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.name in seen:
            yield _about(rule, f"another rule has this name, {_place(seen[rule.name])}.")
        seen.setdefault(rule.name, rule)
        if reason := logic.never(rule.when):
            yield _about(rule, f"can never fire: {reason}.")
    for rule, hider in logic.hidden(rules):
        message = f'can never fire: rule "{hider.name}" ({_place(hider)}) always fires before it and stops the list.'
        yield _about(rule, message)
    for rule, later, what in logic.overridden(rules):
        more = f'rule "{later.name}" ({_place(later)}) fires whenever it does, and sets it again.'
        yield _about(rule, f"sets {what} in vain: {more}")


def _about(rule: Rule, message: str) -> Problem:
    return Problem(rule.file, message, line=rule.line, where=f'rule "{rule.name}"')


def _place(rule: Rule) -> str:
    return f"{rule.file}:{rule.line}"


def _version(settings: str, rules: Path, templates: Path) -> str:
    """A hash of all that the policy is made of: the desk's part of config.toml, names and bytes of the files."""
    made = hashlib.sha256(settings.encode() + b"\n")
    for folder, patterns in ((rules, ("**/*.yaml",)), (templates, ("**/*.md", "**/*.html"))):
        for path in sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file()):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            made.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return made.hexdigest()[:16]


def _shown(folder: Path, base: Path) -> str:
    """The rules folder as the admin knows it."""
    try:
        return folder.absolute().relative_to(base.absolute()).as_posix()
    except ValueError:
        return str(folder)


def _count(number: int) -> str:
    return "1 problem" if number == 1 else f"{number} problems"


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line, problem.column)))
