"""The minimum of the regularised cross-entropy: oracles are direct minimisation and the notes' numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar
from scipy.special import log_softmax, softmax

from softmax_geometry.checks import InputError
from softmax_geometry.loss import (
    feature_penalty_optimum,
    loss_bound,
    optimal_confidence,
    optimal_scale,
    regularised_loss,
    relu_optimum,
)
from softmax_geometry.structure import simplex

positive = st.floats(1e-3, 1e3)


def loss_and_gradients(W, M, lam):
    logits = M @ W.T
    slope = (softmax(logits, axis=1) - np.eye(len(W))) / len(W)
    loss = -np.diagonal(log_softmax(logits, axis=1)).mean() + lam * np.sum(W**2)
    return loss, slope.T @ M + 2 * lam * W, slope @ W


def minimum(K, H, lam, c2, rng, nonnegative=False):
    """Least loss found by L-BFGS over W and means on the sphere (1/K) Σ ‖μ_i‖² = c_2²."""
    radius = c2 * np.sqrt(K)

    def objective(x):
        W, V = x.reshape(2, K, H)
        size = np.linalg.norm(V)
        loss, dW, dM = loss_and_gradients(W, radius * V / size, lam)
        dV = radius / size * (dM - np.sum(dM * V) / size**2 * V)
        return loss, np.concatenate([dW.ravel(), dV.ravel()])

    start = rng.standard_normal((2, K, H))
    start[1] = np.abs(start[1]) if nonnegative else start[1]
    bounds = [(None, None)] * (K * H) + [(0, None) if nonnegative else (None, None)] * (K * H)
    options = {"maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-10}
    result = minimize(objective, start.ravel(), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    return result.fun, result.x.reshape(2, K, H)


@pytest.mark.parametrize(
    ("K", "scale", "confidence"), [(2, 1.190, 0.9992), (3, 1.530, 0.9980), (10, 1.985, 0.9881), (100, 2.116, 0.8603)]
)
def test_numbers_of_the_notes(K, scale, confidence):
    assert optimal_scale(3.0, 1e-3, K) == pytest.approx(scale, abs=5e-4)
    assert optimal_confidence(3.0, 1e-3, K) == pytest.approx(confidence, abs=5e-5)


@pytest.mark.parametrize("K", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("extra", [0, 2])
def test_direct_minimisation_reaches_the_bound_and_returns_the_simplex(K, extra):
    lam, c2, rng = 1e-2, 1.5, np.random.default_rng(K)
    scale = float(optimal_scale(c2, lam, K))
    found = [minimum(K, K - 1 + extra, lam, c2, rng) for _ in range(4)]
    best, (W, _) = min(found, key=lambda pair: pair[0])
    bound = float(loss_bound(scale, c2, lam, K))
    assert min(loss for loss, _ in found) >= bound - 1e-12
    assert best == pytest.approx(bound, abs=1e-6)
    np.testing.assert_allclose(W @ W.T, scale**2 * (K * np.eye(K) - 1) / (K - 1), atol=2e-3 * scale**2)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.integers(2, 12), st.floats(0.01, 5), positive, st.floats(1e-6, 1))
def test_the_aligned_simplex_attains_the_bound(K, c1, c2, lam):
    W = simplex(K, scale=c1)
    assert regularised_loss(W, c2 / c1 * W, lam) == pytest.approx(
        float(loss_bound(c1, c2, lam, K)), rel=1e-10, abs=1e-14
    )


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.integers(2, 8), st.integers(1, 8), st.integers(0, 2**32 - 1), st.floats(1e-4, 1))
def test_no_structure_is_below_the_minimum(K, H, seed, lam):
    rng = np.random.default_rng(seed)
    W, M, bias = rng.standard_normal((K, H)), rng.standard_normal((K, H)), rng.standard_normal(K)
    c2 = np.sqrt(np.mean(np.sum(M**2, axis=1)))
    least = loss_bound(optimal_scale(c2, lam, K), c2, lam, K)
    assert regularised_loss(W, M, lam, bias) >= least


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.integers(2, 1000), positive, st.floats(1e-8, 1e3))
def test_the_scale_solves_its_equation_and_minimises(K, c2, lam):
    c1 = optimal_scale(c2, lam, K)
    x = K / (K - 1) * c1 * c2
    assert np.log(2 * lam * c1) + np.logaddexp(x, np.log(K - 1)) == pytest.approx(np.log(c2), abs=1e-10)
    for nearby in (0.9, 1.1):
        assert loss_bound(c1 * nearby, c2, lam, K) >= loss_bound(c1, c2, lam, K)


def test_the_scale_at_the_ends_of_the_float_range():
    assert optimal_scale(1e-8, 1e3, 5) == pytest.approx(1e-8 / (2e3 * 5))  # x → 0: c_1 = c_2/(2λK)
    c1 = optimal_scale(1e8, 1e-200, 5)
    x = 1.25 * c1 * 1e8
    assert x + np.log(2 * c1) - 200 * np.log(10) == pytest.approx(np.log(1e8))
    assert optimal_scale([1.0, 2.0], [[1e-3], [1e-2], [1e-1]], 4).shape == (3, 2)


@pytest.mark.parametrize("K", [2, 3, 5])
@pytest.mark.parametrize(("lam1", "lam2"), [(1e-2, 3e-2), (1e-3, 1e-3)])
def test_feature_penalty_minimum(K, lam1, lam2):
    optimum = feature_penalty_optimum(lam1, lam2, K)

    def objective(x):
        W, M = x.reshape(2, K, K)
        loss, dW, dM = loss_and_gradients(W, M, lam1)
        return loss + lam2 * np.sum(M**2), np.concatenate([dW.ravel(), (dM + 2 * lam2 * M).ravel()])

    rng = np.random.default_rng(0)
    options = {"maxiter": 5000, "ftol": 1e-15, "gtol": 1e-10}
    starts = rng.standard_normal((4, 2 * K * K))
    found = min(
        (minimize(objective, x, jac=True, method="L-BFGS-B", options=options) for x in starts), key=lambda r: r.fun
    )
    assert found.fun == pytest.approx(optimum.loss, abs=1e-6)
    W, M = found.x.reshape(2, K, K)
    np.testing.assert_allclose(np.linalg.norm(W, axis=1), optimum.weight_norm, rtol=1e-2)
    np.testing.assert_allclose(np.linalg.norm(M, axis=1), optimum.mean_norm, rtol=1e-2)
    aligned = simplex(K)
    at = regularised_loss(optimum.weight_norm * aligned, optimum.mean_norm * aligned, lam1)
    assert at + lam2 * K * optimum.mean_norm**2 == pytest.approx(optimum.loss, rel=1e-12)


@pytest.mark.parametrize("K", [2, 3, 10])
def test_feature_penalty_collapses_exactly_at_its_threshold(K):
    at = 1 / (2 * K)
    assert feature_penalty_optimum(at, at, K)[:3] == (0, 0, 0)
    assert feature_penalty_optimum(1e3, 1e3, K).loss == pytest.approx(np.log(K))
    assert feature_penalty_optimum(0.99 * at, at, K).gap > 0


@pytest.mark.parametrize("K", [2, 3, 4])
def test_relu_minimum(K):
    lam, c2 = 1e-2, 1.5
    W, M = relu_optimum(c2, lam, K)
    ours = regularised_loss(W, M, lam)
    rng = np.random.default_rng(1)
    found = [minimum(K, K + 1, lam, c2, rng, nonnegative=True)[0] for _ in range(8)]
    assert min(found) >= ours - 1e-12
    assert min(found) == pytest.approx(ours, abs=1e-6)
    shrunk = c2 * np.sqrt((K - 1) / K)
    assert ours == pytest.approx(float(loss_bound(optimal_scale(shrunk, lam, K), shrunk, lam, K)), rel=1e-12)


@pytest.mark.parametrize(("K", "cosine"), [(2, 0.707), (3, 0.816), (10, 0.949)])
def test_relu_geometry(K, cosine):
    W, M = relu_optimum(3.0, 1e-3, K)
    np.testing.assert_allclose(np.sum(W * M, axis=1) / np.linalg.norm(W, axis=1) / 3, cosine, atol=5e-4)
    np.testing.assert_allclose(M @ M.T, 9 * np.eye(K))
    along = minimize_scalar(
        lambda s: regularised_loss(s * W, M, 1e-3), bounds=(0.5, 2), method="bounded", options={"xatol": 1e-8}
    )
    assert along.x == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimal_scale(0.0, 1e-3, 3), "c2: expected positive numbers, got 0"),
        (lambda: optimal_scale(1.0, -1e-3, 3), "lam: expected positive numbers, got -0.001"),
        (lambda: optimal_scale(1.0, 1e-3, 1), "K: expected a whole number ≥ 2, got 1"),
        (lambda: loss_bound(-1.0, 1.0, 1e-3, 3), "c1: expected numbers ≥ 0, got -1"),
        (lambda: regularised_loss(np.eye(3), np.eye(3)[:2], 0.1), "means: expected 3 rows, one for each class, got 2"),
        (lambda: regularised_loss(np.eye(3), np.eye(3), np.nan), "lam: expected a number ≥ 0"),
        (lambda: feature_penalty_optimum(0.1, 0.0, 3), "lam2: expected positive numbers"),
        (lambda: relu_optimum(-1.0, 0.1, 3), "c2: expected positive numbers"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
