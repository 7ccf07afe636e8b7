"""What goes over the wire to an SMTP server and what comes back from it: bodies, addresses, options, words."""

from __future__ import annotations

import re
import ssl
from contextlib import suppress

import aiosmtplib
from aiosmtplib import SMTPResponseException

_LINE_END = re.compile(rb"\r\n|\r|\n")


class Unsuitable(Exception):  # noqa: N818 - a verdict, not an error
    """This server cannot take this mail, and nothing was said to it."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def tls_context(ca_file: str) -> ssl.SSLContext:
    """A context that verifies certificate and name, by the system's authorities or by those in `ca_file` alone."""
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def dot_stuffed(raw: bytes) -> bytes:
    """The body as it travels, with the final dot (RFC 5321 §4.5.2).

    Bare CR and LF become line ends: a lone "LF . LF" would end the mail for some servers and begin another one.
    """
    ends = raw.count(b"\r\n")
    if raw.count(b"\n") != ends or raw.count(b"\r") != ends:
        raw = _LINE_END.sub(b"\r\n", raw)
    stuffed = raw.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")


def mail_options(client: aiosmtplib.SMTP, raw: bytes, *, utf8: bool) -> list[str]:
    """What MAIL FROM says about the mail, in the extensions the server knows. Unsuitable where it cannot take it."""
    options = []
    if client.supports_extension("size"):
        limit = client.esmtp_extensions["size"].strip()
        if limit.isdigit() and 0 < int(limit) < len(raw):
            raise Unsuitable(552, f"the mail has {len(raw)} bytes and the server takes {limit}")
        options.append(f"SIZE={len(raw)}")
    if not raw.isascii() and client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if utf8:
        if not client.supports_extension("smtputf8"):
            raise Unsuitable(553, "the server takes no addresses outside ASCII (no SMTPUTF8)")
        options.append("SMTPUTF8")
    return options


def wire_address(addr: str) -> str:
    """The address in ASCII where only its domain is not (RFC 5890); refuse what could not be one."""
    if any(char in addr for char in "<>\r\n\0 ") or (addr and not 0 < addr.find("@") < len(addr) - 1):
        raise Unsuitable(553, "not an address that can be sent to")
    local, at, domain = addr.rpartition("@")
    if local.isascii() and not domain.isascii():
        with suppress(UnicodeError):
            return local + at + domain.encode("idna").decode("ascii")
    return addr


def one_line(text: str) -> str:
    """A server's reply on one line of at most 500 characters, fit to be stored."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())[:500]


def words(error: Exception) -> str:
    """What broke, in words; the errors of OpenSSL and of the library say it themselves."""
    if isinstance(error, SMTPResponseException):
        return one_line(error.message)
    if isinstance(error, TimeoutError) and not str(error):
        return "timed out"
    return one_line(str(error)) or type(error).__name__
