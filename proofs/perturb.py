"""Show that every formula matters: change one function of `softmax_geometry.symbolic`, and a proof must fail.

`python -m proofs.perturb [NAME …]` runs, for each function, the proof files that mention it (then all others) with the
function's result off by 1/97, and lists the functions that no proof notices. Takes some minutes; exit code 1 if any
survives.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import sympy

from softmax_geometry import symbolic

VARIABLE = "SOFTMAX_GEOMETRY_PERTURB"
PROOFS = Path(__file__).resolve().parent
ERROR = sympy.Rational(1, 97)


def modules() -> list[ModuleType]:
    """The modules of `softmax_geometry.symbolic`."""
    return [importlib.import_module(f"{symbolic.__name__}.{m.name}") for m in pkgutil.iter_modules(symbolic.__path__)]


def formulas() -> Iterator[str]:
    """`module.function` of every public function that is defined there."""
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                yield f"{module.__name__.rpartition('.')[2]}.{name}"


def perturb(formula: str) -> None:
    """Replace a function, wherever the symbolic modules hold it, by one whose result is off by 1/97."""
    module, name = formula.split(".")
    original = getattr(importlib.import_module(f"{symbolic.__name__}.{module}"), name)
    changed = _off(original)
    for holder in modules():
        for attribute, value in list(vars(holder).items()):
            if value is original:
                setattr(holder, attribute, changed)


def failing_proof(formula: str) -> str | None:
    """A proof that fails when the formula is changed; None if all pass."""
    word = re.compile(rf"\b{formula.split('.')[1]}\b")
    files = sorted(PROOFS.glob("test_*.py"))
    mention = [file for file in files if word.search(file.read_text(encoding="utf-8"))]
    for batch in (mention, [file for file in files if file not in mention]):
        if batch:
            command = [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-q",
                "--no-header",
                "-p",
                "no:cacheprovider",
                *map(str, batch),
            ]
            done = subprocess.run(
                command,
                env=os.environ | {VARIABLE: formula},
                cwd=PROOFS.parent,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                found = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.M)
                return found.group(1) if found else f"exit code {done.returncode}"
    return None


def _off(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def changed(*arguments: Any, **options: Any) -> Any:
        return _shifted(function(*arguments, **options))

    return changed


def _shifted(value: Any) -> Any:
    """The value, or its first entry, plus 1/97."""
    if isinstance(value, dict):
        return {key: _shifted(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_shifted(value[0]), *value[1:]])
    return value + ERROR


def main() -> int:
    chosen = [f for f in formulas() if len(sys.argv) == 1 or f in sys.argv[1:] or f.split(".")[1] in sys.argv[1:]]
    survivors = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for formula, proof in zip(chosen, pool.map(failing_proof, chosen), strict=True):
            print(f"{formula:<50} {proof or 'NO PROOF FAILS'}", flush=True)
            if proof is None:
                survivors.append(formula)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} formulas are pinned down by a proof")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
