"""Measured on other people's mails: how often the typed text, or the forwarded mail, comes out exactly.

The collection is not part of the project; where it is absent these tests are skipped. Each floor is what must never be
undercut; the report of a failure names the mails.
"""

from __future__ import annotations

import email
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from corpus import CORPUS, manifest, needs_corpus
from mailhelp.mail.message import ReadOptions
from mailhelp.mail.quote import Split, split
from mailhelp.mail.read import read
from tools.read_score import Tally, score_forwards, score_replies, sources

pytestmark = [needs_corpus, pytest.mark.corpus]

MARKERS = ("## Tulis balasan di atas baris ini ##",)


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


@cache
def of_replies() -> Tally:
    """All reply pairs, each as a whole mail through `explain`."""
    tally = Tally()
    for source in sources():
        score_replies(source, tally)
    return tally


def test_reply_pairs_of_other_projects() -> None:
    """At least 94 % of the pairs agree, where a short signature may be kept or not (the sources differ in that)."""
    tally = of_replies()
    wanted = [question for question in tally.asked if question.endswith("but for a signature")]
    missed = [name for question in wanted for name in tally.missed[question]]
    assert len(missed) <= 0.06 * sum(tally.asked[question] for question in wanted), missed


def test_no_typed_word_of_a_reply_is_dropped() -> None:
    """What was typed is new text, or at least told as quotation or signature."""
    tally = of_replies()
    assert tally.share("typed words are shown somewhere") >= 0.98, tally.missed  # one label is of another mail
    assert tally.share("typed words are in new_text") >= 0.97, tally.missed
    assert tally.share("nothing quoted in new_text") >= 0.92, tally.missed  # mostly signatures that nothing sets off


def test_forwards_of_other_projects() -> None:
    """Nearly all forwards give remark, sender, subject and body exactly, and no reply is taken for one."""
    tally = Tally()
    score_forwards(tally)
    floors = {"no forward, and not taken for one": 1.0, "forward: no word is lost by explain": 1.0}
    missed = {what: tally.missed[what] for what in tally.asked if tally.share(what) < floors.get(what, 0.97)}
    assert missed == {}
