"""Fixtures that several test folders share. Servers are started once per run and only where a test asks for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from mailhelp.embedded import MailHost
from remember import remember
from servers import PASSWORD, DovecotServer, unavailable, why_no_dovecot

remember()
# A deadline for an example would be a timed assertion.
settings.register_profile("no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("no-clock")

USERS = dict.fromkeys(("help@desk.test", "sari@desk.test", "budi@desk.test", "guru@mail.test"), PASSWORD)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[DovecotServer]:
    """A private Dovecot for the whole run: give each test a user of its own with `add_user`."""
    reason = why_no_dovecot()
    if reason:
        unavailable(reason)
    with DovecotServer(USERS, tls=True) as server:
        yield server


@pytest.fixture
def pymap_server() -> Iterator[MailHost]:
    """The embedded mail host (pymap and aiosmtpd), new for each test."""
    with MailHost(USERS) as host:
        yield host
