"""Commands in an agent's mail: what is one, what is none, what is wrong with it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailhelp.desk import command_set as cs
from mailhelp.desk.command import Parsed, begins_with, parse
from mailhelp.desk.command_words import NAMES, near, spelt

EXAMPLES: list[tuple[str, cs.Command]] = [
    ("#note", cs.Note()),
    ("#catatan Sudah ditanya", cs.Note("Sudah ditanya")),
    ("#n: x", cs.Note("x")),
    ("#ambil", cs.Take()),
    ("#assign budi", cs.Assign("budi")),
    ("#serahkan Budi  Santoso", cs.Assign("Budi Santoso")),
    ("#antrean data", cs.Queue("data")),
    ("#kategori Reset kata sandi / Akun guru", cs.Category("Reset kata sandi", "Akun guru")),
    ("#category reset", cs.Category("reset")),
    ("#p mendesak", cs.Priority("urgent")),
    ("#Prioritas HIGH", cs.Priority("high")),
    ("#tag +ujian -lama baru", cs.Tag(("ujian", "baru"), ("lama",))),
    ("#field npsn = 12345678", cs.Field("npsn", "12345678")),
    ("#isian npsn=", cs.Field("npsn", "")),
    ("#pelapor guru@sekolah.example", cs.Requester("guru@sekolah.example")),
    ("#cc Kepala@Sekolah.Example <mailto:Kepala@Sekolah.Example>", cs.Copy("Kepala@sekolah.example")),
    ("#minta NPSN, nama  sekolah,", cs.Ask(("NPSN", "nama sekolah"))),
    ("#periksa Dapodik pusat", cs.Checking("Dapodik pusat")),
    ("#selesai", cs.Resolve()),
    ("#r Sudah.", cs.Resolve("Sudah.")),
    ("#tutup", cs.Close("answered")),
    ("#close ganda", cs.Close("duplicate")),
    ("#tutup 2164001, #2164002 2164001 ganda", cs.Close("duplicate", (2164001, 2164002))),
    ("#close 2164001", cs.Close("answered", (2164001,))),
    ("#buka", cs.Reopen()),
    ("#wait 3d", cs.Wait(timedelta(days=3))),
    ("#tunggu 2 minggu", cs.Wait(timedelta(days=14))),
    ("#w 5 jam", cs.Wait(timedelta(hours=5))),
    ("#kait 2164001", cs.Link(2164001)),
    ("#merge #2164001", cs.Merge(2164001)),
    ("#pisah", cs.Split()),
    ("#spam", cs.Spam()),
    ('#template reset hari="1 Des" kode=AB-1', cs.Template("reset", (("hari", "1 Des"), ("kode", "AB-1")))),
    ("#tpl reset", cs.Template("reset")),
    ("#lihat", cs.Show()),
    ("#show 2164001", cs.Show(2164001)),
    ("#berkas surat", cs.Files("surat")),
    ("#unmask nik", cs.Unmask("nik")),
    ("#batal", cs.Undo()),
    ("#help", cs.Help()),
    ("#bantuan #tunggu", cs.Help("wait")),
    ("#mine", cs.Mine()),
    ("#terbuka", cs.Open()),
    ("#cari lupa sandi", cs.Search("lupa sandi")),
    ("#untuk guru@sekolah.example", cs.For("guru@sekolah.example")),
    ("#teruskan", cs.Forward()),
    ("#away until 2026-12-01", cs.Away(date(2026, 12, 1))),
    ("#cuti sampai 2026-12-01", cs.Away(date(2026, 12, 1))),
    ("#cuti hingga 1/12/2026", cs.Away(date(2026, 12, 1))),
    ("#away 24-12-2026", cs.Away(date(2026, 12, 24))),
    ("#away", cs.Away()),
    ("#kembali", cs.Back()),
]  # fmt: skip


@pytest.mark.parametrize(("line", "wanted"), EXAMPLES, ids=lambda value: value if isinstance(value, str) else "")
def test_each_command_in_its_spellings(line: str, wanted: cs.Command) -> None:
    """English, Indonesian and short names; arguments become what they mean; the printed line reads the same."""
    assert parse(line) == Parsed((wanted,))
    assert parse(wanted.line).commands == (wanted,)


def test_every_command_has_an_example() -> None:
    """The table above is complete, so is the list of names."""
    kinds = {type(command) for _, command in EXAMPLES}
    assert kinds == set(cs.Command.__args__)
    assert len(NAMES) == len(kinds)


def test_no_two_commands_share_a_name() -> None:
    """A spelling means one thing."""
    spellings = [word for name, others in NAMES.items() for word in (name, *others)]
    assert len(spellings) == len(set(spellings))


@pytest.mark.parametrize(
    ("line", "code", "near_to"),
    [
        ("#selesia", "unknown", "#selesai"),
        ("#catatn x", "unknown", "#catatan"),
        ("#xyzzy", "unknown", ""),
        ("#take saja", "takes-nothing", ""),
        ("#assign", "needs-more", ""),
        ("#category reset /", "needs-more", ""),
        ("#priority tingi", "not-one-of", "tinggi"),
        ("#close besok", "not-one-of", ""),
        ("#close 216400", "not-a-number", ""),
        ("#close " + " ".join(str(2164000 + n) for n in range(31)), "too-many-numbers", ""),
        ("#delete", "never-deleted", ""),
        ("#hapus 2164001", "never-deleted", ""),
        ("#away 31/11/2026", "not-a-date", ""),
        ("#away 1/12-2026", "not-a-date", ""),
        ("#tag", "not-tags", ""),
        ("#tag +a -a", "not-tags", ""),
        ("#tag +!", "not-tags", ""),
        ("#field npsn 123", "not-a-setting", ""),
        ("#cc kepala", "not-an-address", ""),
        ("#cc a@b.example, c@d.example", "not-an-address", ""),
        ("#cc a@b", "not-an-address", ""),
        ("#ask ,", "needs-more", ""),
        ("#wait lama", "not-a-time", ""),
        ("#wait 0d", "not-a-time", ""),
        ("#wait 91d", "not-a-time", ""),
        ("#merge 20100001", "not-a-number", ""),
        ("#show satu", "not-a-number", ""),
        ("#template", "not-a-template", ""),
        ("#template a b", "not-a-template", ""),
        ("#help tunggi", "unknown", "tunggu"),
        ("#away until besok", "not-a-date", ""),
        ("#away 2026-02-30", "not-a-date", ""),
    ],
)
def test_each_mistake_names_its_line_and_the_nearest(line: str, code: str, near_to: str) -> None:
    """Also among good ones, and then nothing is left to do or to send but the mistake is told."""
    parsed = parse(f"#take\n{line}\n\nSelamat siang.")
    assert [(one.line, one.number, one.code, one.nearest) for one in parsed.errors] == [(line, 2, code, near_to)]


def test_an_unknown_command_tells_all_that_there_are() -> None:
    """What is allowed stands in the mistake."""
    assert "#resolve" in parse("#selesia").errors[0].allowed


def test_every_mistake_is_told_at_once() -> None:
    """Not one for each try."""
    assert [one.number for one in parse("#selesia\n#take\n#wait x\n\nHalo.").errors] == [1, 3]


def test_commands_at_the_top_and_at_the_end() -> None:
    """Blank lines between them do no harm; the text between is the answer."""
    parsed = parse("\n#take\n\n#tag +a\n\nSelamat siang,\n\nsudah.\n\n#resolve\n#tag +b\n\n-- \nSari\n#spam")
    assert [one.line for one in parsed.commands] == ["#take", "#tag +a", "#resolve", "#tag +b"]
    assert parsed.text_for_requester == "Selamat siang,\n\nsudah."


@pytest.mark.parametrize(
    "text",
    [
        "#2164242 sudah selesai.",
        "Lihat #2164242.",
        "Halo.\n#resolve\nApakah sudah bisa?",
        "Halo.\n\n#resolve\n\nTerima kasih.",
        "Halo.\n\n#SalamLiterasi",
        "Halo.\n\n#SalamLiterasi #MerdekaBelajar",
        "# Judul\nHalo.",
        "##resolve",
        "Gunakan #resolve",
    ],
)
def test_what_is_no_command(text: str) -> None:
    """Numbers, hashtags, a line in the middle, a line that closes a paragraph: the text stays as it is."""
    assert parse(text) == Parsed((), text)


def test_a_command_right_below_the_text_is_a_mistake() -> None:
    """It would go to the requester otherwise; a hashtag there is nobody's mistake."""
    assert [one.code for one in parse("Halo.\n#resolve").errors] == ["stands-alone"]
    assert parse("Halo.\n#SalamLiterasi").text_for_requester == "Halo.\n#SalamLiterasi"


def test_a_note_takes_the_whole_text() -> None:
    """Nothing of it is for the requester, wherever the command stands."""
    for text in ("#note Satu\ndua", "Satu\ndua\n\n#note"):
        parsed = parse(text)
        assert parsed.text_for_requester == ""
        assert parsed.whole_text == "Satu\ndua"


def test_what_stands_behind_resolve_belongs_to_the_answer() -> None:
    """`#resolve Sudah.` is an answer."""
    assert parse("#resolve Sudah.\n\nSalam").text_for_requester == "Sudah.\nSalam"


FORWARDED = [
    "---------- Forwarded message ---------\nFrom: Guru <guru@sekolah.example>\nSubject: Halo\nTo: <a@b.example>\n\n{}",
    "-------- Pesan Terusan --------\nDari: Guru <guru@sekolah.example>\nTanggal: Sen, 23 Nov\nPerihal: Halo\n\n{}",
    "Begin forwarded message:\n\nFrom: Guru <guru@sekolah.example>\nSubject: Halo\nDate: 23 November 2026\n\n{}",
]
QUOTED = ["> {}", "> > {}\n> x"]
LINES = st.sampled_from(["#resolve", "#spam", "#merge 2164001", "#selesai", "#spam\n\n#spam"])


@pytest.mark.parametrize("shape", FORWARDED)
@given(line=LINES, above=st.sampled_from(["", "Mohon dibantu.\n\n", "#note\n\n"]))
def test_a_command_inside_forwarded_text_is_never_executed(shape: str, line: str, above: str) -> None:
    """Wherever it stands in there."""
    for inside in (line, f"Halo.\n\n{line}"):
        kinds = {type(one) for one in parse(above + shape.format(inside)).commands}
        assert kinds <= {cs.Note}


@pytest.mark.parametrize("shape", QUOTED)
@given(line=LINES, above=st.sampled_from(["", "Halo.\n\n", "#note\n\n"]))
def test_a_command_inside_quoted_text_is_never_executed(shape: str, line: str, above: str) -> None:
    """Wherever it stands in there."""
    quoted = shape.format(line.replace("\n", "\n> "))
    for text in (quoted, f"{quoted}\n\nSalam."):
        kinds = {type(one) for one in parse(above + text).commands}
        assert kinds <= {cs.Note}


def test_a_command_below_a_quotation_is_a_mistake() -> None:
    """Nothing is done and nothing is sent: whether it was typed there is not sure."""
    parsed = parse("Jawaban.\n\n> tanya\n\n#resolve")
    assert parsed.commands == ()
    assert [one.code for one in parsed.errors] == ["below-quote"]


WORDS = st.sampled_from(
    ["#resolve", "#note x", "#tag +a", "#selesia", "", " ", "Halo.", "> #spam", "-- ", "#2164242", "#SalamLiterasi",
     "\u200b#take", "\ufeff", "#field a=b c", '#template t k="a b"', "#cc a@b.example", "#wait 3d", "On x, y wrote:",
     "---------- Forwarded message ---------", "From: a@b.example", "Subject: x", "#note #resolve", "#help", "#r\tx"],
)  # fmt: skip


@given(st.one_of(st.text(max_size=400), st.lists(st.one_of(WORDS, st.text(max_size=20)), max_size=12).map("\n".join)))
def test_no_input_raises_and_printing_and_parsing_again_is_stable(text: str) -> None:
    """Every mail is a command, an answer or a list of mistakes."""
    parsed = parse(text)
    if not parsed.errors:
        again = parse(str(parsed))
        assert (again.commands, again.text, again.errors) == (parsed.commands, parsed.text, ())


def test_too_many_commands_are_a_mistake() -> None:
    """Nobody types so many."""
    assert parse("#take\n" * 31).errors[-1].code == "too-many"


def test_a_long_mail_takes_no_long_time() -> None:
    """Linear: half a million characters of command lines, blocks and quotations."""
    for piece in ("#resolve\n", "#resolve\n\n", "> x\n", "Halo.\n\n#r\n"):
        parse(piece * (500_000 // len(piece)))


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("#mine", True),
        ("\n #for a@b.example\n", True),
        ("#mien", True),
        ("#xyz", False),
        ("Halo\n#mine", False),
        ("", False),
    ],
)
def test_whether_a_mail_begins_with_a_command(text: str, *, known: bool) -> None:
    """What tells a command to the desk from a report of an agent's own."""
    assert begins_with(text) is known


def test_short_names_are_never_guessed() -> None:
    """One letter is near to everything."""
    assert near("x") == ""
    assert spelt("R") == "resolve"
