"""`check`, `check --probe`, `audit` and `run --once` on the embedded mail host: everything tried, nothing hidden."""

from __future__ import annotations

import re
import smtplib
from pathlib import Path
from typing import Any

import pytest

from clikit import Desk
from mailhelp import doctor
from mailhelp.doctor import Check, _network_remedy, examine
from mailhelp.embedded import MailHost
from servers import PASSWORD

DESK = "help@desk.test"


@pytest.fixture
def hosted(desk: Desk, pymap_server: MailHost) -> Desk:
    """A desk whose two servers are the embedded host."""
    text = desk.config.read_text(encoding="utf-8")
    text = text.replace("bantuan@sekolah.example", DESK).replace('tls = "implicit"', 'tls = "none"')
    text = re.sub(r'host = "imap.*"\nport = 993', f'host = "127.0.0.1"\nport = {pymap_server.imap_port}', text)
    text = re.sub(r'host = "smtp.*"\nport = 465', f'host = "127.0.0.1"\nport = {pymap_server.smtp_port}', text)
    desk.config.write_text(text, encoding="utf-8")
    secret = desk.folder / "secrets" / "mail-password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    return desk


def found(desk: Desk, *words: str) -> dict[str, Any]:
    """The checks by name; of several with one name, the worst."""
    checks = desk("check", *words, "--json").json
    return {one["name"]: one for one in sorted(checks, key=lambda one: one["ok"] is not False, reverse=True)}


def test_all_is_well(hosted: Desk) -> None:
    """Every part is tried and passes; warnings do not fail it."""
    done = hosted("check")
    assert done.status == 0
    assert "All is well." in done.out
    parts = {
        "config.toml",
        "rules",
        "templates",
        "signing keys",
        "database",
        "IMAP utama",
        "IMAP utama folders",
        "SMTP",
    }
    assert {name for name, check in found(hosted).items() if check["ok"]} >= parts - {"rules"}


def test_probe(hosted: Desk) -> None:
    """A mail to the desk's tagged address comes back; taken in later, it opens nothing and is answered by nobody."""
    assert "came back after" in hosted("check", "--probe").out
    assert hosted("run", "--once").status == 0
    assert hosted("tickets", "--json").json == []
    assert hosted("outbox", "--all", "--json").json == []
    assert hosted("audit").status == 0
    assert "came back after" in hosted("check", "--probe").out


def test_probe_of_a_host_without_plus_addresses(hosted: Desk) -> None:
    """A host that refuses tagged addresses is named with the remedy."""
    hosted.edit('detail = "+"', 'detail = "="')
    done = hosted("check", "--probe")
    assert done.status == 1
    assert 'set detail = ""' in done.out


def test_probe_that_never_comes_back(hosted: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail that does not arrive in time is said with the remedy."""
    hosted.edit('\naddress = "help@desk.test"', '\naddress = "sari@desk.test"')
    monkeypatch.setattr(doctor.probe, "__defaults__", (0.1,))
    done = hosted("check", "--probe")
    assert done.status == 1
    assert "did not arrive within" in done.out


def test_audit_names_what_is_missing(hosted: Desk, pymap_server: MailHost) -> None:
    """Mail that nobody has taken in yet is not accounted for; after a run it is."""
    with smtplib.SMTP("127.0.0.1", pymap_server.smtp_port) as door:
        door.login("guru@mail.test", PASSWORD)
        door.sendmail("guru@mail.test", [DESK], b"From: guru@mail.test\r\nMessage-ID: <a@mail.test>\r\n\r\nx\r\n")
    before = hosted("audit", "--json")
    assert (before.status, before.json["ok"], len(before.json["missing"])) == (1, False, 1)
    assert hosted("run", "--once").status == 0
    assert "Everything is accounted for." in hosted("audit").out
    assert len(hosted("tickets", "--json").json) == 1


def test_run_once_without_its_mailbox(hosted: Desk) -> None:
    """A mailbox that refuses the login ends a single round with status 1; the log says why."""
    (hosted.folder / "secrets" / "mail-password").write_text("salah")
    done = hosted("run", "--once")
    assert done.status == 1
    assert "utama could not be read" in done.err


@pytest.mark.parametrize(
    ("old", "new", "name", "detail"),
    [
        ('agent_proof = "token"', 'agent_proof = "token+dmarc"', "agents' proof", "held until that agent"),
        ("authserv_ids = []", 'authserv_ids = ["mx.desk.test"]', "agents' proof", "signed reply address alone"),
        ('detail = "+"', 'detail = ""', "reply addresses", "Message-IDs only"),
    ],
)
def test_warnings(hosted: Desk, old: str, new: str, name: str, detail: str) -> None:
    """What works, but should be known, is a warning."""
    hosted.edit(old, new)
    check = found(hosted)[name]
    assert check["ok"] is None
    assert detail in check["detail"]


def test_open_secrets_are_a_warning(hosted: Desk) -> None:
    """A password that others may read is named with the command that mends it."""
    (hosted.folder / "secrets" / "mail-password").chmod(0o644)
    assert "chmod 600" in found(hosted)["secrets"]["remedy"]


def test_doubtful_rules_are_a_warning(hosted: Desk) -> None:
    """What is allowed in the rules and probably not meant is said, and does not fail the check."""
    team = hosted.folder / "rules" / "team.yaml"
    team.write_text(team.read_text().replace("agents: [budi, tono]", "agents: [budi]").replace(", tono]", "]"))
    rules = [one for one in examine(hosted.config) if one.name == "rules"]
    remedy = "Mend it in rules/team.yaml, or leave it if it is meant."
    assert Check("rules", None, 'agent "tono" works no queue.', remedy) in rules


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("[Errno -2] Name or service not known", "check spelling and DNS"),
        ("[Errno 111] Connection refused", "check host and port"),
        ("CERTIFICATE_VERIFY_FAILED", "ca_file"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "starttls"),
        ("SMTP STARTTLS extension not supported by server.", "implicit"),
        ("timed out", "firewall"),
        ("Timed out connecting", "firewall"),
        ("Malformed SMTP response line: * OK", "no SMTP server"),
        ("535 5.7.8 no (login)", "user and the password"),
        ("something else", "host, port and tls"),
    ],
)
def test_remedies(text: str, remedy: str) -> None:
    """The words of an error lead to the sentence that helps."""
    assert remedy in _network_remedy(text)


def test_config_that_cannot_be_read(tmp_path: Path) -> None:
    """Without a configuration nothing else is tried."""
    [check] = examine(tmp_path / "none.toml")
    assert (check.name, check.ok) == ("config.toml", False)
