"""Which category a report belongs to: by name or alias where the form says so, else by weighted phrases in its text."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailhelp.desk.fold import Words, key
from mailhelp.desk.near import Found, Names
from mailhelp.desk.policy import Category, Subcategory

UNSORTED = "unsorted"
"""What a report is called whose category nobody named and no phrase tells. It is no category's name."""

THRESHOLD = 2.0
"""Weight of phrases below which free text says nothing."""

LEAD = 1.25
"""How many times as heavy as the second the best category must be."""

SUBJECT_WEIGHT = 1.5
"""What stands in the subject counts this many times."""

SUB_THRESHOLD = 1.5
"""Weight from which a subcategory of a known category is taken."""


_SUFFIX = re.compile(r"\b(\w{4,})nya\b")
_SENTENCE_END = re.compile(r"[.!?:;]\s|\n\s*\n")


@dataclass(frozen=True, slots=True)
class Guess:
    """What free text points to. `name` is `UNSORTED` or, for subcategories, empty where nothing is clear.

    `sure` runs from 0 to 1; `phrases` are those that spoke for it.
    """

    name: str
    sure: float = 0.0
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a category and its subcategory say of a report; the subcategory's own values win."""

    queue: str = ""
    priority: str = ""
    required: tuple[str, ...] = ()
    article: str = ""
    template: str = ""
    answers: tuple[str, ...] = ()


Phrases = tuple[tuple[str, str, float], ...]
"""Folded phrases with their first words and weights, the longer ones first."""


@dataclass(slots=True)
class Recogniser:
    """Recognises categories by names and by phrases, which are folded once."""

    categories: Mapping[str, Category]
    _names: dict[str, Names] = field(default_factory=dict)
    _phrases: dict[str, dict[str, Phrases]] = field(default_factory=dict)

    @classmethod
    def of(cls, categories: Mapping[str, Category]) -> Recogniser:
        """That of the very same categories if it was made lately: mail after mail asks for it."""
        made = next((one for one in tuple(_LATELY) if one.categories is categories), None)
        if made is None:
            made = cls(categories)
            _LATELY.append(made)
        return made

    def category(self, text: str) -> Found | None:
        """The category that a text names."""
        return self.names.find(text)

    @property
    def names(self) -> Names:
        """All spellings of the categories."""
        if "" not in self._names:
            self._names[""] = Names.of(
                (text, item.name)
                for item in self.categories.values()
                for text in (item.name, *item.title.values(), *item.aliases)
            )
        return self._names[""]

    def subcategory(self, text: str, category: str = "") -> Found | None:
        """The subcategory that a text names: of that category, or of any where the category is not known."""
        name = category if category in self.categories else "*"
        if name not in self._names:
            known = self.categories.values() if name == "*" else [self.categories[name]]
            self._names[name] = Names.of(
                (text, sub.name) for item in known for sub in item.subcategories.values() for text in _spelt(sub)
            )
        return self._names[name].find(text)

    def phrases(self, category: str = "") -> dict[str, Phrases]:
        """The phrases of each category, or of each subcategory of a known one."""
        if category not in self._phrases:
            known = self.categories[category].subcategories if category else self.categories
            self._phrases[category] = {item.name: _folded(item.keywords) for item in known.values()}
        return self._phrases[category]


_LATELY: deque[Recogniser] = deque(maxlen=4)


def _spelt(sub: Subcategory) -> tuple[str, ...]:
    return (sub.name, *sub.title.values(), *sub.aliases)


def find_category(text: str, categories: Mapping[str, Category]) -> Found | None:
    """The category that a text names."""
    return Recogniser.of(categories).category(text)


def find_subcategory(text: str, category: str, categories: Mapping[str, Category]) -> Found | None:
    """The subcategory that a text names: of that category, or of any where the category is not known and one fits."""
    return Recogniser.of(categories).subcategory(text, category)


def owner_of(subcategory: str, categories: Mapping[str, Category]) -> str:
    """The category that a subcategory belongs to, if it is only one; else an empty text."""
    owners = [item.name for item in categories.values() if subcategory in item.subcategories]
    return owners[0] if len(owners) == 1 else ""


@dataclass(frozen=True, slots=True)
class Telling:
    """What may tell the category of a report, made ready for searching."""

    subject: Words
    text: Words

    @classmethod
    def of(cls, subject: str, text: str) -> Telling:
        """Fold both once."""
        return cls(_searched(subject), _searched(text))


def guess_category(told: Telling, categories: Mapping[str, Category]) -> Guess:
    """The category that the phrases of a free text point to, or `UNSORTED`."""
    scores = _scores(Recogniser.of(categories).phrases(), told)
    if not scores or scores[0][0] < THRESHOLD:
        return Guess(UNSORTED)
    (best, phrases, name), second = scores[0], scores[1][0] if len(scores) > 1 else 0.0
    if best < second * LEAD:
        return Guess(UNSORTED)
    return Guess(name, round(best / (best + second + THRESHOLD / 2), 2), phrases)


def guess_subcategory(told: Telling, category: str, categories: Mapping[str, Category]) -> Guess:
    """The subcategory of a known category that free text points to; an empty name where none is clear."""
    scores = _scores(Recogniser.of(categories).phrases(category), told)
    if not scores or scores[0][0] < SUB_THRESHOLD or (len(scores) > 1 and scores[0][0] < scores[1][0] * LEAD):
        return Guess("")
    (best, phrases, name), second = scores[0], scores[1][0] if len(scores) > 1 else 0.0
    return Guess(name, round(best / (best + second + SUB_THRESHOLD), 2), phrases)


def _searched(text: str) -> Words:
    """A text for searching: no phrase runs over the end of a sentence, and `sandinya` is `sandi`."""
    return Words.of(_SUFFIX.sub(r"\1", _SENTENCE_END.sub(" ___ ", text)))


def _folded(keywords: Mapping[str, float]) -> Phrases:
    ordered = sorted(keywords.items(), key=lambda item: -len(item[0]))
    folded = ((key(phrase), weight) for phrase, weight in ordered)
    return tuple((phrase, phrase.split()[0], weight) for phrase, weight in folded if phrase)


def _scores(phrases: Mapping[str, Phrases], told: Telling) -> list[tuple[float, tuple[str, ...], str]]:
    """Weight, phrases found and name of each, the heaviest first."""
    scores = ((*_score(one, told.subject, told.text), name) for name, one in phrases.items())
    return sorted(scores, key=lambda item: -item[0])


def _score(phrases: Phrases, head: Words, body: Words) -> tuple[float, tuple[str, ...]]:
    """The weight of the phrases found. A phrase inside a longer one that was found does not count again."""
    found: list[tuple[str, float]] = []
    for phrase, first, weight in phrases:
        if first in head.known and head.has(phrase):
            counted = weight * SUBJECT_WEIGHT
        elif first in body.known and body.has(phrase):
            counted = weight
        else:
            continue
        if not any(f" {phrase} " in f" {longer} " for longer, _ in found):
            found.append((phrase, counted))
    return sum(weight for _, weight in found), tuple(phrase for phrase, _ in found)


def defaults(category: str, subcategory: str, categories: Mapping[str, Category]) -> Defaults:
    """What the files say of reports of that category and subcategory; nothing for unknown names."""
    item = categories.get(category)
    if item is None:
        return Defaults()
    sub = item.subcategories.get(subcategory, Subcategory(""))
    return Defaults(
        queue=sub.queue or item.queue,
        priority=sub.priority or item.priority,
        required=tuple(dict.fromkeys((*item.required, *sub.required))),
        article=sub.article or item.article,
        template=sub.template or item.template,
        answers=tuple(dict.fromkeys((*sub.answers, *item.answers))),
    )
