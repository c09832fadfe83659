"""What README and docs say comes from the code: rendered parts are current, commands and code blocks run."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from softmax_geometry.cli import main

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def render():
    spec = importlib.util.spec_from_file_location("render", ROOT / "docs" / "render.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rendered_parts_are_current(render):
    assert render.ERRATA.read_text(encoding="utf-8") == render.errata()
    assert render.README.read_text(encoding="utf-8") == render.readme()
    assert render.EXPERIMENTS_PAGE.read_text(encoding="utf-8") == render.experiments()


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_blocks_of_the_readme_run(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize(
    "line", [line for block in blocks("sh") for line in block.splitlines() if line.startswith("softmax-geometry")]
)
def test_commands_of_the_readme_run(line, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for setup in blocks("python"):
        exec(compile(setup, "README.md", "exec"), {})
    assert main(line.split("#")[0].split()[1:]) == 0
    assert capsys.readouterr().out


def test_importing_the_package_loads_neither_torch_nor_sympy():
    import subprocess

    heavy = ("torch", "sympy", "matplotlib", "sklearn")
    code = f"import softmax_geometry, sys; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
