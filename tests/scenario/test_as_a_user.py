"""Once as a user would: `mailhelp init`, edit, `check`, `run`, people with a real mail client, and every command."""

from __future__ import annotations

import email
import email.policy
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from clients.person import Person, missing
from clients.snail import Snail
from clikit import Desk
from servers import LOOPBACK, PASSWORD, DovecotServer, SmtpDoor, free_port, unavailable

pytestmark = [pytest.mark.dovecot, pytest.mark.xdist_group("as-a-user")]

DESK, SARI, GURU = "bantuan@kantor.example", "sari@kantor.example", "wahyu@sekolah.example"
OTHERS = ("budi@kantor.example", "tono@kantor.example")
REPORT = """\
Kategori Masalah: Reset kata sandi
Subkategori: Lupa kata sandi akun sendiri
Tipe Pengguna: Guru
Nama: Wahyu Prasetyo
Email pribadi: wahyu@sekolah.example
Akun belajar.id: wahyu.prasetyo@guru.smp.belajar.id
Nama sekolah: SMP Negeri 1 Contoh
NPSN: 20104567
Detail Pertanyaan: Saya tidak bisa masuk sejak hari Senin.
"""


@dataclass(frozen=True)
class Place:
    """A folder made by `mailhelp init` and edited, and the servers it names."""

    folder: Path
    dovecot: DovecotServer
    door: SmtpDoor

    @property
    def config(self) -> Path:
        """config.toml."""
        return self.folder / "config.toml"

    def mailhelp(self, *words: str, status: int = 0) -> str:
        """Run a command as a user does; what it prints. No command ever shows a traceback."""
        command = [sys.executable, "-m", "mailhelp", "--config", str(self.config), *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stdout + done.stderr
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def edit(self, section: str, **values: object) -> None:
        """Set keys in one section of config.toml, in the place where they stand, like a person with an editor."""
        parts = re.split(r"(?m)^(?=\[)", self.config.read_text(encoding="utf-8"))
        [at] = [number for number, part in enumerate(parts) if part.startswith(section + "\n")]
        for key, value in values.items():
            line = f"{key} = {json.dumps(value)}"
            parts[at], count = re.subn(rf"(?m)^(# )?{key} = .*$", line, parts[at], count=1)
            assert count == 1, (section, key)
        self.config.write_text("".join(parts), encoding="utf-8")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `mailhelp init` makes."""
    folder = tmp_path_factory.mktemp("fresh") / "desk"
    subprocess.run([sys.executable, "-m", "mailhelp", "init", folder], check=True, capture_output=True)
    return folder


@pytest.fixture
def place(fresh: Path, tmp_path: Path, dovecot: DovecotServer) -> Iterator[Place]:
    """A desk that is ready to run: what the README tells a new user to do, and nothing else."""
    for user in (DESK, SARI, GURU, *OTHERS):
        dovecot.add_user(user)
    folder = Path(shutil.copytree(fresh, tmp_path / "desk"))
    with SmtpDoor.before(dovecot) as door:
        made = Place(folder, dovecot, door)
        made.edit("[desk]", name="Layanan Bantuan Akun", address=DESK, aliases=[], admin=SARI)
        made.edit("[[mailbox]]", host="localhost", port=dovecot.imaps_port, user=DESK, ca_file=str(dovecot.ca_file))
        made.edit("[smtp]", host=LOOPBACK, port=door.port, tls="none", user=DESK)
        made.edit("[agents]", answer_delay_seconds=0)
        password = folder / "secrets" / "mail-password"
        password.write_text(PASSWORD + "\n")
        password.chmod(0o600)
        team = folder / "rules" / "team.yaml"
        team.write_text(team.read_text().replace("@dinas.example", "@kantor.example"))
        yield made


def eventually(place: Place, look: Callable[[], Any], what: str, seconds: float = 180) -> Any:
    """What `look` gives as soon as it gives anything."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    log = (place.folder / "log").read_text()
    raise AssertionError(f"{what} did not happen within {seconds:.0f} seconds; the daemon's log:\n{log}")


def letter(place: Place, user: str, words: str) -> str:
    """Subject and text of the mail with these words that comes to `user`."""

    def look() -> str:
        with IMAPClient(LOOPBACK, place.dovecot.imap_port, ssl=False) as client:
            client.login(user, PASSWORD)
            client.select_folder("INBOX", readonly=True)
            for data in client.fetch(client.search(), ["BODY.PEEK[]"]).values():
                mail = email.message_from_bytes(data[b"BODY[]"], policy=email.policy.default)
                body = mail.get_body(("plain",))
                told = f"{mail['Subject']}\n\n{body.get_content() if body else ''}"
                if words in told:
                    return told
        return ""

    return str(eventually(place, look, f"a mail with “{words}” to {user}"))


@pytest.fixture
def daemon(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """`mailhelp run`, ended if the test did not end it."""
    with (place.folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mailhelp", "--config", str(place.config), "run"], stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


@pytest.fixture
def people(place: Place, tmp_path: Path) -> tuple[Snail, Snail]:
    """The requester and the agent, each with s-nail."""
    if reason := missing("s-nail", "s-nail"):
        unavailable(reason)
    ports = LOOPBACK, place.dovecot.imap_port, place.door.port
    wahyu = Person("Wahyu Prasetyo", GURU, tmp_path / "wahyu", *ports)
    sari = Person("Sari Wulandari", SARI, tmp_path / "sari", *ports)
    return Snail(wahyu), Snail(sari)


def test_story(place: Place, people: tuple[Snail, Snail], daemon: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """Report, acknowledgement, notice, answer and reply with real clients; then every command; then a quiet end."""
    wahyu, sari = people
    wahyu.send(DESK, "Lupa kata sandi", REPORT)
    receipt = letter(place, GURU, "sudah kami terima")
    found = re.search(r"#(\d{7})", receipt)
    assert found is not None
    number = found[1]

    assert "Saya tidak bisa masuk" in letter(place, SARI, number)
    sari.reply(number, "Kata sandi sudah kami reset.\nSilakan masuk dengan kata sandi sementara.")
    answer = letter(place, GURU, "sudah kami reset")
    assert SARI not in answer
    assert "Saya tidak bisa masuk" not in answer, "the quoted notice stays inside"

    wahyu.reply(number, "Masih belum bisa.")
    assert "Masih belum bisa" in letter(place, SARI, "Masih belum bisa")

    _every_command(place, int(number), tmp_path)
    assert "came back after" in place.mailhelp("check", "--probe")

    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(60) == 0
    log = (place.folder / "log").read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log
    place.mailhelp("run", "--once")
    place.mailhelp("audit")
    assert len(json.loads(place.mailhelp("tickets", "--json"))) == 1, "the probe opened nothing"


def _every_command(place: Place, number: int, tmp_path: Path) -> None:
    assert str(number) in place.mailhelp("tickets", "--queue", "akun", "--search", "wahyu")
    [ticket] = json.loads(place.mailhelp("tickets", "--json"))
    assert (ticket["number"], ticket["state"], ticket["requester"]) == (number, "open", GURU)

    shown = place.mailhelp("show", str(number))
    assert [word for word in ("Reset kata sandi", "sudah kami reset", "Masih belum bisa") if word not in shown] == []
    kinds = [one["kind"] for one in json.loads(place.mailhelp("show", str(number), "--json"))["articles"]]
    assert [kind for kind in kinds if kind != "sent"] == ["report", "answer", "reply"]

    eventually(place, lambda: "none" in place.mailhelp("outbox"), "an empty outbox")
    sent = json.loads(place.mailhelp("outbox", "--all", "--json"))
    assert {mail["state"] for mail in sent} == {"sent"}
    assert {mail["recipient"] for mail in sent} >= {GURU, SARI}

    place.mailhelp("status")
    assert json.loads(place.mailhelp("status", "--json"))["tickets"] == {"open": 1}
    assert "Everything is accounted for." in place.mailhelp("audit")
    assert json.loads(place.mailhelp("audit", "--json"))["ok"]

    file = tmp_path / "again.eml"
    file.write_bytes(next(mail.raw for mail in place.door.travelled if DESK in mail.recipients))
    assert "the same mail" in place.mailhelp("explain", str(file))
    assert json.loads(place.mailhelp("explain", str(file), "--json"))["kind"] == "person"
    assert "answered by sari" in place.mailhelp("explain", str(number))
    decisions = json.loads(place.mailhelp("explain", str(number), "--json"))["decisions"]
    by_mail = [
        one["code"] for one in decisions if one["code"] != "timer.planned"
    ]  # a due time may be looked at meanwhile
    assert by_mail == ["report", "agent.answer", "reply"]
    assert "none" in place.mailhelp("quarantine")
    assert json.loads(place.mailhelp("quarantine", "--json")) == []
    assert json.loads(place.mailhelp("rules", "check", "--json"))["ok"]


def test_check_is_content(place: Place) -> None:
    """A desk that was made as the README says passes every check, in text and in JSON."""
    assert "All is well." in place.mailhelp("check")
    found = json.loads(place.mailhelp("check", "--json"))
    assert [check for check in found if check["ok"] is False] == []
    assert {"rules", "templates", "signing keys", "database", "IMAP utama", "SMTP"} <= {one["name"] for one in found}


def _wrong_password(place: Place) -> None:
    (place.folder / "secrets" / "mail-password").write_text("salah\n")


def _wrong_imap_port(place: Place) -> None:
    place.edit("[[mailbox]]", port=free_port())


def _wrong_smtp_port(place: Place) -> None:
    place.edit("[smtp]", port=free_port())


def _wrong_host(place: Place) -> None:
    place.edit("[[mailbox]]", host="imap.tidak-ada.invalid")


def _unknown_authority(place: Place) -> None:
    place.edit("[[mailbox]]", ca_file=str(Path(__file__).parents[1] / "data" / "tls" / "localhost.pem"))


def _broken_rule(place: Place) -> None:
    rules = place.folder / "rules" / "routing.yaml"
    rules.write_text(rules.read_text().replace("queue: akun", "queue: akum", 1))


def _no_keys(place: Place) -> None:
    (place.folder / "keys.json").unlink()


def _no_secret(place: Place) -> None:
    (place.folder / "secrets" / "mail-password").unlink()


def _typing_error(place: Place) -> None:
    place.config.write_text(place.config.read_text().replace("poll_seconds", "poll_second").replace("# poll_", "poll_"))


def _no_sent_folder(place: Place) -> None:
    place.edit("[smtp]", sent_folder="Tidak Ada")


def _tls_on_the_plain_port(place: Place) -> None:
    place.edit("[[mailbox]]", port=place.dovecot.imap_port)
    place.edit("[smtp]", tls="starttls")


def _broken_template(place: Place) -> None:
    template = place.folder / "templates" / "id" / "answer.md"
    template.write_text(template.read_text() + "\n{{ tidak_ada }}\n")


@pytest.mark.parametrize(
    ("mistake", "says"),
    [
        (_wrong_password, ("✗ IMAP utama", "✗ SMTP", "Check the user and the password")),
        (_wrong_imap_port, ("✗ IMAP utama", "Nothing listens there: check host and port.", "✓ SMTP")),
        (_wrong_smtp_port, ("✗ SMTP", "Nothing listens there: check host and port.", "✓ IMAP utama")),
        (_tls_on_the_plain_port, ("That port does not begin with TLS", "That port offers no STARTTLS")),
        (_no_sent_folder, ("✗ IMAP utama sent folder", "sent_folder as the server shows it", "✓ SMTP")),
        (_wrong_host, ("✗ IMAP utama", "The host's name cannot be found")),
        (_unknown_authority, ("✗ IMAP utama", "name its authority in ca_file")),
        (_broken_rule, ("✗ rules", "rules/routing.yaml:", 'did you mean "akun"?', "✓ SMTP")),
        (_no_keys, ("✗ signing keys", "mailhelp init", "✓ SMTP")),
        (_no_secret, ("✗ IMAP utama", "mail-password")),
        (_typing_error, ("✗ config.toml", 'did you mean "poll_seconds"?')),
        (_broken_template, ("✗ templates", "answer.md", "tidak_ada", "✓ SMTP")),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_check_names_the_mistake(
    place: Place,
    mistake: Callable[[Place], None],
    says: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each mistake fails the check with the sentence that helps, and does not hide what is well."""
    mistake(place)
    done = Desk(place.folder, monkeypatch, capsys)("check")  # in this process: a dozen more would prove nothing more
    assert done.status == 1
    assert [words for words in says if words not in done.out] == [], done.out
    assert "to mend." in done.out
