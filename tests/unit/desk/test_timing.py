"""Due times from facts, what wakes do, and what decisions mean for timers; the dates that people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deskkit import GURU, NOW, NUMBER, POLICY, STRANGER, case, decided, message, of, ticket
from mailhelp.desk import comeback, dates, dues, timenotice, timing
from mailhelp.desk.amount import Amount
from mailhelp.desk.calendar import Calendar, Hours
from mailhelp.desk.decide import decide
from mailhelp.desk.effect import (
    Ask,
    Assign,
    CancelMail,
    ClearTimer,
    Decision,
    OpenTicket,
    SendMail,
    SetReachable,
    SetState,
    SetTimer,
    Tag,
    Withdraw,
)
from mailhelp.desk.event import TimerDue
from mailhelp.desk.model import ArticleKind, Asked, CloseReason, FieldValue, MailKind, Recent, State, Ticket
from mailhelp.desk.scene import Scene, Trace
from mailhelp.desk.targets import Promise, Targets
from mailhelp.desk.timefacts import Came, Done, OurMail, Stay, Timeline, TimerRow
from mailhelp.desk.timepolicy import AfterClosing, Checking, ReplyToClosed, TimePolicy
from mailhelp.desk.waiting import Fate, Heard
from mailhelp.mail.message import Authentication, Kind, Sender

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TIME = TimePolicy(
    targets=Targets(
        Promise(
            first_answer=Amount(8 * HOUR),
            next_answer=Amount(4 * HOUR),
            solution=Amount(48 * HOUR),
            warn_before=Amount(2 * HOUR),
            escalate_after=Amount(HOUR),
        )
    ),
    checking=Checking(progress_every=3 * DAY),
)
ADMIN = replace(POLICY.desk, admin="admin@desk.example")
TIMED = replace(POLICY, time=TIME, desk=ADMIN)


def wake(one: Ticket, line: Timeline, name: str, now: datetime = NOW, policy: Any = TIMED) -> Decision:
    """The decision of one timer."""
    return decide(case(one, time={NUMBER: line}), TimerDue(1, NUMBER, name), now, policy)


def found(one: Ticket, line: Timeline, now: datetime = NOW) -> dict[str, dues.DueTime]:
    """The due times by name."""
    return {due.name: due for due in dues.due_times(one, line, now, TIME)}


def waiting(since: datetime, *more: OurMail, **changes: Any) -> Timeline:
    """A question put at a time and accepted at once; everything was watched, up to NOW."""
    question = OurMail(1, MailKind.ACKNOWLEDGEMENT, 5, since, Fate.ACCEPTED, since)
    return replace(
        Timeline(stays=(Stay(State.PENDING, since, None, 5),), mails=(question, *more), looked_at=NOW), **changes
    )


def reminder(number: int, at: datetime, fate: Fate = Fate.ACCEPTED) -> OurMail:
    """A reminder of ours."""
    return OurMail(number, MailKind.REMINDER, number, at, fate, at if fate is Fate.ACCEPTED else None)


# --- promises


def test_the_first_answer_counts_from_the_arrival_without_the_requesters_turn() -> None:
    """Two hours of waiting for the requester move the due time by as much."""
    line = Timeline(
        stays=(
            Stay(State.NEW, NOW, NOW + HOUR),
            Stay(State.PENDING, NOW + HOUR, NOW + 3 * HOUR),
            Stay(State.OPEN, NOW + 3 * HOUR),
        )
    )
    due = found(ticket(), line)
    assert due["first_answer"].at == NOW + 10 * HOUR
    assert (due["first_answer"].wake_at, due["first_answer"].stage) == (NOW + 8 * HOUR, dues.WARNING)
    assert due["solution"].at == NOW + 50 * HOUR
    assert "next_answer" not in due


def test_an_answer_ends_the_first_promise_and_a_reply_begins_the_next() -> None:
    """The clock of the next answer starts with the first unanswered mail; machine-answered ones do not count."""
    answered = Came(ArticleKind.ANSWER, NOW, NOW, 2)
    asked = Came(ArticleKind.REPLY, NOW + HOUR, NOW + HOUR, 3, "reply.status")
    replied = Came(ArticleKind.REPLY, NOW + 2 * HOUR, NOW + 3 * HOUR, 4, "reply")
    stays = (Stay(State.OPEN, NOW - DAY),)
    assert set(found(ticket(), Timeline(stays, came=(answered, asked)))) == {"solution"}
    due = found(ticket(), Timeline(stays, came=(answered, asked, replied)))
    assert due["next_answer"].at == NOW + 6 * HOUR


def test_a_target_is_warned_of_and_escalated_once() -> None:
    """The warning goes to the owner; the escalation to the admin too, and the priority rises; then it is silent."""
    line = Timeline(stays=(Stay(State.OPEN, NOW - 6 * HOUR),))
    warned = wake(ticket(), line, "first_answer")
    assert warned.code == "target.first_answer.warning"
    assert [mail.template for mail in of(warned, SendMail)] == ["notice_time"]
    assert not of(warned, Assign)
    late = NOW + 4 * HOUR
    told = replace(line, done=(Done(warned.code, NOW),))
    missed = wake(ticket(), told, "first_answer", late)
    assert missed.code == "target.first_answer.escalation"
    assert {mail.to.addr for mail in of(missed, SendMail)} == {"sari@dinas.example", "admin@desk.example"}
    assert [one.priority for one in of(missed, Assign)] == ["high"]
    silent = wake(ticket(), replace(told, done=(*told.done, Done(missed.code, late))), "first_answer", late + HOUR)
    assert not of(silent, SendMail)


def test_a_moved_deadline_moves_the_timer_and_nothing_else() -> None:
    """Design §6: if the deadline moved, the only effect is a new timer; with its version and arithmetic."""
    line = Timeline(stays=(Stay(State.OPEN, NOW),), timers={"first_answer": TimerRow(NOW, "old")})
    done = wake(ticket(), line, "first_answer")
    assert all(isinstance(effect, SetTimer) for effect in done.effects)
    (timer,) = (one for one in of(done, SetTimer) if one.name == "first_answer")
    assert timer.due_at == NOW + 6 * HOUR
    assert timer.facts["calendar"] == TIME.version
    assert any("promised within" in step for step in timer.facts["steps"])


def test_what_is_not_due_any_more_is_cleared() -> None:
    """A resolved report has no promises left."""
    line = Timeline(stays=(Stay(State.RESOLVED, NOW),), timers={"first_answer": TimerRow(NOW, "old")})
    done = wake(ticket(State.RESOLVED), line, dues.PLAN)
    assert [one.name for one in of(done, ClearTimer)] == ["first_answer"]
    assert [(one.name, one.due_at) for one in of(done, SetTimer)] == [("resolved", NOW + 7 * DAY)]


def test_a_version_names_all_that_due_times_depend_on() -> None:
    """Other targets, another version; the same content, the same one."""
    assert TIME.version == replace(TIME).version
    assert TIME.version != replace(TIME, resolved_closes_after=DAY).version


# --- waiting


def test_a_reminder_lists_what_is_missing_and_leaves_in_its_time() -> None:
    """16 hours after the question, in office hours; `not_after` bounds it."""
    line = waiting(NOW - 16 * HOUR)
    done = wake(ticket(State.PENDING), line, dues.SEQUENCE)
    (mail,) = of(done, SendMail)
    assert (mail.kind, mail.template, mail.to) == (MailKind.REMINDER, "reminder", GURU)
    assert mail.not_after == NOW + timedelta(minutes=10)
    assert not mail.context["last"]


def test_silence_closes_after_all_reminders_and_says_so() -> None:
    """The closing mail and the state go together, with the reason."""
    line = waiting(NOW - 50 * HOUR, reminder(2, NOW - 34 * HOUR), reminder(3, NOW - 17 * HOUR))
    done = wake(ticket(State.PENDING), line, dues.SEQUENCE)
    assert [mail.template for mail in of(done, SendMail)] == ["closing"]
    assert [(one.state, one.close_reason) for one in of(done, SetState)] == [(State.CLOSED, CloseReason.SILENCE)]
    assert of(done, ClearTimer)


def test_the_gate_may_hold_the_closing_back_and_then_nothing_is_closed() -> None:
    """No closing without its mail; for an address that nobody reads, agents take over."""
    line = waiting(NOW - 50 * HOUR, reminder(2, NOW - 34 * HOUR), reminder(3, NOW - 17 * HOUR))
    budget = replace(TIMED, gate=replace(TIMED.gate, per_ticket_day=0))
    held = wake(ticket(State.PENDING), line, dues.SEQUENCE, policy=budget)
    assert not of(held, SetState)
    assert not of(held, SendMail)
    assert held.code == "timer.gate"
    one = ticket(State.PENDING)
    nobody = replace(one.participants[0], address=replace(GURU, addr="noreply@sekolah.example"))
    role = replace(one, participants=(nobody, *one.participants[1:]))
    back = wake(role, line, dues.SEQUENCE)
    assert [done.state for done in of(back, SetState)] == [State.OPEN]
    assert of(back, Tag)
    early = wake(role, waiting(NOW - 16 * HOUR), dues.SEQUENCE)
    assert [done.state for done in of(early, SetState)] == [State.OPEN]


def test_a_bounce_gives_the_report_to_agents() -> None:
    """The requester is not reachable: no closing, a tag, the agents are told."""
    one = ticket(State.PENDING)
    lost = replace(one, participants=(replace(one.participants[0], reachable=False), *one.participants[1:]))
    done = wake(lost, waiting(NOW - HOUR), dues.SEQUENCE)
    assert done.code == "sequence.unreachable"
    assert [change.reason.split(":")[0] for change in of(done, SetState)] == ["unreachable"]
    assert [mail.context["what"] for mail in of(done, SendMail)] == ["unreachable"]


def test_an_uncertain_question_is_told_once() -> None:
    """The sequence holds; the same notice does not come every day."""
    lost = OurMail(1, MailKind.ANSWER, 5, NOW - DAY, Fate.UNCERTAIN)
    line = waiting(NOW - DAY, mails=(lost,))
    first = wake(ticket(State.PENDING), line, dues.SEQUENCE)
    assert [mail.context["what"] for mail in of(first, SendMail)] == ["uncertain"]
    again = wake(ticket(State.PENDING), replace(line, done=(Done(first.code, NOW),)), dues.SEQUENCE)
    assert not of(again, SendMail)
    assert next(one.due_at for one in of(again, SetTimer)) == NOW + DAY


def test_a_mail_elsewhere_ends_the_waiting() -> None:
    """A new report of the same requester may be the answer: an agent looks."""
    line = waiting(NOW - 16 * HOUR, elsewhere=(Heard(NOW - HOUR, NOW - HOUR),))
    done = wake(ticket(State.PENDING), line, dues.SEQUENCE)
    assert [one.state for one in of(done, SetState)] == [State.OPEN]


def test_without_a_fresh_look_nothing_leaves() -> None:
    """The decision asks for a complete look, and comes back in a minute."""
    done = wake(ticket(State.PENDING), waiting(NOW - 16 * HOUR, looked_at=None), dues.SEQUENCE)
    assert done.code == "sequence.look"
    assert [one.due_at for one in of(done, SetTimer) if one.name == dues.SEQUENCE] == [NOW + timedelta(minutes=1)]


def test_the_time_an_agent_gave_replaces_the_sequence() -> None:
    """`#wait`: no reminders; when it is over, the report is the agents' again."""
    line = waiting(NOW - 16 * HOUR, timers={dues.WAIT: TimerRow(NOW)})
    assert dues.SEQUENCE not in found(ticket(State.PENDING), line)
    done = wake(ticket(State.PENDING), line, dues.WAIT)
    assert [one.state for one in of(done, SetState)] == [State.OPEN]
    assert [mail.context["what"] for mail in of(done, SendMail)] == ["wait"]
    assert wake(ticket(), line, dues.WAIT).code == "wait.void"


def test_an_answer_ends_the_wait_of_an_agent() -> None:
    """Once nobody is waited for, the time that `#wait` gave is gone: a later question has its own reminders."""
    line = waiting(NOW - 16 * HOUR, timers={dues.WAIT: TimerRow(NOW + DAY)})
    assert ClearTimer(NUMBER, dues.WAIT) in wake(ticket(State.OPEN), line, dues.PLAN).effects
    assert ClearTimer(NUMBER, dues.WAIT) not in wake(ticket(State.PENDING), line, dues.PLAN).effects


def test_a_question_without_a_mail_starts_nothing() -> None:
    """A report that an agent set to pending without writing is not reminded of."""
    line = Timeline(stays=(Stay(State.PENDING, NOW - DAY, None, 5),))
    assert line.waiting(ticket(State.PENDING)) is None
    assert Timeline(stays=(Stay(State.OPEN, NOW),)).question() is None
    assert Timeline().unanswered_since is None


def test_an_open_ended_sequence_wakes_no_more() -> None:
    """`close: never`: after the last reminder nothing is due."""
    never = replace(TIME, sequence=replace(TIME.sequence, close=None))
    line = waiting(NOW - 50 * HOUR, reminder(2, NOW - 34 * HOUR), reminder(3, NOW - 17 * HOUR))
    (due,) = (one for one in dues.due_times(ticket(State.PENDING), line, NOW, never) if one.name == dues.SEQUENCE)
    assert due.wake_at is None


# --- resolved, checking


@pytest.mark.parametrize(
    ("looked", "undecided", "code"),
    [
        (NOW, (), "resolved.closed"),
        (NOW - 2 * DAY, (), "sequence.look"),
        (None, (), "sequence.look"),
        (NOW, ("arrival 7",), "resolved.undecided"),
    ],
)
def test_resolved_closes_itself(looked: datetime | None, undecided: tuple[str, ...], code: str) -> None:
    """After a complete look, and while nothing is undecided that could be a reply."""
    line = Timeline(stays=(Stay(State.RESOLVED, NOW - 8 * DAY),), looked_at=looked, undecided=undecided)
    done = wake(ticket(State.RESOLVED), line, dues.RESOLVED)
    assert done.code == code
    reasons = [one.close_reason for one in of(done, SetState)]
    assert reasons == ([CloseReason.ANSWERED] if code == "resolved.closed" else [])


def test_a_resolved_report_waits_for_what_only_a_person_can_settle() -> None:
    """A mail in quarantine could be a reply: it is not closed, and looked at again in an hour."""
    line = Timeline(stays=(Stay(State.RESOLVED, NOW - 8 * DAY),), looked_at=NOW, unsettled=("arrival 7, held,",))
    done = wake(ticket(State.RESOLVED), line, dues.RESOLVED)
    assert done.code == "resolved.unsettled"
    assert [(one.name, one.due_at) for one in of(done, SetTimer)] == [(dues.RESOLVED, NOW + HOUR)]
    assert of(done, SetState) == []


def test_progress_is_told_every_few_days() -> None:
    """To the requester and the person in copy; counted from our last word."""
    status = OurMail(3, MailKind.STATUS, 6, NOW - 3 * DAY, Fate.ACCEPTED, NOW - 3 * DAY)
    line = Timeline(stays=(Stay(State.CHECKING, NOW - 4 * DAY, None, 6),), mails=(status,))
    done = wake(ticket(State.CHECKING), line, dues.PROGRESS)
    assert [mail.template for mail in of(done, SendMail)] == ["status_changed"] * 2
    assert dues.asks_again_at(line, TIME) == NOW + 2 * DAY
    early = replace(line, stays=(Stay(State.CHECKING, NOW, None, 6),), mails=())
    assert dues.asks_again_at(early, TIME) == NOW + 5 * DAY
    assert dues.told_at(early) is None


def test_the_date_that_was_told_holds() -> None:
    """However long the mail that told of the checking took to leave, and whatever was written after it."""
    told = OurMail(3, MailKind.ANSWER, 6, NOW - 3 * DAY, Fate.ACCEPTED, NOW - 2 * DAY)
    later = OurMail(4, MailKind.STATUS, 7, NOW - DAY, Fate.ACCEPTED, NOW - DAY)
    line = Timeline(stays=(Stay(State.CHECKING, NOW - 4 * DAY, None, 6),), mails=(told, later))
    assert dues.asks_again_at(line, TIME) == NOW + 2 * DAY
    assert dues.asks_again_at(replace(line, mails=(later,)), TIME) == NOW + DAY


def test_a_timer_of_a_report_that_does_not_exist_does_nothing() -> None:
    """No ticket, no effects."""
    done = decide(case(), TimerDue(1, NUMBER, "sequence"), NOW, TIMED)
    assert (done.code, done.effects) == ("timer.no-ticket", ())


# --- what decisions mean for timers


def test_a_new_report_gets_its_promises_at_once() -> None:
    """With the arithmetic; the end of the arrival stands last."""
    done = decided(case(), message(), TIMED)
    assert {one.name for one in of(done, SetTimer)} == {"first_answer", "solution"}
    assert type(done.effects[-1]).__name__ == "EndArrival"


def test_a_reply_takes_waiting_reminders_back_and_has_all_computed_again() -> None:
    """And the mark of the unreachable goes."""
    one = ticket(tags=frozenset({"unreachable"}))
    done = decided(case(one), replace(message(), subject=f"Re: [#{NUMBER}] x"), TIMED)
    assert of(done, Withdraw)
    assert [(timer.name, timer.due_at) for timer in of(done, SetTimer)] == [(dues.PLAN, NOW)]
    assert [tag.remove for tag in of(done, Tag)] == [frozenset({"unreachable"})]


def written(text: str, *tickets: Ticket, policy: Any = TIMED, **changes: Any) -> Decision:
    """The decision about a participant's reply by the report's number."""
    return decided(
        case(*tickets, **changes), replace(message(), subject=f"Re: [#{NUMBER}] x", text=text, new_text=text), policy
    )


def test_a_status_question_before_and_after_the_time() -> None:
    """Before: the date, nobody bothered. After: agents told, priority up."""
    line = Timeline(stays=(Stay(State.CHECKING, NOW - DAY, None, 6),))
    early = written("Sudah sampai mana?", ticket(State.CHECKING), time={NUMBER: line})
    assert [(mail.template, mail.context["too_early"]) for mail in of(early, SendMail)] == [("status_answer", True)]
    late = Timeline(stays=(Stay(State.CHECKING, NOW - 6 * DAY, None, 6),))
    done = written("Sudah sampai mana?", ticket(State.CHECKING), time={NUMBER: late})
    assert {mail.template for mail in of(done, SendMail)} == {"status_answer", "notice_time"}
    assert [one.priority for one in of(done, Assign)] == ["high"]


def test_thanks_and_withdrawal() -> None:
    """Thanks leave it resolved; a withdrawal closes it, with a mail."""
    done = written("Terima kasih banyak 🙏", ticket(State.RESOLVED))
    assert not of(done, SetState)
    gone = written("Mohon laporan saya dibatalkan saja.", ticket())
    assert [one.close_reason for one in of(gone, SetState)] == [CloseReason.WITHDRAWN]
    assert "withdrawn" in {mail.template for mail in of(gone, SendMail)}
    assert [one.name for one in of(gone, ClearTimer)] == [""]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (AfterClosing(), "report.follow-up"),
        (AfterClosing(ReplyToClosed.REFUSE), "reply.refused"),
        (AfterClosing(ReplyToClosed.REOPEN_WITHIN, 2 * DAY), "reply"),
        (AfterClosing(ReplyToClosed.REOPEN_WITHIN, HOUR), "report.follow-up"),
    ],
)
def test_a_reply_to_a_closed_report_by_queue(what: AfterClosing, code: str) -> None:
    """A new report, a refusal, or open again within the grace period counted from the closing."""
    policy = replace(TIMED, time=replace(TIME, after_closing_by_queue={"umum": what}))
    line = Timeline(stays=(Stay(State.CLOSED, NOW - DAY),))
    done = written("Alamatnya berubah.", ticket(State.CLOSED), policy=policy, time={NUMBER: line})
    assert done.code == code


def test_the_facts_of_time_are_read_only_where_they_are_asked_for() -> None:
    """Of closed reports, those that the sender is on, one that waits for data; of more where the state is asked for.

    Never for machines' mail.
    """
    known = case(ticket(State.CLOSED), ticket(number=NUMBER + 1), recent=(Recent(ticket(number=NUMBER + 2), ""),))
    asks = message(text="Sudah sampai mana?", new_text="Sudah sampai mana?")
    assert comeback.wants_time(message(), known) == (NUMBER, NUMBER + 1)
    assert comeback.wants_time(message(STRANGER), known) == (NUMBER,)
    waiting = case(recent=(Recent(ticket(State.PENDING), ""), Recent(ticket(number=NUMBER + 1), "")))
    assert comeback.wants_time(message(), waiting) == (NUMBER,)
    assert comeback.wants_time(asks, known) == (NUMBER, NUMBER + 1, NUMBER + 2)
    assert comeback.wants_time(replace(asks, kind=Kind.AUTOMATIC), known) == ()
    assert comeback.wants_time(None, known) == ()


def test_a_question_without_a_number_is_about_the_senders_own_reports() -> None:
    """Only for a sender the border vouches for; else it is a new report."""
    own, other = ticket(), ticket(number=NUMBER + 1, subject="Ijazah")
    known = case(recent=(Recent(own, ""), Recent(other, "")), time={NUMBER: Timeline((Stay(State.OPEN, NOW),))})
    asks = message(subject="Tanya", text="Sudah sampai mana laporan saya?", new_text="Sudah sampai mana laporan saya?")
    done = decided(known, asks, TIMED)
    assert done.code == "reply.status"
    (mail,) = of(done, SendMail)
    assert [one["subject"] for one in mail.context["others"]] == ["Ijazah"]
    assert decided(known, replace(asks, authentication=Authentication()), TIMED).code == "report"
    foreign = replace(asks, sender=Sender(STRANGER, claimed=(STRANGER.addr,)))
    assert decided(known, foreign, TIMED).code == "report"


def test_a_status_question_on_a_waiting_report_asks_again_for_what_is_missing() -> None:
    """The requester's time begins anew with the answer; one who was unreachable is reachable."""
    one = ticket(State.PENDING, asked=(Asked(NOW - DAY, ("npsn", "nik")),))
    lost = replace(one, participants=(replace(one.participants[0], reachable=False), *one.participants[1:]))
    known = Timeline((Stay(State.PENDING, NOW - DAY, None, 5),))
    done = written("Sudah sampai mana?", lost, time={NUMBER: known})
    (mail,) = of(done, SendMail)
    assert [row["label"] for row in mail.context["items"]] == ["NPSN", "NIK"]
    assert "NPSN" in mail.context["block"]
    assert not of(done, Ask)  # a round would be gone
    assert [change.reachable for change in of(done, SetReachable)] == [True]


def test_the_answer_to_a_status_question_is_the_question_from_then_on() -> None:
    """With its own reminders. Where it was not let through, the old question stands, and the requester was heard."""
    asked = OurMail(3, MailKind.ACKNOWLEDGEMENT, 5, NOW - 2 * DAY, Fate.ACCEPTED, NOW - 2 * DAY)
    reminded = OurMail(4, MailKind.REMINDER, 6, NOW - DAY, Fate.ACCEPTED, NOW - DAY)
    told = OurMail(5, MailKind.STATUS, 7, NOW - HOUR, Fate.ACCEPTED, NOW - HOUR)
    line = Timeline(
        stays=(Stay(State.PENDING, NOW - 2 * DAY, None, 5),),
        mails=(asked, reminded, told),
        came=(Came(ArticleKind.REPLY, NOW - HOUR, NOW - HOUR, 7, "reply.status"),),
    )
    facts = line.waiting(ticket(State.PENDING))
    assert facts
    assert (facts.question.accepted_at, facts.reminders, facts.heard) == (NOW - HOUR, (), ())
    silent = replace(line, mails=(asked, reminded)).waiting(ticket(State.PENDING))
    assert silent
    assert (silent.question.accepted_at, len(silent.reminders), len(silent.heard)) == (NOW - 2 * DAY, 1, 1)


def test_a_status_question_beside_data_is_an_answer() -> None:
    """What was asked for counts first."""
    one = ticket(State.PENDING, asked=(Asked(NOW - DAY, ("npsn",)),))
    done = written("NPSN: 20100001\nSudah sampai mana laporan saya?", one)
    assert done.code.startswith("reply.data")


def test_a_reminder_asks_only_for_what_still_lacks() -> None:
    """What was given meanwhile is not asked again; what an agent wanted is."""
    given = {"npsn": FieldValue("20100001")}
    one = ticket(State.PENDING, asked=(Asked(NOW - DAY, ("npsn", "nik")),), fields=given)
    (mail,) = of(wake(one, waiting(NOW - 16 * HOUR), dues.SEQUENCE), SendMail)
    assert [row["label"] for row in mail.context["items"]] == ["NIK"]


@pytest.mark.parametrize(
    ("before", "after", "template"),
    [
        (State.OPEN, State.CHECKING, "status_checking"),
        (State.CHECKING, State.OPEN, "status_changed"),
        (State.CHECKING, State.RESOLVED, "status_changed"),
    ],
)
def test_who_waits_for_another_team_is_told_of_each_change(before: State, after: State, template: str) -> None:
    """Unless somebody has written to them anyway."""
    one = ticket(before)
    scene = Scene(case(one), NOW, TIMED, Trace())
    change = SetState(NUMBER, after, "x")
    told = [effect for effect in timing.followed(scene, [change]) if isinstance(effect, SendMail)]
    assert [mail.template for mail in told] == [template] * 2
    answer = SendMail(MailKind.ANSWER, "answer", GURU, "id", {}, NUMBER, 1)
    silent = [effect for effect in timing.followed(scene, [answer, change]) if isinstance(effect, SendMail)]
    assert silent == [answer]
    taken_back = timing.followed(scene, [change, CancelMail(NUMBER, 7, 1)])  # nobody was told of it yet
    assert not [effect for effect in taken_back if isinstance(effect, SendMail)]


def test_a_ticket_that_was_not_read_beforehand_is_computed_again_too() -> None:
    """The other end of a merge; a note alone changes nothing."""
    scene = Scene(case(), NOW, TIMED, Trace())
    made = list(timing.followed(scene, [SetState(NUMBER, State.OPEN, "x")]))
    assert [effect.name for effect in made if isinstance(effect, SetTimer)] == [dues.PLAN]
    assert list(timing.followed(scene, [Tag(NUMBER)])) == [Tag(NUMBER)]


def test_a_report_that_begins_with_a_question_is_looked_at_in_time() -> None:
    """The first wake is when the first reminder could be due at the earliest."""
    scene = Scene(case(), NOW, TIMED, Trace())
    opened = OpenTicket(NUMBER, "x", GURU, "umum", State.PENDING)
    (timer,) = (one for one in timing.followed(scene, [opened, Ask(NUMBER, ("nik",))]) if isinstance(one, SetTimer))
    assert (timer.name, timer.due_at) == (dues.SEQUENCE, NOW + 16 * HOUR)


def test_any_mail_after_the_question_ends_the_waiting() -> None:
    """Also one that arrived before the question and was read after it."""
    late = Came(ArticleKind.REPLY, NOW - 17 * HOUR, NOW - HOUR, 9, "reply")
    done = wake(ticket(State.PENDING), waiting(NOW - 16 * HOUR, came=(late,)), dues.SEQUENCE)
    assert done.code == "sequence.heard"


def test_the_reply_that_was_answered_with_the_question_is_no_answer_to_it() -> None:
    """A partial answer is asked again in the same decision: the waiting begins with that."""
    asked_at = NOW - 16 * HOUR
    partial = Came(ArticleKind.REPLY, asked_at, asked_at, 5, "reply.data.more")
    done = wake(ticket(State.PENDING), waiting(asked_at, came=(partial,)), dues.SEQUENCE)
    assert done.code == "sequence.remind"


def test_a_reopened_report_has_a_new_time_to_its_solution() -> None:
    """From the mail that opened it again."""
    stays = (
        Stay(State.OPEN, NOW - 9 * DAY, NOW - 8 * DAY),
        Stay(State.RESOLVED, NOW - 8 * DAY, NOW),
        Stay(State.OPEN, NOW),
    )
    assert found(ticket(), Timeline(stays))["solution"].at == NOW + 48 * HOUR
    none = replace(TIME, targets=Targets(Promise(first_answer=None, next_answer=None)))
    assert not list(dues.due_times(ticket(), Timeline(stays), NOW, none))


# --- words


def test_dates_and_office_hours_in_words() -> None:
    """Both languages; several groups of days."""
    at = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
    assert dates.when(at, "Asia/Jakarta", "id") == "Kamis, 26 November 2026 pukul 16.00 WIB"
    assert dates.when(at, "Asia/Jakarta", "en") == "Thursday, 26 November 2026 at 16:00 WIB"
    week, half = (Hours.read("08:00-12:00"), Hours.read("13:00-16:00")), (Hours.read("08:00-12:00"),)
    calendar = Calendar("Asia/Jakarta", (week, week, week, week, half, (), half))
    assert dates.office_hours(calendar, at, "id") == (
        "Senin sampai Kamis, pukul 08.00 sampai 12.00 dan 13.00 sampai 16.00 WIB; "
        "Jumat, pukul 08.00 sampai 12.00 WIB; Minggu, pukul 08.00 sampai 12.00 WIB"
    )
    assert dates.office_hours(calendar, at, "en").startswith("Monday to Thursday, 08:00 to 12:00 and 13:00 to 16:00")


@pytest.mark.parametrize("what", list(ReplyToClosed))
def test_the_closing_mail_tells_what_a_reply_does(what: ReplyToClosed) -> None:
    """A queue that refuses replies to closed reports must not invite them."""
    policy = replace(TIMED, time=replace(TIME, after_closing=AfterClosing(what, DAY)))
    scene = Scene(case(ticket(State.PENDING)), NOW, policy, Trace())
    one = ticket(State.PENDING)
    assert one.requester is not None
    assert timenotice.closing(scene, one, one.requester).context["reply"] == what.value
