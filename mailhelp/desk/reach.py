"""When could the desk be reached? The service log as outages, for deadlines that run against other people.

The log holds what was seen: spans in which a service worked or failed. What nobody looked at is no proof. A *watched*
service (the mailbox, the database) is looked at all the time: time without a report is an outage of it too, unless it
is shorter than our patience (a restart of the daemon, a slow poll; the mail server took mail meanwhile). A service that
is *used* on occasion (SMTP) was out from a failure until its next success; where neither comes, until shortly after the
last failure, so that a desk with nothing to send does not wait for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailhelp.desk.elapsed import Gap, merged

TOLERANCE = timedelta(minutes=10)
"""The same as the store's own for reports that belong to one span."""


def patience(poll: timedelta) -> timedelta:
    """How long nothing may be heard of a mailbox that is looked into so often before that counts as an outage of it."""
    return max(TOLERANCE, 2 * poll)


@dataclass(frozen=True, slots=True)
class Report:
    """One span of the service log: from `since` to `until` the service was seen to work (`up`), or to fail."""

    up: bool
    since: datetime
    until: datetime


def watched_outages(
    what: str, reports: Sequence[Report], since: datetime, now: datetime, silence: timedelta = TOLERANCE
) -> tuple[Gap, ...]:
    """The outages between `since` and `now` of a service that is looked at all the time; one that lasts has no end.

    `what` names it for people (`the mailbox`). Reports may come in any order; those after `now` do not count. Nothing
    heard for no longer than `silence` is no outage (`patience`); a report of a failure always is.
    """
    found: list[Gap] = []
    known = _until(reports, now)
    good = min([since, *(report.until for report in known if report.up)])
    failed = False
    for report in known:
        if not report.up:
            failed = True
            continue
        if failed or report.since - good > silence:
            found.append(Gap(good, report.since, f"{what} was out of reach"))
        good, failed = max(good, min(report.until, now)), False
    if failed or now - good > silence:
        found.append(Gap(good, None, f"{what} is out of reach"))
    return _since(found, since)


def used_outages(what: str, reports: Sequence[Report], since: datetime, now: datetime) -> tuple[Gap, ...]:
    """The outages between `since` and `now` of a service that is used on occasion; one that lasts has no end."""
    found: list[Gap] = []
    first = last = None
    for report in _until(reports, now):
        if not report.up:
            first, last = first or report.since, min(report.until, now)
        elif first:
            found.append(Gap(first, report.since, f"{what} failed"))
            first = None
    if first and last:
        silent = now - last > TOLERANCE
        found.append(Gap(first, last + TOLERANCE if silent else None, f"{what} failed"))
    return _since(found, since)


def all_outages(*parts: Iterable[Gap]) -> tuple[Gap, ...]:
    """The outages of several services together: one is enough."""
    return tuple(merged(gap for part in parts for gap in part))


def _until(reports: Sequence[Report], now: datetime) -> list[Report]:
    """Those that had begun by now, in order. Where a wrong clock noted one in the future, only its beginning counts."""
    known = (report for report in reports if report.since <= now)
    trusted = (replace(one, until=one.since) if one.until > now + TOLERANCE else one for one in known)
    return sorted(trusted, key=lambda report: report.since)


def _since(found: list[Gap], since: datetime) -> tuple[Gap, ...]:
    """Those that reach beyond `since`, cut there."""
    return tuple(
        Gap(max(gap.start, since), gap.end, gap.why) for gap in merged(found) if gap.end is None or gap.end > since
    )
