"""The measuring scripts that docs name run from a checkout by themselves, where nothing lies beside it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from servers import unavailable, why_no_dovecot

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("script", "options", "told"),
    [
        ("bench.py", ("--own", "--mails", "3", "--rounds", "1"), ("bare minimum", "mailhelp", "peak memory")),
        ("memory_bench.py", ("--mb", "1"), ("a small mail", "max_message_mb = 2 ", "[('article', 0), ('article', 0)]")),
    ],
)
def test_a_measurement_runs(script: str, options: tuple[str, ...], told: tuple[str, ...]) -> None:
    """It ends well, and prints its lines; what they say is nobody's promise."""
    if reason := why_no_dovecot():
        unavailable(reason)
    command = [sys.executable, str(ROOT / "tests" / "bench" / script), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for words in told:
        assert words in done.stdout
