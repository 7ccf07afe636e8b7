"""Delivery reports: the machine-readable ones (RFC 3464), and what older and lazier servers write instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import Message as Mail

from mailhelp.mail import address, bounce, header, mime
from mailhelp.mail.message import Action, DeliveryReport, FailedRecipient

MAX_RECIPIENTS = 200
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED_TYPES = frozenset({"message/rfc822", "message/global", "message/partial"})
_HEADER_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
_MAX_BYTES = 262_144
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60})[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ID_LINE = re.compile(r"^[>| \t]{0,20}message-id[ \t]*:\s{0,5}(<[^<>\s]{3,400}>)", re.IGNORECASE | re.MULTILINE)
_ANGLES = re.compile(r"<([^<>\s]{3,320})>")

Block = dict[str, str]


def _text(node: mime.Node) -> str:
    """The bytes of a part as text, bounded; only its ASCII matters."""
    data = bytearray()
    for piece in mime.chunks(node):
        data += piece
        if len(data) >= _MAX_BYTES:
            break
    return data[:_MAX_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def _blocks(text: str) -> Iterator[Block]:
    """The groups of fields of a delivery-status part (RFC 3464 §2.1), names lower case, the first of a name counts."""
    for group in re.split(r"\n[ \t]*\n", text):
        found: Block = {}
        for match in _FIELD.finditer(group):
            found.setdefault(match[1].lower(), header.clean(match[2]))
        if found:
            yield found


def _addr(value: str) -> str:
    """The address in `rfc822; a@b` (RFC 3464 §2.3.1), lower case domain; empty if there is none."""
    kind, found, rest = value.partition(";")
    text = rest if found and "@" not in kind else value
    angles = _ANGLES.search(text)
    listed = address.addresses_in(angles[1] if angles else text)
    return listed[0] if listed else ""


def _action(block: Block) -> Action | None:
    """What happened; the status code decides where the field is missing or strange."""
    word = block.get("action", "").split("(")[0].strip().lower().split(" ")[0].strip(".,;")
    known = {"fail": "failed", "failure": "failed", "delay": "delayed", "success": "delivered", "expand": "expanded"}
    try:
        return Action(known.get(word, word))
    except ValueError:
        first = block.get("status", block.get("diagnostic-code", ""))
        code = _STATUS.search(first)
        by_class = {"5": Action.FAILED, "4": Action.DELAYED, "2": Action.DELIVERED}
        return by_class[code[1][0]] if code else (Action.FAILED if word else None)


def _recipient(block: Block) -> FailedRecipient | None:
    """What one group of fields says of one recipient, or None if it speaks of none.

    The address as the sender wrote it comes first (Original-Recipient, RFC 3464 §2.3.1): it is the one that we know.
    """
    names = ("original-recipient", "final-recipient", "x-actual-recipient")
    addr = next((found for name in names if (found := _addr(block.get(name, "")))), "")
    action = _action(block)
    if not addr or action is None:
        return None
    diagnostic = block.get("diagnostic-code", "")[:500]
    status = _STATUS.search(block.get("status", "")) or _STATUS.search(diagnostic)
    return FailedRecipient(addr, action, status[1] if status else "", diagnostic)


def _fields_of(leaves: Iterable[mime.Node]) -> Iterator[header.Fields]:
    """The headers of the returned mail, wherever they are."""
    for node in leaves:
        inside = mime.inner(node) if node.type in _RETURNED_TYPES else None
        if inside is not None:
            yield header.Fields(inside.raw_items())
        elif node.type in _HEADER_TYPES or node.type in _RETURNED_TYPES:
            yield header.Fields((match[1], match[2]) for match in _FIELD.finditer(_text(node)[:65_536]))


def _original_id(leaves: list[mime.Node], text: str) -> str:
    """The Message-ID of the mail that the report speaks of: from the returned mail, else from a copy in the text."""
    for fields in _fields_of(leaves):
        if ids := header.message_ids(fields.raw("message-id")):
            return ids[0]
    return next(iter(_ID_LINE.findall(text)), "")


def _unique(found: Iterable[FailedRecipient]) -> tuple[FailedRecipient, ...]:
    """One entry for each address; the first counts."""
    by_addr: dict[str, FailedRecipient] = {}
    for recipient in found:
        if len(by_addr) < MAX_RECIPIENTS:
            by_addr.setdefault(recipient.addr.lower(), recipient)
    return tuple(by_addr.values())


def delivery_report(mail: Mail, text: str = "") -> DeliveryReport | None:
    """What a delivery report says, or None if the mail is none.

    `text` is the text of the mail, for the bounces that have no machine-readable part. Never raises.
    """
    return read(mime.tree(mail), header.Fields(mail.raw_items()), text)


def read(root: mime.Node, fields: header.Fields, text: str) -> DeliveryReport | None:
    """As `delivery_report`, for a tree that is there already."""
    leaves = list(mime.leaves(root))
    status = [node for node in leaves if node.type in _STATUS_TYPES]
    declared = root.type == "multipart/report" or root.type in _STATUS_TYPES
    maybe = bounce.looks_automatic(fields)
    if status and (declared or maybe or bounce.subject_says_so(fields)):
        blocks = [block for node in status for block in _blocks(_text(node))]
        recipients = _unique(found for block in blocks if (found := _recipient(block)))
        recipients = recipients or _unique(bounce.recipients(root, fields, text))
        envelope = next((block["original-envelope-id"] for block in blocks if "original-envelope-id" in block), "")
        return DeliveryReport(recipients, _original_id(leaves, text), envelope[:500])
    if maybe and bounce.is_failure(fields, text):
        recipients = _unique(bounce.recipients(root, fields, text))
        if recipients or bounce.from_daemon(fields) or bounce.null_path(fields):
            return DeliveryReport(recipients, _original_id(leaves, text))
    return None
