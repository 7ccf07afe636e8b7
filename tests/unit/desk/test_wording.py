"""What an agent's mail says to the requester: signatures, doubts, and the word that sends what was shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deskkit import GURU, NOW, NUMBER, POLICY, SARI, arrival, case, decided, end, mails, message, of, ticket, token_to
from mailhelp.desk.effect import AddArticle, Decision, EndArrival, Release, SendMail
from mailhelp.desk.model import ArticleKind, End
from mailhelp.desk.policy import Agent, Policy
from mailhelp.desk.wants import wants
from mailhelp.desk.wording import unsigned
from mailhelp.desk.workcase import Told, Work
from mailhelp.mail.message import Address, Message
from mailhelp.mail.quotes.pieces import Piece
from mailhelp.mail.token import Purpose

SIGNED = Agent("sari", SARI.addr, "Sari", signature=("Sari Dewi\n\nMeja Bantuan - 0812", "Dikirim dari HP"))
TEAM = replace(POLICY.team, agents={**POLICY.team.agents, "sari": replace(SIGNED, notify="digest")})
WITH_SIGNATURE = replace(POLICY, team=TEAM)
REPORT = Told(1, ArticleKind.REPORT, GURU.addr, NOW, "Saya lupa kata sandi.\nApakah bisa hari ini?", internal=False)
NOTE = Told(2, ArticleKind.NOTE, SARI.addr, NOW, "Guru ini pernah kami tegur.", internal=True)
SEEN = f"Laporan baru\n\nIsi laporan\n\n{REPORT.text}\n\nMenjawab: balas surel ini dan tulis di atas kutipan."
WORK = Work(seen_at=NOW, seen_text=SEEN, articles={NUMBER: (REPORT, NOTE)})
ALONE = ticket(participants=(ticket().participants[0], ticket().participants[2]))
TAIL = "Apakah bisa hari ini?\n\nMenjawab: balas surel ini dan tulis di atas kutipan."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Sudah.\n\nSari Dewi\nMeja Bantuan - 0812", "Sudah."),
        ("Sudah.\n\n---\n*Sari Dewi*\n\nMeja Bantuan -\n0812\n", "Sudah."),
        ("Salam,\nSari\n\n\nSari Dewi\nMeja Bantuan - 0812", "Salam,\nSari"),
        ("Sudah.\nDikirim dari HP", "Sudah."),
        ("Sari Dewi\nMeja Bantuan - 0812", ""),
        ("Hubungi Sari Dewi\nMeja Bantuan - 0812", "Hubungi Sari Dewi\nMeja Bantuan - 0812"),
        ("Sari Dewi\nMeja Bantuan - 0812\n\nSudah.", "Sari Dewi\nMeja Bantuan - 0812\n\nSudah."),
        ("Sudah.\n\nSari Dewi\nMeja Bantuan - 0813", "Sudah.\n\nSari Dewi\nMeja Bantuan - 0813"),
        ("", ""),
    ],
)
def test_a_known_signature_is_cut(text: str, left: str) -> None:
    """However it is wrapped and set apart, and only the whole of it at the end."""
    assert unsigned(text, SIGNED) == left


def act(mail: Message, policy: Policy = POLICY, **event: Any) -> Decision:
    """The decision about Sari's mail on a ticket without copies."""
    return decided(case(ALONE, work=WORK), replace(mail, to=(token_to(3),)), policy, **event)


def sent(decision: Decision) -> str:
    """What goes to the requester."""
    (mail,) = (one for one in of(decision, SendMail) if one.to.addr == GURU.addr)
    return str(mail.context["text"])


def between(*texts: str, **more: Any) -> Message:
    """A mail with answers between the lines; quoted stretches begin with `>`."""
    pieces = tuple(Piece(text.removeprefix(">"), quoted=text.startswith(">")) for text in texts)
    return message(SARI, "\n\n".join(texts), inline_answers=True, pieces=pieces, **more)


BARE = "Sudah kami buka.\n\nSalam,\nSari\n\nSari Dewi\nMeja Bantuan - 0812"


def test_a_signature_without_separator_is_cut_where_it_is_known() -> None:
    """With it in rules/team.yaml all is sure; without it the agent is asked."""
    mail = message(SARI, BARE, split_sure=False, bare_signature=True)
    assert sent(act(mail, WITH_SIGNATURE)) == "Sudah kami buka.\n\nSalam,\nSari"
    assert act(mail).code == "answer.held.signature"
    other = message(SARI, BARE, split_sure=False)
    assert act(other, WITH_SIGNATURE).code == "answer.held.unsure"


def test_a_paragraph_under_the_agents_own_name_is_a_doubt() -> None:
    """No closing stands above it, but it begins with the name in From and goes on."""
    text = "Sudah kami buka.\n\nSari Dewi\nMeja Bantuan - 0812"
    sari = Address(SARI.addr, "Sari Dewi")
    assert act(message(sari, text)).code == "answer.held.signature"
    assert sent(act(message(sari, text), WITH_SIGNATURE)) == "Sudah kami buka."
    assert sent(act(message(sari, "Salam,\nSari Dewi"))) == "Salam,\nSari Dewi"
    assert sent(act(message(sari, "Sudah.\n\nSari Dewi"))) == "Sudah.\n\nSari Dewi"


def test_answers_between_the_requesters_own_words_are_sent() -> None:
    """With what they answer; the ticket keeps the same text."""
    decision = act(between(">Isi laporan\n\nSaya lupa kata sandi.", "Sudah kami buka.", ">" + TAIL))
    assert sent(decision) == "> Saya lupa kata sandi.\n\nSudah kami buka."
    assert [one.text for one in of(decision, AddArticle)] == ["> Saya lupa kata sandi.\n\nSudah kami buka."]
    assert decision.code == "agent.answer"


def test_a_signature_below_the_quotation_makes_no_inline_answer() -> None:
    """The client put it there; the answer stands above."""
    mail = between("Sudah.", ">" + SEEN, "Sari Dewi\nMeja Bantuan - 0812", split_sure=False)
    assert sent(act(mail, WITH_SIGNATURE)) == "Sudah."
    assert act(mail).code == "answer.held.inline"


def test_a_command_at_the_top_is_obeyed_and_one_between_the_lines_is_a_mistake() -> None:
    """What stands between quoted lines may have been there before."""
    own = ">Saya lupa kata sandi."
    done = act(between("#selesai", own, "Sudah.", ">" + TAIL))
    assert (done.code, sent(done)) == ("agent.resolve", "> Saya lupa kata sandi.\n\nSudah.")
    wrong = act(between("Halo,", own, "#selesai\nSudah.", ">" + TAIL))
    assert (wrong.code, mails(wrong)) == ("answer.held.command", {SARI.addr: ["command_error"]})


def test_what_a_command_below_the_head_needs_is_read() -> None:
    """With the head left out it stands at the top, so that the report that it names has to be known."""
    needed = wants(between(">Isi laporan", "#kait 2164001\nHalo.", ">Saya lupa kata sandi."), POLICY)
    assert needed is not None
    assert needed.numbers == (2164001,)


def test_the_words_of_others_are_held_and_shown_without_them() -> None:
    """The agent sees which line, and the text as it would be sent; `kirim` sends exactly that."""
    mail = between(f">{NOTE.text}", "Betul.", ">Saya lupa kata sandi.", "Sudah.", ">" + TAIL)
    held = act(mail)
    assert (held.code, end(held).end) == ("answer.held.inline", End.HELD)
    (asked,) = of(held, SendMail)
    assert (asked.to.addr, asked.template, asked.confirm) == (SARI.addr, "held_back", arrival().id)
    assert (asked.context["line"], asked.context["sendable"]) == (NOTE.text, True)
    assert asked.context["text"] == "Betul.\n\n> Saya lupa kata sandi.\n\nSudah."
    assert sent(act(mail, confirmed=True)) == asked.context["text"]


def test_with_somebody_in_copy_nothing_is_quoted_unasked() -> None:
    """To them it is another person's words."""
    mail = replace(between(">Saya lupa kata sandi.", "Sudah.", ">" + TAIL), to=(token_to(3),))
    assert decided(case(ticket(), work=WORK), mail).code == "answer.held.inline"


def test_a_text_that_shows_the_notice_is_never_offered_for_sending() -> None:
    """Where the cut is a guess, the notice may be left in it: kept as a note, as before."""
    mail = message(SARI, "Sudah.\n\nMenjawab: balas surel ini dan tulis di atas kutipan.", split_sure=False)
    held = act(mail)
    assert (held.code, end(held).end) == ("answer.held.unsure", End.ARTICLE)
    assert not of(held, SendMail)[0].context["sendable"]
    assert act(mail, confirmed=True).code == "answer.held.unsure"


def test_what_happened_meanwhile_is_told_with_the_doubt() -> None:
    """One word from the agent settles both, so both are shown."""
    answered = Told(3, ArticleKind.ANSWER, "budi@dinas.example", NOW, "Sudah saya buka.", internal=False)
    work = replace(WORK, seen_at=None, articles={NUMBER: (REPORT, answered)})
    mail = replace(message(SARI, "Ya", split_sure=False), to=(token_to(3),))
    (asked,) = of(decided(case(ALONE, work=work), mail), SendMail)
    assert [row["text"] for row in asked.context["news"]] == ["Sudah saya buka."]


# The word about a doubtful answer -------------------------------------------------------------------------------------


def about(text: str) -> Decision:
    """Sari's reply to the explanation, with her place on the ticket in References."""
    known = case(
        ALONE,
        work=WORK,
        held=arrival(7),
        held_message=replace(message(SARI, BARE), to=(token_to(3),)),
        held_reason="doubtful: x",
    )
    return decided(known, message(SARI, text, to=(token_to(0, 7, Purpose.CONFIRM), token_to(3))))


@pytest.mark.parametrize("text", ["kirim", "Send.", "ya, kirim saja", "kirim\n\nSari Dewi\nMeja Bantuan - 0812"])
def test_a_word_sends_what_was_shown(text: str) -> None:
    """Also with the signature below it."""
    assert of(about(text), Release) == [Release(7)]


def test_a_word_drops_it() -> None:
    """Without an alarm: it was the agent's own."""
    assert about("batal").code == "confirm.withdrawn"


@pytest.mark.parametrize("text", ["Sudah kami buka, silakan dicoba.", "Ya, sudah kami buka, silakan dicoba."])
def test_another_answer_takes_its_place(text: str) -> None:
    """Whoever writes it anew gets it sent; the one that waited is dropped."""
    decision = about(text)
    assert sent(decision) == text
    assert [(one.arrival, one.end) for one in of(decision, EndArrival)] == [(7, End.IGNORED), (1, End.ARTICLE)]
