"""`mailhelp run`: the daemon, or one round of it."""

from __future__ import annotations

from pathlib import Path

import click

from mailhelp.app import drain, run_daemon
from mailhelp.edge.log import set_up
from mailhelp.home import open_home


@click.command("run")
@click.option("--once", is_flag=True, help="Drain the inbox, send what is due, and end.")
@click.pass_obj
def run_command(obj: dict[str, Path], once: bool) -> int:
    """Run the helpdesk until SIGTERM or Ctrl-C.

    With --once: exit status 0 when everything that stood there is done, 1 when a mailbox could not be read.
    """
    home = open_home(obj["config"])
    set_up(home.config.log.format, "debug" if obj.get("debug") else home.config.log.level)
    if once:
        return 1 if drain(home) else 0
    run_daemon(home)
    return 0
