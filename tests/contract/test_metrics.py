"""What Prometheus gets, asked for over HTTP as it asks."""

from __future__ import annotations

import socket
import sys
import urllib.request
from datetime import timedelta

import pytest

from mailhelp.edge.metrics import served
from mailhelp.edge.store import Store
from mailhelp.errors import UserError
from storekit import NOW, arrive, open_report


def scrape(port: int) -> dict[str, float]:
    """Each sample with its labels, as the text has it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_counts_are_those_of_the_database(store: Store) -> None:
    """Each look counts anew: a report, an arrival that waits, a mailbox that is down and an alarm are all in it."""
    later = NOW + timedelta(seconds=90)
    with served("127.0.0.1:0", store.status, lambda: later) as port:
        empty = scrape(port)
        assert (empty["mailhelp_arrivals_pending"], empty["mailhelp_oldest_pending_seconds"]) == (0, 0)
        open_report(store, 1)
        arrive(store, 2)
        store.service("imap", "main", False, NOW, "connection refused")
        store.alarm("team.nobody", "nobody to tell", NOW)
        found = scrape(port)
    assert found['mailhelp_tickets{state="new"}'] == 1
    assert found['mailhelp_arrivals{end="article"}'] == 1
    assert (found["mailhelp_arrivals_pending"], found["mailhelp_oldest_pending_seconds"]) == (1, 90)
    assert found['mailhelp_outbox{state="queued"}'] >= 1
    assert found['mailhelp_service_up{account="main",what="imap"}'] == 0
    assert found['mailhelp_service_silent_seconds{account="main",what="imap"}'] == 90
    assert found['mailhelp_alarms{code="team.nobody"}'] == 1


def test_a_taken_port_is_a_sentence(store: Store) -> None:
    """Who may not listen there is told so, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UserError, match="nobody may listen"), served(listen, store.status, lambda: NOW):
            pass


def test_without_the_extra_the_remedy_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where prometheus-client is missing, the sentence says what to install; without `listen` nobody misses it."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    with served("", store.status, lambda: NOW) as port:
        assert port == 0
    with pytest.raises(UserError) as caught, served("127.0.0.1:0", store.status, lambda: NOW):
        pass
    assert "mailhelp[metrics]" in caught.value.remedy
