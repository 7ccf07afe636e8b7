"""What runs in a worker process in place of the reader, to see what becomes of it; here, so that it can be imported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from unittest import mock

from mailhelp.edge import worker
from mailhelp.edge.worker import ReadFailure, Source
from mailhelp.mail.message import ReadOptions

_read_group = worker._read_group


def explosive(group: list[Source], options: ReadOptions) -> Any:
    """Read as usual, but a mail that is nothing but `die now`, `segfault now` or `hang now` does so."""
    for one in group:
        if one.raw == b"die now":
            os._exit(3)
        if one.raw == b"segfault now":
            os.kill(os.getpid(), 11)
        while one.raw == b"hang now":
            pass
    return _read_group(group, options)


def _want_2_gb(*_: Any, **__: Any) -> bytes:
    return b"x" * 2_000_000_000


def greedy(group: list[Source], options: ReadOptions) -> Any:
    """Read with a reader that wants 2 GB."""
    with mock.patch("mailhelp.mail.read.read", side_effect=_want_2_gb):
        return _read_group(group, options)


def open_files(group: list[Source], options: ReadOptions) -> Any:
    """Say which files and sockets are open here."""
    del options
    links = [path for path in Path("/proc/self/fd").iterdir() if path.exists()]
    return [(group[0].id, ReadFailure(" ".join(str(path.readlink()) for path in links)))]
