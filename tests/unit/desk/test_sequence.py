"""Waiting for the requester (desk.sequence), rule by rule, and over invented histories (mailhelp.simulate)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mailhelp.desk.calendar import Calendar, DayOff, Hours
from mailhelp.desk.elapsed import Gap, Measure
from mailhelp.desk.sequence import FRESH, SETTLE, next_step
from mailhelp.desk.waiting import Facts, Fate, Heard, Next, Send, Sent, Sequence, SequenceError, StepKind

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WEEK = (*[(Hours.read("09:00-18:00"),)] * 5, (), ())
DESK = Calendar("Asia/Jakarta", WEEK, {date(2026, 12, 25): DayOff("Hari Raya Natal", "holiday")}, version="v1")
ANY = Sequence(send=Send.ANY)
OFFICE = Sequence()


def local(text: str) -> datetime:
    """An instant by the wall clock of Jakarta; `23 10:00` is 23 November 2026, a Monday."""
    day, _, clock = text.partition(" ")
    return datetime.fromisoformat(f"2026-11-{day}T{clock}+07:00").astimezone(UTC)


def accepted(text: str) -> Sent:
    """A mail of ours that the mail server took then."""
    return Sent(Fate.ACCEPTED, local(text))


def waiting(*reminders: str, **changes: Any) -> Facts:
    """A question of Monday 10:00, accepted at once, and reminders accepted at these times."""
    question = accepted("23 10:00")
    return replace(Facts(local("23 10:00"), question, tuple(map(accepted, reminders))), **changes)


def step(facts: Facts, now: str, sequence: Sequence = ANY, *, look: bool = True) -> Next:
    """The next step at `now`; with `look` a complete look into the mailbox began just then."""
    at = local(now)
    return next_step(replace(facts, looked_at=at) if look else facts, at, sequence, DESK)


def told(found: Next) -> tuple[str, datetime | None]:
    """What and when."""
    return found.code, found.again_at


# --- the ordinary course


@pytest.mark.parametrize(
    ("reminders", "now", "kind", "again_at"),
    [
        ([], "23 10:01", StepKind.WAIT, "24 02:00"),
        ([], "24 02:00", StepKind.REMIND, None),
        (["24 02:00"], "24 02:01", StepKind.WAIT, "24 18:00"),
        (["24 02:00"], "24 18:00", StepKind.REMIND, None),
        (["24 02:00", "24 18:00"], "24 18:01", StepKind.WAIT, "25 10:00"),
        (["24 02:00", "24 18:00"], "25 09:59", StepKind.WAIT, "25 10:00"),
        (["24 02:00", "24 18:00"], "25 10:00", StepKind.CLOSE, None),
    ],
)
def test_two_reminders_and_closing_after_48_hours(
    reminders: list[str], now: str, kind: StepKind, again_at: str | None
) -> None:
    """With `send: any` the default runs to the minute: reminders after 16 and 32 hours, closing after 48."""
    found = step(waiting(*reminders), now)
    assert found.kind is kind
    if again_at:
        assert found.again_at == local(again_at)


def test_in_office_hours_reminders_wait_for_the_opening_and_move_what_follows() -> None:
    """`send: office-hours`: the reminder of 02:00 leaves at 09:00, and the next ones keep their distance from it."""
    assert told(step(waiting(), "24 02:00", OFFICE)) == ("sequence.wait", local("24 09:00"))
    assert step(waiting(), "24 09:00", OFFICE).kind is StepKind.REMIND
    assert told(step(waiting("24 09:00"), "24 18:30", OFFICE)) == ("sequence.wait", local("25 09:00"))
    closing = step(waiting("24 09:00", "25 09:00"), "25 10:00", OFFICE)
    assert told(closing) == ("sequence.wait", local("26 09:00"))  # 16 hours after the reminder, in office hours
    assert step(waiting("24 09:00", "25 09:00"), "26 09:00", OFFICE).kind is StepKind.CLOSE


def test_apart_gives_the_distance_another_measure() -> None:
    """With `apart: 1h` a late reminder does not move the closing by more than that."""
    sequence = replace(OFFICE, apart=HOUR)
    assert step(waiting("24 09:00", "25 09:00"), "25 10:00", sequence).kind is StepKind.CLOSE


def test_office_time_measures_over_a_weekend() -> None:
    """`measure: business`: sixteen office hours after Monday 10:00 are Tuesday 17:00; a weekend is no time at all."""
    sequence = Sequence(measure=Measure.BUSINESS)
    assert told(step(waiting(), "23 11:00", sequence)) == ("sequence.wait", local("24 17:00"))
    friday = Facts(local("27 17:00"), accepted("27 17:00"))
    assert step(friday, "29 12:00", sequence).again_at == datetime(2026, 12, 1, 8, tzinfo=UTC)


def test_a_sequence_without_closing_ends_after_its_reminders() -> None:
    """`close: never`: after the last reminder nothing more is due."""
    sequence = replace(ANY, close=None)
    assert step(waiting("24 02:00"), "24 18:00", sequence).kind is StepKind.REMIND
    assert told(step(waiting("24 02:00", "24 18:00"), "30 18:00", sequence)) == ("sequence.open-ended", None)


def test_a_shorter_list_of_reminders_goes_on_with_closing() -> None:
    """Fewer reminders after a reload of the rules: those already sent are enough."""
    sequence = replace(ANY, remind=(16 * HOUR,))
    assert step(waiting("24 02:00", "24 18:00"), "27 18:00", sequence).kind is StepKind.CLOSE


def test_a_reminder_is_for_now() -> None:
    """A reminder must leave within minutes, and before the office closes."""
    found = step(waiting(), "24 17:55", OFFICE)
    assert (found.number, found.not_after) == (1, local("24 18:00"))
    assert step(waiting(), "24 12:00", ANY).not_after == local("24 12:00") + FRESH


# --- rule 1: stopped


@pytest.mark.parametrize(
    ("arrived", "seen", "kind"),
    [
        ("23 12:00", "23 12:01", StepKind.STOP),
        ("23 10:00", "23 10:05", StepKind.STOP),  # crossed our question
        ("23 08:00", "23 10:05", StepKind.STOP),  # came before, but we had not seen it when we asked
        ("23 08:00", "23 08:05", StepKind.CLOSE),  # what we had read before we asked is no answer
    ],
)
def test_any_mail_of_the_requester_ends_the_waiting(arrived: str, seen: str, kind: StepKind) -> None:
    """A mail that came or was seen after the question stops the sequence, even when closing is due."""
    facts = waiting("24 02:00", "24 18:00", heard=(Heard(local(arrived), local(seen)),))
    assert step(facts, "27 10:00").kind is kind


# --- rule 2: proven


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (Sent(Fate.QUEUED), "sequence.on-its-way"),
        (Sent(Fate.REFUSED), "sequence.unreachable"),
        (Sent(Fate.UNCERTAIN), "sequence.uncertain"),
        (Sent(Fate.ACCEPTED, local("23 10:00"), bounced=True), "sequence.unreachable"),
    ],
)
def test_nobody_is_closed_for_a_question_that_may_not_have_come(question: Sent, code: str) -> None:
    """Queued, refused, uncertain or bounced: nothing is reminded of and nothing is closed."""
    found = step(replace(waiting("24 02:00", "24 18:00"), question=question), "27 10:00")
    assert (found.kind, found.code) == (StepKind.HOLD, code)


@pytest.mark.parametrize("fate", [Fate.QUEUED, Fate.REFUSED, Fate.UNCERTAIN])
def test_nobody_is_closed_for_a_reminder_that_may_not_have_come(fate: Fate) -> None:
    """What holds for the question holds for each reminder."""
    facts = replace(waiting(), reminders=(accepted("24 02:00"), Sent(fate)))
    assert step(facts, "27 10:00").kind is StepKind.HOLD


def test_time_runs_from_acceptance() -> None:
    """A question that waited nine hours in the outbox gives the requester the whole time from then on."""
    facts = replace(waiting(), question=accepted("23 19:00"))
    assert told(step(facts, "24 02:00")) == ("sequence.wait", local("24 11:00"))


def test_a_withdrawn_reminder_was_never_written_but_the_next_try_waits() -> None:
    """A reminder that could not leave in its time is tried again: an hour later, then two, then four, no further."""
    facts = waiting()
    for tries, hours in enumerate((1, 2, 4, 4), start=1):
        withdrawn = (Sent(Fate.WITHDRAWN, written_at=local("24 03:00")),) * tries
        found = step(replace(facts, reminders=withdrawn), "24 03:20")
        assert told(found) == ("sequence.wait", local("24 03:00") + hours * HOUR)
    again = step(replace(facts, reminders=(Sent(Fate.WITHDRAWN, written_at=local("24 03:00")),)), "24 04:00")
    assert (again.kind, again.number) == (StepKind.REMIND, 1)


# --- rules 3 to 5: outages


def test_an_outage_is_not_the_requesters_time() -> None:
    """Ten hours in which nobody could reach us move every step by ten hours."""
    out = (Gap(local("23 12:00"), local("23 22:00"), "the mailbox was out of reach"),)
    found = step(waiting(outages=out), "24 02:00")
    assert told(found) == ("sequence.wait", local("24 12:00"))
    assert "plus 10 h: the mailbox was out of reach" in "\n".join(found.explanation.lines())


def test_nothing_happens_while_an_outage_lasts() -> None:
    """An outage that lasts counts up to now: what is not due yet waits, what is due is held."""
    waits = step(waiting(outages=(Gap(local("23 12:00"), None),)), "24 02:00")
    assert told(waits) == ("sequence.wait", local("24 16:00"))
    held = step(waiting(outages=(Gap(local("24 02:00"), None),)), "24 08:00")
    assert (held.kind, held.code) == (StepKind.HOLD, "sequence.outage")


def test_after_a_month_of_outage_there_is_no_burst() -> None:
    """First reminder due, then thirty days of silence: one reminder goes out, the next keeps its distance from it."""
    back = local("23 10:00") + timedelta(days=31)
    facts = waiting(outages=(Gap(local("24 02:00"), back),))
    first = next_step(replace(facts, looked_at=back), back, ANY, DESK)
    assert (first.kind, first.number) == (StepKind.REMIND, 1)
    sent = replace(facts, reminders=(Sent(Fate.ACCEPTED, back),), looked_at=back + MINUTE)
    assert told(next_step(sent, back + MINUTE, ANY, DESK)) == ("sequence.wait", back + 16 * HOUR)


def test_closing_waits_for_mail_that_an_outage_held_back() -> None:
    """An outage that ends just before the deadline: other servers may try again only hours later."""
    out = (Gap(local("24 20:00"), local("25 09:00"), "the mailbox was out of reach"),)
    facts = waiting("24 02:00", "24 18:00", outages=out)
    assert told(step(facts, "25 10:00")) == ("sequence.wait", local("25 23:00"))  # 48 hours and the outage
    late = (Gap(local("25 09:00"), local("25 20:00"), "x"),)
    facts = waiting("24 02:00", "24 18:00", outages=late)
    assert told(step(facts, "25 20:00")) == ("sequence.wait", max(local("25 21:00"), local("25 20:00") + SETTLE))


# --- rule 7: looking first


def test_a_look_after_the_deadline_comes_before_closing() -> None:
    """Without a complete look begun after the deadline nothing is closed; the answer says from when it must be."""
    facts = waiting("24 02:00", "24 18:00", looked_at=local("25 09:59"))
    assert told(step(facts, "25 10:05", look=False)) == ("sequence.look", local("25 10:00"))
    assert step(replace(facts, looked_at=local("25 10:00")), "25 10:05", look=False).kind is StepKind.CLOSE


def test_a_look_must_be_fresh_and_after_the_last_outage() -> None:
    """A look of hours ago, or from before the mailbox was away, proves nothing about now."""
    facts = waiting("24 02:00", "24 18:00", looked_at=local("25 10:01"))
    assert step(facts, "25 10:12", look=False).kind is StepKind.LOOK
    facts = waiting(looked_at=local("24 02:01"), outages=(Gap(local("24 02:02"), local("24 02:05")),))
    assert told(step(facts, "24 02:06", look=False)) == ("sequence.look", local("24 02:05"))
    assert step(replace(facts, looked_at=local("24 02:05")), "24 02:06", look=False).kind is StepKind.REMIND


def test_reminders_need_a_look_too() -> None:
    """Nobody is reminded whose answer lies unread in the mailbox."""
    assert step(waiting(), "24 02:00", look=False).kind is StepKind.LOOK
    facts = waiting(undecided=("arrival 17",))
    found = step(facts, "24 02:00")
    assert found.code == "sequence.undecided"
    assert "arrival 17" in found.reason


IN_QUARANTINE = "arrival 17, in quarantine as 2164250,"


@pytest.mark.parametrize(("reminders", "now"), [((), "24 02:00"), (("24 02:00", "24 18:00"), "25 10:00")])
def test_what_only_a_person_can_settle_holds_reminders_and_closing(reminders: tuple[str, ...], now: str) -> None:
    """A mail in quarantine, or held, that could be the answer: nothing leaves, and it is looked at again in an hour."""
    found = step(waiting(*reminders, unsettled=(IN_QUARANTINE,)), now)
    assert (found.kind, found.code) == (StepKind.HOLD, "sequence.unsettled")
    assert found.again_at == local(now) + timedelta(hours=1)
    assert f"a person must settle {IN_QUARANTINE} which could be the answer" in found.reason
    assert step(waiting(*reminders), now).kind in {StepKind.REMIND, StepKind.CLOSE}


def test_it_is_told_before_anything_is_due() -> None:
    """`explain due` says beforehand that a person has to settle something."""
    found = step(waiting(unsettled=(IN_QUARANTINE,)), "23 12:00")
    assert found.kind is StepKind.WAIT
    assert f"before a person has settled {IN_QUARANTINE}" in "\n".join(found.explanation.lines())


# --- what is told, and what is refused


def test_each_step_is_explained() -> None:
    """The story of a closing: the question, its time, the distance from the reminder, the result."""
    found = step(waiting("24 09:00", "25 09:00"), "26 09:00", OFFICE)
    assert found.explanation.lines() == [
        "waiting for the requester, at Thu 2026-11-26 09:00 WIB",
        "  the question was accepted Mon 2026-11-23 10:00 WIB",
        "  plus 2 d by the clock",
        "  not before 16 h after the reminder of Wed 2026-11-25 09:00 WIB",
        "  = due Thu 2026-11-26 01:00 WIB",
        "  close: no answer came in 2 d 23 h; the question and 2 reminders were accepted",
        "  (calendar v1, Asia/Jakarta)",
    ]


def test_a_wait_is_always_ahead() -> None:
    """Whatever `now` is, a wait ends later: no wake-up can call for itself at once."""
    for minutes in range(0, 5 * 1440, 37):
        now = local("23 10:00") + minutes * MINUTE
        found = next_step(waiting("24 09:00"), now, OFFICE, DESK)
        assert found.kind is not StepKind.WAIT or (found.again_at is not None and found.again_at > now)


@pytest.mark.parametrize(
    ("remind", "close"), [((2, 1), 3), ((1, 1), 3), ((1, 3), 3), ((1, 3), 2), ((0, 1), 3), ((), 0)]
)
def test_times_that_do_not_follow_each_other_are_refused(remind: tuple[int, ...], close: int) -> None:
    """Reminders come one after the other, and closing after the last."""
    with pytest.raises(SequenceError):
        Sequence(tuple(hours * HOUR for hours in remind), close * HOUR)
