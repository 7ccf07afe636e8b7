"""Alarms by mail: what is wrong and lasts, what is over, and when the admin is mailed of it.

A new alarm is told at once, what happens again at most once an hour, what stays once a day, and what is over at once.
Whatever is due goes into one mail, `GATHER` after the last one at the earliest.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mailhelp.desk.alarmcase import ARRIVALS, CLOCK, IMAP, LASTING, RULES, SMTP, SWEEP, UNCERTAIN, Health, Raised
from mailhelp.desk.effect import Alarm, AlarmOver, AlarmsTold, Effect, SendMail
from mailhelp.desk.event import AlarmsDue
from mailhelp.desk.model import MailKind
from mailhelp.desk.scene import Scene
from mailhelp.mail.message import Address

OUTAGE = timedelta(minutes=5)
"""How long a mailbox may be out of reach before that is an alarm."""
WAIT = timedelta(minutes=10)
"""How long an arrival may wait for its decision."""
GATHER = timedelta(minutes=5)
REPEAT = timedelta(hours=1)
REMIND = timedelta(days=1)
MOST = 20
"""Alarms that one mail names; of the others it tells how many they are."""

Known = Mapping[tuple[str, str], Raised]

_TITLES = {
    "id": {
        "one": "Perlu perhatian: {}",
        "stays": "Masih perlu perhatian: {}",
        "over": "Sudah beres: {}",
        "n": "{} hal",
    },
    "en": {"one": "Attention needed: {}", "stays": "Still needs attention: {}", "over": "Over: {}", "n": "{} matters"},
}


def watched(scene: Scene, event: AlarmsDue) -> Iterator[Effect]:
    """Raise what is wrong, end what is over, mail the admin what is due; no effect where there is nothing new."""
    known = {one.key: one for one in event.raised}
    begun = [one for one in troubles(event.health, scene.now) if _is_new(one, known)]
    lasting = {(one.code, one.text) for one in troubles(event.health, scene.now + REMIND)}  # if it went on
    ended = [one.key for one in event.raised if one.over_at is None and not stays(one, lasting, event.health)]
    scene.trace.conclude("alarms", f"{len(begun)} alarms have begun, {len(ended)} are over")
    yield from begun
    yield from (AlarmOver(*key) for key in ended)
    known |= {(one.code, one.text): _begun(one, known, scene.now) for one in begun}
    known |= {key: replace(known[key], over_at=scene.now) for key in ended}
    if not event.waiting and scene.policy.desk.admin:
        yield from _told(scene, tuple(known.values()))


def troubles(health: Health, now: datetime) -> Iterator[Alarm]:
    """What is wrong and seen by looking; the same words each time, because an alarm is known by its words."""
    for name, since in health.unread:
        if now - since >= OUTAGE:
            yield Alarm(IMAP, f"The mailbox {name} cannot be read.")
    for name, _ in health.incomplete:
        yield Alarm(SWEEP, f"Some mail in the mailbox {name} cannot be fetched; `mailhelp audit` names it.")
    if health.waiting_since is not None and now - health.waiting_since >= WAIT:
        yield Alarm(ARRIVALS, f"Mail waits for a decision for more than {WAIT.seconds // 60} minutes.")
    yield from (Alarm(UNCERTAIN, text) for text in health.uncertain)


def stays(one: Raised, lasting: Container[tuple[str, str]], health: Health) -> bool:
    """Whether the cause is still there, for looking found `lasting`; what merely happened never ends."""
    known = {SMTP: not health.sending, CLOCK: health.clock_held, RULES: health.rules_refused}
    if one.code in known:
        return known[one.code]
    return one.code not in LASTING or one.key in lasting


def news(raised: Sequence[Raised], now: datetime) -> list[tuple[str, Raised]]:
    """What is due to be told, the oldest first: `new`, `again`, `stays` or `over`, and the alarm.

    A time in the future counts as one in the past: the clock was set back, and nobody waits a year for that.
    """
    last = max((one.told_at for one in raised if one.told_at), default=None)
    if last is not None and abs(now - last) < GATHER:
        return []
    due = [(what, one) for one in raised if (what := _due(one, now))]
    return sorted(due, key=lambda pair: (pair[1].since, pair[1].key))


def _due(one: Raised, now: datetime) -> str:
    if one.told_at is None:
        return "new" if one.count > one.told_count else ""
    if one.count > one.told_count:
        again = "again" if one.since <= one.told_at else "new"  # it was over and has begun anew
        return again if abs(now - one.told_at) >= REPEAT else ""
    if one.over_at is not None:
        return "over" if one.over_at > one.told_at else ""
    return "stays" if one.code in LASTING and abs(now - one.told_at) >= REMIND else ""


def _is_new(alarm: Alarm, known: Known) -> bool:
    before = known.get((alarm.code, alarm.text))
    return before is None or before.over_at is not None


def _begun(alarm: Alarm, known: Known, now: datetime) -> Raised:
    before = known.get((alarm.code, alarm.text))
    if before is None:
        return Raised(alarm.code, alarm.text, now, now, 1)
    return replace(before, since=now, last_at=now, count=before.count + 1, over_at=None)


def _told(scene: Scene, raised: Sequence[Raised]) -> Iterator[Effect]:
    """One mail with all that is due. Where the gate holds it back, the same is due at the next look."""
    due = news(raised, scene.now)
    if not due:
        return
    desk = scene.policy.desk
    language = "en" if desk.language == "en" else "id"
    shown = {
        "title": _title(due, _TITLES[language]),
        "news": [_item(what, one, desk.timezone) for what, one in due[:MOST]],
        "left": max(len(due) - MOST, 0),
    }
    mail = SendMail(MailKind.ALARM, "alarms", Address(desk.admin), desk.language, shown)
    if any(isinstance(effect, SendMail) for effect in scene.automatic(mail)):
        scene.trace.conclude("alarms.told", f"{scene.trace.reason}; the admin is mailed of {len(due)}")
        yield mail
        yield AlarmsTold(tuple(one.key for _, one in due))


def _title(due: Sequence[tuple[str, Raised]], words: dict[str, str]) -> str:
    kinds = {what for what, _ in due}
    form = kinds.pop() if len(kinds) == 1 else ""
    about = due[0][1].code if len(due) == 1 else words["n"].format(len(due))
    return words.get(form, words["one"]).format(about)


def _item(what: str, one: Raised, zone: str) -> dict[str, Any]:
    at = {"new": one.since, "stays": one.since, "over": one.over_at}.get(what) or one.last_at
    return {
        "what": what,
        "code": one.code,
        "text": one.text,
        "at": at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M %Z"),
        "times": one.count - one.told_count,
        "gone": one.over_at is not None,
    }
