"""How long `mailhelp rules replay` takes over many past reports.

    .venv/bin/python tests/tools/replay_speed.py [--reports 100000] [--jobs 0]

Some thousand mails are taken in by the real intake with the example desk's rules; their rows are then copied, raw bytes
shared, until there are enough. Three sets of rules are tried: the same, other routing, other categories (then every
report is read again along the form, and those with HTML from their raw bytes).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rulekit
from mailhelp.edge.policyfiles import read_files
from mailhelp.edge.rules import load_policy
from mailhelp.edge.store import Store
from mailhelp.home import read_options
from mailhelp.replay import Trial, replay
from rulekit import START, RuleDesk, rule_desk

SEED = 2_000
COPIED = {
    "ledger": ("id", "uid"),
    "ticket": ("number",),
    "decision": ("id", "ticket"),
    "article": ("id", "ticket", "arrival", "decision"),
}
"""The tables that are copied, and their columns that are moved on."""


def multiply(store: Store, times: int) -> None:
    """Copy all reports so many times."""
    step = 1_000_000
    with store.unit():
        columns = {table: [str(row[1]) for row in store.engine.rows(f"PRAGMA table_info({table})")] for table in COPIED}
    for number in range(1, times):
        with store.unit():
            for table, moved in COPIED.items():
                shown = ", ".join(
                    "COALESCE(raw_of, id)"
                    if name == "raw_of"
                    else f"{name} + {number * step}"
                    if name in moved
                    else name
                    for name in columns[table]
                )
                first = 2164242 if table == "ticket" else 0
                source = f"SELECT {shown} FROM {table} WHERE {moved[0]} < {first + step}"
                store.engine.run(f"INSERT INTO {table} ({', '.join(columns[table])}) {source}")


def tried(desk: RuleDesk, rules: Path, jobs: int) -> tuple[float, str]:
    """Seconds, and what came of it."""
    config = desk.config.model_copy(update={"rules_dir": str(rules)})
    policy = load_policy(config, desk.folder)
    trial = Trial(config.database.url, policy, read_files(config), read_options(config, policy.desk))
    began = time.monotonic()
    result = replay(trial, *desk.store.decisions_since(START), jobs)
    seconds = time.monotonic() - began
    told = f"{result.reports:,} reports, {len(result.differences):,} differ, {result.read_again:,} read from raw bytes"
    return seconds, told


def main() -> int:
    """Build the database and try the rules."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reports", type=int, default=100_000)
    options.add_argument("--jobs", type=int, default=0)
    wanted = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="mailhelp-replay-") as folder:
        desk = rule_desk(Path(folder) / "desk")
        desk.take(list(rulekit.mails(SEED)), batch=100)
        multiply(desk.store, -(-wanted.reports // SEED))
        routing, categories = Path(folder) / "routing", Path(folder) / "categories"
        for copy in (routing, categories):
            shutil.copytree(desk.rules, copy)
        (routing / "routing.yaml").write_text(rulekit.OTHER_RULES)
        (categories / "categories.yaml").write_text(rulekit.CATEGORIES.replace("  mutasi:\n", "  pindah:\n"))
        size = Path(desk.store.url.removeprefix("sqlite:///")).stat().st_size / 1e6
        print(f"database {size:,.0f} MB, {wanted.jobs or os.cpu_count()} processes, {os.cpu_count()} cores")
        for what, rules in (
            ("the same rules", desk.rules),
            ("other routing", routing),
            ("other categories", categories),
        ):
            seconds, told = tried(desk, rules, wanted.jobs)
            print(f"{what:18} {seconds:6.1f} s  {told}", flush=True)
        desk.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
