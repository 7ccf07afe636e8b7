"""Passwords and tokens: read from a file or the environment, at the moment they are needed, and never from config.toml.

A secret is read anew for each login, so that a changed password works without a restart.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mailhelp.edge.config import Server
from mailhelp.errors import Problem, UserError


def read_secret(file: str, env: str, where: str) -> str:
    """The secret in the first line of `file`, or in the environment variable `env`.

    `where` names the section of config.toml for the error. Raises UserError when neither is there or it is empty.
    """
    if file:
        return _from_file(file, where)
    if env:
        secret = os.environ.get(env, "")
        if secret:
            return secret
        raise _missing(where, f"the environment variable {env} is not set or empty", f"Set {env} for this process.")
    raise _missing(where, "there is no password", "Name a file with password_file, or a variable with password_env.")


def _from_file(file: str, where: str) -> str:
    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise _missing(where, f"the file {file} does not exist", f"Write the secret into {file} (mode 0600).") from None
    except PermissionError:
        raise _missing(where, f"the file {file} may not be read by this user", f"Run: chown $(whoami) {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise _missing(where, f"the file {file} cannot be read: {error}", "It must hold one line of UTF-8.") from error
    secret = text.split("\n", 1)[0].rstrip("\r")
    if not secret:
        raise _missing(where, f"the file {file} is empty", f"Write the secret into its first line: {file}")
    return secret


def _missing(where: str, message: str, remedy: str) -> UserError:
    return UserError("A secret is missing.", (Problem("config.toml", message, where=where, remedy=remedy),))


@dataclass(frozen=True, slots=True)
class Secrets:
    """How one account proves who it is: by `password()` or by `token()` (XOAUTH2); both may raise UserError.

    `refused()` is told when a server did not take the token, whatever its date said.
    """

    password: Callable[[], str] | None = None
    token: Callable[[], str] | None = None
    refused: Callable[[], None] | None = None


def secrets_of(server: Server, where: str, token: Callable[[], str] | None = None) -> Secrets:
    """The secrets of a server section; `token` is the token source where the section has OAuth2."""
    if server.oauth:
        return Secrets(token=token)
    return Secrets(password=lambda: read_secret(server.password_file, server.password_env, where))
