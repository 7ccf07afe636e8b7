"""Which time zone data this machine uses, for the calendar's version: rules change several times a year."""

from __future__ import annotations

import hashlib
import zoneinfo
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def fingerprint(zone: str) -> str:
    """The release of the tz database and a hash of the zone's own data, as `zoneinfo` finds them."""
    raw, release = _found(zone)
    return f"{release}:{hashlib.sha256(raw).hexdigest()[:12]}"


def _found(zone: str) -> tuple[bytes, str]:
    """The zone's data and the name of its release: from the system's files, else from the package tzdata."""
    for folder in map(Path, zoneinfo.TZPATH):
        file = folder / zone
        if file.is_file():
            return file.read_bytes(), _release(folder)
    part = resources.files("tzdata.zoneinfo").joinpath(*zone.split("/"))
    return part.read_bytes(), _package()


def _release(folder: Path) -> str:
    """`2026a`, from the first line of the database's own text where the system has it."""
    try:
        with (folder / "tzdata.zi").open(encoding="ascii") as file:
            return file.readline().removeprefix("# version").strip() or "system"
    except (OSError, UnicodeDecodeError):
        return "system"


def _package() -> str:
    try:
        return f"tzdata-{version('tzdata')}"
    except PackageNotFoundError:
        return "package"
