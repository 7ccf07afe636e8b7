"""What is wrong with single values of a form, and which values stand in each other's fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from mailhelp.desk import identity
from mailhelp.desk.asktext import compile_pattern
from mailhelp.desk.formfield import Check, Form, FormField
from mailhelp.desk.formneed import Fields
from mailhelp.desk.formvalue import addresses, understood

_ADDRESS = re.compile(
    r"[^\s@<>]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_FEWEST_DIGITS, _MOST_DIGITS = 8, 15  # of a telephone number (ITU-T E.164: at most 15)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: a code of `desk.formwords` with its values, or the admin's own `message` by language.

    `names_field`: the values are names of fields.
    """

    code: str
    severity: str
    values: tuple[str, ...] = ()
    message: Mapping[str, str] = field(default_factory=dict)
    names_field: bool = False


def faults(item: FormField, value: str, form: Form, fields: Fields, sender: str, year: int) -> Iterator[Fault]:
    """All that is wrong with a value: what its type says, then the checks of the form."""
    found = _of_type(item, value, year)
    yield from found
    if item.type == "nuptk" and value and value == _value(fields, _of(form, "nik"), sender):
        yield Fault("nuptk.nik", "warn")
    if any(fault.severity == "error" or fault.code.startswith("not-a") for fault in found):
        return  # a value of another kind fails the checks too: one reason is enough
    usual = understood(value, item).text if item.type in ("number", "date") else value
    for check in item.checks:
        if fault := _failed(check, usual, fields, sender):
            yield fault


def exchanges(form: Form, fields: Fields, sender: str) -> dict[str, str]:
    """Fields whose value belongs to another field: that field by name.

    Two values are exchanged where each is wrong in its own field and right in the other's. A single one looks like
    another's where it is wrong as it stands, an identity number or an address, and the other field is empty.
    """
    given = ((item, _value(fields, item.name, "")) for item in form.fields if item.name in fields)
    bad = [item for item, value in given if _is_bad(item, value, fields, sender)]
    found: dict[str, str] = {}
    for first in bad:
        for second in bad:
            if first.name < second.name and _are_exchanged(first, second, fields, sender):
                found.setdefault(first.name, second.name)
                found.setdefault(second.name, first.name)
    for item in bad:
        if item.name not in found and (other := _belongs_to(item, form, fields, sender)):
            found[item.name] = other
    return found


def _are_exchanged(first: FormField, second: FormField, fields: Fields, sender: str) -> bool:
    one, other = _value(fields, first.name, ""), _value(fields, second.name, "")
    return not _is_bad(first, other, fields, sender) and not _is_bad(second, one, fields, sender)


def _belongs_to(item: FormField, form: Form, fields: Fields, sender: str) -> str:
    """The field that a wrong value looks like, the likelier first: `nik` before `nuptk` where its date is possible."""
    value = _value(fields, item.name, "")
    for kind in identity.kinds(value):
        name = _of(form, kind)
        if name and name != item.name:
            return name
    if item.type != "email" and len(addresses(value)) == 1 and _ADDRESS.fullmatch(value):
        named = [other for other in form.fields if other.type == "email" and other.name not in fields]
        fitting = [other for other in named if not _is_bad(other, value, fields, sender)]
        return fitting[0].name if fitting else ""
    return ""


def _of(form: Form, kind: str) -> str:
    """The name of the form's field of that type, if there is one."""
    return next((item.name for item in form.fields if item.type == kind), "")


def _is_bad(item: FormField, value: str, fields: Fields, sender: str) -> bool:
    """Whether a value cannot stand in a field: an empty one always can."""
    if not value:
        return False
    if item.type == "text":
        return _is_no_text(value)
    for fault in _of_type(item, value, 0):
        if fault.code.endswith((".length", ".digits")) or fault.code.startswith("not-a"):
            return True
    if item.type != "email":
        return False
    domains = [check for check in item.checks if check.kind in ("domain", "not_domain")]
    return any(_failed(check, value, fields, sender) for check in domains)


@lru_cache(maxsize=2048)
def _is_no_text(value: str) -> bool:
    """Whether this is an address or an identity number."""
    return bool(_ADDRESS.fullmatch(value) or identity.kinds(identity.plain(value)))


def _of_type(item: FormField, value: str, year: int) -> tuple[Fault, ...]:
    """What the type of a field says about a value. What is an error by itself is as grave as the field says."""
    match item.type:
        case "choice" | "date" | "number":
            if item.type == "choice" and item.choice_names.exact(value):
                return ()
            known = understood(value, item)
            doubt = known.doubt
            if known.text:
                return ()
            return (Fault(doubt.code, item.severity, doubt.values) if doubt else Fault("matches", item.severity),)
        case "long text":
            return ()
        case _:
            return _of_plain_type(item.type, item.severity, value, year)


@lru_cache(maxsize=2048)
def _of_plain_type(kind: str, severity: str, value: str, year: int) -> tuple[Fault, ...]:
    """The same where nothing else of the field matters. One mail's values are checked several times."""
    match kind:
        case "npsn" | "nisn" | "nik" | "nuptk":
            return tuple(
                Fault(fault.code, severity if fault.severity == "error" else "warn", fault.values)
                for fault in identity.faults(kind, value, year)
            )
        case "email" if not _ADDRESS.fullmatch(value):
            return (Fault("not-an-address", severity, (value,)),)
        case "phone" if not _FEWEST_DIGITS <= sum(char.isdigit() for char in value) <= _MOST_DIGITS:
            return (Fault("not-a-phone", severity, (value,)),)
        case "text" if value and _is_no_text(value):
            return (Fault("matches", "warn"),)
        case _:
            return ()


def _value(fields: Fields, name: str, sender: str) -> str:
    """The value of a field; the sender's address stands for the report's where the form names none."""
    value = fields[name].value.strip() if name in fields else ""
    return value or (sender if name == "email" else "")


def _failed(check: Check, value: str, fields: Fields, sender: str) -> Fault | None:
    """The fault that a check finds, or None. A check against a field without a value finds nothing."""
    wanted = check.arguments
    shown: tuple[str, ...] = wanted
    match check.kind:
        case "same_as" | "differs_from":
            other = _value(fields, wanted[0], sender)
            same = other.casefold() == value.casefold()
            ok = not other or same is (check.kind == "same_as")
        case "domain" | "not_domain":
            shown = (", ".join(wanted),)
            ok = _in_domain(value, wanted) is (check.kind == "domain")
        case "min":
            ok = float(value) >= float(wanted[0])
        case "max":
            ok = float(value) <= float(wanted[0])
        case "length":
            ok = len(value) <= int(wanted[0])
        case "not_before":
            ok = value >= wanted[0]
        case "not_after":
            ok = value <= wanted[0]
        case "matches":
            shown = ()
            ok = any(compile_pattern(f"^(?:{pattern})$").search(value.encode("utf-8", "replace")) for pattern in wanted)
        case _:
            ok = True
    if ok:
        return None
    by_name = check.kind in ("same_as", "differs_from")
    return Fault(check.kind.replace("_", "-"), check.severity, shown, check.message, names_field=by_name)


def _in_domain(addr: str, domains: tuple[str, ...]) -> bool:
    """Whether an address is at one of the domains or at a subdomain of one."""
    host = addr.rpartition("@")[2].lower().rstrip(".")
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
