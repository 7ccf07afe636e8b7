"""Conditions: the closed set of things a rule can ask of a mail, each able to say what it saw.

Every condition has `holds(facts)`, which is quick, and `why(facts)`, one sentence with the value seen
that says why it holds or why it does not. Names in conditions are the files' own names; texts and phrases are
compared as in `desk.fold`.
"""

from __future__ import annotations

from dataclasses import dataclass

from mailhelp.desk.askmail import Attached, HeaderIs, RecipientIs, SenderDomain, SenderIs, SenderKnown
from mailhelp.desk.asktext import BadPatternError, FieldMatches, Has, HeaderMatches, Matches, compile_pattern
from mailhelp.desk.askticket import DAYS, FieldIs, FieldPresent, Is, LocalTime, OfficeHours, OpenReports, Range, Tagged
from mailhelp.desk.facts import Facts


@dataclass(frozen=True, slots=True)
class All:
    """Every one of these; without any it always holds."""

    parts: tuple[Condition, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Stops at the first that fails."""
        for part in self.parts:  # noqa: SIM110 - a generator costs more than the conditions it walks
            if not part.holds(facts):
                return False
        return True

    def why(self, facts: Facts) -> str:
        """The first that failed; or all of them."""
        failed = next((part for part in self.parts if not part.holds(facts)), None)
        if failed is not None:
            return failed.why(facts)
        return " and ".join(part.why(facts) for part in self.parts) or "it has no condition"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts) -> bool:
        """Stops at the first that holds."""
        for part in self.parts:  # noqa: SIM110 - as above
            if part.holds(facts):
                return True
        return False

    def why(self, facts: Facts) -> str:
        """The first that holds; or all of them."""
        held = next((part for part in self.parts if part.holds(facts)), None)
        if held is not None:
            return held.why(facts)
        return "none holds: " + "; ".join(part.why(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Condition

    def holds(self, facts: Facts) -> bool:
        """The contrary."""
        return not self.part.holds(facts)

    def why(self, facts: Facts) -> str:
        """`category is 'A', which is excluded`."""
        seen = self.part.why(facts)
        return seen if self.holds(facts) else f"{seen}, which is excluded"


Condition = (
    Is
    | Tagged
    | FieldIs
    | FieldPresent
    | FieldMatches
    | Has
    | Matches
    | SenderIs
    | SenderDomain
    | SenderKnown
    | RecipientIs
    | HeaderIs
    | HeaderMatches
    | OpenReports
    | Attached
    | LocalTime
    | OfficeHours
    | All
    | AnyOf
    | Not
)


ALWAYS: Condition = All()
"""No condition at all."""

__all__ = [
    "ALWAYS",
    "DAYS",
    "All",
    "AnyOf",
    "Attached",
    "BadPatternError",
    "Condition",
    "FieldIs",
    "FieldMatches",
    "FieldPresent",
    "Has",
    "HeaderIs",
    "HeaderMatches",
    "Is",
    "LocalTime",
    "Matches",
    "Not",
    "OfficeHours",
    "OpenReports",
    "Range",
    "RecipientIs",
    "SenderDomain",
    "SenderIs",
    "SenderKnown",
    "Tagged",
    "compile_pattern",
]
