import mpmath
import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from softmax_geometry.figures.numerics import ENTRIES, clipped_entropy, logits_at
from softmax_geometry.plots.style import IN, OUT

MINE = {entry.name: entry for entry in ENTRIES}


@pytest.fixture(scope="module")
def saturation():
    return MINE["saturation"].draw().axes


def curves(ax):
    return {line.get_label(): line for line in ax.lines if line.get_label()[0] != "_"}


def first_zero(ax, colour):
    (dot,) = [line for line in ax.lines if line.get_marker() == "o" and line.get_color() == colour]
    return dot.get_xdata()[0]


@mpmath.workdps(120)
def test_log_space_is_exact_at_every_margin(saturation):
    one_minus_max, entropy = curves(saturation[0])["log space"], curves(saturation[1])["log space"]
    for k in (0, 10, 300, 1300):
        margin = mpmath.mpf(float(one_minus_max.get_xdata()[k]))
        p = mpmath.exp(margin) / (mpmath.exp(margin) + 2)
        assert one_minus_max.get_ydata()[k] == pytest.approx(float(mpmath.log10(1 - p)), rel=1e-12)
        H = -p * mpmath.log(p) - (1 - p) * mpmath.log((1 - p) / 2)
        assert entropy.get_ydata()[k] == pytest.approx(float(mpmath.log10(H)), rel=1e-9)


def test_scores_become_flat_where_the_caption_says(saturation):
    left, right, _ = saturation
    assert first_zero(left, curves(left)["float32"].get_color()) == pytest.approx(17, abs=0.5)
    assert first_zero(left, curves(left)["float64"].get_color()) == pytest.approx(37, abs=0.5)
    assert first_zero(right, curves(right)["float32"].get_color()) == pytest.approx(104, abs=0.5)
    assert not [line for line in right.lines if line.get_marker() == "o" and line.get_color() == IN]
    clipped = curves(right)["float32, clipped at 1e−7"]
    flat = np.flatnonzero(np.diff(clipped.get_ydata()))[-1]
    assert clipped.get_xdata()[flat] == pytest.approx(16, abs=1.5)
    for number in ("17", "37", "104", "16"):
        assert number in MINE["saturation"].caption


def test_ties_alone_cost_what_the_bars_show(saturation):
    texts = [text.get_text() for text in saturation[2].texts]
    assert texts[0] == "log space: 92.2 %"
    assert texts[3] == "entropy, float32: 92.2 %"
    rng = np.random.default_rng(0)
    margins = np.concatenate([rng.normal(30, 4, 20_000), rng.normal(22, 4, 20_000)])
    is_out = np.repeat([0, 1], 20_000)
    assert 100 * roc_auc_score(is_out, -margins) == pytest.approx(92.2, abs=0.5)
    logits = np.stack([margins, 0 * margins, 0 * margins], axis=1).astype(np.float32)
    saturated = -softmax(logits, axis=1).max(axis=1)
    assert 100 * roc_auc_score(is_out, saturated) == pytest.approx(float(texts[2].split()[-2]), abs=0.7)


def test_the_clipped_entropy_is_the_entropy_where_nothing_is_clipped():
    l = logits_at(np.array([0.0, 2.0, 60.0]))
    p = np.exp(l[:2]) / np.exp(l[:2]).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(clipped_entropy(l)[:2], -(p * np.log(p)).sum(axis=1))
    assert clipped_entropy(l)[2] == clipped_entropy(logits_at(np.array([90.0])))[0] > 0


def test_the_slopes_tell_right_gradients_from_wrong_ones():
    labels = [[t.get_text() for t in ax.get_legend().get_texts()] for ax in MINE["gradient-check"].draw().axes]
    slopes = {(k, label.split(":")[0]): float(label.split()[-1]) for k, ls in enumerate(labels) for label in ls}
    right = {(0, "printed"), (1, "printed"), (2, "corrected")}
    assert {key for key, slope in slopes.items() if slope == pytest.approx(2, abs=0.05)} == right
    assert {key for key, slope in slopes.items() if slope == pytest.approx(1, abs=0.05)} == {
        (0, "at a tie"),
        (2, "printed"),
    }


def test_the_lines_have_the_slopes_that_the_legend_says():
    for ax in MINE["gradient-check"].draw().axes:
        for line in (line for line in ax.lines if line.get_label()[0] != "_"):
            x, y = line.get_data()
            ends = np.log(y[-1] / y[0]) / np.log(x[-1] / x[0])
            assert ends == pytest.approx(float(line.get_label().split()[-1]), abs=0.05)
            assert line.get_color() == (IN if ends > 1.5 else OUT)
