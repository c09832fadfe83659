"""The estimators as expressions against the array functions, scipy and 50-digit arithmetic."""

import mpmath
import numpy as np
import pytest
import scipy.special
import scipy.stats
import sympy as sp

from softmax_geometry import estimators
from softmax_geometry.symbolic import softmax as symbolic

LOGITS = sp.symbols("l1:5", real=True)


def sorted_logits(n=50, K=4, scale=3.0, seed=1):
    """Random rows whose largest logit comes first, so that `top` is 0."""
    return -np.sort(-np.random.default_rng(seed).normal(0, scale, (n, K)), axis=1)


@pytest.mark.parametrize(
    ("expression", "function"),
    [
        (lambda l: symbolic.U_max(l, top=0), estimators.U_max),
        (symbolic.U_entropy, estimators.U_entropy),
        (symbolic.U_cool, estimators.U_cool),
        (symbolic.U_entropy_log, estimators.U_entropy_log),
        (lambda l: symbolic.U_max_log(l, top=0), estimators.U_max_log),
        (lambda l: symbolic.log_odds_against(l, top=0), estimators.log_odds_against),
    ],
)
def test_expression_and_array_function_agree(expression, function):
    rows = sorted_logits()
    np.testing.assert_allclose(sp.lambdify(LOGITS, expression(LOGITS))(*rows.T), function(rows), rtol=1e-9)


def test_softmax_is_scipys():
    rows = sorted_logits()
    got = np.stack(sp.lambdify(LOGITS, symbolic.softmax(LOGITS))(*rows.T), axis=1)
    np.testing.assert_allclose(got, scipy.special.softmax(rows, axis=1), rtol=1e-13)


def test_log_space_twins_are_logs_of_the_plain_ones():
    point = dict(zip(LOGITS, (90, 1, sp.Rational(1, 3), -2), strict=True))
    confidence = -symbolic.U_max(LOGITS, 0).subs(point)
    odds = sp.log((1 - confidence) / confidence).evalf(50)
    assert abs(symbolic.log_odds_against(LOGITS, 0).subs(point).evalf(50) - odds) < 1e-45
    assert abs(symbolic.U_max_log(LOGITS, 0).subs(point).evalf(50) - sp.log(1 - confidence).evalf(50)) < 1e-45
    assert abs(symbolic.log_odds_against(LOGITS, 1).subs(point).evalf(50) - odds) > 1, "top matters"


def test_entropy_is_scipys():
    rows = sorted_logits()
    expected = scipy.stats.entropy(scipy.special.softmax(rows, axis=1), axis=1)
    np.testing.assert_allclose(sp.lambdify(LOGITS, symbolic.U_entropy(LOGITS))(*rows.T), expected, rtol=1e-11)


def test_cooling_divides_the_logits_by_ten_unless_told_otherwise():
    rows = sorted_logits()
    for options, factor in (({}, 0.1), ({"factor": 3}, 3)):
        expected = scipy.stats.entropy(scipy.special.softmax(factor * rows, axis=1), axis=1)
        found = sp.lambdify(LOGITS, symbolic.U_cool(LOGITS, **options))(*rows.T)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_affine_logits_are_those_of_the_head():
    rng = np.random.default_rng(2)
    weight, bias, z = rng.normal(size=(3, 2)), rng.normal(size=3), rng.normal(size=2)
    got = [float(l) for l in symbolic.affine_logits(weight.tolist(), z.tolist(), bias.tolist())]
    np.testing.assert_allclose(got, weight @ z + bias, rtol=1e-14)


def test_magnitude_angle_form_needs_zero_bias():
    weight, z = [[3, 4], [-1, 0], [0, 2]], [2, 1]
    norms, z_norm = [5, 1, 2], sp.sqrt(5)
    cosines = [sp.Rational(10, 5) / z_norm, -2 / z_norm, 1 / z_norm]
    by_angle = symbolic.magnitude_angle_softmax(norms, z_norm, cosines)
    assert by_angle == symbolic.softmax(symbolic.affine_logits(weight, z))
    assert by_angle != symbolic.softmax(symbolic.affine_logits(weight, z, [1, 0, 0]))


def test_mixture_density_is_scipys():
    rng = np.random.default_rng(3)
    means = rng.normal(size=(3, 2))
    roots = rng.normal(size=(3, 2, 2))
    covariances = roots @ roots.transpose(0, 2, 1) + np.eye(2)
    priors = np.array([0.2, 0.3, 0.5])
    z = sp.symbols("x y")
    U = sp.lambdify(z, symbolic.U_density(z, means.tolist(), covariances.tolist(), priors.tolist()))
    parts = sp.lambdify(z, symbolic.responsibilities(z, means.tolist(), covariances.tolist(), priors.tolist()))
    points = rng.normal(size=(20, 2))
    densities = np.array(
        [
            p * scipy.stats.multivariate_normal(m, c).pdf(points)
            for m, c, p in zip(means, covariances, priors, strict=True)
        ]
    )
    np.testing.assert_allclose(U(*points.T), -np.log(densities.sum(axis=0)), rtol=1e-10)
    np.testing.assert_allclose(parts(*points.T), densities / densities.sum(axis=0), rtol=1e-9)


def test_mixture_density_integrates_to_one_at_50_digits():
    x = sp.Symbol("x")
    q = sp.lambdify(
        x,
        symbolic.mixture_density(
            [x], [[-1], [2]], [[[sp.Rational(1, 4)]], [[9]]], [sp.Rational(1, 3), sp.Rational(2, 3)]
        ),
        "mpmath",
    )
    with mpmath.workdps(50):
        assert abs(mpmath.quad(q, [-mpmath.inf, -1, 2, mpmath.inf]) - 1) < mpmath.mpf(10) ** -40


def test_indexed_forms_are_the_concrete_ones_at_every_small_K():
    l, i, K = sp.IndexedBase("l"), *sp.symbols("i K", integer=True)
    for size in range(2, 5):
        logits = [l[n] for n in range(1, size + 1)]
        at = {K: size, i: 2}
        assert sp.simplify(symbolic.indexed_softmax(l, i, K).subs(at).doit() - symbolic.softmax(logits)[1]) == 0
        assert sp.simplify(symbolic.indexed_U_max(l, i, K).subs(at).doit() - symbolic.U_max(logits, 1)) == 0
        values = {l[n + 1]: sp.sqrt(prime) for n, prime in enumerate((2, 3, 5, 7))}
        entropy = symbolic.indexed_U_entropy(l, K).subs(at).doit().subs(values)
        assert abs((entropy - symbolic.U_entropy(logits).subs(values)).evalf(50)) < 1e-45
        assert abs((entropy - symbolic.U_cool(logits).subs(values)).evalf(50)) > 1e-3
