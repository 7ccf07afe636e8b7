"""What people are shown is called as in their language; inside the desk it has one name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskkit import GURU, POLICY, case, decided, message, of
from mailhelp.desk.category import find_subcategory
from mailhelp.desk.effect import OpenTicket, SendMail
from mailhelp.desk.form import Form, FormField
from mailhelp.desk.formfield import Choice
from mailhelp.desk.policy import Category, Subcategory

SUB = Subcategory("Akun guru", title={"en": "Teacher's account"})
RESET = Category("Reset", title={"en": "Password reset"}, subcategories={"Akun guru": SUB})
FORM = Form(
    (
        FormField("category", {"id": "Kategori", "en": "Category"}, type="category"),
        FormField("subcategory", {"id": "Subkategori", "en": "Subcategory"}, type="subcategory"),
        FormField("user_type", {"id": "Jenis"}, type="choice", choices=(Choice("Guru", (), {"en": "Teacher"}),)),
    )
)
DESK = replace(POLICY, form=FORM, categories={"Reset": RESET})


@pytest.mark.parametrize(
    ("language", "shown"),
    [("id", ["Reset", "Akun guru", "Guru"]), ("en", ["Password reset", "Teacher's account", "Teacher"])],
)
def test_requesters_are_shown_names_in_their_language(language: str, shown: list[str]) -> None:
    """The report keeps the name that the files give; the acknowledgement has the one of its language."""
    text = "Kategori: Password reset\nSubkategori: Teacher's account\nJenis: Teacher\n"
    done = decided(case(), message(text=text, new_text=text, language=language), DESK)
    assert (of(done, OpenTicket)[0].category, of(done, OpenTicket)[0].subcategory) == ("Reset", "Akun guru")
    (mail,) = [one for one in of(done, SendMail) if one.to == GURU]
    assert sorted(row["value"] for row in mail.context["understood"]) == sorted(shown)


def test_a_subcategory_is_found_by_its_title() -> None:
    """People write what they read."""
    found = find_subcategory("teacher's account", "Reset", DESK.categories)
    assert found is not None
    assert found.name == "Akun guru"
