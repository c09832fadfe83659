"""Thresholds, margins, offsets and ellipsoids as expressions against independent computations."""

import mpmath
import numpy as np
import pytest
import scipy.stats
import sympy as sp

from softmax_geometry import estimators
from softmax_geometry.head import Head
from softmax_geometry.regions import LinearRegion
from softmax_geometry.symbolic import regions, softmax
from softmax_geometry.thresholds import Threshold

M, L, t, K = sp.symbols("M L t K", positive=True)


def test_confidence_and_margin_threshold_are_inverse():
    assert sp.simplify(regions.confidence_from_margin(regions.margin_from_confidence(t)) - t) == 0
    assert regions.margin_from_confidence(sp.Rational(1, 2)) == 0
    assert float(regions.margin_from_confidence(0.95)) == pytest.approx(2.9444389791664403, rel=1e-14)


def test_offsets_and_widths_are_those_of_the_linear_region():
    weight = np.random.default_rng(1).normal(size=(4, 3))
    region = LinearRegion(Head(weight), 2.5)
    for i in range(4):
        for j in range(i):
            assert float(regions.offset(2.5, weight[i], weight[j])) == pytest.approx(region.offsets[i, j], rel=1e-12)
            assert float(regions.width(2.5, weight[i], weight[j])) == pytest.approx(region.widths[i, j], rel=1e-12)


def test_offset_puts_the_margin_at_L_and_theorem_1s_is_twice_it():
    w = sp.symbols("w1:3", real=True)
    minus = [-x for x in w]
    alpha = regions.offset(L, w, minus)
    on_plane = [alpha * (a - b) for a, b in zip(w, minus, strict=True)]
    l1, l2 = softmax.affine_logits([w, minus], on_plane)
    assert sp.simplify(l1 - l2 - L) == 0
    twice = [regions.theorem_1_offset(alpha) * x for x in w]
    assert sp.simplify(sp.Matrix(on_plane) - sp.Matrix(twice)).is_zero_matrix
    assert not sp.simplify(sp.Matrix(on_plane) - sp.Matrix([alpha * x for x in w])).is_zero_matrix, "never mix them"
    half_width = sp.sqrt(sum(x**2 for x in on_plane))
    assert sp.simplify((2 * half_width) ** 2 - regions.width(L, w, minus) ** 2) == 0


def test_confidence_lies_between_floor_and_ceiling_and_attains_the_floor():
    rows = np.random.default_rng(2).normal(0, 3, (500, 5))
    gaps, confidence = estimators.margin(rows), -estimators.U_max(rows)
    floor = sp.lambdify(M, regions.confidence_floor(M, 5))(gaps)
    ceiling = sp.lambdify(M, regions.confidence_ceiling(M))(gaps)
    assert (floor <= confidence + 1e-15).all()
    assert (confidence <= ceiling + 1e-15).all()
    assert not (floor >= confidence).all()
    assert sp.simplify(regions.confidence_floor(M, 4) + softmax.U_max([M, 0, 0, 0], 0)) == 0
    assert sp.limit(-softmax.U_max([M, 0, -t, -t], 0), t, sp.oo).equals(regions.confidence_ceiling(M))


def test_floor_inverts_to_L_plus_log_K_minus_1():
    """max σ < t forces M < L + log(K−1) (theorem 2.6): the floor reaches t exactly there, not at L."""
    top = regions.margin_from_confidence(t) + sp.log(K - 1)
    assert sp.simplify(regions.confidence_floor(top, K) - t) == 0
    assert sp.simplify(regions.confidence_floor(regions.margin_from_confidence(t), K) - t) != 0


def test_entropy_lies_between_floor_and_ceiling():
    rows = np.random.default_rng(3).normal(0, 2, (500, 5))
    gaps, entropy = estimators.margin(rows), estimators.U_entropy(rows)
    floor = sp.lambdify(M, regions.entropy_floor(M))(gaps)
    ceiling = sp.lambdify(M, regions.entropy_ceiling(M, 5))(gaps)
    assert (floor <= entropy + 1e-13).all()
    assert (entropy <= ceiling + 1e-13).all()


def test_entropy_bounds_are_entropies():
    p = 1 / (1 + 4 * np.exp(-1.7))
    assert float(regions.entropy_ceiling(1.7, 5)) == pytest.approx(
        scipy.stats.entropy([p] + [(1 - p) / 4] * 4), rel=1e-13
    )
    p = 1 / (1 + np.exp(-1.7))
    assert float(regions.entropy_floor(1.7)) == pytest.approx(scipy.stats.entropy([p, 1 - p]), rel=1e-13)
    assert regions.entropy_ceiling(0, K).equals(sp.log(K))


def test_boundary_margin_puts_the_confidence_at_t():
    l = sp.symbols("l3:5", real=True)
    S = sum(sp.exp(x - M) for x in l)  # l_1 = M, l_2 = 0
    residual = -softmax.U_max([M, 0, *l], 0) - regions.confidence_from_margin(L)
    at = {l[0]: -3, l[1]: sp.Rational(-7, 2)}
    # S depends on l_1 = M, so solve the fixed point numerically at 50 digits.
    with mpmath.workdps(50):
        gap = sp.lambdify(M, (M - regions.boundary_margin(2, S)).subs(at), "mpmath")
        root = mpmath.findroot(gap, 2.1)
        assert abs(sp.lambdify(M, residual.subs(at).subs(L, 2), "mpmath")(root)) < mpmath.mpf(10) ** -45
        assert root > 2
    assert regions.boundary_margin(L, 0) == L


WEIGHT = [[1, 0], [-1, 0], [0, -1], [sp.Rational(1, 2), -2]]
DIRECTION = [0, 1]


def test_far_field_confidence_is_the_softmax_there():
    beta, alpha = sp.symbols("beta alpha", positive=True)
    z = [beta * d + alpha * (a - b) for d, a, b in zip(DIRECTION, WEIGHT[0], WEIGHT[1], strict=True)]
    direct = -softmax.U_max(softmax.affine_logits(WEIGHT, z), 0)
    assert sp.simplify(direct - regions.far_field_confidence(beta, alpha, WEIGHT, DIRECTION)) == 0
    tilted = regions.far_field_confidence(beta, alpha, WEIGHT, [1, 1])
    assert sp.simplify(direct - tilted) != 0


def test_far_field_bound_holds_and_is_not_idle():
    beta, alpha = sp.symbols("beta alpha", positive=True)
    far = regions.confidence_from_margin(4 * alpha)
    error = sp.lambdify((beta, alpha), sp.Abs(regions.far_field_confidence(beta, alpha, WEIGHT, DIRECTION) - far))
    bound = sp.lambdify((beta, alpha), regions.far_field_bound(beta, alpha, WEIGHT, DIRECTION))
    remainder = sp.lambdify((beta, alpha), regions.far_field_remainder(beta, alpha, WEIGHT, DIRECTION))
    b, a = np.meshgrid(np.linspace(0.01, 8, 30), np.linspace(0.01, 3, 30))
    assert (error(b, a) <= remainder(b, a)).all()
    assert (remainder(b, a) <= bound(b, a) * (1 + 1e-12)).all()
    assert bound(8.0, 0.5) < 2e-3
    assert (error(b, a) > remainder(b + 3, a)).any(), "a bound that forgets β would be caught"


def test_far_field_bound_by_hand():
    """γ = min(3, 6) and C = max(−18, −9), for two classes beyond the first two."""
    beta, alpha = sp.symbols("beta alpha", positive=True)
    weight = [[3 * x for x in row] for row in WEIGHT]
    for order in ([0, 1, 2, 3], [0, 1, 3, 2]):
        bound = regions.far_field_bound(beta, alpha, [weight[i] for i in order], DIRECTION)
        assert bound == 2 * sp.exp(-3 * beta - 9 * alpha)


@pytest.mark.parametrize("H", [1, 3])
def test_ellipsoid_radius_in_other_dimensions(H):
    """A component that reaches the level at its mean has radius 0, and log-level falls by half the radius."""
    covariance = np.eye(H, dtype=int) * 2 + 1
    peak = 0.25 * scipy.stats.multivariate_normal(np.zeros(H), covariance).pdf(np.zeros(H))
    for drop in (0.0, 3.0):
        radius = regions.ellipsoid_radius(peak * np.exp(-drop / 2), 0.25, covariance.tolist())
        assert float(radius) == pytest.approx(drop, abs=1e-12)


def test_ellipsoid_radius_is_where_a_component_reaches_the_level():
    covariance, mean = [[4, 1], [1, 2]], [1, -1]
    prior, level = sp.Rational(1, 3), sp.Rational(1, 500)
    z = sp.symbols("x y", real=True)
    density = prior * softmax.normal_density(z, mean, covariance)
    q, c = (
        regions.squared_mahalanobis(z, mean, covariance),
        regions.ellipsoid_radius(level, prior, covariance),
    )
    assert sp.simplify(sp.expand_log(sp.log(density / level), force=True) - (c - q) / 2).equals(0)
    point = np.array([2.0, 0.5])
    ours = float(q.subs(dict(zip(z, point, strict=True))))
    offset = point - mean
    assert ours == pytest.approx(offset @ np.linalg.solve(covariance, offset), rel=1e-13)


def test_printed_ellipsoid_is_not_a_density_contour():
    covariance, mean = [[4, 0], [0, 1]], [0, 0]
    a, b = [2, 0], [0, 1]
    assert softmax.normal_density(a, mean, covariance) == softmax.normal_density(b, mean, covariance)
    assert regions.squared_mahalanobis(a, mean, covariance) == regions.squared_mahalanobis(b, mean, covariance) == 1
    assert [regions.quadratic_form_printed(z, mean, covariance) for z in (a, b)] == [16, 1]


def test_entropy_threshold_margins_are_roots_of_the_expressions():
    for entropy in (0.02, 0.3, 0.6):
        threshold = Threshold("U_entropy", 0.05, float(np.log(entropy)), "empirical")
        assert float(regions.entropy_floor(threshold.margin)) == pytest.approx(entropy, rel=1e-11)
        assert float(regions.entropy_ceiling(threshold.margin_upper(7), 7)) == pytest.approx(entropy, rel=1e-11)


def test_confidence_threshold_margins():
    threshold = Threshold("U_max", 0.05, float(np.log(0.1)), "empirical")
    assert float(regions.margin_from_confidence(0.9)) == pytest.approx(threshold.margin, rel=1e-13)
    assert float(regions.confidence_floor(threshold.margin_upper(7), 7)) == pytest.approx(0.9, rel=1e-13)
