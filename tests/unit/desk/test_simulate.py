"""Random histories through the real decisions: nobody is treated unfairly, and a planted fault is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from mailhelp.desk.decide import decide
from mailhelp.desk.effect import Decision, EndArrival, SetTimer, Withdraw
from mailhelp.desk.event import Arrived, Event
from mailhelp.desk.model import Case
from mailhelp.desk.policy import Policy
from mailhelp.desk.timefacts import Timeline
from mailhelp.desk.waiting import Fate, Send
from mailhelp.desk.waiting import Sequence as Times
from mailhelp.mail.message import Kind
from mailhelp.mail.thread import Evidence
from mailhelp.simulate import simulate
from mailhelp.simulate_check import judge
from mailhelp.simulate_desk import NUMBER, Decide
from mailhelp.simulate_run import live
from mailhelp.simulate_world import CALENDARS, DAY, LONGEST, Mail, Sort, invent


def test_nobody_is_treated_unfairly() -> None:
    """Five thousand histories: no unfair closing, no reminder after an answer or out of hours, no burst."""
    outcome = simulate(5000, 20261124)
    assert outcome.unfair == []
    assert outcome.count == 5000
    assert next(outcome.lines()).startswith("5000 histories, seed 20261124: ")
    assert min(outcome.what[what] for what in ("closed", "answered", "in quarantine", "out-of-office replies")) > 1000
    assert outcome.what["reminders"] > 3000
    assert outcome.what["bounces"] > 100


def test_histories_have_all_that_can_go_wrong() -> None:
    """Outages of each service, up to thirty days; slow and fast polls; answers, read or not, and other mails."""
    histories = [invent(seed) for seed in range(1000)]
    for name in ("daemon", "database", "imap", "smtp"):
        lengths = [last - first for history in histories for first, last in history.down[name]]
        assert len(lengths) > 900
        assert LONGEST * 0.9 < max(lengths) <= LONGEST
    assert {history.poll for history in histories} >= {1, 60}
    assert {mail.sort for history in histories for mail in history.mails} == set(Sort)


# --- faults that somebody could build in


def asked_with(
    change: Callable[[Timeline, datetime], Timeline],
    case: Case,
    event: Event,
    now: datetime,
    policy: Policy,
    evidence: Evidence | None = None,
) -> Decision:
    """Decide with other facts."""
    return decide(replace(case, time={NUMBER: change(case.time[NUMBER], now)}), event, now, policy, evidence)


def waiting_otherwise(
    changes: dict[str, object],
    case: Case,
    event: Event,
    now: datetime,
    policy: Policy,
    evidence: Evidence | None = None,
) -> Decision:
    """Decide with another configuration of the waiting than the judge knows."""
    sequence = replace(policy.time.sequence, **changes)  # type: ignore[arg-type]
    return decide(case, event, now, replace(policy, time=replace(policy.time, sequence=sequence)), evidence)


def careless(case: Case, event: Event, now: datetime, policy: Policy, evidence: Evidence | None = None) -> Decision:
    """Bounces, refusals and uncertain mails count as accepted."""
    line, ticket = case.time[NUMBER], case.candidates[NUMBER]
    mails = [
        mail if mail.fate in {Fate.QUEUED, Fate.WITHDRAWN} else replace(mail, fate=Fate.ACCEPTED,
        accepted_at=mail.accepted_at or mail.written_at) for mail in line.mails
    ]  # fmt: skip
    people = tuple(replace(one, reachable=True) for one in ticket.participants)
    cured = replace(
        case,
        time={NUMBER: replace(line, mails=tuple(mails))},
        candidates={NUMBER: replace(ticket, participants=people)},
    )
    return decide(cured, event, now, policy, evidence)


def deaf(case: Case, event: Event, now: datetime, policy: Policy, evidence: Evidence | None = None) -> Decision:
    """Answers are taken and change nothing."""
    done = decide(case, event, now, policy, evidence)
    if not isinstance(event, Arrived):
        return done
    return replace(done, effects=tuple(one for one in done.effects if isinstance(one, EndArrival)))


def forgetful(case: Case, event: Event, now: datetime, policy: Policy, evidence: Evidence | None = None) -> Decision:
    """A reminder that waits to leave is not taken back when the answer comes."""
    done = decide(case, event, now, policy, evidence)
    return replace(done, effects=tuple(one for one in done.effects if not isinstance(one, Withdraw)))


def credulous(case: Case, event: Event, now: datetime, policy: Policy, evidence: Evidence | None = None) -> Decision:
    """An out-of-office reply counts as an answer."""
    if isinstance(event, Arrived) and event.message.kind is Kind.AUTOMATIC:
        event = replace(event, message=replace(event.message, kind=Kind.PERSON))
    return decide(case, event, now, policy, evidence)


def stuck(case: Case, event: Event, now: datetime, policy: Policy, evidence: Evidence | None = None) -> Decision:
    """Nothing is ever closed."""
    done = decide(case, event, now, policy, evidence)
    if done.code != "sequence.close":
        return done
    return replace(done, effects=(SetTimer(NUMBER, "sequence", now + timedelta(days=1)),), code="stuck")


def from_the_writing(line: Timeline, _now: datetime) -> Timeline:
    """Time counts from when a mail was written, however long it took to leave."""
    mails = (replace(mail, accepted_at=mail.written_at) if mail.accepted_at else mail for mail in line.mails)
    return replace(line, mails=tuple(mails))


FAULTS: dict[str, tuple[Decide, str]] = {
    "closing by the wall clock": (partial(asked_with, lambda line, _: replace(line, outages=())), "closed after"),
    "closing from the writing": (partial(asked_with, from_the_writing), "minutes after the one before it"),
    "it does not look first": (
        partial(asked_with, lambda line, now: replace(line, looked_at=now, undecided=())),
        "without a look",
    ),
    "it forgets the quarantine": (
        partial(asked_with, lambda line, _: replace(line, unsettled=())),
        "stood in quarantine",
    ),
    "what is late catches up": (partial(waiting_otherwise, {"apart": timedelta(0)}), "came"),
    "office hours are not kept": (partial(waiting_otherwise, {"send": Send.ANY}), "outside office hours"),
    "bounces do not count": (careless, "closed although mail"),
    "it reminds after an answer": (deaf, "whose answer came"),
    "it closes after an answer": (deaf, "although an answer came"),
    "a machine's word is an answer": (credulous, "ended without an answer"),
    "nothing ever ends": (stuck, "never came to an end"),
}


@pytest.mark.parametrize(("rules", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_found(rules: Decide, sentence: str) -> None:
    """Each within some dozen histories, and named."""
    outcome = simulate(120, 3, rules)
    assert [text for _, texts in outcome.unfair for text in texts if sentence in text]


def test_a_reminder_that_waits_is_taken_back() -> None:
    """Sending fails when a reminder is due, and the answer comes meanwhile: it does not leave any more."""
    asked = 3 * DAY
    history = replace(
        invent(1), calendar=CALENDARS[3], times=Times(send=Send.ANY), asked=asked, poll=1, luck=2, incomplete=0,
        down={"smtp": ((asked + 955, asked + 968),)}, mails=(Mail(asked + 964, asked + 964),),
    )  # fmt: skip
    assert judge(live(history)) == []
    assert any("whose answer came" in text for text in judge(live(history, forgetful)))


def test_what_fails_later_makes_no_outage_of_a_moment() -> None:
    """A short gap between two looks is no outage for a reminder then due, also where the next look fails."""
    asked = 3 * DAY
    times = Times(remind=(timedelta(hours=1),), close=timedelta(hours=40), send=Send.ANY)
    short = {"daemon": ((asked + 53, asked + 61),), "imap": ((asked + 70, asked + 130),)}
    history = replace(
        invent(1), calendar=CALENDARS[3], times=times, asked=asked, poll=20, luck=2, incomplete=0, mails=(), down=short
    )
    assert judge(live(history)) == []
    noticed = replace(history, down={"imap": ((asked + 30, asked + 50),)})
    assert judge(live(noticed)) == []
    blind = partial(asked_with, lambda line, _: replace(line, outages=()))
    assert any("minutes after the one before it" in text for text in judge(live(noticed, blind)))


def test_a_history_that_the_judge_once_took_for_unfair() -> None:
    """Found among a hundred thousand: an outage that could be noticed only after the reminder had left."""
    assert judge(live(invent(20261261849603552))) == []
