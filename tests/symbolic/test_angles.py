"""Confidence and angle as expressions: exact identities, random z against the envelope, and the counterexamples."""

import math

import mpmath
import numpy as np
import pytest
import scipy.special
import sympy as sp

from softmax_geometry.symbolic import angles, softmax, structure

c, m, K, k, theta = sp.symbols("c m K k theta", positive=True)


def simplex_rows(size, off_span):
    vertices = structure.simplex_vertices if off_span else structure.simplex_coordinates
    return np.array(vertices(size), dtype=float)


def random_confidences(size, scale, off_span, n=2000, seed=0):
    """Max cosine and confidence at n random unit z, the scale c applied to the cosines."""
    W = simplex_rows(size, off_span)
    z = np.random.default_rng(seed).normal(size=(n, W.shape[1]))
    cosines = z / np.linalg.norm(z, axis=1, keepdims=True) @ W.T
    return cosines.max(axis=1), scipy.special.softmax(scale * cosines, axis=1).max(axis=1)


def test_confidence_is_the_softmax_of_simplex_logits():
    W, z = structure.simplex_coordinates(4), [sp.Rational(1, 3), -2, sp.Rational(-5, 2)]
    norm = sp.sqrt(sum(x**2 for x in z))
    logits = softmax.affine_logits(W, z)
    top = int(np.argmax([float(l) for l in logits]))
    cosines = [logits[top] / norm] + [l / norm for i, l in enumerate(logits) if i != top]
    assert abs((angles.confidence(norm, cosines) + softmax.U_max(logits, top)).evalf(40)) < 1e-35
    assert abs((angles.confidence(norm, cosines[::-1]) + softmax.U_max(logits, top)).evalf(40)) > 1e-3


def test_two_and_three_class_forms_are_special_cases():
    assert sp.simplify(angles.confidence(c, [m, -m]) - angles.two_class_confidence(c, m)) == 0
    x = angles.three_class_cosines(theta)
    assert sp.simplify(sum(x)) == 0
    assert sp.simplify(sum(y**2 for y in x)) == sp.Rational(3, 2)
    W = sp.Matrix([[1, 0], [sp.Rational(-1, 2), sp.sqrt(3) / 2], [sp.Rational(-1, 2), -sp.sqrt(3) / 2]])
    assert sp.simplify(W * sp.Matrix([sp.cos(theta), sp.sin(theta)]) - sp.Matrix(x)).is_zero_matrix


def test_three_class_derivatives():
    p_1 = angles.three_class_confidence(c, theta)
    in_theta, in_cosine = angles.three_class_derivative(c, theta), angles.three_class_derivative_in_cosine(c, theta)
    f = sp.lambdify((c, theta), p_1, "mpmath")
    g, g_cosine = (sp.lambdify((c, theta), d, "mpmath") for d in (in_theta, in_cosine))
    with mpmath.workdps(40):
        for scale in (0.2, 1, 7):
            for angle in (0.1, 0.6, 1.04):
                slope = mpmath.diff(lambda a, s=scale: f(s, a), angle)
                assert abs(slope - g(scale, angle)) < 1e-25
                assert abs(-slope / mpmath.sin(angle) - g_cosine(scale, angle)) < 1e-25
                assert g(scale, angle) < 0 < g_cosine(scale, angle), "the paper prints the opposite sign"
    at = {c: 3, theta: sp.Rational(1, 2)}
    assert abs((sp.diff(p_1, theta) - in_theta).subs(at).evalf(50)) < 1e-45


def test_certificate_is_affine_and_negative_at_both_ends():
    e = sp.Symbol("e")
    N = angles.three_class_certificate(theta, e)
    assert sp.diff(N, e, 2) == 0
    assert sp.simplify(N.subs(e, 1) + 3 * sp.sin(theta)) == 0
    assert sp.simplify(N.subs(e, 0) + sp.sqrt(3) * sp.cos(theta - sp.pi / 3)) == 0
    assert sp.simplify(N.subs(e, 0) + sp.sqrt(3) * sp.cos(theta)) != 0


def test_upper_extreme_point_lies_on_the_sphere_for_every_K():
    a, b = angles.upper_extreme_point(m, K)
    assert sp.simplify(m + (K - 2) * a + b) == 0
    assert sp.simplify(m**2 + (K - 2) * a**2 + b**2 - K / (K - 1)) == 0
    assert sp.simplify(m**2 + (K - 2) * b**2 + a**2 - K / (K - 1)) != 0


def test_lower_extreme_point_lies_on_the_sphere_for_every_K_and_k():
    y, b = angles.lower_extreme_point(m, K, k)
    assert sp.simplify(k * m + y + (K - k - 1) * b) == 0
    assert sp.simplify(k * m**2 + y**2 + (K - k - 1) * b**2 - K / (K - 1)) == 0


@pytest.mark.parametrize("size", [3, 4, 7])
@pytest.mark.parametrize("scale", [0.5, 5.0])
def test_envelope_in_the_span(size, scale):
    x, confidence = random_confidences(size, scale, off_span=False)
    count = sp.lambdify(m, angles.tied_count(m, size))
    high = sp.lambdify(m, angles.envelope_upper_in_span(m, scale, size))(x)
    low = sp.lambdify((m, k), angles.envelope_lower(m, scale, size, k))
    lows = np.array([low(v, int(count(v))) for v in x])
    assert (confidence <= high * (1 + 1e-9)).all()
    assert (confidence >= lows * (1 - 1e-9)).all()
    if size == 3:
        np.testing.assert_allclose(lows, high, rtol=1e-8)
        np.testing.assert_allclose(confidence, high, rtol=1e-8)
    else:
        assert (confidence < high * 0.999).any()
        assert (confidence > lows * 1.001).any()


@pytest.mark.parametrize("size", [3, 5])
def test_envelope_off_the_span(size):
    x, confidence = random_confidences(size, 4.0, off_span=True)
    high = sp.lambdify(m, angles.envelope_upper(m, 4.0, size))(x)
    low_near = sp.lambdify(m, angles.envelope_lower_off_span(m, 4.0, size))(x)
    low_far = sp.lambdify((m, k), angles.envelope_lower(m, 4.0, size, k))
    count = sp.lambdify(m, angles.tied_count(m, size))
    low = [a if v < 1 / (size - 1) else low_far(v, int(count(v))) for v, a in zip(x, low_near, strict=True)]
    assert (confidence <= high + 1e-12).all()
    assert (confidence >= np.array(low) - 1e-12).all()
    in_span = sp.lambdify(m, angles.envelope_upper_in_span(m, 4.0, size))(x)
    assert (confidence > in_span).any(), "off the span the smaller bound fails"


def test_envelope_is_attained():
    """The extreme points are confidences of actual cosines, and the two upper bounds meet at m = 1."""
    a, b = angles.upper_extreme_point(m, 5)
    assert sp.simplify(angles.confidence(c, [m, a, a, a, b]) - angles.envelope_upper_in_span(m, c, 5)) == 0
    y, b = angles.lower_extreme_point(m, 5, 2)
    assert sp.simplify(1 / angles.confidence(c, [m, m, y, b, b]) - 1 / angles.envelope_lower(m, c, 5, 2)) == 0
    other = -m / 4
    assert sp.simplify(1 / angles.confidence(c, [m] + [other] * 4) - 1 / angles.envelope_upper(m, c, 5)) == 0
    tied = [m] * 4 + [-4 * m]
    assert sp.simplify(1 / angles.confidence(c, tied) - 1 / angles.envelope_lower_off_span(m, c, 5)) == 0
    assert sp.simplify(angles.envelope_upper_in_span(1, c, K) - angles.envelope_upper(1, c, K)) == 0


def test_safe_cosine_inverts_the_upper_envelope():
    lower = sp.Symbol("p", positive=True)
    g = angles.safe_cosine(lower, c, K)
    assert sp.simplify(sp.expand_log(angles.envelope_upper(g, c, K), force=True) - lower) == 0
    values = []
    for cosine in (0.9, 0.6):
        count = angles.tied_count(cosine, 10)
        values.append(float(angles.safe_cosine(angles.envelope_lower(cosine, 5, 10, count), 5, 10)))
    assert values == pytest.approx([0.81, 0.345], abs=5e-3)


def test_meridian_is_the_softmax_along_a_great_circle():
    W = simplex_rows(4, off_span=False)
    u = np.array([0.3, -1.0, 0.5])
    u -= (u @ W[0]) * W[0]
    u /= np.linalg.norm(u)
    t = (W[1:] @ u).tolist()
    phi = np.linspace(0, np.pi / 2, 50)
    z = np.cos(phi)[:, None] * W[0] + np.sin(phi)[:, None] * u
    direct = scipy.special.softmax(3.0 * z @ W.T, axis=1)[:, 0]
    symbol = sp.Symbol("phi")
    np.testing.assert_allclose(sp.lambdify(symbol, angles.meridian_confidence(symbol, 3.0, t))(phi), direct, rtol=1e-12)
    cosines = np.array(sp.lambdify(symbol, angles.meridian_cosines(symbol, t))(phi)).T
    np.testing.assert_allclose(cosines, z @ W.T, atol=1e-14)
    assert (np.diff(direct) < 0).all()


def test_meridian_confidence_is_the_softmax_of_its_cosines():
    t = [*sp.symbols("t2:4"), -sum(sp.symbols("t2:4"))]
    by_cosines = angles.confidence(c, angles.meridian_cosines(theta, t))
    assert sp.powsimp(sp.expand(1 / by_cosines - 1 / angles.meridian_confidence(theta, c, t))) == 0


def test_equation_82_is_the_difference_of_equation_81():
    x_2, d1, d2 = sp.symbols("x_2 delta_1 delta_2", real=True)
    d_c = angles.conserved_change(d1, d2, K)
    assert sp.simplify(d1 + d2 + (K - 2) * d_c) == 0
    before = sp.exp(x_2) + K - 2
    after = sp.exp(x_2 + d2 - d1) + (K - 2) * sp.exp(d_c - d1)
    sides = angles.equation_82_right(x_2, d1, d2) - angles.equation_82_left(d1, d2, K)
    assert sp.expand(after - before - sides) == 0


def test_equation_82_can_fail():
    d1, d2 = sp.Rational(-1, 100), sp.Rational(1, 5)
    left = angles.equation_82_left(d1, d2, 3)
    assert left.evalf(30) > angles.equation_82_right(sp.Rational(-1, 2), d1, d2).evalf(30)
    assert left.evalf(30) < angles.equation_82_right(sp.Rational(1, 2), d1, d2).evalf(30)


def test_non_negative_drift_lowers_the_confidence():
    rng = np.random.default_rng(6)
    l, change = rng.normal(0, 2, (1000, 4)), rng.normal(0, 2, (1000, 4))
    p, after = scipy.special.softmax(l, axis=1), scipy.special.softmax(l + change, axis=1)
    P, D = sp.symbols("p1:5"), sp.symbols("d1:5")
    drifts = sp.lambdify((*P, *D), angles.drift(P, D))(*p.T, *change.T)
    assert (after[drifts >= 0, 0] <= p[drifts >= 0, 0]).all()
    assert (after[drifts < 0, 0] > p[drifts < 0, 0]).any()
    assert 100 < (drifts >= 0).sum() < 900
    at_zero = sp.diff(
        -sp.log(softmax.softmax([a + theta * d for a, d in zip((1, 0, -1), D[:3], strict=True)])[0]), theta
    )
    start = angles.drift(softmax.softmax([1, 0, -1]), D[:3])
    assert sp.simplify(at_zero.subs(theta, 0) - start) == 0


def test_large_K_tolerance():
    """A larger drop of max cos than the tolerance lowers the confidence; a smaller one need not."""
    x, confidence = random_confidences(6, 1.5, off_span=False, n=400)
    drop = x[:, None] - x[None, :]
    tolerance = float(angles.large_K_tolerance(1.5, 6))
    rises = confidence[None, :] > confidence[:, None] * (1 + 1e-12)
    assert not (rises & (drop >= tolerance)).any()
    assert (rises & (drop > 0)).any()
    assert sp.limit(angles.large_K_tolerance(c, K), K, sp.oo) == 0


@pytest.mark.parametrize("strength", [0.5, 3.0])
@pytest.mark.parametrize("size", [3, 10])
def test_large_K_tolerance_by_its_series(strength, size):
    """(K−1)(e^{cT} − 1) = e^c − 1 − c = c²/2! + c³/3! + …."""
    T = float(angles.large_K_tolerance(strength, size))
    series = sum(strength**n / math.factorial(n) for n in range(2, 40))
    assert (size - 1) * math.expm1(strength * T) == pytest.approx(series, rel=1e-13)


def test_arc_keeps_sum_and_squares_and_its_derivative_is_the_lemma():
    mean, radius = sp.symbols("mean radius", positive=True)
    x = angles.arc_coordinates(mean, radius, theta)
    assert sp.simplify(sum(x) - 3 * mean) == 0
    assert sp.simplify(sum(y**2 for y in x) - 3 * mean**2 - sp.Rational(3, 2) * radius**2) == 0
    for f in (lambda v: v**3, lambda v: sp.exp(2 * v)):
        direct = sp.diff(sum(f(y) for y in x), theta)
        lemma = angles.arc_derivative(lambda v, f=f: sp.diff(f(theta), theta).subs(theta, v), x)
        at = {mean: sp.Rational(1, 3), radius: 2, theta: sp.Rational(1, 2)}
        assert abs((direct - lemma).subs(at).evalf(50)) < 1e-40
        assert lemma.subs(at).evalf() < 0
    assert sp.simplify(angles.divided_difference(lambda v: v**2, *sp.symbols("x y z"))) == 1


def test_sandwich_odds():
    sandwich = structure.named_structures()["sandwich"]
    first, second = [1, 0], [sp.Rational(4, 5), sp.Rational(-3, 5)]
    for z in (first, second):
        logits = [c * l for l in softmax.affine_logits(sandwich, z)]
        odds = sp.exp(softmax.log_odds_against(logits, top=2))
        assert sp.simplify(odds - angles.sandwich_odds(c, z)) == 0
    confidences = [1 / (1 + float(angles.sandwich_odds(1, z))) for z in (first, second)]
    assert confidences == pytest.approx([0.6652, 0.6904], abs=5e-5)
    printed = [sp.Rational(9, 10), sp.Rational(-44, 100)]
    assert 1 / (1 + float(angles.sandwich_odds(1, printed))) == pytest.approx(0.70070, abs=5e-6)
    assert sum(x**2 for x in printed) != 1, "the printed z2 is not of norm 1"


def test_theorem_4_counterexample():
    """K=3, H=3, c=1: the smaller max cos has the larger confidence."""
    wide, narrow = [13, -2, -11], [18, -9, -9]
    for row, size in ((wide, 14), (narrow, 20)):
        assert sum(row) == 0
        assert sp.Rational(sum(x**2 for x in row), size**2) <= sp.Rational(3, 2)
    high = angles.confidence(1, [sp.Rational(x, 14) for x in wide])
    low = angles.confidence(1, [sp.Rational(x, 20) for x in narrow])
    assert sp.Rational(13, 14) > sp.Rational(9, 10)
    assert high.evalf(30) < low.evalf(30)
