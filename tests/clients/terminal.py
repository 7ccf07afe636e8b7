"""A program on a pseudo terminal, and what its screen shows."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from typing import Self

import pyte

ROWS, COLUMNS = 40, 120


class Terminal:
    """Ends the program when it is left; raises AssertionError with the screen when what is waited for does not come."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], seconds: float = 40) -> None:
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._seconds = seconds
        self._main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            ["setsid", "--ctty", *command],  # some clients open /dev/tty: the program's own terminal
            stdin=other,
            stdout=other,
            stderr=other,
            env=environment,
            cwd=environment["HOME"],
        )
        os.close(other)

    def text(self) -> str:
        """What is shown."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def see(self, pattern: str) -> str:
        """Wait until the screen matches; returns what matched."""
        end = time.monotonic() + self._seconds
        while not (found := re.search(pattern, self.text())):
            more = self._read()
            assert more, f"ended while waiting for {pattern!r}:\n{self.text()}"
            assert time.monotonic() < end, f"never saw {pattern!r}:\n{self.text()}"
        return found[0]

    def gone(self, shown: str) -> None:
        """Wait until a text is no longer shown."""
        self.see(rf"\A(?![\s\S]*{re.escape(shown)})")

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._main, keys.encode())

    def write(self, text: str) -> None:
        """Type as a person does: each line break is the Return key."""
        self.press(text.replace("\n", "\r"))

    def end(self) -> None:
        """Wait until the program ends by itself."""
        end = time.monotonic() + self._seconds
        while self._read():
            assert time.monotonic() < end, f"did not end:\n{self.text()}"
        assert self._process.wait(10) == 0, self.text()

    def _read(self) -> bool:
        """Show what has come within a moment; False once the program has closed its terminal."""
        if not select.select([self._main], [], [], 0.05)[0]:
            return self._process.poll() is None
        try:
            self._stream.feed(os.read(self._main, 65_536))
        except OSError:  # Linux says so when the other end of the terminal is closed
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        os.close(self._main)
