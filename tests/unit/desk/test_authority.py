"""Who may do what: the tables of design §4.5 and §7, each row from both sides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskkit import (
    BUDI,
    COPY,
    FOREIGN,
    GURU,
    KEYRING,
    NOW,
    NUMBER,
    PASSED,
    POLICY,
    SARI,
    STRANGER,
    case,
    found,
    message,
    ticket,
    token_to,
)
from mailhelp.desk.authority import claimed_agent, weigh
from mailhelp.desk.model import Authority, Case, Proof, ProofKind, Ticket
from mailhelp.desk.policy import Policy, Security
from mailhelp.mail.message import Address, Authentication, Kind, Message, Sender
from mailhelp.mail.thread import Evidence
from mailhelp.mail.token import Purpose, message_id

UNKNOWN = Authentication()
FAILED = Authentication(trusted=True, authserv_id="desk.example", dmarc="fail")
OTHER = 2164111
STORED = "<m0@sekolah.example>"
ACCEPTING = replace(POLICY, security=Security(accept_unauthenticated=True))
TOKEN_ONLY = replace(POLICY, security=Security(agent_proof="token"))


def desk() -> Case:
    """A desk with the teacher's report, which stored one message id, and somebody else's."""
    other = ticket(number=OTHER)
    mine, theirs = other.participants[0], replace(other.participants[0], address=STRANGER)
    people = tuple(theirs if one == mine else one for one in other.participants)
    return case(ticket(), replace(other, participants=people), by_id={STORED: NUMBER})


def judged(mail: Message, policy: Policy = POLICY, *, confirmed: bool = False) -> tuple[Ticket | None, Proof]:
    """What the mail may do on the test desk."""
    return weigh(found(mail), mail, desk(), policy, NOW, confirmed=confirmed)


def by_id(slot: int) -> str:
    """A Message-ID of ours with a token."""
    return message_id(KEYRING, "desk.example", NUMBER, slot, "abc")


@dataclass(frozen=True)
class Row:
    """One row: what the mail is like, and what it may do."""

    name: str
    sender: Address
    authority: Authority
    code: str
    changes: dict[str, Any] = field(default_factory=dict)
    policy: Policy = POLICY
    kind: ProofKind = ProofKind.TOKEN_ADDRESS
    number: int | None = NUMBER
    slot: int = 0
    confirmed: bool = False


def to(slot: int, number: int = NUMBER, **more: Any) -> dict[str, Any]:
    """A mail to a tagged address."""
    return {"to": (token_to(slot, number),), **more}


UNAUTHENTICATED: dict[str, Any] = {"authentication": UNKNOWN}
AGENT, PARTICIPANT, HOLD, NOBODY = Authority.AGENT, Authority.PARTICIPANT, Authority.HOLD, Authority.STRANGER
MESSAGE_ID, REFERENCE, SUBJECT, NONE = (
    ProofKind.TOKEN_MESSAGE_ID,
    ProofKind.REFERENCE,
    ProofKind.SUBJECT_NUMBER,
    ProofKind.NONE,
)
NUMBERED: dict[str, Any] = {"subject": f"Re: [#{NUMBER}] Lupa kata sandi"}

ROWS = [
    # A signed token bound to ticket and participant, and From is that participant.
    Row("requester's token", GURU, PARTICIPANT, "token.ok", to(1), slot=1),
    Row("requester's token, nothing vouches", GURU, PARTICIPANT, "token.ok", to(1, **UNAUTHENTICATED), slot=1),
    Row("copy's token", COPY, PARTICIPANT, "token.ok", to(2), slot=2),
    Row("capitals", Address("GURU@Sekolah.example"), PARTICIPANT, "token.ok", to(1), slot=1),
    Row("token in a Message-ID", GURU, PARTICIPANT, "token.ok", {"in_reply_to": (by_id(1),)}, kind=MESSAGE_ID, slot=1),
    Row("token in References", GURU, PARTICIPANT, "token.ok", {"references": (by_id(1),)}, kind=MESSAGE_ID, slot=1),
    # ... and the other side: tokens leak with forwards.
    Row("a stranger with the requester's token", STRANGER, NOBODY, "token.other-sender", to(1)),
    Row("the copy with the requester's token", COPY, NOBODY, "token.other-sender", to(1)),
    Row("a stranger with an agent's token", STRANGER, NOBODY, "token.other-sender", to(3)),
    Row("the requester with an agent's token", GURU, NOBODY, "token.other-sender", to(3)),
    Row("token of another ticket", GURU, NOBODY, "token.other-sender", to(1, OTHER), number=OTHER),
    Row("token of a ticket that is gone", GURU, NOBODY, "token.unknown-ticket", to(1, 2160000), number=None),
    Row("token of a place nobody has", GURU, NOBODY, "token.unknown-participant", to(9)),
    Row(
        "forged token",
        GURU,
        NOBODY,
        "token.bad-mac",
        {"to": (token_to(1, keyring=FOREIGN),)},
        kind=NONE,
        number=None,
    ),
    Row(
        "bounce token of a person",
        GURU,
        NOBODY,
        "none",
        {"to": (token_to(1, purpose=Purpose.BOUNCE),)},
        kind=NONE,
        number=None,
    ),
    Row(
        "confirm token as a ticket",
        GURU,
        NOBODY,
        "none",
        {"to": (token_to(0, NUMBER, Purpose.CONFIRM),)},
        kind=NONE,
        number=None,
    ),
    Row(
        "bounce token of a vacation reply",
        GURU,
        PARTICIPANT,
        "token.ok",
        {"to": (token_to(1, purpose=Purpose.BOUNCE),), "kind": Kind.AUTOMATIC},
        slot=1,
    ),
    # A stored reference or a subject number, From is a participant, and the border vouches.
    Row("stored id", GURU, PARTICIPANT, "reference.participant", {"references": (STORED,)}, kind=REFERENCE, slot=1),
    Row("subject number", GURU, PARTICIPANT, "number.participant", NUMBERED, kind=SUBJECT, slot=1),
    Row("number, copy", COPY, PARTICIPANT, "number.participant", NUMBERED, kind=SUBJECT, slot=2),
    Row(
        "stored id, nothing vouches",
        GURU,
        NOBODY,
        "reference.unauthenticated",
        {"references": (STORED,), **UNAUTHENTICATED},
        kind=REFERENCE,
    ),
    Row(
        "number, nothing vouches", GURU, NOBODY, "number.unauthenticated", {**NUMBERED, **UNAUTHENTICATED}, kind=SUBJECT
    ),
    Row(
        "number, DMARC failed",
        GURU,
        NOBODY,
        "number.unauthenticated",
        {**NUMBERED, "authentication": FAILED},
        kind=SUBJECT,
    ),
    Row(
        "stored id, accepted",
        GURU,
        PARTICIPANT,
        "reference.participant",
        {"references": (STORED,), **UNAUTHENTICATED},
        ACCEPTING,
        REFERENCE,
        slot=1,
    ),
    Row(
        "number, accepted",
        GURU,
        PARTICIPANT,
        "number.participant",
        {**NUMBERED, **UNAUTHENTICATED},
        ACCEPTING,
        SUBJECT,
        slot=1,
    ),
    Row("stored id of a stranger", STRANGER, NOBODY, "reference.stranger", {"references": (STORED,)}, kind=REFERENCE),
    Row("number of a stranger", STRANGER, NOBODY, "number.stranger", NUMBERED, kind=SUBJECT),
    Row("number of a stranger, accepting desk", STRANGER, NOBODY, "number.stranger", NUMBERED, ACCEPTING, SUBJECT),
    Row(
        "number that does not exist",
        STRANGER,
        NOBODY,
        "number.stranger",
        {"subject": "#2169999"},
        kind=SUBJECT,
        number=None,
    ),
    Row("another's number", GURU, NOBODY, "number.stranger", {"subject": f"#{OTHER}"}, kind=SUBJECT, number=OTHER),
    Row(
        "leaked token, own number",
        COPY,
        PARTICIPANT,
        "number.participant",
        to(1, **NUMBERED),
        kind=SUBJECT,
        slot=2,
    ),
    # An agent: token, exactly one strictly read From that is listed, authenticated (or the token alone).
    Row("agent", SARI, AGENT, "token.ok", to(3), slot=3),
    Row("agent's other address", Address("sari@rumah.example"), AGENT, "token.ok", to(3), slot=3),
    Row("agent by Message-ID", SARI, AGENT, "token.ok", {"in_reply_to": (by_id(3),)}, kind=MESSAGE_ID, slot=3),
    Row("agent, token alone", SARI, AGENT, "token.ok", to(3, **UNAUTHENTICATED), TOKEN_ONLY, slot=3),
    # Anything weaker that claims to be an agent is held.
    Row("agent, nothing vouches", SARI, HOLD, "token.unauthenticated", to(3, **UNAUTHENTICATED)),
    Row("agent, DMARC failed", SARI, HOLD, "token.unauthenticated", to(3, authentication=FAILED)),
    Row("agent with a colleague's token", BUDI, HOLD, "token.other-sender", to(3)),
    Row("agent with a colleague's token, token alone", BUDI, HOLD, "token.other-sender", to(3), TOKEN_ONLY),
    Row("agent with the requester's token", SARI, HOLD, "token.other-sender", to(1)),
    Row("agent by stored id", SARI, HOLD, "reference.stranger", {"references": (STORED,)}, kind=REFERENCE),
    Row("agent by number", SARI, HOLD, "number.stranger", NUMBERED, kind=SUBJECT),
    Row("agent by number, accepting desk", SARI, HOLD, "number.stranger", NUMBERED, ACCEPTING, SUBJECT),
    Row(
        "agent with a forged token and a number",
        SARI,
        HOLD,
        "number.stranger",
        {**NUMBERED, "to": (token_to(3, keyring=FOREIGN),)},
        kind=SUBJECT,
    ),
    Row("agent, no ticket", SARI, NOBODY, "none", kind=NONE, number=None),
    Row(
        "agent, number that does not exist",
        SARI,
        NOBODY,
        "number.stranger",
        {"subject": "#2169999"},
        kind=SUBJECT,
        number=None,
    ),
    # Confirmed from the registered address: taken up as the agent's.
    Row("confirmed token", SARI, AGENT, "token.ok", to(3, **UNAUTHENTICATED), slot=3, confirmed=True),
    Row(
        "confirmed number",
        SARI,
        AGENT,
        "confirmed.agent",
        {**NUMBERED, **UNAUTHENTICATED},
        kind=SUBJECT,
        slot=3,
        confirmed=True,
    ),
    Row("confirmed, colleague's token", BUDI, AGENT, "confirmed.agent", to(3), slot=4, confirmed=True),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_table_of_who_may_do_what(row: Row) -> None:
    """Each row of design §7 from both sides: the proof that suffices, and the one that lacks something."""
    found_ticket, proof = judged(message(row.sender, **row.changes), row.policy, confirmed=row.confirmed)
    assert (proof.authority, proof.code, proof.kind, proof.slot) == (row.authority, row.code, row.kind, row.slot)
    assert (found_ticket.number if found_ticket else None) == row.number
    assert proof.reason


@pytest.mark.parametrize("claimed", [(SARI.addr,), ("evil@example.net", SARI.addr)])
def test_a_from_that_some_readers_take_for_an_agent_is_held(claimed: tuple[str, ...]) -> None:
    """`From: sari@dinas.example <evil@example.net>` never counts as Sari, not even with Sari's token."""
    mail = replace(message(None, **to(3)), sender=Sender(None, "two addresses", claimed))
    assert judged(mail)[1].authority is Authority.HOLD
    assert judged(mail, TOKEN_ONLY)[1].authority is Authority.HOLD
    confirmed = judged(mail, confirmed=True)[1]
    assert (confirmed.authority, confirmed.code, confirmed.slot) == (Authority.AGENT, "confirmed.agent", 3)


def test_no_sender_owns_no_token() -> None:
    """A mail without a From may do nothing with a good token."""
    assert judged(message(None, **to(1)))[1].code == "token.other-sender"


def test_an_agent_who_is_the_requester_writes_as_the_requester() -> None:
    """On their own report agents are requesters, whatever the proof; with their agent's token they are agents."""
    own = ticket()
    people = (replace(own.participants[0], address=BUDI), *own.participants[1:])
    known = case(replace(own, participants=people))
    for changes, confirmed, wanted in [
        (to(1), False, (Authority.PARTICIPANT, "token.ok", 1)),
        (to(4), False, (Authority.AGENT, "token.ok", 4)),
        (NUMBERED, False, (Authority.PARTICIPANT, "number.participant", 1)),
        ({**NUMBERED, **UNAUTHENTICATED}, False, (Authority.HOLD, "number.unauthenticated", 0)),
        (to(3, **UNAUTHENTICATED), True, (Authority.PARTICIPANT, "confirmed.participant", 1)),
    ]:
        mail = message(BUDI, **changes)
        proof = weigh(found(mail), mail, known, POLICY, NOW, confirmed=confirmed)[1]
        assert (proof.authority, proof.code, proof.slot) == wanted


def test_an_agent_who_left_the_team_is_a_stranger() -> None:
    """A token outlives its owner's employment; the list of agents does not."""
    team = replace(POLICY.team, agents={"budi": POLICY.team.agents["budi"]})
    assert judged(message(SARI, **to(3)), replace(POLICY, team=team))[1].code == "token.not-an-agent"


def test_an_agent_keeps_the_place_when_the_registered_address_changes() -> None:
    """The address in team.yaml changed since the notice was sent; the old one is still listed."""
    agent = replace(POLICY.team.agents["sari"], address="sari@baru.example", aliases=(SARI.addr,))
    team = replace(POLICY.team, agents={**POLICY.team.agents, "sari": agent})
    mail = message(Address("sari@baru.example"), **to(3))
    assert judged(mail, replace(POLICY, team=team))[1].authority is Authority.AGENT


def test_the_strongest_proof_decides() -> None:
    """A token in the address goes before the subject's number."""
    mail = message(GURU, **to(1), subject=f"[#{OTHER}]")
    found_ticket, proof = judged(mail)
    assert found_ticket is not None
    assert (found_ticket.number, proof.kind) == (NUMBER, ProofKind.TOKEN_ADDRESS)


def test_an_automatic_mail_with_commands_is_not_the_agents_without_the_token() -> None:
    """A vacation reply of an agent that names the number proves nothing."""
    mail = message(SARI, "#resolve", kind=Kind.AUTOMATIC, **NUMBERED)
    assert judged(mail)[1].authority is Authority.HOLD


@given(
    st.sampled_from([GURU, COPY, STRANGER, SARI, BUDI]),
    st.lists(
        st.tuples(st.sampled_from([NUMBER, OTHER, 2160000]), st.integers(0, 6), st.sampled_from(Purpose)), max_size=3
    ),
    st.sampled_from([PASSED, UNKNOWN, FAILED]),
    st.sampled_from(["", f"#{NUMBER}"]),
)
def test_nobody_becomes_what_they_are_not(
    sender: Address, tokens: list[tuple[int, int, Purpose]], authentication: Authentication, subject: str
) -> None:
    """Whatever tokens are put together: only an authenticated agent acts as one, only people of a ticket reply."""
    mail = message(sender, authentication=authentication, to=tuple(token_to(s, n, p) for n, s, p in tokens))
    mail = replace(mail, subject=subject)
    found_ticket, proof = judged(mail)
    if proof.authority is Authority.AGENT:
        assert claimed_agent(mail, POLICY)
        assert authentication is PASSED
    if proof.authority is Authority.PARTICIPANT:
        assert found_ticket is not None
        assert found_ticket.find(sender.addr)


def test_without_any_evidence_there_is_no_ticket() -> None:
    """The plainest case."""
    assert weigh(Evidence(), message(), desk(), POLICY, NOW)[0] is None
