"""What `mailhelp check` tries: each thing the desk will need, one after the other, with a remedy for what fails."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mailhelp.edge.config import Config, MailboxConfig, load, to_desk
from mailhelp.edge.imap import Mailbox
from mailhelp.edge.imap_line import ImapError, LoginRefusedError, RefusedError
from mailhelp.edge.keys import load_keys
from mailhelp.edge.metrics import library
from mailhelp.edge.rules import load_policy, warnings
from mailhelp.edge.smtp import Connection
from mailhelp.edge.store import Store
from mailhelp.edge.template import Templates
from mailhelp.errors import UserError
from mailhelp.home import account_secrets


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. `ok` is None for a warning: it works, but somebody should know."""

    name: str
    ok: bool | None
    detail: str = ""
    remedy: str = ""


def examine(config_path: Path) -> Iterator[Check]:
    """Try everything; a check that others need and that fails ends those others only."""
    try:
        config = load(config_path)
    except UserError as error:
        yield from _failed("config.toml", error)
        return
    yield Check("config.toml", ok=True, detail=f"{config.desk.name} <{config.desk.address}>")
    yield from _files(config, config_path.absolute().parent)
    yield from _security(config)
    yield from _guard("database", lambda: _database(config))
    for box in config.mailbox:
        yield from _guard(f"IMAP {box.name}", lambda box=box: _mailbox(box, config))  # type: ignore[misc]
    yield from _guard("SMTP", lambda: _smtp(config))
    if config.metrics.listen:
        yield from _guard("metrics", lambda: _metrics(config.metrics.listen))


def _guard(name: str, work: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """The checks of one part; what it raises becomes a failed check."""
    try:
        yield from work()
    except UserError as error:
        yield from _failed(name, error)
    except (ImapError, OSError) as error:
        yield Check(name, ok=False, detail=str(error), remedy=_network_remedy(str(error)))


def _failed(name: str, error: UserError) -> Iterator[Check]:
    yield Check(name, ok=False, detail=error.summary, remedy=error.remedy)
    for problem in error.problems:
        yield Check(name, ok=False, detail=str(problem))


def _files(config: Config, base: Path) -> Iterator[Check]:
    yield from _guard("rules", lambda: _rules(config, base))
    yield from _guard("templates", lambda: _templates(config))
    yield from _guard("signing keys", lambda: _keys(config))
    for section in (*config.mailbox, config.smtp):
        path = Path(section.password_file)
        if section.password_file and path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Check("secrets", ok=None, detail=f"others may read {path}", remedy=f"Run: chmod 600 {path}")


def _rules(config: Config, base: Path) -> Iterator[Check]:
    policy = load_policy(config, base)
    yield Check(
        "rules",
        ok=True,
        detail=f"{len(policy.rules)} rules, {len(policy.categories)} categories, {len(policy.team.queues)} queues, "
        f"{len(policy.team.agents)} agents; version {policy.version[:12]}",
    )
    today = datetime.now(ZoneInfo(config.desk.timezone)).date()
    for warning in warnings(policy, today):
        file = "categories" if warning.startswith("category") else "team"
        remedy = f"Mend it in {Path(config.rules_dir).name}/{file}.yaml, or leave it if it is meant."
        yield Check("rules", ok=None, detail=warning, remedy=remedy)


def _templates(config: Config) -> Iterator[Check]:
    """Every template, rendered in every language with sample data of the mail it is for."""
    templates = Templates.load(Path(config.templates_dir))
    problems = templates.problems()
    for problem in problems:
        yield Check("templates", ok=False, detail=str(problem))
    if not problems:
        count = sum(len(templates.names(language)) for language in ("id", "en"))
        yield Check("templates", ok=True, detail=f"{count} rendered with sample data")


def _keys(config: Config) -> Iterator[Check]:
    ring = load_keys(Path(config.security.key_file))
    yield Check("signing keys", ok=True, detail=f"{len(ring.keys)}, signing with key {ring.current}")


def _security(config: Config) -> Iterator[Check]:
    if not config.security.authserv_ids:
        yield Check(
            "sender proof",
            ok=None,
            detail="authserv_ids is empty: no mail can be known to come from whom it names",
            remedy="Name your mail host's authserv-id under [security] (docs/operations.md, “Who is who”).",
        )
    yield from _agents_proof(config)
    if not config.desk.detail:
        yield Check("reply addresses", ok=None, detail="no plus addresses: tokens travel in Message-IDs only")


def _agents_proof(config: Config) -> Iterator[Check]:
    if config.security.agent_proof == "token":
        yield Check(
            "agents' proof",
            ok=None,
            detail="an agent is believed by the signed reply address alone",
            remedy='Set agent_proof = "token+dmarc" once authserv_ids is set.',
        )
    elif not config.security.authserv_ids:
        yield Check(
            "agents' proof",
            ok=None,
            detail="every mail of an agent will be held until that agent has confirmed it",
            remedy='Set authserv_ids, or agent_proof = "token" until you can.',
        )


def _metrics(listen: str) -> Iterator[Check]:
    library()
    yield Check("metrics", ok=True, detail=f"`mailhelp run` answers on http://{listen}/metrics")


def _database(config: Config) -> Iterator[Check]:
    store = Store(config.database.url)
    store.open(first_number=config.desk.first_number)
    try:
        detail = config.database.url.split("@")[-1]
        yield Check("database", ok=True, detail=detail)
    finally:
        store.close()


def _mailbox(box: MailboxConfig, config: Config) -> Iterator[Check]:
    name = f"IMAP {box.name}"
    mailbox = Mailbox(box, account_secrets(box, f"[[mailbox]] {box.name}"))
    try:
        mailbox.connect()
    except LoginRefusedError as error:
        yield Check(name, ok=False, detail=str(error), remedy="Check the user and the password or token.")
        return
    try:
        yield Check(name, ok=True, detail=f"logged in at {box.host}:{box.port} as {box.user}")
        yield from _folders(name, mailbox)
        if config.smtp.sent_folder and config.smtp.sent_mailbox == box.name:
            yield _sent_folder(name, mailbox, config.smtp.sent_folder)
        yield _capabilities(name, mailbox)
    finally:
        mailbox.close()


def _folders(name: str, mailbox: Mailbox) -> Iterator[Check]:
    made = mailbox.make_folders()
    folder = mailbox.select()
    detail = f"{folder.name} holds {folder.exists} messages" + (f"; made {', '.join(made)}" if made else "")
    yield Check(f"{name} folders", ok=True, detail=detail)


def _sent_folder(name: str, mailbox: Mailbox, folder: str) -> Check:
    """The folder for copies must be there: it is the host's own, and mailhelp makes none."""
    try:
        mailbox.holds(folder, "<none@mailhelp.invalid>")
    except RefusedError as error:
        remedy = "Name the folder under [smtp] sent_folder as the server shows it (often Sent, or [Gmail]/Sent Mail)."
        return Check(f"{name} sent folder", ok=False, detail=str(error), remedy=remedy)
    return Check(f"{name} sent folder", ok=True, detail=f"{mailbox.folder_name(folder)} is there")


def _capabilities(name: str, mailbox: Mailbox) -> Check:
    lacking = [need for need in ("IDLE", "MOVE", "UIDPLUS") if need not in mailbox.capabilities]
    remedy = "It works without, only later or with more steps." if lacking else ""
    detail = "lacks " + ", ".join(lacking) if lacking else "IDLE, MOVE, UIDPLUS"
    return Check(f"{name} capabilities", ok=None if lacking else True, detail=detail, remedy=remedy)


def _smtp(config: Config) -> Iterator[Check]:
    connection = Connection(config.smtp, account_secrets(config.smtp, "[smtp]"))

    async def login() -> str:
        outcome = await connection.open()
        await connection.quit()
        return str(outcome) if outcome else ""

    trouble = asyncio.run(login())
    where = f"{config.smtp.host}:{config.smtp.port}"
    if trouble:
        yield Check("SMTP", ok=False, detail=f"{where}: {trouble}", remedy=_network_remedy(trouble))
    else:
        yield Check(
            "SMTP", ok=True, detail=f"logged in at {where}" + (f" as {config.smtp.user}" * bool(config.smtp.user))
        )


_REMEDIES = (
    (r"not known|name or service|nodename|getaddrinfo", "The host's name cannot be found: check spelling and DNS."),
    (r"refused|connect call failed", "Nothing listens there: check host and port."),
    (r"wrong.version.number", 'That port does not begin with TLS: try tls = "starttls", or the port for TLS.'),
    (r"starttls extension not supported", 'That port offers no STARTTLS: try tls = "implicit", or another port.'),
    (r"certificate", "The server's certificate is not trusted: use its right name, or name its authority in ca_file."),
    (r"malformed smtp response", "That is no SMTP server, or its port for TLS: check host, port and tls."),
    (r"timed? ?out", "It does not answer: check host, port, the firewall, and whether tls fits the port."),
    (r"\((?:login)\)|\b53[458]\b", "Check the user and the password or token."),
)


def _network_remedy(text: str) -> str:
    """What helps, by the words of the error: the libraries have no codes for most of these."""
    found = (remedy for pattern, remedy in _REMEDIES if re.search(pattern, text, re.IGNORECASE))
    return next(found, "Check host, port and tls.")


def probe(config_path: Path, seconds: float = 60.0) -> Iterator[Check]:
    """A round trip: a mail to the desk's own tagged address must come back to the intake folder, tag and all.

    The mail carries our loop mark, so that a running daemon files it as its own and answers nothing.
    """
    from mailhelp.probe import round_trip

    config = load(config_path)
    ring = load_keys(Path(config.security.key_file))
    yield from _guard(
        "round trip", lambda: _probe(round_trip(config, to_desk(config), ring, datetime.now(UTC), seconds))
    )


def _probe(verdict: tuple[bool | None, str, str]) -> Iterator[Check]:
    ok, detail, remedy = verdict
    yield Check("round trip", ok=ok, detail=detail, remedy=remedy)
