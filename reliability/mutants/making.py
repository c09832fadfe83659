"""Mutants of a module: mutmut's operators at every place, also where mutmut itself does not go.

mutmut leaves out decorated functions, with them properties, and constants of modules and classes. Here only type
annotations, decorators, docstrings and the arguments of `len` and `isinstance` are left alone.
"""

from __future__ import annotations

import ast
import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

CUT = "\0"  # stands in no source
CONTEXT = 40  # characters on either side that tell the changes of constants apart


@dataclass(frozen=True)
class Mutant:
    """One small change of a module.

    Attributes
    ----------
    module : dotted name
    function : qualified name of the function, "" for a constant of the module or of a class, None for all functions
    line : where the changed statement begins; of a signature, the first statement of the body
    start, end, text : source[start:end] becomes text
    key : depends on the code of the function and the change alone; it outlives changes elsewhere and of docstrings
    """

    module: str
    function: str | None
    line: int
    start: int
    end: int
    text: str
    key: str

    def applied_to(self, source: str) -> str:
        return source[: self.start] + self.text + source[self.end :]


def mutants(module: str, source: str, cache: Path) -> list[Mutant]:
    """All mutants of a module, kept in the folder `cache`."""
    kept = cache / f"{module}-{_hash(source)}.json"
    if not kept.exists():
        made = {mutant.key: asdict(mutant) for mutant in _made(module, source)}
        cache.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(list(made.values())), encoding="utf-8")
    return [Mutant(**mutant) for mutant in json.loads(kept.read_text(encoding="utf-8"))]


class _Visitor(MutationVisitor):
    """mutmut's visitor; it also enters decorated functions, and notes the line of each mutation."""

    def __init__(self) -> None:
        super().__init__(mutation_operators, IgnoredCode(set(), set(), set()))
        self.lines: list[int] = []
        self._line = 1

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)

    def _create_mutations(self, node: cst.CSTNode) -> None:
        position = self.get_metadata(PositionProvider, node, None)
        self._line = position.start.line if position else self._line
        super()._create_mutations(node)
        self.lines += [self._line] * (len(self.mutations) - len(self.lines))


def _made(module: str, source: str) -> Iterator[Mutant]:
    wrapper, visitor = MetadataWrapper(cst.parse_module(source)), _Visitor()
    wrapper.visit(visitor)
    functions, code = _functions(source), _without_docstrings(source)
    for mutation, line in zip(visitor.mutations, visitor.lines, strict=True):
        changed = _changed(wrapper.module, mutation)
        start = _agreeing(source, changed)
        back = _agreeing(source[start:][::-1], changed[start:][::-1])
        end, text = len(source) - back, changed[start : len(changed) - back]
        inside = [f for f in functions if f.first <= line <= f.last]
        name, statement, first, last, reach = "", line, 0, len(source), CONTEXT
        if inside:
            name, first, last, reach = inside[0].name, inside[0].start, inside[0].end, len(source)
            statement = inside[0].statements[max(0, bisect_right(inside[0].statements, line) - 1)]
        before, old, after = (code[i:j].replace(CUT, "") for i, j in pairwise((first, start, end, last)))
        key = _hash(repr((module, name, before[-reach:], old, text, after[:reach])))
        yield Mutant(module, name, statement, start, end, text, key)


def _changed(module: cst.Module, mutation: Mutation) -> str:
    changed = module.deep_replace(mutation.original_node, mutation.mutated_node)
    assert isinstance(changed, cst.Module)
    return changed.code


@dataclass(frozen=True)
class _Function:
    name: str
    first: int
    last: int
    start: int
    end: int
    statements: list[int]


def _functions(source: str) -> list[_Function]:
    """The functions of a module and the methods of its classes; what is nested belongs to the outer one."""
    lines, found = source.splitlines(keepends=True), []

    def visit(body: list[ast.stmt], prefix: str) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{prefix}{node.name}.")
            elif isinstance(node, ast.FunctionDef) and node.end_lineno:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                start, end = (len("".join(lines[:number])) for number in (first - 1, node.end_lineno))
                starts = sorted(s.lineno for s in statements(node))
                found.append(_Function(prefix + node.name, first, node.end_lineno, start, end, starts))

    visit(ast.parse(source).body, "")
    return found


def _without_docstrings(source: str) -> str:
    """The source, in its length, with `CUT` in place of each character of a docstring and of its lines."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            for number in range(node.body[0].lineno - 1, node.body[0].end_lineno or 0):
                lines[number] = CUT * len(lines[number])
    return "".join(lines)


def statements(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of a function, those inside others too, without docstrings."""
    found = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and node is not function]
    return [s for s in found if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))] or found


def _agreeing(a: str, b: str) -> int:
    """How many characters agree from the start on."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
