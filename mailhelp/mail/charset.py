"""From bytes to text: the declared charset, then UTF-8, then a guess (RFC 2045 §5.2, RFC 2046 §4.1.2).

Nothing here raises. What comes out has no NUL, no lone surrogate, no carriage return, and is in NFC.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from functools import lru_cache

import chardet

# What mails call a charset, and what they mean by it. Supersets stand for the narrow names, as in browsers: a mail
# that says iso-8859-1 means windows-1252 whenever the two differ.
_ALIASES = {
    "iso88591": "cp1252",
    "latin1": "cp1252",
    "iso88599": "cp1254",
    "iso88598i": "iso8859-8",
    "iso88598e": "iso8859-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "xgbk": "gb18030",
    "gb231280": "gb18030",
    "ksc56011987": "cp949",
    "ksc5601": "cp949",
    "euckr": "cp949",
    "shiftjis": "cp932",
    "xsjis": "cp932",
    "iso2022jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
    "xbig5": "big5hkscs",
    "tis620": "cp874",
    "unicode11utf8": "utf-8",
    "utf8mb4": "utf-8",
    "utf": "utf-8",
    "unicode": "utf-16",
    "macintosh": "mac_roman",
    "xmacroman": "mac_roman",
    "xmaccyrillic": "mac_cyrillic",
}
# Text codecs of Python that are no charset of any mail; some take quadratic time.
_NO_CHARSET = frozenset({"unicodeescape", "rawunicodeescape", "idna", "punycode", "undefined", "oem", "mbcs"})
_PLAIN = re.compile(r"[^a-z0-9]")
# C0 and C1 but tab and line feed. Backspace and form feed are no text of a person either.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_GUESS_BYTES = 4_096
_GUESS_CERTAIN = 0.02


@lru_cache(maxsize=256)
def codec(declared: str) -> str:
    """The Python codec that a declared charset means; empty for ASCII, for none and for what is no charset."""
    name = declared.strip(" \t\r\n\"'").lower().partition(";")[0].strip()[:64]
    try:
        found = codecs.lookup(_ALIASES.get(_PLAIN.sub("", name), name))
        is_text = _PLAIN.sub("", found.name) not in _NO_CHARSET and isinstance(found.decode(b"")[0], str)
    except Exception:  # noqa: BLE001 - a NUL in the name, a codec that wants other input: all mean "unknown"
        return ""
    if not is_text or found.name == "ascii":
        return ""
    return _ALIASES.get(_PLAIN.sub("", found.name), found.name)


def _guess(data: bytes) -> str:
    """The codec that the bytes most likely follow; windows-1252 when they say nothing."""
    first = next((at for at, byte in enumerate(data) if byte > 0x7F), 0)
    start = max(0, first - _GUESS_BYTES // 4)
    found = chardet.detect(data[start : start + _GUESS_BYTES])
    name = found["encoding"] or ""
    return (codec(name) if (found["confidence"] or 0) >= _GUESS_CERTAIN else "") or "cp1252"


def _try(data: bytes, name: str) -> str | None:
    """The text, or None where the bytes do not follow the codec strictly."""
    try:
        return data.decode(name)
    except (UnicodeError, LookupError, ValueError):
        return None


def decode(data: bytes, declared: str = "") -> str:
    """The text of `data`, in the declared charset where that works, else UTF-8, else as guessed. Not yet tidied."""
    name = codec(declared)
    if name and (text := _try(data, name)) is not None:
        return text
    # Seven-bit Japanese would pass for UTF-8.
    if not name and b"\x1b$" in data and (text := _try(data, "iso2022_jp_ext")) is not None:
        return text
    if (text := _try(data, "utf-8")) is not None:
        return text
    if name == "utf-8" and _nearly_utf8(data):
        return data.decode("utf-8", "replace")
    for candidate in (_guess(data), name, "cp1252"):
        if candidate and candidate != "utf-8" and (text := _try(data, candidate)) is not None:
            return text
    return data.decode(name or "cp1252", "replace")


def _nearly_utf8(data: bytes) -> bool:
    """Whether damaged UTF-8 is still more UTF-8 than anything else (a cut character, one stray byte)."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    right = sum(1 for char in text if char > "\x7f") - broken
    return right > broken or broken == 1


def tidy(text: str) -> str:
    """The text with LF line ends, without controls and lone surrogates, in NFC."""
    if text.isascii() and "\r" not in text and not _CONTROLS.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    text = _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)).replace("\ufeff", "")
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)
