"""rules/calendar.yaml as the desk's calendar: its zone, office hours, holidays, and the desk's own days.

A rules folder without this file has the default calendar: Monday to Friday from nine to six, with Indonesian holidays
and joint leave. Holidays are known for the last year, this one and the two that follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import Field

from mailhelp.desk.calendar import Calendar, DayOff, Hours, SpecialDay
from mailhelp.edge import holidaydata
from mailhelp.edge.rules_models import Shape
from mailhelp.edge.rules_read import RulesFile, read_rules
from mailhelp.edge.rules_values import Text, long_form
from mailhelp.edge.time_values import DateLists, Dates, OfficeHours, Weekdays
from mailhelp.edge.yamlfile import Loc, YamlFile
from mailhelp.edge.zonedata import fingerprint
from mailhelp.errors import Problem, nearest

NAME = "calendar.yaml"
COUNTRY = "ID"
USUAL: Mapping[frozenset[int], tuple[Hours, ...]] = {frozenset(range(5)): (Hours.read("09:00-18:00"),)}


class SpecialShape(Shape):
    """One-off hours of a date, or of the working days of a range."""

    hours: OfficeHours
    name: Text = ""


class CalendarFile(Shape):
    """rules/calendar.yaml."""

    zone: Text = ""
    hours: Mapping[Weekdays, OfficeHours] = USUAL
    country: Text = COUNTRY
    region: Text = ""
    language: Text = ""
    holidays: bool = True
    joint_leave: bool | None = None
    add: dict[Dates, Text] = Field(default_factory=dict)
    remove: DateLists = ()
    special: dict[Dates, Annotated[SpecialShape, long_form("hours")]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadedCalendar:
    """The calendar, what is wrong with its file, and what is allowed but probably not meant."""

    calendar: Calendar
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def load_calendar(folder: Path, shown: str, *, zone: str, today: date) -> LoadedCalendar:
    """The calendar of a rules folder (`shown` is its name for people). Never raises for what a person wrote.

    `zone` holds where the file names none. With problems the calendar is only good for reading on.
    """
    path = folder / NAME
    if path.exists():
        file = read_rules(path, f"{shown}/{NAME}", CalendarFile)
    else:
        file = RulesFile(YamlFile(f"{shown}/{NAME}", {}), CalendarFile())
    return _Builder(file, file.shape or CalendarFile(), zone, today).build()


def days_off(calendar: Calendar, year: int) -> Iterator[str]:
    """The days off of a year, for people to look through."""
    for day, off in sorted(calendar.closed.items()):
        if day.year == year:
            doubt = ", an estimate" if off.estimated else ""
            yield f"{day.isoformat()} {off.name} ({off.kind}{doubt})"


@dataclass(slots=True)
class _Builder:
    """Makes the calendar of one file; mistakes and doubts are collected on the way."""

    file: RulesFile[CalendarFile]
    shape: CalendarFile
    zone: str
    today: date
    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def build(self) -> LoadedCalendar:
        """The calendar with its version."""
        self.problems += self.file.problems
        shape, years = self.shape, (self.today.year - 1, self.today.year + 2)
        zone = shape.zone or self.zone
        if zone not in available_timezones():
            problem = self.file.problem(("zone",), "unknown time zone", zone)
            near = nearest(zone, sorted(available_timezones()))
            self.problems.append(replace(problem, allowed="a name such as Asia/Jakarta", nearest=near))
            zone = "UTC"
        hours = self._hours()
        closed = self._closed(years)
        special = self._special(hours, closed)
        calendar = Calendar(zone, hours, closed, special, years if shape.holidays else (0, 0))
        calendar = replace(calendar, version=version_of(calendar))
        return LoadedCalendar(calendar, tuple(self.problems), tuple(self.warnings))

    def _problem(self, loc: Loc, message: str, found: str = "", **more: Any) -> None:
        self.problems.append(self.file.problem(loc, message, found, **more))

    def _hours(self) -> tuple[tuple[Hours, ...], ...]:
        week: dict[int, tuple[Hours, ...]] = {}
        written = self._keys("hours")
        for number, (days, spans) in enumerate(self.shape.hours.items()):
            if taken := days & week.keys():
                loc = ("hours", written[number]) if number < len(written) else ("hours",)
                self._problem(loc, "has a weekday that stands here twice:", _weekday(min(taken)), of_key=True)
            week |= dict.fromkeys(days, spans)
        if not any(week.values()):
            if not self.file.problems:
                self._problem(("hours",), "has no office hours on any weekday.", of_key=True)
            week = {day: spans for days, spans in USUAL.items() for day in days}
        return tuple(week.get(day, ()) for day in range(7))

    def _keys(self, section: str) -> list[str]:
        """The keys of a section as written."""
        data = self.file.yaml.data
        found = data.get(section) if isinstance(data, dict) else None
        return list(found) if isinstance(found, dict) else []

    # --- days off

    def _closed(self, years: tuple[int, int]) -> dict[date, DayOff]:
        closed = self._holidays(years) if self.shape.holidays and self._known_country() else {}
        for days, name in self.shape.add.items():
            for day in days:
                if day in closed:
                    self.warnings.append(
                        f"{self.file.yaml.name}: {day} is added, but is off already: {closed[day].name}"
                    )
                closed[day] = DayOff(name)
        for number, days in enumerate(self.shape.remove):
            for day in days:
                if closed.pop(day, None) is None and years[0] <= day.year <= years[1]:
                    line, column = self.file.yaml.place(("remove", number))
                    self.warnings.append(f"{self.file.yaml.name}:{line}:{column}: {day} is removed, but is no day off.")
        return closed

    def _known_country(self) -> bool:
        """Whether country, region, language and joint leave go together; where not, that is a problem each."""
        shape, before = self.shape, len(self.problems)
        if shape.country not in holidaydata.countries():
            problem = self.file.problem(("country",), "no holidays are known of country", shape.country)
            remedy = "Or take `holidays: false`."
            self.problems.append(replace(problem, allowed="two letters of ISO 3166: ID, MY, SG, ...", remedy=remedy))
            return False
        if shape.region and shape.region not in (known := holidaydata.regions(shape.country)):
            self._problem(("region",), "unknown region", shape.region, known=known)
        if shape.language and shape.language not in (known := holidaydata.languages(shape.country)):
            self._problem(("language",), "holidays have no names in language", shape.language, known=known)
        if shape.joint_leave and not holidaydata.has_joint_leave(shape.country):
            remedy = "Take `joint_leave` away and add such days under `add`."
            self._problem(("joint_leave",), "is not known of country", shape.country, remedy=remedy)
        return len(self.problems) == before

    def _holidays(self, years: tuple[int, int]) -> dict[date, DayOff]:
        shape = self.shape
        joint = shape.country == COUNTRY if shape.joint_leave is None else shape.joint_leave
        span = range(years[0], years[1] + 1)
        found = holidaydata.days_off(shape.country, shape.region, shape.language, span, joint_leave=joint)
        coming = self.today.year + 1
        if joint and not any(day.year == coming and off.kind == holidaydata.JOINT_LEAVE for day, off in found.items()):
            remedy = "Add the days of the decree under `add`, or install a newer version of the package holidays."
            self.warnings.append(f"{self.file.yaml.name}: no joint leave of {coming} is known yet. {remedy}")
        return found

    # --- one-off hours

    def _special(self, week: tuple[tuple[Hours, ...], ...], closed: Mapping[date, DayOff]) -> dict[date, SpecialDay]:
        """Single dates win over ranges; a range is about the days that are open anyway (a shorter fasting month)."""
        singles: dict[date, SpecialDay] = {}
        ranges: dict[date, SpecialDay] = {}
        written = self._keys("special")
        for number, (days, item) in enumerate(self.shape.special.items()):
            target = singles if len(days) == 1 else ranges
            usual = [day for day in days if len(days) == 1 or (week[day.weekday()] and day not in closed)]
            if taken := [day for day in usual if day in target]:
                loc = ("special", written[number]) if number < len(written) else ("special",)
                self._problem(loc, "has a date that another entry has, too:", str(taken[0]), of_key=True)
            target |= dict.fromkeys(usual, SpecialDay(item.hours, item.name))
        return dict(sorted((ranges | singles).items()))


def _weekday(day: int) -> str:
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[day]


def version_of(calendar: Calendar) -> str:
    """A hash of everything that a result or its explanation depends on, the machine's time zone data included."""
    content = {
        "zone": [calendar.zone, fingerprint(calendar.zone)],
        "hours": [[str(span) for span in spans] for spans in calendar.hours],
        "closed": [[str(day), off.name, off.kind, off.estimated] for day, off in sorted(calendar.closed.items())],
        "special": [
            [str(day), item.name, [str(span) for span in item.hours]] for day, item in sorted(calendar.special.items())
        ],
        "years": calendar.years,
    }
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:12]
