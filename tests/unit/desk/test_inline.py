"""Answers between the quoted lines: whose words are quoted, what is sent, and what is a doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk.inline import Known, Whose, woven
from mailhelp.mail.quotes.pieces import Piece

REPORT = """Selamat pagi,

Saya lupa kata sandi akun e-rapor, padahal nilai harus masuk minggu ini.
NIK saya 3201010101010001.

Apakah bisa hari ini?"""
NOTE = "Guru ini pernah kami tegur."
SEEN = f"""Layanan Bantuan
## Tulis balasan di atas baris ini ##

Laporan baru 2164242 dari Sri Wahyuni

Status:     baru
Antrean:    Umum

- NIK belum lengkap

Isi laporan

{REPORT.replace("3201010101010001", "************0001")}

Catatan

{NOTE}

Menjawab: balas surel ini dan tulis di atas
kutipan."""
KNOWN = Known([REPORT], [NOTE], SEEN)


def pieces(*texts: str) -> list[Piece]:
    """Typed stretches; those that begin with `>` are quoted."""
    return [Piece(text.removeprefix(">"), quoted=text.startswith(">")) for text in texts]


@pytest.mark.parametrize(
    ("line", "whose"),
    [
        ("", Whose.NOBODY),
        ("> -----", Whose.NOBODY),
        ("Apakah bisa hari ini?", Whose.OWN),
        ("> >  Apakah   bisa hari ini?", Whose.OWN),
        ("Saya lupa kata sandi akun", Whose.OWN),
        ("akun e-rapor, padahal nilai harus", Whose.OWN),
        ("Apakah bisa", Whose.OWN),
        ("Apakah bisa hari ini? Tidak.", Whose.OTHER),
        ("NIK saya 3201010101010001.", Whose.OTHER),
        ("NIK saya ************0001.", Whose.OTHER),
        (NOTE, Whose.OTHER),
        ("Status: baru", Whose.FRAME),
        ("Antrean\tUmum", Whose.FRAME),
        ("Laporan baru 2164242", Whose.FRAME),
        ("Kata kepala dinas: tunggu.", Whose.OTHER),
    ],
)
def test_whose_a_quoted_line_is(line: str, whose: Whose) -> None:
    """Own words also when wrapped; an identity number, masked or not, is never passed on; the unknown is somebody's."""
    assert KNOWN.whose(line) is whose


FRAME = ">Laporan baru 2164242 dari Sri Wahyuni\n\nStatus:  baru\nIsi laporan\n"
FIRST = "Selamat pagi,\n\nSaya lupa kata sandi akun e-rapor,\npadahal nilai harus masuk minggu ini."
TAIL = "\n\nMenjawab: balas surel ini dan tulis di atas\nkutipan."
SENT = {
    "between": (
        (FRAME + FIRST, "Sudah.", ">Apakah bisa hari ini?", "Bisa.", ">" + TAIL),
        (
            "> Selamat pagi,\n>\n> Saya lupa kata sandi akun e-rapor,\n> padahal nilai harus masuk minggu ini.\n\n"
            "Sudah.\n\n> Apakah bisa hari ini?\n\nBisa."
        ),
    ),
    "above and between": (
        ("Halo Bu,", FRAME + FIRST.partition("\n\n")[2], "Sudah.", ">Apakah bisa hari ini?" + TAIL),
        "Halo Bu,\n\n> Saya lupa kata sandi akun e-rapor,\n> padahal nilai harus masuk minggu ini.\n\nSudah.",
    ),
    "below what introduces the words": ((FRAME, "Halo Bu,\nsudah.", ">" + FIRST + TAIL), "Halo Bu,\nsudah."),
    "below the whole notice": (
        (FRAME + "Selamat pagi,", "Pagi.", f">Apakah bisa hari ini?\n\nCatatan\n\n{NOTE}{TAIL}", "Salam, Sari"),
        "> Selamat pagi,\n\nPagi.\n\n> Apakah bisa hari ini?\n\nSalam, Sari",
    ),
    "a drawn line": (
        (">Selamat pagi,", "Pagi.", ">Apakah bisa hari ini?\n\n-- " + TAIL, "Salam."),
        "> Selamat pagi,\n\nPagi.\n\n> Apakah bisa hari ini?\n\nSalam.",
    ),
    "nothing left of the head": ((">Apakah bisa hari ini?", "Bisa.", ">" + TAIL), "> Apakah bisa hari ini?\n\nBisa."),
}


@pytest.mark.parametrize(("texts", "sent"), SENT.values(), ids=SENT)
def test_what_is_sent(texts: tuple[str, ...], sent: str) -> None:
    """The requester's own words and the answers, in order; nothing of the notice; nothing below the last answer."""
    found = woven(pieces(*texts), KNOWN)
    assert (found.text, found.doubt) == (sent, "")


DOUBTS = {
    "below a note": ((f">Selamat pagi,\n{NOTE}", "Benar.", ">" + TAIL), "Benar.", NOTE),
    "a note above own words": ((f">{NOTE}\nSelamat pagi,", "Pagi.", ">x"), "> Selamat pagi,\n\nPagi.", NOTE),
    "below a warning": ((">Status: baru\n- NIK belum lengkap", "Ya.", ">Isi laporan"), "Ya.", "- NIK belum lengkap"),
    "a masked number": (
        (">NIK saya ************0001.\nApakah bisa hari ini?", "Bisa.", ">" + TAIL),
        "> Apakah bisa hari ini?\n\nBisa.",
        "NIK saya ************0001.",
    ),
    "words of the agent under a quote mark": (
        (">Kata kepala dinas: tunggu.\nApakah bisa hari ini?", "Bisa.", ">" + TAIL),
        "> Apakah bisa hari ini?\n\nBisa.",
        "Kata kepala dinas: tunggu.",
    ),
    "only below the whole notice": ((FRAME + FIRST + TAIL, "Halo."), "Halo.", "kutipan."),
}


@pytest.mark.parametrize(("texts", "text", "line"), DOUBTS.values(), ids=DOUBTS)
def test_what_is_a_doubt(texts: tuple[str, ...], text: str, line: str) -> None:
    """An answer to what the requester has not written: the line is named, and nothing of it stands in the text."""
    found = woven(pieces(*texts), KNOWN)
    assert (found.text, found.doubt) == (text, line)


LINES = st.sampled_from([*REPORT.split("\n"), *SEEN.split("\n"), NOTE, "Bukan apa-apa.", "> x", ""])
QUOTES = st.lists(LINES, min_size=1, max_size=6).map("\n".join)


@given(st.lists(st.none() | QUOTES, max_size=8))
def test_nothing_but_own_words_is_quoted(stretches: list[str | None]) -> None:
    """Whatever is quoted wherever: each answer stands whole and in order, each line above one is the requester's."""
    given_pieces = [
        Piece(f"[{n}]") if quoted is None else Piece(quoted, quoted=True) for n, quoted in enumerate(stretches)
    ]
    rest = woven(given_pieces, KNOWN).text
    for piece in given_pieces:
        if not piece.quoted:
            quoted, at, rest = rest.partition(piece.text)
            assert at == piece.text
            assert all(KNOWN.whose(line) in {Whose.OWN, Whose.NOBODY} for line in quoted.split("\n"))
    assert not rest
