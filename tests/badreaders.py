"""What runs in a worker process in place of the reader, to see what becomes of it; here, so that it can be imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from mailhelp.desk.formfield import Form
from mailhelp.desk.policy import Category
from mailhelp.desk.prepared import Readings, prepare
from mailhelp.edge import worker
from mailhelp.edge.worker import ReadFailure, Source
from mailhelp.mail.message import Message, ReadOptions

_read_group = worker._read_group


def explosive(group: list[Source], options: ReadOptions, packed: bytes = b"") -> Any:
    """Read as usual, but a mail that is nothing but `die now`, `segfault now` or `hang now` does so."""
    for one in group:
        if one.raw == b"die now":
            os._exit(3)
        if one.raw == b"segfault now":
            os.kill(os.getpid(), 11)
        while one.raw == b"hang now":
            pass
    return _read_group(group, options, packed)


def _breaking(message: Message, form: Form, categories: Mapping[str, Category]) -> Readings:
    if message.subject == "die now":
        os._exit(3)
    if message.subject == "fail now":
        raise RuntimeError("a bug")
    while message.subject == "hang now":
        pass
    return prepare(message, form, categories)


def breaks_at_form(group: list[Source], options: ReadOptions, packed: bytes = b"") -> Any:
    """Read as usual, but what has such a subject breaks when it is read along the form."""
    with mock.patch.object(worker, "prepare", _breaking):
        return _read_group(group, options, packed)


def _want_2_gb(*_: Any, **__: Any) -> bytes:
    return b"x" * 2_000_000_000


def greedy(group: list[Source], options: ReadOptions, packed: bytes = b"") -> Any:
    """Read with a reader that wants 2 GB."""
    with mock.patch("mailhelp.mail.read.read", side_effect=_want_2_gb):
        return _read_group(group, options, packed)


def open_files(group: list[Source], options: ReadOptions, packed: bytes = b"") -> Any:
    """Say which files and sockets are open here."""
    del options, packed
    links = [path for path in Path("/proc/self/fd").iterdir() if path.exists()]
    return [(group[0].id, ReadFailure(" ".join(str(path.readlink()) for path in links)), None, {})]
