"""How much work a function does, counted and not timed: the same number on every machine, however busy it is.

`load(module)` gives a double of a module of ours whose code counts as it runs: calls, turns of loops, steps of regular
expressions (`steps`), and the characters or items that built-in operations look at or copy. With that a test can say
that work grows with the text and no faster (`check`). What happens behind the doors of other libraries is not seen;
how long all takes is measured by `tests/bench/hostile_bench.py`.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from types import BuiltinMethodType, CodeType, FrameType, ModuleType
from typing import Any

import steps

_SIZED = (str, bytes, bytearray, list, tuple)
_BRIEF = frozenset(
    """
    len isinstance append get add startswith endswith removeprefix removesuffix group start end span ord chr next iter
    reversed enumerate zip range islice min max setdefault discard pop bisect bisect_left bisect_right
    """.split()  # noqa: SIM905 - easier to read
)
"""Built-in operations that do not look at all of what they are given (`min` and `max` of a few values)."""

_COPIES = (str, bytes, list, tuple, set, frozenset, dict)
_PATTERN = frozenset({"search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split"})
_total = 0
_loaded: dict[str, ModuleType] = {}


def load(name: str) -> ModuleType:
    """The counting double of a module of mailhelp; what it imports of the pure layers counts too."""
    if name not in _loaded:
        real = {key: module for key, module in sys.modules.items() if key.partition(".")[0] == "mailhelp"}
        finder = _Finder()
        for key in real:
            del sys.modules[key]
        sys.modules.update(_loaded)
        sys.meta_path.insert(0, finder)
        try:
            importlib.import_module(name)
        finally:
            sys.meta_path.remove(finder)
            doubles = [key for key in sys.modules if key.partition(".")[0] == "mailhelp"]
            _loaded.update({key: sys.modules.pop(key) for key in doubles})
            sys.modules.update(real)
    return _loaded[name]


def read_module(name: str, path: Path) -> ModuleType:
    """The counting double of any file of code."""
    loader = _Loader(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def of(function: Callable[..., object], *args: Any) -> int:
    """The work of one call of a function of a counting module."""
    global _total  # noqa: PLW0603 - the counted code has no other way to say it
    _total = 0
    function(*args)
    return _total


def check(
    reading: Callable[[str], object], piece: str, before: str = "", *, characters: int = 300, per_character: int = 3_000
) -> None:
    """Fail unless twice as many repeats of a piece are about twice the work (quadratic: four times)."""
    count = max(60, characters // len(piece))
    first, second = (of(reading, before + piece * times) for times in (count, 2 * count))
    assert second < GROWTH * first, f"{first} became {second} with twice the text"
    assert second - first < per_character * count * len(piece), f"{second - first} for {count} more of {piece[:40]!r}"


GROWTH = 2.5
"""More than the double, because a text begins with a few lines that cost less, and well below the fourfold."""


def double(value: Any) -> Any:
    """A value made of our dataclasses, as counting doubles."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        made = getattr(load(type(value).__module__), type(value).__name__)
        return made(**{one.name: double(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init})
    if isinstance(value, tuple):
        return tuple(map(double, value))
    return {key: double(one) for key, one in value.items()} if isinstance(value, dict) else value


def calls(function: Callable[[], object]) -> int:
    """How many calls, of Python's functions and of built-in ones, a piece of work is; without changing its code."""
    count = 0

    def watch(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        del frame, arg
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def _add(amount: int) -> None:
    global _total  # noqa: PLW0603
    _total += amount


def _size(value: object) -> int:
    return len(value) if isinstance(value, _SIZED) else 0


def _turns(values: Iterable[Any]) -> Iterator[Any]:
    """Count each turn of a loop."""
    for value in values:
        _add(1)
        yield value


def _copy(value: Any) -> Any:
    """Count what a slice or a sum copied."""
    _add(1 + _size(value))
    return value


def _inside(value: Any, where: Any) -> bool:
    """Count what `in` looks through."""
    _add(1 + _size(where))
    return value in where


def _call(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call, and count the steps of a pattern, or what a built-in operation looks at or copies."""
    owner, name = getattr(function, "__self__", None), getattr(function, "__name__", "")
    result = function(*args, **kwargs)
    if name in _PATTERN and (isinstance(owner, re.Pattern) or function.__module__ == "re"):
        pattern, *rest = (owner, *args) if isinstance(owner, re.Pattern) else args
        text, *where = rest[name.startswith("sub") :]
        where = [value for value in where if isinstance(value, int)] if name not in ("sub", "split") else []
        _add(_steps(re.compile(pattern, kwargs.get("flags", 0)), name, text, *where))
    elif name not in _BRIEF and (isinstance(function, BuiltinMethodType) or function in _COPIES):
        _add(_size(owner) + _size(result) + sum(map(_size, args)))
    _add(1)
    return result


@cache
def _steps(pattern: re.Pattern[Any], how: str, text: Any, *where: int) -> int:
    return steps.count(pattern, how, text, *where)


class _Counted(ast.NodeTransformer):
    """Puts the counters into a module's code."""

    def _by(self, name: str, node: ast.AST, *args: ast.expr) -> ast.expr:
        return ast.copy_location(ast.Call(ast.Name(f"_work{name}", ast.Load()), list(args), []), node)

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.iter = self._by("_turns", node.iter, node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.iter = self._by("_turns", node.iter, node.iter)
        return node

    def visit_While(self, node: ast.While) -> ast.AST:
        self.generic_visit(node)
        node.test = ast.copy_location(
            ast.BoolOp(ast.And(), [self._by("_copy", node, ast.Constant(True)), node.test]), node
        )
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        loaded = isinstance(node.ctx, ast.Load) and isinstance(node.slice, ast.Slice)
        return self._by("_copy", node, node) if loaded else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return self._by("_copy", node, node) if isinstance(node.op, ast.Add) else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) != 1 or not isinstance(node.ops[0], ast.In | ast.NotIn):
            return node
        found = self._by("_inside", node, node.left, node.comparators[0])
        if isinstance(node.ops[0], ast.NotIn):
            return ast.copy_location(ast.UnaryOp(ast.Not(), found), node)
        return found

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("super", "locals"):
            return node
        node.args.insert(0, node.func)
        node.func = ast.copy_location(ast.Name("_work_call", ast.Load()), node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(one) for one in node.body]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(one) for one in node.body]
        return node


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles a module with its counters, never from or into a cache."""

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = _Counted().visit(ast.parse(Path(path).read_bytes(), path))
        code = compile(ast.fix_missing_locations(tree), path, "exec")
        assert isinstance(code, CodeType)
        return code

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(_work_turns=_turns, _work_copy=_copy, _work_inside=_inside, _work_call=_call)
        super().exec_module(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of the pure layers as their doubles."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        found = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if not fullname.startswith(("mailhelp.mail", "mailhelp.desk", "mailhelp.edge.log")) or found is None:
            return None
        assert found.origin is not None
        return importlib.util.spec_from_file_location(
            fullname, found.origin, loader=_Loader(fullname, found.origin),
            submodule_search_locations=found.submodule_search_locations,
        )  # fmt: skip
