"""A fake IMAP server for faults: it knows as much as our client asks for, and misbehaves where its script says so."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

LOOPBACK = "127.0.0.1"


class Looks:
    """Tells an idling mailbox to go on, and after `most` looks to stop: it looks twice a second while nothing happens.

    What comes by itself comes long before 100 looks; what only comes at the end of a window of a minute does not.
    """

    def __init__(self, most: int = 100) -> None:
        self.most, self.seen = most, 0

    def __call__(self) -> bool:
        """Whether to stop."""
        self.seen += 1
        return self.seen > self.most


@dataclass
class Script:
    """What a scripted IMAP server says.

    `mails` maps UIDs to raw mails. `answers` maps a command (`SEARCH`, `FETCH`, `MOVE`, `IDLE`, ...) to raw bytes sent
    instead of the ordinary answer, `{tag}` being the command's tag; None in its place closes the connection; bytes that
    do not end the command stall it. Each is used once per entry of the list, then the ordinary answer follows.
    """

    mails: dict[int, bytes] = field(default_factory=dict)
    uidvalidity: int = 7
    capability: str = "IMAP4rev1 IDLE UIDPLUS MOVE"
    greeting: bytes = b"* OK ready\r\n"
    answers: dict[str, list[bytes | None]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)


class ScriptedImap:
    """The server; a context manager that listens on a free port of loopback."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._server = socket.create_server((LOOPBACK, 0))
        self._sessions: list[socket.socket] = []
        self._open_tag = b""
        self._speaking = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens (no TLS)."""
        return int(self._server.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._server, *self._sessions):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._thread.join(5)

    def push(self, *pieces: bytes) -> None:
        """Send raw bytes on every open connection, whatever it is doing; several pieces travel apart."""
        with self._speaking:
            for piece in pieces:
                for sock in self._sessions:
                    sock.sendall(piece)
                threading.Event().wait(0.1)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            self._sessions.append(sock)
            threading.Thread(target=self._session, args=(sock,), daemon=True).start()

    def _session(self, sock: socket.socket) -> None:
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.sendall(self.script.greeting)
            for line in sock.makefile("rb"):
                if not self._answer(sock, line.decode().strip()):
                    return
        except OSError:
            return
        finally:
            sock.close()

    def _answer(self, sock: socket.socket, line: str) -> bool:
        """Answer one command; False ends the session."""
        if " " not in line:  # DONE after IDLE, or the answer to a SASL challenge
            self.script.seen.append(line)
            return self._say(sock, b"%s OK done\r\n" % self._open_tag)
        tag, _, rest = line.partition(" ")
        name = rest.removeprefix("UID ").split(" ")[0].upper()
        self.script.seen.append(rest)
        scripted = self.script.answers.get(name)
        if name in ("IDLE", "AUTHENTICATE"):
            self._open_tag = tag.encode()
        if scripted:
            words = scripted.pop(0)
            return words is not None and self._say(sock, words.replace(b"{tag}", tag.encode()))
        return self._say(sock, self._ordinary(tag.encode(), name, rest)) and name != "LOGOUT"

    def _say(self, sock: socket.socket, words: bytes) -> bool:
        with self._speaking:
            sock.sendall(words)
        return True

    def _ordinary(self, tag: bytes, name: str, rest: str) -> bytes:
        script = self.script
        if name in ("IDLE", "AUTHENTICATE"):
            return b"+ \r\n"
        untagged: Iterable[bytes] = ()
        if name == "CAPABILITY":
            untagged = [b"CAPABILITY " + script.capability.encode()]
        elif name == "SELECT":
            uidnext = max(script.mails, default=0) + 1
            untagged = [
                b"%d EXISTS" % len(script.mails),
                b"OK [UIDVALIDITY %d] ok" % script.uidvalidity,
                b"OK [UIDNEXT %d] ok" % uidnext,
            ]
        elif name == "LIST":
            untagged = [b'LIST () "/" ' + (rest.rsplit(" ", 1)[1].encode())]
        elif name == "SEARCH":
            untagged = [b" ".join([b"SEARCH", *(b"%d" % uid for uid in self._matching(rest.rpartition("UID ")[2]))])]
        elif name == "FETCH":
            untagged = [self._fetched(uid, rest) for uid in self._matching(rest.split(" ")[2])]
        elif name == "MOVE":
            for uid in self._matching(rest.split(" ")[2]):
                del script.mails[uid]
        lines = b"".join(b"* " + words + b"\r\n" for words in untagged)
        return lines + tag + b" OK " + name.encode() + b" done\r\n"

    def _matching(self, uid_set: str) -> list[int]:
        """UIDs that stand there and are in the set; `n:*` names the last one in any case (RFC 3501)."""
        found: set[int] = set()
        for span in uid_set.strip("()").split(","):
            first, _, last = span.partition(":")
            top = max(self.script.mails, default=0)
            high = top if last == "*" else int(last or first)
            low = min(int(first), high) if last == "*" else int(first)
            found |= {uid for uid in self.script.mails if low <= uid <= high}
        return sorted(found)

    def _fetched(self, uid: int, rest: str) -> bytes:
        raw = self.script.mails[uid]
        seq = sorted(self.script.mails).index(uid) + 1
        if "BODY.PEEK[]<" in rest:
            at, size = (int(n) for n in rest.partition("<")[2].partition(">")[0].split("."))
            part = raw[at : at + size]
            return b"%d FETCH (UID %d BODY[]<%d> {%d}\r\n%s)" % (seq, uid, at, len(part), part)
        if "BODY.PEEK[]" in rest:
            return b"%d FETCH (UID %d BODY[] {%d}\r\n%s)" % (seq, uid, len(raw), raw)
        when = b"23-Nov-2026 09:00:00 +0700"
        return b'%d FETCH (UID %d RFC822.SIZE %d INTERNALDATE "%s")' % (seq, uid, len(raw), when)
