"""The worst times that texts made to be slow take: 480 KB of each, read the way mails are read.

The tests count the work of short ones (`tests/work.py`); how long it takes is measured here.

    python tests/bench/hostile_bench.py
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import hostile
from mailhelp.desk.patterns import MAX_SEARCHED, BadPatternError, compile_pattern
from mailhelp.edge.log import mask
from mailhelp.mail.forward import find
from mailhelp.mail.html import clean, to_lines
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.quote import split

ANSWER = "Sudah saya coba, masih gagal.\n\nTerima kasih,\nSari"
WORST_OF = 2


def seconds(work: Callable[[], object]) -> float:
    """CPU time, the better of two runs."""
    best = float("inf")
    for _ in range(WORST_OF):
        before = time.process_time()
        work()
        best = min(best, time.process_time() - before)
    return best


def readers() -> Iterator[tuple[str, Mapping[str, str], Callable[[str], object]]]:
    """What reads hostile texts, with the texts that hit it hardest."""
    from formkit import CATEGORIES, FORM
    from mailhelp.desk.form import read_form

    for subject in ("Fw: x", "x", None):
        yield f"forward, subject {subject!r}", hostile.FORWARDS, partial(find, html="", subject=subject)
    yield "quotation", hostile.QUOTES, lambda text: split(text, "", MARKERS)
    yield "quotation below an answer", hostile.QUOTES, lambda text: split(f"{ANSWER}\n\n{text}", "", MARKERS)
    yield "HTML to text", hostile.HTML, lambda html: to_lines(html, quotes=True)
    yield "HTML made harmless", hostile.HTML, clean
    yield "form", hostile.FORMS, lambda text: read_form(text, text[:-1], FORM, CATEGORIES)
    yield "log line (10 KB, the longest)", hostile.LOGS, lambda text: mask(text[:10_000])


def patterns() -> Iterator[tuple[float, str]]:
    """How long each evil pattern takes for the longest text that patterns are searched in."""
    for pattern in hostile.PATTERNS:
        try:
            made = compile_pattern(pattern)
        except BadPatternError:
            continue
        yield seconds(partial(made.search, b"a" * MAX_SEARCHED + b"!")), pattern


def main() -> None:
    """One line for each reader: its worst text."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--kilobytes", type=int, default=480)
    size = arguments.parse_args().kilobytes * 1_000
    for what, pieces, work in readers():
        texts = {name: piece * (size // len(piece)) for name, piece in pieces.items()}
        worst, name = max((seconds(partial(work, text)), name) for name, text in texts.items())
        print(f"{what:32} {worst:7.3f} s   {name}", flush=True)
    worst, name = max(patterns())
    print(f"{'pattern of an admin (100 KB)':32} {worst:7.3f} s   {name}")


if __name__ == "__main__":
    main()
