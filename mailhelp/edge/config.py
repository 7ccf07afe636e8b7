"""config.toml: servers, addresses, limits. Unknown keys are errors; secrets come by file or environment only."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from mailhelp.desk import policy
from mailhelp.desk.reach import patience
from mailhelp.edge import configcheck, configload

Port = Annotated[int, Field(ge=1, le=65535)]
Tls = Literal["implicit", "starttls", "none"]


class Section(BaseModel):
    """A section of config.toml: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


AnyServer = TypeVar("AnyServer", bound="Server")


class DeskConfig(Section):
    """[desk]: see `desk.policy.Desk`."""

    name: str
    address: str
    id: str = ""  # default: made from the address
    aliases: tuple[str, ...] = ()
    language: Literal["id", "en"] = "id"
    timezone: str = "Asia/Jakarta"
    first_number: Annotated[int, Field(ge=1, le=9_999_999)] = 2164242
    subject_tag: str = "[#{number}]"
    detail: Literal["+", "-", "=", ""] = "+"
    admin: str = ""


class OAuth(Section):
    """XOAUTH2 by refresh token or client credentials; `provider` fills in `token_url` and `scope`."""

    provider: Literal["google", "microsoft", "other"] = "other"
    tenant: str = "common"
    token_url: str = ""
    scope: str = ""
    client_id: str
    client_secret_file: str = ""
    client_secret_env: str = ""
    refresh_token_file: str = ""
    refresh_token_env: str = ""


class Server(Section):
    """What IMAP and SMTP servers have in common. `tls = "none"` is allowed on loopback only. Seconds where times."""

    host: str
    port: Port
    tls: Tls = "implicit"
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    password_env: str = ""
    oauth: OAuth | None = None
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0


class Folders(Section):
    """Folder names as the server shows them; missing ones are made."""

    intake: str = "INBOX"
    processed: str = "mailhelp/Processed"
    ignored: str = "mailhelp/Ignored"
    quarantine: str = "mailhelp/Quarantine"


class MailboxConfig(Server):
    """[[mailbox]]: one IMAP account. `poll_seconds` between looks; `reconcile_minutes` between looks at all of it."""

    name: str
    port: Port = 993
    folders: Folders = Folders()
    poll_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 10.0
    idle: bool = True
    reconcile_minutes: Annotated[float, Field(gt=0)] = 60.0

    @property
    def patience(self) -> timedelta:
        """How long nobody may have looked into it before that counts as an outage."""
        return patience(timedelta(seconds=self.poll_seconds))


class SmtpConfig(Server):
    """[smtp]: where mail goes out. Quotas are counts of messages (0: none); `sent_folder` is in `sent_mailbox`."""

    port: Port = 465
    connections: Annotated[int, Field(ge=1, le=32)] = 4
    per_minute: Annotated[int, Field(ge=0)] = 0
    per_hour: Annotated[int, Field(ge=0)] = 0
    per_day: Annotated[int, Field(ge=0)] = 0
    sent_folder: str = ""
    sent_mailbox: str = ""
    helo: str = ""


class DatabaseConfig(Section):
    """[database]: `sqlite:///FILE` (relative to config.toml) or `postgresql://...`."""

    url: str = "sqlite:///mailhelp.db"


class LimitsConfig(Section):
    """[limits]: what one mail may cost."""

    max_message_mb: Annotated[float, Field(gt=0, le=1000)] = 25.0
    max_attachments: Annotated[int, Field(ge=0, le=100)] = 5
    max_attachments_mb: Annotated[float, Field(gt=0)] = 20.0
    parse_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    parse_memory_mb: Annotated[int, Field(ge=128)] = 1024
    workers: Annotated[int, Field(ge=1, le=16)] = 1
    batch_messages: Annotated[int, Field(ge=1, le=500)] = 50
    batch_mb: Annotated[float, Field(gt=0)] = 8.0
    attachment_types: tuple[str, ...] = policy.ATTACHMENT_TYPES
    data_rounds: Annotated[int, Field(ge=0, le=20)] = 3
    duplicate_hours: Annotated[float, Field(ge=0, le=8760)] = 24.0


class SecurityConfig(Section):
    """[security]: what counts as proof (design §7), and where the signing keys are."""

    authserv_ids: tuple[str, ...] = ()
    own_relays: tuple[str, ...] = ()  # names of our own servers behind the border, as their Received fields say them
    accept_unauthenticated: bool = False
    agent_proof: Literal["token+dmarc", "token"] = "token+dmarc"
    key_file: str = "keys.json"


class GateConfig(Section):
    """[gate]: budgets of automatic mail."""

    per_address_hour: Annotated[int, Field(ge=1)] = 5
    per_address_day: Annotated[int, Field(ge=1)] = 20
    per_ticket_day: Annotated[int, Field(ge=1)] = 10
    global_hour: Annotated[int, Field(ge=1)] = 2_000


class AgentsConfig(Section):
    """[agents]: how agents work by mail; see `desk.policy.Working`."""

    answer_delay_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    undo_minutes: Annotated[int, Field(ge=0, le=10_080)] = 30
    collision_minutes: Annotated[int, Field(ge=0, le=1440)] = 10
    transcript: Literal["changes", "always", "errors"] = "changes"
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 7


class LogConfig(Section):
    """[log]: `text` for people, `json` for machines."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class MetricsConfig(Section):
    """[metrics]: where Prometheus may ask, as `HOST:PORT`; empty: nowhere. Needs the extra `metrics`."""

    listen: str = ""


class Config(Section):
    """config.toml as a whole. Paths inside are relative to its folder (`edge.config.load` resolves them)."""

    desk: DeskConfig
    mailbox: tuple[MailboxConfig, ...]
    smtp: SmtpConfig
    database: DatabaseConfig = DatabaseConfig()
    limits: LimitsConfig = LimitsConfig()
    security: SecurityConfig = SecurityConfig()
    gate: GateConfig = GateConfig()
    agents: AgentsConfig = AgentsConfig()
    log: LogConfig = LogConfig()
    metrics: MetricsConfig = MetricsConfig()
    rules_dir: str = "rules"
    templates_dir: str = "templates"


def load(path: Path) -> Config:
    """Read and check config.toml; its paths come back absolute. UserError carries every problem found, not just one."""
    return resolve(configload.load(path, Config, configcheck.check), path.absolute().parent)


def resolve(config: Config, base: Path) -> Config:
    """The same with paths taken from the folder `base`, and the desk's id and the Sent mailbox filled in."""
    changes = {
        "desk": config.desk.model_copy(update={"id": config.desk.id or derived_id(config.desk.address)}),
        "mailbox": tuple(_with_paths(box, base) for box in config.mailbox),
        "smtp": _with_paths(_with_sent_mailbox(config), base),
        "database": config.database.model_copy(update={"url": _database_url(config.database.url, base)}),
        "security": config.security.model_copy(update={"key_file": str(base / config.security.key_file)}),
        "rules_dir": str(base / config.rules_dir),
        "templates_dir": str(base / config.templates_dir),
    }
    return config.model_copy(update=changes)


def derived_id(address: str) -> str:
    """The desk's id where none is given: its address in letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")


def to_desk(config: Config) -> policy.Desk:
    """The desk's own names, as decisions see them."""
    return policy.Desk(**config.desk.model_dump())


def to_security(config: Config) -> policy.Security:
    """What counts as proof, as decisions see it."""
    return policy.Security(config.security.agent_proof, config.security.accept_unauthenticated)


def to_gate(config: Config) -> policy.GateLimits:
    """The budgets of automatic mail."""
    return policy.GateLimits(**config.gate.model_dump())


def to_limits(config: Config) -> policy.Limits:
    """What one mail may bring along; bytes, where config.toml says MB (1,000,000 bytes)."""
    limits = config.limits
    return policy.Limits(
        max_attachments=limits.max_attachments,
        max_attachment_bytes=int(limits.max_attachments_mb * 1_000_000),
        attachment_types=limits.attachment_types,
        data_rounds=limits.data_rounds,
        duplicate_window=timedelta(hours=limits.duplicate_hours),
    )


def to_working(config: Config) -> policy.Working:
    """How agents work, as decisions see it."""
    agents = config.agents
    return policy.Working(
        answer_delay=timedelta(seconds=agents.answer_delay_seconds),
        undo_time=timedelta(minutes=agents.undo_minutes),
        collision_window=timedelta(minutes=agents.collision_minutes),
        transcript=agents.transcript,
        digest_hour=agents.digest_hour,
    )


def _with_paths(server: AnyServer, base: Path) -> AnyServer:
    changes: dict[str, object] = _absolute(server, base, "ca_file", "password_file")
    if server.oauth:
        files = _absolute(server.oauth, base, "client_secret_file", "refresh_token_file")
        changes["oauth"] = server.oauth.model_copy(update=files)
    return server.model_copy(update=changes)


def _absolute(section: Section, base: Path, *keys: str) -> dict[str, object]:
    return {key: str(base / value) for key in keys if (value := getattr(section, key))}


def _with_sent_mailbox(config: Config) -> SmtpConfig:
    if config.smtp.sent_folder and not config.smtp.sent_mailbox:
        return config.smtp.model_copy(update={"sent_mailbox": config.mailbox[0].name})
    return config.smtp


def _database_url(url: str, base: Path) -> str:
    prefix = "sqlite:///"
    if not url.startswith(prefix):
        return url
    return prefix + str(base / url.removeprefix(prefix))
