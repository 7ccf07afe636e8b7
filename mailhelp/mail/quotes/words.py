"""The words that mail clients put around quotations, by language. Data only; all in lower case."""

from __future__ import annotations

from typing import Final


def _names(text: str) -> frozenset[str]:
    return frozenset(name for part in text.split("|") if (name := " ".join(part.split())))


# "... wrote:". Verbs that stand apart from other words by spaces.
WROTE: Final = frozenset(
    ["menulis", "nulis", "sumulat", "wrote", "writes", "schrieb", "schreibt", "geschrieben", "écrit", "ecrit", "escribió", "escribio", "escribe", "schreef", "geschreven", "escreveu", "escreve", "scritto", "scrisse", "scrive", "napisał", "napisała", "napisał(a)", "napisał/a", "napisal", "napisala", "napisal(a)", "napísal", "napísala", "napísal(a)", "napísal/a", "pisze", "skrev", "skriver", "skreiv", "kirjoitti", "kirjutas", "írta", "ezt", "scris", "yazdı", "yazmış", "написал", "написала", "написал(а)", "пишет", "писал", "писала", "пише", "написав", "написала", "написав(ла)", "писав", "έγραψε", "napisao", "napisao/la", "napisala/o", "написа", "rašė", "rakstīja", "escriure", "skrifaði", "viết", "wrote:", "كتب", "كتبت", "נכתב", "כתב", "כתבה", "نوشت", "लिखा", "লিখেছেন"]
)
# The same where words are not separated by spaces.
WROTE_JOINED: Final = (
    "写道", "寫道", "写入", "写了", "撰写", "撰寫", "のメール", "書きました", "書いた", "のメッセージ", "작성:", "작성 :",
    "님이 작성", "썼습니다", "เขียน", "ได้เขียน",
)  # fmt: skip
# Words that open an attribution: "On ...", "Pada ...".
OPENERS: Final = frozenset(
    ["on", "pada", "am", "le", "el", "il", "op", "em", "on,", "den", "dne", "dňa", "w", "dnia", "d.", "w", "dniu", "på", "kl.", "ke", "tanggal", "vào", "lúc", "в", "у", "在", "於", "于", "le:", "ngày", "a", "la", "em:", "på:", "na", "în", "tarih", "tarihinde", "ajal", "ons", "the", "von", "от", "quoting", "al", "----", "----on"]
)

FROM: Final = _names(
    """
    from|dari|oleh|von|de|van|da|od|fra|från|от|від|lähettäjä|feladó|kimden|gönderen|expéditeur|expeditor|expeditorul|
    remitente|remetente|mittente|avsändare|afsender|avsender|afzender|nadawca|odesílatel|odosielateľ|pošiljatelj|от кого|
    từ|người gửi|发件人|发信人|寄件者|寄件人|差出人|送信者|送信元|보낸 사람|보낸사람|จาก|من|מאת|از|από|pengirim|
    penghantar|daripada|message de|remitent|saatja|nuo|no|frá
    """
)
SENT: Final = _names(
    """
    sent|dikirim|dihantar|gesendet|envoyé|envoyé le|verzonden|enviado|enviado el|enviada em|enviado em|enviada|enviat|
    inviato|skickat|sendt|lähetetty|wysłano|odesláno|odoslané|elküldve|gönderildi|gönderme tarihi|trimis|poslano|poslato|
    отправлено|отправлен|надіслано|изпратено|đã gửi|发送时间|傳送時間|寄件日期|送信日時|送信|보낸 날짜|보낸날짜|ส่ง|
    تاريخ الإرسال|נשלח|στάλθηκε|saadetud|išsiųsta|nosūtīts
    """
)
DATE: Final = _names(
    """
    date|tanggal|tgl|tarikh|datum|data|fecha|dato|dată|дата|päivämäärä|päiväys|pvm|dátum|tarih|ngày|日期|时间|時間|日時|日付|
    날짜|วันที่|التاريخ|תאריך|ημερομηνία|message du|le|datums|kuupäev|hari/tanggal
    """
)
TO: Final = _names(
    """
    to|kepada|untuk|ke|an|à|a|aan|para|til|till|do|komu|кому|до|vastaanottaja|címzett|kime|alıcı|destinataire|
    destinatari|destinatario|destinatário|destinatarul|către|pentru|mottagare|modtager|ontvanger|empfänger|adresat|za|prima|
    prejemnik|primatelj|đến|tới|người nhận|收件人|收件者|宛先|받는 사람|받는사람|ถึง|إلى|אל|προς|delivered-to|per|kam|kellele
    """
)
SUBJECT: Final = _names(
    """
    subject|subjek|perihal|hal|judul|topik|subjektif|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|emne|ämne|temat|
    předmět|predmet|тема|aihe|tárgy|konu|subiect|subiectul|chủ đề|tiêu đề|主题|主題|主旨|件名|題名|제목|หัวเรื่อง|เรื่อง|
    الموضوع|נושא|θέμα|assumpte|относно|teema|tema|efni|موضوع|naslov
    """
)
OTHER: Final = _names(
    """
    cc|bcc|tembusan|kopie|copie|copie à|copia|cópia|kopia|kopi|kopio|kópia|копия|копія|másolat|másolatot kap|bilgi|dw|udw|
    salinan|sk|抄送|副本|参照|참조|สำเนา|نسخة|reply-to|reply to|balas-ke|balas ke|antwort an|répondre à|antwoord aan|
    rispondi a|responder a|responder para|svar til|svara till|odpowiedz do|odpovědět|válaszcím|risposta|
    importance|kepentingan|priority|prioritas|attachments|lampiran|organization|organisasi|return-path|received|
    message-id|in-reply-to|references|mime-version|content-type|content-transfer-encoding|status|mailed-by|signed-by|
    resent-from|user-agent|x-mailer|message-id|kierrätys|copie carbone|en copie
    """
)
KEYS: Final = {
    **dict.fromkeys(OTHER, "other"),
    **dict.fromkeys(SUBJECT, "subject"),
    **dict.fromkeys(TO, "to"),
    **dict.fromkeys(DATE, "date"),
    **dict.fromkeys(SENT, "sent"),
    **dict.fromkeys(FROM, "from"),
}

# Between dashes: a word of each group says "this is the old message".
MESSAGE: Final = (
    "message", "messages", "mail", "pesan", "mesej", "surat", "email", "e-mail", "nachricht", "mensaje", "messaggio",
    "bericht", "mensagem", "wiadomość", "wiadomosc", "сообщение", "письмо", "повідомлення", "лист", "meddelande", "meddelelse", "besked",
    "melding", "viesti", "zpráva", "správa", "üzenet", "ileti", "mesaj", "poruka", "sporočilo", "thư", "tin nhắn", "邮件", "郵件",
    "メッセージ", "メール", "메시지", "메일", "ข้อความ", "رسالة", "הודעה", "μήνυμα", "missatge", "съобщение", "kiri", "laiškas",
)  # fmt: skip
FORWARDED: Final = (
    "forward", "diteruskan", "terusan", "dimajukan", "weitergeleitet", "transféré", "transmis", "réacheminé", "reenviad",
    "rispedit", "inoltrat", "doorgestuurd", "encaminhad", "reencaminhad", "przekazan", "przesłan", "пересыл", "переслан",
    "перенаправ", "пересланн", "vidarebefordra", "videresend", "videresendt", "välitetty", "edelleenlähetetty", "přeposlan",
    "preposlan", "továbbított", "iletilen", "yönlendiril", "redirecționat", "redirectionat", "proslijeđen", "prosljeđen",
    "posredovan", "chuyển tiếp", "转发", "轉寄", "転送", "전달", "ส่งต่อ", "מועברת", "reenviat", "препратен", "videresent",
    "přesměrovan", "přepoš",
)  # fmt: skip
ORIGINAL: Final = (
    "original", "asli", "asal", "ursprüngliche", "originale", "d'origine", "oorspronkelijk", "originele", "oryginaln", "исходное",
    "оригинал", "ursprung", "ursprünglich", "oprindelig", "opprinnelig", "alkuperäinen", "původní", "pôvodná", "eredeti",
    "özgün", "orijinal", "originea", "inițial", "izvorn", "gốc", "原始", "原郵件", "オリジナル", "元の", "원본", "ต้นฉบับ", "antwort",
    "reply", "balasan", "réponse", "respuesta", "risposta", "αρχικό",
)  # fmt: skip

# A closing above the sender's name.
CLOSINGS: Final = (
    "salam", "hormat saya", "hormat kami", "terima kasih", "terimakasih", "makasih", "trims", "wassalam", "demikian",
    "thanks", "thank you", "regards", "best", "kind regards", "best regards", "warm regards", "cheers", "sincerely",
    "yours", "mit freundlichen", "viele grüße", "liebe grüße", "gruß", "mfg", "cordialement", "bien à vous", "merci",
    "saludos", "gracias", "un saludo", "atentamente", "met vriendelijke", "groet", "groeten", "atenciosamente", "obrigad",
    "cordiali", "distinti", "saluti", "grazie", "pozdrawiam", "z poważaniem", "с уважением", "спасибо", "hälsningar",
    "med vänlig", "venlig hilsen", "med vennlig", "hilsen", "terveisin", "s pozdravem", "üdvözlettel", "saygılar",
    "trân trọng", "cảm ơn",
)  # fmt: skip

# "Sent from my phone": beginnings of such a line, then the devices and programs it may name.
SENT_FROM: Final = (
    "sent from", "sent with", "sent using", "sent via", "get outlook", "dikirim dari", "dikirim dengan", "dikirim melalui", "dikirim lewat",
    "dapatkan outlook", "unduh outlook", "dihantar dari", "dihantar daripada", "von meinem", "gesendet von", "gesendet mit",
    "diese nachricht wurde von", "envoyé de", "envoyé à partir", "envoyé depuis", "obtenez outlook", "télécharger outlook",
    "enviado desde", "enviado do", "enviado de", "enviado a partir", "obtener outlook", "obter o outlook", "verzonden vanaf",
    "verstuurd vanaf", "outlook downloaden", "inviato da", "scarica outlook", "skickat från", "hämta outlook", "sendt fra",
    "hent outlook", "wysłane z", "wysłano z", "pobierz outlook", "отправлено с", "отправлено из", "надіслано з", "lähetetty",
    "odesláno z", "odoslané z", "iphone'umdan", "iphone'dan", "trimis de pe", "được gửi từ", "发自我的", "發自我的", "從我的",
    "iphoneから送信", "나의 iphone", "gửi từ", "yahoo mail:", "yahoo mail untuk", "verzonden met",
)  # fmt: skip
DEVICES: Final = (
    "iphone", "ipad", "ipod", "android", "samsung", "galaxy", "blackberry", "windows", "outlook", "yahoo", "gmail", "proton",
    "huawei", "xiaomi", "redmi", "oppo", "vivo", "realme", "nokia", "nexus", "pixel", "htc", "sony", "lg ", "motorola",
    "mobile", "handphone", " hp ", "ponsel", "smartphone", "telefon", "téléphone", "phone", "mac", "apple", "mail.ru", "k-9",
    "thunderbird", "spark", "tablet", "mail app", "aol", "zoho", "fairemail", "bluemail", "mymail", "email", "asus", "evercoss",
    "advan", "infinix", "tecno", "surel", "mail for", "my mail", "airmail", "web mail", "webmail", "tutanota", "tuta",
)  # fmt: skip

# Words of a disclaimer that some server put under the mail; two of them make one.
DISCLAIMER: Final = (
    "confidential", "intended recipient", "intended solely", "intended only", "intended for", "privileged", "disclaimer",
    "received this email in error", "received this e-mail in error", "received this message in error", "please notify",
    "notify the sender", "virus", "monitored", "rahasia", "penerima yang dituju", "penerima yang dimaksud", "ditujukan kepada", "ditujukan hanya", "bukan penerima",
    "disclosure", "unauthorized", "unauthorised", "prohibited", "dilarang", "hapus email", "menghapus", "vertraulich",
    "nicht der richtige adressat", "confidentiel", "destinataire", "confidencial", "destinatario", "vertrouwelijk",
    "geadresseerde", "riservat", "think before you print", "consider the environment", "certified virus free",
    "monitoring", "recorded for legal",
)  # fmt: skip
