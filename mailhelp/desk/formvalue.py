"""What was written for a field, as the value it means: choices by name, addresses alone, numbers without blanks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from mailhelp.desk import identity
from mailhelp.desk.fold import key
from mailhelp.desk.formfield import FormField
from mailhelp.desk.model import Doubt
from mailhelp.desk.near import Names

MAX_VALUE = 500
"""Characters of a value that is not a long text."""

WITHIN = 0.8
"""How sure a choice is that stands among other words."""

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
_BOXES = re.compile(r"\[\s?([^\[\]\s]?)\s?\]|\(\s?([xXvV✓✔•●*]?)\s?\)|([☐□○◯])|([☑☒✅✓✔■●◉])")
_PHONE = re.compile(r"\+?\(?\d[\d\s().\-‐-―/]{4,24}\d")
_NOTHING = frozenset(
    (
        "", "tidak ada", "tdk ada", "kosong", "n a", "none", "nihil", "belum ada", "tidak punya", "belum punya",
        "not applicable", "nil", "no answer", "tidak diisi", "not answered",
    )
)  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan", "februari pebruari february feb", "maret march mar", "april apr", "mei may",
            "juni june jun", "juli july jul", "agustus august agu ags aug", "september sept sep",
            "oktober october okt oct", "november nopember nov nop", "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DATE = re.compile(r"(\d{1,4})\s*(?:[./\-]|\s)\s*([A-Za-z]{3,10}|\d{1,2})\.?\s*(?:[./\-,]|\s)\s*(\d{1,4})")
_DATE_EN = re.compile(r"([A-Za-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_AMOUNT = re.compile(r"[-+]?\d(?:[\d.,]*\d)?")


@dataclass(frozen=True, slots=True)
class Value:
    """A value; empty where nothing usable was written. `doubt` says what is doubtful, also why it is empty."""

    text: str
    sure: float = 1.0
    doubt: Doubt | None = None


def is_nothing(written: str) -> bool:
    """Whether this is a way of writing nothing: blank, dashes, dots, `tidak ada`."""
    return len(written) < 40 and key(written.replace("_", " ")) in _NOTHING


def understood(written: str, field: FormField) -> Value:  # noqa: PLR0911 - one answer for each type
    """The value of a field of any type but category and subcategory."""
    if field.type == "long text":
        return Value(written.strip())
    text = " ".join(written.split())[:MAX_VALUE]
    match field.type:
        case "choice":
            return choice(text, field)
        case "email":
            return _email(text)
        case "phone":
            return _phone(text)
        case "date":
            return _date(text)
        case "number":
            return _amount(text)
        case "npsn" | "nisn" | "nik" | "nuptk":
            return _identity(text.rstrip(" ,;"), field.type)
        case _:
            return Value(text.rstrip(" ,;"))


def _identity(text: str, kind: str) -> Value:
    """An identity number as written, without what stands between or beside its digits."""
    number = identity.plain(text)
    inside = identity.within(kind, number)
    return Value(
        inside, 1.0 if inside == number else 0.9, None if inside == number else Doubt("within", (text, inside))
    )


def choice(text: str, field: FormField) -> Value:
    """The choice that a text means; nothing, with a doubt, where it means none or several."""
    marked = marked_choice(text)
    for written in (text, *((marked,) if marked else ())):
        found = field.choice_names.find(written)
        if found is not None:
            return Value(found.name, found.sure, None if found.exact else Doubt("near", (written, found.name)))
    inside = names_within(marked or text, field.choice_names)
    if len(inside) == 1:
        return Value(inside[0], WITHIN, Doubt("within", (text, inside[0])))
    return Value("", 0.0, Doubt("not-a-choice", (text, ", ".join(item.name for item in field.choices))))


def names_within(text: str, names: Names) -> list[str]:
    """The names spelt among the words of a text, the longer spellings first; what they cover counts once."""
    words = key(text[:MAX_VALUE]).split()
    found: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(6, len(words) - at), 0, -1):
            name = names.spellings.get(" ".join(words[at : at + length]))
            if name:
                found.append(name)
                at += length - 1
                break
        at += 1
    return list(dict.fromkeys(found))


def marked_choice(text: str) -> str:
    """Of choices with boxes before them (`[x] Guru [ ] Siswa`) the marked one; empty where not exactly one is."""
    boxes = list(_BOXES.finditer(text))
    if not boxes or boxes[0].start() > 3:
        return ""
    ends = [*(box.start() for box in boxes[1:]), len(text)]
    chosen = [text[box.end() : end] for box, end in zip(boxes, ends, strict=True) if box[1] or box[2] or box[4]]
    return chosen[0].strip(" ,;|-") if len(chosen) == 1 else ""


def addresses(text: str) -> list[str]:
    """The mail addresses in a text, without repeats."""
    plain = unicodedata.normalize("NFKC", text.replace("mailto:", " "))
    found = {match.rstrip(".-").lower(): match.rstrip(".-") for match in _ADDRESS.findall(plain)}
    return list(found.values())


def _email(text: str) -> Value:
    """The one address in the text: clients write `a@b <mailto:a@b>` and the like."""
    found = addresses(text)
    if not found:
        return Value(text, 0.5, Doubt("not-an-address", (text,)))
    if len(found) == 1:
        return Value(found[0])
    return Value(found[0], 0.5, Doubt("several", (", ".join(found),)))


def _phone(text: str) -> Value:
    """Digits, with `+` before them where it was written."""
    plain = unicodedata.normalize("NFKC", text)
    found = [match[0] for match in _PHONE.finditer(plain)]
    if not found:
        return Value(text, 0.5, Doubt("not-a-phone", (text,)))
    numbers = list(dict.fromkeys(_dialled(part) for match in found for part in _single(match)))
    if len(numbers) == 1:
        return Value(numbers[0])
    return Value(numbers[0], 0.5, Doubt("several", (", ".join(numbers),)))


def _single(text: str) -> list[str]:
    """`0812.../0813...` holds two numbers; `021/555` is one."""
    parts = [part for part in text.split("/") if part.strip()]
    return parts if all(sum(char.isdigit() for char in part) >= 8 for part in parts) else [text]


def _dialled(text: str) -> str:
    digits = "".join(char for char in text if char.isdigit())
    return f"+{digits}" if text.lstrip().startswith("+") else digits


def _date(text: str) -> Value:
    """A date as ISO 8601. Where day and month could be exchanged, the day comes first, with a doubt."""
    plain = unicodedata.normalize("NFKC", text)
    if (english := _DATE_EN.search(plain)) and (month := _month(english[1])):
        return _iso(text, int(english[3]), month, int(english[2]))
    found = _DATE.search(plain)
    if found is None or not (month := _month(found[2])):
        return Value("", 0.0, Doubt("not-a-date", (text,)))
    if len(found[1]) == 4:
        return _iso(text, int(found[1]), month, int(found[3]))
    day, year = int(found[1]), int(found[3])
    value = _iso(text, year + (2000 if year < 40 else 1900) if year < 100 else year, month, day)
    if value.text and found[2].isdigit() and day <= 12 and day != month:
        return Value(value.text, 0.9, Doubt("day-first", (text,)))
    return value


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS.get(text.lower(), 0)


def _iso(text: str, year: int, month: int, day: int) -> Value:
    try:
        return Value(date(year, month, day).isoformat())
    except ValueError:
        return Value("", 0.0, Doubt("not-a-date", (text,)))


def _amount(text: str) -> Value:
    """A number in plain digits with a point: `1.250` and `1,250` are 1250, `2,5` is 2.5."""
    plain = unicodedata.normalize("NFKC", text)
    found = list(_AMOUNT.finditer(plain))
    if not found:
        return Value("", 0.0, Doubt("not-a-number", (text,)))
    number = _pointed(found[0][0])
    if len(found) > 1:
        return Value(number, 0.5, Doubt("several", (", ".join(match[0] for match in found),)))
    return Value(number)


def _pointed(text: str) -> str:
    """One number as Python writes it: the last sign counts as point unless three digits follow it."""
    text = "".join(text.split())
    head, sign, tail = text, "", ""
    at = max(text.rfind("."), text.rfind(","))
    if at >= 0 and len(text) - at - 1 != 3:
        head, sign, tail = text[:at], ".", text[at + 1 :]
    whole = head.replace(".", "").replace(",", "")
    return f"{whole}{sign}{tail}".removeprefix("+")
