"""What the types of config.toml cannot say: keys that must fit each other, names that must be known.

Each check is a generator of findings; a finding names its key by path, so that it can be shown with its line.
"""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailhelp.errors import nearest

if TYPE_CHECKING:
    from mailhelp.edge.config import Config, DeskConfig, MailboxConfig, OAuth, Server
    from mailhelp.edge.tomlfile import Loc

_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\\\"]+@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE
)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]|[0-9A-Fa-f:]+")
_LAST_PORT = 65535
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake: the key it concerns and the parts of an `errors.Problem`."""

    loc: Loc
    message: str
    found: str = ""
    allowed: str = ""
    nearest: str = ""
    remedy: str = ""


def check(config: Config) -> Iterator[Finding]:
    """Everything that is wrong with the parts of this configuration taken together."""
    yield from _desk(config.desk)
    yield from _mailboxes(config.mailbox)
    yield from _server(config.smtp, ("smtp",), login_needed=False)
    yield from _sent(config)
    yield from _database(config.database.url)
    for key in ("authserv_ids", "own_relays"):
        for number, name in enumerate(getattr(config.security, key)):
            # A star stands at the end of a relay's name only, after enough to tell ours from others'.
            known = r"[^\s*]+" if key == "authserv_ids" else r"[^\s*]+|[^\s*]{6,}\*"
            if not re.fullmatch(known, name):
                yield Finding(("security", key, number), "not a server's name:", name)
    if config.metrics.listen:
        yield from _metrics(config.metrics.listen)
    if config.smtp.helo and not _HOST.fullmatch(config.smtp.helo):
        yield Finding(("smtp", "helo"), "not a host name:", config.smtp.helo)


def is_loopback(host: str) -> bool:
    """Whether that host is this machine by its very spelling; names are not looked up."""
    if host.lower() in ("localhost", "localhost.localdomain"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _desk(desk: DeskConfig) -> Iterator[Finding]:
    if not desk.name.strip() or not desk.name.isprintable():
        yield Finding(("desk", "name"), "must be a text on one line, not", desk.name)
    if desk.id and not _ID.fullmatch(desk.id):
        yield Finding(("desk", "id"), "not a short name:", desk.id, "small letters, digits and hyphens")
    yield from _addresses(desk)
    if desk.timezone not in (zones := zoneinfo.available_timezones()):
        close = nearest(desk.timezone, zones)
        yield Finding(("desk", "timezone"), "unknown time zone", desk.timezone, "a name such as Asia/Jakarta", close)
    tag = desk.subject_tag
    if tag.count("{number}") != 1 or "{" in tag.replace("{number}", "") or not tag.isprintable():
        yield Finding(("desk", "subject_tag"), "must hold {number} once; found", tag, remedy='As in "[#{number}]".')
    elif re.search(r"\d\{number\}|\{number\}\d", tag):
        yield Finding(("desk", "subject_tag"), "has a digit beside {number}:", tag, remedy='As in "[#{number}]".')


def _addresses(desk: DeskConfig) -> Iterator[Finding]:
    named: list[tuple[Loc, str]] = [(("desk", "address"), desk.address)]
    named += [(("desk", "aliases", number), alias) for number, alias in enumerate(desk.aliases)]
    seen: set[str] = set()
    for loc, addr in named:
        if not _ADDRESS.fullmatch(addr):
            yield Finding(loc, "not a mail address:", addr, remedy='Only the address, as in "help@example.org".')
        elif desk.detail and desk.detail in addr.partition("@")[0] and desk.detail == "+":
            yield Finding(loc, "has a detail already:", addr, remedy="Give the address without the part after +.")
        elif addr.lower() in seen:
            yield Finding(loc, "stands here twice:", addr)
        seen.add(addr.lower())
    if desk.admin and not _ADDRESS.fullmatch(desk.admin):
        yield Finding(("desk", "admin"), "not a mail address:", desk.admin)
    elif desk.admin.lower() in seen:
        remedy = "Alarms sent to the desk itself would become reports; name a person's address."
        yield Finding(("desk", "admin"), "is the desk's own address:", desk.admin, remedy=remedy)


def _mailboxes(boxes: tuple[MailboxConfig, ...]) -> Iterator[Finding]:
    if not boxes:
        yield Finding((), "there is no [[mailbox]].", remedy="The desk needs at least one to read.")
    names: set[str] = set()
    intakes: dict[tuple[str, str, str], str] = {}
    for number, box in enumerate(boxes):
        loc: Loc = ("mailbox", number)
        if not re.fullmatch(r"[A-Za-z0-9_-]+", box.name):
            yield Finding((*loc, "name"), "not a short name:", box.name, "letters, digits, - and _")
        if box.name.lower() in names:
            yield Finding((*loc, "name"), "two mailboxes have the name", box.name)
        names.add(box.name.lower())
        account = (box.host.lower(), box.user.lower(), _folder_key(box.folders.intake))
        if account in intakes:
            yield Finding((*loc, "user"), f'reads the same folder as mailbox "{intakes[account]}":', box.user)
        intakes.setdefault(account, box.name)
        yield from _server(box, loc, login_needed=True)
        yield from _folders(box, loc)


def _folders(box: MailboxConfig, loc: Loc) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for key, name in box.folders.model_dump().items():
        if not name or not name.isprintable():
            yield Finding((*loc, "folders", key), "not a folder's name:", name)
        elif (lowered := _folder_key(name)) in seen:
            yield Finding((*loc, "folders", key), f"is the same folder as {seen[lowered]}:", name)
        seen.setdefault(_folder_key(name), key)


def _folder_key(name: str) -> str:
    """INBOX is the same in any case (RFC 3501 §5.1); other names are not."""
    return "INBOX" if name.upper() == "INBOX" else name


def _server(server: Server, loc: Loc, *, login_needed: bool) -> Iterator[Finding]:
    if not _HOST.fullmatch(server.host):
        yield Finding(
            (*loc, "host"), "not a host name:", server.host, remedy="The name alone, without https:// or port."
        )
    elif server.tls == "none" and not is_loopback(server.host):
        remedy = "Passwords and reports would travel in clear text; that is allowed on this machine only."
        yield Finding((*loc, "tls"), "must not be", "none", "implicit, starttls", remedy=remedy)
    ways = [key for key in ("password_file", "password_env", "oauth") if getattr(server, key)]
    if not server.user and (ways or login_needed):
        yield Finding((*loc, "user"), "must name the account to log in with.")
    elif server.user and not ways:
        yield Finding(loc, "has a user and no secret.", remedy="Set password_file, password_env or oauth.")
    if len(ways) > 1:
        yield Finding((*loc, ways[1]), "only one secret can be used; found", ", ".join(ways), "one of them")
    if server.oauth:
        yield from _oauth(server.oauth, (*loc, "oauth"))


def _oauth(oauth: OAuth, loc: Loc) -> Iterator[Finding]:
    for stem in ("client_secret", "refresh_token"):
        if getattr(oauth, f"{stem}_file") and getattr(oauth, f"{stem}_env"):
            yield Finding(
                (*loc, f"{stem}_env"), f"{stem} comes from a file and from the environment; keep one of them."
            )
    has_refresh = bool(oauth.refresh_token_file or oauth.refresh_token_env)
    has_secret = bool(oauth.client_secret_file or oauth.client_secret_env)
    if not has_refresh and oauth.provider == "google":
        yield Finding(
            loc, "provider google needs a refresh token.", remedy="Set refresh_token_file or refresh_token_env."
        )
    elif not has_refresh and not has_secret:
        remedy = "Set refresh_token_file (log in as a person) or client_secret_file (log in as an application)."
        yield Finding(loc, "has neither a refresh token nor a client secret.", remedy=remedy)
    elif not has_refresh and oauth.provider == "microsoft" and oauth.tenant in ("common", "organizations", "consumers"):
        remedy = "Give the tenant's id or domain: an application logs in to one tenant."
        yield Finding((*loc, "tenant"), "must not be", oauth.tenant, remedy=remedy)
    yield from _token_url(oauth, loc)


def _token_url(oauth: OAuth, loc: Loc) -> Iterator[Finding]:
    if not oauth.token_url:
        if oauth.provider == "other":
            yield Finding((*loc, "token_url"), 'must be given where provider is "other".')
        return
    parts = urlsplit(oauth.token_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        yield Finding((*loc, "token_url"), "must begin with https://, found", oauth.token_url)


def _sent(config: Config) -> Iterator[Finding]:
    smtp = config.smtp
    boxes = {box.name: box for box in config.mailbox}
    if smtp.sent_mailbox and smtp.sent_mailbox not in boxes:
        close = nearest(smtp.sent_mailbox, boxes)
        yield Finding(("smtp", "sent_mailbox"), "unknown mailbox", smtp.sent_mailbox, _words(boxes), close)
    elif smtp.sent_mailbox and not smtp.sent_folder:
        yield Finding(("smtp", "sent_mailbox"), "is of no use without sent_folder.")
    elif smtp.sent_folder and not smtp.sent_mailbox and len(boxes) > 1:
        yield Finding(
            ("smtp", "sent_folder"),
            "does not say which mailbox it is in",
            allowed=_words(boxes),
            remedy="Set sent_mailbox.",
        )
    home = boxes.get(smtp.sent_mailbox) or next(iter(boxes.values()), None)
    if smtp.sent_folder and home and _folder_key(smtp.sent_folder) == _folder_key(home.folders.intake):
        yield Finding(("smtp", "sent_folder"), "is the intake folder:", smtp.sent_folder)


def _database(url: str) -> Iterator[Finding]:
    scheme = url.partition(":")[0]
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        if ":memory:" in url:
            yield Finding(("database", "url"), "must not be in memory:", url, remedy="Mail must survive a restart.")
        return
    if scheme in ("postgresql", "postgres") and urlsplit(url).path.strip("/"):
        return
    allowed = "sqlite:///FILE, postgresql://USER@HOST/NAME"
    close = nearest(scheme, ("sqlite", "postgresql"))
    shown = scheme if "@" in url else url  # an address may hold a password
    yield Finding(("database", "url"), "unknown kind of database:", shown, allowed, "" if close == scheme else close)


def host_and_port(listen: str) -> tuple[str, int]:
    """The two parts of `HOST:PORT`. ValueError when it is something else."""
    host, colon, port = listen.rpartition(":")
    if not (colon and _HOST.fullmatch(host) and port.isascii() and port.isdecimal() and int(port) <= _LAST_PORT):
        raise ValueError(listen)
    return host.strip("[]"), int(port)


def _metrics(listen: str) -> Iterator[Finding]:
    try:
        host_and_port(listen)
    except ValueError:
        yield Finding(("metrics", "listen"), "not HOST:PORT:", listen, remedy='As in "127.0.0.1:9108".')


def _words(names: Iterable[str]) -> str:
    return ", ".join(names)
