"""Build a rule's conditions from what its file says, with every name and pattern checked on the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailhelp.desk import condition as ask
from mailhelp.desk.askmail import HEADERS
from mailhelp.desk.condition import Condition
from mailhelp.edge.rules_models import FilesTest, RoutingFile, SenderTest, TextTest, ValueTest, WhenShape
from mailhelp.edge.rules_names import Names
from mailhelp.edge.rules_read import RulesFile
from mailhelp.edge.yamlfile import Loc

_HEADER_NAMES = {name.lower(): name for name in HEADERS}


def one(parts: list[Condition]) -> Condition:
    """A single condition needs no wrapper."""
    return parts[0] if len(parts) == 1 else ask.All(tuple(parts))


@dataclass(slots=True)
class WhenBuilder:
    """Builds the conditions of one file's rules; problems go to `names.problems`."""

    file: RulesFile[RoutingFile]
    names: Names

    def rule(self, when: WhenShape, loc: Loc) -> Condition:
        """A rule's condition. One that names no event is about new reports: nobody means to route each reply again."""
        parts = list(self.parts(when, loc))
        if not _speaks_of_event(when):
            parts.insert(0, ask.Is("event", ("arrived",)))
        return one(parts)

    def parts(self, when: WhenShape, loc: Loc) -> Iterator[Condition]:
        """The conditions of one mapping, cheap ones first, as all of them must hold."""
        yield from self._facts(when, loc)
        for name, test in when.field.items():
            if self.names.check(self.file, (*loc, "field", name), "field", name, self.names.fields, of_key=True):
                yield from self._field(name, test, (*loc, "field", name))
        yield from self._sender(when.sender)
        if when.recipient:
            yield ask.RecipientIs(when.recipient)
        for name, test in when.header.items():
            yield from self._header(name, test, (*loc, "header", name))
        if when.open_reports:
            yield ask.OpenReports(ask.Range(when.open_reports.low, when.open_reports.high))
        if when.time:
            days = when.time.days if when.time.days is not None else frozenset(range(7))
            yield ask.LocalTime(days, when.time.start, when.time.end)
        if when.office_hours is not None:
            yield ask.OfficeHours(when.office_hours)
        yield from _files(when.attachments)
        for where, text in (("subject", when.subject), ("text", when.text)):
            yield from self._text(where, text, (*loc, where))
        yield from self._combined(when, loc)

    def _facts(self, when: WhenShape, loc: Loc) -> Iterator[Condition]:
        known = {
            "event": None,
            "category": self.names.category_names,
            "subcategory": self.names.subcategory_names(when.category),
            "user_type": self.names.user_types,
            "queue": self.names.queues,
            "state": None,
            "priority": None,
            "language": None,
        }
        for what, names in known.items():
            wanted: tuple[str, ...] = getattr(when, what)
            for number, name in enumerate(wanted):
                self.names.check(self.file, (*loc, what, number), what.replace("_", " "), name, names)
            if wanted:
                yield ask.Is(what, wanted)
        if when.tag:
            yield ask.Tagged(when.tag)

    def _field(self, name: str, test: ValueTest, loc: Loc) -> Iterator[Condition]:
        if test.present is not None:
            yield ask.FieldPresent(name, test.present)
        if test.one_of:
            yield ask.FieldIs(name, test.one_of)
        yield from _any(
            ask.FieldMatches(name, pattern, self.names.patterns(f"field {name}"))
            for pattern in self._usable(test.matches, loc)
        )

    def _header(self, name: str, test: ValueTest, loc: Loc) -> Iterator[Condition]:
        known = _HEADER_NAMES.get(name.lower())
        if known is None:
            self.names.check(self.file, loc, "header field", name, frozenset(HEADERS), of_key=True)
            return
        if test.present is not None:
            yield ask.HeaderIs(known, present=test.present)
        if test.one_of:
            yield ask.HeaderIs(known, test.one_of)
        yield from _any(
            ask.HeaderMatches(known, pattern, self.names.patterns(f"header {known}"))
            for pattern in self._usable(test.matches, loc)
        )

    def _sender(self, test: SenderTest | None) -> Iterator[Condition]:
        if test and test.address:
            yield ask.SenderIs(test.address)
        if test and test.domain:
            yield ask.SenderDomain(test.domain)
        if test and test.known is not None:
            yield ask.SenderKnown(test.known)

    def _text(self, where: str, test: TextTest | None, loc: Loc) -> Iterator[Condition]:
        if test is None:
            return
        if test.has:
            yield ask.Has(where, test.has)
        yield from _any(
            ask.Matches(where, pattern, self.names.patterns(where)) for pattern in self._usable(test.matches, loc)
        )

    def _combined(self, when: WhenShape, loc: Loc) -> Iterator[Condition]:
        for number, part in enumerate(when.all):
            yield one(list(self.parts(part, (*loc, "all", number))))
        if when.any:
            yield ask.AnyOf(tuple(one(list(self.parts(part, (*loc, "any", n)))) for n, part in enumerate(when.any)))
        for number, part in enumerate(when.no):
            yield ask.Not(one(list(self.parts(part, (*loc, "not", number)))))

    def _usable(self, patterns: tuple[str, ...], loc: Loc) -> Iterator[str]:
        """Those that compile; the others are problems."""
        for number, pattern in enumerate(patterns):
            try:
                ask.compile_pattern(pattern)
            except ask.BadPatternError as error:
                remedy = "Patterns are in RE2 syntax: no look-around, no back-references."
                where = (*loc, "matches", number)
                self.names.problems.append(self.file.problem(where, f"bad pattern, {error}:", pattern, remedy=remedy))
            else:
                yield pattern


def _any(parts: Iterable[Condition]) -> Iterator[Condition]:
    """A list as a value means any of them."""
    made = tuple(parts)
    if made:
        yield made[0] if len(made) == 1 else ask.AnyOf(made)


def _files(test: FilesTest | None) -> Iterator[Condition]:
    if test is None:
        return
    count = ask.Range(test.count.low, test.count.high) if test.count else ask.Range(1)
    size = ask.Range(test.size.low, test.size.high) if test.size else ask.Range()
    yield ask.Attached(count, tuple(item.lower() for item in test.type), size)


def _speaks_of_event(when: WhenShape) -> bool:
    return bool(when.event) or any(_speaks_of_event(part) for part in (*when.all, *when.any, *when.no))
