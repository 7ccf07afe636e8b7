"""Live through many invented histories: `python tests/tools/simulate.py --count 100000 --seed 1 --jobs 2`.

Prints the count, the seed, and each unfair history with its own seed; exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

if __name__ == "__main__":  # run from a checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from mailhelp.simulate import Outcome, simulate

SHARE = 1000


def _part(arguments: tuple[int, int]) -> Outcome:
    return simulate(*arguments)


def main() -> int:
    """Run them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    begun = time.perf_counter()
    whole = Outcome(arguments.seed)
    starts = range(0, arguments.count, SHARE)
    parts = [(min(SHARE, arguments.count - start), arguments.seed * 1000 + start // SHARE) for start in starts]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for part in pool.map(_part, parts):
            whole.count += part.count
            whole.what += part.what
            whole.unfair += part.unfair
            if part.unfair:
                print(*part.lines(), sep="\n", flush=True)
    print(*whole.lines(), f"{time.perf_counter() - begun:.0f} s", sep="\n")
    return 1 if whole.unfair else 0


if __name__ == "__main__":
    sys.exit(main())
