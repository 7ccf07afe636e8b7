"""States follow what happens (design §8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from deskkit import NOW, ticket
from mailhelp.desk import lifecycle
from mailhelp.desk.model import State
from mailhelp.desk.policy import Limits


@pytest.mark.parametrize(
    ("before", "reply", "answer"),
    [
        (State.NEW, State.NEW, State.OPEN),
        (State.OPEN, State.OPEN, State.OPEN),
        (State.PENDING, State.OPEN, State.PENDING),
        (State.CHECKING, State.CHECKING, State.CHECKING),
        (State.RESOLVED, State.OPEN, State.RESOLVED),
        (State.CLOSED, State.OPEN, State.OPEN),
    ],
)
def test_states_after_a_reply_and_after_an_answer(before: State, reply: State, answer: State) -> None:
    """The whole table; an unchanged state is no effect."""
    for effects, after in [
        (list(lifecycle.after_reply(ticket(before))), reply),
        (list(lifecycle.after_answer(ticket(before), "sari")), answer),
        (list(lifecycle.resolved(ticket(before), "sari")), State.RESOLVED),
    ]:
        assert [effect.state for effect in effects] == ([] if after is before else [after])
        assert all(effect.reason for effect in effects)


def test_a_closed_report_takes_replies_only_within_its_grace() -> None:
    """Closed a day ago: a grace of two days lets the reply in, none does not; other states always do."""
    closed = ticket(State.CLOSED)
    assert not lifecycle.takes_replies(closed, NOW, Limits())
    assert lifecycle.takes_replies(closed, NOW, Limits(reply_to_closed_grace=timedelta(days=2)))
    assert not lifecycle.takes_replies(closed, NOW, Limits(reply_to_closed_grace=timedelta(days=1)))
    assert lifecycle.takes_replies(ticket(State.RESOLVED), NOW, Limits())
