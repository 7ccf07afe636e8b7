"""How a mail to be sent becomes a row of the outbox, in the transaction of the decision that caused it (design §5)."""

from __future__ import annotations

from mailhelp.desk.effect import SendMail
from mailhelp.desk.model import MailKind
from mailhelp.edge.store import schema
from mailhelp.edge.store.fields import index_key
from mailhelp.edge.store.pen import Pen
from mailhelp.edge.store.records import Letter, SendState

PRIORITY = {
    MailKind.ANSWER: 0,
    MailKind.NOTICE: 1,
    MailKind.CONFIRM: 1,
    MailKind.ALARM: 1,
    MailKind.REMINDER: 2,
    MailKind.STATUS: 3,
    MailKind.CLOSING: 3,
    MailKind.ACKNOWLEDGEMENT: 4,
}
"""Lower goes first: a person's words before the machine's, acknowledgements last."""

UNCOUNTED = frozenset({MailKind.ANSWER, MailKind.NOTICE, MailKind.ALARM})
"""What does not count against the gate's budgets: people's own mail, and what the desk tells its own people."""


def queue_letter(pen: Pen, effect: SendMail, letter: Letter) -> None:
    """Queue the letter; its Message-ID leads to the ticket from now on."""
    due = max(effect.not_before, pen.now) if effect.not_before else pen.now
    values = {
        "kind": effect.kind.value, "recipient": letter.recipient, "recipient_key": index_key(letter.recipient.lower()),
        "envelope_from": letter.envelope_from, "message_id": letter.message_id, "subject": letter.subject,
        "text": letter.text, "ticket": effect.ticket or None, "slot": effect.slot, "decision": pen.decision,
        "confirm": effect.confirm, "automatic": effect.kind not in UNCOUNTED, "priority": PRIORITY[effect.kind],
        "state": SendState.QUEUED.value, "attempts": 0, "uncertain": 0, "data_begun": False, "next_attempt_at": due,
        "created_at": pen.now, "changed_at": pen.now, "reply": "", "not_after": effect.not_after,
    }  # fmt: skip
    outbox_id = pen.engine.insert(schema.Outbox, values, "RETURNING id")
    pen.raws.append({"outbox": outbox_id, "data": letter.raw})
    if effect.ticket:
        pen.note(effect.ticket, "mail", "", f"{effect.kind.value} to {letter.recipient}")
        pen.refer(letter.message_id, effect.ticket)
        if effect.slot:
            pen.exchanged(effect.ticket, effect.slot, letter.message_id)
