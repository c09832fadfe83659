"""Change a module that is already imported: its functions keep their identity and get other code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from reliability.mutants.making import statements


def swap(module: ModuleType, source: str | ast.Module, function: str | None) -> None:
    """Give one function of a module the code and defaults that it has in `source`; "" its constants, None everything.

    Whoever imported the function sees the change, and caches are emptied. A changed constant replaces the old one in
    all modules that hold it under the same name.
    """
    fresh: dict[str, Any] = {key: getattr(module, key) for key in ("__name__", "__file__", "__package__")}
    exec(compile(source, str(module.__file__), "exec", dont_inherit=True), fresh)
    old, new = _functions(vars(module), module.__name__), _functions(fresh, module.__name__)
    for name in new if not function else [function]:
        old[name].__code__ = new[name].__code__
        old[name].__defaults__, old[name].__kwdefaults__ = new[name].__defaults__, new[name].__kwdefaults__
    for value in vars(module).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()
    if function == "":
        for name, value in fresh.items():
            if not name.startswith("__") and not isinstance(value, (FunctionType, ModuleType, type)):
                _replace(name, vars(module)[name], value)


def instrumented(source: str, call: str) -> ast.Module:
    """The module with `call(line)` before each statement of its functions."""
    tree = ast.parse(source)
    wanted = {s for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for s in statements(node)}
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                setattr(node, field, [s for one in body for s in (_calls(call, one, one in wanted))])
    return tree


def _calls(call: str, statement: ast.stmt, wanted: bool) -> list[ast.stmt]:
    if not wanted:
        return [statement]
    before = ast.parse(f"{call}({statement.lineno})").body
    for node in ast.walk(before[0]):
        ast.copy_location(node, statement)
    return [*before, statement]


def _replace(name: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__dict__", {}).get(name) is old:
            setattr(module, name, new)


def _functions(namespace: dict[str, Any], module: str) -> dict[str, FunctionType]:
    """Functions that a module defines, by qualified name, also those behind properties and in its classes."""
    found: dict[str, FunctionType] = {}

    def visit(names: dict[str, Any], prefix: str) -> None:
        for name, value in names.items():
            plain = _unwrapped(value)
            if isinstance(plain, FunctionType) and plain.__module__ == module:
                found[prefix + name] = plain
            elif isinstance(value, type) and value.__module__ == module:
                visit(dict(vars(value)), f"{prefix}{name}.")

    visit(namespace, "")
    return found


def _unwrapped(value: Any) -> Callable[..., Any]:
    for attribute in ("fget", "__func__", "func", "__wrapped__"):
        value = getattr(value, attribute, None) or value
    return value
