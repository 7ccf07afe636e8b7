"""What everybody who helps in one decision looks at, and the trace that explains it afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk import gate, words
from mailhelp.desk.effect import Alarm, Effect, EndArrival, SendMail
from mailhelp.desk.files import Files, sort
from mailhelp.desk.formwords import said
from mailhelp.desk.model import Arrival, Case, End, FieldValue, Proof, Role, Ticket
from mailhelp.desk.policy import Policy
from mailhelp.desk.prepared import Prepared
from mailhelp.mail.message import Message
from mailhelp.mail.thread import Evidence


@dataclass(slots=True)
class Trace:
    """Why it was decided so: filled while deciding, stored as JSON (keys of `mailhelp explain --json`)."""

    code: str = ""
    reason: str = ""
    data: dict[str, Any] = field(default_factory=lambda: {"gate": []})

    def conclude(self, code: str, reason: str) -> None:
        """Set the outcome; the last one counts."""
        self.code, self.reason = code, reason

    def message(self, message: Message) -> None:
        """Note what came and from whom."""
        sender = message.sender
        self.data["kind"] = message.kind.value
        self.data["sender"] = {
            "address": sender.address.addr if sender.address else None,
            "problem": sender.problem,
            "authenticated": message.authentication.passed,
        }

    def thread(self, ticket: Ticket | None, proof: Proof, evidence: Evidence) -> None:
        """Note which ticket was found and why."""
        self.data["thread"] = {
            "ticket": ticket.number if ticket else None,
            "proof": {
                "kind": proof.kind.value,
                "authority": proof.authority.value,
                "code": proof.code,
                "reason": proof.reason,
            },
            "refusals": [{"code": refusal.code, "reason": refusal.reason} for refusal in evidence.refusals],
        }

    def fields(self, fields: Mapping[str, FieldValue]) -> None:
        """Note what was read from the form."""
        self.data["fields"] = {
            name: {
                "value": one.value,
                "how": one.how,
                "sure": one.sure,
                "warnings": [said(doubt, "en") for doubt in one.warnings],
            }
            for name, one in fields.items()
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """The case and the policy at one moment; `now` is aware UTC."""

    case: Case
    now: datetime
    policy: Policy
    trace: Trace

    @property
    def today(self) -> date:
        """The day in the desk's zone."""
        return self.now.astimezone(ZoneInfo(self.policy.desk.timezone)).date()

    def automatic(self, mail: SendMail, answered: Message | None = None) -> Iterator[Effect]:
        """Send an automatic mail if the gate lets it through; every verdict is traced.

        Subjects stand in lists of mails, on screens and telephones: to agents they go masked, whatever the category.
        """
        if mail.role is Role.AGENT and mail.context.get("subject"):
            mail = replace(mail, context={**mail.context, "subject": words.mask(str(mail.context["subject"]))})
        verdict = gate.allow(mail.kind, mail.to, answered, self._counted(mail), self.policy)
        self.trace.data["gate"].append({"to": mail.to.addr, "template": mail.template, **verdict.as_data()})
        if verdict.ok:
            yield mail
        elif verdict.code == "gate.breaker":
            # The same words each time: alarms are counted by their text.
            most = self.policy.gate.global_hour
            yield Alarm(verdict.code, f"Automatic mail is stopped: more than {most} left within the hour.")

    def _counted(self, mail: SendMail) -> Case:
        """The case whose budgets count: a new report has none of the mails of a report that was only mentioned."""
        if mail.ticket in self.case.candidates or not self.case.sent.ticket_day:
            return self.case
        return replace(self.case, sent=replace(self.case.sent, ticket_day=0))


@dataclass(frozen=True, slots=True)
class Mail(Scene):
    """An arriving mail: what came, the evidence of where it belongs, what was read of it beforehand."""

    arrival: Arrival
    message: Message
    evidence: Evidence
    confirmed: bool = False
    prepared: Prepared | None = None

    @property
    def files(self) -> Files:
        """The files of the mail, sorted. Pictures that an agent sends again are meant, so none of them is known."""
        known = () if self.sender and self.policy.team.agent_at(self.sender) else self.case.known_files
        return sort(self.message.attachments, self.policy.limits, known)

    @property
    def sender(self) -> str:
        """The strictly read From address as written, or an empty text."""
        address = self.message.sender.address
        return address.addr if address else ""

    def end(self, how: End, code: str, reason: str, ticket: int | None = None) -> Iterator[Effect]:
        """The recorded end of this arrival; its reason is the decision's."""
        self.trace.conclude(code, reason)
        yield EndArrival(self.arrival.id, how, reason, ticket)
