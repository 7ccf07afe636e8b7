"""The command line as a whole: errors are sentences, `--debug` shows the traceback, slips are corrected."""

from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import click
import pytest

from clikit import Desk
from mailhelp.cli import main
from mailhelp.cli.main import COMMANDS

LOOKING = (
    "tickets",
    "outbox",
    "quarantine",
    "status",
    "audit",
    "run",
    "explain 2164242",
    "show 2164242",
    "rules check",
)


@pytest.mark.parametrize("command", LOOKING)
def test_a_missing_config_is_a_sentence(desk: Desk, tmp_path: Path, command: str) -> None:
    """Without config.toml each command says so and how to make one."""
    done = desk.run("--config", str(tmp_path / "none.toml"), *command.split())
    assert done.status == (1 if command == "rules check" else 2)
    assert "none.toml" in done.err
    assert "mailhelp init" in done.err


@pytest.mark.parametrize("command", LOOKING)
def test_a_broken_config_is_a_sentence(desk: Desk, command: str) -> None:
    """A mistake in config.toml is named with its line, the same for each command."""
    desk.edit("port = 993", 'port = "993x"')
    done = desk(*command.split())
    assert done.status == (1 if command == "rules check" else 2)
    assert "config.toml:" in done.err
    assert "port" in done.err


def test_debug_shows_the_traceback(desk: Desk, tmp_path: Path) -> None:
    """With --debug the sentence comes with the traceback."""
    done = desk.run("--debug", "--config", str(tmp_path / "none.toml"), "tickets")
    assert "Traceback" in done.err
    assert done.status == 2


def test_what_nobody_foresaw_is_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bug ends with status 70 and a sentence that says how to report it."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("salah")

    monkeypatch.setattr(main.cli, "main", broken)
    done = desk("tickets")
    assert done.status == 70
    assert "RuntimeError: salah" in done.err
    assert "--debug" in done.err


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (click.exceptions.Abort(), 130, "Stopped."),
        (KeyboardInterrupt(), 130, "Stopped."),
        (click.ClickException("tidak"), 1, "tidak"),
    ],
)
def test_ends_of_other_sorts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, words: str
) -> None:
    """Ctrl-C and click's own errors end with the usual statuses."""

    def ends(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(main.cli, "main", ends)
    done = desk("tickets")
    assert done.status == status
    assert words in done.err


def test_a_slip_is_corrected(desk: Desk) -> None:
    """A command with a typing error names the right one; an unknown one is refused."""
    assert "Did you mean 'tickets'?" in desk("ticket").err
    assert desk("xyzzy").status == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(desk: Desk, command: str) -> None:
    """Each command of the list exists and explains itself."""
    done = desk.run(command, "--help")
    assert done.status == 0
    assert "Usage:" in done.out


def test_the_list_of_commands(desk: Desk) -> None:
    """`--help` names every command; `--version` the version."""
    listed = desk.run("--help").out
    assert [command for command in COMMANDS if command not in listed] == []
    assert "mailhelp" in desk.run("--version").out


def test_init_writes_a_working_set(desk: Desk) -> None:
    """Configuration, rules, templates, keys and a unit; secrets and keys for their owner's eyes only."""
    assert (desk.folder / "mailhelp.service").read_text().count(str(desk.folder)) == 3
    assert stat.S_IMODE((desk.folder / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((desk.folder / "secrets").stat().st_mode) == 0o700
    assert desk("rules", "check").status == 0


def test_init_keeps_what_is_there(desk: Desk) -> None:
    """A second init changes nothing: neither edited files nor keys."""
    keys = (desk.folder / "keys.json").read_bytes()
    desk.edit("Bantuan Akun Sekolah", "Meja Bantuan")
    done = desk.run("init", str(desk.folder))
    assert "wrote" not in done.out
    assert (desk.folder / "keys.json").read_bytes() == keys
    assert "Meja Bantuan" in desk.config.read_text()


def test_keys_are_rotated(desk: Desk) -> None:
    """A new key signs, the old one is retired and believed for a while; no secret is ever shown."""
    [first] = desk("keys", "--json").json
    assert first["signs"] is True
    done = desk("keys", "--rotate")
    assert "Restart mailhelp to sign with key 2" in done.out
    old, new = desk("keys", "--json").json
    assert (old["id"], old["signs"], new["id"], new["signs"]) == ("1", False, "2", True)
    assert old["retired_at"] < old["valid_until"]
    secrets = [key["secret"] for key in json.loads((desk.folder / "keys.json").read_text())["keys"]]
    assert [one for one in secrets if one in done.out + desk("keys").out] == []


def test_rules_check(desk: Desk) -> None:
    """A mistake in the rules is named with file and line and ends with a failure, in text and in JSON."""
    assert desk("rules", "check", "--json").json["ok"] is True
    rules = desk.folder / "rules" / "routing.yaml"
    rules.write_text(rules.read_text().replace("priority: high", "priority: hihg", 1))
    done = desk("rules", "check")
    assert done.status != 0
    assert "routing.yaml:" in done.err
    broken = desk("rules", "check", "--json")
    assert broken.status == 1
    assert broken.json["ok"] is False


def test_audit_without_a_server(desk: Desk) -> None:
    """A mailbox that cannot be reached is a sentence with a status of its own."""
    (desk.folder / "secrets" / "mail-password").write_text("x")
    desk.edit('host = "imap.sekolah.example"', 'host = "127.0.0.1"')
    desk.edit("port = 993", "port = 1")
    done = desk("audit")
    assert done.status == 3
    assert "The mailbox utama cannot be read" in done.err


def test_a_reader_that_goes_away_is_no_error(desk: Desk) -> None:
    """`mailhelp show ... | head` ends quietly."""
    done = subprocess.run(
        f"python -m mailhelp -c {desk.config} rules check | true",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
