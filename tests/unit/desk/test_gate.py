"""The one gate for automatic mail: every reason not to send, and who is still told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deskkit import GURU, POLICY, SARI, case, message
from mailhelp.desk import gate
from mailhelp.desk.model import SentCounts
from mailhelp.desk.policy import GateLimits
from mailhelp.mail.message import Address, Kind, MailKind

ACK, NOTICE, CONFIRM = MailKind.ACKNOWLEDGEMENT, MailKind.NOTICE, MailKind.CONFIRM
LIMITS = GateLimits(per_address_hour=2, per_address_day=4, per_ticket_day=3, global_hour=10)


def code(kind: MailKind, /, to: Address = GURU, counts: SentCounts | None = None, **mail: Any) -> str:
    """What the gate says."""
    verdict = gate.allow(kind, to, message(**mail), case(sent=counts or SentCounts()), replace(POLICY, gate=LIMITS))
    assert verdict.ok is (verdict.code == "gate.ok")
    assert verdict.reason
    return verdict.code


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, "gate.ok"),
        ({"return_path": "guru@sekolah.example"}, "gate.ok"),
        ({"return_path": ""}, "gate.null-return-path"),
        ({"return_path": "<>"}, "gate.null-return-path"),
        ({"kind": Kind.OWN}, "gate.own"),
        ({"kind": Kind.AUTOMATIC}, "gate.automatic"),
        ({"kind": Kind.LIST}, "gate.list"),
        ({"kind": Kind.DELIVERY_REPORT}, "gate.delivery-report"),
        ({"kind": Kind.DISPOSITION_REPORT}, "gate.disposition-report"),
    ],
)
def test_what_must_not_be_answered(changes: dict[str, Any], refusal: str) -> None:
    """RFC 3834 §2: no answer to machines; the agents are told all the same."""
    assert code(ACK, **changes) == refusal
    assert code(NOTICE, SARI, **changes) == "gate.ok"


@pytest.mark.parametrize(
    "addr",
    [
        "MAILER-DAEMON@x.example", "postmaster@x.example", "noreply@x.example", "no-reply@x.example",
        "bounces+123@x.example", "owner-guru@lists.example", "guru-request@lists.example", "guru-bounces@lists.example",
        "sekolah-noreply@x.example",
    ],
)  # fmt: skip
def test_nobody_reads_role_addresses(addr: str) -> None:
    """Mailboxes of machines."""
    assert code(ACK, Address(addr)) == "gate.role-address"


@pytest.mark.parametrize("addr", ["bantuan@desk.example", "BANTUAN@desk.example", "bantuan+r1-2-3@desk.example"])
@pytest.mark.parametrize("kind", [ACK, NOTICE, CONFIRM])
def test_the_desk_never_writes_to_itself(addr: str, kind: MailKind) -> None:
    """Not to its address, not in capitals, not with a detail, not even a notice."""
    assert code(kind, Address(addr)) == "gate.own-address"


def test_a_plus_is_part_of_the_name_where_the_host_has_no_details() -> None:
    """Without details only the very address is ours."""
    policy = replace(POLICY, desk=replace(POLICY.desk, detail=""))
    assert gate.allow(ACK, Address("bantuan+x@desk.example"), None, case(), policy).ok


@pytest.mark.parametrize("addr", ["", "guru", "@x.example", "guru@"])
def test_what_is_no_address_gets_no_mail(addr: str) -> None:
    """A ticket without a known requester."""
    assert code(ACK, Address(addr)) == "gate.no-address"


@pytest.mark.parametrize(
    ("counts", "ack", "notice", "confirm"),
    [
        (SentCounts(1, 3, 2, 9), "gate.ok", "gate.ok", "gate.ok"),
        (SentCounts(to_address_hour=2), "gate.address-hour", "gate.ok", "gate.address-hour"),
        (SentCounts(to_address_day=4), "gate.address-day", "gate.ok", "gate.address-day"),
        (SentCounts(ticket_day=3), "gate.ticket-day", "gate.ok", "gate.ok"),
        (SentCounts(global_hour=10), "gate.breaker", "gate.ok", "gate.ok"),
        (SentCounts(global_hour=20), "gate.breaker", "gate.breaker", "gate.breaker"),
    ],
)
def test_budgets(counts: SentCounts, ack: str, notice: str, confirm: str) -> None:
    """Strangers first run out of answers; agents are told of work until the breaker's reserve is used up."""
    assert (code(ACK, counts=counts), code(NOTICE, SARI, counts), code(CONFIRM, SARI, counts)) == (ack, notice, confirm)


def test_a_renumbered_mailbox_is_not_acknowledged_again() -> None:
    """UIDVALIDITY changed: mail may come a second time."""
    verdict = gate.allow(ACK, GURU, message(), case(rescan=True), POLICY)
    assert verdict.code == "gate.rescan"


def test_mail_that_answers_nothing_needs_only_a_budget() -> None:
    """Reminders and the like have no mail they answer."""
    assert gate.allow(MailKind.REMINDER, GURU, None, case(), POLICY).ok
