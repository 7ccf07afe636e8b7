"""HTML as text and HTML made harmless: structure, hidden parts, hostile input."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hostile
import work
from mailhelp.mail import html as html_module
from mailhelp.mail.html import MARK, clean, to_lines, to_text

TEXTS = {
    "paragraphs": ("<p>Selamat pagi,</p><p>Apa kabar?</p>", "Selamat pagi,\n\nApa kabar?"),
    "line breaks": ("satu<br>dua<br/><br>tiga", "satu\ndua\n\ntiga"),
    "empty div as empty line": ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
    "br at the end of a block adds nothing": ("<div>a<br></div><div>b</div>", "a\nb"),
    "white space": ("  a \n\t b&nbsp;&nbsp;c  ", "a b c"),
    "space between inline elements": ("<b>Nama:</b> <i>Sari</i>", "Nama: Sari"),
    "no double space at an element's edge": ("<b>Nama </b> Sari", "Nama Sari"),
    "Outlook's paragraphs are lines": ("<p class=MsoNormal>a<o:p></o:p></p><p class=MsoNormal>b</p>", "a\nb"),
    "headings": ("<h1>Judul</h1>isi", "Judul\n\nisi"),
    "bullets": ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
    "numbers": ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b"),
    "odd start": ("<ol start='x'><li>a</ol>", "1. a"),
    "nested list": ("<ul><li>a<ul><li>b</ul><li>c</ul>d", "- a\n  - b\n- c\n\nd"),
    "item without list": ("<li>a", "- a"),
    "paragraph in an item": ("<ul><li><p>a</p></li></ul>", "- a"),
    "empty item": ("<ul><li></li><li>a</li></ul>", "- a"),
    "pre is kept": ("<pre>a\n  b\n\n\nc</pre>", "a\n  b\n\n\nc"),
    "pre after a paragraph": ("<p>a</p><pre>b</pre>", "a\n\nb"),
    "style that keeps white space": ("<div style='white-space: pre-wrap'>a\n  b</div>", "a\n  b"),
    "style that does not": ("<div style='white-space: pre-line'>a  b</div>", "a b"),
    "table": ("<table><tr><th>NPSN<th>Nama</tr><tr><td>2010<td>SDN 1</table>", "NPSN\tNama\n2010\tSDN 1"),
    "word's table": ("<table><tr><td><p>NPSN</p><td><p>:</p><td><p>2010</p></table>", "NPSN\t:\t2010"),
    "a cell's lines become one": ("<table><tr><td>Kronologi<td><p>a</p><p>b<br>c</p></table>", "Kronologi\ta b c"),
    "layout table": ("<table><tr><td><p>a</p><p>b</p></table>", "a\n\nb"),
    "spacer cell": ("<table><tr><td>&nbsp;<td><p>a</p><p>b</p></table>", "a\n\nb"),
    "nested tables are layout": (
        "<table><tr><td>Logo<td><table><tr><td>a<td>b</table></table>",
        "Logo\na\tb",
    ),
    "value without text": ("<table><tr><td>Nama<td></table>", "Nama"),
    "definition list": ("<dl><dt>Nama<dd>Sari<dt>Kota<dd>Bandung</dl>x", "Nama\tSari\nKota\tBandung\n\nx"),
    "term without definition": ("<dl><dt>Nama<dt>Kota<dd>Bandung</dl>", "Nama\nKota\tBandung"),
    "definition without term": ("<dl><dd>Bandung</dl>", "\tBandung"),
    "table in a definition": ("<dl><dt>A<dd><table><tr><td>b<td>c</table></dl>", "A\nb\tc"),
    "link": ('<a href="https://x.id/a">klik</a>', "klik <https://x.id/a>"),
    "link that is its own text": ('<a href="https://www.x.id/">x.id</a>', "x.id"),
    "mail link": ('<a href="mailto:a@b.id">Sari</a> <a href="mailto:a@b.id">a@b.id</a>', "Sari <a@b.id> a@b.id"),
    "no link": ('<a href="javascript:x()">a</a><a href="#top">b</a><a>c</a>', "abc"),
    "endless link": (f'<a href="https://x.id/{"a" * 2000}">klik</a>', "klik"),
    "picture": ('<img src="x" alt="Logo sekolah"> <img alt="🙏"><img>', "[Logo sekolah] 🙏"),
    "hidden": ("<p style='display:none'>a</p><p hidden>b</p><p style='mso-hide: all'>c</p>d", "d"),
    "invisible": ("a<b style='visibility: hidden'>b</b>", "a"),
    "head, script, style": (
        "<head><title>T</title><style>p{}</style></head><script>x</script>a<!-- b --><style>c</style>",
        "a",
    ),
    "rule": ("a<hr>b", "a\n________________________________\nb"),
    "invisible characters": ("a\u200bb\ufeffc&shy;d", "abcd"),
    "entities": ("&lt;b&gt; &amp; &eacute; &#128591;", "<b> & é 🙏"),
    "unclosed comment": ("a<!-- b", "a b"),
    "text after the body": ("<body>a</body>b", "ab"),
    "text area": ("<textarea>a\nb</textarea>", "a\nb"),
    "nothing": ("", ""),
    "only white space": (" \n ", ""),
    "block quote": ("<blockquote type=cite>a</blockquote>b", "a\n\nb"),
}


@pytest.mark.parametrize(("html", "text"), TEXTS.values(), ids=TEXTS)
def test_text(html: str, text: str) -> None:
    """Each element becomes what a person would read."""
    assert to_text(html) == text


def test_citations_are_marked_for_the_splitter() -> None:
    """With `quotes`, a client's citation has `>` before each line and an indent has not."""
    html = '<p>a</p><blockquote type="cite">b<blockquote cite="x">c</blockquote></blockquote><blockquote>d</blockquote>'
    assert to_lines(html, quotes=True) == ["a", "", "> b", ">", ">> c", "", "d"]


@pytest.mark.parametrize(
    "tag",
    [
        '<div class="gmail_quote">',
        '<div id="appendonsend">',
        '<div id="x_divRplyFwdMsg">',
        '<div class="moz-cite-prefix">',
        '<div class="protonmail_quote">',
        '<div id="ydp1yahoo_quoted_1" class="ydp1yahoo_quoted">',
        '<hr id="stopSpelling">',
        "<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>",
    ],
)
def test_reply_containers_are_marked_once(tag: str) -> None:
    """The first reply container of a known client is marked by a line that no text can hold."""
    lines = to_lines(f"<p>a</p>{tag}b<div class='gmail_quote'>c</div>", quotes=True)
    assert [lines.index(MARK), lines.count(MARK), lines[0]] == [1, 1, "a"]
    assert MARK not in to_lines(f"<p>a</p>{tag}b")
    assert MARK not in to_lines("<p>\0quote</p><p>&#0;quote</p>", quotes=True)


@pytest.mark.parametrize("around", ["<dl><dd>{}</dl>", "<blockquote type=cite><table><tr><td>{}</table></blockquote>"])
def test_the_container_mark_never_gets_into_text(around: str) -> None:
    """Inside a value or a citation no mark is set, so none is joined into a line."""
    lines = to_lines(around.format("<div class='gmail_quote'>a</div>"), quotes=True)
    assert not any("\0" in line for line in lines)


@pytest.mark.parametrize("piece", hostile.HTML.values(), ids=hostile.HTML)
def test_hostile_input_costs_in_proportion(piece: str) -> None:
    """Twice the hostile markup is twice the work of walking and writing; the bench times the parsers."""
    counted = work.load("mailhelp.mail.html")
    work.check(lambda html: counted.to_lines(html, quotes=True), piece)
    work.check(counted._mend, piece)


@pytest.mark.parametrize("piece", hostile.HTML.values(), ids=hostile.HTML)
def test_hostile_input_loses_nothing(piece: str) -> None:
    """Deep, broken and endless markup keeps the text behind it, except inside a tag that never ends."""
    html = piece * 3_000 + "halo"
    assert ("halo" in "\n".join(to_lines(html, quotes=True))) == (piece != hostile.HTML["attributes"])
    clean(html)


def test_nesting_is_bounded_before_anything_is_parsed() -> None:
    """Parsers look through all open elements at each tag: of any number of open ones they get to see 2,000."""
    for tag in ("div", "b", "blockquote"):
        assert html_module._mend(f"<{tag}>" * 10_000 + "halo").count(f"<{tag}>") == html_module._MAX_DEPTH
        closed = html_module._mend((f"<{tag}>" * 5_000 + f"</{tag}>" * 5_000) * 2)
        assert closed.count(f"<{tag}>") == closed.count(f"</{tag}>") == 2 * html_module._MAX_DEPTH


SOUP = """
<div> </div> <td> <tr> <table> </table> <li> <ol> </ul> <dt> <dd> </p> <br> <pre> <blockquote§type=cite> <a> </a> <b "
<!-- --> & kata <img§alt=x>
"""
PARTS = [*(part.replace("§", " ") for part in SOUP.split()), "\n", "\0", "a b"]


@given(st.lists(st.sampled_from(PARTS)))
def test_any_soup_is_read(parts: list[str]) -> None:
    """No mixture of tags raises, and words outside tags and comments stay."""
    html = "".join(parts)
    text = to_text(html)
    assert "<!--" in html or "<b" in html or text.count("kata") == html.count("kata")
    clean(html)


@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1), min_size=1))
def test_words_survive(words: list[str]) -> None:
    """Words in paragraphs come back in order."""
    html = "".join(f"<p><b>{word}</b></p>" for word in words)
    assert to_text(html).split() == " ".join(words).split()


CLEAN = {
    "script": ("a<script>x</script>", "a"),
    "handler": ("<p onclick='x'>a</p>", "<p>a</p>"),
    "script link": ("<a href='javascript:x'>a</a>", '<a rel="noopener noreferrer nofollow">a</a>'),
    "remote picture": ("<img src='http://x/p.gif' alt='a'>", '<img alt="a">'),
    "own picture": ("<img src='cid:1@x'>", '<img src="cid:1@x">'),
    "form": ("<form action='/x'><input name=a>b</form>", "b"),
    "frame": ("<iframe src='http://x'></iframe>a", "a"),
    "style": ("<p style='color:red;position:fixed'>a</p>", '<p style="color:red">a</p>'),
    "loading style": ("<p style='background-color:url(http://x)'>a</p>", "<p>a</p>"),
    "import": ("<style>@import 'http://x'</style>a", "a"),
    "base and meta": ("<base href='http://x'><meta http-equiv=refresh content='0;url=http://x'>a", "a"),
    "picture in svg": ("<svg><image href='http://x'/></svg>a", "a"),
    "class": ("<p class='x' id='y'>a</p>", "<p>a</p>"),
}


@pytest.mark.parametrize(("html", "safe"), CLEAN.values(), ids=CLEAN)
def test_clean(html: str, safe: str) -> None:
    """Nothing active and nothing remote is left; text and plain formatting are."""
    assert clean(html) == safe
