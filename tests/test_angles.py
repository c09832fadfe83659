"""The envelope of the confidence: bounds hold on random and dense points, are attained, and order safely."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax
from scipy.stats import ortho_group

from softmax_geometry.angles import (
    confidence_from_cosines,
    envelope,
    envelope_log_odds,
    envelope_points,
    features_at_cosines,
    max_cosine,
    meridian,
    meridian_log_odds,
    safe_ordering,
)
from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_max, log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 40).flatmap(lambda K: st.tuples(st.just(K), st.integers(K - 1, K + 3)))
scales = st.floats(1e-3, 1e4)


def grid(K, H, n=41):
    return np.linspace(1 / (K - 1) if H == K - 1 else 0, 1, n)


def features(K, H, rng, n=300):
    """Random directions, sparse mixtures of weights (where the extremes are), and small turns out of a weight."""
    W = simplex(K, H)
    isotropic = rng.standard_normal((n, H))
    mixtures = (rng.exponential(size=(n, K)) * (rng.random((n, K)) < 2 / K)) @ W + 1e-3 * isotropic
    return np.vstack([isotropic, mixtures, W[rng.integers(K, size=n)] + 0.3 * isotropic / np.sqrt(H)])


@settings(deadline=None, derandomize=True, max_examples=150)
@given(sizes, scales, seeds)
def test_no_point_is_outside_the_envelope(size, c, seed):
    K, H = size
    rng = np.random.default_rng(seed)
    head = Head(simplex(K, H, rng=rng))
    z = features(K, H, rng)
    z *= c / np.linalg.norm(z, axis=1, keepdims=True)
    low, high = envelope_log_odds(max_cosine(head, z), c, K, H)
    odds = -log_odds_against(head.logits(z))
    slack = 1e-11 * (1 + c)
    assert (low - slack <= odds).all()
    assert (odds <= high + slack).all()


@pytest.mark.parametrize("K", [3, 4])
@pytest.mark.parametrize("c", [0.5, 3.0, 20.0])
def test_a_dense_sphere_fills_the_envelope_and_no_more(K, c):
    polar, turn = np.meshgrid(np.linspace(0, np.pi, 700), np.linspace(0, 2 * np.pi, 1400))
    z = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], -1).reshape(-1, 3)
    head = Head(simplex(K, 3))
    m, confidence = max_cosine(head, z), -U_max(head.logits(c * z))
    low, high = envelope(m, c, K, 3)
    assert (low - 1e-12 <= confidence).all()
    assert (confidence <= high + 1e-12).all()
    for centre in np.linspace(0.4, 0.95, 12):
        near = np.abs(m - centre) < 0.005
        assert (confidence - low)[near].min() < 0.005 * (1 + c)
        assert (high - confidence)[near].min() < 0.005 * (1 + c)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sizes, st.floats(1e-2, 300), seeds)
def test_constructed_features_attain_both_bounds(size, c, seed):
    K, H = size
    W = simplex(K, H, scale=2.0, rng=seed)
    m = grid(K, H)
    for points, bound in zip(envelope_points(m, K, H), envelope(m, c, K, H), strict=True):
        z = features_at_cosines(W, points, norm=c / 2)
        np.testing.assert_allclose(np.linalg.norm(z, axis=1), c / 2, rtol=1e-12)
        np.testing.assert_allclose(max_cosine(Head(W), z), m, atol=1e-12)
        np.testing.assert_allclose(-U_max(z @ W.T), bound, atol=1e-12 * (1 + c))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sizes, scales)
def test_bounds_increase_in_m_and_lie_in_range(size, c):
    K, H = size
    low, high = envelope(grid(K, H), c, K, H)
    slack = 1e-12 * (1 + c)
    assert (np.diff(low) >= -slack).all()
    assert (np.diff(high) >= -slack).all()
    assert (low <= high + slack).all()
    assert (low >= 1 / K - 1e-15).all()
    assert (high <= 1).all()


@pytest.mark.parametrize(("K", "H"), [(2, 1), (2, 2), (2, 5), (3, 2)])
def test_norm_and_angle_decide_the_confidence_in_these_sizes(K, H):
    low, high = envelope_log_odds(grid(K, H), 7.0, K, H)
    np.testing.assert_allclose(low, high, atol=1e-12)


@pytest.mark.parametrize(("K", "H"), [(3, 3), (4, 3), (4, 4), (10, 9)])
def test_and_in_no_other(K, H):
    low, high = envelope_log_odds(grid(K, H, 9)[1:-1], 7.0, K, H)
    assert (high - low > 0.01).all()


def test_two_classes_have_the_logistic_confidence():
    np.testing.assert_allclose(envelope([0.3], 2.0, 2, 3)[0], 1 / (1 + np.exp(-1.2)))


def test_theory_numbers():
    low, high = envelope(0.6, 5.0, K=10, H=10)
    assert (round(float(low), 2), round(float(high), 2)) == (0.43, 0.76)
    np.testing.assert_allclose(safe_ordering([0.9, 0.6], 5.0, K=10, H=10), [0.81, 0.345], atol=5e-4)


def test_printed_theorem_4_fails_on_the_integer_counterexample():
    head = Head([[2, -1, -1], [-1, 2, -1], [-1, -1, 2]])
    z = np.array([[1, 1, -2], [2, 1, 1]])
    m, confidence = max_cosine(head, z), -U_max(head.logits(z))
    assert m[0] > m[1]
    assert confidence[0] < confidence[1]
    assert m[1] >= safe_ordering(m[0], 6.0, K=3, H=3)  # so the safe ordering claims nothing here


@settings(deadline=None, derandomize=True, max_examples=80)
@given(sizes, st.floats(0.05, 1e3), seeds)
def test_below_the_safe_cosine_the_confidence_is_lower(size, c, seed):
    K, H = size
    rng = np.random.default_rng(seed)
    head, z = Head(simplex(K, H)), features(K, H, rng, n=60)
    z *= c / np.linalg.norm(z, axis=1, keepdims=True)
    m, odds = max_cosine(head, z), -log_odds_against(head.logits(z))
    safe = m < safe_ordering(m, c, K, H)[:, None] - 1e-9
    assert (np.where(safe, odds, -np.inf) < odds[:, None] + 1e-11 * (1 + c)).all()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(sizes.filter(lambda size: size[0] > 2), st.floats(0.05, 100))
def test_above_the_safe_cosine_nothing_is_guaranteed(size, c):
    K, H = size
    m = grid(K, H)
    g = safe_ordering(m, c, K, H)
    _, high = envelope_log_odds(g, c, K, H)
    low, _ = envelope_log_odds(m, c, K, H)
    assert (g <= m).all()
    np.testing.assert_allclose(high, low, atol=1e-10 * (1 + c))  # at g itself a witness is as confident


def test_safe_ordering_limits():
    assert safe_ordering(0.7, 1e-6, K=10, H=10) == pytest.approx(0.7, abs=1e-5)
    limit = 0.9 - np.sqrt(8 * (1 - 0.81) / 10)
    assert safe_ordering(0.9, 1e4, K=10, H=10) == pytest.approx(limit, abs=1e-3)
    assert round(limit, 2) == 0.51
    np.testing.assert_array_equal(safe_ordering([0.5, 0.7], 3.0, K=3, H=2), [0.5, 0.7])


def test_log_odds_keep_their_digits_where_probabilities_saturate():
    low, high = envelope_log_odds(0.9, 1e4, K=10, H=10)
    mpmath.mp.dps = 50
    m, K = mpmath.mpf(0.9), 10
    exact_high = mpmath.mpf(10000) * K * m / (K - 1) - mpmath.log(K - 1)
    assert float(abs(high / exact_high - 1)) < 1e-14
    tied = 1
    d = mpmath.sqrt((mpmath.mpf(K) / (K - 1) - K * m**2 / (K - 1)) / (mpmath.mpf(K - 1) * (K - 2)))
    y, b = -m / (K - 1) + (K - 2) * d, -m / (K - 1) - d
    terms = (tied - 1) + mpmath.exp(10000 * (y - m)) + (K - 2) * mpmath.exp(10000 * (b - m))
    assert float(abs(low / -mpmath.log(terms) - 1)) < 1e-13
    assert envelope(0.9, 1e4, K=10, H=10)[1] == 1.0


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(2, 8), st.integers(1, 9), st.floats(0.1, 50), seeds)
def test_cosines_and_confidence_of_equal_norm_heads(K, H, c, seed):
    rng = np.random.default_rng(seed)
    W, z = rng.standard_normal((K, H)), rng.standard_normal((5, H))
    W /= np.linalg.norm(W, axis=1, keepdims=True)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    expected = softmax(c * z @ W.T, axis=1).max(axis=1)
    np.testing.assert_allclose(confidence_from_cosines(c, np.clip(z @ W.T, -1, 1)), expected, rtol=1e-12)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(2, 8), st.integers(2, 9), st.floats(1e-3, 1e3), seeds)
def test_max_cosine_does_not_see_rotation_scale_order_or_gauge(K, H, scale, seed):
    rng = np.random.default_rng(seed)
    W, z = rng.standard_normal((K, H)), rng.standard_normal((7, H))
    Q = ortho_group.rvs(H, random_state=rng)
    moved = Head((scale * W @ Q)[rng.permutation(K)] + rng.standard_normal(H), rng.standard_normal(K))
    np.testing.assert_allclose(max_cosine(moved, z @ Q / scale), max_cosine(Head(W), z), atol=1e-9)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sizes, st.floats(1e-2, 1e3), seeds)
def test_the_meridian_is_the_softmax_and_falls(size, c, seed):
    K, H = size
    if H == 1:
        return
    W = simplex(K, H, rng=seed)
    u = np.random.default_rng([seed, 1]).standard_normal(H)
    u -= (u @ W[0]) * W[0]
    u /= np.linalg.norm(u)
    phi = np.linspace(0, np.pi / 2, 50)
    odds = meridian_log_odds(phi, c, W[1:] @ u)
    assert (np.diff(odds) < 0).all()
    z = np.cos(phi)[:, None] * W[0] + np.sin(phi)[:, None] * u
    np.testing.assert_allclose(meridian(phi, c, W[1:] @ u), softmax(c * z @ W.T, axis=1)[:, 0], atol=1e-11 * (1 + c))


def test_a_meridian_out_of_the_span_ends_at_the_uniform_distribution():
    assert meridian(np.pi / 2, 5.0, np.zeros(9)) == pytest.approx(0.1)


def test_the_largest_cosine_comes_first():
    for K, H in ((2, 2), (3, 2), (3, 3), (6, 5), (6, 6)):
        for points in envelope_points([0.5, 0.7, 1.0], K, H):
            np.testing.assert_array_equal(points.max(axis=-1), points[:, 0])
    np.testing.assert_array_equal(envelope_points(0.5, K=2, H=2), [[0.5, -0.5]] * 2)


def test_shapes_broadcast():
    low, high = envelope(np.linspace(0.5, 1, 4), np.ones((3, 1)), K=4, H=5)
    assert low.shape == high.shape == (3, 4)
    assert safe_ordering(np.linspace(0.5, 1, 4), np.ones((3, 1)), K=4, H=3).shape == (3, 4)
    assert meridian(np.zeros((2, 1)), np.ones(3), [0.1, -0.1]).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: confidence_from_cosines(0.0, [0.5, -0.5]), "^c: expected positive numbers, got 0"),
        (lambda: confidence_from_cosines(np.nan, [0.5, -0.5]), "^c: expected finite numbers"),
        (lambda: envelope_points(0.5, K=1, H=4), "^K: expected a whole number ≥ 2"),
        (lambda: envelope_points(1.5, K=4, H=4), r"^m: expected numbers in \[0, 1\], got 1.5"),
        (lambda: safe_ordering(0.5, 0.0, K=4, H=4), "^c: expected positive numbers, got 0"),
        (lambda: safe_ordering(0.2, 1.0, K=4, H=3), r"^m: expected numbers in \[0.333333, 1\], got 0.2"),
        (lambda: safe_ordering(0.5, 1.0, K=4, H=2), "^H: expected at least K−1 = 3"),
        (lambda: meridian(np.inf, 1.0, [0.5, -0.5]), "^phi: expected finite numbers"),
        (lambda: meridian(0.1, 0.0, [0.5, -0.5]), "^c: expected positive numbers, got 0"),
        (lambda: meridian(0.1, 1.0, [1.5, -1.5]), r"^t: expected numbers in \[-1, 1\], got 1.5"),
        (lambda: meridian(0.1, 1.0, [0.5, -1.5]), r"^t: expected numbers in \[-1, 1\], got -1.5"),
        (lambda: meridian(0.1, 1.0, [[0.5, -0.5]]), r"^t: expected an array of rank 1, got shape \(1, 2\)"),
        (
            lambda: features_at_cosines(simplex(3), [1.5, -0.5, -1.0]),
            r"^cosines: expected numbers in \[-1, 1\], got 1.5",
        ),
        (
            lambda: features_at_cosines(simplex(3), [1.0, -1.5, 0.5]),
            r"^cosines: expected numbers in \[-1, 1\], got -1.5",
        ),
        (lambda: features_at_cosines(simplex(3), [1.0, -0.5, -0.5], 0.0), "^norm: expected positive numbers, got 0"),
        (lambda: features_at_cosines(simplex(3), 1.0), r"^cosines: expected 3 on the last axis, got shape \(\)"),
        (lambda: envelope(0.3, 1.0, K=4, H=3), r"m: expected numbers in \[0.333333, 1\], got 0.3"),
        (lambda: envelope(-0.1, 1.0, K=4, H=4), r"m: expected numbers in \[0, 1\], got -0.1"),
        (lambda: envelope(0.5, 0.0, K=4, H=4), "c: expected positive numbers, got 0"),
        (lambda: envelope(0.5, 1.0, K=4, H=2), "H: expected at least K−1 = 3"),
        (lambda: safe_ordering(1.1, 1.0, K=4, H=4), "m: expected numbers in"),
        (lambda: confidence_from_cosines(1.0, [1.5, 0.0]), r"cosines: expected numbers in \[-1, 1\], got 1.5"),
        (lambda: max_cosine(Head(np.eye(2)), [[1.0, 2.0], [0.0, 0.0]]), "z: expected non-zero rows, got row 1"),
        (lambda: meridian(0.1, 1.0, [0.5, 0.5]), "t: expected Σ t = 0"),
        (lambda: meridian(0.1, 1.0, [1.0, -1.0]), "Σ t² ≤ 1.5, got 0 and 2"),
        (
            lambda: features_at_cosines(np.eye(3), [0.0, 0.0, 0.0]),
            r"^weight: expected a simplex \(equal norms, cosines −1/\(K−1\), rows that sum to 0\)$",
        ),
        (lambda: features_at_cosines(simplex(3), [0.0, 0.0, 0.0]), "cosines: expected those of some z"),
        (lambda: features_at_cosines(simplex(3, 3), [0.5, 0.0, 0.0]), "cosines: expected those of some z"),
        (lambda: features_at_cosines(simplex(3, 3), [[0.1, 0, 0], [-0.1, 0, 0]]), "cosines: expected those of some z"),
        (lambda: features_at_cosines(simplex(3, 3), [0.9, -0.9, 0.0]), r"\(sum 0, squares up to 1.5\)$"),
        (lambda: features_at_cosines(simplex(3, 3), [0.5, -0.5]), "cosines: expected 3 on the last axis"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()
