"""`mailhelp simulate`: live through random histories, and show whether anybody would be treated unfairly."""

from __future__ import annotations

import time

import click

from mailhelp.simulate import simulate


@click.command("simulate")
@click.option("--histories", default=5000, show_default=True, type=click.IntRange(1), help="How many.")
@click.option("--seed", default=1, show_default=True, type=int, help="The same seed gives the same histories.")
def simulate_command(histories: int, seed: int) -> None:
    """Simulate questions, answers and outages with invented clocks; exit code 1 when one ends unfairly.

    It judges the rules of waiting as they are built in, with all sorts of calendars and times; nothing of your desk is
    read, and nothing is sent.
    """
    begun = time.perf_counter()
    outcome = simulate(histories, seed)
    for line in outcome.lines():
        click.echo(line)
    click.echo(f"{time.perf_counter() - begun:.0f} s")
    if outcome.unfair:
        raise SystemExit(1)
