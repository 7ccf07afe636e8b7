"""The words of mail servers: who they are, how they say that a mail came back, and where the returned mail begins.

All patterns are for lower-case text and run in linear time on bounded input.
"""

from __future__ import annotations

import re


def _any(*alternatives: str, before: str = "", after: str = "", flags: int = 0) -> re.Pattern[str]:
    """One pattern from alternatives."""
    return re.compile(f"{before}(?:{'|'.join(alternatives)}){after}", flags)


# Local parts of servers. Those of the first pattern are never a person; postmaster and the like may be one.
DAEMON = _any(
    r"mailer[-_.]?daemon", r"mail[-_]?daemon", r"mail[-_.]?deliver\w*", r"mail[-_]?system", r"mdaemon", r"mmdf",
    r"uucp",
    r"microsoftexchange\w+", r"\S*_smtp_\S*", r"auto-?bounce\S*",
    before="^", after="$",
)  # fmt: skip
MAYBE_DAEMON = _any(
    r"post[-_. ]?master", r"mailer", r"mailadmin", r"mail[-_]admin\w*", r"bounces?", r"bounce[-+]\S*", r"delivery",
    r"mailmaster",
    r"undeliverable", r"amavis\S*", r"imss",
    before="^", after="$",
)  # fmt: skip
DAEMON_NAME = _any(
    r"mail(?:er)?[- ]?daemon", r"mail deliver(?:y|ing) (?:sub)?system", r"mail delivery", r"mail deliver system",
    r"internet mail delivery",
    r"smtp .{0,20}mail service",
)  # fmt: skip

SUBJECT = _any(
    r"undeliver", r"not (?:be )?deliver", r"returned:? ?(?:mail|to sender)", r"returned e?-?mail",
    r"failure notice", r"delivery status",
    r"deliver\w* (?:\w+ ){0,2}(?:fail|problem|report|notif|delay|error|incomplete)",
    r"mail (?:\w+ ){0,2}(?:fail|error)",
    r"(?:mail|message) delivery", r"non-? ?delivery", r"returning message", r"rejected mail", r"mail system error",
    r"user unknown", r"unknown user", r"could ?n[o']t (?:\w+ )?(?:be )?(?:send|sent|deliver)", r"permanent delivery",
    r"failed (?:mail|to deliver|delivery)", r"^failed:", r"warning: (?:message|could not)",
    r"bounced? (?:mail|message)",
    r"unzustellbar", r"nicht zustell", r"zustellung", r"non remis", r"[ée]chec de",
    r"no se (?:ha podido|pudo) entreg",
    r"(?:mensaje|correo) devuelto", r"n[aã]o entregue", r"falha na entrega", r"(?:gagal|tidak) (?:ter)?kirim",
    r"mancat[oa] (?:recapito|consegna)",
    r"не ?доставл", r"недоставл", r"配信", r"不達", r"エラーメール", r"退信",
    r"niet (?:worden )?(?:bezorg|afgelever)", r"onbestelbaar", r"kunde inte levereras", r"oleverera",
    r"kunne ikke lever",
    r"toimittamaton", r"ei voitu toimittaa", r"niedostarcz", r"nie dostarcz", r"nedoru[čc]", r"kézbesít", r"nelivrat",
    r"teslim edilemedi", r"iletilemedi", r"αδυναμία παράδοσης", r"δεν παραδόθηκε", r"không (?:thể )?gửi được",
    r"thư trả lại", r"(?:tidak dapat|gagal) dihantar", r"반송", r"배달", r"未送达", r"未傳遞",
    r"无法(?:送达|投递|传递)",
    r"無法(?:送達|傳遞|投遞)",
    r"تعذر (?:ال)?تسليم", r"לא נמסר", r"retour à l'expéditeur", r"impossibile (?:recapitare|consegnare)",
)  # fmt: skip

PASSED_ON = re.compile(
    r"(?:fwd?|fw|wg|tr|rv|re|aw|sv|bls|balas|terusan|teruskan|antw?|vs|vb|odp|rif|ynt|res|回复|答复|回覆)"
    r"(?:\[\d+\])? ?[:：]"
)

FAILURE = _any(
    r"undeliver",
    r"(?:unable|not able|wasn't able|n't|cannot|can not|could not|not) ?(?:to )?(?:be )?(?:deliver|send|sent|reach)",
    r"deliver\w* (?:\w+ ){0,6}?(?:fail|error|problem|delay|not)", r"fail\w* (?:\w+ ){0,4}?deliver",
    r"permanent(?:ly)? (?:\w+ ){0,3}(?:error|fail|reject|fatal)", r"(?:not|been) (?:yet )?(?:been )?delivered",
    r"fatal error",
    r"no such (?:user|mailbox|recipient|address|person|local)", r"user (?:is )?unknown",
    r"unknown (?:user|recipient|address|mailbox|local)",
    r"mailbox (?:\w+ ){0,3}(?:full|unavailable|unknown|not|disabled|exceed)", r"quota", r"did(?: not|n't) reach",
    r"transaction failed",
    r"\b[45][0-5][0-9][ -](?:#?[45]\.\d\.\d|\w)", r"\(#?[45]\.\d\.\d\)", r"delay", r"non-existent",
    r"does(?: not|n't) (?:exist|have)",
    r"not (?:a )?(?:valid|found|listed|known)", r"action: ?failed", r"disabled", r"rejected", r"returned",
    r"bounced", r"not accept", r"invalid",
    r"no longer (?:valid|available|active|with|in use)", r"unzustellbar",
    r"nicht (?:zugestellt|zustellen|ausgeliefert)", r"fehlgeschlagen",
    r"n'a pas pu", r"non remis", r"no se (?:ha podido|pudo)", r"n[ãa]o (?:foi|p[ôo]de)",
    r"tidak (?:dapat|terkirim)", r"gagal", r"配信", r"届け",
    r"недостав", r"не (?:может|доставлен|удалось)",
)  # fmt: skip

DELAY = _any(
    r"delayed", r"\(delay\)", r"has not yet been", r"not yet been delivered", r"will (?:be|continue to be) retried",
    r"will (?:keep|continue) (?:\w+ ){0,3}(?:try|retry)", r"still (?:being retried|trying|undelivered)",
    r"continue (?:trying|to try|to be made)",
    r"delivery attempts will continue", r"no action is required", r"do not need to resend", r"will retry",
    r"non-fatal",
    r"temporary (?:\w+ )?(?:problem|failure|error)", r"warning: (?:could not|message)",
)  # fmt: skip
FINAL = _any(
    r"permanent", r"giv(?:en|ing) up", r"not going to try", r"undeliverable",
    r"retry time(?:out)? (?:not reached|exceeded)",
    r"stopped trying", r"been in the queue too long", r"action: ?failed", r"will be deleted from queue",
)  # fmt: skip

RETURNED = _any(
    r"^\W{0,20}(?:below|beneath|under) (?:this|the next) line",
    r"^\W{0,20}(?:(?:rest|first \d+ lines?|text|body|contents?|headers?) of )?(?:the |your )?"
    r"(?:original|returned|undelivered|unsent|failed|rejected|source) (?:mail|message|headers?|text)\b"
    r"(?! was received| \w+ delivered)",
    r"^\W{0,20}(?:the )?(?:headers?|text|body|contents?) of (?:the|your) ",
    r"^\W{0,20}message (?:headers?|text|body|source) follows?", r"^\W{0,20}(?:this|here|included) is a copy of",
    r"^\W{0,20}a copy of",
    r"^\W{0,20}your message (?:follows|reads|begins)", r"^\W{0,20}mensaje original",
    r"^\W{0,20}ursprüngliche nachricht",
    r"^\W{0,20}message d'origine",
    r"^(?:received|dkim-signature|x-received|arc-seal|message-id): ?(?:<|from |by |v=|i=)", r"^return-path: ?<",
    flags=re.MULTILINE,
)  # fmt: skip

# Lines that name a recipient who was not reached, the surest first.
_ADDR = r"([^\s<>:;,()'\"\[\]=]{1,64}@[^\s<>:;,()'\"\[\]=]{1,255})"
LINES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"^[ \t]*(?:final|original)-recipient:[^;\n]{{0,60}};?[ \t]*<?{_ADDR}", re.MULTILINE),
    re.compile(rf"^[ \t>*-]{{0,20}}<{_ADDR}>[ \t]*[:;,(.]", re.MULTILINE),
    re.compile(
        rf"^[ \t>*-]{{0,20}}(?:smtp:|rfc822;|<)?{_ADDR}>?[ \t]*(?:[:;,]|\.{{3}}|$|[\[(-]| on \d| error\b)", re.MULTILINE
    ),
    re.compile(rf"\b(?:to|for|address|recipients?|user|mailbox)(?:\(s\))?[\s:='\"<]{{1,12}}(?:rcpt to:<?)?{_ADDR}"),
    re.compile(f"<{_ADDR}>"),
    re.compile(_ADDR),
)
NEVER = re.compile(r"^(?:post-?master|mailer-?daemon|abuse|hostmaster|root)@|@\d+\.|@\w+$|^[\d.]+@")
