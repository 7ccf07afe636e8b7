"""One template file: front matter, body, what it names; everything compiled once and every mistake with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateSyntaxError, meta, nodes, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mailhelp.edge.skeleton import Verbatim, verbatim
from mailhelp.edge.slot import PLACE, without_places
from mailhelp.errors import Problem, nearest

VALUES = " values"
"""The key under which a rendering collects its values: no name that a template could write."""

_FRONT = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_KEYS = ("subject", "reply")
# These would carry the place of one value into another value, or read other files.
_NOT_IN_MAIL = {
    nodes.Macro: "macro",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.AssignBlock: "set ... endset",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from",
    nodes.Extends: "extends",
}
_OF_DICTS = frozenset(dir(dict))


@dataclass(frozen=True, slots=True)
class MailTemplate:
    """One template, compiled. `reply` asks for the marker line; `used` are the variables it names, with their lines."""

    file: str
    subject: Template
    body: Template
    reply: bool
    used: tuple[tuple[str, int], ...]


@pass_context
def _put_value(context: Context, value: object) -> str:
    """Jinja's `finalize`: keep a value aside and mark its place (an undefined one raises in `str`)."""
    context.parent[VALUES].append(value if isinstance(value, Verbatim) else str(value))
    return PLACE


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with a short way to `row.label` of a plain dict: it tries attributes first and catches the error."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As in the sandbox: what is no attribute of any dict can only be a key."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_DICTS:
            return obj[attribute]
        return super().getattr(obj, attribute)


def _environment(finalize: Callable[..., object] | None) -> ImmutableSandboxedEnvironment:
    made = _Environment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, finalize=finalize
    )
    made.filters["verbatim"] = verbatim
    return made


_BODIES = _environment(_put_value)
_SUBJECTS = _environment(None)
LAYOUTS = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
"""For the layout: HTML, in which everything that is shown is escaped."""


def lean(template: Template) -> Template:
    """The template with its globals in one plain dict, which is copied faster; nobody changes them later."""
    template.globals = dict(template.environment.globals)
    return template


def read_template(file: Path) -> tuple[MailTemplate | None, list[Problem]]:
    """Read and compile one file; None and all its mistakes where it has any."""
    name = str(file)
    try:
        source = without_places(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(name, f"the template cannot be read: {error}")]
    front = _FRONT.match(source)
    start = front.end() if front else 0
    keys, mistakes = _front_matter(name, front[1] if front else "")
    try:
        subject, used = _compile(_SUBJECTS, name, keys.get("subject", ("", 0)))
        body, more = _compile(_BODIES, name, (source[start:], source.count("\n", 0, start) + 1))
    except TemplateSyntaxError as error:
        return None, [*mistakes, Problem(name, f"not a valid template: {error.message}", error.lineno)]
    if mistakes:
        return None, mistakes
    reply = keys.get("reply", ("no", 0))[0] == "yes"
    return MailTemplate(name, subject, body, reply, (*used, *more)), []


def unknown_variables(mail: MailTemplate, known: Mapping[str, object]) -> list[Problem]:
    """The variables that no mail of this name is given, each with the nearest one that it is."""
    return [
        Problem(mail.file, "unknown variable", line, found=word, allowed=", ".join(known), nearest=nearest(word, known))
        for word, line in mail.used
        if word not in known and word not in _BODIES.globals
    ]


def _front_matter(file: str, block: str) -> tuple[dict[str, tuple[str, int]], list[Problem]]:
    """Key -> (value, line)."""
    keys: dict[str, tuple[str, int]] = {}
    mistakes: list[Problem] = []
    for line, text in enumerate(block.splitlines(), start=2):
        key, colon, value = (part.strip() for part in text.partition(":"))
        if colon and key in _KEYS:
            keys[key] = (value, line)
        elif text.strip():
            near = nearest(key, _KEYS)
            mistakes.append(Problem(file, "unknown key", line, found=key, allowed=", ".join(_KEYS), nearest=near))
    if not keys.get("subject", ("", 0))[0]:
        remedy = "Begin the file with a line ---, a line subject: ..., and a line ---."
        mistakes.append(Problem(file, "there is no subject.", 1, remedy=remedy))
    reply, line = keys.get("reply", ("no", 0))
    if reply not in ("yes", "no"):
        mistakes.append(Problem(file, "unknown value of reply", line, found=reply, allowed="yes, no"))
    return keys, mistakes


def _compile(
    environment: ImmutableSandboxedEnvironment, file: str, source_at: tuple[str, int]
) -> tuple[Template, list[tuple[str, int]]]:
    """Compile a source that begins on that line of the file. TemplateSyntaxError names the line in the file."""
    source, line = source_at
    source = "{# #}\n" * (line - 1) + source
    tree = environment.parse(source, filename=file)
    for node in tree.find_all(tuple(_NOT_IN_MAIL)):
        raise TemplateSyntaxError(f"{{% {_NOT_IN_MAIL[type(node)]} %}} cannot be used in mail templates", node.lineno)
    lines: dict[str, int] = {}
    for name in tree.find_all(nodes.Name):
        lines[name.name] = min(name.lineno, lines.get(name.name, name.lineno))
    used = [(name, lines.get(name, line)) for name in sorted(meta.find_undeclared_variables(tree))]
    code = environment.compile(tree, filename=file)
    return lean(Template.from_code(environment, code, {})), used
