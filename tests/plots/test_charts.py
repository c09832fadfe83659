import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.patches import StepPatch
from sklearn.metrics import roc_auc_score

from softmax_geometry.checks import InputError
from softmax_geometry.head import Head
from softmax_geometry.plots import (
    ScorePanel,
    causes_figure,
    norm_and_angle,
    roc_figure,
    score_histograms,
    structure_figure,
    svg,
    widths_figure,
)
from softmax_geometry.plots.style import IN, OUT
from softmax_geometry.regions import LinearRegion
from softmax_geometry.structure import simplex, structure


def bars(ax):
    return [patch.get_data() for patch in ax.patches if isinstance(patch, StepPatch)]


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    return {"test": rng.standard_normal(300), "OOD": 2 + rng.standard_normal(70)}


def test_bars_of_each_population_sum_to_one_with_outliers_in_the_last(scores):
    scores["test"][0] = 1e6
    (ax,) = score_histograms([ScorePanel("score", scores, threshold=1.5)]).axes
    for data in bars(ax):
        assert data.values.sum() == pytest.approx(1)
        assert data.edges[-1] <= 10
    assert [line.get_xdata()[0] for line in ax.lines] == [1.5]


def test_constant_scores_are_drawn():
    (ax,) = score_histograms([ScorePanel("score", {"test": np.full(5, -1.0)})]).axes
    assert bars(ax)[0].values.sum() == pytest.approx(1)


def test_zero_features_count_for_the_norm_only():
    head = Head([[1.0, 0.0], [-1.0, 0.0]])
    norms, angles = norm_and_angle(head, {"test": [[0.0, 0.0], [3.0, 4.0]], "OOD": [[0.0, 0.0]]}).axes
    assert len(bars(norms)) == 2 * len(bars(angles))


def test_a_structure_of_huge_weights_is_drawn():
    norms = structure_figure(structure(Head(1e200 * simplex(4)))).axes[0]
    assert norms.lines[-1].get_xdata()[0] == pytest.approx(1e200)


def test_structure_is_drawn_beside_its_optimum():
    measured = structure(Head(simplex(4, 6, rng=0) + 0.1))
    norms, cosines = structure_figure(measured).axes
    dots, optimum = cosines.lines
    np.testing.assert_allclose(dots.get_xdata(), -1 / 3, atol=1e-12)
    np.testing.assert_allclose(optimum.get_xdata(), -1 / 3)
    np.testing.assert_allclose(norms.lines[0].get_xdata(), 1)


def test_widths_are_dots_with_the_narrowest_on_top():
    head = Head([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]])
    (ax,) = widths_figure(LinearRegion(head, L=1.0).widths, names=["a", "b", "c"]).axes
    (dots,) = ax.lines
    np.testing.assert_allclose(dots.get_xdata(), [2 / 5, 2 / 4, 2 / 1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a | c", "b | c", "a | b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_many_widths_are_histograms_and_infinite_ones_are_left_out():
    rng = np.random.default_rng(0)
    widths = LinearRegion(Head(rng.standard_normal((12, 20))), L=1.0).widths
    in_std = np.where(np.arange(12) == 3, np.inf, widths)
    units, std = widths_figure(widths, in_std).axes
    assert sum(bar.get_height() for bar in units.patches) == 66
    assert sum(bar.get_height() for bar in std.patches) == np.isfinite(in_std[np.triu_indices(12, 1)]).sum()


def test_causes_are_bars_in_points_and_harm_has_the_other_colour():
    (ax,) = causes_figure([("gain", 0.02, 0.01), ("harm", -0.03, None)]).axes
    gain, harm = ax.patches
    assert (gain.get_width(), harm.get_width()) == pytest.approx((2, -3))
    assert matplotlib.colors.to_hex(gain.get_facecolor()) == IN.lower()
    assert matplotlib.colors.to_hex(harm.get_facecolor()) == OUT.lower()


@pytest.mark.parametrize("digits", [0, 6])  # with and without ties
def test_area_under_the_curve_is_the_auroc(scores, digits):
    inside, outside = scores["test"].round(digits), scores["OOD"].round(digits)
    curve = roc_figure({"score": (inside, outside)}).axes[0].lines[1]
    area = -np.trapezoid(curve.get_ydata(), curve.get_xdata())
    truth = np.repeat([0, 1], [len(inside), len(outside)])
    assert area == pytest.approx(roc_auc_score(truth, np.concatenate([inside, outside])))


def test_same_data_give_the_same_bytes_and_no_setting_changes(scores):
    before = dict(matplotlib.rcParams)
    first, second = (svg(score_histograms([ScorePanel("score", scores)])) for _ in range(2))
    assert first == second
    assert "<text" in first  # text is text, not outlines
    assert dict(matplotlib.rcParams) == before


def test_pyplot_is_not_imported():
    code = "import sys, softmax_geometry.plots; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("draw", [score_histograms, causes_figure, roc_figure])
def test_nothing_to_draw_is_refused(draw):
    with pytest.raises(InputError, match="expected at least one"):
        draw([])
