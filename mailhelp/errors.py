"""Errors that a person is meant to read.

A `Problem` is one mistake in something an admin wrote; a `UserError` carries all that were found, so that
nobody fixes them one restart at a time. The command line prints them without a traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands, what was found, what is allowed, what to do.

    `file` is a path as the admin knows it; `line` and `column` count from 1 and are 0 when unknown; `where` is the
    place inside the file in words (`[mailbox] port`, `rule "kata sandi" → when`).
    """

    file: str
    message: str
    line: int = 0
    column: int = 0
    where: str = ""
    found: str = ""
    allowed: str = ""
    nearest: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """`rules/team.yaml:8:3: queues → akun: unknown agent "sary" (allowed: sari, budi; did you mean "sari"?)`."""
        place = self.file + (f":{self.line}" if self.line else "") + (f":{self.column}" if self.column else "")
        text = f"{place}: " + (f"{self.where}: " if self.where else "") + self.message
        if self.found:
            text += f' "{self.found}"'
        more = [f"allowed: {self.allowed}"] if self.allowed else []
        more += [f'did you mean "{self.nearest}"?'] if self.nearest else []
        if more:
            text += f" ({'; '.join(more)})"
        return text + (f" {self.remedy}" if self.remedy else "")


@dataclass
class UserError(Exception):
    """Something a person must mend; never shown with a traceback (except with `--debug`)."""

    summary: str
    problems: tuple[Problem, ...] = ()
    remedy: str = ""
    exit_code: int = field(default=2)

    def __str__(self) -> str:
        lines = [self.summary, *(f"  {problem}" for problem in self.problems)]
        return "\n".join(lines + ([self.remedy] if self.remedy else []))


def nearest(word: str, names: Iterable[str]) -> str:
    """The known name closest to `word`, or an empty text when none is near."""
    close = difflib.get_close_matches(word, list(names), n=1, cutoff=0.6)
    return close[0] if close else ""
