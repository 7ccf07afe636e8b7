"""Mail templates: one Markdown file a mail with Jinja variables, rendered to a subject, a text and an HTML part.

    ---
    subject: Re: {{ tag }} {{ subject }}
    reply: yes
    ---
    {{ salutation }},

    Laporan Anda kami terima dengan nomor **{{ number }}**.

`reply: yes` puts the marker line first. Values are shown as they are: they can become neither Markdown nor HTML,
whatever the template does; `{{ text|verbatim }}` keeps their spaces too. Templates are the admin's own files, run
in a sandbox. What each may show stands in `edge.samples`.
"""

from __future__ import annotations

import functools
import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError
from markupsafe import Markup

from mailhelp.edge.samples import CONTEXT, OPTIONAL, filled, known, least
from mailhelp.edge.skeleton import Skeleton, build, escaped, plain, sections
from mailhelp.edge.templatefile import LAYOUTS, VALUES, MailTemplate, lean, read_template, unknown_variables
from mailhelp.errors import Problem, UserError
from mailhelp.mail.markers import MARKER

__all__ = ["CONTEXT", "OPTIONAL", "Rendered", "Templates"]

_NOT_IN_LAYOUT = re.compile(r"<(?:title|script|link|iframe|object|form)\b|https?://|url\(", re.IGNORECASE)
_SHAPES = 512  # forms of mails kept parsed: a template has one for each number of rows and each choice of parts


@dataclass(frozen=True, slots=True)
class Rendered:
    """One mail's words. `html` is a whole document; `subject` one line."""

    subject: str
    text: str
    html: str


class Templates:
    """All templates of a folder, compiled once. Files with mistakes are left out and listed by `problems`."""

    def __init__(self, folder: Path) -> None:
        """An empty set; `load` makes a full one."""
        self.folder = folder
        self._mails: dict[tuple[str, str], MailTemplate] = {}
        self._mistakes: list[Problem] = []
        self._layout: Template | None = None
        self._last: tuple[object, Rendered | None] = None, None  # the agents of a queue are told the same, in turn
        self._build: Callable[[str], Skeleton] = functools.lru_cache(_SHAPES)(build)

    @classmethod
    def load(cls, folder: Path) -> Templates:
        """Read `folder/LANG/NAME.md` and `folder/layout.html`. UserError when the folder is not there."""
        if not folder.is_dir():
            remedy = "Make one with `mailhelp init`, or put the right path at templates_dir in config.toml."
            problem = Problem(str(folder), "there is no such folder.", remedy=remedy)
            raise UserError("The mail templates cannot be read.", (problem,))
        made = cls(folder)
        made._load_layout()
        for language in MARKER:
            for file in sorted((folder / language).glob("*.md")):
                mail, mistakes = read_template(file)
                made._mistakes += mistakes
                if mail is not None:
                    made._mails[language, file.stem] = mail
        return made

    def names(self, language: str) -> tuple[str, ...]:
        """The templates without mistakes in that language."""
        return tuple(name for lang, name in self._mails if lang == language)

    def render(self, name: str, language: str, context: Mapping[str, Any]) -> Rendered:
        """Write one mail; in another language if there is no template in this one.

        LookupError when there is none in any; jinja2.TemplateError when the context lacks what the template needs.
        """
        used = next((lang for lang in (language, *MARKER) if (lang, name) in self._mails), None)
        if used is None:
            raise LookupError(f"there is no mail template {name!r} in {self.folder}")
        mail = self._mails[used, name]
        given = filled(name, context)
        shown = [(word, given[word]) for word in (*(word for word, _ in mail.used), "desk_name") if word in given]
        key = used, name, pickle.dumps(shown)
        last, done = self._last
        if done is None or last != key:
            done = self._rendered(used, mail, given)
            self._last = key, done
        return done

    def _rendered(self, language: str, mail: MailTemplate, given: Mapping[str, Any]) -> Rendered:
        text, content = self._body(mail, given)
        subject = " ".join(mail.subject.render(given).split())
        marker = MARKER[language] if mail.reply else ""
        html = self._document(language, marker, content, str(given.get("desk_name", "")))
        return Rendered(subject, f"{marker}\n\n{text}" if marker else text, html)

    def _body(self, mail: MailTemplate, given: Mapping[str, Any]) -> tuple[str, str]:
        """The text and the HTML form."""
        values: list[str] = []
        markdown = mail.body.render({**given, VALUES: values})
        shown = plain(values), escaped(values)
        texts: list[str] = []
        html = ""
        at = 0
        for skeleton in map(self._build, sections(markdown)):
            words, marked = (each[at : at + skeleton.count] for each in shown)
            if skeleton.blocks:
                texts.append(skeleton.text_with(words))
            html += skeleton.html_with(values[at : at + skeleton.count], marked)
            at += skeleton.count
        return "\n\n".join(texts) + "\n", html

    def problems(self) -> list[Problem]:
        """All that is wrong: mistakes in files, unknown variables, missing files, mails that fail with the samples."""
        found = [*self._mistakes, *self._missing()]
        for (language, name), mail in self._mails.items():
            found += unknown_variables(mail, known(name)) or self._try(language, name, mail)
        return found

    def _document(self, language: str, marker: str, content: str, desk_name: str) -> str:
        if self._layout is None:
            return content
        safe = Markup(content)  # noqa: S704 - the skeleton has escaped every value
        return self._layout.render(language=language, marker=marker, content=safe, desk_name=desk_name)

    def _load_layout(self) -> None:
        file = self.folder / "layout.html"
        try:
            source = file.read_text(encoding="utf-8")
            self._layout = lean(LAYOUTS.from_string(source))
            self._document("id", "", "", "")
        except (OSError, UnicodeDecodeError, TemplateError) as error:
            self._layout = None
            line = getattr(error, "lineno", 0) or 0
            self._mistakes.append(Problem(str(file), f"the layout cannot be used: {error}", line))
            return
        for match in _NOT_IN_LAYOUT.finditer(source):
            line = source.count("\n", 0, match.start()) + 1
            remedy = "Mails carry nothing active, remote or hidden."
            self._mistakes.append(Problem(str(file), "not allowed in mail:", line, found=match[0], remedy=remedy))

    def _missing(self) -> list[Problem]:
        languages = [lang for lang in MARKER if (self.folder / lang).is_dir()]
        if not languages:
            return [Problem(str(self.folder), "there is no folder with templates in it", allowed=", ".join(MARKER))]
        wanted = sorted({*CONTEXT, *(file.stem for lang in languages for file in (self.folder / lang).glob("*.md"))})
        files = (self.folder / lang / f"{name}.md" for name in wanted for lang in languages)
        remedy = "Write it after the one in the other language, or copy it from a fresh `mailhelp init`."
        return [Problem(str(file), "this template is missing.", remedy=remedy) for file in files if not file.exists()]

    def _try(self, language: str, name: str, mail: MailTemplate) -> list[Problem]:
        """Render with all samples, then with as few as a mail may have."""
        for context in (known(name), least(name)):
            try:
                done = self.render(name, language, context)
            except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
                return [Problem(mail.file, f"the mail cannot be written: {error}", _line_of(error, mail.file))]
            if not done.text.strip() or not done.subject:
                return [Problem(mail.file, "the mail comes out without a subject or without text")]
        return []


def _line_of(error: BaseException, file: str) -> int:
    """The last line of the template that the traceback goes through (Jinja puts them there), or 0."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    return line
