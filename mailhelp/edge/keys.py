"""The file with the signing keys: JSON, readable by its owner only, made at `mailhelp init`."""

from __future__ import annotations

import base64
import json
import os
import secrets
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from mailhelp.errors import Problem, UserError
from mailhelp.mail.token import Key, Keyring

_SECRET_BYTES = 32
_MAKE = "Make one with `mailhelp init`, or put the right path under [security] key_file."
_RESTORE = "Restore it from a backup: with a new file, addresses in mails already sent no longer count as proof."


class _KeyEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=r"^[a-z0-9]{1,8}$")]
    secret: Annotated[str, Field(min_length=22)]
    created_at: AwareDatetime
    retired_at: AwareDatetime | None = None


class _KeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    current: str
    keys: Annotated[tuple[_KeyEntry, ...], Field(min_length=1)]


def load_keys(path: Path) -> Keyring:
    """Read the key file. UserError where it is missing, broken, or readable by others; secrets are never shown."""
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except OSError as error:
        raise _refuse(path, f"the key file cannot be read: {error.strerror}", _MAKE) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _refuse(path, f"others may read the key file (mode {stat.S_IMODE(mode):04o})", f"Run: chmod 600 {path}")
    try:
        return _ring(_KeyFile.model_validate_json(data))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = " → ".join(str(step) for step in first["loc"])
        raise _refuse(path, f"the key file is broken: {first['msg']}", _RESTORE, place) from None
    except ValueError as error:
        raise _refuse(path, f"the key file is broken: {error}", _RESTORE) from None


def make_keys(path: Path, now: datetime | None = None) -> Keyring:
    """Make a key file with one new key, mode 0600. UserError if there is a file already: it is never written over."""
    entry = _new_key("1", now or datetime.now(UTC))
    content = _KeyFile(current="1", keys=(entry,))
    try:
        _write(path, content)
    except FileExistsError:
        raise _refuse(path, "there is a key file already", "Use it, or move it away first.") from None
    except OSError as error:
        raise _refuse(path, f"the key file cannot be written: {error.strerror}", "") from None
    return _ring(content)


def rotate_keys(path: Path, now: datetime) -> Keyring:
    """Add a new key and make it current; the others are retired from `now` and count for the span `verify` is given."""
    ring = load_keys(path)
    number = 1 + max((int(key.id) for key in ring.keys if key.id.isdecimal()), default=0)
    retired = [_entry(key.id, key.secret, key.created_at, key.retired_at or now) for key in ring.keys]
    content = _KeyFile(current=str(number), keys=(*retired, _new_key(str(number), now)))
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        _write(fresh, content)
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise _refuse(path, f"the key file cannot be written: {error.strerror}", "") from None
    return _ring(content)


def _write(path: Path, content: _KeyFile) -> None:
    data = json.dumps(content.model_dump(mode="json", exclude_none=True), indent=2) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _ring(content: _KeyFile) -> Keyring:
    keys = (
        Key(entry.id, base64.b64decode(entry.secret, validate=True), entry.created_at, entry.retired_at)
        for entry in content.keys
    )
    return Keyring(tuple(keys), content.current)


def _new_key(key_id: str, now: datetime) -> _KeyEntry:
    return _entry(key_id, secrets.token_bytes(_SECRET_BYTES), now, None)


def _entry(key_id: str, secret: bytes, created_at: datetime, retired_at: datetime | None) -> _KeyEntry:
    text = base64.b64encode(secret).decode("ascii")
    return _KeyEntry(id=key_id, secret=text, created_at=created_at, retired_at=retired_at)


def _refuse(path: Path, message: str, remedy: str, where: str = "") -> UserError:
    return UserError("The signing keys cannot be used.", (Problem(str(path), message, where=where, remedy=remedy),))
