"""The block of a data request: written, filled in, mangled as mail clients do, and read back the same."""

from __future__ import annotations

import quopri
import textwrap
from collections.abc import Callable, Mapping
from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from formkit import CATEGORIES, FORM
from mailhelp.desk.form import read_form
from mailhelp.desk.formblock import fill_in_block, has_block, read_block
from mailhelp.desk.formvalue import is_nothing
from mailhelp.mail.markers import FORM_END, FORM_MARKER, MARKER, MARKERS
from mailhelp.mail.message import Message, ReadOptions
from mailhelp.mail.read import read

ATTRIBUTION = "Pada Sel, 24 Nov 2026 pukul 09.40 Layanan Bantuan <bantuan@desk.example> menulis:"
WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789.-/'()&éöñ", min_size=1, max_size=14).filter(
    lambda word: any(char.isalnum() for char in word) and word[0].isalnum() and FORM.labels.exact(word) == ""
)
SHORT = (
    st.lists(WORD, min_size=1, max_size=12)
    .map(" ".join)
    .filter(lambda text: text[0].isalpha() and not is_nothing(text))
)
LONG = (
    st.lists(st.lists(WORD, min_size=1, max_size=14).map(" ".join), min_size=1, max_size=5)
    .map("\n".join)
    .filter(lambda text: not is_nothing(text))
)
HOST = st.sampled_from(["surat.example", "pos.example", "guru.sd.belajar.id"])
MAIL = st.builds(
    lambda user, host: f"{user}@{host}", st.from_regex(r"[a-z]{1,12}(\.[a-z]{1,12})?", fullmatch=True), HOST
)


def digits(count: int) -> st.SearchStrategy[str]:
    """A number of so many digits."""
    return st.text("0123456789", min_size=count, max_size=count)


VALUES: Mapping[str, st.SearchStrategy[str]] = {
    "email": MAIL,
    "category": st.sampled_from(["Reset kata sandi"]),
    "subcategory": st.sampled_from(["Akun sendiri", "Reset massal"]),
    "user_type": st.sampled_from(["Guru", "Siswa", "Orang tua", "Non Satuan Pendidikan"]),
    "name": SHORT,
    "personal_email": MAIL,
    "account_email": MAIL,
    "school_name": SHORT,
    "npsn": digits(8),
    "nisn": digits(10),
    "nik": digits(16),
    "nuptk": digits(16),
    "phone": digits(12),
    "born": st.dates().map(lambda day: day.isoformat()),
    "count": st.integers(1, 900).map(str),
    "code": SHORT,
    "details": LONG,
}
FIELDS = st.lists(st.sampled_from(sorted(VALUES)), unique=True, min_size=1).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


def mail(body: str, html: str = "", kind: str = "text/plain; charset=utf-8", encoding: str = "8bit") -> Message:
    """A reply with that body, read."""
    content = quopri.encodestring(body.encode()) if encoding == "quoted-printable" else body.encode()
    head = (
        "From: guru@sekolah.example\nTo: bantuan@desk.example\nSubject: Bls: [#2164242] Laporan\nMIME-Version: 1.0\n"
        f"Content-Type: {'text/html; charset=utf-8' if html else kind}\nContent-Transfer-Encoding: {encoding}\n\n"
    )
    return read(head.encode() + (html.encode() if html else content), ReadOptions(marker_lines=MARKERS))


def wrapped(text: str, width: int = 72) -> str:
    """The text with long lines broken between words."""
    lines = (
        textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n")
    )
    return "\n".join(part for line in lines for part in line)


def quoted(text: str, mark: str = "> ") -> str:
    """The text as a client quotes it."""
    return "\n".join(f"{mark}{line}".rstrip() for line in text.split("\n"))


def flowed(text: str) -> str:
    """The text in format=flowed (RFC 3676): broken lines end with a blank, misleading first signs are stuffed."""
    lines = []
    for line in text.split("\n"):
        parts = textwrap.wrap(line, 66, break_long_words=False, break_on_hyphens=False) or [""]
        stuffed = [f" {part}" if part.startswith((" ", ">", "From")) else part for part in parts]
        lines.append(" \n".join(stuffed))
    return "\n".join(lines)


def divs(text: str) -> str:
    """The text as a client writes HTML: a `div` for each line."""
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.split("\n"))


OURS = f"{MARKER['id']}\n\nMohon lengkapi data berikut.\n\nNama: Sri Wahyuni\nNPSN: 99999999\n\n"
MANGLES: Mapping[str, Callable[[str], Message]] = {
    "as it is": mail,
    "a greeting above, a name below": lambda block: mail(f"Selamat pagi,\n\n{block}\n\nSalam,\nSri\nNPSN: 11111111"),
    "quoted": lambda block: mail(f"{ATTRIBUTION}\n{quoted(OURS + block)}"),
    "quoted, words above": lambda block: mail(f"Sudah saya isi.\n\n{ATTRIBUTION}\n{quoted(OURS + block)}"),
    "quoted without blanks": lambda block: mail(f"{ATTRIBUTION}\n{quoted(block, '>')}"),
    "quoted twice": lambda block: mail(f"{ATTRIBUTION}\n{quoted(quoted(OURS + block))}"),
    "wrapped": lambda block: mail(wrapped(block)),
    "wrapped, then quoted": lambda block: mail(f"{ATTRIBUTION}\n{quoted(wrapped(OURS + block))}"),
    "quoted, then wrapped": lambda block: mail(f"{ATTRIBUTION}\n{wrapped(quoted(OURS + block))}"),
    "flowed": lambda block: mail(flowed(block), kind="text/plain; charset=utf-8; format=flowed"),
    "flowed and quoted": lambda block: mail(
        f"{ATTRIBUTION}\n{quoted(flowed(block))}", kind="text/plain; charset=utf-8; format=flowed"
    ),
    "quoted-printable": lambda block: mail(block, encoding="quoted-printable"),
    "windows lines": lambda block: mail(block.replace("\n", "\r\n")),
    "a blank line after each": lambda block: mail(block.replace("\n", "\n\n")),
    "no-break blanks": lambda block: mail(block.replace(": ", ":\u00a0")),
    "only HTML": lambda block: mail("", divs(block)),
    "only HTML, quoted": lambda block: mail(
        "",
        f'<div>Sudah.</div><div class="gmail_quote">{ATTRIBUTION}'
        f'<blockquote type="cite">{divs(OURS + block)}</blockquote></div>',
    ),
    "only HTML, breaks": lambda block: mail("", escape(block).replace("\n", "<br>\n")),
    "bold labels": lambda block: mail(
        "\n".join(f"*{line.replace(': ', ':* ', 1)}" if ": " in line else line for line in block.split("\n"))
    ),
}


@pytest.mark.parametrize("mangle", MANGLES.values(), ids=MANGLES)
@pytest.mark.parametrize("language", ["id", "en"])
@given(fields=FIELDS)
@example(fields={"school_name": "Sekolah Menengah Kejuruan Negeri Pertanian Terpadu " * 3 + "Barat"})
@example(fields={"details": "satu\ndua tiga\n\nempat", "name": "Sri", "nik": "3201014101800001"})
@settings(max_examples=25)
def test_what_was_filled_in_comes_back(
    mangle: Callable[[str], Message], language: str, fields: Mapping[str, str]
) -> None:
    """Any values in any fields, through everything that mail clients do to a reply."""
    wanted = {name: " ".join(value.split()) for name, value in fields.items()}
    if "subcategory" in fields:
        wanted["category"] = "Reset kata sandi"
    block = fill_in_block(fields, FORM, language)
    reading = read_block(mangle(block).text, FORM, CATEGORIES)
    assert {name: " ".join(value.value.split()) for name, value in reading.fields.items()} == wanted


@pytest.mark.parametrize("language", ["id", "en", "xx"])
def test_the_block_as_it_is_sent(language: str) -> None:
    """Labels in the order of the form between two lines that say so; an unknown language is Indonesian."""
    block = fill_in_block({"npsn": "", "name": "", "nothing": ""}, FORM, language)
    known = "en" if language == "en" else "id"
    label = "Name:" if known == "en" else "Nama (sesuai Dapodik):"
    assert block.split("\n") == [FORM_MARKER[known], "", label, "NPSN:", "", FORM_END[known]]
    assert has_block(quoted(block))
    assert read_block(block, FORM, CATEGORIES).fields == {}


def test_only_the_block_is_read() -> None:
    """Fields outside it, quoted ones of ours among them, say nothing; without a block there is nothing."""
    text = f"NPSN: 11111111\n{fill_in_block({'name': 'Sri'}, FORM, 'id')}\nNIK: 3201014101800001\n> Nama: Budi"
    assert set(read_block(text, FORM, CATEGORIES).fields) == {"name"}
    assert read_block("Nama: Sri\nNPSN: 11111111", FORM, CATEGORIES).fields == {}
    assert not has_block("Nama: Sri")


def test_a_copy_above_wins_over_the_quotation_below() -> None:
    """Somebody who copies the block to the top and fills it in there leaves the quoted one empty, or as it was."""
    top = fill_in_block({"npsn": "20101234", "name": ""}, FORM, "id")
    below = quoted(fill_in_block({"npsn": "", "name": "Sri"}, FORM, "id"))
    fields = read_block(f"{top}\n\n{ATTRIBUTION}\n{below}", FORM, CATEGORIES).fields
    assert {name: value.value for name, value in fields.items()} == {"npsn": "20101234", "name": "Sri"}


def test_a_block_whose_end_was_cut_off_ends_at_the_closing() -> None:
    """Without the end line a value does not swallow what stands below."""
    block = fill_in_block({"npsn": "20101234", "details": "Masih belum bisa."}, FORM, "id").replace(FORM_END["id"], "")
    reading = read_block(f"{block}\nTerima kasih\nSri", FORM, CATEGORIES)
    assert {name: value.value for name, value in reading.fields.items()} == {
        "npsn": "20101234",
        "details": "Masih belum bisa.",
    }
    assert "Sri" in reading.rest
    twice = block + fill_in_block({"name": "Sri"}, FORM, "id")
    assert set(read_block(twice, FORM, CATEGORIES).fields) == {"npsn", "details", "name"}


def test_a_value_in_the_block_may_look_like_anything() -> None:
    """Inside the block only a label of ours at the beginning of a line begins another value."""
    details = "Saya tulis NPSN: 1 di situ, lalu\nCatatan: penting\nNama Sri Wahyuni\n\n-- \nTerima kasih"
    block = fill_in_block({"details": details, "name": "x, NPSN: 2"}, FORM, "id")
    fields = read_block(block, FORM, CATEGORIES).fields
    assert set(fields) == {"details", "name"}
    assert fields["name"].value == "x, NPSN: 2"
    assert " ".join(fields["details"].value.split()) == " ".join(details.split())


def test_what_cannot_be_used_is_told() -> None:
    """A choice that is none is a problem of its field, as in a report."""
    reading = read_block(fill_in_block({"user_type": "Dosen"}, FORM, "id"), FORM, CATEGORIES)
    assert (reading.fields, [name for name, _ in reading.problems]) == ({}, ["user_type"])
    assert reading.rest == "Tipe pengguna: Dosen"


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*FORM_MARKER.values(), *FORM_END.values(), "Nama: x", ">", "NPSN:", "a"])).map(
        "\n".join
    )
)
def test_no_text_makes_it_fall_over(text: str) -> None:
    """Any text gives a reading, and only of what a block in it holds."""
    reading = read_block(text, FORM, CATEGORIES)
    assert has_block(text) or reading.fields == {}
    assert read_form(text, "", FORM, CATEGORIES) is not None
