"""What README and docs say comes from the code: rendered parts are current, and every code block runs."""

import contextlib
import io
import math
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest

import experiments.__main__
from docs import gallery, render
from softmax_geometry import cli

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if "generated" not in p.parts)]
PAGES = {str(path.relative_to(ROOT)): path for path in WRITTEN if "_build" not in path.parts}
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e-?\d+)?")
FENCE = re.compile(r"^( *)(`{3,})([^\n`]*)\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)


def blocks(text):
    """Language and code of each block of a page; directives of the handbook, such as {toctree}, are no code."""
    found = [(block[3].strip(), textwrap.dedent(block[4])) for block in FENCE.finditer(text)]
    return [(language, code) for language, code in found if not language.startswith("{")]


def run_page(text, name):
    """Run the blocks of a page in order, Python in one namespace; plain text behind code is what it prints."""
    namespace, printed = {"__name__": "__main__"}, None
    for language, code in blocks(text):
        if language == "text":
            assert printed is None or reads_like(printed, code), f"{name} says\n{code}\nand its code prints\n{printed}"
            printed = None
        else:
            printed = run_block(language, code, name, namespace)


def run_block(language, code, name, namespace):
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


def reads_like(printed, text):
    """Whether the words are the same and the numbers near: a training ends elsewhere on another machine."""
    words, numbers = zip(
        *((NUMBER.sub("#", part).split(), NUMBER.findall(part)) for part in (printed, text)), strict=True
    )
    return words[0] == words[1] and all(near(a, b) for a, b in zip(*numbers, strict=True))


def near(a, b):
    a, b = a.replace("−", "-"), b.replace("−", "-")
    slack = 0.05 if "." in a + b else 2
    return math.isclose(float(a), float(b), rel_tol=0.1, abs_tol=slack)


def run_line(line):
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


def make_targets():
    return set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def check_install(arguments):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    if "-c" in arguments:
        constraints = arguments.index("-c") + 1
        assert (ROOT / arguments.pop(constraints)).exists()
    (what,) = [argument for argument in arguments if not argument.startswith("-")]
    name, _, extras = what.rstrip("]").partition("[")
    assert name in (".", project["name"])
    assert {extra for extra in extras.split(",") if extra} <= set(project["optional-dependencies"])


@pytest.mark.parametrize("page", PAGES)
def test_code_blocks_of_a_page_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(PAGES[page].read_text(encoding="utf-8"), page)


def test_the_command_of_the_gallery_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_page(gallery.INTRODUCTION, "gallery")
    assert list((tmp_path / "figures").iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "```python\nassert False\n```\n",
        "```python\nx = 1\n```\n\n- a step\n\n  ```python\n  assert x == 2\n  ```\n",
        "```sh\nsoftmax-geometry structure no-such-file.npz\n```\n",
        "```sh\nmake nothing\n```\n",
        "```sh\npip install '.[nothing]'\n```\n",
        "```sh\nrm -rf build\n```\n",
        "```console\n$ softmax-geometry claims\n```\n",
        "```\nsoftmax-geometry claims\n```\n",
        "```python\nprint('half', 0.5)\n```\n\n```text\nhalf 0.9\n```\n",
        "```python\nprint('half', 0.5)\n```\n\n```text\nthird 0.5\n```\n",
    ],
)
def test_a_block_that_is_wrong_or_cannot_be_tested_fails(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError):
        run_page(text, "page")


def test_rendered_parts_are_current():
    assert render.ERRATA.read_text(encoding="utf-8") == render.errata()
    assert render.README.read_text(encoding="utf-8") == render.readme()
    assert render.EXPERIMENTS_PAGE.read_text(encoding="utf-8") == render.experiments()
    assert render.PERFORMANCE.read_text(encoding="utf-8") == render.performance()
    assert render.RELIABILITY.read_text(encoding="utf-8") == render.reliability()
