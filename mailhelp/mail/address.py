"""Mail addresses (RFC 5322 §3.4, RFC 6532), with a From reader that refuses ambiguity (design §7).

What readers disagree about is not read: an address in bare display text, in an encoded word or in a comment, groups,
routes, several mailboxes, look-alike letters. A quoted display name may say anything; it is never used for matching.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mailhelp.mail import header
from mailhelp.mail.message import Address, Sender

MAX_ADDRESSES = 200
_MAX_CLAIMED = 50
_MAX_ADDR = 320
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\[[^\[\]\s]*\])|([<>,:;@])|(\s+)|([^\s"<>,:;@()\[\]]+)', re.DOTALL)
_KINDS = ("", "quoted", "literal", "special", "blank", "word")
_ADDRESS_LIKE = re.compile(r"[^\s<>,;:()\"\\@\[\]]{1,64}@[^\s<>,;:()\"\\@]{1,255}")
_LOCAL = re.compile(r"[^\x00-\x20\x7f\"(),:;<>@\[\\\]]{1,250}")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*|\[[0-9a-zA-Z.:]{3,60}\]")
_BLANK_AT = re.compile(r"\s*@\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPECIAL_IN_QUOTES = re.compile(r"[@<>,\\\"\x00-\x1f\x7f]")


class _Token(NamedTuple):
    """One lexical token (RFC 5322 §3.2); quoted strings and comments without their marks."""

    kind: str  # quoted, literal, special, blank, word, comment, bad
    text: str


def _comment_end(text: str, start: int) -> int:
    """The place after the comment that begins at `start`, or 0 if it never ends."""
    depth, at = 0, start
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char in "()":
            depth += 1 if char == "(" else -1
            if not depth:
                return at + 1
        at += 1
    return 0


def _tokens(text: str) -> list[_Token]:
    """The tokens of a field; a quote, comment or bracket without its end makes all the rest one bad token."""
    found: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at] == "(" and (end := _comment_end(text, at)):
            found.append(_Token("comment", text[at + 1 : end - 1]))
            at = end
            continue
        match = _TOKEN.match(text, at)
        if match is None or text[at] == "(":
            found.append(_Token("bad", text[at:]))
            break
        index = match.lastindex or 0
        found.append(_Token(_KINDS[index], re.sub(r"\\(.)", r"\1", match[1]) if index == 1 else match[0]))
        at = match.end()
    return found


def _folded(value: str) -> str:
    """The field's characters on one line."""
    return header.as_text(value[: header.MAX_VALUE]).replace("\r", "").replace("\n", "")


def addresses_in(text: str) -> tuple[str, ...]:
    """Everything in a text that looks like an address, lower case, look-alike characters made plain."""
    plain = unicodedata.normalize("NFKC", header.clean(text))
    found = (match.strip(".'`*_|!?").lower() for match in _ADDRESS_LIKE.findall(plain))
    return tuple(dict.fromkeys(addr for addr in found if "@" in addr))[:_MAX_CLAIMED]


def _claimed(values: Sequence[str]) -> tuple[str, ...]:
    """Every address that any reader might take from these fields."""
    found: dict[str, None] = {}
    for value in values[:10]:
        text = _folded(value)
        bare = _BLANK_AT.sub("@", header.uncommented(text))
        for form in (text, header.decode(text), bare, header.decode(bare).replace('"', "").replace("\\", "")):
            found.update(dict.fromkeys(addresses_in(form)))
    return tuple(found)[:_MAX_CLAIMED]


def _trusty(char: str) -> bool:
    """Whether a character beyond ASCII can stand for nothing else: no look-alike of ASCII, nothing invisible."""
    plain = unicodedata.normalize("NFKC", char) + char.lower()
    return not any(c.isascii() for c in plain) and unicodedata.category(char)[0] in "LMNSP"


def _addr_spec(tokens: Sequence[_Token]) -> str:
    """The address that exactly these tokens spell (RFC 5322 §3.4.1), or an empty text. Nothing may stand inside."""
    if len(tokens) != 3 or tokens[1].text != "@" or tokens[0].kind not in ("word", "quoted"):
        return ""
    local, domain = tokens[0].text, tokens[2].text.lower()
    if tokens[0].kind == "quoted":
        if not local or _SPECIAL_IN_QUOTES.search(local):
            return ""
        local = f'"{local}"'
    elif not _LOCAL.fullmatch(local) or "=?" in local:
        return ""
    addr = f"{local}@{domain}"
    if not _DOMAIN.fullmatch(domain) or len(addr) > _MAX_ADDR:
        return ""
    return addr if all(char.isascii() or _trusty(char) for char in addr) else ""


def _trimmed(tokens: list[_Token]) -> list[_Token]:
    """The tokens without blanks and comments at both ends, and without empty list elements (RFC 5322 §4.4)."""
    start, end = 0, len(tokens)
    while start < end and (tokens[start].kind in ("blank", "comment") or tokens[start].text == ","):
        start += 1
    while end > start and (tokens[end - 1].kind in ("blank", "comment") or tokens[end - 1].text == ","):
        end -= 1
    return tokens[start:end]


def _phrase(tokens: Sequence[_Token]) -> str:
    """A display name as a person sees it."""
    text = "".join(" " if token.kind in ("blank", "comment") else token.text for token in tokens)
    return header.decode(text).strip("' \"")


def _hidden(tokens: Sequence[_Token]) -> Iterator[str]:
    """The texts around an address in which some reader could find another one."""
    bare: list[_Token] = []
    angles = [number for number, token in enumerate(tokens) if token == _Token("special", "<")]
    for number, token in enumerate(tokens):
        if token.kind == "comment":
            yield header.decode(token.text)
        elif token.kind == "quoted":
            bare.append(_Token("blank", " "))
            decoded = header.decode(token.text)
            if "=?" in token.text or "<" in decoded or ">" in decoded:
                yield decoded
        elif angles and number < angles[0]:
            bare.append(token)
    text = "".join(token.text for token in bare)
    yield _BLANK_AT.sub("@", text)
    yield header.decode(text)


def _named(tokens: list[_Token]) -> tuple[Address | None, str]:
    """`Name <local@domain>`: the address, or the problem."""
    texts = [token.text if token.kind == "special" else "" for token in tokens]
    if texts.count("<") != 1 or texts.count(">") != 1 or texts[-1] != ">":
        return None, "the angle brackets do not hold exactly one address"
    open_at = texts.index("<")
    before, inside = tokens[:open_at], tokens[open_at + 1 : -1]
    while inside and inside[0].kind == "blank":
        inside = inside[1:]
    while inside and inside[-1].kind == "blank":
        inside = inside[:-1]
    addr = _addr_spec(inside)
    if not addr:
        return None, "what stands in the angle brackets is no plain address"
    if ":" in texts[:open_at] or ";" in texts[:open_at]:
        return None, "a group of addresses"
    name = _phrase(before)
    return Address(addr, "" if name.lower() == addr.lower() else name), ""


def _problem(tokens: list[_Token], core: list[_Token], specials: set[str]) -> str:
    """What makes a field unreadable before its grammar is looked at, or an empty text."""
    if not core:
        return "an empty field"
    if any(token.kind == "bad" for token in tokens):
        return "a quote, comment or bracket that never ends"
    if any(token.kind == "word" and "\\" in token.text for token in core):
        return "a backslash outside quotes"
    if specials & {":", ";"} and not specials & {"<", ">"}:
        return "a group of addresses"
    return ""


def _mailbox(tokens: list[_Token]) -> tuple[Address | None, str]:
    """The one mailbox that the tokens spell, or the problem."""
    core = _trimmed(tokens)
    specials = {token.text for token in core if token.kind == "special"}
    if problem := _problem(tokens, core, specials):
        return None, problem
    if specials & {"<", ">"}:
        return _named(core)
    addr = _addr_spec(core)
    if not addr:
        return None, "more than one plain address" if "," in specials else "no plain address"
    notes = [_Token("word", token.text) for token in tokens if token.kind == "comment"]
    return Address(addr, _phrase(notes)), ""


def read_from(values: Sequence[str]) -> Sender:
    """The sender that the From fields name, read strictly (RFC 5322 §3.6.2). Never raises."""
    claimed = _claimed(values)
    if len(values) != 1:
        return Sender(None, f"{len(values)} From fields" if values else "no From field", claimed)
    text = _folded(values[0])
    if _CONTROL.search(text):
        return Sender(None, "control characters in the From field", claimed)
    tokens = _tokens(text)
    found, problem = _mailbox(tokens)
    if found is None:
        return Sender(None, problem, claimed)
    claimed = tuple(dict.fromkeys((found.key, *claimed)))[:_MAX_CLAIMED]
    others = {addr for hidden in _hidden(tokens) for addr in addresses_in(hidden)} - {found.key}
    if others:
        return Sender(None, f"a second address beside {found.addr}", claimed)
    return Sender(found, "", claimed)


def _elements(tokens: list[_Token]) -> Iterator[list[_Token]]:
    """The mailboxes of an address list, group names left out (RFC 5322 §3.4)."""
    current: list[_Token] = []
    angle = False
    for token in tokens:
        special = token.text if token.kind == "special" else ""
        angle = special == "<" or (angle and special != ">")
        if special == ":" and not angle:
            current = []
        elif special in (",", ";") and special and not angle:
            yield current
            current = []
        else:
            current.append(token)
    yield current


def read_list(values: Sequence[str]) -> tuple[Address, ...]:
    """The addresses of To, Cc or Reply-To fields, at most MAX_ADDRESSES; what cannot be read is passed over.

    More lenient than `read_from`, as nothing is granted because of these fields. Never raises.
    """
    found: dict[str, Address] = {}
    for value in values[:20]:
        for tokens in _elements(_tokens(_folded(value))):
            mailbox = _mailbox(tokens)[0] or _best_guess(tokens)
            if mailbox:
                found.setdefault(mailbox.key, mailbox)
            if len(found) >= MAX_ADDRESSES:
                return tuple(found.values())
    return tuple(found.values())


def _best_guess(tokens: Sequence[_Token]) -> Address | None:
    """The last address in a broken element of a list: where there are two, the angle brackets come last."""
    like = addresses_in("".join(token.text for token in tokens if token.kind != "comment"))
    addr = _addr_spec(_tokens(like[-1])) if like else ""
    return Address(addr) if addr else None


def split_detail(addr: str, separator: str) -> tuple[str, str]:
    """`help+r-abc@desk` as (`help@desk`, `r-abc`) (RFC 5233); the detail is empty where there is none."""
    local, at, domain = addr.rpartition("@")
    base, found, detail = local.partition(separator) if separator else (local, "", "")
    if not found or not base or not at:
        return addr, ""
    return f"{base}@{domain}", detail
