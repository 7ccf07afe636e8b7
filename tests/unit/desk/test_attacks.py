"""Attacks on what agents and requesters may do (design §7): each row of the table from both sides."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from deskkit import (
    BUDI,
    COPY,
    FOREIGN,
    GURU,
    KEYRING,
    NOW,
    NUMBER,
    POLICY,
    SARI,
    STRANGER,
    arrival,
    case,
    end,
    found,
    mails,
    message,
    of,
    ticket,
    token_to,
)
from mailhelp.desk.decide import decide
from mailhelp.desk.effect import AddArticle, Assign, Decision, OpenTicket, Release, SendMail, SetState
from mailhelp.desk.event import Arrived
from mailhelp.desk.model import ArticleKind, Case, End, MailKind
from mailhelp.desk.policy import Policy, Security
from mailhelp.mail.message import Address, Authentication, Kind, Message, Sender
from mailhelp.mail.thread import Evidence, evidence
from mailhelp.mail.token import GRACE, Key, Keyring, Purpose, message_id

NOBODY_VOUCHES = Authentication()
TOKEN_ALONE = replace(POLICY, security=Security(agent_proof="token"))
TRUSTING = replace(POLICY, security=Security(accept_unauthenticated=True))
OTHER = 2164001


def act(mail: Message, policy: Policy = POLICY, known: Case | None = None, proof: Evidence | None = None) -> Decision:
    """The decision on a desk that has the teacher's ticket and another one."""
    here = known or case(ticket(), ticket(number=OTHER))
    return decide(here, Arrived(arrival(), mail), NOW, policy, proof or found(mail))


def to(slot: int, number: int = NUMBER, keyring: Keyring = KEYRING) -> dict[str, Any]:
    """A mail to the reply address of that place."""
    return {"to": (token_to(slot, number, keyring=keyring),)}


def nothing_reaches(decision: Decision, addr: str) -> bool:
    """Whether nothing of an agent's was sent to somebody, and nothing of the ticket changed."""
    answers = [one for one in of(decision, SendMail) if one.kind is MailKind.ANSWER and one.to.addr == addr]
    changed = [one for one in decision.effects if isinstance(one, (SetState, Assign))]
    return not answers and not changed


# Token and From: the owner's own --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person", "slot"), [(GURU, 1), (COPY, 2)])
def test_a_participants_own_token_lets_in(person: Address, slot: int) -> None:
    """Also when nothing vouches for the sender."""
    decision = act(message(person, "Masih belum.", authentication=NOBODY_VOUCHES, **to(slot)))
    assert decision.code == "reply"


@pytest.mark.parametrize("thief", [STRANGER, COPY, Address("guru@sekolah.example.evil.example")])
def test_somebody_elses_token_lets_nobody_in(thief: Address) -> None:
    """A forwarded mail gives away its address: it opens the thief's own report."""
    decision = act(message(thief, "Halo", **to(1)))
    assert decision.code == "report.token.other-sender"
    assert [one.requester for one in of(decision, OpenTicket)] == [thief]


# Reference and number -------------------------------------------------------------------------------------------------

OURS = "<n0@desk.example>"
REFERRING = [{"in_reply_to": (OURS,)}, {"references": ("<other@x.example>", OURS)}, {"subject": f"Re: [#{NUMBER}] x"}]


@pytest.mark.parametrize("more", REFERRING, ids=["in-reply-to", "references", "subject"])
def test_a_participant_needs_the_borders_word_for_a_reference(more: dict[str, Any]) -> None:
    """With it, or where the admin accepts mail without it, a reply; otherwise a report of the sender's own."""
    known = case(ticket(), ticket(number=OTHER), by_id={OURS: NUMBER})
    vouched = message(GURU, "Masih belum.", **more)
    bare = replace(vouched, authentication=NOBODY_VOUCHES)
    assert act(vouched, known=known).code == "reply"
    assert act(bare, TRUSTING, known).code == "reply"
    refused = act(bare, known=known)
    assert refused.trace["thread"]["proof"]["code"] in {"reference.unauthenticated", "number.unauthenticated"}
    assert [one.requester for one in of(refused, OpenTicket)] == [GURU]
    assert [one.ticket for one in of(refused, AddArticle)] == [2164300]


@pytest.mark.parametrize("more", REFERRING, ids=["in-reply-to", "references", "subject"])
@pytest.mark.parametrize("policy", [POLICY, TOKEN_ALONE, TRUSTING])
def test_a_reference_lets_no_stranger_in(more: dict[str, Any], policy: Policy) -> None:
    """Whatever the settings and the border say: the sender is nobody on that report."""
    decision = act(message(STRANGER, "Halo", **more), policy, case(ticket(), by_id={OURS: NUMBER}))
    assert [one.requester for one in of(decision, OpenTicket)] == [STRANGER]
    assert {one.ticket for one in of(decision, AddArticle)} == {2164300}


@pytest.mark.parametrize("more", REFERRING, ids=["in-reply-to", "references", "subject"])
@pytest.mark.parametrize("policy", [POLICY, TOKEN_ALONE, TRUSTING])
def test_a_reference_makes_no_agent(more: dict[str, Any], policy: Policy) -> None:
    """Even an authenticated agent's mail is held without a token: a forward carries references, too."""
    decision = act(message(SARI, "#resolve", **more), policy, case(ticket(), by_id={OURS: NUMBER}))
    assert end(decision).end is End.HELD
    assert mails(decision) == {SARI.addr: ["confirm"]}


# The three carriers of a token ----------------------------------------------------------------------------------------


def _carried(where: str, keyring: Keyring = KEYRING, number: int = NUMBER) -> dict[str, Any]:
    made = message_id(keyring, "desk.example", number, 3, "abc")
    carriers: dict[str, dict[str, Any]] = {
        "address": to(3, number, keyring),
        "in-reply-to": {"in_reply_to": (made,)},
        "references": {"references": ("<x@y.example>", made, "<z@y.example>")},
    }
    return carriers[where]


@pytest.mark.parametrize("where", ["address", "in-reply-to", "references"])
def test_each_carrier_is_proof_enough_and_none_in_other_hands(where: str) -> None:
    """A host without plus addresses, a client that keeps only References: the agent gets in, nobody else."""
    assert act(message(SARI, "#resolve", **_carried(where))).code == "agent.resolve"
    for thief in (BUDI, GURU, STRANGER):
        assert nothing_reaches(act(message(thief, "#resolve", **_carried(where))), GURU.addr)
    assert nothing_reaches(act(message(SARI, "#resolve", **_carried(where, FOREIGN))), GURU.addr)


@pytest.mark.parametrize("where", ["address", "in-reply-to", "references"])
def test_each_refusal_has_its_reason(where: str) -> None:
    """An old key, an unknown one, a wrong signature: three codes, whatever carried the token."""
    current = Key("2", b"fresh-secret-fresh-secret-fresh-0", NOW)
    old = replace(KEYRING.keys[0], retired_at=NOW - GRACE - timedelta(seconds=1))
    grace = replace(KEYRING.keys[0], retired_at=NOW - GRACE)
    mail = message(SARI, "#resolve", **_carried(where))

    def codes(*keys: Key) -> set[str]:
        return {one.code for one in evidence(mail, POLICY.desk, Keyring((*keys, current), "2"), NOW).refusals}

    assert codes(old) == {"token.expired-key"}
    assert codes() == {"token.unknown-key"}
    assert codes(replace(old, secret=FOREIGN.keys[0].secret)) == {"token.bad-mac"}
    assert codes(grace) == set()


def test_a_confirmation_of_another_held_mail_releases_nothing_else() -> None:
    """The token names one held mail; what the other agent is asked about, Sari cannot release."""
    held = message(BUDI, "#resolve", **to(4))
    known = case(ticket(), held=arrival(7), held_message=held)
    decision = act(message(SARI, "ya", to=(token_to(0, 7, Purpose.CONFIRM),)), known=known)
    assert not of(decision, Release)


@pytest.mark.parametrize("text", ["#close 2164001 2164002", "#merge 2164001"])
def test_dangerous_commands_of_a_spoofed_agent_are_held_like_any(text: str) -> None:
    """And the question that is asked is whether the agent wrote it at all."""
    decision = act(message(SARI, text, authentication=NOBODY_VOUCHES))
    assert (end(decision).end, mails(decision)) == (End.HELD, {SARI.addr: ["confirm"]})
    assert nothing_reaches(decision, GURU.addr)


# A forged, foreign, old token -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["#resolve", "Kirim kata sandi Anda.", "#requester orang@lain.example"])
def test_a_forged_token_makes_no_agent(command: str) -> None:
    """Signed with another key: held, and the registered address is asked."""
    decision = act(message(SARI, command, **to(3, keyring=FOREIGN), subject=f"Re: [#{NUMBER}]"))
    assert end(decision).end is End.HELD
    assert mails(decision) == {SARI.addr: ["confirm"]}


def test_a_changed_token_is_no_token() -> None:
    """One letter of the signature."""
    good = token_to(3).addr
    local, _, domain = good.partition("@")
    bad = Address(f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}")
    decision = act(message(SARI, "#resolve", to=(bad,)))
    assert nothing_reaches(decision, GURU.addr)
    assert "token.bad-mac" in str(decision.trace["thread"]["refusals"])


def test_a_token_of_another_ticket_acts_there_alone() -> None:
    """Whatever number the subject names."""
    decision = act(message(SARI, "#resolve", subject=f"Re: [#{NUMBER}] x", **to(3, OTHER)))
    assert {one.ticket for one in of(decision, SetState)} == {OTHER}


def test_an_agents_token_in_a_colleagues_hands_is_held() -> None:
    """Budi writes to Sari's address: it is not his."""
    decision = act(message(BUDI, "#resolve", **to(3)))
    assert decision.code == "held.token.other-sender"
    assert mails(decision) == {BUDI.addr: ["confirm"]}


def test_an_expired_key_opens_nothing() -> None:
    """A key that was retired long ago: its tokens are refused with a reason."""
    retired = replace(KEYRING.keys[0], retired_at=NOW - timedelta(days=4000))
    fresh = replace(KEYRING.keys[0], id="2", secret=b"fresh-secret-fresh-secret-fresh-0")
    mail = message(SARI, "#resolve", **to(3))
    proof = evidence(mail, POLICY.desk, Keyring((retired, fresh), "2"), NOW)
    assert [one.code for one in proof.refusals]
    assert nothing_reaches(act(mail, proof=proof), GURU.addr)


def test_a_rotated_key_still_opens_for_a_while() -> None:
    """Retired yesterday."""
    retired = replace(KEYRING.keys[0], retired_at=NOW - timedelta(days=1))
    fresh = replace(KEYRING.keys[0], id="2", secret=b"fresh-secret-fresh-secret-fresh-0")
    mail = message(SARI, "#resolve", **to(3))
    proof = evidence(mail, POLICY.desk, Keyring((retired, fresh), "2"), NOW)
    assert act(mail, proof=proof).code == "agent.resolve"


@pytest.mark.parametrize("purpose", [Purpose.BOUNCE, Purpose.CONFIRM])
def test_a_token_for_something_else_is_no_reply_token(purpose: Purpose) -> None:
    """The address for bounces stands in every mail's envelope."""
    decision = act(message(SARI, "#resolve", to=(token_to(3, purpose=purpose),)))
    assert nothing_reaches(decision, GURU.addr)


# A spoofed From -------------------------------------------------------------------------------------------------------


def test_an_agents_token_without_a_border_is_held_unless_the_admin_says_so() -> None:
    """Both sides of the setting."""
    mail = message(SARI, "#resolve", authentication=NOBODY_VOUCHES, **to(3))
    assert act(mail).code == "held.token.unauthenticated"
    assert act(mail, TOKEN_ALONE).code == "agent.resolve"


@pytest.mark.parametrize("policy", [POLICY, TOKEN_ALONE, TRUSTING])
def test_an_agents_address_alone_is_no_agent(policy: Policy) -> None:
    """A number in the subject, a reference: whatever the settings, the registered address is asked."""
    mail = message(SARI, "#resolve", subject=f"Re: [#{NUMBER}] x", authentication=NOBODY_VOUCHES)
    decision = act(mail, policy)
    assert end(decision).end is End.HELD
    assert nothing_reaches(decision, GURU.addr)


@pytest.mark.parametrize("policy", [POLICY, TOKEN_ALONE, TRUSTING])
def test_a_doubtful_from_that_could_be_an_agents_is_held(policy: Policy) -> None:
    """`From: sari@dinas.example <orang@lain.example>`: readers disagree, so nobody is believed."""
    doubtful = Sender(None, "two addresses", claimed=(SARI.addr, STRANGER.addr))
    mail = replace(message(SARI, "#resolve", **to(3)), sender=doubtful)
    decision = act(mail, policy)
    assert end(decision).end is End.HELD
    assert nothing_reaches(decision, GURU.addr)


def test_a_display_name_is_no_address() -> None:
    """`"Sari <sari@dinas.example>" <orang@lain.example>` is a stranger."""
    decision = act(message(Address(STRANGER.addr, "Sari <sari@dinas.example>"), "#resolve", **to(3)))
    assert decision.code == "report.token.other-sender"


# Commands from those who may give none --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["#resolve", "#close", "#note x", "#requester orang@lain.example", "#mine"])
def test_a_requesters_commands_are_words(text: str) -> None:
    """They are filed as a reply."""
    decision = act(message(GURU, text, **to(1)))
    assert decision.code == "reply"
    assert [(one.kind, one.text) for one in of(decision, AddArticle)] == [(ArticleKind.REPLY, text)]
    assert not of(decision, SetState)


def test_an_agent_who_is_not_listed_any_more_is_nobody() -> None:
    """The token outlives the job."""
    agents = {name: one for name, one in POLICY.team.agents.items() if name != "sari"}
    gone = replace(POLICY, team=replace(POLICY.team, agents=agents))
    decision = act(message(SARI, "#resolve", **to(3)), gone)
    assert decision.code == "report.token.not-an-agent"


@pytest.mark.parametrize("kind", [Kind.AUTOMATIC, Kind.DISPOSITION_REPORT, Kind.DELIVERY_REPORT, Kind.OWN])
@pytest.mark.parametrize("text", ["#resolve", "#spam", "ya"])
def test_automatic_mail_commands_nothing(kind: Kind, text: str) -> None:
    """Auto-Submitted replies with commands, from the agent's own address with the agent's own token."""
    decision = act(message(SARI, text, kind=kind, kind_reason="Auto-Submitted", **to(3)))
    assert nothing_reaches(decision, GURU.addr)


def test_automatic_mail_confirms_nothing() -> None:
    """A vacation reply to the question does not release what is held."""
    mail = message(SARI, "ya", kind=Kind.AUTOMATIC, to=(token_to(0, 7, Purpose.CONFIRM),))
    known = case(ticket(), held=arrival(7), held_message=message(SARI, "#resolve", **to(3)))
    assert nothing_reaches(act(mail, known=known), GURU.addr)
    assert end(act(mail, known=known)).end is End.IGNORED


@pytest.mark.parametrize("text", ["#mine", "#for guru@sekolah.example\nHalo", "#away", "#show 2164242"])
def test_desk_commands_of_an_unverified_sender_are_held(text: str) -> None:
    """Nothing is sent but the question, and that to the registered address."""
    mail = message(SARI, text, authentication=NOBODY_VOUCHES)
    for policy in (POLICY, TOKEN_ALONE, TRUSTING):
        decision = act(mail, policy)
        assert end(decision).end is End.HELD
        assert mails(decision) == {SARI.addr: ["confirm"]}


@pytest.mark.parametrize("text", ["#mine", "#for guru@sekolah.example\nHalo"])
def test_desk_commands_of_a_stranger_open_the_strangers_report(text: str) -> None:
    """They are words."""
    decision = act(message(STRANGER, text))
    assert [one.requester for one in of(decision, OpenTicket)] == [STRANGER]


def test_the_old_requesters_token_opens_nothing_after_a_change() -> None:
    """The place is the same, the owner is another."""
    changed = ticket()
    people = tuple(replace(one, address=STRANGER) if one.slot == 1 else one for one in changed.participants)
    known = case(replace(changed, participants=people))
    assert act(message(GURU, "Halo", **to(1)), known=known).code == "report.token.other-sender"
    assert act(message(STRANGER, "Halo", **to(1)), known=known).code == "reply"


def test_a_list_cannot_be_used_to_look_at_others() -> None:
    """Lists and shown tickets go to the registered address, whatever alias wrote."""
    decision = act(message(Address("sari@rumah.example"), "#mine"))
    assert set(mails(decision)) == {SARI.addr}


def test_a_strangers_command_changes_no_ticket() -> None:
    """`#close` with a number in the subject."""
    decision = act(message(STRANGER, "#close", subject=f"[#{NUMBER}]"))
    assert {one.ticket for one in of(decision, SetState)} <= {2164300}
