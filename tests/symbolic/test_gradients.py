"""Proposition 1: every gradient against sympy's derivative, finite differences, and a falsified twin."""

import mpmath
import numpy as np
import pytest
import scipy.stats
import sympy as sp

from softmax_geometry.symbolic import gradients, softmax

Z = sp.symbols("z1:3", real=True)


def rational(shape, seed):
    """Random rationals, so that identities can be checked without rounding."""
    numbers = np.random.default_rng(seed).integers(-9, 10, shape)
    return [[sp.Rational(int(n), 4) for n in row] for row in numbers]


def finite_difference(expression, point, digits=60):
    """Central differences of `expression` at `point`, right to about 20 digits."""
    function = sp.lambdify(Z, expression, "mpmath")
    with mpmath.workdps(digits):
        step, at, out = mpmath.mpf(10) ** -12, [mpmath.mpf(p) for p in point], []
        for h in range(len(at)):
            forward, back = list(at), list(at)
            forward[h] += step
            back[h] -= step
            out.append((function(*forward) - function(*back)) / (2 * step))
    return np.array([float(v) for v in out])


def at_point(gradient, point):
    return np.array(sp.lambdify(Z, gradient)(*point), dtype=float)


def cases():
    out = []
    for K, H in [(2, 1), (2, 2), (3, 2), (4, 2)]:
        weight = rational((K, H), seed=10 * K + H)
        bias = rational((1, K), seed=K)[0]
        out.append(pytest.param(weight, softmax.affine_logits(weight, Z[:H], bias), id=f"K={K},H={H}"))
    return out


@pytest.mark.parametrize(("weight", "logits"), cases())
def test_softmax_gradients_are_sympys_derivatives(weight, logits):
    z = Z[: len(weight[0])]
    printed, compact = (
        gradients.U_entropy_gradient_printed(logits, weight),
        gradients.U_entropy_gradient(logits, weight),
    )
    maximal = gradients.U_max_gradient(logits, weight, top=1)
    at = dict(zip(Z, (sp.Rational(3, 7), sp.Rational(-2, 5)), strict=True))
    for h, coordinate in enumerate(z):
        assert sp.simplify(sp.diff(softmax.U_max(logits, 1), coordinate) - maximal[h]) == 0
        entropy = sp.diff(softmax.U_entropy(logits), coordinate)
        for candidate in (printed[h], compact[h]):
            assert abs((entropy - candidate).subs(at).evalf(50)) < 1e-45
        without_log = candidate + maximal[h]
        assert abs((entropy - without_log).subs(at).evalf(50)) > 1e-6, "a wrong gradient is rejected"


def test_compact_and_printed_entropy_gradients_are_one_expression():
    """Symbolic weights and p: log σ_i = l_i − c turns eq 9 into the covariance, and the +1 contributes 0."""
    p = [*sp.symbols("p1:3"), 1 - sum(sp.symbols("p1:3"))]
    l, w, c = sp.symbols("l1:4"), sp.symbols("w1:4"), sp.Symbol("c")
    pull = [sum(q * (a - b) for q, a in zip(p, w, strict=True)) for b in w]
    printed = sum((x - c + 1) * q * d for x, q, d in zip(l, p, pull, strict=True))
    mean = sum(q * x for q, x in zip(p, l, strict=True))
    compact = -sum(q * (x - mean) * b for q, x, b in zip(p, l, w, strict=True))
    assert sp.expand(printed - compact) == 0
    assert sp.expand(printed + compact) != 0


@pytest.mark.parametrize("point", [(0.3, -0.7), (1.5, 0.2)])
def test_softmax_gradients_are_finite_differences(point):
    weight = [[1, 2], [-2, 1], [0, -1], [3, 0]]
    logits = softmax.affine_logits(weight, Z, [0, 1, 0, -1])
    np.testing.assert_allclose(
        at_point(gradients.U_max_gradient(logits, weight, 2), point),
        finite_difference(softmax.U_max(logits, 2), point),
        rtol=1e-11,
    )
    for derivation in (gradients.U_entropy_gradient_printed, gradients.U_entropy_gradient):
        np.testing.assert_allclose(
            at_point(derivation(logits, weight), point),
            finite_difference(softmax.U_entropy(logits), point),
            rtol=1e-11,
        )


UNEQUAL = {
    "means": [[-1, 0], [2, 1]],
    "covariances": [[[1, 0], [0, 1]], [[4, 1], [1, 2]]],
    "priors": [sp.Rational(1, 4), sp.Rational(3, 4)],
}
EQUAL = {**UNEQUAL, "covariances": [[[1, 0], [0, 1]], [[2, 1], [1, 1]]]}


@pytest.mark.parametrize("mixture", [UNEQUAL, EQUAL])
def test_density_gradient_is_finite_difference_and_sympys_derivative(mixture):
    point = (0.25, -0.5)
    gradient = gradients.U_density_gradient(Z, **mixture)
    np.testing.assert_allclose(
        at_point(gradient, point), finite_difference(softmax.U_density(Z, **mixture), point), rtol=1e-10
    )
    at = dict(zip(Z, (sp.Rational(1, 4), sp.Rational(-1, 2)), strict=True))
    for component, coordinate in zip(gradient, Z, strict=True):
        assert abs((sp.diff(softmax.U_density(Z, **mixture), coordinate) - component).subs(at).evalf(50)) < 1e-45


def test_printed_density_gradient_is_parallel_only_for_equal_determinants():
    def cross(mixture, point):
        a, b = (
            at_point(gradients.U_density_gradient(Z, **mixture), point),
            at_point(gradients.U_density_gradient_printed(Z, **mixture), point),
        )
        return (a[0] * b[1] - a[1] * b[0]) / np.linalg.norm(a) / np.linalg.norm(b)

    assert abs(cross(EQUAL, (0.25, -0.5))) < 1e-12
    assert abs(cross(UNEQUAL, (0.25, -0.5))) > 0.05


def test_printed_density_gradient_has_the_wrong_sign():
    """H=1, μ=(−1, 2), σ²=(1, 4), π=(1/4, 3/4), z=0: both exponentials are e^{−1/2}, signs are rational."""
    mixture = {
        "means": [[-1], [2]],
        "covariances": [[[1]], [[4]]],
        "priors": [sp.Rational(1, 4), sp.Rational(3, 4)],
    }
    assert sp.simplify(gradients.U_density_gradient([0], **mixture)[0]).is_positive
    assert sp.simplify(gradients.U_density_gradient_printed([0], **mixture)[0]).is_negative


@pytest.mark.parametrize("H", [1, 2, 3])
def test_printed_density_gradient_is_the_printed_formula(H):
    rng = np.random.default_rng(H)
    roots = rng.integers(-2, 3, (2, H, H))
    covariances = roots @ roots.transpose(0, 2, 1) + 2 * np.eye(H, dtype=int)
    means, priors, z = rng.integers(-2, 3, (2, H)), [0.25, 0.75], rng.integers(-2, 3, H)
    printed, density = np.zeros(H), 0.0
    for prior, mean, covariance in zip(priors, means, covariances, strict=True):
        pull = np.linalg.solve(covariance, z - mean)
        printed += prior * np.exp(-(z - mean) @ pull / 2) * pull
        density += prior * scipy.stats.multivariate_normal(mean, covariance).pdf(z)
    exact = [sp.Rational(1, 4), sp.Rational(3, 4)]
    found = gradients.U_density_gradient_printed(z.tolist(), means.tolist(), covariances.tolist(), exact)
    np.testing.assert_allclose(np.array(found, dtype=float), printed / density, rtol=1e-12)


def test_indexed_derivative_keeps_what_does_not_depend_on_the_bound_index():
    """∂/∂l_m Σ_j (l_j² l_i + j) = 2 l_m l_i + δ_im Σ_j l_j²."""
    l, i, m, K = sp.IndexedBase("l"), *sp.symbols("i m K", integer=True)
    derived = gradients.indexed_derivative(
        sp.Sum(l[softmax.bound] ** 2 * l[i] + softmax.bound, (softmax.bound, 1, K)), l, m
    )
    values = {l[1]: 2, l[2]: 3, l[3]: 5}
    for a in (1, 2, 3):
        for b in (1, 2, 3):
            concrete = derived.subs({K: 3, i: a, m: b}).doit().subs(values)
            assert concrete == 2 * values[l[b]] * values[l[a]] + (38 if a == b else 0)


def test_logit_gradients_for_every_K():
    l, top, m, K = sp.IndexedBase("l"), *sp.symbols("top m K", integer=True)
    derived = gradients.indexed_derivative(softmax.indexed_U_max(l, top, K), l, m)
    assert sp.expand(derived - gradients.indexed_U_max_logit_gradient(l, top, m, K)) == 0
    assert sp.expand(derived + gradients.indexed_U_max_logit_gradient(l, top, m, K)) != 0
    derived = gradients.indexed_derivative(softmax.indexed_U_entropy(l, K), l, m)
    assert sp.expand(derived - gradients.indexed_U_entropy_logit_gradient(l, m, K)) == 0
    assert sp.expand(derived - gradients.indexed_softmax(l, m, K)) != 0


@pytest.mark.parametrize("size", [2, 3, 4])
def test_indexed_feature_gradients_are_the_concrete_ones(size):
    l, w = sp.IndexedBase("l"), sp.IndexedBase("w")
    top, h, K = sp.symbols("top h K", integer=True)
    logits = [l[n] for n in range(1, size + 1)]
    weight = [[w[n, 1]] for n in range(1, size + 1)]
    at = {K: size, top: 2, h: 1}
    indexed = gradients.indexed_U_max_gradient(l, w, top, h, K).subs(at).doit()
    assert sp.simplify(indexed - gradients.U_max_gradient(logits, weight, 1)[0]) == 0
    indexed = gradients.indexed_U_entropy_gradient(l, w, h, K).subs(at).doit()
    assert sp.simplify(indexed - gradients.U_entropy_gradient(logits, weight)[0]) == 0


def test_indexed_derivative_is_sympys_at_concrete_K():
    l, i, m, K = sp.IndexedBase("l"), *sp.symbols("i m K", integer=True)
    x = sp.symbols("x1:4")
    values = {l[n + 1]: x[n] for n in range(3)}
    general = gradients.indexed_derivative(softmax.indexed_softmax(l, i, K), l, m)
    for a in (1, 2, 3):
        for b in (1, 2, 3):
            concrete = general.subs({K: 3, i: a, m: b}).doit().subs(values)
            assert sp.simplify(concrete - sp.diff(softmax.softmax(x)[a - 1], x[b - 1])) == 0
