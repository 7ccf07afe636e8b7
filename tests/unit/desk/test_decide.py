"""The order of design §3 and what each branch does; every mail that is sent also renders with the real templates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskkit import (
    BUDI,
    COPY,
    FOREIGN,
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
    gate_codes,
    mails,
    message,
    of,
    ticket,
    token_to,
)
from mailhelp.desk.decide import decide
from mailhelp.desk.effect import (
    AddArticle,
    AddParticipant,
    Alarm,
    Assign,
    AttachmentRef,
    Decision,
    EndArrival,
    Link,
    OpenTicket,
    Release,
    SendMail,
    SetFields,
    SetReachable,
    SetState,
    Tag,
)
from mailhelp.desk.event import Event, SendingFailed, TimerDue, Unreadable
from mailhelp.desk.model import (
    ArticleKind,
    Authority,
    Case,
    CloseReason,
    End,
    MailKind,
    Original,
    Participant,
    Role,
    SentCounts,
    State,
)
from mailhelp.desk.policy import GateLimits, Limits, Policy
from mailhelp.desk.rule import Actions, Answer, Rule
from mailhelp.edge.template import Templates
from mailhelp.mail.message import (
    Action,
    Address,
    Attachment,
    Authentication,
    DeliveryReport,
    FailedRecipient,
    Kind,
    Message,
    Sender,
)
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Purpose

NEW = 2164300
NUMBERED: dict[str, Any] = {"subject": f"Re: [#{NUMBER}] Lupa kata sandi"}
FORM = (
    "Kategori Masalah: Reset kata sandi\nSubkategori: Akun guru\nNama: Sri Wahyuni\nNIK: 3201234567890003\n"
    "NPSN: 20100001\nDetail Pertanyaan: Saya lupa kata sandi."
)
TEMPLATES = Templates.load(Path(__file__).resolve().parents[3] / "templates")


def to(slot: int, **more: Any) -> dict[str, Any]:
    """A mail to the tagged address of that participant."""
    return {"to": (token_to(slot),), **more}


def checked(decision: Decision) -> Decision:
    """The decision, once its mails render, its trace is JSON and its sentence is there."""
    for mail in of(decision, SendMail):
        shown = TEMPLATES.render(mail.template, mail.language, mail.context)
        assert shown.subject
        assert shown.text.strip()
    assert json.loads(json.dumps(decision.trace)) == decision.trace
    assert decision.code
    assert decision.reason
    return decision


def rendered(decision: Decision, addr: str) -> str:
    """The text of the one mail to that address."""
    (mail,) = (one for one in of(decision, SendMail) if one.to.addr == addr)
    return TEMPLATES.render(mail.template, mail.language, mail.context).text


def act(known: Case, mail: Message, policy: Policy = POLICY, **event: Any) -> Decision:
    """The checked decision about an arriving mail."""
    return checked(decided(known, mail, policy, **event))


def say(event: Event, known: Case | None = None, policy: Policy = POLICY) -> Decision:
    """The checked decision about another event."""
    return checked(decide(known or case(ticket()), event, NOW, policy))


# A new report ---------------------------------------------------------------------------------------------------------


def test_a_strangers_mail_opens_a_report() -> None:
    """Ticket, article, notices to the present agents of the default queue, acknowledgement: in that order."""
    decision = act(case(), message())
    (opened,) = of(decision, OpenTicket)
    assert (opened.number, opened.subject, opened.requester) == (NEW, "Lupa kata sandi", GURU)
    assert (opened.queue, opened.state, opened.language, opened.opened_at) == ("umum", State.NEW, "id", NOW)
    (article,) = of(decision, AddArticle)
    assert (article.kind, article.author, article.slot, article.arrival) == (ArticleKind.REPORT, GURU.addr, 1, 1)
    assert [(one.slot, one.role, one.address) for one in of(decision, AddParticipant)] == [
        (2, Role.AGENT, SARI),
        (3, Role.AGENT, BUDI),
    ]
    assert mails(decision) == {SARI.addr: ["notice"], BUDI.addr: ["notice"], GURU.addr: ["acknowledgement"]}
    assert (end(decision).end, end(decision).ticket, decision.code) == (End.ARTICLE, NEW, "report")
    assert [type(effect).__name__ for effect in decision.effects][:2] == ["OpenTicket", "AddArticle"]
    assert decision.effects[-1] == end(decision)


def test_the_acknowledgement_goes_to_the_sender_alone_and_quotes_nothing() -> None:
    """Never to Reply-To; in the sender's thread; with the number and the salutation of the hour."""
    decision = act(case(), message(text="Rahasia besar", reply_to=(STRANGER,), cc=(COPY,)))
    assert STRANGER.addr not in mails(decision)
    assert COPY.addr not in mails(decision)
    (mail,) = (one for one in of(decision, SendMail) if one.to == GURU)
    assert (mail.kind, mail.ticket, mail.slot, mail.language) == (MailKind.ACKNOWLEDGEMENT, NEW, 1, "id")
    assert (mail.in_reply_to, mail.references) == ("<m1@sekolah.example>", ("<m1@sekolah.example>",))
    text = rendered(decision, GURU.addr)
    assert "Rahasia" not in text
    assert str(NEW) in text
    assert "Selamat pagi Bapak/Ibu Sri Wahyuni" in text


def test_a_form_is_read_and_sorted_into_its_queue() -> None:
    """Fields, category, queue and priority of the subcategory; the NIK is masked for everybody."""
    decision = act(case(), message(text=FORM))
    (opened,) = of(decision, OpenTicket)
    assert (opened.category, opened.subcategory, opened.queue, opened.priority) == ("reset", "guru", "akun", "high")
    (fields,) = of(decision, SetFields)
    assert fields.fields["npsn"] is not None
    assert decision.trace["fields"]["npsn"]["value"] == "20100001"
    assert mails(decision) == {SARI.addr: ["notice"], GURU.addr: ["acknowledgement"]}
    for addr in (SARI.addr, GURU.addr):
        assert "3201234567890003" not in rendered(decision, addr)
        assert "0003" in rendered(decision, addr)


def test_the_reports_text_is_not_sent_back() -> None:
    """A form's details may hold anything, and the sender may be forged: nothing to send spam with."""
    decision = act(case(), message(text=FORM.replace("Saya lupa kata sandi.", "Klik https://evil.example")))
    assert "evil" not in rendered(decision, GURU.addr)
    assert "evil" in rendered(decision, SARI.addr)
    long = act(case(), message(text=FORM.replace("Sri Wahyuni", "Sri " * 60)))
    assert "Sri " * 25 not in rendered(long, GURU.addr)


def test_a_category_that_needs_identity_shows_agents_the_numbers() -> None:
    """The requester still sees only the last digits."""
    category = replace(POLICY.categories["reset"], needs_identity=True)
    decision = act(case(), message(text=FORM), replace(POLICY, categories={"reset": category}))
    assert "3201234567890003" in rendered(decision, SARI.addr)
    assert "3201234567890003" not in rendered(decision, GURU.addr)


def test_a_notice_carries_the_requesters_name_and_files() -> None:
    """From shows the requester via the desk; files go along, a signature's picture does not."""
    files = (
        Attachment("foto.png", "image/png", 1000, "2", "aa", sniffed="image/png"),
        Attachment("logo.png", "image/png", 1000, "3", "bb", inline=True),
    )
    decision = act(case(), message(attachments=files))
    notice = of(decision, SendMail)[0]
    assert notice.sender_name == "Sri Wahyuni via Layanan Bantuan"
    assert notice.attachments == (AttachmentRef(1, "2", "foto.png", "image/png"),)
    assert [one["name"] for one in of(decision, AddArticle)[0].attachments] == ["foto.png", "logo.png"]


def test_too_many_files_are_named_to_the_sender() -> None:
    """What was not taken along stands in the acknowledgement; it is still in the raw message."""
    files = tuple(
        Attachment(f"f{n}.pdf", "application/pdf", 1000, str(n), "", sniffed="application/pdf") for n in range(2, 5)
    )
    decision = act(case(), message(attachments=files), replace(POLICY, limits=Limits(max_attachments=2)))
    assert len(of(decision, SendMail)[0].attachments) == 2
    assert "f4.pdf" in rendered(decision, GURU.addr)
    assert "f2.pdf" not in rendered(decision, GURU.addr)


def test_a_mail_over_the_limit_is_taken_with_a_word_to_its_sender() -> None:
    """Headers and text were read: the sender is told, the agents see it."""
    decision = act(case(), message(truncated=True))
    assert mails(decision)[GURU.addr] == ["too_large"]
    assert "melebihi batas" in rendered(decision, BUDI.addr)


@pytest.mark.parametrize("language", ["id", "en", ""])
def test_the_answer_speaks_the_language_of_the_mail(language: str) -> None:
    """And the desk's own where the mail's is not sure."""
    decision = act(case(), message(language=language))
    assert of(decision, OpenTicket)[0].language == (language or "id")
    assert of(decision, SendMail)[-1].language == (language or "id")


def test_absent_agents_are_passed_over_unless_nobody_is_there() -> None:
    """Budi is away: Sari alone is told. Both are away: both are told, as somebody must see it."""
    away = ((NOW.date(), NOW.date()),)
    agents = {name: replace(agent, away=away) for name, agent in POLICY.team.agents.items()}
    one = replace(POLICY, team=replace(POLICY.team, agents={**POLICY.team.agents, "budi": agents["budi"]}))
    none = replace(POLICY, team=replace(POLICY.team, agents=agents))
    assert set(mails(act(case(), message(), one))) == {SARI.addr, GURU.addr}
    assert set(mails(act(case(), message(), none))) == {SARI.addr, BUDI.addr, GURU.addr}


def test_a_desk_without_agents_raises_an_alarm() -> None:
    """A report that nobody is told of must not be silent."""
    team = replace(POLICY.team, queues={}, agents={})
    decision = act(case(), message(), replace(POLICY, team=team))
    assert [alarm.code for alarm in of(decision, Alarm)] == ["team.nobody"]


# Rules ----------------------------------------------------------------------------------------------------------------


def ruled(**actions: Any) -> Policy:
    """The desk with one rule that always fires."""
    return replace(POLICY, rules=(Rule("aturan", Actions(**actions)),))


def test_rules_decide_queue_owner_priority_and_tags() -> None:
    """What the rules say goes before categories; each is traced with why."""
    decision = act(
        case(), message(text=FORM), ruled(queue="umum", owner="budi", priority="urgent", add_tags=frozenset({"ujian"}))
    )
    (opened,) = of(decision, OpenTicket)
    assert (opened.queue, opened.priority) == ("umum", "urgent")
    assert [one.owner for one in of(decision, Assign)] == ["budi"]
    assert of(decision, Tag)[0].add == {"ujian"}
    assert set(mails(decision)) == {BUDI.addr, GURU.addr}
    assert [(one["name"], one["fired"]) for one in decision.trace["rules"]] == [("aturan", True)]
    assert "aturan" in rendered(decision, BUDI.addr)


@pytest.mark.parametrize(
    ("owner", "known", "wanted"),
    [
        ("round-robin", {"round_robin": {"umum": 0}}, "sari"),
        ("round-robin", {"round_robin": {"umum": 1}}, "budi"),
        ("round-robin", {"round_robin": {"umum": 2}}, "sari"),
        ("least-loaded", {"load": {"sari": 3, "budi": 1}}, "budi"),
        ("least-loaded", {}, "sari"),
    ],
)
def test_owners_in_turn_or_by_load(owner: str, known: dict[str, Any], wanted: str) -> None:
    """Round robin counts per queue; the load counts open tickets."""
    assert of(act(case(**known), message(), ruled(owner=owner)), Assign)[0].owner == wanted


@pytest.mark.parametrize("owner", ["round-robin", "least-loaded"])
def test_nobody_present_means_no_owner(owner: str) -> None:
    """A report is not given to somebody on leave."""
    agents = {name: replace(agent, days=frozenset()) for name, agent in POLICY.team.agents.items()}
    policy = replace(ruled(owner=owner), team=replace(POLICY.team, agents=agents))
    assert not [one for one in of(act(case(), message(), policy), Assign) if one.owner]


def test_a_rule_can_withhold_the_acknowledgement() -> None:
    """`acknowledge: no`; the reason is traced."""
    decision = act(case(), message(), ruled(acknowledge=False))
    assert GURU.addr not in mails(decision)
    assert "rule.acknowledge" in gate_codes(decision)


def test_a_rule_can_choose_the_template_and_answer_at_once() -> None:
    """A canned answer stands in for the acknowledgement and may resolve the report; size and threading go first."""
    assert mails(decided(case(), message(), ruled(template="khusus")))[GURU.addr] == ["khusus"]
    decision = decided(case(), message(), ruled(answer=Answer("jawaban", resolve=True)))
    assert mails(decision)[GURU.addr] == ["jawaban"]
    assert of(decision, SetState)[0].state is State.RESOLVED
    assert mails(act(case(), message(truncated=True), ruled(template="khusus")))[GURU.addr] == ["too_large"]


def test_spam_is_closed_and_nobody_is_told() -> None:
    """It keeps its number and its article."""
    decision = act(case(), message(), ruled(spam=True))
    (state,) = of(decision, SetState)
    assert (state.state, state.close_reason) == (State.CLOSED, CloseReason.SPAM)
    assert not of(decision, SendMail)


def test_rules_add_notes_and_people_in_copy() -> None:
    """A note is for agents; people in copy get places before the agents."""
    decision = act(case(), message(), ruled(notes=("Lihat surat edaran.",), copy_to=(COPY.addr,)))
    assert [(one.kind, one.internal) for one in of(decision, AddArticle)][1] == (ArticleKind.NOTE, True)
    assert [(one.slot, one.role) for one in of(decision, AddParticipant)] == [
        (2, Role.COPY),
        (3, Role.AGENT),
        (4, Role.AGENT),
    ]


def test_an_unknown_queue_falls_back_to_the_default() -> None:
    """A category may name a queue that was removed."""
    category = replace(POLICY.categories["reset"], queue="hilang", subcategories={})
    decision = act(case(), message(text=FORM), replace(POLICY, categories={"reset": category}))
    assert of(decision, OpenTicket)[0].queue == "umum"


# Replies --------------------------------------------------------------------------------------------------------------


def test_a_requesters_reply_joins_the_ticket_and_reaches_its_owner() -> None:
    """No acknowledgement, no new number; the notice stands in the agent's thread of this ticket."""
    decision = act(case(ticket()), message(text="masih belum bisa", **to(1)))
    (article,) = of(decision, AddArticle)
    assert (article.ticket, article.kind, article.slot, article.text) == (
        NUMBER,
        ArticleKind.REPLY,
        1,
        "masih belum bisa",
    )
    (mail,) = of(decision, SendMail)
    assert (mail.to, mail.template, mail.ticket, mail.slot) == (SARI, "notice_reply", NUMBER, 3)
    assert (mail.in_reply_to, mail.references) == ("<n2@desk.example>", ("<n1@desk.example>", "<n2@desk.example>"))
    assert "masih belum bisa" in rendered(decision, SARI.addr)
    assert (end(decision).end, end(decision).ticket) == (End.ARTICLE, NUMBER)
    assert decision.trace["thread"]["proof"]["kind"] == "token-address"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"owner": ""}, {SARI.addr, BUDI.addr}),
        ({"owner": "budi"}, {BUDI.addr}),
        ({"owner": "gone"}, {SARI.addr, BUDI.addr}),
        ({"owner": "", "queue": "akun"}, {SARI.addr}),
        ({"owner": "", "queue": "gone"}, {SARI.addr, BUDI.addr}),
    ],
)
def test_who_is_told_of_a_reply(changes: dict[str, Any], told: set[str]) -> None:
    """The owner; the present agents of the queue where there is none; the default queue where that is gone."""
    assert set(mails(act(case(ticket(**changes)), message(**to(1))))) == told


def test_an_absent_owners_reply_goes_to_the_queue() -> None:
    """Nobody waits for somebody's return from leave; an owner without a queue is told all the same."""
    agents = {**POLICY.team.agents, "sari": replace(POLICY.team.agents["sari"], days=frozenset())}
    policy = replace(POLICY, team=replace(POLICY.team, agents=agents))
    assert set(mails(act(case(ticket()), message(**to(1)), policy))) == {BUDI.addr}
    alone = replace(policy, team=replace(policy.team, queues={}))
    assert set(mails(act(case(ticket()), message(**to(1)), alone))) == {SARI.addr}


@pytest.mark.parametrize("state", [State.RESOLVED, State.PENDING])
def test_a_reply_reopens(state: State) -> None:
    """Resolved and pending become open."""
    assert of(act(case(ticket(state)), message(**to(1))), SetState)[0].state is State.OPEN


def test_a_reply_to_a_closed_report_opens_a_linked_one() -> None:
    """The requester is told that it is a new one, with the old number, which was their own."""
    old = ticket(State.CLOSED, category="reset", subcategory="guru", queue="akun")
    decision = act(case(old), message(**to(1)))
    (opened,) = of(decision, OpenTicket)
    assert (opened.number, opened.category, opened.queue) == (NEW, "reset", "akun")
    assert of(decision, Link) == [Link(NEW, NUMBER, "follow-up")]
    assert mails(decision)[GURU.addr] == ["new_report_instead"]
    assert str(NUMBER) in rendered(decision, GURU.addr)
    assert (end(decision).ticket, decision.code) == (NEW, "report.follow-up")


def test_within_the_grace_period_a_closed_report_is_reopened() -> None:
    """A desk may allow that."""
    policy = replace(POLICY, limits=Limits(reply_to_closed_grace=timedelta(days=7)))
    decision = act(case(ticket(State.CLOSED)), message(**to(1)), policy)
    assert of(decision, SetState)[0].state is State.OPEN
    assert not of(decision, OpenTicket)


def test_who_writes_again_can_be_reached_again() -> None:
    """A mail bounced once; then the requester writes."""
    gone = ticket(participants=(replace(ticket().participants[0], reachable=False), *ticket().participants[1:]))
    assert [(one.slot, one.reachable) for one in of(act(case(gone), message(**to(1))), SetReachable)] == [(1, True)]


def test_a_person_in_copy_may_reply() -> None:
    """With the own token, under the own name."""
    (article,) = of(act(case(ticket()), message(COPY, **to(2))), AddArticle)
    assert (article.author, article.slot) == (COPY.addr, 2)


def test_a_reply_over_the_limit_is_taken_with_a_word_to_its_sender() -> None:
    """Under the sender's own mail."""
    decision = act(case(ticket()), message(**to(1, truncated=True)))
    assert mails(decision)[GURU.addr] == ["too_large"]
    sent = next(one for one in of(decision, SendMail) if one.to == GURU)
    assert sent.in_reply_to == "<m1@sekolah.example>"


# Strangers who name a report ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", [case(), case(ticket()), case(ticket(State.CLOSED), sent=SentCounts(ticket_day=99))])
def test_a_strangers_number_is_answered_alike_whether_or_not_it_exists(known: Case) -> None:
    """The mail that goes out is the very same; only agents see the link."""
    mail = message(STRANGER, text="Bagaimana laporan ini?", **NUMBERED)
    answer = [one for one in of(act(known, mail), SendMail) if one.to == STRANGER]
    assert answer == [one for one in of(act(case(), mail), SendMail) if one.to == STRANGER]
    assert [one.template for one in answer] == ["new_report_instead"]
    assert of(act(known, mail), Link) == ([Link(NEW, NUMBER, "mentions")] if known.candidates else [])


def test_a_forwarded_token_opens_the_strangers_own_report() -> None:
    """Tagged addresses leak with forwards; a forged token is answered alike."""
    leaked = act(case(ticket()), message(STRANGER, **to(1)))
    forged = act(case(), message(STRANGER, to=(token_to(1, keyring=FOREIGN),)))
    assert of(leaked, OpenTicket)[0].requester == STRANGER
    assert (leaked.code, forged.code) == ("report.token.other-sender", "report.token.bad-mac")
    assert mails(leaked)[STRANGER.addr] == mails(forged)[STRANGER.addr] == ["new_report_instead"]
    assert [one for one in of(leaked, SendMail) if one.to == STRANGER] == [
        one for one in of(forged, SendMail) if one.to == STRANGER
    ]


# Agents ---------------------------------------------------------------------------------------------------------------


def test_an_agents_reply_goes_to_the_requester_and_the_copies() -> None:
    """Only the new text, under the desk's address, in the requester's thread, without the agent's address."""
    decision = act(case(ticket(State.NEW, owner="")), message(SARI, "Silakan coba lagi.\n-- \nSari, HP 0812", **to(3)))
    answers = of(decision, SendMail)
    assert [(one.to, one.kind, one.template, one.slot) for one in answers] == [
        (GURU, MailKind.ANSWER, "answer", 1),
        (COPY, MailKind.ANSWER, "answer", 2),
    ]
    assert answers[0].in_reply_to == "<m0b@sekolah.example>"
    assert answers[0].references == ("<m0@sekolah.example>", "<m0b@sekolah.example>")
    assert answers[0].sender_name == ""
    text = rendered(decision, GURU.addr)
    assert "Silakan coba lagi." in text
    assert not [secret for secret in ("sari@", "0812") if secret in text]
    (article,) = of(decision, AddArticle)
    assert (article.kind, article.text, article.slot, article.internal) == (
        ArticleKind.ANSWER,
        "Silakan coba lagi.",
        3,
        False,
    )
    assert [one.owner for one in of(decision, Assign)] == ["sari"]
    assert [one.state for one in of(decision, SetState)] == [State.OPEN]
    assert decision.code == "agent.answer"


def test_an_agents_answer_does_not_take_a_ticket_away() -> None:
    """Budi answers Sari's ticket; it stays Sari's."""
    assert not of(act(case(ticket()), message(BUDI, "Ya.", **to(4))), Assign)


def test_an_agents_files_go_along_and_signature_pictures_do_not() -> None:
    """The requester gets the files as they are."""
    files = (
        Attachment("panduan.pdf", "application/pdf", 1000, "2", "aa", sniffed="application/pdf"),
        Attachment("logo.png", "image/png", 1000, "3", "bb", inline=True),
    )
    decision = act(case(ticket()), message(SARI, "Lihat lampiran.", attachments=files, **to(3)))
    assert of(decision, SendMail)[0].attachments == (AttachmentRef(1, "2", "panduan.pdf", "application/pdf"),)


@pytest.mark.parametrize("command", ["#note", "#catatan", "#Note"])
def test_a_note_is_seen_by_agents_only(command: str) -> None:
    """Nothing is sent and nothing changes."""
    decision = act(case(ticket(State.NEW)), message(SARI, f"{command}\nTanya ke tim data.", **to(3)))
    (article,) = of(decision, AddArticle)
    assert (article.kind, article.text, article.internal) == (ArticleKind.NOTE, "Tanya ke tim data.", True)
    assert not of(decision, SendMail)
    assert not of(decision, SetState)


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("#resolve", []),
        ("#selesai\n\nSudah kami perbaiki.", ["answer", "answer"]),
        ("#resolve Sudah.", ["answer", "answer"]),
    ],
)
def test_resolving_with_and_without_an_answer(text: str, sent: list[str]) -> None:
    """A bare command sends nothing; words below it are the answer."""
    decision = act(case(ticket()), message(SARI, text, **to(3)))
    assert [one.template for one in of(decision, SendMail)] == sent
    assert [one.state for one in of(decision, SetState)] == [State.RESOLVED]
    assert "#" not in "".join(str(one.context.get("text")) for one in of(decision, SendMail))
    assert any(isinstance(effect, AddArticle) for effect in decision.effects)


@pytest.mark.parametrize(
    ("code", "text", "changes", "policy"),
    [
        ("command", "#resovle\nSudah.", {}, POLICY),
        ("command", "#closs", {}, POLICY),
        ("empty", "", {}, POLICY),
        ("empty", "-- \nSari", {}, POLICY),
        ("inline", "Ya", {"inline_answers": True}, POLICY),
        ("address", f"Tulis saja ke {SARI.addr}.", {}, POLICY),
        ("address", "Tulis saja ke Sari@Rumah.example.", {}, POLICY),
        ("truncated", "Ya", {"truncated": True}, POLICY),
        (
            "attachments",
            "Ya",
            {"attachments": (Attachment("a.pdf", "application/pdf", 9, "2", ""),)},
            replace(POLICY, limits=Limits(max_attachments=0)),
        ),
    ],
)
def test_what_is_better_held_back(code: str, text: str, changes: dict[str, Any], policy: Policy) -> None:
    """Never sent empty, cut or with a mistyped command: kept as a note, and the agent is told why."""
    decision = act(case(ticket(State.NEW)), message(SARI, text, **to(3), **changes), policy)
    assert set(mails(decision)) == {SARI.addr}
    assert [(one.kind, one.internal) for one in of(decision, AddArticle)] == [(ArticleKind.NOTE, True)]
    assert not of(decision, SetState)
    assert (decision.code, end(decision).end) == (f"answer.held.{code}", End.ARTICLE)


def test_a_word_after_a_hash_that_is_no_command_is_an_answer() -> None:
    """`# 1` and a hash further down are text."""
    assert mails(act(case(ticket()), message(SARI, "# 1\nSatu", **to(3))))[GURU.addr] == ["answer"]
    assert mails(act(case(ticket()), message(SARI, "Halo\n#close\nHalo", **to(3))))[GURU.addr] == ["answer"]


def test_an_answer_without_a_known_requester_is_held_back() -> None:
    """A ticket from quarantine has no address."""
    nobody = ticket(participants=(Participant(1, Role.REQUESTER, Address("")), ticket().participants[2]))
    assert act(case(nobody), message(SARI, "Halo", **to(3))).code == "answer.held.no-address"
    assert act(case(nobody), message(SARI, "#resolve", **to(3))).code == "agent.resolve"


def test_an_agent_new_to_a_ticket_gets_a_place() -> None:
    """After a confirmation an agent without a notice may answer."""
    alone = ticket(participants=ticket().participants[:3], owner="")
    decision = act(case(alone), message(BUDI, "Saya ambil.", **to(3)), confirmed=True)
    assert [(one.slot, one.address) for one in of(decision, AddParticipant)] == [(4, BUDI)]
    assert mails(decision)[GURU.addr] == ["answer"]


# Confirmation ---------------------------------------------------------------------------------------------------------


UNPROVEN = message(SARI, "#resolve", authentication=Authentication(), to=(token_to(3),))
QUESTION = Participant(3, Role.AGENT, SARI)


def test_a_doubtful_agents_mail_is_held_and_the_registered_address_asked() -> None:
    """Nothing else happens: no article, no state, no mail to the requester."""
    decision = act(case(ticket()), UNPROVEN)
    assert end(decision).end is End.HELD
    (mail,) = of(decision, SendMail)
    assert (mail.kind, mail.template, mail.to, mail.confirm) == (MailKind.CONFIRM, "confirm", SARI, 1)
    assert {type(effect) for effect in decision.effects} == {EndArrival, SendMail}


def test_the_question_goes_to_the_registered_address_not_to_the_sender() -> None:
    """From names Sari's private address; whoever really wrote gets nothing."""
    mail = replace(UNPROVEN, sender=Sender(Address("sari@rumah.example")), reply_to=(STRANGER,))
    assert set(mails(act(case(ticket()), mail))) == {SARI.addr}


def test_an_agent_without_a_place_is_asked_too() -> None:
    """A number in the subject from an agent who never had a notice."""
    alone = ticket(participants=ticket().participants[:1])
    (mail,) = of(act(case(alone), message(BUDI, "Ya", **NUMBERED)), SendMail)
    assert (mail.to, mail.slot, mail.in_reply_to) == (BUDI, 0, "")


def test_a_flood_of_doubtful_mails_does_not_flood_the_agent() -> None:
    """The gate holds for questions; the mail stays held, with an alarm."""
    decision = act(case(ticket(), sent=SentCounts(to_address_hour=99)), UNPROVEN)
    assert not of(decision, SendMail)
    assert [alarm.code for alarm in of(decision, Alarm)] == ["held.unasked"]
    assert end(decision).end is End.HELD


def confirmation(text: str, sender: Address = SARI, **known: Any) -> Decision:
    """What an answer to the question about arrival 7 does."""
    facts = {"held": arrival(7), "held_message": UNPROVEN, **known}
    mail = message(sender, text, to=(token_to(0, 7, Purpose.CONFIRM),), authentication=Authentication())
    return act(case(**facts), mail)


@pytest.mark.parametrize("text", ["ya", "Ya.", "YES", "ok, kirim saja", "*Ya*", "ya\n\n-- \nSari"])
def test_a_yes_releases_the_held_mail(text: str) -> None:
    """The answer itself is no article."""
    decision = confirmation(text)
    assert of(decision, Release) == [Release(7)]
    assert (end(decision).end, decision.code) == (End.IGNORED, "confirm.yes")


@pytest.mark.parametrize("text", ["Bukan saya!", "tidak", "No"])
def test_a_no_ends_the_held_mail(text: str) -> None:
    """And the admin hears of it."""
    decision = confirmation(text)
    assert not of(decision, Release)
    assert [(one.arrival, one.end) for one in of(decision, EndArrival)] == [(7, End.IGNORED), (1, End.IGNORED)]
    assert [alarm.code for alarm in of(decision, Alarm)] == ["confirm.no"]


@pytest.mark.parametrize("text", ["", "Saya sedang cuti sampai Senin.", "#resolve", "yakin?"])
def test_anything_else_confirms_nothing(text: str) -> None:
    """An unmarked vacation reply must not release a forged mail."""
    decision = confirmation(text)
    assert not of(decision, Release)
    assert decision.code == "confirm.unclear"


def test_an_answer_that_is_neither_yes_nor_no_is_not_met_with_silence() -> None:
    """The agent is asked again, and a word in reply to that counts for the same held mail."""
    (mail,) = of(confirmation("Saya kira begitu."), SendMail)
    assert (mail.template, mail.to, mail.confirm) == ("confirm_again", SARI, 7)


@pytest.mark.parametrize("sender", [BUDI, GURU, STRANGER])
def test_only_the_agent_who_was_asked_can_confirm(sender: Address) -> None:
    """Anybody else's mail with that token is an ordinary new report."""
    decision = confirmation("ya", sender)
    assert not of(decision, Release)
    assert of(decision, OpenTicket)


def test_a_second_yes_does_nothing() -> None:
    """The question is settled."""
    decision = confirmation("ya", held=None, held_message=None)
    assert (end(decision).end, decision.code) == (End.IGNORED, "confirm.nothing-held")


def test_a_released_mail_counts_as_its_agents() -> None:
    """Confirmed: the same mail now resolves the ticket; the duplicate check does not stop it."""
    decision = act(case(ticket(), duplicate_of=7), UNPROVEN, confirmed=True)
    assert decision.code == "agent.resolve"
    assert of(decision, SetState)[0].state is State.RESOLVED


# Machines -------------------------------------------------------------------------------------------------------------


def test_our_own_mail_is_recorded_and_ignored_before_anything_else() -> None:
    """Also when it is a duplicate and carries a good token."""
    decision = act(case(ticket(), duplicate_of=4), message(kind=Kind.OWN, **to(1)))
    assert decision.effects == (EndArrival(1, End.IGNORED, decision.reason),)
    assert decision.code == "loop.own"


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.AUTOMATIC, Kind.DELIVERY_REPORT, Kind.LIST])
def test_a_duplicate_ends_where_the_first_did(kind: Kind) -> None:
    """No article, no second answer."""
    decision = act(case(ticket(), duplicate_of=4, duplicate_ticket=NUMBER), message(kind=kind, **to(1)))
    assert decision.effects == (EndArrival(1, End.DUPLICATE, decision.reason, NUMBER),)


def bounce(action: Action = Action.FAILED, status: str = "5.1.1") -> Message:
    """A delivery report about a mail to the teacher."""
    report = DeliveryReport((FailedRecipient(GURU.addr, action, status, "550 unknown user"),), "<x@desk.example>")
    return message(Address("mailer-daemon@mx.example"), "", kind=Kind.DELIVERY_REPORT, report=report, return_path="")


def about(kind: MailKind, slot: int = 1, number: int = NUMBER) -> dict[str, Any]:
    """The case knows the mail that the report speaks of."""
    return {"original": Original(5, number, slot, GURU.addr, kind)}


def test_a_failed_answer_is_told_to_the_agents() -> None:
    """Internal article, the requester is marked unreachable, the owner is told, the requester gets nothing."""
    decision = act(case(ticket(), **about(MailKind.ANSWER)), bounce())
    (article,) = of(decision, AddArticle)
    assert (article.kind, article.internal, article.ticket) == (ArticleKind.DELIVERY, True, NUMBER)
    assert "550 unknown user" in article.text
    assert [(one.slot, one.reachable) for one in of(decision, SetReachable)] == [(1, False)]
    assert mails(decision) == {SARI.addr: ["failure"]}
    assert GURU.addr in rendered(decision, SARI.addr)
    assert (end(decision).end, decision.code) == (End.ARTICLE, "delivery.failed")


def test_a_failed_acknowledgement_is_noted_without_a_mail() -> None:
    """The agents see it when they open the ticket."""
    decision = act(case(ticket(), **about(MailKind.ACKNOWLEDGEMENT)), bounce())
    assert of(decision, SetReachable)
    assert not of(decision, SendMail)


@pytest.mark.parametrize(
    ("action", "status"), [(Action.DELAYED, "4.4.1"), (Action.DELIVERED, "2.0.0"), (Action.RELAYED, "2.0.0")]
)
def test_what_is_not_final_only_becomes_an_article(action: Action, status: str) -> None:
    """Delays and good news change nothing."""
    decision = act(case(ticket(), **about(MailKind.ANSWER)), bounce(action, status))
    assert not of(decision, SetReachable)
    assert not of(decision, SendMail)
    assert end(decision).end is End.ARTICLE


def test_a_failed_notice_raises_an_alarm_and_no_notice() -> None:
    """A notice about a failed notice would be a loop."""
    decision = act(case(ticket(), **about(MailKind.NOTICE, 3)), bounce())
    assert [alarm.code for alarm in of(decision, Alarm)] == ["agent.unreachable"]
    assert not of(decision, SendMail)


def test_delivery_reports_about_nothing_of_ours_are_ignored() -> None:
    """Backscatter has an end with a reason; a report about a mail without a ticket tells the admin."""
    unmatched = act(case(ticket()), bounce())
    assert (end(unmatched).end, unmatched.code, unmatched.effects[1:]) == (End.IGNORED, "delivery.unmatched", ())
    alarm = act(case(**about(MailKind.ALARM, 0, 0)), bounce())
    assert (end(alarm).end, alarm.code) == (End.IGNORED, "delivery.no-ticket")
    assert [one.told for one in of(alarm, Alarm)] == [True]  # a mail about a mail to the admin would go round for ever


def test_a_report_that_could_not_be_read_as_one_is_filed_with_its_text() -> None:
    """Old bounces have no machine-readable part."""
    mail = replace(bounce(), report=None, text="Your mail could not be delivered")
    (article,) = of(act(case(ticket(), **about(MailKind.ANSWER)), mail), AddArticle)
    assert article.text == "Your mail could not be delivered"


def test_receipts_are_filed_where_they_belong() -> None:
    """A disposition report from a participant; any other is ignored."""
    read = act(case(ticket()), message(kind=Kind.DISPOSITION_REPORT, **to(1)))
    assert [(one.kind, one.internal) for one in of(read, AddArticle)] == [(ArticleKind.AUTOMATIC, True)]
    other = act(case(ticket()), message(STRANGER, kind=Kind.DISPOSITION_REPORT, **to(1)))
    assert other.effects == (EndArrival(1, End.IGNORED, other.reason),)


@pytest.mark.parametrize("purpose", [Purpose.REPLY, Purpose.BOUNCE])
def test_an_out_of_office_reply_is_filed_and_answered_by_nobody(purpose: Purpose) -> None:
    """It neither reopens nor tells anybody; agents see it in the ticket."""
    address = token_to(1, purpose=purpose)
    decision = act(case(ticket(State.RESOLVED)), message(text="Saya cuti.", kind=Kind.AUTOMATIC, to=(address,)))
    assert [type(effect) for effect in decision.effects] == [AddArticle, EndArrival]
    (article,) = of(decision, AddArticle)
    assert (article.kind, article.ticket) == (ArticleKind.AUTOMATIC, NUMBER)


@pytest.mark.parametrize("text", ["Saya cuti.", "#resolve", "#note x"])
def test_an_agents_vacation_reply_is_no_answer_and_no_command(text: str) -> None:
    """Auto-Submitted mail with an agent's good token is filed, never sent and never obeyed."""
    decision = act(case(ticket()), message(SARI, text, kind=Kind.AUTOMATIC, **to(3)))
    assert [type(effect) for effect in decision.effects] == [AddArticle, EndArrival]
    assert of(decision, AddArticle)[0].kind is ArticleKind.AUTOMATIC


def test_doubtful_automatic_mail_asks_nobody() -> None:
    """An unauthenticated vacation reply of an agent is no reason to ask for a confirmation."""
    decision = act(case(ticket()), replace(UNPROVEN, kind=Kind.AUTOMATIC, new_text="Cuti"))
    assert decision.effects == (EndArrival(1, End.IGNORED, decision.reason),)


@pytest.mark.parametrize("known", [case(), case(ticket())])
def test_automatic_mail_on_no_ticket_is_ignored_with_a_reason(known: Case) -> None:
    """Newsletters open no reports, and a number in the subject does not help a stranger."""
    decision = act(known, message(STRANGER, kind=Kind.AUTOMATIC, **NUMBERED))
    assert decision.effects == (EndArrival(1, End.IGNORED, decision.reason),)
    assert decision.code == "automatic.ignored"


def test_a_web_forms_mail_opens_a_report_without_an_acknowledgement() -> None:
    """Its machine is not answered; the report is that of the person in the e-mail field."""
    text = f"Surel: guru@sekolah.example\n{FORM}"
    decision = act(case(), message(Address("noreply@forms.example"), text, kind=Kind.AUTOMATIC))
    assert of(decision, OpenTicket)[0].requester == Address("guru@sekolah.example", "Sri Wahyuni")
    assert set(mails(decision)) == {SARI.addr}
    assert gate_codes(decision)[-1] == "gate.automatic"
    assert decision.code == "report.form"


@pytest.mark.parametrize(
    "text",
    [
        "Nama: Sri\nDetail Pertanyaan: Saya lupa kata sandi.",
        "Nama: Sri\nNPSN: 20100001\nKategori Masalah: Reset kata sandi",
    ],
)
def test_a_few_labels_in_automatic_mail_are_no_form(text: str) -> None:
    """Two fields, or none that says what the report is about: notifications have such lines, too."""
    assert end(act(case(), message(STRANGER, text, kind=Kind.AUTOMATIC))).end is End.IGNORED


@pytest.mark.parametrize("email", ["Surel: bukan alamat\n", "Surel: a@b.example, c@d.example\n", ""])
def test_a_web_form_without_a_usable_address_is_its_senders(email: str) -> None:
    """Better an agent's answer to a machine than one to a wrong person."""
    decision = act(case(), message(STRANGER, email + FORM, kind=Kind.AUTOMATIC))
    assert of(decision, OpenTicket)[0].requester == STRANGER


def test_mail_through_a_list_opens_a_report_and_is_not_answered() -> None:
    """People write through lists; a list must not get our mail."""
    decision = act(case(), message(kind=Kind.LIST))
    assert of(decision, OpenTicket)
    assert GURU.addr not in mails(decision)
    assert gate_codes(decision)[-1] == "gate.list"


def test_the_breaker_raises_an_alarm() -> None:
    """Too much automatic mail: the report is opened all the same."""
    policy = replace(POLICY, gate=GateLimits(global_hour=10))
    decision = act(case(sent=SentCounts(global_hour=10)), message(), policy)
    assert of(decision, OpenTicket)
    assert GURU.addr not in mails(decision)
    assert [alarm.code for alarm in of(decision, Alarm)] == ["gate.breaker"]


# Quarantine -----------------------------------------------------------------------------------------------------------


def test_an_unreadable_mail_becomes_a_numbered_ticket_with_the_raw_message() -> None:
    """For the agents only; the sender cannot be trusted and gets nothing."""
    decision = say(Unreadable(arrival(), "more than 1000 parts", "Halo", "x@y.example"), case())
    assert of(decision, OpenTicket)[0].requester.addr == ""
    assert of(decision, Tag)[0].add == {"quarantine"}
    assert set(mails(decision)) == {SARI.addr, BUDI.addr}
    assert of(decision, SendMail)[0].attachments == (AttachmentRef(1, "raw", "message.eml", "message/rfc822"),)
    assert (end(decision).end, end(decision).ticket) == (End.QUARANTINED, NEW)
    assert of(decision, AddArticle)[0].arrival == 1


def test_a_huge_unreadable_mail_is_not_sent_along() -> None:
    """It stays in the ledger."""
    decision = say(Unreadable(arrival(size=50_000_000), "too large"), case())
    assert of(decision, SendMail)[0].attachments == ()


@pytest.mark.parametrize("problem", ["two addresses", ""])
def test_a_mail_without_one_sender_is_quarantined(problem: str) -> None:
    """No answer to anybody who may not have written it."""
    mail = replace(message(None), sender=Sender(None, problem, ("a@b.example", "c@d.example")))
    decision = act(case(), mail)
    assert (end(decision).end, end(decision).ticket) == (End.QUARANTINED, NEW)
    assert of(decision, Tag)[0].add == {"no-sender"}
    assert set(mails(decision)) == {SARI.addr, BUDI.addr}
    assert of(decision, AddArticle)[0].text == "Saya lupa kata sandi."


def test_automatic_mail_without_a_sender_is_only_ignored() -> None:
    """Even with a form in it."""
    assert end(act(case(), message(None, FORM, kind=Kind.AUTOMATIC))).end is End.IGNORED


# Sending and timers ---------------------------------------------------------------------------------------------------


def failed(kind: MailKind = MailKind.ANSWER, code: int = 550, **changes: Any) -> SendingFailed:
    """Our mail to the teacher was refused."""
    return replace(SendingFailed(5, NUMBER, 1, GURU.addr, kind, code, "5.1.1 unknown user"), **changes)


def test_a_refused_answer_is_told_to_the_agents() -> None:
    """As for a delivery report."""
    decision = say(failed())
    assert of(decision, AddArticle)[0].internal
    assert [(one.slot, one.reachable) for one in of(decision, SetReachable)] == [(1, False)]
    assert mails(decision) == {SARI.addr: ["failure"]}
    assert decision.code == "sending.refused"


def test_an_answer_that_was_given_up_is_told_and_nobody_is_marked() -> None:
    """The server said `later` until the tries were used up: that is about the server, not about the address."""
    decision = say(failed(code=451, reply="given up after 12 tries"))
    assert not of(decision, SetReachable)
    assert mails(decision) == {SARI.addr: ["failure"]}


def test_an_uncertain_answer_is_told_and_nobody_is_marked() -> None:
    """It may have arrived."""
    decision = say(failed(code=0, reply="", uncertain=True))
    assert not of(decision, SetReachable)
    assert mails(decision) == {SARI.addr: ["failure"]}
    assert decision.code == "sending.uncertain"


def test_a_refused_acknowledgement_is_only_noted() -> None:
    """And the requester is known to be out of reach."""
    decision = say(failed(MailKind.ACKNOWLEDGEMENT))
    assert of(decision, SetReachable)
    assert not of(decision, SendMail)


@pytest.mark.parametrize("kind", [MailKind.NOTICE, MailKind.CONFIRM, MailKind.ALARM])
def test_a_refused_notice_only_raises_an_alarm(kind: MailKind) -> None:
    """No mail about a mail to an agent: no loop is possible."""
    decision = say(failed(kind, slot=3))
    assert {type(effect) for effect in decision.effects} == {Alarm}
    assert of(decision, Alarm)[0].told is (kind is MailKind.ALARM)  # else the admin would be mailed of that, too


def test_a_failed_mail_without_a_ticket_raises_an_alarm() -> None:
    """Only the admin can help."""
    assert say(failed(), case()).code == "sending.alarm"


def test_a_timer_of_an_unknown_name_does_nothing() -> None:
    """A timer is only a wake-up."""
    assert say(TimerDue(1, NUMBER, "x")).effects == ()


# The whole ------------------------------------------------------------------------------------------------------------


def corners() -> Iterator[Case]:
    """Cases with and without what a decision may know."""
    for state in State:
        yield case(ticket(state), by_id={"<m0@sekolah.example>": NUMBER}, **about(MailKind.ANSWER))
    yield case()
    yield case(ticket(), held=arrival(7), held_message=UNPROVEN)
    yield case(ticket(), sent=SentCounts(99, 99, 99, 99_999), rescan=True)


@given(
    st.sampled_from([GURU, COPY, SARI, BUDI, STRANGER, None, Address("bantuan@desk.example")]),
    st.sampled_from(Kind),
    st.sampled_from(["", "ya", "#resolve", "#note x", "#what", "masih belum bisa", FORM]),
    st.sampled_from([token_to(1), token_to(3), token_to(0, 7, Purpose.CONFIRM), Address("bantuan@desk.example")]),
    st.sampled_from([{}, {"truncated": True}, {"return_path": ""}, {"split_sure": False}, NUMBERED]),
    st.sampled_from(list(corners())),
)
def test_every_mail_has_exactly_one_end(
    sender: Address | None, kind: Kind, text: str, address: Address, changes: dict[str, Any], known: Case
) -> None:
    """Whatever comes: one end with a reason, no mail to the desk itself, none to strangers but one, and it renders."""
    mail = message(sender, text, kind=kind, to=(address,), **changes)
    decision = act(known, mail)
    assert end(decision).reason
    assert decision == decided(known, mail)
    for one in of(decision, SendMail):
        assert one.to.addr not in POLICY.desk.addresses
        if one.kind is MailKind.ACKNOWLEDGEMENT:
            assert kind is Kind.PERSON
            assert sender is not None
            assert one.to.addr == sender.addr
        if one.kind is MailKind.ANSWER:
            proof = decision.trace["thread"]["proof"]
            assert proof["authority"] == Authority.AGENT
            assert kind in {Kind.PERSON, Kind.LIST}
    if end(decision).ticket is not None and end(decision).end is End.ARTICLE:
        assert any(article.arrival == 1 for article in of(decision, AddArticle))


def test_evidence_may_be_missing() -> None:
    """A mail whose evidence was not gathered proves nothing."""
    from mailhelp.desk.event import Arrived

    decision = decide(case(ticket()), Arrived(arrival(), message(**to(1))), NOW, POLICY)
    assert of(decision, OpenTicket)
    assert decide(case(), Arrived(arrival(), message()), NOW, POLICY, Evidence()).code == "report"
