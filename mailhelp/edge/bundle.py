"""What one decision is made with: a policy and the templates that belong to it, under one version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from mailhelp.desk.effect import AttachmentRef, SendMail
from mailhelp.desk.policy import Policy
from mailhelp.edge.letter import Letter


class Writer(Protocol):
    """What intake needs of `edge.letter.Letters`."""

    def write(self, mail: SendMail, unique: str, now: datetime, load: Callable[[AttachmentRef], bytes]) -> Letter:
        """Write one mail."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A policy, who writes its letters, and the files both were read from (`edge.policyfiles`).

    It is never changed: whoever has taken one works with it to the end; the next message is decided with the next one.
    """

    policy: Policy
    letters: Writer
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The content hash that is stored with each decision."""
        return self.policy.version
