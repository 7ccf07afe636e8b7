"""Decide mails while rules and templates change under way, some of them broken; print what came of it.

    .venv/bin/python tests/tools/reload_under_load.py [--mails 10000] [--changes 100]

Exit status 1 when a decision names a version that was not valid, or does not fit the one it names.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rulekit import reload_under_load


def main() -> int:
    """Run it once."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--mails", type=int, default=10_000)
    options.add_argument("--changes", type=int, default=100)
    wanted = options.parse_args()
    logging.disable(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="mailhelp-reload-") as folder:
        told = reload_under_load(Path(folder) / "desk", wanted.mails, wanted.changes)
    print(f"decisions                   {told.decisions:,} in {told.seconds:.1f} s")
    print(f"changes of the files        {wanted.changes}")
    print(f"  refused (broken)          {told.refused}, mails to the admin {told.alarms}")
    print(f"  versions decided with     {told.versions}")
    print(f"decisions of no valid version  {len(told.unknown_versions)}")
    print(f"decisions of mixed versions    {len(told.mixed)}")
    for line in told.mixed[:10]:
        print(f"  {line}")
    return 1 if told.unknown_versions or told.mixed or told.decisions != wanted.mails else 0


if __name__ == "__main__":
    sys.exit(main())
