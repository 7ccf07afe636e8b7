"""Words for people: salutations by the time of day, names fit for showing, subjects, masked identity numbers."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from mailhelp.desk.policy import Desk

_GREETINGS = {  # language -> the hour from which each greeting holds; before the first one it is still night
    "id": ((4, "Selamat pagi"), (11, "Selamat siang"), (15, "Selamat sore"), (18, "Selamat malam")),
    "en": ((4, "Good morning"), (12, "Good afternoon"), (18, "Good evening")),
}
_HONORIFIC = re.compile(
    r"(?:bapak|ibu|bpk|bp|pak|bu|yth|mr|mrs|ms|miss|sdr|sdri|saudara|saudari|kak)\b\.?", re.IGNORECASE
)
_PREFIX = re.compile(r"\s*(?:re|fw|fwd|bls|balas|trs|terusan|aw|sv|antw)\s*(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
# NIK and NUPTK have 16 digits, NISN 10; 16 are also written in groups. NPSN (8) is public and stays readable.
_IDENTITY = re.compile(r"(?<!\d)(?:\d{16}|\d{10}|\d(?:[ .-]?\d){15})(?!\d)")
_MAX_NAME = 60
_MAX_SUBJECT = 200


def salutation(name: str, at: datetime, desk: Desk, language: str) -> str:
    """The opening of a mail, without the comma: `Selamat pagi Bapak/Ibu Sri Wahyuni`, `Good morning Sri Wahyuni`.

    `at` is an aware time; the greeting follows the clock of the desk's zone. A name that already carries a title is
    not given another one; without a usable name the greeting stands alone (in Indonesian with `Bapak/Ibu`).
    """
    hour = at.astimezone(ZoneInfo(desk.timezone)).hour
    greetings = _GREETINGS["en" if language == "en" else "id"]
    greeting = greetings[-1][1]
    for start, words in greetings:
        if hour >= start:
            greeting = words
    shown = clean_name(name)
    title = "" if language == "en" or _HONORIFIC.match(shown) else "Bapak/Ibu"
    return " ".join(part for part in (greeting, title, shown) if part)


@lru_cache(maxsize=1024)
def clean_name(name: str) -> str:
    """A display name fit for addressing somebody, or an empty text: addresses, links and symbols are no names."""
    visible = "".join(char if unicodedata.category(char)[0] != "C" else " " for char in name)
    text = " ".join(re.sub(r"\([^()]*\)", " ", visible).split()).strip("\"'`,;:<>()[] ")
    if "@" in text or "/" in text or "www." in text.lower() or not any(char.isalpha() for char in text):
        return ""
    return text if len(text) <= _MAX_NAME else text[:_MAX_NAME].rsplit(" ", 1)[0]


def clean_subject(text: str, language: str = "id") -> str:
    """The subject a report is kept under: without `Re:` and the like; a nearly empty one is said to be missing."""
    subject = " ".join(text.split())
    while (found := _PREFIX.match(subject)) and found.end():
        subject = subject[found.end() :]
    if sum(char.isalnum() for char in subject) < 2:
        return "(no subject)" if language == "en" else "(tanpa subjek)"
    return subject[:_MAX_SUBJECT]


def mask(text: str) -> str:
    """The text with identity numbers (16 or 10 digits) shown by their last four digits only."""
    return _IDENTITY.sub(_masked, text)


def mask_name(name: str) -> str:
    """The same for the name of a file, in signs that every system takes."""
    return _IDENTITY.sub(lambda found: _masked(found).replace("*", "x"), name)


def _masked(found: re.Match[str]) -> str:
    digits = [char for char in found.group() if char.isdigit()]
    return "*" * (len(digits) - 4) + "".join(digits[-4:])


def without_signature(text: str) -> str:
    """The text above the signature mark `-- ` (RFC 3676 §4.3)."""
    return _SIGNATURE.split(text, maxsplit=1)[0].strip()
