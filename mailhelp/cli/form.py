"""`mailhelp form ...`: how well reports are read."""

from __future__ import annotations

from pathlib import Path

import click

from mailhelp.cli.output import one_line, print_json, print_table
from mailhelp.desk.formscore import Score
from mailhelp.edge import formcases
from mailhelp.edge.config import load
from mailhelp.edge.rules import load_policy

EXAMPLES = Path("tests/data/forms")


@click.group("form")
def form_command() -> None:
    """Measure how well reports are read."""


@form_command.command("score")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True), default=EXAMPLES)
@click.option("--mistakes", is_flag=True, help="List every field that was not read right.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def score(obj: dict[str, Path], folder: Path, mistakes: bool, as_json: bool) -> None:
    """Read example reports along rules/form.yaml and compare with what is in them.

    FOLDER holds .eml, .txt or .html files, each with a .yaml file beside it that names the fields; folders inside it
    are counted each for itself.
    """
    policy = load_policy(load(obj["config"]), obj["config"].absolute().parent)
    scores = {name: formcases.score(cases, policy) for name, cases in formcases.parts(folder).items()}
    if as_json:
        print_json({name: _figures(one) for name, one in scores.items()})
        return
    columns = ("part", "reports", "values", "precision", "recall", "F1", "wrong", "silently wrong")
    print_table("", columns, ((name, *_row(one)) for name, one in scores.items()))
    if mistakes:
        rows = [
            (one.report, one.name, one_line(one.wanted, 40), one_line(one.found, 40), "silent" if one.silent else "")
            for part in scores.values()
            for one in part.mistakes
        ]
        print_table("Not read right", ("report", "field", "wanted", "found", ""), rows)


def _row(one: Score) -> tuple[object, ...]:
    shares = (f"{share:.4f}" for share in (one.precision, one.recall, one.f1))
    return (one.reports, one.right + one.missed, *shares, one.wrong, one.silent)


def _figures(one: Score) -> dict[str, float]:
    return {
        "reports": one.reports,
        "right": one.right,
        "wrong": one.wrong,
        "missed": one.missed,
        "silent": one.silent,
        "precision": round(one.precision, 4),
        "recall": round(one.recall, 4),
        "f1": round(one.f1, 4),
    }
