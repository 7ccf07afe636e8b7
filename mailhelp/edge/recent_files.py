"""Files of mails that were read a short while ago, so that deciding need not have them from a worker again."""

from __future__ import annotations

from collections import OrderedDict

from mailhelp.edge.worker import Files

LIMIT = 16_000_000  # bytes


class RecentFiles:
    """Files by arrival and part, the latest read ones within `limit` bytes. `put` is for one thread, `get` for any."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit, self._size = limit, 0
        self._kept: OrderedDict[int, Files] = OrderedDict()

    def put(self, arrival: int, files: Files) -> None:
        """Keep an arrival's files, and let go of the oldest for them; too many for the limit are not kept."""
        self._size -= _size(self._kept.pop(arrival, {}))
        if not files or _size(files) > self._limit:
            return
        self._kept[arrival] = files
        self._size += _size(files)
        while self._size > self._limit:
            self._size -= _size(self._kept.popitem(last=False)[1])

    def get(self, arrival: int, part: str) -> bytes | None:
        """The decoded file, or None where it is not kept (any more)."""
        return self._kept.get(arrival, {}).get(part)


def _size(files: Files) -> int:
    return sum(map(len, files.values()))
