"""`due`, `explain due` and `simulate`: what comes next, how each time came about, and whether waiting is fair."""

from __future__ import annotations

from clikit import Desk
from mailhelp.desk.effect import SetTimer
from storekit import MINUTE, NOW, decide, open_report


def test_what_is_due_next(desk: Desk) -> None:
    """In order of time, by queue, as a table and as JSON."""
    store = desk.store()
    number, later = open_report(store, 1), open_report(store, 2)
    decide(store, SetTimer(later, "solution", NOW + 2 * MINUTE), SetTimer(number, "first_answer", NOW + MINUTE))
    store.close()
    rows = desk("due", "--json").json
    assert [(row["ticket"], row["name"]) for row in rows] == [(number, "first_answer"), (later, "solution")]
    assert "first answer" in desk("due").out
    assert desk("due", "--queue", "umum", "--json").json == []
    assert len(desk("due", "--limit", "1", "--json").json) == 1


def test_each_due_time_is_explained(desk: Desk) -> None:
    """Start, office time, calendar version, result; the timer beside it."""
    store = desk.store()
    number = open_report(store, 1)
    decide(store, SetTimer(number, "first_answer", NOW + MINUTE, {"calendar": "old"}))
    store.close()
    out = desk("explain", "due", f"#{number}").out
    assert "when the mail reached the mail server" in out
    assert "promised within 1 business day" in out
    assert "(calendar " in out
    assert "made with another calendar" in out
    told = desk("explain", "due", str(number), "--json").json
    assert told["ticket"] == number
    assert "first_answer" in {one["name"] for one in told["due"]}


def test_mistakes_are_sentences(desk: Desk) -> None:
    """No such report, no database, no number."""
    assert "no database yet" in desk("explain", "due", "2164242").err
    desk.store().close()
    assert "There is no report 2164299" in desk("explain", "due", "2164299").err
    assert desk("explain", "due", "x").status == 2
    assert desk("explain", "other", "2164242").status == 2


def test_a_simulation_prints_count_and_seed(desk: Desk) -> None:
    """And exits with 0 when nobody was treated unfairly."""
    done = desk("simulate", "--histories", "20", "--seed", "7")
    assert done.status == 0
    assert "20 histories, seed 7" in done.out
    assert "0 unfair" in done.out
