"""What a command needs of one desk, opened from its config.toml: configuration, policy, store, keys, templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from mailhelp.desk.policy import Desk, Policy
from mailhelp.edge.bundle import Bundle, Writer
from mailhelp.edge.config import Config, Server, load, to_desk
from mailhelp.edge.keys import load_keys
from mailhelp.edge.oauth import TokenSource
from mailhelp.edge.policyfiles import read_files
from mailhelp.edge.secret import Secrets, secrets_of
from mailhelp.edge.store import Store
from mailhelp.edge.store.database import sqlite_path
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.message import ReadOptions
from mailhelp.mail.token import Keyring
from mailhelp.policy_load import load_bundle


def now_utc() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Home:
    """One desk with everything that is read from its folder."""

    path: Path
    config: Config
    desk: Desk
    policy: Policy
    keyring: Keyring
    letters: Writer
    options: ReadOptions
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def bundle(self) -> Bundle:
        """The policy and its letters as they were read."""
        return Bundle(self.policy, self.letters, self.files or read_files(self.config))

    def load_bundle(self) -> Bundle:
        """The files as they are now, checked and tested. UserError, and Unsettled while somebody writes them."""
        return load_bundle(self.config, self.path.parent, self.keyring, tested=True)


def open_home(path: Path) -> Home:
    """Read and check everything in the folder of `path`. UserError names every problem of the first part that fails."""
    config = load(path)
    desk = to_desk(config)
    keyring = load_keys(Path(config.security.key_file))
    bundle = load_bundle(config, path.absolute().parent, keyring, tested=False)
    return Home(
        path=path.absolute(),
        config=config,
        desk=desk,
        policy=bundle.policy,
        keyring=keyring,
        letters=bundle.letters,
        options=read_options(config, desk),
        files=bundle.files,
    )


def read_options(config: Config, desk: Desk) -> ReadOptions:
    """What reading a mail needs to know of the desk."""
    return ReadOptions(
        own_addresses=desk.addresses,
        own_id=desk.id,
        authserv_ids=config.security.authserv_ids,
        own_relays=frozenset(config.security.own_relays),
        marker_lines=MARKERS,
    )


@contextmanager
def open_store(config: Config) -> Iterator[Store]:
    """The desk's store, open inside the `with` block."""
    store = Store(config.database.url)
    store.open(first_number=config.desk.first_number)
    try:
        yield store
    finally:
        store.close()


def is_alone(config: Config) -> bool:
    """Whether only one daemon can work on this database: so with SQLite, not with PostgreSQL."""
    return sqlite_path(config.database.url) is not None


def account_secrets(server: Server, where: str, clock: Callable[[], datetime] = now_utc) -> Secrets:
    """How to log in at a server; one source of tokens for each account."""
    if server.oauth:
        source = TokenSource(server.oauth, where, clock)
        return Secrets(token=source.token, refused=source.forget)
    return secrets_of(server, where)
