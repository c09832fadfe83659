import json
import resource
import subprocess
import sys
from collections import Counter
from importlib import import_module
from zipfile import ZipFile

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from experiments.__main__ import RESULTS, main
from experiments.bundle import SHOWN, bundled
from experiments.comparison import best_records
from softmax_geometry import claims as ledger
from softmax_geometry.checks import InputError
from softmax_geometry.example import load_example
from softmax_geometry.figures import bundle, recorded
from softmax_geometry.plots.style import svg

ENTRIES = {entry.name: entry for entry in recorded.ENTRIES}
EMPIRICAL = ("1a", "1b", "4", "5", "6", "7", "13", "14", "15", "16", "17")


@pytest.fixture(scope="module")
def current():
    return bundled(RESULTS)


def test_all_empirical_figures_of_the_paper_are_there():
    assert {f"figure-{number}" for number in EMPIRICAL} <= set(ENTRIES)
    assert set(SHOWN) <= set(ENTRIES)


def test_the_bundle_is_what_the_records_give(current):
    """Renew it with `python -m experiments bundle`."""
    content, arrays = current
    assert json.loads(json.dumps(content)) == bundle.records()
    path = bundle.files("softmax_geometry.figures") / "recorded.npz"
    with np.load(path, allow_pickle=False) as stored:
        assert set(stored.files) == set(arrays)
        for name, array in arrays.items():
            assert stored[name].dtype == array.dtype
            np.testing.assert_array_equal(stored[name], array)


def test_the_command_writes_a_small_bundle_without_dates(tmp_path, monkeypatch, capsys):
    folder = bundle.files("softmax_geometry.figures")
    monkeypatch.setattr("softmax_geometry.__file__", str(tmp_path / "__init__.py"))
    (tmp_path / "figures").mkdir()
    assert main(["bundle"]) == 0
    text, arrays = (tmp_path / "figures" / name for name in ("recorded.json", "recorded.npz"))
    assert capsys.readouterr().out == f"{text}\n{arrays}\n"
    assert text.read_bytes() == (folder / "recorded.json").read_bytes()
    assert text.stat().st_size + arrays.stat().st_size < 400_000
    with ZipFile(arrays) as file:
        assert {entry.date_time[0] for entry in file.infolist()} == {1980}


def test_a_disk_that_fills_up_keeps_both_old_files_of_the_bundle(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("softmax_geometry.__file__", str(tmp_path / "__init__.py"))
    (tmp_path / "figures").mkdir()
    for name in ("recorded.json", "recorded.npz"):
        (tmp_path / "figures" / name).write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # enough for the texts, not for the arrays
    try:
        assert main(["bundle"]) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "recorded.npz: cannot be written (File too large)" in capsys.readouterr().err
    found = {path.name: path.read_text() for path in (tmp_path / "figures").iterdir()}
    assert found == {"recorded.json": "old", "recorded.npz": "old"}


def test_no_records_are_said_to_be_missing(tmp_path, capsys):
    assert main(["bundle", "--out", str(tmp_path)]) == 2
    assert "records of toy: expected some" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["figure-4", "figure-16", "causes", "table-1"])
def test_a_figure_is_drawn_as_the_experiment_draws_it(name):
    experiment, begins, _ = SHOWN[name]
    drawings = import_module(f"experiments.{experiment}").drawings(best_records(experiment, RESULTS)[1])
    (theirs,) = (drawing for stem, drawing in drawings.items() if stem.startswith(begins))
    assert svg(ENTRIES[name].draw()) == svg(theirs())


@pytest.mark.parametrize("entry", recorded.ENTRIES, ids=lambda entry: entry.name)
def test_every_figure_is_drawn_within_a_slide_without_text_over_the_edge(entry):
    figure = entry.draw()
    assert figure.get_figwidth() <= 7.25
    FigureCanvasAgg(figure).draw()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0, width - box.x1, height - box.y1) > -0.02


def test_captions_say_what_kind_of_runs_these_are():
    for name in SHOWN:
        of, caption = bundle.records()[name], ENTRIES[name].caption
        assert f"preset `{of['preset']}`, seeds 0, 1, 2" in caption
        assert all(caveat in caption for caveat in of["caveats"].values())


def test_captions_give_the_verdicts_of_the_records():
    assert "*disagrees*: Ankle boots among the classes make OOD detection poor" in ENTRIES["figure-16"].caption
    assert "by −5.71 ± 3.56 points" in ENTRIES["figure-17"].caption
    counts = Counter(verdict for verdict, _, _ in bundle.records()["figure-4"]["verdicts"])
    assert all(f"{n} × *{verdict}*" in ENTRIES["figure-4"].caption for verdict, n in counts.items())
    assert bundle.verdicts({"verdicts": []}) == ""


def test_claims_are_claims_of_the_ledger():
    known = {claim.id for claim in ledger.claims()}
    assert {claim for entry in recorded.ENTRIES for claim in entry.claims} <= known


def test_causes_sum_to_what_u_entropy_lacks(current):
    """An independent route: the diamonds against the AUROC that table 1 draws."""
    content, _ = current
    means = content["table-1"]["drawing"]["arguments"][0]
    ax = ENTRIES["causes"].draw().axes[0]
    (diamonds,) = (line for line in ax.lines if line.get_marker() == "D")
    expected = [100 * (1 - means[tick.get_text()]["U_entropy"]) for tick in ax.get_yticklabels()]
    np.testing.assert_allclose(diamonds.get_xdata(), expected)


def test_own_figures_take_any_head():
    example = load_example()
    plane = ENTRIES["figure-1b"].own(example.head, example.train, 0.05)
    assert "train, class 0" in [text.get_text() for text in plane.legends[0].get_texts()]
    heads = ENTRIES["figure-4"].own(example.head, None, 0.05)
    assert heads.axes[0].get_ylabel() == "this head\nK = 3"
    norms = ENTRIES["figure-15"].own(example.head, example.train, 0.05)
    low, high = norms.axes[0].get_xlim()
    assert low < np.median(np.linalg.norm(example.train.z, axis=1)) < high
    for name in ("figure-1b", "figure-15", "norm-and-angle"):
        with pytest.raises(InputError, match="train: expected training features"):
            ENTRIES[name].own(example.head, None, 0.05)


def test_drawing_needs_neither_torch_nor_the_clone():
    code = (
        "import sys; from softmax_geometry.figures.recorded import ENTRIES; ENTRIES[0].draw();"
        "sys.exit(any(name in sys.modules for name in ('torch', 'experiments')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
