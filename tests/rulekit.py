"""A desk whose rules a test writes, and mails that differ in everything rules may ask for."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailhelp.desk.effect import AttachmentRef, SendMail
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.config import Config, load
from mailhelp.edge.keys import load_keys, make_keys
from mailhelp.edge.letter import Letter
from mailhelp.edge.policyfiles import read_files, to_data, write_files
from mailhelp.edge.store import RawMail, Store
from mailhelp.edge.worker import Readers
from mailhelp.home import read_options
from mailhelp.intake import BATCH, Intake
from mailhelp.mail.token import Keyring
from mailhelp.policy_load import load_bundle
from mailhelp.policy_watch import PolicyWatch

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # a Monday, 08:00 in Jakarta

CONFIG = """
rules_dir = "rules"
templates_dir = "templates"
[desk]
name = "Layanan Bantuan"
address = "bantuan@desk.example"
id = "replay"
admin = "admin@desk.example"
[[mailbox]]
name = "main"
host = "127.0.0.1"
port = 143
tls = "none"
user = "bantuan@desk.example"
password_env = "MAILHELP_TEST_PASSWORD"
[smtp]
host = "127.0.0.1"
port = 25
tls = "none"
[security]
authserv_ids = ["desk.example"]
accept_unauthenticated = true
[gate]
per_address_hour = 100000
per_address_day = 100000
global_hour = 1000000
"""
TEAM = """
agents:
  sari: {address: sari@dinas.example, display: Sari}
  budi: {address: budi@dinas.example, display: Budi, days: monday-thursday}
  dewi: {address: dewi@dinas.example, display: Dewi}
queues:
  umum: {title: Umum, agents: [sari, budi]}
  akun: {title: Akun, agents: [dewi]}
  ujian: {title: Ujian, agents: [budi, dewi]}
default_queue: umum
"""
CATEGORIES = """
categories:
  reset:
    title: {id: Reset kata sandi, en: Password reset}
    aliases: [Reset kata sandi]
    queue: akun
    subcategories:
      guru: {aliases: [Akun guru], priority: high}
      siswa: {aliases: [Akun siswa]}
  mutasi:
    title: {id: Mutasi, en: Transfer}
    aliases: [Mutasi sekolah]
    queue: umum
    priority: low
"""
FORM = """
fields:
  category: {type: category, labels: {id: Kategori Masalah, en: Category}}
  subcategory: {type: subcategory, labels: {id: Subkategori, en: Subcategory}}
  name: {labels: {id: Nama, en: Name}}
  npsn: {type: npsn, labels: {id: NPSN, en: NPSN}}
  details: {type: long text, labels: {id: Detail Pertanyaan, en: Details}}
"""
RULES = """
rules:
  - {name: spam, when: {header: {X-Spam-Flag: "yes"}}, then: {spam: true}, stop: true}
  - {name: ujian, when: {text: ujian hari ini}, then: {queue: ujian, owner: round-robin, priority: urgent, tag: ujian}}
  - {name: dinas, when: {sender: {domain: dinas.example}}, then: {owner: sari, note: dari dinas}}
  - {name: berkas, when: {attachments: {type: "image/*", size: {min: 1000}}}, then: {tag: [gambar]}}
  - {name: kantor, when: {time: {from: "08:00", to: "15:00"}}, then: {tag: jam-kerja}}
  - {name: kenal, when: {sender: {known: true}, open_reports: {min: 2}}, then: {tag: sering}}
  - {name: nomor, when: {subject: {matches: "sekolah [0-4]$"}}, then: {tag: kelas-bawah}}
  - name: tembusan
    when: {recipient: kepala@sekolah.example}
    then: {copy_to: arsip@dinas.example, acknowledge: false}
  - {name: inggris, when: {language: en}, then: {priority: low}}
  - {name: npsn ada, when: {field: {npsn: {present: true}}}, then: {tag: npsn}}
"""
OTHER_RULES = """
rules:
  - {name: spam, when: {header: {X-Spam-Flag: "yes"}}, then: {spam: true}, stop: true}
  - {name: dinas, when: {sender: {domain: dinas.example}}, then: {queue: akun, owner: dewi, priority: high}}
  - {name: ujian, when: {text: [ujian hari ini, sedang ujian]}, then: {queue: ujian, owner: least-loaded}}
  - {name: pagi, when: {time: {from: "06:00", to: "10:00"}}, then: {tag: pagi}}
  - {name: kenal, when: {sender: {known: true}, open_reports: {min: 1}}, then: {tag: sering}}
  - {name: pdf, when: {attachments: {type: application/pdf}}, then: {tag: pdf, note: ada berkas}}
  - {name: pindah, when: {category: reset, subcategory: siswa}, then: {category: mutasi, queue: umum}}
  - {name: npsn kurang, when: {field: {npsn: {present: false}}}, then: {tag: tanpa-npsn}}
"""


class Papers:
    """Letters that nobody reads."""

    def write(self, mail: SendMail, unique: str, _now: datetime, _load: Callable[[AttachmentRef], bytes]) -> Letter:
        """A small one with an id of its own."""
        return Letter(f"<{unique}@desk.example>", "", mail.to.addr, mail.template, "", b"Subject: x\r\n\r\nx\r\n")


@dataclass(frozen=True)
class _Done:
    value: Any

    def result(self) -> Any:
        """What was done at once."""
        return self.value


class InProcess(Readers):
    """Readers without processes."""

    def _schedule(self, work: Any, args: tuple[Any, ...]) -> Any:
        return _Done(work(*args))


@dataclass
class RuleDesk:
    """A desk in a folder, with the real store and intake."""

    folder: Path
    config: Config
    store: Store
    keyring: Keyring
    bundle: Bundle
    now: datetime = START
    uid: int = 0
    source: Callable[[], Bundle] | None = None
    on_clock: Callable[[], object] = lambda: None
    intake: Intake = field(init=False, repr=False)

    def __post_init__(self) -> None:
        readers = InProcess(read_options(self.config, self.bundle.policy.desk), self.config.limits)
        self.intake = Intake(self.store, readers, self.current, self.keyring, self.clock)

    def clock(self) -> datetime:
        """The desk's time."""
        self.on_clock()
        return self.now

    def current(self) -> Bundle:
        """The bundle in force."""
        return self.source() if self.source else self.bundle

    @property
    def rules(self) -> Path:
        """The folder of the rules."""
        return self.folder / "rules"

    def load(self) -> Bundle:
        """The files as they are, checked and tested."""
        return load_bundle(self.config, self.folder, self.keyring, tested=True)

    def use(self, bundle: Bundle, *, real_letters: bool = False) -> None:
        """From now on this bundle is in force."""
        self.bundle = bundle if real_letters else Bundle(bundle.policy, Papers(), bundle.files)
        self.store.remember_policy(bundle.version, to_data(bundle.files), self.now)

    def take(self, mails: Sequence[bytes], step: timedelta = timedelta(hours=1), batch: int = 10) -> None:
        """Mails arrive some at a time, `step` apart, and are taken to their end."""
        for start in range(0, len(mails), batch):
            raws = mails[start : start + batch]
            self.now += step
            first, self.uid = self.uid + 1, self.uid + len(raws)
            rows = [RawMail(first + number, self.now, raw, len(raw)) for number, raw in enumerate(raws)]
            self.store.accept("main", "INBOX", 1, rows, self.uid, self.now)
            while self.intake.run():
                pass

    def outcomes(self) -> dict[int, Mapping[str, Any]]:
        """What rules made of each report, by its number, as it is stored."""
        low, high = self.store.decisions_since(START)
        past = self.store.past_decisions(low, high)
        return {one.ticket: one.trace["outcome"] for one in past if one.ticket and "outcome" in one.trace}


def rule_desk(folder: Path, rules: str = RULES, now: datetime = START, *, real_letters: bool = False) -> RuleDesk:
    """A new desk with these rules, at that time; the caller closes its store."""
    (folder / "rules").mkdir(parents=True)
    for name, text in (("team", TEAM), ("categories", CATEGORIES), ("form", FORM), ("routing", rules)):
        (folder / "rules" / f"{name}.yaml").write_text(text)
    shutil.copytree(TEMPLATES, folder / "templates")
    (folder / "config.toml").write_text(CONFIG)
    config = load(folder / "config.toml")
    key_file = Path(config.security.key_file)
    make_keys(key_file)
    keyring = load_keys(key_file)
    store = Store(config.database.url)
    store.open(config.desk.first_number)
    bundle = load_bundle(config, folder, keyring, tested=True)
    desk = RuleDesk(folder, config, store, keyring, bundle, now)
    desk.use(bundle, real_letters=real_letters)
    return desk


# --- mails

_TEXTS = (
    "Saya tidak bisa masuk sejak kemarin.",
    "Siswa kami sedang ujian dan tidak bisa masuk.",
    "Mohon segera, ujian hari ini pukul sembilan.",
    "Hello, I cannot sign in to my account since yesterday, please help me with that.",
    "Mohon bantuan pindah sekolah.",
)
_CATEGORIES = ("", "Reset kata sandi", "Mutasi sekolah", "Sesuatu yang lain")


def mails(count: int, seed: int = 1) -> Iterator[bytes]:
    """Reports with and without a form, in text or only in an HTML table, with files, marks, copies, known senders."""
    rng = random.Random(seed)
    for number in range(count):
        yield _mail(rng, number)


def _mail(rng: random.Random, number: int) -> bytes:
    mail = EmailMessage()
    domain = rng.choice(("sekolah.example", "sekolah.example", "dinas.example", "surat.example"))
    mail["From"] = f"Guru {number} <guru{rng.randrange(400)}@{domain}>"
    mail["To"] = "bantuan@desk.example"
    if rng.random() < 0.1:
        mail["Cc"] = "kepala@sekolah.example"
    named = f"[#{rng.randrange(9000000, 9999999)}] " if rng.random() < 0.05 else ""
    mail["Subject"] = f"{named}Laporan {number} sekolah {rng.randrange(10)}"
    mail["Message-ID"] = f"<m{number}@{domain}>"
    mail["Date"] = "Mon, 23 Nov 2026 08:00:00 +0700"
    if rng.random() < 0.03:
        mail["X-Spam-Flag"] = "YES"
    rows = list(_rows(rng))
    text = f"{rng.choice(_TEXTS)} Nomor {number}."
    if rng.random() < 0.25:
        cells = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
        mail.set_content(text)
        mail.add_alternative(f"<p>{text}</p><table>{cells}</table>", subtype="html")
    else:
        lines = [f"{name}: {value}" for name, value in rows]
        quoted = "\n\nPada 8 Januari 2024 bantuan@desk.example menulis:\n> Salam." if rng.random() < 0.1 else ""
        mail.set_content("\n".join([*lines, text]) + quoted)
    if rng.random() < 0.15:
        kind = rng.choice((("image", "png", b"\x89PNG\r\n\x1a\n"), ("application", "pdf", b"%PDF-1.4\n")))
        content = kind[2] + bytes([number % 251]) * rng.choice((300, 3000))
        mail.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=f"berkas{number}.{kind[1]}")
    return mail.as_bytes()


def _rows(rng: random.Random) -> Iterator[tuple[str, str]]:
    if category := rng.choice(_CATEGORIES):
        yield "Kategori Masalah", category
    if category == "Reset kata sandi":
        yield "Subkategori", rng.choice(("Akun guru", "Akun siswa"))
    if rng.random() < 0.5:
        yield "NPSN", str(rng.randrange(10_000_000, 69_999_999))


# --- reload


def watch_over(desk: RuleDesk, load: Callable[[], Bundle] | None = None) -> PolicyWatch:
    """A watch over the files of a desk, which decides with what the watch has in force."""
    config = (desk.folder / "config.toml", desk.config)
    watch = PolicyWatch(desk.bundle, load or desk.load, config, desk.store, desk.clock)
    watch.begin()
    desk.source = lambda: watch.bundle
    return watch


@dataclass(frozen=True)
class Told:
    """What came of changing rules under load. `mixed` are decisions that do not fit the version they name."""

    decisions: int
    versions: int
    refused: int
    alarms: int
    unknown_versions: list[str]
    mixed: list[str]
    seconds: float


AGENTS = ("sari", "budi", "dewi")
QUEUES = ("umum", "akun", "ujian")


def _marked(number: int) -> dict[str, bytes]:
    """Files that show their number: in the queue, the owner, a tag, a note and the subject of the letter."""
    queue, owner = QUEUES[number % 3], AGENTS[number // 3 % 3]
    rules = (
        "rules:\n"
        f"  - {{name: tanda, when: {{subject: laporan}}, then: {{queue: {queue}, owner: {owner}, tag: v{number}}}}}\n"
        f"  - {{name: akhir, when: {{subject: laporan}}, then: {{note: versi {number}}}}}\n"
    )
    letter = f"---\nsubject: {{{{ tag }}}} versi {number}\n---\nKami terima, {{{{ number }}}}.\n"
    return {"rules/routing.yaml": rules.encode(), "templates/id/acknowledgement.md": letter.encode()}


BROKEN: tuple[dict[str, bytes], ...] = (
    {"rules/routing.yaml": b"rules:\n  - {name: a, when: {subject: laporan}, then: {queue: tiada, tag: wrong}}\n"},
    {"rules/routing.yaml": b"rules: [\n"},
    {"templates/id/acknowledgement.md": b"---\nsubject: wrong\n---\n{{ nothing_of_that_name }}\n"},
    {"rules/team.yaml": b""},
)


def reload_under_load(folder: Path, mails: int, changes: int) -> Told:
    """Let mails be decided while another thread changes rules and templates at any moment, every fourth time wrongly.

    The daemon looks at its files between two batches. Here new rules come into force at the worst moment: in the middle
    of a decision, when it asks for the time.
    """
    desk = rule_desk(folder, real_letters=True)
    good = read_files(desk.config)
    write_files(desk.config, {**good, **_marked(0)})
    desk.use(desk.load(), real_letters=True)
    watch = watch_over(desk)
    raws = [small_mail(number, "Saya lupa kata sandi.") for number in range(mails)]
    rows = [RawMail(number + 1, desk.now, raw, len(raw)) for number, raw in enumerate(raws)]
    for start in range(0, mails, 500):
        desk.store.accept("main", "INBOX", 1, rows[start : start + 500], start + 500, desk.now)
    changer = _Changer(desk, watch, good, mails, changes)
    desk.intake._kick = changer.progress
    desk.source, desk.on_clock = changer.current, changer.swap
    began = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(changer.run)
        while desk.intake.run():
            pass
        changer.finish()
        changing.result()
    told = _judged(desk, changer, time.monotonic() - began)
    desk.store.close()
    return told


@dataclass
class _Changer:
    """Changes the files as the work goes on; `valid` maps versions that were in force onto their numbers."""

    desk: RuleDesk
    watch: PolicyWatch
    good: Mapping[str, bytes]
    mails: int
    changes: int
    refused: int = 0
    valid: dict[str, int] = field(default_factory=dict)
    _batches: int = 0
    _made: int = 0
    _turn: threading.Condition = field(default_factory=threading.Condition)
    _shown: Bundle = field(init=False)

    def __post_init__(self) -> None:
        self._shown = self.watch.bundle

    def current(self) -> Bundle:
        """What decisions are made with."""
        return self._shown

    def swap(self) -> None:
        """From now on decisions are made with what the watch has in force."""
        self._shown = self.watch.bundle

    def progress(self) -> None:
        """Another batch is decided. Where the machine is slow, wait: at most one change may be outstanding."""
        with self._turn:
            self._batches += 1
            self._turn.notify_all()
            due = self._batches * (self.changes + 1) // (self.mails // BATCH)
            self._turn.wait_for(lambda: self._made >= min(due - 1, self.changes))

    def finish(self) -> None:
        """All mails are decided: nobody has to wait any longer."""
        with self._turn:
            self._batches = self.mails
            self._turn.notify_all()

    def run(self) -> None:
        """Make all changes, spread over the batches."""
        self.valid[self.watch.bundle.version] = 0
        batches = self.mails // BATCH
        for number in range(1, self.changes + 1):
            with self._turn:
                self._turn.wait_for(lambda: self._batches >= number * batches // (self.changes + 1))  # noqa: B023
            made = self.changes  # if it fails nobody waits for more
            try:
                self._change(number)
                made = number
            finally:
                with self._turn:
                    self._made = made
                    self._turn.notify_all()

    def _change(self, number: int) -> None:
        wrong = BROKEN[number // 4 % len(BROKEN)] if number % 4 == 0 else {}
        write_files(self.desk.config, {**self.good, **_marked(number), **wrong})
        before = self.watch.bundle
        self.watch.look(at_once=True)
        if wrong:
            assert self.watch.bundle is before
            self.refused += 1
        else:
            assert self.watch.bundle is not before
            self.valid[self.watch.bundle.version] = number


def _judged(desk: RuleDesk, changer: _Changer, seconds: float) -> Told:
    """Hold each decision about a mail against the version that it names."""
    sql = (
        "SELECT d.policy_version, t.number, t.queue, t.owner, "
        "(SELECT group_concat(name) FROM tag WHERE ticket = t.number), "
        "(SELECT group_concat(text) FROM article WHERE ticket = t.number AND kind = 'note'), "
        "(SELECT group_concat(subject) FROM outbox WHERE ticket = t.number AND kind = 'acknowledgement') "
        "FROM decision d JOIN ticket t ON t.number = d.ticket WHERE d.key LIKE 'arrival:%'"
    )
    with desk.store.engine.reading():
        rows = desk.store.engine.rows(sql)
        alarms = int(desk.store.engine.value("SELECT COUNT(*) FROM outbox WHERE kind = 'alarm'"))
    unknown = [version for version, *_ in rows if version not in changer.valid]
    mixed = []
    for version, number, queue, owner, tags, note, subject in rows:
        mark = changer.valid.get(version, -1)
        seen = (queue, owner, tags, note, subject)
        wanted = (QUEUES[mark % 3], AGENTS[mark // 3 % 3], f"v{mark}", f"versi {mark}", f"[#{number}] versi {mark}")
        if seen != wanted:
            mixed.append(f"{number} says {version}: {seen}, not {wanted}")
    used = len({version for version, *_ in rows})
    return Told(len(rows), used, changer.refused, alarms, unknown, mixed, seconds)


def small_mail(number: int, text: str, to: int = 0) -> bytes:
    """A mail of one teacher about one thing; `to` is the number of the mail that it is a reply to."""
    about = f"In-Reply-To: <r{to}@sekolah.example>\r\n" if to else ""
    head = f"From: guru{to or number}@sekolah.example\r\nTo: bantuan@desk.example\r\nSubject: laporan {number}\r\n"
    return f"{head}{about}Message-ID: <r{number}@sekolah.example>\r\n\r\n{text}\r\n".encode()
