"""Theorem 3.5: more noise never lowers the loss, but it can raise the confidence.

**Claim** (paper, proof of theorem 3, criterion 5, read off eq 38). "Softmax confidence always decreases with
increasing variance", hence Σ_i ≈ 0. *Theorem 3.5* (ours): what is true instead.

**Verdict.** Refuted for K ≥ 3. Theorem 3.5 proved.

**What is true.** Let z = μ + √v ξ with E ξ = 0.
(a) E[−log σ(z)_i] is non-decreasing in v ≥ 0, for any K, weights, biases and law of ξ: so the loss prefers small
variance.
(b) K = 2, ξ Gaussian, and class i ahead at μ (l_i > l_j): E σ(z)_i strictly decreases in the variance of l_i − l_j.
If class i is behind, it strictly increases.
(c) Any K: if σ_i > 1/2 at μ and ξ has a finite variance, the derivative of E σ(z)_i in v is negative at v = 0, unless
the noise leaves all l_j − l_i as they are (then it is 0); if σ_i = 1/2 it is ≤ 0. The constant 1/2 is sharp: for any
p < 1/2 there are a K, a point with σ_i = p and noise for which it is positive.
(d) Counterexample to the claim. Optimal structure, K = 3, ‖w_i‖ = 1, μ = x w_1, noise along w_1: σ_1 = 1/(1 +
2e^{−3x/2}). At x = 1/5 class 1 is the argmax, yet the mean of σ_1 at x ± 1, and for x ~ N(1/5, 1), is larger than σ_1
at x = 1/5.

**Proof.**
(a) f = −log σ_i along μ + τξ is convex in τ (theorem 3, step 1), so g(τ) = E f(μ + τξ) is convex, and g(τ) ≥ f(μ) =
g(0) by Jensen: a convex function with its minimum at 0 is non-decreasing on τ ≥ 0.
(b) Let m = l_i − l_j at μ and s² the variance of l_i − l_j. The heat equation gives d/d(s²) E σ(m + sξ) = ½ E σ''(m +
sξ). σ'' = σ(1−σ)(1−2σ) is odd and negative on (0, ∞), so E σ''(m + sξ) = ∫_0^∞ σ''(g) [φ_s(g−m) − φ_s(g+m)] dg, where
the bracket has the sign of m.
(c) d/dv E σ_i at v = 0 is half the mean second derivative of σ_i along ξ. Along a direction d of the logits this is
σ_i [(d_i − E d)² − Var d]. Condition on the class not being i: with m' and V' the mean and variance of d_j, j ≠ i,
under σ_j/(1−σ_i), it is σ_i (1−σ_i) [(1 − 2σ_i)(d_i − m')² − V'], ≤ 0 if σ_i ≥ 1/2; and if σ_i > 1/2 it is 0 only for
V' = 0 and m' = d_i. For σ_i < 1/2 take V' = 0, all competitors moving together, as on the axis of w_i in an optimal
structure with K > 1/p: there it is positive. ∎

**What the machine checks.** (a) is step 1 of theorem 3, with K symbolic; here its two-point form for the tied loss,
by ball arithmetic. (b) σ'' and the sign of the kernel. (c) The second derivative for K = 3, the conditioning with K
symbolic in moments, the signs by z3. (d) By balls and by an enclosed integral. Second routes: (b) by enclosed
integrals at three variances; (c) the curvature on the axis of w_i; (d) exactly, as the sign of a sum of exponentials
of rationals. A person must read the heat equation.

**Sources.** Pearce, Brintrup & Zhu (2021), proof of theorem 3; Jensen's inequality.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.balls import arb, arb_rational, normal_density, sigmoid
from numerics.enclosures import enclose_integral, prove_positive
from numerics.exact import exponential_sum_sign
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.softmax import softmax
from softmax_geometry.symbolic.structure import aligned_gap, tied_confidence, tied_loss

x = sp.Symbol("x", real=True)
on_axis = tied_confidence(aligned_gap(1, x, 3), 3)  # σ_1 at x w_1
FIFTH = sp.Rational(1, 5)


def two_point_change(K, centre):
    """The exact sign of (σ(centre+1) + σ(centre−1))/2 − σ(centre), with σ(x) = 1/(1 + (K−1)e^{−Ax}), A = K/(K−1)."""
    A = sp.Rational(K, K - 1)
    e = [sp.Symbol(f"e{n}") for n in range(3)]
    n = K - 1
    mean = sp.Rational(1, 2) * (1 / (1 + n * e[0]) + 1 / (1 + n * e[2])) - 1 / (1 + n * e[1])
    numerator = sp.Poly(sp.numer(sp.together(mean)), *e)
    exponents = [-A * (centre + 1), -A * centre, -A * (centre - 1)]
    powers = [sum(k * q for k, q in zip(monomial, exponents, strict=True)) for monomial in numerator.monoms()]
    return exponential_sum_sign([str(c) for c in numerator.coeffs()], [str(q) for q in powers])


def mean_sigmoid(m, s):
    """A ball around the part of E σ(m + sξ) with |ξ| ≤ 12; what is left out is below 10⁻³²."""
    return enclose_integral(lambda t, _: sigmoid(m + s * t) * normal_density(t), -12, 12)


@pytest.mark.proves("Theorem 3, criterion 5")
def test_confidence_rises_with_noise_although_the_class_is_ahead():
    f = BallFunction(on_axis, x)
    at = f(arb_rational("1/5"))
    assert at > arb_rational("1/3")
    assert (f(arb_rational("6/5")) + f(arb_rational("-4/5"))) / 2 > at
    noisy = enclose_integral(
        lambda t, _: normal_density(t) / (1 + 2 * (-(t + arb_rational("1/5")) * 3 / 2).exp()), -8, 8
    )
    assert noisy > at  # the integrand left out is positive
    assert noisy - at > arb_rational("1/50")


@pytest.mark.second_route("Theorem 3, criterion 5")
def test_two_point_noise_in_exact_exponentials():
    assert two_point_change(3, FIFTH) == 1
    assert sp.simplify(on_axis - 1 / (1 + 2 * sp.exp(-sp.Rational(3, 2) * x))) == 0


@pytest.mark.twin("Theorem 3, criterion 5")
def test_twin_two_classes_give_no_counterexample():
    assert two_point_change(2, FIFTH) == -1
    assert two_point_change(3, sp.Rational(1)) == -1  # nor do three once σ_1 > 1/2


@pytest.mark.proves("Theorem 3.5")
def test_a_tied_loss_never_falls_under_symmetric_noise():
    """log(1 + n e^{−x}) at x ± 1 against x, for every n = K−1 in [1, 5]: the general case is step 1 of theorem 3."""
    n = sp.Symbol("n", positive=True)
    loss = tied_loss(x, n + 1)
    second = sp.simplify(sp.diff(loss, x, 2) - n * sp.exp(-x) / (1 + n * sp.exp(-x)) ** 2)
    assert second == 0
    change = BallFunction((loss.subs(x, x + 1) + loss.subs(x, x - 1)) / 2 - loss, x, n)
    assert prove_positive(change, [(-2, 2), (1, 5)], derivative=change.derivative).proved


@pytest.mark.proves("Theorem 3.5")
def test_b_second_derivative_of_the_sigmoid():
    sigma = softmax([x, 0])[0]
    assert sp.simplify(sp.diff(sigma, x, 2) - sigma * (1 - sigma) * (1 - 2 * sigma)) == 0
    assert sp.simplify(sp.diff(sigma, x, 2) + sp.diff(sigma, x, 2).subs(x, -x)) == 0
    assert sp.simplify(1 - 2 * sigma + sp.tanh(x / 2).rewrite(sp.exp)) == 0
    g, m, s = sp.symbols("g m s", positive=True)
    ratio = sp.exp(-((g - m) ** 2) / (2 * s**2)) / sp.exp(-((g + m) ** 2) / (2 * s**2))
    assert sp.expand(sp.expand_log(sp.log(ratio), force=True) - 2 * g * m / s**2) == 0  # > 0 for m > 0


@pytest.mark.proves("Theorem 3.5")
def test_c_second_derivative_of_a_class_probability():
    tau, l, d = sp.Symbol("tau"), sp.symbols("l1:4"), sp.symbols("d1:4")
    moved = softmax([a + tau * b for a, b in zip(l, d, strict=True)])
    p = softmax(l)
    mean = sum(a * b for a, b in zip(p, d, strict=True))
    variance = sum(a * b**2 for a, b in zip(p, d, strict=True)) - mean**2
    second = sp.diff(moved[0], tau, 2).subs(tau, 0)
    assert sp.simplify(second - p[0] * ((d[0] - mean) ** 2 - variance)) == 0


@pytest.mark.proves("Theorem 3.5")
def test_c_conditioning_on_the_other_classes_for_every_K():
    """E d = p d_i + (1−p) m', E d² = p d_i² + (1−p)(V' + m'²)."""
    p, d, m, V = sp.symbols("p d m V")
    mean, square = p * d + (1 - p) * m, p * d**2 + (1 - p) * (V + m**2)
    bracket = (d - mean) ** 2 - (square - mean**2)
    assert sp.expand(bracket - (1 - p) * ((1 - 2 * p) * (d - m) ** 2 - V)) == 0
    P, D, W = z3.Reals("p d V")
    prove((1 - P) * ((1 - 2 * P) * D * D - W) <= 0, [2 * P >= 1, P < 1, W >= 0])
    prove((1 - P) * ((1 - 2 * P) * D * D - W) < 0, [2 * P > 1, P < 1, W >= 0, z3.Or(D != 0, W > 0)])


@pytest.mark.second_route("Theorem 3.5")
def test_two_classes_at_three_variances():
    for ahead, sign in ((1, -1), (-1, 1)):
        values = [mean_sigmoid(arb(ahead), arb(s)) for s in (1, 2, 3)]
        start = sigmoid(arb(ahead))
        assert all(sign * (b - a) > arb_rational("1/100") for a, b in zip([start, *values], values, strict=False))


@pytest.mark.second_route("Theorem 3.5")
def test_one_half_is_sharp_on_the_axis():
    """Along w_i all competitors move together; the curvature is −(2σ_1 − 1) times something positive."""
    for K in (3, 4, 10):
        p = tied_confidence(aligned_gap(1, x, K), K)
        slope = sp.diff(p, x)
        assert sp.simplify(sp.diff(p, x, 2) / slope - (1 - 2 * p) * sp.Rational(K, K - 1)) == 0


@pytest.mark.twin("Theorem 3.5")
def test_twin_one_third_in_place_of_one_half():
    P, D, W = z3.Reals("p d V")
    with pytest.raises(RefutedError) as refuted:
        prove((1 - P) * ((1 - 2 * P) * D * D - W) <= 0, [3 * P >= 1, P < 1, W >= 0])
    assert refuted.value.model["p"] < 0.5


@pytest.mark.twin("Theorem 3.5")
def test_twin_concave_loss():
    n = sp.Symbol("n", positive=True)
    loss = tied_loss(x, n + 1)
    assert prove_positive(
        BallFunction(loss - (loss.subs(x, x + 1) + loss.subs(x, x - 1)) / 2, x, n), [(-3, 3), (1, 10)]
    ).refuted
