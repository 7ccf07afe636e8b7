"""Plays a timeline against an edge: in this process (`fake_edge`), or a real mail host and the real daemon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from scenario.mails import Draft, Got, bounce, filled_in, quoted, woven
from scenario.script import Script, Step, moment, span

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
"""Noon in Jakarta, a Tuesday: when timelines begin that do not say when."""


class Edge(Protocol):
    """What a timeline needs of the world between people and the desk."""

    @property
    def desk(self) -> str:
        """The desk's public address."""

    @property
    def agents(self) -> frozenset[str]:
        """The addresses of all agents: none may reach a requester."""

    @property
    def staff(self) -> frozenset[str]:
        """The agents and the admin."""

    def at(self, now: datetime) -> None:
        """It is `now` (aware UTC). Edges with a real clock pass over this."""

    def send_in(self, raw: bytes) -> None:
        """Let a mail stand in the desk's intake folder; returns when the desk has decided about it."""

    def idle(self) -> None:
        """Time has passed: the desk does what is due by itself."""

    def mails_out(self) -> list[Got]:
        """The mails that left since the last call, in the order of their making."""

    def refuse(self, recipient: str) -> None:
        """From now on the mail server refuses this recipient for good (550)."""

    def out(self, since: datetime) -> None:
        """The mailbox is out of reach from then on, until the next `idle`."""

    def day_off(self, day: date, name: str) -> None:
        """The calendar gets another day off."""

    def sleep(self) -> None:
        """The machine is suspended until the next `idle`."""

    def jump(self, by: timedelta) -> None:
        """The clock of the machine is set by so much. For edges in this process."""

    def show(self, number: int) -> dict[str, Any] | None:
        """One ticket as `mailhelp show --json` has it."""

    def tickets(self) -> list[dict[str, Any]]:
        """All tickets."""

    def last_end(self) -> tuple[str, str]:
        """The end of the latest arrival and its reason."""

    def due_times(self, number: int) -> str:
        """What `mailhelp explain due` prints."""

    def alarms(self) -> list[str]:
        """The codes of all alarms."""


class TimelineError(AssertionError):
    """A timeline did not go as expected; the text names the file and the line."""


class Player:
    """One timeline on one edge."""

    def __init__(self, script: Script, edge: Edge, zone: str = "Asia/Jakarta") -> None:
        self.script, self.edge, self.zone = script, edge, ZoneInfo(zone)
        self.now = NOON.astimezone(self.zone)
        self.waiting: list[Got] = []  # mails that left and were not expected yet
        self.boxes: dict[str, list[Got]] = {}  # everybody's mails, oldest first
        self.written: dict[str, set[str]] = {}  # everybody's own Message-IDs
        self.last_in = b""
        self.count = 0
        self.step: Step | None = None

    def play(self) -> None:
        """Play all steps. TimelineError when something else happens than the timeline says."""
        for step in self.script.steps:
            self.step = step
            self.edge.at(self.now.astimezone(UTC))
            getattr(self, "_" + step.verb.replace(" ", "_"))(step)
        self._nothing_waits()

    # what happens

    def _person(self, step: Step) -> None:
        pass  # the parser has collected the names

    _desk = _person  # and the edge was made for that desk

    def _at(self, step: Step) -> None:
        self._nothing_waits()
        self.now = moment(step.words["time"]).replace(tzinfo=self.zone)
        if self.last_in:
            self.edge.at(self.now.astimezone(UTC))
            self.edge.idle()
            self._collect()

    def _after(self, step: Step) -> None:
        self._nothing_waits()
        self.now += span(step.words["count"], step.words["unit"])
        self.edge.at(self.now.astimezone(UTC))
        self.edge.idle()
        self._collect()

    def _out(self, step: Step) -> None:
        """Nobody can look into the mailbox for so long."""
        self.edge.out(self.now.astimezone(UTC))
        self._after(step)

    def _sleeps(self, step: Step) -> None:
        """The machine is suspended: its clocks go on, and nobody looks into the mailbox."""
        self.edge.sleep()
        self._after(step)

    def _jumps(self, step: Step) -> None:
        self._nothing_waits()
        by = span(step.words["count"], step.words["unit"])
        self.edge.jump(by if step.words["way"] == "forward" else -by)
        self._collect()

    def _day_off(self, step: Step) -> None:
        """The admin writes another day off into calendar.yaml, and the daemon takes the new rules over."""
        self.edge.day_off(date.fromisoformat(step.words["day"]), step.words["name"])
        self._collect()

    def _writes(self, step: Step) -> None:
        self._send(step, self._draft(step.words["who"], self.edge.desk, step.words.get("subject", ""), step.block))

    def _replies(self, step: Step) -> None:
        who = step.words["who"]
        answered = self._last(step.words.get("whose", who), before="before" in step.words)
        self._send(step, self._reply(who, answered, quoted(step.block, answered, self.now)))

    def _fills_in(self, step: Step) -> None:
        """An answer that was typed into the quotation of a data request."""
        answered = self._last(step.words["who"], before="before" in step.words)
        try:
            text = filled_in(step.block, answered, self.now)
        except ValueError as error:
            raise self._failure(str(error)) from error
        self._send(step, self._reply(step.words["who"], answered, text))

    def _answers_between(self, step: Step) -> None:
        """Answers typed between the quoted lines, as in mutt."""
        answered = self._last(step.words["who"], before="before" in step.words)
        try:
            text = woven(step.block, answered, self.now)
        except ValueError as error:
            raise self._failure(str(error)) from error
        self._send(step, self._reply(step.words["who"], answered, text))

    def _is_away(self, step: Step) -> None:
        """A vacation reply (RFC 3834): to the return path, null return path, marked."""
        answered = self._last(step.words["who"])
        draft = self._draft(
            step.words["who"], answered.envelope_from, f"Out of office: {answered.header('Subject')}", ""
        )
        draft.text, draft.return_path = step.block, ""
        draft.headers = {"Auto-Submitted": "auto-replied", "In-Reply-To": answered.header("Message-ID")}
        self._send(step, draft)

    def _bounces(self, step: Step) -> None:
        failed = self._last(step.words["who"])
        if "no token" in step.changes:  # a mail host without details: reports come to the bare address
            failed = Got(failed.recipient, self.edge.desk, failed.raw)
        self._deliver(bounce(failed, step.block, self.now, self._unique()))

    def _is_refused(self, step: Step) -> None:
        self.edge.refuse(step.words["who"])

    def _returns(self, step: Step) -> None:
        self._deliver(self._last(step.words["who"]).raw)

    def _again(self, step: Step) -> None:
        del step
        self._deliver(self.last_in)

    def _unreadable(self, step: Step) -> None:
        sender = step.words["who"]
        parts = "".join(f"--b\r\nContent-Type: text/plain\r\n\r\n{n}\r\n" for n in range(1_100))
        head = (
            f"From: {sender}\r\nTo: {self.edge.desk}\r\nSubject: Banyak\r\nMessage-ID: <{self._unique()}@x.example>\r\n"
        )
        kind = 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        self._deliver(f"{head}{kind}{parts}--b--\r\n".encode())

    # what is expected

    def _mail(self, step: Step) -> None:
        who = step.words["who"]
        got = next((mail for mail in self.waiting if mail.recipient == who), None)
        if got is None:
            raise self._failure(f"there is no mail to {who}; there are {self._waiting()}")
        self.waiting.remove(got)
        self._check(got, step)

    def _no_mail(self, step: Step) -> None:
        who = step.words.get("who")
        mails = [mail for mail in self.waiting if who in {None, mail.recipient}]
        if mails:
            raise self._failure(f"there are mails: {self._waiting()}")

    def _ticket(self, step: Step) -> None:
        shown = self._shown(step)
        words = step.words["facts"].split()
        for name, wanted in zip(words[::2], words[1::2], strict=True):
            if name == "tag":
                found: Any = wanted if wanted in shown["tags"] else shown["tags"]
            else:
                found = shown[name] or "nobody"
            if found != wanted:
                raise self._failure(f"{name} is {found}")
        texts = "\n".join(f"{one['kind']}: {one['text']}" for one in shown["articles"])
        self._phrases(step, texts)

    def _article(self, step: Step) -> None:
        articles = [one for one in self._shown(step)["articles"] if one["kind"] == step.words["kind"]]
        if not articles:
            raise self._failure("there is none")
        self._phrases(step, articles[-1]["text"])

    def _tickets(self, step: Step) -> None:
        if len(self.edge.tickets()) != int(step.words["count"]):
            raise self._failure(f"there are {len(self.edge.tickets())}")

    def _end(self, step: Step) -> None:
        end, reason = self.edge.last_end()
        if end != step.words["end"]:
            raise self._failure(f"it is {end}: {reason}")
        self._phrases(step, reason)

    def _due_times(self, step: Step) -> None:
        self._phrases(step, self.edge.due_times(int(step.words["number"])))

    def _alarm(self, step: Step) -> None:
        if step.words["code"] not in self.edge.alarms():
            raise self._failure(f"there are {self.edge.alarms()}")

    # how

    def _draft(self, who: str, to: str, subject: str, text: str) -> Draft:
        return Draft(who, self.script.people.get(who, ""), to, subject, text, self.now, self._unique())

    def _reply(self, who: str, answered: Got, text: str) -> Draft:
        subject = answered.header("Subject")
        again = subject if subject.lower().startswith("re:") else f"Re: {subject}"
        draft = self._draft(who, answered.answer_to, again, text)
        draft.headers = {"In-Reply-To": answered.header("Message-ID"), "References": " ".join(answered.ids)}
        return draft

    def _send(self, step: Step, draft: Draft) -> None:
        draft.change(step.changes, self.edge.desk)
        self.written.setdefault(draft.sender, set()).add(draft.message_id)
        self._deliver(draft.raw())

    def _deliver(self, raw: bytes) -> None:
        self._nothing_waits()
        self.now += timedelta(seconds=5)
        self.edge.at(self.now.astimezone(UTC))
        self.last_in = raw
        self.edge.send_in(raw)
        self._collect()

    def _collect(self) -> None:
        for mail in self.edge.mails_out():
            self._never(mail)
            self.waiting.append(mail)
            self.boxes.setdefault(mail.recipient, []).append(mail)

    def _never(self, mail: Got) -> None:
        """What must hold for every mail that leaves."""
        if mail.recipient == self.edge.desk:
            raise self._failure("the desk writes to itself")
        leaked = [addr for addr in self.edge.agents if addr.encode() in mail.raw]
        if mail.recipient not in self.edge.staff and leaked:
            raise self._failure(f"the mail to {mail.recipient} shows {leaked[0]}")
        if not mail.text.strip():
            raise self._failure(f"the mail to {mail.recipient} has no text part")

    def _check(self, got: Got, step: Step) -> None:
        name = step.words.get("name")
        if name is not None and name not in got.header("From"):
            raise self._failure(f"it is from {got.header('From')}")
        if "thread" in step.words:
            box = self.boxes[got.recipient]
            known = {one.header("Message-ID") for one in box[: box.index(got)]} | self.written.get(got.recipient, set())
            if got.header("In-Reply-To") not in known:
                raise self._failure(f"it answers {got.header('In-Reply-To')}, which {got.recipient} has not seen")
        files = " ".join(f"file {one}" for one in got.files)
        automatic = got.header("Auto-Submitted") or "no"
        seen = f"Subject: {got.header('Subject')}\nAuto-Submitted: {automatic}\n{files}\n{got.text}"
        self._phrases(step, seen)

    def _phrases(self, step: Step, text: str) -> None:
        flat = " ".join(text.split())
        for line in step.block.splitlines():
            phrase = " ".join(line.removeprefix("not ").split())
            if line.startswith("not ") == (phrase in flat):
                raise self._failure(f"{'found' if line.startswith('not ') else 'missing'}: {phrase}\n--- in\n{text}")

    def _shown(self, step: Step) -> dict[str, Any]:
        shown = self.edge.show(int(step.words["number"]))
        if shown is None:
            raise self._failure("there is no such ticket")
        return shown

    def _last(self, who: str, *, before: bool = False) -> Got:
        mails = self.boxes.get(who, [])
        if len(mails) <= before:
            raise self._failure(f"{who} has no {'mail before' if before else 'mail'}")
        return mails[-2 if before else -1]

    def _nothing_waits(self) -> None:
        if self.waiting:
            raise self._failure(f"before this, nobody expected {self._waiting()}")

    def _waiting(self) -> str:
        return "; ".join(f"to {mail.recipient}: {mail.header('Subject')}" for mail in self.waiting) or "none"

    def _unique(self) -> str:
        self.count += 1
        return f"m{self.count}.{self.script.path.stem}"

    def _failure(self, why: str) -> TimelineError:
        assert self.step is not None
        return TimelineError(f"{self.script.path.name}:{self.step.line}: {self.step.source}\n  {why}")
