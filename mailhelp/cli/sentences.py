"""Effects of a decision as sentences, from the plain data of `mailhelp.intake_explain.explain`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = Mapping[str, Any]


def sentence(effect: Data) -> str:
    """What an effect does, in one sentence; an effect without a sentence of its own is told by its name and values."""
    tell = _TELL.get(str(effect.get("effect")))
    return tell(effect) if tell else _plainly(effect)


def _plainly(effect: Data) -> str:
    values = ", ".join(f"{name} {value}" for name, value in effect.items() if name != "effect" and value)
    return f"{effect.get('effect')}: {values}"


def _person(address: Data) -> str:
    return f"{address['name']} <{address['addr']}>" if address["name"] else str(address["addr"])


def _open(e: Data) -> str:
    kind = " / ".join(part for part in (e["category"], e["subcategory"]) if part)
    about = f", category {kind}" if kind else ""
    who = _person(e["requester"])
    return f"Open report {e['number']} for {who}: queue {e['queue']}, priority {e['priority']}{about}."


def _article(e: Data) -> str:
    seen = ", seen by agents only" if e["internal"] else ""
    files = f" with {len(e['attachments'])} files" if e["attachments"] else ""
    return f"File it as {e['kind']} of {e['author']} on report {e['ticket']}{files}{seen}."


def _reachable(e: Data) -> str:
    state = "can be reached again" if e["reachable"] else "cannot be reached"
    return f"Note that participant {e['slot']} of report {e['ticket']} {state}: {e['reason']}."


def _state(e: Data) -> str:
    why = f" ({e['close_reason']})" if e["close_reason"] else ""
    return f"Set report {e['ticket']} to {e['state']}{why}: {e['reason']}."


def _assign(e: Data) -> str:
    names = ("owner", "queue", "priority", "category", "subcategory", "user_type", "language")
    what = ", ".join(f"{name} {e[name] or 'nobody'}" for name in names if e[name] is not None)
    return f"Set {what} of report {e['ticket']}" + (f": {e['reason']}." if e["reason"] else ".")


def _tag(e: Data) -> str:
    words = [f"add {', '.join(e['add'])}"] if e["add"] else []
    words += [f"remove {', '.join(e['remove'])}"] if e["remove"] else []
    return f"Tags of report {e['ticket']}: {'; '.join(words)}."


def _fields(e: Data) -> str:
    shown = ", ".join(name if value else f"no {name}" for name, value in e["fields"].items())
    return f"Note the fields of report {e['ticket']}: {shown}."


def _mail(e: Data) -> str:
    about = f" about report {e['ticket']}" if e["ticket"] else ""
    files = f", with {len(e['attachments'])} files" if e["attachments"] else ""
    later = f", not before {e['not_before']}" if e["not_before"] else ""
    return f"Send {e['kind']} “{e['template']}” ({e['language']}) to {_person(e['to'])}{about}{files}{later}."


def _end(e: Data) -> str:
    on = f" on report {e['ticket']}" if e["ticket"] else ""
    return f"Record the end of this mail: {e['end']}{on} ({e['reason']})."


_TELL: Mapping[str, Callable[[Data], str]] = {
    "OpenTicket": _open,
    "AddParticipant": lambda e: f"Add {_person(e['address'])} to report {e['ticket']} as {e['role']}.",
    "SetReachable": _reachable,
    "AddArticle": _article,
    "SetState": _state,
    "Assign": _assign,
    "Tag": _tag,
    "SetFields": _fields,
    "Link": lambda e: f"Link report {e['ticket']} to {e['other']} ({e['kind']}); agents see it.",
    "SetTimer": lambda e: f"Set the timer {e['name']} of report {e['ticket']} to {e['due_at']}.",
    "ClearTimer": lambda e: f"Clear {'the timer ' + e['name'] if e['name'] else 'all timers'} of report {e['ticket']}.",
    "SendMail": _mail,
    "EndArrival": _end,
    "Ask": lambda e: f"Ask the requester of report {e['ticket']} for {', '.join(e['fields'])}.",
    "SetRequester": lambda e: f"Make {_person(e['address'])} the requester of report {e['ticket']}.",
    "CancelMail": lambda e: f"Take back {e['count']} mails of report {e['ticket']} that have not left.",
    "SetAbsence": lambda e: f"Note when {e['agent']} is absent: {e['first'] or 'present again'}.",
    "Withdraw": lambda e: f"Take back the reminders of report {e['ticket']} that have not left.",
    "Release": lambda e: f"Take up the held mail (arrival {e['arrival']}) again: its agent has confirmed it.",
    "Alarm": lambda e: f"Alarm for the admin: {e['text']}",
    "AlarmOver": lambda e: f"End the alarm: {e['text']}",
    "AlarmsTold": lambda e: f"Note that the admin is mailed of {len(e['alarms'])} alarms.",
}
