"""The names that rules files may use for each other's things, and the check of one name against them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailhelp.desk.patterns import Patterns
from mailhelp.edge.rules_read import RulesFile
from mailhelp.edge.yamlfile import Loc
from mailhelp.errors import Problem


@dataclass(slots=True)
class Names:
    """What is known. None: the file that would say could not be read, so nothing is checked against it.

    `folder` is the rules folder, below which the mails of tests stand.
    """

    queues: frozenset[str] | None = None
    agents: frozenset[str] | None = None
    categories: Mapping[str, frozenset[str]] | None = None
    fields: frozenset[str] | None = None
    user_types: frozenset[str] | None = None
    templates: frozenset[str] | None = None
    targets: frozenset[str] | None = None
    folder: Path | None = None
    problems: list[Problem] = field(default_factory=list)
    _patterns: dict[str, Patterns] = field(default_factory=dict)

    def patterns(self, where: str) -> Patterns:
        """The patterns of all rules that look at one place; they are searched together."""
        return self._patterns.setdefault(where, Patterns())

    def check(
        self,
        file: RulesFile,  # type: ignore[type-arg]  # any file's places will do
        loc: Loc,
        kind: str,
        name: str,
        known: frozenset[str] | None,
        *,
        of_key: bool = False,
    ) -> bool:
        """Whether `name` is known; where not, that is a problem at `loc`."""
        if known is None or name in known:
            return True
        self.problems.append(file.problem(loc, f"unknown {kind}", name, known=known, of_key=of_key))
        return False

    @property
    def category_names(self) -> frozenset[str] | None:
        """All categories."""
        return None if self.categories is None else frozenset(self.categories)

    def subcategory_names(self, categories: tuple[str, ...] = ()) -> frozenset[str] | None:
        """All subcategories, or those of the categories named."""
        if self.categories is None:
            return None
        known = [self.categories[name] for name in categories if name in self.categories] or self.categories.values()
        return frozenset(name for names in known for name in names)
