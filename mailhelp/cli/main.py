"""`mailhelp`: the group of commands, its common options, and the one place where errors become sentences."""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path

import click

from mailhelp import __version__
from mailhelp.errors import UserError

# Commands are imported when they are named: `mailhelp --help` stays quick.
COMMANDS = {
    "init": ("mailhelp.cli.setup", "Write a working configuration into a folder."),
    "check": ("mailhelp.cli.check", "Try everything: files, rules, templates, logins, folders."),
    "run": ("mailhelp.cli.run", "Run the helpdesk (--once: drain the inbox and end)."),
    "tickets": ("mailhelp.cli.views", "List tickets."),
    "show": ("mailhelp.cli.views", "Show one ticket: conversation and decisions."),
    "outbox": ("mailhelp.cli.views", "List outgoing mail that is not sent, or is uncertain."),
    "quarantine": ("mailhelp.cli.views", "List messages that could not be read."),
    "status": ("mailhelp.cli.status", "How the desk is doing."),
    "explain": ("mailhelp.cli.explain", "Explain what would be done with a mail, or what was done with a ticket."),
    "rules": ("mailhelp.cli.rules", "Check the rules."),
    "form": ("mailhelp.cli.form", "Measure how well reports are read."),
    "due": ("mailhelp.cli.due", "List what is due next."),
    "simulate": ("mailhelp.cli.simulate", "Simulate histories that show whether waiting is fair."),
    "audit": ("mailhelp.cli.audit", "Prove that every message in the mailbox has a recorded end."),
    "keys": ("mailhelp.cli.keys", "List the signing keys, or make a new one."),
    "demo": ("mailhelp.cli.demo", "Play the main job on embedded mail servers."),
}


class Commands(click.Group):
    """A group whose commands are imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(COMMANDS[cmd_name][0]), f"{cmd_name}_command")
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest known name for a slip of the finger."""
        from mailhelp.errors import nearest

        if args and args[0] not in COMMANDS and (close := nearest(args[0], COMMANDS)):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{close}'?")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--config",
    "-c",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="MAILHELP_CONFIG",
    default=Path("config.toml"),
    show_default=True,
    help="The configuration file (or set MAILHELP_CONFIG).",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="mailhelp")
@click.pass_context
def cli(ctx: click.Context, config: Path, debug: bool) -> None:
    """A helpdesk that lives in a mailbox."""
    ctx.obj = {"config": config, "debug": debug}


def entry() -> None:
    """Run the command line; a person sees sentences, and a traceback only with `--debug`."""
    # schedule works in naive local time: one zone for the whole process, the one without summer time.
    os.environ["TZ"] = "UTC"
    debug = "--debug" in sys.argv
    try:
        code = cli.main(standalone_mode=False)
    except UserError as error:
        _end(error, str(error), error.exit_code, debug=debug)
    except click.exceptions.Abort:
        _end(None, "Stopped.", 130, debug=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`mailhelp tickets | head`): that is not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(0)
    except KeyboardInterrupt:
        _end(None, "Stopped.", 130, debug=False)
    except Exception as error:  # noqa: BLE001 - the last resort: a sentence instead of a traceback
        _end(error, f"Something went wrong that should not: {type(error).__name__}: {error}", 70, debug=debug)
    sys.exit(code if isinstance(code, int) else 0)


def _end(error: BaseException | None, text: str, code: int, *, debug: bool) -> None:
    click.echo(text, err=True)
    if error is not None and debug:
        traceback.print_exception(error)
    elif code == 70:
        click.echo("Nothing is lost by this. Run the command again with --debug and report what it shows.", err=True)
    sys.exit(code)
