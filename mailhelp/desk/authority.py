"""Which ticket a mail belongs to, and what its sender may do there (design §4.5 and §7).

Proofs are weighed strongest first: signed token, stored message id, number in the subject. A report number is a label
and never a key; a token counts only together with its owner as sender, because tagged addresses leak with forwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mailhelp.desk.model import Authority, Case, Participant, Proof, ProofKind, Role, Ticket
from mailhelp.desk.policy import Agent, Policy
from mailhelp.mail.message import Kind, Message
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Purpose

_TOKENS = {"address": ProofKind.TOKEN_ADDRESS, "message-id": ProofKind.TOKEN_MESSAGE_ID}
_MEMBERS = (Role.REQUESTER, Role.COPY)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One piece of evidence and what it is worth; `ticket` is None where it names none that exists."""

    ticket: Ticket | None
    proof: Proof


@dataclass(frozen=True, slots=True)
class _Scales:
    """What every proof is weighed with. `sender` is the strictly read From, lower case, or empty."""

    message: Message
    case: Case
    policy: Policy
    confirmed: bool

    @property
    def sender(self) -> str:
        address = self.message.sender.address
        return address.key if address else ""

    @property
    def vouched(self) -> bool:
        """Whether the From address is known to be true."""
        return self.confirmed or self.message.authentication.passed

    @property
    def purposes(self) -> frozenset[Purpose]:
        """Vacation replies go to the return path (RFC 3834 §4), which carries the token of bounces."""
        automatic = self.message.kind in {Kind.AUTOMATIC, Kind.DISPOSITION_REPORT}
        return frozenset({Purpose.REPLY, Purpose.BOUNCE} if automatic else {Purpose.REPLY})


def claimed_agent(message: Message, policy: Policy) -> Agent | None:
    """The agent as whom this mail could pass: by its From, or by any reading of a doubtful one."""
    address = message.sender.address
    addresses = (address.addr, *message.sender.claimed) if address else message.sender.claimed
    return next((agent for addr in addresses if (agent := policy.team.agent_at(addr))), None)


def weigh(
    evidence: Evidence, message: Message, case: Case, policy: Policy, now: datetime, *, confirmed: bool = False
) -> tuple[Ticket | None, Proof]:
    """The ticket and what the sender may do there.

    For a STRANGER the ticket is the one that the mail only mentions, if it exists; for HOLD the one that waits.
    `confirmed` says that the agent's registered address has vouched for this mail. `now` is when it is judged: proofs
    expire with their keys, which reading the tokens has seen to already.
    """
    del now
    scales = _Scales(message, case, policy, confirmed)
    weighed = tuple(_all(evidence, scales))
    for one in weighed:
        if one.proof.authority in {Authority.AGENT, Authority.PARTICIPANT}:
            return one.ticket, one.proof
    strongest = next((one for one in weighed if one.ticket), None)
    if strongest and strongest.ticket and (agent := claimed_agent(message, policy)):
        return strongest.ticket, _claims_agent(strongest.ticket, strongest.proof, agent, scales)
    return (strongest.ticket if strongest else None), _stranger(weighed, evidence)


def _all(evidence: Evidence, scales: _Scales) -> Iterator[Weighed]:
    """Every proof, strongest first."""
    for found in evidence.claims:
        if found.claim.purpose in scales.purposes:
            ticket = scales.case.candidates.get(found.claim.ticket)
            yield Weighed(ticket, _token(ticket, found.claim.slot, _TOKENS[found.where], scales))
    for message_id in evidence.ids:
        number = scales.case.by_id.get(message_id)
        ticket = scales.case.candidates.get(number) if number else None
        if ticket:
            yield Weighed(ticket, _label(ticket, ProofKind.REFERENCE, scales))
    for number in evidence.numbers:
        ticket = scales.case.candidates.get(number)
        yield Weighed(ticket, _label(ticket, ProofKind.SUBJECT_NUMBER, scales))


def _token(ticket: Ticket | None, slot: int, kind: ProofKind, scales: _Scales) -> Proof:
    """A genuine token: does it come from its owner, and as what?"""
    if ticket is None:
        return _refused(kind, "token.unknown-ticket", "the token is genuine, but its report is not here")
    owner = ticket.participant(slot)
    if owner is None:
        return _refused(kind, "token.unknown-participant", "the token is genuine, but nobody has that place")
    if not _owns(owner, scales):
        return _refused(kind, "token.other-sender", "the token belongs to somebody else than the sender")
    if owner.role is not Role.AGENT:
        return Proof(kind, Authority.PARTICIPANT, "token.ok", "the signed token is the sender's own", slot)
    return _agent(slot, kind, scales)


def _agent(slot: int, kind: ProofKind, scales: _Scales) -> Proof:
    """An agent's token in the hands of its owner, as the From says: is that true?"""
    if scales.policy.team.agent_at(scales.sender) is None:
        return _refused(kind, "token.not-an-agent", "the token is an agent's, but its owner is not listed any more")
    if scales.vouched or scales.policy.security.agent_proof == "token":
        return Proof(kind, Authority.AGENT, "token.ok", "the signed token is the agent's own", slot)
    return _refused(kind, "token.unauthenticated", "the token is the agent's, but nothing vouches for the sender")


def _owns(owner: Participant, scales: _Scales) -> bool:
    if not scales.sender:
        return False
    if owner.role is not Role.AGENT:
        return owner.address.key == scales.sender
    agent = scales.policy.team.agent_at(owner.address.addr)
    return scales.sender == owner.address.key or (agent is not None and scales.sender in agent.addresses)


def _label(ticket: Ticket | None, kind: ProofKind, scales: _Scales) -> Proof:
    """A stored message id or a number: no proof of its own, it needs an authenticated participant."""
    what = "reference" if kind is ProofKind.REFERENCE else "number"
    person = ticket.find(scales.sender, *_MEMBERS) if ticket else None
    if person is None:
        # One code whether or not that report exists: what is answered may not tell.
        return _refused(kind, f"{what}.stranger", "the sender is not a participant of that report")
    if scales.vouched or scales.policy.security.accept_unauthenticated:
        reason = "a participant refers to the report" if what == "reference" else "a participant names the report"
        return Proof(kind, Authority.PARTICIPANT, f"{what}.participant", reason, person.slot)
    return _refused(kind, f"{what}.unauthenticated", "a participant's address, but nothing vouches for the sender")


def _refused(kind: ProofKind, code: str, reason: str) -> Proof:
    return Proof(kind, Authority.STRANGER, code, reason)


def _claims_agent(ticket: Ticket, weak: Proof, agent: Agent, scales: _Scales) -> Proof:
    """A mail that could pass for an agent's, with less than an agent's proof."""
    if not scales.confirmed:
        return Proof(weak.kind, Authority.HOLD, weak.code, f"it claims to be {agent.name}: {weak.reason}")
    member = next((p for p in ticket.participants if p.role in _MEMBERS and p.address.key in agent.addresses), None)
    if member:
        reason = "the registered address confirmed it; on this report it is a participant's"
        return Proof(weak.kind, Authority.PARTICIPANT, "confirmed.participant", reason, member.slot)
    seat = next((p for p in ticket.participants if p.role is Role.AGENT and p.address.key in agent.addresses), None)
    reason = f"{agent.name} confirmed it from the registered address"
    return Proof(weak.kind, Authority.AGENT, "confirmed.agent", reason, seat.slot if seat else 0)


def _stranger(weighed: tuple[Weighed, ...], evidence: Evidence) -> Proof:
    """The strongest reason why nothing was proven."""
    if weighed:
        return weighed[0].proof
    if evidence.refusals:
        return _refused(ProofKind.NONE, evidence.refusals[0].code, evidence.refusals[0].reason)
    return _refused(ProofKind.NONE, "none", "nothing in the mail refers to a report")
