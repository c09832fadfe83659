"""The worked example runs from beginning to end, shows what it should, and is stored without outputs."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

import softmax_geometry as sg

PATH = Path(__file__).resolve().parent.parent / "docs" / "notebooks" / "worked_example.ipynb"


@pytest.fixture(scope="module")
def notebook():
    return json.loads(PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def executed(notebook, tmp_path_factory):
    """The namespace after the last cell, and what the last expression of each cell shows, by cell id."""
    namespace, shown = {"__name__": "__main__"}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                shown[cell["id"]] = run(cell["id"], without_magics(cell), namespace)
    return namespace, shown


def without_magics(cell) -> str:
    return "".join(line for line in cell["source"] if not line.startswith("%"))


def run(name, source, namespace):
    """Run a cell; the value of its last expression, which Jupyter shows."""
    tree = ast.parse(source)
    last = ast.Expression(tree.body.pop().value) if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), namespace)
    return None if last is None else eval(compile(last, name, "eval"), namespace)


def test_it_is_stored_without_outputs_and_with_ids_that_say_what_a_cell_is(notebook):
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    for cell in cells:
        assert re.fullmatch(r"[a-z]+(-text)?", cell["id"])
        assert not cell["metadata"]
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    assert len({cell["id"] for cell in cells}) == len(cells)


def test_figures_show_themselves(notebook, executed):
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    assert first["source"][0] == "%matplotlib inline\n"  # without it Jupyter prints a figure's name
    assert {name for name, value in executed[1].items() if isinstance(value, Figure)} == {"plane", "widths", "roc"}


def test_objects_show_themselves_as_tables(executed):
    kinds = {"data": sg.Head, "structure": sg.Structure, "region": sg.ValidRegion, "diagnosis": sg.Diagnosis}
    for name, kind in kinds.items():
        assert isinstance(executed[1][name], kind)
        assert "<table" in executed[1][name]._repr_html_()


def test_what_the_text_says_is_so(executed):
    namespace, _ = executed
    region, test, ood, diagnosis = (namespace[name] for name in ("region", "test", "ood", "diagnosis"))
    flagged = region.contains(test.z).mean()
    assert abs(flagged - 0.05) < 2 * np.sqrt(0.05 * 0.95 / len(test))  # "within its error of ε"
    assert (namespace["goes_to_a_person"](ood.z) == region.contains(ood.z)).all()

    assert sg.structure(namespace["head"]).etf_distance < 0.1  # "this head is close"
    widths = region.widths[np.triu_indices(3, 1)]
    assert widths.max() / widths.min() < 1.15  # "hardly differ"
    in_std = region.linear.widths_in_std(namespace["gaussians"])
    assert np.nanmax(in_std) == in_std[1, 2] > 1.2 * in_std[0, 2]  # "1 and 2 is the widest"

    assert diagnosis.causes["1a"].value == pytest.approx(0, abs=1e-6)  # "no ties"
    for name in ("1b", "2"):  # "worse"
        assert diagnosis.causes[name].value < -2 * diagnosis.causes[name].standard_error
    best = {score for score in diagnosis.scores if diagnosis.scores[score].auroc.value > 0.985}
    assert best == {"U_max", "U_entropy", "U_max_log", "U_entropy_log"}
