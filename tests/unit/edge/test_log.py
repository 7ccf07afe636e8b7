"""The log: what it shows, and what it must never show."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
import work
from mailhelp.edge import log


@pytest.fixture(autouse=True)
def _undo() -> Iterator[None]:
    """Leave the root logger as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


MASKED = [
    ("NIK 3201234567890123 sudah", "NIK ***123 sudah"),
    ("NIK:3201234567890123", "NIK:***123"),
    ("nuptk=3201 2345 6789 0123.", "nuptk=***123."),
    ("NISN 0012345678, kelas 7", "NISN ***678, kelas 7"),
    ("hubungi 081234567890", "hubungi ***890"),
    ("hubungi +62 812-3456-7890 ya", "hubungi ***890 ya"),
    ("6281234567890", "***890"),
    ("password=rahasia next", "password=*** next"),
    ('{"refresh_token": "1//0abc"}', '{"refresh_token="***"}'),
    ("client_secret: s3cr3t", "client_secret=***"),
    ("Kata Sandi: burung", "Kata Sandi=***"),
    ("Authorization: Basic Zm9vOmJhcg==", "Authorization: Basic ***"),
    ("got Bearer ya29.a0AfH6SMC-x", "got Bearer ***"),
    ("AUTH PLAIN AGJhbnR1YW4AcmFoYXNpYQ==", "AUTH PLAIN ***"),
    ("AUTH XOAUTH2 dXNlcj1iYW50dWFuQHNla29sYWg=", "AUTH XOAUTH2 ***"),
    ("user=a@b.example\x01auth=Bearer ya29.abc\x01\x01", "user=a@b.example\x01auth=***\x01\x01"),
    ("line dXNlcj1iYW50dWFuQHNla29sYWg=", "line ***"),
    ("postgresql://desk:rahasia@db/mailhelp", "postgresql://desk:***@db/mailhelp"),
    ("to bantuan+r1-221kj-1-6c8xq0v3m5d2k9ht@sekolah.example", "to bantuan+r1-221kj-1-***@sekolah.example"),
    ("to BANTUAN+R1-221KJ-1-6C8XQ0V3M5D2K9HT@X.EXAMPLE", "to BANTUAN+R1-221KJ-1-***@X.EXAMPLE"),
    ("<r1-221kj-1-6c8xq0v3m5d2k9ht.x7@sekolah.example>", "<r1-221kj-1-***.x7@sekolah.example>"),
]
KEPT = [
    "report 2164242 joined",
    "NPSN 20101234 is known",
    "<1234567890.abc@mail.example>",
    "2026-11-24 01:02:03Z",
    "uid 17 of uidvalidity 1795500000x",
    "https://docs.example/oauth",
    "password_file must be given",
    "took 12.3456789012 s",
]


@pytest.mark.parametrize(("text", "masked"), MASKED)
def test_secrets_and_identity_numbers_are_masked(text: str, masked: str) -> None:
    """Each kind of secret or number is hidden, and what surrounds it stays readable."""
    assert log.mask(text) == masked


@pytest.mark.parametrize("text", KEPT)
def test_what_is_needed_stays(text: str) -> None:
    """Report numbers, NPSN, ids and times are what a log is read for."""
    assert log.mask(text) == text


@given(
    st.from_regex(r"\A[0-9]{16}\Z|\A[0-9]{10}\Z", alphabet="0123456789"),
    st.sampled_from([" ", ", ", "; ", "=", "(", '"']),
)
def test_no_identity_number_gets_through(number: str, before: str) -> None:
    """Whatever its digits and whatever stands before it."""
    assert number not in log.mask(f"x{before}{number} y")


@pytest.mark.parametrize("piece", hostile.LOGS)
def test_hostile_text_costs_no_more_than_other_text(piece: str) -> None:
    """Twice as many beginnings of a pattern are twice the steps."""
    work.check(work.load("mailhelp.edge.log").mask, piece, characters=700, per_character=500)


def line_of(form: str, message: str, *args: object, **fields: object) -> str:
    """What one warning looks like on stderr."""
    stream = io.StringIO()
    log.set_up("json" if form == "json" else "text", "info", stream)
    logging.getLogger("mailhelp.edge.smtp").warning(message, *args, extra=fields)
    return stream.getvalue()


def test_text_is_one_line_with_its_fields() -> None:
    """Area, level, words and fields stand in one line."""
    line = line_of("text", "refused: %s", "no such user", ticket=2164242, account="smtp")
    assert line.endswith("Z warning smtp: refused: no such user (ticket=2164242 account=smtp)\n")


def test_json_is_one_object_with_its_fields() -> None:
    """Machines get the same as people, each thing under its name."""
    data = json.loads(line_of("json", "password=%s of %s", "rahasia", "x", arrival=17))
    assert data["arrival"] == 17
    assert data["level"] == "warning"
    assert data["area"] == "smtp"
    assert data["message"] == "password=*** of x"
    assert data["at"].endswith("+00:00")


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_can_forge_a_line(form: str) -> None:
    """A line break or control character from a mail stays within its line."""
    line = line_of(form, "subject %s", "a\r\n2026-01-01 00:00:00Z error smtp: all is lost\x1b[31m")
    assert line.count("\n") == 1
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_is_masked_too(form: str) -> None:
    """What an exception says can hold a secret as well."""
    stream = io.StringIO()
    log.set_up("json" if form == "json" else "text", "info", stream)
    try:
        int("password=rahasia failed for 3201234567890123")
    except ValueError:
        logging.getLogger("mailhelp.x").exception("it broke")
    assert "ValueError" in stream.getvalue()
    assert "rahasia" not in stream.getvalue()
    assert "3201234567890123" not in stream.getvalue()


def test_long_messages_are_cut() -> None:
    """A megabyte in a message does not become a megabyte in the log."""
    assert len(line_of("text", "x" * 1_000_000)) < 11_000


def test_the_level_is_kept_and_set_up_can_be_repeated() -> None:
    """Below the level nothing is written, and a second set-up does not write twice."""
    stream = io.StringIO()
    log.set_up("text", "info", stream)
    log.set_up("text", "warning", stream)
    logging.getLogger("mailhelp.a").info("quiet")
    logging.getLogger("mailhelp.a").warning("loud")
    assert stream.getvalue().count("\n") == 1
