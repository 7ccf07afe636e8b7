"""A form with a field of every type, and the categories it knows, for tests of reading and checking."""

from __future__ import annotations

from collections.abc import Mapping

from mailhelp.desk.formfield import Check, Choice, Form, FormField, Need
from mailhelp.desk.model import FieldValue
from mailhelp.desk.policy import Category, Subcategory

SCHOOL = ("Guru", "Siswa", "Orang tua")
FORM = Form(
    (
        FormField("email", {"id": "Alamat email", "en": "Email address"}, ("Email", "Surel"), "email"),
        FormField(
            "category", {"id": "Kategori masalah", "en": "Category"}, ("Kategori",), "category", required=(Need(),)
        ),
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
                Choice("Non Satuan Pendidikan", ("Yayasan",)),
            ),
            required=(Need(),),
        ),
        FormField("name", {"id": "Nama (sesuai Dapodik)", "en": "Name"}, ("Nama", "Dari"), required=(Need(),)),
        FormField(
            "personal_email",
            {"id": "Email pribadi", "en": "Personal email"},
            (),
            "email",
            checks=(Check("same_as", ("email",)), Check("not_domain", ("belajar.id",))),
            example="siti@surat.example",
        ),
        FormField(
            "account_email",
            {"id": "Akun belajar.id", "en": "Account"},
            (),
            "email",
            required=(Need(category=("Reset kata sandi",)),),
            optional=(Need(subcategory=("Reset massal",)),),
            checks=(Check("domain", ("belajar.id",)), Check("differs_from", ("personal_email",), "warn")),
        ),
        FormField(
            "school_name",
            {"id": "Nama sekolah", "en": "School name"},
            ("Sekolah",),
            required=(Need(user_type=SCHOOL),),
            forbidden=(Need(user_type=("Non Satuan Pendidikan",)),),
        ),
        FormField("npsn", {"id": "NPSN", "en": "NPSN"}, ("NPSN sekolah",), "npsn", required=(Need(user_type=SCHOOL),)),
        FormField("nisn", {"id": "NISN"}, (), "nisn", required=(Need(user_type=("Siswa",)),)),
        FormField(
            "nik", {"id": "NIK"}, ("Nomor KTP",), "nik", required=(Need(missing=("nuptk",), user_type=("Guru",)),)
        ),
        FormField("nuptk", {"id": "NUPTK"}, (), "nuptk", severity="warn"),
        FormField("phone", {"id": "Nomor telepon", "en": "Phone"}, ("HP",), "phone", severity="warn"),
        FormField(
            "born",
            {"id": "Tanggal lahir", "en": "Date of birth"},
            (),
            "date",
            checks=(Check("not_before", ("1940-01-01",)), Check("not_after", ("2030-12-31",), "warn")),
        ),
        FormField(
            "count",
            {"id": "Jumlah siswa", "en": "Number of students"},
            (),
            "number",
            required=(Need(fields={"subcategory": ("Reset massal",)}, present=("npsn",)),),
            checks=(Check("min", ("1",)), Check("max", ("500",), "warn", {"id": "terlalu banyak", "en": "too many"})),
        ),
        FormField("code", {"id": "Kode"}, checks=(Check("matches", ("[A-Z]{2}[0-9]+", "x")), Check("length", ("5",)))),
        FormField("details", {"id": "Detail pertanyaan", "en": "Details"}, ("Pesan",), "long text", required=(Need(),)),
    ),
    ("NIP", "Alamat", "Catatan"),
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
                "Akun sendiri": Subcategory("Akun sendiri"),
                "Reset massal": Subcategory("Reset massal", required=("phone",)),
            },
        ),
        Category("Aktivasi akun", subcategories={"Kode aktivasi": Subcategory("Kode aktivasi")}, required=("nik",)),
        Category("Lainnya"),
    )
}


def given(**values: str) -> Mapping[str, FieldValue]:
    """Values as fields."""
    return {name: FieldValue(value) for name, value in values.items()}
