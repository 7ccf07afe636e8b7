"""Forwards inside the text: the remark, the original's sender, subject and body."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
import work
from mailhelp.mail.forward import Forward, find
from mailhelp.mail.message import Address

SENDER = Address("kepsek@mail.test", "Ibu Kartika")
FIELDS = (
    "Dari: Ibu Kartika <kepsek@mail.test>\nTanggal: Sen, 23 Nov 2026 08.15\nSubjek: Lab mati\n"
    "Kepada: Wahyu <w@mail.test>"
)
BODY = "Jaringan lab mati.\n\nKartika"
EXPECTED = Forward("Mohon dibantu.", SENDER, "Sen, 23 Nov 2026 08.15", "Lab mati", "Wahyu <w@mail.test>", BODY)

BANNERS = [
    "---------- Forwarded message ---------",
    "---------- Pesan terusan ----------",
    "-------- Pesan Diteruskan --------",
    "-------- Forwarded Message --------",
    "Begin forwarded message:",
    "-----Original Message-----",
    "-------- Pesan asli --------",
    "-------- Weitergeleitete Nachricht --------",
    "---------- Message transféré ---------",
    "-------- Mensaje reenviado --------",
    "-------- Пересылаемое сообщение --------",
    "________________________________",
    "Début du message réexpédié :",
    "Vidarebefordrat mejl:",
    "Rozpoczęcie przekazywanej wiadomości:",
    "Začátek přeposílané zprávy:",
    "Начало пересылаемого сообщения:",
    "-------- Yönlendirilen İleti --------",
    "---------- הודעה שהועברה ---------",
    "---------- رسالة معاد توجيهها ---------",
    "-------- 转发的消息 --------",
    "---------- Tolu mefa mu hani ---------",  # no language: the line and the fields below it are enough
]


@pytest.mark.parametrize("banner", BANNERS)
def test_banners_of_clients(banner: str) -> None:
    """Each client's banner above printed header fields is a forward with all its parts."""
    assert find(f"Mohon dibantu.\n\n{banner}\n{FIELDS}\n\n{BODY}\n") == EXPECTED


def test_quoted_forward() -> None:
    """Banner and original may stand behind quote marks."""
    whole = "\n".join(f"> {line}" for line in f"Begin forwarded message:\n\n{FIELDS}\n\n{BODY}".split("\n"))
    assert find(f"Mohon dibantu.\n\n{whole}") == EXPECTED
    below = "\n".join(f"> {line}" for line in f"{FIELDS}\n\n{BODY}".split("\n"))
    assert find(f"Mohon dibantu.\n\nForwarded message:\n\n{below}") == EXPECTED


def test_all_on_the_banners_line() -> None:
    """Some clients print the header fields behind the banner on the same line, without spaces between."""
    rolled = (
        "  ----- Forwarded Message ----- Dari: Ibu Kartika <kepsek@mail.test>Kepada: Wahyu <w@mail.test>"
        "Dikirim: Sen, 23 Nov 2026 08.15 WIBSubjek: Lab mati"
    )
    found = find(f"Mohon dibantu.\n\n{rolled}\n {BODY}")
    assert found is not None
    assert (found.sender, found.subject, found.date) == (SENDER, "Lab mati", "Sen, 23 Nov 2026 08.15 WIB")
    assert found.body == BODY


SENDERS = {
    "Ibu Kartika <kepsek@mail.test>": SENDER,
    '"Ibu Kartika" <kepsek@MAIL.test>': SENDER,
    "Ibu Kartika [mailto:kepsek@mail.test]": SENDER,
    "*Ibu Kartika* <kepsek@mail.test<mailto:kepsek@mail.test>>": SENDER,
    "kepsek@mail.test": Address("kepsek@mail.test"),
    "<kepsek@mail.test>": Address("kepsek@mail.test"),
    "Ibu Kartika": Address("", "Ibu Kartika"),
}


@pytest.mark.parametrize("value", SENDERS)
def test_senders(value: str) -> None:
    """The printed From line in its usual spellings gives name and address."""
    found = find(f"---------- Forwarded message ---------\nFrom: {value}\nSubject: a\nTo: b\n\nisi")
    assert found is not None
    assert found.sender == SENDERS[value]


def test_banner_without_fields() -> None:
    """A banner may name the sender itself, or nobody."""
    named = find(
        "----- Forwarded message from Ibu Kartika <kepsek@mail.test> -----\n\nisi\n\n----- End forwarded message -----"
    )
    assert named == Forward("", SENDER, "", "", "", "isi")
    dated = find("Ini.\n\nForwarded message from Ibu Kartika on Mon Nov 23, 2026 at 9:41 AM:\nisi")
    assert dated == Forward("Ini.", Address("", "Ibu Kartika"), "", "", "", "isi")
    assert find("---------- Pesan terusan ----------") == Forward("", Address(""), "", "", "", "")


SUBJECTS = [
    (None, True),
    ("Fw: Lab", True),
    ("WG: Lab", True),
    ("Terusan: Lab", True),
    ("Re: Lab", False),
    ("Lab", False),
]


@pytest.mark.parametrize(("subject", "forwarded"), SUBJECTS)
def test_subject_tells_a_forward_from_a_reply(subject: str | None, *, forwarded: bool) -> None:
    """Header fields alone are printed for replies too: the mail's own subject decides."""
    text = f"Mohon dibantu.\n\n{FIELDS}\n\n{BODY}"
    assert (find(text, "", subject) is not None) == forwarded
    assert (find(f"Mohon.\n\n-----Pesan Asli-----\n{FIELDS}\n\n{BODY}", "", subject) is not None) == forwarded


def test_fields_first() -> None:
    """A mail that begins with printed header fields and is no reply is a forward without a remark."""
    found = find(f"{FIELDS}\n\n{BODY}", "", "Lab mati")
    assert found is not None
    assert (found.comment, found.body) == ("", BODY)


def test_attribution_with_a_forwarding_subject() -> None:
    """Outlook's other form is an attribution; only the subject says that it is a forward."""
    text = 'On 28/10/2026 12:46, "Ibu Kartika" <kepsek@mail.test> wrote:\n\n    Lab mati.\n'
    assert find(text, "", "FW: Lab") == Forward("", SENDER, "", "Lab", "", "Lab mati.")
    named = find("Den 28/10/2026 12:46 skrev Ibu Kartika <kepsek@mail.test>:\n\nLab mati.\n", "", "VB: Lab")
    assert named is not None
    assert named.sender == SENDER
    assert find("On 28/10/2026 12:46, Kartika wrote:\n\nLab\n", "", "FW: Lab") == Forward(
        "", Address(""), "", "Lab", "", "Lab"
    )
    assert find(text, "", "Re: Lab") is None
    assert find(text) is None


NOT_FORWARDS = {
    "plain text": "Selamat pagi,\n\ntolong diteruskan ke dinas:\nterima kasih",
    "a letter's head": "Dari: SDN 1\nPerihal: rapor\nKepada: Meja Bantuan\n\nMohon.",
    "dashes": "-----\nPesan: lab mati\n-----",
    "an old banner without fields": "Halo\n\n-----Original Message-----\nisi",
    "nothing": "",
}


@pytest.mark.parametrize("text", NOT_FORWARDS.values(), ids=NOT_FORWARDS)
def test_no_forward(text: str) -> None:
    """Texts that only resemble a forward are none."""
    assert find(text) is None


def test_html_where_there_is_no_text() -> None:
    """Without a plain part the HTML is read."""
    fields = FIELDS.replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    banner = "<div class=gmail_quote>---------- Forwarded message ---------<br>"
    html = f"<p>Mohon dibantu.</p>{banner}{fields}<p>Jaringan lab mati.<p>Kartika</div>"
    assert find(" ", html) == EXPECTED


@pytest.mark.parametrize("piece", hostile.FORWARDS.values(), ids=hostile.FORWARDS)
def test_hostile_text_costs_in_proportion(piece: str) -> None:
    """Twice the hostile text is twice the work, whatever the subject."""
    counted = work.load("mailhelp.mail.forward")
    for subject in ("Fw: x", "x", None):
        work.check(partial(counted.find, html="", subject=subject), piece)


def test_what_a_long_text_may_cost_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a text without a forward, so many lines are looked at and so many of them tried, and no more."""
    counted = work.load("mailhelp.mail.forward")
    monkeypatch.setattr(counted, "_MAX_LINES", 300)
    monkeypatch.setattr(counted, "_MAX_TRIES", 50)
    for piece, most in (("a:\n", 50), ("a\n", 300)):
        full, more = (work.of(counted.find, piece * times, "", "Re: x") for times in (most + 10, most + 110))
        assert more - full < 20 * 100 * len(piece), "more than the bare splitting into lines"


@given(st.text(), st.text(), st.none() | st.text())
def test_never_raises(text: str, html: str, subject: str | None) -> None:
    """Any text gives a forward or None."""
    find(text, html, subject)


@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1), min_size=1, max_size=30))
def test_the_original_comes_back(words: list[str]) -> None:
    """Whatever was passed on below the header fields comes back word for word."""
    body = " ".join(words)
    found = find(f"Mohon dibantu.\n\n{BANNERS[0]}\n{FIELDS}\n\n{body}\n")
    assert found is not None
    assert found.body == body.strip()
