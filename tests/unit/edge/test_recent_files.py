"""The files that deciding keeps at hand: which ones, and how many bytes of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mailhelp.edge.recent_files import RecentFiles

READINGS = st.lists(st.tuples(st.integers(1, 6), st.dictionaries(st.sampled_from("123"), st.binary(max_size=40))))


@given(readings=READINGS, limit=st.integers(0, 100))
def test_what_is_kept_is_right_and_within_the_limit(readings: list[tuple[int, dict[str, bytes]]], limit: int) -> None:
    """Whatever is read: never more than the limit, nothing but what was read last, and always the latest that fits."""
    recent = RecentFiles(limit)
    last: dict[int, dict[str, bytes]] = {}
    for arrival, files in readings:
        recent.put(arrival, files)
        last[arrival] = files
        kept = {(number, part): recent.get(number, part) for number in last for part in "123"}
        there = {key: content for key, content in kept.items() if content is not None}
        assert sum(map(len, there.values())) <= limit
        assert all(last[number][part] == content for (number, part), content in there.items())
        if sum(map(len, files.values())) <= limit:
            assert {part: kept[arrival, part] for part in files} == files


def test_the_oldest_go_first() -> None:
    """Where there is no room for all, the files of the mail that was read longest ago make room."""
    recent = RecentFiles(10)
    for arrival in (1, 2, 3):
        recent.put(arrival, {"2": b"four"})
    assert [recent.get(arrival, "2") for arrival in (1, 2, 3)] == [None, b"four", b"four"]


def test_an_empty_file_is_a_file() -> None:
    """A file without bytes is had as such, and is told from one that is not kept."""
    recent = RecentFiles()
    recent.put(1, {"2": b""})
    assert (recent.get(1, "2"), recent.get(1, "3"), recent.get(2, "2")) == (b"", None, None)
