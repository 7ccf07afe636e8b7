"""Evidence of which ticket a mail belongs to: tokens, message ids, numbers in the subject (design §4.5).

Only reads what the mail says; whether it counts is weighed in `desk.authority`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from mailhelp.mail.message import Message
from mailhelp.mail.token import GRACE, Claim, Keyring, Refusal, verify

MAX_NUMBERS = 5
_MAX_SUBJECT = 2_000
_MAX_ADDRESSES = 200
_SEPARATORS = ("+", "-", "=")
_NEARLY_TOKEN = re.compile(r"[rcb][a-z0-9]{1,8}-[a-z0-9]+-", re.IGNORECASE)
_OUR_ID = re.compile(r"<mh\.([a-z0-9-]{1,64})\.[a-z0-9]{1,64}@([^@<>\s]{1,255})>", re.IGNORECASE)
_DELIVERY_FIELDS = ("Delivered-To", "X-Original-To", "Envelope-To")

Where = Literal["address", "message-id"]


class DeskNames(Protocol):
    """What threading needs of the desk (`desk.policy.Desk` has it)."""

    @property
    def addresses(self) -> frozenset[str]:
        """All addresses of the desk, lower case."""

    @property
    def subject_tag(self) -> str:
        """How the number stands in our subjects, with `{number}`."""


@dataclass(frozen=True, slots=True)
class Found:
    """A token that was found and is genuine."""

    claim: Claim
    where: Where


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a mail says about where it belongs.

    `claims` are genuine tokens, those in addresses first, without repeats; `refusals` what was wrong with the others;
    `ids` are the message ids referred to that carry no genuine token, nearest first; `numbers` the report
    numbers in the subject (at most 5).
    """

    claims: tuple[Found, ...] = ()
    ids: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    refusals: tuple[Refusal, ...] = ()


def evidence(message: Message, desk: DeskNames, keyring: Keyring, now: datetime, grace: timedelta = GRACE) -> Evidence:
    """Collect the evidence of a mail; raises nothing, whatever the mail."""
    claims: dict[Found, None] = {}
    refusals: dict[Refusal, None] = {}
    ids: list[str] = []

    def judge(token: str, where: Where) -> bool:
        verdict = verify(keyring, token, now, grace)
        if isinstance(verdict, Refusal):
            refusals[verdict] = None
            return False
        claims[Found(verdict, where)] = None
        return True

    for token in dict.fromkeys(_address_tokens(message, desk.addresses)):
        judge(token, "address")
    domains = {addr.rpartition("@")[2] for addr in desk.addresses}
    for message_id in message.ids:
        match = _OUR_ID.fullmatch(message_id)
        ours = match is not None and match[2].lower() in domains
        if not (ours and match is not None and judge(match[1], "message-id")):
            ids.append(message_id)
    return Evidence(tuple(claims), tuple(ids), numbers(message.subject, desk.subject_tag), tuple(refusals))


def numbers(subject: str, subject_tag: str = "[#{number}]") -> tuple[int, ...]:
    """The report numbers a subject names, at most 5, in order: `[#2164242]`, `#2164242`, `nomor laporan 2164242`, ...

    Exactly 7 digits on digit boundaries; never a part of a longer run, also not of one with spaces, dots or hyphens
    between its groups (NPSN 8, NISN 10, NIK 16 digits).
    """
    line = " ".join(subject[:_MAX_SUBJECT].split())
    found = (int(next(filter(None, match.groups()))) for match in _number_pattern(subject_tag).finditer(line))
    return tuple(dict.fromkeys(found))[:MAX_NUMBERS]


_WORD = r"(?:laporan|tiket|ticket|report)"
_NUMBER_WORD = r"(?:nomor|nomer|no|number|nr|id)\b\.?"
_LABEL = rf"(?<![^\W_])(?:{_NUMBER_WORD} ?{_WORD}|{_WORD}(?: ?{_NUMBER_WORD})?) ?:? ?#? ?"
# Not followed by more digits: directly, after one joining mark, or after a space as a group of three or more.
_SEVEN = r"([0-9]{7})(?![0-9]|[.\-/_,][0-9]| [0-9]{3})"


@functools.lru_cache(maxsize=16)
def _number_pattern(subject_tag: str) -> re.Pattern[str]:
    before, _, after = " ".join(subject_tag.split()).partition("{number}")
    forms = [rf"(?<![0-9])# ?{_SEVEN}", _LABEL + _SEVEN]
    if before.strip():
        boundary = "(?<![0-9])" if not before[0].isalnum() else r"(?<![^\W_])"
        forms.insert(0, boundary + re.escape(before) + r"([0-9]{7})(?![0-9])" + re.escape(after))
    return re.compile("|".join(forms), re.IGNORECASE)


def _address_tokens(message: Message, own: frozenset[str]) -> Iterator[str]:
    """Details of the desk's own addresses that look like a token, after any separator: it may have been changed."""
    wanted = {name.lower() for name in _DELIVERY_FIELDS}
    headers = (value for field, value in message.headers if field.lower() in wanted)
    listed = (address.addr for address in (*message.to, *message.cc))
    for addr in dict.fromkeys([*listed, *message.delivered_to, *headers][:_MAX_ADDRESSES]):
        local, _, domain = addr.strip(" <>").lower().rpartition("@")
        for base in own:
            own_local, _, own_domain = base.rpartition("@")
            rest = local.removeprefix(own_local) if domain == own_domain and local != own_local else ""
            if len(rest) < len(local) and rest.startswith(_SEPARATORS) and _NEARLY_TOKEN.match(rest, 1):
                yield rest[1:]
