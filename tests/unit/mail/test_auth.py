"""Authentication-Results: only what our own border wrote, and never what somebody else wrote in its name."""

from __future__ import annotations

import pytest

from mailhelp.mail.auth import read
from mailhelp.mail.message import ReadOptions
from mailhelp.mail.parsed import Hop

US = "mx.desk.example"
OPTIONS = ReadOptions(authserv_ids=(US,), own_relays=frozenset({"mx.desk.example", "store.desk.example"}))
PASS = ("Authentication-Results", f"{US}; dmarc=pass header.from=sekolah.example; spf=pass; dkim=pass header.d=x")
FAIL = ("Authentication-Results", f"{US}; dmarc=fail header.from=sekolah.example; spf=softfail; dkim=none")
STORE = ("Received", "from mx.desk.example by store.desk.example with LMTP; Mon, 1 Jan 2024 10:00:02 +0700")
BORDER = ("Received", "from mail.sekolah.example (x [192.0.2.1]) by mx.desk.example with ESMTPS; Mon, 1 Jan 2024")
FOREIGN = ("Received", "from laptop by mail.sekolah.example with ESMTPSA; Mon, 1 Jan 2024 10:00:00 +0700")
SUBJECT = ("Subject", "x")


def verdict(*fields: tuple[str, str], options: ReadOptions = OPTIONS) -> tuple[bool, str]:
    """Whether a verdict is trusted, and the dmarc result."""
    found = read(fields, (), options)
    return found.trusted, found.dmarc


@pytest.mark.parametrize(
    "fields",
    [
        (PASS, BORDER, FOREIGN, SUBJECT),
        (STORE, PASS, BORDER, FOREIGN),
        (STORE, BORDER, PASS, FOREIGN),  # some borders write it below their own Received field
        (PASS, FAIL, BORDER),  # the topmost counts
        (("Authentication-Results", "other.example; dmarc=fail"), PASS, BORDER),
        (("Authentication-Results", f"{US.upper()} 1; dmarc=pass"), BORDER),
        (("Authentication-Results", f"(by us) {US} (v 1.2);\r\n dmarc=pass (p=reject; dmarc=fail)\r\n"), BORDER),
        (("Authentication-Results", f"{US}; dmarc/1 = PASS"), BORDER),
    ],
)
def test_our_own_verdict_counts(fields: tuple[tuple[str, str], ...]) -> None:
    """A field of a configured id above the first foreign Received field is believed."""
    assert verdict(*fields) == (True, "pass")


@pytest.mark.parametrize(
    "fields",
    [
        (BORDER, FOREIGN, PASS),  # forged by the sender, below the border
        (FOREIGN, PASS),
        (STORE, BORDER, ("Received", "from x by mx.desk.example; forged"), PASS),  # a forged hop of ours below it
        (("Authentication-Results", "mx.desk.example.evil.example; dmarc=pass"), BORDER),
        (("Authentication-Results", "evil.example; mx.desk.example; dmarc=pass"), BORDER),
        (("Authentication-Results", f"{US} 2; dmarc=pass"), BORDER),
        (("Authentication-Results", f"{US} and more; dmarc=pass"), BORDER),
        (("Authentication-Results", ""), BORDER),
        (("Authentication-Results", "spf=pass; dmarc=pass"), BORDER),  # no id at all
        (("X-Authentication-Results", f"{US}; dmarc=pass"), BORDER),
        (BORDER,),
        (),
    ],
)
def test_nobody_elses_verdict_counts(fields: tuple[tuple[str, str], ...]) -> None:
    """A field below a foreign hop, of another id or without one is nothing, and gives no results."""
    found = read(fields, (), OPTIONS)
    assert (found.trusted, found.dmarc, found.spf, found.dkim, found.passed) == (False, "", "", "", False)


GMAIL = ReadOptions(authserv_ids=("mx.google.com",), own_relays=frozenset({"2002:a05:*", "mx.google.com"}))
INSIDE = ("Received", "by 2002:a05:6a10:a8b4:0:0:0:0 with SMTP id x12csp1; Mon, 1 Jan 2024 10:00:02 -0800 (PST)")
GOOGLE = ("Received", "from mail.sekolah.example (x [192.0.2.1]) by mx.google.com with ESMTPS id a; Mon, 1 Jan 2024")
VERDICT = (
    "Authentication-Results",
    "mx.google.com; dkim=pass header.i=@sekolah.example; dmarc=pass (p=NONE) header.from=x",
)


@pytest.mark.parametrize(
    ("fields", "believed"),
    [
        ((INSIDE, GOOGLE, VERDICT, FOREIGN), True),
        ((INSIDE, GOOGLE, FOREIGN, VERDICT), False),  # forged by the sender
        ((INSIDE, GOOGLE, INSIDE, VERDICT), False),  # forged together with a hop inside
        ((("Received", "by 2002:a0.evil.example; x"), GOOGLE, VERDICT), False),
        ((("Received", "by mx.google.com.evil.example; x"), VERDICT), False),
    ],
)
def test_relays_that_are_numbered(fields: tuple[tuple[str, str], ...], believed: bool) -> None:  # noqa: FBT001 - a column
    """Gmail's inner relays have a new number each time: a beginning with a star stands for them, and opens no door."""
    assert verdict(*fields, options=GMAIL)[0] is believed


def test_nothing_is_trusted_unless_configured() -> None:
    """With no trusted id every field is ignored; with no known relay only a field above all Received fields counts."""
    assert verdict(PASS, BORDER, options=ReadOptions(own_relays=OPTIONS.own_relays)) == (False, "")
    assert verdict(PASS, BORDER, options=ReadOptions(authserv_ids=(US,))) == (True, "pass")
    assert verdict(BORDER, PASS, options=ReadOptions(authserv_ids=(US,))) == (False, "")


def test_the_results_of_each_method() -> None:
    """All methods are read; one passing signature is enough; a failed dmarc is not mended by a second result."""
    value = f"{US}; dkim=fail header.d=a; dkim=pass header.d=b; spf=softfail smtp.mailfrom=x; dmarc=fail; dmarc=pass"
    found = read([("authentication-results", value)], (), OPTIONS)
    assert (found.dkim, found.spf, found.dmarc, found.authserv_id) == ("pass", "softfail", "fail", US)
    assert not found.passed


def test_dmarc_given_twice_is_no_pass() -> None:
    """A pass with a fail after it is no pass either: somebody wrote into the field."""
    assert verdict(("Authentication-Results", f"{US}; dmarc=pass; dmarc=fail"), BORDER) == (True, "fail")


def test_a_quoted_text_of_the_sender_says_nothing() -> None:
    """What stands in quotes, such as an envelope sender of the sender's choice, is no result."""
    value = f'{US}; spf=fail smtp.mailfrom="x; dmarc=pass y"@evil.example'
    found = read([("Authentication-Results", value), BORDER], (), OPTIONS)
    assert (found.spf, found.dmarc) == ("fail", "")


def test_hops_of_the_library_are_used() -> None:
    """Where the parser library names the hop, its reading decides; else the field is read here."""
    fields = [("Received", "unreadable"), PASS, BORDER]
    assert not read(fields, (), OPTIONS).trusted
    assert read(fields, (Hop("mx.desk.example", "mail.sekolah.example"),), OPTIONS).trusted
