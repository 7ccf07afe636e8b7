"""Mozilla's remote control (Marionette): length-prefixed JSON over a socket, enough to run scripts in Thunderbird."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

from servers import LOOPBACK

# What each script finds: the services, the two kinds of windows, and a way to wait for something.
_PRELUDE = """
const done = arguments[arguments.length - 1], args = Array.from(arguments).slice(0, -1);
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
async function until(what, test) {
  const end = Date.now() + 40000;
  while (Date.now() < end) {
    let got; try { got = await test(); } catch (error) { got = null; }
    if (got) return got;
    await new Promise(resolve => setTimeout(resolve, 40));
  }
  throw new Error("never came: " + what);
}
const main = () => Services.wm.getMostRecentWindow("mail:3pane");
const composer = () => Services.wm.getMostRecentWindow("msgcompose");
(async () => { %s })().then(() => done(""), error => done(String(error) + "\\n" + error.stack));
"""


class Marionette:
    """A session; raises AssertionError with the program's own words when a command fails."""

    def __init__(self, port: int, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while True:
            try:
                self._socket = socket.create_connection((LOOPBACK, port), timeout=90)
                break
            except OSError:
                assert time.monotonic() < end, "Thunderbird did not open its Marionette port"
                time.sleep(0.05)
        self._stream = self._socket.makefile("rb")
        self._count = 0
        self._read()  # its greeting
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.call("Marionette:SetContext", value="chrome")
        self.call("WebDriver:SetTimeouts", script=60_000)

    def call(self, command: str, **parameters: object) -> Any:
        """One command and its result."""
        self._count += 1
        data = json.dumps([0, self._count, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(data), data))
        _, _, error, result = self._read()
        assert not error, f"{command}: {error}"
        return result

    def run(self, script: str, *args: object) -> None:
        """Run a script with the program's own rights, as the body of an async function."""
        result = self.call("WebDriver:ExecuteAsyncScript", script=_PRELUDE % script, args=list(args), newSandbox=True)
        assert result["value"] == "", result["value"]

    def close(self) -> None:
        """Let the program go on without us."""
        self._stream.close()
        self._socket.close()

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            piece = self._stream.read(1)
            assert piece, "Thunderbird closed the Marionette port"
            size += piece
        return json.loads(self._stream.read(int(size[:-1])))
