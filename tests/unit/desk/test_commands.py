"""What commands do: effects, mistakes, undo, colleagues, absences, reports for others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from deskkit import (
    BUDI,
    COPY,
    GURU,
    NOW,
    NUMBER,
    POLICY,
    SARI,
    STRANGER,
    arrival,
    case,
    decided,
    end,
    mails,
    message,
    of,
    ticket,
    token_to,
)
from mailhelp.desk import dates
from mailhelp.desk.command import parse
from mailhelp.desk.command_words import NAMES, spelt
from mailhelp.desk.commands.absence import with_absences
from mailhelp.desk.commands.helping import example, helped
from mailhelp.desk.commands.job import snapshot
from mailhelp.desk.commands.say import mistake
from mailhelp.desk.effect import (
    AddArticle,
    AddParticipant,
    Ask,
    Assign,
    CancelMail,
    ClearTimer,
    Decision,
    EndArrival,
    Link,
    OpenTicket,
    Release,
    SendMail,
    SetAbsence,
    SetFields,
    SetRequester,
    SetState,
    SetTimer,
    Tag,
    Withdraw,
)
from mailhelp.desk.formfield import Choice, Form, FormField
from mailhelp.desk.model import ArticleKind, CloseReason, End, FieldValue, MailKind, Role, State
from mailhelp.desk.policy import Policy, Working
from mailhelp.desk.wants import wants
from mailhelp.desk.workcase import Absence, Change, Listing, Row, Told, Undoable, Work
from mailhelp.mail.message import Address, Attachment, ForwardedMail, Kind, Message
from mailhelp.mail.token import Purpose

CHANGES = replace(POLICY, work=Working(transcript="changes"))
FORM = Form(
    (*POLICY.form.fields, FormField("kind", {"id": "Jenis"}, type="choice", choices=(Choice("a"), Choice("b"))))
)
OTHER = ticket(number=2164001)
REPLY = Told(
    5, ArticleKind.REPLY, GURU.addr, NOW - timedelta(hours=2), "Ada satu soal lagi.", internal=False, arrival=8,
    attachments=({"name": "surat.pdf", "media_type": "application/pdf", "size": 900, "part": "2", "inline": False},),
)  # fmt: skip


def act(text: str, *, work: Work | None = None, policy: Policy = POLICY, **more: Any) -> Decision:
    """Sari's mail on the teacher's ticket."""
    known = case(more.pop("on", ticket()), work=work or Work(), **more.pop("known", {}))
    confirmed = more.pop("confirmed", False)
    return decided(known, message(SARI, text, to=(token_to(3),), **more), policy, confirmed=confirmed)


def one(decision: Decision, kind: type[Any]) -> Any:
    """The only effect of a kind."""
    (effect,) = of(decision, kind)
    return effect


def wrong(text: str, **more: Any) -> list[str]:
    """The mistakes of a mail; nothing else may have happened."""
    decision = act(text, **more)
    assert mails(decision) == {SARI.addr: ["command_error"]}
    assert {type(effect) for effect in decision.effects} == {SendMail, AddArticle, EndArrival}
    assert decision.code == "answer.held.command"
    return [row["why"] for row in one(decision, SendMail).context["mistakes"]]


# People ---------------------------------------------------------------------------------------------------------------


def test_take_makes_an_owner_and_opens() -> None:
    """A new ticket is open from then on."""
    decision = act("#take", on=ticket(State.NEW, owner=""))
    assert one(decision, Assign).owner == "sari"
    assert one(decision, SetState).state is State.OPEN


def test_taking_what_is_ones_own_stops_nothing() -> None:
    """`#ambil` above an answer is a habit."""
    decision = act("#ambil\n\nSudah.")
    assert not of(decision, Assign)
    assert decision.code == "agent.commands"
    assert "answer" in mails(decision)[GURU.addr]


@pytest.mark.parametrize("name", ["budi", "Budi", "budi@dinas.example"])
def test_assign_tells_the_new_owner_everything(name: str) -> None:
    """By name, shown name or address; with the conversation and what is written just now."""
    decision = act(f"#assign {name}\n#note\nTolong dicek.", work=Work(articles={NUMBER: (REPLY,)}))
    assert one(decision, Assign).owner == "budi"
    (sent,) = of(decision, SendMail)
    assert (sent.to.addr, sent.template) == (BUDI.addr, "handover")
    assert [row["text"] for row in sent.context["articles"]] == ["Ada satu soal lagi.", "Tolong dicek."]


def test_assigning_to_oneself_tells_nobody() -> None:
    """`#assign me`."""
    assert not mails(act("#assign saya", on=ticket(owner="")))


def test_a_queue_keeps_an_owner_who_works_it() -> None:
    """Sari works both; Budi only one."""
    assert one(act("#queue Akun"), Assign).owner is None
    decision = act("#queue akun", on=ticket(owner="budi"))
    assert (one(decision, Assign).owner, one(decision, Assign).queue) == ("", "akun")


def test_a_queues_agents_are_told_unless_somebody_is_named() -> None:
    """Those of the new queue who are not the sender."""
    on = ticket(queue="akun")
    assert mails(act("#queue umum", on=replace(on, owner=""))) == {BUDI.addr: ["handover"]}
    assert mails(act("#queue umum\n#assign budi", on=on)) == {BUDI.addr: ["handover"]}


def test_another_requester_gets_the_number() -> None:
    """The place is the same; the thread is a new one."""
    decision = act("#requester orang@lain.example")
    assert one(decision, SetRequester).address == Address(STRANGER.addr)
    (sent,) = of(decision, SendMail)
    assert (sent.to.addr, sent.template, sent.in_reply_to) == (STRANGER.addr, "acknowledgement", "")


def test_a_copy_gets_the_answer_too() -> None:
    """Also that of the same mail."""
    decision = act("#cc baru@sekolah.example\nHalo.")
    person = one(decision, AddParticipant)
    assert (person.role, person.slot, person.address.addr) == (Role.COPY, 5, "baru@sekolah.example")
    assert mails(decision)["baru@sekolah.example"] == ["answer"]


# What it is about -----------------------------------------------------------------------------------------------------


def test_category_and_subcategory_by_name_or_alias() -> None:
    """The subcategory goes where the category has none like it."""
    found = one(act("#category Reset kata sandi / Akun guru"), Assign)
    assert (found.category, found.subcategory) == ("reset", "guru")
    assert one(act("#category reset", on=ticket(subcategory="lain")), Assign).subcategory == ""
    assert one(act("#category reset", on=ticket(subcategory="guru")), Assign).subcategory == "guru"


def test_priority_tags_and_links() -> None:
    """Each with one effect."""
    decision = act("#priority urgent\n#tag +a -b\n#link 2164001", work=Work(others={OTHER.number: OTHER}))
    assert one(decision, Assign).priority == "urgent"
    assert (one(decision, Tag).add, one(decision, Tag).remove) == ({"a"}, {"b"})
    assert one(decision, Link) == Link(NUMBER, 2164001, "mentions")


def test_fields_are_corrected_and_cleared() -> None:
    """By name or label; category fields change the ticket as well."""
    decision = act("#field NPSN=2010 0001\n#field nik=\n#field category=Reset kata sandi\n#field kind=A",
                   policy=replace(POLICY, form=FORM))  # fmt: skip
    fields = {
        name: value and value.value for effect in of(decision, SetFields) for name, value in effect.fields.items()
    }
    assert fields == {"npsn": "20100001", "nik": None, "category": "reset", "kind": "a"}
    assert one(decision, Assign).category == "reset"
    assert one(act("#field subcategory=Akun guru", on=ticket(category="reset")), Assign).subcategory == "guru"


# States ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "state", "reason"),
    [
        ("#resolve", State.RESOLVED, None),
        ("#close", State.CLOSED, CloseReason.ANSWERED),
        ("#tutup ganda", State.CLOSED, CloseReason.DUPLICATE),
        ("#spam", State.CLOSED, CloseReason.SPAM),
        ("#wait 3d", State.PENDING, None),
        ("#checking Tim Data\n\nKami periksa.", State.CHECKING, None),
    ],
)
def test_states(text: str, state: State, reason: CloseReason | None) -> None:
    """Each command's state, once."""
    effect = one(act(text), SetState)
    assert (effect.state, effect.close_reason) == (state, reason)


def test_reopening() -> None:
    """Of a ticket that is over."""
    assert one(act("#reopen", on=ticket(State.CLOSED)), SetState).state is State.OPEN


def test_waiting_sets_a_timer() -> None:
    """In three days."""
    timer = next(effect for effect in of(act("#tunggu 3 hari"), SetTimer) if effect.name == "wait")
    assert timer.due_at == NOW + timedelta(days=3)


def test_checking_tells_the_requester_unless_the_agent_does() -> None:
    """One mail, not two."""
    assert mails(act("#checking Tim Data"))[GURU.addr] == ["status_checking"]
    done = act("#checking Tim Data\n\nKami periksa.")
    assert mails(done)[GURU.addr] == ["status_checking"]
    shown = next(mail.context for mail in of(done, SendMail) if mail.to.addr == GURU.addr)
    assert (shown["text"], shown["team"]) == ("Kami periksa.", "Tim Data")
    assert shown["again"] == dates.when(NOW + timedelta(days=5), "Asia/Jakarta", "id")


def test_asking_for_data() -> None:
    """The data request, by field name or label."""
    decision = act("#ask NPSN, nik")
    assert one(decision, Ask).fields == ("npsn", "nik")
    assert mails(decision)[GURU.addr] == ["data_request"]


# Merge, split ---------------------------------------------------------------------------------------------------------


def test_a_merge_is_asked_about_first() -> None:
    """Nothing happens until the agent says yes."""
    decision = act("#merge 2164001", work=Work(others={OTHER.number: OTHER}))
    assert end(decision).end is End.HELD
    assert mails(decision) == {SARI.addr: ["confirm_command"]}
    assert not of(decision, SetState)


def test_a_merge_takes_words_and_people_along() -> None:
    """The requester is told once, with the way to the other report."""
    other = replace(OTHER, participants=OTHER.participants[:1])
    work = Work(others={other.number: other}, articles={NUMBER: (REPLY,)})
    decision = act("#merge 2164001", work=work, confirmed=True)
    assert one(decision, Link) == Link(NUMBER, 2164001, "merged")
    assert one(decision, SetState).close_reason is CloseReason.DUPLICATE
    assert [(effect.ticket, effect.address) for effect in of(decision, AddParticipant)] == [(2164001, COPY)]
    assert [effect.text for effect in of(decision, AddArticle) if effect.ticket == 2164001] == [
        f"[#{NUMBER}] Ada satu soal lagi."
    ]
    (sent,) = [mail for mail in of(decision, SendMail) if mail.to == GURU]
    assert (sent.template, sent.ticket, sent.kind) == ("merged", 2164001, MailKind.STATUS)


def test_a_reply_to_a_merged_report_goes_where_it_goes_on() -> None:
    """Where the writer is known there; a report with another requester is closed to it."""
    closed = ticket(State.CLOSED, close_reason=CloseReason.DUPLICATE)
    known = case(closed, OTHER, merged={NUMBER: OTHER.number})
    reply = message(GURU, "Halo", to=(token_to(1),))
    assert [effect.ticket for effect in of(decided(known, reply), AddArticle)] == [OTHER.number]
    foreign = replace(OTHER, participants=OTHER.participants[1:])
    assert of(decided(case(closed, foreign, merged={NUMBER: OTHER.number}), reply), OpenTicket)


def test_a_reply_is_split_off() -> None:
    """With its text, its files and an acknowledgement; the old report stays."""
    decision = act("#split", work=Work(articles={NUMBER: (REPLY,)}))
    assert one(decision, OpenTicket).requester == GURU
    article = next(effect for effect in of(decision, AddArticle) if effect.ticket == 2164300)
    assert (article.text, article.arrival, article.attachments) == (REPLY.text, 8, REPLY.attachments)
    assert mails(decision)[GURU.addr] == ["acknowledgement"]


# Looking --------------------------------------------------------------------------------------------------------------


def test_the_whole_ticket_by_mail() -> None:
    """Masked; also another one by its number."""
    work = Work(articles={NUMBER: (replace(REPLY, text="NIK 3201234567890003"),)}, others={OTHER.number: OTHER})
    (sent,) = of(act("#show", work=work), SendMail)
    assert sent.template == "ticket_show"
    assert "3201234567890003" not in str(sent.context)
    assert one(act("#show 2164001", work=work), SendMail).ticket == 2164001


def test_files_within_the_limits() -> None:
    """What does not fit is named."""
    many = tuple({**REPLY.attachments[0], "name": f"f{n}.pdf"} for n in range(7))
    (sent,) = of(act("#files", work=Work(articles={NUMBER: (replace(REPLY, attachments=many),)})), SendMail)
    assert len(sent.attachments) == 5
    assert "f6.pdf" in str(sent.context["lines"])


def test_a_file_of_a_type_that_is_not_taken_is_not_sent_either() -> None:
    """`#files` is no way around the list of types; what was only too large comes."""
    files = (
        {"name": "a.exe", "media_type": "x/y", "size": 9, "part": "2", "inline": False, "left": "type"},
        {"name": "besar.pdf", "media_type": "application/pdf", "size": 9, "part": "3", "inline": False, "left": "size"},
    )
    told = replace(REPLY, attachments=files)
    mail = one(act("#files", work=Work(articles={NUMBER: (told,)})), SendMail)
    assert [file.name for file in mail.attachments] == ["besar.pdf"]
    assert "a.exe" in " ".join(mail.context["lines"])


def test_identity_numbers_in_subjects_and_names_of_files_are_masked() -> None:
    """They stand in lists of mails, whatever the category says of the fields."""
    told = replace(REPLY, attachments=({**REPLY.attachments[0], "name": "KTP 3201234567890003.pdf"},))
    on = ticket(subject="NIK 3201234567890003 salah")
    decision = act("#files\n#show\n#label +x", on=on, work=Work(articles={NUMBER: (told,)}), policy=CHANGES)
    for mail in of(decision, SendMail):
        assert "3201234567890003" not in f"{mail.context} {mail.attachments}"
    names = [file.name for mail in of(decision, SendMail) for file in mail.attachments]
    assert names == ["KTP xxxxxxxxxxxx0003.pdf"]


def test_unmasking_is_logged() -> None:
    """A note says who looked at what."""
    decision = act("#unmask nik", on=ticket(fields={"nik": FieldValue("3201234567890003")}))
    assert "3201234567890003" in str(one(decision, SendMail).context["lines"])
    assert ("sari", "#unmask nik") in [(note.author, note.text) for note in of(decision, AddArticle)]
    assert decision.trace["unmasked"] == "nik"


def test_the_text_can_be_unmasked_too() -> None:
    """The number may stand in no field; who looked is kept."""
    told = replace(REPLY, text="NIK saya 3201234567890003.")
    decision = act("#bukasamaran teks", work=Work(articles={NUMBER: (told,)}))
    assert "3201234567890003" in one(decision, SendMail).context["articles"][0]["text"]
    assert [note.text for note in of(decision, AddArticle)] == ["#bukasamaran teks", "#unmask text"]
    assert decision.trace["unmasked"] == "text"


def test_lists_and_help() -> None:
    """Also in one mail."""
    row = Row(NUMBER, State.OPEN, "Lupa", "umum", "sari", "normal", GURU.addr, NOW, NOW, 3)
    decision = act("#mine\n#open\n#search lupa\n#help wait", work=Work(lists={Listing.MINE: (row,)}))
    assert mails(decision) == {SARI.addr: ["list", "list", "list", "help"]}
    assert of(decision, SendMail)[0].context["tickets"][0]["slot"] == 3
    assert len(of(decision, SendMail)[3].context["commands"]) == 1


# Pictures in an answer ------------------------------------------------------------------------------------------------


def pasted(name: str, above: int, **more: Any) -> Attachment:
    """A picture within the text, with so many words above it."""
    return Attachment(name, "image/png", 9_000, "2", name, inline=False, sniffed="image/png", above=above, **more)


def test_a_pasted_picture_goes_along_and_a_signatures_logo_does_not() -> None:
    """The signature is cut where rules/team.yaml knows it, and what stands in it goes with it."""
    sari = replace(POLICY.team.agents["sari"], signature=("Sari Dewi\nMeja Bantuan",))
    team = replace(POLICY.team, agents={**POLICY.team.agents, "sari": sari})
    files = (pasted("cara.png", 2), pasted("logo.png", 6))
    text = "Berikut caranya:\n\nSari Dewi\nMeja Bantuan"
    decision = act(text, policy=replace(POLICY, team=team), attachments=files)
    (sent,) = {mail.attachments for mail in of(decision, SendMail) if mail.kind is MailKind.ANSWER}
    assert [file.name for file in sent] == ["cara.png"]


@pytest.mark.parametrize(
    ("media_type", "sniffed"),
    [("text/vcard", "text/vcard"), ("application/octet-stream", "text/vcard"), ("text/x-vcard", "text/plain"),
     ("application/pgp-keys", "text/plain"), ("application/pgp-signature", "text/plain"),
     ("application/pkcs7-signature", "")],
)  # fmt: skip
def test_what_the_mail_program_adds_never_leaves(media_type: str, sniffed: str) -> None:
    """Cards, keys and signatures carry the agent's address; the answer itself is sent all the same."""
    files = (Attachment("sari.vcf", media_type, 900, "2", "", sniffed=sniffed),)
    decision = act("Sudah.", attachments=files)
    assert {mail.attachments for mail in of(decision, SendMail) if mail.kind is MailKind.ANSWER} == {()}
    assert decision.code == "agent.answer"


def test_a_file_that_cannot_be_passed_on_is_named() -> None:
    """With the reason; Outlook's envelope gets an explanation in the mail."""
    files = (Attachment("winmail.dat", "application/ms-tnef", 900, "2", "", sniffed="application/ms-tnef"),)
    decision = act("Sudah.", attachments=files)
    assert decision.code == "answer.held.attachments"
    assert "winmail.dat (1 kB)" in one(decision, SendMail).context["line"]


def test_a_logo_right_above_the_signature_is_known_by_then() -> None:
    """It is the signature's first sign; a picture that was never seen is the answer's last."""
    sari = replace(POLICY.team.agents["sari"], signature=("Sari Dewi\nMeja Bantuan",))
    policy = replace(POLICY, team=replace(POLICY.team, agents={**POLICY.team.agents, "sari": sari}))
    files = (pasted("cara.png", 2), pasted("logo.png", 2))
    known = {"known_files": frozenset({"logo.png"})}
    decision = act("Berikut caranya:\n\nSari Dewi\nMeja Bantuan", policy=policy, attachments=files, known=known)
    (sent,) = {mail.attachments for mail in of(decision, SendMail) if mail.kind is MailKind.ANSWER}
    assert [file.name for file in sent] == ["cara.png"]


# Several at once, and never -------------------------------------------------------------------------------------------

SECOND = ticket(number=2164002, subject="NIK 3201234567890003")
BOTH = Work(others={2164001: OTHER, 2164002: SECOND})


def test_closing_several_is_asked_about_first() -> None:
    """Nothing is closed before the word; the question names the reports as an agent knows them, numbers masked."""
    decision = act("#close 2164001 2164002", work=BOTH)
    assert (end(decision).end, decision.code) == (End.HELD, "command.held")
    assert not of(decision, SetState)
    (question,) = of(decision, SendMail)
    assert question.template == "confirm_command"
    assert [row.split()[0] for row in question.context["reports"]] == ["#2164001", "#2164002"]
    assert "3201234567890003" not in str(question.context["reports"])


def test_several_are_closed_together_after_the_word() -> None:
    """With their reminders and timers; the report that the mail is about stays as it is, and is not told of."""
    decision = act("#tutup 2164001 2164002 ganda", work=BOTH, confirmed=True, policy=CHANGES)
    closed = {(state.ticket, state.state, state.close_reason) for state in of(decision, SetState)}
    assert closed == {(number, State.CLOSED, CloseReason.DUPLICATE) for number in (2164001, 2164002)}
    assert {effect.ticket for effect in of(decision, ClearTimer)} >= {2164001, 2164002}
    assert {effect.ticket for effect in of(decision, Withdraw)} >= {2164001, 2164002}
    (told,) = of(decision, SendMail)
    assert (told.to, told.context["can_undo"]) == (SARI, False)
    assert "2164001, 2164002" in told.context["lines"][0]


def test_closing_by_its_own_number_is_plain_closing() -> None:
    """Nothing is asked, and `#undo` can take it back."""
    decision = act(f"#close {NUMBER}")
    assert {state.ticket for state in of(decision, SetState)} == {NUMBER}


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("#close 2164001 2164009", BOTH),
        ("#close 2164001 2164002\n\nSudah kami jawab.", BOTH),
        ("#close 2164001", Work(others={2164001: replace(OTHER, state=State.CLOSED)})),
        ("#hapus 2164001", BOTH),
    ],
)
def test_what_cannot_be_closed_together(text: str, work: Work) -> None:
    """An unknown report, one answer for many, one that is closed already; and nothing is ever deleted."""
    (why,) = wrong(text, work=work, confirmed=True)
    assert not why.islower()


def test_closing_several_from_a_new_mail() -> None:
    """An agent at the end of the day replies to the list: asked first, done after the word, and no text goes along."""
    mail = message(SARI, "#close 2164001 2164002")
    asked = decided(case(work=BOTH), mail)
    (question,) = of(asked, SendMail)
    assert (end(asked).end, question.template, question.confirm, question.ticket) == (
        End.HELD, "confirm_command", 1, 0,
    )  # fmt: skip
    done = decided(case(work=BOTH), mail, confirmed=True)
    assert {state.ticket for state in of(done, SetState)} == {2164001, 2164002}
    plain = decided(case(work=BOTH), message(SARI, "#close"), confirmed=True)
    assert mails(plain) == {SARI.addr: ["command_error"]}
    assert [row["line"] for row in of(plain, SendMail)[0].context["mistakes"]] == ["#close"]


def test_what_a_mail_that_closes_several_needs() -> None:
    """The reports that it names."""
    found = wants(message(SARI, "#tutup 2164001 2164002\n#kait 2164001"), POLICY)
    assert found is not None
    assert found.numbers == (2164001, 2164002)


# Mistakes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("#assign sari", {}),
        ("#assign bud", {}),
        ("#queue data", {}),
        ("#requester bantuan@desk.example", {}),
        ("#cc budi@dinas.example", {}),
        ("#cc guru@sekolah.example", {}),
        ("#requester a@b.example", {"on": ticket(participants=ticket().participants[1:])}),
        ("#category resett", {}),
        ("#category reset / siswa", {}),
        ("#field npsm=1", {}),
        ("#field kind=c", {"policy": replace(POLICY, form=FORM)}),
        ("#ask npsm", {}),
        ("#ask npsn", {"on": ticket(State.CLOSED)}),
        ("#ask npsn", {"on": ticket(participants=ticket().participants[2:])}),
        ("#reopen", {}),
        ("#wait 3d", {"on": ticket(State.CLOSED)}),
        ("#checking Tim", {"on": ticket(State.RESOLVED)}),
        ("#spam\n\nTidak sopan.", {}),
        ("#link 2164001", {}),
        (f"#link {NUMBER}", {"work": Work(others={NUMBER: ticket()})}),
        ("#merge 2164001", {"work": Work(others={2164001: replace(OTHER, participants=OTHER.participants[1:])})}),
        ("#merge 2164001", {"work": Work(others={2164001: replace(OTHER, state=State.CLOSED)})}),
        ("#split", {}),
        ("#template hilang", {}),
        ("#show 2164001", {}),
        ("#files", {}),
        ("#unmask nik", {}),
        ("#undo", {}),
        ("#away until 2026-11-01", {}),
        ("#for a@b.example", {"on": ticket(), "confirmed": True}),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_done(text: str, changes: dict[str, Any]) -> None:
    """A good line beside it is not obeyed either."""
    if text.startswith("#for"):
        text = f"#take\n{text}"
    beside = "" if text.startswith("#undo") else "#tag +baik\n"
    if text.startswith("#take\n#for"):
        assert mails(act(text, **changes)) == {SARI.addr: ["command_error"]}
    else:
        (why,) = wrong(beside + text, **changes)
        assert not why.islower()


def test_mistakes_of_both_kinds_are_told_at_once() -> None:
    """A misspelt command and a name that nobody has: one mail, in the order of the lines, each with its number."""
    decision = act("#assign bud\n#selesia\n#wait\n\nSudah.")
    (mail,) = of(decision, SendMail)
    rows = [(row["number"], row["line"], row["nearest"]) for row in mail.context["mistakes"]]
    assert rows == [(1, "#assign bud", "budi"), (2, "#selesia", "#selesai"), (3, "#wait", "")]


def test_what_follows_from_a_misspelt_line_is_no_mistake() -> None:
    """`#buke` was to open it: that it is closed is not told beside that."""
    assert len(wrong("#buke\n#wait 3d", on=ticket(State.CLOSED))) == 1


def test_a_mistake_shows_how_it_is_written() -> None:
    """In the agent's language; all commands only where none is near."""
    decision = act("#wait lama\n#xyzzy\n#selesia")
    shown = [(row["example"], row["allowed"][:9]) for row in of(decision, SendMail)[0].context["mistakes"]]
    assert shown == [("#tunggu 3 hari", ""), ("", "#catatan,"), ("", "")]


def test_every_reason_is_said_in_both_languages() -> None:
    """No code reaches an agent."""
    for language in ("id", "en"):
        for code in ("unknown", "unknown-agent", "stands-alone", "nothing-to-undo", "needs-a-ticket", "no-forward"):
            assert mistake(code, language) != code
        assert sorted(row["example"] for row in helped(language)) == sorted(example(name, language) for name in NAMES)
        assert {spelt(row["example"].split()[0].strip("#")) for row in helped(language)} == set(NAMES)


# Canned answers -------------------------------------------------------------------------------------------------------

CANNED = replace(POLICY, canned={"id": {"reset": frozenset({"akun"}), "umum": frozenset({"text"})}})


def test_checking_is_told_beside_a_canned_answer() -> None:
    """It has no place for who checks: that is a mail of its own."""
    told = mails(act("#checking Tim Data\n#templat umum\n\nSilakan dicoba.", policy=CANNED))
    assert told[GURU.addr] == ["status_checking", "umum"]


def test_a_canned_answer_goes_out_and_back() -> None:
    """To requester and copies, and as it was sent to the agent."""
    decision = act("#template reset akun=guru@belajar.example", policy=CANNED)
    assert mails(decision) == {GURU.addr: ["reset"], COPY.addr: ["reset"], SARI.addr: ["reset"]}
    assert of(decision, SendMail)[0].context["values"] == {"akun": "guru@belajar.example", "text": ""}
    assert of(decision, SendMail)[0].kind is MailKind.ANSWER


def test_a_canned_answer_with_the_agents_words() -> None:
    """Only where it has a place for them; never beside it as a second mail."""
    decision = act("#template umum\n\nSilakan.", policy=CANNED)
    assert of(decision, SendMail)[0].context["values"]["text"] == "Silakan."
    assert mails(decision)[GURU.addr] == ["umum"]
    assert wrong("#template reset akun=x\n\nSilakan.", policy=CANNED)
    assert wrong("#template reset", policy=CANNED)
    nobody = ticket(participants=ticket().participants[2:])
    assert wrong("#template umum", policy=CANNED, on=nobody)


# Transcripts, delays --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "text", "sent"),
    [
        ("changes", "Halo.", False),
        ("changes", "#take\n\nHalo.", True),
        ("changes", "#note x", True),
        ("changes", "#show", False),
        ("always", "Halo.", True),
        ("errors", "#take\n\nHalo.", False),
    ],
)
def test_when_a_transcript_is_sent(wanted: str, text: str, *, sent: bool) -> None:
    """Not for a plain answer, unless the admin wants it."""
    decision = act(text, policy=replace(POLICY, work=Working(transcript=wanted)), on=ticket(owner=""))
    assert ("transcript" in mails(decision).get(SARI.addr, [])) is sent


def test_answers_wait_so_that_they_can_be_stopped() -> None:
    """And so does what colleagues are told."""
    late = replace(POLICY, work=Working(timedelta(seconds=60), transcript="always"))
    decision = act("Halo.", policy=late)
    assert of(decision, SendMail)[0].not_before == NOW + timedelta(seconds=60)
    assert "60" in str(of(decision, SendMail)[-1].context["lines"])


# Undo -----------------------------------------------------------------------------------------------------------------


def undoable(before: dict[str, Any], after: dict[str, Any], **more: Any) -> Work:
    """The agent's last doing on the ticket: it changed these things."""
    now = snapshot(ticket())
    return Work(undo={NUMBER: Undoable(77, NOW - timedelta(minutes=5), {**now, **before}, {**now, **after}, **more)})


def test_undo_puts_back_and_stops_mails() -> None:
    """Owner, state, tags, fields; the mails that wait."""
    work = undoable(
        {"owner": "", "state": "new", "tags": ["x"], "fields": {"npsn": {"value": "1", "how": "label"}}},
        {"owner": "sari", "state": "open", "tags": [], "fields": {}},
        waiting=2,
    )
    decision = act("#undo", work=work)
    assert (one(decision, Assign).owner, one(decision, SetState).state) == ("", State.NEW)
    assert one(decision, Tag).add == {"x"}
    assert one(decision, SetFields).fields == {"npsn": FieldValue("1")}
    assert one(decision, CancelMail) == CancelMail(NUMBER, 77, 2)
    assert decision.trace["agent"]["undid"] == 77


def test_undo_leaves_what_changed_since() -> None:
    """And says so."""
    work = undoable({"priority": "low", "owner": ""}, {"priority": "high", "owner": "sari"}, gone=1)
    decision = act("#undo", work=work, policy=CHANGES)
    assert one(decision, Assign).priority is None
    lines = " ".join(of(decision, SendMail)[-1].context["lines"])
    assert "sudah berubah lagi" in lines
    assert "1 surel sudah terkirim" in lines


def test_undo_stands_alone() -> None:
    """What would come first is not clear otherwise."""
    work = undoable({"owner": ""}, {"owner": "sari"})
    assert wrong("#undo\n\nHalo.", work=work)
    assert len(wrong("#undo\n#take", work=work)) == 1


@pytest.mark.parametrize("changes", [{"at": NOW - timedelta(hours=1)}, {"before": {}, "after": {}}])
def test_undo_has_its_time_and_needs_something(changes: dict[str, Any]) -> None:
    """An hour later, or where nothing would change."""
    last = undoable({"owner": ""}, {"owner": "sari"}).undo[NUMBER]
    assert wrong("#undo", work=Work(undo={NUMBER: replace(last, **changes)}))


def test_undoing_a_closing_reopens() -> None:
    """The close reason goes with the state, and comes back when a reopening is undone."""
    closed = ticket(State.CLOSED, close_reason=CloseReason.SPAM)
    work = Work(undo={NUMBER: Undoable(7, NOW, snapshot(ticket()), snapshot(closed))})
    assert one(act("#undo", work=work, on=closed), SetState) == SetState(NUMBER, State.OPEN, "sari: took it back", None)
    back = Work(undo={NUMBER: Undoable(7, NOW, snapshot(closed), snapshot(ticket()))})
    assert one(act("#undo", work=back), SetState).close_reason is CloseReason.SPAM


# Colleagues -----------------------------------------------------------------------------------------------------------

EACH = replace(
    POLICY,
    team=replace(
        POLICY.team, agents={name: replace(agent, notify="each") for name, agent in POLICY.team.agents.items()}
    ),
)
ANSWERED = Told(6, ArticleKind.ANSWER, BUDI.addr, NOW - timedelta(minutes=3), "Sudah.", internal=False)


def test_a_colleagues_fresh_answer_holds_mine_back() -> None:
    """With what was answered; after `kirim` it is sent."""
    work = Work(articles={NUMBER: (ANSWERED,)})
    decision = act("Coba lagi.", work=work)
    assert end(decision).end is End.HELD
    assert mails(decision) == {SARI.addr: ["held_changed"]}
    assert one(decision, SendMail).context["news"][0]["text"] == "Sudah."
    assert act("Coba lagi.", work=work, confirmed=True).code == "agent.answer"


@pytest.mark.parametrize(
    ("work", "held"),
    [
        (Work(seen_at=NOW - timedelta(minutes=1), articles={NUMBER: (ANSWERED,)}), False),
        (Work(articles={NUMBER: (replace(ANSWERED, at=NOW - timedelta(hours=2)),)}), False),
        (Work(articles={NUMBER: (replace(ANSWERED, author=SARI.addr),)}), False),
        (Work(articles={NUMBER: (replace(ANSWERED, kind=ArticleKind.NOTE),)}), False),
        (Work(seen_at=NOW - timedelta(hours=3), articles={NUMBER: (REPLY,)}), True),
        (Work(seen_at=NOW, changes={NUMBER: (Change(NOW - timedelta(1), "owner", "", "budi", "budi"),)}), False),
        (Work(seen_at=NOW - timedelta(2), changes={NUMBER: (Change(NOW, "owner", "", "budi", "budi"),)}), True),
        (Work(seen_at=NOW - timedelta(2), changes={NUMBER: (Change(NOW, "state", "new", "open", "sari"),)}), False),
        (Work(seen_at=NOW - timedelta(2), changes={NUMBER: (Change(NOW, "tag", "", "x", "budi"),)}), False),
    ],
)
def test_what_counts_as_news(work: Work, *, held: bool) -> None:
    """What the agent has seen, wrote himself, or need not know is none."""
    assert (end(act("Coba lagi.", work=work)).end is End.HELD) is held


def test_notes_and_commands_are_not_held() -> None:
    """Only words for the requester can cross."""
    assert act("#note x", work=Work(articles={NUMBER: (ANSWERED,)})).code == "agent.note"


def test_a_flooded_agent_is_an_alarm() -> None:
    """A held mail about which nobody was asked does not get lost."""
    full = replace(POLICY, gate=replace(POLICY.gate, per_address_hour=0))
    decision = act("Coba lagi.", work=Work(articles={NUMBER: (ANSWERED,)}), policy=full)
    assert not of(decision, SendMail)
    assert any(type(effect).__name__ == "Alarm" for effect in decision.effects)


@pytest.mark.parametrize("word", ["batal", "tidak"])
def test_a_held_answer_is_taken_back_without_an_alarm(word: str) -> None:
    """It was the agent's own; nobody forged it."""
    known = case(
        ticket(),
        held=arrival(7),
        held_message=message(SARI, "Coba lagi.", to=(token_to(3),)),
        held_reason="changed: x",
    )
    decision = decided(known, message(SARI, word, to=(token_to(0, 7, Purpose.CONFIRM),)))
    assert decision.code == "confirm.withdrawn"
    assert {type(effect) for effect in decision.effects} == {EndArrival}
    sent = decided(known, message(SARI, "kirim", to=(token_to(0, 7, Purpose.CONFIRM),)))
    assert of(sent, Release)


@pytest.mark.parametrize("text", ["Ya Bu, sudah kami setel ulang.", "Tidak perlu datang, Bu. Sudah kami buka."])
def test_another_answer_takes_the_place_of_the_one_that_waits(text: str) -> None:
    """It begins with yes or no and is words for the requester: the old answer is not sent, nor the new one lost."""
    old = message(SARI, "Coba lagi.", to=(token_to(3),))
    known = case(ticket(), held=arrival(7), held_message=old, held_reason="changed: x", work=Work())
    ids = message(SARI, text, to=(token_to(0, 7, Purpose.CONFIRM), token_to(3)))
    decision = decided(known, ids)
    assert not of(decision, Release)
    assert {mail.context["text"] for mail in of(decision, SendMail) if mail.kind is MailKind.ANSWER} == {text}
    assert [(ended.arrival, ended.end) for ended in of(decision, EndArrival)] == [(7, End.IGNORED), (1, End.ARTICLE)]


@pytest.mark.parametrize("text", ["kirim saja sekarang", "Ya, tolong kirim jawaban itu", "send it now please"])
def test_a_longer_word_is_still_a_word(text: str) -> None:
    """Whoever is tired writes more than one word; none of it is for the requester."""
    old = message(SARI, "Coba lagi.", to=(token_to(3),))
    known = case(ticket(), held=arrival(7), held_message=old, held_reason="changed: x", work=Work())
    assert of(decided(known, message(SARI, text, to=(token_to(0, 7, Purpose.CONFIRM), token_to(3)))), Release)


def test_the_others_see_answers_and_takings() -> None:
    """Those who know the ticket and want it one by one, in its thread."""
    assert mails(act("Halo.", policy=EACH))[BUDI.addr] == ["notice_work"]
    assert mails(act("#take", policy=EACH, on=ticket(owner="")))[BUDI.addr] == ["notice_work"]
    assert BUDI.addr not in mails(act("Halo."))
    assert BUDI.addr not in mails(act("#note x", policy=EACH))
    assert BUDI.addr not in mails(act("Halo.", policy=EACH, on=ticket(participants=ticket().participants[:3])))


# Absence --------------------------------------------------------------------------------------------------------------


def test_away_and_back() -> None:
    """With and without a last day."""
    assert one(act("#away until 2026-12-01"), SetAbsence) == SetAbsence("sari", date(2026, 11, 24), date(2026, 12, 1))
    assert one(act("#away"), SetAbsence).last is None
    assert one(act("#back"), SetAbsence) == SetAbsence("sari")


def test_an_absent_owners_ticket_falls_back_at_the_next_event() -> None:
    """The queue is told; a day off is no absence."""
    reply = message(GURU, "Halo?", to=(token_to(1),))
    away = case(ticket(), away=(Absence("sari", date(2026, 11, 20)),))
    decision = decided(away, reply)
    assert one(decision, Assign).owner == ""
    assert set(mails(decision)) == {BUDI.addr}
    over = case(ticket(), away=(Absence("sari", date(2026, 11, 20), date(2026, 11, 21)),))
    assert not of(decided(over, reply), Assign)
    agents = {**POLICY.team.agents, "sari": replace(POLICY.team.agents["sari"], days=frozenset())}
    weekend = replace(POLICY, team=replace(POLICY.team, agents=agents))
    assert not of(decided(case(ticket()), reply, weekend), Assign)


def test_absences_of_nobody_change_nothing() -> None:
    """An agent who is not listed any more."""
    assert with_absences(POLICY, [Absence("gone", date(2026, 11, 20))]) is POLICY


# A report for somebody ------------------------------------------------------------------------------------------------

FORWARDED = ForwardedMail(
    GURU, "Akun", "Akun saya terkunci.", comment="#forward\nDari telepon.", printed_date="Mon, 23 Nov 2026"
)
ATTACHED = replace(
    FORWARDED, message_id="<asli@sekolah.example>", part="2", comment="",
    attachments=(Attachment("a.pdf", "application/pdf", 9, "2/2", "", sniffed="application/pdf"),),
)  # fmt: skip


def new_mail(text: str, **more: Any) -> Decision:
    """Sari's new mail to the desk."""
    return decided(case(ticket(), work=more.pop("work", Work())), message(SARI, text, **more))


@pytest.mark.parametrize("forwarded", [FORWARDED, ATTACHED])
def test_a_forward_opens_the_writers_report(forwarded: ForwardedMail) -> None:
    """Text, files and Message-ID of the original; the agent's remark is a note; the agent learns the number."""
    decision = new_mail("#forward\nDari telepon.", forwarded=forwarded)
    assert one(decision, OpenTicket).requester == GURU
    report, note = of(decision, AddArticle)
    assert (report.text, report.author, report.message_id) == (forwarded.text, GURU.addr, forwarded.message_id)
    assert (note.kind, note.internal) == (ArticleKind.NOTE, True)
    assert note.text == "Sari: #forward\nMon, 23 Nov 2026\nDari telepon."
    assert [item["part"] for item in report.attachments] == [item.part for item in forwarded.attachments]
    assert mails(decision)[GURU.addr] == ["acknowledgement"]
    assert "transcript" in mails(decision)[SARI.addr]


def test_a_forward_for_somebody_else_and_a_fresh_report() -> None:
    """`#for` names the requester."""
    decision = new_mail("#for kepala@sekolah.example", forwarded=FORWARDED)
    assert one(decision, OpenTicket).requester == Address("kepala@sekolah.example")
    fresh = new_mail("#untuk kepala@sekolah.example\nIa menelepon.")
    assert of(fresh, AddArticle)[0].text == "Ia menelepon."
    assert one(new_mail("#for guru@sekolah.example", forwarded=FORWARDED), OpenTicket).requester == GURU


def test_a_forward_that_refers_to_a_ticket_is_a_new_report_all_the_same() -> None:
    """Forwards carry the references of their thread."""
    decision = new_mail("#forward", forwarded=FORWARDED, to=(token_to(3),))
    assert of(decision, OpenTicket)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("#forward", {}),
        ("#forward", {"forwarded": replace(FORWARDED, sender=Address("", "Sri"))}),
        ("#forward", {"forwarded": replace(FORWARDED, sender=BUDI)}),
        ("#for bantuan@desk.example\nx", {}),
        ("#for a@b.example", {}),
        ("#for a@b.example\n#take\nx", {}),
        ("#for ab\nx", {}),
        ("#take", {}),
        ("#mine\nHalo", {}),
        ("#show 2164001", {}),
        ("#mien", {}),
    ],
)
def test_new_mails_that_cannot_be_obeyed(text: str, more: dict[str, Any]) -> None:
    """The agent is told; nothing is opened and nobody else hears of it."""
    decision = new_mail(text, **more)
    assert mails(decision) == {SARI.addr: ["command_error"]}
    assert end(decision).end is End.IGNORED


def test_new_mails_with_commands_for_oneself() -> None:
    """Lists, a ticket, help, absences; all to the registered address."""
    decision = new_mail("#mine\n#help\n#show 2164001", work=Work(others={OTHER.number: OTHER}))
    assert mails(decision) == {SARI.addr: ["list", "help", "ticket_show"]}
    away = new_mail("#away")
    assert (one(away, SetAbsence).agent, mails(away)) == ("sari", {SARI.addr: ["transcript"]})
    assert away.code == "agent.desk"


def test_an_agents_own_report_is_a_report() -> None:
    """Without a command an agent is a requester like any other."""
    assert one(new_mail("Printer kami rusak."), OpenTicket).requester == SARI


# What is read beforehand ----------------------------------------------------------------------------------------------


def test_only_agents_mails_need_more() -> None:
    """Not a requester's, not a machine's."""
    assert wants(message(GURU, "#undo"), POLICY) is None
    assert wants(message(SARI, "#undo", kind=Kind.AUTOMATIC), POLICY) is None


def test_what_a_mail_needs() -> None:
    """Only what its commands ask for."""
    mail: Message = message(SARI, "#undo\n#link 2164001\n#search a b\n#open", in_reply_to=("<n1@desk.example>",))
    found = wants(mail, POLICY)
    assert found is not None
    assert (found.agent, found.undo, found.numbers, found.search) == ("sari", True, (2164001,), "a b")
    assert found.listings == (Listing.SEARCH, Listing.OPEN)
    assert (found.queues, found.answers) == (("umum", "akun"), ("<n1@desk.example>",))
    assert parse(mail.new_text).errors == ()
