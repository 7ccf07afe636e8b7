"""The worker processes: limits hold, and only the culprit is blamed."""

from __future__ import annotations

import base64
import multiprocessing
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import badreaders
from deskkit import POLICY
from mailhelp.desk.form import read_message
from mailhelp.desk.formfield import Form, FormField
from mailhelp.edge import worker
from mailhelp.edge.config import LimitsConfig
from mailhelp.edge.worker import ExtractError, Readers, ReadFailure, Source
from mailhelp.mail.message import Message, ReadOptions

OPTIONS = ReadOptions()
LIMITS = LimitsConfig(parse_seconds=1.0, parse_memory_mb=600)


def mail(subject: str) -> bytes:
    """A small mail."""
    return f"From: a@b.test\r\nSubject: {subject}\r\n\r\nbody\r\n".encode()


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """One pool for the whole file: that it survives every fault is part of the proof."""
    with Readers(OPTIONS, LIMITS) as pool:
        yield pool


def subjects(outcomes: dict[int, Any]) -> dict[int, str]:
    """What was read: subjects, or why not."""
    return {key: one.subject if isinstance(one, Message) else one.why for key, one in outcomes.items()}


def test_mails_are_read_from_bytes_and_from_files(readers: Readers, tmp_path: Path) -> None:
    """Every id gets its own message; `truncated` is handed on."""
    path = tmp_path / "mail"
    path.write_bytes(mail("dari berkas"))
    outcomes = readers.read_many([Source(n, mail(f"s{n}")) for n in range(25)] + [Source(99, path, truncated=True)])
    assert subjects(outcomes) == {n: f"s{n}" for n in range(25)} | {99: "dari berkas"}
    assert {key for key, one in outcomes.items() if isinstance(one, Message) and one.truncated} == {99}


def test_a_limit_is_final(readers: Readers) -> None:
    """A mail that breaks a limit of reading is told apart from one that merely failed."""
    bomb = b"From: a@b.test\r\nX-A: " + b"a" * 300_000 + b"\r\n\r\nbody"
    outcome = readers.read_many([Source(1, bomb)])[1]
    assert isinstance(outcome, ReadFailure)
    assert outcome.final
    assert not outcome.killed


@pytest.mark.parametrize(("what", "why"), [("die", "code 3"), ("segfault", "code -11"), ("hang", "longer than 1 sec")])
def test_only_the_culprit_of_a_group_is_blamed(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, what: str, why: str
) -> None:
    """A worker that dies or overruns costs its mail a strike; its neighbours are read again, alone, and are fine."""
    monkeypatch.setattr(worker, "_read_group", badreaders.explosive)
    sources = [Source(n, f"{what} now".encode() if n == 4 else mail(f"s{n}")) for n in range(8)]
    outcomes = readers.read_many(sources)
    culprit = outcomes.pop(4)
    assert isinstance(culprit, ReadFailure)
    assert why in culprit.why
    assert culprit.killed
    assert subjects(outcomes) == {n: f"s{n}" for n in range(8) if n != 4}


def test_memory_is_limited(readers: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that wants more than the limit gets MemoryError: a failure, and the worker lives on."""
    monkeypatch.setattr(worker, "_read_group", badreaders.greedy)
    outcome = readers.read_many([Source(1, mail("besar"))])[1]
    assert outcome == ReadFailure("reading it takes more memory than a worker may have")
    monkeypatch.undo()
    assert subjects(readers.read_many([Source(2, mail("lagi"))])) == {2: "lagi"}


def test_a_worker_inherits_no_socket_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections and files that the daemon has open, even inheritable ones, are not open in a worker."""
    monkeypatch.setattr(worker, "_read_group", badreaders.open_files)
    with socket.create_server(("127.0.0.1", 0)) as listening, (tmp_path / "database").open("w") as database:
        listening.set_inheritable(True)
        os.set_inheritable(database.fileno(), True)
        inode = str(Path(f"/proc/self/fd/{listening.fileno()}").readlink())
        with Readers(OPTIONS, LIMITS) as fresh:
            outcome = fresh.read_many([Source(1, b"")])[1]
    assert isinstance(outcome, ReadFailure)
    assert inode not in outcome.why
    assert "database" not in outcome.why


def test_close_ends_the_workers() -> None:
    """After `close` no worker is left, and reading again simply starts new ones."""
    before = set(multiprocessing.active_children())
    pool = Readers(OPTIONS, LIMITS).start()
    assert len(set(multiprocessing.active_children()) - before) == 1
    pool.close()
    assert set(multiprocessing.active_children()) <= before
    assert subjects(pool.read_many([Source(1, mail("lagi"))])) == {1: "lagi"}
    pool.close()


def test_a_part_is_extracted_in_the_worker(readers: Readers, tmp_path: Path) -> None:
    """Files to send along are decoded in a worker, too; a part that is not there, or a worker's end, is an error."""
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nteks\r\n--b\r\n"
    raw += b"Content-Transfer-Encoding: base64\r\nContent-Type: image/png\r\n\r\nUE5H\r\n--b--\r\n"
    path = tmp_path / "mail"
    path.write_bytes(raw)
    assert readers.extract(raw, "2") == readers.extract(path, "2") == b"PNG"
    with pytest.raises(KeyError):
        readers.extract(raw, "3")
    with pytest.raises(ExtractError, match="cannot be read"):
        readers.extract(tmp_path / "gone", "2")


def with_files(*contents: bytes) -> bytes:
    """A mail with these files."""
    parts = b"".join(
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content) + b"\r\n"
        for content in contents
    )
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nteks\r\n" + parts + b"--b--\r\n"


def test_files_of_small_mails_come_with_the_reading(readers: Readers, tmp_path: Path) -> None:
    """Deciding need not wait for them; what is large, in a file or read for no policy is had when it is wanted."""
    small, large = with_files(b"%PDF-1", b"%PDF-2"), with_files(b"%PDF" + b"x" * worker.FILES_BYTES)
    path = tmp_path / "mail"
    path.write_bytes(small)
    reading = readers.begin([Source(1, small), Source(2, large), Source(3, path), Source(4, mail("s"))], POLICY)
    readers.finish(reading)
    assert reading.files == {1: {"2": b"%PDF-1", "3": b"%PDF-2"}, 2: {}, 3: {}, 4: {}}
    assert reading.files[1]["3"] == readers.extract(small, "3")
    reading = readers.begin([Source(1, small)])
    readers.finish(reading)
    assert reading.files == {1: {}}


def report(number: int) -> bytes:
    """A report along the form."""
    return f"From: a@b.test\r\nSubject: s{number}\r\n\r\nNama: Sri {number}\r\nNPSN: 2010000{number}\r\n".encode()


def test_mails_come_read_along_the_form(readers: Readers, tmp_path: Path) -> None:
    """Each with the readings of its own text, along the policy it was begun with, whichever came before."""
    path = tmp_path / "mail"
    path.write_bytes(report(3))
    other = replace(POLICY, form=Form((FormField("sender", {"id": "Nama"}),)))
    for policy, name in ((POLICY, "name"), (other, "sender"), (POLICY, "name")):
        reading = readers.begin([Source(1, report(1)), Source(2, report(2)), Source(3, path), Source(4, b"")], policy)
        outcomes = readers.finish(reading)
        for number in (1, 2, 3):
            prepared, message = reading.prepared[number], outcomes[number]
            assert isinstance(message, Message)
            assert prepared.counts(policy)
            assert prepared.readings.report == read_message(message, policy.form, policy.categories)
            assert prepared.readings.report.fields[name].value == f"Sri {number}"


def test_without_a_policy_nothing_is_prepared(readers: Readers) -> None:
    """Who only wants the message does not pay for more; what cannot be read has no readings."""
    reading = readers.begin([Source(1, report(1))])
    assert isinstance(readers.finish(reading)[1], Message)
    assert reading.prepared == {}
    reading = readers.begin([Source(1, b"From: a@b.test\r\nX-A: " + b"a" * 300_000 + b"\r\n\r\nbody")], POLICY)
    assert isinstance(readers.finish(reading)[1], ReadFailure)
    assert reading.prepared == {}


@pytest.mark.parametrize("what", ["die", "hang", "fail"])
def test_a_mail_that_only_the_form_breaks_is_read_all_the_same(
    readers: Readers, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Reading along the form may fail, last too long or end the worker: the message is there without it."""
    monkeypatch.setattr(worker, "_read_group", badreaders.breaks_at_form)
    for group in ([1, 2, 3], [2]):
        sources = [Source(n, mail(f"{what} now" if n == 2 else f"s{n}")) for n in group]
        reading = readers.begin(sources, POLICY)
        assert subjects(readers.finish(reading)) == {n: f"{what} now" if n == 2 else f"s{n}" for n in group}
        assert 2 not in reading.prepared
    if what == "fail":
        reading = readers.begin([Source(1, mail("s1")), Source(2, mail("fail now"))], POLICY)
        readers.finish(reading)
        assert set(reading.prepared) == {1}
