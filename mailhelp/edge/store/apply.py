"""Apply a decision: all its effects in one transaction, in order (design §3).

One `match` over the closed set of effects; what a mail to be sent becomes stands in `letters.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from mailhelp.desk import effect as fx
from mailhelp.desk.files import is_picture
from mailhelp.desk.model import End, MailKind, Role, State
from mailhelp.edge.store import schema
from mailhelp.edge.store.agentwork import cancel, set_absence
from mailhelp.edge.store.alarms import end_alarm, raise_alarm, tell
from mailhelp.edge.store.engine import Engine
from mailhelp.edge.store.fields import index_key
from mailhelp.edge.store.letters import queue_letter
from mailhelp.edge.store.pen import ROUND_ROBIN, Conflict, Pen
from mailhelp.edge.store.records import Letter
from mailhelp.edge.store.tickets import field_detail


class ApplyPart:
    """Writing decisions."""

    engine: Engine

    def apply(
        self, decision: fx.Decision, key: str, letters: Sequence[Letter], policy_version: str, now: datetime
    ) -> None:
        """Write the decision and all its effects; `letters` are those of its SendMail effects, in their order.

        `key` names the event (`arrival:17`). Call it inside the unit in which the case was gathered. Raises Conflict,
        and nothing is written, where the facts have changed since; ValueError where the letters do not fit.
        """
        wanted = sum(isinstance(effect, fx.SendMail) for effect in decision.effects)
        if wanted != len(letters):
            raise ValueError(f"{wanted} mails are to be sent, {len(letters)} letters were written")
        with self.engine.unit():
            pen = Pen(self.engine, self._decided(decision, key, policy_version, now), now)
            written = iter(letters)
            for effect in decision.effects:
                _apply(pen, effect, next(written) if isinstance(effect, fx.SendMail) else None)
            pen.flush()

    def _decided(self, decision: fx.Decision, key: str, policy_version: str, now: datetime) -> int:
        values = {
            "key": key, "at": now, "code": decision.code, "reason": decision.reason, "trace": decision.trace,
            "policy_version": policy_version, "ticket": _first_ticket(decision.effects),
        }  # fmt: skip
        return int(self.engine.insert(schema.Decision, values, "RETURNING id"))


def _first_ticket(effects: Sequence[fx.Effect]) -> int | None:
    numbers = (
        effect.number if isinstance(effect, fx.OpenTicket) else getattr(effect, "ticket", 0) for effect in effects
    )
    return next((number for number in numbers if number), None)


def _apply(pen: Pen, effect: fx.Effect, letter: Letter | None) -> None:  # noqa: PLR0912 - one case for each effect
    match effect:
        case fx.OpenTicket():
            _open(pen, effect)
        case fx.AddParticipant():
            _participant(pen, effect)
        case fx.SetReachable():
            _reachable(pen, effect)
        case fx.AddArticle():
            _article(pen, effect)
        case fx.SetState():
            _state(pen, effect)
        case fx.Assign():
            _assign(pen, effect)
        case fx.Tag():
            _tag(pen, effect)
        case fx.SetFields():
            _fields(pen, effect)
        case fx.Ask():
            _ask(pen, effect)
        case fx.Link():
            _link(pen, effect)
        case fx.SetTimer():
            _set_timer(pen, effect)
        case fx.ClearTimer():
            _clear_timer(pen, effect)
        case fx.SendMail():
            assert letter is not None
            queue_letter(pen, effect, letter)
        case fx.Withdraw():
            _withdraw(pen, effect)
        case fx.EndArrival():
            _end(pen, effect)
        case fx.Release():
            _release(pen, effect)
        case fx.SetRequester():
            _requester(pen, effect)
        case fx.CancelMail():
            _cancel(pen, effect)
        case fx.SetAbsence():
            set_absence(pen.engine, effect.agent, effect.first, effect.last)
        case fx.Alarm():
            raise_alarm(pen.engine, effect, pen.now)
        case fx.AlarmOver():
            end_alarm(pen.engine, effect, pen.now)
        case fx.AlarmsTold():
            tell(pen.engine, effect, pen.now)
        case _:
            assert_never(effect)


def _open(pen: Pen, effect: fx.OpenTicket) -> None:
    """Take the number, insert the ticket and its requester."""
    sql = "UPDATE counter SET value = value + 1 WHERE name = 'ticket' AND value = ?"
    if pen.engine.changed(sql, effect.number) != 1:
        raise Conflict(f"report number {effect.number} is not the next one")
    values = {
        "number": effect.number, "state": effect.state.value, "close_reason": "", "subject": effect.subject,
        "queue": effect.queue, "owner": "", "category": effect.category, "subcategory": effect.subcategory,
        "user_type": effect.user_type, "priority": effect.priority, "language": effect.language,
        "requester": index_key(effect.requester.key), "opened_at": effect.opened_at or pen.now, "changed_at": pen.now,
    }  # fmt: skip
    pen.engine.insert(schema.Ticket, values)
    pen.opened(values)
    pen.note(effect.number, "opened", "", effect.state.value)
    _participant(pen, fx.AddParticipant(effect.number, 1, Role.REQUESTER, effect.requester))


def _participant(pen: Pen, effect: fx.AddParticipant) -> None:
    pen.note(effect.ticket, "participant", "", f"{effect.slot} {effect.role.value} {effect.address.addr}")
    values = {
        "ticket": effect.ticket, "slot": effect.slot, "role": effect.role.value, "addr": effect.address.addr,
        "addr_key": index_key(effect.address.key), "name": effect.address.name, "root_id": "", "last_id": "",
        "reachable": True,
    }  # fmt: skip
    pen.joined(values)


def _reachable(pen: Pen, effect: fx.SetReachable) -> None:
    pen.seat()
    sql = "UPDATE participant SET reachable = ? WHERE ticket = ? AND slot = ? AND reachable <> ?"
    if pen.engine.changed(sql, effect.reachable, effect.ticket, effect.slot, effect.reachable):
        words = ("unreachable", "reachable")
        before, after = words[not effect.reachable], words[effect.reachable]
        pen.note(effect.ticket, "reachable", f"{effect.slot} {before}", f"{effect.slot} {after}", effect.reason)


def _article(pen: Pen, effect: fx.AddArticle) -> None:
    pen.note(effect.ticket, "article", "", effect.kind.value, effect.author)
    values = {
        "ticket": effect.ticket, "kind": effect.kind.value, "author": effect.author, "at": pen.now,
        "subject": effect.subject, "text": effect.text, "quoted": effect.quoted, "arrival": effect.arrival,
        "message_id": effect.message_id, "internal": effect.internal,
        "attachments": [dict(one) for one in effect.attachments], "decision": pen.decision,
    }  # fmt: skip
    pen.engine.insert(schema.Article, values)
    _pictures(pen, effect)
    pen.refer(effect.message_id, effect.ticket)
    if effect.slot and effect.message_id:
        pen.exchanged(effect.ticket, effect.slot, effect.message_id)


def _pictures(pen: Pen, effect: fx.AddArticle) -> None:
    """Remember the pictures of a mail as seen from its sender."""
    digests = {one["sha256"] for one in effect.attachments if one.get("sha256") and is_picture(one["media_type"])}
    if digests and effect.author:
        key = index_key(effect.author.lower())
        rows = [{"addr_key": key, "sha256": digest} for digest in sorted(digests)]
        pen.engine.insert_many(schema.Picture, rows, "ON CONFLICT DO NOTHING")


def _state(pen: Pen, effect: fx.SetState) -> None:
    changed = pen.change(effect.ticket, "state", effect.state.value, effect.reason)
    if not changed and effect.state is State.CHECKING:  # another checking begins, and its time with it
        pen.note(effect.ticket, "state", effect.state.value, effect.state.value, effect.reason)
    close_reason = effect.close_reason.value if effect.close_reason else ""
    pen.change(effect.ticket, "close_reason", close_reason, effect.reason)


def _assign(pen: Pen, effect: fx.Assign) -> None:
    for column in ("queue", "owner", "priority", "category", "subcategory", "user_type", "language"):
        value = getattr(effect, column)
        changed = value is not None and pen.change(effect.ticket, column, value, effect.reason)
        if changed and value and column == "owner":
            pen.tally[ROUND_ROBIN, pen.ticket(effect.ticket).row["queue"]] += 1


def _tag(pen: Pen, effect: fx.Tag) -> None:
    for name in sorted(effect.add):
        insert = pen.engine.insert(
            schema.Tag, {"ticket": effect.ticket, "name": name}, "ON CONFLICT DO NOTHING RETURNING name"
        )
        if insert:
            pen.note(effect.ticket, "tag", "", name)
    for name in sorted(effect.remove):
        if pen.engine.changed("DELETE FROM tag WHERE ticket = ? AND name = ?", effect.ticket, name):
            pen.note(effect.ticket, "tag", name, "")


def _fields(pen: Pen, effect: fx.SetFields) -> None:
    old = {}
    if not pen.ticket(effect.ticket).fresh:
        old = dict(pen.engine.rows("SELECT name, value FROM field WHERE ticket = ?", effect.ticket))
    rows = []
    for name, value in effect.fields.items():
        after = value.value if value else ""
        if after != old.get(name, ""):
            pen.note(effect.ticket, f"field {name}", old.get(name, ""), after, value.how if value else "")
        if value:
            detail = field_detail(value)
            rows.append({"ticket": effect.ticket, "name": name, "value": value.value, "detail": detail})
        elif name in old:
            pen.engine.run("DELETE FROM field WHERE ticket = ? AND name = ?", effect.ticket, name)
    if rows:
        upsert = "ON CONFLICT (ticket, name) DO UPDATE SET value = excluded.value, detail = excluded.detail"
        pen.engine.insert_many(schema.Field, rows, upsert)


def _ask(pen: Pen, effect: fx.Ask) -> None:
    pen.note(effect.ticket, "asked", "", ", ".join(effect.fields), effect.by)
    values = {
        "ticket": effect.ticket, "at": pen.now, "fields": list(effect.fields), "by_agent": effect.by,
        "decision": pen.decision,
    }  # fmt: skip
    pen.engine.insert(schema.Asked, values)


def _link(pen: Pen, effect: fx.Link) -> None:
    values = {"ticket": effect.ticket, "other": effect.other, "kind": effect.kind}
    if pen.engine.insert(schema.Link, values, "ON CONFLICT DO NOTHING RETURNING ticket"):
        pen.note(effect.ticket, "link", "", f"{effect.kind} {effect.other}")
        pen.note(effect.other, "link", "", f"{effect.kind} of {effect.ticket}")


def _set_timer(pen: Pen, effect: fx.SetTimer) -> None:
    pen.note(effect.ticket, f"timer {effect.name}", "", effect.due_at.isoformat())
    values = {
        "ticket": effect.ticket, "name": effect.name, "due_at": effect.due_at,
        "calendar": str(effect.facts.get("calendar", "")), "facts": effect.facts,
    }  # fmt: skip
    pen.engine.insert(
        schema.Timer, values,
        "ON CONFLICT (ticket, name) DO UPDATE SET due_at = excluded.due_at, calendar = excluded.calendar, "
        "facts = excluded.facts",
    )  # fmt: skip


def _clear_timer(pen: Pen, effect: fx.ClearTimer) -> None:
    if effect.name:
        sql = "DELETE FROM timer WHERE ticket = ? AND name = ? RETURNING name"
        gone = pen.engine.rows(sql, effect.ticket, effect.name)
    else:
        gone = pen.engine.rows("DELETE FROM timer WHERE ticket = ? RETURNING name", effect.ticket)
    for (name,) in gone:
        pen.note(effect.ticket, f"timer {name}", "set", "")


def _withdraw(pen: Pen, effect: fx.Withdraw) -> None:
    """Take back reminders; one that is being handed over this moment leaves."""
    sql = (
        "UPDATE outbox SET state = 'withdrawn', changed_at = ?, reply = 'the requester wrote first' "
        "WHERE ticket = ? AND kind = 'reminder' AND (state = 'queued' OR state = 'waiting')"
    )
    if pen.engine.changed(sql, pen.now, effect.ticket):
        pen.note(effect.ticket, "mail", "reminder", "", "taken back")


def _end(pen: Pen, effect: fx.EndArrival) -> None:
    """Record the end; an arrival has exactly one (design §2, promise 1)."""
    sql = (
        "UPDATE ledger SET ended_as = ?, end_reason = ?, ended_at = ?, ticket = ?, attempts = ? * attempts "
        "WHERE id = ? AND (ended_as = '' OR ended_as = 'held')"
    )
    keep_attempts = 0 if effect.end is End.HELD else 1
    values = (effect.end.value, effect.reason, pen.now, effect.ticket, keep_attempts, effect.arrival)
    if pen.engine.changed(sql, *values) != 1:
        raise Conflict(f"arrival {effect.arrival} has its end already, or is not in the ledger")


def _release(pen: Pen, effect: fx.Release) -> None:
    """Back among the pending ones, this time as confirmed."""
    sql = (
        "UPDATE ledger SET ended_as = '', end_reason = '', ended_at = NULL, confirmed = ? "
        "WHERE id = ? AND ended_as = 'held'"
    )
    if pen.engine.changed(sql, True, effect.arrival) != 1:
        raise Conflict(f"arrival {effect.arrival} is not held")


def _requester(pen: Pen, effect: fx.SetRequester) -> None:
    """Another person in the requester's place, with a thread of its own."""
    key = index_key(effect.address.key)
    pen.change(effect.ticket, "requester", key, "a command")
    pen.seat()
    sql = (
        "UPDATE participant SET addr = ?, addr_key = ?, name = ?, root_id = '', last_id = '', reachable = ? "
        "WHERE ticket = ? AND role = 'requester'"
    )
    pen.engine.run(sql, effect.address.addr, key, effect.address.name, True, effect.ticket)


def _cancel(pen: Pen, effect: fx.CancelMail) -> None:
    """What was taken back stands in nobody's thread. Conflict where one of the mails was tried meanwhile."""
    pen.seat()
    gone = cancel(pen.engine, effect.decision, pen.now)
    to_people = [kind for _, _, kind in gone if kind != MailKind.NOTICE]
    if len(to_people) != effect.count:
        raise Conflict(f"{len(to_people)} mails of decision {effect.decision} wait, not {effect.count}")
    for number, message_id, _ in gone:
        if number:
            pen.note(number, "mail", message_id, "", "taken back")
            pen.engine.run(
                "UPDATE participant SET last_id = CASE WHEN root_id = ? THEN '' ELSE root_id END, "
                "root_id = CASE WHEN root_id = ? THEN '' ELSE root_id END WHERE ticket = ? AND last_id = ?",
                message_id, message_id, number, message_id,
            )  # fmt: skip
