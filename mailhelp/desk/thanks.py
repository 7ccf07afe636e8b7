"""Is a mail a plain thank-you, with nothing that wants an answer? With or without emoji and signature."""

from __future__ import annotations

import re

from mailhelp.desk import phrases
from mailhelp.desk import words as wording
from mailhelp.desk.fold import fold

_THANKS = re.compile(
    r"\b(?:terima ?kasih|terimakasih\w*|trima ?kasih|trimakasih|makasih|makasi|mksh|mksih|tks|thx|thanks?|"
    r"thank you|trims|trimakasi|tengkyu|thankyou|matur nuwun|matur suwun|hatur nuhun|nuhun|suwun|jazakallah\w*|"
    r"jazakumullah\w*|syukron|syukran|terimakasi|terima kasi|tq|tx|ty)\b"
)
_BUT = re.compile(
    r"\?|\b(?:tapi|tetapi|namun|hanya saja|cuma|but|however|although|except|masih|belum|blm|tidak|tdk|ga|gak|"
    r"nggak|tak|bukan|not|still|kapan|bagaimana|gimana|apakah|apa|berapa|kenapa|mengapa|dimana|siapa|how|what|"
    r"when|why|where|who|which|could|can you|tolong|mohon (?!maaf lahir)|minta|please|pls|harap|bisakah|bolehkah|"
    r"lagi|kembali|ulang|again|also|juga|selain|satu lagi|lalu|kemudian|tambahan|tunggu|menunggu|wait|waiting|"
    r"jika|kalau|bila|if|unless|gagal|error|eror|salah|wrong|kecewa|percuma|sia sia|useless|nothing|lapor|"
    r"laporkan|tanya|bertanya|ask|another|lain|baru|need|perlu|butuh|terlampir|lampiran|attached|kirim|kirimkan|"
    r"berikut|sampai kapan|besok|segera|secepatnya)\b"
)
_KNOWN = phrases.listed(
    "ya iya baik oke ok okey okay okee siap noted sip mantap mantab keren bagus hebat good great perfect nice "
    "excellent alhamdulillah alhamdulillaah puji tuhan syukur amin aamiin sudah sdh udah udh telah bisa dapat "
    "berhasil masuk login terselesaikan selesai teratasi beres lancar normal aktif works working worked now it is "
    "was all solved resolved fixed done fine saya sy aku kami kita i we my me your you u anda bapak ibu pak bu "
    "bpk kak mas mbak min admin tim team helpdesk petugas semua semuanya sekalian everyone sir madam atas untuk "
    "for dan and yang dengan pada dari oleh nya of the a so very much many banyak sekali banget sangat lots "
    "bantuan bantuannya bantuanya dibantu membantu help helping support supportnya kerjasama kerjasamanya kerja "
    "sama samanya pelayanan pelayanannya layanan layanannya respon responnya respons responsnya response reply "
    "jawaban jawabannya informasi informasinya info infonya information penjelasan penjelasannya explanation "
    "perhatian perhatiannya solusi solusinya solution arahan arahannya waktu waktunya time cepat cepatnya fast "
    "quick kindness hormat salam sukses sehat selalu semoga diberi kesehatan kelancaran rezeki allah membalas "
    "kebaikan kebaikannya berkah memberkati god bless best regards kind sincerely wassalam wassalamualaikum wr wb "
    "assalamualaikum assalamu alaikum warahmatullahi wabarakatuh selamat pagi siang sore malam hari morning "
    "afternoon evening day have dear hi hello halo hai yth masalah masalahnya akun akunnya sandi kata sandinya "
    "password email surel laporan laporannya problem issue account lot appreciate appreciated really ini itu this "
    "that sudahi clear jelas terbantu senang puas happy samasama welcome diterima received "
)
_HONORIFIC = phrases.listed("bapak ibu pak bu bpk kak mas mbak yth dear hi hello halo sdr sdri mr mrs ms")
_CLOSING = phrases.listed("hormat salam regards sincerely wassalam wassalamualaikum ttd")
_SMALL = phrases.listed("dan di of the bin binti van de")
_MATTER = phrases.listed("saya kami akun sandi password data sudah email surel account login hilang")
_MOST = 30
_NAMES = 6
_SIGNED = 5


def is_plain(text: str) -> bool:
    """Whether this new text only thanks. Doubtful ones are none. Never raises; only short texts are looked at."""
    if not phrases.is_short(_without_phone(text), _MOST):
        return False
    body = phrases.body(text)
    if not _THANKS.search(body) or _BUT.search(body):
        return False
    return _only_known([line for line in wording.without_signature(text).splitlines() if re.search(r"\w", line)])


def _without_phone(text: str) -> str:
    """A telephone number in a signature says nothing."""
    return re.sub(r"(?:\+62|62|0)8[\d .-]{7,14}", " ", text)


def _only_known(lines: list[str]) -> bool:
    """Whether each line is made of known words; below the thanks may stand the lines of a signature."""
    thanked = False
    signed = 0
    for line in lines:
        folded = " ".join(re.findall(r"\w+", fold(line)))
        unknown = _unknown(_THANKS.sub(" ", folded).split())
        if thanked and not _THANKS.search(folded) and (unknown or signed):
            signed += 1
            if signed > _SIGNED or not _is_signature(line, folded):
                return False
        elif unknown:
            return False
        thanked = thanked or bool(_THANKS.search(folded)) or bool(set(folded.split()) & _CLOSING)
    return True


def _is_signature(line: str, folded: str) -> bool:
    """A name, a school, a post: a few words, each with a capital letter, none of them about the matter."""
    words = re.findall(r"[^\W\d_]+", line)
    named = all(word[0].isupper() or word.lower() in _SMALL for word in words)
    return len(words) <= _NAMES and named and not set(folded.split()) & _MATTER


def _unknown(words: list[str]) -> list[str]:
    """The words that are not known; up to three after an honorific are a name, emoji and single letters nothing."""
    found: list[str] = []
    name = 0
    for word in words:
        if word in _HONORIFIC:
            name = 3
        elif word in _KNOWN or len(word) == 1:
            name = 0
        elif name:
            name -= 1
        else:
            found.append(word)
    return found
