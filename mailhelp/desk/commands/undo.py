"""`#undo`: put back what the agent's last mail changed on the ticket, and stop its mails that have not left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mailhelp.desk import command_set as cs
from mailhelp.desk.commands import say
from mailhelp.desk.commands.job import Job, Refused, snapshot
from mailhelp.desk.effect import Assign, CancelMail, Effect, SetFields, SetState, Tag
from mailhelp.desk.model import CloseReason, FieldValue, State

_COLUMNS = ("owner", "queue", "priority", "category", "subcategory")


def undo(job: Job, command: cs.Undo) -> Iterator[Effect]:
    """Take back the last thing this agent did here, within the configured time.

    What somebody else has changed again since stays as it is; the transcript says what that is.
    """
    del command
    if len(job.parsed.commands) > 1 or job.parsed.text:
        raise Refused("undo-alone")
    last = job.work.undo.get(job.number)
    if last is None or job.mail.now - last.at > job.mail.policy.work.undo_time:
        raise Refused("nothing-to-undo")
    now = snapshot(job.ticket)
    changed = [name for name in last.before if last.before[name] != last.after.get(name)]
    back = [name for name in changed if now.get(name) == last.after.get(name)]
    kept = [name for name in changed if name not in back]
    if not back and not last.waiting:
        raise Refused("nothing-to-undo")
    yield from _restored(job, {name: last.before[name] for name in back}, last.after)
    if last.waiting:
        yield CancelMail(job.number, last.decision, last.waiting)
    job.undid = last.decision
    _say(job, back, kept, last.waiting, last.gone)


def _say(job: Job, back: list[str], kept: list[str], waiting: int, gone: int) -> None:
    for code, names in (("undone", back), ("undo-kept", kept)):
        shown = [say.word(name, job.language) for name in names if name != "close_reason"]
        if shown:
            job.say(code, what=", ".join(shown))
    if waiting:
        job.say("undo-stopped", count=waiting)
    if gone:
        job.say("undo-gone", count=gone)


def _restored(job: Job, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Effect]:
    reason = job.reason("took it back")
    columns = {name: str(before[name]) for name in _COLUMNS if name in before}
    if columns:
        yield Assign(job.number, **columns, reason=reason)
    if "state" in before or "close_reason" in before:
        state = State(before.get("state", job.ticket.state.value))
        why = before.get("close_reason", "")
        close = CloseReason(why) if state is State.CLOSED and why else None
        yield SetState(job.number, state, reason, close)
    if "tags" in before:
        was, is_now = frozenset(before["tags"]), frozenset(after["tags"])
        yield Tag(job.number, was - is_now, is_now - was)
    if "fields" in before:
        yield SetFields(job.number, dict(_fields(before["fields"], after["fields"])))


def _fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, FieldValue | None]]:
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            old = before.get(name)
            yield name, FieldValue(old["value"], how=old["how"]) if old else None
