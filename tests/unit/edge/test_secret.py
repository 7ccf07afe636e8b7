"""Secrets come from a file or the environment, and a missing one is said in words that help."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailhelp.edge.config import MailboxConfig, OAuth
from mailhelp.edge.secret import read_secret, secrets_of
from mailhelp.errors import UserError


@pytest.mark.parametrize("text", ["rahasia", "rahasia\n", "rahasia\r\n", "rahasia\nsecond line\n"])
def test_the_first_line_of_a_file_is_the_secret(tmp_path: Path, text: str) -> None:
    """A line end is not part of it, spaces would be."""
    path = tmp_path / "secret"
    path.write_bytes(text.encode())
    assert read_secret(str(path), "", "[smtp]") == "rahasia"
    path.write_text(" sandi dengan spasi \n")
    assert read_secret(str(path), "", "[smtp]") == " sandi dengan spasi "


def test_the_environment_is_the_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable is used where no file is named."""
    monkeypatch.setenv("DESK_PASSWORD", "rahasia")
    assert read_secret("", "DESK_PASSWORD", "[smtp]") == "rahasia"


@pytest.mark.parametrize(
    ("file", "env", "words"),
    [
        ("", "", "there is no password"),
        ("", "DESK_UNSET", "DESK_UNSET is not set"),
        ("missing", "", "does not exist"),
        ("empty", "", "is empty"),
        ("binary", "", "cannot be read"),
        (".", "", "cannot be read"),
    ],
)
def test_a_missing_secret_is_said_with_place_and_remedy(tmp_path: Path, file: str, env: str, words: str) -> None:
    """The error names the section, what was found, and what to do; never a secret."""
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError) as caught:
        read_secret(str(tmp_path / file) if file else "", env, "[[mailbox]] desk")
    (problem,) = caught.value.problems
    assert words in problem.message
    assert problem.where == "[[mailbox]] desk"
    assert problem.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else_is_told_apart(tmp_path: Path) -> None:
    """Permission is its own mistake."""
    path = tmp_path / "secret"
    path.write_text("rahasia")
    path.chmod(0)
    with pytest.raises(UserError, match="may not be read"):
        read_secret(str(path), "", "[smtp]")


def test_a_changed_secret_is_seen_at_the_next_login(tmp_path: Path) -> None:
    """Nothing is kept: the file is read for each login."""
    path = tmp_path / "secret"
    path.write_text("lama")
    secrets = secrets_of(MailboxConfig(name="desk", host="h", password_file=str(path)), "[[mailbox]] desk")
    assert secrets.password is not None
    assert secrets.password() == "lama"
    path.write_text("baru")
    assert secrets.password() == "baru"
    assert secrets.token is None


def test_oauth_replaces_the_password() -> None:
    """With OAuth2 there is a token and no password, even if one is named."""
    server = MailboxConfig(name="desk", host="h", password_env="X", oauth=OAuth(client_id="c"))
    secrets = secrets_of(server, "[[mailbox]] desk", lambda: "token")
    assert secrets.password is None
    assert secrets.token is not None
    assert secrets.token() == "token"
