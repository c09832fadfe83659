import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from softmax_geometry.figures.diagnosis import ENTRIES, loss_terms
from softmax_geometry.plots.style import OUT

MINE = {entry.name: entry for entry in ENTRIES}


def bars(ax):
    """Widths of the three parts of each bar, (bars, 3), in points."""
    return np.array([[bar.get_width() for bar in container] for container in ax.containers]).T


def test_the_auroc_of_the_exact_posterior_follows_the_place_of_the_ood_data():
    line, half = MINE["auroc-without-ability"].draw().axes[1].lines
    rng = np.random.default_rng(0)
    training = rng.choice([-2, 2], 20_000) + rng.standard_normal(20_000)
    for place in (0.0, 2.0, 5.0):
        ood = place + 0.5 * rng.standard_normal(20_000)
        value = 100 * roc_auc_score(np.repeat([0, 1], 20_000), -np.abs(np.concatenate([training, ood])))
        assert np.interp(place, *line.get_data()) == pytest.approx(value, abs=1.5)
    assert np.interp(0, *line.get_data()) == pytest.approx(95, abs=0.5)
    assert line.get_ydata()[-1] < 1
    assert set(half.get_ydata()) == {50}


def test_the_posterior_doubts_only_where_the_classes_overlap():
    *_, uncertainty = MINE["auroc-without-ability"].draw().axes[0].lines
    x, y = uncertainty.get_data()
    likelihoods = np.exp(-np.stack([(x - 2) ** 2, (x + 2) ** 2]) / 2)
    np.testing.assert_allclose(y, likelihoods.min(axis=0) / likelihoods.sum(axis=0), atol=1e-12)


def test_the_bars_are_the_examples_of_the_proofs():
    (ax,) = MINE["loss-terms"].draw().axes
    expected = [[50, 0, 0], [0, 50, 0], [0, 0, 100], [5.05, 0, 89.9], [0, 0, 50]]
    np.testing.assert_allclose(bars(ax), expected, atol=1e-9)
    (diamonds,) = [line for line in ax.lines if line.get_color() == OUT]
    np.testing.assert_allclose(diamonds.get_xydata(), [[94.95, 3], [50, 4]])
    assert "\n" in ax.get_yticklabels()[3].get_text()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(2, 6), st.integers(0, 10_000))
def test_the_three_terms_are_non_negative_and_sum_to_the_loss(n, seed):
    """The loss by counting all pairs of atoms; the ceiling of U by trying every order of its values."""
    from itertools import permutations

    rng = np.random.default_rng(seed)
    p, q, scores = rng.dirichlet(np.ones(n)), rng.dirichlet(np.ones(n)), rng.integers(0, 3, n)

    def value(score):
        wins = (score[:, None] < score[None]) + 0.5 * (score[:, None] == score[None])
        return p @ wins @ q

    terms = loss_terms(p, q, scores)
    assert min(terms) >= -1e-12
    assert sum(terms) == pytest.approx(1 - value(scores))
    assert 1 - terms[0] == pytest.approx(max(value(np.array(order)) for order in permutations(range(n))))
    best_of_U = max(value(np.array(order)[scores]) for order in permutations(range(3)))
    assert 1 - terms[0] - terms[1] == pytest.approx(best_of_U)
