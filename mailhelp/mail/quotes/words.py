"""The words that mail clients put around quotations, by language. Data only; all in lower case."""

from __future__ import annotations

from typing import Final


def _names(text: str) -> tuple[str, ...]:
    """The names between bars, each with single spaces, without repeats."""
    return tuple(dict.fromkeys(name for part in text.split("|") if (name := " ".join(part.split()))))


# "... wrote:". Verbs that stand apart from other words by spaces.
WROTE: Final = frozenset(
    _names(
        """
    ecrit|escreve|escreveu|escribe|escribio|escribió|escriure|geschreven|geschrieben|kirjoitti|kirjutas|
    menulis|napisal|napisal(a)|napsal|napsala|napsal(a)|napsal/a|napisał(-a)|napisala|napisala/o|napisao|napisao/la|napisał|napisał(a)|napisał/a|napisała|
    napísal|napísal(a)|napísal/a|napísala|nulis|pisze|rakstīja|rašė|schreef|schreibt|schrieb|scris|scrisse|
    scritto|scrive|skreiv|skrev|skrifaði|skriver|sumulat|viết|writes|wrote|yazdı|yazmış|écrit|írta|έγραψε|
    написа|написав|написав(ла)|написал|написал(а)|написала|писав|писал|писала|пише|пишет|כתב|כתבה|נכתב|
    كتب|كتبت|نوشت|लिखा|লিখেছেন|je napisao|je pisao|pisao|pisala|scrie|kirjutas:|rašo|skrifar|skribis|
    nyerat|nyurat|manulih|schreiben|ecrivait|écrivait|escrigué|idatzi|scríobh|ysgrifennodd|yazıyor|
    skreif|wrote…|tulis
    """
    )
)
# The same where words are not separated by spaces.
WROTE_JOINED: Final = _names(
    """
    写道|寫道|写入|写了|撰写|撰寫|のメール|書きました|書いた|のメッセージ|
    va escriure|작성:|작성 :|님이 작성|썼습니다|เขียน|ได้เขียน
    """
)
# Words that open an attribution: "On ...", "Pada ...".
OPENERS: Final = frozenset(
    _names(
        """
    ----|----on|ajal|al|am|den|dne|dnia|dniu|dňa|el|em|il|ke|kl.|la|le|lúc|na|ngày|on|ons|op|
    pada|på|på:|quoting|tanggal|tarihinde|von|vào|w|în|в|от|у|于|在|於
    """
    )
)
# Names of header fields as clients print them.
FROM: Final = _names(
    """
    afsender|afzender|avsender|avsändare|da|dari|daripada|de|expeditor|expeditorul|expéditeur|feladó|fra|
    from|frá|från|gönderen|kimden|lähettäjä|message de|mittente|nadawca|người gửi|nuo|od|odesílatel|
    odosielateľ|oleh|penghantar|pengirim|pošiljatelj|remetente|remitent|remitente|saatja|từ|van|von|από|
    від|от|от кого|מאת|از|من|จาก|发件人|发信人|寄件人|寄件者|
    差出人|送信元|送信者|보낸 사람|보낸사람|šalje|de la|отправитель|
    відправник|від кого|pošiljateľ|expeditore|sender|เขียนโดย|người gởi|gửi từ|afs|auteur|lähettänyt|komu od|
    шаље|од|sūtītājs|siuntėjas|nork|प्रेषक|nga|mula kay|kutoka|saka
    """
)
SENT: Final = _names(
    """
    dihantar|dikirim|elküldve|enviada|enviada em|enviado|enviado el|enviado em|enviat|envoyé|envoyé le|
    gesendet|gönderildi|gönderme tarihi|inviato|išsiųsta|lähetetty|nosūtīts|odesláno|odoslané|poslano|poslato|
    saadetud|sendt|sent|skickat|trimis|verzonden|wysłano|đã gửi|στάλθηκε|изпратено|надіслано|отправлен|
    отправлено|נשלח|تاريخ الإرسال|ส่ง|傳送時間|发送时间|寄件日期|送信|送信日時|보낸 날짜|보낸날짜|
    послато|تم الإرسال|ارسال شده|ส่งเมื่อ|已傳送|bidalia|भेजा गया|dërguar|испратено|ipinadala|imetumwa|gestuur
    """
)
DATE: Final = _names(
    """
    data|date|dato|datum|datums|dată|dátum|fecha|hari/tanggal|kuupäev|le|message du|ngày|pvm|päivämäärä|
    päiväys|tanggal|tarih|tarikh|tgl|ημερομηνία|дата|תאריך|التاريخ|วันที่|日付|日時|日期|时间|時間|날짜|время|час|
    când|päev|waktu|time|sent date|terkirim
    """
)
TO: Final = _names(
    """
    a|aan|adresat|alıcı|an|címzett|către|delivered-to|destinataire|destinatari|destinatario|destinatarul|
    destinatário|do|empfänger|kam|ke|kellele|kepada|kime|komu|modtager|mottagare|người nhận|ontvanger|para|
    pentru|per|prejemnik|prima|primatelj|til|till|to|tới|untuk|vastaanottaja|za|à|đến|προς|до|кому|אל|
    إلى|ถึง|宛先|收件人|收件者|받는 사람|받는사람|pre|pour|naar|adresát|
    címzettek|primatelji|destinatarios|destinatários|
    mottaker|получатель|получатели|отримувач|kepada yth|recipient|recipients|penerima|
    прима|به|adressaat|adresāts|gavėjas|per a|nori|प्रति|për|kay|kwa|kanggo
    """
)
SUBJECT: Final = _names(
    """
    aihe|assumpte|assunto|asunto|betreff|chủ đề|efni|emne|hal|judul|konu|naslov|objet|oggetto|onderwerp|
    perihal|predmet|předmět|subiect|subiectul|subject|subjek|subjektif|sujet|teema|tema|temat|tiêu đề|
    topik|tárgy|ämne|θέμα|относно|тема|נושא|الموضوع|موضوع|หัวเรื่อง|เรื่อง|主旨|主題|主题|件名|題名|제목|titel|
    titre|título|titolo|otsikko|téma|pealkiri|tajuk|perkara|
    наслов|zadeva|tēma|gaia|विषय|subjekti|предмет|paksa|mada|jejer
    """
)
OTHER: Final = _names(
    """
    antwoord aan|antwort an|attachments|balas ke|balas-ke|bcc|bilgi|cc|content-transfer-encoding|content-type|
    copia|copie|copie carbone|copie à|cópia|dw|en copie|importance|in-reply-to|kepentingan|kierrätys|kopi|
    kopia|kopie|kopio|kópia|lampiran|mailed-by|message-id|mime-version|másolat|másolatot kap|odpovědět|
    odpowiedz do|organisasi|organization|prioritas|priority|received|references|reply to|reply-to|resent-from|
    responder a|responder para|return-path|rispondi a|risposta|répondre à|salinan|signed-by|sk|status|
    svar til|svara till|tembusan|udw|user-agent|válaszcím|x-mailer|копия|копія|نسخة|สำเนา|副本|参照|抄送|참조|
    kopie (cc)|kopia (dw)|kopie (k.)|kopi (cc)|cc (kopie)|másolat (cc)|kópia (cc)|cópia (cc)|copia (cc)|
    skrytá kopie|kk|k.kopi|copie (cc)|копия (cc)|gizli|kierrä|ccn|bcc (blind)|verborgen|tembusan (cc)|
    cópia oculta|copia oculta|
    kopija|копија|نسخة إلى|رونوشت|koopia|a/c|kp|प्रतिलिपि|κοιν|κοιν.|afrit
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
"""The kind of each header field name."""

# Between dashes: a word of MESSAGE with one of FORWARDED or ORIGINAL says "this is the old message".
MESSAGE: Final = _names(
    """
    message|messages|mail|pesan|mesej|surat|email|e-mail|nachricht|mensaje|messaggio|bericht|mensagem|
    wiadomość|wiadomosc|сообщение|письмо|повідомлення|лист|meddelande|meddelelse|besked|melding|viesti|
    zpráva|správa|üzenet|ileti|mesaj|poruka|sporočilo|
    thư|tin nhắn|邮件|郵件|メッセージ|メール|메시지|메일|ข้อความ|رسالة|
    הודעה|μήνυμα|missatge|съобщение|kiri|laiškas|conversation|pošta|post|ελήφθη|mensahe|
    brev|mejl|wiadomo|zpráv|správ|levél|сообщени|письм|писмо|порук|poruk|μηνύματ|消息|ziņojum|skeyti|संदेश|mezua|mensaxe
    """
)
FORWARDED: Final = _names(
    """
    forward|diteruskan|terusan|dimajukan|weitergeleitet|transféré|transmis|réacheminé|reenviad|rispedit|
    inoltrat|doorgestuurd|encaminhad|reencaminhad|przekazan|przesłan|пересыл|переслан|перенаправ|пересланн|
    vidarebefordra|videresend|videresendt|välitetty|edelleenlähetetty|přeposlan|preposlan|továbbított|iletilen|
    yönlendiril|redirecționat|redirectionat|proslijeđen|prosljeđen|posredovan|chuyển tiếp|转发|轉寄|転送|전달|ส่งต่อ|
    מועברת|reenviat|препратен|videresent|přesměrovan|přepoš|diberikan|dipanjangkan|προωθημέν|áframsent|
    persiųst|pārsūtīt|edastatud|πρωθ|прослед|berbagi|tersambung|přesměr|przekier|videres|vidaresend|
    dikirim ulang|
    réexpédi|przekazyw|přeposílan|înaintat|переадрес|пересила|прослеђ|prosleđ|προώθησ|iletilmiş|הועבר|توجيه|अग्रेषित|
    naipasa|birazaturik|birbidal
    """
)
ORIGINAL: Final = _names(
    """
    original|asli|asal|ursprüngliche|originale|d'origine|oorspronkelijk|originele|oryginaln|исходное|оригинал|
    ursprung|ursprünglich|oprindelig|opprinnelig|alkuperäinen|původní|pôvodná|eredeti|özgün|orijinal|originea|
    inițial|izvorn|gốc|原始|原郵件|原件|オリジナル|元の|원본|ต้นฉบับ|antwort|
    reply|balasan|réponse|respuesta|risposta|αρχικό
    """
)
# A closing above the sender's name.
CLOSINGS: Final = _names(
    """
    salam|hormat saya|hormat kami|terima kasih|terimakasih|makasih|trims|wassalam|demikian|thanks|thank you|
    regards|best|kind regards|best regards|warm regards|cheers|sincerely|yours|mit freundlichen|viele grüße|
    liebe grüße|gruß|mfg|cordialement|bien à vous|merci|saludos|gracias|un saludo|atentamente|
    met vriendelijke|groet|groeten|atenciosamente|obrigad|cordiali|distinti|saluti|grazie|pozdrawiam|
    z poważaniem|с уважением|спасибо|hälsningar|med vänlig|venlig hilsen|med vennlig|hilsen|terveisin|
    s pozdravem|üdvözlettel|saygılar|trân trọng|cảm ơn
    """
)
# "Sent from my phone": how such a line begins, and the devices and programs it may name.
SENT_FROM: Final = _names(
    """
    sent from|sent with|sent using|sent via|get outlook|dikirim dari|dikirim dengan|dikirim melalui|
    dikirim lewat|dapatkan outlook|unduh outlook|dihantar dari|dihantar daripada|von meinem|gesendet von|
    gesendet mit|diese nachricht wurde von|envoyé de|envoyé à partir|envoyé depuis|obtenez outlook|
    télécharger outlook|enviado desde|enviado do|enviado de|enviado a partir|obtener outlook|obter o outlook|
    verzonden vanaf|verstuurd vanaf|outlook downloaden|inviato da|scarica outlook|skickat från|hämta outlook|
    sendt fra|hent outlook|wysłane z|wysłano z|pobierz outlook|отправлено с|отправлено из|надіслано з|lähetetty|
    odesláno z|odoslané z|iphone'umdan|iphone'dan|trimis de pe|
    được gửi từ|发自我的|發自我的|從我的|iphoneから送信|나의 iphone|
    gửi từ|yahoo mail:|yahoo mail untuk|verzonden met|sent by|sent on my|sent on the|posted from|via mobile|
    written on|typed on|diketik|dikirim pakai|dikirim via|holen sie sich outlook|outlook für ios|outlook für android|
    outlook voor ios|outlook voor android|obtenir outlook|obtenha o outlook|
    ottieni outlook|verzonden vanuit|skickades från|få outlook|hanki outlook|pobierz aplikację outlook|odesláno z|
    získat outlook|odoslané z|elküldve az|descărcați outlook|скачать outlook|завантажити outlook|изпратено от|
    послато са|
    poslano iz|poslano z|στάλθηκε από|αποκτήστε το outlook|נשלח מה|تم الإرسال من|أُرسلت من|ส่งจาก|
    đã gửi từ|tải outlook|获取 outlook|取得 outlook|saadetud minu|nosūtīts no|išsiųsta iš|enviat des|enviado dende|
    napisane na|ipinadala mula sa
    """
)
# The same in languages whose verb stands last.
SENT_LAST: Final = _names(
    """
    küldve|letöltése|gönderildi|gönderilmiştir|edinin|送信|发送|發送|傳送|보냄|다운로드|bidalia
    """
)
DEVICES: Final = _names(
    """
    iphone|ipad|ipod|android|samsung|galaxy|blackberry|windows|outlook|yahoo|gmail|proton|huawei|xiaomi|
    redmi|oppo|vivo|realme|nokia|nexus|pixel|htc|sony|motorola|mobile|handphone|ponsel|smartphone|telefon|
    téléphone|phone|mac|apple|mail.ru|k-9|thunderbird|spark|tablet|mail app|aol|zoho|fairemail|bluemail|
    mymail|email|asus|evercoss|advan|infinix|tecno|surel|mail for|my mail|airmail|web mail|webmail|
    tutanota|tuta|iphonu|iphona|айфон|яндекс|boxer|mailspring|superhuman|typeapp
    """
)
# Words of a disclaimer that some server put under the mail; two of them make one.
DISCLAIMER: Final = _names(
    """
    confidential|intended recipient|intended solely|intended only|intended for|privileged|disclaimer|
    received this email in error|received this e-mail in error|received this message in error|please notify|
    notify the sender|virus|monitored|rahasia|penerima yang dituju|penerima yang dimaksud|ditujukan kepada|
    ditujukan hanya|bukan penerima|disclosure|unauthorized|unauthorised|prohibited|dilarang|hapus email|
    menghapus|vertraulich|nicht der richtige adressat|confidentiel|destinataire|confidencial|destinatario|
    vertrouwelijk|geadresseerde|riservat|think before you print|consider the environment|certified virus free|
    monitoring|recorded for legal
    """
)
# How such a notice begins.
NOTICE: Final = _names(
    """
    this e|this message|this communication|this transmission|this mail|the information|the content|
    disclaimer|confidential|notice|important|please note|note:|legal|privileged|if you|please consider|
    think before|privacy|caution|warning|email ini|e-mail ini|pesan ini|surel ini|surat elektronik ini|
    informasi yang|informasi dalam|peringatan|penafian|perhatian|isi email|isi pesan|mohon perhatian|diese|
    der inhalt|vertraulich|ce message|ce courriel|cet e|les informations|este mensaje|este correo|
    esta mensagem|este e|aviso|questo|le informazioni|il presente|dit bericht|deze|de informatie|
    the original of this|internet communications|communications via
    """
)
