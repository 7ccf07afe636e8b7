"""Agents and requesters with real mail clients, against a real Dovecot and the whole desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from clients import roundcube
from clients.aerc import Aerc
from clients.alpine import Alpine
from clients.desk import World, files_of, text_of, typed_in
from clients.mutt import Mutt
from clients.person import Client, Person, missing
from clients.roundcube import Roundcube
from clients.snail import Snail
from clients.thunderbird import Thunderbird
from mailhelp.edge.config import to_desk
from mailhelp.edge.worker import Readers
from mailhelp.home import read_options
from scenario.desk_edge import configured
from servers import PASSWORD, DovecotServer, unavailable, why_no_dovecot

SARI, BUDI = "sari@dinas.example", "budi@dinas.example"
NUMBERS = count(1)
TYPED = "Kata sandi “e-rapor” sudah kami setel ulang.\nSilakan masuk dengan kata sandi sementara – besok berlaku."
PDF = b"%PDF-1.4\n\x00\xff panduan\r\n\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00layar"
pytestmark = pytest.mark.dovecot


@dataclass(frozen=True)
class Kind:
    """A client, the Debian packages it is in, and the programs or files that must be there."""

    make: Callable[[Person], Client]
    packages: str
    needs: tuple[str, ...]


QUICK = {
    "neomutt": Kind(lambda person: Mutt("neomutt", person), "neomutt", ("neomutt",)),
    "mutt": Kind(lambda person: Mutt("mutt", person), "mutt", ("mutt",)),
    "s-nail": Kind(Snail, "s-nail", ("s-nail",)),
    "s-nail as installed": Kind(lambda person: Snail(person, stock=True), "s-nail", ("s-nail",)),
    "alpine": Kind(Alpine, "alpine", ("alpine",)),
    "aerc": Kind(Aerc, "aerc", ("aerc",)),
}
WEBMAIL = ("roundcube-core", "roundcube-sqlite3", "php-cli", "php-sqlite3", "php-intl", "chromium", "chromium-driver")
SLOW = {
    "thunderbird": Kind(Thunderbird, "thunderbird", ("thunderbird",)),
    "roundcube": Kind(Roundcube, " ".join(WEBMAIL), ("php", "chromedriver", str(roundcube.PAGES / "index.php"))),
}
KINDS = QUICK | SLOW


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    """The workers that read mails."""
    config = configured()
    with Readers(read_options(config, to_desk(config)), config.limits) as made:
        yield made


@pytest.fixture(scope="module")
def world(readers: Readers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests here: it takes seconds to make."""
    if reason := why_no_dovecot():
        unavailable(reason)
    with pytest.MonkeyPatch.context() as patch, DovecotServer() as server:
        patch.setenv("MAILHELP_SCENARIO_PASSWORD", PASSWORD)
        with closing(World(tmp_path_factory.mktemp("desk"), server, readers, [SARI, BUDI])) as made:
            yield made


@dataclass(frozen=True)
class Pair:
    """A requester, whom no other test knows, and an agent with the same client."""

    guru: Client
    sari: Client
    address: str
    topic: str


@pytest.fixture
def pair(request: pytest.FixtureRequest, world: World) -> Iterator[Pair]:
    """Skipped with the reason where the client is missing."""
    kind = KINDS[request.param]
    if reason := missing(kind.packages, *kind.needs):
        unavailable(reason)
    number = next(NUMBERS)
    address = f"guru.{number}@sekolah.example"
    with ExitStack() as stack:
        guru, sari = kind.make(world.person("Sri Wahyuni", address)), kind.make(world.person("Sari Dewi", SARI))
        stack.callback(guru.close)
        stack.callback(sari.close)
        yield Pair(guru, sari, address, f"Akun {number} belajar")


@pytest.mark.parametrize("pair", KINDS, indirect=True)
def test_report_answer_reply_and_resolve(pair: Pair, world: World, tmp_path: Path) -> None:
    """Both see exactly what the other typed, in the same thread, with the file; `#resolve` works."""
    guru, sari = pair.guru, pair.sari
    pdf, png = tmp_path / "panduan masuk.pdf", tmp_path / "layar.png"
    pdf.write_bytes(PDF)
    png.write_bytes(PNG)
    guru.send(world.edge.desk, pair.topic, "Saya lupa kata sandi – e-rapor.", attach=png)
    world.work()
    notice, number = world.box(SARI)[-1], world.number(pair.address)
    assert "Saya lupa kata sandi – e-rapor." in text_of(notice)
    assert files_of(notice) == [("layar.png", PNG)]

    sari.reply(str(number), TYPED, attach=pdf)
    world.work()
    receipt, answer = world.box(pair.address)
    assert typed_in(answer) == TYPED
    assert answer["In-Reply-To"] == receipt["Message-ID"]
    assert receipt["Message-ID"] in answer["References"]
    assert files_of(answer) == [("panduan masuk.pdf", PDF)]
    assert SARI not in answer.as_string()

    guru.reply(str(number), "Masih belum bisa.\n\nApa yang salah?")
    world.work()
    assert "Masih belum bisa.\n\nApa yang salah?" in text_of(world.box(SARI)[-1])
    sari.reply(str(number), "#resolve\nSudah kami perbaiki.")
    world.work()
    assert typed_in(world.box(pair.address)[-1]).startswith("Sudah kami perbaiki.")
    assert "#resolve" not in text_of(world.box(pair.address)[-1])
    shown = world.edge.show(number)
    assert shown is not None
    assert (shown["state"], shown["owner"]) == ("resolved", "sari")
    texts = [(one["kind"], one["text"]) for one in shown["articles"]]
    assert ("answer", TYPED) in texts
    assert ("reply", "Masih belum bisa.\n\nApa yang salah?") in texts


@pytest.mark.parametrize(
    ("pair", "whole"),
    [(name, whole) for name in QUICK for whole in (False, True) if (name, whole) != ("aerc", False)]
    + [(name, False) for name in SLOW],
    indirect=["pair"],
)
def test_a_forward_opens_a_report(pair: Pair, world: World, *, whole: bool) -> None:
    """A mail that a teacher sent to the agent: passed on with `#forward`, inside the text or as an attachment."""
    pair.guru.send(SARI, pair.topic, "Akun saya tidak bisa dibuka.\n\n#spam")
    pair.sari.forward(pair.topic, world.edge.desk, "#forward", whole=whole)
    world.work()
    shown = world.edge.show(world.number(pair.address))
    assert shown is not None
    assert (shown["requester"], shown["state"]) == (pair.address, "new")
    report = next(one for one in shown["articles"] if one["kind"] == "report")
    assert report["text"].strip().startswith("Akun saya tidak bisa dibuka.")


@pytest.mark.parametrize("pair", ["aerc"], indirect=True)
def test_a_forward_without_an_address_is_asked_back(pair: Pair, world: World) -> None:
    """Aerc writes only the name of the writer above what it passes on: the agent is told of `#untuk`, nobody else."""
    pair.guru.send(SARI, pair.topic, "Akun saya tidak bisa dibuka.")
    pair.sari.forward(pair.topic, world.edge.desk, "#forward")
    world.work()
    assert "gunakan #untuk ALAMAT" in text_of(world.box(SARI)[-1])
    assert world.box(pair.address) == []
