"""Short sentences to agents, in the languages of the templates: what was done, what was wrong, what changed."""

from __future__ import annotations

from collections.abc import Mapping

from mailhelp.desk.command_words import NAMES
from mailhelp.desk.label import label

_DONE: Mapping[str, Mapping[str, str]] = {
    "id": {
        "answer": "Jawaban dikirim kepada {to}.",
        "answer-later": "Jawaban kepada {to} dikirim dalam {seconds} detik; sampai saat itu #batal menghentikannya.",
        "note": "Catatan disimpan; hanya dilihat agen.",
        "take": "Laporan ini sekarang Anda tangani.",
        "assign": "Laporan ini sekarang ditangani {agent}.",
        "queue": "Dipindahkan ke antrean {queue}.",
        "category": "Kategori: {category}.",
        "priority": "Prioritas: {priority}.",
        "tag": "Label: {tags}.",
        "field": "{field}: {value}.",
        "field-removed": "{field} dihapus.",
        "requester": "Pelapornya sekarang {address}.",
        "cc": "{address} mendapat tembusan jawaban.",
        "resolve": "Laporan dinyatakan selesai.",
        "close": "Laporan ditutup.",
        "spam": "Ditutup sebagai sampah; pengirimnya tidak diberi tahu.",
        "reopen": "Laporan dibuka kembali.",
        "wait": "Menunggu pelapor sampai {until}.",
        "checking": "Diperiksa {team}.",
        "ask": "Pelapor diminta melengkapi: {fields}.",
        "link": "Dikaitkan dengan laporan {number}.",
        "merge": "Digabungkan ke laporan {number}.",
        "split": "Balasan terakhir menjadi laporan baru {number}.",
        "template": "Templat {name} dikirim; salinannya ada pada Anda.",
        "show": "Seluruh laporan dikirim kepada Anda.",
        "files": "Berkas dikirim kepada Anda: {names}.",
        "files-left": "Tidak muat dalam satu surel; sebut namanya dengan #berkas: {names}.",
        "unmask": "{field}: {value}. Bahwa Anda melihatnya tercatat.",
        "undone": "Dikembalikan: {what}.",
        "undo-kept": "Tidak dikembalikan, karena sudah berubah lagi: {what}.",
        "undo-stopped": "{count} surel dihentikan sebelum terkirim.",
        "undo-gone": "{count} surel sudah terkirim dan tidak dapat ditarik.",
        "away": "Anda dicatat tidak hadir {from} sampai {until}.",
        "away-open": "Anda dicatat tidak hadir mulai {from}, sampai #kembali.",
        "back": "Anda dicatat hadir kembali.",
        "opened": "Laporan {number} dibuka untuk {address}.",
    },
    "en": {
        "answer": "The answer goes to {to}.",
        "answer-later": "The answer to {to} leaves in {seconds} seconds; until then #undo stops it.",
        "note": "Kept as a note; only agents see it.",
        "take": "This report is yours now.",
        "assign": "This report is {agent}'s now.",
        "queue": "Moved to the queue {queue}.",
        "category": "Category: {category}.",
        "priority": "Priority: {priority}.",
        "tag": "Tags: {tags}.",
        "field": "{field}: {value}.",
        "field-removed": "{field} was removed.",
        "requester": "The requester is {address} now.",
        "cc": "{address} gets copies of the answers.",
        "resolve": "The report is resolved.",
        "close": "The report is closed.",
        "spam": "Closed as spam; the sender is not told.",
        "reopen": "The report is open again.",
        "wait": "It waits for the requester until {until}.",
        "checking": "{team} checks it.",
        "ask": "The requester is asked for: {fields}.",
        "link": "Linked with report {number}.",
        "merge": "Merged into report {number}.",
        "split": "The latest reply became the new report {number}.",
        "template": "Template {name} was sent; you have a copy.",
        "show": "The whole report was sent to you.",
        "files": "Files sent to you: {names}.",
        "files-left": "Too much for one e-mail; name them with #files: {names}.",
        "unmask": "{field}: {value}. It is on record that you saw it.",
        "undone": "Put back: {what}.",
        "undo-kept": "Not put back, because it changed again since: {what}.",
        "undo-stopped": "{count} e-mails were stopped before they left.",
        "undo-gone": "{count} e-mails had left already and cannot be taken back.",
        "away": "You are absent from {from} until {until}.",
        "away-open": "You are absent from {from}, until #back.",
        "back": "You are present again.",
        "opened": "Report {number} was opened for {address}.",
    },
}
_MISTAKES: Mapping[str, Mapping[str, str]] = {
    "id": {
        "unknown": "Perintah ini tidak dikenal.",
        "below-quote": "Perintah di bawah kutipan tidak dijalankan; tulislah di baris paling atas.",
        "stands-alone": "Perintah di akhir surel memerlukan baris kosong di atasnya.",
        "stands-for-itself": "Perintah ini tidak dapat digabung dengan perintah lain.",
        "too-many": "Terlalu banyak perintah dalam satu surel.",
        "takes-nothing": "Di belakang perintah ini tidak boleh ada apa-apa lagi.",
        "needs-more": "Di belakang perintah ini ada yang kurang.",
        "not-one-of": "Nilainya tidak dikenal.",
        "not-a-number": "Di sini harus ada nomor laporan dengan tujuh angka.",
        "not-an-address": "Di sini harus ada satu alamat surel.",
        "not-a-time": "Di sini harus ada lama waktu, paling lama 90 hari.",
        "not-a-date": "Di sini harus ada tanggal.",
        "not-tags": "Di sini harus ada label.",
        "not-a-setting": "Di sini harus ada NAMA=NILAI.",
        "not-a-template": "Di sini harus ada nama templat, lalu NAMA=NILAI.",
        "not-a-value": "Nilai ini tidak cocok untuk isian itu.",
        "unknown-agent": "Agen ini tidak dikenal.",
        "unknown-queue": "Antrean ini tidak dikenal.",
        "unknown-category": "Kategori ini tidak dikenal.",
        "unknown-subcategory": "Subkategori ini tidak dikenal.",
        "unknown-field": "Isian ini tidak dikenal.",
        "unknown-template": "Templat ini tidak dikenal.",
        "unknown-ticket": "Laporan ini tidak ada.",
        "needs-values": "Templat ini memerlukan nilai.",
        "no-place-for-text": "Templat ini tidak memuat tulisan Anda; hapus tulisannya atau jawab tanpa templat.",
        "has-it-already": "Laporan ini sudah ditangani agen itu.",
        "is-there-already": "Alamat ini sudah ada pada laporan.",
        "own-address": "Ini alamat layanan bantuan atau agennya sendiri.",
        "no-requester": "Alamat surel pelapor laporan ini tidak diketahui.",
        "spam-with-text": "Pengirim sampah tidak dijawab: hapus tulisannya, atau jadikan #catatan.",
        "is-open": "Laporan ini memang terbuka.",
        "is-over": "Laporan ini sudah selesai atau ditutup; buka dahulu dengan #buka.",
        "other-requester": "Pelapor kedua laporan berbeda; gunakan #kait.",
        "nothing-to-split": "Tidak ada balasan pelapor yang dapat dipisahkan.",
        "nothing-to-show": "Tidak ada yang dapat ditampilkan.",
        "nothing-to-undo": "Tidak ada perintah Anda pada laporan ini yang masih dapat dikembalikan.",
        "undo-alone": "#batal hanya dapat berdiri sendiri.",
        "needs-a-ticket": "Perintah ini hanya berlaku sebagai balasan pada surel sebuah laporan.",
        "needs-a-new-mail": "Perintah ini memerlukan surel baru ke alamat layanan, bukan balasan.",
        "no-forward": "Tidak ada surel terusan dengan alamat pengirim di dalamnya; gunakan #untuk ALAMAT.",
        "in-the-past": "Tanggal ini sudah lewat.",
        "nothing-to-open": "Tidak ada isi laporan.",
    },
    "en": {
        "unknown": "This command is not known.",
        "below-quote": "Commands below a quotation are not obeyed; write them in the first lines.",
        "stands-alone": "A command at the end needs a blank line above it.",
        "stands-for-itself": "This command cannot be combined with others.",
        "too-many": "Too many commands in one e-mail.",
        "takes-nothing": "Nothing more may stand behind this command.",
        "needs-more": "Something is missing behind this command.",
        "not-one-of": "The value is not known.",
        "not-a-number": "A report number of seven digits is needed here.",
        "not-an-address": "One e-mail address is needed here.",
        "not-a-time": "A length of time is needed here, at most 90 days.",
        "not-a-date": "A date is needed here.",
        "not-tags": "Tags are needed here.",
        "not-a-setting": "NAME=VALUE is needed here.",
        "not-a-template": "The name of a template is needed here, then NAME=VALUE.",
        "not-a-value": "This value does not fit that field.",
        "unknown-agent": "This agent is not known.",
        "unknown-queue": "This queue is not known.",
        "unknown-category": "This category is not known.",
        "unknown-subcategory": "This subcategory is not known.",
        "unknown-field": "This field is not known.",
        "unknown-template": "This template is not known.",
        "unknown-ticket": "There is no such report.",
        "needs-values": "This template needs values.",
        "no-place-for-text": "This template has no place for your text; delete it, or answer without the template.",
        "has-it-already": "That agent has this report already.",
        "is-there-already": "This address is on the report already.",
        "own-address": "This is an address of the help desk or of one of its agents.",
        "no-requester": "The requester's e-mail address is not known for this report.",
        "spam-with-text": "Spam is not answered: delete the text, or make it a #note.",
        "is-open": "This report is open anyway.",
        "is-over": "This report is resolved or closed; #reopen it first.",
        "other-requester": "The two reports have different requesters; use #link.",
        "nothing-to-split": "There is no reply of the requester to be split off.",
        "nothing-to-show": "There is nothing to show.",
        "nothing-to-undo": "There is no command of yours on this report that can still be taken back.",
        "undo-alone": "#undo can only stand alone.",
        "needs-a-ticket": "This command only works in a reply to an e-mail about a report.",
        "needs-a-new-mail": "This command needs a new e-mail to the desk, not a reply.",
        "no-forward": "There is no forwarded e-mail with its sender's address in it; use #for ADDRESS.",
        "in-the-past": "This date is past.",
        "nothing-to-open": "There is nothing to make a report of.",
    },
}
_COLLEAGUE = {
    "id": {"answer": "{name} menjawab laporan ini.", "take": "{name} menangani laporan ini."},
    "en": {"answer": "{name} answered this report.", "take": "{name} has taken this report."},
}
_WORDS = {
    "id": {
        "tags": "Label",
        "fields": "Isian",
        "copies": "Tembusan",
        "article.report": "Laporan",
        "article.reply": "Balasan",
        "article.answer": "Jawaban",
        "article.note": "Catatan",
        "article.automatic": "Surel otomatis",
        "article.delivery": "Laporan pengiriman",
        "article.sent": "Surel kami",
        "list.mine": "Laporan yang Anda tangani",
        "list.open": "Laporan terbuka di antrean Anda",
        "list.search": "Hasil pencarian",
    },
    "en": {
        "tags": "Tags",
        "fields": "Fields",
        "copies": "Copies",
        "article.report": "Report",
        "article.reply": "Reply",
        "article.answer": "Answer",
        "article.note": "Note",
        "article.automatic": "Automatic e-mail",
        "article.delivery": "Delivery report",
        "article.sent": "Our e-mail",
        "list.mine": "The reports you handle",
        "list.open": "Open reports of your queues",
        "list.search": "Found",
    },
}
_HELP: Mapping[str, tuple[str, str, str]] = {  # of each an example, then what it does in both languages
    "note": ("#catatan ...", "hanya dilihat agen", "only agents see it"),
    "take": ("#ambil", "Anda yang menangani", "you handle it"),
    "assign": ("#serahkan budi", "agen lain yang menangani", "another agent handles it"),
    "queue": ("#antrean data", "pindah antrean", "move to another queue"),
    "category": ("#kategori NAMA / SUB", "ganti kategori", "change the category"),
    "priority": ("#prioritas tinggi", "rendah, biasa, tinggi, mendesak", "low, normal, high, urgent"),
    "tag": ("#label +ujian -lama", "beri dan hapus label", "add and remove tags"),
    "field": ("#isian npsn=12345678", "perbaiki isian", "correct a field"),
    "requester": ("#pelapor ALAMAT", "ganti pelapor", "change the requester"),
    "cc": ("#cc ALAMAT", "tembusan jawaban", "copies of the answers"),
    "ask": ("#minta npsn, nik", "minta data kepada pelapor", "ask the requester for data"),
    "checking": (
        "#periksa TIM",
        "tim lain memeriksa; pelapor diberi tahu",
        "another team checks; the requester is told",
    ),
    "resolve": ("#selesai", "jawaban ini menyelesaikan laporan", "this answer resolves the report"),
    "close": ("#tutup", "tutup laporan", "close the report"),
    "reopen": ("#buka", "buka kembali", "open it again"),
    "wait": ("#tunggu 3 hari", "tunggu, lalu kembali kepada Anda", "wait, then it comes back to you"),
    "template": ("#templat NAMA kunci=nilai", "jawaban siap pakai", "a canned answer"),
    "merge": ("#gabung 2164001", "gabungkan ke laporan lain", "go on in another report"),
    "split": ("#pisah", "balasan terakhir jadi laporan baru", "the latest reply becomes a new report"),
    "link": ("#kait 2164001", "kaitkan dengan laporan lain", "link with another report"),
    "spam": ("#spam", "tutup tanpa memberi tahu", "close, nobody is told"),
    "show": ("#lihat", "seluruh laporan melalui surel", "the whole report by e-mail"),
    "files": ("#berkas NAMA", "berkas laporan melalui surel", "its files by e-mail"),
    "unmask": ("#unmask nik", "tampilkan isian tanpa samaran; tercatat", "show a field unmasked; logged"),
    "undo": ("#batal", "tarik perintah terakhir Anda", "take back your last command"),
    "help": ("#bantuan", "daftar ini", "this list"),
    "mine": ("#tugasku", "laporan yang Anda tangani", "the reports you handle"),
    "open": ("#terbuka", "laporan terbuka di antrean Anda", "the open reports of your queues"),
    "search": ("#cari kata", "cari laporan", "search reports"),
    "for": ("#untuk ALAMAT", "buka laporan untuk seseorang (surel baru)", "open a report for somebody (new e-mail)"),
    "forward": ("#teruskan", "buka laporan untuk pengirim surel terusan", "open a report for a forwarded sender"),
    "away": ("#cuti sampai 2026-12-01", "tidak hadir", "absent"),
    "back": ("#kembali", "hadir kembali", "present again"),
}


def _language(language: str) -> str:
    return "en" if language == "en" else "id"


def word(name: str, language: str) -> str:
    """One word or title; else the desk's own label of that name."""
    return _WORDS[_language(language)].get(name) or label(name, language)


def done(code: str, values: Mapping[str, object], language: str) -> str:
    """A line of the transcript."""
    return _DONE[_language(language)][code].format(**values)


def mistake(code: str, language: str) -> str:
    """Why a line was not obeyed."""
    return _MISTAKES[_language(language)].get(code, code)


def colleague(what: str, name: str, language: str) -> str:
    """What a colleague did."""
    return _COLLEAGUE[_language(language)][what].format(name=name)


def helped(language: str, topic: str = "") -> list[dict[str, str]]:
    """All commands with an example, or the one of that name."""
    wanted = [topic] if topic else list(NAMES)
    names = {name: ", ".join(f"#{one}" for one in (name, *NAMES[name])) for name in wanted}
    place = 2 if language == "en" else 1
    return [{"example": _HELP[name][0], "what": _HELP[name][place], "names": names[name]} for name in wanted]
