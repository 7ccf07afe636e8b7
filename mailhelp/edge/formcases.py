"""Example reports for measuring how well a form is read: a mail, text or page each, with the fields that are in it.

A folder holds `NAME.eml`, `NAME.txt` or `NAME.html` and beside it `NAME.yaml` with `fields` (name -> value) and, for
texts and pages, `subject`. Folders inside it are parts that are counted each for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailhelp.desk.form import read_message
from mailhelp.desk.formscore import Score, judge
from mailhelp.desk.policy import Policy
from mailhelp.edge.yamlfile import BadYamlError, read_yaml
from mailhelp.errors import Problem, UserError
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.message import ReadOptions
from mailhelp.mail.read import read

KINDS = (".eml", ".txt", ".html")
_OPTIONS = ReadOptions(marker_lines=MARKERS)


@dataclass(frozen=True, slots=True)
class FormCase:
    """One report as a mail, and the values that a person finds in it."""

    name: str
    raw: bytes
    wanted: Mapping[str, str]


def parts(folder: Path) -> dict[str, list[FormCase]]:
    """The reports of a folder by part. UserError where there are none, or one is not whole."""
    inside = sorted(path for path in folder.glob("*") if path.is_dir())
    found = {path.name: list(_cases(path)) for path in inside or [folder]}
    if not any(found.values()):
        raise UserError(f"{folder} holds no reports: each is a .eml, .txt or .html file with a .yaml file beside it.")
    return found


def score(cases: list[FormCase], policy: Policy) -> Score:
    """How well these reports are read along the policy's form."""
    total = Score()
    for case in cases:
        reading = read_message(read(case.raw, _OPTIONS), policy.form, policy.categories)
        total += judge(case.name, reading.fields, case.wanted)
    return total


def _cases(folder: Path) -> Iterator[FormCase]:
    for path in sorted(folder.iterdir()):
        if path.suffix in KINDS:
            wanted = _wanted(path.with_suffix(".yaml"))
            raw = path.read_bytes() if path.suffix == ".eml" else _mail(path, str(wanted.get("subject", "")))
            fields = wanted.get("fields") or {}
            yield FormCase(f"{folder.name}/{path.stem}", raw, {name: str(value) for name, value in fields.items()})


def _wanted(path: Path) -> Mapping[str, Any]:
    try:
        data = read_yaml(path, str(path)).data
    except BadYamlError as error:
        raise UserError("A report cannot be judged:", error.problems) from None
    if not isinstance(data, dict) or not isinstance(data.get("fields"), dict):
        problem = Problem(str(path), "must have `fields:` with names and values.")
        raise UserError("A report cannot be judged:", (problem,))
    return data


def _mail(path: Path, subject: str) -> bytes:
    """A text or a page as the mail that would bring it."""
    mail = EmailMessage()
    mail["From"] = "Pelapor <pelapor@surat.example>"
    mail["To"] = "bantuan@dinas.example"
    mail["Subject"] = subject
    subtype = "html" if path.suffix == ".html" else "plain"
    mail.set_content(path.read_text(encoding="utf-8"), subtype=subtype, cte="8bit")
    return mail.as_bytes()
