"""Texts made to be slow, by what is repeated in each. Tests count the work of a few repeats; the bench times 480 KB."""

from __future__ import annotations

FORWARDS = {
    "colons": "a:\n",
    "dashes": "--\n",
    "banners": "---- forwarded message\n",
    "headers": "From: a\nTo: b\n",
    "quoted": "> x\n",
    "quote marks": ">\n",
    "drawn lines": "____\n",
    "quoted colons": "> a:\n",
    "quoted headers": "> From: a\n",
    "original": "-----Pesan Asli-----\n",
    "rolled banner": "---- x ---- " + "To: a " * 500 + "\n",
    "long colon": "x" * 9000 + ":\n",
    "addresses": "Pada Sen, 23 Nov 2026 " + "a@" * 400 + "\n",
}

QUOTES = {
    "quote marks": ">\n",
    "quoted lines": "> a\n",
    "deep": ">",
    "empty lines": "\n",
    "colons": "a:\n",
    "openers": "Pada 1 Jan 2020 10:00\n",
    "attributions": "On 1 Jan 2020, Sari wrote:\nx\n",
    "verbs": "x wrote:\n",
    "brackets": "On 1 Jan 2020 at 10:00 " + "(" * 900 + " wrote:\n",
    "at signs": "a@" * 490 + ":\n",
    "headers": "From: a\nDate: b\n",
    "field names": "ab " * 9 + " " * 900 + ":\n",
    "banners": "---- forwarded message\n",
    "dashes": "--\n",
    "signatures": "-- \n",
    "stars": ("*" * 70 + "\n") * 3,
    "phones": "Sent from my iPhone\n",
    "disclaimers": "confidential intended recipient\n\n",
    "markers": "## Tulis balasan\n",
    "form": "> Nama: x\n",
    "gaps": "> Nama\nx\n",
    "tabs": "\ty\n",
    "one line": "a",
    "spaces": " ",
    "nothing but angles": "<",
    "rolled banner": "---- forwarded ---- " + "To " * 1000 + "\n",
}

HTML = {
    "attributes": '<a href="',
    "comments": "<!--",
    "bold": "<b>",
    "divs": "<div>",
    "lists": "<ul><li>",
    "tables": "<table><tr><td>",
    "filled tables": "<table><tr><td>x",
    "rows": "<tr><td>x<td>y",
    "table of rows": "<table><tr><td>x<td>y</table>",
    "links": "<a href=http://x>x<p>",
    "fonts": "<font><b><p>",
    "quotes": "<blockquote type=cite>",
    "definitions": "<dl><dd>",
    "closing tags": "<div></div></p>",
    "spaces": " ",
    "breaks": "<br>",
    "text": "halo ",
}

FORMS = {
    "one label": "Nama: x\n",
    "one line": "Nama: x, ",
    "labels alone": "Nama\n",
    "unknown labels": "nema 1: x\n",
    "colons": ":",
    "commas": ",",
    "blanks": " ",
    "empty lines": "\n",
    "long texts": "Pesan:\n" + "x\n" * 5,
    "numbering": "1.",
    "quotes": "> ",
    "addresses": "a@",
    "brackets": "(",
}

FORM_LABELS = {"commas": "Nama: ", "blanks": "Nama:", "empty lines": "Pesan:", "addresses": "Email pribadi: "}
"""The label before a piece that hits hardest."""

LOGS = {
    piece: piece
    for piece in (
        "a-", "user=", "password", "0 8", "3201 ", "postgres://", "AUTH ", "+62 8", "r1-1-1-", "dXNlcj", "1.", "a@",
        "a", "1", " ",
    )
}  # fmt: skip

PATTERNS = (
    "(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*a){20}", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "(a*)*b", "((a*)*)*c",
    "([a-zA-Z]+)*$", "(.*)*(.*)*(.*)*x", "a?{30}a{30}", "(a?){30}a{30}", "(.|.)*q", r"(\s*\S*)*$", "^(a?a?a?a?)+$",
    "(?:a{0,50}){0,50}b", "((((a{0,9}){0,9}){0,9}){0,9}){0,9}", r"([\w.]+)+@([\w.]+)+\.x", ".{0,900}x",
    "(a.{900}|b.{900})", "[^b]*[^c]*[^d]*[^e]*f", r"(?=a)a+", r"(a)\1+", r"(?<=a)b", "(?>a+)b", "a++b",
)  # fmt: skip
"""Patterns that blow up other engines, or that need one that can."""
