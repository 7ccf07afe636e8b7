"""Why a rule fired, for agents, in the language of their notices. Admins read the English traces (`Condition.why`).

Only what held is told, shortly: `kategori Reset kata sandi, ada kata "ujian hari ini"`. Identity numbers are masked.
"""

from __future__ import annotations

from collections.abc import Iterator

from mailhelp.desk import words
from mailhelp.desk.askmail import Attached, HeaderIs, RecipientIs, SenderDomain, SenderIs, SenderKnown
from mailhelp.desk.asktext import FieldMatches, Has, HeaderMatches, Matches
from mailhelp.desk.askticket import FieldIs, FieldPresent, Is, LocalTime, OfficeHours, OpenReports, Tagged
from mailhelp.desk.condition import All, AnyOf, Condition, Not
from mailhelp.desk.facts import Facts
from mailhelp.desk.fold import key
from mailhelp.desk.label import label
from mailhelp.desk.rule import RuleRun

_MAX = 60
_SAID = {
    "id": {
        "has": "ada kata “{}”",
        "matches": "cocok dengan pola: “{}”",
        "field": "{} {}",
        "missing": "{} kosong",
        "header": "kepala surat {} {}",
        "sender": "pengirim {}",
        "domain": "pengirim dari {}",
        "known": "pengirim sudah pernah menulis",
        "unknown": "pengirim belum pernah menulis",
        "recipient": "ditujukan ke {}",
        "files": "lampiran: {}",
        "time": "waktu {}",
        "office": "di dalam jam layanan",
        "closed": "di luar jam layanan",
        "reports": "laporan terbuka lain: {}",
        "tag": "tanda {}",
        "user_type": "tipe pengguna {}",
        "language": "bahasa {}",
        "always": "berlaku selalu",
        "fact": "{} {}",
    },
    "en": {
        "has": "it has “{}”",
        "matches": "it matches a pattern with “{}”",
        "field": "{} is {}",
        "missing": "{} is missing",
        "header": "header {} is {}",
        "sender": "sender {}",
        "domain": "sender from {}",
        "known": "the sender wrote before",
        "unknown": "the sender never wrote before",
        "recipient": "sent to {}",
        "files": "attached files: {}",
        "time": "time {}",
        "office": "within office hours",
        "closed": "outside office hours",
        "reports": "other open reports: {}",
        "tag": "tag {}",
        "user_type": "user type {}",
        "language": "language {}",
        "always": "it holds always",
        "fact": "{} {}",
    },
}


def why(run: RuleRun, language: str) -> str:
    """The rules that fired, each with what held: `name: reason, reason; name: ...`; an empty text where none did."""
    said = ((rule.name, dict.fromkeys(reasons(rule.when, run.facts, language))) for rule in run.fired)
    return "; ".join(f"{name}: {', '.join(parts) or _say(language, 'always')}" for name, parts in said)


def reasons(condition: Condition, facts: Facts, language: str) -> Iterator[str]:
    """What held of a condition that holds; of alternatives the first one that does; nothing for exclusions."""
    match condition:
        case All(parts):
            for part in parts:
                yield from reasons(part, facts, language)
        case AnyOf(parts):
            held = next((part for part in parts if part.holds(facts)), None)
            if held is not None:
                yield from reasons(held, facts, language)
        case Not():
            return
        case _:
            yield from (words.mask(text) for text in _one(condition, facts, language))


def _one(condition: Condition, facts: Facts, language: str) -> Iterator[str]:  # noqa: PLR0912 - one line for each kind
    match condition:
        case Is("event", _):
            return
        case Is(what, _):
            yield _fact(what, str(getattr(facts, what)), language)
        case Tagged(names):
            yield _say(language, "tag", ", ".join(name for name in names if name in facts.tags))
        case FieldIs(name, _) | FieldPresent(name, True) | FieldMatches(name, _):
            yield _say(language, "field", name, facts.fields.get(name, ""))
        case FieldPresent(name, False):
            yield _say(language, "missing", name)
        case Has(where, phrases):
            known = facts.words(where)
            yield _say(language, "has", next((one for one in phrases if key(one) and known.has(key(one))), ""))
        case Matches(where, _):
            found = condition.compiled.search(facts.raw(where))
            yield _say(language, "matches", found.group().decode(errors="replace") if found else "")
        case SenderIs():
            yield _say(language, "sender", facts.sender)
        case SenderDomain():
            yield _say(language, "domain", facts.sender_key.rpartition("@")[2])
        case SenderKnown(known_sender):
            yield _say(language, "known" if known_sender else "unknown")
        case RecipientIs():
            yield _say(language, "recipient", ", ".join(facts.recipients))
        case HeaderIs(name, _) | HeaderMatches(name, _):
            yield _say(language, "header", name, facts.header(name) or "-")
        case OpenReports():
            yield _say(language, "reports", str(facts.open_reports))
        case Attached():
            yield _say(language, "files", str(condition.matching(facts)))
        case OfficeHours(within):
            yield _say(language, "office" if within else "closed")
        case LocalTime() if facts.local_time is not None:
            yield _say(language, "time", f"{facts.local_time:%H:%M}")


def _fact(what: str, value: str, language: str) -> str:
    if what in ("user_type", "language"):
        return _say(language, what, value)
    return _say(language, "fact", label(what, language).lower(), label(value, language))


def _say(language: str, what: str, *values: str) -> str:
    short = (" ".join(value.split()) for value in values)
    cut = (value if len(value) <= _MAX else value[: _MAX - 1] + "…" for value in short)
    return _SAID["en" if language == "en" else "id"][what].format(*cut)
