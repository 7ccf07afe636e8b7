"""What one line says: a quote mark, an attribution, a header field, a banner, a separator.

All functions look at short, single lines (or a few joined ones) and are linear in their length.
"""

from __future__ import annotations

import re
from typing import Final

from mailhelp.mail.quotes import words

MAX_LINE: Final = 1_000  # longer lines are nobody's attribution or header field
_MAX_ATTRIBUTION: Final = 600
MAX_JOINED: Final = 5  # an attribution is wrapped over so many lines at most

_QUOTED: Final = re.compile(r"[ \t\xa0]{0,4}>")
_LONE_VERB: Final = re.compile(r"^>\s?(\S{1,12})\s?:$")
_RULE_SIGNS: Final = frozenset("-_=*~#—–‐─━. ")
_EMAIL: Final = re.compile(r"[^\s@<>()\[\]:;,\"']{1,80}@[^\s@<>()\[\]:;,\"']{2,120}")
_TIME: Final = re.compile(r"(?<!\d)\d{1,2}\s?[:.h٫時时시点點]\s?\d{2}(?!\d)")
_DATE: Final = re.compile(
    r"(?<![\d.:])(?:(?:19|20)\d\d|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}|"
    r"\d{1,2}(?:st|nd|rd|th|\.|er|º)? [^\W\d]{3,12}|[^\W\d]{3,12} \d{1,2})(?!\d)"
)
_YEAR: Final = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4})(?!\d)")
_NUMERIC_START: Final = re.compile(r"[\"(]?\d{1,4}[./\-年]\s?\d{1,2}[./\-月]")
_WORD: Final = re.compile(r"[^\s,:;<>\"]+")
_BANNER_EDGE: Final = re.compile(r"^[*\s]*-{2,}\s*|\s*-{2,}[*\s]*$")
_FIELD: Final = re.compile(r"^[\s*_|•]{0,6}([^\W\d_][^:：*<>@\d]{0,28}?)[\s*_]{0,4}[:：][\s*_]{0,4}(.*)$")
_ROLLED: Final = re.compile(r"^(-{3,}[^-]{4,60}-{3,})\s+(\S.*)$")
_NAME_BEFORE: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,3}(?=:)")
_COLONS: Final = (":", "：")
_NAMED_ADDRESS: Final = re.compile(
    r"^[\"']?[^\W\d_][^<>\[\]@]{0,80}[<\[](?:mailto:)?[^\s@<>\[\]]{1,80}@[^\s@<>\[\]]{2,120}[>\]]"
)
_BLANK: Final = " \t\r\n\xa0\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ODD_DASHES: Final = "‐‑–—―─━－"
_DASHES: Final = str.maketrans(dict.fromkeys(_ODD_DASHES, "-"))
_BANNER_ENDS: Final = frozenset(f"-{_ODD_DASHES}:：")
_BOXED_ADDRESS: Final = re.compile(
    r"(?<![^\s\"'’)])[<(\[]\W{0,5}(?:mailto:)?[^\s@<>()\[\]:]{1,80}@[^\s@<>()\[\]]{2,120}\W{0,5}[<>)\]]"
)
_IN_BRACKETS: Final = re.compile(r"<[^<>]{0,300}>|\([^()]{0,300}\)")
_MAX_PROSE: Final = 5  # small words in an attribution, such as "heeft het volgende" or "de noviembre de"
_MAX_AROUND: Final = 3  # the same where the verb does not stand last and no address is named
_MAX_LABEL: Final = 4  # words of a header field's name in a language that is not known


def unquoted(line: str) -> str:
    """The line without its first quote mark and the space after it."""
    found = _QUOTED.match(line)
    if not found:
        return line
    rest = line[found.end() :]
    return rest.removeprefix(" ")


def is_quoted(line: str) -> bool:
    """Whether the line begins with `>`; a decorated heading (`>>> ... <<<`) and a lone `> wrote:` do not count."""
    if not _QUOTED.match(line):
        return False
    stripped = line[:MAX_LINE].strip()
    verb = _LONE_VERB.match(stripped)
    return not (stripped.endswith("<<<") or (verb and verb[1].lower() in words.WROTE))


def is_rule(line: str) -> bool:
    """Whether the line is only drawn: dashes, underscores, stars, at least four signs."""
    stripped = line.strip()
    return len(stripped) >= 4 and not (set(stripped) - _RULE_SIGNS)


def is_drawn(line: str) -> bool:
    """Whether the line is a rule, or a few words between dashes, as programs draw above an older mail."""
    text = trim(line).translate(_DASHES)
    words_in = text.strip("- ").split()
    return is_rule(line) or (_dashes(text) >= 4 and 0 < len(words_in) <= 6 and len(text) <= 120)


def has_email(text: str) -> bool:
    """Whether something like an address stands in a short text."""
    return bool(_EMAIL.search(text))


def has_time(text: str) -> bool:
    """Whether a time of day stands in a short text."""
    return bool(_TIME.search(text))


def has_date(text: str) -> bool:
    """Whether a date, or a part that only dates have, stands in a short text."""
    return bool(_DATE.search(text)) or any(sign in text for sign in "年월月")


def has_year(text: str) -> bool:
    """Whether a year or a date in figures stands in a short text: "3 classes" is none."""
    return bool(_YEAR.search(text))


def trim(line: str) -> str:
    """The line without the white space and the marks for the direction of writing around it."""
    return line.strip(_BLANK)


def labelled(line: str) -> tuple[str, str] | None:
    """A name of a few words with a colon behind it, of any language, and the value: perhaps a header field."""
    found = _FIELD.match(line) if len(line) <= MAX_LINE else None
    if not found or not found[2].strip() or len(found[1].split()) > _MAX_LABEL:
        return None
    return found[1], found[2].strip().rstrip("*").strip()


def names_mailbox(value: str) -> bool:
    """Whether a value is a name with an address in brackets, as programs print it and hardly anybody types."""
    return bool(_NAMED_ADDRESS.match(value))


def field(line: str) -> tuple[str, str] | None:
    """A header field that a mail client printed: its key (from, sent, date, to, subject, other) and its value."""
    if len(line) > MAX_LINE:
        return None
    found = _FIELD.match(line)
    if not found:
        return None
    key = words.KEYS.get(" ".join(found[1].lower().split()))
    return (key, found[2].strip().rstrip("*").strip()) if key else None


def banner(line: str) -> str:
    """Whether a line such as `-----Original Message-----` begins a "forward" or the "original"; else an empty text."""
    text = trim(line).strip("* \t")
    if not 4 < len(text) <= 200 or text[-1] not in _BANNER_ENDS:
        return ""
    text = text.translate(_DASHES)
    inner = _BANNER_EDGE.sub("", text)
    lowered = inner.replace("İ", "i").lower()
    dashed = text.startswith("--") and text.endswith("--")
    if not dashed and not text.endswith(_COLONS):
        return ""
    if any(word in lowered for word in words.FORWARDED):
        said = any(word in lowered for word in words.MESSAGE)
        return "forward" if (dashed and said) or (said and len(lowered) < 120) else ""
    said = any(word in lowered for word in words.MESSAGE) or (_dashes(text) >= 8 and lowered in words.ORIGINAL)
    if dashed and _dashes(text) >= 3 and said and len(lowered) < 60:
        return "original" if any(word in lowered for word in words.ORIGINAL) else ""
    return ""


def unroll(line: str) -> list[str]:
    """A banner and the header fields that some clients print on the same line, each on a line of its own."""
    text = line.strip()
    found = _ROLLED.match(text)
    if not found or len(text) > 4 * MAX_LINE:
        return [line]
    rest, parts, start = found[2], [found[1]], 0
    for name in _NAME_BEFORE.finditer(rest):
        at = _name_start(name[0])
        if at is not None and name.start() + at > start:
            parts.append(rest[start : name.start() + at].strip())
            start = name.start() + at
    return [*parts, rest[start:].strip()]


def _name_start(phrase: str) -> int | None:
    """Where a header field's name begins at the end of a phrase of words, or None."""
    starts = [i for i, sign in enumerate(phrase) if i == 0 or phrase[i - 1] == " " or sign.isupper()]
    return next((i for i in starts if phrase[i:].lower() in words.KEYS), None)


def introduces(text: str) -> bool:
    """Whether a short text could be an attribution in any language: a colon last, an address or a date with time."""
    return text.endswith(_COLONS) and (has_email(text) or (has_date(text) and has_time(text)))


def _dashes(text: str) -> int:
    return min(len(text) - len(text.lstrip("-")), len(text) - len(text.rstrip("-")))


def _wrote(text: str, *, last: bool) -> bool:
    """Whether a verb of writing stands in the text, or among its last words."""
    found = _WORD.findall(text.lower())
    near = found[-3:] if last else found
    return any(word in words.WROTE for word in near) or any(word in text for word in words.WROTE_JOINED)


def _balanced(text: str) -> bool:
    angles = text.count(">") <= text.count("<") <= text.count(">") + 1
    return angles and text.count(")") <= text.count("(")


def opens(line: str) -> bool:
    """Whether an attribution may begin with this line: "On ..." or "Pada ..." with a date or time, or a date."""
    found = _WORD.match(line.lstrip(' \t"*-_\ufeff'))
    if found is None:
        return False
    return has_date(line) if found[0][0].isdigit() else found[0].lower() in words.OPENERS


def attribution(text: str) -> int:
    """How much a short text looks like the line above a quotation: 0 not at all, 1 maybe, 2 surely.

    "Surely" needs an address or a time of day beside the verb (or instead of it, between a date and a colon).
    """
    text = text.strip(f"*{_BLANK}")
    if not 4 < len(text) <= _MAX_ATTRIBUTION or not _balanced(text):
        return 0
    if text.startswith("--") and text.endswith("--"):
        return 2 if _wrote(text, last=True) and (has_email(text) or has_time(text)) else 0
    if text.endswith(_COLONS):
        return _before_colon(text)
    numeric = len(text) < 200 and bool(_NUMERIC_START.match(text))
    return 2 if numeric and text.endswith((">", ")")) and has_email(text) else 0


def _only_name(text: str) -> bool:
    """Whether nothing but a name stands before the verb: "Wahyu Prasetyo writes:"."""
    *name, verb = text.rstrip(":： ").split()
    return 0 < len(name) <= 5 and verb.lower() in words.WROTE and all(word[0].isupper() for word in name)


def _prose(text: str) -> int:
    """How many words of a text are neither names, addresses and dates nor belong to an attribution."""
    plain = _IN_BRACKETS.sub(" ", text)
    found = (word.strip("().*'’") for word in _WORD.findall(plain) if "@" not in word)
    return sum(
        len(word) > 2 and word[0].islower() and word not in words.WROTE and word not in words.OPENERS for word in found
    )


def _before_colon(text: str) -> int:
    """The same for a text that ends with a colon. Typed sentences end so, too, and name addresses, dates and times."""
    email, time, date, prose = has_email(text), has_time(text), has_date(text), _prose(text)
    boxed = bool(_BOXED_ADDRESS.search(text))
    if prose > _MAX_PROSE:
        return 0
    if _wrote(text, last=True):
        return 2 if email or (time and date) else int(date or text.startswith('"') or _only_name(text))
    if _wrote(text, last=False) and (date or time) and (boxed or prose <= _MAX_AROUND):
        return 2 if email or (date and time) else 0
    return 2 if boxed and date and time else 0
