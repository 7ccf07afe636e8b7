"""Make a bundle of the admin's files: read as one state of the folder, checked as a whole, its rules tested."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from mailhelp.desk.policy import Policy
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.config import Config, to_desk
from mailhelp.edge.letter import Letters
from mailhelp.edge.policyfiles import read_files
from mailhelp.edge.rules import load_policy
from mailhelp.edge.rules_check import check_policy
from mailhelp.edge.template import Templates
from mailhelp.errors import UserError
from mailhelp.mail.token import Keyring

TRIES = 5


class Unsettled(Exception):  # noqa: N818 - nothing is wrong, somebody is writing
    """The files changed each time while they were read."""


def load_bundle(config: Config, base: Path, keyring: Keyring, *, tested: bool) -> Bundle:
    """The policy and the letters of one state of the files; `base` is the folder of config.toml.

    With `tested`, templates must be without problems and the rules' own tests must pass. UserError carries every
    problem found; Unsettled when the files do not rest.
    """
    for _ in range(TRIES):
        files = read_files(config)
        made: tuple[Policy, Templates] | UserError
        try:
            made = _load(config, base, tested=tested)
        except UserError as error:
            made = error
        if read_files(config) != files:
            continue
        if isinstance(made, UserError):
            raise made
        policy, templates = made
        return Bundle(policy, Letters(templates, keyring, to_desk(config)), files)
    raise Unsettled


def _load(config: Config, base: Path, *, tested: bool) -> tuple[Policy, Templates]:
    templates = Templates.load(Path(config.templates_dir))
    policy = load_policy(config, base)
    if tested:
        problems, _ = check_policy(policy, config, base, datetime.now(UTC).date())
        if problems:
            raise UserError("The rules and templates can be read, and do not pass their tests:", tuple(problems))
    return policy, templates
