"""The dialogue about data, decision by decision; whole dialogues are played in tests/scenario."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskkit import (
    GURU,
    NOW,
    NUMBER,
    POLICY,
    SARI,
    case,
    decided,
    end,
    gate_codes,
    mails,
    message,
    of,
    ticket,
    token_to,
)
from mailhelp.desk import ask
from mailhelp.desk.effect import AddArticle, Ask, Assign, Decision, OpenTicket, SendMail, SetFields, SetState, Tag
from mailhelp.desk.formblock import fill_in_block
from mailhelp.desk.formfield import Choice, Form, FormField, Need
from mailhelp.desk.lacking import MISSING, lacking
from mailhelp.desk.model import (
    ArticleKind,
    Asked,
    FieldValue,
    Heard,
    MailKind,
    Participant,
    Recent,
    Role,
    SentCounts,
    State,
    Ticket,
)
from mailhelp.desk.policy import Limits, Policy, Security
from mailhelp.desk.prepared import typed_text
from mailhelp.desk.rule import Actions, Rule
from mailhelp.desk.scene import Scene, Trace
from mailhelp.mail.message import Authentication, Kind, Message

FORM = Form(
    (
        FormField("email", {"id": "Surel"}, type="email"),
        FormField("category", {"id": "Kategori"}, type="category"),
        FormField("user_type", {"id": "Tipe"}, type="choice", choices=(Choice("Guru"), Choice("Siswa"))),
        FormField("name", {"id": "Nama"}, required=(Need(),)),
        FormField("npsn", {"id": "NPSN", "en": "NPSN"}, type="npsn", required=(Need(),), example="20123456"),
        FormField("nik", {"id": "NIK"}, type="nik", required=(Need(category=("reset",)),)),
        FormField("details", {"id": "Detail"}, type="long text"),
    )
)
DATA = replace(POLICY, form=FORM)
GOOD = "20100001"


def waiting(**changes: Any) -> Ticket:
    """A ticket of the teacher, asked for name and NPSN, that no agent knows."""
    base = ticket(
        State.PENDING,
        owner="",
        participants=(Participant(1, Role.REQUESTER, GURU, "<m0@sekolah.example>", "<q@desk.example>"),),
        asked=(Asked(NOW - timedelta(hours=1), ("name", "npsn")),),
    )
    return replace(base, **changes)


def reply(text: str, known: Ticket, policy: Policy = DATA, **changes: Any) -> Decision:
    """The decision about a reply with a token; `case_` changes go into the case."""
    heard = changes.pop("heard", {known.number: (Heard(ArticleKind.REPORT, NOW, "Saya lupa kata sandi."),)})
    mail = message(text=text, to=(token_to(1),), **changes)
    return decided(case(known, heard=heard), mail, policy)


def given(decision: Decision) -> dict[str, str]:
    """The fields that a decision sets."""
    return {name: value.value if value else "" for one in of(decision, SetFields) for name, value in one.fields.items()}


def sent(decision: Decision, template: str) -> SendMail:
    """The one mail of that template."""
    (mail,) = [one for one in of(decision, SendMail) if one.template == template]
    return mail


def test_a_report_that_lacks_data_waits_and_nobody_else_is_told() -> None:
    """One mail to the sender, which carries the number; the ticket is pending."""
    decision = decided(case(), message(text="Nama: Sri\nSaya lupa kata sandi akun saya."), DATA)
    assert mails(decision) == {GURU.addr: ["data_request"]}
    assert of(decision, OpenTicket)[0].state is State.PENDING
    assert of(decision, Ask) == [Ask(2164300, ("npsn",))]
    asked = sent(decision, "data_request")
    assert asked.kind is MailKind.ACKNOWLEDGEMENT
    assert asked.context["first"]
    assert asked.context["items"][0]["label"] == "NPSN"
    assert asked.context["items"][0]["example"] == "20123456"


def test_a_story_outside_of_fields_is_kept_as_details() -> None:
    """So it is not asked for when the answer comes."""
    decision = decided(case(), message(text="Nama: Sri\nSaya lupa kata sandi akun saya."), DATA)
    assert given(decision)["details"] == "Saya lupa kata sandi akun saya."


@pytest.mark.parametrize(
    ("mail", "known"),
    [
        (message(text="Halo", kind=Kind.LIST, kind_reason="it came through a list"), case()),
        (message(text="Halo"), case(sent=SentCounts(to_address_hour=99))),
    ],
)
def test_where_the_gate_lets_nothing_through_agents_get_the_report(mail: Message, known: Any) -> None:
    """A report never waits for an answer to a question that was not put; agents see what lacks."""
    decision = decided(known, mail, DATA)
    assert GURU.addr not in mails(decision)
    assert of(decision, OpenTicket)[0].state is State.NEW
    warnings = sent_first(decision).context["warnings"]
    assert "NPSN: belum diisi" in warnings
    assert gate_codes(decision)[0] != "gate.ok"


def sent_first(decision: Decision) -> SendMail:
    """The first mail."""
    return of(decision, SendMail)[0]


def test_rules_can_have_their_way() -> None:
    """A rule that answers, or wants silence, is not overruled; and without rounds nobody is asked."""
    silent = replace(DATA, rules=(Rule("diam", Actions(acknowledge=False)),))
    assert GURU.addr not in mails(decided(case(), message(text="Halo"), silent))
    never = replace(DATA, limits=Limits(data_rounds=0))
    assert mails(decided(case(), message(text="Halo"), never))[GURU.addr] == ["acknowledgement"]


def test_notes_and_owners_of_rules_wait_with_the_report() -> None:
    """What rules want is done when the report goes on, and not twice."""
    policy = replace(DATA, rules=(Rule("catat", Actions(owner="sari", notes=("Periksa dulu.",), ask=("nik",))),))
    first = decided(case(), message(text="Nama: Sri\nNPSN: 20100001"), policy)
    assert of(first, Ask)[0].fields == ("nik",)
    assert not [one for one in of(first, AddArticle) if one.kind is ArticleKind.NOTE]
    tag = MISSING + "nik"
    assert tag in of(first, Tag)[0].add
    fields = {"name": FieldValue("Sri"), "npsn": FieldValue(GOOD)}
    known = waiting(fields=fields, asked=(Asked(NOW, ("nik",)),), tags=frozenset({tag}))
    then = reply("NIK: 3201014501800003", known, policy)
    assert [one.text for one in of(then, AddArticle) if one.kind is ArticleKind.NOTE] == ["Periksa dulu."]
    assert mails(then)["sari@dinas.example"] == ["notice"]
    assert any(tag in one.remove for one in of(then, Tag))


def test_only_the_rest_is_asked_again() -> None:
    """What was given is set; agents are not told yet."""
    decision = reply("Nama: Sri Wahyuni", waiting())
    assert given(decision) == {"name": "Sri Wahyuni"}
    assert mails(decision) == {GURU.addr: ["data_request"]}
    assert of(decision, Ask) == [Ask(NUMBER, ("npsn",))]
    assert sent(decision, "data_request").context["again"]
    assert not of(decision, SetState)
    assert decision.code == "reply.data.more"
    assert of(decision, SetFields)[0].fields["name"].how == "reply"  # type: ignore[union-attr]


def test_a_complete_report_goes_on() -> None:
    """Agents get a new report with all that was written; the requester is told."""
    decision = reply("Nama: Sri Wahyuni\nNPSN: 20100001\nMohon segera.", waiting())
    assert mails(decision) == {
        "sari@dinas.example": ["notice"],
        "budi@dinas.example": ["notice"],
        GURU.addr: ["data_complete"],
    }
    assert of(decision, SetState)[0].state is State.NEW
    text = sent_first(decision).context["text"]
    assert "Saya lupa kata sandi." in text
    assert "Mohon segera." in text
    assert end(decision).reason == "a reply: the data is complete"


def test_the_category_that_was_asked_for_leads_to_its_queue() -> None:
    """Category, queue and priority follow the answer."""
    form = Form((FormField("category", {"id": "Kategori"}, type="category", required=(Need(),)),))
    known = waiting(asked=(Asked(NOW, ("category",)),), queue="umum")
    decision = reply("Reset kata sandi", known, replace(DATA, form=form))
    changes = of(decision, Assign)
    assert changes[0].category == "reset"
    assert changes[1].queue == "akun"
    assert mails(decision)["sari@dinas.example"] == ["notice"]
    assert "budi@dinas.example" not in mails(decision)


def test_after_the_last_round_an_agent_decides() -> None:
    """What lacks stands in the notice, and the requester is told that it goes on."""
    known = waiting(asked=(Asked(NOW, ("name", "npsn")),) * 3)
    decision = reply("Nama: Sri", known)
    assert mails(decision)[GURU.addr] == ["data_complete"]
    assert sent(decision, "data_complete").context["items"][0]["label"] == "NPSN"
    assert "NPSN: belum diisi" in sent_first(decision).context["warnings"]
    assert decision.code == "reply.data.agent"


def test_words_go_to_a_person() -> None:
    """Who answers that he does not know is not asked the same again."""
    decision = reply("Saya tidak tahu, mohon dibantu.", waiting())
    assert decision.code == "reply.data.agent"
    assert "notice" in mails(decision)["sari@dinas.example"]


def test_an_earlier_file_goes_along() -> None:
    """The agents get what came with the report, too, as far as the limits let it through."""
    rows = [
        {"name": f"{n}.pdf", "media_type": "application/pdf", "size": 10, "part": "2", "inline": False, "left": ""}
        for n in range(6)
    ]
    logo = {"name": "logo.png", "media_type": "image/png", "size": 1, "part": "9", "inline": True, "left": ""}
    heard = {NUMBER: (Heard(ArticleKind.REPORT, NOW, "Laporan", 7, (*rows, logo)),)}
    decision = reply("Nama: Sri\nNPSN: 20100001", waiting(), heard=heard)
    notice = sent_first(decision)
    assert [(one.arrival, one.name) for one in notice.attachments] == [(7, f"{n}.pdf") for n in range(5)]
    assert notice.context["files"][5]["why"]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (GOOD, {"npsn": GOOD}),
        ("NPSN kami 2010 0001", {"npsn": GOOD}),
        ("20100001 atau 20100002?", {}),
        ("Hubungi 0812 3456 7890", {}),
        ("Guru", {"user_type": "Guru"}),
        ("guru@surat.example", {"email": "guru@surat.example"}),
        ("Saya tidak tahu.", {}),
    ],
)
def test_values_without_labels(text: str, fields: dict[str, str]) -> None:
    """What was asked for is taken where it can be nothing else."""
    asked = Asked(NOW, ("email", "user_type", "npsn"))
    decision = reply(text, waiting(asked=(asked,), fields={"name": FieldValue("Sri")}))
    assert given(decision) == fields


def test_two_numbers_of_one_length_are_not_guessed() -> None:
    """NIK and NUPTK have 16 digits: a bare number could be either."""
    form = Form(
        (FormField("nik", type="nik", required=(Need(),)), FormField("nuptk", type="nuptk", required=(Need(),)))
    )
    known = waiting(asked=(Asked(NOW, ("nik", "nuptk")),))
    assert given(reply("3201014501800003", known, replace(DATA, form=form))) == {}


def test_the_block_is_read_where_it_is_quoted() -> None:
    """Values behind the labels of the quoted block count; the fields that our mail shows above it do not."""
    block = fill_in_block({"npsn": "", "name": ""}, FORM, "id").replace("NPSN:", "NPSN: 20100001")
    quoted = f"Pada Sel menulis:\n> ## Tulis balasan di atas baris ini ##\n> Nama: x\n> {block}".replace("\n", "\n> ")
    decision = reply("Ini.\n" + quoted, waiting(), inline_answers=True)
    assert given(decision) == {"npsn": GOOD}


def test_a_wrong_value_does_not_replace_a_right_one() -> None:
    """The report keeps what it has; the agent sees the mail."""
    known = ticket(State.OPEN, fields={"npsn": FieldValue(GOOD), "name": FieldValue("Sri")})
    assert given(reply("NPSN: 123", known)) == {}
    assert given(reply("NPSN: 20100009", known)) == {"npsn": "20100009"}


def test_a_person_in_copy_does_not_correct_the_report() -> None:
    """A head teacher's signature is no correction of the teacher's data."""
    known = ticket(State.OPEN, fields={"npsn": FieldValue(GOOD), "name": FieldValue("Sri")})
    mail = message(replace(known.participants[1].address), text="Nama: Kepala", to=(token_to(2),))
    assert given(decided(case(known), mail, DATA)) == {}


def scene(known: Ticket) -> Scene:
    """An agent's command is being obeyed."""
    return Scene(case(known), NOW, DATA, Trace())


def test_an_agent_asks_by_names_of_fields() -> None:
    """Also for what is there already; it is an answer, so no budget of the machine stops it."""
    known = ticket(State.OPEN, fields={"npsn": FieldValue(GOOD), "name": FieldValue("Sri")})
    effects = list(ask.ask(scene(known), known, ["npsn", "warna"], "sari"))
    assert [type(one).__name__ for one in effects] == ["SendMail", "Ask", "SetState"]
    assert isinstance(effects[0], SendMail)
    assert effects[0].kind is MailKind.ANSWER
    assert effects[0].context["items"][0]["why"] == "diminta oleh petugas kami"
    assert effects[1] == Ask(NUMBER, ("npsn",), "sari")
    assert ask.unknown(DATA, ["npsn", "warna"]) == ("warna",)
    assert not list(ask.ask(scene(known), known, ["warna"], "sari"))
    nobody = replace(known, participants=(Participant(1, Role.REQUESTER, replace(GURU, addr="")),))
    assert not list(ask.ask(scene(nobody), nobody, ["npsn"], "sari"))


def test_what_an_agent_asked_for_is_asked_until_it_is_there() -> None:
    """An old value is no answer; agents who know the report get a reply, not a new report."""
    fields = {"npsn": FieldValue(GOOD), "name": FieldValue("Sri")}
    known = ticket(State.PENDING, fields=fields, asked=(Asked(NOW, ("name", "npsn"), "sari"),))
    part = reply("NPSN: 20100009", known)
    assert of(part, Ask) == [Ask(NUMBER, ("name",))]
    again = replace(known, asked=(*known.asked, Asked(NOW, ("name",))))
    done = reply("Nama: Sri Wahyuni", again)
    assert mails(done) == {SARI.addr: ["notice_reply"], GURU.addr: ["data_complete"]}
    assert of(done, SetState)[0].state is State.OPEN


def test_the_whole_form_again_is_an_answer() -> None:
    """A new mail of the requester that gives what was asked goes to the waiting report."""
    known = waiting(fields={"name": FieldValue("Sri")}, asked=(Asked(NOW, ("npsn",)),))
    text = "Nama: Sri\nNPSN: 20100001"
    found = case(recent=(Recent(known, "Nama: Sri"),))
    assert decided(found, message(text=text), DATA).code == "reply.data.complete"
    # Not from somebody for whom nobody vouches, unless the admin says so; and not where it contradicts.
    forged = message(text=text, authentication=Authentication())
    assert decided(found, forged, DATA).code == "report"
    trusting = replace(DATA, security=Security(accept_unauthenticated=True))
    assert decided(found, forged, trusting).code == "reply.data.complete"
    assert decided(found, message(text="Nama: Budi\nNPSN: 20100001"), DATA).code == "report"
    assert decided(found, message(text="Nama: Sri"), DATA).code != "reply.data.complete"


def test_what_rules_ask_for_stands_in_the_order_of_the_form() -> None:
    """And only while it is missing."""
    known = waiting(tags=frozenset({MISSING + "nik", MISSING + "name", MISSING + "npsn"}))
    assert [one.name for one in lacking(known, DATA, NOW)] == ["name", "npsn", "nik"]
    full = replace(known, fields={"name": FieldValue("Sri"), "npsn": FieldValue(GOOD), "nik": FieldValue("32010145")})
    assert [one.name for one in lacking(full, DATA, NOW)] == ["nik"]


def test_typed_text_ends_at_our_own_mail() -> None:
    """Clients that quote without a mark put our whole mail below the new text."""
    assert typed_text("Ini.\n## Tulis balasan di atas baris ini ##\nNPSN: 1") == "Ini."
    assert typed_text("a\n> b\n## Isi di bawah ini ##\nNPSN: 1\n## Akhir isian ##\nc") == "a\nc"
