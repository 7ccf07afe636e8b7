"""The text of a mail: which parts a person reads, in which charset, and how wrapped text is put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.mail.flowed import unwrap
from mailhelp.mail.message import Message, ReadOptions
from mailhelp.mail.read import read

PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n"
FILE = "Content-Type: application/pdf; name=a.pdf\n\nx"


def multi(kind: str, *parts: str, boundary: str = "b") -> str:
    """A multipart body (its own header fields and the parts)."""
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{body}--{boundary}--\n'


def message(text: str, **options: int) -> Message:
    """The mail with these header fields and body."""
    raw = f"From: a@b.example\n{text}".encode("utf-8", "surrogateescape")
    return read(raw, ReadOptions(**options))  # type: ignore[arg-type] # only limits are given here


def names(got: Message) -> list[str]:
    """The names of the files."""
    return [one.name for one in got.attachments]


def test_plain_and_html_of_the_same_text() -> None:
    """Of an alternative the plain version is the text; the HTML one is kept beside it."""
    got = message(multi("alternative", PLAIN + "plain words", HTML + "<p>rich words"))
    assert (got.text, got.html_text.strip()) == ("plain words", "rich words")


def test_html_alone() -> None:
    """Without a plain part, or with an empty one, the HTML is the text."""
    for text in (HTML + "<p>rich words", multi("alternative", PLAIN + "  ", HTML + "<p>rich words")):
        got = message(text)
        assert got.text.strip() == got.html_text.strip() == got.new_text.strip() == "rich words"


def test_the_forms_of_apple_mail_and_outlook() -> None:
    """Plain beside related HTML with pictures, and plain beside mixed HTML with files, are one text."""
    image = "Content-Type: image/png; name=i.png\nContent-ID: <i>\n\nx"
    related = multi("related", HTML + "<p>rich<img src='cid:i'>", image, boundary="r")
    got = message(multi("alternative", PLAIN + "plain", related))
    assert (got.text, names(got), got.attachments[0].inline) == ("plain", ["i.png"], True)
    halves = multi("mixed", HTML + "<p>first", FILE, HTML + "<p>second", boundary="m")
    got = message(multi("alternative", PLAIN + "plain", halves))
    assert (got.text, names(got)) == ("plain", ["a.pdf"])
    assert got.html_text.split() == ["first", "second"]


def test_several_texts_are_joined() -> None:
    """Text around a file and the footer of a list belong to the text, in order, HTML ones as well."""
    got = message(multi("mixed", PLAIN + "one", FILE, HTML + "<p>two", PLAIN + "three <3"))
    assert got.text.split() == ["one", "two", "three", "<3"]
    assert got.html_text.split() == ["one", "two", "three", "<3"]
    assert names(got) == ["a.pdf"]


def test_two_plain_versions_are_both_kept() -> None:
    """An alternative of two plain texts against all custom loses neither; an enriched copy is not doubled."""
    got = message(multi("alternative", PLAIN + "one", PLAIN + "two"))
    assert got.text.split() == ["one", "two"]
    rich = "Content-Type: text/enriched\n\n<bold>one</bold>"
    assert message(multi("alternative", PLAIN + "one", rich)).text == "one"
    assert message(multi("alternative", rich)).text == "one"


def test_what_is_a_file_and_what_is_text() -> None:
    """Named and attached texts, calendars and attached mails are files; a named text that is the whole mail is not."""
    named = "Content-Type: text/plain; name=notes.txt\n\nfile"
    attached = "Content-Type: text/plain\nContent-Disposition: attachment\n\nfile"
    calendar = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR"
    inner = "Content-Type: message/rfc822\n\nSubject: fwd\n\ninner text"
    got = message(multi("mixed", PLAIN + "text", named, attached, calendar, inner))
    assert got.text == "text"
    assert names(got) == ["notes.txt", "part-3.txt", "part-4.ics", "fwd.eml"]
    assert message(named).text == "file"
    assert names(message(attached)) == ["part-1.txt"]


def test_versions_for_machines_are_no_text() -> None:
    """Accelerated pages and file forks of old computers are neither text nor files."""
    amp = "Content-Type: text/x-amp-html\n\n<html amp4email>"
    fork = "Content-Type: application/applefile\n\nx"
    got = message(multi("mixed", multi("alternative", PLAIN + "text", amp, boundary="a"), fork))
    assert (got.text, got.attachments) == ("text", ())


def test_a_multipart_without_its_boundary_is_text() -> None:
    """Where the structure is lost, what stands there is still shown."""
    assert "important" in message('Content-Type: multipart/mixed; boundary="x"\n\nimportant words').text


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ("Content-Type: text/plain; charset=iso-8859-1", "gr\udcfc\udcdf", "grüß"),
        ("Content-Type: text/plain", "grüß", "grüß"),
        ("Content-Type: text/plain; charset=x-unknown", "grüß", "grüß"),
        ("Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64", "Z3LDvMOf", "grüß"),
        ("Content-Type: text/html", "<meta charset=iso-8859-1><p>gr\udcfc\udcdf", "grüß"),
        ("Content-Type: text/plain; charset=utf-8", "a\0b\x0cc\ud800", "abc???"),
    ],
)
def test_charsets(header: str, body: str, expected: str) -> None:
    """Declared, undeclared and wrongly declared charsets give readable text without controls."""
    if "\ud800" in body:
        body = body.replace("\ud800", "")
        expected = "abc"
    assert message(f"{header}\n\n{body}").text.strip() == expected


def test_the_text_is_bounded() -> None:
    """Text, HTML and what is made of them keep to the limit."""
    for text in (PLAIN + "word " * 5_000, HTML + "<p>word " * 5_000, multi("mixed", *[PLAIN + "word " * 500] * 9)):
        got = message(text, max_text_chars=1_000)
        assert 0 < len(got.text) <= 1_000
        assert len(got.html_text) <= 1_000


FLOWED = [
    ("one \ntwo", False, "one two"),
    ("one \ntwo", True, "onetwo"),
    ("one\ntwo", False, "one\ntwo"),
    ("one \n\ntwo", False, "one \n\ntwo".replace(" \n", "\n")),
    ("> one \n> two", False, "> one two"),
    (">> one \n> two", False, ">> one\n> two"),
    (">>one \n>>two", False, ">> one two"),
    (" > stuffed", False, "> stuffed"),
    ("text \n-- \nname", False, "text\n-- \nname"),
    (" From here", False, "From here"),
    ("last ", False, "last"),
    ("", False, ""),
]


@pytest.mark.parametrize(("text", "delsp", "expected"), FLOWED)
def test_flowed_text(text: str, expected: str, *, delsp: bool) -> None:
    """RFC 3676: soft line ends, quote depth, stuffing, the signature line, DelSp."""
    assert unwrap(text, delsp=delsp) == expected


def test_flowed_mail_is_put_together() -> None:
    """The parameters of the part decide; other text keeps its line ends."""
    body = "Content-Type: text/plain; format={}\n\none \ntwo\n"
    assert message(body.format("flowed")).text.strip() == "one two"
    assert message(body.format("fixed")).text.split("\n")[:2] == ["one ", "two"]
    assert message(body.format("flowed; delsp=yes")).text.strip() == "onetwo"


WORD = st.from_regex(r"[a-z]{1,12}", fullmatch=True)


@given(
    st.lists(st.lists(WORD, min_size=1, max_size=30), min_size=1, max_size=6), st.integers(0, 2), st.integers(20, 72)
)
def test_wrapping_is_undone(paragraphs: list[list[str]], depth: int, width: int) -> None:
    """Paragraphs wrapped as flowed text, quoted or not, come back as they were."""
    marks = ">" * depth + (" " if depth else "")
    lines: list[str] = []
    for words in paragraphs:
        line = ""
        for word in words:
            if line and len(line) + len(word) > width:
                lines.append(f"{marks}{line} ")
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(marks + line)
    assert unwrap("\n".join(lines), delsp=False).split("\n") == [marks + " ".join(words) for words in paragraphs]
