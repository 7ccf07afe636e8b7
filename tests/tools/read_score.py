"""How well mails are read: other people's mails, of which is known what they say, through `explain` or the reader.

    .venv/bin/python tests/tools/read_score.py [kinds replies forwards threads parse speed] [--misses]

Prints, for each part, how often the reader agrees. `--misses` names the mails where it does not. A mail of which typed
words stand in neither text, or of which quoted words pass for new, is counted apart: these are the dear mistakes. Needs
the collection beside the checkout (`corpus.py`); says so where it is absent.
"""

from __future__ import annotations

import argparse
import email.message
import email.policy
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from corpus import CORPUS, ROOT, WHY, kinds, manifest, raw_mails
from mailhelp.edge.config import load, to_desk
from mailhelp.edge.rules import load_policy
from mailhelp.home import read_options
from mailhelp.intake_explain import explain
from mailhelp.mail.forward import find
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.message import Action, DeliveryReport, Kind, Message
from mailhelp.mail.read import read
from mailhelp.mail.token import Key, Keyring

MARKERS = ("## Tulis balasan di atas baris ini ##",)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SIGNATURE_LENGTH = 160
PEOPLE = {Kind.PERSON, Kind.LIST}
# A challenge that comes as a delivery report (RFC 3464) may be called one: the mail did not arrive.
AUTOMATIC = {Kind.AUTOMATIC, Kind.DELIVERY_REPORT}
WANTED: dict[str, set[Kind]] = {
    "human": PEOPLE, "list": PEOPLE, "spam": PEOPLE,
    "failed": {Kind.DELIVERY_REPORT}, "delayed": {Kind.DELIVERY_REPORT}, "delivered": {Kind.DELIVERY_REPORT},
    "autoreply": AUTOMATIC, "notification": {Kind.AUTOMATIC}, "arf": {Kind.AUTOMATIC}, "mdn": {Kind.DISPOSITION_REPORT},
}  # fmt: skip
"""The kinds of ours that a labelled kind may be."""


@dataclass
class Tally:
    """Counts of one part: of each question how often it was asked and answered right, and which mails were not."""

    asked: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, question: str, name: str, *, good: bool) -> None:
        """Count one answer."""
        self.asked[question] += 1
        self.right[question] += good
        if not good:
            self.missed[question].append(name)

    def share(self, question: str) -> float:
        """How many of the answers are right; 1.0 where nothing was asked."""
        return self.right[question] / self.asked[question] if self.asked[question] else 1.0

    def lines(self, *, misses: bool) -> Iterator[str]:
        """The counts as text."""
        for question, count in self.asked.items():
            yield f"{question:44} {self.right[question]:5} / {count:<5} {self.share(question):.4f}"
            if misses:
                yield from (f"    {name}" for name in self.missed[question])


@cache
def desk() -> Callable[[bytes], dict[str, Any]]:
    """`explain` on the example desk without tickets; its answer has `raw` and all that --json promises."""
    config = load(ROOT / "config.toml")
    policy, options = load_policy(config, ROOT), read_options(config, to_desk(config))
    keyring = Keyring((Key("1", b"k" * 32, NOW),), "1")
    return lambda raw: explain(raw, NOW, policy, options, keyring)


@cache
def message(path: Path) -> Message | None:
    """A mail of the collection as the example desk reads it, or None where it passes a limit."""
    config = load(ROOT / "config.toml")
    try:
        return read(path.read_bytes(), read_options(config, to_desk(config)))
    except LimitExceeded:
        return None


# --- kinds


def labelled() -> Iterator[tuple[dict[str, str], Message]]:
    """The labelled mails that are there and within the limits."""
    for row in kinds():
        path = CORPUS / row["file"]
        if path.is_file() and (found := message(path)):
            yield row, found


def score_kinds() -> tuple[Tally, dict[str, Counter[str]]]:
    """Kinds against labels, with failed recipients; and the confusion matrix, by label."""
    tally = Tally()
    matrix: dict[str, Counter[str]] = defaultdict(Counter)
    for row, found in labelled():
        kind, name = row["kind"], row["file"]
        matrix[kind][found.kind.value] += 1
        tally.add(f"kind {kind}", f"{name}: {found.kind.value}, {found.kind_reason}", good=found.kind in WANTED[kind])
        if found.report:
            _score_report(tally, row, found.report)
    return tally, matrix


def _score_report(tally: Tally, row: Mapping[str, str], report: DeliveryReport) -> None:
    wanted = {addr.strip().lower() for addr in row["recipients"].split(",") if addr.strip()}
    got = {one.addr.lower() for one in report.recipients}
    if row["kind"] not in ("failed", "delayed"):
        return
    if wanted:
        tally.add("failed recipients", f"{row['file']}: {sorted(got)} for {sorted(wanted)}", good=got == wanted)
        tally.add("... at least one of them", row["file"], good=bool(got & wanted))
    actions = {one.action for one in report.recipients}
    if actions and row["kind"] == "failed":  # the labels call delayed, too, what failed after many tries
        tally.add("failed, and not called delayed", row["file"], good=actions != {Action.DELAYED})


# --- replies


@dataclass(frozen=True)
class Reply:
    """A mail, what its sender typed (None: between quoted lines), and whether a signature may be kept."""

    name: str
    raw: bytes
    expected: str | None
    loose: bool


def sources() -> list[str]:
    """The projects whose reply pairs are there."""
    return sorted(path.name for path in (CORPUS / "replies").iterdir())


def replies(part: str) -> Iterator[Reply]:
    """The reply pairs of a source, or the mails of `clients` or `synthetic`."""
    if part in ("clients", "synthetic"):
        for row in manifest(part):
            raw = (CORPUS / part / row["file"]).read_bytes()
            if row["action"] in ("reply", "new") and row.get("typed_found_in_text_part", True) is not False:
                yield Reply(row["file"], raw, row["expected_reply"], loose=False)
        return
    for path in sorted((CORPUS / "replies" / part).glob("*.expected.txt")):
        base = path.name.removesuffix(".expected.txt")
        for kind in ("txt", "html"):
            source = path.with_name(f"{base}.in.{kind}")
            if source.exists():
                raw = wrapped(source.read_text("utf-8"), "plain" if kind == "txt" else "html")
                yield Reply(f"{part}/{base}", raw, path.read_text("utf-8"), loose=True)


def wrapped(text: str, subtype: str, subject: str = "Re: laporan") -> bytes:
    """A reply's text as a whole mail."""
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"] = "guru@sekolah.example", "bantuan@dinas.example"
    mail["Subject"] = " ".join(subject.split())
    mail["Message-ID"], mail["Date"] = "<reply@sekolah.example>", "Tue, 24 Nov 2026 08:00:00 +0700"
    mail.set_content(text, subtype=subtype, cte="base64")
    return mail.as_bytes()


def words(text: str | None) -> list[str]:
    """The words of a text, without quote marks, drawn lines and byte order marks."""
    found = re.sub(r"(?m)^[> ]+", "", (text or "").replace("\ufeff", "")).split()
    return [word for word in found if word.strip("-_*=")]


def shown_text(told: Mapping[str, Any]) -> str:
    """All that explain tells of the text of a mail."""
    return "\n".join(told[key] for key in ("new_text", "quoted_text", "signature"))


def missing(wanted: list[str], have: list[str]) -> list[str]:
    """The words that are wanted more often than they are there."""
    return list((Counter(wanted) - Counter(have)).elements())


def score_replies(part: str, tally: Tally) -> None:
    """What was typed, found exactly; text lost and quotation leaked are counted by themselves."""
    for reply in replies(part):
        told = desk()(reply.raw)
        new, shown = told["new_text"], shown_text(told)
        if reply.expected is None:
            continue
        got, expected = words(new), words(reply.expected)
        tally.add(f"{part}: exact", reply.name, good=got == expected)
        if reply.loose:
            shorter, longer = sorted((" ".join(got), " ".join(expected)), key=len)
            near = bool(shorter) and longer.startswith(shorter) and len(longer) - len(shorter) < SIGNATURE_LENGTH
            tally.add(f"{part}: exact but for a signature", reply.name, good=got == expected or near)
        lost = missing(expected, words(shown))
        cut = missing(expected, got)
        leaked = missing(got, expected)
        tally.add("typed words are shown somewhere", f"{reply.name}: {' '.join(lost)[:200]}", good=not lost)
        tally.add("typed words are in new_text", f"{reply.name}: {' '.join(cut)[:200]}", good=not cut)
        tally.add("nothing quoted in new_text", f"{reply.name}: {' '.join(leaked)[:200]}", good=not leaked)


# --- forwards


def score_forwards(tally: Tally) -> None:
    """The original's sender, subject, date, text and the remark above; and no reply is taken for a forward."""
    for path in sorted((CORPUS / "forwards").glob("*.expected.json")):
        base = path.name.removesuffix(".expected.json")
        subject = path.with_name(f"{base}.subject.txt")
        text = path.with_name(f"{base}.txt").read_text("utf-8")
        found = find(text, "", subject.read_text("utf-8") if subject.exists() else None)
        expected = json.loads(path.read_text("utf-8"))
        if expected is None:
            tally.add("no forward, and not taken for one", base, good=found is None)
            continue
        tally.add("forward found", base, good=found is not None)
        if found is None:
            continue
        got = {"subject": found.subject, "from_email": found.sender.addr, "from_name": found.sender.name,
               "message": found.comment, "body": found.body, "date": found.date}  # fmt: skip
        for key, value in expected.items():
            if key in got:
                good = " ".join(got[key].split()) == " ".join(str(value or "").split())
                tally.add(f"forward: {key}", f"{base}: {got[key][:200]!r} for {str(value)[:200]!r}", good=good)
        raw = wrapped(text, "plain", subject.read_text("utf-8") if subject.exists() else "Fwd: x")
        told = desk()(raw)
        lost = missing(words(text), words(shown_text(told)))
        tally.add("forward: no word is lost by explain", f"{base}: {' '.join(lost)[:100]}", good=not lost)


# --- threads


def score_threads(tally: Tally) -> None:
    """Mails of one conversation are joined by the ids that they refer to, and no others are."""
    rows = [line.split("\t") for line in (CORPUS / "labels" / "threads.tsv").read_text("utf-8").splitlines()[1:]]
    read_ones = [(name, thread, found) for name, thread in rows if (found := message(CORPUS / name))]
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for name, _, found in read_ones:
        for one in filter(None, (found.message_id, *found.ids)):
            parent[root(one)] = root(name)
    for (name, thread, _), (other, same, _) in combinations(read_ones, 2):
        joined = root(name) == root(other)
        if thread == same or joined:
            question = "same thread, and joined" if thread == same else "joined, and the same thread"
            tally.add(question, f"{name} {other}", good=joined and thread == same)
    threads: dict[str, set[str]] = defaultdict(set)
    for _, thread, found in read_ones:
        threads[thread].add(found.message_id)
    for name, thread, found in read_ones:
        others = threads[thread] - {found.message_id}
        if found.ids and found.ids[0] in set().union(*threads.values()):
            tally.add("nearest parent is in the thread", name, good=found.ids[0] in others)


# --- what another parser's tests expect


def plain(text: str) -> str:
    """A text without white space, case and signs."""
    return re.sub(r"[\W_]+", "", text).lower()


def right_in(found: Message, expected: Mapping[str, object]) -> Iterator[tuple[str, bool, str]]:
    """What another parser's tests expect of a mail, whether it is so here, and what is here."""
    if "subject" in expected:
        yield "subject", plain(str(expected["subject"])) == plain(found.subject), found.subject
    if "from_email" in expected:
        yield "sender", str(expected["from_email"]).lower() in found.sender.claimed, str(found.sender)
    if wanted := re.findall(r"\w{2,}", str(expected.get("body", "")).lower())[:400]:
        have = set(re.findall(r"\w{2,}", f"{found.text} {found.html_text}".lower()))
        yield "body words", sum(word in have for word in wanted) / len(wanted) >= 0.95, ""
        told = set(re.findall(r"\w{2,}", f"{found.new_text} {found.quoted_text} {found.signature}".lower()))
        yield "body words told", sum(word in told for word in wanted) / len(wanted) >= 0.95, ""
    listed = expected.get("attachments")
    if isinstance(listed, list):
        names = [one.name for one in found.attachments]
        folded = {plain(name) for name in names}
        yield "attachment names", all(plain(name) in folded for name in listed if name), f"{names} for {listed}"


def score_parse(tally: Tally) -> None:
    """Subject, sender, body and files as another parser's tests expect them."""
    for file, expected in json.loads((CORPUS / "labels" / "parse.json").read_text("utf-8")).items():
        found = message(CORPUS / file)
        if found is None:
            tally.add("read at all", file, good=False)
            continue
        for what, good, got in right_in(found, expected):
            tally.add(what, f"{file}: {got}", good=good)


# --- speed


def every_mail() -> list[Path]:
    """Every raw mail, labelled or not."""
    return sorted({*raw_mails(), *(path for path in CORPUS.glob("*/mails/**/*") if path.is_file())})


def show_speed() -> Iterator[str]:
    """The slowest mails, each explained once."""
    taken = []
    for path in every_mail():
        raw = path.read_bytes()
        start = time.perf_counter()
        desk()(raw)
        taken.append((time.perf_counter() - start, len(raw), str(path.relative_to(CORPUS))))
    yield f"{len(taken)} mails explained in {sum(one[0] for one in taken):.1f} s; the slowest:"
    yield from (f"    {seconds:.3f} s {size:>9,} bytes  {name}" for seconds, size, name in sorted(taken)[:-11:-1])


def _matrix(matrix: Mapping[str, Counter[str]]) -> Iterator[str]:
    columns = [kind.value for kind in Kind]
    yield f"{'label':14}" + "".join(f"{column:>20}" for column in columns)
    for label, row in sorted(matrix.items()):
        yield f"{label:14}" + "".join(f"{row[column] or '':>20}" for column in columns)


def _part(part: str, *, misses: bool) -> Iterator[str]:
    tally = Tally()
    if part == "kinds":
        tally, matrix = score_kinds()
        yield from _matrix(matrix)
    elif part == "replies":
        for source in (*sources(), "clients", "synthetic"):
            score_replies(source, tally)
    elif part == "forwards":
        score_forwards(tally)
    elif part == "threads":
        score_threads(tally)
    elif part == "parse":
        score_parse(tally)
    else:
        yield from show_speed()
    yield from tally.lines(misses=misses)


PARTS = ("kinds", "replies", "forwards", "threads", "parse", "speed")


def main() -> None:
    """Print the parts that are asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("parts", nargs="*", default=PARTS, help=" ".join(PARTS))
    parser.add_argument("--misses", action="store_true", help="name the mails that were read otherwise")
    wanted = parser.parse_args()
    if not CORPUS.is_dir():
        sys.exit(f"Skipped: {WHY}.")
    for part in wanted.parts:
        print(f"\n{part}")
        for line in _part(part, misses=wanted.misses):
            print(line)


if __name__ == "__main__":
    main()
