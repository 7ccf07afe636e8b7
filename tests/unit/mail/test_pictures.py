"""Pictures within the text: what was pasted is a file, logos of signatures and of quoted mails are not."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail.message import ReadOptions
from mailhelp.mail.pictures import LEAST, typed
from mailhelp.mail.read import read

SHOT, LOGO = '<img src="cid:shot" alt="gambar">', '<img src="cid:logo">'
GMAIL_QUOTE = (
    '<br><div class="gmail_quote"><div class="gmail_attr">'
    "Pada Sel, 24 Nov 2026 Desk &lt;a@b.example&gt; menulis:<br></div>"
    f'<blockquote class="gmail_quote"><p>Selamat pagi</p>{LOGO}</blockquote></div>'
)
GMAIL_SIGNATURE = (
    f'<span class="gmail_signature_prefix">-- </span><br><div dir="ltr" class="gmail_signature">Sari {LOGO}</div>'
)
OUTLOOK_QUOTE = (
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Desk &lt;a@b.example&gt;<br><b>Sent:</b> '
    f"Tuesday<br><b>To:</b> x<br><b>Subject:</b> y</p></div><p>Halo</p>{LOGO}"
)


def mail(html: str, size: int = LEAST) -> bytes:
    """A mail as clients make it: an HTML text that shows the pictures `shot` and `logo`."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@b.example", "c@d.example", "x"
    made.set_content(html, subtype="html")
    for name in ("shot", "logo"):
        content = b"\x89PNG\r\n\x1a\n".ljust(size, b"x")
        made.add_related(content, "image", "png", cid=f"<{name}>", filename=f"{name}.png", disposition="inline")
    return made.as_bytes()


@pytest.mark.parametrize(
    "html",
    [
        f'<div dir="ltr"><div>Berikut gambarnya:</div><div>{SHOT}</div></div>{GMAIL_QUOTE}',
        f'<div dir="ltr">Berikut {SHOT} gambarnya.<br>{GMAIL_SIGNATURE}</div>{GMAIL_QUOTE}',
        f"<p>Berikut gambarnya:</p><p>{SHOT}</p><p>Salam,<br>Sari</p>{OUTLOOK_QUOTE}",
    ],
    ids=["Gmail", "Gmail with a signature", "Outlook"],
)
def test_a_pasted_picture_is_a_file_and_a_logo_is_none(html: str) -> None:
    """The logo of the signature, and the one in the quoted mail, stay decoration."""
    found = read(mail(html), ReadOptions())
    assert {one.name: one.inline for one in found.attachments} == {"shot.png": False, "logo.png": True}
    assert "mhpicturemark" not in f"{found.text}{found.new_text}{found.quoted_text}"


def test_small_pictures_are_decoration_wherever_they_stand() -> None:
    """Smileys, icons of networks, lines."""
    found = read(mail(f"<p>Halo {SHOT}</p>", LEAST - 1), ReadOptions())
    assert [one.inline for one in found.attachments] == [True, True]


def test_how_much_text_stands_above_a_picture() -> None:
    """Counted in words of the new text alone; other pictures count nothing."""
    html = f"<p>Satu dua</p>{SHOT}<p>tiga</p>{LOGO}{GMAIL_QUOTE}"
    assert typed(html, ()) == {"shot": 2, "logo": 3}


@given(st.text(max_size=300), st.text(max_size=60))
def test_no_html_raises(before: str, inside: str) -> None:
    """Whatever the tags look like."""
    assert set(typed(f'{before}<img {inside} src="cid:shot">{before}', ()).values()) <= set(range(400))
    typed(f"{before}cid:<img{inside}", ())
