"""Fixtures that several test folders share. Servers are started once per run and only where a test asks for them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from mailhelp.embedded import MailHost
from servers import PASSWORD, DovecotServer, why_no_dovecot

USERS = dict.fromkeys(("help@desk.test", "sari@desk.test", "budi@desk.test", "guru@mail.test"), PASSWORD)


def unavailable(reason: str) -> None:
    """Skip with the reason; fail instead where MAILHELP_REQUIRE_SERVERS=1 says that all servers must be there."""
    if os.environ.get("MAILHELP_REQUIRE_SERVERS") == "1":
        pytest.fail(f"MAILHELP_REQUIRE_SERVERS is set, but {reason}")
    pytest.skip(reason)


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
