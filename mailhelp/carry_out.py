"""From a decision to its rows: write its letters, apply it. For decisions whose mails carry no files."""

from __future__ import annotations

from datetime import datetime

from mailhelp.desk.effect import Decision, SendMail
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.store import Store


def carry_out(store: Store, bundle: Bundle, decision: Decision, key: str, now: datetime, unique: str = "") -> int:
    """Apply the decision about the event `key` inside the caller's unit; how many mails it queued.

    `unique` sets the Message-IDs apart (else `key` does). Raises what writing a letter and applying raise.
    """
    mails = [effect for effect in decision.effects if isinstance(effect, SendMail)]
    stem = unique or key
    letters = [bundle.letters.write(mail, f"{stem}:{number}", now, _no_files) for number, mail in enumerate(mails)]
    store.apply(decision, key, letters, bundle.version, now)
    return len(mails)


def _no_files(_ref: object) -> bytes:
    raise LookupError("this mail carries no files")
