"""What the test run remembers: hundreds of desks are made of the same files, and each is read and compiled only once.

Compiled templates and parsed YAML follow from their text alone. A test's own files stand elsewhere each time, so the
path is put in anew. Commands that a test runs as processes of their own read everything themselves.
"""

from __future__ import annotations

from functools import cache
from types import FunctionType
from typing import Any

from jinja2 import Template

from mailhelp.edge import templatefile, yamlfile


def remember() -> None:
    """From now on, the same text is compiled once."""
    compiled = cache(templatefile._compile)

    def compile_once(environment: Any, file: str, source_at: tuple[str, int]) -> tuple[Template, list[tuple[str, int]]]:
        template, used = compiled(environment, "a template of the tests", source_at)
        return _at(template, file), list(used)

    vars(templatefile)["_compile"] = compile_once
    vars(yamlfile)["parse_yaml"] = cache(yamlfile.parse_yaml)


def _at(template: Template, file: str) -> Template:
    """The same template as if it had been read from that file: jinja names it in tracebacks."""
    made: Template = object.__new__(Template)
    vars(made).update(vars(template), filename=file)
    render = template.root_render_func
    assert isinstance(render, FunctionType)
    names = {**render.__globals__, "__file__": file, "__jinja_template__": made}
    vars(made)["root_render_func"] = FunctionType(
        render.__code__.replace(co_filename=file), names, render.__name__, render.__defaults__, render.__closure__
    )
    return made
