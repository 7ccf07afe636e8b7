"""The From reader: what every reader understands alike is read, what readers disagree about is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail.address import addresses_in, read_from, read_list, split_detail

AGENT = "agent@corp.example"
EVIL = "evil@example.net"

READ = [
    ("guru@sekolah.example", "guru@sekolah.example", ""),
    ("<guru@sekolah.example>", "guru@sekolah.example", ""),
    ("Siti Aminah <guru@sekolah.example>", "guru@sekolah.example", "Siti Aminah"),
    ('"Aminah, Siti" <guru@sekolah.example>', "guru@sekolah.example", "Aminah, Siti"),
    ("Aminah, Siti <guru@sekolah.example>", "guru@sekolah.example", "Aminah, Siti"),
    ("Dr. Siti A. Aminah M.Pd <guru@sekolah.example>", "guru@sekolah.example", "Dr. Siti A. Aminah M.Pd"),
    ("guru@sekolah.example (Siti Aminah)", "guru@sekolah.example", "Siti Aminah"),
    ("=?utf-8?q?Siti_Am=C3=ADnah?= <guru@sekolah.example>", "guru@sekolah.example", "Siti Amínah"),
    ("=?utf-8?b?U2l0aQ==?= =?utf-8?b?IEFtaW5haA==?= <a@b.example>", "a@b.example", "Siti Aminah"),
    ("Guru@Sekolah.EXAMPLE", "Guru@sekolah.example", ""),
    ("Siti\r\n Aminah\r\n <guru@sekolah.example>", "guru@sekolah.example", "Siti Aminah"),
    ("< guru@sekolah.example >", "guru@sekolah.example", ""),
    ("guru@sekolah.example,", "guru@sekolah.example", ""),
    ("a@b <a@b>", "a@b", ""),
    ('"a@b" <a@b>', "a@b", ""),
    ("A@B <a@b>", "a@b", ""),
    ('"agent@corp.example" <evil@example.net>', EVIL, AGENT),
    ('"john doe"@x.example', '"john doe"@x.example', ""),
    ("root@localhost", "root@localhost", ""),
    ("x@[192.0.2.1]", "x@[192.0.2.1]", ""),
    ("a..b@docomo.example", "a..b@docomo.example", ""),
    ("ü@Müller.DE", "ü@müller.de", ""),
    ("J\udcf6rg <j@b.example>", "j@b.example", "Jörg"),
    ("'Siti' <a@b.example>", "a@b.example", "Siti"),
    ("_x_@b.example", "_x_@b.example", ""),
    ("o'brien@b.example", "o'brien@b.example", ""),
]

REFUSED = [
    (f"{AGENT} <{EVIL}>", "a second address"),
    (f"=?utf-8?q?agent=40corp.example?= <{EVIL}>", "a second address"),
    (f"=?utf-8?b?YWdlbnRAY29ycC5leGFtcGxl?= <{EVIL}>", "a second address"),
    (f'"=?utf-8?q?agent=40corp.example?=" <{EVIL}>', "a second address"),
    (f'"Agent <{AGENT}>" <{EVIL}>', "a second address"),
    (f'"a\\" <{AGENT}> \\"" <{EVIL}>', "a second address"),
    (f"agent＠corp.example <{EVIL}>", "a second address"),
    (f"agent @ corp.example <{EVIL}>", "a second address"),
    (f"{EVIL} ({AGENT})", "a second address"),
    (f"({AGENT}) {EVIL}", "a second address"),
    (f"Name ({AGENT}) <{EVIL}>", "a second address"),
    (f'agent"x"@corp.example <{EVIL}>', "a second address"),
    (f"{AGENT}, {EVIL}", "more than one"),
    (f"A <{AGENT}>, B <{EVIL}>", "angle brackets"),
    (f"Agents: {AGENT};", "a group"),
    (f"Agents: <{AGENT}>", "a group"),
    ("undisclosed-recipients:;", "a group"),
    (f"<@relay.example,@other.example:{AGENT}>", "no plain address"),
    (f"<{AGENT}> trailing", "angle brackets"),
    (f"{AGENT} trailing", "no plain address"),
    (f"Name <{AGENT}", "angle brackets"),
    (f"<<{AGENT}>>", "angle brackets"),
    (f"<{AGENT}> <{EVIL}>", "angle brackets"),
    (f"{AGENT}@example.net", "no plain address"),
    (f'"{AGENT}"@example.net', "no plain address"),
    ("agent(c)@corp.example", "no plain address"),
    ("agent @corp.example", "no plain address"),
    ("agent@corp.example.", "no plain address"),
    ("=?utf-8?q?agent?=@corp.example", "no plain address"),
    ("a\u212aun@corp.example", "no plain address"),  # KELVIN SIGN, lower case "k"
    ("agent@corp.ex\uff41mple", "no plain address"),  # full-width a
    ("age\u200bnt@corp.example", "no plain address"),
    ("agent\udcff@corp.example\udcfe\udc81", "no plain address"),
    (f'"never closed <{AGENT}>', "never ends"),
    (f"(never closed {AGENT}", "never ends"),
    (f"[ <{AGENT}>", "never ends"),
    (f"a\\b <{AGENT}>", "backslash"),
    (f"{AGENT}\0", "control characters"),
    (f"Agent\x1b[2J <{AGENT}>", "control characters"),
    ("", "an empty field"),
    ("   ", "an empty field"),
    ("(only a comment)", "an empty field"),
    ("Siti Aminah", "no plain address"),
    ("a" * 300 + "@b.example", "no plain address"),
]


@pytest.mark.parametrize(("value", "addr", "name"), READ)
def test_an_unambiguous_mailbox_is_read(value: str, addr: str, name: str) -> None:
    """One mailbox that all readers understand alike gives its address and the name that people see."""
    sender = read_from([value])
    assert sender.address is not None, sender.problem
    assert (sender.address.addr, sender.address.name, sender.problem) == (addr, name, "")
    assert sender.address.key in sender.claimed


@pytest.mark.parametrize(("value", "problem"), REFUSED)
def test_an_ambiguous_field_names_nobody(value: str, problem: str) -> None:
    """What readers could disagree about gives no address, and says why."""
    sender = read_from([value])
    assert sender.address is None
    assert problem in sender.problem


@pytest.mark.parametrize("value", [value for value, _ in REFUSED if AGENT in value or "agent=40" in value])
def test_a_refused_field_still_tells_what_it_claims(value: str) -> None:
    """The agent that a doubtful field could pass for is among the claimed addresses, so that it can be noticed."""
    assert AGENT in read_from([value]).claimed


def test_a_quoted_name_is_claimed_but_not_believed() -> None:
    """A quoted display name that looks like an agent is noticed; the mailbox stays the sender."""
    sender = read_from([f'"{AGENT}" <{EVIL}>'])
    assert sender.address is not None
    assert sender.address.addr == EVIL
    assert sender.claimed == (EVIL, AGENT)


def test_the_number_of_from_fields_counts() -> None:
    """No From field and two of them name nobody; both claims are kept."""
    assert read_from([]).problem == "no From field"
    two = read_from([AGENT, EVIL])
    assert (two.address, two.problem, two.claimed) == (None, "2 From fields", (AGENT, EVIL))


LOCAL = st.from_regex(r"[a-z0-9!#$%&'*+/=^_{|}~-]{1,20}(\.[a-z0-9_-]{1,9}){0,2}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?(\.[a-z]{2,10}){1,3}", fullmatch=True)
NAME = st.text(st.characters(categories=("L", "N", "Zs"), max_codepoint=0x2FFF), max_size=30)


@given(LOCAL, DOMAIN, NAME)
def test_every_plain_mailbox_is_read(local: str, domain: str, name: str) -> None:
    """Whatever the names are, `"Name" <local@domain>` and the bare address give exactly that address."""
    addr = f"{local}@{domain}"
    for value in (addr, f"<{addr}>", f'"{name}" <{addr}>', f"{addr} ()"):
        sender = read_from([value])
        assert sender.address is not None, (value, sender.problem)
        assert sender.address.addr == addr


PIECES = st.sampled_from(
    [AGENT, EVIL, "<", ">", '"', "\\", "(", ")", ",", ":", ";", " ", "\r\n ", "=?utf-8?q?", "=40", "?=", "@", "agent",
     "corp.example", "[", "]", "\0", "\udc80", "\u212a", "\u202e", "＠", "=?utf-8?b?YWdlbnRAY29ycC5leGFtcGxl?="]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=14).map("".join))
def test_nothing_raises_and_nobody_passes_for_the_agent_by_accident(value: str) -> None:
    """Any field is read without an error; where the agent is read, no other address stands in sight of any reader."""
    sender = read_from([value])
    read_list([value])
    if sender.address is None:
        assert sender.problem
    elif sender.address.key == AGENT:
        assert '"' in value or EVIL not in addresses_in(value)
    for text in sender.claimed:
        text.encode()


@given(st.text())
def test_any_text_is_read_without_an_error(value: str) -> None:
    """No text at all makes the readers raise."""
    read_from([value])
    read_from([value, value])
    assert all("@" in found.addr for found in read_list([value]))


def test_lists_are_read_leniently() -> None:
    """To and Cc fields give every address that can be found, once, groups included."""
    value = 'a@b.example, "C, D" <c@d.example>; x: y@z.example, q@r.example;, broken <foo@bar.example> tail'
    found = read_list([value, "A@B.example, junk, =?x <a@@b>", "undisclosed-recipients:;"])
    assert [one.addr for one in found] == [
        "a@b.example",
        "c@d.example",
        "y@z.example",
        "q@r.example",
        "foo@bar.example",
    ]
    assert found[1].name == "C, D"


def test_lists_are_bounded() -> None:
    """A field with thousands of addresses gives the first 200."""
    assert len(read_list([",".join(f"u{n}@b.example" for n in range(1_000))])) == 200


def test_addresses_in_text_shed_their_punctuation() -> None:
    """Addresses in running text come without quotes and full stops, lower case."""
    assert addresses_in("Write to 'Foo@Bar.example'. Or a@b.example!") == ("foo@bar.example", "a@b.example")


@pytest.mark.parametrize(
    ("addr", "separator", "expected"),
    [
        ("help+r-abc@desk.example", "+", ("help@desk.example", "r-abc")),
        ("help@desk.example", "+", ("help@desk.example", "")),
        ("help-x@desk.example", "-", ("help@desk.example", "x")),
        ("help+x@desk.example", "", ("help+x@desk.example", "")),
        ("+x@desk.example", "+", ("+x@desk.example", "")),
        ("help+a+b@desk.example", "+", ("help@desk.example", "a+b")),
        ("no-address", "-", ("no-address", "")),
    ],
)
def test_details_are_split_off(addr: str, separator: str, expected: tuple[str, str]) -> None:
    """The part after the first separator is the detail (RFC 5233); without one the address is unchanged."""
    assert split_detail(addr, separator) == expected
