"""Roundcube, webmail in PHP, as Debian packs it: its own pages in a real browser, plain text as when new."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from contextlib import closing
from functools import cached_property
from pathlib import Path

from clients.browser import CTRL, HOME, NONE, Browser
from clients.person import Person
from servers import LOOPBACK, free_port, listens, wait_until

PAGES, DEFAULTS = Path("/var/lib/roundcube"), Path("/etc/roundcube")
_SETTINGS = """<?php
$config = [];
$config['db_dsnw'] = 'sqlite:///{home}/rc.db?mode=0600';
$config['imap_host'] = '{host}:{imap}';
$config['smtp_host'] = '{host}:{smtp}';
$config['smtp_user'] = '';
$config['smtp_pass'] = '';
$config['des_key'] = 'abcdefghijklmnopqrstuvwx';
$config['log_dir'] = '{home}/logs/';
$config['temp_dir'] = '{home}/temp/';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['enable_spellcheck'] = false;
$config['language'] = 'id_ID';
$config['timezone'] = 'Asia/Jakarta';
$config['reply_mode'] = 1;
$config['draft_autosave'] = 0;
"""
_IDLE = "return window.rcmail && !rcmail.busy && document.readyState == 'complete'"
_LATEST = """return [...document.querySelectorAll('#messagelist td.subject a')]
    .filter(one => one.textContent.includes(arguments[0])).map(one => one.href)[0]"""


class Roundcube:
    """A server and a browser of one's own, started when they are first needed."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self._server: subprocess.Popen[bytes] | None = None
        self._url = ""

    def send(self, to: str, subject: str, text: str, attach: Path | None = None) -> None:
        """Write a new mail."""
        self._page.go(f"{self._url}?_task=mail&_action=compose")
        self._compose(text, to, subject, attach)

    def reply(self, find: str, text: str, attach: Path | None = None) -> None:
        """Open the latest mail whose subject has `find` and reply above the quote."""
        self._open(find, "reply")
        self._compose(text, attach=attach)

    def forward(self, find: str, to: str, text: str, *, whole: bool = False) -> None:
        """Pass on the latest mail whose subject has `find`: in the text, or `whole` as an attachment."""
        self._open(find, "forward-attachment" if whole else "forward-inline")
        self._compose(text, to)

    def close(self) -> None:
        """End the browser and the server."""
        if self._server is not None:
            self._page.close()
            os.killpg(self._server.pid, signal.SIGTERM)
            self._server.wait(20)

    @cached_property
    def _page(self) -> Browser:
        """A browser that is logged in."""
        home, port = self._settings(), free_port()
        environment = self._person.environment(ROUNDCUBE_CONFIG_DIR=str(home / "config"), PHP_CLI_SERVER_WORKERS="3")
        log = (home / "php.log").open("ab")
        command = ["php", "-d", "error_reporting=0", "-S", f"{LOOPBACK}:{port}", "-t", str(PAGES)]
        self._server = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(lambda: listens(port))
        self._url = f"http://{LOOPBACK}:{port}/"
        page = Browser(home, environment)
        page.go(self._url)
        page.type("input[name=_user]", self._person.address)
        page.type("input[name=_pass]", f"{self._person.password}\n")
        page.until("return document.URL.includes('_task=mail')")
        # A fresh Roundcube knows the address alone; the name is what a person enters under Settings.
        with closing(sqlite3.connect(home / "rc.db")) as database, database:
            database.execute("UPDATE identities SET name = ?", (self._person.name,))
        return page

    def _settings(self) -> Path:
        person, home = self._person, self._person.home
        for name in ("config", "logs", "temp"):
            (home / name).mkdir(parents=True, exist_ok=True)
        for name in ("defaults.inc.php", "mimetypes.php"):
            shutil.copy(DEFAULTS / name, home / "config" / name)
        place = {"home": home, "host": person.host, "imap": person.imap_port, "smtp": person.smtp_port}
        person.file("config/config.inc.php", _SETTINGS.format(**place))
        return home

    def _open(self, find: str, command: str) -> None:
        """Open the mail, the newest on top as the list has them, and choose what to do with it."""
        self._page.go(f"{self._url}?_task=mail&_mbox=INBOX&_refresh=1")
        self._page.go(self._page.until(_LATEST, find))
        self._page.until(_IDLE)
        self._page.script("setTimeout(name => rcmail.command(name), 0, arguments[0])", command)
        self._page.until("return document.URL.includes('_action=compose')")

    def _compose(self, text: str, to: str = "", subject: str = "", attach: Path | None = None) -> None:
        page = self._page
        page.until(_IDLE)
        if to:
            page.type("#compose_to ul.recipient-input input, #_to ~ ul.recipient-input input", f"{to}\n")
        if subject:
            page.type("input[name=_subject]", subject)
        page.script("document.getElementById('composebody').focus()")
        page.type("#composebody", f"{CTRL}{HOME}{NONE}{text}\n\n")
        if attach:
            page.type("input[type=file][name^=_attachments]", str(attach))
            page.until("return document.querySelector('#attachment-list li:not(.uploading) a.delete')")
        page.until(_IDLE)
        page.click("button.send")
        page.until("return !document.URL.includes('_action=compose')")
