"""Measured on other people's mails: how often the typed text, or the forwarded mail, comes out exactly.

The collection is not part of the project; where it is absent these tests are skipped. Each floor is what must never be
undercut; the report of a failure names the mails.
"""

from __future__ import annotations

import email
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from corpus import CORPUS, manifest, needs_corpus
from mailhelp.mail.forward import find
from mailhelp.mail.message import ReadOptions
from mailhelp.mail.quote import Split, split
from mailhelp.mail.read import read

pytestmark = [needs_corpus, pytest.mark.corpus]

MARKERS = ("## Tulis balasan di atas baris ini ##",)
SIGNATURE_LENGTH = 160


def words(text: str | None) -> str:
    """A text with each run of white space as one space."""
    return " ".join((text or "").split())


def parts(path: Path) -> tuple[str, str]:
    """The first plain and the first HTML part, read without the project's own reader."""
    found = {"text/plain": "", "text/html": ""}
    for part in email.message_from_bytes(path.read_bytes()).walk():
        kind = part.get_content_type()
        if kind in found and not part.get_filename() and not found[kind]:
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found[kind] = payload.decode(part.get_content_charset("utf-8"), "replace")
    return found["text/plain"], found["text/html"]


def judge(row: dict[str, Any], result: Split) -> str:
    """How a split compares with what the person typed: exact, doubt (unsure or inline), or wrong."""
    expected = row["expected_reply"] if row.get("typed_found_in_text_part", True) is not False else result.new_text
    if expected is not None and words(result.new_text) == words(expected):
        return "exact"
    return "doubt" if result.inline or not result.sure else "wrong"


@pytest.mark.parametrize("version", ["as sent", "plain only", "html only"])
@pytest.mark.parametrize(("folder", "exact"), [("clients", 0.9), ("synthetic", 0.9)])
def test_replies_of_real_clients(folder: str, exact: float, version: str) -> None:
    """Never is a text cut wrongly and called sure; nearly always it is exactly what was typed."""
    judged: dict[str, list[str]] = {"exact": [], "doubt": [], "wrong": []}
    for row in manifest(folder):
        plain, html = parts(CORPUS / folder / row["file"])
        plain, html = ("" if version == "html only" else plain), ("" if version == "plain only" else html)
        if plain or html:
            judged[judge(row, split(plain, html, MARKERS))].append(row["file"])
    assert judged["wrong"] == []
    assert len(judged["exact"]) >= exact * sum(map(len, judged.values())), judged["doubt"]


@pytest.mark.parametrize("folder", ["clients", "synthetic"])
def test_replies_through_the_whole_reader(folder: str) -> None:
    """The same through `read`: charset, flowed text and part choice included."""
    wrong = []
    for row in manifest(folder):
        message = read((CORPUS / folder / row["file"]).read_bytes(), ReadOptions(marker_lines=MARKERS))
        result = Split(message.new_text, "", message.split_how, message.split_sure, message.inline_answers)
        if judge(row, result) == "wrong":
            wrong.append(row["file"])
    assert wrong == []


def test_reply_pairs_of_other_projects() -> None:
    """At least 94 % of the pairs agree, where a short signature may be kept or not (the sources differ in that)."""
    total: Counter[str] = Counter()
    missed: dict[str, list[str]] = {}
    for path in sorted((CORPUS / "replies").glob("*/*.expected.txt")):
        base, source = path.name.removesuffix(".expected.txt"), path.parent.name
        plain, html = path.with_name(f"{base}.in.txt"), path.with_name(f"{base}.in.html")
        result = split(plain.read_text("utf-8"), "", ()) if plain.exists() else split("", html.read_text("utf-8"), ())
        got, expected = words(result.new_text), words(path.read_text("utf-8"))
        total[source] += 1
        shorter, longer = sorted((got, expected), key=len)
        signature = bool(shorter) and longer.startswith(shorter) and len(longer) - len(shorter) < SIGNATURE_LENGTH
        if got != expected and not signature:
            missed.setdefault(source, []).append(base)
    assert sum(map(len, missed.values())) <= 0.06 * total.total(), (missed, total)


def test_forwards_of_other_projects() -> None:
    """At least 95 % of the forwards give remark, sender, subject and body exactly, and no reply is taken for one."""
    wrong = []
    paths = sorted((CORPUS / "forwards").glob("*.expected.json"))
    for path in paths:
        base = path.name.removesuffix(".expected.json")
        text, subject = path.with_name(f"{base}.txt").read_text("utf-8"), path.with_name(f"{base}.subject.txt")
        found = find(text, "", subject.read_text("utf-8") if subject.exists() else None)
        expected = json.loads(path.read_text("utf-8"))
        if found is None or expected is None:
            if (found is None) != (expected is None):
                wrong.append(base)
            continue
        got = {
            "subject": found.subject,
            "from_email": found.sender.addr,
            "from_name": found.sender.name,
            "message": found.comment,
            "body": found.body,
        }
        if any(words(got[key]) != words(value) for key, value in expected.items()):
            wrong.append(base)
    assert len(wrong) <= 0.05 * len(paths), wrong
