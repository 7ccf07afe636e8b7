"""Reading reports along a form: labels and values as people and their mail clients write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hostile
import work
from mailhelp.desk.form import MAX_PROBLEMS, MAX_TEXT, Choice, Form, FormField, Reading, read_form, read_message
from mailhelp.desk.model import Doubt
from mailhelp.desk.policy import Category, Subcategory
from mailhelp.mail.markers import MARKERS
from mailhelp.mail.message import Address, Kind, Message, Sender

FORM = Form(
    (
        FormField("category", {"id": "Kategori masalah", "en": "Category"}, ("Kategori",), "category"),
        FormField("subcategory", {"id": "Subkategori", "en": "Subcategory"}, (), "subcategory"),
        FormField(
            "user_type",
            {"id": "Tipe pengguna", "en": "User type"},
            ("Jenis pengguna",),
            "choice",
            (
                Choice("Guru", ("Pendidik",), {"en": "Teacher"}),
                Choice("Siswa", ("Murid",)),
                Choice("Orang tua", ("Wali",)),
            ),
        ),
        FormField("name", {"id": "Nama (sesuai Dapodik)", "en": "Name"}, ("Nama", "Nama lengkap")),
        FormField("personal_email", {"id": "Email pribadi"}, (), "email"),
        FormField("school_name", {"id": "Nama sekolah"}, ("Sekolah",)),
        FormField("npsn", {"id": "NPSN"}, ("Nomor pokok sekolah nasional",), "npsn"),
        FormField("nik", {"id": "NIK"}, (), "nik"),
        FormField("details", {"id": "Detail pertanyaan", "en": "Details"}, ("Pertanyaan", "Pesan"), "long text"),
    )
)
CATEGORIES = {
    item.name: item
    for item in (
        Category(
            "Reset kata sandi",
            {"en": "Password reset"},
            ("Lupa password",),
            {"lupa kata sandi": 3.0},
            {
                "Akun sendiri": Subcategory("Akun sendiri", keywords={"akun saya": 2.0}),
                "Verifikasi dua langkah": Subcategory("Verifikasi dua langkah", ("2FA",)),
            },
        ),
        Category("Aktivasi akun", subcategories={"Kode aktivasi": Subcategory("Kode aktivasi")}),
    )
}


def read(text: str, html: str = "", subject: str = "") -> Reading:
    """Read a text along the form above."""
    return read_form(text, html, FORM, CATEGORIES, subject)


def values(text: str, html: str = "") -> dict[str, str]:
    """The values read."""
    return {name: value.value for name, value in read(text, html).fields.items()}


REPORT = """Yth. Admin,

Kategori Masalah: Reset kata sandi
Subkategori: Akun sendiri
Tipe Pengguna: Guru
Nama (sesuai Dapodik): Siti Aminah
NPSN: 20100001
Detail Pertanyaan: Saya lupa kata sandi
sejak kemarin.

Mohon dibantu.
--\x20
Siti
SD Contoh"""
WHOLE = {
    "category": "Reset kata sandi",
    "subcategory": "Akun sendiri",
    "user_type": "Guru",
    "name": "Siti Aminah",
    "npsn": "20100001",
    "details": "Saya lupa kata sandi\nsejak kemarin.\n\nMohon dibantu.",
}


def test_a_report_as_the_form_asks_for_it() -> None:
    """All fields, the long text over several lines, the signature and the salutation apart."""
    reading = read(REPORT)
    assert {name: value.value for name, value in reading.fields.items()} == WHOLE
    assert reading.rest.startswith("Yth. Admin,")
    assert reading.rest.endswith("Siti\nSD Contoh")
    assert "Siti Aminah" not in reading.rest
    assert reading.problems == ()


def test_each_value_knows_where_it_stood() -> None:
    """The span of a value in the text holds what was written there."""
    for value in read(REPORT).fields.values():
        assert value.span is not None
        assert REPORT[value.span[0] : value.span[1]] == value.raw
        assert value.value in value.raw
        assert (value.how, value.sure, value.warnings) == ("label", 1.0, ())


@pytest.mark.parametrize(
    "line",
    [
        "NPSN: 20100001",
        "npsn : 20100001",
        "NPSN\t20100001",
        "NPSN：20100001",
        "NPSN = 20100001",
        "> NPSN: 20100001",
        "> > NPSN:20100001",
        "- NPSN: 20100001",
        "• NPSN: 20100001",
        "* NPSN: 20100001",
        "3. NPSN: 20100001",
        "3) NPSN: 20100001",
        "(3) NPSN: 20100001",
        "c. NPSN: 20100001",
        "*NPSN:* 20100001",
        "**NPSN**: 20100001",
        "**NPSN:** **20100001**",
        "_NPSN_: 20100001",
        "NPSN*: 20100001",
        "NPSN (8 digit): 20100001",
        "| NPSN | : 20100001",
        "NPSN:\n20100001",
        "NPSN:\n\n20100001",
        "NPSN\n20100001",
        "*NPSN*\n> 20100001",
        "NPSN: 2010 0001",
        "NPSN: 2010-0001.",
        "NPSN: ２０１０００01",
        "N P S N: 20100001",
        "Nomor Pokok Sekolah Nasional: 20100001",
        "Nomor pokok sekolah nasionl: 20100001",
        "\u00a0NPSN\u00a0:\u00a020100001",
        "Nama: Siti, NPSN: 20100001",
        "Nama: Siti; NPSN: 20100001, NIK: 1",
        "Nama: Siti   NPSN: 20100001",
        "NPSN: 20100001\r",
    ],
)
def test_a_label_in_every_dress(line: str) -> None:
    """Bullets, numbering, emphasis, quote marks, separators, blanks, full-width forms, below, several on a line."""
    assert values(f"Halo,\n{line}\n\nTerima kasih")["npsn"] == "20100001"


@pytest.mark.parametrize(
    "text",
    [
        "Saya tidak tahu NPSN sekolah: apakah bisa dicari?",
        "http://formulir.example/?npsn=20100001",
        "Mohon info NPSN dan NIK.",
        "NPSN:",
        "NPSN: -",
        "NPSN: ...",
        "NPSN: tidak ada",
        "NPSN:\nNIK:\n",
        "NPSN\n",
        "Nota: 20100001",
        "NKI: 20100001",
    ],
)
def test_what_is_no_field_is_not_taken_for_one(text: str) -> None:
    """Prose with a colon, links, empty fields, words that look a little like a label."""
    assert values(text) == {}


def test_what_is_no_field_stays_as_text() -> None:
    """The rest is the text without its fields, with its own lines intact."""
    reading = read("Selamat pagi\nNPSN: 1\n\n\n\nSaya bingung: apa itu?\n- satu\n- dua")
    assert reading.rest == "Selamat pagi\n\nSaya bingung: apa itu?\n- satu\n- dua"


def test_a_misspelt_label_is_read_and_said() -> None:
    """A near-miss is taken with its likeness as sureness, its own `how`, and a warning."""
    value = read("Nama sekolh: SD 1").fields["school_name"]
    assert (value.value, value.how) == ("SD 1", "near-label")
    assert value.sure < 1
    assert value.warnings == (Doubt("near-label", ("Nama sekolh",)),)


def test_choices_are_named_as_in_the_file() -> None:
    """By name, alias, translation or near-miss; what is none of them is a problem and no value."""
    assert values("Tipe pengguna: pendidik")["user_type"] == "Guru"
    assert values("User type: TEACHER")["user_type"] == "Guru"
    near = read("Jenis pengguna: siswaa").fields["user_type"]
    assert (near.value, near.warnings) == ("Siswa", (Doubt("near", ("siswaa", "Siswa")),))
    wrong = read("Tipe pengguna: Dosen")
    assert wrong.fields == {}
    assert wrong.problems == (("user_type", Doubt("not-a-choice", ("Dosen", "Guru, Siswa, Orang tua"))),)
    assert wrong.rest == "Tipe pengguna: Dosen"


def test_category_and_subcategory_in_each_others_place() -> None:
    """Both on one line, a subcategory that tells its category, and an unknown one."""
    both = read("Kategori: Reset pasword kata sandi - 2FA")
    assert "subcategory" not in both.fields or both.fields["subcategory"].value == "Verifikasi dua langkah"
    assert values("Kategori: Lupa password / 2FA") == {
        "category": "Reset kata sandi",
        "subcategory": "Verifikasi dua langkah",
    }
    follows = read("Subkategori: Kode aktivasi")
    assert follows.fields["category"].value == "Aktivasi akun"
    assert follows.fields["category"].warnings == (Doubt("follows", ("Kode aktivasi",)),)
    unknown = read("Kategori: Beasiswa")
    assert unknown.fields == {}
    assert unknown.problems == (("category", Doubt("no-category", ("Beasiswa",))),)
    other = read("Kategori: Aktivasi akun\nSubkategori: 2FA")
    assert other.problems == (("subcategory", Doubt("no-subcategory-of", ("2FA", "Aktivasi akun"))),)


def test_a_field_that_stands_twice() -> None:
    """The first counts; a different second one is a problem and a warning; the same once more is nothing."""
    reading = read("NPSN: 1\nNPSN: 2\nNIK: 3\nNIK: 3\nKategori: Lupa password\nKategori: Aktivasi akun")
    assert (reading.fields["npsn"].value, reading.fields["npsn"].warnings) == (
        "1",
        (Doubt("other-value", ("2",)),),
    )
    assert reading.fields["nik"].warnings == ()
    assert reading.problems == (
        ("npsn", Doubt("other-value", ("2",))),
        ("category", Doubt("other-value", ("Aktivasi akun",))),
    )


@pytest.mark.parametrize(
    ("written", "value", "sure"),
    [
        ("siti@surat.example", "siti@surat.example", 1.0),
        ("siti@surat.example <mailto:siti@surat.example>", "siti@surat.example", 1.0),
        ("[siti@surat.example](mailto:siti@surat.example)", "siti@surat.example", 1.0),
        ("Siti@surat.example.", "Siti@surat.example", 1.0),
        ("a@surat.example atau b@surat.example", "a@surat.example", 0.5),
        ("siti", "siti", 0.5),
    ],
)
def test_addresses_come_out_of_what_clients_make_of_them(written: str, value: str, sure: float) -> None:
    """One address is the value; none or several are doubtful."""
    found = read(f"Email pribadi: {written}").fields["personal_email"]
    assert (found.value, found.sure) == (value, sure)
    assert bool(found.warnings) is (sure < 1)


def test_a_table_is_read_where_it_holds_more() -> None:
    """Rows of the HTML part; the plain part is preferred where both hold the same."""
    table = "Kategori\tAktivasi akun\nNama\tBudi\nPesan\tHalo semua\nsalam dari kami\n"
    reading = read("Nama: Budi", table)
    assert {name: value.value for name, value in reading.fields.items()} == {
        "category": "Aktivasi akun",
        "name": "Budi",
        "details": "Halo semua",
    }
    assert reading.rest == "salam dari kami"
    assert reading.fields["name"].how == "table"
    assert read("Nama: Budi", "Nama\tBudi").fields["name"].how == "label"


def test_a_long_text_ends_where_the_next_field_begins() -> None:
    """A long text in the middle does not swallow the fields below, and keeps lines that only look like fields."""
    found = values("Pesan:\n> Baris satu\n> Catatan: dua\n\n> NPSN: 7\n")
    assert found == {"details": "Baris satu\nCatatan: dua", "npsn": "7"}


def test_free_text_tells_the_category_and_says_how() -> None:
    """Phrases in text, details or subject; never over what a field says; with the phrases as warning."""
    for reading in (
        read("Saya lupa kata sandi"),
        read("Pesan: saya lupa kata sandi"),
        read("Mohon bantuan", subject="lupa kata sandi"),
    ):
        value = reading.fields["category"]
        assert (value.value, value.how, value.span) == ("Reset kata sandi", "keyword", None)
        assert value.sure < 1
        assert value.warnings == (Doubt("guessed", ("lupa kata sandi",)),)
    assert values("Kategori: Aktivasi akun\nPesan: lupa kata sandi")["category"] == "Aktivasi akun"
    assert values("Saya lupa kata sandi akun saya")["subcategory"] == "Akun sendiri"
    assert "category" not in values("Halo")


LABELS = [
    (field.name, label)
    for field in FORM.fields
    if field.type == "text"
    for label in (*field.labels.values(), *field.aliases)
]
PLAIN = st.text("abcdefghij ABC", min_size=1, max_size=30).map(str.strip).filter(bool)


@given(st.lists(st.tuples(st.sampled_from(LABELS), PLAIN), max_size=4, unique_by=lambda item: item[0][0]))
def test_what_was_filled_in_is_read_back(filled: list[tuple[tuple[str, str], str]]) -> None:
    """Any values behind any spelling of the labels come back, in any order and quoted or not."""
    for prefix in ("", "> ", "- "):
        text = "".join(f"{prefix}{label}: {value}\n" for (_, label), value in filled)
        wanted = {name: " ".join(value.split()) for (name, _), value in filled}
        assert {
            name: value for name, value in values(text).items() if name not in ("category", "subcategory")
        } == wanted


PIECES = st.sampled_from(
    ["Nama", "NPSN", "Kategori", "Pesan", ":", "=", "\t", "\n", ", ", "> ", "*", "1. ", "x", " ", "-- "]
)


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
@settings(max_examples=200)
def test_no_text_makes_it_fall_over(text: str) -> None:
    """Any text gives a reading; spans lie within it and do not overlap the rest."""
    reading = read(text, text[::-1])
    for value in reading.fields.values():
        assert value.value.strip()
        assert 0 <= value.sure <= 1
        if value.span:
            assert 0 <= value.span[0] <= value.span[1] <= len(text)


@pytest.mark.parametrize("name", hostile.FORMS)
def test_hostile_texts_cost_in_proportion(name: str) -> None:
    """Twice the hostile text is twice the work, behind a label that swallows it and without one."""
    counted = work.load("mailhelp.desk.form")
    form, categories = work.double(FORM), work.double(CATEGORIES)
    for before in ("", hostile.FORM_LABELS.get(name, "Catatan: ")):
        work.check(lambda text: counted.read_form(text, text[:-1], form, categories), hostile.FORMS[name], before)


@pytest.mark.parametrize("piece", hostile.FORMS.values(), ids=hostile.FORMS)
def test_hostile_texts_are_read_so_far(piece: str) -> None:
    """Only the beginning of an endless text is read, with a bounded number of complaints."""
    reading = read(piece * (MAX_TEXT // len(piece) + 1) + "\nNPSN: 20100001")
    assert len(reading.problems) <= MAX_PROBLEMS
    assert "npsn" not in reading.fields


def message(text: str, quoted: str = "", html: str = "", subject: str = "x") -> Message:
    """A mail as read: what was typed, what is quoted below it, and the HTML part as text."""
    whole = f"{text}\n{quoted}".strip()
    return Message(
        "<1@x.example>",
        Sender(Address("a@x.example")),
        subject,
        Kind.PERSON,
        "",
        "00",
        1,
        text=whole,
        new_text=text,
        quoted_text=quoted,
        html_text=html,
    )


def from_mail(mail: Message) -> dict[str, tuple[str, float]]:
    """Values and how surely they were read from a mail."""
    fields = read_message(mail, FORM, CATEGORIES).fields
    return {name: (value.value, value.sure) for name, value in fields.items()}


def test_a_mail_is_read_by_what_its_sender_typed() -> None:
    """Typed fields come first; the HTML part counts where nothing is quoted; the subject may tell the category."""
    assert from_mail(message("Nama: Sri", "> Nama: Budi")) == {"name": ("Sri", 1.0)}
    assert from_mail(message("Lihat tabel", html="Nama\tSri\nNPSN\t20100001")) == {
        "name": ("Sri", 1.0),
        "npsn": ("20100001", 1.0),
    }
    assert from_mail(message("Halo", "> x", html="Nama\tBudi")) == {}
    assert from_mail(message("Mohon dibantu", subject="Lupa kata sandi"))["category"][0] == "Reset kata sandi"


def test_a_quoted_form_is_read_with_a_doubt_and_ours_never() -> None:
    """Where only a quotation holds fields, they count, doubtfully; not if it quotes a mail of ours."""
    found = read_message(message("Terlampir isian.", "> Nama: Budi"), FORM, CATEGORIES).fields["name"]
    assert (found.value, found.sure, found.warnings) == ("Budi", 0.7, (Doubt("quoted"),))
    assert from_mail(message("Masih belum bisa.", f"> {MARKERS[0]}\n> Nama: Budi")) == {}
    assert from_mail(message("Masih belum bisa.", "> Selamat pagi")) == {}


def test_the_header_fields_of_a_forwarded_mail_are_no_form() -> None:
    """From, date, recipient and subject together are a mail's; a web form's own `From` and `Subject` are read."""
    labels = Form(
        (
            FormField("name", aliases=("From",)),
            FormField("subject", aliases=("Subject",)),
            FormField("email", type="email"),
        )
    )
    forwarded = "From: Budi <b@x.example>\nDate: 1 Nov 2026\nSubject: Data\nTo: c@x.example\n\nHalo"
    assert read_form(forwarded, "", labels, {}).fields == {}
    web = read_form("From: Budi b@x.example\nSubject: Data\n\nHalo", "", labels, {}).fields
    assert {name: value.value for name, value in web.items()} == {
        "name": "Budi",
        "email": "b@x.example",
        "subject": "Data",
    }
    only = read_form("From: b@x.example", "", labels, {}).fields
    assert {name: value.value for name, value in only.items()} == {"email": "b@x.example"}


def test_loose_labels_need_values_that_fit() -> None:
    """Without a colon only a value that can be one of the field counts, and text only beside other fields."""
    assert values("NPSN 20100001") == {"npsn": "20100001"}
    assert values("NPSN saya lupa") == {}
    assert values("Nama Sri Wahyuni") == {}
    assert values("Nama Sri Wahyuni\nNPSN 20100001") == {"name": "Sri Wahyuni", "npsn": "20100001"}
    assert values("Tipe pengguna Guru") == {"user_type": "Guru"}
    assert values("Kategori lupa password") == {"category": "Reset kata sandi"}
    assert values("Subkategori 2FA") == {"subcategory": "Verifikasi dua langkah", "category": "Reset kata sandi"}
    assert values("Email pribadi a@x.example saja") == {}
    assert read("NPSN 20100001").fields["npsn"].warnings == (Doubt("unlabelled"),)


def test_two_labels_before_one_colon_share_the_value() -> None:
    """As many parts as labels; otherwise nothing is guessed."""
    assert values("Nama / NPSN : Sri / 20100001") == {"name": "Sri", "npsn": "20100001"}
    assert values("Nama / NPSN : Sri") == {}
    assert values("Nama / Name : Sri") == {"name": "Sri"}


def test_a_misspelt_label_needs_a_value_that_fits() -> None:
    """Two exchanged letters are believed for a number and not for words."""
    near = read("NPNS: 20100001").fields["npsn"]
    assert (near.value, near.how, near.warnings) == ("20100001", "near-label", (Doubt("near-label", ("NPNS",)),))
    assert values("NPNS: belum tahu") == {}


def test_the_category_among_other_words() -> None:
    """One category inside a short sentence is taken with a doubt, two are not."""
    found = read("Kategori: minta lupa password ya").fields["category"]
    assert (found.value, found.warnings[0].code) == ("Reset kata sandi", "within")
    assert "category" not in values("Kategori: lupa password dan aktivasi akun")
