"""The admin's files as one piece: what a policy is made of, read at once, kept, compared and written back.

A file is known by its path as `rules/routing.yaml` or `templates/id/alarm.md`, wherever the two folders really stand.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mailhelp.edge.config import Config

Files = Mapping[str, bytes]
Stamp = Mapping[str, tuple[int, int, int, int]]

KINDS = {"rules": (".yaml",), "templates": (".md", ".html")}
"""Which files of each folder a policy is made of; what else lies there (mails for tests, notes) is left alone."""


def folders(config: Config) -> dict[str, Path]:
    """Where the two folders stand."""
    return {"rules": Path(config.rules_dir), "templates": Path(config.templates_dir)}


def _paths(config: Config) -> Iterable[tuple[str, Path]]:
    for part, folder in folders(config).items():
        for path in sorted(folder.rglob("*")):
            if path.suffix in KINDS[part] and path.is_file():
                yield f"{part}/{path.relative_to(folder).as_posix()}", path


def read_files(config: Config) -> dict[str, bytes]:
    """The bytes of all files. One that vanishes while they are read is left out."""
    files = {}
    for name, path in _paths(config):
        try:
            files[name] = path.read_bytes()
        except FileNotFoundError:
            continue
    return files


def stamp(config: Config) -> dict[str, tuple[int, int, int, int]]:
    """What the file system says of the files; it differs when one was written, replaced, added or taken away."""
    seen = {}
    for name, path in _paths(config):
        if (marks := stamp_of(path)) is not None:
            seen[name] = marks
    return seen


def stamp_of(path: Path) -> tuple[int, int, int, int] | None:
    """Times of change (ns), size and inode of one file; None when it is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def digest(files: Files) -> str:
    """A hash of names and bytes, for files that make no policy and so have no version."""
    made = hashlib.sha256()
    for name, content in sorted(files.items()):
        made.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return made.hexdigest()[:16]


def to_data(files: Files) -> dict[str, Any]:
    """The files for the store: texts as texts, what is none as base64."""
    return {"files": {name: _told(content) for name, content in sorted(files.items())}}


def _told(content: bytes) -> str | dict[str, str]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\0"
    return {"base64": base64.b64encode(content).decode()} if "\0" in text else text


def from_data(data: Mapping[str, Any]) -> dict[str, bytes]:
    """The inverse of `to_data`."""
    return {
        name: base64.b64decode(one["base64"]) if isinstance(one, Mapping) else str(one).encode()
        for name, one in data["files"].items()
    }


def write_files(config: Config, files: Files) -> list[str]:
    """Make the folders hold exactly these files, each replaced in one step; return what was written or removed.

    OSError when a file cannot be written; those before it are written then.
    """
    places, changed = folders(config), []
    for name, content in sorted(files.items()):
        part, _, below = name.partition("/")
        path = _inside(places[part], below)
        if not path.is_file() or path.read_bytes() != content:
            _replace(path, content)
            changed.append(name)
    for name, path in list(_paths(config)):
        if name not in files:
            path.unlink()
            changed.append(f"{name} (removed)")
    return changed


def _inside(folder: Path, below: str) -> Path:
    path = folder / below
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{below} does not stand in {folder}")
    return path


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads the file sees the old one or the new one, also after a power cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
