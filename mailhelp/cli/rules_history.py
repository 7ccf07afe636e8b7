"""`mailhelp rules history|diff|rollback`: policies that were in force, what differs between two, and the way back."""

from __future__ import annotations

import difflib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import click

from mailhelp.cli.output import local, print_json, print_table
from mailhelp.edge import policyfiles
from mailhelp.edge.config import Config, load
from mailhelp.edge.keys import load_keys
from mailhelp.edge.rules import load_policy
from mailhelp.edge.store import Store
from mailhelp.errors import UserError
from mailhelp.home import now_utc, open_store
from mailhelp.policy_load import load_bundle

CURRENT = "current"
UNCHECKED = "unchecked-"
"""What the version of files begins with that were saved without being in force."""


@click.command("history")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def history_command(obj: dict[str, Path], as_json: bool) -> None:
    """List the versions of rules and templates that were in force, and how much was decided with each."""
    config = load(obj["config"])
    with open_store(config) as store:
        versions = store.policy_versions()
    now = _version_of_files(config, obj["config"])
    for one in versions:
        one["current"] = one["version"] == now
    if as_json:
        print_json(versions)
        return
    zone = config.desk.timezone
    rows = [
        (
            ("* " if one["current"] else "  ") + one["version"],
            local(one["first_seen"], zone),
            f"{one['decisions']:,}",
            local(one["last"], zone),
        )
        for one in versions
    ]
    print_table("", ("version", "first seen", "decisions", "last decision"), rows)
    if rows:
        click.echo("* the files as they are now" if now in {one["version"] for one in versions} else _not_yet(now))


def _not_yet(version: str) -> str:
    if not version:
        return "The files as they are now cannot be used: `mailhelp rules check` says why."
    return f"The files as they are now ({version}) have not been in force."


@click.command("diff")
@click.argument("old", metavar="A")
@click.argument("new", metavar="[B]", default=CURRENT)
@click.pass_obj
def diff_command(obj: dict[str, Path], old: str, new: str) -> None:
    """Show what changed from version A to version B, file by file; `current` is the files as they are now."""
    config = load(obj["config"])
    with open_store(config) as store:
        before, after = (_files(store, config, name) for name in (old, new))
    lines = list(unified(before, after, (old, new)))
    for line in lines:
        click.echo(_coloured(line))
    if not lines:
        click.echo("No file differs.", err=True)


@click.command("rollback")
@click.argument("version")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def rollback_command(obj: dict[str, Path], version: str, yes: bool) -> int:
    """Write the files of an earlier version back into rules/ and templates/.

    The files as they are now are kept as a version first. A running desk takes the old rules up within seconds.
    """
    config, path = load(obj["config"]), obj["config"]
    with open_store(config) as store:
        name, wanted = _kept(store, version)
        present = policyfiles.read_files(config)
        if wanted == present:
            click.echo(f"The files are those of {name} already.")
            return 0
        _check(config, path, wanted, name)
        changed = sorted({*wanted, *present} - {one for one in wanted if present.get(one) == wanted[one]})
        click.echo(f"These files change: {', '.join(changed)}")
        if not yes:
            click.confirm(f"Write version {name} back?", abort=True)
        saved = _save(store, config, path, present)
    try:
        policyfiles.write_files(config, wanted)
    except OSError as error:
        remedy = f"Run it again, or go back with `mailhelp rules rollback {saved}`."
        raise UserError(f"Not all files could be written: {error}.", remedy=remedy) from error
    click.echo(f"✓ {len(changed)} files are as in version {name}. Those before are kept as {saved}.")
    return 0


# --- versions and their files


def _files(store: Store, config: Config, version: str) -> Mapping[str, bytes]:
    return policyfiles.read_files(config) if version == CURRENT else _kept(store, version)[1]


def _kept(store: Store, version: str) -> tuple[str, Mapping[str, bytes]]:
    """The full name and the files of the version that begins so; UserError when there is none, or more than one."""
    known = [str(one["version"]) for one in store.policy_versions()]
    found = [name for name in known if name == version] or [name for name in known if name.startswith(version)]
    if len(found) != 1:
        wrong = "Several versions begin with" if found else "No version begins with"
        remedy = f"Known: {', '.join(found or known[-10:]) or 'none yet'}. `mailhelp rules history` lists them."
        raise UserError(f'{wrong} "{version}".', remedy=remedy)
    content = store.policy_content(found[0])
    if not content or "files" not in content:
        raise UserError(f"The files of version {found[0]} were not kept.")
    return found[0], policyfiles.from_data(content)


def _version_of_files(config: Config, path: Path) -> str:
    """The version of the files as they are; empty when they make no policy."""
    try:
        return load_policy(config, path.absolute().parent).version
    except UserError:
        return ""


def _save(store: Store, config: Config, path: Path, files: Mapping[str, bytes]) -> str:
    """Keep the present files; those that make no policy under a hash of their own."""
    version = _version_of_files(config, path) or UNCHECKED + policyfiles.digest(files)
    store.remember_policy(version, policyfiles.to_data(files), now_utc())
    return version


def _check(config: Config, path: Path, files: Mapping[str, bytes], name: str) -> None:
    """UserError when these files could not be used: they are tried in a folder of their own, beside nothing else."""
    keyring = load_keys(Path(config.security.key_file))
    with tempfile.TemporaryDirectory(prefix="mailhelp-rollback-") as folder:
        there = {part: Path(folder) / part for part in policyfiles.KINDS}
        for part, place in policyfiles.folders(config).items():
            if place.is_dir():
                # What is no version's own (mails for tests) stands beside the files in either case.
                shutil.copytree(place, there[part], ignore=_own(part))
            there[part].mkdir(exist_ok=True)
        tried = config.model_copy(update={f"{part}_dir": str(place) for part, place in there.items()})
        policyfiles.write_files(tried, files)
        try:
            load_bundle(tried, Path(folder), keyring, tested=True)
        except UserError as error:
            problems = tuple(replace(one, file=one.file.removeprefix(f"{folder}/")) for one in error.problems)
            remedy = f"Nothing was changed. {path.name} may have changed since, or templates that the rules name."
            raise UserError(f"Version {name} cannot be used as it is:", problems or (), remedy) from error


def _own(part: str) -> Callable[[str, list[str]], set[str]]:
    return shutil.ignore_patterns(*(f"*{suffix}" for suffix in policyfiles.KINDS[part]))


# --- differences


def unified(before: Mapping[str, bytes], after: Mapping[str, bytes], names: tuple[str, str]) -> Iterator[str]:
    """The differences of two sets of files as a unified diff, one line at a time."""
    for file in sorted({*before, *after}):
        old, new = before.get(file), after.get(file)
        if old == new:
            continue
        from_name = f"{names[0]}/{file}" if old is not None else "/dev/null"
        to_name = f"{names[1]}/{file}" if new is not None else "/dev/null"
        lines = list(difflib.unified_diff(_lines(old), _lines(new), from_name, to_name, lineterm=""))
        yield from lines or (f"--- {from_name}", f"+++ {to_name}", "(only ends of lines or unreadable bytes differ)")


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode(errors="replace").splitlines()


def _coloured(line: str) -> str:
    if line.startswith(("+++", "---")):
        return click.style(line, bold=True)
    colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=colour) if colour else line
