"""Every condition: when it holds, and the sentence that says what it saw."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.askmail import HEADERS
from mailhelp.desk.condition import (
    All,
    AnyOf,
    Attached,
    BadPatternError,
    Condition,
    FieldIs,
    FieldMatches,
    FieldPresent,
    Has,
    HeaderIs,
    HeaderMatches,
    Is,
    LocalTime,
    Matches,
    Not,
    OpenReports,
    Range,
    RecipientIs,
    SenderDomain,
    SenderIs,
    SenderKnown,
    Tagged,
    compile_pattern,
)
from mailhelp.desk.facts import Facts
from mailhelp.mail import read
from mailhelp.mail.message import Attachment

PICTURE = Attachment("foto.jpg", "image/jpeg", 5_000, "2", "0" * 64)
LOGO = Attachment("logo.png", "image/png", 900, "3", "1" * 64, inline=True)
PAPER = Attachment("sk.pdf", "application/octet-stream", 80_000, "4", "2" * 64, sniffed="application/pdf")
# A Wednesday, 08:30 in Jakarta.
MORNING = datetime(2026, 11, 25, 1, 30, tzinfo=UTC).astimezone(ZoneInfo("Asia/Jakarta"))
FACTS = Facts(
    event="arrived",
    fields={"npsn": "20100001", "school_level": "  sd ", "phone": " "},
    category="Aktivasi akun",
    subcategory="Kode aktivasi",
    user_type="Guru",
    text="Selamat pagi. Saya lupa KATA-SANDI akun; mohon dibantu, café ditutup.",
    subject="Re: Lupa password",
    sender="Siti@Guru.SD.belajar.id",
    known_sender=True,
    recipients=("bantuan@sekolah.example", "lain@sekolah.example"),
    headers={"X-Mailer": "Web Form 2.1"},
    attachments=(PICTURE, LOGO, PAPER),
    queue="umum",
    state="new",
    priority="normal",
    tags=frozenset({"dinas", "ujian"}),
    language="id",
    local_time=MORNING,
    open_reports=2,
)
DEFAULT = Range(1)

CASES: list[tuple[Condition, bool, str]] = [
    (Is("category", ("Reset", "Aktivasi akun")), True, "category is 'Aktivasi akun'"),
    (Is("category", ("Reset",)), False, "category is 'Aktivasi akun', not Reset"),
    (Is("category", ("A", "B")), False, "category is 'Aktivasi akun', not one of: A, B"),
    (Is("user_type", ("Siswa",)), False, "user type is 'Guru', not Siswa"),
    (Is("event", ("replied", "timer")), False, "event is 'arrived', not one of: replied, timer"),
    (Tagged(("ujian", "x")), True, "tagged ujian"),
    (Tagged(("x",)), False, "tags are dinas, ujian, not x"),
    (Tagged(("x", "y")), False, "tags are dinas, ujian, none of: x, y"),
    (FieldIs("school_level", ("SD", "SMP")), True, "field school_level is 'sd'"),
    (FieldIs("school_level", ("SMA",)), False, "field school_level is 'sd', not SMA"),
    (FieldIs("nik", ("1",)), False, "field nik is empty, not 1"),
    (FieldPresent("npsn"), True, "field npsn is '20100001'"),
    (FieldPresent("phone"), False, "field phone is missing"),
    (FieldPresent("phone", present=False), True, "field phone is missing"),
    (FieldPresent("npsn", present=False), False, "field npsn is '20100001'"),
    (FieldMatches("npsn", "^20"), True, "field npsn is '20100001', it matches '^20'"),
    (FieldMatches("npsn", "^30"), False, "field npsn is '20100001', it does not match '^30'"),
    (Has("text", ("lupa",)), True, "text has 'lupa'"),
    (Has("text", ("kata sandi",)), True, "text has 'kata sandi'"),
    (Has("text", ("Cafe",)), True, "text has 'Cafe'"),
    (Has("text", ("sand",)), False, "text does not have 'sand'"),
    (Has("text", ("sandi kata", "lupa sandi")), False, "text has none of: sandi kata, lupa sandi"),
    (Has("subject", ("lupa password",)), True, "subject has 'lupa password'"),
    (Matches("text", "kata.sandi"), True, "text matches 'kata.sandi' with 'KATA-SANDI'"),
    (Matches("subject", "^lupa"), False, "subject does not match '^lupa'"),
    (SenderIs(("siti@guru.sd.belajar.id",)), True, "sender is 'Siti@Guru.SD.belajar.id'"),
    (SenderIs(("a@b.example",)), False, "sender is 'Siti@Guru.SD.belajar.id', not a@b.example"),
    (SenderDomain(("belajar.id",)), True, "sender domain is 'guru.sd.belajar.id'"),
    (SenderDomain(("ajar.id",)), False, "sender domain is 'guru.sd.belajar.id', not ajar.id"),
    (SenderKnown(True), True, "sender is known"),
    (SenderKnown(False), False, "sender is known"),
    (RecipientIs(("LAIN@sekolah.example",)), True, "recipient is 'lain@sekolah.example'"),
    (
        RecipientIs(("x@y.example",)),
        False,
        "recipients are bantuan@sekolah.example, lain@sekolah.example, not x@y.example",
    ),
    (HeaderIs("x-mailer", ("web form",)), True, "header x-mailer is 'Web Form 2.1'"),
    (HeaderIs("X-Mailer", ("form web",)), False, "header X-Mailer is 'Web Form 2.1', it has none of: form web"),
    (HeaderIs("List-Id"), False, "header List-Id is missing"),
    (HeaderIs("List-Id", present=False), True, "header List-Id is missing"),
    (HeaderMatches("X-Mailer", r"form \d"), True, "header X-Mailer is 'Web Form 2.1', it matches 'form \\d'"),
    (OpenReports(Range(2)), True, "the requester has 2 open reports"),
    (OpenReports(Range(3, 5)), False, "the requester has 2 open reports, not at least 3 and at most 5"),
    (Attached(Range(2, 2)), True, "2 attached files"),
    (Attached(Range(0, 0)), False, "2 attached files, not 0"),
    (Attached(DEFAULT, ("image/*",)), True, "1 attached files of type image/*"),
    (Attached(DEFAULT, ("application/pdf",)), True, "1 attached files of type application/pdf"),
    (
        Attached(DEFAULT, (), Range(100_000)),
        False,
        "0 attached files with at least 100000 bytes, not at least 1",
    ),
    (LocalTime(frozenset({2}), 480, 1020), True, "it is wednesday 08:30, within wednesday 08:00 to 17:00"),
    (LocalTime(frozenset({5, 6})), False, "it is wednesday 08:30, not saturday, sunday 00:00 to 24:00"),
    (LocalTime(start=1020, end=420), False, "it is wednesday 08:30, not 17:00 to 07:00"),
    (All(), True, "it has no condition"),
    (All((Is("state", ("new",)), Tagged(("ujian",)))), True, "state is 'new' and tagged ujian"),
    (All((Is("state", ("new",)), Is("queue", ("akun",)), Tagged(("x",)))), False, "queue is 'umum', not akun"),
    (AnyOf((Is("queue", ("akun",)), Is("state", ("new",)))), True, "state is 'new'"),
    (
        AnyOf((Is("queue", ("akun",)), Is("state", ("open",)))),
        False,
        "none holds: queue is 'umum', not akun; state is 'new', not open",
    ),
    (Not(Is("queue", ("akun",))), True, "queue is 'umum', not akun"),
    (Not(Is("queue", ("umum",))), False, "queue is 'umum', which is excluded"),
]


@pytest.mark.parametrize(("condition", "holds", "why"), CASES, ids=lambda case: str(case)[:60])
def test_a_condition_holds_and_says_what_it_saw(condition: Condition, holds: bool, why: str) -> None:  # noqa: FBT001
    """The table of all conditions, holding and failing, with their sentences."""
    assert condition.holds(FACTS) is holds
    assert condition.why(FACTS) == why


@pytest.mark.parametrize("condition", [case[0] for case in CASES], ids=lambda case: str(case)[:60])
def test_a_condition_survives_knowing_nothing(condition: Condition) -> None:
    """Without any facts every condition still answers, and its sentence is one line."""
    nothing = Facts()
    assert condition.holds(nothing) in (True, False)
    assert "\n" not in condition.why(nothing)
    assert Not(condition).holds(nothing) is not condition.holds(nothing)


@pytest.mark.parametrize(
    ("weekday", "clock", "holds"),
    [
        (0, "17:00", True),
        (0, "16:59", False),
        (1, "06:59", True),
        (1, "07:00", False),
        (5, "06:59", True),
        (6, "18:00", False),
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_it_began(weekday: int, clock: str, holds: bool) -> None:  # noqa: FBT001
    """Monday to Friday 17:00 to 07:00 ends on Saturday morning."""
    hour, minute = map(int, clock.split(":"))
    at = datetime(2026, 11, 23 + weekday, hour, minute, tzinfo=ZoneInfo("Asia/Jakarta"))
    assert LocalTime(frozenset(range(5)), 1020, 420).holds(Facts(local_time=at)) is holds


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "x{2,1}", "(a{1000}){1000}", "\ud800"])
def test_a_bad_pattern_is_refused_when_it_is_made(pattern: str) -> None:
    """What RE2 cannot do in linear time, or at all, is refused with a reason and not at the first mail."""
    with pytest.raises(BadPatternError, match=r"."):
        compile_pattern(pattern)
    with pytest.raises(BadPatternError):
        Matches("text", pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)+$", "(.*a){20}", "([a-zA-Z]+)*$", r"(\w+\s?)*$"])
def test_evil_patterns_come_to_an_end(pattern: str) -> None:
    """Conditions search with the engine of `desk.patterns`: patterns that hang other engines tell what is so."""
    assert Matches("text", pattern).holds(Facts(text="a" * 99_999 + "!")) is not pattern.endswith("+$")


def test_a_pattern_meets_any_text() -> None:
    """Lone surrogates and other scripts in the text do no harm."""
    assert Matches("text", r"\p{Han}+").holds(Facts(text="\ud800 漢字"))


def test_header_names_are_those_that_reading_keeps() -> None:
    """A rule cannot ask for a header field that no message carries."""
    assert set(HEADERS) <= set(read._KEPT)


@given(st.text(max_size=80), st.text(max_size=10))
def test_has_means_whole_words(text: str, phrase: str) -> None:
    """A phrase of words is found where its words stand side by side, and only there."""
    from mailhelp.desk.fold import words

    wanted, found = words(phrase), words(text)
    stands = bool(wanted) and any(found[at : at + len(wanted)] == wanted for at in range(len(found) - len(wanted) + 1))
    assert Has("text", (phrase,)).holds(Facts(text=text)) is stands
