"""The key file: made once, private, never written over, and refused in plain words when it is not right."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailhelp.edge.keys import load_keys, make_keys, rotate_keys
from mailhelp.errors import UserError
from mailhelp.mail.token import Claim, Purpose, verify

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def test_made_keys_are_read_back(tmp_path: Path) -> None:
    """What `init` makes is what the daemon reads, and only its owner may read the file."""
    path = tmp_path / "keys.json"
    made = make_keys(path, NOW)
    assert load_keys(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made.keys[0].secret) == 32


def test_keys_differ(tmp_path: Path) -> None:
    """Two installations never share a secret."""
    one, two = (make_keys(tmp_path / name) for name in ("a", "b"))
    assert one.keys[0].secret != two.keys[0].secret


def test_never_written_over(tmp_path: Path) -> None:
    """A second `init` leaves the keys alone: without them every token in mails already sent would be worthless."""
    path = tmp_path / "keys.json"
    make_keys(path, NOW)
    before = path.read_bytes()
    with pytest.raises(UserError, match="already"):
        make_keys(path, NOW)
    assert path.read_bytes() == before


def test_rotation(tmp_path: Path) -> None:
    """After a rotation new mails are signed with the new key, and tokens of the old one count for the grace."""
    path = tmp_path / "keys.json"
    token = make_keys(path, NOW).sign(2164242, 1, Purpose.REPLY)
    ring = rotate_keys(path, NOW + timedelta(days=1))
    again = rotate_keys(path, NOW + timedelta(days=9))
    assert [ring.current, again.current] == ["2", "3"]
    assert load_keys(path) == again
    assert again.keys[0].retired_at == NOW + timedelta(days=1)
    assert isinstance(verify(again, token, NOW + timedelta(days=180)), Claim)
    assert not isinstance(verify(again, token, NOW + timedelta(days=182)), Claim)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_readable_by_others(tmp_path: Path, mode: int) -> None:
    """A key file that others can open is refused, with the command that mends it."""
    path = tmp_path / "keys.json"
    make_keys(path, NOW)
    path.chmod(mode)
    with pytest.raises(UserError, match="chmod 600"):
        load_keys(path)


def _entry(**changes: object) -> dict[str, object]:
    return {"id": "1", "secret": "a2tra2tra2tra2tra2tra2tr", "created_at": "2026-11-24T03:00:00Z", **changes}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "broken"),
        ("[]", "broken"),
        ('{"current": "1"}', "keys"),
        (json.dumps({"current": "1", "keys": []}), "keys"),
        (json.dumps({"current": "2", "keys": [_entry()]}), "not in the ring"),
        (json.dumps({"current": "1", "keys": [_entry(), _entry()]}), "same id"),
        (json.dumps({"current": "1", "keys": [_entry(id="X")]}), "keys → 0 → id"),
        (json.dumps({"current": "1", "keys": [_entry(secret="!" * 24)]}), "broken"),
        (json.dumps({"current": "1", "keys": [_entry(secret="a2tr")]}), "secret"),
        (json.dumps({"current": "1", "keys": [_entry(created_at="2026-11-24T03:00:00")]}), "created_at"),
        (json.dumps({"current": "1", "keys": [_entry(extra=1)]}), "extra"),
    ],
)
def test_broken_files(tmp_path: Path, content: str, words: str) -> None:
    """Each way in which the file can be wrong is told with its place, and never shows a secret."""
    path = tmp_path / "keys.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(UserError) as caught:
        load_keys(path)
    assert words in str(caught.value)
    assert "a2tra2tr" not in str(caught.value)
    assert "!!!!" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    """A missing file or folder is told with a remedy."""
    with pytest.raises(UserError, match="mailhelp init"):
        load_keys(tmp_path / "keys.json")
    with pytest.raises(UserError, match="cannot be written"):
        make_keys(tmp_path / "no" / "keys.json", NOW)


def test_failed_rotation_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses, the old keys stand unchanged and no half-written file remains."""
    path = tmp_path / "keys.json"
    made = make_keys(path, NOW)

    def refuse(_self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UserError, match="No space left"):
        rotate_keys(path, NOW)
    assert load_keys(path) == made
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]
