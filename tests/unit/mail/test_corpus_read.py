"""Other people's mails: none of them breaks the reader, and it reads them as their labels say.

The labels hold some errors, so the floors stand a little below what is reached.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from corpus import CORPUS, kinds, needs_corpus, raw_mails
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Action, Kind, Message, ReadOptions
from mailhelp.mail.read import read

pytestmark = [needs_corpus, pytest.mark.corpus]

PEOPLE = {Kind.PERSON, Kind.LIST}
# A challenge that comes as a delivery report (RFC 3464) may be called one: the mail did not arrive.
AUTOMATIC = {Kind.AUTOMATIC, Kind.DELIVERY_REPORT}
WANTED = {
    "human": PEOPLE, "list": PEOPLE, "spam": PEOPLE,
    "failed": {Kind.DELIVERY_REPORT}, "delayed": {Kind.DELIVERY_REPORT}, "delivered": {Kind.DELIVERY_REPORT},
    "autoreply": AUTOMATIC, "notification": {Kind.AUTOMATIC}, "arf": {Kind.AUTOMATIC}, "mdn": {Kind.DISPOSITION_REPORT},
}  # fmt: skip
FLOORS = {
    "human": 0.997, "failed": 0.97, "autoreply": 1.0, "delayed": 0.9, "list": 0.99, "spam": 0.97, "arf": 0.9,
    "mdn": 1.0,
}  # fmt: skip


@cache
def message(path: str) -> Message | None:
    """A mail of the collection as it is read, or None where it passes a limit."""
    try:
        return read((CORPUS / path).read_bytes(), ReadOptions())
    except LimitExceeded:
        return None


def labelled() -> Iterator[tuple[dict[str, str], Message]]:
    """The labelled mails that are there and within the limits."""
    for row in kinds():
        if (CORPUS / row["file"]).is_file() and (found := message(row["file"])):
            yield row, found


def test_every_mail_is_read() -> None:
    """No mail raises anything but a limit, and hardly any passes one."""
    paths = {*raw_mails(), *(path for path in CORPUS.glob("*/mails/**/*") if path.is_file())}
    refused = [path.name for path in sorted(paths) if message(str(path.relative_to(CORPUS))) is None]
    assert len(paths) > 1_000
    assert len(refused) <= 2, refused


def test_kinds_are_as_labelled() -> None:
    """Bounces, automatic answers and people are told apart at the floors that the desk needs."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for row, found in labelled():
        total[row["kind"]] += 1
        right[row["kind"]] += found.kind in WANTED[row["kind"]]
    shares = {kind: right[kind] / total[kind] for kind in FLOORS}
    print({kind: f"{right[kind]}/{total[kind]}" for kind in total})
    assert {kind: share for kind, share in shares.items() if share < FLOORS[kind]} == {}


def test_failed_recipients_are_as_labelled() -> None:
    """The recipients of a bounce are found. Some labels name the last address on the way where ours is the first."""
    right = total = 0
    for row, found in labelled():
        wanted = {addr.strip().lower() for addr in row["recipients"].split(",") if addr.strip()}
        if row["kind"] in ("failed", "delayed") and wanted and found.report:
            total += 1
            right += {one.addr.lower() for one in found.report.recipients} == wanted
    print(f"{right}/{total}")
    assert right / total >= 0.95


def test_failures_are_no_delays() -> None:
    """A mail that failed is hardly ever called delayed."""
    wrong = total = 0
    for row, found in labelled():
        if row["kind"] == "failed" and found.report and found.report.recipients:
            total += 1
            wrong += all(one.action is Action.DELAYED for one in found.report.recipients)
    assert wrong / total <= 0.03


def plain(text: str) -> str:
    """A text without white space, case and signs."""
    return re.sub(r"[\W_]+", "", text).lower()


def right_in(found: Message, expected: dict[str, object]) -> Iterator[tuple[str, bool]]:
    """What another parser's tests expect of a mail, and whether it is so here."""
    if "subject" in expected:
        yield "subject", plain(str(expected["subject"])) == plain(found.subject)
    if "from_email" in expected:
        yield "sender", str(expected["from_email"]).lower() in found.sender.claimed
    if words := re.findall(r"\w{2,}", str(expected.get("body", "")).lower())[:400]:
        have = set(re.findall(r"\w{2,}", f"{found.text} {found.html_text}".lower()))
        yield "body", sum(word in have for word in words) / len(words) >= 0.95
    listed = expected.get("attachments")
    if isinstance(listed, list):
        names = {plain(one.name) for one in found.attachments}
        yield "attachments", all(plain(name) in names for name in listed if name)


def test_mails_are_read_as_another_parser_reads_them() -> None:
    """Subject, sender, words of the body and names of files agree with other parsers' own tests."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for file, expected in json.loads((CORPUS / "labels" / "parse.json").read_text(encoding="utf-8")).items():
        found = message(file)
        assert found is not None
        for what, good in right_in(found, expected):
            total[what] += 1
            right[what] += good
    print({what: f"{right[what]}/{total[what]}" for what in total})
    floors = {"subject": 0.98, "sender": 0.94, "body": 0.95, "attachments": 0.91}
    assert {what: right[what] / total[what] for what in floors if right[what] / total[what] < floors[what]} == {}
