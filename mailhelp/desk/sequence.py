"""Waiting for the requester: what is due next, and what must be proven first (design §2, promise 3 "Fair").

One pure function, `next_step(facts, now, sequence, calendar)`, answers for one question of ours that waits for an
answer. It is asked again at every wake-up and after every event; nothing is remembered between. Its rules, in order:

1.  **Stopped.** Any mail of the requester that came, or that we came to see, after the question ends the sequence.
    Automatic replies are not among the `heard` mails: they neither stop it nor count as an answer.
2.  **Proven.** The clock starts when the question was *accepted* by the mail server, not when it was written. While
    the question or a reminder is on its way, nothing else goes out. One that was refused, that bounced, or whose fate
    is uncertain holds the sequence until an agent acts: nobody is reminded of or closed for a mail that may never
    have reached them.
3.  **The requester's time.** Each step is due when its time has passed since the question, measured by the clock or in
    office time, *outages left out*: time in which no answer could reach us is not the requester's.
4.  **No bursts.** A step also keeps its distance from the mail of ours before it: the distance that the configured
    times have (or `apart`), measured the same way from that mail's acceptance. What is late does not catch up.
5.  **Settling.** After an outage, mail that was held back arrives over the next hours. So closing also waits, after the
    end of each outage, as long as that outage lasted, but no longer than `SETTLE`.
6.  **Hours.** With `send: office-hours` reminders and the closing mail leave only while the office is open.
7.  **Looking first.** A reminder or closing needs a complete look into the mailbox that began after the step was due,
    after the latest outage, and no longer than `FRESH` ago; and no arrival that is not decided on yet could be the
    answer. A mail that only a person can settle (in quarantine, or held until an agent confirms it) holds both until
    then, if it could be the answer. While an outage lasts, it counts up to now, and nothing is sent or closed.
8.  **Short-lived.** A reminder is decided for now: `not_after` says until when it may leave (the end of the office
    time, at most `FRESH` ahead). The outbox withdraws what it could not hand over by then, and what waits when the
    requester's mail is decided on; a withdrawn reminder counts as never written, but the next try waits: an hour,
    then two, then four, so that a long failure of the mail server does not fill the outbox.
9.  **Closing** needs every configured reminder accepted and not bounced, and all of the above.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from mailhelp.desk.calendar import Calendar
from mailhelp.desk.elapsed import Gap, Ruler, advance, merged, push
from mailhelp.desk.explanation import Explanation, Step, bounded
from mailhelp.desk.timewords import length, moment
from mailhelp.desk.waiting import Facts, Fate, Next, Send, Sent, Sequence, StepKind

FRESH = timedelta(minutes=10)
"""How old a look into the mailbox may be when a step relies on it, and how long a reminder may wait to leave."""

SETTLE = timedelta(hours=4)
"""How long at most closing waits after an outage for mail that other servers held back (RFC 5321 §4.5.4.1)."""

RETRY = timedelta(minutes=15)
"""When to look again at what waits for something that tells no time."""

FIRST_WAIT = timedelta(hours=1)
"""The wait after a reminder that could not leave in its time."""

SOON = timedelta(minutes=1)
"""When to look again at what is being worked on right now."""

PERSON = timedelta(hours=1)
"""When to look again at what waits for a person."""


def next_step(facts: Facts, now: datetime, sequence: Sequence, calendar: Calendar) -> Next:
    """What to do about a waiting ticket at `now`; see the module's rules."""
    return _Plan(facts, now, sequence, calendar).decide()


@dataclass(frozen=True, slots=True)
class _Plan:
    """One evaluation."""

    facts: Facts
    now: datetime
    sequence: Sequence
    calendar: Calendar

    def decide(self) -> Next:
        """The first rule that has something to say."""
        if found := self._stopped() or self._unproven():
            return found
        number = min(len(self._accepted()), len(self.sequence.remind)) + 1
        if number > len(self.sequence.times):
            return self._next(StepKind.STOP, "sequence.open-ended", "all reminders were sent; it is never closed")
        due_at, steps = self._due(number)
        return self._before(due_at, steps) or self._act(number, steps)

    # --- rules 1 and 2

    def _stopped(self) -> Next | None:
        for mail in self.facts.heard:
            if max(mail.arrived_at, mail.seen_at) >= self.facts.asked_at:
                reason = f"the requester wrote: a mail arrived {self._moment(mail.arrived_at)}"
                return self._next(StepKind.STOP, "sequence.heard", reason)
        return None

    def _unproven(self) -> Next | None:
        names = ["the question", *(f"reminder {number}" for number in range(1, len(self._reminders()) + 1))]
        for name, mail in zip(names, (self.facts.question, *self._reminders()), strict=True):
            if mail.bounced or mail.fate is Fate.REFUSED:
                what = "bounced" if mail.bounced else "was refused"
                return self._hold("sequence.unreachable", f"{name} {what}: the requester is not reachable by mail")
            if mail.fate in (Fate.UNCERTAIN, Fate.WITHDRAWN):
                return self._hold("sequence.uncertain", f"nobody knows whether {name} left: an agent must look")
            if mail.fate is Fate.QUEUED or mail.accepted_at is None:
                reason = f"{name} was not accepted by the mail server yet"
                return self._hold("sequence.on-its-way", reason, self._earliest(mail))
        return None

    def _earliest(self, mail: Sent) -> datetime:
        """When to look again at a mail on its way: had it left this moment, nothing would be due before."""
        if mail is not self.facts.question or not self.sequence.times:
            return self.now + RETRY
        return Ruler(self.sequence.measure, self.calendar).add(self.now, self.sequence.times[0])

    def _reminders(self) -> list[Sent]:
        """Those that count: a withdrawn one was never written."""
        return [mail for mail in self.facts.reminders if mail.fate is not Fate.WITHDRAWN]

    def _accepted(self) -> list[datetime]:
        return [mail.accepted_at for mail in self._reminders() if mail.accepted_at]

    # --- rules 3 to 5

    def _due(self, number: int) -> tuple[datetime, list[Step]]:
        """When step `number` is due, and why."""
        start = self.facts.question.accepted_at
        assert start is not None
        ruler = Ruler(self.sequence.measure, self.calendar)
        base = advance(start, self.sequence.times[number - 1], self._gaps(), ruler)
        assert base.at is not None
        at = base.at
        steps = [Step("start", f"the question was accepted {self._moment(start)}", at=start), *base.steps]
        for rule in self._later(number, start, ruler):
            if rule.at and rule.at > at:
                at = rule.at
                steps.append(rule)
        return at, steps

    def _later(self, number: int, start: datetime, ruler: Ruler) -> Iterator[Step]:
        """What may move the step on."""
        yield from self._spaced(number, ruler)
        yield from self._tried()
        if self._closes(number):
            yield from self._settled(start)

    def _closes(self, number: int) -> bool:
        return number > len(self.sequence.remind)

    def _spaced(self, number: int, ruler: Ruler) -> Iterator[Step]:
        """The distance from the reminder before."""
        if latest := max(self._accepted(), default=None):
            distance = self.sequence.distance(number)
            text = f"not before {ruler.words(distance)} after the reminder of {self._moment(latest)}"
            yield Step("rule", text, at=push(latest, ruler.add(latest, distance), self._gaps(), ruler).at)

    def _tried(self) -> Iterator[Step]:
        """The wait after tries that did not leave (rule 8)."""
        tries = list(takewhile(lambda mail: mail.fate is Fate.WITHDRAWN, reversed(self.facts.reminders)))
        if tries and tries[0].written_at:
            at = tries[0].written_at + FIRST_WAIT * 2 ** min(len(tries) - 1, 2)
            yield Step("rule", f"not before {self._moment(at)}: try {len(tries)} could not leave in time", at=at)

    def _settled(self, start: datetime) -> Iterator[Step]:
        """The end of each outage plus the time that held-back mail needs."""
        for gap in merged(self.facts.outages):
            if gap.end and start < gap.end <= self.now:
                at = gap.end + min(gap.end - gap.start, SETTLE)
                text = f"not before {self._moment(at)}: mail that the outage until {self._moment(gap.end)} held back"
                yield Step("rule", f"{text} may still come", at=at)

    def _gaps(self) -> list[Gap]:
        """The outages; one that lasts counts up to now."""
        return [gap if gap.end else replace(gap, end=self.now) for gap in self.facts.outages]

    def _out(self) -> Gap | None:
        """The outage that lasts."""
        return next((gap for gap in self.facts.outages if gap.end is None or gap.end > self.now), None)

    # --- rules 6 and 7

    def _before(self, due_at: datetime, steps: list[Step]) -> Next | None:
        """What must come before the step that is due at `due_at`; None: nothing."""
        steps.append(Step("result", f"= due {self._moment(due_at)}", at=due_at))
        leaves_at = max(due_at, self.now)
        if self.sequence.send is Send.OFFICE_HOURS:
            leaves_at = self.calendar.next_open(leaves_at)
        if leaves_at > self.now:
            if leaves_at > due_at:
                steps.append(Step("rule", f"leaves in office hours: {self._moment(leaves_at)}", at=leaves_at))
            if self.facts.unsettled:
                steps.append(Step("rule", f"nothing leaves before a person has settled {self._unsettled()}"))
            reason = f"the requester has time until {self._moment(leaves_at)}"
            return self._next(StepKind.WAIT, "sequence.wait", reason, steps, leaves_at)
        if out := self._out():
            return self._hold("sequence.outage", f"{out.why}: nothing happens before it ends", self.now + RETRY, steps)
        if self.facts.unsettled:
            reason = f"a person must settle {self._unsettled()}"
            return self._hold("sequence.unsettled", reason, self.now + PERSON, steps)
        since = max(due_at, self.now - FRESH, *self._ends())
        if self.facts.looked_at is None or self.facts.looked_at < since:
            reason = f"a complete look into the mailbox is needed, begun after {self._moment(since)}"
            return self._next(StepKind.LOOK, "sequence.look", reason, steps, since)
        if self.facts.undecided:
            reason = f"{self.facts.undecided[0]} is not decided on yet and could be the answer"
            return self._hold("sequence.undecided", reason, self.now + SOON, steps)
        return None

    def _unsettled(self) -> str:
        return f"{self.facts.unsettled[0]} which could be the answer"

    def _ends(self) -> Iterator[datetime]:
        return (gap.end for gap in self.facts.outages if gap.end and gap.end <= self.now)

    # --- rules 8 and 9

    def _act(self, number: int, steps: list[Step]) -> Next:
        if self._closes(number):
            silent = length(self.now - (self.facts.question.accepted_at or self.now))
            reason = f"no answer came in {silent}; the question and {number - 1} reminders were accepted"
            return self._next(StepKind.CLOSE, "sequence.close", reason, steps)
        not_after = self.now + FRESH
        if self.sequence.send is Send.OFFICE_HOURS:
            not_after = min(not_after, self.calendar.open_until(self.now))
        reason = f"reminder {number} of {len(self.sequence.remind)} is due"
        made = self._next(StepKind.REMIND, "sequence.remind", reason, steps, not_after)
        return replace(made, number=number, not_after=not_after)

    # --- how it is said

    def _hold(self, code: str, reason: str, again_at: datetime | None = None, steps: list[Step] | None = None) -> Next:
        return self._next(StepKind.HOLD, code, reason, steps or [], again_at)

    def _next(
        self,
        kind: StepKind,
        code: str,
        reason: str,
        steps: list[Step] | None = None,
        again_at: datetime | None = None,
    ) -> Next:
        told = bounded([*(steps or []), Step("result", f"{kind.value}: {reason}")])
        question = f"waiting for the requester, at {self._moment(self.now)}"
        told_of = Explanation(question, told, again_at, self.calendar.zone, self.calendar.version)
        return Next(kind, code, reason, told_of, again_at)

    def _moment(self, at: datetime) -> str:
        return moment(at, self.calendar.zone)
