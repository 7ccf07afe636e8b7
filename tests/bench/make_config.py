"""Write a configuration for a measured run: the example desk, with the servers that the environment names.

Called by the bench and the crash test: `make_config.py DIR` with BENCH_IMAP_HOST, BENCH_IMAP_PORT, BENCH_IMAP_USER,
BENCH_IMAP_PASSWORD, BENCH_SMTP_HOST and BENCH_SMTP_PORT set.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from mailhelp.edge.example import example_dir
from mailhelp.edge.keys import make_keys

CONFIG = """\
[desk]
name = "Layanan Bantuan"
address = "bantuan@helpdesk.example"
language = "id"
timezone = "Asia/Jakarta"
first_number = {first}
admin = "admin@helpdesk.example"

[[mailbox]]
name = "utama"
host = "{imap_host}"
port = {imap_port}
tls = "none"
user = "{imap_user}"
password_file = "imap.password"
idle = {idle}
poll_seconds = 1.0

[agents]
answer_delay_seconds = 0

[smtp]
host = "{smtp_host}"
port = {smtp_port}
tls = "none"
connections = {connections}

[database]
url = "{database}"

[security]
accept_unauthenticated = true
agent_proof = "token"

[gate]
per_address_hour = 1000
per_address_day = 1000
per_ticket_day = 1000
global_hour = 1000000
"""


def write(
    folder: Path, *, first: int = 2164242, idle: bool = True, database: str = "sqlite:///mailhelp.db",
    connections: int = 4,
) -> Path:  # fmt: skip
    """The configuration file, beside rules, templates, keys and the password file."""
    env = os.environ
    source = example_dir()
    for name in ("rules", "templates"):
        shutil.copytree(source / name, folder / name, dirs_exist_ok=True)
    config = folder / "config.toml"
    config.write_text(
        CONFIG.format(
            first=first,
            idle=str(idle).lower(),
            database=database,
            connections=connections,
            imap_host=env["BENCH_IMAP_HOST"],
            imap_port=env["BENCH_IMAP_PORT"],
            imap_user=env["BENCH_IMAP_USER"],
            smtp_host=env["BENCH_SMTP_HOST"],
            smtp_port=env["BENCH_SMTP_PORT"],
        ),
        encoding="utf-8",
    )
    password = folder / "imap.password"
    password.write_text(env["BENCH_IMAP_PASSWORD"], encoding="utf-8")
    password.chmod(0o600)
    make_keys(folder / "keys.json")
    return config


if __name__ == "__main__":
    write(Path(sys.argv[1]))
