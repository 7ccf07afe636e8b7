"""The one refusal of the reader: a mail that is built to cost more than it may."""

from __future__ import annotations


class LimitExceeded(Exception):  # noqa: N818 - it names what happened, and is no programming error
    """A mail passes one of the limits of `ReadOptions`; `why` says which, in words for the agents."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
