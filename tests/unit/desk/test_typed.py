"""Quotations of our own mails: what was typed above them, and when they say something new."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deskkit import POLICY, message, ticket
from mailhelp.desk import typed
from mailhelp.desk.model import FieldValue
from mailhelp.mail.markers import MARKER, MARKERS
from mailhelp.mail.message import Message
from mailhelp.mail.quote import split

ATTRIBUTION = "Pada Sel, 24 Nov 2026 pukul 09.40 Layanan Bantuan <bantuan@desk.example> menulis:"
ROWS = "Nama:  Sri Wahyuni\nNPSN:  20100001\nNIK:   ************0003"
REPORT = ticket(
    fields={
        "name": FieldValue("Sri Wahyuni"),
        "npsn": FieldValue("20100001"),
        "nik": FieldValue("3201234567890003"),
    }
)


def reply(words: str, rows: str = ROWS, marker: str = MARKER["id"], below: str = "") -> Message:
    """A reply above the quotation of a mail of ours, as the reader gives it."""
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in f"{marker}\n\nLaporan baru 2164242\n\n{rows}".split("\n"))
    text = f"{words}\n\n{ATTRIBUTION}\n{quoted}{below}"
    parts = split(text, "", MARKERS)
    return message(text=text, new_text=parts.new_text, split_sure=parts.sure, inline_answers=parts.inline)


def test_the_reader_alone_is_in_doubt() -> None:
    """Without this the desk's own fields look like a form that was filled in: the reason for the module."""
    mail = reply("Sudah kami setel ulang.")
    assert mail.inline_answers
    assert not mail.split_sure


@pytest.mark.parametrize("marker", MARKERS)
def test_an_agents_words_stand_above_our_notice(marker: str) -> None:
    """Whatever fields the notice showed, and in both languages."""
    mail = typed.above(reply("Sudah kami setel ulang.", marker=marker))
    assert (mail.new_text, mail.split_sure, mail.inline_answers) == ("Sudah kami setel ulang.", True, False)
    assert "NPSN" in mail.quoted_text


@pytest.mark.parametrize(
    "mail",
    [
        reply("Sudah.", below="Satu lagi di bawah.\n"),
        reply("", rows=ROWS),
        reply("Sudah.", marker="Bukan surel kami"),
        reply("Sudah.", rows=""),
    ],
)
def test_what_stays_in_doubt_stays_as_it_is(mail: Message) -> None:
    """Text below, no text above, no mark of ours, or no doubt at all."""
    assert typed.above(mail) is mail


def test_answers_between_the_lines_stay() -> None:
    """A line without a quotation mark below our marker was typed there."""
    mail = reply("Lihat di bawah.")
    lines = mail.new_text.split("\n")
    mail = replace(mail, new_text="\n".join([*lines[:-1], "ini jawaban saya", lines[-1]]))
    assert typed.above(mail) is mail


def test_a_requesters_reply_to_the_acknowledgement_is_what_was_typed() -> None:
    """The quoted fields are those that the report has, identity numbers by their last digits."""
    assert typed.unless_filled_in(reply("masih belum bisa"), REPORT, POLICY).new_text == "masih belum bisa"


@pytest.mark.parametrize(
    "rows",
    [
        ROWS.replace("20100001", "20100002"),
        ROWS.replace("************0003", "3201234567890004"),
        ROWS + "\nSurel: guru@sekolah.example",
    ],
)
def test_a_correction_inside_the_quotation_is_kept(rows: str) -> None:
    """Another value, or a field that the report does not have: the whole text stays in view."""
    mail = reply("Sudah saya perbaiki.", rows=rows)
    assert typed.unless_filled_in(mail, REPORT, POLICY) is mail
