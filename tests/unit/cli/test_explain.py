"""`mailhelp explain`: the whole decision with stable keys, nothing written, no server needed."""

from __future__ import annotations

import io
import sys
import typing
from pathlib import Path

import pytest

from clikit import Desk
from mailhelp.cli.explain import KEYS
from mailhelp.cli.sentences import _TELL, sentence
from mailhelp.desk.effect import Effect
from storekit import open_report

REPORT = b"""\
From: Wahyu Prasetyo <wahyu@sekolah.example>
To: bantuan@sekolah.example
Subject: Lupa kata sandi
Message-ID: <satu@sekolah.example>
Date: Tue, 24 Nov 2026 09:41:00 +0700

Kategori Masalah: Reset kata sandi
Tipe Pengguna: Kepala sekolah
NPSN: 20104567
Detail Pertanyaan: Tidak bisa masuk.
"""
KINDS = {
    "own": b"X-Mailhelp-Desk: bantuan-sekolah-example\nX-Mailhelp-Kind: notice\n",
    "automatic": b"Auto-Submitted: auto-replied\n",
    "list": b"List-Id: <guru.sekolah.example>\n",
}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A mail as a client saves it."""
    path = tmp_path / "laporan.eml"
    path.write_bytes(REPORT)
    return path


def test_keys_are_those_promised(desk: Desk, report: Path) -> None:
    """--json has exactly the documented keys, also inside `thread` and `rules`."""
    told = desk("explain", str(report), "--json").json
    assert tuple(told) == KEYS
    assert set(told["thread"]) == {"ticket", "proof"}
    assert {frozenset(rule) for rule in told["rules"]} == {frozenset({"name", "fired", "why"})}
    assert (told["kind"], told["subject"], told["sender"]["address"]) == (
        "person",
        "Lupa kata sandi",
        "wahyu@sekolah.example",
    )
    assert told["fields"]["npsn"]["value"] == "20104567"
    assert told["effects"][0]["effect"] == "OpenTicket"


def test_nothing_is_written(desk: Desk, report: Path) -> None:
    """Explaining makes no database, and leaves one that is there as it was."""
    before = sorted(desk.folder.rglob("*"))
    assert desk("explain", str(report)).status == 0
    assert sorted(desk.folder.rglob("*")) == before
    store = desk.store()
    open_report(store, 1)
    [rows, counts] = store.tickets(), store.status()
    store.close()
    assert desk("explain", str(report), "--json").json["effects"][0]["number"] == rows[0]["number"] + 1
    store = desk.store()
    assert (store.tickets(), store.status()) == (rows, counts)
    store.close()


def test_a_person_reads_it(desk: Desk, report: Path) -> None:
    """The page says what it is, who, where it belongs, each rule with its reason, and each effect as a sentence."""
    done = desk("explain", str(report))
    wanted = (
        "a person's mail",
        "wahyu@sekolah.example (not authenticated)",
        "no report, as stranger",
        "✓ kepala sekolah didahulukan",
        "✗ banyak laporan terbuka: the requester has 0 open reports",
        "→ Open report 2164242 for Wahyu Prasetyo <wahyu@sekolah.example>: queue akun, priority high",
        "Send acknowledgement",
        "Nothing was written.",
    )
    assert [words for words in wanted if words not in done.out] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_sort_of_mail_is_told(desk: Desk, report: Path, kind: str) -> None:
    """Other sorts of mail are explained as well: machine mail is not answered."""
    report.write_bytes(KINDS[kind] + REPORT.replace(b"NPSN: 20104567\n", b""))
    told = desk("explain", str(report), "--json").json
    assert told["kind"] == kind
    assert "acknowledgement" not in {one.get("kind") for one in told["effects"]}
    assert desk("explain", str(report)).status == 0


def test_what_cannot_be_read_is_told(desk: Desk, report: Path) -> None:
    """A mail beyond the reader's limits is explained as one for the quarantine."""
    report.write_bytes(b"Subject: banyak\n" + b"X: y\n" * 20_000 + b"\nx\n")
    told = desk("explain", str(report), "--json").json
    assert (told["kind"], told["subject"]) == ("unreadable", "banyak")
    assert told["effects"][-1]["end"] == "quarantined"
    assert "a mail that cannot be read" in desk("explain", str(report)).out


def test_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash reads the mail from standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(REPORT)))
    assert desk("explain", "-", "--json").json["subject"] == "Lupa kata sandi"


def test_a_database_that_cannot_be_read(desk: Desk, report: Path) -> None:
    """A broken database is said, and the mail is explained as for a desk without reports."""
    (desk.folder / "mailhelp.db").write_bytes(b"no database " * 100)
    done = desk("explain", str(report), "--json")
    assert done.status == 0
    assert done.json["kind"] == "person"
    assert "a desk without reports" in done.err


def test_a_number(desk: Desk) -> None:
    """The stored decisions of a report, oldest first, with the policy they were made under."""
    store = desk.store()
    number = open_report(store, 1)
    store.close()
    done = desk("explain", f"#{number}")
    assert [word for word in (f"#{number}", "A new report.", "arrival:1", "✓ sandi") if word not in done.out] == []
    told = desk("explain", str(number), "--json").json
    assert told["ticket"] == number
    assert [(one["code"], one["trace"]["kind"]) for one in told["decisions"]] == [("new", "person")]


@pytest.mark.parametrize("filled", [True, False])
def test_an_unknown_number(desk: Desk, filled: bool) -> None:  # noqa: FBT001 - a column of the table
    """A number that does not exist is a sentence, whether or not there is a database."""
    if filled:
        store = desk.store()
        open_report(store, 1)
        store.close()
    done = desk("explain", "9999999")
    assert done.status == 1
    assert "There is no report 9999999" in done.err


def test_a_missing_file(desk: Desk, tmp_path: Path) -> None:
    """A file that is not there is a sentence with a remedy."""
    done = desk("explain", str(tmp_path / "tidak-ada.eml"))
    assert done.status == 2
    assert "tidak-ada.eml cannot be read: No such file or directory." in done.err


def test_every_effect_has_its_sentence() -> None:
    """No effect is told by its bare name; one that came later would still be told."""
    assert {effect.__name__ for effect in typing.get_args(Effect)} == set(_TELL)
    assert sentence({"effect": "New", "ticket": 7, "nothing": ""}) == "New: ticket 7"
