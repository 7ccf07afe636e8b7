"""The words of automatic answers, in the languages of the desk and of the large mail systems. For lower-case text."""

from __future__ import annotations

import re


def _any(*alternatives: str, before: str = "") -> re.Pattern[str]:
    """One pattern from alternatives."""
    return re.compile(f"{before}(?:{'|'.join(alternatives)})")


MAILER = _any(r"vacation", r"autorespond", r"auto-?repl", r"autoresponse")

# The formulas that mail systems put before the subject of the mail they answer.
AUTO_SUBJECT = _any(
    r"auto(?:matic|mated)?[- ]?(?:reply|response|responder)\b", r"out of office (?:auto)?reply", r"autosvar",
    r"automatisk svar",
    r"automatische (?:antwort|reply)", r"abwesenheits(?:notiz|nachricht|agent)", r"r[ée]ponse automatique",
    r"respuesta autom[áa]tica",
    r"resposta autom[áa]tica", r"risposta automatica", r"automatisch antwoord", r"automatyczna odpowied[źz]",
    r"odpowied[źz] automatyczna",
    r"automatiskt svar", r"automaattinen vastaus", r"automatická odpov[eě][dď]", r"otomatik yan[ıi]t",
    r"автоматический ответ", r"автоответ",
    r"自動返信", r"自動応答", r"自动回复", r"自動回覆", r"자동 ?회신", r"الرد التلقائي",
    r"(?:balasan|jawaban|respons?|membalas) otomatis",
    before=r"^\W{0,5}",
)  # fmt: skip
AWAY_SUBJECT = _any(
    r"out of (?:the |my )?office", r"away from (?:my |the )?(?:office|desk|mail)",
    r"on (?:vacation|annual leave|leave|holiday)",
    r"vacation (?:message|notice|reply)", r"abwesen", r"nicht im (?:büro|haus)", r"absence du bureau",
    r"absent du bureau",
    r"fuera de (?:la )?oficina", r"fuori (?:sede|ufficio)", r"ausente", r"afwezig", r"frånvaro", r"sedang cuti",
    r"di luar kantor",
    r"tidak berada di (?:kantor|tempat)", r"不在",
)  # fmt: skip
AUTO_TEXT = _any(
    r"automatic(?:ally)? (?:generated |sent )?(?:reply|response|message|e-?mail)",
    r"auto(?:mated|generated)? ?-?(?:reply|response)",
    r"automated (?:message|e-?mail)", r"automatisch (?:generiert|erstellt|versendet|beantwortet)",
    r"automatische (?:antwort|nachricht)",
    r"(?:r[ée]ponse|message) automatique", r"respuesta autom[áa]tica",
    r"(?:balasan|pesan|jawaban|e-?mail) (?:ini )?(?:dikirim |dibuat )?(?:secara )?otomatis",
    r"do not reply to this",
)  # fmt: skip
AWAY_TEXT = _any(
    r"out of (?:the |my )?office",
    r"(?:am|be|is) (?:currently )?(?:away|absent|on (?:vacation|leave|holiday|annual leave))",
    r"limited access to (?:my )?e-?mail", r"abwesend", r"nicht im (?:büro|haus)", r"außer haus", r"en congé",
    r"absent", r"ausente",
    r"fuera de la oficina", r"fuori (?:sede|ufficio)", r"sedang (?:cuti|tidak berada|di luar|dinas)",
    r"tidak berada di (?:kantor|tempat)",
)  # fmt: skip
BACK_TEXT = _any(
    r"return", r"\bback (?:on|in|at|from)", r"respond", r"reply", r"get back", r"urgent", r"zurück", r"dringend",
    r"retour", r"rentr",
    r"regres", r"vuelv", r"rientr", r"kembali", r"membalas", r"menghubungi", r"hubungi",
)  # fmt: skip
CHALLENGE = _any(
    r"(?:account|mailbox|inbox|address|e-?mail) is protected", r"guest list", r"allowed list", r"white ?list",
    r"approved senders?",
    r"verify (?:that )?(?:you|your)", r"prove (?:that )?you are",
)  # fmt: skip
CHALLENGE_LINK = _any(
    r"click[^.]{0,60}(?:link|here)[^.]{0,80}(?:added|deliver|confirm|verify|sender)", r"ensure delivery of your",
    r"add yourself to", r"(?:link|reply)[^.]{0,60}to (?:be added|release|have your address)",
)  # fmt: skip
