"""`mailhelp demo`: the main job, played for a spectator in the terminal."""

from __future__ import annotations

import queue
import tempfile
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from mailhelp.demo.people import Letter
from mailhelp.demo.stage import DESK, Stage
from mailhelp.demo.story import play
from mailhelp.embedded import Travelled
from mailhelp.errors import UserError

SHOWN_LINES = 24


@click.command("demo")
@click.option("--keep", is_flag=True, help="Leave everything running afterwards, to log in with your own mail client.")
@click.option("--plain", is_flag=True, help="No colours and no boxes.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to put the demo's desk (default: a new folder).")
def demo_command(keep: bool, plain: bool, folder: Path | None) -> None:
    """Play the main job on embedded mail servers: report, acknowledgement, notice, answer, reply, crash, restart."""
    console = Console(no_color=plain, highlight=False, width=100 if plain else None)
    with tempfile.TemporaryDirectory(prefix="mailhelp-demo-", ignore_cleanup_errors=True) as temporary:
        place = folder or Path(temporary)
        mails: queue.Queue[Travelled] = queue.Queue()
        with Stage(place, mails.put) as stage:
            _perform(stage, console, mails)
            _close(stage, console)
            if keep:
                _keep(stage, console)


def _perform(stage: Stage, console: Console, mails: queue.Queue[Travelled]) -> None:
    """Start the daemon, play the scenes, and show each mail as it travels."""
    done = threading.Event()
    screen = threading.Lock()
    printer = threading.Thread(target=_print_mails, args=(console, mails, done, screen), daemon=True)
    printer.start()
    stage.start_daemon()
    try:
        for number, scene in enumerate(play(stage), 1):
            with screen:
                console.print()
                console.print(Rule(f"[bold]{number}. {scene.title}[/bold]", align="left"))
                console.print(Text(scene.remark, style="italic"))
    except UserError as error:
        error.remedy = error.remedy or _tail(stage.folder / "daemon.log")
        raise
    finally:
        done.set()
        printer.join(5)


def _print_mails(
    console: Console, mails: queue.Queue[Travelled], done: threading.Event, screen: threading.Lock
) -> None:
    while not (done.is_set() and mails.empty()):
        try:
            mail = mails.get(timeout=0.1)
        except queue.Empty:
            continue
        with screen:
            console.print(_panel(mail))


def _panel(mail: Travelled) -> Panel:
    """One mail as a small letter: the head a client shows, and the first lines."""
    import email

    letter = Letter(mail.raw, email.message_from_bytes(mail.raw))
    ours = mail.user == DESK
    body = Text()
    for name in ("From", "To", "Reply-To", "Auto-Submitted"):
        if value := letter.message[name]:
            from email.header import decode_header, make_header

            body.append(f"{name}: ", style="dim").append(f"{make_header(decode_header(value))}\n")
    body.append("Subject: ", style="dim").append(f"{letter.subject}\n\n", style="bold")
    lines = letter.text.strip().splitlines()
    body.append("\n".join(lines[:SHOWN_LINES]))
    if len(lines) > SHOWN_LINES:
        body.append(f"\n... {len(lines) - SHOWN_LINES} more lines", style="dim")
    title = "mailhelp sends" if ours else "somebody writes"
    return Panel(body, title=title, title_align="left", border_style="green" if ours else "blue")


def _close(stage: Stage, console: Console) -> None:
    console.print()
    console.print(Rule("[bold]The ticket, as `mailhelp show 2164242` tells it[/bold]", align="left"))
    console.print(Text.from_ansi(stage.output("show", "2164242")))
    console.print(Rule("[bold]Every message has a recorded end: `mailhelp audit`[/bold]", align="left"))
    console.print(Text.from_ansi(stage.output("audit")))
    if console.is_terminal:
        console.print("Log in yourself with an ordinary mail client: [bold]mailhelp demo --keep[/bold]")


def _keep(stage: Stage, console: Console) -> None:
    """Leave it running until Ctrl-C, and say how to log in."""
    console.print(Rule("[bold]Still running. Log in with your mail client[/bold]", align="left"))
    console.print(f"IMAP 127.0.0.1 port {stage.host.imap_port}, SMTP 127.0.0.1 port {stage.host.smtp_port}, no TLS.")
    for address, password in stage.passwords.items():
        console.print(f"  {address:36} password {password}")
    console.print(f"The desk's files: {stage.folder}. Write to {DESK}. End with Ctrl-C.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Ending.")


def _tail(log: Path, lines: int = 15) -> str:
    if not log.exists():
        return ""
    return "The daemon's last words:\n" + "\n".join(log.read_text(encoding="utf-8").splitlines()[-lines:])
