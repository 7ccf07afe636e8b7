"""Holidays of a country from the package `holidays`, as days off of the desk's calendar.

Public holidays are its category `public`; joint leave (*cuti bersama*), fixed each year by decree, is its category
`government`. Dates that follow the moon are estimates until they are announced: the package says so in their names.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from mailhelp.desk.calendar import DayOff

HOLIDAY, JOINT_LEAVE = "holiday", "joint leave"
_PUBLIC, _GOVERNMENT = "public", "government"
_SHORT = {"en": "en_US"}


def countries() -> frozenset[str]:
    """The codes of all countries that are known (ISO 3166)."""
    from holidays.registry import EntityLoader

    # `holidays.list_supported_countries` knows each country's regions, too, and imports 250 modules for it.
    return frozenset(EntityLoader.get_country_codes(include_aliases=False))


def regions(country: str) -> frozenset[str]:
    """The codes of a country's regions that have holidays of their own."""
    return frozenset(_made(country).subdivisions)


def languages(country: str) -> frozenset[str]:
    """The languages in which a country's holidays can be named, as short as they may be written."""
    long_names = {long: short for short, long in _SHORT.items()}
    return frozenset(long_names.get(name, name) for name in _made(country).supported_languages)


def has_joint_leave(country: str) -> bool:
    """Whether joint leave of that country is known at all."""
    return _GOVERNMENT in _made(country).supported_categories


def days_off(
    country: str, region: str, language: str, years: Iterable[int], *, joint_leave: bool
) -> dict[date, DayOff]:
    """The holidays of these years; joint leave only where asked for. Names of one day are joined with semicolons."""
    span = tuple(years)
    found: dict[date, DayOff] = {}
    for category, kind in ((_GOVERNMENT, JOINT_LEAVE), (_PUBLIC, HOLIDAY)):
        if category == _GOVERNMENT and not (joint_leave and has_joint_leave(country)):
            continue
        # Asked of one category at a time, because the answer does not tell which one a day is of.
        made = _made(country, region, language, span, category)
        for day, name in made.items():
            found[day] = DayOff(str(name), kind, estimated=_estimated(made, str(name)))
    return dict(sorted(found.items()))


def _made(
    country: str, region: str = "", language: str = "", years: tuple[int, ...] = (), category: str = _PUBLIC
) -> Any:
    import holidays

    known = holidays.country_holidays(country)
    return holidays.country_holidays(
        country,
        subdiv=region or None,
        years=years,
        language=_SHORT.get(language, language) or known.default_language,
        categories=(category,) if category in known.supported_categories else None,
    )


def _estimated(made: Any, name: str) -> bool:
    """Whether the package marks that name: each country has a label such as `%s (perkiraan)`, in each language."""
    label = getattr(made, "estimated_label", None)
    if label is None:
        return False
    marks = [part.strip() for part in str(made.tr(label)).split("%s") if part.strip()]
    return bool(marks) and all(mark in name for mark in marks)
