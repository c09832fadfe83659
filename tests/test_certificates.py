"""Certificates hold on adversarial points and by Monte Carlo, and are tight where they are said to be."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc, expit, ndtr

from softmax_geometry.certificates import (
    mass_bound_gaussian,
    mass_bound_sphere,
    norm_certificate,
    stability_radius,
)
from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_max, log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex

seeds = st.integers(0, 2**32 - 1)
shapes = st.tuples(st.integers(2, 8), st.integers(1, 6))
DRAWS = 200_000


def random_head(shape, rng, bias=True):
    return Head(rng.standard_normal(shape), rng.standard_normal(shape[0]) if bias else None)


def attacks(head, z, rng):
    """Unit directions from one point z: random, along w_i − w_j, along w_i, and up and down the gradient."""
    W = head.weight
    pairs = (W[:, None] - W[None]).reshape(-1, head.H)
    p = np.exp(-np.logaddexp.reduce(head.logits(z[None])[0]) + head.logits(z[None])[0])
    top = int(p.argmax())
    gradient = W[top] - p @ W
    directions = np.vstack([rng.standard_normal((40, head.H)), pairs, W - W.mean(axis=0), gradient, -gradient])
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    return (directions / np.where(lengths > 0, lengths, 1))[lengths[:, 0] > 0]


@settings(deadline=None, derandomize=True, max_examples=100)
@given(shapes, seeds, st.floats(0.05, 0.95), st.floats(0.1, 5))
def test_no_attack_within_the_stability_radius_crosses_the_threshold(shape, seed, place, scale):
    rng = np.random.default_rng(seed)
    head = random_head(shape, rng)
    z = scale * rng.standard_normal((8, head.H))
    t = 1 / head.K + place * (1 - 1 / head.K)
    inside = -U_max(head.logits(z)) < t
    radii = stability_radius(head, z, t)
    np.testing.assert_array_equal(radii > 0, inside)
    for point, radius, within in zip(z, radii, inside, strict=True):
        confidence = -U_max(head.logits(point + (1 - 1e-9) * radius * attacks(head, point, rng)))
        assert (confidence < t + 1e-12).all() if within else (confidence > t - 1e-12).all()


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(1, 6), seeds, st.floats(0.1, 20))
def test_for_two_classes_the_stability_radius_is_the_distance_to_the_boundary(H, seed, L):
    rng = np.random.default_rng(seed)
    head, z = random_head((2, H), rng), rng.standard_normal((5, H))
    v = head.weight[0] - head.weight[1]
    g = z @ v + head.bias[0] - head.bias[1]
    np.testing.assert_allclose(stability_radius(head, z, L=L), (L - np.abs(g)) / np.linalg.norm(v), atol=1e-9)


def test_a_longer_radius_would_be_wrong():
    head = Head([[1.0, 0.0], [-1.0, 0.0]])
    z = np.array([[0.5, 3.0]])
    radius = stability_radius(head, z, t=0.9)[0]
    assert -U_max(head.logits(z + np.array([1.001 * radius, 0])))[0] > 0.9


@settings(deadline=None, derandomize=True, max_examples=150)
@given(shapes, seeds, st.floats(0.02, 0.98), st.booleans())
def test_every_feature_below_the_certified_norm_is_flagged(shape, seed, place, bias):
    rng = np.random.default_rng(seed)
    head = random_head(shape, rng, bias)
    t = 1 / head.K + place * (1 - 1 / head.K)
    radius = norm_certificate(head, t)
    if radius == 0:
        assert (head.centred().bias >= (head.K - 1) / head.K * np.log((head.K - 1) * t / (1 - t)) - 1e-12).any()
        return
    directions = attacks(head, np.zeros(head.H), rng)
    z = (1 - 1e-9) * radius * np.vstack([directions, 0.5 * directions, 0 * directions[:1]])
    assert (-U_max(head.logits(z)) < t).all()


@pytest.mark.parametrize(("K", "H"), [(2, 1), (3, 2), (5, 7), (10, 9)])
def test_the_norm_certificate_is_the_largest_for_a_simplex(K, H):
    W = simplex(K, H, scale=1.7, rng=0)
    radius = norm_certificate(Head(W), 0.8)
    np.testing.assert_allclose(-U_max(radius / 1.7 * W @ W.T), 0.8, rtol=1e-12)
    assert radius == pytest.approx((K - 1) / K * np.log((K - 1) * 4) / 1.7)


def test_the_norm_certificate_with_biases_at_its_ends():
    assert norm_certificate(Head([[1.0], [-1.0]], [5.0, 0.0]), L=3.0) == 0
    assert norm_certificate(Head([[1.0], [1.0]], [1.0, 0.0]), L=3.0) == np.inf
    head = Head([[1.0], [-1.0]], [1.0, 0.0])
    assert -U_max(head.logits([[1.0]]))[0] == pytest.approx(expit(3.0))  # 2·1 + 1 = 3


@settings(deadline=None, derandomize=True, max_examples=60)
@given(shapes, seeds, st.floats(0.1, 10))
def test_certificates_do_not_see_gauge_or_order_and_scale_inversely(shape, seed, factor):
    rng = np.random.default_rng(seed)
    head, z = random_head(shape, rng, bias=False), rng.standard_normal((3, shape[1]))
    order = rng.permutation(shape[0])
    moved = Head((factor * head.weight)[order] + rng.standard_normal(shape[1]), np.full(shape[0], 2.0))
    np.testing.assert_allclose(
        stability_radius(moved, z / factor, L=2.0) * factor, stability_radius(head, z, L=2.0), atol=1e-8
    )
    assert norm_certificate(moved, L=2.0) * factor == pytest.approx(norm_certificate(head, L=2.0), rel=1e-9)
    for bound in (mass_bound_sphere, mass_bound_gaussian):
        assert bound(moved, None, 2.0 / factor, L=2.0) == pytest.approx(
            bound(head, None, 2.0, L=2.0), rel=1e-6, abs=1e-12
        )


def draws(name, H, size, rng):
    z = rng.standard_normal((DRAWS, H))
    return size * (z / np.linalg.norm(z, axis=1, keepdims=True) if name == "sphere" else z)


BOUNDS = {"sphere": mass_bound_sphere, "gaussian": mass_bound_gaussian}


@pytest.mark.parametrize("name", ["sphere", "gaussian"])
@pytest.mark.parametrize("seed", range(6))
def test_mass_bounds_hold_by_monte_carlo(name, seed):
    rng = np.random.default_rng(seed)
    head = random_head((3 + seed, 2 + 3 * seed), rng)
    for t, size in [(0.6, 1.0), (0.8, 0.5), (0.95, 3.0)]:
        share = np.mean(-U_max(head.logits(draws(name, head.H, size, rng))) >= t)
        error = np.sqrt(share * (1 - share) / DRAWS)
        assert share - 4 * error <= BOUNDS[name](head, t, size) <= 1


@pytest.mark.parametrize("name", ["sphere", "gaussian"])
@pytest.mark.parametrize("H", [1, 2, 3, 30])
def test_mass_bounds_are_exact_for_two_classes(name, H):
    rng = np.random.default_rng(H)
    head = Head(rng.standard_normal((2, H)), [0.3, -0.1])
    size = 1.5 * np.sqrt(H) / np.linalg.norm(head.weight[0] - head.weight[1])
    size = size if name == "sphere" else size / np.sqrt(H)
    for t in (0.55, 0.7, 0.8):
        share = np.mean(-U_max(head.logits(draws(name, H, size, rng))) >= t)
        bound = BOUNDS[name](head, t, size)
        assert abs(share - bound) <= 4.5 * np.sqrt(bound * (1 - bound) / DRAWS) + 1e-12


def test_closed_forms_for_two_classes_without_bias():
    head, L = Head([[1.0, 0.0, 0.0, 0.0], [-1.0, 0.0, 0.0, 0.0]]), 1.2
    rho = L / (2 * 0.9)
    assert 1 - mass_bound_sphere(head, None, 0.9, L=L) == pytest.approx(betainc(0.5, 1.5, rho**2), rel=1e-12)
    assert mass_bound_gaussian(head, None, 0.9, L=L) == pytest.approx(2 * ndtr(-rho), rel=1e-12)


def test_high_dimension_hides_the_certain_region_at_fixed_norm_only():
    sphere = [float(mass_bound_sphere(Head(simplex(10, H)), 0.9, 20.0)) for H in (16, 64, 256, 1024)]
    gaussian = [float(mass_bound_gaussian(Head(simplex(10, H)), 0.9, 2.0)) for H in (16, 1024)]
    assert sphere == sorted(sphere, reverse=True)
    assert sphere[-1] < 1e-4 < sphere[0]
    assert gaussian[0] == pytest.approx(gaussian[1])


def test_a_bound_below_the_truth_would_be_caught():
    rng = np.random.default_rng(0)
    head = Head(simplex(3, 3))
    z = draws("gaussian", 3, 2.0, rng)
    share = np.mean(-U_max(head.logits(z)) >= 0.9)
    assert share > 0.2 * mass_bound_gaussian(head, 0.9, 2.0)


def test_classes_that_features_cannot_move():
    head = Head([[0.0], [0.0], [0.0]], [4.0, 0.0, 0.0])
    certain = -log_odds_against(head.logits([[1.0]]))[0]
    for bound in (mass_bound_sphere, mass_bound_gaussian):
        assert bound(head, None, 1.0, L=certain - 1e-9) == 1
        assert bound(head, None, 1.0, L=certain + 1e-9) == 0
        assert bound(Head([[0.0], [0.0]], [2.0, 0.0]), None, 1.0, L=2.0) == 1  # exactly on the threshold


def test_shapes():
    head = Head(simplex(3))
    assert mass_bound_sphere(head, 0.7, [[1.0, 2.0, 3.0]]).shape == (1, 3)
    assert np.ndim(mass_bound_gaussian(head, 0.7, 1.0)) == 0
    assert stability_radius(head, np.zeros((4, 2)), 0.7).shape == (4,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda h: norm_certificate(h, 1.0), r"t: expected a confidence in \(1/K, 1\) = \(0.333333, 1\), got 1.0"),
        (lambda h: norm_certificate(h, 1 / 3), "t: expected a confidence"),
        (lambda h: norm_certificate(h, L=-1.0), "L: expected a finite number above .* = -0.693147, got -1.0"),
        (lambda h: norm_certificate(h, L=np.nan), "L: expected a finite number"),
        (lambda h: norm_certificate(h), "got both or neither"),
        (lambda h: norm_certificate(h, 0.5, L=1.0), "got both or neither"),
        (
            lambda h: stability_radius(Head(np.ones((3, 2))), [[0.0, 0.0]], 0.9),
            "weight: expected at least two different",
        ),
        (lambda h: stability_radius(h, [[0.0]], 0.9), "z: expected 2 features, as the head has, got 1"),
        (lambda h: mass_bound_sphere(h, 0.9, -1.0), "r: expected positive numbers"),
        (lambda h: mass_bound_gaussian(h, 0.9, 0.0), "sigma: expected positive numbers"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call(Head(simplex(3)))
