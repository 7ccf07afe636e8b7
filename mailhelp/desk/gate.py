"""The one gate through which all automatic mail leaves (design §5). It is code and cannot be configured away.

An agent's answer is a person's mail and never comes here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mailhelp.desk.model import Case
from mailhelp.desk.policy import Policy
from mailhelp.mail.message import Address, Kind, MailKind, Message

# Mailboxes behind which no person reads (RFC 2142, RFC 3834 §2 and custom).
_ROLES = frozenset(
    {
        *("mailer-daemon", "mailerdaemon", "postmaster", "bounce", "bounces", "listserv", "majordomo", "mailman"),
        *("noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "do_not_reply"),
    }
)
_NO_ANSWER = {
    Kind.OWN: "it is our own mail",
    Kind.DELIVERY_REPORT: "it is a delivery report",
    Kind.DISPOSITION_REPORT: "it is a disposition report",
    Kind.AUTOMATIC: "it is automatic mail",
    Kind.LIST: "it came through a mailing list",
}
_TO_AGENTS = frozenset({MailKind.NOTICE, MailKind.CONFIRM, MailKind.ALARM})
# The desk's own people are still told of new work when strangers are no longer answered.
_RESERVE = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a mail may leave; `code` is stable, `reason` is a sentence."""

    ok: bool
    code: str = "gate.ok"
    reason: str = "nothing speaks against it"

    def as_data(self) -> dict[str, Any]:
        """As it stands in a trace."""
        return {"ok": self.ok, "code": self.code, "reason": self.reason}


def allow(kind: MailKind, to: Address, message: Message | None, case: Case, policy: Policy) -> Verdict:
    """Whether this automatic mail may be sent; `message` is the mail it answers, if it answers one."""
    refusal = _address(to, policy)
    if refusal is None and kind not in _TO_AGENTS:
        refusal = _role(to) or _answered(message, case)
    return refusal or _budget(kind, case, policy) or Verdict(ok=True)


def _no(code: str, reason: str) -> Verdict:
    return Verdict(ok=False, code=f"gate.{code}", reason=reason)


def _address(to: Address, policy: Policy) -> Verdict | None:
    local, at, domain = to.key.rpartition("@")
    if not (local and at and domain):
        return _no("no-address", "there is no address to send to")
    detail = policy.desk.detail
    plain = f"{local.split(detail, 1)[0]}@{domain}" if detail else to.key
    if {to.key, plain} & policy.desk.addresses:
        return _no("own-address", f"{to.addr} is the desk's own address")
    return None


def _role(to: Address) -> Verdict | None:
    local = to.key.rpartition("@")[0]
    if local in _ROLES or local.startswith(("bounce+", "bounces+", "bounce-", "bounces-", "owner-")):
        return _no("role-address", f"nobody reads {to.addr}")
    if local.endswith(("-request", "-bounces", "-owner", "-noreply", "-no-reply")):
        return _no("role-address", f"nobody reads {to.addr}")
    return None


def _answered(message: Message | None, case: Case) -> Verdict | None:
    if case.rescan:
        return _no("rescan", "the mailbox was renumbered: nothing is acknowledged twice")
    if message is None:
        return None
    if message.kind in _NO_ANSWER:
        return _no(message.kind.value, f"{_NO_ANSWER[message.kind]}: {message.kind_reason}")
    if message.return_path is not None and not message.return_path.strip("<> "):
        return _no("null-return-path", "its return path is empty (RFC 3834 §2)")
    return None


def _budget(kind: MailKind, case: Case, policy: Policy) -> Verdict | None:
    sent, limits = case.sent, policy.gate
    allowance = limits.global_hour * (_RESERVE if kind in _TO_AGENTS else 1)
    if sent.global_hour >= allowance:
        return _no("breaker", f"{sent.global_hour} automatic mails left within the hour, {allowance} are allowed")
    if kind in {MailKind.NOTICE, MailKind.ALARM}:
        return None  # work that came in is told, however many reports one agent gets
    if sent.to_address_hour >= limits.per_address_hour:
        return _no("address-hour", f"{sent.to_address_hour} automatic mails went there within the hour")
    if sent.to_address_day >= limits.per_address_day:
        return _no("address-day", f"{sent.to_address_day} automatic mails went there within the day")
    if kind not in _TO_AGENTS and sent.ticket_day >= limits.per_ticket_day:
        return _no("ticket-day", f"{sent.ticket_day} automatic mails left for this report within the day")
    return None
