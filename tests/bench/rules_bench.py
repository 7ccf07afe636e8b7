"""How long rules take on one mail: `python tests/bench/rules_bench.py [--json]`.

1,000 rules of the kinds that desks have (a fifth each: category, phrases, form fields, sender's domain and tag,
patterns), over 200 different mails of about 4 KB, each new to the rules: its texts are folded and searched inside the
measured time. Beside it 250 to 4,000 rules, which shows whether the time is linear, and patterns only. CPU
time, because other work on the machine is not the rules'.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from mailhelp.desk.condition import All, Condition, FieldIs, Has, Is, Matches, SenderDomain, Tagged
from mailhelp.desk.facts import Facts
from mailhelp.desk.patterns import Patterns, compile_pattern
from mailhelp.desk.rule import Actions, Rule, run

TEXT = """halo saya lupa kata sandi akun belajar mohon bantuan operator sekolah dapodik nama nik siswa guru kepala data
tidak bisa masuk sejak kemarin sudah dicoba berkali kali tetapi selalu gagal terima kasih atas perhatian bapak ibu"""
WORDS = TEXT.split()
MAILS = 200


def rules(count: int, *, patterns_only: bool = False) -> tuple[Rule, ...]:
    """Rules, of which a few fire on some mails."""
    chance = random.Random(count)
    together = Patterns()
    arrived = Is("event", ("arrived",))
    made = []
    for number in range(count):
        word, other = chance.choice(WORDS), chance.choice(WORDS)
        kinds: tuple[tuple[Condition, ...], ...] = (
            (Matches("text", rf"{word}[- ]?{other}\s\d{{{2 + number % 5}}}|rute {number}\b", together),),
            (Is("category", (f"kategori {number}",)),),
            (Has("text", (f"{word} {other} {number}", f"belum pernah {number}", "mohon bantuan anda")),),
            (FieldIs("npsn", (str(20_000_000 + number),)),),
            (SenderDomain((f"d{number}.example", "go.id")), Tagged(("dinas",))),
        )
        made.append(
            Rule(f"r{number}", Actions(queue=f"q{number}"), All((arrived, *kinds[0 if patterns_only else number % 5])))
        )
    return tuple(made)


def mails() -> list[Facts]:
    """Mails that no rule has seen."""
    chance = random.Random(1)
    made = []
    for number in range(MAILS):
        text = " ".join(
            chance.choice(WORDS) if chance.random() < 0.9 else str(chance.randrange(10_000)) for _ in range(650)
        )
        fields = {"npsn": str(20_000_000 + number), "name": "Siti"}
        made.append(
            Facts(
                category="Reset kata sandi", text=text, subject=text[:60], fields=fields, sender=f"a@d{number}.example"
            )
        )
    return made


def per_mail(work: Callable[[Facts], Any]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds, after one round that warms the automata up."""
    for facts in mails():
        work(facts)
    times = []
    for facts in mails():
        before = time.process_time()
        work(facts)
        times.append((time.process_time() - before) * 1_000)
    return statistics.median(times), statistics.quantiles(times, n=20)[18]


def first_round(some: tuple[Rule, ...]) -> float:
    """The slowest mail of a policy's first round, in milliseconds: the automata are built while it runs."""
    times = []
    for facts in mails():
        before = time.process_time()
        run(some, facts)
        times.append((time.process_time() - before) * 1_000)
    return max(times)


def measure() -> dict[str, Any]:
    """All figures."""
    found: dict[str, Any] = {}
    for count in (250, 500, 1_000, 2_000, 4_000):
        some = rules(count)
        first = first_round(some)
        median, high = per_mail(lambda facts, some=some: run(some, facts))  # type: ignore[misc]
        found[f"{count} rules"] = {"median_ms": round(median, 3), "p95_ms": round(high, 3), "first_ms": round(first, 1)}
    only = rules(1_000, patterns_only=True)
    first = first_round(only)
    median, high = per_mail(lambda facts: run(only, facts))
    found["1000 patterns"] = {"median_ms": round(median, 3), "p95_ms": round(high, 3), "first_ms": round(first, 1)}
    written = [part.pattern for rule in only for part in getattr(rule.when, "parts", ()) if isinstance(part, Matches)]
    single = [compile_pattern(pattern) for pattern in written]
    median, high = per_mail(lambda facts: [one.search(facts.raw("text")) for one in single])
    found["1000 patterns one by one"] = {"median_ms": round(median, 3), "p95_ms": round(high, 3)}
    mixed = rules(1_000)
    median, high = per_mail(lambda facts: run(mixed, facts).traces)
    found["1000 rules with their reasons"] = {"median_ms": round(median, 3), "p95_ms": round(high, 3)}
    return found


if __name__ == "__main__":
    figures = measure()
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=2))
    else:
        for name, row in figures.items():
            print(f"{name:32}" + "  ".join(f"{key} {value}" for key, value in row.items()))
