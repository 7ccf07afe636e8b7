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
    r"automatsvar", r"r[ăa]spuns automat", r"automatikus v[áa]lasz", r"automatick[áa] odpove[ďd]",
    r"automatsk[ia] odgovor",
    r"samodejni odgovor", r"αυτόματη απάντηση", r"автоматична відповідь", r"автоматичен отговор",
    r"аутоматски одговор",
    r"automaatvastus", r"autom[āa]tisk[āa] atbilde", r"automatinis atsakymas", r"sjálfvirkt svar",
    r"resposta automàtica",
    r"תשובה אוטומטית", r"מענה אוטומטי", r"رد تلقائي", r"پاسخ خودکار", r"स्वचालित (?:उत्तर|जवाब)",
    r"(?:การ)?ตอบกลับอัตโนมัติ",
    r"(?:tự động trả lời|trả lời tự động)",
    r"balasan automatik", r"自动答复", r"自動答覆", r"自動回信", r"自動返答", r"자동 ?응답", r"abwesend:", r"away:",
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
    r"fora do escrit[óo]rio", r"not in the office", r"ikke på kontoret", r"inte på kontoret",
    r"fraværende", r"poissa",
    r"lomalla", r"poza biurem", r"nieobecn", r"mimo kancel[áa][řr]", r"nep[řr][íi]tomn", r"házon kívül",
    r"вне офиса", r"отсутств",
    r"ofis dışında", r"vắng mặt", r"休假", r"외출", r"부재", r"niet aanwezig", r"niet op kantoor", r"congés?\b",
    r"bercuti",
    r"di luar (?:kota|negeri|pejabat)",
)  # fmt: skip
AUTO_TEXT = _any(
    r"automatic(?:ally)? (?:generated |sent )?(?:reply|response|message|e-?mail)",
    r"auto(?:mated|generated)? ?-?(?:reply|response)",
    r"automated (?:message|e-?mail)", r"automatisch (?:generiert|erstellt|versendet|beantwortet)",
    r"automatische (?:antwort|nachricht)",
    r"(?:r[ée]ponse|message) automatique", r"respuesta autom[áa]tica",
    r"(?:balasan|pesan|jawaban|e-?mail) (?:ini )?(?:dikirim |dibuat )?(?:secara )?otomatis",
    r"do not reply to this",
    r"automatisches? (?:antwort|e-?mail|mail)", r"automatisch (?:antwoord|bericht)",
    r"automatisk(?:t)? (?:svar|meddelande)",
    r"(?:mensaje|mensagem|messaggio) autom[áa]tic[oa]", r"risposta automatica", r"resposta autom[áa]tica",
    r"wiadomo[śs][ćc] (?:zosta[łl]a )?(?:wygenerowana )?automatycz",
    r"автоматическ(?:ий ответ|ое (?:сообщение|уведомление))",
    r"自動(?:返信|応答|的)", r"自动(?:回复|答复|发送)", r"balasan automatik",
)  # fmt: skip
AWAY_TEXT = _any(
    r"out of (?:the |my )?office",
    r"(?:am|be|is) (?:currently )?(?:away|absent|on (?:vacation|leave|holiday|annual leave))",
    r"limited access to (?:my )?e-?mail", r"abwesend", r"nicht im (?:büro|haus)", r"außer haus", r"en congé",
    r"absent", r"ausente",
    r"fuera de la oficina", r"fuori (?:sede|ufficio)", r"sedang (?:cuti|tidak berada|di luar|dinas)",
    r"tidak berada di (?:kantor|tempat)",
    r"fora do escrit[óo]rio", r"de f[ée]rias", r"de vacaciones", r"in ferie", r"im urlaub", r"afwezig",
    r"niet op kantoor",
    r"på semester", r"ikke på kontoret", r"inte på kontoret", r"på ferie", r"lomalla", r"poissa", r"urlop",
    r"nieobecn",
    r"dovolen[éeá]", r"szabadság", r"házon kívül", r"в отпуске", r"отсутству", r"izinde", r"ofis dışında",
    r"nghỉ phép",
    r"vắng mặt",
    r"不在", r"休暇", r"休假", r"부재", r"휴가", r"bercuti", r"tidak berada di pejabat",
)  # fmt: skip
BACK_TEXT = _any(
    r"return", r"\bback (?:on|in|at|from)", r"respond", r"reply", r"get back", r"urgent", r"zurück",
    r"dringend",
    r"retour", r"rentr",
    r"regres", r"vuelv", r"rientr", r"kembali", r"membalas", r"menghubungi", r"hubungi",
    r"retorn", r"volver", r"torn(?:o|er)", r"terug", r"tilbake?", r"åter", r"tillbaka", r"palaan", r"wrac",
    r"powr[oó]",
    r"vr[áa]t", r"zp[ěe]t", r"vissza", r"верн", r"возвращ", r"dön", r"trở lại", r"quay lại", r"戻", r"返信",
    r"回复", r"返回",
    r"복귀", r"회신",
)  # fmt: skip
CHALLENGE = _any(
    r"(?:account|mailbox|inbox|address|e-?mail) is protected", r"guest list", r"allowed list", r"white ?list",
    r"approved senders?",
    r"verify (?:that )?(?:you|your)", r"prove (?:that )?you are",
)  # fmt: skip
CHALLENGE_LINK = _any(
    r"click[^.]{0,60}(?:link|here)[^.]{0,80}(?:added|deliver|confirm|verify|sender)",
    r"ensure delivery of your",
    r"add yourself to", r"(?:link|reply)[^.]{0,60}to (?:be added|release|have your address)",
)  # fmt: skip
# The whole subject of Lotus Notes and its like: "Siti is out of the office."
AWAY_SENTENCE = re.compile(r"^(?:.{1,60} )?(?:is|will be) (?:out of|away from) (?:the|my) office\b[^?]{0,40}$")
# How an answer to any mail begins, whatever the mail said.
THANKS_TEXT = _any(
    r"thank(?:s| you) for (?:your|the) (?:\w+ )?(?:e-?mail|mail|message)",
    r"terima ?kasih atas (?:e-?mail|surel|pesan)",
    r"danke? für (?:ihre|deine|die) (?:\w+ )?(?:e-?mail|mail|nachricht)",
    r"merci (?:de|pour) votre (?:\w+ )?(?:e-?mail|mail|message|courriel)",
    r"gracias por (?:su|tu) (?:correo|mensaje|e-?mail)",
    r"obrigad[oa] pel[oa] (?:seu |sua )?(?:e-?mail|mensagem|contacto?)",
    r"grazie per (?:la|il) \w+ (?:e-?mail|mail|messaggio)",
    r"(?:be)?dankt? voor (?:uw|je|het) (?:e-?mail|mail|bericht)", r"tack för (?:ditt|din) ",
    r"takk? for (?:din|din) ",
    r"dzi[ęe]kuj[ęe] za (?:wiadomo|e-?mail|mail)", r"спасибо за (?:ваше )?(?:письмо|сообщение)",
)  # fmt: skip
# The subject of a DMARC report, and of complaints from before there was a format.
DMARC_SUBJECT = re.compile(r"\breport[- ]domain: ?\S{3,260}\s{1,5}submitter: ?\S{3,260}\s{1,5}report-id: ?")
COMPLAINT_SUBJECT = re.compile(r"^complaint about message from \[?[\d.:a-f]{7,45}\]?$")
