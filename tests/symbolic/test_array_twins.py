"""The two faces of one vocabulary: each expression of structure, angles and mental model against its array function.

`test_softmax`, `test_regions` and `test_two_class` hold the same tie for the other modules.
"""

import numpy as np
import pytest
import sympy as sp

from softmax_geometry import angles as angle_arrays
from softmax_geometry import loss as loss_arrays
from softmax_geometry import mental_model as model_arrays
from softmax_geometry import structure as structure_arrays
from softmax_geometry.symbolic import angles, mental_model, regions, structure
from softmax_geometry.thresholds import Threshold

m, c, c1, r = sp.symbols("m c c1 r", positive=True)
RNG = np.random.default_rng(8)


@pytest.mark.parametrize("K", [2, 3, 5])
def test_simplex_has_the_same_gram_matrix(K):
    W = structure_arrays.simplex(K)
    exact = np.array([[float(structure.gram_entry(i, j, K)) for j in range(K)] for i in range(K)])
    np.testing.assert_allclose(W @ W.T, exact, atol=1e-14)
    W = np.array(structure.simplex_coordinates(K), dtype=float)
    np.testing.assert_allclose(W, structure_arrays.simplex(K), atol=1e-14)


def test_named_structures():
    for name, rows in structure.named_structures().items():
        np.testing.assert_allclose(np.array(rows, dtype=float), structure_arrays.named_structure(name), atol=1e-15)


@pytest.mark.parametrize("K", [2, 4, 10])
def test_theorem_3(K):
    scales = np.linspace(0.1, 4, 30)
    G = sp.lambdify(c1, structure.loss_bound(c1, 3, 0.001, K))
    np.testing.assert_allclose(G(scales), loss_arrays.loss_bound(scales, 3.0, 0.001, K), rtol=1e-11)
    best = float(loss_arrays.optimal_scale(3.0, 0.001, K))
    assert abs(structure.loss_root_equation(best, 3, 0.001, K)) < 1e-12
    assert abs(structure.loss_root_equation(best * 1.001, 3, 0.001, K)) > 1e-4
    assert float(structure.largest_least_confidence(best, 3, K)) == pytest.approx(
        float(loss_arrays.optimal_confidence(3.0, 0.001, K)), rel=1e-13
    )
    assert float(structure.least_loss_gibbs(best, 3, 0.001, K)) == pytest.approx(G(best), rel=1e-9)


@pytest.mark.parametrize(("lam1", "lam2"), [(1e-3, 1e-2), (0.3, 0.3), (1e-6, 1e-4)])
def test_theorem_3_2(lam1, lam2):
    gap = loss_arrays.feature_penalty_optimum(lam1, lam2, 4).gap
    assert float(structure.feature_penalty_gap(lam1, lam2, 4)) == pytest.approx(gap, rel=1e-13)


def test_theorem_3_3():
    weight, means = loss_arrays.relu_optimum(3.0, 0.001, 5)
    scale = np.linalg.norm(weight[0])
    expression = structure.relu_loss_bound(scale, 3, 0.001, 5)
    assert float(expression) == pytest.approx(loss_arrays.regularised_loss(weight, means, 0.001), rel=1e-12)


@pytest.mark.parametrize("K", [3, 4, 10])
@pytest.mark.parametrize("spare", [-1, 0])
def test_envelope(K, spare):
    H = K + spare
    for cosine in RNG.uniform(1 / (K - 1) if spare else 0, 1, 40):
        scale = float(RNG.uniform(0.2, 8))
        low, high = angle_arrays.envelope(cosine, scale, K, H)
        upper = angles.envelope_upper_in_span if H == K - 1 else angles.envelope_upper
        assert float(upper(cosine, scale, K)) == pytest.approx(float(high), rel=1e-10)
        if cosine < 1 / (K - 1):
            lower = angles.envelope_lower_off_span(cosine, scale, K)
        else:
            lower = angles.envelope_lower(cosine, scale, K, angles.tied_count(cosine, K))
        assert float(lower) == pytest.approx(float(low), rel=1e-7)  # d loses digits near d = 0
        if H == K:
            safe = angle_arrays.safe_ordering(cosine, scale, K, H)
            assert float(angles.safe_cosine(lower, scale, K)) == pytest.approx(float(safe), rel=1e-6, abs=1e-9)


def test_confidence_from_cosines():
    x = sp.symbols("x1:5")
    cosines = -np.sort(-RNG.uniform(-1, 1, (30, 4)), axis=1)
    got = sp.lambdify(x, angles.confidence(2.5, x))(*cosines.T)
    np.testing.assert_allclose(got, angle_arrays.confidence_from_cosines(2.5, cosines), rtol=1e-13)


def test_meridian():
    phi, t = sp.Symbol("phi"), [0.5, -0.2, -0.3]
    at = np.linspace(0, np.pi / 2, 20)
    got = sp.lambdify(phi, angles.meridian_confidence(phi, 4.0, t))(at)
    np.testing.assert_allclose(got, angle_arrays.meridian(at, 4.0, t), rtol=1e-12)


def test_mental_models():
    norms, cosines = RNG.uniform(0, 5, 40), RNG.uniform(0, 1, 40)
    got = sp.lambdify((r, m), mental_model.U_max_mental_scaled(r, m, 6, 1.5))(norms, cosines)
    np.testing.assert_allclose(got, model_arrays.mental_model(norms, cosines, 6, 1.5), rtol=1e-13)
    logits = RNG.normal(0, 2, (40, 6))
    largest = logits.max(axis=1) - logits.mean(axis=1)  # c r m in the centred gauge
    got = sp.lambdify((r, m), mental_model.U_max_mental_corrected(r, m, 6, 1))(largest, 1.0)
    np.testing.assert_allclose(got, model_arrays.U_max_corrected(logits), rtol=1e-13)


def test_entropy_threshold_margins_are_roots_of_the_expressions():
    for entropy in (0.02, 0.3, 0.6):
        threshold = Threshold("U_entropy", 0.05, float(np.log(entropy)), "empirical")
        assert float(regions.entropy_floor(threshold.margin)) == pytest.approx(entropy, rel=1e-11)
        assert float(regions.entropy_ceiling(threshold.margin_upper(7), 7)) == pytest.approx(entropy, rel=1e-11)


def test_confidence_threshold_margins():
    threshold = Threshold("U_max", 0.05, float(np.log(0.1)), "empirical")
    assert float(regions.margin_from_confidence(0.9)) == pytest.approx(threshold.margin, rel=1e-13)
    assert float(regions.confidence_floor(threshold.margin_upper(7), 7)) == pytest.approx(0.9, rel=1e-13)
