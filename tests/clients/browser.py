"""A headless Chromium, driven over WebDriver (W3C, §6 to §13) with nothing but the standard library."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from servers import LOOPBACK, free_port, wait_until

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of an element's reference, §12.2
_FLAGS = (
    "--headless=new",
    "--no-sandbox",  # tests run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1300,1000",
)
CTRL, HOME, NONE = "\ue009", "\ue011", "\ue000"


class Browser:
    """One window. Scripts are bodies of functions; a script that is waited for is run until it gives something true."""

    def __init__(self, home: Path, environment: dict[str, str], seconds: float = 60) -> None:
        self._seconds = seconds
        port = free_port()
        log = (home / "chromedriver.log").open("ab")
        self._driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
        )
        self._base = f"http://{LOOPBACK}:{port}"
        wait_until(self._is_ready)
        options = {"args": [*_FLAGS, f"--user-data-dir={home / 'chromium'}"]}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        self._base += f"/session/{self._call('/session', capabilities=wanted)['sessionId']}"

    def close(self) -> None:
        """End the browser and its driver."""
        try:
            self._call("", method="DELETE")
        finally:
            self._driver.terminate()
            self._driver.wait(20)

    def go(self, url: str) -> None:
        """Open a page."""
        self._call("/url", url=url)

    def script(self, body: str, *args: object) -> Any:
        """Run JavaScript in the page and return what it returns."""
        return self._call("/execute/sync", script=body, args=list(args))

    def until(self, body: str, *args: object) -> Any:
        """Run JavaScript until it gives something true. AssertionError with the page's address when it never does."""
        end = time.monotonic() + self._seconds
        while not (found := self._try(body, *args)):
            assert time.monotonic() < end, f"never true at {self._call('/url', method='GET')}: {body}"
            time.sleep(0.05)
        return found

    def type(self, selector: str, keys: str) -> None:
        """Send keys to the first element of a CSS selector; to a file's field, the path."""
        self._call(f"/element/{self._first(selector)}/value", text=keys)

    def click(self, selector: str) -> None:
        """Click on the first element of a CSS selector."""
        self._call(f"/element/{self._first(selector)}/click")

    def _first(self, selector: str) -> str:
        return str(self._call("/element", using="css selector", value=selector)[_ELEMENT])

    def _try(self, body: str, *args: object) -> Any:
        """None while the page changes under the script."""
        try:
            return self.script(body, *args)
        except urllib.error.HTTPError:
            return None

    def _is_ready(self) -> bool:
        try:
            return bool(self._call("/status", method="GET")["ready"])
        except OSError:
            return False

    def _call(self, path: str, method: str = "POST", **body: object) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=self._seconds + 30) as answer:
            return json.load(answer)["value"]
