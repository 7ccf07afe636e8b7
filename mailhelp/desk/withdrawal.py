"""Does a requester take a report back? Only where the mail is short and says so plainly."""

from __future__ import annotations

import re

from mailhelp.desk import phrases

_REPORT = (
    r"(?:laporan|aduan|pengaduan|keluhan|tiket|ticket|report|request|case|permohonan|permintaan|pengajuan)"
    r"(?:nya|ku)?"
)
_MAY = r"(?:mohon|tolong|silakan|agar|bisa|dapat|mau|ingin|harap|saya|kami|boleh|sebaiknya)"
_TAKE = r"(?:mencabut|cabut|menarik|tarik|membatalkan|batalkan|batalin)"
_TAKEN = r"(?:dicabut|ditarik|dibatalkan|dibatalin|ditutup)"
_WITHDRAWS = phrases.any_of(
    (
        rf"{_TAKE} (?:kembali )?(?:\w+ ){{0,1}}{_REPORT}",
        rf"{_REPORT} (?:\w+ ){{0,4}}{_MAY} (?:saya |kami )?(?:\w+ )?(?:{_TAKEN}|{_TAKE})",
        rf"(?:mohon|tolong|silakan|harap|minta) (?:agar )?{_REPORT} (?:\w+ ){{0,4}}{_TAKEN}",
        rf"(?:mohon|tolong|silakan|harap|minta) (?:agar )?(?:tutup|menutup) {_REPORT}",
        rf"{_REPORT} (?:\w+ ){{0,3}}(?:saya|kami) (?:cabut|tarik|batalkan)",
        rf"(?:withdraw|cancel) (?:my |this |the |our )?(?:\w+ )?{_REPORT}",
        rf"(?:please |kindly |you can |you may )close (?:my |this |the |our ){_REPORT}",
        rf"{_REPORT} (?:can|may|should) be (?:closed|cancelled|canceled|withdrawn)",
    )
)
_NOT = re.compile(
    r"\?|\b(?:jangan|tidak|tdk|bukan|belum|kenapa|mengapa|not|don t|do not|dont|why|never|tanpa|bagaimana cara|"
    r"how|kalau|jika|if|unless|sebelum|before|siapa yang|laporan polisi)\b"
)
_STILL_FINE = re.compile(
    r"\b(?:tidak|tdk) (?:perlu|jadi|ada (?:masalah|kendala))(?: lagi)?\b|\b(?:sudah )?(?:tidak|tdk) (?:diperlukan|"
    r"dibutuhkan)\b|\bnot needed(?: any ?more)?\b|\bno longer needed\b"
)


def withdraws(subject: str, text: str) -> bool:
    """Whether a mail with this subject and new text takes the report back. Doubtful ones do not. Never raises."""
    if not phrases.is_short(text):
        return False
    body = _STILL_FINE.sub(" ", phrases.body(text))
    if _NOT.search(body):
        return False
    if _WITHDRAWS.search(" ".join(body.split())):
        return True
    asked = phrases.subject(subject)
    return len(body.split()) <= 4 and not _NOT.search(asked) and bool(_WITHDRAWS.search(asked))
