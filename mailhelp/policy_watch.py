"""Reload without restart: the bundle in force, and whether the files say something else by now.

The daemon looks at the files every few seconds. Once they rest, a whole new bundle is built, checked and tested; only
then it takes the place of the old one, between two messages, because it is one reference that is replaced. If anything
is wrong the old one stays, and the log and one mail to the admin say what; the same files are not judged twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from mailhelp.carry_out import carry_out
from mailhelp.desk.alarmcase import RULES as CODE
from mailhelp.desk.effect import Alarm, Decision, Effect, SendMail
from mailhelp.desk.model import MailKind
from mailhelp.desk.scene import Scene, Trace
from mailhelp.edge import policyfiles
from mailhelp.edge.bundle import Bundle
from mailhelp.edge.config import Config
from mailhelp.edge.store import Store
from mailhelp.errors import Problem, UserError
from mailhelp.mail.message import Address
from mailhelp.policy_load import Unsettled

log = logging.getLogger(__name__)

MOST_PROBLEMS = 20


class PolicyWatch:
    """Holds the bundle in force. `bundle` may be asked by any thread, `look` is for one."""

    def __init__(
        self,
        first: Bundle,
        load: Callable[[], Bundle],
        config: tuple[Path, Config],
        store: Store,
        clock: Callable[[], datetime],
        kick: Callable[[], object] = lambda: None,
    ) -> None:
        """`load` builds, checks and tests the files as they are now; `kick` is called when mail has been queued."""
        self._bundle, self._load, self._store, self._clock, self._kick = first, load, store, clock, kick
        self._config_path, self._config = config
        self._config_stamp = policyfiles.stamp_of(self._config_path)
        self._seen: policyfiles.Stamp | None = None
        self._judged: policyfiles.Stamp | None = None  # the files in force are judged once, too: their tests must pass
        self._refused: dict[str, bytes] | None = None

    @property
    def bundle(self) -> Bundle:
        """The bundle in force."""
        return self._bundle

    @property
    def refused(self) -> bool:
        """Whether the files as they are now cannot be used."""
        return self._refused is not None

    def begin(self) -> None:
        """Keep the first bundle in the store, before a decision names it."""
        self._remember(self._bundle)

    def look(self, *, at_once: bool = False) -> None:
        """Judge the files if they have changed and rest; `at_once` judges them as they stand."""
        self._look_at_config()
        stamp = policyfiles.stamp(self._config)
        if not at_once:
            rests, self._seen = stamp == self._seen, stamp
            if stamp == self._judged or not rests:
                return
        try:
            self._judge()
        except Unsettled:
            log.info("the rules are being written: they are looked at again in a moment")
        else:
            self._judged = stamp

    def _look_at_config(self) -> None:
        stamp = policyfiles.stamp_of(self._config_path)
        if stamp != self._config_stamp:
            self._config_stamp = stamp
            log.warning("%s has changed: it takes effect at the next restart", self._config_path.name)

    def _judge(self) -> None:
        try:
            new = self._load()
        except UserError as error:
            self._refuse(error)
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            log.debug("the traceback", exc_info=True)
            self._refuse(UserError(f"The rules cannot be read: {type(error).__name__}: {error}"))
        else:
            self._accept(new)

    def _accept(self, new: Bundle) -> None:
        if self._refused is not None:
            log.info("the rules can be used again")
            self._refused = None
        if new.version == self._bundle.version:
            log.debug("the rules are those in force, version %s", new.version)
            return
        self._remember(new)
        old, self._bundle = self._bundle, new
        log.info("new rules are in force: version %s after %s", new.version, old.version)

    def _remember(self, bundle: Bundle) -> None:
        self._store.remember_policy(bundle.version, policyfiles.to_data(bundle.files), self._clock())

    # --- when they cannot be used

    def _refuse(self, error: UserError) -> None:
        log.error("the rules cannot be used, version %s stays in force: %s", self._bundle.version, error)
        files = policyfiles.read_files(self._config)
        if files == self._refused:
            return
        self._alarm(_shortened(error), policyfiles.digest(files))
        self._refused = files

    def _alarm(self, text: str, files: str) -> None:
        """One mail to the admin, with the letters in force."""
        bundle, now = self._bundle, self._clock()
        policy = bundle.policy
        text += f"\nThe rules in force stay as they were (version {bundle.version}) until the files are mended."
        at = now.astimezone(ZoneInfo(policy.desk.timezone)).strftime("%Y-%m-%d %H:%M %Z")
        key = f"rules:{files}:{now.isoformat(timespec='seconds')}"
        with self._store.unit():
            trace = Trace()
            scene = Scene(self._store.case_of_ticket(0, now), now, policy, trace)
            mailed: tuple[Effect, ...] = ()
            if policy.desk.admin:
                shown = {"code": CODE, "text": text, "at": at}
                mail = SendMail(MailKind.ALARM, "alarm", Address(policy.desk.admin), policy.desk.language, shown)
                mailed = tuple(scene.automatic(mail))
            told = any(isinstance(effect, SendMail) for effect in mailed)
            reason = "changed rules cannot be used: the old ones stay"
            decision = Decision((Alarm(CODE, text, told=told), *mailed), CODE, reason, trace.data)
            carry_out(self._store, bundle, decision, key, now)
        self._kick()


def _shortened(error: UserError) -> str:
    """The error's own words, with a bounded number of problems."""
    more = len(error.problems) - MOST_PROBLEMS
    kept: tuple[Problem, ...] = error.problems[:MOST_PROBLEMS]
    text = str(UserError(error.summary, kept, error.remedy))
    return f"{text}\n  … and {more} more: `mailhelp rules check` names them all." if more > 0 else text
