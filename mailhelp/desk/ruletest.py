"""The tests that stand beside rules and categories, played through the very decision that live mail goes through.

A test's mail is decided by `desk.decide`: its fields are read, its category found, all rules run in order, and the
ticket is looked at as it stands in the end. So a test fails also when another rule or a category spoils what its own
rule wants, and tells which. Gates are open: a test is alone in the world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk import effect as fx
from mailhelp.desk import ruleact
from mailhelp.desk.decide import decide
from mailhelp.desk.event import Arrived
from mailhelp.desk.expectation import Example, Given
from mailhelp.desk.model import Arrival, ArticleKind, Case, FieldValue, Participant, Role, State, Ticket
from mailhelp.desk.policy import Agent, Policy
from mailhelp.desk.rule import Rule, merge
from mailhelp.desk.scene import Scene, Trace
from mailhelp.mail.message import Address, Authentication, Message
from mailhelp.mail.thread import Evidence, Found
from mailhelp.mail.token import Claim, Purpose

NUMBER = 2_000_001
USUAL = datetime(2026, 2, 3, 10, 0)  # noqa: DTZ001 - a local time: an ordinary Tuesday morning in the desk's zone
PASSED = Authentication(trusted=True, authserv_id="test", dmarc="pass")

Reader = Callable[[Given], Message]
"""Makes the mail of an example (`edge.rules_test` writes and reads it)."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of an example: the ticket's values by the names of `EXPECTABLE`, the rules that fired, all traces."""

    values: Mapping[str, Any]
    fired: tuple[str, ...] = ()
    why: Mapping[str, str] = field(default_factory=dict)
    set_by: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What an example stands beside: a rule, or a category or subcategory (then `rule` is empty)."""

    title: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One played example. `failures` are sentences; none: it passed."""

    subject: Subject
    example: Example
    number: int
    failures: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it came true."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Report:
    """All played examples, and the rules that none of them made fire."""

    results: tuple[Result, ...]
    unreached: tuple[Rule, ...]

    @property
    def ok(self) -> bool:
        """Whether all came true; rules that no test reaches are told and are no failure."""
        return all(result.ok for result in self.results)


def play_all(policy: Policy, reader: Reader) -> Report:
    """Play every example of a policy, in the order of the files.

    The examples are about rules: their mails need not be complete, so what they lack is not asked for.
    """
    policy = _undemanding(policy)
    results = tuple(play(policy, *one, reader) for one in examples(policy))
    reached = {name for result in results for name in result.fired}
    return Report(results, tuple(rule for rule in policy.rules if rule.name not in reached))


def _undemanding(policy: Policy) -> Policy:
    rounds: dict[str, Any] = {one.name: 0 for one in fields(policy.limits) if one.name == "data_rounds"}
    return replace(policy, limits=replace(policy.limits, **rounds))


def examples(policy: Policy) -> Iterator[tuple[Subject, Example, int]]:
    """All examples with what they stand beside and their number there, from 1."""
    for category in policy.categories.values():
        title = f'category "{category.name}"'
        yield from _numbered(Subject(title), category.tests)
        for sub in category.subcategories.values():
            yield from _numbered(Subject(f'{title} → "{sub.name}"'), sub.tests)
    for rule in policy.rules:
        yield from _numbered(Subject(f'rule "{rule.name}"', rule.name), rule.tests)


def _numbered(subject: Subject, tests: tuple[Example, ...]) -> Iterator[tuple[Subject, Example, int]]:
    return ((subject, one, number) for number, one in enumerate(tests, start=1))


def play(policy: Policy, subject: Subject, example: Example, number: int, reader: Reader) -> Result:
    """Play one example."""
    seen = decided(policy, example.given, reader(example.given))
    failures = tuple(_failures(subject, example, seen))
    return Result(subject, example, number, failures, seen.fired)


# --- what happens


def decided(policy: Policy, given: Given, message: Message) -> Seen:
    """What becomes of a mail (of a due time, where the event is `timer`) on a desk with that policy."""
    now = (given.at or USUAL).replace(tzinfo=ZoneInfo(policy.desk.timezone)).astimezone(UTC)
    if given.event == "arrived":
        case = Case(NUMBER, open_reports=given.open_reports, known_sender=given.known)
        made = decide(case, Arrived(_arrival(now), message), now, policy, Evidence())
        return _seen(policy, None, made, given)
    ticket = _ticket(policy, given, message, now)
    case = Case(NUMBER + 1, candidates={NUMBER: ticket}, open_reports=given.open_reports, known_sender=given.known)
    if given.event == "timer":
        scene = Scene(case, now, policy, Trace())
        effects = ruleact.on(scene, ticket, "timer").effects
        return _seen(policy, ticket, fx.Decision(effects, "timer", "a due time", scene.trace.data), given)
    slot = 2 if given.event == "agent" else 1
    evidence = Evidence(claims=(Found(Claim(Purpose.REPLY, NUMBER, slot, "test"), "address"),))
    vouched = replace(message, authentication=PASSED)
    made = decide(case, Arrived(_arrival(now), vouched), now, policy, evidence)
    return _seen(policy, ticket, made, given)


def agent_of(policy: Policy, given: Given) -> Agent:
    """The agent of a test about agents' mails: the owner, else the first of the queue."""
    team = policy.team
    queue = team.queues[given.queue or team.default_queue]
    names = (given.owner, *queue.agents, *team.agents)
    return next(team.agents[name] for name in names if name in team.agents)


def _arrival(now: datetime) -> Arrival:
    return Arrival(1, "test", "INBOX", 1, 1, now, "", 0)


def _ticket(policy: Policy, given: Given, message: Message, now: datetime) -> Ticket:
    agent = agent_of(policy, given)
    writer = message.sender.address or Address("")
    requester = Address("pelapor@contoh.example") if given.event == "agent" else writer
    fields = {name: FieldValue(value) for name, value in given.fields.items()}
    return Ticket(
        id=1,
        number=NUMBER,
        state=given.state,
        subject=given.subject or message.subject,
        queue=given.queue or policy.team.default_queue,
        opened_at=now,
        changed_at=now,
        owner=given.owner,
        category=given.fields.get("category", ""),
        subcategory=given.fields.get("subcategory", ""),
        user_type=given.fields.get("user_type", ""),
        priority=given.priority or "normal",
        language=message.language or policy.desk.language,
        tags=frozenset(given.tags),
        fields=fields,
        participants=(
            Participant(1, Role.REQUESTER, requester),
            Participant(2, Role.AGENT, Address(agent.address, agent.display)),
        ),
    )


# --- what came of it


def _seen(policy: Policy, ticket: Ticket | None, made: fx.Decision, given: Given) -> Seen:
    rows = made.trace.get("rules")
    fired = tuple(row["name"] for row in rows or () if row["fired"])
    want = merge(rule for rule in policy.rules if rule.name in fired)
    values = _before(ticket)
    for effect in made.effects:
        _add(values, effect)
    values["ask"] = (*values["ask"], *want.ask)
    values["article"] = want.articles
    values["stops"] = any(rule.stop for rule in policy.rules if rule.name in fired)
    values["answer"] = want.answer.template if want.answer else ""
    notes = () if rows is not None else (f"rules were not asked: {made.reason}",)
    why = {row["name"]: row["why"] for row in rows or ()}
    return Seen(values, fired, why, want.set_by, (*notes, *_unread(ticket, given, values)))


def _before(ticket: Ticket | None) -> dict[str, Any]:
    names = ("queue", "owner", "priority", "category", "subcategory", "user_type", "language")
    known = {name: getattr(ticket, name) if ticket else "" for name in names}
    state = ticket.state.value if ticket else State.NEW.value
    lists: dict[str, Any] = {"tag": set(ticket.tags if ticket else ()), "ask": (), "copy_to": (), "note": ()}
    fields = {name: value.value for name, value in ticket.fields.items()} if ticket else {}
    return {**known, **lists, "state": state, "field": fields, "template": "", "acknowledge": False, "spam": False}


def _add(values: dict[str, Any], effect: fx.Effect) -> None:
    """One effect, as far as it can be expected."""
    match effect:
        case fx.OpenTicket():
            names = ("queue", "priority", "category", "subcategory", "user_type", "language")
            values |= {name: getattr(effect, name) for name in names} | {"state": effect.state.value}
        case fx.Assign():
            more = ("owner", "queue", "priority", "category", "subcategory", "user_type", "language")
            values |= {name: getattr(effect, name) for name in more if getattr(effect, name) is not None}
        case fx.Tag():
            values["tag"] = (values["tag"] | effect.add) - effect.remove
        case fx.SetFields():
            values["field"] |= {name: value.value if value else "" for name, value in effect.fields.items()}
        case fx.SetState():
            values["state"] = effect.state.value
            values["spam"] = effect.close_reason == "spam"
        case fx.AddParticipant(role=Role.COPY):
            values["copy_to"] = (*values["copy_to"], effect.address.addr)
        case fx.AddArticle(kind=ArticleKind.NOTE):
            values["note"] = (*values["note"], effect.text)
        case fx.SendMail(role=Role.REQUESTER | Role.COPY):
            values |= {"template": effect.template, "acknowledge": True}
        case _:
            return


def _unread(ticket: Ticket | None, given: Given, values: Mapping[str, Any]) -> Iterator[str]:
    """Fields of the example that the form does not read."""
    if ticket is None and not given.eml:
        for name, value in given.fields.items():
            if not values["field"].get(name):
                yield f'the form does not read "{value}" as {name}'


# --- whether it was expected


def _failures(subject: Subject, example: Example, seen: Seen) -> Iterator[str]:
    """What is not as expected, each as a sentence; after them what helps to understand."""
    found = list(_differences(subject, example, seen))
    yield from found
    if found:
        yield from seen.notes
        others = [name for name in seen.fired if name != subject.rule]
        told = "; ".join(f'"{name}": {seen.why[name]}' for name in others)
        yield f"other rules that fired: {told}" if told else "no other rule fired"


def _differences(subject: Subject, example: Example, seen: Seen) -> Iterator[str]:
    expect = dict(example.expect)
    fires = bool(expect.pop("fires", True))
    if subject.rule and fires is not (subject.rule in seen.fired):
        why = seen.why.get(subject.rule, "")
        yield f"it {'did not fire' if fires else 'fired'}" + (f": {why}" if why else "")
    for name, wanted in expect.items():
        yield from _difference(name, wanted, seen)


def _difference(name: str, wanted: Any, seen: Seen) -> Iterator[str]:
    match name:
        case "tag" | "ask" | "copy_to" | "note" | "article":
            have = seen.values[name]
            for one in wanted:
                if one not in have:
                    yield f"{name}: expected {_shown(one)}, found {', '.join(sorted(map(_shown, have))) or 'none'}"
        case "no_tag":
            yield from (f'tag "{one}" was not expected' for one in wanted if one in seen.values["tag"])
        case "field":
            for key, value in wanted.items():
                if seen.values["field"].get(key, "") != value:
                    have = _shown(seen.values["field"].get(key, ""))
                    yield f"field {key}: expected {_shown(value)}, found {have}"
        case _:
            if seen.values[name] != wanted:
                by = seen.set_by.get(name, "")
                more = f' (set by rule "{by}")' if by else ""
                yield f"{name}: expected {_shown(wanted)}, found {_shown(seen.values[name])}{more}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f'"{value}"' if value else "nothing"
