"""Replies of real mail clients, each taken through a whole desk: what reaches the requester, or the ticket.

The collection (`corpus`) holds answers to another desk's mail with the text that was typed. Here each answers a mail of
ours instead: the headers are those of a reply to it, the body stays byte for byte. The desk has a notice in that other
desk's shape (templates are data), so that what stands quoted is what was sent.

    python tests/scenario/real_replies.py       counts, and what was held
"""

from __future__ import annotations

import email
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from email import policy
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import CORPUS, WHY, manifest
from scenario.desk_edge import configured
from scenario.fake_edge import FakeEdge
from scenario.mails import Draft, Got
from scenario.runner import NOON

FOLDERS = ("clients", "synthetic")
HOW = {"agent": ("exact", "held", "wrong"), "requester": ("exact", "more", "wrong")}
SIGNATURES = ("Sari Dewi\nMeja Bantuan Dinas Pendidikan",)
AGENT = "sari@dinas.example"
NAME = "Wahyu Prasetyo"
_NOTICE = """---
subject: "{{ tag }} {{ subject }}"
reply: yes
---
Wahyu Prasetyo menulis pada tiket #42:

{{ text|verbatim }}

\\-- \\
Meja Bantuan Dinas Pendidikan - tiket #42 - https://desk.test/t/42
"""
_HEADERS = ("From", "To", "Cc", "Reply-To", "In-Reply-To", "References", "Message-ID", "Subject", "Date",
            "Return-Path", "Delivered-To", "Authentication-Results", "Received", "X-Mailhelp-Ticket")  # fmt: skip


@dataclass(frozen=True)
class Played:
    """How one reply came through: `exact` as typed; an agent's `held`, a requester's filed with `more`; or `wrong`."""

    file: str
    how: str
    why: str


def rows(folder: str) -> list[dict[str, Any]]:
    """The replies of a manifest."""
    return [row for row in manifest(folder) if row["action"] == "reply"]


def words(text: str) -> str:
    """A text with each run of white space as one space."""
    return " ".join(text.split())


def reported() -> str:
    """What the requester of the collection wrote, as the desk of the collection quotes it."""
    mail = email.message_from_bytes((CORPUS / "originals" / "desk-plain.eml").read_bytes(), policy=policy.default)
    text = mail.get_content()
    return str(text).partition("tiket #42:")[2].partition("\n-- ")[0].strip()


class World:
    """A desk whose notices look like those that the collection's mails answer."""

    def __init__(self, folder: Path, signatures: tuple[str, ...] = SIGNATURES) -> None:
        config, templates, rules = configured(), folder / "templates", folder / "rules"
        shutil.copytree(config.templates_dir, templates)
        (templates / "id" / "notice.md").write_text(_NOTICE, encoding="utf-8")
        shutil.copytree(config.rules_dir, rules)
        team = (rules / "team.yaml").read_text(encoding="utf-8")
        signed = f"display: Sari, signature: {json.dumps(signatures)}," if signatures else "display: Sari,"
        (rules / "team.yaml").write_text(team.replace("display: Sari,", signed), encoding="utf-8")
        folders = {"templates_dir": str(templates), "rules_dir": str(rules)}
        self.edge = FakeEdge(folder, config=config.model_copy(update=folders))
        self.now, self.count = NOON, 0

    def close(self) -> None:
        """Close the desk."""
        self.edge.close()

    def agent(self, row: dict[str, Any], path: Path) -> Played:
        """The reply as an agent's answer to the notice of a new report."""
        guru, notice, _ = self._report()
        self._deliver(as_reply(path.read_bytes(), AGENT, "Sari Dewi", notice, self._unique(), self.now))
        out = self.edge.mails_out()
        answers = [mail for mail in out if mail.recipient == guru and not mail.header("Auto-Submitted")]
        end, reason = self.edge.last_end()
        if not answers:
            told = any(mail.recipient == AGENT for mail in out)
            return Played(row["file"], "held" if told else "wrong", reason)
        if leaked := leaks(answers[0], row):
            return Played(row["file"], "wrong", f"leaked: {leaked}")
        got, typed = words(own_quotes_out(answered(answers[0].text))), words(expected(row))
        same = got == typed or row.get("typed_found_in_text_part") is False
        return Played(row["file"], "exact" if same and len(answers) == 1 else "wrong", f"{end}: {got}")

    def requester(self, row: dict[str, Any], path: Path) -> Played:
        """The reply as the requester's to our acknowledgement."""
        guru, _, welcome = self._report()
        self._deliver(as_reply(path.read_bytes(), guru, NAME, welcome, self._unique(), self.now))
        self.edge.mails_out()
        ticket = self.edge.show(max(one["number"] for one in self.edge.tickets()))
        assert ticket is not None
        replies = [one for one in ticket["articles"] if one["kind"] == "reply"]
        if len(replies) != 1:
            return Played(row["file"], "wrong", str(self.edge.last_end()))
        got, typed = words(replies[0]["text"]), words(row["typed"])
        if got == typed or row.get("typed_found_in_text_part") is False:
            return Played(row["file"], "exact", got)
        return Played(row["file"], "more" if typed in got or is_inline(row) else "wrong", got)

    def _report(self) -> tuple[str, Got, Got]:
        """A new report of a new requester; the notice that the agent got, and the acknowledgement."""
        guru = f"wahyu{self.count}@sekolah.example"
        subject = "Tidak bisa masuk e-rapor – kelas VII B"
        draft = Draft(guru, NAME, self.edge.desk, subject, reported(), self.now, self._unique())
        self._deliver(draft.raw())
        out = self.edge.mails_out()
        notice = next(mail for mail in out if mail.recipient == AGENT)
        return guru, notice, next(mail for mail in out if mail.recipient == guru)

    def _deliver(self, raw: bytes) -> None:
        self.now += timedelta(minutes=30)
        self.edge.at(self.now)
        self.edge.send_in(raw)

    def _unique(self) -> str:
        self.count += 1
        return f"r{self.count}.corpus"


def is_inline(row: dict[str, Any]) -> bool:
    """Whether the answer stands between the quoted lines."""
    return row["expected_reply"] is None


def expected(row: dict[str, Any]) -> str:
    """What the requester is to get: the typed text without the lines that are commands."""
    return re.sub(r"^#selesai\s+", "", row["typed"])


def answered(text: str) -> str:
    """The agent's words in an answer: without salutation and closing of the template."""
    below = text.partition(",\n\n")[2]
    return below.partition("\nJika masih ada yang ingin ditanyakan")[0]


def own_quotes_out(text: str) -> str:
    """The text without quoted lines of the requester's own report: they belong to an answer between them."""
    report = words(reported())
    return "\n".join(line for line in text.split("\n") if not (line[:1] == ">" and words(line[1:]) in report))


def leaks(mail: Got, row: dict[str, Any]) -> str:
    """What stands in a mail to the requester that belongs to the agent or the notice; empty if nothing does."""
    shown = mail.raw.decode("ascii", "replace") + "".join(readable(mail))
    secret = [AGENT, "sari.agent@desk.test", "menulis pada tiket", "Meja Bantuan"]
    secret += [line.strip("* ") for line in (row["signature"] or "").splitlines() if line.strip("* ") != NAME]
    return next((one for one in secret if one in shown), "")


def readable(mail: Got) -> Iterator[str]:
    """The text of every part, decoded."""
    for part in mail.message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_maintype() == "text" and isinstance(payload, bytes):
            yield payload.decode(part.get_content_charset() or "utf-8", "replace")


def as_reply(raw: bytes, sender: str, name: str, answered_mail: Got, unique: str, now: Any) -> bytes:
    """The same body under the headers of this person's reply to a mail of ours."""
    mail = email.message_from_bytes(raw)
    for header in _HEADERS:
        del mail[header]
    draft = Draft(sender, name, answered_mail.answer_to, f"Re: {answered_mail.header('Subject')}", "", now, unique)
    ours = email.message_from_bytes(draft.raw())
    for header in ("Return-Path", "Delivered-To", "Authentication-Results", "From", "To", "Subject", "Message-ID"):
        mail[header] = ours[header]
    mail["Date"] = format_datetime(now)
    mail["In-Reply-To"] = answered_mail.header("Message-ID")
    mail["References"] = " ".join(answered_mail.ids)
    return mail.as_bytes()


def play(folder: str, role: str, signatures: tuple[str, ...] = SIGNATURES) -> Iterator[Played]:
    """Every reply of a part of the collection, written by an `agent` or a `requester`."""
    with TemporaryDirectory() as place, closing(World(Path(place), signatures)) as world:
        for row in rows(folder):
            yield getattr(world, role)(row, CORPUS / folder / row["file"])


def main() -> int:
    """Print the counts; 1 if anything is wrong."""
    if not CORPUS.is_dir():
        print(WHY)
        return 0
    wrong = 0
    for role in ("agent", "requester"):
        for folder in FOLDERS:
            found = list(play(folder, role))
            counts = Counter(one.how for one in found)
            wrong += counts["wrong"]
            print(f"{role:9} {folder:9} {len(found)} replies:", *(f"{counts[how]} {how}" for how in HOW[role]))
            for one in found:
                if one.how != "exact":
                    print(f"    {one.how}: {one.file}: {one.why[:200]}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
