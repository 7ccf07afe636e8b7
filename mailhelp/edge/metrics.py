"""What monitoring asks for, in the words of Prometheus: counted in the database at each look, so that nothing drifts.

Needs the extra `metrics` (prometheus-client); without `[metrics] listen` nothing of it is imported.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mailhelp.edge.configcheck import host_and_port
from mailhelp.errors import UserError

if TYPE_CHECKING:
    from prometheus_client.core import Metric

log = logging.getLogger(__name__)

Status = Mapping[str, Any]
"""What `Store.status` gives."""
COUNTS = (
    ("mailhelp_tickets", "Tickets by state.", "tickets", "state"),
    ("mailhelp_open_tickets", "Tickets that are not answered or closed, by queue.", "queues", "queue"),
    ("mailhelp_arrivals", "Messages that arrived, by the end they came to.", "arrivals", "end"),
    ("mailhelp_outbox", "Mails of ours by their state.", "outbox", "state"),
)
"""Name, help, key in the status, label."""


class Collector:
    """Asks for the status at each look; prometheus-client turns what `collect` yields into text."""

    def __init__(self, status: Callable[[], Status], clock: Callable[[], datetime]) -> None:
        self._status, self._clock = status, clock

    def collect(self) -> Iterator[Metric]:
        """Everything, as gauges. Times are seconds; states that nothing is in are left out."""
        from prometheus_client.core import GaugeMetricFamily

        found, now = self._status(), self._clock()
        for name, words, key, label in COUNTS:
            family = GaugeMetricFamily(name, words, labels=[label])
            for value, count in sorted(found[key].items()):
                family.add_metric([value], count)
            yield family
        yield GaugeMetricFamily("mailhelp_arrivals_pending", "Arrivals that wait for a decision.", found["pending"])
        waits = (now - found["oldest_pending_at"]).total_seconds() if found["pending"] else 0.0
        yield GaugeMetricFamily("mailhelp_oldest_pending_seconds", "How long the oldest of these waits.", waits)
        yield GaugeMetricFamily("mailhelp_arrivals_unfiled", "Decided arrivals still in the intake.", found["unfiled"])
        yield from _services(found, now)
        alarms = [row for row in found["alarms"] if row["over_at"] is None]
        family = GaugeMetricFamily("mailhelp_alarms", "Alarms that are not over, by code.", labels=["code"])
        for code in sorted({row["code"] for row in alarms}):
            family.add_metric([code], sum(row["code"] == code for row in alarms))
        yield family


def _services(found: Status, now: datetime) -> Iterator[Metric]:
    """Each mailbox, the SMTP account and the database: whether it works, and since when nothing was heard of it."""
    from prometheus_client.core import GaugeMetricFamily

    working = GaugeMetricFamily("mailhelp_service_up", "1 if it worked at the last look.", labels=["what", "account"])
    silence = "Seconds since it was last heard of."
    silent = GaugeMetricFamily("mailhelp_service_silent_seconds", silence, labels=["what", "account"])
    for row in found["service"]:
        names = [row["what"], row["account"]]
        working.add_metric(names, float(row["up"]))
        silent.add_metric(names, (now - row["until"]).total_seconds())
    yield working
    yield silent


@contextlib.contextmanager
def served(listen: str, status: Callable[[], Status], clock: Callable[[], datetime]) -> Iterator[int]:
    """Answer scrapes on `listen` (`HOST:PORT`; empty: none) inside the `with` block; gives the port, 0 for none.

    UserError when the extra is not installed or nobody may listen there.
    """
    if not listen:
        yield 0
        return
    host, port = host_and_port(listen)
    prometheus = library()
    registry = prometheus.CollectorRegistry()
    registry.register(Collector(status, clock))
    try:
        server, thread = prometheus.start_http_server(port, host, registry)
    except OSError as error:
        raise UserError(f"[metrics] nobody may listen on {listen}: {error.strerror}.", exit_code=1) from error
    log.info("metrics on http://%s:%d/metrics", host, server.server_port)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def library() -> Any:
    """The module prometheus_client; UserError with the remedy where it is missing."""
    try:
        import prometheus_client
    except ImportError as error:
        remedy = "Run: pip install 'mailhelp[metrics]'"
        raise UserError("[metrics] needs prometheus-client.", remedy=remedy, exit_code=1) from error
    return prometheus_client
