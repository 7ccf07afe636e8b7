"""What was typed, apart from what was quoted: attribution lines of many languages, header blocks, inline answers."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import hostile
import work
from mailhelp.mail.markers import FORM_END, FORM_MARKER, MARKERS
from mailhelp.mail.quote import Split, split

MARKER = MARKERS[0]
ANSWER = "Sudah saya coba, masih gagal.\n\nTerima kasih,\nSari"

ATTRIBUTIONS = """
On Mon, Nov 23, 2026 at 9:41 AM Wahyu <a@b.id> wrote:
On Monday, 23 November 2026 at 09:41:07 WIB, Wahyu <a@b.id> wrote:
On 23/11/2026 09:41, Wahyu wrote:
On Mon, 2026-11-23 at 09:41 +0700, Wahyu wrote:
Pada Sen, 23 Nov 2026 pukul 09.41 Wahyu Prasetyo <a@b.id> menulis:
Pada tanggal Sen, 23 Nov 2026 pukul 09.41 Wahyu <a@b.id> menulis:
Pada 23/11/2026 09.41, Wahyu menulis:
Pada Isn, 23 Nov 2026 pada 9:41 PG Wahyu <a@b.id> menulis:
Am 23.11.26 um 09:41 schrieb Wahyu:
Wahyu <a@b.id> schrieb am Mo., 23. Nov. 2026 um 09:41 Uhr:
Le lun. 23 nov. 2026 à 09:41, Wahyu <a@b.id> a écrit :
El lun, 23 nov 2026 a las 9:41, Wahyu (<a@b.id>) escribió:
Op ma 23 nov. 2026 om 09:41 schreef Wahyu <a@b.id>:
Em seg., 23 de nov. de 2026 às 09:41, Wahyu <a@b.id> escreveu:
Il giorno lun 23 nov 2026 alle ore 09:41 Wahyu <a@b.id> ha scritto:
pon., 23 lis 2026 o 09:41 Wahyu <a@b.id> napisał(a):
W dniu 23.11.2026 o 09:41, Wahyu pisze:
Den mån 23 nov. 2026 kl 09:41 skrev Wahyu <a@b.id>:
man. 23. nov. 2026 kl. 09:41 skrev Wahyu <a@b.id>:
ma 23. marrask. 2026 klo 9.41 Wahyu (a@b.id) kirjoitti:
Dne 23. 11. 26 v 9:41 Wahyu napsal(a):
po 23. 11. 2026 o 9:41 Wahyu <a@b.id> napísal(a):
Wahyu <a@b.id> ezt írta (időpont: 2026. nov. 23., H, 9:41):
пн, 23 нояб. 2026 г. в 09:41, Wahyu <a@b.id>:
23.11.2026 9:41, Wahyu пишет:
în lun., 23 nov. 2026 la 09:41, Wahyu <a@b.id> a scris:
Wahyu <a@b.id>, 23 Kas 2026 Pzt, 09:41 tarihinde şunu yazdı:
Wahyu <a@b.id> 于2026年11月23日周一 09:41写道：
在 2026年11月23日，09:41，Wahyu <a@b.id> 写道：
2026年11月23日(月) 9:41 Wahyu <a@b.id>:
2026/11/23 9:41、Wahyu <a@b.id>のメール:
2026년 11월 23일 (월) 오전 9:41, Wahyu <a@b.id>님이 작성:
Vào Th 2, 23 thg 11, 2026 vào lúc 09:41 Wahyu <a@b.id> đã viết:
ในวันที่ จ. 23 พ.ย. 2026 เวลา 09:41 Wahyu <a@b.id> เขียนว่า:
2026/11/23 Wahyu <a@b.id>
"Wahyu (lewat Meja Bantuan)" <a@b.id> wrote:
---- On Mon, 23 Nov 2026 09:41:07 +0700 Wahyu <a@b.id> wrote ----
בתאריך יום ב׳, 23 בנוב׳ 2026 ב-9:41 מאת \u202aWahyu\u202c\u200f <\u202aa@b.id\u202c\u200f>:\u202c
\u202bבתאריך יום ב׳, 23 בנוב׳ 2026 ב-9:41 מאת \u202aWahyu\u202c\u200f <\u202aa@b.id\u202c\u200f>:\u202c
-----Original Message-----
--- Original Message ---
‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐
------------------ Original ------------------
-----Pesan Asli-----
*-------- Pesan asli --------*
-----Ursprüngliche Nachricht-----
-----Исходное сообщение-----
----- 原始邮件 -----
""".strip().split("\n")

BLOCKS = [
    "From: W <a@b.id>\nSent: Monday, November 23, 2026 9:41 AM\nTo: Sari\nSubject: e-rapor",
    "Dari: W\nDikirim: Senin, 23 November 2026 09.41\nKepada: Sari\nSubjek: e-rapor",
    "*Dari:* W <a@b.id>\n*Dikirim:* Senin, 23 November 2026 09.41\n*Kepada:* Sari\n*Cc:* x\n*Subjek:* e-rapor",
    "Dari: W <a@b.id>\nTanggal: Senin, 23 November 2026 pukul 09.41\nKe: x@y.id\nPerihal: e-rapor",
    "________________________________\nDari: W <a@b.id>\nDikirim: Senin, 23 November 2026\nKepada: S\nSubjek: e",
    "Von: W <a@b.id>\nGesendet: Montag, 23. November 2026 09:41\nAn: x@y.id\nBetreff: e-rapor",
    "De : W <a@b.id>\nEnvoyé : lundi 23 novembre 2026 09:41\nÀ : x@y.id\nObjet : e-rapor",
    "Van: W <a@b.id>\nVerzonden: maandag 23 november 2026 09:41\nAan: x@y.id\nOnderwerp: e-rapor",
    "От: W <a@b.id>\nОтправлено: 23 ноября 2026 г. 9:41\nКому: x@y.id\nТема: e-rapor",
    "发件人: W <a@b.id>\n发送时间: 2026年11月23日 9:41\n收件人: x@y.id\n主题: e-rapor",
    "Từ: W <a@b.id>\nĐã gửi: Thứ Hai, 23 tháng 11, 2026 9:41\nTới: x@y.id\nChủ đề: e-rapor",
    "Sūtītājs: W <a@b.id>\nNosūtīts: pirmdiena, 2026. gada 23. novembris 9:41\nKam: x@y.id\nTēma: e-rapor",
    "No: W <a@b.id>\nNosūtīts: pirmdiena, 2026. gada 23. novembris 9:41\nKam: x@y.id\nTēma: e-rapor",
    "Ablan: W <a@b.id>\nMelis: 23. Tor 2026 9:41\nOmu: S <s@y.id>\nPunu: e-rapor",
    "Ablan: W [mailto:a@b.id]\nPunu: e-rapor\nMelis: 2026-11-23 09:41\nOmu ye: s@y.id",
    "*Ablan:* W <a@b.id>\n*Melis:* 23/11/2026 9.41\n*Omu:* S <s@y.id>\n*Kopu:* T <t@y.id>\n*Punu:* e-rapor",
    "-------- Tolu mefa --------\nVon: W <a@b.id>\nGesendet: 23. November 2026 09:41\nAn: x@y.id\nBetreff: e-rapor",
    "Von: W <a@b.id>\nGesendet: Montag, 23. November 2026 09:41\nOmu: x@y.id\nPunu: e-rapor",
    "From: W <a@b.id>\nTo: S <s@y.id>,\n  T <t@y.id>\n\nDate: 23 Nov 2026 09:41\nSubject: a long one\nwrapped\nCc: x",
]


def ask(text: str, html: str = "") -> Split:
    """Split with the desk's own markers."""
    return split(text, html, MARKERS)


@pytest.mark.parametrize("head", [*ATTRIBUTIONS, *BLOCKS])
def test_answer_above_any_quotation(head: str) -> None:
    """With an answer above, each client's mark gives back exactly the answer, quotation with or without `>`."""
    for below in (f"\n> {MARKER}\n>\n> Dunia\n", f"\n\n{MARKER}\n\nDunia\n"):
        result = ask(f"{ANSWER}\n\n{head}{below}")
        assert (result.new_text, result.sure, result.inline) == (ANSWER, True, False)
        assert "Dunia" in result.quoted_text


@pytest.mark.parametrize(
    "head", [head for head in ATTRIBUTIONS if " " in head and not head.startswith(("-", "‐", "*", "在"))]
)
def test_wrapped_attributions(head: str) -> None:
    """An attribution that the client wrapped at any space of its second half goes away as a whole."""
    spaces = [at for at, sign in enumerate(head) if sign == " " and at > len(head) // 2]
    for at in spaces:
        result = ask(f"{ANSWER}\n\n{head[:at]}\n{head[at + 1 :]}\n\n> Halo\n> Dunia\n")
        assert result.new_text == ANSWER


WRAPPED = {
    "Gmail, at the address": "Pada Sen, 23 Nov 2026 pukul 09.41 Wahyu (lewat Meja Bantuan) <\na@b.id> menulis:",
    "Evolution, inside the name": "On Mon, 2026-11-23 at 09:41 +0700, Wahyu Prasetyo (lewat Meja\nBantuan) wrote:",
    "three lines": "On Nov 23, 2026,\nat 09:41,\nWahyu <a@b.id> wrote:",
    "empty lines inside": "On Mon, 23 Nov 2026 at 09:41 Wahyu\n\n<\nmailto:Wahyu <a@b.id>\n> wrote:",
    "inside the quotation": "> Pada 23 Nov 2026, pukul 09.41, Wahyu <a@b.id> menulis:",
    "name alone above": "Wahyu\n<a@b.id> writes:",
    "quoting": "Mengutip Wahyu <a@b.id>:",
    "the verb in the middle": "Wahyu Prasetyo schrieb am Mo., 23. Nov. 2026 um 09:41 Uhr:",
    "no verb": "Missatge de Wahyu <a@b.id> del dia dl., 23 de nov. 2026 a les 9:41:",
    "a name and a verb": "Wahyu Prasetyo writes:",
}


@pytest.mark.parametrize("head", WRAPPED.values(), ids=WRAPPED)
def test_attributions_over_several_lines(head: str) -> None:
    """Attributions that clients break in unlucky places go away as a whole."""
    assert ask(f"{ANSWER}\n\n{head}\n> Halo\n> Dunia\n").new_text == ANSWER


TYPED = {
    "plain": "Selamat pagi,\n\nmohon bantuannya.",
    "begins like an attribution": "On the one hand it works.\nOn 3 May it failed:\nno page.\nPada hari Senin gagal.",
    "somebody is cited": "Pak Budi menulis: jangan diubah.\nLalu beliau pergi.",
    "double dashes in text": "Sebab:\n-- pertama\n-- kedua\n\nTolong.",
    "a drawn heading": "Kunjungi kami\n>>> http://www.example.id <<<\nTerima kasih",
    "a table of dashes": "Nama  Tanggal\n-----------------\nSari  2026-11-23\n\nMohon dicek.",
    "one header-like line": "Dari: SDN 1 Bandung\nMohon reset akun.",
    "sent from a desk": "Begitu ceritanya.\n\nSent from my desk, much easier than my phone.",
    "a form": "Nama: Sari\nNPSN: 20101234\nEmail: sari@x.id\nKronologi: tidak bisa masuk",
    "people to ask": "Kepala: Budi <b@x.id>\nOperator: Tono <t@x.id>\nGuru: Sari <s@x.id>\nSekolah: SDN 1",
    "a form with address and time": "Surel: sari@x.id\nKejadian: 23 November 2026 09:41\nKepsek: budi@x.id\nKendala: x",
    "a form with a name": "Pelapor: Sari\nKejadian: 23 November 2026 09:41\nKepsek: budi@x.id\nKendala: gagal",
    "a person and a time": "Pelapor: Sari <sari@x.id>\nKejadian: 23 November 2026 09:41\nMohon segera dibantu.",
    "a sentence with address, date and time": "Pagi.\n\nPada 23 November 2026 pukul 09.41 saya masuk sebagai guru@x.id"
    " dan muncul pesan berikut:\n\nError 403",
    "the same in English": "Hi.\n\nOn 23 Nov 2026 at 09:41 I logged in as a@x.id<mailto:a@x.id> and got:\n\nForbidden",
    "data of a moment": "Pagi.\n\nData siswa per 23/11/2026 09:41, surel siswa@x.id:\nNama: A",
    "a log": "Log:\n2026-11-23 09:41:07 user guru@x.id:\nlogin failed\n2026-11-23 09:42:07 user guru@x.id:\nfailed",
    "what somebody wrote about": "Pagi.\n\nPada 23/11/2026 pukul 09.41 kepala sekolah menulis di grup bahwa nilai"
    " hilang:\n\nKelas 7",
    "a letter's content": "Pagi.\n\nWali kelas menulis surat tanggal 23/11/2026 pukul 09.41 dengan isi:\n\nMohon.",
    "a French sentence": "Bonjour.\n\nLe système va redémarrer le 23/11/2026 à 09:41 selon la liste :\n\nÉcole A",
    "my own mail": "I wrote on 23 Nov 2026 at 09:41 but got no answer. My questions:\n\n1. Why?",
    "a letter's head with a name": "Pelapor: Budi <b@x.id>\nTanggal: 23 November 2026 09.41\nHal: gagal\n\nMohon.",
    "a sentence that ends with a verb": "Kepala sekolah menulis:\n\njangan diubah.",
    "a long paragraph": "kata " * 5_000,
}


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
def test_text_without_quotation_stays(text: str) -> None:
    """What only resembles a mark is kept, and nothing is called quoted."""
    result = ask(text)
    assert (result.new_text, result.quoted_text, result.inline) == (text.strip(), "", False)


@pytest.mark.parametrize("head", [*BLOCKS, "-----Original Message-----"])
def test_header_blocks_above_a_foreign_mail_are_a_guess(head: str) -> None:
    """A block of header fields without the desk's marker below may be a forward: it is cut, but not surely."""
    result = ask(f"{ANSWER}\n\n{head}\n\nHalo\n")
    assert (result.new_text, result.sure) == (ANSWER, False)
    assert split(f"{ANSWER}\n\n{head}\n\nHalo\n", "", ()).sure


DOUBTFUL = {
    "a letter's head": "Dari: SDN 1\nTanggal: 23/11/2026\nKepada: Meja Bantuan\nPerihal: rapor\n\nMohon bantuan.",
    "a cited colleague": "Selamat pagi.\n\nPada 3 Mei 2026 Pak Budi menulis:\n\nJangan diubah.",
    "a letter's head below text": "Berikut.\n\nDari: SDN 1\nHal: rapor\nKepada: Meja Bantuan\n\nMohon bantuan.",
    "quotation without introduction": "> Ini kutipan.\n\nDan ini teks.",
    "one quoted line at the end": "Klik menu ini:\n> Pengaturan",
    "only a signature": "--\nSari Dewi",
}


@pytest.mark.parametrize("text", DOUBTFUL.values(), ids=DOUBTFUL)
def test_doubt_keeps_everything(text: str) -> None:
    """Where a mark may be the person's own words nothing is cut, and the result says that it is a guess."""
    result = ask(text)
    assert (result.new_text, result.sure) == (text, False)


SIGNATURES = {
    "-- ": "-- \nSari Dewi\nMeja Bantuan",
    "--": "--\nSari Dewi",
    "Roundcube": "---\nSari Dewi\nMeja Bantuan Dinas Pendidikan",
    "phone": "Dikirim dari iPhone saya",
    "phone, English": "Sent from my Samsung Galaxy smartphone.",
    "Outlook for phones": "Dapatkan Outlook untuk Android<https://aka.ms/AAb9ysg>",
    "a verb last": "iPhone'umdan gönderildi",
    "a verb last, Japanese": "私のiPhoneから送信",
    "right to left": "\u202bتم الإرسال من الـ iPhone الخاص بي\u202c",
    "Outlook in German": "Outlook für iOS beziehen<https://aka.ms/o0ukef>",
    "wrapped": "Diese Nachricht wurde von meinem Android-Gerät\nmit K-9 Mail gesendet.",
    "Yahoo": "Dikirim dari Yahoo Mail untuk Android <https://go.onelink.me/107872968>",
    "list": "_______________________________________________\nGuru mailing list\nhttps://lists.example.id/guru",
    "disclaimer": "Pesan ini bersifat rahasia dan hanya ditujukan kepada penerima yang dituju.",
    "starred notice": f"{'*' * 22}\nThis email is confidential.\n\nVisit us.\n\n{'*' * 22}\nvirus checked",
    "both": "-- \nSari\n\nThis email is confidential and intended solely for the addressee.",
}


@pytest.mark.parametrize("foot", SIGNATURES.values(), ids=SIGNATURES)
def test_signatures_go(foot: str) -> None:
    """Signatures go, above a quotation, below it, and without one; the greeting stays."""
    head = "On Mon, Nov 23, 2026 at 9:41 AM Wahyu <a@b.id> wrote:"
    assert ask(f"{ANSWER}\n\n{foot}\n").new_text == ANSWER
    assert ask(f"{ANSWER}\n\n{foot}\n\n{head}\n\n> Halo\n").new_text == ANSWER
    assert ask(f"{ANSWER}\n\n{head}\n\n> Halo\n> Dunia\n\n{foot}\n").new_text == ANSWER


KEPT = {
    "dashes above more text": "Bagian satu.\n---\nApakah bisa dibantu?",
    "many lines below": "Satu.\n---\n" + "\n".join(f"baris {n} dari cerita" for n in range(10)),
    "a phone in a sentence": "Saya pakai HP.\nDikirim dari HP saya, tadi pagi, jam 8 gagal.",
    "text below a phone's line": "Sudah.\nSent from my iPhone\nTerima kasih",
    "a telephone in a last sentence": "Begini.\n\nIch habe es mit dem Telefon gesendet.",
    "Outlook in a last sentence": "Begini.\n\nSaya pakai Outlook di Android.",
    "a question": "Bagaimana?\n\nDikirim dari mana emailnya?",
    "data below dashes": "Berikut data saya:\n---\nNama: Sari\nNPSN: 20101234",
    "data below two dashes": "Berikut data saya:\n--\nNISN: 0012345678",
    "a private matter": "Begini.\n\nSurat ini rahasia, hanya ditujukan kepada kepala sekolah. Mohon jangan dilarang.",
    "stars around words": "****\nPenting\n****",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_may_be_text_is_no_signature(text: str) -> None:
    """In doubt the lines below a separator stay."""
    assert ask(text).new_text == text


def test_a_signature_without_separator_is_a_doubt() -> None:
    """Clients that put the signature below the name without a mark leave a guess; it is kept."""
    text = f"{ANSWER}\n\nSari Dewi\nMeja Bantuan Dinas Pendidikan"
    assert ask(text) == Split(text, "", "", sure=False, inline=False, bare=True)
    assert ask(f"{ANSWER}\n\nMohon segera.").sure


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (
            "A.\n\n{head}\n> satu\n> dua\n\nB.\n\n> tiga\n\nC.\n\n-- \nSari",
            ["A.", "> satu\ndua", "B.", "> tiga", "C."],
        ),
        ("{head}\n> satu\nB.\n> > dua\n> tiga\n", ["> satu", "B.", "> > dua\ntiga"]),
        ("{head}\n\n\tsatu\n\nB.\n\n\tdua\n", ["> satu", "B.", "> dua"]),
        ("A.\n\n{head}\n> satu\n\nB.", ["A.", "> satu", "B."]),
        (f"{{head}}\n> satu\nB.\n> {'x' * 70}\nyz\n> dua\n", ["> satu", "B.", f"> {'x' * 70}\nyz\ndua"]),
        ("A.\n\n{head}\n> satu\n", []),
    ],
    ids=["above, between and below", "nested", "tabs", "above and below", "a wrapped line", "only above"],
)
def test_quoted_and_typed_lines_in_order(text: str, pieces: list[str]) -> None:
    """What was answered between the lines stands apart from the quotation, for every kind of quote mark."""
    head = "Pada Sel, 24 Nov 2026 pukul 09.00 Wahyu <a@b.id> menulis:"
    result = ask(text.replace("{head}", head))
    assert [f"> {one.text}" if one.quoted else one.text for one in result.pieces] == pieces
    assert result.inline is bool(pieces)


def test_a_signature_below_the_last_answer_is_a_doubt() -> None:
    """The same doubt as above a quotation."""
    text = f"On Mon, Nov 23, 2026 at 9:41 AM Wahyu <a@b.id> wrote:\n> satu\n\n{ANSWER}\n\nSari Dewi\nDinas\n\n> dua\n"
    assert (ask(text).sure, ask(text).bare) == (False, True)


QUOTE = "On Mon, Nov 23, 2026 at 9:41 AM Wahyu <a@b.id> wrote:\n> ## x ##\n>\n> Halo\n> Dunia\n"


def test_answer_below_the_quotation() -> None:
    """Nothing above: the text below the quotation is the answer."""
    assert ask(f"{QUOTE}\n{ANSWER}\n\n-- \nSari").new_text == ANSWER
    assert ask(f"{QUOTE}{ANSWER}\n").sure


def test_answer_below_a_tabbed_quotation() -> None:
    """A client that indents the quotation with tabs is understood, above and below."""
    quoted = '"Wahyu" <a@b.id> wrote:\n\n\tHalo\n\t\n\tDunia\n\n'
    assert ask(f"{ANSWER}\n\n{quoted}").new_text == ANSWER
    assert ask(f"{quoted}{ANSWER}\n").new_text == ANSWER


@pytest.mark.parametrize("prefix", ["> ", "\t", "| "])
def test_answers_between_quoted_lines(prefix: str) -> None:
    """Answers between the quoted lines stay together with them."""
    text = f'"Wahyu" <a@b.id> wrote:\n\n{prefix}Halo\n{prefix}NPSN?\n\n20101234\n\n{prefix}Nama?\n\nSari\n'
    result = ask(text)
    assert result.inline
    assert result.new_text == text.strip()


def test_remark_above_and_answer_below() -> None:
    """Text on both sides belongs together: an answer below keeps what it answers, a farewell does not."""
    both = ask(f"Jawaban di bawah.\n\n{QUOTE}\nSudah saya kirim kemarin.\n")
    assert both.inline
    assert "Dunia" in both.new_text
    farewell = ask(f"Sudah bisa.\n\n{QUOTE}\nSalam,\nSari\n")
    assert (farewell.new_text, farewell.sure, farewell.inline) == ("Sudah bisa.\n\nSalam,\nSari", False, False)


def test_quoted_lines_that_a_client_broke() -> None:
    """The rest of a quoted line that was too long is no answer."""
    long = "> " + "kata " * 15
    assert ask(f"{ANSWER}\n\n{QUOTE}{long}\nsisanya\n> lagi\n").new_text == ANSWER
    assert ask(f"{ANSWER}\n\n{QUOTE}> Lihat (http://x.id/a\nb=c)\n> lagi\n").new_text == ANSWER
    assert ask(f"{QUOTE}> NPSN\n20101234\n> Nama\nSari").inline


BLOCK = (
    f"> Mohon lengkapi:\n> {FORM_MARKER['id']}\n>\n> Nama:{{}}\n> NPSN:{{}}\n>\n> {FORM_END['id']}\n> Tiket: 2164242\n"
)
ASKED = "Pada Sen, 23 Nov 2026 pukul 09.41 Meja <a@b.id> menulis:\n"


def test_form_filled_in_inside_the_quotation() -> None:
    """Values typed behind the labels of our block are the answer; a block without values is none."""
    filled = ask(ASKED + BLOCK.format(" Sari", " 20101234"))
    assert (filled.inline, filled.sure) == (True, True)
    assert "20101234" in filled.new_text
    assert ask(f"Sudah saya isi.\n\n{ASKED}" + BLOCK.format("", " 20101234")).inline
    assert ask(f"Sudah saya isi.\n\n{ASKED}" + BLOCK.format("", "\n> 20101234")).inline
    empty = ask(ASKED + BLOCK.format("", ""))
    assert (empty.new_text, empty.inline, empty.sure) == ("", False, True)
    assert ask(f"Sudah.\n\n{ASKED}" + BLOCK.format("", " ")).new_text == "Sudah."


@pytest.mark.parametrize(
    "quoted",
    [
        "> Nama: Sari\n> NPSN: 20101234\n> Tiket: 2164242\n",
        "> Laporan baru\n> > Nama: Sari\n> > NPSN: 20101234\n",
        "> Jawaban pelapor:\n" + "".join(f"> {line}\n" for line in BLOCK.format(" Sari", " 20101234").split("\n")),
        f"> {FORM_MARKER['id']}\n>\n> Nama:\n>\n> {FORM_END['id']}\n> Nomor laporan: 2164242\n",
    ],
)
def test_a_quotation_of_our_fields_is_no_filled_in_form(quoted: str) -> None:
    """Fields of ours that are quoted without our block, or a block that is quoted once more, were not typed here."""
    result = ask(f"Masih belum bisa.\n\n{ASKED}{quoted}")
    assert (result.new_text, result.inline, result.sure) == ("Masih belum bisa.", False, True)


def test_a_block_below_header_fields_may_be_filled_in() -> None:
    """Clients that quote without marks on the lines: the filled-in block is found all the same."""
    fields = "From: Meja <a@b.id>\nSent: Monday, 23 November 2026 09:41\nTo: x@y.id\nSubject: x"
    head = f"________________________________\n{fields}\n\n"
    block = BLOCK.replace("> ", "").replace(">", "")
    assert ask(f"{head}{MARKER}\n\n" + block.format(" Sari", "")).inline
    assert not ask(f"Sudah.\n\n{head}{MARKER}\n\n" + block.format("", "")).inline


MARKED = {
    "marker alone": f"{MARKER}\n\nHalo",
    "unknown language above it": f"Den 23.11.2026 09:41 hat Wahyu <a@b.id> gesagt:\n\n{MARKER}\n\nHalo",
    "unknown language, no date": f"Wahyu <a@b.id> nulad:\n\n{MARKER}\n\nHalo",
    "wrapped, no date": f"Wahyu Prasetyo Kusumawardhana\n<a@b.id> nulad:\n{MARKER}\n\nHalo",
    "wrapped introduction": f"Kirjutatud 23.11.2026 09:41\nWahyu <a@b.id>:\n{MARKER}\n\nHalo",
    "in a quotation": f"> {MARKER}\n> Halo",
    "wrapped": MARKER.replace("di atas", "di\natas") + "\n\nHalo",
    "with a byte order mark": f"> \ufeff{MARKER}\n> Halo",
    "other language": f"{MARKERS[1]}\n\nHalo",
    "bold": f"*{MARKER}*\n\nHalo",
}


@pytest.mark.parametrize("below", MARKED.values(), ids=MARKED)
def test_the_desks_marker(below: str) -> None:
    """Everything from the desk's marker on is old, and so is the line right above it that introduces it."""
    result = ask(f"{ANSWER}\n\n{below}\n")
    assert (result.new_text, result.sure) == (ANSWER, True)


def test_nothing_above_an_unmarked_quotation_is_kept() -> None:
    """Below the marker without quote marks an answer cannot be told apart: all is kept as a guess."""
    text = f"{MARKER}\n\nHalo Bu,\n\nsudah saya kirim."
    result = ask(text)
    assert "sudah saya kirim" in result.new_text
    assert not result.sure


def test_attribution_first_without_marks() -> None:
    """An attribution with unmarked text below and nothing above: that text is all there is."""
    result = ask("On 8 May 2026 17:34, Wahyu <a@b.id> wrote:\n\nsudah saya kirim")
    assert (result.new_text, result.sure) == ("sudah saya kirim", False)


def test_only_a_quotation() -> None:
    """Nothing typed (a picture was sent): the new text is empty, and that is sure."""
    assert (ask(QUOTE).new_text, ask(QUOTE).sure) == ("", True)
    assert ask("On Mon, Nov 23, 2026 at 9:41 AM W <a@b.id> wrote:").quoted_text
    assert ask("Dikirim dari iPhone saya\n\n" + QUOTE).new_text == ""


def test_nothing_at_all() -> None:
    """An empty mail has no new text, surely; a forwarded one in an HTML container keeps everything."""
    assert ask(" \n") == Split("", "", "", sure=True, inline=False)
    kept = ask("", "<p>Mohon dibantu.</p><div class=moz-forward-container><p>Lab mati.</p></div>")
    assert kept.new_text == "Mohon dibantu.\n\nLab mati."


def test_bare_quotation_below() -> None:
    """Three quoted lines without introduction are a quotation, but a guess."""
    result = ask(f"{ANSWER}\n\n> a\n> b\n> c")
    assert (result.new_text, result.sure) == (ANSWER, False)


def test_older_quotation_below_the_quoted_lines() -> None:
    """An older, unmarked quotation that follows the marked lines is no answer."""
    older = "From: Budi <b@c.id>\nSent: Monday, 23 November 2026 9:41\nTo: x\nSubject: y\n\nlama"
    assert ask(f"{QUOTE}\n{ANSWER}\n\n{older}").new_text == ANSWER
    assert ask(f"{ANSWER}\n\n{QUOTE}\n{older}").new_text == ANSWER


def test_forwards_are_kept_unless_they_are_our_own_mail() -> None:
    """What somebody passes on is part of the report; our own mail passed on is not."""
    foreign = (
        "Mohon dibantu.\n\n---------- Forwarded message ---------\nDari: K <k@x.id>\nDate: Sen\nTo: W\n\nLab mati."
    )
    assert (ask(foreign).new_text, ask(foreign).how) == (foreign, "forward")
    fields = "Dari: D <d@x.id>\nTanggal: 1 Mei\nKepada: S"
    own = f"Tolong dicek.\n\n---------- Pesan terusan ----------\n{fields}\n\n{MARKER}\n\nHalo"
    assert ask(own).new_text == "Tolong dicek."


CITED = "<blockquote class=protonmail_quote type=cite>Halo</blockquote>"
HTML = {
    "gmail": (
        '<div dir="ltr">{}</div><br><div class="gmail_quote"><div class="gmail_attr">Pada Sen, 23 Nov 2026 pukul 09.41 '
        "W &lt;a@b.id&gt; menulis:<br></div><blockquote class=gmail_quote>Halo</blockquote></div>"
    ),
    "apple": (
        "<div>{}</div><div><br><blockquote type=cite><div>On 23 Nov 2026, at 09.41, W &lt;a@b.id&gt; wrote:</div>"
        "Halo</blockquote></div>"
    ),
    "outlook": (
        "<div>{}</div><div id=appendonsend></div><hr><div id=divRplyFwdMsg><b>Dari:</b> W &lt;a@b.id&gt;<br>"
        "<b>Dikirim:</b> Senin, 23 November 2026 09.41<br><b>Kepada:</b> S<br><b>Subjek:</b> x</div>"
        f"<div>{MARKER}<br>Halo</div>"
    ),
    "yahoo": (
        "<div>{}</div><div id='y1yahoo_quoted_1' class=y1yahoo_quoted><div>x hat am 3. geschrieben</div>"
        "<div>Halo</div></div>"
    ),
    "proton": f"<div>{{}}</div><div class=protonmail_quote>Unknown words<br>{CITED}</div>",
    "old client": (
        "<div>{}</div><div class=moz-cite-prefix>Zapis 1:</div><blockquote type=cite><p>Halo</p></blockquote>"
    ),
}


@pytest.mark.parametrize("html", HTML.values(), ids=HTML)
def test_html_only(html: str) -> None:
    """Without a plain part the containers and citations of HTML tell old from new."""
    result = ask("", html.format("Sudah bisa.<br><br>Salam,<br>Sari"))
    assert (result.new_text, result.sure) == ("Sudah bisa.\n\nSalam,\nSari", True)
    assert "Halo" in result.quoted_text
    assert "\0" not in result.quoted_text


def test_html_instead_of_an_empty_stub() -> None:
    """A plain part that only says "this is HTML" is passed over; without text in the HTML it is what there is."""
    html = HTML["gmail"].format("Sudah bisa.")
    assert ask("This message is in HTML format, please view it in a web browser.", html).new_text == "Sudah bisa."
    assert ask("Lihat versi HTML", "<img src='x'>").new_text == "Lihat versi HTML"
    assert ask(" \n", html).new_text == "Sudah bisa."


def test_html_helps_where_the_plain_text_leaves_a_doubt() -> None:
    """A container in the HTML shows where the quotation begins that the plain text does not show."""
    plain = "Sudah bisa.\n\nZapis 1\nHalo"
    assert ask(plain).new_text == plain
    helped = ask(plain, HTML["old client"].format("Sudah bisa."))
    assert (helped.new_text, helped.how) == ("Sudah bisa.", "html container")
    assert ask("Lain sekali.\n\nHalo", HTML["old client"].format("Sudah bisa.")).new_text == "Lain sekali.\n\nHalo"


def test_inline_answers_in_html() -> None:
    """Answers between citations are seen in HTML too."""
    html = (
        '<div class="gmail_quote"><div>Pada Sen, 23 Nov 2026 pukul 09.41 W &lt;a@b.id&gt; menulis:</div>'
        "<blockquote class=gmail_quote>NPSN?</blockquote><div>20101234</div>"
        "<blockquote class=gmail_quote>Nama?</blockquote><div>Sari</div></div>"
    )
    result = ask("", html)
    assert result.inline
    assert "> NPSN?\n\n20101234" in result.new_text


@pytest.mark.parametrize("piece", hostile.QUOTES.values(), ids=hostile.QUOTES)
def test_hostile_text_costs_in_proportion(piece: str) -> None:
    """Twice the hostile text is twice the work: alone, below an answer, in a quotation, behind an attribution."""
    counted = work.load("mailhelp.mail.quote")
    for before in ("", f"{ANSWER}\n\n", f"{QUOTE}\n", "On 1 Jan 2020 at 10:00, a@b.c wrote:\n"):
        work.check(lambda text: counted.split(text, "", MARKERS), piece, before)


@given(st.text(), st.text(), st.lists(st.text(), max_size=2))
def test_never_raises(text: str, html: str, markers: list[str]) -> None:
    """Any text, any HTML and any markers give a result whose inline and quoted parts agree."""
    result = split(text, html, markers)
    assert not (result.inline and result.quoted_text)


PIECES = st.sampled_from([
    "> a", ">> b", "", "kata", "\ttab", "-- ", "---", "____", "Dari: a <a@b.id>", "Dikirim: 1 Mei 2026", "Kepada: c",
    "On 1 May 2026 at 10:00, a@b.id wrote:", "menulis:", "-----Pesan Asli-----", "Sent from my iPhone", "Salam,",
    "---------- Forwarded message ---------", MARKER, "On", "Nama: x", "> Nama: x", "| x",
    "> On 1 May 2026 10:00 a@b.id wrote:", "************************", "confidential intended recipient", "a\x00b",
])  # fmt: skip


def lines_of(text: str) -> Counter[str]:
    """The lines of a text that hold anything, without quote marks and surrounding space."""
    folded = (line.replace("\0", "").lstrip("> \t").strip() for line in text.split("\n"))
    return Counter(line for line in folded if line)


@given(st.lists(PIECES, max_size=14))
@example(["Salam,", "> a", "Salam,", "On 1 May 2026 at 10:00, a@b.id wrote:", "kata"])
@example(["-- ", "Salam,", "On 1 May 2026 at 10:00, a@b.id wrote:", "kata"])
@example(["menulis:", "> a", "kata", "-- ", "On 1 May 2026 at 10:00, a@b.id wrote:", "> b"])
@example(["kata", "", "____", "Dari: a <a@b.id>", "Dikirim: 1 Mei 2026", "Kepada: c"])
@example(["On 1 May 2026 at 10:00, a@b.id wrote:", "-- ", "kata"])
def test_each_line_stands_in_one_of_the_texts(lines: list[str]) -> None:
    """Whatever the mixture of marks: each line is new, quoted or signature; none is lost, none comes from nowhere."""
    text = "\n".join(lines)
    result = ask(text)
    assert lines_of(f"{result.new_text}\n{result.quoted_text}\n{result.signature}") == lines_of(text)


WORDS = st.text(st.characters(categories=("Ll", "Lu", "Nd")), min_size=1, max_size=12)
SENTENCES = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)
ANSWERS = st.lists(SENTENCES, min_size=1, max_size=8).map("\n".join)


@given(ANSWERS)
def test_text_without_marks_is_new(answer: str) -> None:
    """A text of sentences without any mark is new as a whole."""
    assume(not answer.casefold().startswith(("sent", "dikirim")))
    assert ask(answer).new_text == answer.strip()


@given(ANSWERS, st.sampled_from([*ATTRIBUTIONS, *BLOCKS]), ANSWERS)
def test_quoting_gives_back_the_answer(answer: str, head: str, old: str) -> None:
    """Any text quoted in any style below any answer gives back exactly the answer."""
    quoted = "\n".join(f"> {line}" for line in old.split("\n"))
    assert ask(f"{answer}\n\n{head}\n{quoted}\n").new_text == answer.strip()
    assert set(answer.split()) <= set(ask(f"{answer}\n\n{head}\n\n{old}\n").new_text.split())
