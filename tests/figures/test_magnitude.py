import numpy as np
import pytest
from scipy.special import expit, softmax

from softmax_geometry.figures.magnitude import ENTRIES, relu_features

MINE = {entry.name: entry for entry in ENTRIES}


def test_confidence_rises_along_rays_without_bias_and_not_with_one():
    *plain, biased = MINE["magnitude"].draw().axes[0].lines
    assert len(plain) == 3
    assert all((np.diff(line.get_ydata()) > 0).all() for line in plain)
    at = dict(zip(biased.get_xdata().round(6), biased.get_ydata(), strict=True))
    assert at[1.0] == pytest.approx(0.5)
    assert at[0.0] == pytest.approx(np.e / (1 + np.e))


def test_the_order_turns_once_where_the_ledger_says():
    """Theorem 6.3: at c = 0.6849; above it (2, 0, 0) is the more confident."""
    line = MINE["magnitude"].draw().axes[1].lines[0]
    c, difference = line.get_data()
    (turn,) = np.flatnonzero(np.diff(np.sign(difference)))
    assert c[turn] < 0.6849 < c[turn + 1]
    confident = {scale: [softmax(scale * np.array(l)).max() for l in ([2, 0, 0], [3, 2, -5])] for scale in (0.3, 1.5)}
    assert confident[0.3][0] < confident[0.3][1]
    assert np.interp(0.3, c, difference) < 0
    assert confident[1.5][0] > confident[1.5][1]
    assert np.interp(1.5, c, difference) > 0


def test_a_hidden_bias_lets_the_confidence_fall():
    """Section 5.2's counterexample: logits (1, 0) at α = 1 and (3, 3) at α = 3."""
    without, with_bias = MINE["magnified-inputs"].draw().axes[0].lines
    assert (np.diff(without.get_ydata()) > 0).all()
    np.testing.assert_allclose(np.interp([1, 3], *with_bias.get_data()), [expit(1), 0.5], atol=1e-6)


def test_magnified_features_tend_to_those_without_biases_as_one_over_alpha():
    network, _ = MINE["magnified-inputs"].draw().axes[1].lines
    alpha, distance = network.get_data()
    assert alpha[-1] * distance[-1] == pytest.approx(alpha[-8] * distance[-8], rel=0.02)


def test_features_of_two_layers_by_hand():
    layers = [(np.array([[1.0, -1.0], [0.0, 2.0]]), np.array([0.5, -1.0])), (np.array([[1.0, -3.0]]), np.array([0.0]))]
    np.testing.assert_allclose(relu_features(np.array([[2.0, 1.0], [2.0, 0.0]]), layers), [[0.0], [2.5]])
