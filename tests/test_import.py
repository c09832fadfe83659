"""The import of the package is light, and gives every public name."""

import subprocess
import sys
import types
from pathlib import Path

import pytest

import softmax_geometry as sg

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("matplotlib", "scipy.linalg", "scipy.optimize", "scipy.special", "scipy.stats", "sklearn", "sympy", "torch")


def loaded_after(code):
    """Which of the heavy modules a fresh interpreter has loaded after running the code."""
    code += f"; import sys; print(*(m for m in {HEAVY} if m in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return ran.stdout.split()


def test_importing_the_package_loads_no_heavy_module():
    """Write `import scipy` and `scipy.special.ndtr`, which loads the submodule when it is first called."""
    assert loaded_after("import softmax_geometry") == []


def test_a_module_that_is_loaded_would_be_seen():
    assert "scipy.special" in loaded_after(
        "import softmax_geometry as sg; sg.two_class_offset([1, -1], [1, 1], [.5, .5], .1)"
    )


@pytest.mark.parametrize("name", sg.__all__)
def test_every_public_name_is_there_and_is_no_module(name):
    """`auroc` and `structure` are names of submodules too."""
    assert name in dir(sg)
    assert not isinstance(getattr(sg, name), types.ModuleType)
