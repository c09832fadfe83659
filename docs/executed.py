"""The code blocks of the pages, executed: what each prints, and what the page shows that it prints."""

from __future__ import annotations

import contextlib
import io
import math
import re
import shlex
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import experiments.__main__
from softmax_geometry import cli

ROOT = Path(__file__).resolve().parent.parent
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e-?\d+)?")
FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)


def written_pages() -> dict[str, Path]:
    """README and handbook, by their path from the root; without what is generated."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {str(p.relative_to(ROOT)): p for p in found if not {"generated", "_build"} & set(p.parts)}


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and code of each block of a page; directives of the handbook, such as {toctree}, are no code."""
    found = [(block[3].strip(), textwrap.dedent(block[4])) for block in FENCE.finditer(text)]
    return [(language, code) for language, code in found if not language.startswith("{")]


def run_page(text: str, name: str) -> list[tuple[str, str]]:
    """Run the blocks of a page in order, Python in one namespace; what code printed, with what the page shows.

    Plain text behind code is what it prints.

    Raises
    ------
    AssertionError
        If a block cannot be run, or prints something else.
    """
    namespace, printed, shown = {"__name__": "__main__"}, None, []
    for language, code in blocks(text):
        if language != "text":
            printed = run_block(language, code, name, namespace)
        elif printed is not None:
            assert reads_like(printed, code), f"{name} says\n{code}\nand its code prints\n{printed}"
            shown.append((printed, code))
            printed = None
    return shown


def run_block(language: str, code: str, name: str, namespace: dict[str, Any]) -> str:
    """What the block prints."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        if language == "python":
            exec(compile(code, name, "exec"), namespace)
        elif language == "sh":
            for line in code.replace("\\\n", " ").splitlines():
                run_line(line)
        else:
            raise AssertionError(f"{name}: expected a block of python, sh or text, got {language!r}")
    return printed.getvalue()


def reads_like(printed: str, text: str) -> bool:
    """Whether the words are the same and the numbers near: a training ends elsewhere on another machine."""
    words, numbers = zip(
        *((NUMBER.sub("#", part).split(), NUMBER.findall(part)) for part in (printed, text)), strict=True
    )
    return words[0] == words[1] and all(near(a, b) for a, b in zip(*numbers, strict=True))


def near(a: str, b: str) -> bool:
    """Whether two numbers differ by a tenth, or a little in the last places."""
    a, b = a.replace("−", "-"), b.replace("−", "-")
    slack = 0.05 if "." in a + b else 2
    return math.isclose(float(a), float(b), rel_tol=0.1, abs_tol=slack)


def run_line(line: str) -> None:
    """Run a line of a shell block, or check what would change the machine."""
    match shlex.split(line, comments=True):
        case []:
            return
        case ["softmax-geometry", *arguments]:
            assert cli.main(arguments) == 0, line
        case ["python", "-m", "experiments", *arguments]:
            if arguments[0] == "run":
                arguments += ["--out", "results"]
            assert experiments.__main__.main(arguments) == 0, line
        case ["make", *targets]:
            assert set(targets) <= make_targets(), line
        case ["pip", "install", *arguments]:
            check_install(arguments)
        case _:
            raise AssertionError(f"no test can run this line: {line}")


def make_targets() -> set[str]:
    """Targets of the Makefile."""
    return set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def check_install(arguments: list[str]) -> None:
    """What is installed is this project, with extras that it has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "-c" in arguments:
        constraints = arguments.index("-c") + 1
        assert (ROOT / arguments.pop(constraints)).exists()
    (what,) = [argument for argument in arguments if not argument.startswith("-")]
    name, _, extras = what.rstrip("]").partition("[")
    assert name in (".", project["name"])
    assert {extra for extra in extras.split(",") if extra} <= set(project["optional-dependencies"])
