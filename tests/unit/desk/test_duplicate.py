"""Reports that come twice, and those that only look so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskkit import NOW, POLICY, case, decided, end, mails, message, of, ticket
from mailhelp.desk.duplicate import alike, marks
from mailhelp.desk.effect import Link, OpenTicket, SetState
from mailhelp.desk.model import CloseReason, FieldValue, Recent, State
from mailhelp.desk.policy import Limits
from mailhelp.mail.message import Attachment

TEXT = "NPSN: 20100001\n\nMohon bantuan, siswa kami tidak dapat masuk ke akun sejak hari Senin."
FIRST = Recent(ticket(State.NEW, opened_at=NOW - timedelta(hours=2), fields={"npsn": FieldValue("20100001")}), TEXT)


def known(**changes: object) -> Recent:
    """The first report, changed."""
    return replace(FIRST, ticket=replace(FIRST.ticket, **changes))  # type: ignore[arg-type]


def test_a_report_that_repeats_an_open_one_joins_it() -> None:
    """A closed ticket of its own, a link, an article on the first one, one answer, no notice."""
    decision = decided(case(recent=(FIRST,), next_number=2164300), message(text=TEXT.upper()))
    assert mails(decision) == {"guru@sekolah.example": ["duplicate_report"]}
    assert [(one.ticket, one.other, one.kind) for one in of(decision, Link)] == [(2164300, 2164242, "duplicate")]
    assert of(decision, SetState) == [SetState(2164300, State.CLOSED, "it repeats 2164242", CloseReason.DUPLICATE)]
    assert end(decision).ticket == 2164242
    assert decision.code == "report.duplicate"


def test_agents_see_files_that_the_repetition_brings() -> None:
    """A screenshot that was forgotten the first time must not get lost."""
    shot = Attachment("layar.png", "image/png", 10, "2", "aa", sniffed="image/png")
    decision = decided(case(recent=(FIRST,)), message(text=TEXT, attachments=(shot,)))
    assert mails(decision)["sari@dinas.example"] == ["notice_reply"]


@pytest.mark.parametrize(
    ("text", "recent", "limits"),
    [
        (TEXT.replace("20100001", "20100002"), FIRST, Limits()),  # another school
        (TEXT + " Nomor saya 0812 3456 7890.", FIRST, Limits()),  # another number in the text
        ("NPSN: 20100001\n\nAkun saya yang lain juga terkunci.", FIRST, Limits()),  # other words
        ("Nama: Sri\n" + TEXT, FIRST, Limits()),  # says more
        (TEXT, known(opened_at=NOW - timedelta(hours=25)), Limits()),  # too long ago
        (TEXT, FIRST, Limits(duplicate_window=timedelta(0))),  # switched off
        ("ya", replace(FIRST, text="ya"), Limits()),  # too short to tell anything
    ],
)
def test_what_is_not_the_same_is_a_report_of_its_own(text: str, recent: Recent, limits: Limits) -> None:
    """Each of these differs in one thing."""
    policy = replace(POLICY, limits=limits)
    decision = decided(case(recent=(recent,)), message(text=text), policy)
    assert of(decision, OpenTicket)
    assert not of(decision, Link)


def test_marks_are_numbers_and_addresses() -> None:
    """Spaces inside a number and a full stop behind an address do not matter."""
    assert marks("NIK 3201 0145 0180 0003, a.b@C.example.") == {"3201014501800003", "a.b@c.example"}


@given(st.text(), st.text())
def test_likeness_is_a_share_and_symmetric(first: str, second: str) -> None:
    """From 0 to 1, whichever comes first."""
    assert 0 <= alike(first, second) <= 1
    assert alike(first, second) == alike(second, first)
