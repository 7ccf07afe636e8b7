"""Build the desk's own data from the shapes of its files, with every name checked on the way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mailhelp.desk import logic
from mailhelp.desk.condition import Condition, Is
from mailhelp.desk.expectation import Example
from mailhelp.desk.fold import key
from mailhelp.desk.model import State
from mailhelp.desk.policy import Agent, Category, Queue, Subcategory, Team
from mailhelp.desk.rule import LEAST_LOADED, ROUND_ROBIN, Actions, Answer, Rule
from mailhelp.edge.rules_examples import examples
from mailhelp.edge.rules_models import (
    CategoriesFile,
    RoutingFile,
    SubcategoryShape,
    TeamFile,
    ThenShape,
)
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import RulesFile
from mailhelp.edge.rules_when import WhenBuilder
from mailhelp.edge.yamlfile import Loc


def team(file: RulesFile[TeamFile], names: Names) -> Team | None:
    """The team. Problems: an unknown agent or default queue, an address that two agents share, an odd absence."""
    if file.shape is None:
        return None
    shape = file.shape
    owners: dict[str, str] = {}
    for name, agent in shape.agents.items():
        for number, addr in enumerate((agent.address, *agent.aliases)):
            loc: Loc = ("agents", name, *(("aliases", number - 1) if number else ("address",)))
            if owners.setdefault(addr.lower(), name) != name:
                names.problems.append(
                    file.problem(loc, f'is also the address of agent "{owners[addr.lower()]}":', addr)
                )
        for number, span in enumerate(agent.away):
            if span.first > span.last:
                names.problems.append(file.problem(("agents", name, "away", number), "ends before it begins."))
    for name, queue in shape.queues.items():
        for number, agent_name in enumerate(queue.agents):
            names.check(file, ("queues", name, "agents", number), "agent", agent_name, names.agents)
    names.check(file, ("default_queue",), "queue", shape.default_queue, names.queues)
    agents = {
        name: Agent(
            name,
            item.address,
            item.display or name,
            item.aliases,
            item.days,
            tuple((s.first, s.last) for s in item.away),
            item.notify,
            item.digest,
            item.signature,
        )
        for name, item in shape.agents.items()
    }
    queues = {name: Queue(name, item.title, item.agents, item.digest) for name, item in shape.queues.items()}
    return Team(queues, agents, shape.default_queue)


def categories(file: RulesFile[CategoriesFile], names: Names) -> dict[str, Category]:
    """The categories. Problems: unknown queues, fields, templates; one spelling for two categories."""
    found: dict[str, Category] = {}
    taken: dict[str, str] = {}
    for name, shape in file.shape.categories.items() if file.shape else ():
        loc: Loc = ("categories", name)
        _defaults(file, shape, loc, names)
        _spellings(file, name, (*shape.title.values(), *shape.aliases), loc, taken, names)
        inner: dict[str, str] = {}
        subs: dict[str, Subcategory] = {}
        for sub, item in shape.subcategories.items():
            _defaults(file, item, (*loc, "subcategories", sub), names)
            _spellings(file, sub, (*item.title.values(), *item.aliases), (*loc, "subcategories", sub), inner, names)
            sub_loc = (*loc, "subcategories", sub)
            subs[sub] = Subcategory(sub, **_common(item), tests=tuple(_tests(file, item, sub_loc, names)))
        found[name] = Category(
            name,
            subcategories=subs,
            needs_identity=shape.needs_identity,
            tests=tuple(_tests(file, shape, loc, names)),
            **_common(shape),
        )
    return found


def _common(shape: SubcategoryShape) -> dict[str, Any]:
    return {
        "title": shape.title,
        "aliases": shape.aliases,
        "keywords": shape.keywords,
        "queue": shape.queue,
        "priority": shape.priority or "",
        "required": shape.required,
        "article": shape.article,
        "template": shape.template,
        "answers": shape.answers,
    }


def _tests(file: RulesFile[CategoriesFile], shape: SubcategoryShape, loc: Loc, names: Names) -> Iterator[Example]:
    return examples(file, shape.tests, (*loc, "tests"), names)


def _defaults(file: RulesFile[CategoriesFile], shape: SubcategoryShape, loc: Loc, names: Names) -> None:
    if shape.queue:
        names.check(file, (*loc, "queue"), "queue", shape.queue, names.queues)
    if shape.template:
        names.check(file, (*loc, "template"), "template", shape.template, names.templates)
    for number, item in enumerate(shape.answers):
        names.check(file, (*loc, "answers", number), "template", item, names.templates)
    for number, item in enumerate(shape.required):
        names.check(file, (*loc, "required", number), "field", item, names.fields)


def _spellings(
    file: RulesFile[CategoriesFile],
    name: str,
    others: tuple[str, ...],
    loc: Loc,
    taken: dict[str, str],
    names: Names,
) -> None:
    """Refuse a spelling that already means something else."""
    for text in (name, *others):
        owner = taken.setdefault(key(text), name)
        if owner != name:
            message = f'this spelling already means "{owner}":'
            names.problems.append(file.problem(loc, message, text, remedy="Keep it in one place.", of_key=text == name))


def rules(file: RulesFile[RoutingFile], names: Names) -> Iterator[Rule]:
    """The rules of one file, in order."""
    builder = WhenBuilder(file, names)
    places = file.index.get("rules", ())
    for position, shape in enumerate(file.shape.rules if file.shape else ()):
        loc: Loc = ("rules", places[position])
        then = _actions(file, shape.then, (*loc, "then"), names)
        tests = tuple(examples(file, shape.tests, (*loc, "tests"), names))
        line, _ = file.yaml.place(loc)
        when = builder.rule(shape.when, (*loc, "when"))
        _for_new_reports(file, shape.then, when, (*loc, "then"), names)
        yield Rule(shape.name, then, when, shape.stop, tests, file.yaml.name, line)


def _for_new_reports(file: RulesFile[RoutingFile], then: ThenShape, when: Condition, loc: Loc, names: Names) -> None:
    """Some actions are about new reports only; a rule that never sees one cannot mean them."""
    events = [part.names for part in logic.parts(when) if isinstance(part, Is) and part.what == "event"]
    if not events or "arrived" in events[0]:
        return
    for what in ("spam", "acknowledge", "template"):
        if what in then.model_fields_set:
            remedy = "Use `answer` to write to the requester." if what != "spam" else ""
            message = f'"{what}" is for new reports only, and this rule is about {", ".join(events[0])}.'
            names.problems.append(file.problem((*loc, what), message, remedy=remedy, of_key=True))


def _actions(file: RulesFile[RoutingFile], then: ThenShape, loc: Loc, names: Names) -> Actions:
    if not then.model_fields_set:
        names.problems.append(file.problem(loc, "does nothing."))
    owners = names.agents and names.agents | {ROUND_ROBIN, LEAST_LOADED}
    known: Mapping[str, frozenset[str] | None] = {
        "queue": names.queues,
        "owner": owners,
        "category": names.category_names,
        "template": names.templates,
        "target": names.targets,
    }
    for what, allowed in known.items():
        if value := getattr(then, what):
            names.check(file, (*loc, what), what if what != "owner" else "agent", value, allowed)
    if then.subcategory:
        wanted = (then.category,) if then.category else ()
        allowed = names.subcategory_names(wanted)
        names.check(file, (*loc, "subcategory"), "subcategory", then.subcategory, allowed)
    for number, item in enumerate(then.ask):
        names.check(file, (*loc, "ask", number), "field", item, names.fields)
    if then.answer:
        names.check(file, (*loc, "answer"), "template", then.answer.template, names.templates)
    return Actions(
        queue=then.queue,
        owner=then.owner,
        priority=then.priority,
        category=then.category,
        subcategory=then.subcategory,
        target=then.target,
        state=State(then.state) if then.state else None,
        template=then.template,
        acknowledge=then.acknowledge,
        answer=Answer(then.answer.template, then.answer.resolve) if then.answer else None,
        spam=then.spam,
        add_tags=frozenset(tag.removeprefix("+") for tag in then.tag if not tag.startswith("-")),
        remove_tags=frozenset(tag[1:] for tag in then.tag if tag.startswith("-")),
        ask=then.ask,
        notes=then.note,
        copy_to=then.copy_to,
        articles=then.article,
    )
