"""Play the tests beside rules and categories: write or load each example's mail, read it, and let it be decided."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from mailhelp.desk.expectation import Given, GivenFile
from mailhelp.desk.policy import Policy
from mailhelp.desk.ruletest import Report, Result, agent_of, play_all
from mailhelp.errors import Problem
from mailhelp.mail.limits import LimitExceeded
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.message import Attachment, Kind, Message, ReadOptions, Sender
from mailhelp.mail.read import read

SENDER = "pelapor@contoh.example"
MAX_EML = 20_000_000


def run_tests(policy: Policy, folder: Path) -> Report:
    """Play all tests; `folder` is the rules folder, below which `.eml` files are found."""
    return play_all(policy, lambda given: message_of(policy, folder, given))


def failures(policy: Policy, folder: Path) -> tuple[Problem, ...]:
    """The tests that fail, as problems with file and line."""
    return tuple(problem(result) for result in run_tests(policy, folder).results if not result.ok)


def problem(result: Result) -> Problem:
    """A failed test as a problem."""
    subject, example = result.subject, result.example
    where = f"{subject.title} → test {result.number}"
    message = f"does not come true: {'; '.join(result.failures)}."
    return Problem(example.file, message, example.line, example.column, where)


def message_of(policy: Policy, folder: Path, given: Given) -> Message:
    """The mail of an example, read as live mail is read."""
    desk = policy.desk
    options = ReadOptions(own_addresses=desk.addresses, own_id=desk.id, marker_lines=MARKERS)
    raw = _load(folder, given.eml) if given.eml else written(policy, given)
    try:
        message = read(raw, options)
    except LimitExceeded as limit:
        return Message("", Sender(None), "", Kind.PERSON, str(limit), "", len(raw), text=f"cannot be read: {limit}")
    files = tuple(_file(number, one) for number, one in enumerate(given.attachments, start=2))
    return replace(message, attachments=files) if files else message


def _load(folder: Path, name: str) -> bytes:
    try:
        with (folder / name).open("rb") as file:
            return file.read(MAX_EML)
    except OSError:
        return b""  # told when the rules are loaded; gone since then, it is a mail without anything in it


def written(policy: Policy, given: Given) -> bytes:
    """The bytes of an example's mail: its fields as a person fills in the form, then its text."""
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = "<contoh@contoh.example>"
    mail["From"] = given.sender or (agent_of(policy, given).address if given.event == "agent" else SENDER)
    mail["To"] = given.recipient or policy.desk.address
    mail["Subject"] = given.subject or "Laporan"
    for name, value in given.headers.items():
        if name in mail:
            del mail[name]
        mail[name] = value
    mail.set_content("\n".join(_lines(policy, given)) + "\n")
    return mail.as_bytes()


def _lines(policy: Policy, given: Given) -> Iterator[str]:
    """A later mail holds no form: the fields stand on the ticket already."""
    language = policy.desk.language
    for name, value in given.fields.items() if given.event == "arrived" else ():
        field = policy.form.field(name)
        labels = field.labels if field else {}
        label = labels.get(language) or next(iter(labels.values()), name)
        yield f"{label}: {value}"
    if given.fields and given.event == "arrived":
        yield ""
    yield given.text


def _file(number: int, file: GivenFile) -> Attachment:
    kind = file.type or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Attachment(file.name, kind, file.size, str(number), "")
