"""Morning mails on a real store: made once a day, with a signed reply address behind each number."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mailhelp import morning
from mailhelp.edge.bundle import Bundle
from scenario.fake_edge import FakeEdge
from scenario.mails import Draft, Got

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_the_morning_mail_is_made_once_a_day(tmp_path: Path) -> None:
    """Sari asked for it; the address behind the number answers on that ticket; tomorrow it comes again."""
    with closing(FakeEdge(tmp_path, "team")) as edge:
        edge.at(AT)
        draft = Draft("guru@sekolah.example", "Sri", edge.desk, "Lupa", "Saya lupa.", AT, "m1")
        edge.send_in(draft.raw())
        edge.mails_out()
        kicks: list[int] = []
        bundle = Bundle(edge.policy, edge.letters)
        assert morning.send(edge.store, bundle, AT, lambda: kicks.append(1)) == 1
        assert morning.send(edge.store, bundle, AT + timedelta(hours=1), lambda: kicks.append(1)) == 0
        assert kicks == [1]
        (mail,) = edge.store.claim(AT, 10, timedelta(minutes=5))
        got = Got(mail.recipient, mail.envelope_from, mail.raw)
        assert got.recipient == "sari@dinas.example"
        assert "Belum ditangani siapa pun" in got.text
        assert "bantuan+r" in got.text
        assert morning.send(edge.store, bundle, AT + timedelta(days=1), lambda: None) == 1


def test_what_is_overdue_stands_first_when_nobody_is_left_to_warn(tmp_path: Path) -> None:
    """After the escalation no timer knows the due time any more, and where nobody is warned none ever did."""
    with closing(FakeEdge(tmp_path, "team")) as edge:
        edge.at(AT)
        edge.send_in(Draft("guru@sekolah.example", "Sri", edge.desk, "Lupa", "Saya lupa.", AT, "m1").raw())
        edge.mails_out()
        edge.at(AT + timedelta(days=3))
        edge.idle()
        edge.mails_out()
        assert not [row for row in edge.store.next_timers(9) if row["name"] == "first_answer"]
        bundle = Bundle(edge.policy, edge.letters)
        assert morning.send(edge.store, bundle, AT + timedelta(days=3), lambda: None) == 1
        mails = edge.store.claim(AT + timedelta(days=3), 10, timedelta(minutes=5))
        (got,) = [Got(one.recipient, one.envelope_from, one.raw) for one in mails if one.recipient.startswith("sari")]
        assert "Terlambat" in got.text
        assert "jatuh tempo" in got.text


def test_before_the_hour_nothing_is_made(tmp_path: Path) -> None:
    """And a desk where nobody asked for it makes nothing at all."""
    with closing(FakeEdge(tmp_path, "team")) as edge:
        late = replace(edge.policy, work=replace(edge.policy.work, digest_hour=20))
        assert morning.send(edge.store, Bundle(late, edge.letters), AT, lambda: None) == 0
