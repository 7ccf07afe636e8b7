"""The ledger: raw first, each message once, attempts, filing. On SQLite and PostgreSQL."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailhelp.desk.effect import EndArrival, Release
from mailhelp.desk.model import End
from mailhelp.edge.store import Conflict, Filing, Mark, RawMail, Store
from mailhelp.edge.store.ledger import CHUNK
from storekit import MINUTE, NOW, arrive, count, decide, raw_mail

ROOT = Path(__file__).resolve().parents[2]


def test_a_mail_is_stored_with_its_row_and_the_mark(store: Store) -> None:
    """Accepting keeps bytes, place, times and digest, and moves the mark, in one step."""
    assert store.mark("main", "INBOX") is None
    ids = store.accept("main", "INBOX", 7, [raw_mail(3, b"a"), raw_mail(5, b"bb", truncated=True)], 6, NOW)
    assert store.mark("main", "INBOX") == Mark(7, 6)
    first, second = store.pending(10)
    assert [first.id, second.id] == ids
    assert (first.account, first.folder, first.uidvalidity, first.uid, first.size) == ("main", "INBOX", 7, 3, 1)
    assert first.sha256 == hashlib.sha256(b"a").hexdigest()
    assert first.arrived_at == NOW
    assert store.raw(ids[1]) == b"bb"
    assert not store.truncated(ids[0])
    assert store.truncated(ids[1])


def test_a_uid_is_taken_once(store: Store) -> None:
    """UIDs that the ledger has are passed over, and the mark never goes back."""
    first = store.accept("main", "INBOX", 1, [raw_mail(1), raw_mail(2)], 2, NOW)
    again = store.accept("main", "INBOX", 1, [raw_mail(1, b"other"), raw_mail(2), raw_mail(3)], 1, NOW)
    assert len(again) == 1
    assert len(store.pending(10)) == 3
    assert store.mark("main", "INBOX") == Mark(1, 2)
    assert store.raw(first[0]) == raw_mail(1).raw
    assert store.known_uids("main", "INBOX", 1, 2, 9) == {2, 3}
    assert store.known_uids("main", "INBOX", 2, 1, 9) == set()


def test_another_uidvalidity_starts_a_new_mark(store: Store) -> None:
    """After UIDVALIDITY changed the mark belongs to the new one, also when its UIDs are smaller."""
    store.accept("main", "INBOX", 1, [raw_mail(90)], 90, NOW)
    store.accept("main", "INBOX", 2, [raw_mail(4)], 4, NOW)
    assert store.mark("main", "INBOX") == Mark(2, 4)
    assert len(store.pending(10)) == 2


def test_a_mark_can_move_without_mail(store: Store) -> None:
    """A look that found nothing to take still says how far it looked."""
    assert store.accept("main", "INBOX", 1, [], 40, NOW) == []
    assert store.mark("main", "INBOX") == Mark(1, 40)


def test_folders_and_accounts_are_apart(store: Store) -> None:
    """The same UID in another folder or account is another message."""
    for account, folder in (("a", "INBOX"), ("b", "INBOX"), ("a", "Reports")):
        assert len(store.accept(account, folder, 1, [raw_mail(1)], 1, NOW)) == 1
    assert len(store.pending(10)) == 3


def test_equal_bytes_are_kept_once(store: Store) -> None:
    """A message that stands there again refers to the bytes that are stored already."""
    first, second = arrive(store, 1, b"same"), arrive(store, 2, b"same")
    third = arrive(store, 1, b"same", uidvalidity=9)
    assert [store.raw(one.id) for one in (first, second, third)] == [b"same"] * 3
    assert count(store, "raw_chunk") == 1


def test_a_spool_file_comes_back_whole(store: Store, tmp_path: Path) -> None:
    """A mail of several chunks is read from its file and comes back byte for byte, as a file and as bytes."""
    content = os.urandom(2_500_000) + b"\0end"
    spool = tmp_path / "spool"
    spool.write_bytes(content)
    (arrival_id,) = store.accept("main", "INBOX", 1, [RawMail(1, NOW, spool, len(content))], 1, NOW)
    assert count(store, "raw_chunk") == 3
    with store.open_raw(arrival_id) as file:
        assert file.read() == content
        file.seek(1_048_570)
        assert file.read(12) == content[1_048_570:1_048_582]
    assert store.raw(arrival_id) == content


def test_small_mails_are_had_together(store: Store) -> None:
    """Mails of one piece come at once, with what is known of them; one whose size was given wrong is never cut."""
    first = store.accept("main", "INBOX", 1, [raw_mail(1, b"a"), raw_mail(2, b"bb", truncated=True)], 2, NOW)
    again = arrive(store, 3, b"a").id  # the same bytes, kept once
    edges = [RawMail(uid, NOW, b"x" * size, 1) for uid, size in ((4, CHUNK - 1), (5, CHUNK), (6, CHUNK + 1))]
    short, exact, long = store.accept("main", "INBOX", 1, edges, 6, NOW)
    empty = arrive(store, 7, b"").id
    found = store.whole([*first, again, short, exact, long, empty, 4711])
    assert {number: found[number] for number in (*first, again)} == {
        first[0]: (b"a", False),
        first[1]: (b"bb", True),
        again: (b"a", False),
    }
    assert found[short][0] == store.raw(short)
    assert not {exact, long, empty, 4711} & set(found), "these are had one by one, in pieces"
    assert store.whole([]) == {}


def test_an_empty_mail_is_a_mail(store: Store) -> None:
    """No bytes at all are stored and come back."""
    assert store.raw(arrive(store, 1, b"").id) == b""


LARGE = """
import hashlib, resource, sys
from pathlib import Path
from mailhelp.edge.store import RawMail, Store
from storekit import NOW, raw_mail
store = Store(sys.argv[1])
store.open()
with store.open_raw(store.accept("main", "INBOX", 1, [raw_mail(1)], 1, NOW)[0]) as small:
    small.read()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
(large,) = store.accept("main", "INBOX", 1, [RawMail(2, NOW, Path(sys.argv[2]), 50_000_000)], 2, NOW)
with store.open_raw(large) as back:
    digest = hashlib.file_digest(back, "sha256").hexdigest()
print(digest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_mail_needs_little_memory(url: str, tmp_path: Path) -> None:
    """Storing and reading a 50 MB mail raises the peak by a few chunks (25 MiB at most), not by the mail."""
    spool = tmp_path / "spool"
    spool.write_bytes(b"".join(bytes([number]) * 1_000_000 for number in range(50)))
    paths = os.pathsep.join(str(path) for path in (ROOT, ROOT / "tests"))
    done = subprocess.run(
        [sys.executable, "-c", LARGE, url, str(spool)], capture_output=True, text=True, check=True, timeout=60,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    digest, raised = done.stdout.split()
    assert digest == hashlib.sha256(spool.read_bytes()).hexdigest()
    assert int(raised) < 25 * 1024


def test_unknown_arrivals_are_key_errors(store: Store) -> None:
    """Asking for the bytes of a message that is not there raises KeyError and leaves nothing open."""
    for ask in (store.raw, store.open_raw, store.truncated):
        with pytest.raises(KeyError):
            ask(4711)
    assert store.arrival(4711) is None


def test_attempts_are_counted(store: Store) -> None:
    """begin_attempt counts for all ids it is given, and pending shows it."""
    ids = [arrive(store, uid).id for uid in (1, 2, 3)]
    store.begin_attempt(ids)
    store.begin_attempt(ids[:1])
    store.begin_attempt([])
    assert [one.attempts for one in store.pending(10)] == [2, 1, 1]


def test_pending_is_oldest_first_and_bounded(store: Store) -> None:
    """What came first is decided first; ended and held messages do not come again."""
    ids = [arrive(store, uid).id for uid in range(1, 6)]
    decide(store, EndArrival(ids[0], End.IGNORED, "own mail"), EndArrival(ids[1], End.HELD, "claims to be an agent"))
    assert [one.id for one in store.pending(2)] == ids[2:4]


def test_a_message_has_one_end(store: Store) -> None:
    """A second end is a conflict and changes nothing."""
    arrival = arrive(store, 1)
    decide(store, EndArrival(arrival.id, End.IGNORED, "first"))
    with pytest.raises(Conflict):
        decide(store, EndArrival(arrival.id, End.DUPLICATE, "second"), key="again")
    assert [row.end for row in store.audit_rows("main", "INBOX", 1)] == [End.IGNORED]


def test_a_held_message_comes_back_confirmed(store: Store) -> None:
    """Release puts a held message back among the pending ones, marked, with its attempts forgotten; only once."""
    arrival = arrive(store, 1)
    store.begin_attempt([arrival.id])
    decide(store, EndArrival(arrival.id, End.HELD, "claims to be Sari"))
    assert store.pending(10) == []
    assert [row["id"] for row in store.held()] == [arrival.id]
    decide(store, Release(arrival.id))
    (back,) = store.pending(10)
    assert (back.id, back.confirmed, back.attempts) == (arrival.id, True, 0)
    with pytest.raises(Conflict):
        decide(store, Release(arrival.id), key="again")
    decide(store, EndArrival(arrival.id, End.IGNORED, "done"), key="end")


def test_filing_follows_the_end(store: Store) -> None:
    """A message is to be moved once it has its end, not while it is held, and not twice."""
    ids = [arrive(store, uid).id for uid in (1, 2, 3)]
    decide(store, EndArrival(ids[0], End.IGNORED, "own"), EndArrival(ids[1], End.HELD, "held"))
    assert store.unfiled("main", 10) == [Filing(ids[0], "INBOX", 1, 1, End.IGNORED)]
    assert store.unfiled("other", 10) == []
    store.filed([])
    store.filed([ids[0]])
    assert store.unfiled("main", 10) == []
    (row, *_) = store.audit_rows("main", "INBOX", 1)
    assert row.filed_at is not None


def test_audit_rows_come_in_order(store: Store) -> None:
    """All rows of one folder, by UID, also when there are more than one read brings."""
    store.accept("main", "INBOX", 1, [raw_mail(uid) for uid in range(1200, 0, -1)], 1200, NOW + MINUTE)
    rows = list(store.audit_rows("main", "INBOX", 1))
    assert [row.uid for row in rows] == list(range(1, 1201))
    assert {row.received_at for row in rows} == {NOW + MINUTE}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(1, 2), st.lists(st.integers(1, 12), max_size=8)), max_size=6))
def test_whatever_is_offered_each_place_has_one_row(tmp_path: Path, looks: list[tuple[int, list[int]]]) -> None:
    """Any order of looks, with repeats inside and between them, gives exactly the set of places offered."""
    store = Store(f"sqlite:///{tmp_path}/{os.urandom(8).hex()}.db")
    store.open()
    expected: set[tuple[int, int]] = set()
    for uidvalidity, uids in looks:
        new = store.accept("main", "INBOX", uidvalidity, [raw_mail(uid) for uid in uids], max(uids, default=0), NOW)
        assert len(set(new)) == len({(uidvalidity, uid) for uid in uids} - expected)
        expected |= {(uidvalidity, uid) for uid in uids}
    found = [(one.uidvalidity, one.uid) for one in store.pending(100)]
    assert sorted(found) == sorted(expected)
    store.close()
