"""Rules on a live desk: on new reports, replies, agents' mails and due times; everything that they may want is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskkit import BUDI, COPY, GURU, NOW, NUMBER, POLICY, SARI, case, decided, mails, message, of, ticket, token_to
from mailhelp.desk import because, ruleact
from mailhelp.desk.condition import (
    All,
    AnyOf,
    Attached,
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
    OfficeHours,
    OpenReports,
    Range,
    RecipientIs,
    SenderDomain,
    SenderIs,
    SenderKnown,
    Tagged,
)
from mailhelp.desk.effect import AddArticle, AddParticipant, Assign, Decision, OpenTicket, SendMail, SetState, Tag
from mailhelp.desk.facts import Facts
from mailhelp.desk.model import ArticleKind, CloseReason, MailKind, Role, State, Ticket
from mailhelp.desk.policy import Category, Policy
from mailhelp.desk.rule import Actions, Answer, Rule, run
from mailhelp.desk.scene import Scene, Trace
from mailhelp.mail.message import Attachment, Kind


def policy(*rules: Rule, **changes: Any) -> Policy:
    """The test desk with these rules."""
    return replace(POLICY, rules=rules, **changes)


def on(event: str, **wanted: Any) -> Policy:
    """The test desk with one rule for an event."""
    return policy(Rule("aturan", Actions(**wanted), Is("event", (event,))))


def replied(known: Ticket, desk: Policy, **changes: Any) -> Decision:
    """A reply of the teacher."""
    return decided(case(known), message(GURU, "Halo lagi.", to=(token_to(1),), **changes), desk)


def answered(known: Ticket, desk: Policy, text: str = "Sudah kami bantu.", slot: int = 3) -> Decision:
    """An agent's answer."""
    who = SARI if slot == 3 else BUDI
    return decided(case(known), message(who, text, to=(token_to(slot),)), desk)


def opened(desk: Policy, **changes: Any) -> Decision:
    """A new report."""
    return decided(case(), message(**changes), desk)


# --- new reports


def test_an_answer_resolves_only_when_it_is_sent() -> None:
    """The gate refuses automatic mail to a list's post: then the report stays open, and agents are told of it."""
    desk = on("arrived", answer=Answer("jawaban", resolve=True))
    sent = opened(desk)
    assert mails(sent)[GURU.addr] == ["jawaban"]
    assert [(one.state, one.reason) for one in of(sent, SetState)] == [(State.RESOLVED, "rule aturan answered it")]
    refused = opened(desk, kind=Kind.LIST, kind_reason="List-Id")
    assert GURU.addr not in mails(refused)
    assert of(refused, SetState) == []


def test_a_truncated_mail_is_not_resolved_by_an_answer() -> None:
    """Its sender is told that it was too large; the canned answer was not sent, so nothing is resolved."""
    sent = opened(on("arrived", answer=Answer("jawaban", resolve=True)), truncated=True)
    assert mails(sent)[GURU.addr] == ["too_large"]
    assert of(sent, SetState) == []


def test_an_answer_is_no_acknowledgement() -> None:
    """`acknowledge: false` keeps the acknowledgement back, and not the answer that a rule gives."""
    silent = opened(on("arrived", acknowledge=False))
    assert GURU.addr not in mails(silent)
    assert silent.trace["gate"][-1]["code"] == "rule.acknowledge"
    assert mails(opened(on("arrived", acknowledge=False, answer=Answer("jawaban"))))[GURU.addr] == ["jawaban"]


def test_help_pages_go_along() -> None:
    """Those of rules and that of the category stand in the acknowledgement and in the notice; also canned answers."""
    category = Category("reset", article="https://a.example/reset", answers=("answer_reset",))
    desk = replace(on("arrived", category="reset", articles=("https://a.example/x",)), categories={"reset": category})
    both = ["https://a.example/x", "https://a.example/reset"]
    sent = {one.to.addr: one.context for one in of(opened(desk), SendMail)}
    assert sent[GURU.addr]["articles"] == both
    assert (sent[SARI.addr]["articles"], sent[SARI.addr]["answers"]) == (both, ["answer_reset"])


def test_targets_and_questions_stay_with_the_ticket() -> None:
    """The ticket remembers the target and the fields to ask for as tags; tags taken away are not added."""
    rules = (
        Rule("a", Actions(target="cepat", ask=("npsn",), add_tags=frozenset("xy"))),
        Rule("b", Actions(remove_tags=frozenset("y"))),
    )
    (tags,) = of(opened(policy(*rules)), Tag)
    assert tags.add == {"x", "target:cepat", "data-kurang:npsn"}


def test_a_report_may_be_closed_at_once() -> None:
    """It is opened as new, answered, and closed with a reason."""
    done = opened(on("arrived", state=State.CLOSED))
    assert [one.state for one in of(done, OpenTicket)] == [State.NEW]
    assert [(one.state, one.close_reason) for one in of(done, SetState)] == [(State.CLOSED, CloseReason.ANSWERED)]
    assert mails(done)[GURU.addr] == ["acknowledgement"]


def test_spam_is_closed_and_nobody_is_told() -> None:
    """No mail at all: neither to the sender nor to agents; not even the answer of another rule."""
    done = opened(on("arrived", spam=True, answer=Answer("jawaban", resolve=True), state=State.CLOSED))
    assert [(one.state, one.close_reason) for one in of(done, SetState)] == [(State.CLOSED, CloseReason.SPAM)]
    assert of(done, SendMail) == []


# --- replies


def test_rules_for_new_reports_do_not_act_on_replies() -> None:
    """And the other way round; the trace of each says so."""
    desk = on("arrived", priority="urgent")
    assert of(replied(ticket(), desk), Assign) == []
    assert replied(ticket(), desk).trace["rules"] == [
        {"name": "aturan", "fired": False, "why": "event is 'replied', not arrived"}
    ]
    assert opened(on("replied", priority="urgent")).trace["rules"][0]["fired"] is False


def test_a_reply_moves_its_ticket() -> None:
    """Queue, owner and priority in one change with the rule's name; who is told is the new owner."""
    done = replied(ticket(), on("replied", queue="akun", owner="budi", priority="high"))
    (change,) = of(done, Assign)
    assert (change.queue, change.owner, change.priority) == ("akun", "budi", "high")
    assert change.reason == "rule aturan"
    assert list(mails(done)) == [BUDI.addr]


def test_what_is_so_already_is_not_set_again() -> None:
    """No change is recorded where nothing changes."""
    known = ticket(queue="akun", priority="high", tags=frozenset("x"))
    done = replied(known, on("replied", queue="akun", priority="high", owner="sari", add_tags=frozenset("x")))
    assert (of(done, Assign), of(done, Tag)) == ([], [])


def test_tags_come_and_go() -> None:
    """Tags are added and taken away; a new target takes the place of the old one."""
    known = ticket(tags=frozenset({"lama", "tetap", "target:biasa"}))
    done = replied(known, on("replied", add_tags=frozenset({"baru"}), remove_tags=frozenset({"lama"}), target="cepat"))
    assert of(done, Tag) == [Tag(NUMBER, frozenset({"baru", "target:cepat"}), frozenset({"lama", "target:biasa"}))]


def test_a_reply_can_keep_a_report_resolved() -> None:
    """A reply reopens a resolved report; a rule that wants it resolved has the last word."""
    done = replied(ticket(State.RESOLVED), on("replied", state=State.RESOLVED))
    assert [one.state for one in of(done, SetState)] == [State.OPEN, State.RESOLVED]


def test_a_reply_is_answered_to_the_one_who_wrote() -> None:
    """The canned answer goes to the person in copy who wrote, under that person's mail; resolving when wanted."""
    desk = on("replied", answer=Answer("jawaban", resolve=True))
    done = decided(case(ticket()), message(COPY, "Halo.", to=(token_to(2),), message_id="<k1@x.example>"), desk)
    (sent,) = [one for one in of(done, SendMail) if one.template == "jawaban"]
    assert (sent.to, sent.kind, sent.in_reply_to) == (COPY, MailKind.ACKNOWLEDGEMENT, "<k1@x.example>")
    assert of(done, SetState)[-1].state is State.RESOLVED


def test_copies_take_free_places() -> None:
    """People in copy are added once, agents who come new after them, and no place is given twice."""
    known = ticket(owner="", participants=ticket().participants[:2])
    done = replied(known, on("replied", copy_to=(COPY.addr, "baru@sekolah.example"), notes=("lihat",)))
    added = of(done, AddParticipant)
    assert [(one.slot, one.role, one.address.addr) for one in added] == [
        (3, Role.COPY, "baru@sekolah.example"),
        (4, Role.AGENT, SARI.addr),
        (5, Role.AGENT, BUDI.addr),
    ]
    assert [(one.kind, one.text, one.internal) for one in of(done, AddArticle)][1:] == [
        (ArticleKind.NOTE, "lihat", True)
    ]


def test_spam_is_for_new_reports_only() -> None:
    """A reply of a participant never closes a report as spam, whatever a rule says."""
    assert all(one.close_reason is None for one in of(replied(ticket(), on("replied", spam=True)), SetState))


# --- agents' mails and due times


def test_rules_follow_an_agents_answer() -> None:
    """The rule has the last word about the state; its end stands last."""
    done = answered(ticket(), on("agent", state=State.CHECKING, queue="akun"))
    assert [one.state for one in of(done, SetState)] == [State.CHECKING]
    assert of(done, Assign)[-1].queue == "akun"
    assert done.effects[-1].__class__.__name__ == "EndArrival"


def test_rules_follow_a_note() -> None:
    """An agent's note is an agent's mail, too."""
    done = answered(ticket(), on("agent", add_tags=frozenset({"catatan"})), "#note lihat dapodik")
    assert of(done, Tag) == [Tag(NUMBER, frozenset({"catatan"}))]


def test_a_new_agent_and_a_copy_get_different_places() -> None:
    """The agent who comes new by answering sits before the person whom a rule puts in copy."""
    known = ticket(participants=ticket().participants[:3])
    desk = on("agent", copy_to=("baru@sekolah.example",))
    mail = message(BUDI, "Sudah.", to=(token_to(4),))
    known_to_budi = replace(known, participants=(*known.participants, ticket().participants[3]))
    done = decided(case(known_to_budi), mail, desk)
    assert [one.slot for one in of(done, AddParticipant)] == [5]
    scene = Scene(case(known), NOW, desk, Trace())
    assert [one.slot for one in ruleact.on(scene, known, "agent").ticket.participants] == [1, 2, 3, 4]


def test_an_answer_to_an_agents_mail_goes_to_the_requester() -> None:
    """It answers no mail, so it is a message of its own."""
    done = answered(ticket(), on("agent", answer=Answer("jawaban")))
    (sent,) = [one for one in of(done, SendMail) if one.template == "jawaban"]
    assert (sent.to, sent.kind) == (GURU, MailKind.STATUS)


def test_rules_act_on_due_times() -> None:
    """What is known of the ticket is all there is; the canned answer goes to the requester."""
    desk = policy(
        Rule("penting", Actions(answer=Answer("jawaban"), owner="budi"), All((Is("event", ("timer",)), Tagged(("x",)))))
    )
    known = ticket(tags=frozenset("x"))
    scene = Scene(case(known), NOW, desk, Trace())
    acted = ruleact.on(scene, known, "timer")
    assert [type(one).__name__ for one in acted.effects] == ["Assign", "SendMail"]
    assert acted.ticket.owner == "budi"
    assert scene.trace.data["rules"][0]["fired"]
    assert ruleact.on(scene, ticket(), "timer").effects == ()


def test_nobody_is_answered_where_nobody_can_be() -> None:
    """A ticket without a requester (from quarantine) is changed and nobody is written to."""
    known = ticket(participants=())
    scene = Scene(case(known), NOW, on("timer", answer=Answer("jawaban"), priority="high"), Trace())
    assert [type(one).__name__ for one in ruleact.on(scene, known, "timer").effects] == ["Assign"]


def test_an_unknown_queue_or_owner_changes_nothing() -> None:
    """Names are checked when rules are loaded; a policy made otherwise does no harm."""
    assert of(replied(ticket(), on("replied", queue="nowhere", owner="nobody")), Assign) == []


# --- why, in the language of the notice

PNG = Attachment("a.png", "image/png", 10, "2", "0")
FACTS = Facts(
    category="Reset kata sandi",
    user_type="Guru",
    priority="high",
    state="open",
    language="id",
    tags=frozenset("x"),
    text="kode 1234",
    fields={"nik": "3201014101800001", "npsn": "20100001"},
    sender="a@sd.go.id",
    recipients=("b@desk.example",),
    headers={"List-Id": "x"},
    attachments=(PNG,),
    local_time=NOW,
    office_hours=True,
    open_reports=2,
)
REASONS: list[tuple[Condition, str, str]] = [
    (Is("category", ("Reset kata sandi",)), "kategori Reset kata sandi", "category Reset kata sandi"),
    (Is("user_type", ("Guru",)), "tipe pengguna Guru", "user type Guru"),
    (Is("priority", ("high",)), "prioritas tinggi", "priority high"),
    (Is("language", ("id",)), "bahasa id", "language id"),
    (Is("event", ("arrived",)), "", ""),
    (Tagged(("x",)), "tanda x", "tag x"),
    (Has("text", ("tidak", "kode")), "ada kata “kode”", "it has “kode”"),
    (Matches("text", r"\d{4}"), "cocok dengan pola: “1234”", "it matches a pattern with “1234”"),
    (FieldIs("npsn", ("20100001",)), "npsn 20100001", "npsn is 20100001"),
    (FieldPresent("nik"), "nik ************0001", "nik is ************0001"),
    (FieldMatches("npsn", "^2"), "npsn 20100001", "npsn is 20100001"),
    (FieldPresent("nisn", present=False), "nisn kosong", "nisn is missing"),
    (SenderIs(("a@sd.go.id",)), "pengirim a@sd.go.id", "sender a@sd.go.id"),
    (SenderDomain(("go.id",)), "pengirim dari sd.go.id", "sender from sd.go.id"),
    (SenderKnown(known=False), "pengirim belum pernah menulis", "the sender never wrote before"),
    (RecipientIs(("b@desk.example",)), "ditujukan ke b@desk.example", "sent to b@desk.example"),
    (HeaderIs("List-Id"), "kepala surat List-Id x", "header List-Id is x"),
    (HeaderMatches("List-Id", "x"), "kepala surat List-Id x", "header List-Id is x"),
    (OpenReports(Range(1)), "laporan terbuka lain: 2", "other open reports: 2"),
    (Attached(), "lampiran: 1", "attached files: 1"),
    (OfficeHours(open=True), "di dalam jam layanan", "within office hours"),
    (LocalTime(), "waktu 03:00", "time 03:00"),
    (Not(Tagged(("y",))), "", ""),
    (AnyOf((Tagged(("y",)), Tagged(("x",)))), "tanda x", "tag x"),
    (All((Tagged(("x",)), Attached())), "tanda x, lampiran: 1", "tag x, attached files: 1"),
]


@pytest.mark.parametrize(("condition", "indonesian", "english"), REASONS, ids=lambda case: str(case)[:40])
def test_agents_read_why_in_their_language(condition: Condition, indonesian: str, english: str) -> None:
    """Each condition tells what held, shortly, in both languages; identity numbers are masked."""
    assert condition.holds(FACTS)
    assert ", ".join(because.reasons(condition, FACTS, "id")) == indonesian
    assert ", ".join(because.reasons(condition, FACTS, "en")) == english


def test_a_notice_names_the_rules_that_fired() -> None:
    """One rule after the other, with what held; a rule without a condition holds always; long values are cut."""
    rules = (
        Rule("satu", Actions(), Tagged(("x",))),
        Rule("dua", Actions(), Tagged(("y",))),
        Rule("tiga", Actions(), Is("event", ("arrived",))),
    )
    assert because.why(run(rules, FACTS), "id") == "satu: tanda x; tiga: berlaku selalu"
    assert because.why(run(rules[1:2], FACTS), "id") == ""
    long = replace(FACTS, sender="a" * 100 + "@x.example")
    assert len(next(because.reasons(SenderIs((long.sender,)), long, "en"))) < 80


def test_the_notice_is_in_the_desks_language() -> None:
    """An Indonesian desk's agents read Indonesian reasons; the trace stays as admins read it."""
    rule = Rule("sandi", Actions(priority="high"), Has("text", ("kata sandi",)))
    done = opened(policy(rule))
    (notice,) = [one for one in of(done, SendMail) if one.to == SARI]
    assert notice.context["why"] == "sandi: ada kata “kata sandi”"
    assert done.trace["rules"][0]["why"] == "text has 'kata sandi'"


def test_a_due_time_gives_no_place_twice() -> None:
    """Agents who are told come to the ticket first; a person whom a rule puts in copy sits after them."""
    known = ticket(owner="", participants=ticket().participants[:1])
    scene = Scene(case(known), NOW, on("timer", copy_to=("baru@sekolah.example",)), Trace())
    (added,) = ruleact.on_timer(scene, known)
    assert isinstance(added, AddParticipant)
    assert added.slot == 4


def test_office_hours_are_those_of_the_calendar() -> None:
    """Tuesday at ten is office hours, Sunday and a holiday are not; the reason says which."""
    rules = (Rule("buka", Actions(), OfficeHours(open=True)), Rule("tutup", Actions(), OfficeHours(open=False)))
    desk = policy(*rules)
    fired = {}
    for at in (NOW, NOW + timedelta(days=5), NOW + timedelta(hours=12)):
        done = ruleact.judged(Scene(case(), at, desk, Trace()), "arrived", {})
        fired[at] = [(one.name, one.why) for one in done.traces if one.fired]
    assert list(fired.values()) == [
        [("buka", "it is tuesday 10:00, within office hours")],
        [("tutup", "it is sunday 10:00, outside office hours")],
        [("tutup", "it is tuesday 22:00, outside office hours")],
    ]
    assert OfficeHours(open=True).why(Facts()) == "whether it is office hours is not known"
    assert ", ".join(because.reasons(OfficeHours(open=False), replace(FACTS, office_hours=False), "id")) == (
        "di luar jam layanan"
    )
