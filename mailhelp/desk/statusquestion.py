"""Does a mail ask for the state of a report, and nothing else? By its text, or by the subject of an empty one."""

from __future__ import annotations

from mailhelp.desk import phrases

_REPORT = (
    r"(?:laporan|lapor|aduan|pengaduan|keluhan|tiket|ticket|report|request|case|permohonan|permintaan|pengajuan|usulan)"
    r"(?:nya|ku)?"
)
_PROGRESS = r"(?:perkembangan|progres|progress|kelanjutan|tindak lanjut|proses|hasil|update|kabar|status)(?:nya)?"
_HOW = r"(?:bagaimana|bagaimanakah|gimana|bgmn|bgmna|gmn|gmna|how)"
_DONE = (
    r"(?:diproses|ditindaklanjuti|ditindak lanjuti|selesai|ditangani|dikerjakan|diperiksa|dijawab|direspon|ditanggapi)"
)
_WANT = r"(?:mohon|minta|tolong|mhn|menanyakan|tanya|mau tanya|ingin tahu|ingin bertanya)"
_IS_THERE = r"(?:sudah ada|udah ada|sdh ada|apakah ada|apa ada|adakah|apakah sudah ada)"
_NEWS = (
    r"(?:perkembangan|kabar|update|kelanjutan|progres|progress|tindak lanjut|jawaban|respon|tanggapan|info|informasi)"
)
_STANDS = r"(?:perkembangan|progres|progress|kelanjutan|tindak lanjut|status|update)"
_ASK = phrases.any_of(
    (
        rf"status (?:\w+ ){{0,2}}{_REPORT}",
        rf"{_REPORT} (?:\w+ ){{0,4}}(?:bagaimana|gimana|bgmn|gmn) (?:\w+ ){{0,2}}{_PROGRESS}",
        rf"{_HOW} (?:\w+ ){{0,3}}{_PROGRESS} (?:\w+ ){{0,3}}{_REPORT}",
        rf"{_HOW} (?:\w+ ){{0,1}}(?:perkembangan|kelanjutan|progres|progress|tindak lanjut|update|status)nya",
        rf"{_HOW} (?:kabar|nasib|kelanjutan) {_REPORT}",
        rf"(?:sampai|sampe) (?:di ?)?mana (?:\w+ ){{0,2}}{_REPORT}",
        rf"{_REPORT} (?:\w+ ){{0,4}}(?:sudah |udah |sdh |udh )?(?:sampai|sampe) (?:di ?)?mana",
        r"(?:sudah|udah|sdh|udh) (?:sampai|sampe) (?:di ?)?mana(?: ya| prosesnya| pak| bu)?(?= \?| \||$)",
        r"sejauh mana (?:proses|perkembangan|progres|progress|penanganan)\w*",
        rf"{_IS_THERE} {_NEWS}\w*",
        rf"{_WANT} (?:\w+ ){{0,3}}{_STANDS} (?:\w+ ){{0,3}}{_REPORT}",
        rf"(?:apakah|apa) {_REPORT} (?:\w+ ){{0,3}}(?:sudah|sdh|udah|telah) {_DONE}",
        rf"kapan (?:\w+ ){{0,1}}{_REPORT} (?:\w+ ){{0,3}}(?:selesai|{_DONE})",
        r"(?:any|is there any|are there any) (?:\w+ )?(?:update|updates|news|progress)",
        rf"what(?: is| s)? the (?:current )?(?:status|progress|state) of (?:\w+ ){{0,2}}{_REPORT}",
        rf"(?:status|progress|update) (?:\w+ ){{0,1}}(?:of|on|for) (?:\w+ ){{0,2}}{_REPORT}",
        rf"(?:how is|how s) (?:\w+ ){{0,2}}{_REPORT} (?:going|coming along|progressing|doing)",
        rf"what (?:is happening|happened) (?:with|to) (?:\w+ ){{0,2}}{_REPORT}",
        rf"when will (?:\w+ ){{0,2}}{_REPORT} be (?:resolved|answered|done|processed|handled|finished)",
        rf"has (?:\w+ ){{0,2}}{_REPORT} been (?:resolved|answered|processed|handled|looked at)",
        rf"{_REPORT} status",
    )
)
_ALONE = frozenset(
    {
        "status", "statusnya", "cek status", "status laporan", "status tiket", "menanyakan status", "tanya status",
        "progress", "progres", "update", "perkembangan", "kelanjutan", "ada kabar", "ada update", "ada perkembangan",
        "bagaimana perkembangannya", "bagaimana kelanjutannya", "bagaimana statusnya", "gimana kelanjutannya",
        "sudah sampai mana", "sampai mana", "sampai di mana", "sudah sampai di mana", "sudah sampai dimana",
        "sampai dimana", "any update", "any updates", "any news", "what is the status", "whats the status",
        "status please", "status update", "status update please", "mohon update", "mohon infonya", "cek laporan",
        "status report",
    }
)  # fmt: skip
_POLITE = phrases.any_of(
    (
        "selamat (?:pagi|siang|sore|malam)",
        "assalamu ?alaikum(?: wr wb| warahmatullahi wabarakatuh)?", "dear",
        "hello", "hi", "halo", "hai", "yth", "good (?:morning|afternoon|evening)", "bapak ibu", "bapak", "ibu", "pak",
        "bu", "kak", "admin", "min", "terima ?kasih(?: banyak)?", "makasih", "trims", "tks", "mohon maaf", "maaf",
        "permisi", "ya",
        "salam", "sir", "madam", "team", "tim", "please", "thanks", "thank you", "helpdesk", "dik", "mas", "mbak",
    )
)  # fmt: skip
_SUBJECT_ALONE = 60  # characters of text that may stand beside a subject that asks


def asks(subject: str, text: str) -> bool:
    """Whether a mail with this subject (as written) and new text asks for the state of a report. Never raises.

    Linear in the length of the text: only short ones are looked at.
    """
    if not phrases.is_short(text):
        return False
    body = phrases.body(text)
    if phrases.tells_of_trouble(body):
        return False
    if _ASK.search(body) or _rest(body) in _ALONE:
        return True
    asked = phrases.subject(subject)
    return len(_rest(body)) <= _SUBJECT_ALONE and _is_signature(body) and (asked in _ALONE or _whole(asked))


def _rest(body: str) -> str:
    """The text without greetings, thanks, punctuation and numbers."""
    plain = _POLITE.sub(" ", body.replace("|", " ").replace("?", " "))
    return " ".join(word for word in plain.split() if not word.isdigit())


def _is_signature(body: str) -> bool:
    """Whether what is left of the text can be names: no more than a few words, and no question."""
    return len(_rest(body).split()) <= 4 and "?" not in body


def _whole(asked: str) -> bool:
    """Whether a subject is a status question and little else."""
    return len(asked.split()) <= 8 and bool(_ASK.search(asked))
