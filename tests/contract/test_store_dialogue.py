"""What the store keeps of dialogues about data: questions, earlier words, open reports, pictures."""

from __future__ import annotations

from datetime import timedelta

from mailhelp.desk.effect import AddArticle, Ask, SetFields, SetState
from mailhelp.desk.model import ArticleKind, Asked, Case, FieldValue, State
from mailhelp.edge.store import Store
from mailhelp.mail.message import Address, Attachment, Message
from mailhelp.mail.thread import Evidence
from storekit import NOW, TEACHER, arrive, decide, message, open_report

LATER = NOW + timedelta(hours=1)
LOGO = {"name": "logo.png", "media_type": "image/png", "size": 9, "part": "2", "inline": False, "sha256": "a" * 64}


def gather(store: Store, uid: int, read: Message, numbers: tuple[int, ...] = ()) -> Case:
    """The case of a new arrival."""
    with store.unit():
        return store.case_for(arrive(store, uid), read, Evidence(numbers=numbers), LATER)


def test_questions_are_kept_with_the_ticket(store: Store) -> None:
    """In order, with whoever wanted them; and in the history."""
    number = open_report(store, 1)
    decide(store, Ask(number, ("npsn", "nik")), key="a")
    decide(store, Ask(number, ("nik",), "sari"), key="b", now=LATER)
    ticket = gather(store, 2, message(2), (number,)).candidates[number]
    assert ticket.asked == (Asked(NOW, ("npsn", "nik")), Asked(LATER, ("nik",), "sari"))
    shown = store.show(number)
    assert shown is not None
    assert [row["after"] for row in shown["history"] if row["what"] == "asked"] == ["npsn, nik", "nik"]


def test_what_was_written_is_heard_only_where_data_is_awaited(store: Store) -> None:
    """Report and replies, oldest first, without notes; nothing for a ticket that waits for nothing."""
    number = open_report(store, 1)
    reply = AddArticle(number, ArticleKind.REPLY, TEACHER.addr, "NPSN: 1", attachments=(LOGO,))
    decide(store, reply, AddArticle(number, ArticleKind.NOTE, "sari", "psst", internal=True), key="a")
    assert gather(store, 2, message(2), (number,)).heard == {}
    decide(store, Ask(number, ("npsn",)), SetState(number, State.PENDING, "asked"), key="b")
    heard = gather(store, 3, message(3), (number,)).heard[number]
    assert [(one.kind, one.text) for one in heard] == [
        (ArticleKind.REPORT, "Saya lupa kata sandi."),
        (ArticleKind.REPLY, "NPSN: 1"),
    ]
    assert heard[1].attachments == (LOGO,)


def test_open_reports_of_the_sender_come_with_their_text(store: Store) -> None:
    """Newest first, not those that are over, not other people's, and none where the mail names its report."""
    first, second, closed = (open_report(store, uid) for uid in (1, 2, 3))
    other = open_report(store, 4, sender=Address("budi@sekolah.example"))
    decide(store, SetState(closed, State.CLOSED, "x"), SetFields(first, {"npsn": FieldValue("20100001")}), key="a")
    recent = gather(store, 5, message(5)).recent
    assert [one.ticket.number for one in recent] == [second, first]
    assert {one.text for one in recent} == {"Saya lupa kata sandi."}
    assert recent[1].ticket.fields["npsn"].value == "20100001"
    assert gather(store, 6, message(6), (other,)).recent == ()
    assert gather(store, 7, message(7, Address("baru@sekolah.example"))).recent == ()


def test_a_waiting_report_of_the_sender_is_heard_too(store: Store) -> None:
    """The whole form again may be the answer."""
    number = open_report(store, 1)
    decide(store, Ask(number, ("npsn",)), SetState(number, State.PENDING, "asked"), key="a")
    assert list(gather(store, 2, message(2)).heard) == [number]


def test_pictures_are_known_again_from_the_same_sender(store: Store) -> None:
    """A document is not, nor is anybody else's picture."""
    paper = {**LOGO, "media_type": "application/pdf", "sha256": "b" * 64}
    number = open_report(store, 1)
    decide(store, AddArticle(number, ArticleKind.REPLY, TEACHER.addr.upper(), "x", attachments=(LOGO, paper)), key="a")
    decide(store, AddArticle(number, ArticleKind.REPLY, TEACHER.addr, "x", attachments=(LOGO,)), key="b")
    files = (
        Attachment("logo.png", "image/png", 9, "2", "a" * 64),
        Attachment("baru.png", "image/png", 9, "3", "c" * 64),
        Attachment("surat.pdf", "application/pdf", 9, "4", "b" * 64),
    )
    assert gather(store, 2, message(2, attachments=files)).known_files == {"a" * 64}
    assert gather(store, 3, message(3, Address("budi@x.example"), attachments=files)).known_files == frozenset()
