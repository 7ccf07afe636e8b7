"""Mail templates: what they show, what can never get out of a value, and every mistake in them."""

from __future__ import annotations

import copy
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from mailhelp.edge.samples import CONTEXT, known, least
from mailhelp.edge.skeleton import build, sections
from mailhelp.edge.template import Templates
from mailhelp.errors import UserError
from mailhelp.mail.markers import MARKER, MARKERS

SHIPPED = Path(__file__).resolve().parents[3] / "templates"
ALL = Templates.load(SHIPPED)
LAYOUT = '<html><body>{{ marker }}<div lang="{{ language }}">{{ content }}</div>{{ desk_name }}</body></html>'
MARKDOWN = ["**", "_", "# ", "\n# ", "\n- ", "\n1. ", "|", "\n|-|-|\n", "`", "```\n", "> ", "[x](http://x)", "![x](y)"]
HTML = ["<b>", "</p>", "<script>alert(1)</script>", "<!--", "&lt;", "&amp;", '"', "'", "\ue0000\ue001", "\ue0021\ue003"]
JINJA = ["{{ number }}", "{% if x %}", "{#", "\n---\n", "\n===\n", "\\", "  ", "\t", "https://a.example/?x=<y>"]
NASTY = st.lists(st.sampled_from([*MARKDOWN, *HTML, *JINJA, "kata", " ", "\n"]), max_size=20).map("".join)
ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80)
WORDS = st.one_of(NASTY, ANY)


class _Seen(HTMLParser):
    """The tags (without `br`) and the text of a document, blanks made plain."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "br":
            self.tags.append(f"{tag} {[name for name, _ in attrs]}")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append("/" + tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def _plain(text: str) -> str:
    return " ".join(text.split())


def _folder(path: Path, body: str, name: str = "answer", front: str = "subject: Re: {{ subject }}") -> Templates:
    """A folder with one template of ours and the shipped ones for the rest."""
    shutil.copytree(SHIPPED, path / "templates")
    (path / "templates" / "id" / f"{name}.md").write_text(f"---\n{front}\n---\n{body}\n", encoding="utf-8")
    return Templates.load(path / "templates")


def _render(path: Path, body: str, **context: object) -> tuple[str, str]:
    """Text and HTML content of a body."""
    (path / "id").mkdir(exist_ok=True)
    (path / "id" / "answer.md").write_text(f"---\nsubject: x\n---\n{body}\n", encoding="utf-8")
    (path / "layout.html").write_text("{{ content }}", encoding="utf-8")
    done = Templates.load(path).render("answer", "id", context)
    return done.text, done.html


def test_shipped_templates_are_right() -> None:
    """The templates that we ship have no mistake, in both languages."""
    assert [str(problem) for problem in ALL.problems()] == []
    assert set(ALL.names("id")) == set(ALL.names("en"))
    assert {name for name in ALL.names("id") if not name.startswith("answer_")} == set(CONTEXT)


@pytest.mark.parametrize("language", MARKER)
@pytest.mark.parametrize("name", CONTEXT)
def test_shipped_mails_hold_to_the_rules(name: str, language: str) -> None:
    """No title, nothing remote, active or hidden, no signature mark, the marker line first where a reply is wanted."""
    for context in (known(name), least(name)):
        done = ALL.render(name, language, context)
        assert not re.search(r"<(title|script|style|img|link|form)|display\s*:\s*none|src=|url\(", done.html)
        assert "-- " not in done.text.split("\n")
        assert "\n\n\n\n" not in done.text
        assert not re.search("[\ue000-\ue003]", done.subject + done.text + done.html)
        first = done.text.partition("\n")[0]
        if first in MARKERS:
            assert first == MARKER[language]
            assert _Seen(done.html).text.split("\n")[0].strip() in ("", MARKER[language])
        assert first in MARKERS or name in ("quarantine_notice", "alarm", "alarms")


def test_number_stands_once_in_subjects() -> None:
    """Every mail on a ticket has the tag in its subject, once, and the same words: so clients keep one thread."""
    for name in sorted(
        set(CONTEXT) - {"alarm", "alarms", "digest", "list"}
    ):  # which are about no ticket, or about many
        subject = ALL.render(name, "id", known(name)).subject
        assert subject.removeprefix("Re: ") == "[#2164242] Lupa kata sandi akun belajar.id"


def test_new_report_instead_does_not_tell() -> None:
    """The answer to a stranger's number is the same whatever number it is: nothing in it depends on the old report."""
    one, two = (ALL.render("new_report_instead", "id", {**known("new_report_instead"), "mentioned": n}) for n in (1, 2))
    assert one.text.replace(" 1.", " 2.") == two.text


@given(WORDS, WORDS)
def test_values_stay_text(value: str, other: str) -> None:
    """Any sender's text comes out literally in the text part, and as escaped text, never as a tag, in the HTML part."""
    row = {"label": "NPSN", "value": other}
    harmless = ALL.render("notice", "id", {**known("notice"), "text": "x", "fields": [{"label": "NPSN", "value": "x"}]})
    done = ALL.render("notice", "id", {**known("notice"), "text": value, "fields": [row]})
    assert value.strip("\n") in done.text
    assert _Seen(done.html).tags == _Seen(harmless.html).tags
    assert _plain(value) in _plain(_Seen(done.html).text)
    assert _plain(other) in _plain(_Seen(done.html).text)


@given(WORDS)
def test_values_stay_text_everywhere(value: str) -> None:
    """The same holds for every text a template shows, with and without `verbatim`, in lists, tables and headings."""
    for name in ("acknowledgement", "answer", "confirm", "failure", "notice_reply", "alarm", "quarantine_notice"):
        hostile, tame = (
            {key: filler if isinstance(sample, str) else sample for key, sample in known(name).items()}
            for filler in (value + "x", "x")
        )
        done, usual = (_Seen(ALL.render(name, "en", context).html) for context in (hostile, tame))
        links = {"a ['href', 'style']", "/a"} if name == "answer" else set()
        assert [tag for tag in done.tags if tag not in links] == usual.tags


@pytest.mark.parametrize(
    "body", ["{{ text }}", "{{ text|upper|lower }}", "{{ text|safe }}", "{{ text|e }}", "**{{ text }}**"]
)
def test_no_filter_opens_a_way(tmp_path: Path, body: str) -> None:
    """Nothing that a template does to a value makes it Markdown or HTML."""
    text, html = _render(tmp_path, body, text="<b>*x*</b>\n# y")
    assert "<b>" not in html
    assert "<em>" not in html
    assert "<h1" not in html
    assert "*x*" in text


def test_spaces_and_lines_are_kept(tmp_path: Path) -> None:
    """`verbatim` keeps indentation and line breaks, also in the HTML; a plain value keeps its line breaks."""
    text, html = _render(tmp_path, "{{ text|verbatim }}\n\n{{ name }}", text="\na\n  b\tc\n\n\nd\n", name="e\r\nf")
    assert text == "a\n  b\tc\n\n\nd\n\ne\nf\n"
    assert "a<br>\n&nbsp; b&nbsp; &nbsp; c<br>\n<br>\n<br>\nd</p>" in html
    assert "e<br>\nf</p>" in html


def test_links(tmp_path: Path) -> None:
    """Links read `text <target>` in the text part; a target out of a value is a web or mail address or harmless."""
    body = "[web](https://a.example) <https://b.example> <mailto:c@d.example> [x]({{ text }}) [y](mailto:{{ name }})"
    text, html = _render(tmp_path, body, text="javascript:alert(1)", name="e@f.example")
    assert text.startswith("web <https://a.example> https://b.example mailto:c@d.example")
    assert 'href="javascript%3Aalert%281%29"' in html
    assert 'href="mailto:e@f.example"' in html
    _, html = _render(tmp_path, "[x]({{ text }}) [z](javascript:alert)", text='https://a.example/?q="<b>')
    assert 'href="https%3A%2F%2Fa.example' in html
    assert 'href="javascript' not in html
    _, html = _render(tmp_path, "[x]({{ text }})", text="https://a.example/?q=1&r=2")
    assert 'href="https://a.example/?q=1&amp;r=2"' in html


def test_web_addresses_in_our_own_texts(tmp_path: Path) -> None:
    """With `links=true` web addresses can be clicked, without the full stop behind them; otherwise nothing can."""
    value = "lihat (https://a.example/x?y=1&z=2). <https://b.example>"
    _, html = _render(tmp_path, "{{ text|verbatim(links=true) }}", text=value)
    assert html.count("<a href=") == 2
    assert 'href="https://a.example/x?y=1&amp;z=2"' in html
    assert 'href="https://b.example"' in html
    _, html = _render(tmp_path, "{{ text|verbatim }}", text=value)
    assert "<a " not in html


def test_text_form(tmp_path: Path) -> None:
    """Emphasis, headings, lists, tables, code and quotes read well as plain text."""
    body = """# Judul

Satu *dua* **tiga** `empat`\\
lima

1. a
2. b
   - c
   - d

   lanjut

> kutipan

| Nama | Nilai | Ket |
|------|-------|-----|
| a | {{ name }} | c |

---

| | |
|-|-|
| Kunci | {{ text }} |
| K | x |

```
kode {{ name }}
```

7. tujuh
   - satu
8. delapan
"""
    text, html = _render(tmp_path, body, name="panjang", text="x\ny")
    assert (
        text
        == """Judul

Satu dua tiga empat
lima

1. a

2. b

   - c
   - d

   lanjut

kutipan

Nama  Nilai    Ket
a     panjang  c

Kunci:  x
        y
K:      x

kode panjang

7. tujuh
   - satu
8. delapan
"""
    )
    assert "<blockquote" not in html
    assert html.count("<thead>") == 1


def test_other_language_where_one_is_missing(tmp_path: Path) -> None:
    """A mail goes out in the other language rather than not at all; only where there is none it is an error."""
    shutil.copytree(SHIPPED, tmp_path / "t")
    (tmp_path / "t" / "en" / "answer.md").unlink()
    templates = Templates.load(tmp_path / "t")
    assert templates.render("answer", "en", known("answer")).text.startswith(MARKER["id"])
    assert templates.render("answer", "fr", known("answer")).text.startswith(MARKER["id"])
    with pytest.raises(LookupError, match="tidak_ada"):
        templates.render("tidak_ada", "id", {})
    (problem,) = templates.problems()
    assert problem.file.endswith("en/answer.md")
    assert "missing" in problem.message


def test_what_a_mail_is_for_must_be_given() -> None:
    """Optional variables may be left out; an answer without its text is an error, not an empty mail."""
    assert ALL.render("alarm", "id", {"code": "x", "text": "y"}).text
    with pytest.raises(UndefinedError, match="text"):
        ALL.render("answer", "id", {"subject": "x"})


def test_own_templates(tmp_path: Path) -> None:
    """A rule's own template may show what the acknowledgement shows."""
    templates = _folder(tmp_path, "{{ salutation }}, {{ expected }}", name="libur")
    done = templates.render("libur", "id", known("libur"))
    assert done.text.startswith("Selamat pagi")
    assert [problem.file[-11:] for problem in templates.problems()] == ["en/libur.md"]


@pytest.mark.parametrize(
    ("front", "body", "line", "words"),
    [
        ("subject: x", "a\n{{ nama }}", 5, ('unknown variable "nama"', 'did you mean "name"?')),
        ("subject: {{ sbject }}", "a", 2, ('unknown variable "sbject"', 'did you mean "subject"?')),
        ("subject: x\n\nreply: yes", "a\n\n{% if text %}\nb", 9, ("not a valid template",)),
        ("subject: {{ x", "a", 2, ("not a valid template",)),
        ("subject: x", "{{ text|verbatm }}", 4, ("verbatm",)),
        ("subject: x", "a\n{% macro m() %}x{% endmacro %}", 5, ("{% macro %} cannot be used",)),
        ("subject: x", "{% set a %}{{ text }}{% endset %}{{ a }}", 4, ("cannot be used",)),
        ("subject: x", "{% include 'x' %}", 4, ("{% include %} cannot be used",)),
        ("subject: x", "{{ text }}\n{{ text.lable }}", 5, ("cannot be written", "lable")),
        ("subject: x", "\n{{ 1 / 0 }}", 5, ("cannot be written", "division")),
        ("subject: x\nsubjek: y", "a", 3, ('unknown key "subjek"', 'did you mean "subject"?')),
        ("subject: x\nreply: ya", "a", 3, ('unknown value of reply "ya"', "allowed: yes, no")),
        ("reply: yes", "a", 1, ("there is no subject",)),
        ("subject: x", "", 0, ("without a subject or without text",)),
        ("subject: {{ text and '' }}", "a", 0, ("without a subject",)),
    ],
)
def test_mistakes(tmp_path: Path, front: str, body: str, line: int, words: tuple[str, ...]) -> None:
    """Each mistake in a template is found when it is loaded, with its file, its line and the nearest right name."""
    templates = _folder(tmp_path, body, front=front)
    (problem,) = templates.problems()
    assert problem.file.endswith("id/answer.md")
    assert problem.line == line
    for word in words:
        assert word in str(problem)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Nobody has to mend one mistake to be told of the next."""
    templates = _folder(tmp_path, "{{ nama }} {{ nomor }}", front="subject: {{ judul }}")
    (tmp_path / "templates" / "id" / "notice.md").write_text("{{", encoding="utf-8")
    (tmp_path / "templates" / "en" / "notice.md").write_bytes(b"---\nsubject: \xff\n---\n")
    again = Templates.load(tmp_path / "templates")
    assert len(templates.problems()) == 3
    assert len(again.problems()) == 6
    assert "notice" not in again.names("id")


def test_layout(tmp_path: Path) -> None:
    """The layout shows what it is given; remote or active things and mistakes in it are told with their line."""
    templates = _folder(tmp_path, "a")
    layout = tmp_path / "templates" / "layout.html"
    layout.write_text(LAYOUT, encoding="utf-8")
    done = Templates.load(tmp_path / "templates").render("notice", "id", {**known("notice"), "desk_name": "<A&B>"})
    assert done.html.endswith("&lt;A&amp;B&gt;</body></html>")
    assert done.html.startswith(f'<html><body>{MARKER["id"]}<div lang="id"><p style=')
    layout.write_text("<html>\n<title>x</title>{{ content }}<img src='https://a.example/x'>", encoding="utf-8")
    problems = Templates.load(tmp_path / "templates").problems()
    assert [(problem.line, problem.found) for problem in problems] == [(2, "<title"), (2, "https://")]
    for source in ("{{ content", "{{ contents }}"):
        layout.write_text(source, encoding="utf-8")
        broken = Templates.load(tmp_path / "templates")
        (problem,) = broken.problems()
        assert "the layout cannot be used" in problem.message
        assert broken.render("answer", "id", known("answer")).html.startswith("<p style=")
    layout.unlink()
    assert "layout.html" in str(Templates.load(tmp_path / "templates").problems()[0])
    assert templates.problems() == []


def test_no_folder(tmp_path: Path) -> None:
    """A wrong folder is told with a remedy."""
    with pytest.raises(UserError, match="mailhelp init"):
        Templates.load(tmp_path / "no")
    (tmp_path / "layout.html").write_text(LAYOUT, encoding="utf-8")
    (problem,) = Templates.load(tmp_path).problems()
    assert problem.allowed == "id, en"


def test_forms_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second mail of the same form costs no Markdown parsing: rendering must stay far below a millisecond."""
    templates = Templates.load(SHIPPED)
    templates.render("notice", "id", {**known("notice"), "text": "satu"})
    monkeypatch.setattr("markdown_it.MarkdownIt.parse", lambda *_: pytest.fail("parsed again"))
    assert "dua" in templates.render("notice", "id", {**known("notice"), "text": "dua"}).text


LINES = [
    "# a",
    "## \ue000",
    "#kata",
    "### ",
    "- a",
    "- \ue000",
    "  - b",
    "1. c",
    "> d",
    "> \ue000",
    "",
    "",
    "   ",
    "kata",
    "\ue000 x",
]
TABLE = [
    "| | |\n|-|-|\n| \ue000 | \ue000 |",
    "| a | b |\n|-|-|\n| c | d |",
    "```\n# e\n```",
    "---",
    "[x](http://\ue000)",
    "f\\",
]


@given(st.lists(st.sampled_from([*LINES, *TABLE]), max_size=14).map("\n".join))
def test_sections_by_themselves_read_as_the_whole(markdown: str) -> None:
    """Cutting a mail before its headings changes neither its text nor its HTML, whatever is open there."""
    values = [f"<{number}>\nz" for number in range(markdown.count("\ue000"))]

    def shown(*parts: str) -> tuple[str, str]:
        texts, html, at = [], "", 0
        for form in map(build, parts):
            mine = values[at : at + form.count]
            texts += [form.text_with(mine)] if form.blocks else []
            html += form.html_with(mine, mine)
            at += form.count
        return "\n\n".join(texts), html

    assert shown(*sections(markdown)) == shown(markdown)


_VALUES = {"name": st.sampled_from(["", "Ibu Sari"]), "text": st.sampled_from(["a", "b"]), "agent": st.just("Budi")}
_ASKED = st.tuples(st.sampled_from(["id", "en"]), st.fixed_dictionaries({}, optional=_VALUES))


@given(asked=st.lists(_ASKED, min_size=2, max_size=6))
def test_a_mail_does_not_depend_on_the_one_before(asked: list[tuple[str, dict[str, str]]]) -> None:
    """Mails that follow each other, equal or not, read as if each were the first: words, and what is missing."""
    kept = copy.copy(ALL)
    for language, values in asked:
        context = {key: value for key, value in known("answer").items() if key not in _VALUES} | values
        fresh = copy.copy(ALL)
        fresh._last = None, None
        assert _outcome(kept, language, context) == _outcome(fresh, language, context)


def _outcome(templates: Templates, language: str, context: dict[str, object]) -> object:
    try:
        return templates.render("answer", language, context)
    except UndefinedError as error:
        return str(error)
