"""Conditions on the ticket, its fields and the time."""

from __future__ import annotations

from dataclasses import dataclass, field

from mailhelp.desk.facts import Facts
from mailhelp.desk.fold import key
from mailhelp.desk.say import listed, one_of, shown

LABELS = {"user_type": "user type"}


@dataclass(frozen=True, slots=True)
class Is:
    """A fact is one of these names: category, subcategory, user_type, queue, state, priority, language or event."""

    what: str
    names: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """Exact comparison."""
        return getattr(facts, self.what) in self.names

    def why(self, facts: Facts) -> str:
        """`category is 'A', not one of: B, C`."""
        label, value = LABELS.get(self.what, self.what), str(getattr(facts, self.what))
        return f"{label} is {shown(value)}" + ("" if self.holds(facts) else f", {one_of(self.names)}")


@dataclass(frozen=True, slots=True)
class Tagged:
    """The ticket carries one of these tags."""

    names: tuple[str, ...]

    def holds(self, facts: Facts) -> bool:
        """Exact comparison."""
        return not facts.tags.isdisjoint(self.names)

    def why(self, facts: Facts) -> str:
        """`tags are a, b, none of: c`."""
        found = [name for name in self.names if name in facts.tags]
        if found:
            return f"tagged {listed(found)}"
        seen = f"tags are {listed(sorted(facts.tags))}" if facts.tags else "there are no tags"
        return f"{seen}, not {self.names[0]}" if len(self.names) == 1 else f"{seen}, none of: {listed(self.names)}"


@dataclass(frozen=True, slots=True)
class FieldIs:
    """A form field has one of these values (case, accents and spacing do not matter)."""

    name: str
    values: tuple[str, ...]
    keys: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keys", frozenset(key(value) for value in self.values))

    def holds(self, facts: Facts) -> bool:
        """Folded comparison."""
        return facts.field_key(self.name) in self.keys

    def why(self, facts: Facts) -> str:
        """`field school_level is 'SMA', not SD`."""
        seen = f"field {self.name} is {shown(facts.fields.get(self.name, ''))}"
        return seen + ("" if self.holds(facts) else f", {one_of(self.values)}")


@dataclass(frozen=True, slots=True)
class FieldPresent:
    """A form field has a value, or (with `present` False) has none."""

    name: str
    present: bool = True

    def holds(self, facts: Facts) -> bool:
        """Blank counts as missing."""
        return bool(facts.fields.get(self.name, "").strip()) is self.present

    def why(self, facts: Facts) -> str:
        """`field npsn is missing`."""
        value = facts.fields.get(self.name, "").strip()
        return f"field {self.name} is {shown(value)}" if value else f"field {self.name} is missing"


@dataclass(frozen=True, slots=True)
class Range:
    """A whole number within bounds, both included; None is no bound."""

    low: int | None = None
    high: int | None = None

    def __contains__(self, value: int) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        bounds = [f"at least {self.low}"] if self.low is not None else []
        return " and ".join(bounds + ([f"at most {self.high}"] if self.high is not None else []))


@dataclass(frozen=True, slots=True)
class OpenReports:
    """How many other open reports the requester has."""

    count: Range

    def holds(self, facts: Facts) -> bool:
        """Within the bounds."""
        return facts.open_reports in self.count

    def why(self, facts: Facts) -> str:
        """`the requester has 1 open reports, not at least 2`."""
        seen = f"the requester has {facts.open_reports} open reports"
        return seen + ("" if self.holds(facts) else f", not {self.count}")


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class LocalTime:
    """Weekday (0 Monday) and minutes of the day in the desk's zone: from `start` up to, not including, `end`.

    With `start` after `end` the span runs over midnight, and the weekday is the one on which it began.
    """

    days: frozenset[int] = frozenset(range(7))
    start: int = 0
    end: int = 1440

    def holds(self, facts: Facts) -> bool:
        """False when the time is not known."""
        if facts.local_time is None:
            return False
        day, minute = facts.local_time.weekday(), facts.local_time.hour * 60 + facts.local_time.minute
        if self.start <= self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)

    def why(self, facts: Facts) -> str:
        """`it is saturday 10:15, not monday, tuesday 08:00 to 16:00`."""
        if facts.local_time is None:
            return "the local time is not known"
        seen = f"it is {DAYS[facts.local_time.weekday()]} {facts.local_time:%H:%M}"
        days = "" if len(self.days) == 7 else listed(DAYS[day] for day in sorted(self.days)) + " "
        wanted = f"{days}{self.start // 60:02}:{self.start % 60:02} to {self.end // 60:02}:{self.end % 60:02}"
        return f"{seen}, {'within' if self.holds(facts) else 'not'} {wanted}"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The desk's calendar has it open now (with `open` False: closed); holidays are closed."""

    open: bool

    def holds(self, facts: Facts) -> bool:
        """False when the calendar was not asked."""
        return facts.office_hours is self.open

    def why(self, facts: Facts) -> str:
        """`it is saturday 10:15, outside office hours`."""
        if facts.office_hours is None or facts.local_time is None:
            return "whether it is office hours is not known"
        seen = f"it is {DAYS[facts.local_time.weekday()]} {facts.local_time:%H:%M}"
        return f"{seen}, {'within' if facts.office_hours else 'outside'} office hours"
