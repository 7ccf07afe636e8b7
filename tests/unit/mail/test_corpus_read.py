"""Other people's mails: none of them breaks the reader, and it reads them as their labels say.

The labels hold some errors, so the floors stand a little below what is reached; `tests/tools/read_score.py` prints the
shares and names what is read otherwise.
"""

from __future__ import annotations

from functools import cache

import pytest

from corpus import needs_corpus
from tools.read_score import Tally, every_mail, message, score_kinds, score_parse, score_threads

pytestmark = [needs_corpus, pytest.mark.corpus]

KINDS = {
    "kind human": 0.997, "kind failed": 0.97, "kind autoreply": 1.0, "kind delayed": 0.9, "kind list": 0.99,
    "kind spam": 0.97, "kind arf": 1.0, "kind mdn": 1.0,
}  # fmt: skip


@cache
def of_kinds() -> Tally:
    """All labelled mails, judged once."""
    return score_kinds()[0]


def short(tally: Tally, floors: dict[str, float]) -> dict[str, list[str]]:
    """The questions whose share of right answers is below its floor, with the mails."""
    return {what: tally.missed[what] for what, floor in floors.items() if tally.share(what) < floor}


def test_every_mail_is_read() -> None:
    """No mail raises anything but a limit, and hardly any passes one."""
    paths = every_mail()
    refused = [path.name for path in paths if message(path) is None]
    assert len(paths) > 1_000
    assert len(refused) <= 2, refused


def test_kinds_are_as_labelled() -> None:
    """Bounces, automatic answers and people are told apart at the floors that the desk needs."""
    assert short(of_kinds(), KINDS) == {}


def test_failed_recipients_are_as_labelled() -> None:
    """The recipients of a bounce are found. Some labels name the last address on the way where ours is the first."""
    assert short(of_kinds(), {"failed recipients": 0.95}) == {}


def test_failures_are_no_delays() -> None:
    """A mail that failed is hardly ever called delayed."""
    assert short(of_kinds(), {"failed, and not called delayed": 0.97}) == {}


def test_mails_are_read_as_another_parser_reads_them() -> None:
    """Subject, sender, words of the body and names of files agree with other parsers' own tests; no word is dropped."""
    tally = Tally()
    score_parse(tally)
    floors = {"subject": 0.98, "sender": 0.94, "body words": 0.95, "body words told": 0.9, "attachment names": 0.91}
    assert short(tally, floors) == {}


def test_mails_of_one_conversation_are_joined() -> None:
    """The ids that mails refer to join those of a conversation, and no others."""
    tally = Tally()
    score_threads(tally)
    assert short(tally, {"same thread, and joined": 0.99, "nearest parent is in the thread": 1.0}) == {}
