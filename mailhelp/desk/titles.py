"""How categories, subcategories and choices are called in a language; inside the desk each has one name."""

from __future__ import annotations

from collections.abc import Mapping

from mailhelp.desk.formfield import FormField
from mailhelp.desk.model import FieldValue
from mailhelp.desk.scene import Scene


def category(scene: Scene, name: str, language: str) -> str:
    """How a category is called in that language; empty for one that the files do not have."""
    found = scene.policy.categories.get(name)
    return (found.title.get(language) or name) if found else ""


def subcategory(scene: Scene, above: str, name: str, language: str) -> str:
    """How a subcategory is called in that language."""
    found = scene.policy.categories.get(above)
    below = found.subcategories.get(name) if found else None
    return (below.title.get(language) if below else "") or name


def choice(scene: Scene, item: FormField, name: str, above: str, language: str) -> str:
    """How something that can be chosen for a field is called in that language; `above` is the report's category."""
    if item.type == "category":
        return category(scene, name, language) or name
    if item.type == "subcategory":
        return subcategory(scene, above, name, language)
    return next((one.title.get(language) or name for one in item.choices if one.name == name), name)


def value(scene: Scene, name: str, fields: Mapping[str, FieldValue], language: str) -> str:
    """The value of a field; one that was chosen from a list as it is called in that language."""
    item, above = scene.policy.form.field(name), fields.get("category")
    text = fields[name].value
    return choice(scene, item, text, above.value if above else "", language) if item else text
