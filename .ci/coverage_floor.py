"""Fail when statement coverage is below the floors: 90 % in all, 98 % in `mail/` and `desk/`."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path

import coverage

FLOORS = {"mailhelp/mail/": 98.0, "mailhelp/desk/": 98.0, "mailhelp/": 90.0}


def main() -> int:
    """Print one line a floor; exit status 1 if any is missed."""
    data = coverage.Coverage()
    data.load()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "coverage.json"
        data.json_report(outfile=str(out))
        files = json.loads(out.read_text(encoding="utf-8"))["files"]
    missed = 0
    text = io.StringIO()
    for prefix, floor in FLOORS.items():
        rows = [row["summary"] for name, row in files.items() if name.startswith(prefix)]
        total = sum(row["num_statements"] for row in rows)
        covered = sum(row["covered_lines"] for row in rows)
        share = 100 * covered / max(1, total)
        missed += share < floor
        text.write(f"{prefix:16} {share:6.2f} % of {total} statements (floor {floor} %)\n")
    sys.stdout.write(text.getvalue())
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
